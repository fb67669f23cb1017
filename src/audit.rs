//! `audit(inputs, context) -> Report`: what every door calls.

mod link;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::accept::Accepted;
use crate::context::Context;
use crate::detect::{self, Found};
use crate::input::decode::{Decoded, decode};
use crate::input::mention::{Mention, mentions};
use crate::input::{self, Input, Kind, Model, PAGES_ALONE, Reading, Status, Unread, sniff};
use crate::inventory::Inventory;
use crate::order;
use crate::plan::allowlist::Evidence;
use crate::plan::privilege::Seen;
use crate::report::{BlindSpot, Finding, InputSummary, Report};
use crate::rules::{self, Judgement};
use crate::say;
use crate::source::{Masks, Source, Span};
use crate::stream::{self, Stream};
use crate::text::{Name, Text};

/// Reads and judges the inputs. A pure function: no I/O, no clock; the same inputs and context give the same report.
#[must_use]
pub fn audit(inputs: Vec<Input>, context: &Context) -> Report {
    assemble(inputs.into_iter().map(|input| examine(input, context)), context)
}

/// What one input came to; [`assemble`] makes a report of several. Inputs can be examined in any order or side by side.
#[derive(Clone)]
pub struct Examined {
    summary: InputSummary,
    findings: Vec<Finding>,
    blind_spots: Vec<BlindSpot>,
    inventory: Option<Box<Inventory>>,
    mentions: Vec<Mention>,
    accepted: Vec<Accepted>,
    evidence: Evidence,
    seen: Vec<Seen>,
    /// What may be one file of a pipeline of several, until it is known which others there are.
    config: Option<Arc<link::Config>>,
}

impl Examined {
    /// An input that could not even be opened: `message` says why and what to do.
    #[must_use]
    pub fn unreadable(name: Name, kind: Kind, format: Text, bytes: usize, message: Text) -> Self {
        Self {
            summary: InputSummary {
                name,
                kind,
                format,
                bytes,
                lines: 0,
                status: Status::Unreadable,
                project: None,
                rows: None,
            },
            findings: Vec::new(),
            blind_spots: vec![BlindSpot { input: 0, line: None, column: None, message }],
            inventory: None,
            mentions: Vec::new(),
            evidence: Evidence::default(),
            seen: Vec::new(),
            accepted: Vec::new(),
            config: None,
        }
    }

    /// The input's name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.summary.name
    }

    /// What it says about who calls whom with the job token.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What could not be read.
    #[must_use]
    pub fn blind_spots(&self) -> &[BlindSpot] {
        &self.blind_spots
    }

    /// How much of it could be read.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.summary.status
    }

    /// Findings and rows together: what a copy costs.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.findings.len() + self.inventory.as_ref().map_or(0, |inventory| inventory.rows())
    }

    /// Was it left alone because it is not text?
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.summary.format.as_str() == BINARY
    }
}

const BINARY: &str = "binary data";

/// Joins configuration files with the local files among the parts that they include, and judges each pipeline as GitLab runs
/// it; what is included from elsewhere is said. [`assemble`] does it too, where it has not been done.
#[must_use]
pub fn link(parts: Vec<Examined>, context: &Context) -> Vec<Examined> {
    if PAGES_ALONE { parts } else { link::link(parts, context) }
}

/// Puts the parts together, in the order given.
#[must_use]
pub fn assemble(parts: impl IntoIterator<Item = Examined>, context: &Context) -> Report {
    let parts = link(parts.into_iter().collect(), context);
    let mut report = Report {
        today: context.today,
        inputs: Vec::with_capacity(parts.len()),
        findings: Vec::new(),
        blind_spots: Vec::new(),
        inventories: Vec::new(),
        mentions: Vec::new(),
        seen: Vec::new(),
        accepted: 0,
        accepted_findings: Vec::new(),
        left_out: [0; 5],
    };
    for part in parts {
        let index = report.inputs.len();
        report.inputs.push(part.summary);
        // A log of a million tokens is moved as a whole.
        let first = report.findings.len();
        if first == 0 {
            report.findings = part.findings;
        } else {
            report.findings.extend(part.findings);
        }
        report.findings.iter_mut().skip(first).for_each(|finding| finding.input = index);
        report.accepted += part.accepted.len();
        let accepted = part.accepted.into_iter();
        report
            .accepted_findings
            .extend(accepted.map(|one| Accepted { finding: Finding { input: index, ..one.finding }, ..one }));
        report.blind_spots.extend(part.blind_spots.into_iter().map(|spot| BlindSpot { input: index, ..spot }));
        report.mentions.extend(part.mentions.into_iter().map(|mention| Mention { input: index, ..mention }));
        report.seen.extend(part.seen.into_iter().map(|seen| Seen { input: index, ..seen }));
        report.inventories.extend(part.inventory.map(|inventory| (index, *inventory)));
    }
    sort(&mut report.findings);
    crate::join::join(&mut report, &[], context);
    report
}

/// Reads and judges one input by itself.
#[must_use]
pub fn examine(input: Input, context: &Context) -> Examined {
    let name = context.name(&input.name);
    // What is said of this one input wins over what is said of all.
    let told = input.project.as_deref().map(|path| Context { project: Some(context.name(path)), ..context.clone() });
    let context = told.as_ref().unwrap_or(context);
    let bytes = input.bytes.len();
    let forced = input.kind.or(context.kind);
    if !PAGES_ALONE
        && bytes >= stream::LARGE
        && let Some(stream) = Stream::open(&input.name, &input.bytes, forced, input.incidental, Cow::Borrowed(context))
    {
        return stream.all(&input.bytes, &stream::in_turn);
    }
    let (text, encoding, replaced) = match decode(input.bytes) {
        Decoded::Text { text, encoding, replaced } => (text, encoding, replaced),
        Decoded::Binary => return binary(name, bytes),
    };
    if text.trim().is_empty() {
        return empty(name, bytes, input.incidental);
    }
    let whole = Whole { name: &input.name, kind: forced, incidental: input.incidental, encoding, replaced };
    judge(&Source::new(name, text, bytes), &whole, context)
}

/// What is known of a text beside its characters.
pub(crate) struct Whole<'a> {
    /// Its name, as it came.
    pub(crate) name: &'a str,
    /// What the user says it is.
    pub(crate) kind: Option<Kind>,
    pub(crate) incidental: bool,
    pub(crate) encoding: &'static str,
    /// Bytes that were no characters.
    pub(crate) replaced: usize,
}

/// Reads and judges a text.
pub(crate) fn judge(source: &Source, whole: &Whole<'_>, context: &Context) -> Examined {
    let Whole { name: raw_name, kind: forced, incidental, encoding, replaced } = *whole;
    let (name, bytes) = (source.name().clone(), source.bytes());
    let mut kind = match forced {
        _ if PAGES_ALONE => Kind::SettingsPage,
        Some(kind) => kind,
        None => sniff::sniff(raw_name, source.text()),
    };
    let mut reading = input::read(source, kind, context);
    if reading.foreign && forced.is_none() && (incidental || kind == Kind::Inventory) {
        reading = foreign(kind, incidental);
        kind = Kind::Text;
    }
    let Reading { mut format, mut status, model, mut unread, token_prefixes, found: by_field, .. } = reading;
    if encoding != "UTF-8" {
        format.push(", ").push(encoding);
    }
    if replaced > 0 {
        if status == Status::Read {
            status = Status::Partly;
        }
        let message = say![
            replaced,
            if replaced == 1 { " byte is" } else { " bytes are" },
            " not valid ",
            encoding,
            " and could not be read; the text around was. Save the file as UTF-8 to read all of it."
        ];
        unread.push(Unread { at: None, message });
    }
    // A page tells its instance's prefix: without it, a token of that instance in the same page could be missed.
    let token_prefixes: Vec<String> = context.token_prefixes.iter().cloned().chain(token_prefixes).collect();
    let mut found = match model.view() {
        Some(view) => view.scan(&token_prefixes),
        None => detect::scan(source.text(), &token_prefixes),
    };
    add_by_field(&mut found, by_field);
    let project = model.project().or(context.project.as_ref()).cloned();
    let rows = match &model {
        Model::Inventory(inventory) => Some(inventory.rows()),
        _ => None,
    };
    let mut masks = masks(&found);
    if let Model::Pipeline(pipeline) = &model {
        // Passwords that the file holds in clear are of no known kind: their characters are not shown either.
        masks.extend(pipeline.literal_secrets.iter().map(|&secret| (secret, "…".to_string())));
    }
    let masks = Masks::new(masks, &token_prefixes, model.view());
    let judgement = Judgement {
        source,
        kind,
        input: 0,
        project: project.as_ref(),
        context,
        log: model.log(),
        found: &found,
        masks: &masks,
        memo: crate::rules::Memo::default(),
    };
    let mut findings = Vec::new();
    rules::judge(&judgement, &model, &mut findings);
    crate::join::distinct(&mut findings, &mut HashMap::new());
    // Where there are many, they are not moved for a little room that is left.
    if findings.capacity() - findings.len() > findings.len() / 8 {
        findings.shrink_to_fit();
    }
    let accepted = rules::ignore::accept(source, kind, context, &mut findings, &mut unread);
    let blind_spots = unread
        .into_iter()
        .map(|unread| {
            let place = unread.at.map(|span| source.line_column(span.start));
            let (line, column) = (place.map(|place| place.0), place.map(|place| place.1));
            BlindSpot { input: 0, line, column, message: unread.message }
        })
        .collect();
    let lines = source.line_count();
    let mentions = match kind {
        _ if PAGES_ALONE => Vec::new(),
        Kind::CiConfig | Kind::CredentialFile | Kind::Text => mentions(source, context),
        Kind::JobLog | Kind::SettingsPage | Kind::Inventory => Vec::new(),
    };
    let (config, evidence) = if PAGES_ALONE {
        (None, Evidence::default())
    } else {
        let config = link::Config::of(source, whole, kind, &model, &found);
        (config, Evidence::of(source, &model, project.as_ref(), context))
    };
    let seen = context.seen.map(|gather| gather(source, &model, &found, context)).unwrap_or_default();
    Examined {
        summary: InputSummary { name, kind, format, bytes, lines, status, project, rows },
        accepted,
        findings,
        blind_spots,
        mentions,
        inventory: match model {
            Model::Inventory(mut inventory) => {
                crate::join::keep_places(&mut inventory, source);
                Some(inventory)
            }
            _ => None,
        },
        evidence,
        seen,
        config: config.map(Arc::new),
    }
}

/// Binary data of a size.
pub(crate) fn binary(name: Name, bytes: usize) -> Examined {
    let message = say![
        "This is binary data, not text: nothing in it was read. If it is an archive, unpack it first and check the files in \
         it."
    ];
    Examined::unreadable(name, Kind::Text, say![BINARY], bytes, message)
}

/// An input without a character to read. Nothing is wrong with it, but who named it meant something else.
pub(crate) fn empty(name: Name, bytes: usize, incidental: bool) -> Examined {
    let message =
        say!["The input is empty: there was nothing to check. If it should hold something, make the export again."];
    let empty = Examined::unreadable(name, Kind::Text, say!["empty"], bytes, message);
    Examined {
        summary: InputSummary { status: Status::Read, ..empty.summary },
        blind_spots: if incidental { Vec::new() } else { empty.blind_spots },
        ..empty
    }
}

/// What is said of JSON or a page that is not GitLab's: it is a text. Who named it is told so; who walked past it is not.
fn foreign(kind: Kind, incidental: bool) -> Reading {
    let (format, message) = match kind {
        Kind::SettingsPage => (say!["HTML, not a GitLab page"], say!["This page is not GitLab's."]),
        _ => (
            say!["JSON, not a GitLab export"],
            say![
                "This JSON is no export that is known here: no rows were read. It was searched for credentials like any text. If \
                 it is an export, give GitLab's own answer, with all its fields."
            ],
        ),
    };
    let unread = if incidental { Vec::new() } else { vec![Unread { at: None, message }] };
    Reading { format, unread, ..Reading::default() }
}

/// Adds what only its field gives away, where the scanner saw nothing.
pub(crate) fn add_by_field(found: &mut Vec<Found>, by_field: Vec<Found>) {
    if by_field.is_empty() {
        return;
    }
    let mut scanned = std::mem::take(found).into_iter().peekable();
    for extra in by_field {
        while let Some(token) = scanned.next_if(|token| token.span.end <= extra.span.start) {
            found.push(token);
        }
        let taken = scanned.peek().is_some_and(|token| token.span.overlaps(extra.span))
            || found.last().is_some_and(|token| token.span.overlaps(extra.span));
        if !taken {
            found.push(extra);
        }
    }
    found.extend(scanned);
}

/// Worst first; then by input, place and rule, so that the same inputs give the same bytes.
///
/// What is sorted are their places: a million findings are not copied for it.
pub(crate) fn sort(findings: &mut [Finding]) {
    let key = |finding: &Finding| (finding.severity, finding.confidence, finding.input, finding.place, finding.rule.id);
    let compare = |a: &Finding, b: &Finding| key(a).cmp(&key(b)).then_with(|| a.about.0.cmp(&b.about.0));
    order::by_places(findings, compare);
}

/// What may be shown for each credential of a source, for [`Masks`]: the mask in place of its first piece, `…`
/// in place of the others.
#[must_use]
pub fn masks(found: &[Found]) -> Vec<(Span, String)> {
    let mut masks: Vec<_> = found
        .iter()
        .flat_map(|token| {
            let pieces = token.pieces().iter().enumerate();
            pieces.map(|(index, &piece)| (piece, if index == 0 { token.masked.to_string() } else { "…".into() }))
        })
        .collect();
    order::sort_by_key(&mut masks, |(span, _)| *span);
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TokenType;
    use crate::detect::Checksum;
    use crate::report::{Confidence, CredentialType};
    use crate::secret::Masked;

    #[test]
    fn findings_are_sorted_in_place_as_the_library_sorts() {
        let text = crate::fake::expand("{{deploy_token}} {{personal_access_token}}\n{{feed_token}} {{ci_job_token}}\n")
            .repeat(3);
        let context = Context::new(crate::time::Date::MAX);
        let report = audit((0..4).map(|index| Input::new(format!("{index}.txt"), text.clone())).collect(), &context);
        let name = |finding: &Finding| (finding.input, finding.identity());
        let want: Vec<_> = report.findings.iter().map(name).collect();
        assert!(want.len() >= 16);
        let mut seed = 7_usize;
        for _ in 0..200 {
            let mut mixed = report.findings.clone();
            for index in (1..mixed.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                mixed.swap(index, (seed >> 33) % (index + 1));
            }
            sort(&mut mixed);
            assert_eq!(mixed.iter().map(name).collect::<Vec<_>>(), want);
        }
    }

    #[test]
    fn a_token_in_two_pieces_is_masked_in_both() {
        let source = Source::new(Name::new("log"), "key=SECRET\n> SECRET tail".into(), 24);
        let pieces = [Span::new(4, 10), Span::new(13, 19)];
        let found = Found {
            span: Span::new(4, 19),
            parts: pieces.to_vec(),
            kind: CredentialType::Token(TokenType::PersonalAccessToken),
            could_be: &[],
            masked: Masked::new("glpat-", Some(20)),
            checksum: Checksum::Absent,
            routing: None,
            encoding: Vec::new(),
            instance_prefix: None,
            jwt: None,
            confidence: Confidence::Certain,
        };
        let masks = Masks::new(masks(&[found]), &[], None);
        let shown = |line, at| source.excerpt(line, &masks, at).unwrap().text;
        assert_eq!(shown(1, pieces[0]), "key=glpat-…(20)");
        assert_eq!(shown(2, pieces[1]), "> … tail");
    }

    #[test]
    fn what_lies_inside_another_does_not_uncover_it() {
        let text = "key: SECRETSECRET\n  SECRET token SECRET\n  SECRETSECRET\n";
        let source = Source::new(Name::new("x.yml"), text.into(), text.len());
        let (all, inner) = (Span::new(5, text.len() - 1), Span::new(27, 32));
        let found = vec![(inner, "t…(5)".into()), (all, "…".into()), (Span::new(27, 40), "…".into())];
        let masks = Masks::new(found, &[], None);
        for line in 1..=3 {
            let shown = source.excerpt(line, &masks, inner).unwrap().text;
            assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}

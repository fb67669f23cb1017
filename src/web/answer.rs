//! What crosses between the browser's contexts (background to popup) and what both doors show: the published report, and
//! the rows that were read. It crosses as a text, [`Sent`], in which no advice stands twice.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;
use serde::{Deserialize, Deserializer, Serialize};

use crate::detect::Routing;
use crate::inventory::{Inventory, PageKind, TokenRow};
use crate::plan::choosing::{Aspect, Choosing, choosing};
use crate::report::json::{
    self, AdviceV1, BlindSpotV1, DenialV1, ExcerptV1, FindingV1, InputV1, ReportV1, SubjectIdV1, SubjectV1, SummaryV1,
    TokenV1,
};
use crate::report::{Advice, Confidence, Finding, Report, Severity, SubjectId};
use crate::text::{Name, Text};
use crate::time::Date;
use crate::web::show::{self, Fact};

/// What the background says to the popup.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The page was captured and read.
    Analysis(Box<Analysis>),
    /// It could not be captured.
    Refused(Refusal),
}

/// Why a page could not be captured. The words are in [`crate::web::words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A company's policy keeps extensions off this page.
    Policy,
    /// An extension store, which browsers keep extensions off.
    Store,
    /// One of the browser's own pages.
    BrowserPage,
    /// A local file.
    File,
    /// The page did not load.
    ErrorPage,
    /// The tab is gone.
    NoTab,
    /// The button was not clicked on this page.
    NoAccess,
    /// The page holds more text than a settings page can.
    TooLarge,
    /// The capture failed.
    Capture,
    /// Our own background failed.
    #[serde(other)]
    Broken,
}

/// What stands in the place of an analysis when there is none: `{"refused": "no_tab"}`.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Refused {
    refused: Refusal,
}

/// A report with the rows it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The published report, with masked lines.
    pub report: ReportV1,
    /// The rows, one entry for each input that has any shape of an inventory.
    pub inventories: Vec<Listing>,
    /// Advice on the forms that are open on the page.
    pub about_to_create: Vec<Creating>,
}

/// Advice on a form that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creating {
    /// What would come of it.
    pub title: String,
    /// What there is to say.
    pub points: Vec<(Aspect, String)>,
}

impl Creating {
    fn new(choosing: &Choosing) -> Self {
        let shown = |text: &crate::text::Text| show::visible(text.as_str(), false);
        Self {
            title: shown(&choosing.title),
            points: choosing.points.iter().map(|point| (point.about, shown(&point.text))).collect(),
        }
    }
}

/// The rows of one input, ready to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Index of the input in the report.
    pub input: usize,
    /// Which page they stand on, when they stand on one.
    pub page: Option<PageKind>,
    /// Whose they are: a path or a user name.
    pub owner: Option<String>,
    /// Tokens, active ones first.
    pub rows: Vec<Row>,
}

/// One token in words, with the findings about it. Words rather than the row itself: reading a whole inventory back costs
/// the module a tenth of its size, and the popup only shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its name; `None` where the source gives none.
    pub name: Option<String>,
    /// GitLab's number.
    pub id: Option<u64>,
    /// What its maker wrote.
    pub description: Option<String>,
    /// Whose it is, where one list mixes owners.
    pub owner: Option<String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The word for why there are none.
    pub no_scopes: Option<String>,
    /// The role, as the source writes it.
    pub role: Option<String>,
    /// When it was last used.
    pub used: Fact,
    /// When it ends.
    pub expires: Fact,
    /// Is it alive?
    pub status: String,
    /// Does it stand in the page's table of inactive tokens?
    pub inactive: bool,
    /// Indices of the report's findings about this row, worst first.
    pub findings: Vec<usize>,
}

impl Row {
    fn new(token: &TokenRow, inactive: bool, today: Date, findings: Vec<usize>) -> Self {
        let shown = |name: &Name| show::visible(name.as_str(), false);
        let (scopes, no_scopes) = show::scopes(token);
        let owner = token.owner.as_ref();
        Self {
            name: token.name.as_ref().map(shown),
            id: token.id.filter(|id| *id <= MAX_NUMBER),
            description: token.description.as_ref().map(shown),
            owner: owner
                .and_then(|owner| owner.path.as_ref().or(owner.username.as_ref()).or(owner.name.as_ref()))
                .map(shown),
            scopes,
            no_scopes: no_scopes.map(str::to_owned),
            role: show::role(token),
            used: show::last_use(token, today),
            expires: show::expiry(token, today),
            status: show::status(token, inactive),
            inactive,
            findings,
        }
    }
}

/// An [`Analysis`] as it is sent: each text once, and numbers in their places. Thousands of findings have advice and documents in
/// common, and a browser passes one text on in a fraction of the time that as many objects take.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sent {
    /// As in the [report](ReportV1), whose findings are below; a page has no accepted ones.
    today: Date,
    inputs: Vec<InputV1>,
    blind_spots: Vec<BlindSpotV1>,
    summary: SummaryV1,
    /// As in [`Analysis`].
    inventories: Vec<Listing>,
    /// As in [`Analysis`].
    about_to_create: Vec<Creating>,
    /// The findings.
    findings: Columns,
    /// Steps of advice: indices of text, place and command, and whether it takes something away.
    steps: Vec<SentStep>,
    /// How long each text is as JavaScript counts, in units of UTF-16: the texts themselves stand behind the JSON.
    #[serde(default)]
    lengths: Vec<usize>,
    /// The texts, where somebody took them apart: what the numbers mean.
    #[serde(default, skip_serializing)]
    texts: Vec<String>,
}

/// A step's text, place and command, and whether it takes something away.
type SentStep = (usize, Option<usize>, Option<usize>, bool);

/// A finding's kind of row, the row's number, name, owner and place in its table.
type SentSubject = (usize, Option<SubjectIdV1>, Option<usize>, Option<usize>, Option<u32>);

/// Findings as columns, with a value for each: [`FindingV1`] has the meanings. Numbers are indices of texts.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Columns {
    rule: Vec<usize>,
    severity: Vec<Severity>,
    confidence: Vec<Confidence>,
    title: Vec<usize>,
    message: Vec<usize>,
    input: Vec<usize>,
    /// Line, column, and those of the end.
    place: Vec<Option<(usize, usize, usize, usize)>>,
    subject: Vec<Option<SentSubject>>,
    /// Indices of steps.
    advice: Vec<Vec<usize>>,
    references: Vec<Vec<usize>>,
    identity: Vec<usize>,
    /// What few findings have, with their indices.
    token: Vec<(usize, TokenV1)>,
    denial: Vec<(usize, DenialV1)>,
    excerpt: Vec<(usize, ExcerptV1)>,
}

/// Texts, one behind the other. Those that are the same in memory are one: the words of a report share theirs
/// ([`Pool`](crate::text::Pool)), so that none is read for it.
#[derive(Default)]
struct Texts {
    all: String,
    /// Of each text, as JavaScript counts: in units of UTF-16.
    lengths: Vec<usize>,
    known: HashMap<Address, usize, RandomState>,
}

/// Where a text stands in memory, and how long it is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Address(*const u8, usize);

impl Address {
    fn of(text: &str) -> Self {
        Self(text.as_ptr(), text.len())
    }

    fn number(self) -> u64 {
        (self.0.addr() as u64) ^ (self.1 as u64).rotate_right(24)
    }
}

impl Hash for Address {
    /// As one number: several take a hash of the browser's module many times as long.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.number());
    }
}

/// The texts of a step, and whether it takes something away: steps whose texts are the same in memory are one.
#[derive(PartialEq, Eq)]
struct StepAddress(Address, Option<Address>, Option<Address>, bool);

impl StepAddress {
    fn of(step: &Advice) -> Self {
        let address = |text: &Option<Text>| text.as_ref().map(|text| Address::of(text.as_str()));
        Self(Address::of(step.text.as_str()), address(&step.place), address(&step.command), step.destructive)
    }
}

impl Hash for StepAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let number = |address: Option<Address>| address.map_or(0, Address::number);
        let Self(text, place, command, destructive) = self;
        let rest = number(*place).rotate_left(20) ^ number(*command).rotate_left(40);
        state.write_u64(text.number() ^ rest ^ u64::from(*destructive));
    }
}

impl Texts {
    /// The number of a text of the report, which stays where it is.
    fn of(&mut self, text: &str) -> usize {
        let next = self.lengths.len();
        let number = *self.known.entry(Address::of(text)).or_insert(next);
        if number == next { self.add(text) } else { number }
    }

    /// The number of a new text.
    fn add(&mut self, text: &str) -> usize {
        self.all.push_str(text);
        self.lengths.push(if text.is_ascii() { text.len() } else { text.encode_utf16().count() });
        self.lengths.len() - 1
    }
}

impl Sent {
    /// What the doors show of a report, as it is sent: a line of JSON, and behind it the texts. `None` never comes of a report.
    #[must_use]
    pub fn written(report: &Report) -> Option<String> {
        let (sent, texts) = Self::new(report);
        let mut written = serde_json::to_string(&sent).ok()?;
        written.reserve_exact(1 + texts.len());
        written.push('\n');
        written.push_str(&texts);
        Some(written)
    }

    /// And its texts, one behind the other.
    fn new(report: &Report) -> (Self, String) {
        let inventories = report
            .inventories
            .iter()
            .map(|(input, inventory)| Listing {
                input: *input,
                page: inventory.page.as_ref().map(|page| page.kind),
                owner: owner(inventory),
                rows: rows(report, *input, inventory),
            })
            .collect();
        let about_to_create =
            report.inventories.iter().flat_map(|(_, inventory)| choosing(inventory, report.today)).collect::<Vec<_>>();
        let (mut texts, mut steps) = (Texts::default(), Vec::new());
        let mut known: HashMap<StepAddress, usize, RandomState> = HashMap::default();
        let mut findings = Columns::default();
        for (at, finding) in report.findings.iter().enumerate() {
            findings.rule.push(texts.of(finding.rule.id));
            findings.severity.push(finding.severity);
            findings.confidence.push(finding.confidence);
            findings.title.push(texts.of(finding.title.as_str()));
            findings.message.push(texts.of(finding.message.as_str()));
            findings.input.push(texts.of(report.inputs.get(finding.input).map_or("", |input| input.name.as_str())));
            findings
                .place
                .push(finding.place.map(|place| (place.line, place.column, place.end_line, place.end_column)));
            findings.subject.push(finding.subject.as_ref().map(|subject| {
                let id = subject.id.as_ref().map(|id| fitting(SubjectIdV1::from(id)));
                let name = subject.name.as_ref().map(|name| texts.of(name.as_str()));
                let owner = subject.owner.as_ref().map(|owner| texts.of(owner.as_str()));
                (texts.of(subject.kind), id, name, owner, subject.row)
            }));
            let step = |step: &Advice| {
                *known.entry(StepAddress::of(step)).or_insert_with(|| {
                    let place = step.place.as_ref().map(|place| texts.of(place.as_str()));
                    let command = step.command.as_ref().map(|command| texts.of(command.as_str()));
                    steps.push((texts.of(step.text.as_str()), place, command, step.destructive));
                    steps.len() - 1
                })
            };
            findings.advice.push(finding.advice.iter().map(step).collect());
            findings.references.push(finding.references.iter().map(|address| texts.of(address)).collect());
            findings.identity.push(texts.add(&finding.identity()));
            let mut token = json::token(finding);
            token.iter_mut().for_each(fit_token);
            findings.token.extend(token.map(|token| (at, token)));
            findings.denial.extend(finding.denial.as_ref().map(|denial| (at, denial.into())));
            findings.excerpt.extend(finding.excerpt.as_ref().map(|excerpt| (at, excerpt.into())));
        }
        let sent = Self {
            today: report.today,
            inputs: report.inputs.iter().map(InputV1::from).collect(),
            blind_spots: report.blind_spots.iter().map(|spot| BlindSpotV1::of(spot, report)).collect(),
            summary: SummaryV1::of(report),
            inventories,
            about_to_create: about_to_create.iter().map(Creating::new).collect(),
            findings,
            steps,
            lengths: texts.lengths,
            texts: Vec::new(),
        };
        (sent, texts.all)
    }
}

impl From<Sent> for Option<Analysis> {
    /// `None` where it was not sent so by us.
    fn from(sent: Sent) -> Self {
        let Sent { today, inputs, blind_spots, summary, inventories, about_to_create, findings, steps, texts, .. } =
            sent;
        let text = |number: usize| texts.get(number).cloned();
        let step = |number: usize| {
            let (words, place, command, destructive) = *steps.get(number)?;
            let (place, command) = (place.and_then(text), command.and_then(text));
            Some(AdviceV1 { text: text(words)?, place, command, destructive })
        };
        let Columns { rule, severity, confidence, title, message, input, place, subject, .. } = findings;
        let Columns { advice, references, identity, token, denial, excerpt, .. } = findings;
        let mut subjects = subject.into_iter();
        let mut read = Vec::with_capacity(rule.len());
        for (at, rule) in rule.into_iter().enumerate() {
            let place = *place.get(at)?;
            let subject = subjects.next()?.map(|(kind, id, name, owner, row)| {
                let (name, owner) = (name.and_then(text), owner.and_then(text));
                Some(SubjectV1 { kind: text(kind)?, id, name, owner, row })
            });
            read.push(FindingV1 {
                rule: text(rule)?,
                severity: *severity.get(at)?,
                confidence: *confidence.get(at)?,
                title: text(*title.get(at)?)?,
                message: text(*message.get(at)?)?,
                input: text(*input.get(at)?)?,
                line: place.map(|place| place.0),
                column: place.map(|place| place.1),
                end_line: place.map(|place| place.2),
                end_column: place.map(|place| place.3),
                token: None,
                subject: subject.flatten(),
                denial: None,
                advice: advice.get(at)?.iter().filter_map(|number| step(*number)).collect(),
                references: references.get(at)?.iter().filter_map(|number| text(*number)).collect(),
                identity: text(*identity.get(at)?)?,
                excerpt: None,
            });
        }
        for (at, token) in token {
            read.get_mut(at)?.token = Some(token);
        }
        for (at, denial) in denial {
            read.get_mut(at)?.denial = Some(denial);
        }
        for (at, excerpt) in excerpt {
            read.get_mut(at)?.excerpt = Some(excerpt);
        }
        let (tool, accepted) = (json::tool(), Vec::new());
        let report = ReportV1 { version: 1, tool, today, inputs, findings: read, blind_spots, accepted, summary };
        Some(Analysis { report, inventories, about_to_create })
    }
}

impl Analysis {
    /// Which page was read, when the only input is a page.
    #[must_use]
    pub fn page_kind(&self) -> Option<PageKind> {
        match self.inventories.as_slice() {
            [listing] if self.report.inputs.len() == 1 => listing.page,
            _ => None,
        }
    }
}

fn owner(inventory: &Inventory) -> Option<String> {
    let owner = inventory.owner.as_ref()?;
    owner.path.as_ref().or(owner.username.as_ref()).map(|name| show::visible(name.as_str(), false))
}

impl Answer {
    /// Reads what the background said, as often as `said` is asked; anything else is a failure of ours.
    #[must_use]
    pub fn read<'de, D: Deserializer<'de>>(said: impl Fn() -> D) -> Self {
        if let Ok(Refused { refused }) = Refused::deserialize(said()) {
            return Self::Refused(refused);
        }
        let analysis = Sent::deserialize(said()).ok().and_then(Option::<Analysis>::from);
        analysis.map_or(Self::Refused(Refusal::Broken), |analysis| Self::Analysis(Box::new(analysis)))
    }
}

/// The greatest whole number up to which JavaScript tells every number from the next one.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A greater number than JavaScript can tell apart would make the whole answer fail, and a page or a made-up token can hold
/// one. GitLab never gives such an id: it becomes text, and in what a token says of itself, unknown.
#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
pub(super) fn fit_finding(finding: &mut FindingV1) {
    if let Some(subject) = &mut finding.subject {
        subject.id = subject.id.take().map(fitting);
    }
    finding.token.iter_mut().for_each(fit_token);
}

fn fitting(id: SubjectIdV1) -> SubjectIdV1 {
    match id {
        SubjectIdV1::Number(number) if number > MAX_NUMBER => SubjectIdV1::Key(number.to_string()),
        id => id,
    }
}

fn fit_token(token: &mut TokenV1) {
    if let Some(routing) = &mut token.routing {
        let Routing { organization, user, project, group, cell, runner_type } = routing;
        for number in [organization, user, project, group, cell, runner_type] {
            *number = number.filter(|number| *number <= MAX_NUMBER);
        }
    }
}

fn rows(report: &Report, input: usize, inventory: &Inventory) -> Vec<Row> {
    let mut index = Index::default();
    for (number, finding) in report.findings.iter().enumerate().filter(|(_, finding)| finding.input == input) {
        index.add(number, finding);
    }
    let active = inventory.tokens.iter().map(|token| (token, false));
    let inactive = inventory.inactive_tokens.iter().flatten().map(|token| (token, true));
    active.chain(inactive).map(|(token, inactive)| Row::new(token, inactive, report.today, index.of(token))).collect()
}

/// Findings by what names their row, so that 10,000 rows do not mean 10,000 walks through the findings.
#[derive(Default)]
pub(super) struct Index {
    by_id: std::collections::HashMap<u64, Vec<usize>>,
    by_row: std::collections::HashMap<(u32, Option<String>), Vec<usize>>,
}

impl Index {
    pub(super) fn add(&mut self, number: usize, finding: &Finding) {
        let Some(subject) = &finding.subject else { return };
        match (&subject.id, subject.row) {
            (Some(SubjectId::Number(id)), _) => self.by_id.entry(*id).or_default().push(number),
            (_, Some(row)) => {
                let name = subject.name.as_ref().map(ToString::to_string);
                self.by_row.entry((row, name)).or_default().push(number);
            }
            _ => {}
        }
    }

    pub(super) fn of(&self, token: &TokenRow) -> Vec<usize> {
        let by_id = token.id.and_then(|id| self.by_id.get(&id));
        let by_row = token.row.and_then(|row| self.by_row.get(&(row, token.name.as_ref().map(ToString::to_string))));
        let mut all: Vec<usize> = by_id.into_iter().chain(by_row).flatten().copied().collect();
        crate::order::sort(&mut all);
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Context, Input, audit};

    fn report(text: &str) -> Report {
        audit(vec![Input::new("list.json", text)], &Context::new(crate::samples::today()))
    }

    fn said(report: &Report) -> serde_json::Value {
        let written = Sent::written(report).unwrap();
        let (line, texts) = written.split_once('\n').unwrap();
        let mut said: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut units = texts.encode_utf16();
        let mut text = |length: &serde_json::Value| {
            let length = usize::try_from(length.as_u64().unwrap()).unwrap();
            String::from_utf16(&units.by_ref().take(length).collect::<Vec<_>>()).unwrap()
        };
        let texts: Vec<String> = said["lengths"].as_array().unwrap().iter().map(&mut text).collect();
        assert_eq!(units.next(), None);
        said["texts"] = texts.into();
        said
    }

    fn rows(count: u64) -> String {
        let row = |id| {
            json!({"id": id, "name": format!("token {}", id % 7), "scopes": ["api"], "active": true, "revoked": false,
                "user_id": 7, "created_at": "2024-01-01T00:00:00Z", "last_used_at": null, "expires_at": null})
        };
        serde_json::Value::from((1..=count).map(row).collect::<Vec<_>>()).to_string()
    }

    #[test]
    fn what_the_background_says_is_read_back_as_the_report_that_others_get() {
        let log = crate::fake::expand(
            "ü 😀 {{deploy_token}} {{routable_personal_access_token}}\nremote: HTTP Basic: Access denied\n",
        );
        for text in ["nothing here".to_owned(), rows(1), rows(40), log] {
            let report = report(&text);
            let said = said(&report);
            let Answer::Analysis(read) = Answer::read(|| &said) else { panic!("{said}") };
            assert_eq!(read.report, json::report(&report, true));
        }
    }

    #[test]
    fn what_findings_have_in_common_is_said_once() {
        let report = report(&rows(40));
        let Sent { texts, steps, .. } = serde_json::from_value(said(&report)).unwrap();
        let all: usize = report.findings.iter().map(|finding| finding.advice.len()).sum();
        assert!(all > 300 && steps.len() < all / 2, "{} of {all} steps", steps.len());
        let words: std::collections::HashSet<&String> = steps.iter().map(|(words, ..)| &texts[*words]).collect();
        let numbers: std::collections::HashSet<usize> = steps.iter().map(|(words, ..)| *words).collect();
        assert_eq!(words.len(), numbers.len(), "{words:?}");
    }

    #[test]
    fn a_refusal_has_a_reason_and_an_unknown_one_is_our_failure() {
        let read = |said: serde_json::Value| Answer::read(|| &said);
        assert_eq!(read(json!({"refused": "browser_page"})), Answer::Refused(Refusal::BrowserPage));
        assert_eq!(read(json!({"refused": "something new"})), Answer::Refused(Refusal::Broken));
        assert_eq!(read(json!(null)), Answer::Refused(Refusal::Broken));
        assert_eq!(read(json!({"refused": "broken"})), Answer::Refused(Refusal::Broken));
    }

    #[test]
    fn a_number_that_javascript_cannot_hold_does_not_break_the_answer() {
        let rows = json!([
            {"id": 9_007_199_254_740_993_u64, "name": "huge", "scopes": ["api"], "active": true, "revoked": false, "user_id": 7,
             "created_at": "2024-01-01T00:00:00Z", "last_used_at": null, "expires_at": null},
        ]);
        let said = said(&report(&rows.to_string()));
        fn greatest(value: &serde_json::Value) -> u64 {
            match value {
                serde_json::Value::Number(number) => number.as_u64().unwrap(),
                serde_json::Value::Array(values) => values.iter().map(greatest).max().unwrap_or(0),
                serde_json::Value::Object(values) => values.values().map(greatest).max().unwrap_or(0),
                _ => 0,
            }
        }
        assert!(greatest(&said) <= MAX_NUMBER);
        assert!(said.to_string().contains("\"9007199254740993\""), "the number is said as text: {said}");
    }

    #[test]
    fn findings_stand_with_their_row_by_id_or_by_number_and_name() {
        let mut report = audit(Vec::new(), &Context::new(crate::samples::today()));
        let token = |id, name: &str, row| TokenRow { id, name: Some(Name::new(name)), row, ..TokenRow::default() };
        let inventory = Inventory {
            tokens: vec![token(Some(501), "a", Some(0)), token(None, "b", Some(1))],
            inactive_tokens: Some(vec![token(None, "c", Some(1))]),
            ..Inventory::default()
        };
        report.inventories.push((0, inventory));
        let about = |id, name: &str, row| {
            let subject = crate::report::Subject {
                kind: "project_access_token",
                id,
                name: Some(Name::new(name)),
                owner: None,
                row,
            };
            Finding {
                rule: crate::rules::ALL[0],
                severity: crate::report::Severity::High,
                confidence: crate::report::Confidence::Certain,
                title: crate::text::Text::new(),
                message: crate::text::Text::new(),
                input: 0,
                place: None,
                excerpt: None,
                token: None,
                occurrences: 1,
                subject: Some(subject),
                denial: None,
                advice: Vec::new(),
                references: Vec::new(),
                about: crate::report::About::default(),
            }
        };
        report.findings.push(about(None, "b", Some(1)));
        report.findings.push(about(Some(SubjectId::Number(501)), "a", Some(0)));
        let said = said(&report);
        let Answer::Analysis(analysis) = Answer::read(|| &said) else { panic!("{said}") };
        let of: Vec<(bool, Vec<usize>)> =
            analysis.inventories[0].rows.iter().map(|row| (row.inactive, row.findings.clone())).collect();
        assert_eq!(of, [(false, vec![1]), (false, vec![0]), (true, vec![])]);
    }
}

//! Exports that are longer than memory: read block by block, twice.
//!
//! The first reading keeps what only the whole list tells (whose it is, what was not readable, which tokens serve one
//! purpose, how many end on which day); the second one gives rows and findings, block by block. In memory is a block, what
//! it gave, and a few bytes for each live token.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use crate::catalog::kept_out;
use crate::context::Context;
use crate::detect::{self, Found};
use crate::input::decode::Decoder;
use crate::input::inventory::Fixes;
use crate::input::inventory::stream::Stream;
use crate::input::{Kind, Model, Reading, Status, Unread};
use crate::inventory::{Inventory, TokenRow, User};
use crate::report::{BlindSpot, Finding, InputSummary, Report};
use crate::rules::{self, Across, Judgement};
use crate::say;
use crate::source::{Masks, Place, Source};
use crate::text::{Name, Text};

/// Bytes read at a time; few in the tests, so that every fixture has many blocks.
const BLOCK: usize = if cfg!(test) { 200 } else { 1 << 18 };

/// Bytes of the beginning that tell what an input is.
const HEAD: usize = if cfg!(test) { 1500 } else { 1 << 16 };

/// A long export that was read once.
pub struct Long<'c> {
    name: String,
    shown: Name,
    context: Context,
    survey: Survey,
    open: Box<dyn Fn() -> io::Result<Box<dyn Read>> + Sync + 'c>,
}

/// What the first reading found out.
struct Survey {
    summary: InputSummary,
    blind_spots: Vec<BlindSpot>,
    /// What stands once for all rows.
    shared: Inventory,
    fixes: Fixes,
    /// Users in it that are kept out: their tokens may be in any block.
    kept_out: Vec<User>,
    /// Users of other inputs that are.
    kept_out_elsewhere: Inventory,
    /// Rows of each kind, by their key in the published form.
    counts: BTreeMap<&'static str, usize>,
    across: Across,
    /// Numbers that at least two live tokens share.
    shared_purposes: HashSet<u64>,
}

/// A part of a long export, with its complete rows.
pub struct Block {
    source: Source,
    /// The rows.
    pub inventory: Inventory,
    found: Vec<Found>,
    line: usize,
    column: usize,
}

impl<'c> Long<'c> {
    /// Tokens for one purpose that are compared at most; more are said, not compared.
    pub const COMPARED: usize = 50_000;

    /// Reads an export for the first time. `open` gives its bytes from the beginning, each time it is called.
    /// `Ok(None)`: not an export that can be read by blocks.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn open(
        name: &str,
        project: Option<&str>,
        context: &Context,
        open: Box<dyn Fn() -> io::Result<Box<dyn Read>> + Sync + 'c>,
    ) -> io::Result<Option<Self>> {
        let mut context = context.clone();
        if let Some(path) = project {
            context.project = Some(context.name(path));
        }
        let Some(survey) = Survey::new(name, &context, open()?)? else { return Ok(None) };
        Ok(Some(Self { name: name.into(), shown: context.name(name), context, survey, open }))
    }

    /// Lets it know of users that other inputs tell of.
    pub fn know(&mut self, report: &Report) {
        let users = report.inventories.iter().flat_map(|(_, inventory)| &inventory.users);
        let gone = users.filter(|user| is_gone(user)).cloned();
        self.survey.kept_out_elsewhere.users.extend(gone);
    }

    /// Users in it that are kept out.
    #[must_use]
    pub fn kept_out(&self) -> &[User] {
        &self.survey.kept_out
    }

    /// The input as it was read.
    #[must_use]
    pub const fn summary(&self) -> &InputSummary {
        &self.survey.summary
    }

    /// What could not be read.
    #[must_use]
    pub fn blind_spots(&self) -> &[BlindSpot] {
        &self.survey.blind_spots
    }

    /// All that is no row.
    #[must_use]
    pub const fn shared(&self) -> &Inventory {
        &self.survey.shared
    }

    /// How many rows of each kind there are, by their key in the published form.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<&'static str, usize> {
        &self.survey.counts
    }

    /// The rows, block by block.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn blocks(&self) -> io::Result<impl Iterator<Item = io::Result<Block>> + use<'_, 'c>> {
        let mut blocks = Blocks::new(&self.name, &self.context, (self.open)()?)?;
        Ok(std::iter::from_fn(move || {
            let mut block = match blocks.as_mut()?.next(|_, _| {}) {
                Ok(block) => block?,
                Err(error) => return Some(Err(error)),
            };
            self.survey.fixes.apply(&mut block.inventory);
            block.inventory.owner.clone_from(&self.survey.shared.owner);
            Some(Ok(block))
        }))
    }

    /// The findings in one block.
    #[must_use]
    pub fn judge(&self, block: &mut Block) -> Vec<Finding> {
        let mut found = detect::scan(block.source.text(), &self.context.token_prefixes);
        crate::audit::add_by_field(&mut found, std::mem::take(&mut block.found));
        let masks = Masks::new(crate::audit::masks(&found), &self.context.token_prefixes, None);
        let judgement = Judgement { found: &found, ..Judgement::of_rows(&block.source, 0, &self.context, &masks) };
        let users = block.inventory.users.len();
        block.inventory.users.extend(self.survey.kept_out.iter().cloned());
        let mut findings = Vec::new();
        rules::judge_part(&judgement, &block.inventory, &mut findings);
        if !self.survey.kept_out_elsewhere.users.is_empty() {
            for row in &mut block.inventory.tokens {
                row.place = row.span.map(|span| block.source.place(span));
            }
            findings.extend(rules::judge_owners(&judgement, &block.inventory, &self.survey.kept_out_elsewhere));
        }
        block.inventory.users.truncate(users);
        for finding in &mut findings {
            finding.place = finding.place.map(|place| block.whole(place));
        }
        findings
    }

    /// The findings that compare rows with each other, and those about what stands once for all. `rows` are those that
    /// [`Long::compared`] gave, of all blocks.
    #[must_use]
    pub fn judge_whole(&self, rows: Vec<Compared>) -> Vec<Finding> {
        // A line for each row: the finding's line is the row's number.
        let lines = Source::new(self.shown.clone(), "\n".repeat(rows.len()), 0);
        let (mut tokens, mut places) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for (index, Compared { mut row, place }) in rows.into_iter().enumerate() {
            row.span = Some(crate::source::Span::new(index, index));
            tokens.push(row);
            places.push(place);
        }
        let inventory = Inventory { tokens, ..self.survey.shared.clone() };
        let none = Masks::default();
        let judgement = Judgement::of_rows(&lines, 0, &self.context, &none);
        let mut findings = Vec::new();
        rules::judge_across(&judgement, &inventory, &self.survey.across, &mut findings);
        for finding in &mut findings {
            let row = finding.place.and_then(|place| places.get(place.line.checked_sub(1)?));
            finding.place = if finding.rule.id == "expiry-cliff" { None } else { row.copied().flatten() };
        }
        let shared = Inventory { tokens: Vec::new(), ..self.survey.shared.clone() };
        let before = findings.len();
        rules::judge_part(&judgement, &shared, &mut findings);
        for finding in findings.iter_mut().skip(before) {
            finding.place = None;
        }
        findings
    }

    /// The rows of a block that have to be compared with those of other blocks.
    pub fn compared<'b>(&'b self, block: &'b Block) -> impl Iterator<Item = Compared> + 'b {
        let shared = &self.survey.shared_purposes;
        let rows = if shared.is_empty() { [].iter() } else { block.inventory.tokens.iter() };
        rows.filter_map(move |row| {
            let none = Masks::default();
            let judgement = Judgement::of_rows(&block.source, 0, &self.context, &none);
            let purpose = rules::purpose_of(&judgement, &Inventory::default(), row)?;
            let place = row.span.map(|span| block.whole(block.source.place(span)));
            shared.contains(&purpose).then(|| Compared { row: row.clone(), place })
        })
    }

    /// A report with this input alone, and these findings.
    #[must_use]
    pub fn report(&self, findings: Vec<Finding>) -> Report {
        Report {
            today: self.context.today,
            inputs: vec![self.survey.summary.clone()],
            findings,
            blind_spots: Vec::new(),
            inventories: Vec::new(),
            mentions: Vec::new(),
            seen: Vec::new(),
            accepted: 0,
            accepted_findings: Vec::new(),
            left_out: [0; 5],
        }
    }
}

/// Counts credentials over all blocks: within a block each kind is counted from 1, and two findings must not share a name.
#[derive(Default)]
pub struct Ordinals(BTreeMap<&'static str, usize>, HashMap<String, usize>);

impl Ordinals {
    /// Goes on counting in the findings of the next block.
    pub fn number(&mut self, findings: &mut [Finding]) {
        crate::join::distinct(findings, &mut self.1);
        let before = self.0.clone();
        for finding in findings {
            let Some(kind) = finding.token.as_ref().map(|token| token.kind.id()) else { continue };
            if let Some(ordinal) = finding.about.0.last_mut().filter(|_| finding.rule.id == "exposed-token") {
                let here: usize = ordinal.as_str().parse().unwrap_or(1);
                let all = before.get(kind).copied().unwrap_or(0) + here;
                *ordinal = say![all];
                let known = self.0.entry(kind).or_default();
                *known = all.max(*known);
            }
        }
    }
}

/// A row to be compared with others, and its place in the input.
pub struct Compared {
    row: TokenRow,
    place: Option<Place>,
}

impl Block {
    /// A place of the block in the input.
    const fn whole(&self, place: Place) -> Place {
        Place {
            line: place.line + self.line,
            column: if place.line == 1 { place.column + self.column } else { place.column },
            end_line: place.end_line + self.line,
            end_column: if place.end_line == 1 { place.end_column + self.column } else { place.end_column },
        }
    }
}

impl Survey {
    fn new(name: &str, context: &Context, reader: Box<dyn Read + '_>) -> io::Result<Option<Self>> {
        let Some(mut blocks) = Blocks::new(name, context, reader)? else { return Ok(None) };
        let mut places: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        let (mut across, mut kept, mut counts) = (Across::default(), Vec::new(), BTreeMap::new());
        loop {
            let block = blocks.next(|at, place| {
                places.insert(at, place);
            })?;
            let Some(mut block) = block else { break };
            across.add(&Judgement::of_rows(&block.source, 0, context, &Masks::default()), &block.inventory);
            kept.extend(
                block.inventory.users.drain(..).inspect(|_| *counts.entry("users").or_default() += 1).filter(is_gone),
            );
            for (key, count) in block.inventory.counts() {
                *counts.entry(key).or_default() += count;
            }
        }
        let Blocks { stream, decoder, line, column, base, bytes, shown, .. } = blocks;
        let (replaced, encoding) = (decoder.replaced, decoder.encoding());
        let (reading, fixes) = stream.close(&Source::new(shown.clone(), String::new(), 0));
        let Reading { mut format, mut status, model, mut unread, .. } = reading;
        if encoding != "UTF-8" {
            format.push(", ").push(encoding);
        }
        if replaced > 0 {
            if status == Status::Read {
                status = Status::Partly;
            }
            unread.push(Unread { at: None, message: not_text(replaced, encoding) });
        }
        let shared = match model {
            Model::Inventory(inventory) => *inventory,
            _ => Inventory::default(),
        };
        across.purposes.sort_unstable();
        let pairs = across.purposes.iter().zip(across.purposes.iter().skip(1));
        let shared_purposes: HashSet<u64> = pairs.filter(|(one, next)| one == next).map(|(one, _)| *one).collect();
        let compared = across.purposes.iter().filter(|purpose| shared_purposes.contains(purpose)).count();
        across.purposes = Vec::new();
        if compared > Long::COMPARED {
            let message = say![
                compared,
                " live tokens share their name and scopes with another one. The first ",
                Long::COMPARED,
                " of them were compared for rotations that were not finished; give parts of the list to have all compared."
            ];
            unread.push(Unread { at: None, message });
        }
        // The end of the text is a place too.
        places.insert(base, (line + 1, column + 1));
        let blind_spots = unread.into_iter().map(|unread| {
            let place = unread.at.and_then(|span| places.get(&span.start));
            let (line, column) = (place.map(|place| place.0), place.map(|place| place.1));
            BlindSpot { input: 0, line, column, message: unread.message }
        });
        let blind_spots = blind_spots.collect();
        let rows = counts.values().sum::<usize>() + shared.rows();
        let summary = InputSummary {
            name: shown,
            kind: Kind::Inventory,
            format,
            bytes,
            lines: line + usize::from(column > 0),
            status,
            project: context.project.clone(),
            rows: Some(rows),
        };
        Ok(Some(Self {
            summary,
            blind_spots,
            shared,
            fixes,
            kept_out: kept,
            kept_out_elsewhere: Inventory::default(),
            counts,
            across,
            shared_purposes,
        }))
    }
}

fn is_gone(user: &User) -> bool {
    user.state.as_ref().is_some_and(|state| kept_out(state.as_str()).is_some())
}

fn not_text(replaced: usize, encoding: &'static str) -> Text {
    say![
        replaced,
        if replaced == 1 { " byte is" } else { " bytes are" },
        " not valid ",
        encoding,
        " and could not be read; the text around was. Save the file as UTF-8 to read all of it."
    ]
}

/// The text in blocks that end behind a complete row.
struct Blocks<'a> {
    reader: Box<dyn Read + 'a>,
    decoder: Decoder,
    stream: Stream<'a>,
    shown: Name,
    /// Characters that are not done.
    text: String,
    /// Bytes that were read to tell what it is.
    head: Vec<u8>,
    /// Lines and characters of the last line before `text`, and bytes of decoded text.
    line: usize,
    column: usize,
    base: usize,
    /// Bytes of the input so far.
    bytes: usize,
    ended: bool,
}

impl<'a> Blocks<'a> {
    fn new(name: &str, context: &'a Context, mut reader: Box<dyn Read + 'a>) -> io::Result<Option<Self>> {
        let head = fill(&mut reader, HEAD)?;
        let (Some(decoder), Some(mut look)) = (Decoder::new(&head), Decoder::new(&head)) else { return Ok(None) };
        let Some(stream) = Stream::new(name, &look.text(&head, false), context) else { return Ok(None) };
        Ok(Some(Self {
            reader,
            decoder,
            stream,
            shown: context.name(name),
            text: String::new(),
            head,
            line: 0,
            column: 0,
            base: 0,
            bytes: 0,
            ended: false,
        }))
    }

    /// The next block with rows; `place` is told where a byte of the input is, for those that may be spoken of.
    fn next(&mut self, mut place: impl FnMut(usize, (usize, usize))) -> io::Result<Option<Block>> {
        while !self.ended {
            // What could not be done with one block is tried with twice as much: a long row costs no more than twice.
            let more = BLOCK.max(self.text.len());
            let mut bytes = std::mem::take(&mut self.head);
            bytes.append(&mut fill(&mut self.reader, more.saturating_sub(bytes.len()))?);
            self.ended = bytes.len() < more;
            self.bytes += bytes.len();
            self.text.push_str(&self.decoder.text(&bytes, self.ended));
            let source = Source::new(self.shown.clone(), std::mem::take(&mut self.text), bytes.len());
            let rows = self.stream.block(&source, self.ended);
            let mut block =
                Block { source, inventory: rows.inventory, found: rows.found, line: self.line, column: self.column };
            for at in rows.places {
                if let Some(at_here) = at.checked_sub(self.base) {
                    let whole = block.whole(block.source.place(crate::source::Span::new(at_here, at_here)));
                    place(at, (whole.line, whole.column));
                }
            }
            let (line, column) = block.source.line_column(rows.done);
            self.column = if line == 1 { self.column + column - 1 } else { column - 1 };
            self.line += line - 1;
            self.base += rows.done;
            let mut text = block.source.into_text();
            self.text = text.split_off(rows.done);
            if rows.done > 0 {
                block.source = Source::new(self.shown.clone(), text, rows.done);
                return Ok(Some(block));
            }
            block.source = Source::new(self.shown.clone(), text, 0);
        }
        Ok(None)
    }
}

/// Reads so many bytes, fewer only at the end.
fn fill(reader: &mut dyn Read, want: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(want);
    reader.take(want as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;

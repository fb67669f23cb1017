//! Which lines of a log say something: what may be left out when a log is too large to be read whole ([`crate::stream`]).
//!
//! Rather one line too many than one too few: what is kept is read again, as any log is.

use std::sync::LazyLock;

use super::refusal::{COMMAND, COMMAND_BYTES, CONCURRENT, LONG, line_spans};
use super::server::is_server_log;
use super::unwrap::{self, is_numbered};
use crate::catalog::{Part, marks, messages};
use crate::input::decode;
use crate::source::Span;
use crate::words::Words;

/// What the lines have in common that `facts` and `masking` read.
const FACTS: [&str; 17] = [
    "Running with gitlab-runner ",
    "Running on runner-",
    "Preparing the \"",
    "Git repository in ",
    "Checking out ",
    " * [new ref] ",
    "Uploading artifacts",
    "ERROR: Job failed",
    "Job succeeded",
    "log exceeded limit of ",
    "[MASKED]",
    "CI_PROJECT_PATH=",
    "CI_PROJECT_ID=",
    "CI_JOB_ID=",
    "CI_PIPELINE_ID=",
    "CI_COMMIT_REF_NAME=",
    "CI_SERVER_HOST=",
];

static ALL: LazyLock<Words> = LazyLock::new(|| Words::new(&[&FACTS[..], marks()].concat()));
static OF_FACTS: LazyLock<Words> = LazyLock::new(|| Words::new(&FACTS));

/// A line to keep.
pub(crate) struct Telling {
    pub(crate) span: Span,
    /// It is a refusal.
    pub(crate) refusal: bool,
}

/// Can a log that begins so be read in stretches? Lines of the server's log cannot, nor a copy with line numbers, which is
/// never large.
pub(crate) fn can_be_streamed(head: &str) -> bool {
    !is_server_log(head) && !is_numbered(head)
}

/// The lines that say something about the job, and the refusals, but for those that end before `from`.
pub(crate) fn telling_lines(text: &[u8], from: usize) -> Vec<Telling> {
    let spans = line_spans(text, unfinished(text, from), &ALL);
    let mut lines = Vec::new();
    for span in spans {
        let line = text.get(span.range()).unwrap_or_default();
        let shown = String::from_utf8_lossy(line);
        let refusal = messages().iter().any(|message| message.part != Part::Server && message.read(&shown).is_some());
        // The line behind the runner's version names its description.
        let span = if line.windows(8).take(64).any(|words| words == b"Running ") {
            Span::new(span.start, span.end + 160)
        } else {
            span
        };
        if refusal || OF_FACTS.any(line) {
            lines.push(Telling { span, refusal });
        }
    }
    lines
}

/// Where the line begins that goes on at `from`; in a long one, a place before it from which on all is there that belongs to what
/// is behind `from`.
fn unfinished(text: &[u8], from: usize) -> usize {
    let least = from.saturating_sub(LONG);
    memchr::memrchr2(b'\n', b'\r', text.get(least..from).unwrap_or_default()).map_or(least, |end| least + end + 1)
}

/// The runner's timestamps in a part of a log.
pub(crate) struct Stamps {
    /// Where the first line begins that has one.
    pub(crate) first: Option<usize>,
    /// Lines that go on, from the line they go on from.
    continued: Vec<Span>,
}

impl Stamps {
    /// Most logs have them in every line or in none.
    pub(crate) fn of(text: &[u8]) -> Self {
        let first = first_stamp(text);
        Self { first, continued: if first.is_some() { unwrap::continued(text) } else { Vec::new() } }
    }

    /// Does a line go on in a later one?
    pub(crate) const fn go_on(&self) -> bool {
        !self.continued.is_empty()
    }
}

/// The places that hold a credential, or a refusal, only for who reads the log as a terminal shows it: with a mark inside,
/// or in a line that goes on in a later one.
pub(crate) fn hidden(text: &[u8], stamps: &Stamps, token_prefixes: &[String]) -> Vec<Span> {
    let mut found = Vec::new();
    for region in unwrap::regions(text, &stamps.continued, !token_prefixes.is_empty()) {
        let part = text.get(region.range()).unwrap_or_default();
        if decode::invalid(part) > 0 {
            found.push(region);
            continue;
        }
        let (view, _) = unwrap::unwrap(&String::from_utf8_lossy(part));
        let here = |span: Span| Span::new(region.start + span.start, region.start + span.end);
        let mut known = false;
        for token in view.scan(token_prefixes) {
            found.push(here(token.span));
            known = true;
        }
        for line in telling_lines(view.text().as_bytes(), 0) {
            found.push(here(view.hull(line.span)));
            known = true;
        }
        // A line that goes on needs all of it: what is left out would part it.
        if known {
            found.push(region);
        }
    }
    found
}

/// What is kept is kept with this much around it.
const NEAR_HIT: usize = 1024;

/// Adds the lines that go on in a later one, where one of `spans` is in them.
pub(crate) fn goes_on(stamps: Stamps, spans: &mut Vec<Span>) {
    let mut regions = stamps.continued;
    unwrap::merge(&mut regions);
    spans.sort_unstable();
    regions.retain(|region| {
        let first = spans.partition_point(|span| span.end + NEAR_HIT <= region.start);
        spans.get(first..).unwrap_or_default().iter().take(8).any(|span| span.start < region.end + NEAR_HIT)
    });
    spans.append(&mut regions);
}

/// The first of the runner's timestamps.
fn first_stamp(text: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, b"Z 0")?;
    let mut start = 0;
    loop {
        let line = text.get(start..)?;
        if unwrap::is_stamped(line) {
            return Some(start);
        }
        start += memchr::memchr(b'\n', line)? + 1;
    }
}

/// The last of them.
pub(crate) fn last_stamp(text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    loop {
        let mark = memchr::memmem::rfind(text.get(..end)?, b"Z 0")?;
        let start = memchr::memrchr(b'\n', text.get(..mark)?).map_or(0, |line| line + 1);
        if unwrap::is_stamped(text.get(start..)?) {
            return Some(start);
        }
        end = start;
    }
}

/// The runner writes a command it echoes so, in colour, behind its timestamp: within the first bytes of the line.
const ECHO: (&str, usize) = ("$ ", 80);

/// Where the lines begin that may be commands which the runner echoed.
pub(crate) fn commands(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut known = None;
    memchr::memmem::find_iter(text, ECHO.0).filter_map(move |at| {
        let near = at.saturating_sub(ECHO.1);
        let before = text.get(near..at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map(|end| near + end + 1).or((near == 0).then_some(0))?;
        (known.replace(start) != Some(start)).then_some(start)
    })
}

/// Calls `keep` with the places of the commands that the runner echoed before a refusal at `at`, back to `walked`, where
/// an earlier one was. Says up to where this one walked.
pub(crate) fn commands_before(text: &[u8], at: usize, walked: usize, mut keep: impl FnMut(usize)) -> usize {
    let mut end = memchr::memrchr(b'\n', text.get(..at).unwrap_or_default()).map_or(0, |end| end + 1);
    let reached = end.max(walked);
    let (mut lines, mut found) = (0, false);
    let line = end;
    while end > walked && lines <= COMMAND && line - end <= COMMAND_BYTES && !(found && lines > CONCURRENT) {
        let before = text.get(..end - 1).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let line = text.get(start..end).unwrap_or_default();
        if memchr::memmem::find(line.get(..ECHO.1).unwrap_or(line), ECHO.0.as_bytes()).is_some() {
            keep(start);
            found |= unwrap::unwrap(&String::from_utf8_lossy(line)).0.text().starts_with("$ ");
        }
        lines += 1;
        end = start;
    }
    reached
}

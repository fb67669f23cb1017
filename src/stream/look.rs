//! The look at one stretch: which of its lines say something?

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::keep;
use crate::context::Context;
use crate::detect;
use crate::input::{decode, job_log, mention};
use crate::source::Span;

/// So many bytes before a stretch are looked at with it: what lies across the border is seen whole.
pub(super) const OVERLAP: usize = 32 * 1024;

/// Bytes around a credential that are kept: lines of base64 it is wrapped in, a word that speaks of GitLab.
const ROOM: usize = 512;

/// Words for which a line of a text is kept: an accepted finding, a job token's use.
const WORDS: [&str; 3] = [crate::rules::ignore::WORDS, "CI_JOB_TOKEN", "job_token"];

/// In a call that a text shows, for a plan of privileges.
const CALL: &str = "/api/v4/";

/// What was seen in a stretch. Places are bytes of the buffer.
#[derive(Default)]
pub struct Seen {
    pub(super) own: Range<usize>,
    pub(super) hits: Vec<Hit>,
    /// Line ends in it.
    pub(super) lines: usize,
    /// Characters behind the last of them.
    pub(super) tail: usize,
    /// Bytes that are no characters.
    pub(super) invalid: usize,
    /// The first escape of a terminal.
    pub(super) escape: Option<usize>,
    /// The first of the runner's timestamps.
    pub(super) stamp: Option<usize>,
    /// Variables that it names, with the first place of each.
    pub(super) names: Vec<(String, usize)>,
}

/// Something to keep.
pub(super) struct Hit {
    pub(super) span: Span,
    /// Bytes to keep around it.
    pub(super) room: usize,
    /// It is a refusal: the command before it says what was asked.
    pub(super) refusal: bool,
}

/// What to look for.
pub(super) struct Look<'a> {
    log: bool,
    pub(super) context: Cow<'a, Context>,
}

impl<'a> Look<'a> {
    pub(super) const fn new(log: bool, context: Cow<'a, Context>) -> Self {
        Self { log, context }
    }

    /// Looks at the stretch `own` of a text.
    pub(super) fn see(&self, text: &[u8], own: Range<usize>) -> Seen {
        let bytes = text.get(own.clone()).unwrap_or_default();
        let (lines, tail) = keep::count(bytes);
        let mut seen = Seen { own: own.clone(), lines, tail, invalid: decode::invalid(bytes), ..Seen::default() };
        let from = keep::character(text, own.start.saturating_sub(OVERLAP));
        let part = text.get(from..own.end).unwrap_or_default();
        let at = |span: Span| Span::new(from + span.start, from + span.end);
        let hit = |span: Span, room: usize| Hit { span: at(span), room, refusal: false };
        let prefixes = &self.context.token_prefixes;
        seen.hits.extend(detect::scan_bytes(part, prefixes).iter().map(|found| hit(found.span, ROOM)));
        if self.log {
            let stamps = job_log::Stamps::of(part);
            // Lines before the stretch were looked at with the one before, but one of them may go on in it.
            let fresh = if stamps.go_on() { 0 } else { own.start - from };
            for line in job_log::telling_lines(part, fresh) {
                seen.hits.push(Hit { span: at(line.span), room: 0, refusal: line.refusal });
            }
            for region in job_log::hidden(part, &stamps, prefixes) {
                seen.hits.push(hit(region, ROOM));
            }
            let mut near: Vec<Span> =
                seen.hits.iter().map(|hit| Span::new(hit.span.start - from, hit.span.end - from)).collect();
            let known = near.len();
            seen.stamp = stamps.first.map(|place| from + place);
            job_log::goes_on(stamps, &mut near);
            seen.hits.extend(near.into_iter().skip(known).map(|region| hit(region, 0)));
            if self.context.seen.is_some() {
                let commands = job_log::commands(part).map(|place| hit(Span::new(place, place + 1), 0));
                seen.hits.extend(commands);
                // A use has the day of the log's last line: one in each stretch, since nobody knows yet which is the last.
                seen.hits.extend(job_log::last_stamp(part).map(|place| hit(Span::new(place, place + 1), 0)));
            }
            seen.escape = memchr::memchr(0x1b, bytes).map(|place| own.start + place);
        } else {
            let call = self.context.seen.is_some().then_some(CALL);
            for word in WORDS.into_iter().chain(call) {
                let places = memchr::memmem::find_iter(part, word);
                seen.hits.extend(places.map(|place| hit(Span::new(place, place + word.len()), ROOM)));
            }
            let mut known: HashSet<&str> = HashSet::new();
            let mut named: Vec<_> = mention::in_bytes(part).collect();
            named.sort_unstable_by_key(|&(_, place)| place);
            for (name, place) in named {
                if known.insert(name) {
                    seen.names.push((name.to_owned(), from + place));
                }
            }
        }
        seen
    }
}

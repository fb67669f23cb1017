//! Large texts and logs, read in stretches: what says something is kept, everything else is only counted.
//!
//! A log of gigabytes holds a few lines that matter. [`Stream`] looks at it stretch by stretch ([`look`]) and keeps the
//! lines with credentials, refusals and what the runner says about the job, its beginning and its end, each with what is
//! around it ([`keep`]). What was kept is a [`Source`] with gaps, in which every place is still that of the original, and
//! is read like any other: so nothing but the filter knows how large the text was, and what it leaves out is proven by
//! tests to make no difference. Memory grows with what was kept, not with the text.
//!
//! Two things reach further than a stretch sees: a log's line that goes on more than [`look::OVERLAP`] bytes later, behind
//! another stream's, is read as two; so is a word longer than that.

mod keep;
mod look;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use keep::Keeper;
use look::Look;
pub use look::Seen;

use crate::audit::{Examined, Whole};
use crate::context::Context;
use crate::input::decode::{self, Look as Decoding};
use crate::input::{Kind, job_log, mention, sniff};
use crate::plan::privilege;

/// Texts shorter than this are read whole.
pub const LARGE: usize = 1024 * 1024;

/// Bytes that are looked at in one go: they fit the cache that a core has for itself.
const WINDOW: usize = 256 * 1024;

/// The beginning and the end of a text are kept whole: so many bytes of each.
const ENDS: usize = 64 * 1024;

/// Bytes of the text that a caller keeps in front of those it feeds, when there are so many: see [`Stream::feed`].
pub const CARRY: usize = 256 * 1024;

/// So much at the end of what was fed waits for what comes next: a find there may need lines before it.
const HELD: usize = 128 * 1024;

/// Runs `job(0)` to `job(count - 1)`, side by side if it can, and gives back what they said, in order.
pub type Spread<'a> = &'a dyn Fn(usize, &(dyn Fn(usize) -> Seen + Sync)) -> Vec<Seen>;

/// One after the other.
#[must_use]
pub fn in_turn(count: usize, job: &(dyn Fn(usize) -> Seen + Sync)) -> Vec<Seen> {
    (0..count).map(job).collect()
}

/// Has a text no character but blanks?
fn is_blank(text: &[u8]) -> bool {
    // A letter says no at once; only blanks, and what is not ASCII, have to be read as characters.
    !text.iter().any(u8::is_ascii_graphic)
        && (text.trim_ascii().is_empty() || String::from_utf8_lossy(text).trim().is_empty())
}

/// A large text while it is read.
pub struct Stream<'a> {
    look: Look<'a>,
    keeper: Keeper,
    /// Its name, as it came.
    name: String,
    kind: Kind,
    incidental: bool,
    encoding: &'static str,
    /// Bytes of a byte order mark.
    mark: usize,
    invalid: usize,
    /// Variables that were named.
    names: HashSet<String>,
    /// Was an escape kept, and a timestamp?
    escape: bool,
    stamp: bool,
    /// No character but blanks so far.
    blank: bool,
    /// Bytes that were looked at.
    looked: usize,
    /// Parts of the text to keep that are not, or not all, kept yet.
    pending: Vec<Range<usize>>,
    window: usize,
    ends: usize,
    held: usize,
}

impl<'a> Stream<'a> {
    /// A stream for the text that begins with `head` ([`LARGE`] bytes of it), if it is of a kind that can be read so: a job's
    /// log, or a text of no known kind. `forced` is what the user says it is.
    #[must_use]
    pub fn open(
        name: &str,
        head: &[u8],
        forced: Option<Kind>,
        incidental: bool,
        context: Cow<'a, Context>,
    ) -> Option<Self> {
        let Decoding::Utf8 { mark } = decode::look(head) else { return None };
        let look = head.get(mark..)?;
        let look = String::from_utf8_lossy(look.get(..look.len().min(2 * ENDS)).unwrap_or_default());
        let kind = forced.unwrap_or_else(|| sniff::sniff(name, &look));
        let can_be = match kind {
            // What shows that a log cannot is behind the blanks.
            Kind::JobLog => !is_blank(look.as_bytes()) && job_log::can_be_streamed(&look),
            // Every line of a script may be one that uses a token.
            Kind::Text if context.seen.is_some() && privilege::is_script(name, &look) => false,
            Kind::Text => !crate::plan::allowlist::is_read_whole(name),
            _ => false,
        };
        if !can_be {
            return None;
        }
        let (encoding, start) = if mark > 0 { (decode::WITH_MARK, mark) } else { (decode::UTF_8, 0) };
        Some(Self {
            look: Look::new(kind == Kind::JobLog, context),
            keeper: Keeper::default(),
            name: name.to_owned(),
            kind,
            incidental,
            encoding,
            mark: start,
            invalid: 0,
            names: HashSet::new(),
            escape: false,
            stamp: false,
            blank: true,
            looked: 0,
            pending: Vec::new(),
            window: WINDOW,
            ends: ENDS,
            held: HELD,
        })
    }

    /// Reads on. `buffer` ends with bytes that were not fed before, as many as are wanted (more is faster), and begins with
    /// the last [`CARRY`] bytes that were, or all of them: `fresh` is where the new ones begin. `last` when the text ends
    /// with them. Gives back how many bytes at the end have to be fed once more, since they are only a part of a character.
    pub fn feed(&mut self, buffer: &[u8], fresh: usize, last: bool, spread: Spread<'_>) -> usize {
        // A byte order mark is no part of the text.
        let mark = if self.looked == 0 { self.mark } else { 0 };
        let (buffer, fresh) = (buffer.get(mark..).unwrap_or_default(), fresh.saturating_sub(mark));
        let end = if last { buffer.len() } else { keep::whole_characters(buffer) };
        let text = buffer.get(..end).unwrap_or_default();
        // Where the buffer begins in the text.
        let base = self.looked - fresh;
        let mut windows: Vec<Range<usize>> = Vec::new();
        let mut at = fresh;
        while at < end {
            let to = keep::character(text, at + self.window).min(end);
            windows.push(at..to);
            at = to;
        }
        let see =
            |index: usize| windows.get(index).map_or_else(Seen::default, |window| self.look.see(text, window.clone()));
        let seen = spread(windows.len(), &see);
        self.looked = base + end;
        self.blank = self.blank && is_blank(text.get(fresh..).unwrap_or_default());
        let mut ranges = Vec::new();
        if base < self.ends {
            ranges.push(0..self.ends - base);
        }
        self.gather(text, &seen, &mut ranges);
        if last {
            ranges.push(text.len().saturating_sub(self.ends)..text.len());
        }
        self.pending.extend(ranges.into_iter().map(|range| base + range.start..base + range.end));
        let to = if last { end } else { end.saturating_sub(self.held) };
        self.keeper.take(text, base, to, &mut self.pending, &seen);
        buffer.len() - end
    }

    /// What of a text has to be kept for what was seen in it.
    fn gather(&mut self, text: &[u8], seen: &[Seen], ranges: &mut Vec<Range<usize>>) {
        let mut walked = 0;
        for seen in seen {
            self.invalid += seen.invalid;
            for (known, place) in [(&mut self.escape, seen.escape), (&mut self.stamp, seen.stamp)] {
                ranges.extend(place.filter(|_| !*known).map(|at| at..at + 1));
                *known |= place.is_some();
            }
            for (name, at) in &seen.names {
                if self.names.len() < mention::MOST && self.names.insert(name.clone()) {
                    ranges.push(*at..*at + 1);
                }
            }
            for hit in &seen.hits {
                ranges.push(hit.span.start.saturating_sub(hit.room)..hit.span.end + hit.room);
                if hit.refusal {
                    walked = job_log::commands_before(text, hit.span.start, walked, |at| ranges.push(at..at + 1));
                }
            }
        }
    }

    /// Reads a text that is all there.
    #[must_use]
    pub fn all(mut self, bytes: &[u8], spread: Spread<'_>) -> Examined {
        self.feed(bytes, 0, true, spread);
        self.finish(bytes.len())
    }

    /// Judges what was kept. `bytes` is the size of the whole.
    #[must_use]
    pub fn finish(mut self, bytes: usize) -> Examined {
        let keeper = std::mem::take(&mut self.keeper);
        self.judge(keeper, bytes)
    }

    /// Judges what was kept up to now, for who wants to see something before the end.
    #[must_use]
    pub fn so_far(&self) -> Examined {
        self.judge(self.keeper.clone(), self.looked)
    }

    fn judge(&self, keeper: Keeper, bytes: usize) -> Examined {
        let context = self.look.context.as_ref();
        let name = context.name(&self.name);
        if self.blank {
            return crate::audit::empty(name, bytes, self.incidental);
        }
        let source = keeper.finish(name, bytes);
        let whole = Whole {
            name: &self.name,
            kind: Some(self.kind),
            incidental: self.incidental,
            encoding: self.encoding,
            replaced: self.invalid,
        };
        crate::audit::judge(&source, &whole, context)
    }
}

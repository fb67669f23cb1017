//! An input while its slices come. A job's log or a text is judged as it comes and never held as a whole; what has to be seen
//! whole, an export or a page, is gathered first.

use std::borrow::Cow;

use crate::audit::{Examined, examine};
use crate::context::Context;
use crate::input::Input;
use crate::stream::{CARRY, LARGE, Stream, in_turn};
use crate::web::talk::{Given, Role};

/// An input that is being read.
pub(super) struct Reading {
    pub(super) given: Given,
    /// Its size, as the browser says.
    size: usize,
    taken: Taken,
}

/// What was taken of it.
enum Taken {
    /// All so far. `begun` when it was looked at whether it can be read in stretches.
    Whole { bytes: Vec<u8>, begun: bool },
    /// What its stretches came to.
    Stretches(Box<Stretches>),
}

/// A text that is read in stretches, and the bytes that the next one is looked at with: see [`Stream::feed`].
struct Stretches {
    stream: Stream<'static>,
    buffer: Vec<u8>,
    fresh: usize,
    read: usize,
}

impl Reading {
    /// Begins to read an input of so many bytes.
    pub(super) fn new(given: Given, size: usize) -> Self {
        Self { given, size, taken: Taken::Whole { bytes: Vec::new(), begun: false } }
    }

    /// Takes the next slice. False when there is no room for more.
    pub(super) fn feed(&mut self, slice: &[u8], context: &Context) -> bool {
        match &mut self.taken {
            Taken::Stretches(stretches) => stretches.feed(slice),
            Taken::Whole { bytes, begun } => {
                if bytes.try_reserve(slice.len()).is_err() {
                    return false;
                }
                bytes.extend_from_slice(slice);
                if bytes.len() < LARGE || *begun {
                    return true;
                }
                *begun = true;
                // The earlier export of a comparison is read as it was before.
                let begins = (self.given.role == Role::Check).then(|| {
                    Stream::open(&self.given.name, bytes, self.given.kind, false, Cow::Owned(context.clone()))
                });
                let Some(stream) = begins.flatten() else {
                    // Where there is no room for it, the slices show that one after the other.
                    let _ = bytes.try_reserve_exact(self.size.saturating_sub(bytes.len()));
                    return true;
                };
                let first = std::mem::take(bytes);
                let mut stretches = Stretches { stream, buffer: Vec::new(), fresh: 0, read: 0 };
                let taken = stretches.feed(&first);
                self.taken = Taken::Stretches(Box::new(stretches));
                taken
            }
        }
    }

    /// What it came to up to now; nothing where it has to be seen whole.
    pub(super) fn so_far(&self) -> Option<Examined> {
        match &self.taken {
            Taken::Stretches(stretches) => Some(stretches.stream.so_far()),
            Taken::Whole { .. } => None,
        }
    }

    /// It is complete: judges it; or gives back its bytes where it is nothing to judge.
    pub(super) fn finish(self, context: &Context) -> Result<Examined, Input> {
        match self.taken {
            Taken::Stretches(stretches) => Ok(stretches.finish()),
            Taken::Whole { bytes, .. } => {
                let input = Input { kind: self.given.kind, ..Input::new(self.given.name, bytes) };
                if self.given.role == Role::Earlier { Err(input) } else { Ok(examine(input, context)) }
            }
        }
    }
}

impl Stretches {
    fn feed(&mut self, slice: &[u8]) -> bool {
        if self.buffer.try_reserve(slice.len()).is_err() {
            return false;
        }
        self.buffer.extend_from_slice(slice);
        self.read += slice.len();
        let again = self.stream.feed(&self.buffer, self.fresh, false, &in_turn);
        // What comes next is looked at with what is before it.
        let gone = self.buffer.len() - (CARRY + again).min(self.buffer.len());
        self.buffer.drain(..gone);
        self.fresh = self.buffer.len() - again;
        true
    }

    fn finish(mut self) -> Examined {
        self.stream.feed(&self.buffer, self.fresh, true, &in_turn);
        self.stream.finish(self.read)
    }
}

//! Candidates: long runs of token characters.
//!
//! Whatever its kind, a token holds an unbroken run of at least [`SHORTEST`] characters of `[0-9A-Za-z_-]`, and text
//! seldom does. Which bytes are of that alphabet is known a bit each ([`super::classes`]), so a block of 64 bytes without
//! such a run costs a few shifts. The two forms whose alphabet is wider (session cookies, signing tokens) are found by
//! their prefix instead.

use super::bytes::{at, is_body};
use super::classes::{BLOCK, Block, Classes, WINDOW, body, long};
use super::work;

/// The shortest body there is: 20 characters, in `feed_token=…` without a prefix.
pub(super) const SHORTEST: usize = 20;

/// What is known between one block and the next.
#[derive(Default)]
pub(super) struct Runs {
    /// Token characters right before the block, none before [`Runs::from`].
    before: usize,
    /// No run begins before this: the byte before it counts as an edge.
    pub(super) from: usize,
}

impl Runs {
    /// Calls `each` with first byte and end of every run that shows in the `block` at `place`. It says from where on to look
    /// for the next one, at or behind that run's end. Runs that begin near the end of the block are found with the next one.
    #[inline]
    pub(super) fn block(&mut self, text: &[u8], place: usize, block: &Block, each: impl FnMut(usize, usize) -> usize) {
        if let Some(skipped) = block.skipped {
            // Nothing begins and ends in it, but something may begin.
            self.before = self.behind(place - BLOCK, skipped).leading_ones() as usize;
        }
        self.bits(text, place, block.body, each);
    }

    #[inline]
    fn bits(&mut self, text: &[u8], place: usize, bits: u64, each: impl FnMut(usize, usize) -> usize) {
        if (self.before + bits.trailing_ones() as usize >= SHORTEST) | (long(bits) != 0) | (self.from > place) {
            self.look(text, place, bits, each);
        } else {
            self.before = bits.leading_ones() as usize;
        }
    }

    fn look(&mut self, text: &[u8], place: usize, bits: u64, mut each: impl FnMut(usize, usize) -> usize) {
        let mut bits = self.behind(place, bits);
        loop {
            let start = match long(bits) {
                _ if self.before + bits.trailing_ones() as usize >= SHORTEST => place - self.before,
                0 => break,
                starts => place + starts.trailing_zeros() as usize,
            };
            let end = end(text, start + SHORTEST);
            self.from = each(start, end).max(end);
            bits = self.behind(place, bits);
        }
        let ones = bits.leading_ones() as usize;
        self.before = if ones == BLOCK { self.before + BLOCK } else { ones };
    }

    /// `bits` without those before `from`.
    fn behind(&mut self, place: usize, bits: u64) -> u64 {
        if self.from <= place {
            return bits;
        }
        self.before = 0;
        let skipped = u32::try_from(self.from - place).unwrap_or(u32::MAX);
        bits & u64::MAX.checked_shl(skipped).unwrap_or(0)
    }

    /// The run that ends with the text, when the last block is a whole one.
    pub(super) fn last(&mut self, text: &[u8], each: impl FnMut(usize, usize) -> usize) {
        self.bits(text, text.len().max(self.from), 0, each);
    }
}

/// Calls `each` for every run of a text, see [`Runs::block`].
pub(super) fn all(text: &[u8], mut each: impl FnMut(usize, usize) -> usize) {
    let mut classes = Classes::new();
    let mut runs = Runs::default();
    for (index, window) in text.chunks(WINDOW).enumerate() {
        classes.read(window);
        for block in classes.busy() {
            runs.block(text, index * WINDOW + block.offset, &block, &mut each);
        }
    }
    runs.last(text, each);
}

/// Where the run ends that reaches at least up to `from`.
fn end(text: &[u8], mut from: usize) -> usize {
    let start = from;
    while is_body(at(text, from)) {
        from += 1;
        // A word of megabytes, block by block.
        if from - start > BLOCK {
            while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>())
                && body(block) == u64::MAX
            {
                from += BLOCK;
            }
        }
    }
    work::add(from - start + 1);
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8], skip: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        all(text, |start, end| {
            found.push((start, end));
            end + skip
        });
        found
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_walk_finds(
            text in "[a-c_ .-]{0,200}|([a-z-]{15,30}[ .]{1,2}){0,9}|([a-z]{1,150}[ .]){0,5}",
            skip in prop_oneof![Just(0), 0..90_usize],
        ) {
            let mut want = Vec::new();
            let mut start = None;
            let mut from = 0;
            for (index, byte) in text.bytes().chain([b' ']).enumerate() {
                match (is_body(byte) && index >= from, start) {
                    (true, None) => start = Some(index),
                    (false, Some(first)) => {
                        if index - first >= SHORTEST {
                            want.push((first, index));
                            from = index + skip;
                        }
                        start = None;
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(found(text.as_bytes(), skip), want);
        }
    }

    #[test]
    fn a_run_at_the_end_of_a_whole_block_counts() {
        for length in SHORTEST..200 {
            let text = "a".repeat(length);
            assert_eq!(found(text.as_bytes(), 0), [(0, length)]);
            assert_eq!(found(format!("{text} ").as_bytes(), 0), [(0, length)]);
            assert_eq!(found(format!(" {text}").as_bytes(), 0), [(1, length + 1)]);
        }
    }

    #[test]
    fn prose_has_no_candidates_and_costs_no_look() {
        let text = "The runner fetches the repository, restores the cache and runs the script. ".repeat(100);
        let (runs, looked) = work::of(|| found(text.as_bytes(), 0));
        assert!(runs.is_empty());
        assert_eq!(looked, 0);
    }
}

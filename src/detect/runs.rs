//! Candidates: long runs of token characters.
//!
//! Whatever its kind, a token holds an unbroken run of at least [`SHORTEST`] characters of `[0-9A-Za-z_-]`, and text
//! seldom does. Where one begins is known a bit each (`leastwise_candidates`), so a window without such a run costs nothing more. The
//! two forms whose alphabet is wider (session cookies, signing tokens) are found by their prefix instead.

use leastwise_candidates::{Block, LONG, Large, Small, Window, run_end};

use super::work;

/// The shortest body there is: 20 characters, in `feed_token=…` without a prefix.
pub(super) const SHORTEST: usize = LONG;

/// A long run.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    /// May one of [`TELLS`](leastwise_candidates::TELLS) be in it? Each prefix of a token has one.
    pub(super) tells: bool,
}

/// What is known between one block and the next.
#[derive(Default)]
pub(super) struct Runs {
    /// No run begins before this: the byte before it counts as an edge.
    from: usize,
}

impl Runs {
    /// Calls `each` for every run that begins in the window at `window`. It says from where on to look for the next one, at or behind
    /// that run's end.
    #[inline]
    pub(super) fn window(
        &mut self,
        text: &[u8],
        window: usize,
        classes: &impl Window,
        mut each: impl FnMut(Run) -> usize,
    ) {
        for block in blocks(classes, classes.running()) {
            let mut begins = block.begins;
            while begins != 0 {
                let offset = block.offset + begins.trailing_zeros() as usize;
                begins &= begins - 1;
                let (end, tells) = match classes.run_end(offset) {
                    Some(end) => (window + end, classes.tells(offset, end)),
                    None => (run_end(text, window + offset), true),
                };
                // What is before it belongs to what was found behind another run.
                let start = self.from.max(window + offset);
                // At the end of a window it is not seen whether it is long enough.
                let Some(length) = end.checked_sub(start) else { continue };
                work::add(length);
                self.from = if length >= SHORTEST { each(Run { start, end, tells }).max(end) } else { end };
            }
        }
    }
}

/// Some blocks of a window, a bit each, in order.
#[inline]
pub(super) fn blocks(classes: &impl Window, mut some: u64) -> impl Iterator<Item = Block> + '_ {
    std::iter::from_fn(move || {
        let index = some.trailing_zeros() as usize;
        some &= some.checked_sub(1)?;
        classes.block(index)
    })
}

/// Calls `each` for every run of a text, see [`Runs::window`].
pub(super) fn all(text: &[u8], each: impl FnMut(Run) -> usize) {
    match text.len() {
        // Most names are shorter.
        length if length < SHORTEST => {}
        length if length <= Small::BYTES => all_of(text, Small::default(), each),
        _ => all_of(text, Large::default(), each),
    }
}

fn all_of<W: Window>(text: &[u8], mut classes: W, mut each: impl FnMut(Run) -> usize) {
    let mut runs = Runs::default();
    for (index, window) in text.chunks(W::BYTES).enumerate() {
        classes.read(window, None);
        runs.window(text, index * W::BYTES, &classes, &mut each);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bytes::is_body, work};
    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8], skip: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        all(text, |run| {
            found.push((run.start, run.end));
            run.end + skip
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
        // Of a word at the end of a window it is not seen how long it is.
        assert!(looked < text.len().div_ceil(Large::BYTES) * SHORTEST, "{looked}");
    }
}

//! The candidate pass: long runs of token characters.
//!
//! Whatever its kind, a token holds an unbroken run of at least [`SHORTEST`] characters of `[0-9A-Za-z_-]`, and text
//! seldom does. So the pass looks for such runs only, and as a search for a long needle does, it looks at the *last*
//! byte a run would have: when that is no token character, the whole stretch is skipped. Clean text costs about one
//! look in four bytes, and no allocation. The two forms whose alphabet is wider (session cookies, signing tokens) are
//! found by their prefix instead.

use super::bytes::{at, is_body};
use super::work;

/// The shortest body there is: 20 characters, in `feed_token=…` without a prefix.
pub(super) const SHORTEST: usize = 20;

/// The next run at or behind `from`: first byte, and one past the last. The byte before `from` counts as an edge.
pub(super) fn next(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut start = from;
    loop {
        let last = start.checked_add(SHORTEST - 1).filter(|&last| last < text.len())?;
        let window = text.get(start..=last)?;
        match window.iter().rposition(|&byte| !is_body(byte)) {
            Some(edge) => {
                work::add(SHORTEST - edge);
                start += edge + 1;
            }
            None => {
                let mut end = last + 1;
                while is_body(at(text, end)) {
                    end += 1;
                }
                work::add(end - start + 1);
                return Some((start, end));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<(usize, usize)> {
        std::iter::successors(next(text, 0), |run| next(text, run.1)).collect()
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_walk_finds(text in "[a-c_ .-]{0,200}|([a-z-]{15,30}[ .]{1,2}){0,9}") {
            let mut want = Vec::new();
            let mut start = None;
            for (index, byte) in text.bytes().chain([b' ']).enumerate() {
                match (is_body(byte), start) {
                    (true, None) => start = Some(index),
                    (false, Some(first)) => {
                        if index - first >= SHORTEST {
                            want.push((first, index));
                        }
                        start = None;
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(all(text.as_bytes()), want);
        }
    }

    #[test]
    fn prose_is_mostly_skipped() {
        let text = "The runner fetches the repository, restores the cache and runs the script. ".repeat(100);
        let (runs, looked) = work::of(|| all(text.as_bytes()));
        assert!(runs.is_empty());
        assert!(looked * 2 < text.len(), "{looked} of {}", text.len());
    }
}

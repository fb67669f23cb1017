//! Several words searched for at once.

use memchr::memmem::Finder;

/// Words made ready for searching, each of at least [`RARE`] bytes.
pub(crate) struct Words {
    /// With vector instructions, where the processor has them: a rare part of each word, several in one pass.
    #[cfg(not(target_arch = "wasm32"))]
    groups: Vec<Group>,
    /// Each by itself.
    finders: Vec<Finder<'static>>,
}

/// Words that are searched for in one pass.
#[cfg(not(target_arch = "wasm32"))]
struct Group {
    searcher: aho_corasick::packed::Searcher,
    /// Each word, and where in it its rare part begins.
    words: Vec<(&'static str, usize)>,
}

/// The vector search looks at so many bytes before it looks closer.
#[cfg(not(target_arch = "wasm32"))]
const RARE: usize = 4;

/// Words in a group. Measured: sixteen cost no more than eight and go at the speed of memory, thirty-two a quarter of it.
#[cfg(not(target_arch = "wasm32"))]
const TOGETHER: usize = 16;

/// Where the [`RARE`] bytes of a word begin that are the least frequent in logs.
#[cfg(not(target_arch = "wasm32"))]
fn rarest(word: &str) -> usize {
    // From frequent to rare; what is not here is rarer.
    const FREQUENT: &[u8] = b"eatinorsldycumpgh /.-0_12f:b3w5v46789kxjqz=";
    let frequency = |byte: &u8| FREQUENT.iter().position(|other| other == byte).map_or(0, |rank| FREQUENT.len() - rank);
    let parts = word.as_bytes().windows(RARE).enumerate();
    parts.min_by_key(|(_, part)| part.iter().map(frequency).sum::<usize>()).map_or(0, |(at, _)| at)
}

#[cfg(not(target_arch = "wasm32"))]
fn groups(words: &[&'static str]) -> Option<Vec<Group>> {
    let part = |&(word, at): &(&'static str, usize)| word.as_bytes().get(at..at + RARE);
    let mut words: Vec<(&'static str, usize)> = words.iter().map(|&word| (word, rarest(word))).collect();
    // Alike parts in one group: they share what is looked at.
    words.sort_unstable_by_key(part);
    let group = |words: &[(&'static str, usize)]| {
        let parts: Vec<&[u8]> = words.iter().map(part).collect::<Option<_>>()?;
        Some(Group { searcher: aho_corasick::packed::Searcher::new(parts)?, words: words.to_vec() })
    };
    words.chunks(TOGETHER).map(group).collect()
}

impl Words {
    pub(crate) fn new(words: &[&'static str]) -> Self {
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            groups: groups(words).unwrap_or_default(),
            finders: words.iter().map(|&word| Finder::new(word)).collect(),
        }
    }

    /// Calls `each` with the places of the words, until none is left; it says from where on to look for the next of the same
    /// group: they come group by group. Of two words of a group that share a character one is enough.
    pub(crate) fn each(&self, text: &[u8], mut each: impl FnMut(usize) -> usize) {
        #[cfg(not(target_arch = "wasm32"))]
        if !self.groups.is_empty() {
            for group in &self.groups {
                group.each(text, &mut each);
            }
            return;
        }
        for finder in &self.finders {
            let mut from = 0;
            while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
                from = each(from + found).max(from + found + 1);
            }
        }
    }

    /// Is one of them there?
    pub(crate) fn any(&self, text: &[u8]) -> bool {
        self.finders.iter().any(|finder| finder.find(text).is_some())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Group {
    fn each(&self, text: &[u8], each: &mut impl FnMut(usize) -> usize) {
        let (mut from, mut done) = (0, 0);
        while let Some(part) = self.searcher.find_in(text, aho_corasick::Span { start: from, end: text.len() }) {
            from = part.start() + 1;
            // The rare part of one word may be that of another, too.
            let starts = self.words.iter().filter_map(|(word, at)| {
                let start = part.start().checked_sub(*at)?;
                (start >= done && text.get(start..)?.starts_with(word.as_bytes())).then_some(start)
            });
            if let Some(start) = starts.min() {
                done = each(start).max(start + 1);
                from = from.max(done).min(text.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rare_part_of_a_word_is_looked_for() {
        assert!(rarest("fatal: repository ") < 6);
        assert_eq!(rarest("[MASKED]"), 0);
        assert!(["ab", "", "éé"].iter().all(|word| rarest(word) == 0));
    }

    proptest! {
        #[test]
        fn all_at_once_or_one_by_one_is_the_same(text in "(4014|4|01|denied|not allowed|nied|40| |é|\n|x){0,60}") {
            let mut words = vec!["denied", "not allowed", "4014", "é x", "nied4"];
            words.extend(["fill", "the", "second", "group", "with", "other", "words"].map(|word| [word, "...."].concat().leak() as &str));
            words.extend(["more", "of", "them", "so", "that", "there", "is", "one"].map(|word| [word, "----"].concat().leak() as &str));
            let alone = Words { groups: Vec::new(), ..Words::new(&words) };
            let (mut first, mut second) = (Vec::new(), Vec::new());
            Words::new(&words).each(text.as_bytes(), |at| { first.push(at); at + 1 });
            alone.each(text.as_bytes(), |at| { second.push(at); at + 1 });
            first.sort_unstable();
            second.sort_unstable();
            prop_assert_eq!(&first, &second);
            prop_assert_eq!(alone.any(text.as_bytes()), !first.is_empty());
        }
    }
}

//! Several words searched for at once.

use memchr::memmem::Finder;

/// Words made ready for searching.
pub(crate) struct Words {
    /// With vector instructions, where the processor has them: all words in one pass.
    #[cfg(not(target_arch = "wasm32"))]
    together: Option<aho_corasick::packed::Searcher>,
    /// Each by itself.
    finders: Vec<Finder<'static>>,
}

impl Words {
    pub(crate) fn new(words: &[&'static str]) -> Self {
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            together: aho_corasick::packed::Searcher::new(words),
            finders: words.iter().map(|&word| Finder::new(word)).collect(),
        }
    }

    /// Calls `each` with the places of the words, until none is left; it says from where on to look for the next. The order
    /// is that of the places, or word by word. Of two words that share a character one is enough.
    pub(crate) fn each(&self, text: &[u8], mut each: impl FnMut(usize) -> usize) {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(together) = &self.together {
            let mut from = 0;
            while let Some(found) = together.find_in(text, aho_corasick::Span { start: from, end: text.len() }) {
                from = each(found.start()).clamp(found.start() + 1, text.len());
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_at_once_or_one_by_one_is_the_same(text in "(401|denied|not allowed|nied|40| |é|\n|x){0,60}") {
            let words = ["denied", "not allowed", "401", "é x"];
            let alone = Words { together: None, ..Words::new(&words) };
            let (mut first, mut second) = (Vec::new(), Vec::new());
            Words::new(&words).each(text.as_bytes(), |at| { first.push(at); at + 1 });
            alone.each(text.as_bytes(), |at| { second.push(at); at + 1 });
            second.sort_unstable();
            prop_assert_eq!(&first, &second);
            prop_assert_eq!(alone.any(text.as_bytes()), !first.is_empty());
        }
    }
}

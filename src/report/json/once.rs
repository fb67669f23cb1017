//! Words that stand in thousands of findings, made into JSON once: to copy what was made is a tenth of the work.

#[cfg(not(target_arch = "wasm32"))]
use std::{cell::RefCell, collections::HashMap};

#[cfg(not(target_arch = "wasm32"))]
use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};
#[cfg(not(target_arch = "wasm32"))]
use serde_json::value::{RawValue, to_raw_value};

use crate::text::Text;

/// Texts that are kept: many times what the advice of all rules is made of.
#[cfg(not(target_arch = "wasm32"))]
const MOST: usize = 4096;

/// The words of one report that were written, with their JSON. For `serde_json` only, which takes them as they are; a browser's
/// reports are written once and are small, so there words are words.
#[derive(Default)]
pub(crate) struct Once<'a> {
    #[cfg(not(target_arch = "wasm32"))]
    made: RefCell<HashMap<&'a str, Box<RawValue>, RandomState>>,
    #[cfg(target_arch = "wasm32")]
    made: std::marker::PhantomData<&'a str>,
}

impl<'a> Once<'a> {
    /// Words that many findings have in common.
    pub(super) const fn words<'o>(&'o self, words: &'a str) -> Words<'a, 'o> {
        Words { words, once: Some(self) }
    }

    /// A text, which may be one finding's own.
    pub(super) fn text<'o>(&'o self, text: &'a Text) -> Words<'a, 'o> {
        Words { words: text.as_str(), once: text.is_common().then_some(self) }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn write<S: Serializer>(&self, words: &'a str, serializer: S) -> Result<S::Ok, S::Error> {
        let mut made = self.made.borrow_mut();
        if let Some(json) = made.get(words) {
            return json.serialize(serializer);
        }
        match to_raw_value(words) {
            Ok(json) if made.len() < MOST => made.entry(words).or_insert(json).serialize(serializer),
            _ => serializer.serialize_str(words),
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn write<S: Serializer>(&self, words: &'a str, serializer: S) -> Result<S::Ok, S::Error> {
        let _ = self.made;
        serializer.serialize_str(words)
    }
}

/// Words to write.
pub(super) struct Words<'a, 'o> {
    words: &'a str,
    once: Option<&'o Once<'a>>,
}

impl Serialize for Words<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.once {
            Some(once) => once.write(self.words, serializer),
            None => serializer.serialize_str(self.words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_again_is_what_was_written() {
        let all: Vec<String> = (0..MOST + 20)
            .map(|index| format!("{index} \"\u{1b}\u{2028}\\\n\u{e4} {}", "x".repeat(index % 40)))
            .collect();
        let once = Once::default();
        for _ in 0..2 {
            for words in &all {
                let want = serde_json::to_string_pretty(&vec![words]).unwrap();
                assert_eq!(serde_json::to_string_pretty(&vec![once.words(words)]).unwrap(), want);
            }
        }
        assert_eq!(once.made.borrow().len(), MOST, "no more are kept");
        let own = crate::say!["a number: ", 7];
        assert_eq!(serde_json::to_string(&once.text(&own)).unwrap(), "\"a number: 7\"");
        assert_eq!(serde_json::to_string(&Once::default().text(&Text::from("words"))).unwrap(), "\"words\"");
    }
}

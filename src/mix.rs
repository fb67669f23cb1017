//! A hash for tables in memory that is made in a fraction of the library's time, in the browser above all.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes [`Mix`]: with a number that no input knows, so that none can choose texts that fall together
/// (in the browser the library knows no such number, for its own tables neither).
#[derive(Clone)]
pub(crate) struct Mixing(u64);

impl Default for Mixing {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Mixing {
    type Hasher = Mix;

    fn build_hasher(&self) -> Mix {
        Mix(self.0)
    }
}

/// A number for a text, eight bytes at a time: a million findings have a dozen texts each that are looked up, a page's
/// elements have names.
pub(crate) struct Mix(u64);

impl Mix {
    #[inline(always)]
    fn add(&mut self, word: u64) {
        let product = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // A multiplication moves what it is told upwards; tables look at the lowest bits.
        self.0 = product ^ product >> 32;
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            self.add(rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_a_little_fall_apart() {
        let mixing = Mixing::default();
        let mut seen = std::collections::HashSet::new();
        for number in 0..10_000_u32 {
            for text in [format!("{number}"), format!("https://$GITLAB_HOST/api/v4/projects/{number}/access_tokens")] {
                seen.insert(mixing.hash_one(&text) as u32 & 0x00FF_FFFF);
                assert_eq!(mixing.hash_one(&text), mixing.hash_one(text.as_str()));
            }
        }
        // Of numbers drawn at random a dozen would be the same.
        assert!(seen.len() > 19_900, "{}", seen.len());
    }

    #[test]
    fn nobody_can_know_where_a_text_falls() {
        assert_ne!(Mixing::default().hash_one("a"), Mixing::default().hash_one("a"));
    }
}

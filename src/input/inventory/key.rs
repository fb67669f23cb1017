//! Names of fields in any spelling: `expires_at`, `expiresAt`, `Expires at` and `EXPIRES-AT` are one.
//!
//! A row is asked for a hundred fields and has a dozen, and every line of every text is looked at for headings: so names are
//! compared by a number that is made once, and letter by letter only where the numbers are the same.

/// Are two keys the same but for case, `_`, `-` and blanks?
pub(super) fn same_key(one: &str, other: &str) -> bool {
    one == other || letters(one).eq(letters(other))
}

fn letters(key: &str) -> impl Iterator<Item = u8> {
    key.bytes().filter(|&byte| is_letter(byte)).map(|byte| byte.to_ascii_lowercase())
}

const fn is_letter(byte: u8) -> bool {
    !matches!(byte, b'_' | b'-' | b' ')
}

/// A number that all spellings of a key have in common. Two keys may have the same by chance: [`same_key`] decides.
pub(super) const fn print(key: &str) -> u32 {
    let mut print: u32 = 0x811C_9DC5;
    let mut rest = key.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if is_letter(byte) {
            print = (print ^ byte.to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        }
        rest = behind;
    }
    // The lowest bits, which tell most names apart, depend on all letters.
    print ^ (print >> 15)
}

/// The first of each pair.
#[allow(clippy::indexing_slicing)] // As in [`Known::new`].
pub(super) const fn firsts<const N: usize>(pairs: &[(&'static str, &'static str); N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = pairs[index].0;
        index += 1;
    }
    names
}

/// Bits of [`Known::some`].
const BITS: usize = 1024;

/// Names that are looked up by key, their prints made when the program is.
pub(super) struct Known<const N: usize> {
    names: [&'static str; N],
    prints: [u32; N],
    /// A bit for the lowest bits of each print: most words that are looked up are no name.
    some: [u32; BITS / 32],
}

impl<const N: usize> Known<N> {
    /// The names, in the order in which they are tried.
    #[allow(clippy::indexing_slicing)] // No slice can be walked otherwise in a constant, and one that were left fails there.
    pub(super) const fn new(names: [&'static str; N]) -> Self {
        let mut known = Self { names, prints: [0; N], some: [0; BITS / 32] };
        let mut index = 0;
        while index < N {
            let print = print(names[index]);
            known.prints[index] = print;
            known.some[print as usize % BITS / 32] |= 1 << (print % 32);
            index += 1;
        }
        known
    }

    /// The place of the first name that `key`, whose [`print`] is given, is a spelling of.
    pub(super) fn position(&self, key: &str, print: u32) -> Option<usize> {
        let bits = self.some.get(print as usize % BITS / 32)?;
        if bits & (1 << (print % 32)) == 0 {
            return None;
        }
        let mut names = self.prints.iter().zip(&self.names);
        names.position(|(known, name)| *known == print && same_key(key, name))
    }

    /// The first name that `key`, whose [`print`] is given, is a spelling of.
    pub(super) fn find(&self, key: &str, print: u32) -> Option<&'static str> {
        self.names.get(self.position(key, print)?).copied()
    }

    /// Is `key` a spelling of one of the names?
    pub(super) fn has(&self, key: &str) -> bool {
        self.position(key, print(key)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: Known<4> = Known::new(["expires_at", "last used", "id", "Expires At"]);

    #[test]
    fn keys_are_the_same_in_every_spelling() {
        for key in ["expires_at", "expiresAt", "Expires at", "EXPIRES_AT", "expires-at"] {
            assert!(same_key(key, "expires_at"), "{key}");
            assert_eq!(print(key), print("expires_at"), "{key}");
            assert_eq!(NAMES.find(key, print(key)), Some("expires_at"), "the first of two");
        }
        assert!(!same_key("expires", "expires_at"));
        assert!(!same_key("expires_at_x", "expires_at"));
        assert!(!NAMES.has("expires") && !NAMES.has("") && NAMES.has("LastUsed"));
    }

    #[test]
    fn the_same_number_is_not_enough() {
        let known = Known { prints: [print("revoked")], ..Known::new(["scopes"]) };
        let all = Known { some: [u32::MAX; BITS / 32], ..known };
        assert_eq!(all.find("revoked", print("revoked")), None);
    }

    proptest! {
        #[test]
        fn what_is_the_same_has_the_same_print(one in "[a-cA-C_ -]{0,6}", other in "[a-cA-C_ -]{0,6}") {
            prop_assert!(!same_key(&one, &other) || print(&one) == print(&other));
        }
    }
}

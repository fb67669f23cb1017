//! The type that holds a credential, and the only door from it to text.
//!
//! A [`Secret`] cannot be printed, compared by its text, copied or serialised, and its bytes are overwritten when
//! it is dropped. What may leave it is a [`Masked`]: the public prefix of its kind and the number of characters
//! that follow. No hash, no last characters: both help a guesser, and neither helps an owner.
//!
//! These do not compile, and the tests keep it so:
//!
//! ```compile_fail,E0277
//! let secret = leastwise::secret::Secret::new(String::from("not a real credential"));
//! println!("{secret}");
//! ```
//! ```compile_fail,E0277
//! let secret = leastwise::secret::Secret::new(String::from("not a real credential"));
//! println!("{secret:?}");
//! ```
//! ```compile_fail,E0599
//! let secret = leastwise::secret::Secret::new(String::from("not a real credential"));
//! let copy = secret.clone();
//! ```
//! ```compile_fail,E0277
//! let secret = leastwise::secret::Secret::new(String::from("not a real credential"));
//! let json = serde_json::to_string(&secret);
//! ```
//! ```compile_fail,E0616
//! let secret = leastwise::secret::Secret::new(String::from("not a real credential"));
//! let bytes = &secret.bytes;
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

/// A credential's text. Has no `Debug`, `Display`, `Clone` or `Serialize`, and is overwritten with zeros when dropped.
pub struct Secret {
    bytes: Zeroizing<String>,
}

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { bytes: Zeroizing::new(text) }
    }

    /// The text. Visible inside the crate only.
    #[cfg(test)]
    pub(crate) fn expose(&self) -> &str {
        &self.bytes
    }

    /// Is there any text at all? GitLab answers `"token": null` or `""` where a value is withheld.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Are two found credentials the same one? Known inside one run only; nothing derived from it is kept.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.bytes.as_bytes() == other.bytes.as_bytes()
    }
}

/// Exports hold live values: they may enter a `Secret`, never leave it.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// What may be shown of a credential: its kind's public prefix and how many characters stand behind it, `glpat-…(20)`.
///
/// Can only be made from a prefix that is a constant of the program (the catalog) and a number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Masked {
    prefix: &'static str,
    length: Option<usize>,
}

impl Masked {
    /// `prefix` is the kind's own public prefix (`""` for none); `body_length` counts the characters behind it,
    /// `None` where the length would tell something (a password that a person chose).
    #[must_use]
    pub fn new(prefix: &'static str, body_length: Option<usize>) -> Self {
        Self { prefix, length: body_length }
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            Some(length) => write!(f, "{}…({length})", self.prefix),
            None => write!(f, "{}…", self.prefix),
        }
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Masked {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_prefix_and_length_only() {
        assert_eq!(Masked::new("glpat-", Some(20)).to_string(), "glpat-…(20)");
        assert_eq!(Masked::new("", Some(64)).to_string(), "…(64)");
        assert_eq!(Masked::new("", None).to_string(), "…");
        assert_eq!(serde_json::to_string(&Masked::new("gldt-", Some(20))).unwrap(), "\"gldt-…(20)\"");
    }

    #[test]
    fn secrets_compare_inside_one_run() {
        let first = Secret::new("a b c".into());
        assert!(first.same_as(&Secret::new("a b c".into())));
        assert!(!first.same_as(&Secret::new("a b d".into())));
        let read: Secret = serde_json::from_str("\"x\"").unwrap();
        assert_eq!(read.expose(), "x");
    }
}

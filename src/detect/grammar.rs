//! The fixed forms of a token's body, and the table of prefixes made ready for the scanner.

use std::sync::OnceLock;

use super::bytes::{at, count, is_base36, is_body, is_hex, is_word, part, rest};
use crate::catalog::{self, TokenType};

/// What may follow a prefix. The names are those of the catalog's prefix table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// So many characters of `[0-9A-Za-z_-]`, least and most.
    Body(usize, usize),
    /// Twenty such characters, letters of both cases among them: behind a prefix so short that ordinary identifiers
    /// have it.
    Mixed,
    /// So many lower-case hexadecimal digits.
    Hex(usize),
    /// A number in base 36 that is not padded: 20 to 25 digits.
    Base36,
    /// A job token's partition in hexadecimal, `_`, twenty characters.
    Job,
    /// A JWT.
    Jwt,
    /// A feed's own token: 64 hexadecimal digits, `-`, the user's number.
    Feed,
    /// `t1_`, `t2_` or `t3_`, then twenty characters.
    RunnerType,
    /// Payload, length and checksum: `routable.rs`.
    Routable,
    /// Standard base64 of a signing key: `loose.rs`.
    Signing,
    /// A cookie's value: `loose.rs`.
    Session,
}

impl Grammar {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "friendly20" => Self::Body(20, 20),
            "friendly50" => Self::Body(50, 50),
            "friendly20_64" => Self::Body(20, 64),
            "mixed20" => Self::Mixed,
            "hex32" => Self::Hex(32),
            "hex40" => Self::Hex(40),
            "hex64" => Self::Hex(64),
            "base36_20_25" => Self::Base36,
            "job" => Self::Job,
            "jwt" => Self::Jwt,
            "feed" => Self::Feed,
            "runner_type" => Self::RunnerType,
            "routable" => Self::Routable,
            "signing" => Self::Signing,
            "session" => Self::Session,
            _ => return None,
        })
    }

    /// Characters that a body of this form has at least; 0 where that says nothing.
    pub(super) const fn least(self) -> usize {
        match self {
            Self::Body(least, _) | Self::Hex(least) => least,
            Self::Mixed | Self::Base36 => 20,
            Self::Job => 22,
            Self::RunnerType => 23,
            Self::Jwt | Self::Feed | Self::Routable | Self::Signing | Self::Session => 0,
        }
    }

    /// Where the body that begins at `start` ends, when it is of this form. `run_end` is where the run of
    /// `[0-9A-Za-z_-]` around it ends: a body of that alphabet ends exactly there, or it is followed by one more
    /// character and is none. `None` also for the forms that have files of their own.
    pub(super) fn end(self, text: &[u8], start: usize, run_end: usize) -> Option<usize> {
        let length = run_end.checked_sub(start)?;
        match self {
            Self::Body(least, most) => (least..=most).contains(&length).then_some(run_end),
            Self::Mixed => {
                let body = part(text, start, run_end);
                let mixed = body.iter().any(u8::is_ascii_lowercase) && body.iter().any(u8::is_ascii_uppercase);
                (length == 20 && mixed).then_some(run_end)
            }
            Self::Hex(digits) => {
                let end = start + digits;
                (count(text, start, digits, is_hex) == digits && !is_word(at(text, end))).then_some(end)
            }
            Self::Base36 => {
                let digits = count(text, start, 26, is_base36);
                let end = start + digits;
                ((20..=25).contains(&digits) && !is_word(at(text, end))).then_some(end)
            }
            Self::Job => {
                let digits = count(text, start, 5, is_hex);
                (digits > 0 && at(text, start + digits) == b'_' && length == digits + 1 + 20).then_some(run_end)
            }
            Self::Feed => {
                let id = start + 64 + 1;
                if count(text, start, 64, is_hex) != 64 || at(text, id - 1) != b'-' {
                    return None;
                }
                let digits = count(text, id, 21, |byte| byte.is_ascii_digit());
                ((1..=20).contains(&digits) && !is_body(at(text, id + digits))).then_some(id + digits)
            }
            Self::RunnerType => (length == 3 + 20 && runner_type(rest(text, start)).is_some()).then_some(run_end),
            Self::Jwt | Self::Routable | Self::Signing | Self::Session => None,
        }
    }
}

/// The length of `t1_`, `t2_` or `t3_` where a text begins with it.
pub(super) fn runner_type(text: &[u8]) -> Option<usize> {
    matches!(text, [b't', b'1'..=b'3', b'_', ..]).then_some(3)
}

/// Could GitLab's generator of short bodies have made it? It never uses `l`, `I`, `O` and `0`, which it replaces: they
/// are mistaken for one another (Devise's friendly tokens). Somebody may have set another by hand.
pub(super) fn is_friendly(body: &[u8]) -> bool {
    !body.iter().any(|byte| matches!(byte, b'l' | b'I' | b'O' | b'0'))
}

/// A prefix of the catalog with its grammars looked up.
pub(super) struct Known {
    pub(super) prefix: &'static str,
    pub(super) kind: TokenType,
    pub(super) grammars: Vec<Grammar>,
    pub(super) takes_instance_prefix: bool,
}

impl Known {
    pub(super) fn has(&self, grammar: Grammar) -> bool {
        self.grammars.contains(&grammar)
    }

    pub(super) fn begins(&self, text: &[u8]) -> bool {
        text.starts_with(self.prefix.as_bytes())
    }
}

/// Every known prefix.
pub(super) fn known() -> &'static [Known] {
    static TABLE: OnceLock<Vec<Known>> = OnceLock::new();
    TABLE.get_or_init(|| {
        catalog::prefixes()
            .iter()
            .map(|row| Known {
                prefix: row.prefix,
                kind: row.kind,
                grammars: row.grammars.iter().filter_map(|name| Grammar::parse(name)).collect(),
                takes_instance_prefix: row.takes_instance_prefix,
            })
            .collect()
    })
}

/// May a known prefix begin with these two characters?
#[inline]
pub(super) const fn may_begin(first: u8, second: u8) -> bool {
    matches!((first, second), (b'g', b'l') | (b't', b'1'..=b'3') | (b'G', b'R') | (b'w', b'h') | (b'_', b'g'))
}

/// The known prefix that `text` begins with. No known prefix begins with another one.
pub(super) fn known_at(text: &[u8]) -> Option<&'static Known> {
    match text {
        [first, second, ..] if may_begin(*first, *second) => {
            super::work::add(16);
            known().iter().find(|known| known.begins(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_of_the_table_is_known_and_every_prefix_reachable() {
        for row in catalog::prefixes() {
            for name in &row.grammars {
                assert!(Grammar::parse(name).is_some(), "{}: {name}", row.prefix);
            }
            assert_eq!(known_at(row.prefix.as_bytes()).map(|known| known.prefix), Some(row.prefix));
        }
        for (index, one) in known().iter().enumerate() {
            for (other_index, other) in known().iter().enumerate() {
                assert!(index == other_index || !other.begins(one.prefix.as_bytes()), "{}", one.prefix);
            }
        }
    }
}

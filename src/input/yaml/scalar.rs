//! What a scalar without quotes means to GitLab, which reads YAML 1.1 (Ruby's Psych).

use std::borrow::Cow;

use super::{Scalar, Style};

impl Scalar {
    /// `true`, `yes`, `on` and their opposites, without quotes.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        if self.style != Style::Plain {
            return None;
        }
        let text = self.text.text();
        let word = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if word(["true", "yes", "on"]) {
            Some(true)
        } else if word(["false", "no", "off"]) {
            Some(false)
        } else {
            None
        }
    }

    /// Nothing at all: an empty value, `~`, `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(self.text.text(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The text that a CI/CD variable with this value has in the job: Psych makes a number or a boolean of a plain
    /// scalar first, so `0123` arrives as `83` and `1_000` as `1000`.
    #[must_use]
    pub(crate) fn as_variable(&self) -> Cow<'_, str> {
        let text = self.text.text();
        if self.style != Style::Plain {
            return Cow::Borrowed(text);
        }
        if self.is_null() {
            return Cow::Borrowed("");
        }
        if let Some(boolean) = self.boolean() {
            return Cow::Borrowed(if boolean { "true" } else { "false" });
        }
        integer(text).map_or(Cow::Borrowed(text), |number| Cow::Owned(number.to_string()))
    }
}

/// YAML 1.1's integers that are written otherwise than their value: octal, hexadecimal, binary, with underscores.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let plain: String = digits.chars().filter(|&c| c != '_' && c != ',').collect();
    let number = if let Some(hex) = plain.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(binary) = plain.strip_prefix("0b") {
        i64::from_str_radix(binary, 2)
    } else if plain.len() > 1 && plain.starts_with('0') {
        i64::from_str_radix(&plain, 8)
    } else {
        plain.parse()
    };
    number.ok().map(|number| sign * number)
}

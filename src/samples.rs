//! Made-up inputs for a first look: the command's `demo` and the page's "Load sample" show the same ones.
//!
//! The files in `www/samples` hold placeholders; the tokens are made at run time ([`crate::fake`]).

use crate::fake;
use crate::input::Input;
use crate::time::Date;

/// The samples: name, and text with placeholders.
const SAMPLES: &[(&str, &str)] = &[
    ("job.log", include_str!("../www/samples/job.log")),
    ("project-access-tokens.json", include_str!("../www/samples/project-access-tokens.json")),
    (".gitlab-ci.yml", include_str!("../www/samples/gitlab-ci.yml")),
];

/// The samples as name and text, with made-up tokens in them.
#[must_use]
pub fn texts() -> Vec<(&'static str, String)> {
    SAMPLES.iter().map(|(name, text)| (*name, fake::expand(text))).collect()
}

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|(name, _)| *name)
}

/// The samples as inputs.
#[must_use]
pub fn inputs() -> Vec<Input> {
    texts().into_iter().map(|(name, text)| Input::new(name, text)).collect()
}

/// The day the samples are judged by, so that a first look shows the same findings every day: 20 November 2026.
#[must_use]
pub fn today() -> Date {
    Date::parse("2026-11-20").unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_placeholder_is_left() {
        for (name, text) in texts() {
            assert!(!text.contains("{{"), "{name}");
        }
        assert_eq!(today().to_string(), "2026-11-20");
    }
}

//! What a judgement depends on beside the inputs: the day, the instance, its version and prefixes, the thresholds.

use std::fmt;

use crate::input::Kind;
use crate::text::Name;
use crate::time::Date;

/// Everything [`audit`](crate::audit::audit) needs to know that is not in an input. A report is a pure function of the
/// inputs and this.
#[derive(Clone, Debug)]
pub struct Context {
    /// The day of the audit, UTC.
    pub today: Date,
    /// Host names of the user's GitLab instances, without scheme; empty when not known.
    pub hosts: Vec<String>,
    /// The instance's own token prefixes (Admin > Settings > General > Account and limit), for example `acme-`.
    pub token_prefixes: Vec<String>,
    /// The instance's version, where it is known; a page's own `gon.version` wins over it.
    pub gitlab_version: Option<Version>,
    /// Whose input this is, when the input does not say: a project's full path or number.
    pub project: Option<Name>,
    /// Read every input as this kind.
    pub kind: Option<Kind>,
    /// When a duration or a count becomes a finding.
    pub thresholds: Thresholds,
    /// What reads the uses of credentials for `plan privilege`; `None` where nobody asks for them. A function, so that a browser
    /// module that never asks does not carry the code.
    pub seen: Option<crate::plan::privilege::Gather>,
}

impl Context {
    /// A context with only the day known.
    #[must_use]
    pub fn new(today: Date) -> Self {
        Self {
            today,
            hosts: Vec::new(),
            token_prefixes: Vec::new(),
            gitlab_version: None,
            project: None,
            kind: None,
            thresholds: Thresholds::default(),
            seen: None,
        }
    }

    /// Cleans a name from the input, knowing the instance's own prefixes.
    #[must_use]
    pub fn name(&self, raw: &str) -> Name {
        Name::with_prefixes(raw, &self.token_prefixes)
    }
}

/// Limits, in days unless said.
#[derive(Clone, Debug)]
pub struct Thresholds {
    /// A token unused for longer is reported; also the age from which "never used" means something.
    pub unused_days: i64,
    /// An expiry nearer than this is reported. GitLab mails owners 60, 30 and 7 days ahead and marks two weeks.
    pub expires_soon_days: i64,
    /// A life longer than this is reported: GitLab's own maximum.
    /// <https://docs.gitlab.com/administration/settings/account_and_limit_settings/>
    pub lifetime_days: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { unused_days: 90, expires_soon_days: 14, lifetime_days: 365 }
    }
}

/// A GitLab version, major and minor: `18.9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Major, `18`.
    pub major: u16,
    /// Minor, `9`.
    pub minor: u16,
}

impl Version {
    /// A version.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `18.9`, `18.9.0-pre`, `17.11.4-ee`, `18`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').splitn(3, ['.', '-']);
        let major = parts.next()?.parse().ok()?;
        let minor = match parts.next() {
            None => 0,
            Some(part) => part.parse().ok()?,
        };
        Some(Self { major, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl crate::text::Say for Version {
    fn say(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}
impl crate::text::NotStr for Version {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_gitlab_writes_them() {
        for (text, want) in [("18.9.0-pre", (18, 9)), ("17.11.4-ee", (17, 11)), ("v16.0", (16, 0)), ("19", (19, 0))] {
            assert_eq!(Version::parse(text), Some(Version::new(want.0, want.1)), "{text}");
        }
        assert_eq!(Version::parse("latest"), None);
    }
}

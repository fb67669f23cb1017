//! What GitLab, its runner and the usual tools print when they are refused, and what it means; a row of `messages.csv`.

use std::sync::OnceLock;

use regex::Regex;

use super::table;
use crate::report::Confidence;

/// How a line stands in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It says by itself that something was refused.
    Cause,
    /// Git's last line: it belongs to the cause before it, and is a refusal of its own where there is none.
    End,
    /// It only adds to a refusal of the same rule beside it.
    Detail,
    /// A word of `meta.auth_fail_reason` in the server's `api_json.log`.
    Server,
}

/// One message.
#[derive(Debug)]
pub struct Message {
    /// Names the row; never shown.
    pub id: &'static str,
    /// The rule that reports it.
    pub rule: &'static str,
    /// How it stands in a log.
    pub part: Part,
    /// The HTTP status it comes with.
    pub status: Option<u16>,
    /// What refused: `allowlist`, `permission`, `scope`, `token`, `role`, `visibility`, `other`; `None` where the message hides it.
    pub by: Option<&'static str>,
    /// How sure the meaning is.
    pub confidence: Confidence,
    /// The job-token permission that is missing, where the message always means the same one.
    pub permission: Option<&'static str>,
    /// The row holds only where the refused address contains this.
    pub url: &'static str,
    /// Characters that the line always has.
    pub needle: &'static str,
    /// What it means, a clause without a full stop.
    pub meaning: &'static str,
    /// What to do, sentences; empty where the rule's own advice is enough.
    pub next: &'static str,
    /// The document.
    pub source: &'static str,
    /// Built once: a large log asks for it a million times.
    finder: memchr::memmem::Finder<'static>,
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Message {
    /// The names and addresses in a line, when it is this message. Named groups: `caller`, `callee`, `callee_id`,
    /// `permission`, `scopes`, `url`, `host`, `image`, `job`.
    #[must_use]
    pub fn read<'t>(&self, line: &'t str) -> Option<Option<regex::Captures<'t>>> {
        self.finder.find(line.as_bytes())?;
        if self.pattern.is_empty() {
            return Some(None);
        }
        // Compiled when a line first looks like it: most logs need a handful.
        let regex = self.regex.get_or_init(|| Regex::new(self.pattern).ok()).as_ref()?;
        regex.captures(line).map(Some)
    }
}

/// Every message, in the order to try them: the more exact one first.
#[must_use]
pub fn messages() -> &'static [Message] {
    static TABLE: OnceLock<Vec<Message>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("messages", include_str!("messages.csv"), |row| Message {
            id: row.cell("id"),
            rule: row.cell("rule"),
            part: match row.cell("role") {
                "end" => Part::End,
                "detail" => Part::Detail,
                "server" => Part::Server,
                _ => Part::Cause,
            },
            status: row.some("status").map(|_| row.number("status")),
            by: row.some("by"),
            confidence: match row.cell("confidence") {
                "certain" => Confidence::Certain,
                "likely" => Confidence::Likely,
                _ => Confidence::Possible,
            },
            permission: row.some("permission"),
            url: row.cell("url"),
            needle: row.cell("needle"),
            finder: memchr::memmem::Finder::new(row.cell("needle")),
            pattern: row.cell("pattern"),
            meaning: row.cell("meaning"),
            next: row.cell("next"),
            source: row.cell("source"),
            regex: OnceLock::new(),
        })
    })
}

/// Words of which every message's needle has one: a text without them holds no message. Few, so that a large log is
/// searched a few times and not once per message; long enough that other lines seldom have one (`403` stands in every
/// hash and every tenth size).
#[must_use]
pub fn marks() -> &'static [&'static str] {
    static MARKS: OnceLock<Vec<&'static str>> = OnceLock::new();
    MARKS.get_or_init(|| {
        let mut marks = vec![
            "denied",
            "not allowed",
            "orbidden",
            "nauthorized",
            "could not",
            "insufficient",
            "ermission",
            "PERMISSION",
            "coordinator...",
            "rror: 40",
            "code 40",
            "ot Found",
            "Token is ",
            "expired",
            "account has been ",
            "You can't push code",
            "ailed to pu",
            "HTTP remote state",
        ];
        for message in messages().iter().filter(|message| message.part != Part::Server) {
            // A message with other words is searched for by itself: a new row needs no change here.
            if !marks.iter().any(|mark| message.needle.contains(mark)) {
                marks.push(message.needle);
            }
        }
        marks
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let known = ["allowlist", "permission", "scope", "token", "role", "visibility", "other"];
        let groups = ["caller", "callee", "callee_id", "permission", "scopes", "url", "host", "image", "job"];
        let mut ids = std::collections::BTreeSet::new();
        for message in messages() {
            assert!(ids.insert(message.id), "{} stands twice", message.id);
            assert!(!message.needle.is_empty() && message.source.starts_with("https://"), "{}", message.id);
            assert!(message.by.is_none_or(|by| known.contains(&by)), "{}", message.id);
            assert!(crate::rules::find(message.rule).is_some(), "{}: no rule {}", message.id, message.rule);
            assert!(message.part == Part::Detail || !message.meaning.is_empty(), "{} means nothing", message.id);
            assert!(!message.meaning.ends_with('.'), "{}", message.id);
            let regex = Regex::new(message.pattern).unwrap_or_else(|error| panic!("{}: {error}", message.id));
            for name in regex.capture_names().flatten() {
                assert!(groups.contains(&name), "{}: nobody reads the group {name}", message.id);
            }
        }
    }

    #[test]
    fn the_marks_cover_every_message() {
        for message in messages().iter().filter(|message| message.part != Part::Server) {
            assert!(marks().iter().any(|mark| message.needle.contains(mark)), "{}", message.id);
        }
        assert!(marks().len() < 48, "{:?}", marks());
    }
}

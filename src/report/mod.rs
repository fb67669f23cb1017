//! What comes out of an audit, and its renderings.
//!
//! A [`Report`] is made of the program's own words, numbers, dates, cleaned names and masked credentials
//! ([`crate::text`]): a rule has no way to put a piece of the input into it. The published JSON is [`json`], a frozen
//! copy with its own types, which is also what popup and page show.

pub mod chart;
pub mod csv;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod markdown;
pub mod sarif;
#[cfg(not(target_arch = "wasm32"))]
pub mod text;

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::catalog::TokenType;
use crate::detect::Found;
use crate::input::mention::Mention;
use crate::input::{Kind, PAGES_ALONE, Status};
use crate::inventory::Inventory;
use crate::rules::Rule;
use crate::source::{Excerpt, Place};
use crate::text::{Name, NotStr, Pool, Say, Text};
use crate::time::Date;

/// How bad it is if nobody acts, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Someone may be using it now.
    Critical,
    /// A single mistake away from harm.
    High,
    /// Wider than needed.
    Medium,
    /// Worth tidying.
    Low,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// All, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How sure we are, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It follows from what stands in the input.
    Certain,
    /// Another explanation would be unusual.
    Likely,
    /// Worth a look by somebody who knows.
    Possible,
}

impl Confidence {
    /// The word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// One step of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What to do, a sentence.
    pub text: Text,
    /// Where in GitLab, `acme/payments/api > Settings > Access tokens`; `None` where there is no such page.
    pub place: Option<Text>,
    /// A command to copy. Placeholders (`$TOKEN`) for what we do not know.
    pub command: Option<Text>,
    /// Does it end or break something that cannot be brought back?
    pub destructive: bool,
}

impl Advice {
    /// A step that takes nothing away.
    #[must_use]
    pub const fn step(text: Text) -> Self {
        Self { text, place: None, command: None, destructive: false }
    }

    /// A step that cannot be taken back.
    #[must_use]
    pub const fn destructive(text: Text) -> Self {
        Self { text, place: None, command: None, destructive: true }
    }

    /// Says where in GitLab's pages.
    #[must_use]
    pub fn at(mut self, place: Text) -> Self {
        self.place = Some(place);
        self
    }

    /// Lets its words be shared.
    pub(crate) fn share_words(&mut self, pool: &mut Pool) {
        pool.share(&mut self.text);
        self.place.iter_mut().chain(&mut self.command).for_each(|text| pool.share(text));
    }

    /// Gives the command.
    #[must_use]
    pub fn command(mut self, command: Text) -> Self {
        self.command = Some(command);
        self
    }
}

/// The row a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What it is: a token type's id, or `variable`, `allowlist_entry`, `runner`, `webhook`, `application`, `deploy_key`…
    pub kind: &'static str,
    /// Its number, or the key, path or date that names it.
    pub id: Option<SubjectId>,
    /// Its name.
    pub name: Option<Name>,
    /// Full path or name of who owns it.
    pub owner: Option<Name>,
    /// The row's number on the page, from 0, counted over the kind of row; the extension marks by it.
    pub row: Option<u32>,
}

/// What names a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectId {
    /// GitLab's number.
    Number(u64),
    /// A variable's key, an allowlist entry's path, a day.
    Key(Name),
}

/// A refusal that a log shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// HTTP status, where it was seen.
    pub status: Option<u16>,
    /// Full path of the project whose job asked.
    pub caller: Option<Name>,
    /// Full path of the project that refused.
    pub callee: Option<Name>,
    /// The permission or scope that is missing.
    pub permission: Option<Name>,
    /// What refused: `allowlist`, `permission`, `scope`, `token`, `role`, `visibility`, `other`.
    pub by: Option<&'static str>,
}

/// One thing wrong, at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// A line: what is wrong, with the row's own facts.
    pub title: Text,
    /// What is seen, why it matters, and the limit of the evidence.
    pub message: Text,
    /// Index of its input in [`Report::inputs`].
    pub input: usize,
    /// Where; `None` where it is about the whole input.
    pub place: Option<Place>,
    /// The masked line, where the input is a text.
    pub excerpt: Option<Excerpt>,
    /// The credential, when it stands in the text.
    pub token: Option<Found>,
    /// How often the same credential stands in this input.
    pub occurrences: usize,
    /// The row, when it is about one.
    pub subject: Option<Subject>,
    /// The refusal, when a log shows one.
    pub denial: Option<Denial>,
    /// What to do, in order. Never empty.
    pub advice: Vec<Advice>,
    /// Documents, GitLab's first.
    pub references: Vec<&'static str>,
    /// What the finding is about, beside its rule: stable from run to run. See [`Finding::identity`].
    pub about: About,
}

impl Finding {
    /// A long list has thousands of findings with the same advice: its words are kept once.
    pub(crate) fn share_words(&mut self, pool: &mut Pool) {
        pool.share(&mut self.title);
        // A page has few findings, and each its own message.
        if !PAGES_ALONE {
            pool.share(&mut self.message);
            self.about.share_words(pool);
        }
        self.advice.shrink_to_fit();
        self.advice.iter_mut().for_each(|step| step.share_words(pool));
    }

    /// The stable name of this fact: rule and what it is about; never the line, the wording, or anything computed from a
    /// credential's bytes.
    #[must_use]
    pub fn identity(&self) -> String {
        let parts = self.about.0.iter();
        let mut out = String::with_capacity(parts.fold(self.rule.id.len(), |sum, part| sum + 1 + part.as_str().len()));
        out.push_str(self.rule.id);
        for part in &self.about.0 {
            out.push(':');
            // `:` and `%` inside a part are escaped, so that two facts never share a name.
            let mut rest = part.as_str();
            let special = |character: char| matches!(character, ':' | '%') || character.is_control();
            while let Some((before, character, behind)) = rest.find(special).and_then(|at| {
                let (before, behind) = rest.split_at_checked(at)?;
                let mut characters = behind.chars();
                Some((before, characters.next()?, characters.as_str()))
            }) {
                out.push_str(before);
                let _ = write!(out, "%{:02X}", u32::from(character));
                rest = behind;
            }
            out.push_str(rest);
        }
        out
    }
}

/// What a finding is about, as parts: `["project_access_token", "acme/payments/api", "501"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About(pub Vec<Text>);

impl About {
    /// Lets its words be shared.
    pub(crate) fn share_words(&mut self, pool: &mut Pool) {
        self.0.iter_mut().for_each(|part| pool.share(part));
        self.0.shrink_to_fit();
    }

    /// Adds a part.
    #[must_use]
    pub fn and(mut self, part: impl Say) -> Self {
        let mut text = Text::new();
        text.push(part);
        self.0.push(text);
        self
    }
}

/// Something that could not be read or resolved: said instead of guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindSpot {
    /// Index of its input in [`Report::inputs`].
    pub input: usize,
    /// Where, from 1; `None` for the whole input.
    pub line: Option<usize>,
    /// From 1.
    pub column: Option<usize>,
    /// What is not known, and what the user can do about it.
    pub message: Text,
}

/// One input as it was read.
#[derive(Clone, Debug)]
pub struct InputSummary {
    /// Path, `-`, or the name given in the page.
    pub name: Name,
    /// What it was read as.
    pub kind: Kind,
    /// The exact shape, in words: `runner log with timestamps`, `REST list of project access tokens`.
    pub format: Text,
    /// Size of the original, bytes.
    pub bytes: usize,
    /// Lines of text.
    pub lines: usize,
    /// How much could be read.
    pub status: Status,
    /// The project it belongs to, where known.
    pub project: Option<Name>,
    /// Rows read from an inventory.
    pub rows: Option<usize>,
}

/// Inputs, findings, blind spots, and the rows that were read.
#[derive(Clone, Debug)]
pub struct Report {
    /// The day of the audit.
    pub today: Date,
    /// In the order they were given.
    pub inputs: Vec<InputSummary>,
    /// Sorted: worst first, then by input and place.
    pub findings: Vec<Finding>,
    /// In the order of the inputs.
    pub blind_spots: Vec<BlindSpot>,
    /// What `leastwise inventory` prints; index of the input and the rows.
    pub inventories: Vec<(usize, Inventory)>,
    /// Where configuration, scripts and credential files name a variable: what a plan looks for consumers in.
    pub mentions: Vec<Mention>,
    /// What credentials are seen to be used for, where that was asked for ([`Context::seen`](crate::context::Context::seen)).
    pub(crate) seen: Vec<crate::plan::privilege::Seen>,
    /// Findings that the user accepted, counted, not dropped silently.
    pub accepted: usize,
    /// The same, in the order of the findings; of a very long export not all, as of the findings.
    pub accepted_findings: Vec<crate::accept::Accepted>,
    /// Findings that count and are not among those above, since the export is too long for all of them: how many of each
    /// severity, worst first. A blind spot says so.
    pub left_out: [usize; 5],
}

impl Report {
    /// Findings of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let left_out = Severity::ALL.iter().zip(self.left_out).find(|(one, _)| **one == severity);
        self.findings.iter().filter(|finding| finding.severity == severity).count()
            + left_out.map_or(0, |(_, count)| count)
    }

    /// The verdict in words, one sentence: `2 of 8 tokens need action: 1 critical, 3 high, 2 medium.`
    #[must_use]
    pub fn verdict(&self) -> Text {
        verdict(&Severity::ALL.map(|severity| (severity, self.count(severity))), self.blind_spots.len())
    }
}

/// `3 accepted and not counted.`; of a very long export not all of them are listed.
fn accepted_in_words(accepted: usize, listed: usize) -> String {
    if listed < accepted {
        format!("{accepted} accepted and not counted, of which {listed} are listed.")
    } else {
        format!("{accepted} accepted and not counted.")
    }
}

/// A sentence for counts per severity.
#[must_use]
pub fn verdict(counts: &[(Severity, usize)], blind_spots: usize) -> Text {
    let mut parts = Vec::new();
    for &(severity, count) in counts {
        if count > 0 {
            parts.push(crate::say![count, " ", severity.word()]);
        }
    }
    let mut text = if parts.is_empty() {
        crate::say!["Nothing found"]
    } else {
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        crate::say![total, if total == 1 { " finding: " } else { " findings: " }, Text::list(&parts, "and")]
    };
    match blind_spots {
        0 => text.push("."),
        1 => text.push("; 1 thing could not be read."),
        count => text.push("; ").push(count).push(" things could not be read."),
    };
    text
}

/// The kind of a credential found in a text: one of GitLab's, or one that only its place gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialType {
    /// One of GitLab's kinds.
    Token(TokenType),
    /// A password of no known kind, named so by its field.
    GenericPassword,
    /// A private key block.
    PrivateKey,
}

impl CredentialType {
    /// The id that reports write.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Token(kind) => kind.id(),
            Self::GenericPassword => "generic_password",
            Self::PrivateKey => "private_key",
        }
    }

    /// The name in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token(kind) => kind.facts().name,
            Self::GenericPassword => "password",
            Self::PrivateKey => "private key",
        }
    }

    /// As one of GitLab's kinds.
    #[must_use]
    pub const fn token(self) -> Option<TokenType> {
        match self {
            Self::Token(kind) => Some(kind),
            Self::GenericPassword | Self::PrivateKey => None,
        }
    }
}

impl Say for CredentialType {
    fn say(&self, out: &mut String) {
        out.push_str(self.name());
    }
}
impl NotStr for CredentialType {}

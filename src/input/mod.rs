//! From text to typed models. A reader never judges: it says what stands there, where, and what could not be read.

pub mod address;
pub mod credential_file;
pub mod decode;
pub mod html;
pub mod inventory;
pub mod job_log;
pub mod mapped;
pub mod mention;
pub mod page;
pub mod pipeline;
pub mod shell;
pub mod sniff;
pub mod view;
pub mod yaml;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::detect::Found;
use crate::inventory::Inventory;
use crate::source::{Source, Span};
use crate::text::{Name, Text};

/// What kind of text an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `.gitlab-ci.yml`, an included file, a component template.
    CiConfig,
    /// A job's log.
    JobLog,
    /// A GitLab page as HTML.
    SettingsPage,
    /// Any export.
    Inventory,
    /// A file that holds credentials for a tool.
    CredentialFile,
    /// Anything else.
    Text,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::CiConfig, Self::JobLog, Self::SettingsPage, Self::Inventory, Self::CredentialFile, Self::Text];

    /// The word that reports and `--as` use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CiConfig => "ci-config",
            Self::JobLog => "job-log",
            Self::SettingsPage => "settings-page",
            Self::Inventory => "inventory",
            Self::CredentialFile => "credential-file",
            Self::Text => "text",
        }
    }

    /// The kind's name in a sentence, with its article.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::CiConfig => "a CI/CD configuration file",
            Self::JobLog => "a job log",
            Self::SettingsPage => "a saved GitLab page",
            Self::Inventory => "an export",
            Self::CredentialFile => "a credential file",
            Self::Text => "a text",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How much of an input could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All of it.
    #[default]
    Read,
    /// Some was not readable: see the blind spots.
    Partly,
    /// None of it.
    Unreadable,
}

/// One text to be audited: its name and its bytes, as a file, a paste or a capture gives them.
pub struct Input {
    /// Path, `-`, or a title.
    pub name: String,
    /// The bytes as they are; any encoding.
    pub bytes: Vec<u8>,
    /// Read it as this, whatever it looks like.
    pub kind: Option<Kind>,
    /// Whose input it is, when it does not say.
    pub project: Option<String>,
    /// Was it met by walking a folder, not named? Then a page or a JSON file that is not GitLab's is no surprise, and a text
    /// like any other.
    pub incidental: bool,
}

impl Input {
    /// An input with only a name and bytes.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into(), kind: None, project: None, incidental: false }
    }
}

/// What a reader could not read, said instead of guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it begins; `None` for the whole input.
    pub at: Option<Span>,
    /// What is not known, and what the user can do about it.
    pub message: Text,
}

/// What a reader gives back.
#[derive(Debug, Default)]
pub struct Reading {
    /// The exact shape, in words: `REST list of project access tokens`.
    pub format: Text,
    /// How much could be read.
    pub status: Status,
    /// The model.
    pub model: Model,
    /// What could not.
    pub unread: Vec<Unread>,
    /// Credentials that only their field gives away, in order of their start. Where the scanner finds one in the same
    /// place, the scanner's counts: it knows the kind.
    pub found: Vec<Found>,
    /// The instance's own token prefixes, as the input itself tells them (a GitLab page does): the search for credentials in
    /// this same input has to know them.
    pub token_prefixes: Vec<String>,
    /// It is of the kind it looked like (a page, JSON), but nothing in it is GitLab's.
    pub foreign: bool,
}

/// The typed model of an input.
#[derive(Debug, Default)]
pub enum Model {
    /// Nothing beyond its characters.
    #[default]
    Plain,
    /// Rows of credentials and settings.
    Inventory(Box<Inventory>),
    /// A job's log.
    JobLog(Box<job_log::JobLog>),
    /// A CI/CD configuration.
    Pipeline(Box<pipeline::Pipeline>),
    /// A file of credentials for a tool.
    CredentialFile(Box<credential_file::CredentialFile>),
}

impl Model {
    /// The text as a reader's eye sees it, where the reader had to undo something: the one to scan.
    #[must_use]
    pub fn view(&self) -> Option<&view::View> {
        self.log().and_then(job_log::JobLog::view)
    }

    /// As a job's log.
    #[must_use]
    pub fn log(&self) -> Option<&job_log::JobLog> {
        match self {
            Self::JobLog(log) => Some(log),
            _ => None,
        }
    }

    /// Whose input it is, when it says so itself: a full path.
    #[must_use]
    pub fn project(&self) -> Option<&Name> {
        self.log().and_then(|log| log.project.as_ref())
    }
}

/// Is this the extension's background, which reads GitLab's pages and no other text? What is behind a question for this is not
/// linked there: the module starts in half the time. All that it says of a page is the same ([`crate::web::bridge`]).
pub(crate) const PAGES_ALONE: bool = cfg!(feature = "background");

/// As [`str::lines`], in a third of its time for short lines: each look at what a text is goes through them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut ends = memchr::memchr_iter(b'\n', text.as_bytes());
    let mut start = 0;
    std::iter::from_fn(move || {
        let from = start;
        let Some(end) = ends.next() else {
            start = text.len();
            return text.get(from..).filter(|line| !line.is_empty());
        };
        start = end + 1;
        let carriage = end > from && text.as_bytes().get(end - 1) == Some(&b'\r');
        text.get(from..end - usize::from(carriage))
    })
}

/// Reads a source as a kind.
#[must_use]
pub fn read(source: &Source, kind: Kind, context: &Context) -> Reading {
    if PAGES_ALONE {
        return page::read(source, context);
    }
    match kind {
        Kind::SettingsPage => page::read(source, context),
        Kind::Inventory => inventory::read(source, context),
        Kind::JobLog => job_log::read(source, context),
        Kind::CiConfig => pipeline::read(source),
        Kind::CredentialFile => credential_file::read(source, context),
        Kind::Text => Reading { format: Text::from("text"), ..Reading::default() },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_those_of_the_library(text in "[a\r\n]{0,12}") {
            prop_assert_eq!(super::lines(&text).collect::<Vec<_>>(), text.lines().collect::<Vec<_>>());
        }
    }
}

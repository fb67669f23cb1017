//! A job's log: what it says about its project, job and runner, what was masked in it, and every refusal.
//!
//! Raw logs as downloaded, copies from the browser, excerpts, and lines of the server's `api_json.log`. The formats:
//! <https://docs.gitlab.com/ci/jobs/job_logs/>, <https://docs.gitlab.com/administration/logs/#api_jsonlog>.

mod facts;
mod masking;
mod page;
mod refusal;
mod server;
#[cfg(test)]
mod signatures;
mod target;
mod telling;
#[cfg(test)]
mod tests;
mod unwrap;

pub use masking::{MaskedPrint, masking_note};
pub use page::of_page;
pub use refusal::Refusal;
pub(crate) use telling::{
    Stamps, can_be_streamed, commands, commands_before, goes_on, hidden, last_stamp, telling_lines,
};

use super::{Reading, Status, Unread, view::View};
use crate::catalog;
use crate::context::{Context, Version};
use crate::say;
use crate::source::{Source, Span};
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// What a log tells. Places are those of the source.
#[derive(Debug, Default)]
pub struct JobLog {
    /// The text without timestamps, colours and continuations.
    pub view: View,
    /// How it came to us.
    pub shape: Shape,
    /// The runner that wrote it.
    pub runner: Runner,
    /// Full path of the project.
    pub project: Option<Name>,
    /// The project's number.
    pub project_id: Option<u64>,
    /// Host of the instance, where the log names it.
    pub host: Option<Name>,
    /// The job's number.
    pub job: Option<u64>,
    /// The pipeline's number.
    pub pipeline: Option<u64>,
    /// Branch, tag or `refs/merge-requests/…`.
    pub git_ref: Option<Name>,
    /// The commit, shortened as the log has it.
    pub commit: Option<Name>,
    /// In order of their start.
    pub sections: Vec<Section>,
    /// The script's commands as the runner echoes them, before variables are filled in; in order.
    pub commands: Vec<Command>,
    /// What was masked by its prefix or its name.
    pub masked: Vec<MaskedPrint>,
    /// Each refusal once, in order of its first place.
    pub refusals: Vec<Refusal>,
    /// First and last timestamp.
    pub time: Option<(Timestamp, Timestamp)>,
    /// How the job ended, where the log says so.
    pub outcome: Option<Outcome>,
    /// Where the log was cut for its size.
    pub cut: Option<Span>,
}

impl JobLog {
    /// The text to scan, where it differs from the source.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        (self.shape != Shape::Server).then_some(&self.view)
    }
}

/// How a log came to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// As the runner wrote it, with its marks for terminals.
    #[default]
    Raw,
    /// With a timestamp on each line.
    Timestamps,
    /// Copied from the browser: no marks.
    Copy,
    /// Lines of the server's `api_json.log`.
    Server,
}

impl Shape {
    const fn words(self) -> &'static str {
        match self {
            Self::Raw => "runner log",
            Self::Timestamps => "runner log with timestamps",
            Self::Copy => "copy of a job log",
            Self::Server => "lines of api_json.log",
        }
    }
}

/// The runner, as the log's first lines name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runner {
    /// Its version.
    pub version: Option<Version>,
    /// Its description.
    pub description: Option<Name>,
    /// The short id: the first characters of its token behind the prefix, no secret.
    pub short_id: Option<Name>,
    /// `docker`, `shell`, `kubernetes`, …
    pub executor: Option<Name>,
}

/// A folding section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name, `step_script`.
    pub name: Name,
    /// When it began, where the log says.
    pub start: Option<Timestamp>,
    /// When it ended; `None` where the log stops before.
    pub end: Option<Timestamp>,
    /// From its start mark to its end mark.
    pub span: Span,
}

/// An echoed command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// In the view, without the `$ ` in front.
    pub(crate) view: Span,
    /// Its end in the source.
    pub(crate) at: refusal::At,
    /// Only the first line is shown of several.
    pub collapsed: bool,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `Job succeeded`.
    Succeeded,
    /// `ERROR: Job failed`.
    Failed,
}

/// Reads a log.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Reading {
    if server::is_server_log(source.text()) {
        return server::read(source, context);
    }
    let (view, found) = unwrap::unwrap(source.text());
    let mut log = JobLog { view, ..JobLog::default() };
    log.shape = match found {
        found if found.timestamps > 0 => Shape::Timestamps,
        found if found.escapes => Shape::Raw,
        _ => Shape::Copy,
    };
    log.time = (|| {
        let at = |offset: Option<usize>| Timestamp::parse(source.text().get(offset?..offset? + 27)?);
        Some((at(found.first_stamp)?, at(found.last_stamp)?))
    })();
    facts::read(&mut log, source, context);
    log.masked = masking::prints(&log.view, context);
    log.refusals = refusal::read(&log, source, context);

    let mut unread = Vec::new();
    if let Some(cut) = log.cut {
        let message = say![
            "The log was cut here for its size: what the job printed behind this line is not in it. The runner's \
             `output_limit` sets how much is kept."
        ];
        unread.push(Unread { at: Some(cut), message });
    }
    let asks = log.refusals.iter().any(|refusal| refusal.caller.is_none());
    if asks && log.project.is_none() && log.project_id.is_none() {
        let message = say![
            "The log does not say whose job it is: no line names the project (`Initialized empty Git repository in …`, \
             `Running on runner-…-project-…`). Give the project's full path with `--project`."
        ];
        unread.push(Unread { at: None, message });
    }
    let status = if log.cut.is_some() { Status::Partly } else { Status::Read };
    Reading {
        format: Text::from(log.shape.words()),
        status,
        model: super::Model::JobLog(Box::new(log)),
        unread,
        ..Reading::default()
    }
}

/// Is a text a job's log? `text` may be only the beginning of it.
#[must_use]
pub fn looks_like_job_log(name: &str, text: &str) -> bool {
    if server::is_server_log(text) {
        return true;
    }
    // The runner's own words, at the beginning of a line once colours and timestamps are gone.
    const SURE: [&str; 7] = [
        "Running with gitlab-runner ",
        "Running with gitlab-ci-multi-runner ",
        "section_start:",
        "section_end:",
        "ERROR: Job failed",
        "Getting source from Git repository",
        "Executing \"step_script\" stage of the job script",
    ];
    const SIGNS: [&str; 8] = [
        "Job succeeded",
        "Checking out ",
        "Skipping Git submodules setup",
        "Preparing environment",
        "Cleaning up project directory and file based variables",
        "Uploading artifacts",
        "Running on runner-",
        "$ ",
    ];
    const TOLD_BY: [&str; 10] = [
        "remote: ",
        "{\"",
        "fatal: ",
        "npm ERR! ",
        "npm error ",
        "[ERROR] ",
        "WARNING: ",
        "ERROR: ",
        "Error",
        "error: ",
    ];
    let lower = name.to_ascii_lowercase();
    // Documents and sources quote logs; an export can be an error's answer.
    let other = [
        "yml", "yaml", "md", "adoc", "rst", "rb", "go", "py", "rs", "js", "ts", "sh", "json", "ndjson", "jsonl", "csv",
        "tsv", "tfstate",
    ];
    let is_other = lower.rsplit_once('.').is_some_and(|(_, end)| other.contains(&end));
    if is_other {
        return false;
    }
    let unwrapped = (!unwrap::is_plain(text)).then(|| unwrap::unwrap(text));
    if unwrapped.as_ref().is_some_and(|(_, shape)| shape.timestamps > 0) {
        return true;
    }
    let text = unwrapped.as_ref().map_or(text, |(view, _)| view.text());
    let mut signs = [false; SIGNS.len()];
    let mut refused = false;
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).chain([text.len()]) {
        let line = text.get(start..end).unwrap_or_default();
        start = end + 1;
        // What all that is looked for begins with.
        let Some(first) = line.as_bytes().first().filter(|byte| b"RsEGJCSPU$r{fn[We".contains(byte)) else { continue };
        let begins = |words: &str| words.as_bytes().first() == Some(first) && line.starts_with(words);
        if SURE.iter().any(|words| begins(words)) {
            return true;
        }
        for (sign, seen) in SIGNS.iter().zip(&mut signs) {
            *seen |= begins(sign);
        }
        // An answer of GitLab that no other server gives, printed by itself or as git and the tools begin their lines.
        refused |= line.len() < 4096
            && TOLD_BY.iter().any(|start| begins(start))
            && catalog::messages().iter().any(|message| {
                !matches!(message.part, catalog::Part::Detail | catalog::Part::Server)
                    && (message.confidence == crate::report::Confidence::Certain || line.contains("/api/v4/"))
                    && message.read(line).is_some()
            });
    }
    refused || signs.iter().filter(|seen| **seen).count() >= 3
}

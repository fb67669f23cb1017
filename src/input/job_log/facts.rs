//! What the runner's and Git's own lines say about project, job, ref and runner.

use super::refusal::At;
use super::{Command, JobLog, Outcome, Section};
use crate::context::{Context, Version};
use crate::source::{Source, Span};
use crate::time::Timestamp;

/// Reads the lines one by one. A later line does not overwrite an earlier one: what a script prints comes later.
pub(super) fn read(log: &mut JobLog, source: &Source, context: &Context) {
    let view = std::mem::take(&mut log.view);
    let text = view.text();
    let mut reader = Reader { log, source, context, open: Vec::new(), introduced: false };
    let mut at = 0;
    // A redraw or a section mark ends in CR: what follows is a line of its own for this purpose.
    for end in memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).chain([text.len()]) {
        if let Some(line) = text.get(at..end).filter(|line| !line.is_empty()) {
            reader.line(line, at, &view);
        }
        at = end + 1;
    }
    log.view = view;
}

struct Reader<'a> {
    log: &'a mut JobLog,
    source: &'a Source,
    context: &'a Context,
    /// Sections that have begun, innermost last: index in the log's list.
    open: Vec<usize>,
    /// The line before named the runner's version.
    introduced: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, at: usize, view: &crate::input::view::View) {
        let introduced = std::mem::take(&mut self.introduced);
        // Most lines are the script's own output: one look at the first byte tells.
        match line.as_bytes().first() {
            Some(b'$') => self.command(line, at, view),
            Some(b's') => self.section(line, at, view),
            Some(b'R') => self.running(line),
            Some(b'P') => {
                if let Some(executor) = between(line, "Preparing the \"", "\" executor") {
                    set(&mut self.log.runner.executor, || self.context.name(executor));
                }
            }
            Some(b'I') => self.repository(line.strip_prefix("Initialized empty Git repository in ")),
            Some(b'C') => self.checkout(line),
            Some(b' ') => self.indented(line, introduced),
            Some(b'U') => self.upload(line),
            Some(b'E') if line.starts_with("ERROR: Job failed") => self.log.outcome = Some(Outcome::Failed),
            Some(b'J') => {
                if line.starts_with("Job succeeded") {
                    self.log.outcome = Some(Outcome::Succeeded);
                } else if line.starts_with("Job's log exceeded limit of ") {
                    self.log.cut.get_or_insert(view.hull(Span::new(at, at + line.len())));
                }
            }
            Some(b'j') if line.starts_with("job's log exceeded limit of ") => {
                self.log.cut.get_or_insert(view.hull(Span::new(at, at + line.len())));
            }
            _ => {}
        }
        self.variable(line);
    }

    fn command(&mut self, line: &str, at: usize, view: &crate::input::view::View) {
        let Some(command) = line.strip_prefix("$ ") else { return };
        let collapsed = command.trim_end().ends_with(" # collapsed multi-line command");
        let span = Span::new(at + 2, at + line.len());
        let at = At::of(span, view, self.source);
        self.log.commands.push(Command { view: span, at, collapsed });
    }

    /// <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>
    fn section(&mut self, line: &str, at: usize, view: &crate::input::view::View) {
        let (start, rest) = match (line.strip_prefix("section_start:"), line.strip_prefix("section_end:")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return,
        };
        let Some((seconds, rest)) = rest.split_once(':') else { return };
        let when = seconds.parse().ok().and_then(Timestamp::from_unix_seconds);
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
        let Some(name) = rest.get(..length).filter(|name| !name.is_empty()) else { return };
        let here = view.hull(Span::new(at, at + line.len()));
        let name = self.context.name(name);
        if start {
            self.open.push(self.log.sections.len());
            self.log.sections.push(Section { name, start: when, end: None, span: here });
        } else if let Some(depth) = self
            .open
            .iter()
            .rposition(|&index| self.log.sections.get(index).is_some_and(|section| section.name == name))
        {
            if let Some(section) = self.open.get(depth).and_then(|&index| self.log.sections.get_mut(index)) {
                section.end = when;
                section.span.end = here.end.max(section.span.end);
            }
            // Inner ones that were never closed end here too.
            self.open.truncate(depth);
        }
    }

    fn running(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("Running with gitlab-runner ") {
            let version = rest.split_whitespace().next().and_then(version);
            if self.log.runner.version.is_none() {
                self.log.runner.version = version;
                self.introduced = true;
            }
        } else if let Some(rest) = line.strip_prefix("Running on runner-") {
            // runner-<short id>-project-<number>-concurrent-<n>
            let name = rest.split_whitespace().next().unwrap_or_default();
            if let Some((short, tail)) = name.rsplit_once("-project-") {
                let number = tail.split('-').next().and_then(|number| number.parse().ok());
                if self.log.project_id.is_none() && tail.contains("-concurrent-") {
                    self.log.project_id = number;
                    set(&mut self.log.runner.short_id, || self.context.name(short));
                }
            }
        } else {
            self.repository(line.strip_prefix("Reinitialized existing Git repository in "));
        }
    }

    /// `/builds/shop/web/.git/`, with two parts more on a shell runner: `…/builds/<short id>/<n>/shop/web/.git/`.
    fn repository(&mut self, place: Option<&str>) {
        let Some(place) = place else { return };
        let Some((_, path)) = place.split_once("/builds/") else { return };
        let Some((path, _)) = path.split_once("/.git") else { return };
        let mut parts: Vec<&str> = path.split('/').collect();
        if let [short, number, _, _, ..] = parts.as_slice() {
            let counted = number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
            let known = self.log.runner.short_id.as_ref().is_some_and(|id| id.as_str() == *short);
            if counted && (known || self.log.runner.short_id.is_none() && !place.starts_with("/builds/")) {
                parts.drain(..2);
            }
        }
        // A Go workspace: …/src/gitlab.example.com/shop/web
        if let Some(index) = parts
            .iter()
            .position(|part| *part == "src")
            .filter(|&index| parts.get(index + 1).is_some_and(|host| host.contains('.')))
        {
            parts.drain(..index + 2);
        }
        if parts.len() >= 2 && parts.iter().all(|part| !part.is_empty()) {
            set(&mut self.log.project, || self.context.name(&parts.join("/")));
        }
    }

    fn checkout(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("Checking out ") else { return };
        let Some((commit, rest)) = rest.split_once(" as ") else { return };
        if commit.len() < 7 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return;
        }
        let name = match rest.split_once("(ref is ") {
            Some((_, name)) => name.split(')').next(),
            None => rest.strip_suffix("..."),
        };
        set(&mut self.log.commit, || self.context.name(commit));
        if let Some(name) = name {
            set(&mut self.log.git_ref, || self.context.name(name));
        }
    }

    fn indented(&mut self, line: &str, introduced: bool) {
        if let Some(rest) = line.trim_start().strip_prefix("on ").filter(|_| introduced) {
            // The description may hold blanks and commas; behind the short id stands nothing, or a comma.
            let rest = rest.split(", system ID:").next().unwrap_or(rest).trim_end();
            if let Some((description, short)) = rest.rsplit_once(' ') {
                self.log.runner.description = Some(self.context.name(description));
                self.log.runner.short_id = Some(self.context.name(short));
            }
        } else if let Some(rest) = line.strip_prefix(" * [new ref] ") {
            let number = rest.split_once("refs/pipelines/").map(|(_, rest)| digits(rest));
            self.log.pipeline = self.log.pipeline.or(number.flatten());
        }
    }

    /// The runner writes the number of the job whose artifacts it brings up: its own.
    fn upload(&mut self, line: &str) {
        if line.starts_with("Uploading artifacts") && line.contains("responseStatus=") {
            let number = line.split_once(" id=").and_then(|(_, rest)| digits(rest));
            self.log.job = self.log.job.or(number);
        }
    }

    /// A predefined variable as `env` or a debug trace prints it
    /// (<https://docs.gitlab.com/ci/variables/predefined_variables/>).
    fn variable(&mut self, line: &str) {
        let rest = line.trim_start_matches('+').trim_start();
        let rest = rest.strip_prefix("export ").or_else(|| rest.strip_prefix("declare -x ")).unwrap_or(rest);
        let Some((name, value)) = rest.strip_prefix("CI_").and_then(|rest| rest.split_once('=')) else { return };
        let value = value.trim_matches(['"', '\'']);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/:".contains(&byte);
        if value.is_empty() || !value.bytes().all(plain) {
            return; // An assignment with variables in it, or something masked.
        }
        let log = &mut *self.log;
        match name {
            "PROJECT_PATH" if value.contains('/') => set(&mut log.project, || self.context.name(value)),
            "PROJECT_ID" => log.project_id = log.project_id.or(value.parse().ok()),
            "JOB_ID" => log.job = log.job.or(value.parse().ok()),
            "PIPELINE_ID" => log.pipeline = log.pipeline.or(value.parse().ok()),
            "COMMIT_REF_NAME" => set(&mut log.git_ref, || self.context.name(value)),
            "SERVER_HOST" => set(&mut log.host, || self.context.name(value)),
            _ => {}
        }
    }
}

fn set<T>(place: &mut Option<T>, value: impl FnOnce() -> T) {
    if place.is_none() {
        *place = Some(value());
    }
}

fn digits(text: &str) -> Option<u64> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..length)?.parse().ok()
}

fn between<'a>(line: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let (inside, _) = line.strip_prefix(before)?.split_once(behind)?;
    Some(inside)
}

/// `18.7.0`, `17.10.0~pre.41.g5c23fd8e`, `v16.1.0`.
fn version(text: &str) -> Option<Version> {
    Version::parse(text.split('~').next()?)
}

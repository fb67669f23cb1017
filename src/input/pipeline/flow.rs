//! Walks the scripts as the jobs run them: `before_script` and `script` in one shell, `after_script` in another, with
//! what each variable holds at each command.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroize as _;

use super::value::{Credential, Expanded, Family, by_name};
use super::{Job, Pipeline, Script};
use crate::detect::scan;
use crate::input::shell::{Command, Part, PartKind, UseOf, Word, is_name};
use crate::report::CredentialType;

/// Values longer than this are not followed: nobody writes such an address.
const LONGEST: usize = 4096;
/// A variable that names a variable that names …
const DEPTH: usize = 8;
/// Variables replaced in one value, through all levels: nine in each of eight levels would be millions.
const LOOKUPS: usize = 500;
/// Credentials followed in one value.
const CREDENTIALS: usize = 64;
/// Commands walked over all jobs; scripts shared by many jobs count each time.
const COMMANDS: usize = 200_000;

/// Programs whose output, in `$(…)` or a pipe, is their input in another form.
const FILTERS: &[&str] = &[
    "base64",
    "openssl",
    "rev",
    "tr",
    "sed",
    "awk",
    "cut",
    "fold",
    "xxd",
    "od",
    "hexdump",
    "head",
    "tail",
    "jq",
    "tee",
    "cat",
    "grep",
    "sort",
    "uniq",
    "nl",
    "basenc",
    "base32",
    "urlencode",
    "gzip",
    "less",
    "more",
    "paste",
    "column",
    "strings",
];

/// Does this program pass on what it reads?
#[must_use]
pub fn is_filter(program: &str) -> bool {
    FILTERS.contains(&program)
}

/// Does it print its arguments?
#[must_use]
pub fn is_printer(program: &str) -> bool {
    ["echo", "printf", "print", "Write-Host", "Write-Output", "Write-Information", "write-host", "write-output"]
        .contains(&program)
}

/// What a job's shell knows.
pub struct Environment<'a> {
    pipeline: &'a Pipeline,
    lineage: Vec<&'a Job>,
    assigned: HashMap<Box<str>, Expanded>,
}

/// One command where it stands.
pub struct Step<'a, 'e> {
    /// The job whose shell it is; `None` for a script that no job of this file uses.
    pub job: &'a Job,
    /// Its script.
    pub script: &'a Script,
    /// Its index.
    pub script_index: usize,
    /// All commands of the script.
    pub commands: &'a [Command],
    /// Index of the command in them.
    pub index: usize,
    /// The command.
    pub command: &'a Command,
    /// What the variables hold.
    pub environment: &'e Environment<'a>,
    /// Number of the shell, and the position in it: commands of one shell share the number.
    pub shell: usize,
}

impl Pipeline {
    /// Calls `visit` for every command of every script, once each, in the first job that runs it.
    pub fn walk<'a>(&'a self, mut visit: impl FnMut(&Step<'a, '_>)) {
        let mut seen = HashSet::new();
        let mut left = COMMANDS;
        let mut shell = 0;
        let (hidden, shown): (Vec<&Job>, Vec<&Job>) = self.jobs.iter().partition(|job| job.is_hidden());
        for job in shown.into_iter().chain(hidden).chain([&self.default]) {
            let lineage = self.lineage(job);
            let first = |field: fn(&Job) -> &Option<Vec<usize>>| {
                lineage.iter().find_map(|job| field(job).as_deref()).unwrap_or_default()
            };
            let main = first(|job| &job.before_script).iter().chain(first(|job| &job.script));
            let runs: [Vec<usize>; 3] =
                [main.copied().collect(), first(|job| &job.after_script).to_vec(), job.hooks.clone()];
            for run in runs {
                if run.iter().all(|index| seen.contains(index)) {
                    continue;
                }
                shell += 1;
                let mut environment =
                    Environment { pipeline: self, lineage: lineage.clone(), assigned: HashMap::new() };
                for script_index in run {
                    let Some(script) = self.scripts.get(script_index) else { continue };
                    let commands = &script.shell.commands;
                    let Some(rest) = left.checked_sub(commands.len()) else { return };
                    left = rest;
                    let new = seen.insert(script_index);
                    for (index, command) in commands.iter().enumerate() {
                        if new {
                            let environment = &environment;
                            visit(&Step { job, script, script_index, commands, index, command, environment, shell });
                        }
                        for (name, value, _) in command.assigned() {
                            let value = environment.word(&value, commands);
                            environment.assigned.insert(name, value);
                        }
                    }
                }
            }
        }
    }
}

impl<'a> Environment<'a> {
    /// What a job's variables hold before any script.
    #[must_use]
    pub fn of_job(pipeline: &'a Pipeline, job: Option<&'a Job>) -> Self {
        let lineage = job.map(|job| pipeline.lineage(job)).unwrap_or_default();
        Self { pipeline, lineage, assigned: HashMap::new() }
    }

    /// A word's value.
    #[must_use]
    pub fn word(&self, word: &Word, commands: &[Command]) -> Expanded {
        let mut out = Expanded::default();
        self.parts(&word.parts, commands, DEPTH, &mut out);
        written(&mut out);
        out
    }

    /// The value of a variable in the configuration.
    #[must_use]
    pub fn value(&self, text: &str, expand: bool) -> Expanded {
        let mut out = Expanded::default();
        if expand {
            self.template(text, DEPTH, &mut out);
        } else {
            push(&mut out, text);
        }
        written(&mut out);
        out
    }

    /// The credential that a variable carries now, if any.
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<Credential> {
        let mut out = Expanded::default();
        self.name(name, DEPTH, &mut out);
        written(&mut out);
        out.credentials.into_iter().next()
    }

    fn parts(&self, parts: &[Part], commands: &[Command], depth: usize, out: &mut Expanded) {
        for part in parts {
            match &part.kind {
                PartKind::Text(text) => push(out, text),
                PartKind::Input => push(out, "${}"),
                PartKind::Variable(variable) => {
                    let before = out.credentials.len();
                    if variable.use_of == UseOf::Nothing {
                        push(out, "${}");
                    } else {
                        self.name(&variable.name, depth, out);
                        if let Some(first) = out.credentials.get_mut(before)
                            && variable.use_of == UseOf::Changed
                        {
                            first.changed = true;
                        }
                        // `${A:-$B}`: either of them.
                        if out.credentials.len() == before && !variable.default.is_empty() {
                            let mut other = Expanded::default();
                            self.parts(&variable.default, commands, depth.saturating_sub(1), &mut other);
                            carry(out, other.credentials);
                        }
                    }
                }
                PartKind::Commands(list) => {
                    push(out, "${}");
                    for &index in list {
                        self.output(index, commands, depth, out);
                    }
                }
            }
        }
    }

    /// The credentials in what a substitution's command prints: those it is told to print, whichever filters follow.
    fn output(&self, index: usize, commands: &[Command], depth: usize, out: &mut Expanded) {
        let (Some(command), Some(depth)) = (commands.get(index), depth.checked_sub(1)) else { return };
        let Some((program, arguments)) = command.program() else { return };
        if !is_printer(&program) && program != "cat" && program != "printenv" {
            return;
        }
        // What reads it decides what comes out.
        let mut changed = false;
        let mut next = command.pipes_into;
        while let Some(reader) = next.and_then(|next| commands.get(next)) {
            match reader.program() {
                Some((program, _)) if is_filter(&program) => changed |= program != "cat" && program != "tee",
                _ => return,
            }
            next = reader.pipes_into;
        }
        let mut inner = Expanded::default();
        if program == "printenv" {
            for name in arguments.iter().filter_map(Word::literal) {
                self.name(&name, depth, &mut inner);
            }
        }
        let here = command.redirects.iter().map(|redirect| &redirect.target);
        for word in arguments.iter().chain(here) {
            self.parts(&word.parts, commands, depth, &mut inner);
        }
        let wrapped = command.words.len() > 2 || inner.text.len() > 64;
        let printed = inner.credentials.into_iter().map(|credential| Credential {
            changed: credential.changed || changed,
            wrapped: credential.wrapped || wrapped,
            ..credential
        });
        carry(out, printed);
    }

    fn name(&self, name: &str, depth: usize, out: &mut Expanded) {
        let unknown = |out: &mut Expanded| {
            push(out, "${");
            push(out, name);
            push(out, "}");
        };
        out.lookups += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| out.lookups <= LOOKUPS) else { return unknown(out) };
        if let Some(value) = self.assigned.get(name) {
            push(out, &value.text);
            carry(out, value.credentials.iter().cloned());
            return;
        }
        let fetched = |list: fn(&Job) -> &Vec<crate::input::mapped::Mapped>| {
            self.lineage.iter().any(|job| list(job).iter().any(|own| own.text() == name))
        };
        let family = if fetched(|job| &job.id_tokens) {
            Some(Family::IdToken)
        } else if fetched(|job| &job.secrets) {
            Some(Family::Secret)
        } else {
            None
        };
        if let Some(family) = family {
            unknown(out);
            out.credentials.push(Credential { name: name.into(), family, changed: false, wrapped: false });
            return;
        }
        match self.pipeline.variable(&self.lineage, name) {
            // An empty default waits to be filled in the settings or by hand.
            Some(variable) if !variable.text().is_empty() => {
                let before = out.credentials.len();
                if variable.expand && variable.text() != format!("${name}") {
                    self.template(variable.text(), depth, out);
                } else {
                    push(out, variable.text());
                }
                let bare = variable.text().trim_matches(['$', '{', '}']);
                for credential in out.credentials.iter_mut().skip(before) {
                    credential.wrapped |= !is_name(bare);
                }
            }
            _ => {
                unknown(out);
                carry(out, by_name(name));
            }
        }
    }

    /// `$NAME`, `${NAME}` and `%NAME%` in a configuration's value; `$$` is a `$`.
    fn template(&self, text: &str, depth: usize, out: &mut Expanded) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            push(out, rest.get(..at).unwrap_or_default());
            let after = rest.get(at + 1..).unwrap_or_default();
            let braces = after.starts_with('{');
            let from = usize::from(braces);
            let tail = after.get(from..).unwrap_or_default();
            let length = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
            let name = tail.get(..length).unwrap_or_default();
            if after.starts_with('$') {
                push(out, "$");
                rest = after.get(1..).unwrap_or_default();
            } else if is_name(name) {
                self.name(name, depth, out);
                let end = from + length + usize::from(braces && tail.get(length..).is_some_and(|t| t.starts_with('}')));
                rest = after.get(end..).unwrap_or_default();
            } else {
                push(out, "$");
                rest = after;
            }
        }
        push(out, rest);
    }
}

/// Adds credentials, up to a number: `A=$B$B`, line after line, doubles them each time.
fn carry(out: &mut Expanded, more: impl IntoIterator<Item = Credential>) {
    let left = CREDENTIALS.saturating_sub(out.credentials.len());
    out.credentials.extend(more.into_iter().take(left));
}

/// GitLab tokens that stand in the value themselves become credentials like those in variables: `${glpat-…(20)}` stands for
/// their characters, which are not kept.
fn written(out: &mut Expanded) {
    let found = scan(&out.text, &[]);
    let mut shown = String::new();
    let mut from = 0;
    let mut credentials = Vec::new();
    for token in found.iter().filter(|token| token.parts.is_empty()) {
        let CredentialType::Token(kind) = token.kind else { continue };
        let Some(before) = out.text.get(from..token.span.start) else { continue };
        let name = token.masked.to_string();
        shown.push_str(before);
        shown.push_str("${");
        shown.push_str(&name);
        shown.push('}');
        from = token.span.end;
        let wrapped = !token.encoding.is_empty();
        credentials.push(Credential { name: name.into(), family: Family::Written(kind), changed: false, wrapped });
    }
    if credentials.is_empty() {
        return;
    }
    shown.push_str(out.text.get(from..).unwrap_or_default());
    out.text.zeroize();
    out.text = shown;
    carry(out, credentials);
}

fn push(out: &mut Expanded, text: &str) {
    if out.text.len() + text.len() <= LONGEST {
        out.text.push_str(text);
    }
}

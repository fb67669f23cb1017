//! A job's script as shell: commands, their words with quotes undone, variables, pipes, redirections, here-documents and
//! command substitution, each with its place.
//!
//! It is a tolerant reader of POSIX shell and bash, with the basics of PowerShell (`$env:NAME`) and of Windows batch
//! (`%NAME%`). It runs nothing and gives up nothing: what it does not know is a word. Keywords (`if`, `then`, `{`) are
//! taken from the front of commands, so that what stands in a branch or a loop is a command like any other.

mod nested;
mod parse;

use std::ops::Range;

pub use parse::parse;

/// The commands of a script, in order; those in substitutions stand before the command that they are in.
#[derive(Debug, Default)]
pub struct Script {
    /// All commands.
    pub commands: Vec<Command>,
}

/// One simple command.
#[derive(Debug, Default)]
pub struct Command {
    /// From its first to its last character.
    pub range: Range<usize>,
    /// `NAME=value` before the words.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// Where its input and output go.
    pub redirects: Vec<Redirect>,
    /// The command that reads its output: the next in the pipe.
    pub pipes_into: Option<usize>,
    /// The command whose output it reads.
    pub reads_from: Option<usize>,
    /// Is its output taken by a `$(…)`?
    pub captured: bool,
    /// Does it run on another machine or in another container, where the job's environment and files are not?
    pub elsewhere: bool,
}

/// `NAME=value`.
#[derive(Debug)]
pub struct Assignment {
    /// The variable.
    pub name: Box<str>,
    /// Its value.
    pub value: Word,
    /// Name and value.
    pub range: Range<usize>,
}

/// A word: what the shell hands over as one argument.
#[derive(Debug, Default)]
pub struct Word {
    /// With its quotes.
    pub range: Range<usize>,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug)]
pub struct Part {
    /// Where.
    pub range: Range<usize>,
    /// What.
    pub kind: PartKind,
}

/// What a part of a word is.
pub enum PartKind {
    /// Characters, quotes and escapes undone.
    Text(String),
    /// `$NAME`, `${NAME}`, `$env:NAME`, `%NAME%`.
    Variable(Variable),
    /// `$[[ inputs.name ]]`, where GitLab puts a value in before the shell sees it, and `$((1 + 2))`: no variable shows.
    Input,
    /// `$(…)`, `` `…` ``, `<(…)`: indices of its commands.
    Commands(Vec<usize>),
}

/// Characters of a script may be a credential: only the kind is printed.
impl std::fmt::Debug for PartKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Variable(_) => "Variable",
            Self::Input => "Input",
            Self::Commands(_) => "Commands",
        })
    }
}

/// A reference to a variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: Box<str>,
    /// What of the value is used.
    pub use_of: UseOf,
    /// `${NAME:-default}`, `${NAME:+other}`: the parts of the default.
    pub default: Vec<Part>,
}

/// What of a variable's value a reference gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOf {
    /// All of it.
    Value,
    /// Part of it, or all of it changed: `${NAME:0:8}`, `${NAME//a/b}`.
    Changed,
    /// Not the value: its length, or whether it is set.
    Nothing,
}

/// `>`, `<`, `<<EOF`, …
#[derive(Debug)]
pub struct Redirect {
    /// Which.
    pub kind: RedirectKind,
    /// File, or the document.
    pub target: Word,
}

/// Kinds of redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`.
    Read,
    /// Standard output to a file: `>`, `>>`, `&>`.
    Write,
    /// Another descriptor: `2>`, `>&2`.
    Other,
    /// `<<EOF … EOF`, `<<< word`: the text itself.
    Here,
}

impl Word {
    /// The word, when it is made of characters alone.
    #[must_use]
    pub(crate) fn literal(&self) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match &part.kind {
                PartKind::Text(text) => out.push_str(text),
                _ => return None,
            }
        }
        Some(out)
    }

    /// The characters that the word begins with, before any variable.
    #[must_use]
    pub(crate) fn start(&self) -> &str {
        match self.parts.first().map(|part| &part.kind) {
            Some(PartKind::Text(text)) => text,
            _ => "",
        }
    }

    /// All variables in it, those in defaults too, not those in substitutions.
    #[must_use]
    pub fn variables(&self) -> Vec<(&Variable, Range<usize>)> {
        fn collect<'a>(parts: &'a [Part], out: &mut Vec<(&'a Variable, Range<usize>)>) {
            for part in parts {
                if let PartKind::Variable(variable) = &part.kind {
                    out.push((variable, part.range.clone()));
                    collect(&variable.default, out);
                }
            }
        }
        let mut out = Vec::new();
        collect(&self.parts, &mut out);
        out
    }

    /// Indices of the commands in its substitutions.
    pub fn substitutions(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts
            .iter()
            .filter_map(|part| if let PartKind::Commands(list) = &part.kind { Some(list) } else { None })
            .flatten()
            .copied()
    }

    /// The word without its first `count` characters of text: the value of `--flag=value`.
    #[must_use]
    pub(crate) fn without_start(&self, count: usize) -> Self {
        let mut left = count;
        let mut parts = Vec::new();
        for part in &self.parts {
            match &part.kind {
                PartKind::Text(text) if left > 0 => {
                    let cut = left.min(text.len());
                    left -= cut;
                    if let Some(rest) = text.get(cut..).filter(|rest| !rest.is_empty()) {
                        let same = part.range.len() == text.len();
                        let start = if same { part.range.start + cut } else { part.range.start };
                        parts.push(Part { range: start..part.range.end, kind: PartKind::Text(rest.into()) });
                    }
                }
                _ => parts.push(part.copy()),
            }
        }
        let start = parts.first().map_or(self.range.end, |part| part.range.start);
        Self { range: start..self.range.end.max(start), parts }
    }
}

impl Part {
    fn copy(&self) -> Self {
        let kind = match &self.kind {
            PartKind::Text(text) => PartKind::Text(text.clone()),
            PartKind::Input => PartKind::Input,
            PartKind::Commands(list) => PartKind::Commands(list.clone()),
            PartKind::Variable(variable) => PartKind::Variable(Variable {
                name: variable.name.clone(),
                use_of: variable.use_of,
                default: variable.default.iter().map(Self::copy).collect(),
            }),
        };
        Self { range: self.range.clone(), kind }
    }
}

/// Programs that run the program that follows them, with the options of theirs that take a value.
const WRAPPERS: &[(&str, &[&str])] = &[
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "--user", "--group"]),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("command", &[]),
    ("exec", &["-a"]),
    ("builtin", &[]),
    ("time", &["-f", "-o"]),
    ("nice", &["-n"]),
    ("nohup", &[]),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"]),
    ("xargs", &["-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E"]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("doas", &["-u", "-C"]),
];

impl Command {
    /// The program's name without its folder, and the words behind it. Programs that run other programs (`sudo`,
    /// `env A=b`, `timeout 10`) are passed over; alone they are the program.
    #[must_use]
    pub(crate) fn program(&self) -> Option<(String, &[Word])> {
        let mut words = self.words.as_slice();
        loop {
            let (first, rest) = words.split_first()?;
            let name = base_name(&first.literal()?);
            let Some((_, with_value)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) else {
                return Some((name, rest));
            };
            let mut at = 0;
            while let Some(word) = rest.get(at) {
                let start = word.start();
                if with_value.contains(&start) {
                    at += 2;
                } else if start.starts_with('-') && start.len() > 1
                    || assignment(word).is_some()
                    || name == "timeout" && start.starts_with(|c: char| c.is_ascii_digit())
                {
                    at += 1;
                } else {
                    break;
                }
            }
            match rest.get(at..) {
                Some(inner) if !inner.is_empty() => words = inner,
                _ => return Some((name, rest)),
            }
        }
    }

    /// Every variable that the command gives a value: `A=b`, `export A=b`, `declare -x A=b`, `$env:A = "b"`.
    #[must_use]
    pub fn assigned(&self) -> Vec<(Box<str>, Word, Range<usize>)> {
        let mut out: Vec<_> = self
            .assignments
            .iter()
            .map(|assignment| (assignment.name.clone(), assignment.value.without_start(0), assignment.range.clone()))
            .collect();
        let first = self.words.first();
        let keyword = first.and_then(Word::literal).unwrap_or_default();
        if matches!(keyword.as_str(), "export" | "declare" | "typeset" | "local" | "readonly" | "env" | "set" | "setx")
        {
            for word in self.words.iter().skip(1) {
                if let Some((name, length)) = assignment(word) {
                    out.push((name, word.without_start(length), word.range.clone()));
                }
            }
        }
        // PowerShell: `$env:A = "b"`, `$env:A="b"`.
        if let Some(Part { kind: PartKind::Variable(variable), .. }) = first.and_then(|word| word.parts.first()) {
            let own = first.and_then(|word| word.parts.get(1)).map(|part| &part.kind);
            match (own, self.words.get(1)) {
                (Some(PartKind::Text(text)), _) if text.starts_with('=') => {
                    if let Some(word) = first {
                        let mut value = word.without_start(0);
                        value.parts.remove(0);
                        out.push((variable.name.clone(), value.without_start(1), word.range.clone()));
                    }
                }
                (None, Some(equals)) if equals.start() == "=" => {
                    if let Some(value) = self.words.get(2) {
                        out.push((variable.name.clone(), value.without_start(0), self.range.clone()));
                    }
                }
                _ => {}
            }
        }
        out
    }

    /// Words, assigned values and here-documents: everything that may hold a variable.
    pub fn all_words(&self) -> impl Iterator<Item = &Word> {
        let assigned = self.assignments.iter().map(|assignment| &assignment.value);
        assigned.chain(&self.words).chain(self.redirects.iter().map(|redirect| &redirect.target))
    }
}

/// `/usr/bin/curl.exe` is `curl`.
fn base_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    if name.is_empty() { path.to_string() } else { name.to_string() }
}

/// Name of the variable and length of `NAME=` when a word begins so.
fn assignment(word: &Word) -> Option<(Box<str>, usize)> {
    let Some(Part { kind: PartKind::Text(text), .. }) = word.parts.first() else { return None };
    let (name, _) = text.split_once('=')?;
    let plain = name.strip_suffix('+').unwrap_or(name);
    is_name(plain).then(|| (plain.into(), name.len() + 1))
}

/// Is it a variable's name?
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests;

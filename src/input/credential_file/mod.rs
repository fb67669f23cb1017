//! Files that hold credentials for a tool: `.netrc`, `.npmrc`, Docker's `config.json`, a runner's `config.toml`, …
//!
//! Each kind is known by its content first and its name second. What in it is a credential, and for which host and user,
//! stands in `catalog/credential_fields.csv`, how each is known in `credential_files.csv`. References to variables and placeholders are left in peace.

mod fields;
mod value;

use fields::{Field, Fields};

use super::{Model, Reading, Status, lines};
use crate::catalog::{CredentialFileKind, FieldHolds, FileFormat, credential_fields, credential_files};
use crate::context::Context;
use crate::say;
use crate::source::{Source, Span};
use crate::text::Name;
use crate::time::Timestamp;

/// A file of credentials.
#[derive(Debug, Default)]
pub struct CredentialFile {
    /// What stands in it, in the order of the file.
    pub entries: Vec<Entry>,
    /// The runners of a `config.toml`.
    pub runners: Vec<Runner>,
}

/// A credential, and what it is for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value.
    pub span: Span,
    /// The keys that lead to it: `auths.registry.example.com.auth`.
    pub key: Name,
    /// The host, or whatever the file says in its place (a repository's id).
    pub host: Option<Name>,
    /// The user, or the name of the header or runner.
    pub user: Option<Name>,
}

/// A runner of a `config.toml` (<https://docs.gitlab.com/runner/configuration/advanced-configuration/>).
#[derive(Clone, Debug, Default)]
pub struct Runner {
    /// `name`.
    pub name: Option<Name>,
    /// `url`.
    pub url: Option<Name>,
    /// `executor`, and where it stands.
    pub executor: Option<(Name, Span)>,
    /// `privileged = true` of Docker or Kubernetes, and where.
    pub privileged: Option<Span>,
    /// `token_expires_at`, where it is a date.
    pub token_expires: Option<(Timestamp, Span)>,
}

/// A longer line is no login, whatever it begins with; bytes.
const LONGEST_LOGIN: usize = 8 * 1024;

/// Characters in which a sign has to stand.
const LOOK: usize = 64 * 1024;

fn recognise(name: &str, text: &str) -> Option<&'static CredentialFileKind> {
    let mut end = LOOK.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let look = text.get(..end).unwrap_or_default();
    // Where every line counts, one that the look's end cuts says nothing.
    let whole_lines = if end < text.len() { look.rfind('\n').and_then(|end| look.get(..end)) } else { Some(look) };
    let every_line = |fits: fn(&str) -> bool| whole_lines.is_some_and(fits);
    let file = name.replace('\\', "/");
    let named = |kind: &&CredentialFileKind| {
        kind.names.iter().any(|end| {
            file.strip_suffix(end).is_some_and(|before| {
                before.is_empty() || before.ends_with('/') || *end == ".env" || end.starts_with(".tf")
            })
        })
    };
    // A sign in a log or a document is not a file of that kind: the first line that says something has to fit too.
    let first =
        lines(look).map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).unwrap_or_default();
    let is_document = [".md", ".yml", ".yaml", ".html"].iter().any(|end| file.ends_with(end));
    let starts = |words: &str| first.starts_with(words);
    let is_yaml =
        first == "---" || first.contains(':') && !first.contains(": $ ") && !first.starts_with(['-', '<', '[', '{']);
    let is_assignment = first.contains('=');
    let may_be = |format: FileFormat| match format {
        FileFormat::Json => starts("{"),
        FileFormat::Yaml => is_yaml,
        FileFormat::Ini | FileFormat::Toml => starts("[") || is_assignment,
        FileFormat::Xml => starts("<"),
        FileFormat::Hcl => first.contains('{') || is_assignment,
        FileFormat::Netrc => starts("machine ") || starts("default ") || starts("macdef "),
        FileFormat::Lines => starts("-"),
        FileFormat::Pairs => !is_document,
    };
    let there = Bytes::of(look);
    let fits = |kind: &&CredentialFileKind| {
        !kind.signs.is_empty()
            && may_be(kind.format)
            && kind.signs.iter().all(|sign| there.has_all(sign.needle()))
            && kind.signs.iter().all(|sign| sign.find(look.as_bytes()).is_some())
    };
    let kinds = credential_files();
    kinds
        .iter()
        .find(fits)
        .or_else(|| kinds.iter().find(named))
        .or_else(|| kinds.iter().find(|kind| kind.file == "git-credentials" && every_line(only_logins)))
        .or_else(|| kinds.iter().find(|kind| kind.file == "env" && every_line(only_variables)))
}

/// Which bytes a text has: most signs have one that it has not, and need not be searched for.
struct Bytes([bool; 256]);

impl Bytes {
    fn of(text: &str) -> Self {
        let mut there = [false; 256];
        for byte in text.bytes() {
            if let Some(there) = there.get_mut(usize::from(byte)) {
                *there = true;
            }
        }
        Self(there)
    }

    fn has_all(&self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| self.0.get(usize::from(*byte)) == Some(&true))
    }
}

/// Is every line an address with user and password?
fn only_logins(look: &str) -> bool {
    let mut lines =
        super::lines(look).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    // An address alone: a row of an export may have one among its fields.
    let is_address = |line: &str| {
        let scheme = line.split_once("://").map_or("", |(scheme, _)| scheme);
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    lines.peek().is_some()
        && lines.all(|line| {
            line.len() <= LONGEST_LOGIN
                && is_address(line)
                && !line.contains(' ')
                && value::userinfo(line).is_some_and(|(_, range)| range.start > 0)
        })
}

/// Is every line `NAME=value`, and one of the names a credential's?
fn only_variables(look: &str) -> bool {
    let mut credential = false;
    for line in lines(look).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, _)) = line.split_once('=') else { return false };
        if !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
            || name.is_empty()
        {
            return false;
        }
        credential |= crate::catalog::credential_name(name).is_some();
    }
    credential
}

/// Is it a file of a known kind?
pub(super) fn looks_like(name: &str, text: &str) -> bool {
    recognise(name, text).is_some()
}

/// Reads a file.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Reading {
    let text = source.text();
    let Some(kind) = recognise(source.name().as_str(), text) else {
        let unread = vec![super::Unread {
            at: None,
            message: say![
                "This is none of the credential files that are known here. Credentials of known shapes were searched for in all of \
                 it; passwords that only a field's name gives away were not."
            ],
        }];
        return Reading {
            format: say!["unknown credential file"],
            status: Status::Partly,
            unread,
            ..Reading::default()
        };
    };
    let fields = match kind.format {
        FileFormat::Yaml | FileFormat::Json => fields::yaml(text),
        FileFormat::Ini => fields::ini(text, false).into(),
        FileFormat::Toml => fields::ini(text, true).into(),
        FileFormat::Hcl => fields::hcl(text).into(),
        FileFormat::Xml => fields::xml(text).into(),
        FileFormat::Netrc => fields::netrc(text).into(),
        FileFormat::Lines => fields::lines(text).into(),
        FileFormat::Pairs => fields::pairs(text),
    };
    let mut reader = Reader { context, file: CredentialFile::default(), found: Vec::new() };
    reader.all(kind.file, &fields);
    let Reader { mut file, mut found, .. } = reader;
    if kind.file == "runner" {
        file.runners = runners(&fields.list, context);
    }
    found.sort_by_key(|found| found.span);
    file.entries.sort_by_key(|entry| entry.span);
    Reading { format: say![kind.words], model: Model::CredentialFile(Box::new(file)), found, ..Reading::default() }
}

struct Reader<'a> {
    context: &'a Context,
    file: CredentialFile,
    found: Vec<crate::detect::Found>,
}

impl Reader<'_> {
    fn all(&mut self, file: &str, fields: &Fields) {
        let rows: Vec<_> = credential_fields().iter().filter(|row| row.file == file).collect();
        let siblings = Siblings::new(fields);
        for field in &fields.list {
            let row = rows.iter().find_map(|row| Some((row, captures(&row.field, &field.path)?)));
            let (holds, host, user) = match row {
                Some((row, captures)) => {
                    let pick = |what: Option<&'static str>| {
                        let what = what?;
                        let raw = match what.strip_prefix('@') {
                            Some(_) => captures.first().cloned(),
                            None => siblings.get(field, what),
                        };
                        raw.filter(|raw| !raw.is_empty()).map(|raw| self.context.name(&raw))
                    };
                    (row.holds, pick(row.host), pick(row.user))
                }
                None => (FieldHolds::Address, None, None),
            };
            if holds == FieldHolds::RunnerConfig {
                let inner = fields::inside(&field.value, |text| fields::ini(text, true));
                self.file.runners.extend(runners(&inner.list, self.context));
                self.all("runner", &inner);
                continue;
            }
            if holds == FieldHolds::Header && !user.as_ref().is_some_and(|name| value::is_header(name.as_str())) {
                continue;
            }
            let mut key = field.path.join(".");
            // `KEY=VALUE` in a list: the name is a part of the text.
            if let (FieldHolds::Environment, Some((name, _))) = (holds, field.value.text().split_once('=')) {
                key = format!("{key}.{name}");
            }
            if let Some(found) = value::judge(field, holds) {
                let span = found.span;
                self.file.entries.push(Entry { span, key: self.context.name(&key), host, user });
                self.found.push(found);
            }
        }
    }
}

/// Does a path fit a pattern (`*` is one step, or the first part of a step: `*:_auth`)? Gives what the stars stand for.
fn captures(pattern: &[&str], path: &[String]) -> Option<Vec<String>> {
    let (pattern, path) = match pattern.split_first() {
        Some((&"**", rest)) => (rest, path.get(path.len().checked_sub(rest.len())?..)?),
        _ => (pattern, path),
    };
    if pattern.len() != path.len() {
        return None;
    }
    let mut stars = Vec::new();
    for (expected, actual) in pattern.iter().zip(path) {
        match expected.strip_prefix('*') {
            Some(rest) => stars.push(actual.strip_suffix(rest)?.to_string()),
            None if actual == expected => {}
            None => return None,
        }
    }
    Some(stars)
}

/// Values by where they stand: group and path.
struct Siblings<'a> {
    values: std::collections::HashMap<(usize, &'a [String]), &'a Field>,
    fields: &'a Fields,
}

impl<'a> Siblings<'a> {
    fn new(fields: &'a Fields) -> Self {
        let values = fields.list.iter().map(|field| ((field.group, field.path.as_slice()), field)).collect();
        Self { values, fields }
    }

    /// The value of `key` beside a field, or at a level above.
    fn get(&self, field: &Field, key: &str) -> Option<String> {
        let (_, folder) = field.path.split_last()?;
        let mut path = folder.to_vec();
        let mut group = field.group;
        loop {
            path.push(key.to_string());
            if let Some(found) = self.values.get(&(group, path.as_slice())) {
                return Some(found.value.text().to_string());
            }
            path.pop();
            match self.fields.parent(group) {
                Some((parent, depth)) if path.len() <= depth => group = parent,
                _ => {
                    path.pop()?;
                }
            }
        }
    }
}

/// The runners of a `config.toml`, by their group.
fn runners(fields: &[Field], context: &Context) -> Vec<Runner> {
    let mut out: std::collections::BTreeMap<usize, Runner> = std::collections::BTreeMap::new();
    for field in fields {
        let path: Vec<&str> = field.path.iter().map(String::as_str).collect();
        let (Some(&"runners"), rest) = (path.first(), path.get(1..).unwrap_or_default()) else { continue };
        let runner = out.entry(field.group).or_default();
        let text = field.value.text();
        match rest {
            ["name"] => runner.name = Some(context.name(text)),
            ["url"] => runner.url = Some(context.name(text)),
            ["executor"] => runner.executor = Some((context.name(text), field.value.span())),
            ["docker" | "kubernetes" | "machine", "privileged"] if text == "true" => {
                runner.privileged = Some(field.value.span());
            }
            ["token_expires_at"] => {
                // The year 1 means never.
                runner.token_expires = Timestamp::parse(text)
                    .filter(|moment| moment.date().parts().0 > 1)
                    .map(|moment| (moment, field.value.span()));
            }
            _ => {}
        }
    }
    out.into_values().collect()
}

#[cfg(test)]
mod tests;

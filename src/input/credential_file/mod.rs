//! Files that hold credentials for a tool: `.netrc`, `.npmrc`, Docker's `config.json`, a runner's `config.toml`, …
//!
//! Each kind is known by its content first and its name second. What in it is a credential, and for which host and user,
//! stands in `catalog/credential_fields.csv`. References to variables and placeholders are left in peace.

mod fields;
mod value;

use fields::Field;

use super::{Model, Reading, Status};
use crate::catalog::{FieldHolds, credential_fields};
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

/// How a kind of file is written.
#[derive(Clone, Copy)]
enum Format {
    Yaml,
    Ini,
    Toml,
    Hcl,
    Xml,
    Netrc,
    Lines,
}

/// A kind of file: its id in the table, its name in words, how it is written, its usual names, and the signs of which its
/// text has every one.
struct Kind {
    id: &'static str,
    words: &'static str,
    format: Format,
    names: &'static [&'static str],
    signs: &'static [&'static str],
}

/// In this order: those with the surest signs first.
const KINDS: &[Kind] = &[
    Kind {
        id: "runner",
        words: "GitLab Runner configuration",
        format: Format::Toml,
        names: &[],
        signs: &["[[runners]]"],
    },
    Kind {
        id: "kubernetes",
        words: "Kubernetes Secret",
        format: Format::Yaml,
        names: &[],
        signs: &["kind: Secret", "apiVersion"],
    },
    Kind {
        id: "kubernetes",
        words: "Kubernetes Secret",
        format: Format::Yaml,
        names: &[],
        signs: &["\"kind\"", "\"Secret\"", "\"apiVersion\""],
    },
    Kind {
        id: "docker",
        words: "registry logins (Docker)",
        format: Format::Yaml,
        names: &[".dockercfg"],
        signs: &["\"auths\"", "{"],
    },
    Kind {
        id: "nuget",
        words: "NuGet configuration",
        format: Format::Xml,
        names: &[],
        signs: &["<packageSourceCredentials"],
    },
    Kind { id: "maven", words: "Maven settings", format: Format::Xml, names: &[], signs: &["<settings", "<server>"] },
    Kind {
        id: "composer",
        words: "Composer logins",
        format: Format::Yaml,
        names: &[],
        signs: &["{", "\"gitlab-token\""],
    },
    Kind {
        id: "composer",
        words: "Composer logins",
        format: Format::Yaml,
        names: &[],
        signs: &["{", "\"gitlab-oauth\""],
    },
    Kind {
        id: "composer",
        words: "Composer logins",
        format: Format::Yaml,
        names: &[],
        signs: &["{", "\"http-basic\""],
    },
    Kind { id: "poetry", words: "Poetry logins", format: Format::Toml, names: &[], signs: &["[http-basic."] },
    Kind { id: "poetry", words: "Poetry logins", format: Format::Toml, names: &[], signs: &["[pypi-token]"] },
    Kind {
        id: "npmrc",
        words: "npm configuration",
        format: Format::Ini,
        names: &[".npmrc", "npmrc"],
        signs: &[":_authToken"],
    },
    Kind { id: "npmrc", words: "npm configuration", format: Format::Ini, names: &[], signs: &["//", ":_auth="] },
    Kind { id: "npmrc", words: "npm configuration", format: Format::Ini, names: &[], signs: &["//", ":_password"] },
    Kind {
        id: "yarn",
        words: "Yarn configuration",
        format: Format::Yaml,
        names: &[".yarnrc.yml"],
        signs: &["npmAuthToken:"],
    },
    Kind {
        id: "pypirc",
        words: "Python upload configuration",
        format: Format::Ini,
        names: &[".pypirc"],
        signs: &["[distutils]"],
    },
    Kind {
        id: "python-gitlab",
        words: "python-gitlab configuration",
        format: Format::Ini,
        names: &[".python-gitlab.cfg", "python-gitlab.cfg"],
        signs: &["[", "private_token", "url"],
    },
    Kind {
        id: "glab",
        words: "glab configuration",
        format: Format::Yaml,
        names: &[],
        signs: &["hosts:", "git_protocol:"],
    },
    Kind { id: "glab", words: "glab configuration", format: Format::Yaml, names: &[], signs: &["hosts:", "api_host:"] },
    Kind {
        id: "pip",
        words: "pip configuration",
        format: Format::Ini,
        names: &["pip.conf", "pip.ini", "uv.toml"],
        signs: &["[global]", "index-url"],
    },
    Kind {
        id: "git",
        words: "git configuration",
        format: Format::Ini,
        names: &[".gitconfig", ".gitmodules", ".git/config"],
        signs: &["[remote \""],
    },
    Kind { id: "git", words: "git configuration", format: Format::Ini, names: &[], signs: &["[url \"", "insteadOf"] },
    Kind {
        id: "terraform",
        words: "Terraform logins",
        format: Format::Yaml,
        names: &["credentials.tfrc.json"],
        signs: &["\u{0}"],
    },
    Kind {
        id: "terraform",
        words: "Terraform configuration",
        format: Format::Hcl,
        names: &[".terraformrc", "terraform.rc", ".tfbackend", ".tf", ".tfvars"],
        signs: &["credentials \"", "token"],
    },
    Kind {
        id: "gradle",
        words: "Gradle properties",
        format: Format::Ini,
        names: &["gradle.properties"],
        signs: &["\u{0}"],
    },
    Kind {
        id: "netrc",
        words: "logins for hosts (.netrc)",
        format: Format::Netrc,
        names: &[".netrc", "_netrc"],
        signs: &["machine ", "login ", "password "],
    },
    Kind {
        id: "git-credentials",
        words: "git logins",
        format: Format::Lines,
        names: &[".git-credentials", "git/credentials"],
        signs: &["\u{0}"],
    },
    Kind {
        id: "env",
        words: "variables with values",
        format: Format::Ini,
        names: &[".env", ".envrc"],
        signs: &["\u{0}"],
    },
];

/// Characters in which a sign has to stand.
const LOOK: usize = 64 * 1024;

fn recognise(name: &str, text: &str) -> Option<&'static Kind> {
    let mut end = LOOK.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let look = text.get(..end).unwrap_or_default();
    let file = name.replace('\\', "/");
    let named = |kind: &&Kind| {
        kind.names.iter().any(|end| {
            file.strip_suffix(end).is_some_and(|before| {
                before.is_empty() || before.ends_with('/') || *end == ".env" || end.starts_with(".tf")
            })
        })
    };
    // A sign in a log or a document is not a file of that kind: the first line that says something has to fit too.
    let first =
        look.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).unwrap_or_default();
    let fits = |kind: &&Kind| {
        kind.signs.iter().all(|sign| look.contains(sign))
            && match kind.format {
                Format::Yaml if kind.signs.contains(&"{") || kind.signs.contains(&"\"kind\"") => first.starts_with('{'),
                Format::Yaml => {
                    first == "---"
                        || first.contains(':') && !first.contains(": $ ") && !first.starts_with(['-', '<', '['])
                }
                Format::Ini | Format::Toml => first.starts_with('[') || first.contains('='),
                Format::Xml => first.starts_with('<'),
                Format::Hcl => first.contains('{') || first.contains('='),
                Format::Netrc => {
                    first.starts_with("machine ") || first.starts_with("default ") || first.starts_with("macdef ")
                }
                Format::Lines => true,
            }
    };
    KINDS
        .iter()
        .find(fits)
        .or_else(|| KINDS.iter().find(named))
        .or_else(|| KINDS.iter().find(|kind| kind.id == "git-credentials" && only_logins(look)))
        .or_else(|| KINDS.iter().find(|kind| kind.id == "env" && only_variables(look)))
}

/// Is every line an address with user and password?
fn only_logins(look: &str) -> bool {
    let mut lines = look.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    lines.peek().is_some()
        && lines.all(|line| value::userinfo(line).is_some_and(|(_, range)| range.start > 0 && !line.contains(' ')))
}

/// Is every line `NAME=value`, and one of the names a credential's?
fn only_variables(look: &str) -> bool {
    let mut credential = false;
    for line in look.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
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
        Format::Yaml => fields::yaml(text),
        Format::Ini => fields::ini(text, false),
        Format::Toml => fields::ini(text, true),
        Format::Hcl => fields::hcl(text),
        Format::Xml => fields::xml(text),
        Format::Netrc => fields::netrc(text),
        Format::Lines => fields::lines(text),
    };
    let mut reader = Reader { context, fields: &fields, file: CredentialFile::default(), found: Vec::new() };
    reader.all(kind.id);
    let Reader { mut file, mut found, .. } = reader;
    if kind.id == "runner" {
        file.runners = runners(&fields, context);
    }
    found.sort_by_key(|found| found.span);
    file.entries.sort_by_key(|entry| entry.span);
    Reading { format: say![kind.words], model: Model::CredentialFile(Box::new(file)), found, ..Reading::default() }
}

struct Reader<'a> {
    context: &'a Context,
    fields: &'a [Field],
    file: CredentialFile,
    found: Vec<crate::detect::Found>,
}

impl Reader<'_> {
    fn all(&mut self, id: &str) {
        let rows: Vec<_> = credential_fields().iter().filter(|row| row.file == id).collect();
        let siblings = Siblings::new(self.fields);
        for field in self.fields {
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
            let key = field.path.join(".");
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
struct Siblings<'a>(std::collections::HashMap<(usize, &'a [String]), &'a Field>);

impl<'a> Siblings<'a> {
    fn new(fields: &'a [Field]) -> Self {
        Self(fields.iter().map(|field| ((field.group, field.path.as_slice()), field)).collect())
    }

    /// The value of `key` beside a field, or one level above.
    fn get(&self, field: &Field, key: &str) -> Option<String> {
        let (_, folder) = field.path.split_last()?;
        let mut path = folder.to_vec();
        loop {
            path.push(key.to_string());
            if let Some(found) = self.0.get(&(field.group, path.as_slice())) {
                return Some(found.value.text().to_string());
            }
            path.pop();
            path.pop()?;
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

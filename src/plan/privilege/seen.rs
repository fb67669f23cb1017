//! What one input shows a credential being used for: small, and without any piece of a credential.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::script::Reader;
use crate::catalog::{self, Acceptance, AccessLevel, Act, Boundary, Endpoint, Permission, TokenType};
use crate::context::Context;
use crate::detect::Found;
use crate::input::Model;
use crate::input::credential_file::CredentialFile;
use crate::input::pipeline::{Pipeline, Script};
use crate::input::{mapped::Mapped, shell};
use crate::report::CredentialType;
use crate::say;
use crate::source::Source;
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// What a credential is known by where it is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// The variable that holds it.
    Variable(Name),
    /// GitLab's number of an access token, from the server's log.
    Id(u64),
    /// The value stands there: its kind, and the user name beside it. A deploy token has a user name of its own.
    Value(TokenType, Option<Name>),
}

/// Where a use was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// CI/CD configuration.
    Config,
    /// The commands that a job's log shows.
    JobLog,
    /// A script.
    Script,
    /// A file that holds credentials for a tool.
    File,
    /// The server's `api_json.log`.
    ServerLog,
}

/// What is done with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// A call of the catalog.
    Call(&'static Endpoint),
    /// Something else of the catalog.
    Act(&'static Act),
}

/// One use of a credential.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Index of the input in the report.
    pub(crate) input: usize,
    pub(crate) by: Key,
    /// Follows "it is seen to".
    pub(crate) does: Text,
    /// `None`: what it needs is not known.
    pub(crate) deed: Option<Deed>,
    /// Is it for the project whose job it is? `None` where that does not show.
    pub(crate) own: Option<bool>,
    pub(crate) place: Origin,
    /// From 1: the first.
    pub(crate) line: usize,
    /// When, where a log says: the last.
    pub(crate) at: Option<Timestamp>,
    /// How often: lines.
    pub(crate) count: usize,
    /// A tool reads the variable without the input naming it.
    pub(crate) implied: bool,
}

/// Reads the uses in an input: what [`Context::seen`] is set to by a plan that needs them.
#[must_use]
pub(crate) fn seen(source: &Source, model: &Model, found: &[Found], context: &Context) -> Vec<Seen> {
    let mut out = Uses::default();
    match model {
        Model::Pipeline(pipeline) => {
            let line = |text: &Mapped, range| source.line_column(text.place(range).start).0;
            Reader::new(context, Origin::Config, &line, &mut out).pipeline(pipeline);
        }
        Model::JobLog(log) if log.view().is_none() => server_log(source, &mut out),
        Model::JobLog(log) => {
            let scripts = log.commands.iter().filter_map(|command| {
                let text = log.view.text().get(command.view.start..command.view.end)?;
                Some(script(text, command.view.start))
            });
            let pipeline = Pipeline::of_scripts(scripts.collect());
            let line = |text: &Mapped, range| source.line_column(log.view.hull(text.place(range)).start).0;
            Reader::new(context, Origin::JobLog, &line, &mut out).pipeline(&pipeline);
            let at = log.time.map(|(_, last)| last);
            out.all.iter_mut().for_each(|one| one.at = at);
        }
        Model::CredentialFile(file) => {
            values(source, file, found, &mut out);
            lines(source, context, &mut out);
        }
        Model::Plain if is_script(source.name().as_str(), source.text()) => {
            let pipeline = Pipeline::of_scripts(vec![script(source.text(), 0)]);
            let line = |text: &Mapped, range| source.line_column(text.place(range).start).0;
            Reader::new(context, Origin::Script, &line, &mut out).pipeline(&pipeline);
        }
        Model::Plain => lines(source, context, &mut out),
        Model::Inventory(_) => {}
    }
    out.all
}

fn script(text: &str, start: usize) -> Script {
    Script { text: Mapped::plain(text, start), shell: shell::parse(text) }
}

/// A shell script, by its name or its first line.
pub(crate) fn is_script(name: &str, text: &str) -> bool {
    let by_name = [".sh", ".bash", ".zsh", ".ksh", ".ps1", ".envrc"].iter().any(|end| name.ends_with(end));
    let first = text.lines().next().unwrap_or_default();
    let program =
        first.strip_prefix("#!").and_then(|rest| rest.split_ascii_whitespace().next_back()).unwrap_or_default();
    by_name || ["sh", "bash", "zsh", "ksh", "dash"].contains(&program.rsplit('/').next().unwrap_or_default())
}

/// The uses of one input: each thing that is done with a credential once, with the first line and how often.
#[derive(Default)]
pub(super) struct Uses {
    all: Vec<Seen>,
    index: HashMap<(Key, Text, Option<bool>), usize>,
}

/// Uses in one input at most: what has more is made to have them.
const MOST: usize = 5_000;

impl Uses {
    pub(super) fn push(&mut self, one: Seen) {
        let key = (one.by.clone(), one.does.clone(), one.own);
        let known = self.index.get(&key).copied();
        match known.and_then(|at| self.all.get_mut(at)) {
            Some(known) => {
                known.count += one.count;
                known.line = known.line.min(one.line);
                known.at = known.at.max(one.at);
                known.implied &= one.implied;
            }
            None if known.is_none() && self.index.len() < MOST => {
                self.index.insert(key, self.all.len());
                self.all.push(one);
            }
            None => {}
        }
    }
}

/// The fields of a line of `api_json.log` that are read (<https://docs.gitlab.com/administration/logs/#api_jsonlog>); the
/// path's query is dropped.
#[derive(Deserialize)]
struct Line<'a> {
    time: Option<&'a str>,
    #[serde(borrow)]
    method: Option<&'a str>,
    #[serde(borrow)]
    path: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    token_type: Option<&'a str>,
    token_id: Option<u64>,
    status: Option<u16>,
}

/// Calls that went well, by the number of the token that made them. A refused one is none that the token needs.
fn server_log(source: &Source, out: &mut Uses) {
    for (index, text) in source.text().lines().enumerate() {
        if !text.contains("\"token_id\"") {
            continue;
        }
        let Ok(line) = serde_json::from_str::<Line<'_>>(text) else { continue };
        let (Some(id), Some("PersonalAccessToken")) = (line.token_id, line.token_type) else { continue };
        if line.status.is_none_or(|status| status >= 400) {
            continue;
        }
        let (Some(method), Some(path)) = (line.method, &line.path) else { continue };
        let call = crate::plan::call::Call::new(method, path, &[]);
        let read = call.read();
        let (does, deed) = match read.endpoint {
            // The log does not hold what was asked for.
            Some(endpoint) if endpoint.hint("graphql") => (say!["call GraphQL"], None),
            Some(endpoint) => (called(endpoint), Some(Deed::Call(endpoint))),
            None => (say!["call `", Name::new(&call.method), " ", read.path(), "`, which is not in the catalog"], None),
        };
        out.push(Seen {
            input: 0,
            by: Key::Id(id),
            does,
            deed,
            own: None,
            place: Origin::ServerLog,
            line: index + 1,
            at: line.time.and_then(Timestamp::parse),
            count: 1,
            implied: false,
        });
    }
}

/// `` call `GET /projects/:id/packages` ``.
pub(super) fn called(endpoint: &'static Endpoint) -> Text {
    say!["call `", endpoint.method, " ", endpoint.path, "`"]
}

/// Credentials that stand in a file themselves: for which host and what the file's key says of their use.
fn values(source: &Source, file: &CredentialFile, found: &[Found], out: &mut Uses) {
    let base = source.name().as_str().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let git =
        base.contains("netrc") || base.contains("git-credentials") || source.name().as_str().ends_with(".git/config");
    for entry in &file.entries {
        let Some(token) = found.iter().find(|token| token.span.overlaps(entry.span)) else { continue };
        let CredentialType::Token(kind) = token.kind else { continue };
        let key = entry.key.as_str();
        let act = if key.starts_with("auths") || base.contains("docker") {
            catalog::act("image-pull")
        } else if git {
            catalog::act("git-pull")
        } else if key.contains("_authToken")
            || entry.host.as_ref().is_some_and(|host| host.as_str().contains("/packages/"))
        {
            catalog::act("package-install")
        } else {
            None
        };
        let mut does = match act {
            Some(act) => say![act.does],
            None => say!["sign in"],
        };
        if let Some(host) = &entry.host {
            does.push(" at ").push(host);
        }
        if act.is_some_and(|act| act.id != "package-install") {
            does.push(", or to push: the file does not say which");
        }
        out.push(Seen {
            input: 0,
            by: Key::Value(kind, entry.user.clone()),
            does,
            deed: act.map(Deed::Act),
            own: None,
            place: Origin::File,
            line: source.line_column(entry.span.start).0,
            at: None,
            count: 1,
            implied: false,
        });
    }
}

/// `//HOST/api/v4/projects/42/packages/npm/:_authToken=${NPM_TOKEN}`, `index-url = https://x:${TOKEN}@HOST/…`: a variable and an
/// address on one line of a file that is no script.
fn lines(source: &Source, context: &Context, out: &mut Uses) {
    let text = source.text();
    let mut last = 0;
    for at in memchr::memchr_iter(b'$', text.as_bytes()) {
        let (number, _) = source.line_column(at);
        if number == last {
            continue;
        }
        last = number;
        let Some(line) = source.line_range(number).and_then(|range| text.get(range)) else { continue };
        if line.len() > 4096 || line.trim_start().starts_with('#') || !line.contains("/api/v4/") {
            continue;
        }
        let one = Pipeline::of_scripts(Vec::new());
        let line_of = |_: &Mapped, _| number;
        Reader::new(context, Origin::File, &line_of, out).line(&one, line.trim(), number);
    }
}

/// What a deed needs, in one shape for calls and acts.
pub(super) struct Needs {
    /// The narrowest scopes, all of them; empty where any will do.
    pub(super) scopes: Vec<&'static str>,
    /// Each of these alone does too.
    pub(super) also: Vec<&'static str>,
    /// Of a deploy token, all of them; empty where none can.
    pub(super) deploy: Vec<&'static str>,
    pub(super) job: Acceptance,
    pub(super) policies: Vec<&'static str>,
    pub(super) permissions: Vec<Permission>,
    pub(super) boundaries: Vec<Boundary>,
    pub(super) role: Option<AccessLevel>,
    /// No permission is needed where it is public, or none at all.
    pub(super) open: bool,
    /// Only this kind does.
    pub(super) takes: Option<TokenType>,
}

impl Deed {
    pub(super) fn needs(self) -> Needs {
        match self {
            Self::Act(act) => Needs {
                scopes: act.scopes.clone(),
                also: act.also.clone(),
                deploy: act.deploy.clone(),
                job: act.job,
                policies: act.policies.clone(),
                permissions: act.permission.into_iter().collect(),
                boundaries: vec![Boundary::Project],
                role: act.role,
                open: false,
                takes: None,
            },
            Self::Call(endpoint) => Needs {
                scopes: Some(endpoint.scope).filter(|scope| !matches!(*scope, "any" | "none")).into_iter().collect(),
                also: endpoint.other_scopes.clone(),
                deploy: endpoint.deploy_scope.into_iter().collect(),
                job: endpoint.job_token,
                policies: endpoint.policies.clone(),
                permissions: endpoint.permission.into_iter().chain(endpoint.second).collect(),
                boundaries: endpoint.boundaries.clone(),
                role: endpoint.boundaries.iter().find_map(|boundary| endpoint.role(*boundary)),
                open: endpoint.hint("open"),
                takes: endpoint.takes.and_then(|token| token.kind),
            },
        }
    }
}

//! Every refusal in a log: found line by line, put together from the lines that belong to it, said once.

use std::sync::LazyLock;

use super::target::{self, Address, Target};
use super::{Command, JobLog};
use crate::catalog::{Endpoint, Message, Part, Scope, TokenType, marks, messages};
use crate::context::Context;
use crate::input::view::View;
use crate::source::{Source, Span};
use crate::text::Name;
use crate::words::Words;

/// A refusal.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What was printed, and what it means.
    pub message: &'static Message,
    /// HTTP status.
    pub status: Option<u16>,
    /// The project whose job asked: full path, `id:N`, or the last part of its path where the log says no more.
    pub caller: Option<Name>,
    /// The project that refused, in the same way.
    pub callee: Option<Name>,
    /// The job-token permissions that are missing, as the answer names them: `read_packages`.
    pub permissions: Vec<Name>,
    /// The scopes of which one would be enough.
    pub scopes: Vec<Scope>,
    /// The kind of credential, where address or command tell.
    pub credential: Option<TokenType>,
    /// The token's number, where the server's log has it: `PersonalAccessToken`, 12.
    pub token: Option<(Name, u64)>,
    /// The host that was asked.
    pub host: Option<Name>,
    /// The container image.
    pub image: Option<Name>,
    /// The job whose artifacts were asked for.
    pub job: Option<u64>,
    /// The address leads to a group or the whole instance, which hides the project.
    pub hidden_by_group: bool,
    /// The variable that holds the project in the address.
    pub variable: Option<Name>,
    /// The refused address is a repository's, asked for by Git.
    pub git: bool,
    /// The REST endpoint that was called, where address and method are known.
    pub call: Option<&'static Endpoint>,
    /// The lines of its first time; never empty.
    pub lines: Vec<Span>,
    /// The echoed command before it.
    pub command: Option<Span>,
    /// How often it was seen.
    pub count: usize,
}

impl Refusal {
    pub(super) fn new(message: &'static Message, line: Span) -> Self {
        Self {
            message,
            status: message.status,
            caller: None,
            callee: None,
            permissions: message.permission.map(Name::new).into_iter().collect(),
            scopes: Vec::new(),
            credential: None,
            token: None,
            host: None,
            image: None,
            job: None,
            hidden_by_group: false,
            variable: None,
            git: false,
            call: None,
            lines: vec![line],
            command: None,
            count: 1,
        }
    }

    /// The first of its lines.
    #[must_use]
    pub fn at(&self) -> Span {
        self.lines.first().copied().unwrap_or(Span::new(0, 0))
    }

    /// From its first to its last line.
    #[must_use]
    pub fn hull(&self) -> Span {
        let start = self.lines.iter().map(|line| line.start).min().unwrap_or(0);
        Span::new(start, self.lines.iter().map(|line| line.end).max().unwrap_or(start))
    }

    /// The same thing refused for the same reason.
    fn same_as(&self, other: &Self) -> bool {
        let key = |refusal: &Self| {
            (
                refusal.message.id,
                refusal.status,
                refusal.token.clone(),
                refusal.image.clone(),
                refusal.job,
                refusal.host.clone(),
            )
        };
        self.caller == other.caller
            && self.callee == other.callee
            && self.permissions == other.permissions
            && self.scopes == other.scopes
            && self.variable == other.variable
            && key(self) == key(other)
    }
}

/// Says each refusal once, with the number of times it was seen.
pub(super) fn gather(refusals: Vec<Refusal>) -> Vec<Refusal> {
    let mut index: std::collections::HashMap<String, Vec<usize>> = std::collections::HashMap::new();
    let mut gathered: Vec<Refusal> = Vec::new();
    for refusal in refusals {
        let callee = refusal.callee.as_ref().map(Name::as_str).unwrap_or_default();
        let known = index.entry([refusal.message.id, " ", callee].concat()).or_default();
        match known.iter().find(|&&at| gathered.get(at).is_some_and(|other| other.same_as(&refusal))) {
            Some(&at) => {
                if let Some(other) = gathered.get_mut(at) {
                    other.count += refusal.count;
                }
            }
            None => {
                known.push(gathered.len());
                gathered.push(refusal);
            }
        }
    }
    gathered
}

/// Lines between the parts of one refusal, at most: a banner of Git stands in between.
const NEAR: usize = 8;
/// As many lines may stand between a cause and Git's last line where several run at once.
pub(super) const CONCURRENT: usize = 60;
/// An echoed command explains a refusal this many lines later, at most.
pub(super) const COMMAND: usize = 400;
/// And so many bytes, at most.
pub(super) const COMMAND_BYTES: usize = 48 * 1024;
/// A line longer than this is looked at only around the words.
pub(super) const LONG: usize = 8 * 1024;

/// A line with a message.
struct Hit<'t> {
    message: &'static Message,
    /// In the view.
    line: Span,
    text: &'t str,
    at: At,
    /// Commands echoed before it.
    commands: usize,
    caller: Option<&'t str>,
    callee: Option<&'t str>,
    callee_id: Option<u64>,
    permission: Option<&'t str>,
    scopes: Option<&'t str>,
    address: Option<Address>,
    host: Option<&'t str>,
    image: Option<&'t str>,
    job: Option<u64>,
}

/// A refusal while its lines are collected.
struct Draft<'t> {
    hit: Hit<'t>,
    lines: Vec<Span>,
    first: usize,
    last: usize,
    /// It is Git's, and its last line is still to come.
    open: bool,
    git: bool,
}

/// Reads the refusals of a log.
pub(super) fn read(log: &JobLog, source: &Source, context: &Context) -> Vec<Refusal> {
    let text = log.view.text();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for line in candidates(text) {
        let at = At::of(line, &log.view, source);
        let commands = log.commands.partition_point(|command| command.view.start <= line.start);
        if log.commands.get(commands.wrapping_sub(1)).is_some_and(|command| command.view.end >= line.end) {
            continue; // The echo of a command that greps for the words, not the words.
        }
        let command = command_before(log, commands, at);
        if let Some(hit) = hit(text, line, at, commands, command) {
            place(&mut drafts, hit);
        }
    }
    gather(drafts.into_iter().map(|draft| finish(draft, log, context)).collect())
}

/// The lines that have one of the marks, each once, in order.
fn candidates(text: &str) -> Vec<Span> {
    line_spans(text.as_bytes(), 0, &MARKS)
}

/// The lines that have one of the words at or behind `from`, each once, in order; of a long line what is around the word.
pub(super) fn line_spans(bytes: &[u8], from: usize, words: &Words) -> Vec<Span> {
    let mut lines: Vec<Span> = Vec::new();
    words.each(bytes, from, |hit| {
        if lines.last().is_some_and(|line| line.start <= hit && hit < line.end) {
            return hit + 1;
        }
        // A redraw ends a line here as well.
        let before = bytes.get(hit.saturating_sub(LONG)..hit).unwrap_or_default();
        let start = memchr::memrchr2(b'\n', b'\r', before).map(|end| hit - before.len() + end + 1);
        let behind = bytes.get(hit..).unwrap_or_default();
        let behind = behind.get(..LONG).unwrap_or(behind);
        let end = memchr::memchr2(b'\n', b'\r', behind).map(|end| hit + end);
        let (from, to) = match (start, end) {
            (Some(start), Some(end)) if end - start <= LONG => (start, end),
            _ => {
                let (first, last) = (start.unwrap_or(hit - before.len()), end.unwrap_or(hit + behind.len()));
                let whole = last - first <= LONG;
                let (near, far) = (hit.saturating_sub(LONG / 2), hit + LONG / 2);
                if whole { (first, last) } else { (first.max(near), last.min(far)) }
            }
        };
        let inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let edge = |mut at: usize| {
            while inside(at) {
                at += 1;
            }
            at
        };
        let line = Span::new(edge(from), edge(to));
        lines.push(line);
        line.end.max(hit + 1)
    });
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// [`marks`], made ready.
static MARKS: LazyLock<Words> = LazyLock::new(|| Words::new(marks()));

/// A place in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// Its line, from 1.
    pub(super) line: usize,
    /// Its byte. Both are those of the log as it was printed: not all of a large one needs to be here.
    pub(super) byte: usize,
}

impl At {
    /// Where something of the view ends in the source.
    pub(super) fn of(span: Span, view: &View, source: &Source) -> Self {
        let end = view.hull(span).end;
        Self { line: source.line_column(end).0, byte: source.original(end) }
    }
}

/// The command before a place, when it is near.
fn command_before(log: &JobLog, commands: usize, at: At) -> Option<(&Command, &str)> {
    let command = log.commands.get(commands.checked_sub(1)?)?;
    let text = log.view.text().get(command.view.range())?;
    let near =
        at.line.saturating_sub(command.at.line) <= COMMAND && at.byte.saturating_sub(command.at.byte) <= COMMAND_BYTES;
    near.then_some((command, text))
}

fn hit<'t>(text: &'t str, line: Span, at: At, commands: usize, command: Option<(&Command, &str)>) -> Option<Hit<'t>> {
    let shown = text.get(line.range())?;
    messages().iter().filter(|message| message.part != Part::Server).find_map(|message| {
        let captures = message.read(shown)?;
        let group = |name: &str| captures.as_ref().and_then(|captures| captures.name(name)).map(|group| group.as_str());
        let address = group("url").and_then(target::address).or_else(|| beside(text, line));
        if !message.url.is_empty() {
            let meets = |address: &Address| address.path.contains(message.url);
            let in_command = || command.is_some_and(|(_, text)| target::addresses(text).any(|address| meets(&address)));
            if !address.as_ref().is_some_and(meets) && !in_command() {
                return None;
            }
        }
        Some(Hit {
            message,
            line,
            text: shown,
            at,
            commands,
            caller: group("caller"),
            callee: group("callee"),
            callee_id: group("callee_id").and_then(|id| id.parse().ok()),
            permission: group("permission"),
            scopes: group("scopes"),
            address,
            host: group("host"),
            image: group("image"),
            job: group("job").and_then(|job| job.parse().ok()),
        })
    })
}

/// The project's address of the API in the line itself, else in the line before it, which tools print first.
fn beside(text: &str, line: Span) -> Option<Address> {
    let before = text.get(..line.start)?.strip_suffix('\n')?;
    let start = before.len().saturating_sub(LONG);
    let start =
        before.as_bytes().get(start..).and_then(|tail| memchr::memrchr(b'\n', tail)).map_or(start, |at| start + at + 1);
    let of_api = |text: &str| target::addresses(text).find(|address| address.path.contains("api/v4/projects/"));
    let previous = before.get(start..).filter(|previous| !previous.starts_with("$ ")).unwrap_or_default();
    of_api(text.get(line.range())?).or_else(|| of_api(previous))
}

/// Adds a line to the refusal it belongs to, or begins a new one.
fn place<'t>(drafts: &mut Vec<Draft<'t>>, hit: Hit<'t>) {
    match hit.message.part {
        Part::Server => {}
        Part::Detail => {
            let near = drafts.iter_mut().rev().take(16).find(|draft| {
                draft.hit.message.rule == hit.message.rule && hit.at.line.saturating_sub(draft.last) <= NEAR
            });
            if let Some(draft) = near {
                draft.add(hit);
            }
        }
        Part::End => {
            let fits = |draft: &&mut Draft<'t>| {
                draft.open
                    && draft.hit.commands == hit.commands
                    && hit.at.line.saturating_sub(draft.first) <= CONCURRENT
                    && (draft.hit.message.status.is_none() || draft.hit.message.status == hit.message.status)
            };
            let names = |draft: &Draft<'t>| draft.hit.callee.is_some_and(|name| hit.leads_to(name));
            let recent = drafts.len().saturating_sub(64);
            let recent = drafts.get_mut(recent..).unwrap_or_default();
            // By its name; else the first that waits and has no name; else one that stands right before it.
            let index = {
                let waiting: Vec<(usize, bool, bool, usize)> = recent
                    .iter_mut()
                    .enumerate()
                    .filter(|(_, draft)| fits(draft))
                    .map(|(index, draft)| {
                        (index, names(draft), draft.hit.callee.is_none(), hit.at.line.saturating_sub(draft.last))
                    })
                    .collect();
                let by_name = waiting.iter().find(|waiting| waiting.1);
                let unnamed = || waiting.iter().find(|waiting| waiting.2);
                let before = || waiting.iter().rev().find(|waiting| waiting.3 <= 2);
                by_name.or_else(unnamed).or_else(before).map(|waiting| waiting.0)
            };
            match index.and_then(|index| recent.get_mut(index)) {
                Some(draft) => {
                    draft.open = false;
                    draft.add(hit);
                }
                None => drafts.push(Draft::new(hit, true)),
            }
        }
        Part::Cause => {
            let git = hit.text.contains("remote:");
            let joined = drafts.iter_mut().rev().take(16).find(|draft| {
                !git && !draft.git
                    && draft.hit.message.rule == hit.message.rule
                    && draft.hit.commands == hit.commands
                    && hit.at.line.saturating_sub(draft.last) <= NEAR
                    && draft.hit.agrees_with(&hit)
            });
            match joined {
                Some(draft) => draft.add(hit),
                None => {
                    let mut draft = Draft::new(hit, git);
                    draft.open = git;
                    drafts.push(draft);
                }
            }
        }
    }
}

impl<'t> Draft<'t> {
    fn new(hit: Hit<'t>, git: bool) -> Self {
        Self { lines: vec![hit.line], first: hit.at.line, last: hit.at.line, hit, open: false, git }
    }

    /// Takes over what the line says more.
    fn add(&mut self, hit: Hit<'t>) {
        if self.lines.last() != Some(&hit.line) && self.lines.len() < 64 {
            self.lines.push(hit.line);
        }
        self.last = hit.at.line;
        let known = &mut self.hit;
        // The line that names the address has the exacter words.
        if known.address.is_none() && hit.address.is_some() && hit.message.part == Part::Cause {
            known.message = hit.message;
        }
        known.address = known.address.take().or(hit.address);
        known.caller = known.caller.or(hit.caller);
        known.callee = known.callee.or(hit.callee);
        known.callee_id = known.callee_id.or(hit.callee_id);
        known.permission = known.permission.or(hit.permission);
        known.scopes = known.scopes.or(hit.scopes);
        known.host = known.host.or(hit.host);
        known.image = known.image.or(hit.image);
        known.job = known.job.or(hit.job);
    }
}

impl Hit<'_> {
    /// Does its address lead to a project of this name?
    fn leads_to(&self, name: &str) -> bool {
        matches!(self.address.as_ref().and_then(|address| address.target.as_ref()), Some(Target::Path(path)) if is_named(path, name))
    }

    /// Can both lines be about the same refusal?
    fn agrees_with(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        agree(self.callee.as_ref(), other.callee.as_ref())
            && agree(self.callee_id.as_ref(), other.callee_id.as_ref())
            && agree(self.caller.as_ref(), other.caller.as_ref())
            && agree(self.permission.as_ref(), other.permission.as_ref())
            && agree(self.scopes.as_ref(), other.scopes.as_ref())
            && agree(self.image.as_ref(), other.image.as_ref())
            && agree(self.job.as_ref(), other.job.as_ref())
            && agree(self.address.as_ref(), other.address.as_ref())
            && agree(self.message.status.as_ref(), other.message.status.as_ref())
    }
}

/// Is `name` the last part of the path? GitLab's answers name a project so.
fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
}

/// Resolves who asked and who refused.
fn finish(draft: Draft<'_>, log: &JobLog, context: &Context) -> Refusal {
    let hit = draft.hit;
    let mut refusal = Refusal::new(hit.message, Span::new(0, 0));
    refusal.lines = draft.lines.iter().map(|line| log.view.hull(*line)).collect();
    refusal.git = draft.git;
    let command = command_before(log, hit.commands, hit.at);
    refusal.command = command.map(|(command, _)| log.view.hull(command.view));

    let address = hit.address.clone().or_else(|| {
        let (_, text) = command?;
        let leads = |address: &Address| address.target.is_some();
        let named = |address: &Address| match (&address.target, hit.callee) {
            (Some(Target::Path(path)), Some(name)) => is_named(path, name),
            _ => true,
        };
        // An image's or a job's own refusal is not about an address in the command.
        let asked = hit.image.is_none() && hit.job.is_none();
        target::addresses(text).find(|address| asked && leads(address) && named(address))
    });
    let own = owner(log, context);
    refusal.caller = match (&own, hit.caller) {
        (Some(own), Some(name)) if !own.as_str().starts_with("id:") && !is_named(own.as_str(), name) => {
            Some(context.name(name)) // The answer names another project than the log: it asked.
        }
        (Some(own), _) => Some(own.clone()),
        (None, name) => name.map(|name| context.name(name)),
    };
    let by_name = || hit.callee.map(|name| context.name(name));
    let by_id = |id: u64| Some(context.name(&["id:", &id.to_string()].concat()));
    refusal.callee = match address.as_ref().and_then(|address| address.target.as_ref()) {
        Some(Target::Path(path)) if hit.callee.is_none_or(|name| is_named(path, name)) => Some(context.name(path)),
        Some(Target::Id(id)) if hit.callee_id.is_none() => by_id(*id),
        Some(Target::Own) if hit.callee.is_none() => own,
        Some(Target::Variable(name)) => {
            refusal.variable = Some(context.name(name));
            by_name().or_else(|| hit.callee_id.and_then(by_id))
        }
        target => {
            refusal.hidden_by_group = target == Some(&Target::Group);
            by_name().or_else(|| hit.callee_id.and_then(by_id))
        }
    };
    if refusal.callee.is_none() {
        refusal.callee = hit.image.and_then(image_project).map(|path| context.name(path));
    }
    let text = command.map_or("", |(_, text)| text);
    refusal.call = address.as_ref().and_then(|address| target::endpoint(address, text, hit.text));
    let user = address.as_ref().and_then(|address| address.user.as_deref()).and_then(target::user_kind);
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    refusal.credential = user.or_else(|| {
        if names(&["CI_JOB_TOKEN", "JOB-TOKEN", "job_token=", "gitlab-ci-token"]) {
            Some(TokenType::CiJobToken)
        } else if names(&["DEPLOY-TOKEN", "Deploy-Token", "CI_DEPLOY_PASSWORD"]) {
            Some(TokenType::DeployToken)
        } else {
            None
        }
    });
    let by_answer = hit.text.contains("CI/CD job token") || matches!(hit.message.by, Some("allowlist" | "permission"));
    if by_answer {
        refusal.credential = Some(TokenType::CiJobToken);
    }
    let host = hit.host.map(str::to_owned).or_else(|| address.and_then(|address| address.host));
    refusal.host = host.map(|host| context.name(&host));
    refusal.image = hit.image.map(|image| context.name(image));
    refusal.job = hit.job;
    if let Some(list) = hit.permission {
        let words = list.split([',', ' ']).filter(|word| !word.is_empty() && *word != "and");
        refusal.permissions = words.map(|word| context.name(word)).collect();
    }
    let words = hit.scopes.unwrap_or_default().split([' ', ',']);
    refusal.scopes = words.filter(|word| !word.is_empty()).map(Scope::new).collect();
    refusal
}

/// Whose log it is: what it says itself, else what the user said.
fn owner(log: &JobLog, context: &Context) -> Option<Name> {
    let said = || {
        let name = context.project.as_ref()?;
        let number = name.as_str().parse::<u64>().is_ok();
        Some(if number { context.name(&["id:", name.as_str()].concat()) } else { name.clone() })
    };
    let number = || log.project_id.map(|id| context.name(&["id:", &id.to_string()].concat()));
    log.project.clone().or_else(said).or_else(number)
}

/// The project of an image, where its path leaves no choice: `host/group/project`, one group and one project. Deeper
/// paths may end in an image's own name.
fn image_project(image: &str) -> Option<&str> {
    let (host, path) = image.split_once('/')?;
    let path = path.split(['@', ':']).next()?;
    (host.contains('.') && path.split('/').count() == 2).then_some(path)
}

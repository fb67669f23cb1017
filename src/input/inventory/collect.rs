//! From values to rows: which row is what, whose it is, and what is said about the rest.

use std::collections::BTreeMap;

use super::answer::ErrorAnswer;
use super::closing::Seen;
use super::fields::Fields;
use super::hints::Hints;
use super::json::{self, Node, Value};
use super::key::{Known, same_key};
use super::shape::Shape;
use super::{job_scope, others, people, settings, terraform, token};
use crate::catalog::export_secret;
use crate::context::Context;
use crate::detect::Found;
use crate::input::{Reading, Unread};
use crate::inventory::{Inventory, JobToken, Owner, OwnerKind, VariableLevel};
use crate::say;
use crate::source::{Source, Span};
use crate::text::Text;

/// So many single places are named; the rest is a number.
pub(super) const NAMED: usize = 20;

/// Objects that never hold rows, or are read with the one around them.
static NO_ROWS: Known<8> = Known::new([
    "ci_job_token_scope",
    "ci_job_token_scope_allowlist",
    "ci_job_token_auth_logs",
    "ci_cd_settings",
    "page_info",
    "extensions",
    "links",
    "_links",
]);

/// Keys of GraphQL around rows that say nothing about them.
static WRAPPERS: Known<3> = Known::new(["nodes", "edges", "node"]);

/// A count and the first place of it.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) first: Option<Span>,
}

impl Tally {
    fn add(&mut self, span: Span) {
        self.count += 1;
        self.first.get_or_insert(span);
    }
}

/// Gathers the rows of one input.
pub(super) struct Collector<'a> {
    pub(super) text: &'a str,
    pub(super) context: &'a Context,
    pub(super) hints: Hints,
    pub(super) inventory: Inventory,
    pub(super) unread: Vec<Unread>,
    /// Rows that are there but could not be read.
    pub(super) skipped: usize,
    /// Single places beyond [`NAMED`].
    pub(super) unnamed: usize,
    pub(super) errors: usize,
    pub(super) unknown: Tally,
    pub(super) undecided: Tally,
    pub(super) repeated: Tally,
    pub(super) nulls: usize,
    pub(super) more_pages: bool,
    /// Whose job token settings were read.
    pub(super) job_token_of: Option<Owner>,
    /// It is a Terraform state or plan.
    pub(super) terraform: bool,
    /// How many rows of each kind there are.
    pub(super) shapes: BTreeMap<Shape, usize>,
    /// What is known of the rows that were handed on already.
    pub(super) seen: Seen,
    /// Where the variables are defined, as a line around them says.
    pub(super) level: Option<VariableLevel>,
    /// Bytes of the input before `text`.
    pub(super) base: usize,
    /// Credentials of this block that only their field gives away.
    pub(super) found: Vec<Found>,
}

/// All that a collector keeps between two blocks of a text.
pub(super) struct Suspended {
    hints: Hints,
    inventory: Inventory,
    unread: Vec<Unread>,
    counts: [usize; 4],
    tallies: [Tally; 3],
    more_pages: bool,
    job_token_of: Option<Owner>,
    terraform: bool,
    shapes: BTreeMap<Shape, usize>,
    seen: Seen,
    level: Option<VariableLevel>,
}

/// Reads JSON in any dress.
pub(super) fn json(source: &Source, context: &Context) -> Reading {
    let text = source.text();
    let mut collector = Collector::new(source, context);
    collector.hints_of_headers();
    let outline = json::walk(text, &mut |node| collector.top(&node));
    collector.note_surroundings(&outline, 0, 0);
    collector.finish(&outline).0
}

impl<'a> Collector<'a> {
    pub(super) fn new(source: &'a Source, context: &'a Context) -> Self {
        Self {
            text: source.text(),
            context,
            hints: Hints::of_file(source.name().as_str()),
            inventory: Inventory::default(),
            unread: Vec::new(),
            skipped: 0,
            unnamed: 0,
            errors: 0,
            unknown: Tally::default(),
            undecided: Tally::default(),
            repeated: Tally::default(),
            nulls: 0,
            more_pages: false,
            job_token_of: None,
            terraform: false,
            shapes: BTreeMap::new(),
            seen: Seen::default(),
            level: None,
            base: 0,
            found: Vec::new(),
        }
    }

    /// The headers come before the rows and say what they are.
    pub(super) fn hints_of_headers(&mut self) {
        let start = self.text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with("HTTP/") {
            let headers = Hints::of_headers(start);
            if headers.list.is_some() {
                self.hints = headers;
            }
        }
    }

    /// Goes on with the next block of a text, which begins `base` bytes into the input.
    pub(super) fn resume(source: &'a Source, base: usize, context: &'a Context, kept: Suspended) -> Self {
        let [skipped, unnamed, errors, nulls] = kept.counts;
        let [unknown, undecided, repeated] = kept.tallies;
        Self {
            text: source.text(),
            context,
            hints: kept.hints,
            inventory: kept.inventory,
            unread: kept.unread,
            skipped,
            unnamed,
            errors,
            unknown,
            undecided,
            repeated,
            nulls,
            more_pages: kept.more_pages,
            job_token_of: kept.job_token_of,
            terraform: kept.terraform,
            shapes: kept.shapes,
            seen: kept.seen,
            level: kept.level,
            base,
            found: Vec::new(),
        }
    }

    /// Hands on the rows of this block, and keeps what the next one needs.
    pub(super) fn suspend(mut self) -> (Inventory, Suspended) {
        self.seen.add(&self.inventory);
        let rows = self.inventory.take_rows();
        let kept = Suspended {
            hints: self.hints,
            inventory: self.inventory,
            unread: self.unread,
            counts: [self.skipped, self.unnamed, self.errors, self.nulls],
            tallies: [self.unknown, self.undecided, self.repeated],
            more_pages: self.more_pages,
            job_token_of: self.job_token_of,
            terraform: self.terraform,
            shapes: self.shapes,
            seen: self.seen,
            level: self.level,
        };
        (rows, kept)
    }

    /// A place of this block in the input.
    const fn whole(&self, span: Span) -> Span {
        Span::new(self.base + span.start, self.base + span.end)
    }

    pub(super) fn say(&mut self, at: Span, message: Text) {
        let at = self.whole(at);
        if self.unread.len() < NAMED {
            self.unread.push(Unread { at: Some(at), message });
        } else {
            self.unnamed += 1;
        }
    }

    /// A value at the top of the text, or an element of a list there.
    pub(super) fn top(&mut self, node: &Node) {
        match &node.value {
            Value::Null => self.nulls += 1,
            _ => self.value(node, "", 0),
        }
    }

    /// `under` is the key it stands under.
    fn value(&mut self, node: &Node, under: &str, depth: usize) {
        match &node.value {
            Value::Object(_) => self.object(node, under, depth),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, under, depth + 1)),
            Value::Deep => {
                self.skip(node.span, say!["This part is nested deeper than any of GitLab's answers and was not read."]);
            }
            Value::Null if node.broken.is_none() => self.nulls += 1,
            _ => self.skip(node.span, say!["This is no row: a list of objects is expected here."]),
        }
    }

    pub(super) fn skip(&mut self, at: Span, message: Text) {
        self.skipped += 1;
        self.say(at, message);
    }

    fn object(&mut self, node: &Node, under: &str, depth: usize) {
        let Some(fields) = Fields::json(self.text, self.context, node) else { return };
        self.note_registration_token(&fields);
        if terraform::is_terraform(&fields) {
            terraform::read(self, node, &fields);
            self.secrets(node);
        } else if let Some(shape) = Shape::of(&fields, &self.hints) {
            self.complete(node, &fields, shape, under);
        } else if let Some(error) = ErrorAnswer::read(&fields) {
            self.errors += 1;
            self.say(node.span, error.message(under == "errors"));
        } else {
            self.inside(node, &fields, under, depth);
        }
    }

    /// Projects, groups and settings carry the registration token of runners for those who may see it.
    pub(super) fn note_registration_token(&mut self, fields: &Fields<'_>) {
        let keys = ["runners_token", "runners_registration_token"];
        if keys.iter().any(|key| fields.secret(key).is_some()) {
            self.inventory.registration_token_in_document = Some(true);
        }
    }

    /// Credentials that only their field gives away: no form tells a Slack address or a mail server's password.
    pub(super) fn secrets(&mut self, node: &Node) {
        let Some(entries) = node.entries() else { return };
        let key = |key: Span| json::unquote(self.text, key);
        let masked_variable =
            entries.iter().any(|(at, node)| matches!(node.value, Value::Bool(true)) && same_key(&key(*at), "masked"))
                && entries.iter().any(|(at, _)| same_key(&key(*at), "key"));
        let mut inside = Vec::new();
        for (at, child) in entries {
            match &child.value {
                Value::String => {
                    let name = key(*at);
                    if masked_variable && same_key(&name, "value") || export_secret(&name).is_some() {
                        inside.extend(others::secret(self.text, child));
                    }
                }
                Value::Object(_) => self.secrets(child),
                Value::Array(items) => items.iter().for_each(|item| self.secrets(item)),
                _ => {}
            }
        }
        self.found.extend(inside);
    }

    /// Reads a row if it is complete.
    fn complete(&mut self, node: &Node, fields: &Fields<'_>, shape: Shape, under: &str) {
        if let Some(at) = node.break_within() {
            self.incomplete(node, at);
            return;
        }
        self.row(fields, shape, under);
        self.secrets(node);
        if shape == Shape::Schedule {
            // A schedule's variables are rows of their own.
            for variable in fields.children("variables").unwrap_or_default() {
                self.row(&variable, Shape::Variable, "variables");
            }
        }
    }

    pub(super) fn incomplete(&mut self, node: &Node, at: usize) {
        let message = say![
            "This row is not complete and was left out: what stands here cannot follow what is before it. Make the export \
             again, or close the row by hand."
        ];
        let at = at.max(node.span.start);
        self.skip(Span::new(at, node.span.end.max(at)), message);
    }

    /// A complete row of a known kind.
    pub(super) fn row(&mut self, fields: &Fields<'_>, shape: Shape, under: &str) {
        if let Some(key) = fields.repeated_key() {
            self.repeated.add(self.whole(key));
        }
        self.count(shape);
        self.add(fields, shape, under);
        for key in fields.take_odd() {
            self.say(
                fields.span,
                say!["In this row `", key, "` could not be understood; it counts as unknown. Look at it in GitLab."],
            );
        }
    }

    /// A complete row of no known kind.
    pub(super) fn unknown_row(&mut self, span: Span) {
        self.unknown.add(self.whole(span));
    }

    /// Counts a row of a kind.
    pub(super) fn count(&mut self, shape: Shape) {
        *self.shapes.entry(shape).or_default() += 1;
    }

    fn add(&mut self, fields: &Fields<'_>, shape: Shape, under: &str) {
        let today = self.context.today;
        // A create or rotate answer shows the value, this once. A list of triggers shows values at any time, and its rows
        // say so; a webhook's token is its own.
        if !matches!(shape, Shape::Trigger | Shape::Webhook)
            && ["token", "secret"].iter().any(|key| fields.secret(key).is_some())
        {
            self.inventory.new_token_displayed = Some(true);
        }
        let inventory = &mut self.inventory;
        match shape {
            Shape::AccessToken => {
                let row = token::read(fields, &self.hints, today);
                if row.project_or_group {
                    self.undecided.add(Span::new(self.base + fields.span.start, self.base + fields.span.end));
                }
                inventory.tokens.push(row);
            }
            Shape::DeployToken => inventory.tokens.push(settings::deploy_token(fields, today)),
            Shape::AgentToken => inventory.tokens.push(settings::agent_token(fields)),
            Shape::Trigger => inventory.trigger_tokens.push(settings::trigger(fields)),
            Shape::DeployKey => inventory.deploy_keys.push(settings::deploy_key(fields)),
            Shape::SshKey => inventory.ssh_keys.push(settings::ssh_key(fields)),
            Shape::Variable => {
                let level = self.hints.variable_level(under);
                inventory.variables.push(settings::variable(fields, level));
            }
            Shape::JobTokenScope => job_scope::settings(fields, inventory.job_token.get_or_insert_default()),
            Shape::AllowlistEntry => {
                let entry = job_scope::entry(fields, None);
                inventory.job_token.get_or_insert_default().allowlist.get_or_insert_default().push(entry);
            }
            Shape::AuthLogEntry => {
                let entry = job_scope::auth_log_entry(fields);
                inventory.job_token.get_or_insert_default().auth_log.get_or_insert_default().push(entry);
            }
            Shape::Runner => inventory.runners.push(settings::runner(fields)),
            Shape::Webhook => inventory.webhooks.push(settings::webhook(fields)),
            Shape::Application => inventory.applications.push(settings::application(fields)),
            Shape::ServiceAccount => {
                inventory.service_accounts.get_or_insert_default().push(people::service_account(fields));
            }
            Shape::User => inventory.users.push(people::user(fields)),
            Shape::Member => inventory.members.push(people::member(fields)),
            Shape::Project => inventory.projects.push(people::project(fields)),
            Shape::Group => inventory.groups.push(people::project(fields)),
            Shape::AuditEvent => inventory.audit_events.push(people::audit_event(fields)),
            Shape::GpgKey => inventory.gpg_keys.push(others::gpg_key(fields)),
            Shape::ApplicationSettings => {
                inventory.instance.get_or_insert_with(|| others::application_settings(fields));
            }
            Shape::Schedule => inventory.others.push(others::schedule(fields)),
            Shape::RunnerManager => inventory.others.push(others::runner_manager(fields)),
            Shape::Mirror => inventory.others.push(others::mirror(fields)),
            Shape::Integration => inventory.others.push(others::integration(fields)),
        }
    }

    /// An object that is no row itself: rows may be inside (`{"data": […]}`, GraphQL, a page with its own frame).
    fn inside(&mut self, node: &Node, fields: &Fields<'_>, under: &str, depth: usize) {
        let before = self.progress();
        if job_scope::is_graphql(fields) {
            self.graphql_job_token(fields);
        }
        self.graphql_owner(fields, under);
        if fields.child("page_info").and_then(|page| page.flag("has_next_page")) == Some(true) {
            self.more_pages = true;
        }
        let mut containers = 0_usize;
        for (key, child) in fields.entries() {
            let key = json::unquote(self.text, *key);
            if !matches!(child.value, Value::Array(_) | Value::Object(_)) || NO_ROWS.has(&key) {
                continue;
            }
            containers += 1;
            self.value(child, if WRAPPERS.has(&key) { under } else { &key }, depth + 1);
        }
        let found = self.progress() != before;
        if found || containers > 0 && node.broken.is_none() && !fields.has_any(&["id", "name"]) {
            return;
        }
        match node.break_within() {
            Some(at) => self.incomplete(node, at),
            None => self.unknown.add(self.whole(node.span)),
        }
    }

    /// The places that something may still have to be said about, of those in this block.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let tallies = [&self.unknown, &self.undecided, &self.repeated].into_iter().filter_map(|tally| tally.first);
        let unread = self.unread.iter().filter_map(|unread| unread.at);
        tallies.chain(unread).map(|span| span.start).filter(|at| *at >= self.base)
    }

    /// What was seen so far, to tell whether something came out of an object.
    fn progress(&self) -> (usize, usize, usize, usize, bool) {
        let job_token = self.inventory.job_token.is_some();
        (self.inventory.rows(), self.skipped + self.errors, self.unknown.count, self.nulls, job_token)
    }

    /// One input has the job token settings of one project. Those of a second one cannot stand beside them: an allowlist
    /// must not be mixed with another's.
    pub(super) fn takes_job_token_of(&mut self, owner: Owner, span: Span) -> bool {
        let same = self.job_token_of.as_ref().is_none_or(|known| *known == owner);
        if same {
            self.count(Shape::JobTokenScope);
            self.job_token_of = Some(owner);
        } else {
            let message = say![
                "These are the job token settings of another project. One input can have those of one project only: the first \
                 was read, this one was left out. Give it as a file of its own."
            ];
            self.skip(span, message);
        }
        same
    }

    fn graphql_job_token(&mut self, fields: &Fields<'_>) {
        let (path, id) = (fields.name("full_path"), fields.number("id"));
        if !self.takes_job_token_of(Owner { kind: OwnerKind::Project, path, id, username: None }, fields.span) {
            return;
        }
        let settings = self.inventory.job_token.get_or_insert_default();
        let rows = |settings: &JobToken| {
            (settings.allowlist.as_ref().map_or(0, Vec::len), settings.auth_log.as_ref().map_or(0, Vec::len))
        };
        let before = rows(settings);
        job_scope::graphql(fields, settings);
        let after = rows(settings);
        for (shape, count) in [(Shape::AllowlistEntry, after.0 - before.0), (Shape::AuthLogEntry, after.1 - before.1)] {
            if count > 0 {
                *self.shapes.entry(shape).or_default() += count;
            }
        }
    }

    /// GraphQL answers say whose they are.
    fn graphql_owner(&mut self, fields: &Fields<'_>, under: &str) {
        let kind = match under {
            "project" => OwnerKind::Project,
            "group" => OwnerKind::Group,
            "user" | "currentUser" => OwnerKind::User,
            _ => return,
        };
        let (path, username) = (fields.name("full_path"), fields.name("username"));
        if path.is_some() || username.is_some() {
            let id = fields.number("id");
            self.hints.owner = Some(kind);
            self.inventory.owner = Some(Owner { kind, path, username, id });
        }
        fields.take_odd();
    }
}

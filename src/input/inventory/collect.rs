//! From values to rows: which row is what, whose it is, and what is said about the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{self, ErrorAnswer};
use super::fields::{Fields, same_key};
use super::hints::{Hints, List};
use super::json::{self, Node, Outline, Value};
use super::shape::Shape;
use super::{job_scope, people, settings, token};
use crate::catalog::TokenType;
use crate::context::Context;
use crate::input::{Model, Reading, Status, Unread};
use crate::inventory::{Inventory, Owner, OwnerKind, Pagination, TokenRow, VariableLevel};
use crate::say;
use crate::source::{Source, Span};
use crate::text::Text;

/// So many single places are named; the rest is a number.
const NAMED: usize = 20;

/// GitLab's page sizes: what one gets without asking, and the most one can ask for
/// (<https://docs.gitlab.com/api/rest/#pagination>).
const PAGE_SIZES: [usize; 2] = [20, 100];

/// Objects that never hold rows, or are read with the one around them.
const NO_ROWS: &[&str] = &[
    "ci_job_token_scope",
    "ci_job_token_scope_allowlist",
    "ci_cd_settings",
    "page_info",
    "extensions",
    "links",
    "_links",
];

fn is_any(key: &str, known: &[&str]) -> bool {
    known.iter().any(|known| same_key(key, known))
}

/// A count and the first place of it.
#[derive(Default)]
struct Tally {
    count: usize,
    first: Option<Span>,
}

impl Tally {
    fn add(&mut self, span: Span) {
        self.count += 1;
        self.first.get_or_insert(span);
    }
}

/// Gathers the rows of one input.
pub(super) struct Collector<'a> {
    text: &'a str,
    context: &'a Context,
    hints: Hints,
    inventory: Inventory,
    unread: Vec<Unread>,
    /// Rows that are there but could not be read.
    skipped: usize,
    /// Single places beyond [`NAMED`].
    unnamed: usize,
    errors: usize,
    unknown: Tally,
    undecided: Tally,
    repeated: Tally,
    nulls: usize,
    more_pages: bool,
    /// How many rows of each kind there are.
    shapes: BTreeMap<Shape, usize>,
}

/// Reads JSON in any dress.
pub(super) fn json(source: &Source, context: &Context) -> Reading {
    let text = source.text();
    let mut collector = Collector::new(source, context);
    // The headers come before the rows and say what they are.
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("HTTP/") {
        let headers = Hints::of_headers(start);
        if headers.list.is_some() {
            collector.hints = headers;
        }
    }
    let outline = json::walk(text, &mut |node| collector.top(&node));
    collector.finish(&outline)
}

impl<'a> Collector<'a> {
    fn new(source: &'a Source, context: &'a Context) -> Self {
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
            shapes: BTreeMap::new(),
        }
    }

    fn say(&mut self, at: Span, message: Text) {
        if self.unread.len() < NAMED {
            self.unread.push(Unread { at: Some(at), message });
        } else {
            self.unnamed += 1;
        }
    }

    /// A value at the top of the text, or an element of a list there.
    fn top(&mut self, node: &Node) {
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

    fn skip(&mut self, at: Span, message: Text) {
        self.skipped += 1;
        self.say(at, message);
    }

    fn object(&mut self, node: &Node, under: &str, depth: usize) {
        let Some(fields) = Fields::json(self.text, self.context, node) else { return };
        self.note_registration_token(&fields);
        if let Some(shape) = Shape::of(&fields, &self.hints) {
            self.whole(node, &fields, shape, under);
        } else if let Some(error) = ErrorAnswer::read(&fields) {
            self.errors += 1;
            self.say(node.span, error.message());
        } else {
            self.inside(node, &fields, under, depth);
        }
    }

    /// Projects, groups and settings carry the registration token of runners for those who may see it.
    fn note_registration_token(&mut self, fields: &Fields<'_>) {
        let keys = ["runners_token", "runners_registration_token"];
        if keys.iter().any(|key| fields.secret(key).is_some()) {
            self.inventory.registration_token_in_document = Some(true);
        }
    }

    /// Reads a row if it is complete.
    fn whole(&mut self, node: &Node, fields: &Fields<'_>, shape: Shape, under: &str) {
        if let Some(at) = node.break_within() {
            self.incomplete(node, at);
            return;
        }
        self.row(fields, shape, under);
    }

    fn incomplete(&mut self, node: &Node, at: usize) {
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
            self.repeated.add(key);
        }
        *self.shapes.entry(shape).or_default() += 1;
        self.add(fields, shape, under);
        for key in fields.take_odd() {
            self.say(
                fields.span,
                say!["In this row `", key, "` could not be understood; it counts as unknown. Look at it in GitLab."],
            );
        }
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
                    self.undecided.add(fields.span);
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
        }
    }

    /// An object that is no row itself: rows may be inside (`{"data": […]}`, GraphQL, a page with its own frame).
    fn inside(&mut self, node: &Node, fields: &Fields<'_>, under: &str, depth: usize) {
        let before = self.seen();
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
            if !matches!(child.value, Value::Array(_) | Value::Object(_)) || is_any(&key, NO_ROWS) {
                continue;
            }
            containers += 1;
            self.value(child, if is_any(&key, &["nodes", "edges", "node"]) { under } else { &key }, depth + 1);
        }
        let found = self.seen() != before;
        if found || containers > 0 && node.broken.is_none() && !fields.has_any(&["id", "name"]) {
            return;
        }
        match node.break_within() {
            Some(at) => self.incomplete(node, at),
            None => self.unknown.add(node.span),
        }
    }

    /// What was seen so far, to tell whether something came out of an object.
    fn seen(&self) -> (usize, usize, usize, usize, bool) {
        let job_token = self.inventory.job_token.is_some();
        (self.inventory.rows(), self.skipped + self.errors, self.unknown.count, self.nulls, job_token)
    }

    fn graphql_job_token(&mut self, fields: &Fields<'_>) {
        let settings = self.inventory.job_token.get_or_insert_default();
        let before = settings.allowlist.as_ref().map_or(0, Vec::len);
        job_scope::graphql(fields, settings);
        let entries = settings.allowlist.as_ref().map_or(0, Vec::len) - before;
        *self.shapes.entry(Shape::JobTokenScope).or_default() += 1;
        if entries > 0 {
            *self.shapes.entry(Shape::AllowlistEntry).or_default() += entries;
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

    fn finish(mut self, outline: &Outline) -> Reading {
        let rows = self.inventory.rows();
        self.level_of_glab(outline);
        self.whose();
        self.never_used_of_glab();
        self.pages(outline);
        self.closing_words(outline);
        let format = self.format(outline);
        let there = rows + self.skipped + self.unknown.count;
        let status = if rows == 0 && (self.errors > 0 || there > 0 || outline.documents == 0 || outline.cut_off) {
            Status::Unreadable
        } else if self.skipped > 0
            || self.unknown.count > 0
            || self.errors > 0
            || outline.cut_off
            || !outline.breaks.is_empty()
        {
            Status::Partly
        } else {
            Status::Read
        };
        let model = Model::Inventory(Box::new(self.inventory));
        // What somebody asked GitLab for and did not get (an error, `null`) is GitLab's all the same.
        let foreign = self.shapes.is_empty() && there > 0 && self.errors == 0 && self.nulls == 0;
        Reading { format, status, model, unread: self.unread, foreign, ..Reading::default() }
    }

    /// Whose the tokens are, where all rows or the surroundings say the same.
    fn whose(&mut self) {
        if self.inventory.owner.is_some() {
            return;
        }
        let mut owners =
            self.inventory.tokens.iter().map(|row| row.resource.as_ref().map(|owner| (owner.kind, owner.id)));
        let first = owners.next().flatten().filter(|(_, id)| id.is_some());
        if let Some((kind, id)) = first.filter(|first| owners.all(|owner| owner == Some(*first))) {
            self.inventory.owner = Some(Owner { kind, id, ..Owner::default() });
            return;
        }
        let kind = match self.hints.list {
            Some(List::ServiceAccountTokens) => OwnerKind::ServiceAccount,
            _ => match self.hints.owner {
                Some(kind) if self.hints.id.is_some() || self.hints.path.is_some() => kind,
                _ => return,
            },
        };
        let (id, path) = match kind {
            // The number in such a name may be the group's; the rows have the account's.
            OwnerKind::ServiceAccount => {
                let mut users = self.inventory.tokens.iter().map(|row| row.user_id);
                let first = users.next().flatten();
                (first.filter(|_| users.all(|user| user == first)), None)
            }
            _ => (self.hints.id, self.hints.path.as_deref()),
        };
        let path = path.map(|path| self.context.name(path));
        self.inventory.owner = Some(Owner { kind, path, id, ..Owner::default() });
    }

    /// `glab token list` leaves `last_used_at` out of the rows that were never used, and only of those: where some rows
    /// have it, its absence is an answer (<https://docs.gitlab.com/cli/token/list/>).
    fn never_used_of_glab(&mut self) {
        let rows = &mut self.inventory.tokens;
        let unknown = rows.iter().filter(|row| row.never_used.is_none()).count();
        let said_never = rows.iter().any(|row| row.never_used == Some(true));
        if unknown == 0 || unknown == rows.len() || said_never {
            return;
        }
        for row in rows.iter_mut().filter(|row| row.never_used.is_none() && row.last_used_at.is_none()) {
            let complete = row.flags.revoked.is_some() && row.flags.active.is_some() && row.created_on.is_some();
            if complete && row.last_used_on.is_none() {
                row.never_used = Some(true);
            }
        }
    }

    /// `glab variable export` says in a line of its own whose variables these are.
    fn level_of_glab(&mut self, outline: &Outline) {
        let lines = outline.other_lines.iter().filter_map(|span| self.text.get(span.range()));
        let Some(line) = lines.map(str::trim).find(|line| line.starts_with("Exporting variables from the ")) else {
            return;
        };
        let (level, kind, word) = if line.ends_with("group:") {
            (VariableLevel::Group, OwnerKind::Group, "group:")
        } else {
            (VariableLevel::Project, OwnerKind::Project, "project:")
        };
        for variable in &mut self.inventory.variables {
            variable.level.get_or_insert(level);
        }
        let path = line.trim_start_matches("Exporting variables from the ").trim_end_matches(word).trim();
        if !path.is_empty() && !path.contains(' ') && self.inventory.owner.is_none() {
            let path = Some(self.context.name(path));
            self.inventory.owner = Some(Owner { kind, path, ..Owner::default() });
        }
    }

    /// Is this all of the list?
    fn pages(&mut self, outline: &Outline) {
        let rows = self.inventory.rows();
        if let Some(headers) = outline.headers.last().and_then(|span| self.text.get(span.range())) {
            self.inventory.pagination =
                answer::pagination(headers).map(|pagination| Pagination { shown: rows, ..pagination });
        }
        let next = self.inventory.pagination.as_ref().and_then(|pagination| pagination.has_next);
        if next == Some(true) || self.more_pages {
            let message = say![
                "More pages follow this one; nothing is known of them. Ask for all of them (`glab api --paginate`, or \
                 `per_page=100` and the `Link` header), and check them together."
            ];
            self.unread.push(Unread { at: None, message });
        } else if let (&[length], None) = (outline.lists.as_slice(), next)
            && PAGE_SIZES.contains(&length)
        {
            let message = say![
                "The list has exactly ",
                length,
                " rows, which is one of GitLab's page sizes: there may be more. Ask for all pages (`glab api --paginate`, \
                 or `per_page=100` and the `Link` header) to be sure."
            ];
            self.unread.push(Unread { at: None, message });
        }
    }

    fn closing_words(&mut self, outline: &Outline) {
        let rows = self.inventory.rows();
        if self.unnamed > 0 {
            let message = say![self.unnamed, " more places like these are not listed one by one."];
            self.unread.push(Unread { at: None, message });
        }
        for &at in outline.breaks.iter().take(NAMED) {
            let message = say![
                "The text breaks here: something new begins where the row before was not finished. What is complete on both \
                 sides was read. Make the export again to have all of it."
            ];
            self.unread.push(Unread { at: Some(Span::new(at, at)), message });
        }
        if outline.cut_off {
            let end = self.text.len();
            let message = say![
                "The text ends in the middle of a value: the export was cut off. The ",
                rows,
                " complete rows before were read; what came after is not known. Make the export again."
            ];
            self.unread.push(Unread { at: Some(Span::new(end, end)), message });
        }
        let Tally { count, first } = self.unknown;
        if count > 0 {
            let message = say![
                count,
                if count == 1 { " entry is" } else { " entries are" },
                " not of a kind that is known here, and nothing is said about ",
                if count == 1 { "it" } else { "them" },
                ". Give GitLab's own answer, with all its fields."
            ];
            self.unread.push(Unread { at: first, message });
        }
        let Tally { count, first } = self.undecided;
        if count > 0 {
            let message = say![
                count,
                if count == 1 { " row has a role, so it is" } else { " rows have a role, so they are" },
                " a project's or a group's; the list does not say which (GitLab does since 17.10). ",
                "A file name such as project-318-access-tokens.json tells."
            ];
            self.unread.push(Unread { at: first, message });
        }
        let Tally { count, first } = self.repeated;
        if count > 0 {
            let message = say![
                count,
                if count == 1 { " row has" } else { " rows have" },
                " a key twice, which GitLab never writes: the last one was read. Look at what made this file."
            ];
            self.unread.push(Unread { at: first, message });
        }
        let ownerless = [Shape::AllowlistEntry, Shape::JobTokenScope, Shape::AuthLogEntry, Shape::DeployToken];
        let nobodys = self.inventory.owner.is_none() && self.context.project.is_none();
        if let Some(shape) = self.shapes.keys().find(|shape| ownerless.contains(shape)).filter(|_| nobodys) {
            let message = say![
                "GitLab's list of ",
                shape.plural(),
                " does not say whose they are. Say it with `--project`, or with a file name that begins like project-318."
            ];
            self.unread.push(Unread { at: None, message });
        }
        let personal = |row: &&TokenRow| row.kind == TokenType::PersonalAccessToken && row.role.is_none();
        let people: BTreeSet<u64> =
            self.inventory.tokens.iter().filter(personal).filter_map(|row| row.user_id).collect();
        if people.len() > 1 {
            let message = say![
                "The personal access tokens belong to ",
                people.len(),
                " users. Bots of projects and groups and service accounts are users too, and this list alone does not tell \
                 them from people: compare `user_id` with the list of users (GET /users)."
            ];
            self.unread.push(Unread { at: None, message });
        }
        if rows == 0 && self.nulls > 0 && self.errors == 0 {
            let message = say![
                "The answer is `null`: whoever asked may not see it, or a filter took everything away. Nothing is known of the \
                 credentials behind it. Ask again and look at the whole answer."
            ];
            self.unread.push(Unread { at: None, message });
        } else if outline.documents == 0 {
            let message =
                say!["There is no JSON in this text. Nothing was read as an export; tokens in it are found anyway."];
            self.unread.push(Unread { at: None, message });
        }
    }

    /// The shape in words.
    fn format(&self, outline: &Outline) -> Text {
        let mut format = match (outline.documents, outline.lists.len()) {
            (0, _) => return say!["text without JSON"],
            (1, 1) => say!["JSON list"],
            (1, _) => say!["JSON object"],
            (_, 0) if outline.one_a_line => say!["NDJSON"],
            (_, 0) => say!["JSON objects one after another"],
            (_, lists) => say![lists, " JSON lists one after another"],
        };
        let kinds = self.kinds();
        if kinds.is_empty() {
            if self.errors > 0 {
                return say!["JSON error answer"];
            }
            if self.skipped + self.unknown.count == 0 {
                format.push(", empty");
            }
        } else {
            format.push(if outline.documents == 1 && outline.lists.is_empty() { " with " } else { " of " });
            format.push(Text::list(&kinds, "and"));
        }
        if !outline.headers.is_empty() {
            format.push(", behind HTTP headers");
        }
        if outline.fenced {
            format.push(", in a Markdown fence");
        } else if !outline.other_lines.is_empty() {
            format.push(", with other lines around");
        }
        if outline.cut_off {
            format.push(", cut off");
        }
        format
    }

    /// The kinds of row, in words.
    fn kinds(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for &shape in self.shapes.keys() {
            if shape == Shape::AccessToken {
                let rows = self.inventory.tokens.iter();
                let kinds: BTreeSet<_> = rows
                    .filter(|row| !matches!(row.kind, TokenType::DeployToken | TokenType::ClusterAgentToken))
                    .map(|row| (row.kind, row.project_or_group))
                    .collect();
                words.push(match kinds.into_iter().collect::<Vec<_>>().as_slice() {
                    [(_, true)] => "project or group access tokens",
                    [(kind, _)] => plural(*kind),
                    _ => "access tokens of several kinds",
                });
            } else {
                words.push(shape.plural());
            }
        }
        words
    }
}

/// Several of a kind of access token, in a sentence.
const fn plural(kind: TokenType) -> &'static str {
    match kind {
        TokenType::PersonalAccessToken => "personal access tokens",
        TokenType::FineGrainedPersonalAccessToken => "fine-grained personal access tokens",
        TokenType::ImpersonationToken => "impersonation tokens",
        TokenType::ProjectAccessToken => "project access tokens",
        TokenType::GroupAccessToken => "group access tokens",
        _ => "access tokens",
    }
}

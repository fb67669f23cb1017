//! When all rows are in: whose they are, whether they are all, and what has to be said about the rest.

use std::collections::BTreeSet;

use super::answer;
use super::collect::{Collector, NAMED, Tally};
use super::hints::List;
use super::json::Outline;
use super::shape::Shape;
use crate::catalog::TokenType;
use crate::input::{Model, Reading, Status, Unread};
use crate::inventory::{Inventory, Owner, OwnerKind, TokenRow, VariableLevel};
use crate::say;
use crate::source::Span;
use crate::text::Text;

/// How the remark begins that a list does not tell whose tokens it has.
const WHOSE: &str = "The personal access tokens belong to ";

/// Is it the remark that a list does not tell people from bots? A list of users does.
pub(crate) fn says_whose(message: &Text) -> bool {
    message.as_str().starts_with(WHOSE)
}

/// GitLab's page sizes: what one gets without asking, and the most one can ask for
/// (<https://docs.gitlab.com/api/rest/#pagination>).
const PAGE_SIZES: [usize; 2] = [20, 100];

/// What is known of rows beyond the rows themselves: all that the closing words need when a long list went by.
#[derive(Default)]
pub(super) struct Seen {
    rows: usize,
    kinds: BTreeSet<(TokenType, bool)>,
    /// Some deploy token does not say whose it is.
    ownerless_deploy_token: bool,
    /// Users with personal access tokens.
    people: BTreeSet<u64>,
    resource: Common<(OwnerKind, Option<u64>)>,
    user: Common<u64>,
    tokens: usize,
    /// Tokens that do not say whether they were ever used, and those that say that they were not.
    silent_on_use: usize,
    never_used: usize,
}

/// What all rows have in common.
#[derive(Default)]
enum Common<T> {
    #[default]
    Nothing,
    All(T),
    Different,
}

impl<T: PartialEq + Copy> Common<T> {
    fn add(&mut self, value: Option<T>) {
        *self = match (&*self, value) {
            (Self::Nothing, Some(value)) => Self::All(value),
            (Self::All(known), Some(value)) if *known == value => return,
            _ => Self::Different,
        };
    }

    const fn get(&self) -> Option<T> {
        match self {
            Self::All(value) => Some(*value),
            _ => None,
        }
    }
}

impl Seen {
    /// Takes note of rows, each once.
    pub(super) fn add(&mut self, inventory: &Inventory) {
        self.rows += inventory.rows();
        self.tokens += inventory.tokens.len();
        for row in &inventory.tokens {
            self.kinds.insert((row.kind, row.project_or_group));
            self.ownerless_deploy_token |= row.kind == TokenType::DeployToken && row.resource.is_none();
            if row.kind == TokenType::PersonalAccessToken && row.role.is_none() {
                self.people.extend(row.user_id);
            }
            self.resource.add(row.resource.as_ref().map(|owner| (owner.kind, owner.id)));
            self.user.add(row.user_id);
            self.silent_on_use += usize::from(row.never_used.is_none());
            self.never_used += usize::from(row.never_used == Some(true));
        }
    }
}

/// What only the whole list tells about each of its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fixes {
    /// A token that does not say whether it was used never was.
    silence_is_never: bool,
    /// Where the variables are defined.
    level: Option<VariableLevel>,
}

impl Fixes {
    /// Completes rows of the list.
    pub(crate) fn apply(self, inventory: &mut Inventory) {
        if let Some(level) = self.level {
            for variable in &mut inventory.variables {
                variable.level.get_or_insert(level);
            }
        }
        if !self.silence_is_never {
            return;
        }
        let silent = |row: &&mut TokenRow| row.never_used.is_none() && row.last_used_at.is_none();
        for row in inventory.tokens.iter_mut().filter(silent) {
            let complete = row.flags.revoked.is_some() && row.flags.active.is_some() && row.created_on.is_some();
            if complete && row.last_used_on.is_none() {
                row.never_used = Some(true);
            }
        }
    }
}

impl Collector<'_> {
    /// Ends the reading of JSON.
    pub(super) fn finish(self, outline: &Outline) -> (Reading, Fixes) {
        let format = self.format(outline);
        self.close(format, outline)
    }

    /// Ends a reading whose shape is known.
    pub(super) fn finish_as(self, format: Text, outline: &Outline) -> Reading {
        self.close(format, outline).0
    }

    /// As [`Collector::finish_as`], with what the rows that were handed on before have to be completed by.
    pub(super) fn close(mut self, format: Text, outline: &Outline) -> (Reading, Fixes) {
        let here = std::mem::take(&mut self.inventory);
        self.seen.add(&here);
        self.inventory = here;
        let rows = self.seen.rows;
        let fixes = Fixes { level: self.level, silence_is_never: self.never_used_of_glab() };
        self.whose();
        fixes.apply(&mut self.inventory);
        self.pages(outline);
        self.closing_words(outline);
        let there = rows + self.skipped + self.unknown.count;
        let status = if rows == 0
            && self.shapes.is_empty()
            && (self.errors > 0 || there > 0 || outline.documents == 0 || outline.cut_off)
        {
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
        self.found.sort_by_key(|found| found.span);
        let found = std::mem::take(&mut self.found);
        let model = Model::Inventory(Box::new(self.inventory));
        // What somebody asked GitLab for and did not get (an error, `null`) is GitLab's all the same.
        let foreign = self.shapes.is_empty() && rows == 0 && there > 0 && self.errors == 0 && self.nulls == 0;
        (Reading { format, status, model, unread: self.unread, found, foreign, ..Reading::default() }, fixes)
    }

    /// Whose the tokens are, where all rows or the surroundings say the same.
    fn whose(&mut self) {
        if self.inventory.owner.is_some() {
            return;
        }
        if let Some(owner) = self.job_token_of.clone().filter(|_| self.seen.tokens == 0) {
            self.inventory.owner = Some(owner);
            return;
        }
        if let Some((kind, id)) = self.seen.resource.get().filter(|(_, id)| id.is_some()) {
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
            OwnerKind::ServiceAccount => (self.seen.user.get(), None),
            _ => (self.hints.id, self.hints.path.as_deref()),
        };
        let path = path.map(|path| self.context.name(path));
        self.inventory.owner = Some(Owner { kind, path, id, ..Owner::default() });
    }

    /// `glab token list` leaves `last_used_at` out of the rows that were never used, and only of those: where some rows
    /// have it, its absence is an answer (<https://docs.gitlab.com/cli/token/list/>).
    const fn never_used_of_glab(&self) -> bool {
        let Seen { tokens, silent_on_use, never_used, .. } = self.seen;
        silent_on_use > 0 && silent_on_use < tokens && never_used == 0
    }

    /// Takes note of what stands around the values of this block: the headers of answers, and the line in which `glab variable
    /// export` says whose variables these are. `headers` and `lines` were noted before.
    pub(super) fn note_surroundings(&mut self, outline: &Outline, headers: usize, lines: usize) {
        let here = |span: &Span| self.text.get(span.start.checked_sub(self.base)?..span.end.checked_sub(self.base)?);
        let answer = outline.headers.get(headers..).and_then(<[Span]>::last).and_then(here);
        let pagination = answer.and_then(answer::pagination);
        let mut lines = outline.other_lines.get(lines..).unwrap_or_default().iter().filter_map(here).map(str::trim);
        let line = lines.find(|line| line.starts_with("Exporting variables from the "));
        if pagination.is_some() {
            self.inventory.pagination = pagination;
        }
        let Some(line) = line else { return };
        let (level, kind, word) = if line.ends_with("group:") {
            (VariableLevel::Group, OwnerKind::Group, "group:")
        } else {
            (VariableLevel::Project, OwnerKind::Project, "project:")
        };
        self.level.get_or_insert(level);
        let path = line.trim_start_matches("Exporting variables from the ").trim_end_matches(word).trim();
        if !path.is_empty() && !path.contains(' ') && self.inventory.owner.is_none() {
            let path = Some(self.context.name(path));
            self.inventory.owner = Some(Owner { kind, path, ..Owner::default() });
        }
    }

    /// Is this all of the list?
    fn pages(&mut self, outline: &Outline) {
        let rows = self.seen.rows;
        if let Some(pagination) = &mut self.inventory.pagination {
            pagination.shown = rows;
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
        let rows = self.seen.rows;
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
            let end = self.base + self.text.len();
            let message = say![
                "The text ends in the middle of a value: the export was cut off. ",
                rows,
                if rows == 1 { " complete row before was" } else { " complete rows before were" },
                " read; what came after is not known. Make the export again."
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
        let mut ownerless = vec![Shape::AllowlistEntry, Shape::JobTokenScope, Shape::AuthLogEntry];
        if self.seen.ownerless_deploy_token {
            ownerless.push(Shape::DeployToken);
        }
        let nobodys = self.inventory.owner.is_none() && self.context.project.is_none() && self.job_token_of.is_none();
        if let Some(shape) = self.shapes.keys().find(|shape| ownerless.contains(shape)).filter(|_| nobodys) {
            let message = say![
                "GitLab's list of ",
                shape.plural(),
                " does not say whose they are. Say it with `--project`, or with a file name that begins like project-318."
            ];
            self.unread.push(Unread { at: None, message });
        }
        let people = &self.seen.people;
        if people.len() > 1 {
            let message = say![
                WHOSE,
                people.len(),
                " users. Bots of projects and groups and service accounts are users too, and this list alone does not tell \
                 them from people: compare `user_id` with the list of users (GET /users)."
            ];
            self.unread.push(Unread { at: None, message });
        }
        if rows > 0 && self.nulls > 0 {
            let message = say![
                self.nulls,
                if self.nulls == 1 { " entry is" } else { " entries are" },
                " `null`: whoever asked may not see what stands there, and nothing is known of it. Ask with a token that may."
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
            _ if self.terraform => say!["Terraform state or plan"],
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
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for &shape in self.shapes.keys() {
            if shape == Shape::AccessToken {
                let mut kinds = self.seen.kinds.clone();
                kinds.extend(self.inventory.tokens.iter().map(|row| (row.kind, row.project_or_group)));
                kinds.retain(|(kind, _)| !matches!(kind, TokenType::DeployToken | TokenType::ClusterAgentToken));
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

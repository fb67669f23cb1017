//! When all rows are in: whose they are, whether they are all, and what has to be said about the rest.

use std::collections::BTreeSet;

use super::answer;
use super::collect::{Collector, NAMED, Tally};
use super::hints::List;
use super::json::Outline;
use super::shape::Shape;
use crate::catalog::TokenType;
use crate::input::{Model, Reading, Status, Unread};
use crate::inventory::{Owner, OwnerKind, Pagination, TokenRow, VariableLevel};
use crate::say;
use crate::source::Span;
use crate::text::Text;

/// GitLab's page sizes: what one gets without asking, and the most one can ask for
/// (<https://docs.gitlab.com/api/rest/#pagination>).
const PAGE_SIZES: [usize; 2] = [20, 100];

impl Collector<'_> {
    /// Ends the reading of JSON.
    pub(super) fn finish(self, outline: &Outline) -> Reading {
        let format = self.format(outline);
        self.finish_as(format, outline)
    }

    /// Ends a reading whose shape is known.
    pub(super) fn finish_as(mut self, format: Text, outline: &Outline) -> Reading {
        let rows = self.inventory.rows();
        self.level_of_glab(outline);
        self.whose();
        self.never_used_of_glab();
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
        let model = Model::Inventory(Box::new(self.inventory));
        // What somebody asked GitLab for and did not get (an error, `null`) is GitLab's all the same.
        let foreign = self.shapes.is_empty() && rows == 0 && there > 0 && self.errors == 0 && self.nulls == 0;
        Reading { format, status, model, unread: self.unread, foreign, ..Reading::default() }
    }

    /// Whose the tokens are, where all rows or the surroundings say the same.
    fn whose(&mut self) {
        if self.inventory.owner.is_some() {
            return;
        }
        if let Some(owner) = self.job_token_of.clone().filter(|_| self.inventory.tokens.is_empty()) {
            self.inventory.owner = Some(owner);
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
        let deploy = |row: &TokenRow| row.kind == TokenType::DeployToken && row.resource.is_none();
        if self.inventory.tokens.iter().any(deploy) {
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

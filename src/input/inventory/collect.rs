//! From values to rows: which row is what, whose it is, and what is said about the rest.

use std::collections::BTreeSet;

use super::answer::{self, ErrorAnswer};
use super::fields::Fields;
use super::hints::{Hints, List};
use super::json::{self, Node, Outline, Value};
use super::token;
use crate::catalog::TokenType;
use crate::context::Context;
use crate::input::{Model, Reading, Status, Unread};
use crate::inventory::{Inventory, Owner, OwnerKind, Pagination, TokenRow};
use crate::say;
use crate::source::{Source, Span};
use crate::text::Text;

/// So many single places are named; the rest is a number.
const NAMED: usize = 20;

/// GitLab's page sizes: what one gets without asking, and the most one can ask for
/// (<https://docs.gitlab.com/api/rest/#pagination>).
const PAGE_SIZES: [usize; 2] = [20, 100];

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
            _ => self.value(node, 0),
        }
    }

    fn value(&mut self, node: &Node, depth: usize) {
        match &node.value {
            Value::Object(_) => self.object(node, depth),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, depth + 1)),
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

    fn object(&mut self, node: &Node, depth: usize) {
        let Some(fields) = Fields::json(self.text, self.context, node) else { return };
        let expected = matches!(
            self.hints.list,
            Some(
                List::PersonalTokens
                    | List::ImpersonationTokens
                    | List::ProjectTokens
                    | List::GroupTokens
                    | List::ServiceAccountTokens
            )
        );
        if token::is_token(&fields, expected) {
            self.whole(node, &fields, Self::token);
        } else if let Some(error) = ErrorAnswer::read(&fields) {
            self.errors += 1;
            self.say(node.span, error.message());
        } else {
            self.inside(node, &fields, depth);
        }
    }

    /// Reads a row if it is complete.
    fn whole(&mut self, node: &Node, fields: &Fields<'_>, read: fn(&mut Self, &Fields<'_>)) {
        if let Some(at) = node.break_within() {
            let message = say![
                "This row is not complete and was left out: what stands here cannot follow what is before it. Make the export \
                 again, or close the row by hand."
            ];
            self.skip(Span::new(at.max(node.span.start), node.span.end.max(at)), message);
            return;
        }
        if let Some(key) = fields.repeated_key() {
            self.repeated.add(key);
        }
        read(self, fields);
        for key in fields.take_odd() {
            self.say(
                fields.span,
                say!["In this row `", key, "` could not be understood; it counts as unknown. Look at it in GitLab."],
            );
        }
    }

    fn token(&mut self, fields: &Fields<'_>) {
        let row = token::read(fields, &self.hints, self.context.today);
        if fields.secret("token").is_some() {
            self.inventory.new_token_displayed = Some(true);
        }
        if token::is_undecided(fields, &row) {
            self.undecided.add(fields.span);
        }
        self.inventory.tokens.push(row);
    }

    /// An object that is no row itself: rows may be inside (`{"data": […]}`, GraphQL, a page with its own frame).
    fn inside(&mut self, node: &Node, fields: &Fields<'_>, depth: usize) {
        let before = (self.inventory.rows(), self.skipped, self.unknown.count, self.nulls);
        let mut containers = 0;
        for (_, child) in fields.entries() {
            if matches!(child.value, Value::Array(_) | Value::Object(_)) {
                containers += 1;
            }
        }
        if containers > 0 && depth < 16 && !fields.has("id") {
            if fields.child("page_info").and_then(|page| page.flag("has_next_page")) == Some(true) {
                self.more_pages = true;
            }
            for (_, child) in fields.entries() {
                if matches!(child.value, Value::Array(_) | Value::Object(_)) {
                    self.value(child, depth + 1);
                }
            }
            let after = (self.inventory.rows(), self.skipped, self.unknown.count, self.nulls);
            if after != before || node.broken.is_none() {
                return;
            }
        }
        if node.break_within().is_some() {
            self.whole(node, fields, |_, _| {});
        } else {
            self.unknown.add(node.span);
        }
    }

    fn finish(mut self, outline: &Outline) -> Reading {
        let rows = self.inventory.rows();
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
        Reading { format, status, model, unread: self.unread, ..Reading::default() }
    }

    /// Whose the tokens are, where all rows or the surroundings say the same.
    fn whose(&mut self) {
        let mut owners = self.inventory.tokens.iter().map(|row| row.owner.as_ref().map(|owner| (owner.kind, owner.id)));
        let first = owners.next().flatten().filter(|(kind, id)| *kind != OwnerKind::User && id.is_some());
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
                if count == 1 { "It is" } else { "They are" },
                " listed under the wider kind. A file name such as project-318-access-tokens.json tells."
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
        let rows = &self.inventory.tokens;
        let mut format = match (outline.documents, outline.lists.len()) {
            (0, _) => return say!["text without JSON"],
            (1, 1) => say!["JSON list"],
            (1, _) => say!["JSON object"],
            (_, 0) if outline.one_a_line => say!["NDJSON"],
            (_, 0) => say!["JSON objects one after another"],
            (_, lists) => say![lists, " JSON lists one after another"],
        };
        let kinds: BTreeSet<_> = rows.iter().map(|row| row.kind).collect();
        match kinds.into_iter().collect::<Vec<_>>().as_slice() {
            [] if self.errors > 0 => return say!["JSON error answer"],
            [] if self.skipped + self.unknown.count == 0 => {
                format.push(", empty");
            }
            [] => {}
            kinds => {
                format.push(if outline.documents == 1 && outline.lists.is_empty() { " with " } else { " of " });
                format.push(match kinds {
                    [kind] => plural(*kind),
                    _ => "access tokens of several kinds",
                });
            }
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
}

/// Several of a kind, in a sentence.
const fn plural(kind: TokenType) -> &'static str {
    match kind {
        TokenType::PersonalAccessToken => "personal access tokens",
        TokenType::FineGrainedPersonalAccessToken => "fine-grained personal access tokens",
        TokenType::ImpersonationToken => "impersonation tokens",
        TokenType::ProjectAccessToken => "project access tokens",
        TokenType::GroupAccessToken => "group access tokens",
        TokenType::ServiceAccountToken => "service account tokens",
        TokenType::DeployToken => "deploy tokens",
        _ => "tokens",
    }
}

//! One row of an export, whatever its form: fields by name, with what is absent told from what is `null`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;

use super::json::{Node, Value, unquote};
use super::key::{print, same_key};
use crate::catalog::{Role, Scope};
use crate::context::Context;
use crate::secret::Secret;
use crate::source::Span;
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// What stands in a field.
pub(super) enum Cell<'a> {
    /// The row has no such field: unknown.
    Absent,
    /// The row says that there is nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A string or a number.
    Text(Cow<'a, str>),
    /// A list or an object.
    Node(&'a Node),
}

/// Where the fields are.
#[derive(Clone, Copy)]
enum Backing<'a> {
    Json(&'a [(Span, Node)]),
    Cells(&'a [(String, String)]),
}

/// A row. Keys are compared without regard to case, `_`, `-` and blanks: `expires_at`, `expiresAt` and `Expires at` are one.
pub(super) struct Fields<'a> {
    text: &'a str,
    context: &'a Context,
    /// The row's bytes in the source.
    pub(super) span: Span,
    backing: Backing<'a>,
    /// The [`print`] of each key, in the order of the fields.
    prints: Vec<u32>,
    /// A bit for each print: most of what a row is asked for it does not have.
    some: u64,
    broken: Option<usize>,
    odd: RefCell<Vec<&'static str>>,
}

/// Fields of a row whose keys are compared one by one; a row of GitLab's has no more.
const FEW: usize = 64;

impl<'a> Fields<'a> {
    /// The fields of a JSON object; `None` for other values.
    pub(super) fn json(text: &'a str, context: &'a Context, node: &'a Node) -> Option<Self> {
        let entries = node.entries()?;
        let prints = entries.iter().map(|(key, _)| print(&unquote(text, *key))).collect();
        Some(Self { broken: node.broken, ..Self::new(text, context, node.span, Backing::Json(entries), prints) })
    }

    /// The cells of a table's row, by column.
    pub(super) fn cells(text: &'a str, context: &'a Context, span: Span, cells: &'a [(String, String)]) -> Self {
        let prints = cells.iter().map(|(column, _)| print(column)).collect();
        Self::new(text, context, span, Backing::Cells(cells), prints)
    }

    fn new(text: &'a str, context: &'a Context, span: Span, backing: Backing<'a>, prints: Vec<u32>) -> Self {
        let some = prints.iter().fold(0, |some, print| some | 1 << (print % 64));
        Self { text, context, span, backing, prints, some, broken: None, odd: RefCell::default() }
    }

    /// Fields that were there but could not be understood, in the order of asking.
    pub(super) fn take_odd(&self) -> Vec<&'static str> {
        self.odd.take()
    }

    fn odd<T>(&self, key: &'static str) -> Option<T> {
        let mut odd = self.odd.borrow_mut();
        if !odd.contains(&key) {
            odd.push(key);
        }
        None
    }

    /// Where the row or anything in it breaks.
    pub(super) fn broken(&self) -> Option<usize> {
        self.broken.or_else(|| self.entries().iter().find_map(|(_, node)| node.break_within()))
    }

    /// A key that stands twice, if there is one.
    pub(super) fn repeated_key(&self) -> Option<Span> {
        let Backing::Json(entries) = self.backing else { return None };
        // What is the same has the same print.
        let before = |index: usize| self.prints.get(..index).unwrap_or_default();
        let mut prints = self.prints.iter().enumerate();
        if entries.len() <= FEW && !prints.any(|(index, print)| before(index).contains(print)) {
            return None;
        }
        let mut seen = HashSet::with_capacity(entries.len());
        entries.iter().map(|(key, _)| *key).find(|key| !seen.insert(unquote(self.text, *key)))
    }

    /// The values whose keys are objects or lists, with their keys, for looking for rows inside.
    pub(super) fn entries(&self) -> &'a [(Span, Node)] {
        match self.backing {
            Backing::Json(entries) => entries,
            Backing::Cells(_) => &[],
        }
    }

    /// How many fields there are.
    pub(super) fn len(&self) -> usize {
        match self.backing {
            Backing::Json(entries) => entries.len(),
            Backing::Cells(cells) => cells.len(),
        }
    }

    /// The keys with this ending whose value is `true`.
    pub(super) fn keys_set(&self, ending: &str) -> Vec<Name> {
        let set = self.entries().iter().filter(|(_, node)| matches!(node.value, Value::Bool(true)));
        set.map(|(key, _)| unquote(self.text, *key))
            .filter(|key| key.ends_with(ending))
            .map(|key| self.context.name(&key))
            .collect()
    }

    /// What stands under `key`; of a repeated key the last counts, as in every JSON reader.
    pub(super) fn cell(&self, key: &str) -> Cell<'a> {
        let wanted = print(key);
        if self.some & 1 << (wanted % 64) == 0 {
            return Cell::Absent;
        }
        match self.backing {
            Backing::Json(entries) => {
                let mut fields = entries.iter().zip(&self.prints).rev();
                let same = |span: Span| same_key(&unquote(self.text, span), key);
                let found = fields.find(|((span, _), print)| **print == wanted && same(*span)).map(|(field, _)| field);
                match found.map(|(_, node)| (node, &node.value)) {
                    None => Cell::Absent,
                    Some((_, Value::Null)) => Cell::Null,
                    Some((_, Value::Bool(flag))) => Cell::Bool(*flag),
                    Some((node, Value::String | Value::Number)) => node.text(self.text).map_or(Cell::Null, Cell::Text),
                    Some((node, Value::Array(_) | Value::Object(_) | Value::Deep)) => Cell::Node(node),
                }
            }
            Backing::Cells(cells) => match cells.iter().find(|(column, _)| same_key(column, key)) {
                None => Cell::Absent,
                Some((_, cell)) => match cell.trim() {
                    "" | "-" => Cell::Null,
                    word => Cell::Text(Cow::Borrowed(word)),
                },
            },
        }
    }

    /// Is the field there, even if empty?
    pub(super) fn has(&self, key: &str) -> bool {
        !matches!(self.cell(key), Cell::Absent)
    }

    /// Is any of these fields there?
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    #[allow(dead_code)]
    /// Are all of these fields there?
    pub(super) fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Is the field there and empty?
    pub(super) fn is_null(&self, key: &str) -> bool {
        matches!(self.cell(key), Cell::Null)
    }

    /// A word of GitLab's own to compare with. Not for showing: see [`Fields::name`].
    pub(super) fn word(&self, key: &str) -> Option<Cow<'a, str>> {
        match self.cell(key) {
            Cell::Text(text) => Some(text),
            Cell::Bool(true) => Some(Cow::Borrowed("true")),
            Cell::Bool(false) => Some(Cow::Borrowed("false")),
            _ => None,
        }
    }

    /// A name; an empty one is none.
    pub(super) fn name(&self, key: &str) -> Option<Name> {
        self.word(key).filter(|text| !text.is_empty()).map(|text| self.context.name(&text))
    }

    /// GitLab's number: digits, digits in quotes, or the end of a GraphQL or Terraform id (`gid://gitlab/Project/318`,
    /// `318:501`).
    pub(super) fn number(&self, key: &'static str) -> Option<u64> {
        let text = self.word(key).filter(|text| !text.is_empty())?;
        let digits = text.strip_prefix("gid://").and_then(|id| id.rsplit('/').next()).unwrap_or(&text);
        // Terraform writes the owner in front: 318:501. Some tools write whole numbers as 501.0.
        let digits = digits.rsplit(':').next().unwrap_or(digits);
        let digits = digits.strip_suffix(".0").unwrap_or(digits);
        match digits.parse() {
            Ok(number) => Some(number),
            Err(_) => self.odd(key),
        }
    }

    /// Numbers in a list; none where there is no such list.
    pub(super) fn numbers(&self, key: &'static str) -> Vec<u64> {
        self.words(key).unwrap_or_default().iter().filter_map(|word| word.parse().ok()).collect()
    }

    /// A truth value, also as a word.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        match self.cell(key) {
            Cell::Bool(flag) => Some(flag),
            Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "0" => Some(false),
                _ => self.odd(key),
            },
            Cell::Absent | Cell::Null => None,
            Cell::Node(_) => self.odd(key),
        }
    }

    /// A day, also of a moment (its day in UTC).
    pub(super) fn day(&self, key: &'static str) -> Option<Date> {
        let text = self.text_or_odd(key)?;
        day_of(&text).or_else(|| self.odd(key))
    }

    /// A moment; `None` also where only the day stands there.
    pub(super) fn moment(&self, key: &'static str) -> Option<Timestamp> {
        let text = self.text_or_odd(key)?;
        let moment = Timestamp::parse(&text);
        if moment.is_none() && day_of(&text).is_none() {
            return self.odd(key);
        }
        moment
    }

    fn text_or_odd(&self, key: &'static str) -> Option<Cow<'a, str>> {
        match self.cell(key) {
            Cell::Absent | Cell::Null => None,
            Cell::Text(text) if text.is_empty() => None,
            Cell::Text(text) => Some(text),
            Cell::Bool(_) | Cell::Node(_) => self.odd(key),
        }
    }

    /// A list of words: a JSON list, or words in one text, `api read_api`, `api,read_api`, `["api"]`, `api|read_api`.
    pub(super) fn words(&self, key: &'static str) -> Option<Vec<Cow<'a, str>>> {
        match self.cell(key) {
            Cell::Absent | Cell::Null => None,
            // A credential is looked for before it is split: behind a sign in its middle its second half tells nothing.
            Cell::Text(text) if self.context.name(&text).as_str() != text => {
                let shown = self.context.name(&text);
                Some(split(shown.as_str()).map(|word| Cow::Owned(word.into())).collect())
            }
            Cell::Text(Cow::Borrowed(text)) => Some(split(text).map(Cow::Borrowed).collect()),
            Cell::Text(Cow::Owned(text)) => Some(split(&text).map(|word| Cow::Owned(word.into())).collect()),
            Cell::Bool(_) => self.odd(key),
            Cell::Node(node) => match &node.value {
                Value::Array(items) => {
                    let words: Vec<_> = items.iter().filter_map(|item| item.text(self.text)).collect();
                    if words.len() < items.len() {
                        self.odd::<()>(key);
                    }
                    Some(words)
                }
                _ => self.odd(key),
            },
        }
    }

    /// Names in a list.
    pub(super) fn names(&self, key: &'static str) -> Option<Vec<Name>> {
        Some(self.words(key)?.iter().map(|word| self.context.name(word)).collect())
    }

    /// Scopes; GraphQL writes enums in upper case, GitLab's scopes are lower case.
    pub(super) fn scopes(&self, key: &'static str) -> Option<Vec<Scope>> {
        let scope = |word: &Cow<'_, str>| {
            let lower = word.to_ascii_lowercase();
            let known = Scope::new(&lower);
            if known.facts().is_some() { known } else { Scope::Other(self.context.name(word)) }
        };
        Some(self.words(key)?.iter().map(scope).collect())
    }

    /// A role: GitLab's number, its id or its English name.
    pub(super) fn role(&self, key: &'static str) -> Option<Role> {
        if let Some(child) = self.child(key) {
            // GraphQL: `accessLevel { integerValue stringValue }`.
            return child.role("integer_value").or_else(|| child.role("string_value"));
        }
        let text = self.word(key).filter(|text| !text.is_empty())?;
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        Some(match whole.parse() {
            Ok(level) => Role::from_number(level),
            Err(_) => match Role::from_id(&whole.replace(' ', "_")) {
                Role::Other(_) => Role::Other(self.context.name(whole)),
                known => known,
            },
        })
    }

    /// An object inside.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        match self.cell(key) {
            Cell::Node(node) => Self::json(self.text, self.context, node),
            _ => None,
        }
    }

    /// Objects inside: a list, or a GraphQL connection's `nodes` or `edges`. `None` where the row has no such field.
    pub(super) fn children(&self, key: &str) -> Option<Vec<Self>> {
        let Cell::Node(node) = self.cell(key) else { return None };
        if let Value::Array(items) = &node.value {
            return Some(items.iter().filter_map(|item| Self::json(self.text, self.context, item)).collect());
        }
        let connection = Self::json(self.text, self.context, node)?;
        connection.children("nodes").or_else(|| {
            let edges = connection.children("edges")?;
            Some(edges.iter().filter_map(|edge| edge.child("node")).collect())
        })
    }

    /// A value that may be a live credential. It stays a [`Secret`]; `None` where there is none.
    pub(super) fn secret(&self, key: &str) -> Option<Secret> {
        match self.cell(key) {
            Cell::Text(text) if !text.is_empty() => Some(Secret::new(text.into_owned())),
            _ => None,
        }
    }

    /// The context, for cleaning names.
    pub(super) const fn context(&self) -> &'a Context {
        self.context
    }
}

/// A day as GitLab writes it, and the two other orders that can only be read one way: `31.12.2026` and `2026/12/31`.
/// `12/31/2026` could be another day elsewhere, so it is not read.
fn day_of(text: &str) -> Option<Date> {
    if let Some(date) = Date::parse(text) {
        return Some(date);
    }
    let text = text.trim();
    let (year, month, day) = if text.contains('.') {
        let mut parts = text.split('.');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        (year, month, day)
    } else {
        let mut parts = text.split('/');
        (parts.next()?, parts.next()?, parts.next()?)
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The words of a text: separated by blanks, commas, semicolons or bars, brackets and quotes taken away.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || ",;|[]\"'".contains(character))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::inventory::json::walk;

    fn with<R>(text: &str, read: impl Fn(&Fields<'_>) -> R) -> R {
        let context = Context::new(Date::new(2026, 11, 20).unwrap());
        let mut result = None;
        walk(text, &mut |node| result = Some(read(&Fields::json(text, &context, &node).unwrap())));
        result.unwrap()
    }

    #[test]
    fn numbers_come_in_every_dress() {
        for text in ["501", "\"501\"", "501.0", "\"gid://gitlab/PersonalAccessToken/501\""] {
            assert_eq!(with(&format!("{{\"id\":{text}}}"), |row| row.number("id")), Some(501), "{text}");
        }
        assert_eq!(with("{\"id\":\"many\"}", |row| (row.number("id"), row.take_odd())), (None, vec!["id"]));
        assert_eq!(with("{\"id\":null}", |row| (row.number("id"), row.take_odd())), (None, vec![]));
        assert_eq!(with("{\"id\":99999999999999999999999}", |row| row.number("id")), None);
    }

    #[test]
    fn days_are_read_where_only_one_reading_is_possible() {
        for (text, want) in [
            ("2026-12-31", Some("2026-12-31")),
            ("31.12.2026", Some("2026-12-31")),
            ("1.2.2026", Some("2026-02-01")),
            ("2026/12/31", Some("2026-12-31")),
            ("12/31/2026", None),
            ("31.12.26", None),
            ("1.2.3.4", None),
        ] {
            let day = with(&format!("{{\"d\":\"{text}\"}}"), |row| row.day("d").map(|day| day.to_string()));
            assert_eq!(day.as_deref(), want, "{text}");
        }
    }

    #[test]
    fn scopes_come_in_every_dress() {
        let want = vec![Scope::new("api"), Scope::new("read_repository")];
        for text in [
            r#"["api","read_repository"]"#,
            r#""api read_repository""#,
            r#""api, read_repository""#,
            r#""[\"api\", \"read_repository\"]""#,
            r#""api;read_repository""#,
            r#""api|read_repository""#,
            r#"["API","READ_REPOSITORY"]"#,
        ] {
            assert_eq!(
                with(&format!("{{\"scopes\":{text}}}"), |row| row.scopes("scopes")),
                Some(want.clone()),
                "{text}"
            );
        }
        assert_eq!(with("{\"scopes\":[]}", |row| row.scopes("scopes")), Some(vec![]));
        assert_eq!(with("{\"scopes\":null}", |row| row.scopes("scopes")), None);
        assert_eq!(
            with(r#"{"scopes":["write_moon"]}"#, |row| row.scopes("scopes")),
            Some(vec![Scope::new("write_moon")])
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_seen_and_its_last_value_counts() {
        with(r#"{"id":1,"id":2}"#, |row| {
            assert_eq!(row.number("id"), Some(2));
            assert!(row.repeated_key().is_some());
        });
        assert!(with(r#"{"id":1,"Id2":2}"#, |row| row.repeated_key().is_none()));
    }
}

//! What every page reader shares: names, blind spots, words, tables.

use crate::catalog::{AccessLevel, Role, Scope, words};
use crate::input::Unread;
use crate::input::html::{Attribute, Document, Element};
use crate::inventory::{Pagination, Statistics};
use crate::order;
use crate::say;
use crate::source::Span;
use crate::text::{Name, Text};
use crate::time::{Date, Timestamp};

use super::dates;
use super::gitlab::Gitlab;

/// A page being read, and what was found missing in it.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
    pub(super) gitlab: &'d Gitlab<'d>,
    /// The day of the audit.
    pub(super) today: Date,
    prefixes: Vec<String>,
    pub(super) unread: Vec<Unread>,
    /// Is something missing that another look at the page could show?
    pub(super) partly: bool,
    /// Role words, scope words and dates that no table knows, counted to be said once.
    unknown: Unknown,
}

/// Counts of what stood on the page and could not be understood.
#[derive(Default)]
struct Unknown {
    roles: Vec<Name>,
    scopes: usize,
    dates: Vec<Name>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document, gitlab: &'d Gitlab<'d>, today: Date, prefixes: Vec<String>) -> Self {
        Self { document, gitlab, today, prefixes, unread: Vec::new(), partly: false, unknown: Unknown::default() }
    }

    pub(super) fn lang(&self) -> &'d str {
        self.gitlab.lang
    }

    /// A name from the page, every credential in it masked.
    pub(super) fn name(&self, raw: &str) -> Name {
        Name::with_prefixes(raw, &self.prefixes)
    }

    /// As [`Reader::name`]; `None` for nothing and for the dash that stands for nothing.
    pub(super) fn some_name(&self, raw: &str) -> Option<Name> {
        (!raw.is_empty() && raw != "-").then(|| self.name(raw))
    }

    /// Something that this kind of page never shows: said, and the page still counts as read.
    pub(super) fn not_shown(&mut self, message: Text) {
        self.unread.push(Unread { at: None, message });
    }

    /// Something that is missing here and could be there.
    pub(super) fn missing(&mut self, at: Option<Span>, message: Text) {
        self.partly = true;
        self.unread.push(Unread { at, message });
    }

    /// Which of `keys` do these words stand for?
    pub(super) fn word<'k>(&self, text: &str, keys: &[&'k str]) -> Option<&'k str> {
        words::find(text, self.lang(), keys)
    }

    /// Is it one of the words for "never"?
    pub(super) fn is_never(&self, text: &str) -> bool {
        ["never", "never_until_revoked", "token_valid_until_revoked"].iter().any(|key| self.is_word(text, key))
    }

    /// Is it the word for `key`?
    pub(super) fn is_word(&self, text: &str, key: &'static str) -> bool {
        self.word(text, &[key]).is_some()
    }

    /// `2026-11-20`, or the day in the viewer's language; a text that is neither is remembered as unknown.
    pub(super) fn day_in_words(&mut self, text: &str) -> Option<Date> {
        let day = dates::in_words(text, self.lang());
        if day.is_none() && !text.is_empty() {
            self.day_unknown(text);
        }
        day
    }

    /// Remembers a date that could not be read.
    pub(super) fn day_unknown(&mut self, text: &str) {
        let name = self.name(text);
        self.unknown.dates.push(name);
    }

    /// The full path of a project or group from a link to it.
    pub(super) fn path_of(&self, address: &str) -> Option<Name> {
        let path = self.below_base(address)?;
        self.some_name(path.strip_prefix("groups/").unwrap_or(path))
    }

    /// Is it a link to a group?
    pub(super) fn is_group(&self, address: &str) -> bool {
        self.below_base(address).is_some_and(|path| path.starts_with("groups/"))
    }

    /// An address below the instance's base, without the slashes at its ends; `None` for another host's or no address.
    fn below_base<'a>(&self, address: &'a str) -> Option<&'a str> {
        let address = address.split(['?', '#']).next()?;
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..))?,
            None => address.starts_with('/').then_some(address)?,
        };
        let path = path.strip_prefix(self.gitlab.root()).unwrap_or(path);
        let path = path.split("/-/").next()?.trim_matches('/');
        (!path.is_empty()).then_some(path)
    }

    /// The moment of the first `time` in the cell.
    pub(super) fn moment(cell: Element<'_>) -> Option<Timestamp> {
        let time = cell.first(|element| element.is("time") && element.has(Attribute::Datetime))?;
        dates::moment(time.attribute(Attribute::Datetime)?)
    }

    /// Scopes joined by commas. The wording for "none" is translated: a text of no known wording that has no scope in it is
    /// unknown.
    pub(super) fn scopes(&mut self, text: &str) -> Option<Vec<Scope>> {
        let none = ["no_scopes", "no_scopes_selected"].iter().any(|key| self.is_word(text, key));
        if none || text.is_empty() || text == "-" {
            return Some(Vec::new());
        }
        let mut scopes = Vec::new();
        for part in text.split(',').map(str::trim) {
            if is_scope(part) {
                scopes.push(Scope::new(part));
            } else {
                self.unknown.scopes += 1;
                return None;
            }
        }
        Some(scopes)
    }

    /// A role by its word. On an English page an unknown word is a newer or custom role; in another language it is unknown.
    pub(super) fn role(&mut self, text: &str) -> Option<Role> {
        if text.is_empty() {
            return None;
        }
        let keys = [
            "role_owner",
            "role_maintainer",
            "role_developer",
            "role_reporter",
            "role_guest",
            "role_planner",
            "role_minimal_access",
        ];
        let known = self.word(text, &keys).and_then(|key| AccessLevel::parse(key.strip_prefix("role_")?));
        if let Some(level) = known.or_else(|| AccessLevel::from_name(text)) {
            return Some(Role::Known(level));
        }
        if self.lang().starts_with("en") {
            return Some(Role::Other(self.name(text)));
        }
        let name = self.name(text);
        if !self.unknown.roles.contains(&name) {
            self.unknown.roles.push(name);
        }
        None
    }

    /// Says what could not be understood, once a kind.
    pub(super) fn say_unknown(&mut self) {
        let Unknown { roles, scopes, dates } = std::mem::take(&mut self.unknown);
        if !roles.is_empty() {
            let words = Text::list(roles.get(..roles.len().min(5)).unwrap_or_default(), "and");
            let message = say![
                "Unknown in this page's language: the role ",
                words,
                ". The rows with it are judged without a role. Switch GitLab to English (Preferences > Localization) and look again."
            ];
            self.missing(None, message);
        }
        if scopes > 0 {
            let message = say![
                "The scopes of ",
                scopes,
                plural(scopes, " row", " rows"),
                " are written in words that are not known here: they count as unknown, not as none."
            ];
            self.missing(None, message);
        }
        if let Some(first) = dates.first() {
            let message = say![
                dates.len(),
                plural(dates.len(), " date is", " dates are"),
                " unknown: a text such as “",
                first,
                "” could mean two days, or is in a language that is not known here."
            ];
            self.missing(None, message);
        }
    }

    /// Page controls below a numbered table, and what they leave out.
    pub(super) fn numbered(&self, shown: usize, total: Option<u64>) -> Pagination {
        let navigation = self.document.first(|element| element.is("nav") && element.has_class("gl-pagination"));
        self.numbered_by(navigation, shown, total)
    }

    /// As [`Reader::numbered`], for a list whose controls are these.
    pub(super) fn numbered_by(&self, navigation: Option<Element<'_>>, shown: usize, total: Option<u64>) -> Pagination {
        let Some(navigation) = navigation else {
            return Pagination {
                present: false,
                kind: Some(self.name("numbered")),
                shown,
                total,
                page: Some(1),
                has_next: Some(false),
                has_previous: Some(false),
            };
        };
        let current = navigation.first(|element| element.attribute(Attribute::AriaCurrent) == Some("page"));
        let page = current.and_then(|current| digits(&current.text()));
        let control = |id: &str| navigation.by_test_id(id).map(is_enabled);
        let has_next = control("gl-pagination-next").or_else(|| {
            // Without test ids: a numbered link behind the current one.
            let current = current?;
            Some(navigation.descendants().any(|element| {
                element.is("a") && current.is_before(element) && !current.contains(element) && is_enabled(element)
            }))
        });
        let has_previous = control("gl-pagination-prev").or_else(|| page.map(|page| page > 1));
        Pagination { present: true, kind: Some(self.name("numbered")), shown, total, page, has_next, has_previous }
    }

    /// Says which rows are on other pages.
    pub(super) fn say_paging(&mut self, what: &'static str, pagination: &Pagination) {
        let shown = pagination.shown as u64;
        let more = pagination.total.filter(|total| *total > shown);
        if pagination.has_next == Some(true)
            || pagination.has_previous == Some(true)
            || more.is_some()
            || (pagination.present && pagination.has_next.is_none())
        {
            let mut message = say!["Only ", shown];
            if let Some(total) = more {
                message.push(" of ").push(total);
            }
            message.push(" ").push(what).push(" ").push(plural(pagination.shown, "is", "are")).push(" on this page");
            if let Some(page) = pagination.page.filter(|_| pagination.present) {
                message.push(" (page ").push(page).push(")");
            }
            if pagination.has_next == Some(false) && pagination.has_previous == Some(true) {
                message.push(": go to the earlier pages and look at each.");
            } else {
                message.push(": go to the other pages and look at each.");
            }
            self.missing(None, message);
        }
    }

    /// Says that the address or the search bar leaves rows out.
    pub(super) fn say_filtered(&mut self) {
        let filters = self.gitlab.location.as_ref().map(|location| location.filters.clone()).unwrap_or_default();
        if !filters.is_empty() {
            let message = say![
                "The list is filtered by ",
                Text::list(&filters, "and"),
                " (in the page's address): rows that do not fit are not on the page. Clear the filter and look again to see all."
            ];
            self.missing(None, message);
        }
    }

    /// The four cards active, expiring, revoked, expired. Their titles are translated, their order is not.
    pub(super) fn statistics(&self) -> Option<Statistics> {
        let cards: Vec<_> = self.document.elements().filter(|element| element.has_class("gl-single-stat")).collect();
        let [active, expiring, revoked, expired] = cards.as_slice() else { return None };
        let number = |card: &Element<'_>| {
            let value = card.by_test_id("non-animated-value").or_else(|| card.by_test_id("displayValue"))?;
            digits(&value.text())
        };
        Some(Statistics {
            active: number(active),
            expiring_in_2_weeks: number(expiring),
            revoked: number(revoked),
            expired: number(expired),
        })
    }
}

/// A scope's shape. Its words are not translated.
pub(super) fn is_scope(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b':' | b'.'))
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// One word or the other.
pub(super) const fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// A number as a page shows it, with its language's thousands marks.
pub(super) fn digits(text: &str) -> Option<u64> {
    let plain: String = text
        .chars()
        .filter(|character| !matches!(character, ',' | '.' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}'))
        .collect();
    plain.parse().ok()
}

/// Can the control be used?
pub(super) fn is_enabled(element: Element<'_>) -> bool {
    !element.has(Attribute::Disabled)
        && element.attribute(Attribute::AriaDisabled) != Some("true")
        && !element.has_class("disabled")
        && !element.is("span")
}

/// A GitLab table: rows that hold something, and their cells.
pub(super) struct Table<'d> {
    pub(super) element: Element<'d>,
    /// Columns, as the table or its head counts; 0 when neither does.
    pub(super) columns: usize,
    pub(super) rows: Vec<Element<'d>>,
    /// Is it still being filled?
    pub(super) busy: bool,
}

impl<'d> Table<'d> {
    pub(super) fn new(element: Element<'d>) -> Self {
        let mut rows = Vec::new();
        let mut head = 0;
        let mut busy = element.attribute(Attribute::AriaBusy) == Some("true");
        for row in element.descendants().filter(|inner| inner.is("tr")) {
            let inside = row.parent().and_then(|parent| parent.closest(|outer| outer.is("table")));
            if inside != Some(element) {
                continue;
            }
            busy |= row.has_class("b-table-busy-slot");
            let group = row.parent().map_or("", Element::name);
            let cells = row.children().filter(|cell| cell.is("td") || cell.is("th")).count();
            if group == "thead" || row.children().all(|cell| cell.is("th")) && head == 0 && group != "tbody" {
                head = head.max(cells);
                continue;
            }
            let special =
                ["b-table-empty-row", "b-table-busy-slot", "b-table-details", "b-table-top-row", "b-table-bottom-row"];
            if group == "tfoot" || cells == 0 || special.iter().any(|class| row.has_class(class)) {
                continue;
            }
            rows.push(row);
        }
        let columns =
            element.number(Attribute::AriaColcount).and_then(|count| usize::try_from(count).ok()).unwrap_or(head);
        Self { element, columns, rows, busy }
    }

    /// Does every row have as many cells as there are columns? Otherwise columns cannot be told by their number.
    pub(super) fn is_regular(&self) -> bool {
        self.rows.iter().all(|row| Cells::new(*row).cells.len() == self.columns)
    }

    /// The column headings, for saying what was recognised.
    pub(super) fn headings(&self) -> Vec<String> {
        self.element
            .by_name("thead")
            .map(|head| {
                head.descendants().filter(|cell| cell.is("th") || cell.is("td")).take(16).map(Element::text).collect()
            })
            .unwrap_or_default()
    }
}

/// The cells of a row, by their column.
pub(super) struct Cells<'d> {
    pub(super) cells: Vec<Element<'d>>,
}

impl<'d> Cells<'d> {
    pub(super) fn new(row: Element<'d>) -> Self {
        let mut cells: Vec<_> = row.children().filter(|cell| cell.is("td") || cell.is("th")).collect();
        // Columns are numbered independently of the language; where one is not, the order is what there is.
        if cells.iter().all(|cell| cell.number(Attribute::AriaColindex).is_some()) {
            order::sort_by_key(&mut cells, |cell| cell.number(Attribute::AriaColindex));
        }
        Self { cells }
    }

    /// The cell of column `number`, from 1.
    pub(super) fn get(&self, number: usize) -> Option<Element<'d>> {
        self.cells.get(number.checked_sub(1)?).copied()
    }

    /// Its words; `""` where there is no such cell.
    pub(super) fn text(&self, number: usize) -> String {
        self.get(number).map(Element::text).unwrap_or_default()
    }
}

/// The number at the end of an address such as `…/501/revoke`.
pub(super) fn id_before(address: &str, end: &str) -> Option<u64> {
    let path = address.split(['?', '#']).next()?;
    path.strip_suffix(end)?.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_a_shape_of_their_own() {
        for good in ["api", "read_api", "k8s_proxy", "ai_workflows", "mcp", "write_moon"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["no scopes selected", "Keine", "-", "", "无范围", "12", "API"] {
            assert!(!is_scope(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_are_read_with_thousands_marks() {
        assert_eq!((digits("1,234"), digits("1\u{202f}234"), digits("99+")), (Some(1234), Some(1234), None));
        assert_eq!(id_before("/a/-/access_tokens/501/revoke?x=1", "/revoke"), Some(501));
        assert_eq!(id_before("/a/-/access_tokens/x/revoke", "/revoke"), None);
    }
}

//! Access tokens of projects and groups, and impersonation tokens: one client-side table, an older one rendered by the
//! server, and the list as the server sends it before a script replaces it.

use super::dates;
use super::reader::{Cells, Reader, Table, id_before, plural};
use super::sent::{self, Holds};
use crate::catalog::{Scope, TokenType};
use crate::input::html::{Attribute, Element};
use crate::inventory::{Inventory, TokenRow, TokenStatus, UiVariant};
use crate::say;
use crate::text::Text;
use crate::time::{Date, Timestamp};

/// Reads the page's tables into `inventory`; `has_role` tells whether this page's tokens have a role.
pub(super) fn read(reader: &mut Reader<'_>, kind: TokenType, inventory: &mut Inventory) {
    let has_role = kind != TokenType::ImpersonationToken;
    let active = find_table(reader, "active-tokens", "active-tokens");
    let inactive = find_table(reader, "inactive-access-tokens", "inactive-tokens");
    let sent = reader.document.first(|element| element.has(Attribute::SentTokens));
    match (active, sent) {
        (Some(element), _) => {
            let table = Table::new(element);
            let server_rendered = !element.is_test_id("active-tokens") && !element.has(Attribute::AriaColcount);
            if server_rendered {
                inventory.ui_variant = Some(UiVariant::ServerRenderedTable);
            }
            say_busy(reader, &table);
            inventory.tokens = read_active(reader, &table, kind, has_role, server_rendered);
        }
        (None, Some(element)) => match read_sent(reader, element, kind) {
            Some(rows) => inventory.tokens = rows,
            None => unknown_layout(reader),
        },
        (None, None) => unknown_layout(reader),
    }
    inventory.total_active_count = count_badge(reader);
    if let Some(element) = inactive {
        let table = Table::new(element);
        say_busy(reader, &table);
        inventory.inactive_tokens = Some(read_inactive(reader, &table, kind, has_role));
    } else {
        reader.not_shown(say![
            "Only active tokens are on this page: it has no table of inactive ones. The API lists them with `state=inactive`."
        ]);
    }
    say_endless(reader, inventory);
    let shown = inventory.tokens.len();
    let pagination = reader.numbered(shown, inventory.total_active_count);
    reader.say_paging(plural(shown, "active token", "active tokens"), &pagination);
    inventory.pagination = Some(pagination);
}

/// Some layouts show only a word, or a rounded distance, where others show the day.
fn say_endless(reader: &mut Reader<'_>, inventory: &Inventory) {
    let rows = || inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten());
    let dayless = rows().filter(|row| row.expires_on.is_none() && row.never_expires == Some(false)).count();
    if dayless > 0 {
        reader.not_shown(say![
            "The day on which ",
            dayless,
            plural(dayless, " token ends", " tokens end"),
            " is not on this page, which shows a word or a rounded distance instead. The API gives the day."
        ]);
    }
    let unknown = rows().filter(|row| row.never_expires.is_none() && row.status != Some(TokenStatus::Revoked)).count();
    if unknown > 0 {
        reader.missing(
            None,
            say![
                "Whether and when ",
                unknown,
                plural(unknown, " token ends", " tokens end"),
                " is unknown: the page says it in a way that is not known here."
            ],
        );
    }
    let revoked = rows().filter(|row| row.never_expires.is_none() && row.status == Some(TokenStatus::Revoked)).count();
    if revoked > 0 {
        reader.not_shown(say!["This page does not show the expiry of revoked tokens."]);
    }
}

fn find_table<'d>(reader: &Reader<'d>, test_id: &str, class: &str) -> Option<Element<'d>> {
    reader.document.first(|element| element.is("table") && (element.is_test_id(test_id) || element.has_class(class)))
}

/// A table that is still being filled holds fewer rows than there are.
pub(super) fn say_busy(reader: &mut Reader<'_>, table: &Table<'_>) {
    if table.busy {
        let message = say!["The table was still loading: wait until its rows are there, then look again."];
        reader.missing(table.element.span(), message);
    }
}

/// No table where one should be.
fn unknown_layout(reader: &mut Reader<'_>) {
    let tables = reader.document.elements().filter(|element| element.is("table")).count();
    let message = if tables == 0 {
        say![
            "No table of tokens is on this page. Either it was still loading (wait until the rows are there, then look again), or \
             this GitLab version lays the page out in a way that is not known here. This is not an all-clear."
        ]
    } else {
        say![
            "This page's layout is not known here: it has ",
            tables,
            plural(tables, " table", " tables"),
            ", none of which is marked as the table of tokens. Nothing was read from it, and this is not an all-clear. \
             The API gives the same list: see `leastwise explain project_access_token`."
        ]
    };
    reader.missing(None, message);
}

/// The badge beside the heading, or the number in brackets at the heading's end (14 and 15).
fn count_badge(reader: &Reader<'_>) -> Option<u64> {
    if let Some(badge) = reader.document.first(|element| element.has_class("js-token-count")) {
        return super::reader::digits(&badge.text());
    }
    let table = find_table(reader, "active-tokens", "active-tokens")?;
    let heading = reader
        .document
        .elements()
        .filter(|element| matches!(element.name(), "h3" | "h4" | "h5") && element.is_before(table))
        .last()?
        .text();
    let (_, number) = heading.strip_suffix(')')?.rsplit_once('(')?;
    super::reader::digits(number)
}

/// Where each fact of an active token stands, by column from 1; 0 for a column that this layout does not have.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Columns {
    description: usize,
    scopes: usize,
    created: usize,
    last_used: usize,
    ips: usize,
    expires: usize,
    role: usize,
}

impl Columns {
    /// The order never changed; columns came in between. `role` and `actions` are known, so the count tells the rest.
    fn new(count: usize, role: bool, ips_possible: bool, actions: bool) -> Option<Self> {
        let extra = count.checked_sub(5 + usize::from(role) + usize::from(actions))?;
        let (description, ips) = match (extra, ips_possible) {
            (0, _) => (false, false),
            (1, _) => (true, false),
            (2, true) => (true, true),
            _ => return None,
        };
        let mut next = 1;
        let mut take = |there: bool| {
            next += usize::from(there);
            if there { next } else { 0 }
        };
        Some(Self {
            description: take(description),
            scopes: take(true),
            created: take(true),
            last_used: take(true),
            ips: take(ips),
            expires: take(true),
            role: take(role),
        })
    }

    /// Do the rows look as these columns say? A relative time or a role where scopes should be is another layout.
    fn fit(self, reader: &Reader<'_>, rows: &[Cells<'_>]) -> bool {
        rows.iter().all(|cells| {
            let time_in = |column: usize| cells.get(column).is_some_and(|cell| cell.by_name("time").is_some());
            let timeless = [self.description, self.scopes, self.created, self.ips, self.role];
            !timeless.iter().any(|column| time_in(*column))
                && dates::in_words(&cells.text(self.scopes), reader.lang()).is_none()
                && !cells
                    .get(self.scopes)
                    .is_some_and(|cell| cell.by_name("a").is_some() || cell.by_name("button").is_some())
        })
    }
}

fn read_active(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    kind: TokenType,
    has_role: bool,
    server_rendered: bool,
) -> Vec<TokenRow> {
    let rows: Vec<Cells<'_>> = table.rows.iter().map(|row| Cells::new(*row)).collect();
    let actions = server_rendered
        || rows.iter().any(|cells| {
            cells.cells.last().is_some_and(|cell| cell.descendants().any(|inner| inner.is("a") || inner.is("button")))
        });
    let columns = Columns::new(table.columns, has_role, true, actions)
        .filter(|columns| (table.is_regular() && columns.fit(reader, &rows)) || rows.is_empty());
    let Some(columns) = columns else {
        if !rows.is_empty() {
            say_unknown_columns(reader, table);
        }
        return rows
            .iter()
            .zip(&table.rows)
            .zip(0..)
            .map(|((cells, row), number)| partial_row(reader, cells, *row, number, kind))
            .collect();
    };
    let mut out = Vec::with_capacity(rows.len());
    for ((cells, row), number) in rows.iter().zip(&table.rows).zip(0_u32..) {
        let mut token = common(reader, cells, columns, *row, number, kind);
        token.id = revoke_id(*row);
        if columns.ips > 0 {
            token.last_used_ips = Some(addresses(reader, &cells.text(columns.ips)));
        }
        let expiry = Expiry::read(reader, cells.get(columns.expires));
        token.status = Some(if expiry.ended { TokenStatus::Expired } else { TokenStatus::Active });
        token.expires_on = expiry.on;
        token.never_expires = expiry.never;
        token.expiring_soon = Some(expiry.soon);
        out.push(token);
    }
    out
}

fn read_inactive(reader: &mut Reader<'_>, table: &Table<'_>, kind: TokenType, has_role: bool) -> Vec<TokenRow> {
    let rows: Vec<Cells<'_>> = table.rows.iter().map(|row| Cells::new(*row)).collect();
    let columns = Columns::new(table.columns, has_role, false, false)
        .filter(|columns| (table.is_regular() && columns.fit(reader, &rows)) || rows.is_empty());
    let Some(columns) = columns else {
        if !rows.is_empty() {
            say_unknown_columns(reader, table);
        }
        return rows
            .iter()
            .zip(&table.rows)
            .zip(0..)
            .map(|((cells, row), number)| TokenRow {
                status: Some(TokenStatus::Inactive),
                ..partial_row(reader, cells, *row, number, kind)
            })
            .collect();
    };
    let mut out = Vec::with_capacity(rows.len());
    for ((cells, row), number) in rows.iter().zip(&table.rows).zip(0_u32..) {
        let mut token = common(reader, cells, columns, *row, number, kind);
        let cell = cells.get(columns.expires);
        let time = cell.and_then(|cell| cell.by_name("time"));
        token.expires_on = time.and_then(|time| dates::day(time.attribute(Attribute::Datetime)?));
        token.never_expires = token.expires_on.map(|_| false);
        let words = cell.map(|cell| cell.text_without(|inner| inner.is("time"))).unwrap_or_default();
        let said_expired = ["expired", "cred_expired"].iter().any(|key| reader.is_word(&words, key));
        // An expired row has its date, a revoked one only a word; so the language is not needed.
        token.status = Some(if time.is_some() || said_expired {
            TokenStatus::Expired
        } else if words.is_empty() {
            TokenStatus::Inactive
        } else {
            TokenStatus::Revoked
        });
        out.push(token);
    }
    out
}

fn common(
    reader: &mut Reader<'_>,
    cells: &Cells<'_>,
    columns: Columns,
    row: Element<'_>,
    number: u32,
    kind: TokenType,
) -> TokenRow {
    let last_used = cells.get(columns.last_used);
    let last_used_at = last_used.and_then(Reader::moment);
    let has_time = last_used.is_some_and(|cell| cell.by_name("time").is_some());
    let role_text = cells.text(columns.role);
    TokenRow {
        kind,
        name: cells.get(1).map(|cell| reader.name(&cell.text())),
        description: reader.some_name(&cells.text(columns.description)),
        scopes: reader.scopes(&cells.text(columns.scopes)),
        created_on: reader.day_in_words(&cells.text(columns.created)),
        last_used_at,
        never_used: Some(!has_time),
        role: reader.role(&role_text),
        role_text: reader.some_name(&role_text),
        span: row.span(),
        row: Some(number),
        ..TokenRow::default()
    }
}

/// The parts of a row that do not depend on knowing the columns.
fn partial_row(reader: &Reader<'_>, cells: &Cells<'_>, row: Element<'_>, number: u32, kind: TokenType) -> TokenRow {
    let header = row.first(|cell| cell.is("th")).or_else(|| cells.get(1));
    TokenRow {
        kind,
        id: revoke_id(row),
        name: header.and_then(|cell| reader.some_name(&cell.text())),
        span: row.span(),
        row: Some(number),
        ..TokenRow::default()
    }
}

fn say_unknown_columns(reader: &mut Reader<'_>, table: &Table<'_>) {
    let headings: Vec<_> =
        table.headings().iter().filter(|heading| !heading.is_empty()).map(|heading| reader.name(heading)).collect();
    let mut message = say![
        "This table's layout is not known here: ",
        table.columns,
        " columns, ",
        table.rows.len(),
        plural(table.rows.len(), " row", " rows")
    ];
    if !headings.is_empty() {
        message.push(" (").push(Text::list(&headings, "and")).push(")");
    }
    message.push(
        ". Only the names were read, and the numbers where a revoke link has them; scopes, roles and dates are unknown. This is not an all-clear.",
    );
    reader.missing(table.element.span(), message);
}

/// `…/501/revoke`, whatever its button is called.
fn revoke_id(row: Element<'_>) -> Option<u64> {
    row.descendants()
        .filter(|element| element.is("a"))
        .find_map(|link| id_before(link.attribute(Attribute::Href)?, "/revoke"))
}

/// Addresses joined by commas; a dash stands for none.
pub(super) fn addresses(reader: &Reader<'_>, text: &str) -> Vec<crate::text::Name> {
    text.split(',')
        .map(str::trim)
        .filter(|part| part.parse::<std::net::IpAddr>().is_ok())
        .map(|part| reader.name(part))
        .collect()
}

/// What an expiry cell says.
#[derive(Default)]
struct Expiry {
    on: Option<Date>,
    never: Option<bool>,
    soon: bool,
    ended: bool,
}

impl Expiry {
    /// Structure first, words second: `time` is a date; red words without one are "expired"; a title without one, or the
    /// word, is "never".
    fn read(reader: &mut Reader<'_>, cell: Option<Element<'_>>) -> Self {
        let Some(cell) = cell else { return Self::default() };
        let has = |class: &str| cell.by_class(class).is_some() || cell.has_class(class);
        let soon = has("text-warning") || has("gl-text-warning");
        if let Some(time) = cell.by_name("time") {
            let on = time.attribute(Attribute::Datetime).and_then(dates::day);
            if on.is_none() {
                reader.missing(cell.span(), say!["An expiry date on this page is not a date that can be read."]);
            }
            return Self { on, never: Some(false), soon, ended: false };
        }
        if has("text-danger") || has("gl-text-danger") {
            return Self { on: None, never: Some(false), soon: false, ended: true };
        }
        if soon {
            return Self { on: None, never: Some(false), soon: true, ended: false };
        }
        let text = cell.text();
        let titled = cell.first(|inner| inner.is("span") && inner.is_filled(Attribute::Title)).is_some();
        if has("token-never-expires-label") || titled || reader.is_never(&text) {
            return Self { on: None, never: Some(true), soon: false, ended: false };
        }
        if ["expired", "cred_expired"].iter().any(|key| reader.is_word(&text, key)) {
            return Self { on: None, never: Some(false), soon: false, ended: true };
        }
        // 14 and 15 write a rounded distance in words: it ends, the day is not there.
        if text.chars().any(|character| character.is_ascii_digit()) {
            return Self { on: None, never: Some(false), soon: false, ended: false };
        }
        Self::default()
    }
}

/// The keys of GitLab's JSON that are read; a `token` beside them is never looked at.
const SENT: &[(&str, Holds)] = &[
    ("id", Holds::Number),
    ("name", Holds::Text),
    ("description", Holds::Text),
    ("scopes", Holds::Texts),
    ("user_id", Holds::Number),
    ("created_at", Holds::Text),
    ("last_used_at", Holds::Text),
    ("last_used_ips", Holds::Texts),
    ("expires_at", Holds::Text),
    ("expires_soon", Holds::Flag),
    ("expired", Holds::Flag),
    ("revoked", Holds::Flag),
    ("role", Holds::Text),
];

/// The list as the server sent it, before the page's script replaced it by a table.
fn read_sent(reader: &mut Reader<'_>, element: Element<'_>, kind: TokenType) -> Option<Vec<TokenRow>> {
    let sent = sent::rows(element.attribute(Attribute::SentTokens)?, SENT)?;
    let mut rows = Vec::with_capacity(sent.len());
    for (token, number) in sent.into_iter().zip(0_u32..) {
        let text = |key: &str| token.text(key).unwrap_or_default();
        let created_at = token.text("created_at").and_then(Timestamp::parse);
        let last_used_at = token.text("last_used_at").and_then(Timestamp::parse);
        let status = match (token.is("revoked"), token.is("expired")) {
            (Some(true), _) => TokenStatus::Revoked,
            (_, Some(true)) => TokenStatus::Expired,
            _ => TokenStatus::Active,
        };
        rows.push(TokenRow {
            kind,
            id: token.number("id"),
            name: Some(reader.name(text("name"))),
            description: reader.some_name(text("description")),
            scopes: token.texts("scopes").map(|scopes| scopes.map(Scope::new).collect()),
            created_on: created_at.map(Timestamp::date),
            created_at,
            last_used_at,
            never_used: Some(token.text("last_used_at").is_none()),
            last_used_ips: token.texts("last_used_ips").map(|ips| ips.map(|ip| reader.name(ip)).collect()),
            expires_on: token.text("expires_at").and_then(Date::parse),
            never_expires: Some(token.text("expires_at").is_none()),
            status: Some(status),
            expiring_soon: token.is("expires_soon"),
            role: reader.role(text("role")),
            role_text: reader.some_name(text("role")),
            user_id: token.number("user_id"),
            span: element.span(),
            row: Some(number),
            ..TokenRow::default()
        });
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_columns_and_the_page_tell_the_layout() {
        let now = Columns::new(9, true, true, true).unwrap();
        assert_eq!((now.description, now.scopes, now.last_used, now.ips, now.expires, now.role), (2, 3, 5, 6, 7, 8));
        let viewer_may_not_revoke = Columns::new(8, true, true, false).unwrap();
        assert_eq!(viewer_may_not_revoke, now);
        let impersonation = Columns::new(8, false, true, true).unwrap();
        assert_eq!((impersonation.expires, impersonation.role), (7, 0));
        let without_ips = Columns::new(8, true, true, true).unwrap();
        assert_eq!((without_ips.description, without_ips.ips, without_ips.expires, without_ips.role), (2, 0, 6, 7));
        let old = Columns::new(7, true, true, true).unwrap();
        assert_eq!((old.description, old.scopes, old.expires, old.role), (0, 2, 5, 6));
        assert_eq!(Columns::new(10, true, true, true), None);
        assert_eq!(Columns::new(6, true, true, true), None);
        assert_eq!(Columns::new(8, true, false, false), None);
    }
}

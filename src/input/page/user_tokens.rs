//! Personal access tokens of a user or a service account: the table fed by REST, and the newer one for fine-grained
//! tokens, whose rows show neither scopes nor creation; those are in a drawer that opens for one row at a time.

use super::dates;
use super::reader::{Cells, Reader, Table, is_enabled, plural};
use super::resource_tokens::{addresses, say_busy};
use crate::catalog::{Scope, TokenType, words};
use crate::input::html::{Attribute, Element};
use crate::inventory::{GranularScope, Inventory, Pagination, TokenRow, TokenStatus, UiVariant};
use crate::say;
use crate::text::Name;
use crate::time::Date;

/// Reads whichever table the page has.
pub(super) fn read(reader: &mut Reader<'_>, kind: TokenType, inventory: &mut Inventory) {
    inventory.statistics = reader.statistics();
    if let Some(element) =
        reader.document.first(|element| element.is("table") && element.is_test_id("access-token-table"))
    {
        let table = Table::new(element);
        say_busy(reader, &table);
        inventory.ui_variant = Some(UiVariant::RestTable);
        inventory.tokens = rest_rows(reader, &table, kind);
        let pagination = reader.numbered(inventory.tokens.len(), None);
        finish(reader, inventory, pagination);
    } else if let Some(table) = fine_grained_table(reader) {
        say_busy(reader, &table);
        inventory.ui_variant = Some(UiVariant::FineGrainedTable);
        inventory.tokens = fine_grained_rows(reader, &table, kind);
        let drawer = reader.document.first(|element| element.is("aside") && element.has_class("gl-drawer"));
        inventory.drawer_open = Some(drawer.is_some());
        if let Some(drawer) = drawer {
            read_drawer(reader, drawer, &mut inventory.tokens);
        }
        let pagination = keyset(reader, table.element, inventory.tokens.len());
        say_hidden_scopes(reader, &inventory.tokens);
        finish(reader, inventory, pagination);
    } else {
        // Before 17.10 this page has the table of project access tokens, without a role.
        super::resource_tokens::read(reader, TokenType::ImpersonationToken, inventory);
        for row in inventory.tokens.iter_mut().chain(inventory.inactive_tokens.iter_mut().flatten()) {
            row.kind = kind;
        }
    }
}

fn finish(reader: &mut Reader<'_>, inventory: &mut Inventory, mut pagination: Pagination) {
    let shown = inventory.tokens.len();
    reader.say_paging(plural(shown, "token", "tokens"), &pagination);
    let alive = inventory.tokens.iter().filter(|row| row.status == Some(TokenStatus::Active)).count() as u64;
    let active = inventory.statistics.as_ref().and_then(|statistics| statistics.active);
    let paged = pagination.has_next == Some(true) || pagination.has_previous == Some(true);
    if let Some(active) = active
        && active > alive
        && !paged
    {
        let message = say![
            "The page counts ",
            active,
            " active ",
            plural(usize::try_from(active).unwrap_or(2), "token", "tokens"),
            " and shows ",
            alive,
            ": clear the filter, wait until the list is complete, and look again."
        ];
        reader.missing(None, message);
    }
    if !inventory.tokens.is_empty() {
        let call = if inventory.service_account.is_some() {
            "GET /groups/:id/service_accounts/:user_id/personal_access_tokens"
        } else {
            "GET /personal_access_tokens"
        };
        reader.not_shown(say![
            "This page does not show the tokens' numbers (ids): commands have a placeholder for them. The API lists them: `", call, "`."
        ]);
    }
    if pagination.kind.is_none() {
        pagination.kind = Some(Name::new("numbered"));
    }
    inventory.pagination = Some(pagination);
}

/// A badge's icon tells the status in every language.
fn status(area: Element<'_>, in_badge: bool) -> (Option<TokenStatus>, bool) {
    let icon = |id: &str| {
        area.descendants().any(|inner| {
            inner.is_test_id(id) && (!in_badge || inner.closest(|outer| outer.has_class("gl-badge")).is_some())
        })
    };
    if icon("remove-icon") {
        (Some(TokenStatus::Revoked), false)
    } else if icon("time-out-icon") {
        (Some(TokenStatus::Expired), false)
    } else if icon("expire-icon") {
        (Some(TokenStatus::Active), true)
    } else if icon("check-circle-icon") || in_badge {
        (Some(TokenStatus::Active), false)
    } else {
        (None, false)
    }
}

fn rest_rows(reader: &mut Reader<'_>, table: &Table<'_>, kind: TokenType) -> Vec<TokenRow> {
    let mut out = Vec::with_capacity(table.rows.len());
    let mut strange = 0;
    for (row, number) in table.rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let field = |id: &str| row.by_test_id(id);
        let status_cell = cells.get(2).filter(|_| cells.cells.len() == 6);
        let scopes_cell = field("cell-scopes");
        if field("field-name").is_none()
            || status_cell.is_none()
            || scopes_cell.is_none()
            || field("field-last-used").is_none()
            || field("field-expires").is_none()
        {
            strange += 1;
        }
        let (status, expiring_soon) = status_cell.map_or((None, false), |cell| status(cell, false));
        let used = field("field-last-used");
        let expires = field("field-expires");
        let expiry_time = expires.and_then(|field| field.by_name("time"));
        let expires_on = expiry_time.and_then(|time| dates::day(time.attribute(Attribute::Datetime)?));
        let has_ips = field("field-last-used-ips");
        let created = field("field-created").and_then(|field| field.by_name("span").or(Some(field))).map(Element::text);
        out.push(TokenRow {
            kind,
            name: field("field-name").or_else(|| cells.get(1)).map(|cell| reader.name(&cell.text())),
            description: field("field-description").and_then(|field| reader.some_name(&field.text())),
            scopes: scopes_cell.and_then(|cell| reader.scopes(&cell.text())),
            created_on: created.and_then(|text| reader.day_in_words(&text)),
            last_used_at: used.and_then(Reader::moment),
            never_used: used.map(|field| field.by_name("time").is_none()),
            // The field is left out when there is none; with the row's usage unknown, so are its addresses.
            last_used_ips: used
                .map(|_| has_ips.map_or_else(Vec::new, |field| addresses(reader, &behind_prefix(&field.text())))),
            never_expires: expires.map(|_| expiry_time.is_none()),
            expires_on,
            expiring_soon: status.as_ref().map(|_| expiring_soon),
            status,
            span: row.span(),
            row: Some(number),
            ..TokenRow::default()
        });
    }
    if strange > 0 {
        let message = say![
            strange,
            plural(strange, " row is", " rows are"),
            " laid out in a way that is not known here: what could be recognised by its \
             mark was read, the rest of those rows is unknown. This is not an all-clear."
        ];
        reader.missing(table.element.span(), message);
    }
    out
}

/// `IPs: 203.0.113.7, …`: an address may hold colons itself, so the prefix is what stands before the first blank.
fn behind_prefix(text: &str) -> String {
    match text.split_once(['：', ' ']) {
        Some((prefix, rest)) if prefix.parse::<std::net::IpAddr>().is_err() && !prefix.ends_with(',') => {
            rest.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// The table has no mark of its own: the one around a `token-expiry`; with no rows, a table of four columns that says so.
fn fine_grained_table<'d>(reader: &Reader<'d>) -> Option<Table<'d>> {
    let around = |element: Element<'d>| element.closest(|outer| outer.is("table"));
    let marked = reader.document.by_test_id("token-expiry").and_then(around);
    let empty = || {
        reader.document.first(|element| {
            element.is("table")
                && element.attribute(Attribute::AriaColcount) == Some("4")
                && (element.by_class("b-table-empty-row").is_some() || element.by_class("b-table-busy-slot").is_some())
        })
    };
    marked.or_else(empty).map(Table::new)
}

fn fine_grained_rows(reader: &mut Reader<'_>, table: &Table<'_>, kind: TokenType) -> Vec<TokenRow> {
    let mut out = Vec::with_capacity(table.rows.len());
    let mut wordless = Vec::new();
    for (row, number) in table.rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let description = cells.get(2).filter(|cell| cell.by_class("gl-text-subtle").is_none()).map(Element::text);
        let (status, expiring_soon) = cells.get(3).map_or((None, false), |cell| status(cell, true));
        let expiry = row.by_test_id("token-expiry").map(Element::text);
        let used = row.by_test_id("token-last-used").map(Element::text);
        let (expires_on, never_expires) = said_day(reader, expiry.as_deref(), "ft_expires", &mut wordless);
        let (last_used_on, never_used) = said_day(reader, used.as_deref(), "ft_last_used", &mut wordless);
        out.push(TokenRow {
            kind,
            name: cells.get(1).map(|cell| reader.name(&cell.text())),
            description: description.and_then(|text| reader.some_name(&text)),
            scopes: None,
            last_used_on,
            never_used,
            expires_on,
            never_expires,
            expiring_soon: status.as_ref().map(|_| expiring_soon),
            status,
            span: row.span(),
            row: Some(number),
            ..TokenRow::default()
        });
    }
    if let Some(first) = wordless.first() {
        let message = say![
            wordless.len(),
            plural(wordless.len(), " date is", " dates are"),
            " unknown: a text such as “",
            first,
            "” could mean two days, or is in words that are not known here. A browser set to English (United States) or to a \
             language that writes the month as a word shows dates that can be read."
        ];
        reader.missing(None, message);
    }
    out
}

/// `Expires: Dec 3, 2026`: the day, or "never". The date follows the browser's language, the words GitLab's.
fn said_day(
    reader: &Reader<'_>,
    text: Option<&str>,
    key: &str,
    unknown: &mut Vec<Name>,
) -> (Option<Date>, Option<bool>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return (None, None) };
    let value = words::shown(key, reader.lang())
        .find_map(|pattern| {
            let (before, after) = pattern.split_once("%{date}")?;
            // The blank between words and date may be of another kind than the translation's.
            Some(text.strip_prefix(before.trim_end())?.strip_suffix(after.trim())?.trim())
        })
        // A wording that is not known: what follows its colon.
        .or_else(|| text.split_once([':', '：']).map(|(_, value)| value.trim()))
        .unwrap_or(text);
    if reader.is_never(value) {
        return (None, Some(true));
    }
    match dates::in_words(value, reader.lang()) {
        Some(day) => (Some(day), Some(false)),
        None => {
            unknown.push(reader.name(value));
            // A text with a number in it is a date that could not be read; anything else might be an unknown "never".
            (None, value.chars().any(char::is_numeric).then_some(false))
        }
    }
}

/// The drawer's facts go to the row they belong to: the one with its name, and with its expiry where names repeat.
fn read_drawer(reader: &mut Reader<'_>, drawer: Element<'_>, rows: &mut [TokenRow]) {
    let Some(body) = drawer.by_class("gl-drawer-body") else { return };
    let sections: Vec<Element<'_>> = body.children().filter(|child| child.is("div")).collect();
    let Some(first) = sections.first() else { return };
    // Heading, value, heading, value: name, description, expiry, last used, addresses where there are some.
    let fields: Vec<Element<'_>> = first.children().filter(|child| child.is("div")).collect();
    let value = |number: usize| fields.get(number * 2 + 1).map(|field| field.text()).unwrap_or_default();
    let name = reader.name(&value(0));
    let expiry = dates::in_words(&value(2), reader.lang());
    let never = reader.is_never(&value(2));
    let mut candidates: Vec<usize> =
        (0..rows.len()).filter(|index| rows.get(*index).is_some_and(|row| row.name.as_ref() == Some(&name))).collect();
    if candidates.len() > 1 {
        candidates.retain(|index| {
            rows.get(*index).is_some_and(|row| {
                (expiry.is_some() && row.expires_on == expiry) || (never && row.never_expires == Some(true))
            })
        });
    }
    let [index] = candidates.as_slice() else {
        let message = if candidates.is_empty() {
            say!["The open drawer is of a token that is not in the list: its details were left out."]
        } else {
            say![
                "The open drawer is of a token whose name and expiry several rows share: which of them it describes is unknown, so its \
                 details were left out."
            ]
        };
        reader.missing(drawer.span(), message);
        return;
    };
    let Some(row) = rows.get_mut(*index) else { return };
    row.from_drawer = Some(true);
    row.last_used_ips = Some(fields.get(9).map_or_else(Vec::new, |_| addresses(reader, &value(4))));
    let granular = body.first(|inner| inner.is("span") && inner.has_class("gl-capitalize")).is_some();
    let checks: Vec<Element<'_>> = body
        .descendants()
        .filter(|inner| inner.is_test_id("check-sm-icon"))
        .filter_map(Element::parent)
        .filter(|item| item.by_class("gl-capitalize").is_none() && !item.has_class("gl-capitalize"))
        .collect();
    if granular {
        row.granular = Some(true);
        row.scopes = Some(Vec::new());
        row.granular_scopes = Some(granular_scopes(reader, body));
    } else if !checks.is_empty() || body.by_test_id("error-icon").is_some() {
        row.granular = Some(false);
        let scopes: Vec<Scope> =
            checks.iter().map(|item| Scope::new(&item.text().to_lowercase().replace([' ', '\u{a0}'], "_"))).collect();
        row.scopes = Some(scopes);
    } else {
        reader.missing(
            drawer.span(),
            say!["The open drawer shows no scopes: it was still loading. Wait, then look again."],
        );
    }
    // The last section: type, created.
    if let Some(last) = sections.last().filter(|last| *last != first) {
        let fields: Vec<Element<'_>> = last.children().filter(|child| child.is("div")).collect();
        if let Some(created) = fields.last().filter(|_| fields.len() >= 2) {
            let (day, moment) = dates::with_clock(&created.text(), reader.lang());
            row.created_on = day;
            row.created_at = moment;
        }
    }
}

/// `span.gl-capitalize` is `<action, action>: <resource>`, not translated. The list shown is that of the first boundary of
/// each group of them, so boundaries are not told apart here.
fn granular_scopes(reader: &Reader<'_>, body: Element<'_>) -> Vec<GranularScope> {
    let mut permissions = Vec::new();
    for item in body.descendants().filter(|inner| inner.is("span") && inner.has_class("gl-capitalize")) {
        let text = item.text().to_lowercase();
        let Some((actions, resource)) = text.split_once(':') else {
            permissions.push(reader.name(&text));
            continue;
        };
        let resource = resource.trim().replace(' ', "_");
        permissions.extend(
            actions.split(',').map(|action| reader.name(&format!("{}_{resource}", action.trim().replace(' ', "_")))),
        );
    }
    let text = body.text();
    let boundaries = [
        ("ft_access_personal", "personal_projects"),
        ("ft_access_all_memberships", "all_memberships"),
        ("ft_access_selected", "selected_memberships"),
    ];
    let access = boundaries
        .iter()
        .find(|(key, _)| words::shown(key, reader.lang()).any(|shown| text.contains(shown)))
        .map(|(_, access)| reader.name(access));
    vec![GranularScope { access, permissions: Some(permissions), project_id: None, group_id: None }]
}

/// Previous and next, without numbers and without a total; nothing when all fits.
fn keyset(reader: &Reader<'_>, table: Element<'_>, shown: usize) -> Pagination {
    let controls =
        reader.document.first(|element| element.has_class("gl-keyset-pagination") && table.is_before(*element));
    let enabled = |id: &str, last: bool| {
        let controls = controls?;
        let button = controls.by_test_id(id).or_else(|| {
            let mut buttons = controls.descendants().filter(|inner| inner.is("button") || inner.is("a"));
            if last { buttons.last() } else { buttons.next() }
        })?;
        Some(is_enabled(button))
    };
    Pagination {
        present: controls.is_some(),
        kind: Some(reader.name("keyset")),
        shown,
        total: None,
        page: None,
        has_next: Some(enabled("nextButton", true).unwrap_or(false)),
        has_previous: Some(enabled("prevButton", false).unwrap_or(false)),
    }
}

fn say_hidden_scopes(reader: &mut Reader<'_>, rows: &[TokenRow]) {
    let hidden = rows.iter().filter(|row| row.scopes.is_none()).count();
    if hidden > 0 {
        let message = say![
            "Scopes, day of creation and addresses of ",
            hidden,
            plural(hidden, " token", " tokens"),
            " are unknown: this page shows them only in the drawer that \
             opens when you click a token's name. Open it and look again, one token at a time, or ask the API: `GET /personal_access_tokens`."
        ];
        reader.missing(None, message);
    }
}

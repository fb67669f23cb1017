//! The credentials inventory of an instance or a group. Rendered by the server as rows of `div`s: columns go by position,
//! dates are ISO in every language.

use super::reader::{Reader, id_before, is_enabled, plural};
use crate::catalog::TokenType;
use crate::input::html::{Attribute, Element};
use crate::inventory::{GpgKey, Inventory, OwnerKind, Pagination, RowOwner, SshKey, TokenRow, TokenStatus};
use crate::say;
use crate::time::Date;

/// Reads the tab that is shown.
pub(super) fn read(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let tab = tab(reader);
    inventory.tab = Some(reader.name(&tab));
    inventory.empty_state = Some(reader.document.elements().any(|element| element.has_class("gl-empty-state")));
    let holder = reader.document.first(|element| element.has_class("table-holder"));
    if holder.is_none() && inventory.empty_state == Some(false) {
        reader.missing(
            None,
            say!["No list is on this page of the credentials inventory, nor GitLab's words for an empty one: its layout is not known here. This is not an all-clear."],
        );
    }
    let rows: Vec<Element<'_>> = holder
        .map(|holder| {
            holder
                .descendants()
                .filter(|row| row.has_class("gl-responsive-table-row") && !row.has_class("table-row-header"))
                .collect()
        })
        .unwrap_or_default();
    let mut strange = 0;
    for (row, number) in rows.iter().zip(0_u32..) {
        let cells: Vec<Element<'_>> = row
            .children()
            .filter(|cell| cell.has_class("table-section"))
            .map(|cell| cell.by_class("table-mobile-content").unwrap_or(cell))
            .collect();
        match (tab.as_str(), cells.as_slice()) {
            ("personal_access_tokens", [owner, scopes, created, expiry, revoked]) => {
                let token = personal_token(reader, [*owner, *scopes, *created, *expiry, *revoked]);
                inventory.tokens.push(TokenRow { span: row.span(), row: Some(number), ..token });
            }
            ("resource_access_tokens", [name, scopes, resource, creator, created, used, expiry, action]) => {
                let token =
                    resource_token(reader, [*name, *scopes, *resource, *creator, *created, *used, *expiry, *action]);
                inventory.tokens.push(TokenRow { span: row.span(), row: Some(number), ..token });
            }
            ("ssh_keys", [owner, created, used, expiry, action]) => {
                let (last_used_on, never_used) = day_or_never(*used);
                let (expires_on, never_expires) = day_or_never(*expiry);
                inventory.ssh_keys.push(SshKey {
                    id: action.descendants().find_map(|inner| last_number(inner.attribute(Attribute::DataPath)?)),
                    owner: user(reader, *owner),
                    created_on: Date::parse(&created.text()),
                    last_used_on,
                    never_used,
                    expires_on,
                    never_expires,
                    span: row.span(),
                    row: Some(number),
                });
            }
            ("gpg_keys", cells) if cells.len() >= 2 => {
                let code = row.by_name("code").map(Element::text);
                let badge = row.by_class("gl-badge");
                inventory.gpg_keys.push(GpgKey {
                    owner: cells.first().and_then(|cell| user(reader, *cell)),
                    key_id: code.map(|text| reader.name(&text)),
                    verified: badge.map(|badge| badge.has_class("badge-success")),
                    span: row.span(),
                    row: Some(number),
                });
            }
            _ => strange += 1,
        }
    }
    if strange > 0 {
        let message = say![
            strange,
            " of ",
            rows.len(),
            plural(rows.len(), " row", " rows"),
            " of this tab have a number of columns that is not known here: they were not read. This is not an all-clear."
        ];
        reader.missing(holder.and_then(Element::span), message);
    }
    let pagination = next_only(reader, rows.len());
    reader.say_paging(plural(rows.len(), "row", "rows"), &pagination);
    inventory.pagination = Some(pagination);
    reader.not_shown(match tab.as_str() {
        "personal_access_tokens" => say![
            "This tab shows neither the tokens' names nor their last use, and numbers (ids) only of active ones. Other tabs hold the SSH and \
             GPG keys and the tokens of projects and groups: look at each."
        ],
        "resource_access_tokens" => say![
            "This tab does not show the tokens' roles. Other tabs hold the personal access tokens, SSH and GPG keys: look at each."
        ],
        _ => say!["Only the tab that is open was read: look at the others too."],
    });
}

/// The tab that is marked as open, or that the address names; the first one when neither does.
fn tab(reader: &Reader<'_>) -> String {
    let filter = |address: &str| {
        let query = address.split('?').nth(1)?.split('#').next()?;
        query.split('&').find_map(|pair| pair.strip_prefix("filter=")).map(str::to_owned)
    };
    let marked = reader
        .document
        .elements()
        .filter(|link| link.is("a") && link.has_class("gl-tab-nav-item-active"))
        .find_map(|link| filter(link.attribute(Attribute::Href)?));
    let named = reader.gitlab.location.as_ref().and_then(|location| filter(&location.path));
    marked.or(named).unwrap_or_else(|| "personal_access_tokens".to_owned())
}

/// A plain ISO day; any other words in such a cell are "never"; an empty cell says nothing.
fn day_or_never(cell: Element<'_>) -> (Option<Date>, Option<bool>) {
    let text = cell.text();
    let day = text.split_whitespace().find_map(Date::parse);
    (day, if text.is_empty() { None } else { Some(day.is_none()) })
}

fn personal_token(reader: &mut Reader<'_>, [owner, scopes, created, expiry, revoked]: [Element<'_>; 5]) -> TokenRow {
    let (expires_on, never_expires) = day_or_never(expiry);
    let revoked_on = Date::parse(&revoked.text());
    let id = link_id(revoked);
    let icon =
        |class: &str| expiry.descendants().any(|inner| inner.is_test_id("expiry-date-icon") && inner.has_class(class));
    let status = if revoked_on.is_some() {
        TokenStatus::Revoked
    } else if id.is_some() {
        TokenStatus::Active
    } else {
        TokenStatus::Expired
    };
    TokenRow {
        kind: TokenType::PersonalAccessToken,
        id,
        owner: user(reader, owner),
        scopes: reader.scopes(&scopes.text()),
        created_on: Date::parse(&created.text()),
        expires_on,
        never_expires,
        revoked_on,
        expiring_soon: Some(icon("gl-text-warning")),
        status: Some(status),
        ..TokenRow::default()
    }
}

fn resource_token(
    reader: &mut Reader<'_>,
    [name, scopes, resource, creator, created, used, expiry, action]: [Element<'_>; 8],
) -> TokenRow {
    let (expires_on, never_expires) = day_or_never(expiry);
    let (last_used_on, never_used) = day_or_never(used);
    let resource = resource.by_name("a").and_then(|link| {
        let address = link.attribute(Attribute::Href)?;
        let path = reader.path_of(address);
        let kind = if reader.is_group(address) { OwnerKind::Group } else { OwnerKind::Project };
        Some(RowOwner { kind, path, name: Some(reader.name(&link.text())), ..RowOwner::default() })
    });
    let revoke = action.by_name("a").and_then(|link| link.attribute(Attribute::Href));
    let said =
        revoke.and_then(|address| address.split_once("resource_type=")).map(|(_, kind)| kind.starts_with("Group"));
    let group = resource.as_ref().map(|resource| resource.kind == OwnerKind::Group).or(said);
    let id = revoke.and_then(|address| {
        let (before, _) = address.split_once("/resources/")?;
        before.rsplit('/').next()?.parse().ok()
    });
    let badge = action.by_class("gl-badge").map(Element::text);
    let status = match badge {
        None => TokenStatus::Active,
        Some(word) if reader.is_word(&word, "cred_revoked") => TokenStatus::Revoked,
        Some(word) if reader.is_word(&word, "cred_expired") || reader.is_word(&word, "expired") => TokenStatus::Expired,
        // The word is not known; the day is.
        Some(_) if expires_on.is_some_and(|day| day <= reader.today) => TokenStatus::Expired,
        Some(_) => TokenStatus::Revoked,
    };
    TokenRow {
        kind: if group == Some(true) { TokenType::GroupAccessToken } else { TokenType::ProjectAccessToken },
        project_or_group: group.is_none(),
        id,
        name: reader.some_name(&name.text()),
        scopes: reader.scopes(&scopes.text()),
        resource,
        creator: user(reader, creator),
        created_on: Date::parse(&created.text()),
        last_used_on,
        never_used,
        expires_on,
        never_expires,
        status: Some(status),
        ..TokenRow::default()
    }
}

/// `…/credentials/<id>/revoke`.
fn link_id(cell: Element<'_>) -> Option<u64> {
    cell.descendants().find_map(|inner| id_before(inner.attribute(Attribute::Href)?, "/revoke"))
}

fn last_number(address: &str) -> Option<u64> {
    address.split(['?', '#']).next()?.rsplit('/').find_map(|part| part.parse().ok())
}

/// A person: number, name, and the user name that the link ends with; nobody when the user was deleted.
fn user(reader: &Reader<'_>, cell: Element<'_>) -> Option<RowOwner> {
    let link = cell.first(|inner| inner.has_class("js-user-link"))?;
    let address = link.attribute(Attribute::Href).unwrap_or_default();
    let username = address.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    Some(RowOwner {
        kind: OwnerKind::User,
        path: None,
        name: reader.some_name(&link.text()),
        username: reader.some_name(username),
        id: link.number(Attribute::DataUserId),
    })
}

/// Only "next" (and "previous"), without numbers and without a total.
fn next_only(reader: &Reader<'_>, shown: usize) -> Pagination {
    let control = |class: &str| {
        reader
            .document
            .first(|element| element.has_class(class))
            .map(|item| is_enabled(item) && item.by_name("a").is_some_and(is_enabled))
    };
    let (next, previous) = (control("js-next-button"), control("js-previous-button"));
    Pagination {
        present: next.is_some() || previous.is_some(),
        kind: Some(reader.name("next_only")),
        shown,
        total: None,
        page: None,
        has_next: Some(next.unwrap_or(false)),
        has_previous: Some(previous.unwrap_or(false)),
    }
}

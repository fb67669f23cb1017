//! Repository settings: deploy tokens (rendered by the server) and deploy keys (loaded by a script).

use super::dates;
use super::reader::{Cells, Reader, Table, digits, id_before, plural};
use crate::catalog::TokenType;
use crate::input::html::{Attribute, Element};
use crate::inventory::{DeployKey, DeployKeyProject, Inventory, Pagination, TokenRow, TokenStatus};
use crate::say;
use crate::time::{Date, Timestamp};

/// Reads both lists; only projects have deploy keys.
pub(super) fn read(reader: &mut Reader<'_>, has_keys: bool, inventory: &mut Inventory) {
    let tokens_known = deploy_tokens(reader, inventory);
    let keys_known = !has_keys || deploy_keys(reader, inventory);
    if tokens_known && keys_known {
        inventory.empty_state = Some(inventory.tokens.is_empty() && inventory.deploy_keys.is_empty());
    }
}

fn deploy_tokens(reader: &mut Reader<'_>, inventory: &mut Inventory) -> bool {
    let section = reader.document.first(|element| {
        element.id() == Some("js-deploy-tokens") || element.is_test_id("deploy-tokens-settings-content")
    });
    let Some(section) = section else {
        reader.missing(
            None,
            say!["The section *Deploy tokens* is not on this page: open the repository settings as a Maintainer or Owner and look again."],
        );
        return false;
    };
    // Without tokens there is a sentence and no table.
    let Some(element) = section.by_name("table") else { return true };
    let table = Table::new(element);
    if table.columns != 6 || !table.is_regular() {
        let message = say![
            "The table of deploy tokens has ",
            table.columns,
            " columns, which is not a layout known here: its ",
            table.rows.len(),
            plural(table.rows.len(), " row was", " rows were"),
            " not read. This is not an all-clear."
        ];
        reader.missing(element.span(), message);
        return false;
    }
    for (row, number) in table.rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let expiry = cells.get(4);
        let time = expiry.and_then(|cell| cell.by_name("time"));
        let never = expiry
            .is_some_and(|cell| cell.by_class("token-never-expires-label").is_some() || reader.is_never(&cell.text()));
        let expires_on = time.and_then(|time| dates::day(time.attribute(Attribute::Datetime)?));
        let soon = expiry
            .is_some_and(|cell| cell.by_class("text-warning").is_some() || cell.by_class("gl-text-warning").is_some());
        let ended = expiry
            .is_some_and(|cell| cell.by_class("text-danger").is_some() || cell.by_class("gl-text-danger").is_some());
        let id = row.descendants().find_map(|inner| {
            let address = inner.attribute(Attribute::RevokePath).or_else(|| inner.attribute(Attribute::Href))?;
            id_before(address, "/revoke")
        });
        inventory.tokens.push(TokenRow {
            kind: TokenType::DeployToken,
            id,
            name: Some(reader.name(&cells.text(1))),
            username: reader.some_name(&cells.text(2)),
            created_on: reader.day_in_words(&cells.text(3)),
            expires_on,
            never_expires: if time.is_some() { Some(false) } else { never.then_some(true) },
            expiring_soon: Some(soon),
            scopes: reader.scopes(&cells.text(5)),
            // The list holds active ones; GitLab marks one whose end has come in red until it is gone.
            status: Some(if ended { TokenStatus::Expired } else { TokenStatus::Active }),
            span: row.span(),
            row: Some(number),
            ..TokenRow::default()
        });
    }
    if !inventory.tokens.is_empty() {
        let mut message = say!["This page does not show when a deploy token was last used: GitLab does not record it."];
        if inventory.tokens.iter().any(|row| row.id.is_none()) {
            message
                .push(" Nor does it show the numbers (ids): the API lists them, see `leastwise explain deploy_token`.");
        }
        reader.not_shown(message);
    }
    true
}

fn deploy_keys(reader: &mut Reader<'_>, inventory: &mut Inventory) -> bool {
    let Some(container) = reader.document.by_test_id("project-deploy-keys-container") else {
        reader.missing(
            None,
            say!["The deploy keys are not on this page: expand *Deploy keys*, wait until the list is there, and look again."],
        );
        return false;
    };
    let rows: Vec<Element<'_>> = container.descendants().filter(|element| element.has_class("deploy-key")).collect();
    for (row, number) in rows.iter().zip(0_u32..) {
        let key = deploy_key(reader, *row, number);
        inventory.deploy_keys.push(key);
    }
    let shown = inventory.deploy_keys.len();
    let pagination = Pagination { total: None, ..keys_pagination(reader, container, shown) };
    reader.say_paging(plural(shown, "deploy key", "deploy keys"), &pagination);
    inventory.deploy_keys_pagination = Some(pagination);
    let hidden: u64 = inventory.deploy_keys.iter().filter_map(|key| key.projects_hidden).sum();
    if hidden > 0 {
        let message = say![
            hidden,
            plural(usize::try_from(hidden).unwrap_or(2), " project is", " projects are"),
            " folded away in the list of deploy keys: click “+N others” beside a key to see where else it is let in, then look again."
        ];
        reader.missing(container.span(), message);
    }
    let other_tab = reader.document.elements().any(|element| {
        element.test_id().is_some_and(|id| id.starts_with("deployKeys-tab-") && id != "deployKeys-tab-enabledKeys")
            && element.has_class("gl-tab-nav-item-active")
    });
    if other_tab {
        reader.missing(
            None,
            say!["The list shows deploy keys that could be enabled, not those that are: choose the tab *Enabled deploy keys* and look again."],
        );
    }
    if !inventory.deploy_keys.is_empty() {
        reader.not_shown(say![
            "This page does not show when a deploy key was last used: the API does, as `last_used_at`."
        ]);
    }
    true
}

/// The list of keys has page controls of its own.
fn keys_pagination(reader: &mut Reader<'_>, container: Element<'_>, shown: usize) -> Pagination {
    let near = container.closest(|outer| outer.has_class("deploy-keys") || outer.is("section"));
    let controls = near.and_then(|outer| outer.first(|inner| inner.is("nav") && inner.has_class("gl-pagination")));
    reader.numbered_by(controls, shown, None)
}

fn deploy_key(reader: &mut Reader<'_>, row: Element<'_>, number: u32) -> DeployKey {
    let text = |id: &str| row.by_test_id(id).map(Element::text);
    let fingerprints: Vec<String> = row
        .descendants()
        .filter(|inner| inner.is("dd") && inner.has_class("fingerprint") && inner.test_id().is_none())
        .map(Element::text)
        .collect();
    let mut projects = Vec::new();
    let mut hidden = 0;
    let mut write_here = None;
    for badge in row.descendants().filter(|inner| inner.has_class("deploy-project-label")) {
        let open = badge.by_test_id("lock-open-icon").is_some();
        if !open && badge.by_test_id("lock-icon").is_none() {
            // `+4 others`
            let count: String = badge.text().chars().filter(char::is_ascii_digit).collect();
            hidden += digits(&count).unwrap_or(1);
            continue;
        }
        if projects.is_empty() {
            write_here = Some(open);
        }
        let path = badge.attribute(Attribute::Href).and_then(|address| reader.path_of(address));
        projects.push(DeployKeyProject { path, write: Some(open) });
    }
    let expiry = row.by_test_id("expires-at-tooltip");
    let never = row.by_test_id("expires-never").is_some();
    let expires_on = expiry.and_then(|element| {
        let title = element.attribute(Attribute::Title).filter(|title| !title.is_empty());
        shown_day(reader, title)
    });
    let created = row.by_class("key-created-at").and_then(|cell| cell.first(|inner| inner.is_filled(Attribute::Title)));
    let created_on = created.and_then(|element| shown_day(reader, element.attribute(Attribute::Title)));
    let id = row
        .descendants()
        .filter(|inner| inner.is("a"))
        .find_map(|link| id_before(link.attribute(Attribute::Href)?, "/edit"));
    DeployKey {
        id,
        title: text("key-title-content").map(|title| reader.name(&title)),
        fingerprint_sha256: text("key-sha256-fingerprint-content").map(|print| reader.name(&print)),
        fingerprint_md5: fingerprints.first().map(|print| reader.name(print)),
        projects: Some(projects),
        projects_hidden: Some(hidden),
        write_to_this_project: write_here,
        created_on,
        expires_on,
        never_expires: if never { Some(true) } else { expiry.map(|_| false) },
        span: row.span(),
        row: Some(number),
        ..DeployKey::default()
    }
}

/// A title such as `June 6, 2027 at 12:00:00 AM UTC`: GitLab's day where the zone can be read, else the day as shown.
fn shown_day(reader: &mut Reader<'_>, title: Option<&str>) -> Option<Date> {
    let title = title?;
    let (day, moment) = dates::with_clock(title, reader.lang());
    let day = moment.map(Timestamp::date).or(day);
    if day.is_none() {
        reader.day_unknown(title);
    }
    day
}

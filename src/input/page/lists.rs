//! Short lists: service accounts, OAuth applications.

use super::reader::{Cells, Reader, Table, digits, plural};
use super::resource_tokens::say_busy;
use crate::input::html::{Attribute, Element};
use crate::inventory::{Application, Inventory, ServiceAccount};
use crate::say;
use crate::time::Timestamp;

/// Names and user names; numbers and tokens are on the accounts' own pages.
pub(super) fn service_accounts(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let names: Vec<Element<'_>> =
        reader.document.elements().filter(|element| element.is_test_id("service-account-name")).collect();
    let badge = reader.document.first(|element| element.has_class("gl-tab-counter-badge"));
    inventory.total_count = badge.and_then(|badge| digits(&badge.text()));
    let table = reader.document.first(|element| element.is("table") && element.has_class("gl-table")).map(Table::new);
    if let Some(table) = &table {
        say_busy(reader, table);
    } else if names.is_empty() && inventory.total_count != Some(0) {
        reader.missing(
            None,
            say!["No list of service accounts is on this page: wait until it is there, then look again. This is not an all-clear."],
        );
    }
    let mut accounts = Vec::with_capacity(names.len());
    for name in &names {
        let row = name.closest(|outer| outer.is("tr")).or_else(|| name.parent());
        let username = row.and_then(|row| row.by_test_id("service-account-username")).map(Element::text);
        accounts.push(ServiceAccount {
            id: None,
            username: username.and_then(|text| reader.some_name(text.trim_start_matches('@'))),
            name: reader.some_name(&name.text()),
        });
    }
    let pagination = reader.numbered(accounts.len(), inventory.total_count);
    reader.say_paging(plural(accounts.len(), "service account", "service accounts"), &pagination);
    inventory.pagination = Some(pagination);
    if !accounts.is_empty() {
        reader.missing(
            None,
            say!["This page lists service accounts without their tokens: open *Manage access tokens* of each and look there."],
        );
    }
    inventory.service_accounts = Some(accounts);
}

/// Applications of an instance, a group or a user, and those a user let in.
pub(super) fn applications(reader: &mut Reader<'_>, is_admin: bool, inventory: &mut Inventory) {
    let action = reader.gitlab.data_page.and_then(|page| page.rsplit(':').next());
    if matches!(action, Some("show" | "create" | "renew")) {
        let message = say![
            "This is the page of one application, with its secret: nothing of it is read. The list of applications is one page up; which \
             scopes this one has, and whether it is confidential, stands here for you to see."
        ];
        reader.not_shown(message);
        return;
    }
    let rows: Vec<Element<'_>> = reader
        .document
        .elements()
        .filter(|row| row.is("tr") && row.id().is_some_and(|id| id.starts_with("application_")))
        .collect();
    let mut unsaid = 0;
    for (row, number) in rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let id = row.id().and_then(|id| id.strip_prefix("application_")?.parse().ok());
        let mut application = Application {
            id,
            name: cells.get(1).map(|cell| reader.name(&cell.text())),
            callback_url: cells.get(2).and_then(|cell| addresses(reader, &cell.text())),
            span: row.span(),
            row: Some(number),
            ..Application::default()
        };
        if is_admin {
            // Two yes/no columns stand together, in words only: trusted, then confidential.
            let answers: Vec<bool> = cells.cells.iter().skip(2).filter_map(|cell| yes_or_no(&cell.text())).collect();
            if let [trusted, confidential] = answers.as_slice() {
                application.trusted = Some(*trusted);
                application.confidential = Some(*confidential);
            } else {
                unsaid += 1;
            }
        } else {
            application.client_count = cells.get(3).and_then(|cell| digits(&cell.text()));
        }
        inventory.applications.push(application);
    }
    authorized(reader, inventory);
    if rows.is_empty()
        && reader.document.elements().any(|element| element.is("table") && !element.has_class("gl-table"))
    {
        reader.missing(None, say!["A table of this page is laid out in a way that is not known here: its rows were not read. This is not an all-clear."]);
    }
    if unsaid > 0 {
        let message = say![
            unsaid,
            plural(unsaid, " application does", " applications do"),
            " not say in words known here whether they are trusted and confidential. Switch GitLab to English and look again."
        ];
        reader.missing(None, message);
    }
    if !inventory.applications.is_empty() {
        reader.not_shown(if is_admin {
            say!["The list does not show the applications' scopes: each application's own page does."]
        } else {
            say!["The list shows neither the applications' scopes nor whether they are confidential: each application's own page does."]
        });
    }
}

fn authorized(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let Some(area) = reader.document.by_test_id("oauth-authorized-applications") else { return };
    let Some(element) = area.closest(|outer| outer.is("table")).or_else(|| area.by_name("table")) else { return };
    let table = Table::new(element);
    for (row, number) in table.rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let words = cells.text(3);
        inventory.applications.push(Application {
            name: cells.get(1).map(|cell| reader.name(&cell.text())),
            authorized_at: cells.get(2).and_then(|cell| Timestamp::parse(&cell.text())),
            // Scopes are separated by blanks here.
            scopes: reader.scopes(&words.split_whitespace().collect::<Vec<_>>().join(", ")),
            span: row.span(),
            row: Some(number),
            ..Application::default()
        });
    }
}

/// Each address of a cell, without what may be a credential in it.
fn addresses(reader: &Reader<'_>, text: &str) -> Option<crate::text::Name> {
    let clean: Vec<String> = text.split_whitespace().map(super::webhooks::without_secrets).collect();
    reader.some_name(&clean.join(" "))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" => Some(true),
        "no" | "n" | "false" => Some(false),
        _ => None,
    }
}

/// Does the page show its own state as attributes? A live page holds what is checked as a property; a capture mirrors it,
/// a file that the browser saved may not.
pub(super) fn shows_state(reader: &Reader<'_>) -> bool {
    reader.document.elements().any(|element| {
        element.is("input") && element.has(Attribute::Checked) && element.attribute(Attribute::Type) == Some("radio")
    })
}

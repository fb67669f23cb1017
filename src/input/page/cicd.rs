//! CI/CD settings: variables, pipeline trigger tokens, runners. The job token has a file of its own.

use super::dates;
use super::reader::{Cells, Reader, Table, plural};
use super::resource_tokens::say_busy;
use super::sent::{self, Holds};
use crate::input::html::{Attribute, Element};
use crate::inventory::{Inventory, Runner, RunnerKind, TriggerToken, Variable, VariableLevel};
use crate::say;
use crate::text::Name;
use crate::time::Timestamp;

/// The badges of a variable, in the order they always have.
const BADGES: [&str; 5] = ["var_file", "var_protected", "var_masked", "var_hidden", "var_expanded"];

/// Variables of the page, and those it inherits.
pub(super) fn variables(reader: &mut Reader<'_>, level: VariableLevel, inventory: &mut Inventory) {
    let rows: Vec<Element<'_>> = reader
        .document
        .elements()
        .filter(|row| row.is("tr") && row.has_class("js-ci-variable-row") && !row.has_class("b-table-empty-row"))
        .collect();
    let is_table = |element: &Element<'_>| {
        matches!(element.test_id(), Some("ci-variable-table" | "inherited-ci-variable-table"))
            || element.has_class("ci-variable-table")
    };
    let tables: Vec<Element<'_>> = reader
        .document
        .elements()
        .filter(is_table)
        .filter_map(|area| if area.is("table") { Some(area) } else { area.by_name("table") })
        .collect();
    if tables.is_empty() && rows.is_empty() {
        reader.missing(
            None,
            say!["The CI/CD variables are not on this page: expand *Variables*, wait until the list is there, and look again."],
        );
    }
    for table in tables {
        say_busy(reader, &Table::new(table));
    }
    let mut unknown: Vec<Name> = Vec::new();
    for (row, number) in rows.iter().zip(0_u32..) {
        let inherited = row.closest(|outer| outer.is_test_id("inherited-ci-variable-table")).is_some();
        let variable = variable(
            reader,
            *row,
            number,
            if inherited { VariableLevel::Group } else { level },
            inherited,
            &mut unknown,
        );
        inventory.variables.push(variable);
    }
    if let Some(first) = unknown.first() {
        let message = say![
            unknown.len(),
            plural(unknown.len(), " badge", " badges"),
            " of the variables, such as “",
            first,
            "”, cannot be understood: what they could stand for is unknown, not absent. Switch GitLab to English and look again."
        ];
        reader.missing(None, message);
    }
    let section = reader.document.first(|element| element.id() == Some("js-cicd-variables-settings"));
    inventory.pipeline_variables_minimum_role =
        section.and_then(checked_radio).filter(|role| is_setting(role)).map(|role| reader.name(role));
}

/// The shape of GitLab's own setting words, `no_one_allowed`: a newer one survives, anything else is no setting.
fn is_setting(word: &str) -> bool {
    word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The value of the radio button that is chosen.
fn checked_radio(area: Element<'_>) -> Option<&str> {
    area.descendants()
        .find(|input| {
            input.is("input") && input.attribute(Attribute::Type) == Some("radio") && input.has(Attribute::Checked)
        })?
        .attribute(Attribute::Value)
}

fn variable(
    reader: &Reader<'_>,
    row: Element<'_>,
    number: u32,
    level: VariableLevel,
    inherited: bool,
    unknown: &mut Vec<Name>,
) -> Variable {
    let cells = Cells::new(row);
    let key = row.first(|inner| inner.id().is_some_and(|id| id.starts_with("ci-variable-key-")));
    let environment =
        row.first(|inner| inner.id().is_some_and(|id| id.starts_with("ci-variable-env-"))).map(Element::text);
    let badges: Option<Vec<String>> = row
        .by_test_id("ci-variable-table-row-attributes")
        .map(|area| area.descendants().filter(|inner| inner.has_class("gl-badge")).map(Element::text).collect());
    // The badges keep an order, so a word that stands for two of them (Chinese) is the one whose turn it is.
    let mut on = [false; 5];
    let mut next = 0;
    let mut all_known = badges.is_some();
    for badge in badges.iter().flatten() {
        let found = BADGES.iter().enumerate().skip(next).find(|(_, key)| reader.is_word(badge, key));
        if let Some((index, _)) = found {
            if let Some(slot) = on.get_mut(index) {
                *slot = true;
            }
            next = index + 1;
        } else {
            all_known = false;
            unknown.push(reader.name(badge));
        }
    }
    let [file, protected, masked, mut hidden, expanded] = on.map(|there| (there || all_known).then_some(there));
    if !inherited && let Some(value) = cells.get(2) {
        // A hidden variable has an empty cell where others have dots and a copy button; the value itself is never looked at.
        hidden = Some(value.descendants().all(|inner| inner.is("div")));
    }
    let area = row.by_test_id("ci-variable-table-row-variable").or_else(|| cells.get(1));
    let description = area.map(|area| {
        area.text_without(|inner| {
            inner.is("button")
                || inner.is_test_id("ci-variable-table-row-attributes")
                || inner.id().is_some_and(|id| id.starts_with("ci-variable-key-"))
        })
    });
    let group = if inherited { row.descendants().filter(|inner| inner.is("a")).last() } else { None };
    Variable {
        key: key.map(|key| reader.name(&key.text())),
        protected,
        masked,
        hidden,
        expanded,
        file,
        environment_scope: environment.map(|scope| reader.name(if is_all(reader, &scope) { "*" } else { &scope })),
        description: description.and_then(|text| reader.some_name(&text)),
        inherited_from: group
            .and_then(|link| link.attribute(Attribute::Href).and_then(|address| reader.path_of(address))),
        level: Some(level),
        span: row.span(),
        row: Some(number),
        ..Variable::default()
    }
}

/// `*` is shown as “All (default)”. An environment's own name has neither brackets nor letters beyond ASCII, so such a text
/// is this wording in whatever language.
/// <https://docs.gitlab.com/ci/environments/>
fn is_all(reader: &Reader<'_>, text: &str) -> bool {
    reader.is_word(text, "env_all_default") || text.contains(['(', '（']) || !text.is_ascii()
}

/// Pipeline trigger tokens.
pub(super) fn triggers(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let Some(section) = reader.document.first(|element| element.id() == Some("js-pipeline-triggers")) else {
        reader.missing(None, say!["The section *Pipeline trigger tokens* is not on this page: open the CI/CD settings as a Maintainer and look again."]);
        return;
    };
    let table = section.first(|inner| inner.is("table") && inner.has_class("gl-table")).map(Table::new);
    let sent = section.first(|inner| inner.has(Attribute::SentTriggers));
    match (table, sent) {
        (Some(table), _) if table.columns == 6 && table.is_regular() => {
            say_busy(reader, &table);
            for (row, number) in table.rows.iter().zip(0_u32..) {
                let trigger = trigger(reader, *row, number);
                inventory.trigger_tokens.push(trigger);
            }
        }
        (Some(table), _) => {
            let message = say![
                "The table of trigger tokens has ",
                table.columns,
                " columns, which is not a layout known here: its ",
                table.rows.len(),
                plural(table.rows.len(), " row was", " rows were"),
                " not read. This is not an all-clear."
            ];
            reader.missing(table.element.span(), message);
        }
        (None, Some(sent)) => sent_triggers(reader, sent, inventory),
        (None, None) if section.by_test_id("no_triggers_content").is_some() => {}
        (None, None) => {
            reader.missing(
                section.span(),
                say!["The trigger tokens are not on this page: expand *Pipeline trigger tokens*, wait until the list is there, and look again."],
            );
        }
    }
}

fn trigger(reader: &Reader<'_>, row: Element<'_>, number: u32) -> TriggerToken {
    let cells = Cells::new(row);
    let owner = row.first(|inner| inner.is("a") && inner.has_class("trigger-owner"));
    let id = row.descendants().filter(|inner| inner.is("a")).find_map(|link| {
        let address = link.attribute(Attribute::Href)?.split(['?', '#']).next()?;
        let (before, id) = address.rsplit_once('/')?;
        before.ends_with("/triggers").then(|| id.parse().ok())?
    });
    let has_time = |column: usize| cells.get(column).map(|cell| cell.by_name("time").is_some());
    let first = cells.get(1);
    TriggerToken {
        id,
        description: reader.some_name(&cells.text(2)),
        owner_name: owner
            .and_then(|owner| {
                owner
                    .attribute(Attribute::Title)
                    .filter(|title| !title.is_empty())
                    .map(str::to_owned)
                    .or(Some(owner.text()))
            })
            .and_then(|name| reader.some_name(&name)),
        owner_path: owner.and_then(|owner| owner.attribute(Attribute::Href)).and_then(|path| reader.some_name(path)),
        last_used_at: cells.get(4).and_then(Reader::moment),
        never_used: has_time(4).map(|there| !there),
        expires_at: cells.get(5).and_then(Reader::moment),
        never_expires: has_time(5).map(|there| !there),
        owner_can_access_project: first.map(|cell| {
            !cell.descendants().any(|inner| inner.has_class("gl-badge") && inner.has_class("badge-danger"))
        }),
        secret_in_document: first.map(|cell| cell.descendants().any(|inner| inner.is_filled(Attribute::CopyText))),
        span: row.span(),
        row: Some(number),
        ..TriggerToken::default()
    }
}

/// The keys of GitLab's JSON that are read; its `token` is never looked at.
const SENT: &[(&str, Holds)] = &[
    ("id", Holds::Number),
    ("description", Holds::Text),
    ("owner", Holds::Object),
    ("name", Holds::Text),
    ("username", Holds::Text),
    ("last_used", Holds::Text),
    ("expires_at", Holds::Text),
    ("has_token_exposed", Holds::Flag),
    ("can_access_project", Holds::Flag),
];

fn sent_triggers(reader: &mut Reader<'_>, element: Element<'_>, inventory: &mut Inventory) {
    let Some(sent) = element.attribute(Attribute::SentTriggers).and_then(|text| sent::rows(text, SENT)) else {
        reader.missing(element.span(), say!["The trigger tokens are in the page in a form that is not known here: they were not read. This is not an all-clear."]);
        return;
    };
    for (mut trigger, number) in sent.into_iter().zip(0_u32..) {
        let owner = trigger.object("owner");
        let of_owner = |key: &str| owner.as_ref().and_then(|owner| owner.text(key));
        inventory.trigger_tokens.push(TriggerToken {
            id: trigger.number("id"),
            description: trigger.text("description").and_then(|text| reader.some_name(text)),
            owner_name: of_owner("name").and_then(|name| reader.some_name(name)),
            owner_path: of_owner("username").map(|username| reader.name(&format!("/{username}"))),
            last_used_at: trigger.text("last_used").and_then(Timestamp::parse),
            never_used: Some(trigger.text("last_used").is_none()),
            expires_at: trigger.text("expires_at").and_then(dates::moment),
            never_expires: Some(trigger.text("expires_at").is_none()),
            owner_can_access_project: trigger.is("can_access_project"),
            secret_in_document: trigger.is("has_token_exposed"),
            span: element.span(),
            row: Some(number),
            ..TriggerToken::default()
        });
    }
}

/// Runners of whichever tab is open, and whether a registration token is on the page.
pub(super) fn runners(reader: &mut Reader<'_>, required: bool, inventory: &mut Inventory) {
    inventory.registration_token_in_document = Some(reader.document.elements().any(|element| {
        (element.is("input") && element.id() == Some("token-value")) || element.is_filled(Attribute::RegistrationToken)
    }));
    let tables: Vec<Table<'_>> = reader
        .document
        .elements()
        .filter(|element| element.is("table") && element.is_test_id("runner-list"))
        .map(Table::new)
        .collect();
    let rows: Vec<(u64, Element<'_>)> = reader
        .document
        .elements()
        .filter(|row| row.is("tr"))
        .filter_map(|row| Some((row.test_id()?.strip_prefix("runner-row-")?.parse().ok()?, row)))
        .collect();
    for table in &tables {
        say_busy(reader, table);
    }
    let section = reader.document.first(|element| element.id() == Some("js-runners-settings"));
    let tabs = section
        .map(|section| {
            section.descendants().filter(|inner| inner.is("a") && inner.has_class("gl-tab-nav-item")).count()
        })
        .unwrap_or_default();
    for ((id, row), number) in rows.iter().zip(0_u32..) {
        let runner = runner(reader, *id, *row, number);
        inventory.runners.push(runner);
    }
    if rows.is_empty() && tables.is_empty() && required {
        // An empty tab has a sentence and no table; so has one that is still loading.
        reader.missing(
            section.and_then(Element::span),
            say![
                "No runners are on this page. If the project has some: expand *Runners*, open each of its tabs (project, group, instance), and look again."
            ],
        );
    } else if tabs > 1 {
        reader.missing(
            section.and_then(Element::span),
            say!["Only the runners of the open tab are on the page: open the other tabs (other project runners, group, instance) and look at each."],
        );
    }
    if !rows.is_empty() {
        reader.not_shown(say![
            "The list of runners does not show whether a runner takes only protected branches, or jobs without tags: each runner's own page does."
        ]);
    }
}

fn runner(reader: &Reader<'_>, id: u64, row: Element<'_>, number: u32) -> Runner {
    let summary = row.by_test_id("td-summary").or_else(|| Cells::new(row).get(2));
    let kinds = [
        ("project-icon", RunnerKind::Project),
        ("group-icon", RunnerKind::Group),
        ("users-icon", RunnerKind::Instance),
    ];
    let mut kind = None;
    let mut tags = Vec::new();
    let mut locked = None;
    let mut description = None;
    if let Some(summary) = summary {
        locked = Some(summary.by_test_id("lock-icon").is_some());
        for badge in summary.descendants().filter(|inner| inner.has_class("gl-badge")) {
            let icon = kinds.iter().find(|(icon, _)| badge.by_test_id(icon).is_some());
            if let (None, Some((_, found))) = (kind, icon) {
                kind = Some(*found);
            } else if kind.is_some() && badge.by_name("svg").is_none() {
                tags.push(reader.name(&badge.text()));
            }
        }
        // `Version 18.9.0 · description`
        let dot = summary.first(|inner| inner.children().next().is_none() && inner.text() == "·");
        description = dot.and_then(|dot| {
            let behind = dot.parent()?.children().find(|sibling| dot.is_before(*sibling))?;
            reader.some_name(&behind.text())
        });
    }
    let status = row.by_test_id("runner-status-badge").and_then(|badge| badge.attribute(Attribute::QaStatus));
    Runner {
        id: Some(id),
        kind,
        description,
        tags: summary.map(|_| tags),
        paused: Some(row.descendants().any(|inner| {
            inner.is_test_id("status-paused-icon") && inner.closest(|outer| outer.has_class("gl-badge")).is_some()
        })),
        locked,
        protected: None,
        run_untagged: None,
        status: status.map(|status| reader.name(&status.to_ascii_lowercase())),
        span: row.span(),
        row: Some(number),
    }
}

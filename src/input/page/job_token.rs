//! The job token section of a project's CI/CD settings. Its content is built only when the section is open and in view.

use super::lists::shows_state;
use super::reader::{Cells, Reader, digits, plural};
use crate::catalog::words;
use crate::input::html::{Attribute, Element};
use crate::inventory::{AllowlistEntry, AuthLogEntry, EntryKind, Inventory, JobToken, JobTokenMode, Policy};
use crate::say;
use crate::text::Name;
use crate::time::Timestamp;

/// Marks of the section's content.
const MARKS: [&str; 8] = [
    "token-access-name",
    "group-count",
    "project-count",
    "log-count",
    "auth-logs-no-events",
    "auth-logs-table-row",
    "auth-logs-too-many-text",
    "save-ci-job-token-scope-changes-btn",
];

/// Resources of fine-grained permissions; the words table has each as `jt_<resource>`.
/// <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
const RESOURCES: [(&str, &str); 11] = [
    ("jt_deployments", "deployments"),
    ("jt_environments", "environments"),
    ("jt_jobs", "jobs"),
    ("jt_merge_requests", "merge_requests"),
    ("jt_packages", "packages"),
    ("jt_pipelines", "pipelines"),
    ("jt_releases", "releases"),
    ("jt_repositories", "repositories"),
    ("jt_secure_files", "secure_files"),
    ("jt_terraform_state", "terraform_state"),
    ("jt_work_items", "work_items"),
];

/// Reads the section.
pub(super) fn read(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let Some(section) = reader.document.first(|element| element.id() == Some("js-token-access")) else {
        reader.missing(None, say!["The section *Job token permissions* is not on this page: open the project's CI/CD settings as a Maintainer and look again."]);
        return;
    };
    let radios: Vec<Element<'_>> = section
        .descendants()
        .filter(|input| input.is("input") && input.attribute(Attribute::Type) == Some("radio"))
        .filter(|input| !super::forms::is_of_entry(*input))
        .collect();
    let toggles: Vec<Element<'_>> = section
        .descendants()
        .filter(|inner| inner.has_class("gl-toggle") && inner.has(Attribute::AriaChecked))
        .collect();
    let marked = section.descendants().any(|inner| inner.test_id().is_some_and(|id| MARKS.contains(&id)));
    if radios.is_empty() && toggles.is_empty() && !marked {
        reader.missing(
            section.span(),
            say![
                "The job token section was not on the page: GitLab builds it only when it is open and in view. Expand *Job token permissions*, \
                 scroll to it, and look again. Nothing is said about it until then."
            ],
        );
        inventory.job_token = Some(JobToken { rendered: Some(false), ..JobToken::default() });
        return;
    }
    let mut settings = JobToken { rendered: Some(true), ..JobToken::default() };
    mode(reader, section, &radios, &toggles, &mut settings);
    let count = |id: &str| section.by_test_id(id).and_then(|element| digits(&element.text()));
    settings.group_count = count("group-count");
    settings.project_count = count("project-count");
    allowlist(reader, section, &mut settings);
    auth_log(reader, section, &mut settings);
    push(reader, section, &mut settings);
    inventory.job_token = Some(settings);
}

fn mode(
    reader: &mut Reader<'_>,
    section: Element<'_>,
    radios: &[Element<'_>],
    toggles: &[Element<'_>],
    settings: &mut JobToken,
) {
    let on = |toggle: &Element<'_>| toggle.attribute(Attribute::AriaChecked) == Some("true");
    if !radios.is_empty() {
        settings.enforced_by_instance = Some(false);
        settings.mode = match radios
            .iter()
            .find(|radio| radio.has(Attribute::Checked))
            .and_then(|radio| radio.attribute(Attribute::Value))
        {
            Some("true") => Some(JobTokenMode::Allowlist),
            Some("false") => Some(JobTokenMode::AllGroupsAndProjects),
            _ => None,
        };
        // Until 18, a toggle for what this project's own jobs may reach stood below.
        settings.outbound_limited = toggles.first().map(on);
    } else if let [inbound, outbound, ..] = toggles {
        // 15.9 to 17: two toggles, who may come in above what this project's jobs may reach.
        settings.enforced_by_instance = Some(false);
        settings.mode = Some(if on(inbound) { JobTokenMode::Allowlist } else { JobTokenMode::AllGroupsAndProjects });
        settings.outbound_limited = Some(on(outbound));
    } else if toggles.is_empty() {
        // No choice at all: the instance enforces the allowlist.
        settings.enforced_by_instance = Some(true);
        settings.mode = Some(JobTokenMode::Allowlist);
    }
    if settings.mode.is_none() {
        reader.missing(
            section.span(),
            say![
                "Who may use their job token here is unknown: the page does not tell which choice is set (a saved page may not keep it, or the \
                 layout is an older one). Use the extension on the open page, or ask the API: `GET /projects/:id/job_token_scope`."
            ],
        );
    }
}

fn allowlist(reader: &mut Reader<'_>, section: Element<'_>, settings: &mut JobToken) {
    let project = reader.gitlab.project_path().unwrap_or_default();
    let mut entries = Vec::new();
    let mut unknown: Vec<Name> = Vec::new();
    let links = section.descendants().filter(|inner| inner.is_test_id("token-access-name"));
    for (link, number) in links.zip(0_u32..) {
        let Some(row) = link.closest(|outer| outer.is("tr")) else { continue };
        let cells = Cells::new(row);
        let path = link.text();
        let icon = row.by_test_id("token-access-icon").and_then(|icon| {
            let shape = icon.by_name("use")?;
            shape.attribute(Attribute::Href).or_else(|| shape.attribute(Attribute::XlinkHref))
        });
        let kind = match icon.and_then(|address| address.rsplit('#').next()) {
            Some("group") => Some(EntryKind::Group),
            Some("project") => Some(EntryKind::Project),
            _ => None,
        };
        let removable = row.by_test_id("token-access-table-remove-button").is_some();
        let badge = cells.get(1).is_some_and(|cell| cell.by_class("gl-badge").is_some());
        // The permission column came in 17.10; without it, the middle one of three is something else.
        let permissions = if cells.cells.len() == 3 { cells.get(2) } else { None };
        let (default_permissions, policies) =
            permissions.map_or((None, None), |cell| read_permissions(reader, cell, &mut unknown));
        entries.push(AllowlistEntry {
            kind,
            current_project: Some(kind != Some(EntryKind::Group) && (path == project || (badge && !removable))),
            path: Some(reader.name(&path)),
            id: None,
            default_permissions,
            policies,
            span: row.span(),
            row: Some(number),
        });
    }
    if let Some(first) = unknown.first() {
        let message = say![
            "The permissions of ",
            unknown.len(),
            plural(unknown.len(), " allowlist entry", " allowlist entries"),
            ", such as “",
            first,
            "”, are words that are not known here: they count as unknown. Switch GitLab to English and look again."
        ];
        reader.missing(section.span(), message);
    }
    let listed = entries.len() as u64;
    let counted = settings.group_count.zip(settings.project_count).map(|(groups, projects)| groups + projects);
    if counted.is_some_and(|counted| counted > listed) {
        let message = say![
            "The allowlist has ",
            counted,
            " entries, and ",
            listed,
            plural(entries.len(), " is", " are"),
            " on the page: wait until all are there, then look again."
        ];
        reader.missing(section.span(), message);
    }
    let has_list = listed > 0 || counted == Some(0) || section.by_class("b-table-empty-row").is_some();
    if !has_list {
        reader.missing(
            section.span(),
            say!["The allowlist itself is not on the page: scroll to it, wait until it is there, and look again."],
        );
    }
    settings.allowlist = has_list.then_some(entries);
}

/// A list of policies, or words: all that the user may, or nothing chosen.
fn read_permissions(
    reader: &Reader<'_>,
    cell: Element<'_>,
    unknown: &mut Vec<Name>,
) -> (Option<bool>, Option<Vec<Policy>>) {
    let items: Vec<String> = cell.descendants().filter(|inner| inner.is("li")).map(Element::text).collect();
    if items.is_empty() {
        let text = cell.text();
        if reader.is_word(&text, "jt_default_permissions") {
            return (Some(true), Some(Vec::new()));
        }
        if reader.is_word(&text, "jt_no_resources") {
            return (Some(false), Some(Vec::new()));
        }
        unknown.push(reader.name(&text));
        return (None, None);
    }
    let mut policies = Vec::with_capacity(items.len());
    for item in &items {
        let Some(policy) = policy(reader, item) else {
            unknown.push(reader.name(item));
            return (Some(false), None);
        };
        policies.push(policy);
    }
    (Some(false), Some(policies))
}

/// `Read to Deployments`, in the page's language.
fn policy(reader: &Reader<'_>, text: &str) -> Option<Policy> {
    let lang = reader.lang();
    for pattern in words::shown("jt_policy_pattern", lang) {
        for (key, action) in [("jt_read", "read"), ("jt_read_write", "admin")] {
            for word in words::shown(key, lang) {
                for (resource_key, resource) in RESOURCES {
                    for name in words::shown(resource_key, lang) {
                        if pattern.replace("%{policy}", word).replace("%{resource}", name).to_lowercase()
                            == text.to_lowercase()
                        {
                            return Some(Policy { action: reader.name(action), resource: reader.name(resource) });
                        }
                    }
                }
            }
        }
    }
    // A resource newer than the table, on an English page: kept as it stands.
    if lang.starts_with("en")
        && let Some((word, resource)) = text.split_once(" to ")
    {
        let action = match word {
            "Read" => "read",
            "Read and write" => "admin",
            _ => return None,
        };
        return Some(Policy {
            action: reader.name(action),
            resource: reader.name(&resource.to_lowercase().replace(' ', "_")),
        });
    }
    None
}

fn auth_log(reader: &mut Reader<'_>, section: Element<'_>, settings: &mut JobToken) {
    let rows: Vec<Element<'_>> = section.descendants().filter(|row| row.is_test_id("auth-logs-table-row")).collect();
    let mut log = Vec::with_capacity(rows.len());
    for (row, number) in rows.iter().zip(0_u32..) {
        let cells = Cells::new(*row);
        let path = cells.get(1).and_then(|cell| {
            cell.by_class("gl-text-default").or_else(|| cell.descendants().filter(|inner| inner.is("span")).last())
        });
        log.push(AuthLogEntry {
            path: path.map(|path| reader.name(&path.text())),
            last_authorized_at: cells.get(2).and_then(|cell| Timestamp::parse(&cell.text())),
            span: row.span(),
            row: Some(number),
        });
    }
    settings.auth_log_count = section.by_test_id("log-count").and_then(|element| digits(&element.text()));
    if section.by_test_id("auth-logs-too-many-text").is_some() {
        reader.missing(
            section.span(),
            say!["The authentication log has more than 100 entries, so the page does not list them: use *Download CSV* beside it and give Leastwise that file."],
        );
    } else if !log.is_empty() || section.by_test_id("auth-logs-no-events").is_some() {
        if settings.auth_log_count.is_some_and(|count| count > log.len() as u64) {
            let message = say![
                "The authentication log has ",
                settings.auth_log_count,
                " entries, and ",
                log.len(),
                " are on the page: use *Download CSV* beside it and give Leastwise that file."
            ];
            reader.missing(section.span(), message);
        }
        settings.auth_log = Some(log);
    } else {
        reader.missing(
            section.span(),
            say!["The authentication log was not on the page: scroll to it, wait until it is there, and look again."],
        );
    }
}

/// The one checkbox of the section: may the job token push?
fn push(reader: &mut Reader<'_>, section: Element<'_>, settings: &mut JobToken) {
    let checkbox = section
        .descendants()
        .filter(|input| {
            input.is("input")
                && input.attribute(Attribute::Type) == Some("checkbox")
                && input.closest(|outer| outer.is("table")).is_none()
        })
        .last();
    let Some(checkbox) = checkbox else { return };
    if checkbox.has(Attribute::Checked) || shows_state(reader) {
        settings.push_to_repository_allowed = Some(checkbox.has(Attribute::Checked));
    } else {
        reader.missing(
            checkbox.span(),
            say!["Whether the job token may push to the repository is unknown: a saved page does not keep the state of the box. Use the extension on the open page."],
        );
    }
}

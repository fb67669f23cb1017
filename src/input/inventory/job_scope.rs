//! The job token's settings: REST's three lists, and GraphQL's one answer.
//!
//! Sources: <https://docs.gitlab.com/api/project_job_token_scopes/>,
//! <https://docs.gitlab.com/api/graphql/reference/#cijobtokenscopetype>.

use super::fields::Fields;
use crate::inventory::{AllowlistEntry, AuthLogEntry, EntryKind, JobToken, JobTokenMode, Policy};
use crate::text::Name;

const fn mode(enabled: bool) -> JobTokenMode {
    if enabled { JobTokenMode::Allowlist } else { JobTokenMode::AllGroupsAndProjects }
}

/// `GET /projects/:id/job_token_scope`.
pub(super) fn settings(fields: &Fields<'_>, into: &mut JobToken) {
    into.mode = fields.flag("inbound_enabled").map(mode).or(into.mode);
    into.outbound_limited = fields.flag("outbound_enabled").or(into.outbound_limited);
}

/// Has a GraphQL project anything of the job token?
pub(super) fn is_graphql(fields: &Fields<'_>) -> bool {
    fields.has_any(&["ci_job_token_scope", "ci_job_token_scope_allowlist"])
        || fields.child("ci_cd_settings").is_some_and(|settings| settings.has("inbound_job_token_scope_enabled"))
}

/// A GraphQL project's answer.
pub(super) fn graphql(fields: &Fields<'_>, into: &mut JobToken) {
    if let Some(settings) = fields.child("ci_cd_settings") {
        into.mode = settings.flag("inbound_job_token_scope_enabled").map(mode).or(into.mode);
        into.outbound_limited = settings.flag("job_token_scope_enabled").or(into.outbound_limited);
        into.push_to_repository_allowed =
            settings.flag("push_repository_for_job_token_allowed").or(into.push_to_repository_allowed);
    }
    let this = fields.word("full_path").map(|path| fields.context().name(&path));
    let mut entries: Vec<AllowlistEntry> = Vec::new();
    let mut known = false;
    if let Some(list) = fields.child("ci_job_token_scope_allowlist") {
        for (key, kind) in [("projects_allowlist", EntryKind::Project), ("groups_allowlist", EntryKind::Group)] {
            if let Some(children) = list.children(key) {
                known = true;
                entries.extend(children.iter().map(|child| entry(child, Some(kind))));
            }
        }
    }
    if let Some(scope) = fields.child("ci_job_token_scope") {
        into.project_count = scope.number("inbound_allowlist_count").or(into.project_count);
        into.group_count = scope.number("groups_allowlist_count").or(into.group_count);
        for (key, kind) in [("inbound_allowlist", EntryKind::Project), ("groups_allowlist", EntryKind::Group)] {
            let Some(children) = scope.children(key) else { continue };
            known = true;
            for child in &children {
                let older = entry(child, Some(kind));
                // The newer list says more of the same entry.
                if !entries.iter().any(|entry| entry.path == older.path && entry.kind == older.kind) {
                    entries.push(older);
                }
            }
        }
    }
    if known {
        for entry in &mut entries {
            entry.current_project = this.as_ref().map(|this| entry.path.as_ref() == Some(this));
        }
        into.allowlist.get_or_insert_default().extend(entries);
    }
}

/// One entry: GraphQL's with its `target`, or a project or group of REST's lists.
pub(super) fn entry(fields: &Fields<'_>, kind: Option<EntryKind>) -> AllowlistEntry {
    let target = fields.child("target");
    let named = target.as_ref().unwrap_or(fields);
    let url = named.word("web_url");
    let group_path = url.as_deref().and_then(|url| url.split_once("/groups/")).map(|(_, path)| path);
    let stated =
        named.word("__typename").map(|name| if name.contains("Group") { EntryKind::Group } else { EntryKind::Project });
    let told = if named.has("path_with_namespace") { Some(EntryKind::Project) } else { None };
    let path = named
        .word("full_path")
        .or_else(|| named.word("path_with_namespace"))
        .or_else(|| group_path.map(|path| path.to_owned().into()));
    AllowlistEntry {
        kind: stated.or(told).or(group_path.map(|_| EntryKind::Group)).or(kind),
        path: path.map(|path| fields.context().name(&path)),
        id: named.number("id"),
        current_project: None,
        default_permissions: fields.flag("default_permissions"),
        policies: fields
            .words("job_token_policies")
            .map(|words| words.iter().filter_map(|word| policy(fields, word)).collect()),
        span: Some(fields.span),
        ..AllowlistEntry::default()
    }
}

/// `READ_PACKAGES`: the action, and on what.
fn policy(fields: &Fields<'_>, word: &str) -> Option<Policy> {
    let lower = word.to_ascii_lowercase();
    let (action, resource) = lower.split_once('_')?;
    let name = |text: &str| -> Name { fields.context().name(text) };
    Some(Policy { action: name(action), resource: name(resource) })
}

/// A line of the authentication log.
pub(super) fn auth_log_entry(fields: &Fields<'_>) -> AuthLogEntry {
    AuthLogEntry {
        path: fields.name("origin_project_path"),
        last_authorized_at: fields.moment("last_authorized_at"),
        span: Some(fields.span),
        ..AuthLogEntry::default()
    }
}

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
    fields.has_any(&["ci_job_token_scope", "ci_job_token_scope_allowlist", "ci_job_token_auth_logs"])
        || fields.child("ci_cd_settings").is_some_and(|settings| settings.has("inbound_job_token_scope_enabled"))
}

/// A GraphQL project's answer.
pub(super) fn graphql(fields: &Fields<'_>, into: &mut JobToken) {
    if let Some(settings) = fields.child("ci_cd_settings") {
        into.mode = settings.flag("inbound_job_token_scope_enabled").map(mode).or(into.mode);
        into.outbound_limited = settings.flag("job_token_scope_enabled").or(into.outbound_limited);
        into.push_to_repository_allowed =
            settings.flag("push_repository_for_job_token_allowed").or(into.push_to_repository_allowed);
        into.cross_project_push_allowed =
            settings.flag("cross_project_push_for_job_token_allowed").or(into.cross_project_push_allowed);
    }
    if let Some(log) = fields.children("ci_job_token_auth_logs") {
        into.auth_log.get_or_insert_default().extend(log.iter().map(graphql_auth_log_entry));
        let connection = fields.child("ci_job_token_auth_logs");
        let count = connection.as_ref().and_then(|log| log.number("count"));
        let page = connection.and_then(|log| log.child("page_info"));
        // An answer without a count that has a next page holds at least one more than is here.
        let more = page.and_then(|page| page.flag("has_next_page")) == Some(true);
        let count = count.or_else(|| more.then_some(log.len() as u64 + 1));
        into.auth_log_count = count.or(into.auth_log_count);
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

/// A node of GraphQL's authentication log.
fn graphql_auth_log_entry(fields: &Fields<'_>) -> AuthLogEntry {
    AuthLogEntry {
        path: fields.child("origin_project").and_then(|project| project.name("full_path")),
        last_authorized_at: fields.moment("last_authorized_at"),
        span: Some(fields.span),
        ..AuthLogEntry::default()
    }
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

#[cfg(test)]
mod tests {
    use crate::input::Status;
    use crate::input::inventory::tests::{inventory, read_text};

    fn job_token(rest: &str) -> crate::inventory::JobToken {
        let text = format!(
            r#"{{"data": {{"project": {{"id": "gid://gitlab/Project/318", "fullPath": "acme/api",
               "ciCdSettings": {{"inboundJobTokenScopeEnabled": true, "crossProjectPushForJobTokenAllowed": true}},
               "ciJobTokenAuthLogs": {{{rest} "nodes": [{{"lastAuthorizedAt": "2026-11-19T20:00:00Z",
                 "originProject": {{"fullPath": "acme/web"}}}}]}}}}}}}}"#
        );
        let reading = read_text("answer.json", &text);
        assert_eq!(reading.status, Status::Read, "{:?}", reading.unread);
        inventory(&reading).job_token.clone().unwrap()
    }

    #[test]
    fn the_authentication_log_and_the_newest_push_setting_are_read_from_graphql() {
        let settings = job_token(r#""count": 1,"#);
        assert_eq!(settings.cross_project_push_allowed, Some(true));
        assert_eq!(settings.auth_log_count, Some(1));
        let log = settings.auth_log.unwrap();
        assert_eq!(log[0].path.as_ref().unwrap().as_str(), "acme/web");
        assert!(log[0].last_authorized_at.is_some());
    }

    #[test]
    fn a_log_with_a_next_page_is_not_taken_for_the_whole() {
        assert_eq!(job_token(r#""pageInfo": {"hasNextPage": true},"#).auth_log_count, Some(2));
        assert_eq!(job_token(r#""pageInfo": {"hasNextPage": false},"#).auth_log_count, None);
    }
}

//! Users, members, service accounts, projects, groups and audit events.
//!
//! Sources: <https://docs.gitlab.com/api/users/>, <https://docs.gitlab.com/api/members/>,
//! <https://docs.gitlab.com/api/service_accounts/>, <https://docs.gitlab.com/api/projects/>,
//! <https://docs.gitlab.com/api/audit_events/>.

use super::fields::Fields;
use crate::inventory::{AuditEvent, Member, Namespace, ServiceAccount, User};

pub(super) fn user(fields: &Fields<'_>) -> User {
    User {
        id: fields.number("id"),
        username: fields.name("username"),
        name: fields.name("name"),
        state: fields.name("state"),
        bot: fields.flag("bot"),
        admin: fields.flag("is_admin"),
        last_activity_on: fields.day("last_activity_on"),
        span: Some(fields.span),
    }
}

pub(super) fn service_account(fields: &Fields<'_>) -> ServiceAccount {
    ServiceAccount { id: fields.number("id"), username: fields.name("username"), name: fields.name("name") }
}

pub(super) fn member(fields: &Fields<'_>) -> Member {
    let first = |keys: &[&'static str]| keys.iter().copied().find(|key| fields.has(key));
    Member {
        user_id: fields.number("id"),
        username: fields.name("username"),
        name: fields.name("name"),
        state: first(&["state", "membership_status"]).and_then(|key| fields.name(key)),
        role: first(&["access_level", "role", "max_role"]).and_then(|key| fields.role(key)),
        path: first(&["path", "source"]).and_then(|key| fields.name(key)),
        expires_on: first(&["expires_at", "access_expiration", "access_expired"]).and_then(|key| fields.day(key)),
        span: Some(fields.span),
    }
}

pub(super) fn project(fields: &Fields<'_>) -> Namespace {
    Namespace {
        id: fields.number("id"),
        path: fields.name("path_with_namespace").or_else(|| fields.name("full_path")),
        visibility: fields.name("visibility"),
        archived: fields.flag("archived"),
        repository_access: fields.name("repository_access_level"),
        builds_access: fields.name("builds_access_level"),
        packages_access: fields.name("package_registry_access_level"),
        registry_access: fields.name("container_registry_access_level"),
        span: Some(fields.span),
    }
}

pub(super) fn audit_event(fields: &Fields<'_>) -> AuditEvent {
    let details = fields.child("details");
    let inside = |key: &'static str| details.as_ref().and_then(|details| details.name(key));
    let name = |key: &'static str| fields.name(key).or_else(|| inside(key));
    AuditEvent {
        id: fields.name("id"),
        at: fields.moment("created_at"),
        // -1 is somebody who was not signed in.
        author_id: fields.word("author_id").filter(|id| *id != "-1").and_then(|_| fields.number("author_id")),
        author: name("author_name"),
        entity_type: fields.name("entity_type"),
        entity_id: fields.number("entity_id"),
        entity_path: name("entity_path"),
        event: name("event_type").or_else(|| name("event_name")),
        action: name("action").or_else(|| name("custom_message")).or_else(|| what_changed(details.as_ref()?)),
        target_type: name("target_type"),
        target: name("target_details").or_else(|| name("target_id")),
        ip_address: name("ip_address"),
        span: Some(fields.span),
    }
}

/// Older events have `add`, `remove` or `change` with the thing, instead of a sentence.
fn what_changed(details: &Fields<'_>) -> Option<crate::text::Name> {
    ["add", "remove", "change"].into_iter().find_map(|verb| {
        let what = details.word(verb).filter(|what| !what.is_empty())?;
        Some(details.context().name(&format!("{verb} {what}")))
    })
}

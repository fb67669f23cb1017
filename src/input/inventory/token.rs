//! Access tokens: personal, project, group, impersonation and those of service accounts.
//!
//! Sources: <https://docs.gitlab.com/api/personal_access_tokens/>, <https://docs.gitlab.com/api/project_access_tokens/>,
//! <https://docs.gitlab.com/api/group_access_tokens/>, <https://docs.gitlab.com/api/user_tokens/>.

use super::fields::Fields;
use super::hints::{Hints, List};
use crate::catalog::TokenType;
use crate::inventory::{Flags, GranularScope, OwnerKind, RowOwner, TokenRow, TokenStatus};
use crate::time::Date;

/// Does a row look like an access token? `expected` says that its surroundings promise tokens.
pub(super) fn is_token(fields: &Fields<'_>, expected: bool) -> bool {
    if fields.has_any(&["application_id", "agent_id", "runner_type", "title", "callback_url", "entity_type", "path"]) {
        return false;
    }
    let life =
        ["revoked", "active", "expires_at", "last_used_at", "user_id", "access_level", "granular", "impersonation"];
    let signs = life.iter().filter(|key| fields.has(key)).count();
    if fields.has("scopes") {
        // Deploy tokens have scopes and a user name of their own.
        return !fields.has("username") && (signs > 0 || fields.has_any(&["created_at", "token", "name"]));
    }
    // A filtered row: without scopes the others have to be many, since members and keys have some of them too.
    !fields.has_any(&["username", "key", "url"])
        && (signs >= 3 || expected && signs >= 1)
        && fields.has_any(&["id", "name"])
}

/// Reads an access token's row. `created_at` and the like that cannot be understood are left in the fields' odd list.
pub(super) fn read(fields: &Fields<'_>, hints: &Hints, today: Date) -> TokenRow {
    let granular_scopes = fields.children("granular_scopes").map(|scopes| scopes.iter().map(granular_scope).collect());
    let mut scopes = fields.scopes("scopes");
    let granular = fields.flag("granular").or_else(|| {
        let named = scopes.as_ref().is_some_and(|scopes| scopes.iter().any(|scope| scope.is("granular")));
        (named || fields.child("granular_scopes").is_some()).then_some(true)
    });
    if granular == Some(true) {
        // `granular` is how GitLab marks the row; what the token may do stands in its permissions.
        scopes = scopes.map(|scopes| scopes.into_iter().filter(|scope| !scope.is("granular")).collect());
    }
    let flags =
        Flags { active: fields.flag("active"), revoked: fields.flag("revoked"), expired: fields.flag("expired") };
    let expires_on = fields.day("expires_at");
    let last_used_at = fields.moment("last_used_at");
    let last_used_on = if last_used_at.is_some() { None } else { fields.day("last_used_at") };
    let role = fields.role("access_level");
    let kind = kind(fields, hints, granular == Some(true));
    let undecided = kind.is_none();
    let kind = kind.unwrap_or(TokenType::ProjectAccessToken);
    let mut row = TokenRow {
        kind,
        project_or_group: undecided,
        id: fields.number("id"),
        name: fields.name("name"),
        description: fields.name("description"),
        scopes,
        granular,
        granular_scopes,
        created_on: fields.day("created_at"),
        last_used_at,
        last_used_on,
        never_used: presence(fields, "last_used_at"),
        last_used_ips: fields.names("last_used_ips"),
        expires_on,
        never_expires: presence(fields, "expires_at"),
        status: None,
        role,
        user_id: fields.number("user_id").or_else(|| fields.child("user")?.number("id")),
        resource: resource(fields),
        owner: user(fields),
        created_at: fields.moment("created_at"),
        revoked_on: fields.day("revoked_at"),
        flags,
        span: Some(fields.span),
        ..TokenRow::default()
    };
    row.status = status(fields, flags, expires_on, today);
    row
}

/// `null`: the source says "never"; a value: it says "not never"; absent or not understood: it does not say.
pub(super) fn presence(fields: &Fields<'_>, key: &'static str) -> Option<bool> {
    if fields.is_null(key) {
        return Some(true);
    }
    fields.day(key).map(|_| false)
}

/// Alive or not, from what does not depend on when the list was made: an end that has passed since counts, and `active`
/// alone is not trusted (<https://docs.gitlab.com/user/profile/personal_access_tokens/#token-expiration>).
pub(super) fn status(fields: &Fields<'_>, flags: Flags, expires_on: Option<Date>, today: Date) -> Option<TokenStatus> {
    if flags.revoked == Some(true) || fields.day("revoked_at").is_some() {
        return Some(TokenStatus::Revoked);
    }
    if flags.expired == Some(true) || expires_on.is_some_and(|day| day <= today) {
        return Some(TokenStatus::Expired);
    }
    match flags.active {
        Some(true) => return Some(TokenStatus::Active),
        Some(false) => return Some(TokenStatus::Inactive),
        None => {}
    }
    if let Some(word) = fields.word("state").or_else(|| fields.word("status")).filter(|word| !word.is_empty()) {
        return Some(match word.to_ascii_lowercase().as_str() {
            "active" | "valid" | "live" => TokenStatus::Active,
            "expired" => TokenStatus::Expired,
            "revoked" => TokenStatus::Revoked,
            "inactive" => TokenStatus::Inactive,
            _ => TokenStatus::Other(fields.context().name(&word)),
        });
    }
    let has_end = expires_on.is_some() || fields.is_null("expires_at");
    (flags.revoked == Some(false) && has_end || flags.expired == Some(false) && flags.revoked == Some(false))
        .then_some(TokenStatus::Active)
}

/// The kind: by fields first, then by what the surroundings say, else the widest. `None`: a project's or a group's, and
/// nothing says which.
fn kind(fields: &Fields<'_>, hints: &Hints, granular: bool) -> Option<TokenType> {
    if fields.flag("impersonation") == Some(true) {
        return Some(TokenType::ImpersonationToken);
    }
    match resource_kind(fields) {
        Some(OwnerKind::Project) => return Some(TokenType::ProjectAccessToken),
        Some(OwnerKind::Group) => return Some(TokenType::GroupAccessToken),
        _ => {}
    }
    if granular {
        return Some(TokenType::FineGrainedPersonalAccessToken);
    }
    let has_role = fields.has("access_level") && !fields.is_null("access_level");
    // A list of a project's or group's tokens always has the role. Without it the name is believed only for rows that
    // somebody filtered, and not on the word of a folder.
    let believed = has_role || !fields.has("user_id") && !hints.from_folders;
    match hints.list {
        Some(List::ImpersonationTokens) if !has_role => Some(TokenType::ImpersonationToken),
        Some(List::ProjectTokens) if believed => Some(TokenType::ProjectAccessToken),
        Some(List::GroupTokens) if believed => Some(TokenType::GroupAccessToken),
        // An answer that says whose the list is: GraphQL, or a file named for its project.
        _ if has_role => match hints.owner {
            Some(OwnerKind::Project) => Some(TokenType::ProjectAccessToken),
            Some(OwnerKind::Group) => Some(TokenType::GroupAccessToken),
            _ => None,
        },
        _ => Some(TokenType::PersonalAccessToken),
    }
}

fn resource_kind(fields: &Fields<'_>) -> Option<OwnerKind> {
    let word = fields.word("resource_type")?.to_ascii_lowercase();
    match word.as_str() {
        "project" => Some(OwnerKind::Project),
        "group" | "namespace" => Some(OwnerKind::Group),
        "" => None,
        _ => Some(OwnerKind::Unknown),
    }
}

fn resource(fields: &Fields<'_>) -> Option<RowOwner> {
    let kind = resource_kind(fields)?;
    Some(RowOwner { kind, id: fields.number("resource_id"), ..RowOwner::default() })
}

fn user(fields: &Fields<'_>) -> Option<RowOwner> {
    if let Some(username) = fields.name("owner_username") {
        return Some(RowOwner { kind: OwnerKind::User, username: Some(username), ..RowOwner::default() });
    }
    let user = fields.child("user").or_else(|| fields.child("owner"))?;
    let owner = RowOwner {
        kind: OwnerKind::User,
        path: None,
        name: user.name("name"),
        username: user.name("username"),
        id: user.number("id"),
    };
    Some(owner)
}

fn granular_scope(fields: &Fields<'_>) -> GranularScope {
    GranularScope {
        access: fields.name("access"),
        permissions: fields.names("permissions"),
        project_id: fields.number("project_id").or_else(|| fields.child("project")?.number("id")),
        group_id: fields.number("group_id").or_else(|| fields.child("group")?.number("id")),
    }
}

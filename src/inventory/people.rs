//! Who and what the credentials belong to, as lists of users, members, projects and events name them; and counts of a
//! report. They say nothing by themselves: they are for joining with the tokens of other inputs.

use serde::{Deserialize, Serialize};

use super::OwnerKind;
use crate::catalog::Role;
use crate::source::Span;
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// A user of the instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// GitLab's number.
    pub id: Option<u64>,
    /// User name.
    pub username: Option<Name>,
    /// Display name.
    pub name: Option<Name>,
    /// `active`, `blocked`, `deactivated`, `banned`, `ldap_blocked`…
    pub state: Option<Name>,
    /// Is it the user behind a project's or group's token, or another of GitLab's own?
    pub bot: Option<bool>,
    /// Is it an administrator?
    pub admin: Option<bool>,
    /// The day of the last activity.
    pub last_activity_on: Option<Date>,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// A member of a project or group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// The user's number.
    pub user_id: Option<u64>,
    /// User name.
    pub username: Option<Name>,
    /// Display name.
    pub name: Option<Name>,
    /// `active`, `blocked`…, or `awaiting`, `created` for a membership.
    pub state: Option<Name>,
    /// The role.
    pub role: Option<Role>,
    /// Full path of the project or group, where the row has it.
    pub path: Option<Name>,
    /// The day the membership ends.
    pub expires_on: Option<Date>,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// A project or group, as a list of them describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Namespace {
    /// GitLab's number.
    pub id: Option<u64>,
    /// Full path.
    pub path: Option<Name>,
    /// `private`, `internal`, `public`.
    pub visibility: Option<Name>,
    /// Is it read-only?
    pub archived: Option<bool>,
    /// `disabled`, `private`, `enabled`: who can use repository, jobs, packages and images.
    pub repository_access: Option<Name>,
    /// As `repository_access`, for jobs.
    pub builds_access: Option<Name>,
    /// As `repository_access`, for packages.
    pub packages_access: Option<Name>,
    /// As `repository_access`, for images.
    pub registry_access: Option<Name>,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// Something that somebody did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditEvent {
    /// GitLab's number or its newer unique text.
    pub id: Option<Name>,
    /// When.
    pub at: Option<Timestamp>,
    /// The user's number; `None` for somebody who was not signed in.
    pub author_id: Option<u64>,
    /// The user's display name.
    pub author: Option<Name>,
    /// `Project`, `Group`, `User`, …: what it happened to.
    pub entity_type: Option<Name>,
    /// Its number.
    pub entity_id: Option<u64>,
    /// Its full path.
    pub entity_path: Option<Name>,
    /// The name of the event, `personal_access_token_created`.
    pub event: Option<Name>,
    /// What was done, in GitLab's words.
    pub action: Option<Name>,
    /// What it was done to, `PersonalAccessToken`.
    pub target_type: Option<Name>,
    /// Its number or name.
    pub target: Option<Name>,
    /// From where.
    pub ip_address: Option<Name>,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// How many tokens end on one day, as `gitlab:tokens:analyze` counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryCount {
    /// The day; `None` for tokens without an end.
    pub expires_on: Option<Date>,
    /// Tokens that end on it.
    pub count: u64,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// The project or group whose bot a user is: `project_318_bot_5a1f…`, before 16.0 `project_318_bot1`
/// (<https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects>).
pub(crate) fn bot_of(username: &str) -> Option<(OwnerKind, u64)> {
    let (kind, rest) = match (username.strip_prefix("project_"), username.strip_prefix("group_")) {
        (Some(rest), _) => (OwnerKind::Project, rest),
        (None, Some(rest)) => (OwnerKind::Group, rest),
        (None, None) => return None,
    };
    let (id, rest) = rest.split_once("_bot")?;
    let shaped = rest.is_empty() || rest.starts_with('_') || rest.bytes().all(|byte| byte.is_ascii_digit());
    Some((kind, id.parse().ok().filter(|_| shaped)?))
}

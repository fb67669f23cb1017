//! Rows that are no credential themselves and hold or use some: schedules, runner managers, mirrors, integrations; and the
//! instance's settings.

use serde::{Deserialize, Serialize};

use crate::source::Span;
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// What such a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OtherKind {
    #[default]
    PipelineSchedule,
    RunnerManager,
    RepositoryMirror,
    Integration,
}

/// A row that is no credential itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherRow {
    /// What it is.
    pub kind: OtherKind,
    /// GitLab's number.
    pub id: Option<u64>,
    /// Description, title or system id.
    pub name: Option<Name>,
    /// User name of the person as whom it runs.
    pub owner: Option<Name>,
    /// Is it switched on?
    pub active: Option<bool>,
    /// `online`, `finished`, …
    pub status: Option<Name>,
    /// Where it leads, without user and password; of a schedule the branch or tag.
    pub target: Option<Name>,
    /// The day it was made.
    pub created_on: Option<Date>,
    /// When it last did something.
    pub last_used_at: Option<Timestamp>,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// What `GET /application/settings` says about tokens (<https://docs.gitlab.com/api/settings/>). Values of secrets are never
/// kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceSettings {
    /// The instance's own prefix of personal access tokens.
    pub personal_access_token_prefix: Option<Name>,
    /// The instance's own prefix of all tokens.
    pub instance_token_prefix: Option<Name>,
    /// The longest life of an access token, in days.
    pub max_personal_access_token_lifetime: Option<u64>,
    /// Must access tokens have an end?
    pub require_personal_access_token_expiry: Option<bool>,
    /// Must those of service accounts?
    pub service_access_tokens_expiration_enforced: Option<bool>,
    /// May runners register with a registration token?
    pub allow_runner_registration_token: Option<bool>,
    /// Must every project keep the job token to an allowlist?
    pub enforce_ci_inbound_job_token_scope_enabled: Option<bool>,
    /// Does git take a user's password?
    pub password_authentication_enabled_for_git: Option<bool>,
}

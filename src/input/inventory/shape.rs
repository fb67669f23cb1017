//! What a row is, told from its fields. Lists can be mixed, so each row is looked at by itself.

use super::fields::Fields;
use super::hints::{Hints, List};
use super::token;

/// The kinds of row that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    AccessToken,
    DeployToken,
    AgentToken,
    Trigger,
    DeployKey,
    SshKey,
    Variable,
    JobTokenScope,
    AllowlistEntry,
    AuthLogEntry,
    Runner,
    Webhook,
    Application,
    ServiceAccount,
    User,
    Member,
    Project,
    Group,
    AuditEvent,
    ApplicationSettings,
    Schedule,
    RunnerManager,
    Mirror,
    Integration,
    GpgKey,
}

impl Shape {
    /// Several of it, in a sentence.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::AccessToken => "access tokens",
            Self::DeployToken => "deploy tokens",
            Self::AgentToken => "cluster agent tokens",
            Self::Trigger => "pipeline trigger tokens",
            Self::DeployKey => "deploy keys",
            Self::SshKey => "SSH keys",
            Self::Variable => "CI/CD variables",
            Self::JobTokenScope => "job token settings",
            Self::AllowlistEntry => "job token allowlist entries",
            Self::AuthLogEntry => "job token authentication log entries",
            Self::Runner => "runners",
            Self::Webhook => "webhooks",
            Self::Application => "applications",
            Self::ServiceAccount => "service accounts",
            Self::User => "users",
            Self::Member => "members",
            Self::Project => "projects",
            Self::Group => "groups",
            Self::AuditEvent => "audit events",
            Self::ApplicationSettings => "application settings",
            Self::Schedule => "pipeline schedules",
            Self::RunnerManager => "runner managers",
            Self::Mirror => "repository mirrors",
            Self::Integration => "integrations",
            Self::GpgKey => "GPG keys",
        }
    }

    /// Of which kind is a row? Fields that only one kind has come first.
    pub(super) fn of(fields: &Fields<'_>, hints: &Hints) -> Option<Self> {
        let has = |key: &str| fields.has(key);
        let any = |keys: &[&str]| fields.has_any(keys);
        let all = |keys: &[&str]| fields.has_all(keys);
        let shape = if has("origin_project_path") {
            Self::AuthLogEntry
        } else if has("entity_type") && any(&["details", "entity_id", "action"]) {
            Self::AuditEvent
        } else if all(&["cron", "ref"]) {
            Self::Schedule
        } else if any(&["max_personal_access_token_lifetime", "default_project_visibility", "default_projects_limit"])
            && any(&[
                "signup_enabled",
                "runners_registration_token",
                "personal_access_token_prefix",
                "valid_runner_registrars",
            ])
        {
            Self::ApplicationSettings
        } else if has("system_id") && any(&["contacted_at", "platform"]) {
            Self::RunnerManager
        } else if has("url") && any(&["update_status", "last_successful_update_at", "only_protected_branches"]) {
            Self::Mirror
        } else if has("slug") && all(&["title", "active"]) {
            Self::Integration
        } else if fields.word("key").is_some_and(|key| key.starts_with("-----BEGIN PGP PUBLIC KEY")) {
            Self::GpgKey
        } else if has("application_id") && any(&["callback_url", "application_name", "confidential", "redirect_url"]) {
            Self::Application
        } else if has("agent_id") && any(&["status", "name", "created_by_user_id"]) {
            Self::AgentToken
        } else if has("runner_type") || all(&["is_shared", "ip_address"]) || all(&["token", "token_expires_at"]) {
            Self::Runner
        } else if has("title") && any(&["key", "fingerprint", "fingerprint_sha256", "usage_type"]) {
            Self::key(fields, hints)
        } else if has("variable_type")
            || has("key") && any(&["value", "masked", "protected", "environment_scope", "raw", "hidden"])
        {
            Self::Variable
        } else if has("url") && any(&["push_events", "enable_ssl_verification", "alert_status"]) {
            Self::Webhook
        } else if any(&["inbound_enabled", "outbound_enabled"]) {
            Self::JobTokenScope
        } else if has("target") && any(&["default_permissions", "job_token_policies"]) {
            Self::AllowlistEntry
        } else if !has("scopes")
            && (has("has_token_exposed")
                || has("description") && any(&["token", "owner"]) && any(&["last_used", "owner"]))
        {
            Self::Trigger
        } else if all(&["scopes", "username"]) && !has("user_id") {
            Self::DeployToken
        } else if token::is_token(fields, hints.promises_tokens()) {
            Self::AccessToken
        } else if has("path_with_namespace") {
            if hints.list == Some(List::Allowlist) { Self::AllowlistEntry } else { Self::Project }
        } else if hints.list == Some(List::Allowlist) && any(&["full_path", "web_url"]) {
            Self::AllowlistEntry
        } else if has("full_path") && has("visibility") {
            Self::Group
        } else if all(&["id", "name", "web_url"]) && fields.len() == 3 {
            // Only the list of groups on an allowlist is as short as this.
            Self::AllowlistEntry
        } else if has("username") && any(&["access_level", "access_granted", "max_role", "role"]) {
            Self::Member
        } else if has("username") && !has("state") && Self::is_service_account(fields, hints) {
            Self::ServiceAccount
        } else if has("username") && any(&["id", "state", "bot", "is_admin", "last_activity_on"]) {
            Self::User
        } else {
            return None;
        };
        Some(shape)
    }

    fn is_service_account(fields: &Fields<'_>, hints: &Hints) -> bool {
        let named = fields.word("username").is_some_and(|name| name.starts_with("service_account_"));
        named || hints.list == Some(List::ServiceAccounts) || fields.has("unconfirmed_email")
    }

    fn key(fields: &Fields<'_>, hints: &Hints) -> Self {
        let deploy = fields.has_any(&["can_push", "projects_with_write_access", "projects_with_readonly_access"]);
        if deploy || hints.list == Some(List::DeployKeys) && !fields.has_any(&["user_id", "user"]) {
            Self::DeployKey
        } else {
            Self::SshKey
        }
    }
}

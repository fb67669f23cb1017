//! Schedules, runner managers, mirrors, integrations, GPG keys and the instance's settings.
//!
//! Sources: <https://docs.gitlab.com/api/pipeline_schedules/>, <https://docs.gitlab.com/api/runners/>,
//! <https://docs.gitlab.com/api/remote_mirrors/>, <https://docs.gitlab.com/api/project_integrations/>,
//! <https://docs.gitlab.com/api/user_keys/>, <https://docs.gitlab.com/api/settings/>.

use super::fields::Fields;
use super::json::Node;
use crate::detect::{Checksum, Found};
use crate::input::address;
use crate::inventory::{GpgKey, InstanceSettings, OtherKind, OtherRow};
use crate::report::{Confidence, CredentialType};
use crate::secret::Masked;
use crate::source::Span;

pub(super) fn schedule(fields: &Fields<'_>) -> OtherRow {
    OtherRow {
        kind: OtherKind::PipelineSchedule,
        name: fields.name("description"),
        owner: fields.child("owner").and_then(|owner| owner.name("username")),
        active: fields.flag("active"),
        target: fields.name("ref"),
        ..common(fields)
    }
}

pub(super) fn runner_manager(fields: &Fields<'_>) -> OtherRow {
    OtherRow {
        kind: OtherKind::RunnerManager,
        name: fields.name("system_id"),
        status: fields.name("status"),
        last_used_at: fields.moment("contacted_at"),
        ..common(fields)
    }
}

pub(super) fn mirror(fields: &Fields<'_>) -> OtherRow {
    OtherRow {
        kind: OtherKind::RepositoryMirror,
        active: fields.flag("enabled"),
        status: fields.name("update_status"),
        target: fields.word("url").map(|url| address::clean(&url, fields.context())),
        last_used_at: fields.moment("last_successful_update_at"),
        ..common(fields)
    }
}

pub(super) fn integration(fields: &Fields<'_>) -> OtherRow {
    OtherRow {
        kind: OtherKind::Integration,
        name: fields.name("title"),
        active: fields.flag("active"),
        ..common(fields)
    }
}

fn common(fields: &Fields<'_>) -> OtherRow {
    OtherRow {
        id: fields.number("id"),
        created_on: fields.day("created_at"),
        span: Some(fields.span),
        ..OtherRow::default()
    }
}

pub(super) fn gpg_key(fields: &Fields<'_>) -> GpgKey {
    GpgKey { key_id: fields.name("id"), span: Some(fields.span), ..GpgKey::default() }
}

pub(super) fn application_settings(fields: &Fields<'_>) -> InstanceSettings {
    InstanceSettings {
        personal_access_token_prefix: fields.name("personal_access_token_prefix"),
        instance_token_prefix: fields.name("instance_token_prefix"),
        max_personal_access_token_lifetime: fields.number("max_personal_access_token_lifetime"),
        require_personal_access_token_expiry: fields.flag("require_personal_access_token_expiry"),
        service_access_tokens_expiration_enforced: fields.flag("service_access_tokens_expiration_enforced"),
        allow_runner_registration_token: fields.flag("allow_runner_registration_token"),
        enforce_ci_inbound_job_token_scope_enabled: fields.flag("enforce_ci_inbound_job_token_scope_enabled"),
        password_authentication_enabled_for_git: fields.flag("password_authentication_enabled_for_git"),
    }
}

/// The credential in a field whose name says that it holds one; what GitLab or a person put there to hide it is none.
pub(super) fn secret(text: &str, node: &Node) -> Option<Found> {
    let value = node.text(text)?;
    let hidden = value.chars().all(|character| matches!(character, '*' | 'x' | 'X' | '.' | '•'))
        || value.starts_with(['$', '<', '['])
        || value.contains("****")
        || ["redacted", "[masked]", "sensitive", "true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if hidden || value.trim().len() < 4 {
        return None;
    }
    Some(Found {
        // Without the quotes.
        span: Span::new(node.span.start + 1, node.span.end.saturating_sub(1).max(node.span.start + 1)),
        parts: Vec::new(),
        kind: CredentialType::GenericPassword,
        could_be: &[],
        masked: Masked::new("", None),
        checksum: Checksum::Absent,
        routing: None,
        encoding: Vec::new(),
        instance_prefix: None,
        jwt: None,
        confidence: Confidence::Likely,
    })
}

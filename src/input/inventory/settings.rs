//! Deploy tokens, triggers, keys, variables, runners, webhooks and applications.
//!
//! Sources: <https://docs.gitlab.com/api/deploy_tokens/>, <https://docs.gitlab.com/api/pipeline_triggers/>,
//! <https://docs.gitlab.com/api/deploy_keys/>, <https://docs.gitlab.com/api/user_keys/>,
//! <https://docs.gitlab.com/api/project_level_variables/>, <https://docs.gitlab.com/api/runners/>,
//! <https://docs.gitlab.com/api/project_webhooks/>, <https://docs.gitlab.com/api/applications/>.

use super::fields::Fields;
use super::token::{self, presence};
use crate::catalog::TokenType;
use crate::detect;
use crate::input::address;
use crate::inventory::{
    Application, DeployKey, DeployKeyProject, Flags, OwnerKind, RowOwner, Runner, RunnerKind, SshKey, TokenRow,
    TokenStatus, TriggerToken, Variable, VariableLevel, Webhook,
};
use crate::text::Name;
use crate::time::Date;

pub(super) fn deploy_token(fields: &Fields<'_>, today: Date) -> TokenRow {
    let flags =
        Flags { active: fields.flag("active"), revoked: fields.flag("revoked"), expired: fields.flag("expired") };
    let expires_on = fields.day("expires_at");
    TokenRow {
        kind: TokenType::DeployToken,
        id: fields.number("id"),
        name: fields.name("name"),
        username: fields.name("username"),
        scopes: fields.scopes("scopes"),
        created_on: fields.day("created_at"),
        created_at: fields.moment("created_at"),
        expires_on,
        never_expires: presence(fields, "expires_at"),
        status: token::status(fields, flags, expires_on, today),
        resource: project_or_group(fields),
        flags,
        span: Some(fields.span),
        ..TokenRow::default()
    }
}

/// Terraform's rows name their project or group, by number or by path.
pub(super) fn project_or_group(fields: &Fields<'_>) -> Option<RowOwner> {
    [("project", OwnerKind::Project), ("group", OwnerKind::Group)].into_iter().find_map(|(key, kind)| {
        let text = fields.word(key).filter(|text| !text.is_empty())?;
        let id: Option<u64> = text.parse().ok();
        let path = if id.is_none() { Some(fields.context().name(&text)) } else { None };
        Some(RowOwner { kind, path, id, ..RowOwner::default() })
    })
}

pub(super) fn agent_token(fields: &Fields<'_>) -> TokenRow {
    let status =
        fields.word("status").filter(|word| !word.is_empty()).map(|word| match word.to_ascii_lowercase().as_str() {
            "active" => TokenStatus::Active,
            "revoked" => TokenStatus::Revoked,
            _ => TokenStatus::Other(fields.context().name(&word)),
        });
    let last_used_at = fields.moment("last_used_at");
    TokenRow {
        kind: TokenType::ClusterAgentToken,
        id: fields.number("id"),
        name: fields.name("name"),
        description: fields.name("description"),
        created_on: fields.day("created_at"),
        created_at: fields.moment("created_at"),
        last_used_at,
        never_used: presence(fields, "last_used_at"),
        creator: fields.number("created_by_user_id").map(|id| RowOwner {
            kind: OwnerKind::User,
            id: Some(id),
            ..RowOwner::default()
        }),
        resource: project_or_group(fields),
        status,
        span: Some(fields.span),
        ..TokenRow::default()
    }
}

pub(super) fn trigger(fields: &Fields<'_>) -> TriggerToken {
    let owner = fields.child("owner");
    let used = if fields.has("last_used") { "last_used" } else { "last_used_at" };
    // A trigger of somebody else shows its first four characters only.
    let whole = fields.word("token").map(|token| token.chars().count() > 4);
    TriggerToken {
        id: fields.number("id"),
        description: fields.name("description"),
        owner_name: owner.as_ref().and_then(|owner| owner.name("name")),
        owner_path: owner.as_ref().and_then(|owner| {
            let username = owner.word("username").filter(|username| !username.is_empty())?;
            Some(fields.context().name(&format!("/{username}")))
        }),
        created_on: fields.day("created_at"),
        last_used_at: fields.moment(used),
        never_used: presence(fields, used),
        expires_at: fields.moment("expires_at"),
        never_expires: presence(fields, "expires_at"),
        owner_can_access_project: fields.flag("can_access_project"),
        secret_in_document: fields.flag("has_token_exposed").filter(|_| whole.is_none()).or(whole),
        span: Some(fields.span),
        ..TriggerToken::default()
    }
}

pub(super) fn deploy_key(fields: &Fields<'_>) -> DeployKey {
    let listed = |key: &str, write: bool| {
        fields.children(key).map(|projects| {
            projects
                .iter()
                .map(|project| DeployKeyProject { path: project.name("path_with_namespace"), write: Some(write) })
                .collect::<Vec<_>>()
        })
    };
    let (writing, reading) =
        (listed("projects_with_write_access", true), listed("projects_with_readonly_access", false));
    let projects = match (writing, reading) {
        (None, None) => None,
        (writing, reading) => Some(writing.into_iter().chain(reading).flatten().collect()),
    };
    DeployKey {
        id: fields.number("id"),
        title: fields.name("title"),
        fingerprint_sha256: fields.name("fingerprint_sha256"),
        fingerprint_md5: fields.name("fingerprint"),
        projects,
        write_to_this_project: fields.flag("can_push"),
        created_on: fields.day("created_at"),
        last_used_at: fields.moment("last_used_at"),
        expires_on: fields.day("expires_at"),
        never_expires: presence(fields, "expires_at"),
        span: Some(fields.span),
        ..DeployKey::default()
    }
}

pub(super) fn ssh_key(fields: &Fields<'_>) -> SshKey {
    let user = fields.child("user");
    let id = fields.number("user_id").or_else(|| user.as_ref().and_then(|user| user.number("id")));
    let owner = (user.is_some() || id.is_some()).then(|| RowOwner {
        kind: OwnerKind::User,
        path: None,
        name: user.as_ref().and_then(|user| user.name("name")),
        username: user.as_ref().and_then(|user| user.name("username")),
        id,
    });
    SshKey {
        id: fields.number("id"),
        owner,
        created_on: fields.day("created_at"),
        last_used_on: fields.day("last_used_at"),
        never_used: presence(fields, "last_used_at"),
        expires_on: fields.day("expires_at"),
        never_expires: presence(fields, "expires_at"),
        span: Some(fields.span),
        ..SshKey::default()
    }
}

/// A variable, without its value: only whether there is one, and what it looks like.
pub(super) fn variable(fields: &Fields<'_>, level: Option<VariableLevel>) -> Variable {
    let whole = ["variable_type", "value", "protected", "masked"];
    // Only the variables of the whole instance have no environment.
    let instance = fields.has_all(&whole) && !fields.has("environment_scope") && !fields.has("id");
    let kind = fields.word("variable_type").map(|kind| kind.to_ascii_lowercase());
    let value_set = if fields.is_null("value") && fields.flag("hidden") == Some(true) {
        Some(true)
    } else if fields.is_null("value") {
        None
    } else {
        fields.word("value").map(|value| !value.is_empty())
    };
    Variable {
        key: fields.name("key"),
        protected: fields.flag("protected"),
        masked: fields.flag("masked"),
        hidden: fields.flag("hidden"),
        expanded: fields.flag("raw").map(|raw| !raw).or_else(|| fields.flag("expanded")),
        file: kind.map(|kind| kind == "file"),
        environment_scope: fields.name("environment_scope"),
        description: fields.name("description"),
        inherited_from: fields.name("group_name"),
        level: if fields.is_null("group_name") || !fields.has("group_name") {
            level.or(instance.then_some(VariableLevel::Instance))
        } else {
            Some(VariableLevel::Group)
        },
        value_set,
        value_kind: value_kind(fields),
        span: Some(fields.span),
        ..Variable::default()
    }
}

fn value_kind(fields: &Fields<'_>) -> Option<Name> {
    let value = fields.word("value")?;
    let found = detect::scan(&value, &fields.context().token_prefixes);
    found.first().map(|found| Name::new(found.kind.id()))
}

pub(super) fn runner(fields: &Fields<'_>) -> Runner {
    let kind = fields.word("runner_type").map(|kind| kind.to_ascii_lowercase());
    let kind = match kind.as_deref() {
        Some("instance_type") => Some(RunnerKind::Instance),
        Some("group_type") => Some(RunnerKind::Group),
        Some("project_type") => Some(RunnerKind::Project),
        _ => fields.flag("is_shared").filter(|shared| *shared).map(|_| RunnerKind::Instance),
    };
    let access = fields.word("access_level").map(|level| level.to_ascii_lowercase());
    Runner {
        id: fields.number("id"),
        kind,
        description: fields.name("description"),
        tags: fields.names("tag_list"),
        // `active` is the older name, the other way round.
        paused: fields.flag("paused").or_else(|| fields.flag("active").map(|active| !active)),
        locked: fields.flag("locked"),
        protected: access.map(|level| level == "ref_protected"),
        run_untagged: fields.flag("run_untagged"),
        status: fields.name("status"),
        span: Some(fields.span),
        ..Runner::default()
    }
}

pub(super) fn webhook(fields: &Fields<'_>) -> Webhook {
    let state = match fields.word("alert_status").map(|status| status.to_ascii_lowercase()).as_deref() {
        Some("executable") => Some(Name::new("enabled")),
        _ => fields.name("alert_status"),
    };
    let triggers = fields.keys_set("_events");
    Webhook {
        id: fields.number("id"),
        name: fields.name("name"),
        url: fields.word("url").map(|url| address::clean(&url, fields.context())),
        ssl_verification: fields.flag("enable_ssl_verification"),
        state,
        secret_token_set: fields.flag("token_present").or_else(|| fields.secret("token").map(|_| true)),
        custom_headers: fields
            .children("custom_headers")
            .map(|headers| headers.iter().filter_map(|header| header.name("key")).collect()),
        triggers: (!triggers.is_empty()).then_some(triggers),
        span: Some(fields.span),
        ..Webhook::default()
    }
}

pub(super) fn application(fields: &Fields<'_>) -> Application {
    let url = if fields.has("callback_url") { "callback_url" } else { "redirect_url" };
    let name = fields.name("application_name").or_else(|| fields.name("name"));
    Application {
        id: fields.number("id"),
        name,
        callback_url: fields.word(url).map(|url| address::clean(&url, fields.context())),
        trusted: fields.flag("trusted"),
        confidential: fields.flag("confidential"),
        scopes: fields.scopes("scopes"),
        span: Some(fields.span),
        ..Application::default()
    }
}

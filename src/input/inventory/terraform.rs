//! Terraform: state files (version 4), and what `terraform show -json` makes of states and plans.
//!
//! Sensitive values stand in them in clear text. They are found by the search for credentials, as in any text; here only
//! the rows are read. Sources: <https://developer.hashicorp.com/terraform/internals/json-format>,
//! <https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs>.

use super::collect::Collector;
use super::fields::Fields;
use super::hints::List;
use super::json::Node;
use super::shape::Shape;
use crate::catalog::TokenType;
use crate::inventory::{AllowlistEntry, EntryKind, JobTokenMode, Owner, OwnerKind, RowOwner, TokenRow, VariableLevel};
use crate::say;

/// Is an object the whole of a state or a plan?
pub(super) fn is_terraform(fields: &Fields<'_>) -> bool {
    fields.has("terraform_version") && fields.has_any(&["resources", "values", "planned_values", "prior_state"])
}

/// Reads every GitLab resource in it.
pub(super) fn read(collector: &mut Collector<'_>, node: &Node, fields: &Fields<'_>) {
    collector.terraform = true;
    if let Some(resources) = fields.children("resources") {
        resources.iter().for_each(|resource| state_resource(collector, resource));
    } else {
        // A plan holds what is there now and what will be: what is there now is what can be judged.
        let values = fields.child("prior_state").and_then(|state| state.child("values"));
        let values = values.or_else(|| fields.child("values")).or_else(|| fields.child("planned_values"));
        if let Some(root) = values.and_then(|values| values.child("root_module")) {
            module(collector, &root);
        }
    }
    if let Some(at) = node.broken {
        collector.incomplete(node, at);
    }
}

fn state_resource(collector: &mut Collector<'_>, resource: &Fields<'_>) {
    let Some(kind) = resource.word("type").filter(|kind| kind.starts_with("gitlab_")) else { return };
    for instance in resource.children("instances").unwrap_or_default() {
        if let Some(attributes) = instance.child("attributes") {
            one(collector, &kind, &attributes);
        }
    }
}

/// A module and those below it; the depth of the text is bounded by its parser.
fn module(collector: &mut Collector<'_>, fields: &Fields<'_>) {
    for resource in fields.children("resources").unwrap_or_default() {
        let Some(kind) = resource.word("type").filter(|kind| kind.starts_with("gitlab_")) else { continue };
        if let Some(values) = resource.child("values") {
            one(collector, &kind, &values);
        }
    }
    for below in fields.children("child_modules").unwrap_or_default() {
        module(collector, &below);
    }
}

/// One resource, by its type.
fn one(collector: &mut Collector<'_>, kind: &str, fields: &Fields<'_>) {
    if let Some(at) = fields.broken() {
        let message = say!["This resource is not complete and was left out. Make the export again to have it."];
        collector.skip(crate::source::Span::new(at, at), message);
        return;
    }
    let shape = match kind {
        "gitlab_personal_access_token"
        | "gitlab_project_access_token"
        | "gitlab_group_access_token"
        | "gitlab_group_service_account_access_token"
        | "gitlab_user_impersonation_token" => Shape::AccessToken,
        "gitlab_project_deploy_token" | "gitlab_group_deploy_token" | "gitlab_deploy_token" => Shape::DeployToken,
        "gitlab_pipeline_trigger" => Shape::Trigger,
        "gitlab_user_runner" | "gitlab_runner" => Shape::Runner,
        "gitlab_cluster_agent_token" => Shape::AgentToken,
        "gitlab_project_variable"
        | "gitlab_group_variable"
        | "gitlab_instance_variable"
        | "gitlab_pipeline_schedule_variable" => Shape::Variable,
        "gitlab_project_hook" | "gitlab_group_hook" | "gitlab_system_hook" => Shape::Webhook,
        "gitlab_project_mirror" | "gitlab_project_push_mirror" | "gitlab_project_pull_mirror" => Shape::Mirror,
        "gitlab_pipeline_schedule" => Shape::Schedule,
        integration if integration.starts_with("gitlab_project_integration_") => Shape::Integration,
        "gitlab_application" => Shape::Application,
        "gitlab_project" => Shape::Project,
        "gitlab_group" => Shape::Group,
        "gitlab_deploy_key" => Shape::DeployKey,
        "gitlab_user_sshkey" => Shape::SshKey,
        "gitlab_user" => Shape::User,
        "gitlab_project_job_token_scope" | "gitlab_project_job_token_scopes" => Shape::JobTokenScope,
        _ => return,
    };
    collector.note_registration_token(fields);
    if shape == Shape::JobTokenScope {
        job_token_scope(collector, fields);
        return;
    }
    let hints = std::mem::take(&mut collector.hints);
    collector.hints.list = list_of(kind);
    collector.row(fields, shape, "");
    collector.hints = hints;
    match shape {
        Shape::AccessToken | Shape::DeployToken => {
            if let Some(row) = collector.inventory.tokens.last_mut() {
                resource(row, fields);
            }
        }
        Shape::Variable => {
            if let Some(variable) = collector.inventory.variables.last_mut() {
                variable.level = Some(match kind {
                    "gitlab_group_variable" => VariableLevel::Group,
                    "gitlab_instance_variable" => VariableLevel::Instance,
                    "gitlab_pipeline_schedule_variable" => VariableLevel::PipelineSchedule,
                    _ => VariableLevel::Project,
                });
            }
        }
        _ => {}
    }
}

/// The type says what an API's row would have to be asked for.
fn list_of(kind: &str) -> Option<List> {
    match kind {
        "gitlab_project_access_token" => Some(List::ProjectTokens),
        "gitlab_group_access_token" => Some(List::GroupTokens),
        "gitlab_user_impersonation_token" => Some(List::ImpersonationTokens),
        "gitlab_group_service_account_access_token" => Some(List::ServiceAccountTokens),
        _ => None,
    }
}

/// Project and group stand in fields of their own, or in front of the number: `318:501`.
fn resource(row: &mut TokenRow, fields: &Fields<'_>) {
    let kind = match row.kind {
        TokenType::ProjectAccessToken => OwnerKind::Project,
        TokenType::GroupAccessToken => OwnerKind::Group,
        TokenType::DeployToken => return,
        _ => {
            row.resource = None;
            return;
        }
    };
    row.resource = super::settings::project_or_group(fields).or_else(|| {
        let id = fields.word("id")?;
        let (before, _) = id.rsplit_once(':')?;
        let id = before.parse().ok();
        let path = if id.is_none() { Some(fields.context().name(before)) } else { None };
        Some(RowOwner { kind, id, path, ..RowOwner::default() })
    });
}

fn job_token_scope(collector: &mut Collector<'_>, fields: &Fields<'_>) {
    let project = fields.number("project_id").or_else(|| fields.number("project"));
    let owner = Owner { kind: OwnerKind::Project, id: project, ..Owner::default() };
    if !collector.takes_job_token_of(owner, fields.span) {
        return;
    }
    let settings = collector.inventory.job_token.get_or_insert_default();
    if fields.flag("enabled") == Some(true) {
        settings.mode = Some(JobTokenMode::Allowlist);
    }
    let list = settings.allowlist.get_or_insert_default();
    let single = fields.number("target_project_id").into_iter().map(|id| (id, EntryKind::Project));
    let group = fields.number("target_group_id").into_iter().map(|id| (id, EntryKind::Group));
    let projects = fields.numbers("target_project_ids").into_iter().map(|id| (id, EntryKind::Project));
    let groups = fields.numbers("target_group_ids").into_iter().map(|id| (id, EntryKind::Group));
    for (id, kind) in single.chain(group).chain(projects).chain(groups) {
        list.push(AllowlistEntry {
            kind: Some(kind),
            id: Some(id),
            span: Some(fields.span),
            ..AllowlistEntry::default()
        });
    }
}

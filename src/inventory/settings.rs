//! Rows that are not tokens of the token tables: keys, triggers, variables, the job token, runners, webhooks, applications.
//!
//! As everywhere in the inventory, `None` means that the source does not say.

use serde::{Deserialize, Serialize};

use super::RowOwner;
use crate::catalog::Scope;
use crate::source::Span;
use crate::text::Name;
use crate::time::{Date, Timestamp};

macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
            /// The row's bytes in the source.
            #[serde(skip)]
            pub span: Option<Span>,
            /// The row's number among its kind on the page, from 0.
            #[serde(skip)]
            pub row: Option<u32>,
        }
    };
}

/// The word `deploy_key`, so that a row says what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeployKeyKind {
    /// The only one.
    #[default]
    DeployKey,
}

/// The word `pipeline_trigger_token`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTokenKind {
    /// The only one.
    #[default]
    PipelineTriggerToken,
}

row! {
    /// A deploy key: an SSH key that projects let in.
    DeployKey {
        /// Always `deploy_key`.
        kind: DeployKeyKind,
        /// GitLab's number.
        id: Option<u64>,
        /// As its maker named it.
        title: Option<Name>,
        /// `SHA256:…`, public.
        fingerprint_sha256: Option<Name>,
        /// The older fingerprint, public; absent on FIPS instances.
        fingerprint_md5: Option<Name>,
        /// The projects that let it in, those that the source names.
        projects: Option<Vec<DeployKeyProject>>,
        /// How many more the source counts without naming them.
        projects_hidden: Option<u64>,
        /// May it push to the project the list is of?
        write_to_this_project: Option<bool>,
        /// The day the source shows.
        created_on: Option<Date>,
        /// Last use, where the source has it.
        last_used_at: Option<Timestamp>,
        /// Its last day.
        expires_on: Option<Date>,
        /// `Some(true)`: the source says it has no end.
        never_expires: Option<bool>,
    }
}

/// A project that lets a deploy key in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeployKeyProject {
    /// Full path.
    pub path: Option<Name>,
    /// May the key push there?
    pub write: Option<bool>,
}

row! {
    /// A pipeline trigger token.
    TriggerToken {
        /// Always `pipeline_trigger_token`.
        kind: TriggerTokenKind,
        /// GitLab's number.
        id: Option<u64>,
        /// As its owner described it.
        description: Option<Name>,
        /// Display name of the user as whom its pipelines run.
        owner_name: Option<Name>,
        /// Path of that user's profile, `/dana`.
        owner_path: Option<Name>,
        /// The day the source shows.
        created_on: Option<Date>,
        /// Last use.
        last_used_at: Option<Timestamp>,
        /// `Some(true)`: the source says it was never used.
        never_used: Option<bool>,
        /// Its end.
        expires_at: Option<Timestamp>,
        /// `Some(true)`: the source says it has no end.
        never_expires: Option<bool>,
        /// `Some(false)`: the owner has lost access, so it no longer works.
        owner_can_access_project: Option<bool>,
        /// Does the source hold its value (a copy button, a full `token`)? The value itself is never read.
        secret_in_document: Option<bool>,
    }
}

row! {
    /// A CI/CD variable, without its value.
    Variable {
        /// Its key.
        key: Option<Name>,
        /// Only for jobs of protected branches and tags.
        protected: Option<bool>,
        /// Masked in job logs.
        masked: Option<bool>,
        /// Its value cannot be seen again.
        hidden: Option<bool>,
        /// Are references in its value expanded?
        expanded: Option<bool>,
        /// Is it written to a file?
        file: Option<bool>,
        /// `*` for all.
        environment_scope: Option<Name>,
        /// As its maker described it.
        description: Option<Name>,
        /// The group it is inherited from, full path or name.
        inherited_from: Option<Name>,
        /// `project`, `group` or `instance`: where it is defined.
        level: Option<VariableLevel>,
        /// Does it have a value? The value itself is never kept.
        value_set: Option<bool>,
        /// What the value looks like: a token type's id, `private_key`, `generic_password`; `None` also where it looks like nothing.
        value_kind: Option<Name>,
    }
}

/// Where a variable is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum VariableLevel {
    Project,
    Group,
    Instance,
    PipelineSchedule,
}

/// Who may use their job token in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobTokenMode {
    /// Every project of the instance.
    AllGroupsAndProjects,
    /// This project and the allowlist.
    Allowlist,
}

/// A project's job token settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobToken {
    /// Was the section in the source at all? GitLab's page builds it only when it is open and in view.
    pub rendered: Option<bool>,
    /// Who may come in.
    pub mode: Option<JobTokenMode>,
    /// Does the instance enforce the allowlist, so that the project cannot switch it off?
    pub enforced_by_instance: Option<bool>,
    /// Who is on the allowlist; it is kept also while the mode lets all in.
    pub allowlist: Option<Vec<AllowlistEntry>>,
    /// Groups on it, as the page counts.
    pub group_count: Option<u64>,
    /// Projects on it, this one included.
    pub project_count: Option<u64>,
    /// May the job token push to this project's repository?
    pub push_to_repository_allowed: Option<bool>,
    /// May the job tokens of allowlisted projects push to it too (19.0 and newer)?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_project_push_allowed: Option<bool>,
    /// Is this project's own job token kept to an allowlist of targets? The older, outbound setting.
    pub outbound_limited: Option<bool>,
    /// Which projects used their job token here.
    pub auth_log: Option<Vec<AuthLogEntry>>,
    /// Entries of the log, as the page counts.
    pub auth_log_count: Option<u64>,
}

/// What an allowlist entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum EntryKind {
    Project,
    Group,
}

row! {
    /// One entry of a job token allowlist.
    AllowlistEntry {
        /// A project, or a group with all below it.
        #[serde(rename = "type")]
        kind: Option<EntryKind>,
        /// Full path.
        path: Option<Name>,
        /// GitLab's number.
        id: Option<u64>,
        /// Is it the project itself, which is always let in?
        current_project: Option<bool>,
        /// `Some(true)`: all that the job's user may do; `Some(false)`: the policies only.
        default_permissions: Option<bool>,
        /// The fine-grained permissions.
        policies: Option<Vec<Policy>>,
    }
}

/// A fine-grained permission of an allowlist entry: `read` or `admin`, and on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// `read`, or `admin` for read and write.
    pub action: Name,
    /// `deployments`, `packages`, …
    pub resource: Name,
}

row! {
    /// A use of a job token, by the project it came from.
    AuthLogEntry {
        /// Full path of the project whose job came.
        path: Option<Name>,
        /// The last time.
        last_authorized_at: Option<Timestamp>,
    }
}

row! {
    /// A runner.
    Runner {
        /// GitLab's number.
        id: Option<u64>,
        /// `project`, `group` or `instance`.
        #[serde(rename = "type")]
        kind: Option<RunnerKind>,
        /// As its maker described it.
        description: Option<Name>,
        /// Its tags.
        tags: Option<Vec<Name>>,
        /// Does it take no jobs at the moment?
        paused: Option<bool>,
        /// Is it kept to the projects it has?
        locked: Option<bool>,
        /// Does it take jobs of protected branches and tags only?
        protected: Option<bool>,
        /// Does it take jobs without tags?
        run_untagged: Option<bool>,
        /// `online`, `offline`, `stale`, `never_contacted`.
        status: Option<Name>,
    }
}

/// Whose jobs a runner takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RunnerKind {
    Project,
    Group,
    Instance,
}

row! {
    /// A webhook.
    Webhook {
        /// GitLab's number.
        id: Option<u64>,
        /// As its maker named it.
        name: Option<Name>,
        /// Where it sends, without the user, password and token that the address may hold.
        url: Option<Name>,
        /// Is the receiver's certificate checked?
        ssl_verification: Option<bool>,
        /// `enabled`, `disabled`, `temporarily_disabled`.
        state: Option<Name>,
        /// Is a secret token set? The token itself is never read.
        secret_token_set: Option<bool>,
        /// Names of its own headers; their values are never read.
        custom_headers: Option<Vec<Name>>,
        /// What sets it off, in GitLab's field names, `push_events`.
        triggers: Option<Vec<Name>>,
    }
}

row! {
    /// An OAuth application.
    Application {
        /// GitLab's number.
        id: Option<u64>,
        /// As its maker named it.
        name: Option<Name>,
        /// Where it sends people back.
        callback_url: Option<Name>,
        /// Does it skip asking the user?
        trusted: Option<bool>,
        /// Can it keep a secret?
        confidential: Option<bool>,
        /// What it may do.
        scopes: Option<Vec<Scope>>,
        /// How many clients have a token of it.
        client_count: Option<u64>,
        /// When the user let it in, on the page of authorised applications.
        authorized_at: Option<Timestamp>,
    }
}

row! {
    /// A user's SSH key, as the credentials inventory lists it.
    SshKey {
        /// GitLab's number.
        id: Option<u64>,
        /// Whose it is.
        owner: Option<RowOwner>,
        /// The day it was added.
        created_on: Option<Date>,
        /// The day of its last use.
        last_used_on: Option<Date>,
        /// `Some(true)`: never used.
        never_used: Option<bool>,
        /// Its last day.
        expires_on: Option<Date>,
        /// `Some(true)`: it has no end.
        never_expires: Option<bool>,
    }
}

row! {
    /// A user's GPG key, as the credentials inventory lists it.
    GpgKey {
        /// Whose it is.
        owner: Option<RowOwner>,
        /// The key's public number.
        key_id: Option<Name>,
        /// Does its mail address belong to the user?
        verified: Option<bool>,
    }
}

/// One line of a job log on its page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobLine {
    /// Its number, from 1.
    pub n: u64,
    /// What it says, every credential masked.
    pub text: Name,
}

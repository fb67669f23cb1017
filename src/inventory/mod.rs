//! Credentials and settings as rows, without values: what an export or a settings page says, whatever its form.
//!
//! Field names are the published ones (`leastwise inventory --format json`). `None` (JSON `null`) means: the source does
//! not say; `Some(vec![])` means: known to be none. The same token read from a page and from the API differs only in
//! what the source does not say.

mod draft;
mod others;
mod people;
mod settings;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use draft::{Draft, DraftKind, Reach, Visibility};
pub use others::{InstanceSettings, OtherKind, OtherRow};
pub(crate) use people::bot_of;
pub use people::{AuditEvent, ExpiryCount, Member, Namespace, User};
pub use settings::{
    AllowlistEntry, Application, AuthLogEntry, DeployKey, DeployKeyKind, DeployKeyProject, EntryKind, GpgKey, JobLine,
    JobToken, JobTokenMode, Policy, Runner, RunnerKind, SshKey, TriggerToken, TriggerTokenKind, Variable,
    VariableLevel, Webhook,
};

use crate::catalog::{Role, Scope, TokenType};
use crate::context::Version;
use crate::source::{Place, Span};
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// Everything that one input says about credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// The page it was read from.
    pub page: Option<Page>,
    /// Who looked at the page.
    pub viewer: Option<Viewer>,
    /// Whose credentials these are.
    pub owner: Option<Owner>,
    /// Which of the page's layouts: `server_rendered_table`, `rest_table`, `fine_grained_table`; `None` for the usual one.
    pub ui_variant: Option<UiVariant>,
    /// Access and deploy tokens. Inactive ones stand here too when the source mixes them.
    pub tokens: Vec<TokenRow>,
    /// The page's separate table of inactive tokens; `None` when the page has none.
    pub inactive_tokens: Option<Vec<TokenRow>>,
    /// Deploy keys of a project.
    pub deploy_keys: Vec<DeployKey>,
    /// How much of the deploy keys is shown.
    pub deploy_keys_pagination: Option<Pagination>,
    /// Pipeline trigger tokens.
    pub trigger_tokens: Vec<TriggerToken>,
    /// CI/CD variables, those inherited from groups as well.
    pub variables: Vec<Variable>,
    /// The least role that may start a pipeline with variables: `no_one_allowed`, `owner`, `maintainer`, `developer`.
    pub pipeline_variables_minimum_role: Option<Name>,
    /// The project's job token settings.
    pub job_token: Option<JobToken>,
    /// Runners.
    pub runners: Vec<Runner>,
    /// Is a runner registration token on the page? The value itself is never read.
    pub registration_token_in_document: Option<bool>,
    /// Webhooks of a list.
    pub webhooks: Vec<Webhook>,
    /// The webhook that a page shows by itself.
    pub webhook: Option<Webhook>,
    /// OAuth applications.
    pub applications: Vec<Application>,
    /// Users' SSH keys.
    pub ssh_keys: Vec<SshKey>,
    /// Users' GPG keys.
    pub gpg_keys: Vec<GpgKey>,
    /// The list of service accounts; `None` when the source has none.
    pub service_accounts: Option<Vec<ServiceAccount>>,
    /// Service accounts in all, as the page counts.
    pub total_count: Option<u64>,
    /// Which tab of a credentials inventory: `personal_access_tokens`, `ssh_keys`, `resource_access_tokens`, `gpg_keys`.
    pub tab: Option<Name>,
    /// Does the page say that there is nothing to list?
    pub empty_state: Option<bool>,
    /// Name of the job whose log it is.
    pub job_name: Option<Name>,
    /// Number of the job.
    pub job_id: Option<u64>,
    /// The lines of the log that are in the document.
    pub lines: Option<Vec<JobLine>>,
    /// Numbers of the lines that are not: they are in collapsed sections.
    pub collapsed_lines: Option<Vec<u64>>,
    /// Users, where a list of them was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Members of a project or group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<Namespace>,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Namespace>,
    /// Audit events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audit_events: Vec<AuditEvent>,
    /// Pipeline schedules, runner managers, repository mirrors and integrations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherRow>,
    /// The instance's own settings about tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceSettings>,
    /// How many tokens end on which day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expiry_counts: Vec<ExpiryCount>,
    /// Forms that are open on the page, and what is chosen in them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub about_to_create: Vec<Draft>,
    /// Is a newly made token's value shown? The value itself is never read. `None` when the source cannot show one.
    pub new_token_displayed: Option<bool>,
    /// Is a details drawer open?
    pub drawer_open: Option<bool>,
    /// The count badge.
    pub total_active_count: Option<u64>,
    /// The cards above a user's tokens.
    pub statistics: Option<Statistics>,
    /// How much of the list is shown.
    pub pagination: Option<Pagination>,
    /// The account whose tokens these are.
    pub service_account: Option<ServiceAccount>,
    /// Bytes of the source that this was read from, by row, are in the rows; nothing else of the source is kept.
    #[serde(skip)]
    pub gitlab_version: Option<Version>,
}

impl Inventory {
    /// Rows of all kinds.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.tokens.len()
            + self.inactive_tokens.as_ref().map_or(0, Vec::len)
            + self.deploy_keys.len()
            + self.trigger_tokens.len()
            + self.variables.len()
            + self.job_token.as_ref().and_then(|settings| settings.allowlist.as_ref()).map_or(0, Vec::len)
            + self.job_token.as_ref().and_then(|settings| settings.auth_log.as_ref()).map_or(0, Vec::len)
            + self.runners.len()
            + self.all_webhooks().count()
            + self.applications.len()
            + self.ssh_keys.len()
            + self.gpg_keys.len()
            + self.service_accounts.as_ref().map_or(0, Vec::len)
            + self.users.len()
            + self.members.len()
            + self.projects.len()
            + self.groups.len()
            + self.audit_events.len()
            + self.expiry_counts.len()
            + self.others.len()
            + usize::from(self.instance.is_some())
    }

    /// Takes the rows of lists away, for handing them on while the rest of a long export is read; what stands once for all
    /// of them (owner, job token settings) stays.
    pub(crate) fn take_rows(&mut self) -> Self {
        use std::mem::take;
        Self {
            tokens: take(&mut self.tokens),
            deploy_keys: take(&mut self.deploy_keys),
            trigger_tokens: take(&mut self.trigger_tokens),
            variables: take(&mut self.variables),
            runners: take(&mut self.runners),
            webhooks: take(&mut self.webhooks),
            applications: take(&mut self.applications),
            ssh_keys: take(&mut self.ssh_keys),
            gpg_keys: take(&mut self.gpg_keys),
            service_accounts: self.service_accounts.as_mut().map(take),
            users: take(&mut self.users),
            members: take(&mut self.members),
            projects: take(&mut self.projects),
            groups: take(&mut self.groups),
            audit_events: take(&mut self.audit_events),
            expiry_counts: take(&mut self.expiry_counts),
            others: take(&mut self.others),
            ..Self::default()
        }
    }

    /// Puts the rows of another one behind these.
    #[cfg(test)]
    pub(crate) fn append(&mut self, mut rows: Self) {
        self.tokens.append(&mut rows.tokens);
        self.deploy_keys.append(&mut rows.deploy_keys);
        self.trigger_tokens.append(&mut rows.trigger_tokens);
        self.variables.append(&mut rows.variables);
        self.runners.append(&mut rows.runners);
        self.webhooks.append(&mut rows.webhooks);
        self.applications.append(&mut rows.applications);
        self.ssh_keys.append(&mut rows.ssh_keys);
        self.gpg_keys.append(&mut rows.gpg_keys);
        if let Some(mut accounts) = rows.service_accounts {
            self.service_accounts.get_or_insert_default().append(&mut accounts);
        }
        self.users.append(&mut rows.users);
        self.members.append(&mut rows.members);
        self.projects.append(&mut rows.projects);
        self.groups.append(&mut rows.groups);
        self.audit_events.append(&mut rows.audit_events);
        self.expiry_counts.append(&mut rows.expiry_counts);
        self.others.append(&mut rows.others);
    }

    /// Rows of the lists that [`Inventory::take_rows`] takes, by their published keys.
    pub(crate) fn counts(&self) -> [(&'static str, usize); 17] {
        [
            ("tokens", self.tokens.len()),
            ("deploy_keys", self.deploy_keys.len()),
            ("trigger_tokens", self.trigger_tokens.len()),
            ("variables", self.variables.len()),
            ("runners", self.runners.len()),
            ("webhooks", self.webhooks.len()),
            ("applications", self.applications.len()),
            ("ssh_keys", self.ssh_keys.len()),
            ("gpg_keys", self.gpg_keys.len()),
            ("service_accounts", self.service_accounts.as_ref().map_or(0, Vec::len)),
            ("users", self.users.len()),
            ("members", self.members.len()),
            ("projects", self.projects.len()),
            ("groups", self.groups.len()),
            ("audit_events", self.audit_events.len()),
            ("expiry_counts", self.expiry_counts.len()),
            ("others", self.others.len()),
        ]
    }

    /// The webhooks of a list, and the one that a page shows by itself.
    pub fn all_webhooks(&self) -> impl Iterator<Item = &Webhook> {
        self.webhooks.iter().chain(&self.webhook)
    }
}

/// What kind of page was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names are GitLab's own page names.
pub enum PageKind {
    UserAccessTokens,
    ProjectAccessTokens,
    GroupAccessTokens,
    ImpersonationTokens,
    ServiceAccountTokens,
    UserAccessTokenForm,
    ServiceAccounts,
    ProjectRepositorySettings,
    GroupRepositorySettings,
    ProjectCicdSettings,
    GroupCicdSettings,
    AdminCicdSettings,
    CredentialsInventory,
    ProjectWebhooks,
    ProjectWebhookEdit,
    GroupWebhooks,
    GroupWebhookEdit,
    AdminWebhooks,
    AdminWebhookEdit,
    Applications,
    Runners,
    JobLog,
    OtherGitlabPage,
    NotGitlab,
}

/// The page a reading is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Which page.
    pub kind: PageKind,
    /// Is it GitLab's at all?
    pub is_gitlab: bool,
    /// `body[data-page]`.
    pub data_page: Option<Name>,
    /// The page's own address, without fragment; of its query only what chooses the rows.
    pub url: Option<Name>,
    /// The address's path below the host, with that query.
    pub path: Option<Name>,
    /// `gon.relative_url_root`: `""` or `/gitlab`.
    pub relative_url_root: Option<Name>,
    /// `html[lang]`.
    pub lang: Option<Name>,
    /// `gon.version` as it stands.
    pub gitlab_version: Option<Name>,
}

/// Who looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// `gon.current_username`.
    pub username: Option<Name>,
    /// `gon.current_user_id`.
    pub id: Option<u64>,
}

/// Whose credentials these are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// What it is.
    pub kind: OwnerKind,
    /// Full path of a project or group.
    pub path: Option<Name>,
    /// User name of a person or service account.
    pub username: Option<Name>,
    /// Number.
    pub id: Option<u64>,
}

/// Kinds of owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OwnerKind {
    User,
    Project,
    Group,
    ServiceAccount,
    Instance,
    #[default]
    Unknown,
}

/// Layouts of the token pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum UiVariant {
    ServerRenderedTable,
    RestTable,
    FineGrainedTable,
}

/// Is it alive?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenStatus {
    /// It works.
    Active,
    /// Its end has passed.
    Expired,
    /// It was ended by somebody.
    Revoked,
    /// The source says "not active" without saying why.
    Inactive,
    /// A state newer than the catalog.
    #[serde(untagged)]
    Other(Name),
}

/// One token, as a source describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct TokenRow {
    /// Its kind; the widest that the source allows (`personal_access_token` where it does not tell).
    #[serde(skip_serializing, deserialize_with = "kind_of_row")]
    pub kind: TokenType,
    /// It is a project's or a group's token and the source does not tell which: `kind` is `project_access_token`, and the
    /// published word `resource_access_token`.
    #[serde(skip)]
    pub project_or_group: bool,
    /// GitLab's number.
    pub id: Option<u64>,
    /// As its maker named it.
    pub name: Option<Name>,
    /// As its maker described it.
    pub description: Option<Name>,
    /// `None`: the source does not show them; never "harmless".
    pub scopes: Option<Vec<Scope>>,
    /// Is it a fine-grained one?
    pub granular: Option<bool>,
    /// The permissions of a fine-grained one.
    pub granular_scopes: Option<Vec<GranularScope>>,
    /// The day the source shows (a page west of UTC may show the day before the true one).
    pub created_on: Option<Date>,
    /// The moment, where the source has it.
    pub last_used_at: Option<Timestamp>,
    /// The day, where the source shows only that.
    pub last_used_on: Option<Date>,
    /// `Some(true)`: the source says it was never used.
    pub never_used: Option<bool>,
    /// Up to five addresses.
    pub last_used_ips: Option<Vec<Name>>,
    /// Dead from 00:00 UTC of this day.
    pub expires_on: Option<Date>,
    /// `Some(true)`: the source says it has no end.
    pub never_expires: Option<bool>,
    /// Is it alive, as the source says or as follows from its dates?
    pub status: Option<TokenStatus>,
    /// GitLab's own mark.
    pub expiring_soon: Option<bool>,
    /// The role as the page shows it, in its language.
    pub role_text: Option<Name>,
    /// The role.
    pub role: Option<Role>,
    /// The user it acts as: for project and group tokens the bot.
    pub user_id: Option<u64>,
    /// Where the row says whose it is: the user name, or the full path of project or group.
    pub owner: Option<RowOwner>,
    /// The user name that goes with a deploy token.
    pub username: Option<Name>,
    /// The project or group that a row of a mixed list belongs to.
    pub resource: Option<RowOwner>,
    /// Who made it.
    pub creator: Option<RowOwner>,
    /// The day it was ended.
    pub revoked_on: Option<Date>,
    /// The moment it was made, where the source has it.
    pub created_at: Option<Timestamp>,
    /// Are the details from the open drawer?
    pub from_drawer: Option<bool>,
    /// `revoked`, `active` and `expired` exactly as an API said them, for finding contradictions.
    #[serde(skip)]
    pub flags: Flags,
    /// The row's bytes in the source.
    #[serde(skip)]
    pub span: Option<Span>,
    /// Its lines and columns in the source, once the source is read.
    #[serde(skip)]
    pub place: Option<Place>,
    /// The row's number in its table on the page, from 0.
    #[serde(skip)]
    pub row: Option<u32>,
}

impl Default for TokenRow {
    fn default() -> Self {
        Self {
            kind: TokenType::PersonalAccessToken,
            project_or_group: false,
            id: None,
            name: None,
            description: None,
            scopes: None,
            granular: None,
            granular_scopes: None,
            created_on: None,
            last_used_at: None,
            last_used_on: None,
            never_used: None,
            last_used_ips: None,
            expires_on: None,
            never_expires: None,
            status: None,
            expiring_soon: None,
            role_text: None,
            role: None,
            user_id: None,
            owner: None,
            username: None,
            resource: None,
            creator: None,
            revoked_on: None,
            created_at: None,
            from_drawer: None,
            flags: Flags::default(),
            span: None,
            place: None,
            row: None,
        }
    }
}

/// What a row of a project's or group's token is called when the source does not tell which.
const RESOURCE_ACCESS_TOKEN: &str = "resource_access_token";

fn kind_of_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenType, D::Error> {
    let word = String::deserialize(deserializer)?;
    if word == RESOURCE_ACCESS_TOKEN {
        return Ok(TokenType::ProjectAccessToken);
    }
    TokenType::parse(&word).ok_or_else(|| serde::de::Error::custom("not a kind of token"))
}

impl Serialize for TokenRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Published<'a> {
            kind: &'static str,
            #[serde(flatten)]
            rest: Rest<'a>,
        }
        struct Rest<'a>(&'a TokenRow);
        impl Serialize for Rest<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                TokenRow::serialize(self.0, serializer)
            }
        }
        let kind = if self.project_or_group { RESOURCE_ACCESS_TOKEN } else { self.kind.id() };
        Published { kind, rest: Rest(self) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TokenRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl TokenRow {
    /// The day of last use, from whichever field the source fills.
    #[must_use]
    pub fn last_used_day(&self) -> Option<Date> {
        self.last_used_at.map(Timestamp::date).or(self.last_used_on)
    }

    /// Could it be used today? Unknown states count as alive: a warning too many is better than one too few.
    #[must_use]
    pub fn is_alive(&self, today: Date) -> bool {
        let ended = self.expires_on.is_some_and(|day| day <= today);
        !ended && !matches!(self.status, Some(TokenStatus::Expired | TokenStatus::Revoked | TokenStatus::Inactive))
    }
}

/// An API row's own booleans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `active`.
    pub active: Option<bool>,
    /// `revoked`.
    pub revoked: Option<bool>,
    /// `expired` (19.x).
    pub expired: Option<bool>,
}

/// Whose a row is, where one list mixes owners.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowOwner {
    /// What it is.
    pub kind: OwnerKind,
    /// Full path of a project or group.
    pub path: Option<Name>,
    /// Display name.
    pub name: Option<Name>,
    /// User name.
    pub username: Option<Name>,
    /// Number.
    pub id: Option<u64>,
}

/// One group of permissions of a fine-grained personal access token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GranularScope {
    /// The boundary: `selected_memberships`, `personal_projects`, `all_memberships`, `user`, `instance`.
    pub access: Option<Name>,
    /// The permissions, as the source writes them.
    pub permissions: Option<Vec<Name>>,
    /// The project it is limited to.
    pub project_id: Option<u64>,
    /// The group it is limited to.
    pub group_id: Option<u64>,
}

/// The four cards above a user's tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Statistics {
    pub active: Option<u64>,
    pub expiring_in_2_weeks: Option<u64>,
    pub revoked: Option<u64>,
    pub expired: Option<u64>,
}

/// How much of a list is on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pagination {
    /// Are there page controls?
    pub present: bool,
    /// `numbered`, `keyset`, `next_only`.
    #[serde(rename = "type")]
    pub kind: Option<Name>,
    /// Rows on this page.
    pub shown: usize,
    /// Rows in all, where the page says.
    pub total: Option<u64>,
    /// Number of this page, from 1.
    pub page: Option<u64>,
    /// Is there a following page?
    pub has_next: Option<bool>,
    /// Is there an earlier page?
    pub has_previous: Option<bool>,
}

/// A service account, as its own page names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceAccount {
    /// Number of its user.
    pub id: Option<u64>,
    /// User name.
    pub username: Option<Name>,
    /// Display name.
    pub name: Option<Name>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_its_kind_first_and_comes_back() {
        let row = TokenRow { kind: TokenType::GroupAccessToken, id: Some(7), ..TokenRow::default() };
        let json = serde_json::to_string(&row).unwrap();
        assert!(json.starts_with(r#"{"kind":"group_access_token","id":7,"#), "{json}");
        assert_eq!(serde_json::from_str::<TokenRow>(&json).unwrap(), row);
        let row = TokenRow { kind: TokenType::ProjectAccessToken, project_or_group: true, ..TokenRow::default() };
        assert!(serde_json::to_string(&row).unwrap().starts_with(r#"{"kind":"resource_access_token","#));
    }
}

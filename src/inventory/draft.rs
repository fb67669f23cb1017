//! What a form on a page is about to create, as far as it is filled in.
//!
//! Only choices are here (what is ticked, the role, the day): no name, no path, no value that somebody typed.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::catalog::{Role, Scope, TokenType};
use crate::text::Name;
use crate::time::Date;

/// What would come of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// A CI/CD variable.
    CiVariable,
    /// An entry of a project's job token allowlist.
    AllowlistEntry,
    /// A token of this kind.
    #[serde(untagged)]
    Token(TokenType),
}

/// A form that is open, and what is chosen in it so far. `None`: the form does not ask for it, or does not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What would come of it.
    pub kind: DraftKind,
    /// Scopes that are ticked.
    pub scopes: Option<Vec<Scope>>,
    /// Scopes that the form offers.
    pub offered_scopes: Option<Vec<Scope>>,
    /// The role that is chosen.
    pub role: Option<Role>,
    /// The day it would end.
    pub expires_on: Option<Date>,
    /// Is there a field for the day, and nothing in it?
    pub without_expiry: Option<bool>,
    /// A deploy token's name is the one with which GitLab gives it to every job.
    pub given_to_jobs: Option<bool>,
    /// Of a fine-grained token: where its permissions for groups and projects hold.
    pub reach: Option<Reach>,
    /// Of a fine-grained token: its permissions, `read_repository`.
    pub permissions: Option<Vec<Name>>,
    /// Of a variable: what job logs and the settings show.
    pub visibility: Option<Visibility>,
    /// Of a variable: is it for protected branches and tags only?
    pub protected: Option<bool>,
    /// Of a variable: the only environment it is for; `*` for all.
    pub environment_scope: Option<Name>,
    /// Of an allowlist entry: `Some(true)` for all that the job's user may do, `Some(false)` for the policies only.
    pub default_permissions: Option<bool>,
    /// Of an allowlist entry: the permissions that are chosen.
    pub policies: Option<Vec<Policy>>,
}

impl Draft {
    /// A form in which nothing is known to be chosen.
    #[must_use]
    pub const fn new(kind: DraftKind) -> Self {
        Self {
            kind,
            scopes: None,
            offered_scopes: None,
            role: None,
            expires_on: None,
            without_expiry: None,
            given_to_jobs: None,
            reach: None,
            permissions: None,
            visibility: None,
            protected: None,
            environment_scope: None,
            default_permissions: None,
            policies: None,
        }
    }
}

/// Where a fine-grained token's permissions hold, as GitLab's form names the choices
/// (<https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Projects in the owner's own namespace.
    PersonalProjects,
    /// Groups and projects that are named.
    SelectedMemberships,
    /// Every group and project that the owner is a member of.
    AllMemberships,
}

/// What is shown of a variable's value (<https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// It stands in logs as it is.
    Visible,
    /// Logs hide it, the settings show it.
    Masked,
    /// Nobody is shown it again.
    MaskedAndHidden,
}

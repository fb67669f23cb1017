//! `leastwise plan allowlist`: who calls whom with the job token, and the smallest allowlist that lets the meant calls through.
//!
//! Each input is turned into its [`Evidence`] by itself; [`plan`] joins them. The plan is the same whatever their order.
//! The rules: <https://docs.gitlab.com/ci/jobs/ci_job_token/>, <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>,
//! <https://docs.gitlab.com/api/project_job_token_scopes/>.

mod act;
mod commands;
mod config;
mod decide;
mod evidence;
mod files;
pub mod graph;
mod group;
mod names;
mod needs;
mod project;
mod proposal;
mod python;
pub mod render;
mod target;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

pub use evidence::{Evidence, EvidenceKind};
pub(in crate::plan) use target::apis;

use crate::audit::Examined;
use crate::catalog::{JobTokenPermission, job_token_permission, job_token_rules};
use crate::context::Context;
use crate::report::Advice;
use crate::text::{Name, NotStr, Say, Text};

/// The most entries of an allowlist, projects and groups together
/// (<https://docs.gitlab.com/ci/jobs/ci_job_token/#add-a-group-or-project-to-the-job-token-allowlist>).
#[must_use]
pub fn limit() -> usize {
    job_token_rules().entries
}

/// Does every line of a file of this name count for a plan, however large it is?
pub(crate) fn is_read_whole(name: &str) -> bool {
    files::is_read_whole(name)
}

/// Who calls, or is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A project by its full path.
    Project(Name),
    /// A project by its number, where its path is not known.
    Id(u64),
    /// All below a group.
    Group(Name),
    /// The same, by number.
    GroupId(u64),
    /// A whole host.
    Host(Name),
    /// Known to a variable only, or by the last part of a path.
    Unknown(Name),
}

impl Party {
    /// Is it one project?
    #[must_use]
    pub const fn is_project(&self) -> bool {
        matches!(self, Self::Project(_) | Self::Id(_))
    }

    /// Its full path, where it has one.
    #[must_use]
    pub const fn path(&self) -> Option<&Name> {
        match self {
            Self::Project(path) | Self::Group(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(path) => write!(f, "{path}"),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Group(path) => write!(f, "group:{path}"),
            Self::GroupId(id) => write!(f, "group:id:{id}"),
            Self::Host(host) => write!(f, "host:{host}"),
            Self::Unknown(name) => write!(f, "unknown:{name}"),
        }
    }
}

impl Say for Party {
    fn say(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}
impl NotStr for Party {}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What to do about an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The entry, or a permission in it, is missing and needed.
    Add,
    /// The entry is there and is what is needed.
    Keep,
    /// The entry allows more than is needed.
    Narrow,
    /// The entry is not needed.
    Drop,
    /// No entry is needed, and there is none.
    NotNeeded,
    /// A person has to answer first: the reason says what.
    Unknown,
}

impl Decision {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Keep => "keep",
            Self::Narrow => "narrow",
            Self::Drop => "drop",
            Self::NotNeeded => "not-needed",
            Self::Unknown => "unknown",
        }
    }
}

/// Where an edge was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// The input's name.
    pub input: Name,
    /// From 1; `None` for the whole input.
    pub line: Option<usize>,
    /// How.
    pub kind: EvidenceKind,
}

/// A caller and a callee, once.
#[derive(Clone, Debug, Serialize)]
pub struct Edge {
    /// Whose jobs.
    pub caller: Party,
    /// What they reach.
    pub callee: Party,
    /// How, `git-clone`; several are joined by `, `.
    pub via: String,
    /// The permissions that the calls need; empty where none is known, or none covers them.
    pub permissions: Vec<&'static str>,
    /// Is every call covered by a permission, so that an entry can be kept to them? `null` where no call is known.
    pub restrictable: Option<bool>,
    /// What to do.
    pub decision: Decision,
    /// Why, a sentence or more.
    pub why: Text,
    /// Where it was seen.
    pub evidence: Vec<Seen>,
}

/// What an entry allows after the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// As it is; the source does not say.
    AsItIs,
    /// All that the job's user may do.
    All,
    /// These permissions.
    Only(BTreeSet<Name>),
}

/// A change to an allowlist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A new entry.
    Add(Party, Grant),
    /// Other permissions for an entry that is there.
    Update(Party, Grant),
    /// The entry goes.
    Remove(Party),
}

/// A project that is called, with its allowlist.
#[derive(Clone, Debug)]
pub struct Callee {
    /// The project.
    pub project: Party,
    /// Was its allowlist among the inputs?
    pub listed: bool,
    /// Entries now.
    pub now: usize,
    /// Entries after the plan.
    pub entries: Vec<(Party, Grant)>,
    /// Is the allowlist on? `None` where no input says.
    pub inbound_enabled: Option<bool>,
    /// In this order: additions before removals.
    pub changes: Vec<Change>,
    /// What to do.
    pub steps: Vec<Advice>,
}

/// What could not be read or told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// The input's name; `None` for the plan as a whole.
    pub input: Option<Name>,
    /// From 1.
    pub line: Option<usize>,
    /// What, and what to do about it.
    pub message: Text,
}

/// The plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// By callee, then caller.
    pub edges: Vec<Edge>,
    /// By project.
    pub callees: Vec<Callee>,
    /// How to bring it in, and how to take it back.
    pub rollout: Vec<Advice>,
    /// What is not known.
    pub blind_spots: Vec<Spot>,
}

/// The plan for what was examined.
#[must_use]
pub fn plan_of(parts: &[Examined], context: &Context) -> Plan {
    let inputs: Vec<_> = parts.iter().map(|part| (part.name().clone(), part.evidence())).collect();
    let mut plan = plan(&inputs, context);
    for part in parts {
        for spot in part.blind_spots() {
            let input = Some(part.name().clone());
            plan.blind_spots.push(Spot { input, line: spot.line, message: spot.message.clone() });
        }
    }
    plan.blind_spots.sort();
    plan.blind_spots.dedup();
    plan
}

/// The plan for the evidence of named inputs.
#[must_use]
pub fn plan(inputs: &[(Name, &Evidence)], context: &Context) -> Plan {
    let world = world::World::new(inputs, context);
    decide::decide(world)
}

/// The permission with this name, in any case.
fn job_permission(name: &str) -> Option<&'static JobTokenPermission> {
    let (action, resource) = name.split_once('_')?;
    job_token_permission(action, resource)
}

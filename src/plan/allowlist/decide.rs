//! The decision about each edge, and what comes of them for each allowlist. Why a project's entry is decided so is in
//! [`super::project`], a group's in [`super::group`].

use std::collections::{BTreeMap, BTreeSet};

use super::act;
use super::evidence::Rights;
use super::group::GroupPlan;
use super::job_permission;
use super::proposal::proposal;
use super::world::{Pair, Settings, World};
use super::{Callee, Change, Decision, Edge, Grant, Party, Plan, limit};
use crate::catalog::job_token_rules;
use crate::text::{Name, Text};

/// Decides about everything that was seen.
pub(super) fn decide(mut world: World) -> Plan {
    let mut edges = Vec::new();
    let mut callees = Vec::new();
    let mut projects: BTreeSet<Party> = world.pairs.keys().cloned().collect();
    projects.extend(world.settings.keys().cloned());
    for callee in projects {
        let pairs = world.pairs.remove(&callee).unwrap_or_default();
        let settings = world.settings.remove(&callee).unwrap_or_default();
        let list = List {
            world: &world,
            callee: &callee,
            settings,
            pairs,
            planned: BTreeMap::new(),
            changes: BTreeSet::new(),
        };
        list.decide(&mut edges, &mut callees);
    }
    let rollout = if callees.is_empty() { Vec::new() } else { act::rollout(world.version) };
    Plan { edges, callees, rollout, blind_spots: world.spots.into_iter().collect() }
}

/// One callee with all that reach it.
pub(super) struct List<'w> {
    pub(super) world: &'w World,
    pub(super) callee: &'w Party,
    pub(super) settings: Settings,
    pairs: BTreeMap<Party, Pair>,
    planned: BTreeMap<Party, Grant>,
    changes: BTreeSet<Change>,
}

/// What a pair's calls need of an entry.
pub(super) enum Required {
    /// These permissions, and nothing beside.
    Only(BTreeSet<Name>),
    /// No restriction, because of these ways in.
    All(BTreeSet<&'static str>),
    /// These ways in, of which it is not seen what they call.
    Unseen(BTreeSet<&'static str>),
    /// They are seen to happen, and nobody knows what they do.
    NotKnown,
}

/// A decision about a pair, its reason, and the entry to be.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    pub(super) why: Text,
    /// For the planned list: the entry after the plan; `None` for none.
    entry: Option<Grant>,
}

pub(super) fn verdict(decision: Decision, why: Text, entry: Option<Grant>) -> Verdict {
    Verdict { decision, why, entry }
}

impl List<'_> {
    fn decide(mut self, edges: &mut Vec<Edge>, callees: &mut Vec<Callee>) {
        let pairs = std::mem::take(&mut self.pairs);
        let now = pairs.values().filter(|pair| pair.entry.is_some()).count();
        // Who comes in through which group: the nearest one counts.
        let mut through: BTreeMap<Party, Vec<&Party>> = BTreeMap::new();
        for (caller, pair) in &pairs {
            if pair.entry.is_none()
                && (pair.configured || pair.logged.is_some())
                && let Some(group) = nearest(caller, &pairs)
            {
                through.entry(group).or_default().push(caller);
            }
        }
        let plans: BTreeMap<&Party, GroupPlan> = pairs
            .iter()
            .filter(|(party, pair)| pair.entry.is_some() && matches!(party, Party::Group(_) | Party::GroupId(_)))
            .map(|(group, pair)| {
                let users = through.get(group).map_or(&[][..], Vec::as_slice);
                (group, self.group(group, pair, users, &pairs, now))
            })
            .collect();
        for (caller, pair) in &pairs {
            let verdict = match plans.get(caller) {
                Some(plan) => plan.verdict(),
                None => self.project(caller, pair, nearest(caller, &pairs).and_then(|group| plans.get(&group))),
            };
            self.note(caller, pair, &verdict);
            edges.push(self.edge(caller, pair, verdict));
        }
        if !self.callee.is_project() {
            return;
        }
        let only_by_user = !self.settings.listed && !self.settings.log_given && self.settings.inbound.is_none();
        if only_by_user && self.planned.is_empty() && self.changes.is_empty() {
            return;
        }
        let mut callee = Callee {
            project: self.callee.clone(),
            listed: self.settings.listed,
            now,
            entries: self.planned.into_iter().collect(),
            inbound_enabled: self.settings.inbound,
            changes: self.changes.into_iter().collect(),
            steps: Vec::new(),
        };
        let proposal =
            if callee.entries.len() > limit() { proposal(&callee.entries, &self.world.projects) } else { Vec::new() };
        callee.steps = act::steps(&callee, self.world.version, &proposal);
        callees.push(callee);
    }

    /// Writes down what the verdict means for the list.
    fn note(&mut self, caller: &Party, pair: &Pair, verdict: &Verdict) {
        let can_stand = caller.is_project() || matches!(caller, Party::Group(_) | Party::GroupId(_));
        if !self.callee.is_project() || !can_stand {
            return;
        }
        match (&verdict.entry, &pair.entry) {
            (Some(grant), None) => {
                self.changes.insert(Change::Add(caller.clone(), grant.clone()));
            }
            (Some(grant), Some(_)) if matches!(verdict.decision, Decision::Add | Decision::Narrow) => {
                self.changes.insert(Change::Update(caller.clone(), grant.clone()));
            }
            (None, Some(_)) => {
                self.changes.insert(Change::Remove(caller.clone()));
            }
            _ => {}
        }
        if let Some(grant) = &verdict.entry {
            self.planned.insert(caller.clone(), grant.clone());
        }
    }

    fn edge(&self, caller: &Party, pair: &Pair, verdict: Verdict) -> Edge {
        let mut via: Vec<&str> = pair.via.iter().copied().collect();
        if via.is_empty() {
            via.push(if pair.logged.is_some() { "auth-log" } else { "allowlist" });
        }
        let denied = pair.permissions.is_empty().then_some(&pair.denied_permissions).into_iter().flatten();
        let permissions = least(pair.permissions.iter().chain(denied).copied().collect());
        Edge {
            caller: caller.clone(),
            callee: self.callee.clone(),
            via: via.join(", "),
            restrictable: match (pair.configured, pair.unrestrictable.is_empty(), pair.unseen.is_empty()) {
                (false, ..) | (true, true, false) => None,
                (true, all, _) => Some(all),
            },
            permissions,
            decision: verdict.decision,
            why: verdict.why,
            evidence: pair.evidence.iter().cloned().collect(),
        }
    }

    pub(super) fn has_permissions(&self) -> bool {
        self.world.version.is_none_or(|version| version >= job_token_rules().permissions_since)
    }

    pub(super) fn log_is_complete(&self) -> bool {
        self.settings.log_given
            && self.world.version.is_none_or(|version| version >= job_token_rules().log_complete_since)
    }

    pub(super) fn required(&self, pair: &Pair) -> Required {
        if !pair.configured {
            Required::NotKnown
        } else if !pair.unrestrictable.is_empty() {
            Required::All(pair.unrestrictable.clone())
        } else if !self.has_permissions() {
            Required::All(BTreeSet::new())
        } else if !pair.unseen.is_empty() {
            Required::Unseen(pair.unseen.clone())
        } else {
            Required::Only(least(pair.permissions.iter().copied().collect()).into_iter().map(Name::new).collect())
        }
    }
}

/// The entry of the nearest group above a project.
fn nearest(caller: &Party, pairs: &BTreeMap<Party, Pair>) -> Option<Party> {
    let Party::Project(path) = caller else { return None };
    let mut rest = path.as_str();
    while let Some((group, _)) = rest.rsplit_once('/') {
        let party = Party::Group(Name::new(group));
        if pairs.get(&party).is_some_and(|pair| pair.entry.is_some()) {
            return Some(party);
        }
        rest = group;
    }
    None
}

pub(super) fn as_it_is(rights: &Rights) -> Grant {
    match rights {
        Rights::Unknown => Grant::AsItIs,
        Rights::All => Grant::All,
        Rights::Some(have) => Grant::Only(have.clone()),
    }
}

/// Does a list of permissions grant one, itself or through one that includes it?
pub(super) fn grants(have: &BTreeSet<Name>, one: &Name) -> bool {
    have.contains(one)
        || have.iter().filter_map(|name| job_permission(name.as_str())?.includes).any(|inner| inner == one.as_str())
}

/// Without those that another one includes.
fn least(permissions: BTreeSet<&'static str>) -> Vec<&'static str> {
    let included: BTreeSet<&str> = permissions.iter().filter_map(|name| job_permission(name)?.includes).collect();
    permissions.iter().copied().filter(|name| !included.contains(name)).collect()
}

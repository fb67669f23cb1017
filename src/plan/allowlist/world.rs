//! All inputs together: one name for each project, and everything that was seen between two of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::evidence::{Access, Coverage, Evidence, EvidenceKind, Feature, Need, Rights, Target};
use super::names::{Names, filled, learn, merge};
use super::{Party, Seen, Spot};
use crate::context::{Context, Version};
use crate::inventory::Namespace;
use crate::say;
use crate::text::Name;
use crate::time::Date;

/// Everything seen from one caller to one callee.
#[derive(Debug, Default)]
pub(super) struct Pair {
    /// How it was seen.
    pub(super) via: BTreeSet<&'static str>,
    /// What the configured calls need.
    pub(super) permissions: BTreeSet<&'static str>,
    /// Calls of the job token that configuration shows.
    pub(super) configured: bool,
    /// Calls that the user's own rights cover.
    pub(super) by_user: bool,
    /// A call that no permission covers.
    pub(super) unrestrictable: BTreeSet<&'static str>,
    /// A use of which the inputs do not show what it calls.
    pub(super) unseen: BTreeSet<&'static str>,
    /// What the allowlist does not guard: a group's dependency proxy, an agent.
    pub(super) outside: BTreeSet<Access>,
    /// Paths of which it is not known which part is the project.
    pub(super) below: BTreeSet<Name>,
    /// The parts of the project that the calls read; `None` as soon as one does more than read what is public.
    pub(super) reads: Option<BTreeSet<Feature>>,
    /// Refusals: what refused, and the permissions that were missing.
    pub(super) denied: BTreeSet<&'static str>,
    pub(super) denied_permissions: BTreeSet<&'static str>,
    /// The last use in the log; the inner `None` where the row has no date.
    pub(super) logged: Option<Option<Date>>,
    pub(super) entry: Option<Rights>,
    pub(super) evidence: BTreeSet<Seen>,
}

impl Pair {
    fn add(&mut self, need: &Need) {
        self.via.insert(need.via);
        if need.kind == EvidenceKind::Denial {
            self.denied.insert(need.by.unwrap_or("other"));
            self.denied_permissions.extend(&need.permissions);
            return;
        }
        if need.access == Access::User {
            self.by_user = true;
            return;
        }
        if matches!(need.access, Access::DependencyProxy | Access::Agent) {
            self.outside.insert(need.access);
            return;
        }
        let first = !self.configured;
        self.configured = true;
        self.permissions.extend(&need.permissions);
        match need.coverage {
            Coverage::Covered => {}
            Coverage::NotCovered => {
                self.unrestrictable.insert(need.via);
            }
            Coverage::NotSeen => {
                self.unseen.insert(need.via);
            }
        }
        if need.access == Access::PublicRead {
            if first {
                self.reads = Some(BTreeSet::new());
            }
            if let Some(reads) = &mut self.reads {
                reads.insert(need.feature);
            }
        } else {
            self.reads = None;
        }
    }
}

/// What is known of a callee's settings.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) inbound: Option<bool>,
    pub(super) listed: bool,
    pub(super) log_given: bool,
}

/// The inputs, joined.
pub(super) struct World {
    /// By callee, then caller.
    pub(super) pairs: BTreeMap<Party, BTreeMap<Party, Pair>>,
    pub(super) settings: BTreeMap<Party, Settings>,
    /// Projects of the lists, by path.
    pub(super) projects: BTreeMap<Name, Namespace>,
    /// Projects whose configuration was read.
    pub(super) configured: BTreeSet<Party>,
    pub(super) version: Option<Version>,
    pub(super) today: Date,
    pub(super) spots: BTreeSet<Spot>,
    names: Names,
}

/// Whose inputs hold what.
struct Files<'a> {
    /// A `.gitmodules`.
    submodules: HashSet<Option<&'a Party>>,
    /// A `go.mod`.
    go_mod: HashSet<Option<&'a Party>>,
    /// A pipeline's configuration.
    configured: HashSet<Option<&'a Party>>,
    /// One that fetches submodules.
    fetch_submodules: HashSet<Option<&'a Party>>,
    /// One that takes HTTPS in place of SSH for them.
    https: HashSet<Option<&'a Party>>,
    /// A file that names the repositories which its tools clone.
    repositories: HashSet<Option<&'a Party>>,
}

impl World {
    pub(super) fn new(inputs: &[(Name, &Evidence)], context: &Context) -> Self {
        let names = learn(inputs);
        let mut world = Self {
            pairs: BTreeMap::new(),
            settings: BTreeMap::new(),
            projects: BTreeMap::new(),
            configured: BTreeSet::new(),
            version: context
                .gitlab_version
                .or_else(|| inputs.iter().filter_map(|(_, evidence)| evidence.version).max()),
            today: context.today,
            spots: BTreeSet::new(),
            names,
        };
        for (_, evidence) in inputs {
            for project in &evidence.projects {
                if let Some(path) = &project.path {
                    let Party::Project(path) = world.names.project(path) else { continue };
                    merge(world.projects.entry(path).or_default(), project);
                }
            }
        }
        // Folders of clones, and of inputs that say whose they are: what else lies there belongs to the same project.
        let mut folders: BTreeMap<&str, BTreeSet<Name>> = BTreeMap::new();
        for (name, evidence) in inputs {
            if let Some(repository) = &evidence.repository {
                let folder = name.as_str().strip_suffix(".git/config").unwrap_or_default().trim_end_matches('/');
                folders.entry(folder).or_default().insert(repository.clone());
            }
        }
        let folders: HashMap<&str, Name> = folders
            .into_iter()
            .filter(|(_, names)| names.len() == 1)
            .filter_map(|(folder, names)| Some((folder, names.into_iter().next()?)))
            .collect();
        let callers: Vec<Option<Party>> =
            inputs.iter().map(|(name, evidence)| world.whose(name.as_str(), evidence, &folders)).collect();
        let of = |wanted: fn(&Evidence) -> bool| -> HashSet<Option<&Party>> {
            let those = inputs.iter().zip(&callers).filter(|((_, evidence), _)| wanted(evidence));
            those.map(|(_, caller)| caller.as_ref()).collect()
        };
        let files = Files {
            submodules: of(|evidence| evidence.is_submodules),
            go_mod: of(|evidence| evidence.is_go_mod),
            configured: of(|evidence| evidence.is_config),
            fetch_submodules: of(|evidence| {
                evidence.is_config && evidence.needs.iter().any(|need| need.via == "git-submodule")
            }),
            https: of(|evidence| evidence.forces_https),
            repositories: of(|evidence| {
                let named = |need: &Need| matches!(need.target, Target::Project(_) | Target::Id(_) | Target::Below(_));
                let git = |need: &Need| matches!(need.via, "git-clone" | "git-submodule" | "go-module");
                !evidence.is_config && evidence.needs.iter().any(|need| git(need) && named(need))
            }),
        };
        for ((name, evidence), caller) in inputs.iter().zip(&callers) {
            world.input(name, evidence, caller.as_ref(), &files);
        }
        world
    }

    /// Whose input is it?
    fn whose(&self, name: &str, evidence: &Evidence, folders: &HashMap<&str, Name>) -> Option<Party> {
        if let Some(path) = evidence.project.as_ref().filter(|path| path.as_str().contains('/')) {
            return Some(self.names.project(path));
        }
        if let Some(id) = evidence.project_id {
            return Some(self.names.id(id));
        }
        // The folders around it, the nearest first: a clone's, or one that is named like a project known from elsewhere.
        let mut folder = name;
        for _ in 0..32 {
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            if let Some(project) = folders.get(folder) {
                return Some(self.names.project(project));
            }
            let mut rest = folder;
            while rest.contains('/') {
                if let Some(known) = self.names.paths.get(&rest.to_lowercase()) {
                    return Some(Party::Project(known.clone()));
                }
                rest = rest.split_once('/').map_or("", |(_, rest)| rest);
            }
            if folder.is_empty() {
                break;
            }
        }
        None
    }

    fn input(&mut self, name: &Name, evidence: &Evidence, caller: Option<&Party>, files: &Files<'_>) {
        if evidence.is_config {
            self.configured.extend(caller.cloned());
        }
        let seen = |line, kind| Seen { input: name.clone(), line, kind };
        let over_ssh = self.over_ssh(name, evidence, caller, files);
        if evidence.is_submodules && self.unfetched(name, evidence, caller, files) {
            return;
        }
        for need in evidence.needs.iter().chain(&over_ssh) {
            let told_elsewhere = match (need.via, &need.target) {
                ("git-submodule", Target::Unknown(_)) => files.submodules.contains(&caller),
                ("go-module", Target::Host(_) | Target::Group(_)) => files.go_mod.contains(&caller),
                ("git-clone", Target::Host(_)) => files.repositories.contains(&caller),
                _ => false,
            };
            if told_elsewhere {
                continue;
            }
            let from = match &need.caller {
                Some(target) => self.caller(target, caller),
                None => caller.cloned().unwrap_or_else(|| Party::Unknown(Name::new("CI_PROJECT_PATH"))),
            };
            let to = self.resolve(&need.target, &from);
            let unclear = match (&need.target, &to) {
                (Target::Below(path), Party::Group(_)) => filled(path, &from).ok(),
                _ => None,
            };
            let pair = self.pairs.entry(to).or_default().entry(from).or_default();
            pair.add(need);
            pair.below.extend(unclear);
            pair.evidence.insert(seen(need.line, need.kind));
        }
        for (line, message) in &evidence.spots {
            self.spots.insert(Spot { input: Some(name.clone()), line: *line, message: message.clone() });
        }
        let Some(grants) = &evidence.grants else { return };
        let callee = match (&grants.path, grants.id) {
            (Some(path), _) => self.names.project(path),
            (None, Some(id)) => self.names.id(id),
            (None, None) => {
                let message = say![
                    "This allowlist or log does not say whose it is: nothing in it was planned. Name the project with `--project`."
                ];
                self.spots.insert(Spot { input: Some(name.clone()), line: None, message });
                return;
            }
        };
        let settings = self.settings.entry(callee.clone()).or_default();
        // Where two inputs disagree, the list counts as off: that is the one to look at.
        settings.inbound = match (settings.inbound, grants.inbound) {
            (Some(a), Some(b)) => Some(a && b),
            (a, b) => a.or(b),
        };
        settings.listed |= grants.entries.is_some();
        settings.log_given |= grants.log.is_some();
        for entry in grants.entries.iter().flatten() {
            let party = match (entry.group, &entry.path, entry.id) {
                (true, Some(path), _) => Party::Group(path.clone()),
                (true, None, Some(id)) => {
                    self.names.groups_by_id.get(&id).map_or(Party::GroupId(id), |path| Party::Group(path.clone()))
                }
                (false, Some(path), _) => self.names.project(path),
                (false, None, Some(id)) => self.names.id(id),
                (_, None, None) => continue,
            };
            if party == callee {
                continue;
            }
            let pair = self.pairs.entry(callee.clone()).or_default().entry(party).or_default();
            // What says more wins; of two that say different things, the same one whatever their order.
            pair.entry = pair.entry.take().max(Some(entry.rights.clone()));
            pair.evidence.insert(seen(entry.line, EvidenceKind::Allowlist));
        }
        for (path, day, line) in grants.log.iter().flatten() {
            let party = self.names.project(path);
            if party == callee {
                continue;
            }
            let pair = self.pairs.entry(callee.clone()).or_default().entry(party).or_default();
            pair.logged = Some(pair.logged.flatten().max(*day));
            pair.evidence.insert(seen(*line, EvidenceKind::AuthLog));
        }
    }

    /// The submodules over SSH, as far as the caller's jobs are told to take HTTPS for them.
    fn over_ssh(&mut self, name: &Name, evidence: &Evidence, caller: Option<&Party>, files: &Files<'_>) -> Vec<Need> {
        if evidence.over_ssh.is_empty() {
            return Vec::new();
        }
        if !files.https.contains(&caller) {
            let (count, line) = (evidence.over_ssh.len(), evidence.over_ssh.first().map(|(_, line)| *line));
            let message = say![
                count,
                if count == 1 { " submodule is" } else { " submodules are" },
                " fetched over SSH, which the job token is no part of: no edge. With `GIT_SUBMODULE_FORCE_HTTPS` the job token \
                 fetches them."
            ];
            self.spots.insert(Spot { input: Some(name.clone()), line, message });
            return Vec::new();
        }
        let needs = evidence.over_ssh.iter().map(|(target, line)| Need {
            caller: None,
            target: target.clone(),
            via: "git-submodule",
            access: Access::PublicRead,
            feature: Feature::Repository,
            permissions: vec!["READ_REPOSITORIES"],
            coverage: Coverage::Covered,
            kind: EvidenceKind::Config,
            by: None,
            line: Some(*line),
        });
        needs.collect()
    }

    /// Is this `.gitmodules` of no use, as the caller's configuration was read and fetches no submodule?
    fn unfetched(&mut self, name: &Name, evidence: &Evidence, caller: Option<&Party>, files: &Files<'_>) -> bool {
        let none = evidence.needs.is_empty() && evidence.over_ssh.is_empty();
        if none || !files.configured.contains(&caller) || files.fetch_submodules.contains(&caller) {
            return false;
        }
        let message = say![
            "The configuration that was read fetches no submodule (`GIT_SUBMODULE_STRATEGY` is not set): no edge for those in this \
             file. If an included file or a variable in the settings sets it, give that too."
        ];
        self.spots.insert(Spot { input: Some(name.clone()), line: None, message });
        true
    }

    /// A caller as a log names it: the last part of a path is the log's own project where it fits.
    fn caller(&self, target: &Target, own: Option<&Party>) -> Party {
        if let (Target::Unknown(last), Some(Party::Project(path))) = (target, own)
            && path.as_str().rsplit('/').next() == Some(last.as_str())
        {
            return Party::Project(path.clone());
        }
        let unknown = Party::Unknown(Name::new("CI_PROJECT_PATH"));
        self.resolve(target, own.unwrap_or(&unknown))
    }

    fn resolve(&self, target: &Target, caller: &Party) -> Party {
        match target {
            Target::Own => caller.clone(),
            Target::Id(id) => self.names.id(*id),
            Target::GroupId(id) => {
                self.names.groups_by_id.get(id).map_or(Party::GroupId(*id), |path| Party::Group(path.clone()))
            }
            Target::Host(host) => Party::Host(host.clone()),
            Target::Unknown(name) => match self.names.last.get(&name.as_str().to_lowercase()) {
                Some(Some(path)) => self.names.project(path),
                _ => Party::Unknown(name.clone()),
            },
            Target::Project(path) => match filled(path, caller) {
                Ok(path) => self.names.project(&path),
                Err(variable) => Party::Unknown(variable),
            },
            Target::Group(path) => match filled(path, caller) {
                Ok(path) => Party::Group(path),
                Err(variable) => Party::Unknown(variable),
            },
            Target::Below(path) => match filled(path, caller) {
                Ok(path) => self.below_what(path.as_str()),
                Err(variable) => Party::Unknown(variable),
            },
        }
    }

    /// The project that holds an image or a package: the longest beginning that is a known project, else the group above
    /// all that it may be. An image's name has up to two parts of its own
    /// (<https://docs.gitlab.com/user/packages/container_registry/#naming-convention-for-your-container-images>).
    fn below_what(&self, path: &str) -> Party {
        let mut shorter = path;
        loop {
            if let Some(known) = self.names.paths.get(&shorter.to_lowercase()) {
                return Party::Project(known.clone());
            }
            match shorter.rsplit_once('/') {
                Some((before, _)) if before.contains('/') => shorter = before,
                _ => break,
            }
        }
        match path.split_once('/') {
            Some((group, rest)) if rest.contains('/') => Party::Group(Name::new(group)),
            _ => Party::Project(Name::new(path)),
        }
    }
}

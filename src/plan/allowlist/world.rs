//! All inputs together: one name for each project, and everything that was seen between two of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::evidence::{Access, Evidence, EvidenceKind, Feature, Need, Rights, Target};
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
        let first = !self.configured;
        self.configured = true;
        self.permissions.extend(&need.permissions);
        if !need.grantable {
            self.unrestrictable.insert(need.via);
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

/// One name for each project and group.
#[derive(Default)]
struct Names {
    by_id: HashMap<u64, Name>,
    groups_by_id: HashMap<u64, Name>,
    /// By lower-case path.
    paths: HashMap<String, Name>,
    /// By the last part of the path; `None` where several share it.
    last: HashMap<String, Option<Name>>,
}

impl Names {
    fn learn(&mut self, path: &Name, id: Option<u64>) {
        if path.as_str().contains("${") || !path.as_str().contains('/') {
            return;
        }
        if let Some(id) = id {
            let known = self.by_id.entry(id).or_insert_with(|| path.clone());
            // Two sources that disagree (a project was moved): the same one whatever their order.
            if path < known {
                *known = path.clone();
            }
        }
        let lower = path.as_str().to_lowercase();
        let last = lower.rsplit('/').next().unwrap_or_default().to_owned();
        let known = self.paths.entry(lower).or_insert_with(|| path.clone());
        if path < known {
            *known = path.clone();
        }
        let known = known.clone();
        let seen = self.last.entry(last).or_insert_with(|| Some(known.clone()));
        if seen.as_ref().is_some_and(|other| !other.as_str().eq_ignore_ascii_case(known.as_str())) {
            *seen = None;
        }
    }

    fn learn_group(&mut self, path: &Name, id: u64) {
        let known = self.groups_by_id.entry(id).or_insert_with(|| path.clone());
        if path < known {
            *known = path.clone();
        }
    }

    fn project(&self, path: &Name) -> Party {
        Party::Project(self.paths.get(&path.as_str().to_lowercase()).unwrap_or(path).clone())
    }

    fn id(&self, id: u64) -> Party {
        self.by_id.get(&id).map_or(Party::Id(id), |path| self.project(path))
    }
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
        let with_submodules: HashSet<&Option<Party>> = inputs
            .iter()
            .zip(&callers)
            .filter(|((_, evidence), _)| evidence.is_submodules)
            .map(|(_, caller)| caller)
            .collect();
        for ((name, evidence), caller) in inputs.iter().zip(&callers) {
            world.input(name, evidence, caller.as_ref(), with_submodules.contains(caller));
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

    fn input(&mut self, name: &Name, evidence: &Evidence, caller: Option<&Party>, has_submodules: bool) {
        if evidence.is_config {
            self.configured.extend(caller.cloned());
        }
        let seen = |line, kind| Seen { input: name.clone(), line, kind };
        for need in &evidence.needs {
            if need.via == "git-submodule" && has_submodules && matches!(need.target, Target::Unknown(_)) {
                continue;
            }
            let from = match &need.caller {
                Some(target) => self.caller(target, caller),
                None => caller.cloned().unwrap_or_else(|| Party::Unknown(Name::new("CI_PROJECT_PATH"))),
            };
            let to = self.resolve(&need.target, &from);
            let pair = self.pairs.entry(to).or_default().entry(from).or_default();
            pair.add(need);
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
            Target::Image(path) => match filled(path, caller) {
                Ok(path) => self.image(path.as_str()),
                Err(variable) => Party::Unknown(variable),
            },
        }
    }

    /// The project that holds an image: the longest beginning that is a known project. An image's name has up to two parts
    /// of its own (<https://docs.gitlab.com/user/packages/container_registry/#naming-convention-for-your-container-images>).
    fn image(&self, path: &str) -> Party {
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
        if path.matches('/').count() == 1 {
            Party::Project(Name::new(path))
        } else {
            // Which part is the project, the path does not say.
            Party::Unknown(Name::new(path))
        }
    }
}

fn learn(inputs: &[(Name, &Evidence)]) -> Names {
    let mut names = Names::default();
    for (_, evidence) in inputs {
        for project in &evidence.projects {
            if let Some(path) = &project.path {
                names.learn(path, project.id);
            }
        }
        for group in &evidence.groups {
            if let (Some(path), Some(id)) = (&group.path, group.id) {
                names.learn_group(path, id);
            }
        }
        for path in evidence.project.iter().chain(&evidence.repository) {
            names.learn(path, evidence.project_id);
        }
        for need in &evidence.needs {
            if let (Target::Project(path), false) = (&need.target, need.kind == EvidenceKind::Denial)
                && !path.as_str().starts_with('.')
            {
                names.learn(path, None);
            }
        }
        let Some(grants) = &evidence.grants else { continue };
        if let Some(path) = &grants.path {
            names.learn(path, grants.id);
        }
        for entry in grants.entries.iter().flatten() {
            match (&entry.path, entry.id) {
                (Some(path), Some(id)) if entry.group => {
                    names.learn_group(path, id);
                }
                (Some(path), id) if !entry.group => names.learn(path, id),
                _ => {}
            }
        }
        for (path, ..) in grants.log.iter().flatten() {
            names.learn(path, None);
        }
    }
    names
}

/// Of two lists, what either says; where both say something, the more closed one.
fn merge(into: &mut Namespace, from: &Namespace) {
    into.id = into.id.or(from.id);
    let least = |a: &mut Option<Name>, b: &Option<Name>, order: &[&str]| {
        let rank = |name: &Option<Name>| {
            name.as_ref().map_or(usize::MAX, |name| order.iter().position(|word| *word == name.as_str()).unwrap_or(0))
        };
        if rank(b) < rank(a) || rank(a) == rank(b) && b < a && b.is_some() {
            a.clone_from(b);
        }
    };
    least(&mut into.visibility, &from.visibility, &["private", "internal", "public"]);
    let levels = ["disabled", "private", "enabled", "public"];
    least(&mut into.repository_access, &from.repository_access, &levels);
    least(&mut into.builds_access, &from.builds_access, &levels);
    least(&mut into.packages_access, &from.packages_access, &levels);
    least(&mut into.registry_access, &from.registry_access, &levels);
}

/// A path with the job's own variables filled in, and `../` taken from the caller's path; else the variable that is missing.
fn filled(path: &Name, caller: &Party) -> Result<Name, Name> {
    let mut text = path.as_str().to_owned();
    if let Party::Project(own) = caller {
        let own = own.as_str();
        let (namespace, name) = own.rsplit_once('/').unwrap_or(("", own));
        let root = own.split('/').next().unwrap_or_default();
        for (variable, value) in [
            ("${CI_PROJECT_PATH}", own),
            ("${CI_PROJECT_NAMESPACE}", namespace),
            ("${CI_PROJECT_ROOT_NAMESPACE}", root),
            ("${CI_PROJECT_NAME}", name),
        ] {
            text = text.replace(variable, value);
        }
        if text.starts_with('.') {
            let mut parts: Vec<&str> = own.split('/').collect();
            for part in text.split('/') {
                match part {
                    ".." => {
                        parts.pop();
                    }
                    "." | "" => {}
                    part => parts.push(part),
                }
            }
            text = parts.join("/");
        }
    }
    if let Some((_, rest)) = text.split_once("${") {
        let name = rest.split('}').next().unwrap_or_default();
        return Err(Name::new(if name.is_empty() { "expression" } else { name }));
    }
    if text.starts_with('.') {
        return Err(Name::new("CI_PROJECT_PATH"));
    }
    Ok(Name::new(text.trim_matches('/')))
}

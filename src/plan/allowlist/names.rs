//! One name for each project and group, whichever input names it.

use std::collections::HashMap;

use super::Party;
use super::evidence::{Evidence, EvidenceKind, Target};
use crate::inventory::Namespace;
use crate::text::Name;

/// One name for each project and group.
#[derive(Default)]
pub(super) struct Names {
    by_id: HashMap<u64, Name>,
    pub(super) groups_by_id: HashMap<u64, Name>,
    /// By lower-case path.
    pub(super) paths: HashMap<String, Name>,
    /// By the last part of the path; `None` where several share it.
    pub(super) last: HashMap<String, Option<Name>>,
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

    pub(super) fn project(&self, path: &Name) -> Party {
        Party::Project(self.paths.get(&path.as_str().to_lowercase()).unwrap_or(path).clone())
    }

    pub(super) fn id(&self, id: u64) -> Party {
        self.by_id.get(&id).map_or(Party::Id(id), |path| self.project(path))
    }
}

/// Takes the names from all inputs.
pub(super) fn learn(inputs: &[(Name, &Evidence)]) -> Names {
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
pub(super) fn merge(into: &mut Namespace, from: &Namespace) {
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
pub(super) fn filled(path: &Name, caller: &Party) -> Result<Name, Name> {
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

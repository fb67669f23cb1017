//! A CI/CD configuration file as a typed model that remembers its places
//! (<https://docs.gitlab.com/ci/yaml/>).
//!
//! The reader says what stands there: jobs, variables, scripts as shell, includes, artifacts. It follows anchors, merge
//! keys, `!reference` and `extends`; [`join`] reads several files that include each other as one. It judges nothing.

mod build;
pub mod flow;
pub(crate) mod include;
pub(crate) mod join;
pub mod request;
mod sniff;
pub mod value;

use std::collections::HashMap;

pub use build::read;
pub(super) use sniff::looks_like;

use super::mapped::Mapped;
use super::shell;
use crate::source::Span;

/// One configuration file.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// Top-level `variables`, those of `workflow:rules`, and the defaults of `spec:inputs`.
    pub variables: Vec<Variable>,
    /// Jobs in the order of the file, hidden ones (`.name`) too.
    pub jobs: Vec<Job>,
    /// `default`, with the deprecated top-level `image`, `before_script`, … in it.
    pub default: Job,
    /// What is read from elsewhere.
    pub includes: Vec<Include>,
    /// Every entry of a script, once, however many jobs use it.
    pub scripts: Vec<Script>,
    /// Passwords that stand in the file in clear and are of no known kind: never shown.
    pub literal_secrets: Vec<Span>,
    /// `!reference`s in scripts to what is not in what was read.
    pub missing: Vec<Span>,
    /// So many of `jobs`, the last ones, are those of included files that others of the same name stand over.
    overridden: usize,
    /// Jobs by name; of several, the last.
    names: HashMap<Box<str>, usize>,
    /// Index of each of `variables` by name; of several, the last.
    variable_names: HashMap<Box<str>, usize>,
}

/// A variable and where it gets its value.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Mapped,
    /// The value as it stands.
    pub value: Mapped,
    /// The value as the job sees it, where YAML 1.1 makes something else of it: `0123` is `83`.
    read_as: Option<Box<str>>,
    /// `expand: false`: `$` stands for itself.
    pub expand: bool,
}

impl Variable {
    /// The value as the job sees it, before `$NAME` is replaced.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        self.read_as.as_deref().unwrap_or_else(|| self.value.text())
    }
}

/// A job, or `default`.
#[derive(Debug, Default)]
pub struct Job {
    /// Its name; `None` for `default`.
    pub name: Option<Mapped>,
    /// Jobs of this file that it extends.
    pub extends: Vec<usize>,
    /// Names it extends that are not in this file.
    pub extends_elsewhere: Vec<Mapped>,
    /// Its variables: of the job, of its rules, of its matrix.
    pub variables: Vec<Variable>,
    /// Index of each of them by name; of several, the last.
    variable_names: HashMap<Box<str>, usize>,
    /// `before_script`: indices into [`Pipeline::scripts`].
    pub before_script: Option<Vec<usize>>,
    /// `script`, and the scripts of `run` steps.
    pub script: Option<Vec<usize>>,
    /// `after_script`: runs in a shell of its own.
    pub after_script: Option<Vec<usize>>,
    /// `hooks:pre_get_sources_script`.
    pub hooks: Vec<usize>,
    /// `image`.
    pub image: Option<Mapped>,
    /// `services`.
    pub services: Vec<Mapped>,
    /// `artifacts`.
    pub artifacts: Option<Artifacts>,
    /// `cache:paths` of all its caches.
    pub cache_paths: Vec<Mapped>,
    /// `needs:project`.
    pub needs_projects: Vec<Mapped>,
    /// `trigger:project`.
    pub trigger: Option<Mapped>,
    /// Names under `secrets`.
    pub secrets: Vec<Mapped>,
    /// Names under `id_tokens`.
    pub id_tokens: Vec<Mapped>,
}

impl Job {
    /// Does it start with a dot?
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.name.as_ref().is_some_and(|name| name.text().starts_with('.'))
    }
}

/// `artifacts` of a job.
#[derive(Clone, Debug, Default)]
pub struct Artifacts {
    /// `paths`.
    pub paths: Vec<Mapped>,
    /// `exclude`.
    pub exclude: Vec<Mapped>,
    /// `reports:dotenv`.
    pub dotenv: Vec<Mapped>,
    /// `access: none`: nobody can download them.
    pub hidden: bool,
}

/// One `include`.
#[derive(Clone, Debug)]
pub struct Include {
    /// What it names.
    pub what: Included,
    /// The whole entry.
    pub span: Span,
    /// `ref`.
    pub git_ref: Option<Mapped>,
    /// `integrity`.
    pub integrity: Option<Mapped>,
}

/// Where an include is read from.
#[derive(Clone, Debug)]
pub enum Included {
    /// A file of this repository.
    Local(Mapped),
    /// A file of another project.
    Project(Mapped),
    /// An address.
    Remote(Mapped),
    /// A component, with its version.
    Component(Mapped),
    /// A template that comes with GitLab.
    Template(Mapped),
}

/// One entry of a script.
#[derive(Debug)]
pub struct Script {
    /// Its text.
    pub text: Mapped,
    /// Its commands.
    pub shell: shell::Script,
}

impl Pipeline {
    /// Scripts that stand in no configuration, run one after the other in one shell.
    #[must_use]
    pub fn of_scripts(scripts: Vec<Script>) -> Self {
        let job = Job { script: Some((0..scripts.len()).collect()), ..Job::default() };
        Self { scripts, jobs: vec![job], ..Self::default() }
    }

    /// Takes away the jobs that run in no pipeline, since others of the same name stand over them.
    pub(crate) fn without_overridden(&mut self) {
        self.jobs.truncate(self.jobs.len() - self.overridden);
        self.overridden = 0;
    }

    /// The job with this name.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.get(*self.names.get(name)?)
    }

    /// The job and everything it extends in this file, nearest first, then `default`. Bounded as GitLab bounds it.
    #[must_use]
    pub fn lineage<'a>(&'a self, job: &'a Job) -> Vec<&'a Job> {
        /// GitLab allows eleven levels of `extends`.
        const LEVELS: usize = 11;
        /// And no job extends so many; a file that tries cannot make us walk for ever.
        const MOST: usize = 64;
        let mut out = vec![job];
        let mut level: Vec<usize> = job.extends.iter().rev().copied().collect();
        for _ in 0..LEVELS {
            let mut next = Vec::new();
            for index in level {
                if let Some(parent) = self.jobs.get(index)
                    && out.len() < MOST
                {
                    out.push(parent);
                    next.extend(parent.extends.iter().rev().copied());
                }
            }
            next.truncate(MOST);
            level = next;
        }
        out.push(&self.default);
        out
    }

    /// The scripts, as indices, that a job with this lineage runs.
    pub fn scripts_of(&self, lineage: &[&Job]) -> impl Iterator<Item = usize> + use<> {
        let first = |field: fn(&Job) -> &Option<Vec<usize>>| {
            lineage.iter().find_map(|job| field(job).clone()).unwrap_or_default()
        };
        let lists = [first(|job| &job.before_script), first(|job| &job.script), first(|job| &job.after_script)];
        lists.into_iter().flatten()
    }

    /// A variable as a job sees it: its own, those of what it extends, then those of the whole pipeline.
    #[must_use]
    pub fn variable<'a>(&'a self, lineage: &[&'a Job], name: &str) -> Option<&'a Variable> {
        let own = lineage.iter().find_map(|job| job.variables.get(*job.variable_names.get(name)?));
        own.or_else(|| self.variables.get(*self.variable_names.get(name)?))
    }

    /// Everything that has a `variables` map.
    pub fn all_variables(&self) -> impl Iterator<Item = (&Variable, Option<&Job>)> {
        let own = self.jobs.iter().flat_map(|job| job.variables.iter().map(move |variable| (variable, Some(job))));
        self.variables.iter().map(|variable| (variable, None)).chain(own)
    }
}

#[cfg(test)]
mod tests;

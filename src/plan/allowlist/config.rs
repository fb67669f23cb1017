//! The uses of the job token in a CI/CD configuration: keywords, variables, and what holds for the file as a whole.
//! What the scripts' commands do is in [`super::commands`].

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::evidence::{Access, Evidence, EvidenceKind, Need, Target};
use super::needs::{What, by_path};
use super::target::{
    Repository, apis, git_setup, host_name, of_api, of_dependency_proxy, of_image, of_repository, path_target,
    repositories,
};
use crate::catalog::{JobTokenUser, address_variable, published_by, uses_job_token};
use crate::context::Context;
use crate::input::mapped::Mapped;
use crate::input::pipeline::flow::{Environment, Step};
use crate::input::pipeline::value::{Credential, Family, Host};
use crate::input::pipeline::{Included, Pipeline};
use crate::rules::ci::is_foreign;
use crate::say;
use crate::source::Source;
use crate::text::Name;

/// Reads the uses.
pub(super) fn read(source: &Source, pipeline: &Pipeline, context: &Context, out: &mut Evidence) {
    let mut reader = Reader { source, context, signs: Signs::default(), remotes: HashMap::new(), out };
    pipeline.walk(|step| reader.signs(step));
    for (variable, job) in pipeline.all_variables() {
        let name = variable.name.text();
        let value = Environment::of_job(pipeline, job).value(variable.text(), variable.expand);
        reader.signs.job_token |= by_job_token(&value.credentials) || uses_job_token(JobTokenUser::Variable, name);
        if by_job_token(&value.credentials) && name.starts_with("GIT_CONFIG_") {
            let line = reader.line(&variable.value, &(0..variable.value.text().len()));
            reader.signs.git.extend(git_setup(&value.text).map(|(host, path)| (host, path, line)));
        }
    }
    reader.keywords(pipeline);
    reader.variables(pipeline);
    pipeline.walk(|step| reader.step(step));
    reader.whole_hosts();
}

/// What the file as a whole does with the job token.
#[derive(Default)]
pub(super) struct Signs {
    /// Is it used by name at all, or by something that takes it by itself?
    pub(super) job_token: bool,
    /// Git is told to use it for a host, or for what is below a group: host, path, line.
    pub(super) git: Vec<(Host, String, usize)>,
    /// Was a repository named that Git reaches so?
    pub(super) git_target: bool,
    /// Registries that the file publishes to.
    pub(super) published: BTreeSet<&'static str>,
    /// A tool is given it for a whole host, and decides by itself what it asks for: how the edge is named, host, line.
    pub(super) whole: Vec<(&'static str, Host, usize)>,
}

pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) context: &'a Context,
    pub(super) signs: Signs,
    /// Git's remotes that carry the job token, by shell and name: target, line, was one seen to be used?
    pub(super) remotes: HashMap<(usize, String), (Target, usize, bool)>,
    pub(super) out: &'a mut Evidence,
}

/// Is the job token among them?
pub(super) fn by_job_token(credentials: &[Credential]) -> bool {
    credentials.iter().any(|found| found.family == Family::JobToken)
}

impl Reader<'_> {
    pub(super) fn line(&self, text: &Mapped, range: &Range<usize>) -> usize {
        self.source.line_column(text.place(range.clone()).start).0
    }

    pub(super) fn need(&mut self, line: usize, target: Target, via: &'static str, what: What) {
        let What { access, feature, permissions, coverage } = what;
        let (kind, line) = (EvidenceKind::Config, Some(line));
        let need = Need { caller: None, target, via, access, feature, permissions, coverage, kind, by: None, line };
        self.out.needs.push(need);
    }

    /// Is the host the instance, as far as that is known? Another one that gets the job token is told of once.
    pub(super) fn is_own(&mut self, host: &Host, line: usize) -> bool {
        if !is_foreign(host, &self.context.hosts) {
            return true;
        }
        let message = say![
            "The job token is used for ",
            host_name(host, self.context),
            ", which is none of your GitLab hosts: no edge. If it is \
             yours, name it with `--host`; if not, see `leastwise check`."
        ];
        self.out.spots.push((Some(line), message));
        false
    }

    /// First pass: what holds for the whole file.
    fn signs(&mut self, step: &Step<'_, '_>) {
        let mut all = String::new();
        let mut has_token = false;
        for word in step.command.all_words() {
            let value = step.environment.word(word, step.commands);
            has_token |= by_job_token(&value.credentials);
            all.push_str(&value.text);
            all.push(' ');
        }
        let program = step.command.program();
        self.signs.job_token |=
            has_token || program.as_ref().is_some_and(|(program, _)| uses_job_token(JobTokenUser::Program, program));
        let Some((program, words)) = program else { return };
        let literal: Vec<String> = words.iter().filter_map(crate::input::shell::Word::literal).collect();
        self.signs.published.extend(published_by(&program, &literal));
        if !has_token {
            return;
        }
        let line = self.line(&step.script.text, &step.command.range);
        self.signs.git.extend(git_setup(&all).map(|(host, path)| (host, path, line)));
    }

    /// Keywords that lead to other projects.
    fn keywords(&mut self, pipeline: &Pipeline) {
        for include in &pipeline.includes {
            let (text, via, component) = match &include.what {
                Included::Project(text) => (text, "include-project", false),
                Included::Component(text) => (text, "include-component", true),
                Included::Template(text) => {
                    self.signs.job_token |= uses_job_token(JobTokenUser::Include, text.text());
                    continue;
                }
                _ => continue,
            };
            let value = Environment::of_job(pipeline, None).value(text.text(), true).text;
            let line = self.line(text, &(0..text.text().len()));
            let path = if component {
                self.signs.job_token |= uses_job_token(JobTokenUser::Include, &value);
                let Some((_, path)) = value.split('@').next().and_then(|path| path.split_once('/')) else { continue };
                path.rsplit_once('/').map_or(path, |(project, _)| project)
            } else {
                &value
            };
            self.need(line, path_target(path, self.context, false), via, What::outside(Access::User));
        }
        for job in pipeline.jobs.iter().chain([&pipeline.default]) {
            let value = |text: &Mapped| Environment::of_job(pipeline, Some(job)).value(text.text(), true).text;
            if let Some(text) = &job.trigger {
                let line = self.line(text, &(0..text.text().len()));
                let target = path_target(&value(text), self.context, false);
                self.need(line, target, "trigger", What::outside(Access::User));
            }
            for text in &job.needs_projects {
                let line = self.line(text, &(0..text.text().len()));
                let target = path_target(&value(text), self.context, false);
                self.need(line, target, "needs-project", What::of(vec!["READ_JOBS"]));
            }
            for text in job.image.iter().chain(&job.services) {
                self.image(&value(text), self.line(text, &(0..text.text().len())), false);
            }
        }
    }

    /// An image of the instance's registry. One of another host is no edge and no fault: the runner sends it no job token.
    pub(super) fn image(&mut self, text: &str, line: usize, push: bool) {
        if let Some(target) = of_dependency_proxy(text, self.context) {
            return self.need(line, target, "dependency-proxy", What::outside(Access::DependencyProxy));
        }
        let Some((host, target)) = of_image(text, self.context) else { return };
        let own = match &host {
            Host::Instance => true,
            Host::Unknown(_) => false,
            Host::Named(name) if self.context.hosts.is_empty() => {
                name.split(['.', '-']).any(|part| part.starts_with("gitlab")) && !is_foreign(&host, &[])
            }
            Host::Named(_) => !is_foreign(&host, &self.context.hosts),
        };
        if own {
            self.need(line, target, if push { "image-push" } else { "image-pull" }, What::image(push));
        }
    }

    /// Variables from which tools take addresses, and those that hold the job token with one.
    fn variables(&mut self, pipeline: &Pipeline) {
        for (variable, job) in pipeline.all_variables() {
            let name = variable.name.text();
            let value = Environment::of_job(pipeline, job).value(variable.text(), variable.expand);
            let line = self.line(&variable.value, &(0..variable.value.text().len()));
            if name == "GIT_SUBMODULE_STRATEGY" && matches!(value.text.as_str(), "normal" | "recursive") {
                self.need(line, Target::Unknown(Name::new(name)), "git-submodule", What::clone_of());
            }
            self.out.forces_https |= name == "GIT_SUBMODULE_FORCE_HTTPS" && value.text != "false";
            if name == "KUBE_CONTEXT" {
                self.agent(&value.text, line);
            }
            self.variable(name, &value.text, by_job_token(&value.credentials), line);
        }
    }

    /// A variable, wherever it is set.
    pub(super) fn variable(&mut self, name: &str, value: &str, has_token: bool, line: usize) {
        if name == "GOPRIVATE" || name == "GONOPROXY" {
            self.private_modules(value, line);
        }
        if has_token && let Some(host) = name.strip_prefix("TF_TOKEN_") {
            // `-` of the host is written `__`, `.` as `_`.
            let host = host.replace("__", "-").replace('_', ".");
            self.need(line, Target::Host(self.context.name(&host)), "terraform-module", What::unseen());
        }
        let told = address_variable(name);
        if has_token || told.is_some() && self.signs.job_token {
            let before = self.out.needs.len();
            self.addresses(value, line, told.is_some_and(|variable| variable.writes), has_token);
            // `COMPOSER_AUTH` names a host only; what is read there, composer.json says.
            if has_token && name == "COMPOSER_AUTH" && self.out.needs.len() == before {
                self.signs.whole.push(("package-composer", Host::Instance, line));
            }
        }
    }

    /// `GOPRIVATE`: modules of these places are fetched with Git.
    fn private_modules(&mut self, value: &str, line: usize) {
        for pattern in value.split(',') {
            let pattern = pattern.trim().trim_end_matches(['*', '/']);
            let (name, below) = pattern.split_once('/').unwrap_or((pattern, ""));
            let Some(host) = crate::input::pipeline::value::host(name).filter(|_| name.contains(['.', '$'])) else {
                continue;
            };
            if below.contains('*') || !self.helped(&host, below) && !self.helped(&host, &format!("{below}/")) {
                continue;
            }
            let target = if below.is_empty() {
                Target::Host(host_name(&host, self.context))
            } else {
                path_target(below, self.context, true)
            };
            self.need(line, target, "go-module", What::clone_of());
        }
    }

    /// `GROUP/PROJECT:AGENT`.
    pub(super) fn agent(&mut self, context: &str, line: usize) {
        if let Some((path, agent)) = context.rsplit_once(':')
            && path.contains('/')
            && !path.contains("//")
            && !agent.contains('/')
        {
            self.need(line, path_target(path, self.context, false), "kubernetes-agent", What::outside(Access::Agent));
        }
    }

    /// Registries, states and repositories in a text that tools read.
    pub(super) fn addresses(&mut self, text: &str, line: usize, writes: bool, signed: bool) {
        for api in apis(text) {
            let Some((target, rest)) = of_api(api.path, &api.host, self.context) else { continue };
            let published = matches!(rest.as_slice(), ["packages", kind, ..] if self.signs.published.contains(kind));
            let Some((via, what)) = by_path(&rest, &target, writes || published) else { continue };
            if self.is_own(&api.host, line) {
                self.need(line, target, via, what);
            }
        }
        if !signed {
            return;
        }
        for repository in repositories(text) {
            if repository.signed && !is_setup(&repository) {
                self.clone_of(&repository, line);
            }
        }
    }

    /// A repository that is cloned.
    pub(super) fn clone_of(&mut self, repository: &Repository<'_>, line: usize) {
        if self.is_own(&repository.host, line)
            && let Some(target) = of_repository(repository.path, self.context)
        {
            self.signs.git_target = true;
            self.need(line, target, "git-clone", What::clone_of());
        }
    }

    /// Does Git send the job token to this address because it was told to?
    pub(super) fn helped(&self, host: &Host, path: &str) -> bool {
        self.signs.git.iter().any(|(known, below, _)| {
            let same = match (known, host) {
                (Host::Named(a), Host::Named(b)) => a == b,
                (Host::Unknown(a), Host::Unknown(b)) => a == b,
                (Host::Unknown(_), _) | (_, Host::Unknown(_)) => false,
                _ => !is_foreign(host, &self.context.hosts) && !is_foreign(known, &self.context.hosts),
            };
            same && (below.is_empty() || path.strip_prefix(below.as_str()).is_some_and(|rest| rest.starts_with('/')))
        })
    }

    /// What was told to use the job token, and of which the file names no target.
    fn whole_hosts(&mut self) {
        let mut remotes: Vec<_> = std::mem::take(&mut self.remotes).into_values().collect();
        remotes.sort();
        for (target, line, used) in remotes {
            if !used {
                self.need(line, target, "git-clone", What::clone_of());
            }
        }
        for (via, host, line) in std::mem::take(&mut self.signs.whole) {
            if !self.out.needs.iter().any(|need| need.via == via) && self.is_own(&host, line) {
                self.need(line, Target::Host(host_name(&host, self.context)), via, What::unseen());
            }
        }
        if self.signs.git_target {
            return;
        }
        for (host, below, line) in std::mem::take(&mut self.signs.git) {
            if self.is_own(&host, line) {
                let target = if below.contains(|c: char| c.is_alphanumeric()) {
                    path_target(&below, self.context, true)
                } else {
                    Target::Host(host_name(&host, self.context))
                };
                self.need(line, target, "git-clone", What::clone_of());
            }
        }
    }
}

/// `url.BASE.insteadOf`: no repository, a setting.
fn is_setup(repository: &Repository<'_>) -> bool {
    repository.path.to_ascii_lowercase().contains("insteadof")
}

//! The uses of the job token in a CI/CD configuration.

use std::collections::BTreeSet;
use std::ops::Range;

use super::evidence::{Access, Evidence, EvidenceKind, Feature, Need, Target};
use super::job_permission;
use super::target::{apis, host_name, of_api, of_image, of_repository, path_target, repositories};
use crate::catalog::{Acceptance, published_by, registry};

use crate::context::Context;
use crate::input::mapped::Mapped;
use crate::input::pipeline::flow::{Environment, Step};
use crate::input::pipeline::request::{Request, request};
use crate::input::pipeline::value::{Family, Host};
use crate::input::pipeline::{Included, Pipeline};
use crate::plan::call::Call;
use crate::rules::ci::is_foreign;
use crate::say;
use crate::source::Source;

/// Reads the uses.
pub(super) fn read(source: &Source, pipeline: &Pipeline, context: &Context, out: &mut Evidence) {
    let mut reader = Reader { source, context, signs: Signs::default(), out };
    pipeline.walk(|step| reader.signs(step));
    for (variable, job) in pipeline.all_variables() {
        let value = Environment::of_job(pipeline, job).value(variable.text(), variable.expand);
        reader.signs.job_token |= value.credentials.iter().any(|found| found.family == Family::JobToken);
    }
    reader.keywords(pipeline);
    reader.variables(pipeline);
    pipeline.walk(|step| reader.step(step));
    reader.whole_hosts();
}

/// What the file as a whole does with the job token.
#[derive(Default)]
struct Signs {
    /// Is it used by name at all?
    job_token: bool,
    /// Git is told to use it for a host, or for what is below a group: host, path, line.
    git: Vec<(Host, String, usize)>,
    /// Was a repository named that Git reaches so?
    git_target: bool,
    /// Registries that the file publishes to.
    published: BTreeSet<&'static str>,
}

struct Reader<'a> {
    source: &'a Source,
    context: &'a Context,
    signs: Signs,
    out: &'a mut Evidence,
}

/// Variables from which tools read a registry's or a state's address.
const ADDRESS_VARIABLES: [&str; 14] = [
    "TF_HTTP_",
    "PIP_",
    "UV_",
    "TWINE_",
    "NPM_CONFIG_",
    "npm_config_",
    "YARN_",
    "GOPROXY",
    "CONAN_",
    "MAVEN_",
    "NUGET_",
    "HELM_",
    "COMPOSER_",
    "POETRY_",
];

impl Reader<'_> {
    fn line(&self, text: &Mapped, range: &Range<usize>) -> usize {
        self.source.line_column(text.place(range.clone()).start).0
    }

    fn need(&mut self, line: usize, target: Target, via: &'static str, what: What) {
        let What { access, feature, permissions, grantable } = what;
        let kind = EvidenceKind::Config;
        let line = Some(line);
        self.out.needs.push(Need {
            caller: None,
            target,
            via,
            access,
            feature,
            permissions,
            grantable,
            kind,
            by: None,
            line,
        });
    }

    /// Is the host the instance, as far as that is known? Another one that gets the job token is told of once.
    fn is_own(&mut self, host: &Host, line: usize) -> bool {
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
            has_token |= value.credentials.iter().any(|found| found.family == Family::JobToken);
            all.push_str(&value.text);
            all.push(' ');
        }
        self.signs.job_token |= has_token;
        let Some((program, words)) = step.command.program() else { return };
        let literal: Vec<String> = words.iter().filter_map(crate::input::shell::Word::literal).collect();
        self.signs.published.extend(published_by(&program, &literal));
        if !has_token {
            return;
        }
        let line = self.line(&step.script.text, &step.command.range);
        let lower = all.to_ascii_lowercase();
        if lower.contains("insteadof") || lower.contains("http.extraheader") && !lower.contains("-c ") {
            // `url.BASE.insteadOf OTHER`: the base may name a group.
            let base = repositories(&all).into_iter().next();
            let base =
                base.map(|base| (base.host, base.path.split(".insteadOf").next().unwrap_or_default().to_owned()));
            let (host, path) = base.unwrap_or((Host::Instance, String::new()));
            self.signs.git.push((host, path.trim_matches(['/', '.']).to_owned(), line));
        } else if lower.contains("machine ") && lower.contains("password") {
            let name = all
                .split_once("machine ")
                .and_then(|(_, rest)| rest.split(|c: char| c.is_whitespace() || c == '\\').next());
            let host = name.and_then(crate::input::pipeline::value::host).unwrap_or(Host::Instance);
            self.signs.git.push((host, String::new(), line));
        } else if lower.contains(".git-credentials")
            || lower.contains("credential.helper")
            || lower.contains("git_askpass")
        {
            let host = repositories(&all).into_iter().next().map_or(Host::Instance, |found| found.host);
            self.signs.git.push((host, String::new(), line));
        }
    }

    /// Keywords that lead to other projects.
    fn keywords(&mut self, pipeline: &Pipeline) {
        let user = || What { access: Access::User, feature: Feature::Other, permissions: Vec::new(), grantable: true };
        for include in &pipeline.includes {
            let (text, via, component) = match &include.what {
                Included::Project(text) => (text, "include-project", false),
                Included::Component(text) => (text, "include-component", true),
                _ => continue,
            };
            let value = Environment::of_job(pipeline, None).value(text.text(), true).text;
            let line = self.line(text, &(0..text.text().len()));
            let path = if component {
                let Some((_, path)) = value.split('@').next().and_then(|path| path.split_once('/')) else { continue };
                path.rsplit_once('/').map_or(path, |(project, _)| project)
            } else {
                &value
            };
            self.need(line, path_target(path, self.context, false), via, user());
        }
        for job in pipeline.jobs.iter().chain([&pipeline.default]) {
            let value = |text: &Mapped| Environment::of_job(pipeline, Some(job)).value(text.text(), true).text;
            if let Some(text) = &job.trigger {
                let line = self.line(text, &(0..text.text().len()));
                self.need(line, path_target(&value(text), self.context, false), "trigger", user());
            }
            for text in &job.needs_projects {
                let line = self.line(text, &(0..text.text().len()));
                let what = What::of(vec!["READ_JOBS"]);
                self.need(line, path_target(&value(text), self.context, false), "needs-project", what);
            }
            for text in job.image.iter().chain(&job.services) {
                self.image(&value(text), self.line(text, &(0..text.text().len())), "image-pull", false);
            }
        }
    }

    /// An image of the instance's registry. One of another host is no edge and no fault: the runner sends it no job token.
    fn image(&mut self, text: &str, line: usize, via: &'static str, push: bool) {
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
            let access = if push { Access::Other } else { Access::PublicRead };
            // No permission covers the container registry.
            self.need(
                line,
                target,
                via,
                What { access, feature: Feature::Images, permissions: Vec::new(), grantable: false },
            );
        }
    }

    /// Variables from which tools take addresses, and those that hold the job token with one.
    fn variables(&mut self, pipeline: &Pipeline) {
        for (variable, job) in pipeline.all_variables() {
            let name = variable.name.text();
            let value = Environment::of_job(pipeline, job).value(variable.text(), variable.expand);
            let line = self.line(&variable.value, &(0..variable.value.text().len()));
            let has_token = value.credentials.iter().any(|found| found.family == Family::JobToken);
            if name == "GIT_SUBMODULE_STRATEGY" && matches!(value.text.as_str(), "normal" | "recursive") {
                let target = Target::Unknown(crate::text::Name::new(name));
                self.need(line, target, "git-submodule", What::of(vec!["READ_REPOSITORIES"]));
            }
            if has_token && name.starts_with("TF_TOKEN_") {
                let host = name.strip_prefix("TF_TOKEN_").unwrap_or_default().replace("__", "-").replace('_', ".");
                let target = Target::Host(self.context.name(&host));
                self.need(line, target, "terraform-module", What { grantable: false, ..What::of(Vec::new()) });
            }
            let told = ADDRESS_VARIABLES.iter().any(|start| name.starts_with(start));
            if has_token || told && self.signs.job_token {
                self.addresses(&value.text, line, name.starts_with("TWINE_"), has_token);
            }
        }
    }

    /// Registries, states and repositories in a text that tools read.
    fn addresses(&mut self, text: &str, line: usize, writes: bool, signed: bool) {
        for api in apis(text) {
            let Some((target, rest)) = of_api(api.path, &api.host, self.context) else { continue };
            let Some((via, what)) = self.by_path(&rest, &target, writes) else { continue };
            if self.is_own(&api.host, line) {
                self.need(line, target, via, what);
            }
        }
        if !signed {
            return;
        }
        for repository in repositories(text) {
            if repository.signed
                && self.is_own(&repository.host, line)
                && let Some(target) = of_repository(repository.path, self.context)
            {
                self.signs.git_target = true;
                self.need(line, target, "git-clone", What::of(vec!["READ_REPOSITORIES"]));
            }
        }
    }

    /// A registry or state by what stands behind the project.
    fn by_path(&self, rest: &[&str], target: &Target, writes: bool) -> Option<(&'static str, What)> {
        match rest {
            ["packages", kind, ..] => {
                let known = registry(kind)?;
                let writes = writes || self.signs.published.contains(known.id);
                let narrow =
                    known.documented && !matches!(target, Target::Group(_) | Target::GroupId(_) | Target::Host(_));
                let permissions =
                    if narrow { vec![if writes { "ADMIN_PACKAGES" } else { "READ_PACKAGES" }] } else { Vec::new() };
                let access = if writes { Access::Other } else { Access::PublicRead };
                Some((
                    package_via(known.id),
                    What { access, feature: Feature::Packages, grantable: narrow, permissions },
                ))
            }
            // `plan` reads, and locks all the same.
            ["terraform", "state", ..] => Some(("terraform-state", What::of(vec!["ADMIN_TERRAFORM_STATE"]))),
            _ => None,
        }
    }

    /// Second pass: a command by itself.
    fn step(&mut self, step: &Step<'_, '_>) {
        if let Some(request) = request(step) {
            self.request(step, &request);
            return;
        }
        let Some((program, words)) = step.command.program() else {
            // `NAME=value` alone.
            for (name, word, range) in step.command.assigned() {
                let value = step.environment.word(&word, step.commands);
                let has_token = value.credentials.iter().any(|found| found.family == Family::JobToken);
                let told = ADDRESS_VARIABLES.iter().any(|start| name.starts_with(start));
                if has_token || told && self.signs.job_token {
                    self.addresses(&value.text, self.line(&step.script.text, &range), false, has_token);
                }
            }
            return;
        };
        let line = self.line(&step.script.text, &step.command.range);
        let values: Vec<_> = step.command.all_words().map(|word| step.environment.word(word, step.commands)).collect();
        let literal: Vec<String> = words.iter().filter_map(crate::input::shell::Word::literal).collect();
        let has = |wanted: &str| literal.iter().any(|word| word == wanted);
        let stored = values.iter().flat_map(|value| &value.credentials).any(|found| found.family.is_stored());
        let job_token =
            values.iter().flat_map(|value| &value.credentials).any(|found| found.family == Family::JobToken);
        match program.as_str() {
            "git" if has("config") => {}
            "git" => {
                let what = if has("push") { "ADMIN_REPOSITORIES" } else { "READ_REPOSITORIES" };
                let via = if has("push") {
                    "git-push"
                } else if has("submodule") {
                    "git-submodule"
                } else {
                    "git-clone"
                };
                for value in &values {
                    for found in repositories(&value.text) {
                        let own = value.credentials.iter().any(|found| found.family == Family::JobToken);
                        // Signed with another token, it is not the job token's.
                        let helped = !found.signed && self.helped(&found.host, found.path);
                        if !(own || helped || job_token && !found.signed) || !self.is_own(&found.host, line) {
                            continue;
                        }
                        if let Some(target) = of_repository(found.path, self.context) {
                            self.signs.git_target = true;
                            self.need(line, target, via, What::of(vec![what]));
                        }
                    }
                }
            }
            "glab" => {
                let repository =
                    words.iter().zip(words.iter().skip(1)).find(|(word, _)| matches!(word.start(), "-R" | "--repo"));
                if let Some((_, word)) = repository.filter(|_| self.signs.job_token) {
                    let path = step.environment.word(word, step.commands).text;
                    let path = repositories(&path).first().map_or(path.as_str(), |found| found.path).to_owned();
                    self.need(
                        line,
                        path_target(&path, self.context, false),
                        "glab",
                        What { grantable: false, ..What::of(Vec::new()) },
                    );
                }
            }
            "docker" | "podman" | "buildah" | "nerdctl" | "skopeo" | "crane" | "oras" | "regctl" => {
                if has("pull") || has("push") || has("run") || has("copy") || has("create") {
                    for value in values.iter().skip(1).filter(|value| !value.text.starts_with('-')) {
                        let push = has("push");
                        self.image(&value.text, line, if push { "image-push" } else { "image-pull" }, push);
                    }
                }
            }
            "go" if !self.signs.git.is_empty() => {
                for value in values.iter().skip(1) {
                    let module = value.text.split('@').next().unwrap_or_default();
                    let Some((name, path)) = module.split_once('/') else { continue };
                    let Some(host) = crate::input::pipeline::value::host(name).filter(|_| name.contains(['.', '$']))
                    else {
                        continue;
                    };
                    if self.helped(&host, path)
                        && let Some(target) = of_repository(path, self.context)
                    {
                        self.need(line, target, "go-module", What::of(vec!["READ_REPOSITORIES"]));
                    }
                }
            }
            _ => {
                let writes = published_by(&program, &literal).next().is_some();
                if !job_token && (stored || !self.signs.job_token) {
                    return;
                }
                for value in &values {
                    let signed = value.credentials.iter().any(|found| found.family == Family::JobToken);
                    // The line that sets Git up is told of with what it opens.
                    let sets_up = self.signs.git.iter().any(|(_, _, at)| *at == line);
                    self.addresses(&value.text, line, writes, signed && !sets_up);
                }
            }
        }
    }

    /// Does Git send the job token to this address because it was told to?
    fn helped(&self, host: &Host, path: &str) -> bool {
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

    fn request(&mut self, step: &Step<'_, '_>, request: &Request) {
        let by_job_token = request.credentials().any(|(found, _)| found.family == Family::JobToken);
        if !by_job_token {
            return;
        }
        let uploads = step.command.words.iter().any(|word| matches!(word.start(), "-T" | "--upload-file"));
        let method = if uploads && request.method == "GET" { "PUT" } else { request.method.as_str() };
        for given in &request.urls {
            let line = self.line(&step.script.text, &given.range);
            let text = given.value.text.as_str();
            for api in apis(text) {
                let Some((target, rest)) = of_api(api.path, &api.host, self.context) else { continue };
                if !self.is_own(&api.host, line) {
                    continue;
                }
                let via = match rest.as_slice() {
                    ["packages", kind, ..] => registry(kind).map_or("api", |known| package_via(known.id)),
                    ["terraform", "state", ..] => "terraform-state",
                    [.., "trigger", "pipeline"] => "api-trigger",
                    ["jobs", ..] => "job-artifacts",
                    _ => "api",
                };
                let address = format!("/api/v4/{}", api.path);
                let what = match Call::new(method, &address, &[]).read().endpoint {
                    // Refused for every job token, whatever an allowlist says: `leastwise check` tells of it.
                    Some(endpoint) if endpoint.job_token == Acceptance::No => continue,
                    Some(endpoint) if endpoint.grantable == Some(true) => What::of(endpoint.policies.clone()),
                    _ => {
                        let (feature, read) = if via.starts_with("package-") {
                            (Feature::Packages, method == "GET" || method == "HEAD")
                        } else {
                            (Feature::Other, false)
                        };
                        let access = if read { Access::PublicRead } else { Access::Other };
                        What { access, feature, permissions: Vec::new(), grantable: false }
                    }
                };
                self.need(line, target, via, what);
            }
        }
    }

    /// Git was told to use the job token for a host or group, and the file names none of the repositories.
    fn whole_hosts(&mut self) {
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
                self.need(line, target, "git-clone", What::of(vec!["READ_REPOSITORIES"]));
            }
        }
    }
}

/// What a use needs.
pub(super) struct What {
    pub(super) access: Access,
    pub(super) feature: Feature,
    pub(super) permissions: Vec<&'static str>,
    pub(super) grantable: bool,
}

impl What {
    /// What these permissions open.
    pub(super) fn of(permissions: Vec<&'static str>) -> Self {
        let facts: Vec<_> = permissions.iter().filter_map(|name| job_permission(name)).collect();
        let public = !facts.is_empty() && facts.iter().all(|fact| fact.public);
        let feature = match facts.first().map(|fact| fact.feature) {
            Some("repository") => Feature::Repository,
            Some("jobs") => Feature::Jobs,
            Some("packages") => Feature::Packages,
            Some("images") => Feature::Images,
            _ => Feature::Other,
        };
        let access = if public { Access::PublicRead } else { Access::Other };
        Self { access, feature, permissions, grantable: true }
    }
}

/// How a registry's edge is named.
pub(super) fn package_via(id: &str) -> &'static str {
    match id {
        "npm" => "package-npm",
        "maven" => "package-maven",
        "pypi" => "package-pypi",
        "generic" => "package-generic",
        "composer" => "package-composer",
        "conan" => "package-conan",
        "go" => "package-go",
        "nuget" => "package-nuget",
        "helm" => "package-helm",
        "debian" => "package-debian",
        "rubygems" => "package-rubygems",
        "cargo" => "package-cargo",
        "terraform" => "terraform-module",
        _ => "package-other",
    }
}

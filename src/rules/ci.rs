//! What the rules about CI/CD configuration share: findings with place and masked line, hosts, names in sentences.

use std::collections::HashMap;
use std::ops::Range;

use super::environment_dumped::is_dump;
use super::{Judgement, Rule, references};
use crate::catalog::{SecretFile, secret_file};
use crate::input::mapped::Mapped;
use crate::input::pipeline::flow::{Step, is_printer};
use crate::input::pipeline::value::{Credential, Family, Host};
use crate::input::pipeline::{Job, Pipeline};
use crate::input::shell::{Command, RedirectKind, Word};
use crate::order;
use crate::report::{About, Advice, Confidence, Finding};
use crate::say;
use crate::source::Span;
use crate::text::Text;

/// A configuration under judgement.
pub(super) struct Ci<'a> {
    pub(super) judgement: &'a Judgement<'a>,
    pub(super) pipeline: &'a Pipeline,
}

/// What a finding says.
pub(super) struct Says {
    pub(super) title: Text,
    pub(super) message: Text,
    pub(super) advice: Vec<Advice>,
}

impl<'a> Ci<'a> {
    pub(super) const fn new(judgement: &'a Judgement<'a>, pipeline: &'a Pipeline) -> Self {
        Self { judgement, pipeline }
    }

    /// A finding at a place. `about` names the fact beside the file: job, variable, path.
    pub(super) fn finding(&self, rule: &'static Rule, span: Span, says: Says, about: About) -> Finding {
        let source = self.judgement.source;
        let place = source.place(span);
        let mut parts = vec![say![source.name_at(span.start)]];
        parts.extend(about.0);
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::Certain,
            title: says.title,
            message: says.message,
            input: self.judgement.input,
            place: Some(place),
            excerpt: source.excerpt(place.line, self.judgement.masks, span),
            token: None,
            occurrences: 1,
            subject: None,
            denial: None,
            advice: says.advice,
            references: references(rule),
            about: About(parts),
        }
    }

    /// A finding at a part of a script.
    pub(super) fn at_step(
        &self,
        rule: &'static Rule,
        step: &Step<'_, '_>,
        range: &Range<usize>,
        says: Says,
        about: About,
    ) -> Finding {
        self.finding(
            rule,
            step.script.text.place(range.clone()),
            says,
            About::default().and(self.job(step.job)).with(about),
        )
    }

    /// `job build`, `default`.
    pub(super) fn job(&self, job: &Job) -> Text {
        match &job.name {
            Some(name) => say!["job `", self.name(name), "`"],
            None => say!["`default`"],
        }
    }

    /// A name from the file.
    pub(super) fn name(&self, raw: &Mapped) -> crate::text::Name {
        self.judgement.context.name(raw.text())
    }

    /// A variable in a sentence: `$DEPLOY_TOKEN`.
    pub(super) fn variable(&self, credential: &Credential) -> Text {
        let sign = if matches!(credential.family, Family::Written(_)) { "" } else { "$" };
        say!["`", sign, self.judgement.context.name(&credential.name), "`"]
    }

    /// Is this host surely not the instance? Hosts are foreign when the instance is known and is another one, or when the
    /// name says that it is no GitLab at all. What may be a self-managed instance is not foreign.
    pub(super) fn is_foreign(&self, host: &Host) -> bool {
        is_foreign(host, &self.judgement.context.hosts)
    }

    /// Does the pipeline use credentials that outlive the job?
    pub(super) fn uses_stored_credentials(&self) -> bool {
        let mut stored = false;
        self.pipeline.walk(|step| {
            stored |= step.command.all_words().any(|word| {
                step.environment.word(word, step.commands).credentials.iter().any(|found| found.family.is_stored())
            });
        });
        stored
    }
}

/// Is this host surely not the instance, `own` being the user's own hosts as far as they are known?
pub(crate) fn is_foreign(host: &Host, own: &[String]) -> bool {
    let Host::Named(name) = host else { return false };
    let name = name.split(':').next().unwrap_or_default();
    if matches!(name, "localhost" | "127.0.0.1" | "docker" | "0.0.0.0") || !name.contains('.') {
        return false;
    }
    if own.is_empty() {
        // Not told which instance it is: a `gitlab` in the name, or a registry of one's own, may be it.
        let may_be = name.split(['.', '-']).any(|part| part.starts_with("gitlab") || part == "git" || part == "code");
        return !may_be && PUBLIC_HOSTS.iter().any(|public| is_below(name, public));
    }
    !own.iter().any(|own| {
        let own = own.split(':').next().unwrap_or_default();
        is_below(name, own)
            || is_below(name, own.split_once('.').map_or(own, |(_, domain)| domain)) && own.matches('.').count() > 1
    })
}

/// A command that writes a credential into a file.
pub(super) struct Write {
    /// Its script, an index.
    pub(super) script: usize,
    /// The file as the script names it, variables filled in.
    pub(super) path: String,
    /// What is written; `None` for the whole environment.
    pub(super) credential: Option<Credential>,
    /// The command.
    pub(super) span: Span,
}

/// Why a path is no good to publish.
pub(super) enum Published {
    /// The job writes this credential into it.
    Written(Credential),
    /// The job writes all its variables into it.
    Environment,
    /// Such files usually hold credentials.
    Named(&'static SecretFile),
}

impl Published {
    /// Goes on with "publishes `x`".
    pub(super) fn reason(&self, ci: &Ci<'_>, message: &mut Text) {
        match self {
            Self::Written(credential) => {
                message
                    .push(", into which it writes ")
                    .push(ci.variable(credential))
                    .push(" (")
                    .push(what(credential.family));
                message.push(if credential.family == Family::JobToken {
                    ", dead once the job has ended)."
                } else {
                    ")."
                });
            }
            Self::Environment => {
                message.push(", into which it writes all its variables, the stored credentials among them.");
            }
            Self::Named(file) => {
                message
                    .push(if file.strong { ". Such a file holds " } else { ". Such a file may hold " })
                    .push(file.holds);
                message.push("; what this one holds the configuration does not show.");
            }
        }
    }
}

impl Ci<'_> {
    /// Every command that writes a credential into a file.
    pub(super) fn writes(&self) -> Writes {
        let mut writes = Writes::default();
        self.pipeline.walk(|step| {
            let into: Vec<&Word> = targets(step.command);
            if into.is_empty() || step.command.elsewhere {
                return;
            }
            // What the file gets was printed by this command or by those before it in the pipe.
            let mut credential = None;
            let mut environment = false;
            let mut from = Some(step.command);
            while let Some(command) = from {
                let program = command.program().map(|(program, _)| program).unwrap_or_default();
                environment |= is_dump(command);
                if is_printer(&program) || program == "cat" {
                    let here = command.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Here);
                    for word in command.words.iter().skip(1).chain(here.map(|redirect| &redirect.target)) {
                        let mut found = step.environment.word(word, step.commands).credentials.into_iter();
                        credential = credential.or_else(|| found.next());
                    }
                }
                from = command.reads_from.and_then(|from| step.commands.get(from));
            }
            if credential.is_none() && !environment {
                return;
            }
            for target in into {
                writes.all.push(Write {
                    script: step.script_index,
                    path: step.environment.word(target, step.commands).text,
                    credential: credential.clone(),
                    span: step.script.text.place(step.command.range.clone()),
                });
            }
        });
        for (index, write) in writes.all.iter().enumerate() {
            writes.by_script.entry(write.script).or_default().push(index);
        }
        writes
    }

    /// What a job writes, by the files and the folders that they are in.
    pub(super) fn written<'w>(&self, job: &Job, writes: &'w Writes) -> Written<'w> {
        let mut written = Written::default();
        for write in writes.of(self.pipeline, &self.pipeline.lineage(job)) {
            written.add(write);
        }
        written
    }
}

/// Why this path of a job should not be published, if so.
pub(super) fn published(path: &Mapped, written: &Written<'_>) -> Option<Published> {
    match written.at(path.text()) {
        Some(Write { credential: Some(credential), .. }) => Some(Published::Written(credential.clone())),
        Some(_) => Some(Published::Environment),
        None => secret_file(path.text()).map(Published::Named),
    }
}

/// All that a pipeline's scripts write.
#[derive(Default)]
pub(super) struct Writes {
    all: Vec<Write>,
    by_script: HashMap<usize, Vec<usize>>,
}

impl Writes {
    /// Those of the scripts that a job with this lineage runs, in the order of the file.
    pub(super) fn of(&self, pipeline: &Pipeline, lineage: &[&Job]) -> Vec<&Write> {
        let mut found: Vec<usize> = Vec::new();
        if !self.all.is_empty() {
            found.extend(pipeline.scripts_of(lineage).filter_map(|script| self.by_script.get(&script)).flatten());
            order::sort(&mut found);
            found.dedup();
        }
        found.into_iter().filter_map(|index| self.all.get(index)).collect()
    }
}

/// What a job writes, to be looked up by a path: a job may publish as many paths as it writes files.
#[derive(Default)]
pub(super) struct Written<'w> {
    /// Files outside of the project's folder, by their name as it stands.
    outside: HashMap<&'w str, &'w Write>,
    /// Files, and the folders that hold one, below the project's folder.
    below: HashMap<&'w str, &'w Write>,
    /// The same of files that are named from the root on.
    rooted: HashMap<&'w str, &'w Write>,
}

/// So many folders of one path are looked at.
const FOLDERS: usize = 64;

impl<'w> Written<'w> {
    fn add(&mut self, write: &'w Write) {
        let path = write.path.as_str();
        if path.starts_with(['~', '&']) || path.starts_with("${HOME}") {
            return keep(&mut self.outside, path, write);
        }
        let map = if path.starts_with('/') { &mut self.rooted } else { &mut self.below };
        let file = below_project(path);
        keep(map, file, write);
        keep(map, "", write);
        for (at, _) in file.match_indices('/').take(FOLDERS) {
            keep(map, file.get(..at).unwrap_or_default(), write);
        }
    }

    /// What is written into the path, or below it: what outlives the job before what does not, the last of several.
    fn at(&self, path: &str) -> Option<&'w Write> {
        let folder = below_project(path);
        let folder = folder.strip_suffix("/**/*").or_else(|| folder.strip_suffix("/*")).unwrap_or(folder);
        let folder = if matches!(folder, "." | "*" | "**/*") { "" } else { folder };
        let rooted = path.starts_with('/').then(|| self.rooted.get(folder)).flatten();
        let found = [self.outside.get(path), self.below.get(folder), rooted];
        found.into_iter().flatten().copied().max_by_key(|write| lasts(write))
    }
}

fn keep<'w>(map: &mut HashMap<&'w str, &'w Write>, path: &'w str, write: &'w Write) {
    map.entry(path)
        .and_modify(|known| *known = if lasts(write) >= lasts(known) { write } else { known })
        .or_insert(write);
}

/// Does it write what outlives the job?
fn lasts(write: &Write) -> bool {
    write.credential.as_ref().is_none_or(|credential| credential.family.is_stored())
}

/// The files that a command writes its output into.
fn targets(command: &Command) -> Vec<&Word> {
    let redirects = command.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Write);
    let mut out: Vec<&Word> = redirects.map(|redirect| &redirect.target).collect();
    if let Some((program, words)) = command.program()
        && ["tee", "Out-File", "Set-Content", "Add-Content"].contains(&program.as_str())
    {
        out.extend(words.iter().filter(|word| !word.start().starts_with('-')));
    }
    out
}

/// A path below the project's folder.
fn below_project(path: &str) -> &str {
    let path = path.strip_prefix("${CI_PROJECT_DIR}").or_else(|| path.strip_prefix("$CI_PROJECT_DIR")).unwrap_or(path);
    let path = path.trim_start_matches('/');
    path.strip_prefix("./").unwrap_or(path).trim_end_matches('/')
}

/// Do two paths name the same file?
pub(super) fn same_file(first: &str, second: &str) -> bool {
    below_project(first) == below_project(second)
}

/// Hosts that are no GitLab instance of anybody's. A list, since a host that is not known may be a self-managed one.
const PUBLIC_HOSTS: &[&str] = &[
    "github.com",
    "githubusercontent.com",
    "bitbucket.org",
    "codeberg.org",
    "docker.io",
    "docker.com",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "pkg.dev",
    "amazonaws.com",
    "azurecr.io",
    "azure.com",
    "npmjs.org",
    "pypi.org",
    "rubygems.org",
    "crates.io",
    "slack.com",
    "discord.com",
    "telegram.org",
    "office.com",
    "webhook.site",
    "ngrok.io",
    "ngrok-free.app",
    "requestbin.com",
    "pipedream.net",
    "herokuapp.com",
    "googleapis.com",
    "sentry.io",
    "codecov.io",
    "sonarcloud.io",
    "snyk.io",
    "atlassian.net",
    "pastebin.com",
    "transfer.sh",
    "ifconfig.me",
    "httpbin.org",
    "netlify.app",
    "netlify.com",
    "vercel.app",
    "workers.dev",
];

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// What a credential is, in a sentence.
pub(super) const fn what(family: Family) -> &'static str {
    match family {
        Family::JobToken => "the job token",
        Family::DeployToken => "the project's deploy token",
        Family::IdToken => "an ID token",
        Family::Secret => "a secret fetched for this job",
        Family::Stored(_) => "a stored credential, going by its name",
        Family::Written(_) => "a token that stands in this file",
    }
}

impl About {
    /// Adds all parts of another.
    fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::super::sample::today;
    use crate::audit::audit;
    use crate::context::Context;
    use crate::input::{Input, Kind};
    use crate::report::{Finding, Report};

    /// Reads and judges a configuration.
    pub(in crate::rules) fn judged(text: &str) -> Report {
        judged_in(text, &Context::new(today()))
    }

    pub(in crate::rules) fn judged_in(text: &str, context: &Context) -> Report {
        let text = crate::fake::expand(text);
        let input = Input { kind: Some(Kind::CiConfig), ..Input::new(".gitlab-ci.yml", text) };
        audit(vec![input], context)
    }

    /// The findings of one rule on the script of a job, a line each.
    pub(in crate::rules) fn on(rule: &str, script: &[&str]) -> Vec<Finding> {
        let mut text = String::from("build:\n  script:\n");
        for line in script {
            text.push_str("    - |\n");
            for part in line.lines() {
                text.push_str(&format!("      {part}\n"));
            }
        }
        of(rule, &text)
    }

    pub(in crate::rules) fn of(rule: &str, text: &str) -> Vec<Finding> {
        judged(text).findings.into_iter().filter(|finding| finding.rule.id == rule).collect()
    }

    /// Fires on each of the bad scripts and on none of the good ones.
    #[track_caller]
    pub(in crate::rules) fn tells_apart(rule: &str, bad: &[&str], good: &[&str]) {
        for script in bad {
            assert_eq!(on(rule, &[script]).len(), 1, "should fire once: {script}");
        }
        for script in good {
            let found: Vec<_> = on(rule, &[script]).iter().map(|finding| finding.title.to_string()).collect();
            assert!(found.is_empty(), "should be clean: {script}: {found:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::sample::of;

    /// Jobs that each write a file and publish it; all of them include an address.
    fn wide(size: usize) -> String {
        let mut text = String::from("include:\n");
        for number in 0..size / 8 {
            let _ = writeln!(text, "  - remote: https://example.com/{number}.yml");
        }
        for number in 0..size {
            let _ = writeln!(text, "j{number}:\n  script: [\"echo $A_TOKEN > d{number}/.npmrc\"]");
            let _ = writeln!(text, "  artifacts: {{paths: [d{number}/.npmrc, x{number}], reports: {{dotenv: x.env}}}}");
        }
        text
    }

    /// One job that writes and publishes many.
    fn deep(size: usize) -> String {
        let mut text = String::from("j:\n  artifacts:\n    paths:\n");
        for number in 0..size {
            let _ = writeln!(text, "      - d{number}/.npmrc");
        }
        text.push_str("  script:\n");
        for number in 0..size {
            let _ = writeln!(text, "    - echo $A_TOKEN > d{number}/.npmrc");
        }
        text
    }

    /// The lines that a rule names, in order.
    fn lines(rule: &str, text: &str) -> Vec<usize> {
        let mut lines: Vec<usize> = of(rule, text).iter().map(|finding| finding.place.unwrap().line).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn each_of_many_published_files_is_told_of_once_in_its_place() {
        // Two lines of includes (and their key), then three lines a job: the paths stand in the third.
        let jobs: Vec<usize> = (0..16).map(|number| 3 + number * 3 + 3).collect();
        assert_eq!(lines("secret-file-in-artifacts", &wide(16)), jobs);
        assert_eq!(lines("secret-file-in-artifacts", &deep(16)), (4..20).collect::<Vec<_>>());
    }
}

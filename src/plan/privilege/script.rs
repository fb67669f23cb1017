//! The uses of stored credentials in the commands of a configuration, a script or a job's log.

use std::collections::BTreeSet;
use std::ops::Range;

use super::seen::{Deed, Key, Origin, Seen, Uses, called};
use crate::catalog::{
    self, Act, Whose, cloud_service, credential_name, glab_call, predefined_variable, published_by, tool_credentials,
};
use crate::context::Context;
use crate::input::mapped::Mapped;
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::{Environment, Step, is_filter, is_printer};
use crate::input::pipeline::request::{Request, login, request};
use crate::input::pipeline::value::{Expanded, Family, Host, url};
use crate::input::shell::{RedirectKind, Word};
use crate::plan::allowlist::apis;
use crate::plan::call::Call;
use crate::rules::ci::is_foreign;
use crate::say;
use crate::text::{Name, Text};

/// Reads one input.
pub(super) struct Reader<'a> {
    context: &'a Context,
    origin: Origin,
    line: &'a dyn Fn(&Mapped, Range<usize>) -> usize,
    out: &'a mut Uses,
    signs: Signs,
}

/// What the input does anywhere: `docker login` alone does not tell whether images are pushed.
#[derive(Default)]
struct Signs {
    git_push: bool,
    git_pull: bool,
    image_push: bool,
    image_pull: bool,
    published: BTreeSet<&'static str>,
}

/// Git's verbs that fetch.
const FETCHES: [&str; 6] = ["clone", "fetch", "pull", "ls-remote", "submodule", "archive"];
/// Programs that handle images.
const IMAGES: [&str; 9] =
    ["docker", "podman", "buildah", "nerdctl", "skopeo", "crane", "oras", "regctl", "/kaniko/executor"];
/// Commands that hand a value to nobody.
const KEPT: [&str; 14] =
    ["test", "[", "[[", "export", "unset", ":", "set", "local", "readonly", "declare", "typeset", "if", "true", "case"];

impl<'a> Reader<'a> {
    pub(super) fn new(
        context: &'a Context,
        origin: Origin,
        line: &'a dyn Fn(&Mapped, Range<usize>) -> usize,
        out: &'a mut Uses,
    ) -> Self {
        Self { context, origin, line, out, signs: Signs::default() }
    }

    /// All its commands, and the variables that it hands to tools.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) {
        pipeline.walk(|step| self.signs(step));
        pipeline.walk(|step| self.step(step));
        for (variable, job) in pipeline.all_variables() {
            let environment = Environment::of_job(pipeline, job);
            let value = environment.value(variable.text(), variable.expand);
            let line = (self.line)(&variable.value, 0..variable.value.text().len());
            self.handed(variable.name.text(), &value, &environment, line);
        }
    }

    fn signs(&mut self, step: &Step<'_, '_>) {
        let Some((program, words)) = step.command.program() else { return };
        let literal: Vec<String> = words.iter().filter_map(Word::literal).collect();
        let has = |wanted: &str| literal.iter().any(|word| word == wanted);
        self.signs.published.extend(published_by(&program, &literal));
        if program == "git" {
            self.signs.git_push |= has("push");
            self.signs.git_pull |= FETCHES.iter().any(|verb| has(verb));
        }
        if IMAGES.iter().any(|name| name.ends_with(&program)) {
            self.signs.image_push |= has("push") || has("--push") || has("copy") || program == "executor";
            self.signs.image_pull |= has("pull") || has("run") || has("build") || has("create");
        }
    }

    fn push(&mut self, by: &str, line: usize, does: Text, deed: Option<Deed>, own: Option<bool>) {
        self.add(by, line, does, deed, own, false);
    }

    /// `implied`: a tool reads it; where its own variable is all that is known, the input does not name it.
    fn add(&mut self, by: &str, line: usize, does: Text, deed: Option<Deed>, own: Option<bool>, implied: bool) {
        let implied = implied && tool_credentials().iter().any(|tool| tool.variable == by);
        let by = Key::Variable(self.context.name(by));
        let place = self.origin;
        self.out.push(Seen { input: 0, by, does, deed, own, place, line, at: None, count: 1, implied });
    }

    fn act(&mut self, by: &str, line: usize, act: Option<&'static Act>, own: Option<bool>) {
        if let Some(act) = act {
            self.push(by, line, say![act.does], Some(Deed::Act(act)), own);
        }
    }

    /// Is it surely another host than the instance?
    fn elsewhere(&self, host: &Host) -> bool {
        is_foreign(host, &self.context.hosts)
    }

    fn step(&mut self, step: &Step<'_, '_>) {
        let line = (self.line)(&step.script.text, step.command.range.clone());
        if let Some(request) = request(step) {
            return self.request(step, &request, line);
        }
        if let Some(login) = login(step) {
            let names = stored(login.credentials.iter().map(|found| (&*found.name, found.family)));
            let foreign = login.host.as_ref().map_or(!login.named, |host| self.elsewhere(host));
            for name in names.into_iter().filter(|_| !foreign) {
                match (self.signs.image_push, self.signs.image_pull) {
                    (true, _) => self.act(&name, line, catalog::act("image-push"), None),
                    (_, true) => self.act(&name, line, catalog::act("image-pull"), None),
                    _ => self.push(&name, line, say!["sign in to the container registry"], None, None),
                }
            }
            return;
        }
        let environment = step.environment;
        for (name, word, range) in step.command.assigned() {
            let value = environment.word(&word, step.commands);
            self.handed(&name, &value, environment, (self.line)(&step.script.text, range));
        }
        let Some((program, words)) = step.command.program() else { return };
        let literal: Vec<String> = words.iter().filter_map(Word::literal).collect();
        let values: Vec<Expanded> = step
            .command
            .words
            .iter()
            .chain(step.command.redirects.iter().map(|redirect| &redirect.target))
            .map(|word| environment.word(word, step.commands))
            .collect();
        let names =
            stored(values.iter().flat_map(|value| &value.credentials).map(|found| (&*found.name, found.family)));
        self.implied(&program, &literal, &names, step, line);
        if names.is_empty() || KEPT.contains(&program.as_str()) {
            return;
        }
        let all: String = values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(" ");
        if program == "git" {
            return self.git(&names, &literal, &all, line);
        }
        if self.addresses(&names, &all, &program, &literal, line) {
            return;
        }
        if is_printer(&program) || program == "cat" {
            return self.printed(step, &names, &all, line);
        }
        if is_filter(&program) {
            return;
        }
        let foreign = all.split_ascii_whitespace().find_map(url).is_some_and(|url| self.elsewhere(&url.host));
        let program = self.context.name(&program);
        for name in names.iter().filter(|name| !foreign && !is_of_another(name) || cloud_service(name).is_some()) {
            self.push(name, line, say!["be handed to `", program, "`"], None, None);
        }
    }

    /// A value that is printed: into a file that Git reads, or into another program.
    fn printed(&mut self, step: &Step<'_, '_>, names: &BTreeSet<String>, all: &str, line: usize) {
        let writes = |redirect: &crate::input::shell::Redirect| matches!(redirect.kind, RedirectKind::Write);
        let file = step.command.redirects.iter().find(|redirect| writes(redirect));
        let file = file.map(|redirect| step.environment.word(&redirect.target, step.commands).text).unwrap_or_default();
        if file.contains("netrc") || file.contains("git-credentials") || all.contains("machine ") {
            return self.git(names, &["config".to_owned()], all, line);
        }
        let mut next = step.command.pipes_into;
        while let Some(reader) = next.and_then(|next| step.commands.get(next)) {
            let Some((program, _)) = reader.program() else { return };
            if !is_filter(&program) {
                // A login is read where it stands.
                let known = IMAGES.contains(&program.as_str()) || program == "helm";
                let program = self.context.name(&program);
                for name in names.iter().filter(|name| !known && !is_of_another(name)) {
                    let does = say!["be handed to `", program, "`"];
                    self.push(name, line, does, None, None);
                }
                return;
            }
            next = reader.pipes_into;
        }
    }

    fn git(&mut self, names: &BTreeSet<String>, literal: &[String], all: &str, line: usize) {
        let address = all.split_ascii_whitespace().find_map(|word| url(word.trim_matches(['"', '\''])));
        if address.as_ref().is_some_and(|url| self.elsewhere(&url.host)) {
            return;
        }
        let own = address.map(|url| url.path.contains("${CI_PROJECT_PATH}"));
        let has = |wanted: &str| literal.iter().any(|word| word == wanted);
        let acts: &[&str] = if has("push") {
            &["git-push"]
        } else if FETCHES.iter().any(|verb| has(verb)) {
            &["git-pull"]
        } else {
            // `remote set-url`, `config`, `.netrc`: what is done with it stands elsewhere in the input.
            match (self.signs.git_push, self.signs.git_pull) {
                (true, _) => &["git-push"],
                (_, true) => &["git-pull"],
                _ => &[],
            }
        };
        for name in names {
            for id in acts {
                self.act(name, line, catalog::act(id), own);
            }
            if acts.is_empty() {
                let does = say!["be given to Git"];
                self.push(name, line, does, None, own);
            }
        }
    }

    /// Registries and states that a text names beside a credential. Was there one?
    fn addresses(
        &mut self,
        names: &BTreeSet<String>,
        text: &str,
        program: &str,
        literal: &[String],
        line: usize,
    ) -> bool {
        let writes = published_by(program, literal).next().is_some();
        let mut any = false;
        for api in apis(text) {
            if self.elsewhere(&api.host) {
                continue;
            }
            let segments: Vec<&str> = api.path.split('/').filter(|segment| !segment.is_empty()).collect();
            let own = own_project(api.path);
            let id = match segments.iter().position(|segment| *segment == "packages" || *segment == "terraform") {
                Some(at) if segments.get(at).is_some_and(|word| *word == "terraform") => "state-write",
                Some(at) => {
                    let kind = segments.get(at + 1).copied().unwrap_or_default();
                    if writes || self.signs.published.contains(kind) { "package-publish" } else { "package-install" }
                }
                None => continue,
            };
            any = true;
            for name in names {
                self.act(name, line, catalog::act(id), own);
            }
        }
        any
    }

    /// A line of a file that is no script.
    pub(super) fn line(&mut self, nothing: &Pipeline, text: &str, line: usize) {
        let value = Environment::of_job(nothing, None).value(text, true);
        let names = any_variable(&value);
        if !names.is_empty() {
            self.addresses(&names, &value.text, "", &[], line);
        }
    }

    fn request(&mut self, step: &Step<'_, '_>, request: &Request, line: usize) {
        let mut names = stored(request.credentials().map(|(found, _)| (&*found.name, found.family)));
        for header in &request.headers {
            // Whatever its name: what is sent so is a token of GitLab's.
            let Some((key, value)) = header.value.text.split_once(':') else { continue };
            if ["private-token", "deploy-token"].contains(&key.trim().to_ascii_lowercase().as_str())
                && let Some(name) = value.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
                && predefined_variable(name).is_none()
            {
                names.insert(name.to_owned());
            }
        }
        if names.is_empty() {
            return;
        }
        let uploads = step.command.words.iter().any(|word| matches!(word.start(), "-T" | "--upload-file"));
        let method = if uploads && request.method == "GET" { "PUT" } else { request.method.as_str() };
        for given in &request.urls {
            let text = given.value.text.as_str();
            if url(text).is_none_or(|url| self.elsewhere(&url.host)) {
                continue;
            }
            let own = own_project(text);
            let call = Call::new(method, text, &[]);
            let read = call.read();
            let body: String = request.data.iter().map(|given| given.value.text.as_str()).collect();
            for name in &names {
                match read.endpoint {
                    Some(endpoint) if endpoint.hint("graphql") => self.graphql(name, &body, line),
                    Some(endpoint) => self.push(name, line, called(endpoint), Some(Deed::Call(endpoint)), own),
                    None if is_of_another(name) && !call.is_rest() => {}
                    None => {
                        let does =
                            say!["call `", Name::new(&call.method), " ", read.path(), "`, which is not in the catalog"];
                        self.push(name, line, does, None, own);
                    }
                }
            }
        }
    }

    fn graphql(&mut self, name: &str, body: &str, line: usize) {
        if body.contains("mutation") {
            self.act(name, line, catalog::act("graphql-mutation"), None);
        } else if body.contains("query") && !body.contains('@') {
            self.act(name, line, catalog::act("graphql-query"), None);
        } else {
            let does = say!["call GraphQL"];
            self.push(name, line, does, None, None);
        }
    }

    /// A variable that a tool reads by itself gets a credential: `TWINE_PASSWORD: $PYPI_TOKEN`.
    fn handed(&mut self, variable: &str, value: &Expanded, environment: &Environment<'_>, line: usize) {
        let names = stored(value.credentials.iter().map(|found| (&*found.name, found.family)));
        let tools = tool_credentials().iter().filter(|tool| tool.variable == variable);
        for tool in tools.filter(|_| !names.is_empty()) {
            let Some(act) = tool.act else { continue };
            let address = tool.address.map(|name| environment.value(&format!("${{{name}}}"), true).text);
            if address.as_deref().and_then(url).is_some_and(|url| self.elsewhere(&url.host)) {
                continue;
            }
            for name in &names {
                self.act(name, line, Some(act), address.as_deref().and_then(own_project));
            }
        }
    }

    /// What a program does with a variable that it reads without being told, as far as its words say.
    fn implied(
        &mut self,
        program: &str,
        literal: &[String],
        handed: &BTreeSet<String>,
        step: &Step<'_, '_>,
        line: usize,
    ) {
        for tool in tool_credentials().iter().filter(|tool| tool.programs.contains(&program)) {
            let Some(found) = step.environment.credential(tool.variable) else { continue };
            let by = found.name.to_string();
            // What is handed over by name is told of with that.
            if !found.family.is_stored() || matches!(found.family, Family::Written(_)) || handed.contains(&by) {
                continue;
            }
            if program == "glab" {
                self.glab(&by, literal, line);
            } else if tool.act.is_some() {
                // Said where the variable is set; where nothing sets it, it is stored in the settings by this name.
                if by == tool.variable {
                    let does = tool.act.map(|act| say![act.does]).unwrap_or_default();
                    self.add(&by, line, does, tool.act.map(Deed::Act), None, true);
                }
            } else {
                let program = self.context.name(program);
                let does = say!["be read by `", program, "`"];
                self.add(&by, line, does, None, None, true);
            }
        }
    }

    fn glab(&mut self, by: &str, literal: &[String], line: usize) {
        let words: Vec<&str> = literal.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
        match words.as_slice() {
            ["auth" | "config" | "version" | "completion" | "help", ..] | [] => {}
            ["api", path, ..] => {
                let after = |option: &str| {
                    literal
                        .iter()
                        .position(|word| word == option)
                        .and_then(|at| literal.get(at + 1))
                        .map(String::as_str)
                };
                let fields = ["-f", "-F", "--field", "--raw-field", "--input"];
                let has_body = literal.iter().any(|word| fields.contains(&word.as_str()));
                let method = after("-X").or_else(|| after("--method")).unwrap_or(if has_body { "POST" } else { "GET" });
                let path = path.trim_start_matches('/').replace(":fullpath", ":id");
                match Call::new(method, &format!("/api/v4/{path}"), &[]).read().endpoint {
                    Some(endpoint) => {
                        let own = path.starts_with("projects/:").then_some(true);
                        self.add(by, line, called(endpoint), Some(Deed::Call(endpoint)), own, true);
                    }
                    None => self.add(
                        by,
                        line,
                        say!["make a call with `glab api` that is not in the catalog"],
                        None,
                        None,
                        true,
                    ),
                }
            }
            [first, second, ..] if glab_call(first, second).is_some() => {
                if let Some(endpoint) = glab_call(first, second) {
                    let other = literal.iter().any(|word| word == "-R" || word == "--repo");
                    self.add(by, line, called(endpoint), Some(Deed::Call(endpoint)), Some(!other), true);
                }
            }
            [first, ..] => {
                let does = say!["be read by `glab ", self.context.name(first), "`"];
                self.add(by, line, does, None, None, true);
            }
        }
    }
}

/// The stored ones among credentials, by the variable they come from; the deploy token that GitLab hands out too. A token
/// that stands in the file itself has no name by which its row could be found.
fn stored<'n>(found: impl Iterator<Item = (&'n str, Family)>) -> BTreeSet<String> {
    found
        .filter(|(_, family)| family.is_stored() && !matches!(family, Family::Written(_)))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Does its name say that it is another service's?
fn is_of_another(name: &str) -> bool {
    credential_name(name) == Some(Whose::Other)
}

/// Every variable in a line, whatever its name: the line is a credential's.
fn any_variable(value: &Expanded) -> BTreeSet<String> {
    let mut names = stored(value.credentials.iter().map(|found| (&*found.name, found.family)));
    if let Some((_, rest)) = value.text.split_once("_authToken=${")
        && let Some((name, _)) = rest.split_once('}')
        && predefined_variable(name).is_none()
    {
        names.insert(name.to_owned());
    }
    names
}

/// Is a call for the job's own project? `None` where it is for no project.
fn own_project(address: &str) -> Option<bool> {
    let (_, rest) = address.split_once("projects/")?;
    Some(["${CI_PROJECT_ID}", "${CI_PROJECT_PATH}", "${CI_PROJECT_PATH_SLUG}"].iter().any(|own| rest.starts_with(own)))
}

//! What the commands of a script do with the job token.

use super::config::{Reader, by_job_token};
use super::evidence::Target;
use super::needs::{What, call_via};
use super::python;
use super::target::{apis, of_api, of_module, of_repository, path_target, repositories};
use crate::catalog::{client_call, image_client, published_by};
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::request::{Request, request};
use crate::input::pipeline::value::{Expanded, Family, host};
use crate::input::shell::Word;

/// A command with what its words come to.
struct Said {
    line: usize,
    /// The words behind the program.
    values: Vec<Expanded>,
    /// The same, where they hold no variable.
    literal: Vec<String>,
}

impl Said {
    fn has(&self, wanted: &str) -> bool {
        self.literal.iter().any(|word| word == wanted)
    }

    fn text(&self, index: usize) -> Option<&str> {
        self.values.get(index).map(|value| value.text.as_str())
    }

    /// The words that are neither options nor the values of these options.
    fn plain(&self, with_value: &[&str]) -> Vec<&str> {
        let mut out = Vec::new();
        let mut skip = false;
        for value in &self.values {
            let text = value.text.as_str();
            if std::mem::take(&mut skip) {
                continue;
            }
            if text.starts_with('-') && text.len() > 1 {
                skip = with_value.contains(&text);
            } else {
                out.push(text);
            }
        }
        out
    }

    /// The values of these options: `-R value`, `--repo=value`.
    fn options(&self, names: &[&str]) -> Vec<&str> {
        let mut out = Vec::new();
        for (index, value) in self.values.iter().enumerate() {
            let text = value.text.as_str();
            if names.contains(&text) {
                out.extend(self.text(index + 1));
            } else if let Some((name, given)) = text.split_once('=')
                && names.contains(&name)
            {
                out.push(given);
            }
        }
        out
    }
}

impl Reader<'_> {
    /// Second pass: a command by itself.
    pub(super) fn step(&mut self, step: &Step<'_, '_>) {
        for (name, word, range) in step.command.assigned() {
            let value = step.environment.word(&word, step.commands);
            let line = self.line(&step.script.text, &range);
            self.variable(&name, &value.text, by_job_token(&value.credentials), line);
        }
        self.python(step);
        if let Some(request) = request(step) {
            self.request(step, &request);
            return;
        }
        let Some((program, words)) = step.command.program() else { return };
        let said = Said {
            line: self.line(&step.script.text, &step.command.range),
            values: words.iter().map(|word| step.environment.word(word, step.commands)).collect(),
            literal: words.iter().filter_map(Word::literal).collect(),
        };
        match program.as_str() {
            "git" if said.has("config") => {}
            "git" => self.git(step.shell, &said),
            "glab" => self.glab(&said),
            "go" if !self.signs.git.is_empty() => self.go(&said),
            "kubectl" | "flux" | "skaffold" | "k9s" => self.kubernetes(&said),
            "helm" if said.values.iter().any(|value| value.text.contains("oci://")) => self.images("helm", &said),
            _ if image_client(&program).is_some() && program != "helm" => self.images(&program, &said),
            _ => {
                if program == "helm" {
                    self.kubernetes(&said);
                }
                self.other(step, &program, &said);
            }
        }
    }

    /// Git by its addresses and remotes.
    fn git(&mut self, shell: usize, said: &Said) {
        let job_token = said.values.iter().any(|value| by_job_token(&value.credentials));
        if said.has("remote") && (said.has("add") || said.has("set-url")) {
            let plain = said.plain(&["-t", "-m"]);
            if let [.., name, _] = plain.as_slice()
                && let Some(value) = said.values.last()
                && let Some(found) = repositories(&value.text).into_iter().next()
                && (by_job_token(&value.credentials) || !found.signed && self.helped(&found.host, found.path))
                && self.is_own(&found.host, said.line)
                && let Some(target) = of_repository(found.path, self.context)
            {
                self.signs.git_target = true;
                self.remotes.insert((shell, (*name).to_owned()), (target, said.line, false));
            }
            return;
        }
        let push = said.has("push");
        let via = if push {
            "git-push"
        } else if said.has("submodule") {
            "git-submodule"
        } else {
            "git-clone"
        };
        let what = || if push { What::of(vec!["ADMIN_REPOSITORIES"]) } else { What::clone_of() };
        let mut named = false;
        for value in &said.values {
            for found in repositories(&value.text) {
                named = true;
                // Signed with another token, it is not the job token's.
                let helped = !found.signed && self.helped(&found.host, found.path);
                let own = by_job_token(&value.credentials);
                if !(own || helped || job_token && !found.signed) || !self.is_own(&found.host, said.line) {
                    continue;
                }
                if let Some(target) = of_repository(found.path, self.context) {
                    self.signs.git_target = true;
                    self.need(said.line, target, via, what());
                }
            }
        }
        if named {
            return;
        }
        if said.has("submodule") && (said.has("update") || said.has("init")) {
            let target = Target::Unknown(crate::text::Name::new("GIT_SUBMODULE_STRATEGY"));
            self.need(said.line, target, "git-submodule", What::clone_of());
        } else if said.literal.iter().any(|word| matches!(word.as_str(), "push" | "fetch" | "pull" | "ls-remote")) {
            let plain = said.plain(&["-o", "--push-option", "-C", "-c", "--depth", "-j"]);
            let name = plain.get(1).copied().unwrap_or("origin");
            if let Some((target, _, used)) = self.remotes.get_mut(&(shell, name.to_owned())) {
                *used = true;
                let target = target.clone();
                self.need(said.line, target, via, what());
            }
        }
    }

    fn glab(&mut self, said: &Said) {
        if !self.signs.job_token {
            return;
        }
        const WITH_VALUE: [&str; 12] =
            ["-R", "--repo", "-X", "--method", "-H", "--header", "-f", "-F", "--field", "--raw-field", "-t", "--token"];
        let plain = said.plain(&WITH_VALUE);
        let line = said.line;
        match plain.as_slice() {
            ["api", address, ..] => {
                let fields = !said.options(&["-f", "-F", "--field", "--raw-field", "--input"]).is_empty();
                let method =
                    said.options(&["-X", "--method"]).first().copied().unwrap_or(if fields { "POST" } else { "GET" });
                let path = address.split(['?', '#']).next().unwrap_or_default();
                let path = path.rsplit_once("/api/v4/").map_or(path, |(_, path)| path);
                self.call(method, path, &crate::input::pipeline::value::Host::Instance, line);
            }
            ["repo", "clone", path, ..] => {
                let path = repositories(path).first().map_or(*path, |found| found.path).to_owned();
                if let Some(target) = of_repository(&path, self.context) {
                    self.signs.git_target = true;
                    self.need(line, target, "git-clone", What::clone_of());
                }
            }
            words => {
                let what = match client_call("glab", words) {
                    Some(call) => match What::of_call(call.method, call.path, "glab") {
                        Some(what) => what,
                        None => return,
                    },
                    None => What::unseen(),
                };
                let trigger = words.starts_with(&["ci", "run-trig"]);
                for path in said.options(&["-R", "--repo"]) {
                    let path = repositories(path).first().map_or(path, |found| found.path).to_owned();
                    let path = path.strip_suffix(".git").unwrap_or(&path);
                    let via = if trigger { "api-trigger" } else { "glab" };
                    self.need(line, path_target(path, self.context, false), via, what.clone());
                }
            }
        }
    }

    fn go(&mut self, said: &Said) {
        for value in &said.values {
            let module = value.text.split('@').next().unwrap_or_default();
            let Some((name, path)) = module.split_once('/') else { continue };
            let Some(host) = host(name).filter(|_| name.contains(['.', '$'])) else { continue };
            if self.helped(&host, path)
                && let Some(target) = of_module(path, self.context)
            {
                self.signs.git_target = true;
                self.need(said.line, target, "go-module", What::clone_of());
            }
        }
    }

    fn kubernetes(&mut self, said: &Said) {
        let at = said.literal.iter().position(|word| word == "use-context");
        let named = at.and_then(|_| said.plain(&[]).last().map(|word| (*word).to_owned()));
        let options = said.options(&["--context", "--kube-context"]);
        let contexts: Vec<String> = named.into_iter().chain(options.into_iter().map(ToOwned::to_owned)).collect();
        for context in contexts {
            self.agent(&context, said.line);
        }
    }

    /// Programs that pull and push images.
    fn images(&mut self, program: &str, said: &Said) {
        let Some(client) = image_client(program) else { return };
        let says = |words: &[&str]| words.iter().any(|word| *word == "*" || said.has(word));
        let pushes = says(&client.push);
        if !pushes && !says(&client.pull) {
            return;
        }
        const TAGS: [&str; 6] = ["-t", "--tag", "-d", "--destination", "--cache-repo", "--cache-to"];
        // `skopeo copy FROM TO`, `crane cp`, `regctl image copy`: the last one is written.
        let copies = said.has("copy") || said.has("cp");
        let last = said.values.iter().rposition(|value| !value.text.starts_with('-'));
        // With `docker build -t`, an image is written only with `--push`; kaniko's destinations always are.
        let builds_and_pushes = said.has("--push") || matches!(program, "executor" | "kaniko");
        for (index, value) in said.values.iter().enumerate() {
            let text = value.text.as_str();
            let before = index.checked_sub(1).and_then(|before| said.text(before)).unwrap_or_default();
            let (option, given) = match text.split_once('=') {
                Some((option, given)) if option.starts_with('-') => (option, given),
                _ if text.starts_with('-') => continue,
                _ if before.starts_with('-') && !before.contains('=') => (before, text),
                _ => ("", text),
            };
            let tag = TAGS.contains(&option);
            if tag && !builds_and_pushes {
                continue;
            }
            let push =
                tag || pushes && option.is_empty() || copies && Some(index) == last || given.contains("push=true");
            // `type=image,name=…,push=true`, `BASE=…`, `docker://…`, `oci://…`
            for piece in given.split(',') {
                let piece = if option.is_empty() { piece } else { piece.rsplit('=').next().unwrap_or(piece) };
                let piece = piece.trim_start_matches("docker://").trim_start_matches("oci://");
                self.image(piece, said.line, push);
            }
        }
    }

    /// A command that no reader of its own knows: the addresses in it.
    fn other(&mut self, step: &Step<'_, '_>, program: &str, said: &Said) {
        let all: Vec<_> = step.command.all_words().map(|word| step.environment.word(word, step.commands)).collect();
        let stored = all.iter().flat_map(|value| &value.credentials).any(|found| found.family.is_stored());
        let job_token = all.iter().any(|value| by_job_token(&value.credentials));
        if !job_token && (stored || !self.signs.job_token) {
            return;
        }
        let writes = published_by(program, &said.literal).next().is_some();
        for value in &all {
            // The line that sets Git up is told of with what it opens.
            let sets_up = self.signs.git.iter().any(|(_, _, at)| *at == said.line);
            self.addresses(&value.text, said.line, writes, by_job_token(&value.credentials) && !sets_up);
        }
        if program == "composer" && job_token {
            self.signs.whole.push(("package-composer", crate::input::pipeline::value::Host::Instance, said.line));
        }
    }

    /// python-gitlab in a here-document or behind `-c`.
    fn python(&mut self, step: &Step<'_, '_>) {
        for word in step.command.all_words() {
            let Some(text) = step.script.text.text().get(word.range.clone()) else { continue };
            for found in python::read(text) {
                let at = word.range.start + found.at;
                let line = self.line(&step.script.text, &(at..at + 1));
                python::tell(&found, line, self.context, self.out);
            }
        }
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
            for api in apis(&given.value.text) {
                self.call(method, api.path, &api.host, line);
            }
        }
    }

    /// A call of the REST API with the job token.
    fn call(&mut self, method: &str, path: &str, host: &crate::input::pipeline::value::Host, line: usize) {
        let Some((target, rest)) = of_api(path, host, self.context) else { return };
        if !self.is_own(host, line) {
            return;
        }
        let via = call_via(&rest);
        if let Some(what) = What::of_call(method, path, via) {
            self.need(line, target, via, what);
        }
    }
}

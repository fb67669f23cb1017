//! From the YAML tree to the model.

use std::cell::Cell;
use std::collections::HashMap;

use super::include;
use super::{Artifacts, Include, Job, Pipeline, Script, Variable};
use crate::catalog::credential_name;
use crate::input::mapped::Mapped;
use crate::input::yaml::{self, NodeId, Tree, Value};
use crate::input::{Model, Reading, Status, Unread, shell};
use crate::say;
use crate::source::{Source, Span};

/// Keys at the top that are no jobs (<https://docs.gitlab.com/ci/yaml/#global-keywords>).
const GLOBAL: &[&str] = &[
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "spec",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "types",
];

/// GitLab's own limits for `!reference` and nested scripts.
const LEVELS: usize = 10;

/// Entries that all jobs' scripts may have together, those shared through anchors counted each time; and the same for
/// entries of other lists. Real files have hundreds.
const ENTRIES: usize = 200_000;

/// Reads a configuration file.
#[must_use]
pub fn read(source: &Source) -> Reading {
    let mut tree = yaml::read(source.text());
    let errors = std::mem::take(&mut tree.errors);
    let Documents { header, root, more } = documents(&tree, &tree.documents);
    let inputs = header.map(|spec| defaults(&tree, spec)).unwrap_or_default();
    tree.interpolate(0..tree.len(), &inputs);
    let includes = root.map(|root| include::entries(&tree, root)).unwrap_or_default();
    let parts = Parts {
        root,
        inputs: inputs_of(&tree, header),
        includes: includes.into_iter().map(|entry| entry.include).collect(),
        overridden: Vec::new(),
    };
    let built = build(source.text(), &tree, parts);
    let mut unread = errors;
    let broken = !unread.is_empty();
    if let Some(more) = more {
        let message = say!["GitLab reads no further document in this file, and neither was it read here."];
        unread.push(Unread { at: Some(tree.node(more).span), message });
    }
    unread.extend(built.unread);
    if root.is_none() && !broken {
        unread.push(Unread { at: None, message: say!["There is no configuration in this file."] });
    }
    let status = match (root, broken) {
        (_, false) => Status::Read,
        (Some(_), true) => Status::Partly,
        (None, true) => Status::Unreadable,
    };
    let format = if header.is_some() {
        say!["GitLab CI/CD configuration with inputs"]
    } else {
        say!["GitLab CI/CD configuration"]
    };
    Reading { format, status, model: Model::Pipeline(Box::new(built.pipeline)), unread, ..Reading::default() }
}

/// The documents of a file that GitLab reads.
#[derive(Clone, Copy)]
pub(super) struct Documents {
    /// `spec` of the header.
    pub(super) header: Option<NodeId>,
    /// The configuration.
    pub(super) root: Option<NodeId>,
    /// The first that is not used.
    pub(super) more: Option<NodeId>,
}

/// A header document has `spec`; the configuration is the next one. Further documents are not used.
pub(super) fn documents(tree: &Tree, documents: &[NodeId]) -> Documents {
    let header = documents.first().filter(|_| documents.len() > 1).and_then(|&root| tree.get(root, "spec"));
    let index = usize::from(header.is_some());
    Documents { header, root: documents.get(index).copied(), more: documents.get(index + 1).copied() }
}

/// The inputs that a header declares with a default: the default of each by its name.
pub(super) fn defaults(tree: &Tree, spec: NodeId) -> HashMap<Box<str>, NodeId> {
    let Some(inputs) = tree.get(spec, "inputs") else { return HashMap::new() };
    let inputs = tree.entries(inputs).into_iter();
    inputs.filter_map(|(key, value)| Some((tree.text(key)?.into(), tree.get(value, "default")?))).collect()
}

/// The same in the order of the file, with the nodes of the names.
pub(super) fn inputs_of(tree: &Tree, spec: Option<NodeId>) -> Vec<(NodeId, NodeId)> {
    let Some(inputs) = spec.and_then(|spec| tree.get(spec, "inputs")) else { return Vec::new() };
    let inputs = tree.entries(inputs).into_iter();
    inputs.filter_map(|(key, value)| Some((key, tree.get(value, "default")?))).collect()
}

/// What a pipeline is made of.
pub(super) struct Parts {
    pub(super) root: Option<NodeId>,
    /// Names of inputs, and what they hold.
    pub(super) inputs: Vec<(NodeId, NodeId)>,
    pub(super) includes: Vec<Include>,
    /// Jobs of included files that others of the same name stand over.
    pub(super) overridden: Vec<(NodeId, NodeId)>,
}

pub(super) struct Built {
    pub(super) pipeline: Pipeline,
    pub(super) unread: Vec<Unread>,
}

/// From the tree to the model. `source` is the text in which the tree has its places.
pub(super) fn build(source: &str, tree: &Tree, parts: Parts) -> Built {
    let mut builder = Builder {
        source,
        tree,
        pipeline: Pipeline { includes: parts.includes, ..Pipeline::default() },
        scripts: HashMap::new(),
        entries: ENTRIES,
        lists: Cell::new(ENTRIES),
        keys: HashMap::new(),
        missing: Vec::new(),
    };
    builder.inputs(&parts.inputs);
    if let Some(root) = parts.root {
        builder.file(root, &parts.overridden);
    }
    let Builder { mut pipeline, entries, lists, missing, .. } = builder;
    let mut unread = Vec::new();
    if entries == 0 || lists.get() == 0 {
        let message = say!["Parts are repeated through anchors so often that not all of them were read."];
        unread.push(Unread { at: None, message });
    }
    pipeline.missing = missing;
    Built { pipeline, unread }
}

struct Builder<'a> {
    source: &'a str,
    tree: &'a Tree,
    pipeline: Pipeline,
    /// Index of each script entry by its node, so that what anchors share is read once.
    scripts: HashMap<NodeId, usize>,
    entries: usize,
    lists: Cell<usize>,
    /// The top level's keys.
    keys: HashMap<&'a str, NodeId>,
    /// `!reference`s to what is not in this file.
    missing: Vec<Span>,
}

impl<'a> Builder<'a> {
    fn file(&mut self, root: NodeId, overridden: &[(NodeId, NodeId)]) {
        let entries = self.tree.entries(root);
        let tree = self.tree;
        self.keys = entries.iter().filter_map(|&(key, value)| Some((tree.text(key)?, value))).collect();
        for &(key, value) in &entries {
            let Some(name) = self.tree.scalar(key).map(|key| key.text.clone()) else { continue };
            match name.text() {
                "variables" => {
                    let variables = self.variables(value);
                    self.pipeline.variables.extend(variables);
                }
                "workflow" => {
                    let variables = self.rules(value);
                    self.pipeline.variables.extend(variables);
                }
                "default" => {
                    let default = std::mem::take(&mut self.pipeline.default);
                    self.pipeline.default = self.job(default, value);
                }
                word if GLOBAL.contains(&word) => {}
                _ if self.tree.is_mapping(value) => {
                    let job = self.job(Job { name: Some(name.clone()), ..Job::default() }, value);
                    self.pipeline.names.insert(name.text().into(), self.pipeline.jobs.len());
                    self.pipeline.jobs.push(job);
                }
                _ => {}
            }
        }
        // The deprecated way to write defaults.
        let mut default = std::mem::take(&mut self.pipeline.default);
        for &(key, value) in &entries {
            if let Some(word @ ("image" | "services" | "cache" | "before_script" | "after_script")) =
                self.tree.text(key)
            {
                self.keyword(&mut default, word, value);
            }
        }
        self.pipeline.default = default;
        // What stands over them runs in their place. Their scripts are in the file all the same, and other pipelines may
        // include it: they are looked at as they stand there, and nothing else of them.
        for &(key, value) in overridden {
            let Some(name) = self.tree.scalar(key).map(|key| key.text.clone()) else { continue };
            let job = self.job(Job { name: Some(name), ..Job::default() }, value);
            let Job { name, extends_elsewhere, variables, before_script, script, after_script, .. } = job;
            let scripts =
                Job { name, extends_elsewhere, variables, before_script, script, after_script, ..Job::default() };
            self.pipeline.jobs.push(scripts);
            self.pipeline.overridden += 1;
        }
        // Names are known only now.
        let names = std::mem::take(&mut self.pipeline.names);
        for job in &mut self.pipeline.jobs {
            for name in std::mem::take(&mut job.extends_elsewhere) {
                match names.get(name.text()) {
                    Some(&index) => job.extends.push(index),
                    None => job.extends_elsewhere.push(name),
                }
            }
        }
        self.pipeline.names = names;
        // Scripts ask for variables by name, and a file can have thousands of both.
        self.pipeline.variable_names = by_name(&self.pipeline.variables);
        for job in self.pipeline.jobs.iter_mut().chain([&mut self.pipeline.default]) {
            job.variable_names = by_name(&job.variables);
        }
        self.pipeline.literal_secrets = literal_secrets(&self.pipeline);
    }

    fn job(&mut self, mut job: Job, node: NodeId) -> Job {
        for (key, value) in self.tree.entries(node) {
            if let Some(word) = self.tree.text(key) {
                self.keyword(&mut job, word, value);
            }
        }
        job
    }

    fn keyword(&mut self, job: &mut Job, word: &str, value: NodeId) {
        match word {
            "variables" => {
                let variables = self.variables(value);
                job.variables.extend(variables);
            }
            "rules" => {
                let variables = self.rules_list(value);
                job.variables.extend(variables);
            }
            "parallel" => {
                let matrix =
                    self.tree.get(value, "matrix").and_then(|matrix| self.tree.items(matrix)).unwrap_or_default();
                for &item in matrix {
                    let variables = self.variables(item);
                    job.variables.extend(variables);
                }
            }
            "extends" => job.extends_elsewhere.extend(self.texts(value)),
            "before_script" => job.before_script = Some(self.script(value)),
            "script" => job.script = Some(self.script(value)),
            "after_script" => job.after_script = Some(self.script(value)),
            "run" => {
                let steps = self.tree.items(value).unwrap_or_default();
                let scripts: Vec<_> = steps.iter().filter_map(|&step| self.tree.get(step, "script")).collect();
                let list = job.script.get_or_insert_default();
                for script in scripts {
                    list.extend(self.script(script));
                }
            }
            "hooks" => {
                if let Some(hook) = self.tree.get(value, "pre_get_sources_script") {
                    job.hooks = self.script(hook);
                }
            }
            "image" => job.image = self.named(value),
            "services" => {
                let items = self.tree.items(value).unwrap_or_default();
                job.services = items.iter().filter_map(|&item| self.named(item)).collect();
            }
            "cache" => {
                let one = [value];
                for &cache in self.tree.items(value).unwrap_or(&one) {
                    if let Some(paths) = self.tree.get(cache, "paths") {
                        job.cache_paths.extend(self.texts(paths));
                    }
                }
            }
            "artifacts" => job.artifacts = Some(self.artifacts(value)),
            "needs" => {
                for &need in self.tree.items(value).unwrap_or_default() {
                    job.needs_projects.extend(self.value_of(need, "project"));
                }
            }
            "trigger" => job.trigger = self.value_of(value, "project").or_else(|| self.text(value)),
            "secrets" => job.secrets = self.keys(value),
            "id_tokens" => job.id_tokens = self.keys(value),
            _ => {}
        }
    }

    fn artifacts(&self, node: NodeId) -> Artifacts {
        let list = |key| self.tree.get(node, key).map(|value| self.texts(value)).unwrap_or_default();
        let reports = self.tree.get(node, "reports");
        let dotenv = reports.and_then(|reports| self.tree.get(reports, "dotenv"));
        Artifacts {
            paths: list("paths"),
            exclude: list("exclude"),
            dotenv: dotenv.map(|dotenv| self.texts(dotenv)).unwrap_or_default(),
            hidden: self.tree.get(node, "access").and_then(|access| self.tree.text(access)) == Some("none"),
        }
    }

    fn text(&self, node: NodeId) -> Option<Mapped> {
        self.tree.scalar(node).map(|scalar| scalar.text.clone())
    }

    fn value_of(&self, node: NodeId, key: &str) -> Option<Mapped> {
        self.text(self.tree.get(node, key)?)
    }

    /// A name, or a mapping with one.
    fn named(&self, node: NodeId) -> Option<Mapped> {
        self.text(node).or_else(|| self.value_of(node, "name"))
    }

    /// A text or a list of texts.
    fn texts(&self, node: NodeId) -> Vec<Mapped> {
        match self.tree.items(node) {
            Some(items) => self.limited(items).iter().filter_map(|&item| self.text(item)).collect(),
            None => self.text(node).into_iter().collect(),
        }
    }

    fn keys(&self, node: NodeId) -> Vec<Mapped> {
        let entries = self.tree.entries(node);
        self.limited(&entries).iter().filter_map(|&(key, _)| self.text(key)).collect()
    }

    /// `rules` of a `workflow`.
    fn rules(&self, node: NodeId) -> Vec<Variable> {
        self.tree.get(node, "rules").map(|rules| self.rules_list(rules)).unwrap_or_default()
    }

    fn rules_list(&self, node: NodeId) -> Vec<Variable> {
        let rules = self.tree.items(node).unwrap_or_default();
        rules
            .iter()
            .filter_map(|&rule| self.tree.get(rule, "variables"))
            .flat_map(|variables| self.variables(variables))
            .collect()
    }

    fn variables(&self, node: NodeId) -> Vec<Variable> {
        let mut out = Vec::new();
        let entries = self.tree.entries(node);
        for &(key, value) in self.limited(&entries) {
            let Some(name) = self.text(key) else { continue };
            // A value, `{value, description, expand}`, or a matrix's list of values.
            let expand =
                self.tree.get(value, "expand").and_then(|expand| self.tree.scalar(expand)?.boolean()) != Some(false);
            let own = self.tree.get(value, "value");
            let one = [own.unwrap_or(value)];
            for &item in self.limited(self.tree.items(value).unwrap_or(&one)) {
                let Some(scalar) = self.tree.scalar(item) else { continue };
                let read_as = scalar.as_variable();
                out.push(Variable {
                    name: name.clone(),
                    read_as: (read_as != scalar.text.text()).then(|| read_as.into_owned().into()),
                    value: scalar.text.clone(),
                    expand,
                });
            }
        }
        out
    }

    /// Inputs end up in the configuration by `$[[ inputs.name ]]`.
    fn inputs(&mut self, inputs: &[(NodeId, NodeId)]) {
        for &(key, value) in inputs {
            if let (Some(name), Some(value)) = (self.text(key), self.text(value)) {
                self.pipeline.variables.push(Variable { name, value, read_as: None, expand: false });
            }
        }
    }

    /// The entries of a script: texts, nested lists, `!reference`s.
    fn script(&mut self, node: NodeId) -> Vec<usize> {
        let mut out = Vec::new();
        self.script_entries(node, LEVELS, &mut out);
        out
    }

    fn script_entries(&mut self, node: NodeId, level: usize, out: &mut Vec<usize>) {
        if level == 0 || self.entries == 0 {
            return;
        }
        self.entries -= 1;
        let target = self.tree.target(node);
        let (tag, span) = (self.tree.node(target).tag.as_deref(), self.tree.node(target).span);
        if tag == Some("reference") {
            match self.reference(target) {
                Some(found) => self.script_entries(found, level - 1, out),
                None if self.missing.last() != Some(&span) => self.missing.push(span),
                None => {}
            }
            return;
        }
        let tree = self.tree;
        match &tree.node(target).value {
            Value::Sequence(items) => {
                for &item in items {
                    self.script_entries(item, level - 1, out);
                }
            }
            Value::Scalar(scalar) => self.entry(target, &scalar.text, out),
            // `- echo "a": b` is a mapping, which GitLab refuses; its text is looked at all the same.
            Value::Mapping(_) => {
                let text = Mapped::plain(self.source.get(span.range()).unwrap_or_default(), span.start);
                self.entry(target, &text, out);
            }
            Value::Alias(_) => {}
        }
    }

    fn entry(&mut self, node: NodeId, text: &Mapped, out: &mut Vec<usize>) {
        let next = self.pipeline.scripts.len();
        let index = *self.scripts.entry(node).or_insert(next);
        if index == next {
            self.pipeline.scripts.push(Script { text: text.clone(), shell: shell::parse(text.text()) });
        }
        out.push(index);
    }

    /// What `!reference [job, key, …]` names, when it is in this file.
    fn reference(&self, node: NodeId) -> Option<NodeId> {
        let (first, rest) = self.tree.items(node)?.split_first()?;
        let mut at = *self.keys.get(self.tree.text(*first)?)?;
        for &step in rest {
            at = self.tree.get(at, self.tree.text(step)?)?;
        }
        Some(at)
    }

    /// The items, as many as may still be read.
    fn limited<'b, T>(&self, items: &'b [T]) -> &'b [T] {
        let count = items.len().min(self.lists.get());
        self.lists.set(self.lists.get() - count);
        items.get(..count).unwrap_or_default()
    }
}

/// The index of each variable by name; of several, the last.
fn by_name(variables: &[Variable]) -> HashMap<Box<str>, usize> {
    variables.iter().enumerate().map(|(index, variable)| (variable.name.text().into(), index)).collect()
}

/// Passwords in clear: values of variables that are credentials by their name, arguments behind password options, and what
/// stands before the `@` of an address.
fn literal_secrets(pipeline: &Pipeline) -> Vec<Span> {
    let mut out = Vec::new();
    for (variable, _) in pipeline.all_variables() {
        let text = variable.value.text();
        if credential_name(variable.name.text()).is_some() && !text.contains('$') && !text.is_empty() {
            out.push(variable.value.span());
        }
    }
    for script in &pipeline.scripts {
        for command in &script.shell.commands {
            for (name, value, _) in command.assigned() {
                if credential_name(&name).is_some() && value.literal().is_some_and(|text| !text.is_empty()) {
                    out.push(script.text.place(value.range));
                }
            }
            let mut option = "";
            for word in &command.words {
                let start = word.start();
                let literal = word.literal().is_some_and(|text| !text.is_empty() && !text.starts_with('-'));
                // `--password=x`, `-px`, `-kuadmin:x`: rather one too many than one shown.
                let lower = start.to_ascii_lowercase();
                let telling =
                    ["pass", "token", "secret", "key", "user", "auth"].iter().any(|word| lower.contains(word));
                let joined = start.starts_with('-')
                    && (start.contains(':')
                        || start.contains('=') && telling
                        || start.starts_with("-p") && start.len() > 2);
                let in_address = start.split_once("://").is_some_and(|(_, rest)| {
                    rest.split_once('@').is_some_and(|(user, _)| user.contains(':') && !user.contains(['/', ' ']))
                });
                let password = matches!(option, "-p" | "--password" | "-u" | "--user" | "--token" | "-H" | "--header");
                if literal && password || joined || in_address {
                    let written = script.text.text().get(word.range.clone()).unwrap_or_default();
                    let hidden = secret_of(written, matches!(option, "-H" | "--header"));
                    out.push(script.text.place(word.range.start + hidden.start..word.range.start + hidden.end));
                }
                option = start;
            }
        }
    }
    out.sort_unstable();
    out
}

/// The part of a word, as the file has it, that may hold the secret: what stands behind the name of a header, and between the
/// user and the host of an address. The whole word where it is neither.
fn secret_of(written: &str, is_header: bool) -> std::ops::Range<usize> {
    let quoted = written.starts_with(['"', '\'']) && written.len() > 1 && written.ends_with(['"', '\'']);
    let end = written.len() - usize::from(quoted);
    let part = if is_header {
        written.split_once(':').map(|(_, value)| written.len() - value.trim_start().len()..end)
    } else {
        written.split_once("://").filter(|(scheme, _)| !scheme.contains('@')).and_then(|(scheme, rest)| {
            let user = rest.find(':')? + 1;
            let host = rest.rfind('@')?;
            let from = scheme.len() + 3;
            (user < host).then(|| from + user..from + host)
        })
    };
    part.filter(|part| part.start < part.end).unwrap_or(0..written.len())
}

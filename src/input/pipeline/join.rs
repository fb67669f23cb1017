//! Several files that include each other, read as the one pipeline that GitLab makes of them.

use std::collections::HashMap;

use super::build::{Parts, build, defaults, documents, inputs_of};
use super::{Include, Pipeline, include};
use crate::input::Unread;
use crate::input::yaml::{self, NodeId, Tree};

/// GitLab takes so many includes in one pipeline (<https://docs.gitlab.com/administration/instance_limits/#maximum-includes>).
const INCLUDES: usize = 150;

/// A file of the pipeline.
pub(crate) struct File<'a> {
    pub(crate) text: &'a str,
    /// Where it begins in the joined text.
    pub(crate) base: usize,
    /// For each of its includes, in order: the files that it leads to, by their place in the list of files.
    pub(crate) leads_to: Vec<Vec<usize>>,
}

/// What the files come to.
pub(crate) struct Joined {
    pub(crate) pipeline: Pipeline,
    pub(crate) unread: Vec<Unread>,
    /// Files that include themselves, over others maybe.
    pub(crate) circles: Vec<usize>,
    /// There are more includes than GitLab takes.
    pub(crate) too_many: bool,
}

/// Reads `files` as the pipeline of the first; `text` is all of them, each at its place.
#[must_use]
pub(crate) fn join(text: &str, files: &[File<'_>]) -> Joined {
    let mut joiner = Joiner {
        files,
        tree: Tree::joined(),
        includes: Vec::new(),
        inputs: Vec::new(),
        overridden: Vec::new(),
        circles: Vec::new(),
        whole: HashMap::new(),
        chain: Vec::new(),
        left: INCLUDES + 1,
    };
    let root = joiner.load(0, &HashMap::new());
    let Joiner { tree, includes, inputs, overridden, circles, left, .. } = joiner;
    let built = build(text, &tree, Parts { root, inputs, includes, overridden });
    Joined { pipeline: built.pipeline, unread: built.unread, circles, too_many: left == 0 }
}

struct Joiner<'a> {
    files: &'a [File<'a>],
    tree: Tree,
    includes: Vec<Include>,
    inputs: Vec<(NodeId, NodeId)>,
    overridden: Vec<(NodeId, NodeId)>,
    circles: Vec<usize>,
    /// Files that were loaded without inputs, so that one included in several places is read once.
    whole: HashMap<usize, Option<NodeId>>,
    chain: Vec<usize>,
    left: usize,
}

impl Joiner<'_> {
    /// A file with everything that it includes below it.
    fn load(&mut self, file: usize, given: &HashMap<Box<str>, NodeId>) -> Option<NodeId> {
        if self.chain.contains(&file) {
            if !self.circles.contains(&file) {
                self.circles.push(file);
            }
            return None;
        }
        if let Some(known) = self.whole.get(&file).filter(|_| given.is_empty()) {
            return *known;
        }
        self.left = self.left.saturating_sub(1);
        let File { text, base, leads_to } = self.files.get(file).filter(|_| self.left > 0)?;
        let (roots, nodes) = self.tree.take_in(yaml::read(text), *base);
        let found = documents(&self.tree, &roots);
        let mut inputs = found.header.map(|spec| defaults(&self.tree, spec)).unwrap_or_default();
        inputs.extend(given.iter().map(|(name, &value)| (name.clone(), value)));
        self.tree.interpolate(nodes, &inputs);
        self.inputs.extend(inputs_of(&self.tree, found.header));
        let root = found.root?;
        self.chain.push(file);
        let mut below = None;
        for (number, entry) in include::entries(&self.tree, root).into_iter().enumerate() {
            let given = entry.inputs.map(|inputs| self.given(inputs)).unwrap_or_default();
            self.includes.push(entry.include);
            for &next in leads_to.get(number).into_iter().flatten() {
                if let Some(next) = self.load(next, &given) {
                    below = Some(self.over(below, next));
                }
            }
        }
        self.chain.pop();
        let all = self.over(below, root);
        if given.is_empty() && self.circles.is_empty() {
            self.whole.insert(file, Some(all));
        }
        Some(all)
    }

    /// The values under `inputs`, by name.
    fn given(&mut self, inputs: NodeId) -> HashMap<Box<str>, NodeId> {
        let entries = self.tree.entries(inputs);
        self.inputs.extend(&entries);
        entries.into_iter().filter_map(|(key, value)| Some((self.tree.text(key)?.into(), value))).collect()
    }

    fn over(&mut self, below: Option<NodeId>, above: NodeId) -> NodeId {
        let Some(below) = below else { return above };
        let jobs: HashMap<&str, (NodeId, NodeId)> = self
            .tree
            .entries(below)
            .into_iter()
            .filter_map(|(key, value)| Some((self.tree.text(key)?, (key, value))))
            .collect();
        for (key, value) in self.tree.entries(above) {
            let replaced = |&(_, other): &(NodeId, NodeId)| {
                ["before_script", "script", "after_script"]
                    .iter()
                    .any(|word| self.tree.get(value, word).is_some() && self.tree.get(other, word).is_some())
            };
            let other = self.tree.text(key).filter(|name| *name != "default").and_then(|name| jobs.get(name));
            self.overridden.extend(other.copied().filter(replaced));
        }
        self.tree.merged(below, above)
    }
}

//! What a configuration includes, and which files a local include names.
//! <https://docs.gitlab.com/ci/yaml/includes/>

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::{Include, Included};
use crate::input::mapped::Mapped;
use crate::input::yaml::{NodeId, Tree};

/// One entry of `include`.
pub(super) struct Entry {
    pub(super) include: Include,
    /// `inputs`.
    pub(super) inputs: Option<NodeId>,
}

/// The entries under `include`, in order: a text, a mapping, or a list of these.
pub(super) fn entries(tree: &Tree, root: NodeId) -> Vec<Entry> {
    let Some(node) = tree.get(root, "include") else { return Vec::new() };
    let one = [node];
    let items = tree.items(node).unwrap_or(&one).iter();
    items
        .filter_map(|&item| {
            let text = |node| tree.scalar(node).map(|scalar| scalar.text.clone());
            let value = |key| text(tree.get(item, key)?);
            let what = match text(item) {
                Some(text) if is_address(text.text()) => Included::Remote(text),
                Some(text) => Included::Local(text),
                None => value("local")
                    .map(Included::Local)
                    .or_else(|| value("project").map(Included::Project))
                    .or_else(|| value("remote").map(Included::Remote))
                    .or_else(|| value("component").map(Included::Component))
                    .or_else(|| value("template").map(Included::Template))?,
            };
            let span = tree.node(tree.target(item)).span;
            let include = Include { what, span, git_ref: value("ref"), integrity: value("integrity") };
            Some(Entry { include, inputs: tree.get(item, "inputs") })
        })
        .collect()
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

impl Included {
    /// The place that it names.
    pub(crate) const fn place(&self) -> &Mapped {
        match self {
            Self::Local(place)
            | Self::Project(place)
            | Self::Remote(place)
            | Self::Component(place)
            | Self::Template(place) => place,
        }
    }
}

/// The inputs' names as paths, to find included files by.
#[derive(Default)]
pub(crate) struct Paths {
    /// Number of each input by its path, `/` between its parts.
    paths: BTreeMap<String, usize>,
    /// Folders that hold a `.gitlab-ci.yml`: where a project begins.
    projects: BTreeSet<String>,
}

impl Paths {
    /// The paths of inputs with these names, in order.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut out = Self::default();
        for (index, name) in names.enumerate() {
            let path = normal(name);
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
            if matches!(file, ".gitlab-ci.yml" | ".gitlab-ci.yaml") {
                out.projects.insert(folder.to_owned());
            }
            out.paths.entry(path).or_insert(index);
        }
        out
    }

    /// The inputs that a local include in the file `from` names: a path from the project's root on, or a pattern. GitLab
    /// takes only YAML files.
    pub(crate) fn find(&self, from: &str, wanted: &str) -> Vec<usize> {
        let from = normal(from);
        let wanted = wanted.trim_start_matches('/');
        if !(wanted.ends_with(".yml") || wanted.ends_with(".yaml")) {
            return Vec::new();
        }
        // The project's root is where the file lies, or above; not above a folder that is surely one.
        let mut folder = from.rsplit_once('/').map(|(folder, _)| folder);
        loop {
            let here = folder.unwrap_or_default();
            let found = self.below(here, wanted);
            if !found.is_empty() {
                return found;
            }
            if folder.is_none() || self.projects.contains(here) {
                break;
            }
            folder = here.rsplit_once('/').map(|(folder, _)| folder);
        }
        // Files dropped on the page have no folder: then the end of the path has to do.
        if from.contains('/') || wanted.contains('*') {
            return Vec::new();
        }
        let ends = wanted.match_indices('/').filter_map(|(at, _)| wanted.get(at + 1..));
        ends.filter_map(|end| self.paths.get(end).copied()).take(1).collect()
    }

    fn below(&self, folder: &str, wanted: &str) -> Vec<usize> {
        let path = if folder.is_empty() { wanted.to_owned() } else { format!("{folder}/{wanted}") };
        let Some(star) = path.find('*') else { return self.paths.get(&path).copied().into_iter().collect() };
        let fixed = path.get(..star).unwrap_or_default();
        self.paths
            .range::<str, _>((Bound::Included(fixed), Bound::Unbounded))
            .take_while(|(name, _)| name.starts_with(fixed))
            .filter(|(name, _)| matches(path.as_bytes(), name.as_bytes()))
            .map(|(_, &index)| index)
            .collect()
    }
}

fn normal(name: &str) -> String {
    let name = name.replace('\\', "/");
    let mut name = name.as_str();
    while let Some(rest) = name.strip_prefix("./") {
        name = rest;
    }
    name.to_owned()
}

/// `*` is anything but a `/`; `**` is anything; `**/` may be nothing at all. In time of pattern times name.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // Which lengths of the name the pattern read so far may have taken.
    let mut can: Vec<bool> = std::iter::once(true).chain(name.iter().map(|_| false)).collect();
    let mut rest = pattern;
    while let Some((&first, after)) = rest.split_first() {
        let (any, folders, next) = match (first, after) {
            (b'*', [b'*', b'/', next @ ..]) => (true, true, next),
            (b'*', [b'*', next @ ..]) => (true, false, next),
            (b'*', next) => (false, false, next),
            (_, next) => {
                let mut before = false;
                for (index, here) in can.iter_mut().enumerate() {
                    let same = index.checked_sub(1).and_then(|last| name.get(last)) == Some(&first);
                    (before, *here) = (*here, before && same);
                }
                rest = next;
                continue;
            }
        };
        let mut open = false;
        for (index, here) in can.iter_mut().enumerate() {
            let last = index.checked_sub(1).and_then(|last| name.get(last));
            if !any && last == Some(&b'/') {
                open = false;
            }
            let start = *here;
            *here |= open && (!folders || last == Some(&b'/'));
            open |= start;
        }
        rest = next;
    }
    can.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stop_at_folders_as_gitlabs_do() {
        for (pattern, name, want) in [
            ("ci/*.yml", "ci/a.yml", true),
            ("ci/*.yml", "ci/b/a.yml", false),
            ("ci/**.yml", "ci/b/a.yml", true),
            ("ci/**/*.yml", "ci/b/c/a.yml", true),
            ("ci/**/*.yml", "ci/a.yml", true),
            ("ci/**/a.yml", "ci/xa.yml", false),
            ("ci/a*/b*.yml", "ci/ax/by.yml", true),
            ("ci/a*/b*.yml", "ci/ax/y.yml", false),
            ("*.yml", ".yml", true),
            ("a.yml", "a.yml", true),
            ("a.yml", "b.yml", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }

    #[test]
    fn local_files_are_found_from_the_projects_root() {
        let names = [
            "work/a/.gitlab-ci.yml",
            "work/a/ci/build.yml",
            "work/a/ci/test.yml",
            "work/ci/other.yml",
            "work/a/ci/notes.md",
            "work/b/pipeline/main.yml",
            "work/b/ci/build.yml",
        ];
        let paths = Paths::new(names.into_iter());
        assert_eq!(paths.find(names[0], "/ci/build.yml"), [1]);
        assert_eq!(paths.find(names[0], "ci/*.yml"), [1, 2]);
        assert_eq!(paths.find(names[1], "/ci/test.yml"), [2], "from the root, not from the including file");
        assert!(paths.find(names[0], "/ci/other.yml").is_empty(), "that is outside of the project");
        assert!(paths.find(names[0], "/ci/notes.md").is_empty());
        assert_eq!(paths.find(names[5], "/ci/build.yml"), [6], "no .gitlab-ci.yml shows where the project begins");
        let dropped = Paths::new(["main.yml", "build.yml"].into_iter());
        assert_eq!(dropped.find("main.yml", "/ci/build.yml"), [1]);
        let dotted = Paths::new(["./.gitlab-ci.yml", "./ci/a.yml"].into_iter());
        assert_eq!(dotted.find("./.gitlab-ci.yml", "ci/a.yml"), [1]);
        let windows = Paths::new(["p\\.gitlab-ci.yml", "p\\ci\\a.yml"].into_iter());
        assert_eq!(windows.find("p\\.gitlab-ci.yml", "/ci/a.yml"), [1]);
    }
}

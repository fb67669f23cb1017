//! Several texts' trees as one: put side by side, merged as GitLab merges included files, and filled in where an included
//! file has inputs.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use super::{DEPTH, MERGES, Node, NodeId, Tree, Value};
use crate::source::Span;

impl Tree {
    /// A tree that takes in others.
    pub(crate) fn joined() -> Self {
        Self { merges_left: Cell::new(MERGES), ..Self::default() }
    }

    /// Takes in the tree of a text that stands `base` bytes into the joined text. Gives back its documents and its nodes.
    pub(crate) fn take_in(&mut self, other: Self, base: usize) -> (Vec<NodeId>, Range<usize>) {
        let first = self.nodes.len();
        let moved = |id: NodeId| NodeId(id.0 + first);
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            node.span = Span::new(node.span.start + base, node.span.end + base);
            match &mut node.value {
                Value::Scalar(scalar) => scalar.text.moved(base),
                Value::Sequence(items) => items.iter_mut().for_each(|item| *item = moved(*item)),
                Value::Mapping(entries) => {
                    entries.iter_mut().for_each(|(key, value)| (*key, *value) = (moved(*key), moved(*value)));
                }
                Value::Alias(target) => *target = target.map(moved),
            }
            node
        }));
        (other.documents.into_iter().map(moved).collect(), first..self.nodes.len())
    }

    /// `over` on top of `under`, as GitLab merges files: mappings key by key, everything else is replaced
    /// (<https://docs.gitlab.com/ci/yaml/includes/#merge-method-for-include>).
    pub(crate) fn merged(&mut self, under: NodeId, over: NodeId) -> NodeId {
        self.merged_to(under, over, DEPTH)
    }

    fn merged_to(&mut self, under: NodeId, over: NodeId, depth: usize) -> NodeId {
        if depth == 0 || !self.is_mapping(under) || !self.is_mapping(over) {
            return over;
        }
        let mut entries = self.entries(under);
        let mut places: HashMap<Box<str>, usize> = HashMap::new();
        for (index, &(key, _)) in entries.iter().enumerate() {
            places.extend(self.text(key).map(|text| (text.into(), index)));
        }
        for (key, value) in self.entries(over) {
            let place = self.text(key).and_then(|text| places.get(text)).copied();
            match place.and_then(|place| entries.get(place).copied()) {
                Some((_, below)) => {
                    let value = self.merged_to(below, value, depth - 1);
                    if let Some(entry) = place.and_then(|place| entries.get_mut(place)) {
                        *entry = (key, value);
                    }
                }
                None => entries.push((key, value)),
            }
        }
        let span = self.node(self.target(over)).span;
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { span, tag: None, value: Value::Mapping(entries) });
        id
    }

    /// Puts the inputs' values where `$[[ inputs.name ]]` stands in these nodes. What is not given stays as it is.
    /// <https://docs.gitlab.com/ci/inputs/>
    pub(crate) fn interpolate(&mut self, nodes: Range<usize>, inputs: &HashMap<Box<str>, NodeId>) {
        if inputs.is_empty() {
            return;
        }
        for index in nodes {
            let Some(Node { value: Value::Scalar(scalar), .. }) = self.nodes.get(index) else { continue };
            let text = scalar.text.text();
            if !text.contains("$[[") {
                continue;
            }
            let mut pieces = Vec::new();
            let mut whole = None;
            for found in interpolations(text) {
                let Some(&input) = inputs.get(found.name) else { continue };
                match self.text(input) {
                    Some(value) => pieces.push((found.range, filtered(value, found.filters))),
                    // A list or mapping takes the place of the whole scalar.
                    None if found.range == (0..text.trim_end().len()) => whole = Some(input),
                    None => {}
                }
            }
            let replaced = scalar.text.replaced(&pieces);
            let Some(node) = self.nodes.get_mut(index) else { continue };
            match (whole, &mut node.value) {
                (Some(input), value) if input.0 != index => *value = Value::Alias(Some(input)),
                (None, Value::Scalar(scalar)) if !pieces.is_empty() => scalar.text = replaced,
                _ => {}
            }
        }
    }
}

/// `$[[ inputs.name | filter ]]` in a text.
struct Interpolation<'a> {
    range: Range<usize>,
    name: &'a str,
    filters: &'a str,
}

fn interpolations(text: &str) -> impl Iterator<Item = Interpolation<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find("$[[")?;
            let inside = start + 3;
            let length = text.get(inside..)?.find("]]")?;
            at = inside + length + 2;
            let word = text.get(inside..inside + length)?;
            let (name, filters) = word.split_once('|').unwrap_or((word, ""));
            if let Some(name) = name.trim().strip_prefix("inputs.") {
                return Some(Interpolation { range: start..at, name, filters });
            }
        }
    })
}

/// `truncate(offset,length)` is the one function that changes which characters are there; `expand_vars` and
/// `posix_escape` leave what is looked for here. <https://docs.gitlab.com/ci/inputs/#predefined-interpolation-functions>
fn filtered(value: &str, filters: &str) -> String {
    let mut value = value.to_owned();
    for filter in filters.split('|') {
        let range = filter.trim().strip_prefix("truncate(").and_then(|rest| rest.strip_suffix(')'));
        if let Some((from, count)) = range.and_then(|range| range.split_once(','))
            && let (Ok(from), Ok(count)) = (from.trim().parse(), count.trim().parse())
        {
            value = value.chars().skip(from).take(count).collect();
        }
    }
    value
}

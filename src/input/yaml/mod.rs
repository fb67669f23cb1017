//! YAML as a tree that remembers its places, over `granit-parser`'s events.
//!
//! It takes what real configuration files hold: several documents, tags, anchors and aliases, merge keys, duplicate keys,
//! GitLab's input interpolation (`$[[ inputs.x ]]`), and files that are broken somewhere: everything before the error is
//! there, and what comes after the next key in the first column as well.
//!
//! Nothing is expanded while reading: an alias points at its node, so the tree is never larger than the text. Whoever
//! walks it follows aliases through [`Tree::target`] and bounds its own steps.

mod align;
mod graft;
mod scalar;

use std::cell::Cell;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};

use super::Unread;
use super::mapped::Mapped;
use crate::say;
use crate::source::Span;

/// Index of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

/// All documents of a text.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The root of each document that has one. What follows an error counts to the document it broke.
    pub documents: Vec<NodeId>,
    /// Keys that stand twice in one mapping: the earlier key. GitLab uses the last.
    pub overridden: Vec<NodeId>,
    /// Aliases to anchors that are not there.
    pub unresolved: Vec<Span>,
    /// Where the text is no YAML.
    pub errors: Vec<Unread>,
    merges_left: Cell<usize>,
}

/// A node and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value in the source; for a collection from its first to its last part.
    pub span: Span,
    /// A tag of the file's own, without its `!`: `reference`.
    pub tag: Option<Box<str>>,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text, number, or nothing.
    Scalar(Scalar),
    /// `- a`, `[a]`.
    Sequence(Vec<NodeId>),
    /// `key: value`, `{key: value}`, in the order of the file, duplicates included.
    Mapping(Vec<(NodeId, NodeId)>),
    /// `*name`; `None` where there is no such anchor.
    Alias(Option<NodeId>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may be a number, a boolean or nothing.
    Plain,
    /// In single or double quotes: a text.
    Quoted,
    /// `|` or `>`: a text.
    Block,
}

/// A scalar's decoded text.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text.
    pub text: Mapped,
    /// How it is written.
    pub style: Style,
}

/// How often reading starts again behind an error, so that the time stays linear.
const RESTARTS: usize = 8;

/// How many entries merge keys may bring in, over all look-ups.
const MERGES: usize = 2_000_000;

/// How deep aliases may point at aliases, and merges at merges.
const DEPTH: usize = 16;

/// Reads all documents of `text`.
#[must_use]
pub fn read(text: &str) -> Tree {
    let masked = align::without_interpolation(text);
    let mut reader = Reader {
        source: text,
        tree: Tree { merges_left: Cell::new(MERGES), ..Tree::default() },
        open: Vec::new(),
        ids: HashMap::new(),
        names: HashMap::new(),
        top_key: None,
        fragments: Vec::new(),
    };
    let mut start = 0;
    for _ in 0..=RESTARTS {
        let Some(broken) = reader.run(masked.get(start..).unwrap_or_default(), start) else { break };
        let Some(next) = next_top_level_key(&masked, broken) else { break };
        start = next;
    }
    let Reader { mut tree, fragments, .. } = reader;
    for (root, fragment) in fragments {
        let more = match tree.nodes.get_mut(fragment.0).map(|node| &mut node.value) {
            Some(Value::Mapping(entries)) => std::mem::take(entries),
            _ => continue,
        };
        let end = tree.node(fragment).span.end;
        if let Some(node) = tree.nodes.get_mut(root.0) {
            node.span.end = node.span.end.max(end);
            if let Value::Mapping(entries) = &mut node.value {
                entries.extend(more);
            }
        }
    }
    tree
}

/// Offset of the first line behind `from` that begins a key in the first column.
fn next_top_level_key(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.as_bytes().get(at..)?.iter().position(|&byte| byte == b'\n')? + 1;
        let line = text.get(at..)?.lines().next()?;
        let begins =
            line.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '.' | '_' | '"' | '\'' | '$'));
        let (key, value) = line.split_once(':').unwrap_or_default();
        if begins && !key.is_empty() && (value.is_empty() || value.starts_with([' ', '\r', '\t'])) {
            return Some(at);
        }
    }
}

struct Reader<'a> {
    source: &'a str,
    tree: Tree,
    open: Vec<Open>,
    /// Nodes by the parser's anchor number; numbers start again with each run.
    ids: HashMap<usize, NodeId>,
    /// Nodes by anchor name, for what an error has cut off from its anchors.
    names: HashMap<String, NodeId>,
    /// Where the last key of the outermost mapping begins.
    top_key: Option<usize>,
    /// Mappings read behind an error, with the root they belong to.
    fragments: Vec<(NodeId, NodeId)>,
}

struct Open {
    node: NodeId,
    key: Option<NodeId>,
    seen: HashMap<Box<str>, NodeId>,
}

impl Reader<'_> {
    /// Reads `text`, which stands at `base` in the source. After an error gives back where the broken part begins: the
    /// last key in the first column, since an unclosed bracket is noticed only at the end of the file.
    fn run(&mut self, text: &str, base: usize) -> Option<usize> {
        self.top_key = None;
        self.open.clear();
        self.ids.clear();
        let resumed = base > 0;
        let mut last = base;
        let mut newest = None;
        let options = granit_parser::options! { emit_unresolved_aliases: true, emit_anchor_events: true };
        for step in Parser::new_from_str_with_options(text, options) {
            let (event, span) = match step {
                Ok(step) => step,
                Err(error) => {
                    let at = error.marker().byte_offset().map_or(last, |at| at + base).min(self.source.len());
                    self.tree.errors.push(trouble(error.kind(), Span::new(at, at)));
                    self.close_all(at);
                    return Some(self.top_key.unwrap_or(at));
                }
            };
            let start = span.start.byte_offset().map_or(last, |at| at + base);
            let end = span.end.byte_offset().map_or(start, |at| at + base).max(start);
            let tag = || span.tag_span().and_then(|tag| tag.slice(text)).and_then(own_tag);
            let place = Span::new(start, end);
            match event {
                Event::Scalar(value, style, anchor, _) => {
                    let scalar = align::scalar(self.source, place, &value, style_of(style), style);
                    newest =
                        Some(self.add(Node { span: place, tag: tag(), value: Value::Scalar(scalar) }, anchor, resumed));
                }
                Event::SequenceStart(_, anchor, _) => {
                    let node = Node { span: place, tag: tag(), value: Value::Sequence(Vec::new()) };
                    newest = self.start(node, anchor, resumed);
                }
                Event::MappingStart(_, anchor, _) => {
                    let node = Node { span: place, tag: tag(), value: Value::Mapping(Vec::new()) };
                    newest = self.start(node, anchor, resumed);
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(end),
                Event::Alias(id) => {
                    let target = self.ids.get(&id).copied();
                    self.add(Node { span: place, tag: None, value: Value::Alias(target) }, 0, resumed);
                }
                Event::UnresolvedAlias(name) => {
                    let target = self.names.get(name.as_ref()).copied();
                    if target.is_none() {
                        self.tree.unresolved.push(place);
                    }
                    self.add(Node { span: place, tag: None, value: Value::Alias(target) }, 0, resumed);
                }
                Event::Anchor(_, name) => {
                    if let Some(node) = newest {
                        self.names.insert(name.into_owned(), node);
                    }
                }
                Event::DocumentStart(..) => self.ids.clear(),
                _ => {}
            }
            last = last.max(end);
        }
        None
    }

    fn start(&mut self, node: Node, anchor: usize, resumed: bool) -> Option<NodeId> {
        let id = self.add(node, anchor, resumed);
        self.open.push(Open { node: id, key: None, seen: HashMap::new() });
        Some(id)
    }

    /// Puts a node where the next one belongs.
    fn add(&mut self, node: Node, anchor: usize, resumed: bool) -> NodeId {
        let id = NodeId(self.tree.nodes.len());
        let key_text: Option<Box<str>> = match &node.value {
            Value::Scalar(scalar) => Some(scalar.text.text().into()),
            _ => None,
        };
        let Span { start, end } = node.span;
        let outermost = self.open.len() == 1;
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.ids.insert(anchor, id);
        }
        let Some(parent) = self.open.last_mut() else {
            // What follows an error goes on with the mapping that it broke.
            let is_mapping = |id| matches!(self.tree.node(id).value, Value::Mapping(_));
            match self.tree.documents.last() {
                Some(&root) if resumed && is_mapping(id) && is_mapping(root) => self.fragments.push((root, id)),
                _ => self.tree.documents.push(id),
            }
            return id;
        };
        let parent_id = parent.node;
        let is_mapping = matches!(self.tree.nodes.get(parent_id.0).map(|node| &node.value), Some(Value::Mapping(_)));
        let entry = if !is_mapping {
            None
        } else if let Some(key) = parent.key.take() {
            Some((key, id))
        } else {
            parent.key = Some(id);
            if outermost {
                self.top_key = Some(start);
            }
            // `<<` may stand several times; GitLab merges them all.
            if let Some(text) = key_text.filter(|text| &**text != "<<")
                && let Some(earlier) = parent.seen.insert(text, id)
            {
                self.tree.overridden.push(earlier);
            }
            return id;
        };
        if let Some(node) = self.tree.nodes.get_mut(parent_id.0) {
            node.span.end = node.span.end.max(end);
            match (&mut node.value, entry) {
                (Value::Sequence(items), _) => items.push(id),
                (Value::Mapping(entries), Some(entry)) => entries.push(entry),
                _ => {}
            }
        }
        id
    }

    fn close(&mut self, end: usize) {
        let Some(done) = self.open.pop() else { return };
        if let Some(key) = done.key {
            self.finish_key(done.node, key);
        }
        // A block collection ends where its last part does, not where the parser noticed it (the next line's start).
        let own_end = self.tree.node(done.node).span;
        let closes_with_bracket = matches!(self.source.as_bytes().get(own_end.start), Some(b'[' | b'{'));
        let end = if closes_with_bracket { end } else { own_end.end };
        if let Some(node) = self.tree.nodes.get_mut(done.node.0) {
            node.span.end = node.span.end.max(end);
        }
        let end = self.tree.node(done.node).span.end;
        if let Some(parent) = self.open.last().map(|open| open.node)
            && let Some(node) = self.tree.nodes.get_mut(parent.0)
        {
            node.span.end = node.span.end.max(end);
        }
    }

    /// A key whose value an error took.
    fn finish_key(&mut self, mapping: NodeId, key: NodeId) {
        let end = self.tree.node(key).span.end;
        let span = Span::new(end, end);
        let value = NodeId(self.tree.nodes.len());
        let scalar = Scalar { text: Mapped::plain("", end), style: Style::Plain };
        self.tree.nodes.push(Node { span, tag: None, value: Value::Scalar(scalar) });
        if let Some(Node { value: Value::Mapping(entries), .. }) = self.tree.nodes.get_mut(mapping.0) {
            entries.push((key, value));
        }
    }

    fn close_all(&mut self, end: usize) {
        while !self.open.is_empty() {
            self.close(end);
        }
    }
}

const fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        _ => Style::Block,
    }
}

/// The name of a tag that is not one of YAML's own.
fn own_tag(raw: &str) -> Option<Box<str>> {
    let name = raw.strip_prefix('!')?;
    (!name.is_empty() && !name.starts_with(['!', '<'])).then(|| name.into())
}

fn trouble(kind: &ErrorKind, at: Span) -> Unread {
    let what = match kind {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::UnexpectedEndOfPlainScalar => "A quoted text is not closed",
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "A `[` or `{` is not closed",
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "A `]` or `}` stands here without its partner"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => "A tab stands where YAML allows only spaces",
        ErrorKind::RecursionLimitExceeded => "The collections are nested too deep",
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            "A `: ` stands inside a text without quotes"
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry => "The indentation does not fit what is around",
        ErrorKind::UnexpectedCharacter { .. } => "A text without quotes cannot begin with this character",
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            "This `\\` escape is not one of YAML's"
        }
        _ => "The text is not valid YAML",
    };
    let message = say![
        what,
        ". What stands before was read, and reading goes on at the next key in the first column; credentials were searched \
         for in all of it. Correct the place and check again."
    ];
    Unread { at: Some(at), message }
}

impl Tree {
    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node = Node { span: Span::new(0, 0), tag: None, value: Value::Alias(None) };
        self.nodes.get(id.0).unwrap_or(&NOTHING)
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Are there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node itself, or the one that an alias stands for.
    #[must_use]
    pub fn target(&self, id: NodeId) -> NodeId {
        let mut at = id;
        for _ in 0..DEPTH {
            match self.node(at).value {
                Value::Alias(Some(next)) => at = next,
                _ => break,
            }
        }
        at
    }

    /// The scalar's decoded text, through an alias.
    #[must_use]
    pub fn scalar(&self, id: NodeId) -> Option<&Scalar> {
        match &self.node(self.target(id)).value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// A scalar's text, through an alias.
    #[must_use]
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        self.scalar(id).map(|scalar| scalar.text.text())
    }

    /// A sequence's items, through an alias.
    #[must_use]
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.node(self.target(id)).value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Is it a mapping, through an alias?
    #[must_use]
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.node(self.target(id)).value, Value::Mapping(_))
    }

    /// A mapping's entries as GitLab sees them: merge keys merged (own keys win, then the earlier merge), the last of
    /// duplicate keys, in the order of the file.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> Vec<(NodeId, NodeId)> {
        let mut out = Vec::new();
        let mut seen = HashMap::new();
        self.collect(id, DEPTH, &mut seen, &mut out);
        out
    }

    fn collect<'a>(
        &'a self,
        id: NodeId,
        depth: usize,
        seen: &mut HashMap<&'a str, usize>,
        out: &mut Vec<(NodeId, NodeId)>,
    ) {
        let Value::Mapping(entries) = &self.node(self.target(id)).value else { return };
        let mut merges = Vec::new();
        let mut own: HashMap<&str, usize> = HashMap::new();
        for &(key, value) in entries {
            if depth < DEPTH {
                // Merged from elsewhere: a file of anchors that merge anchors ends here, a real one never comes near.
                let Some(rest) = self.merges_left.get().checked_sub(1) else { return };
                self.merges_left.set(rest);
            }
            match self.text(key) {
                Some("<<") => merges.push(value),
                Some(text) => {
                    if let Some(&index) = own.get(text) {
                        if let Some(slot) = out.get_mut(index) {
                            *slot = (key, value);
                        }
                    } else if !seen.contains_key(text) {
                        own.insert(text, out.len());
                        out.push((key, value));
                    }
                }
                None => out.push((key, value)),
            }
        }
        seen.extend(own);
        if depth == 0 {
            return;
        }
        for merge in merges {
            match self.items(merge) {
                Some(items) => {
                    for &item in items {
                        self.collect(item, depth - 1, seen, out);
                    }
                }
                None => self.collect(merge, depth - 1, seen, out),
            }
        }
    }

    /// The value of a key, as GitLab sees it.
    #[must_use]
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let Value::Mapping(entries) = &self.node(self.target(id)).value else { return None };
        let own = entries.iter().rev().find(|&&(name, _)| self.text(name) == Some(key)).map(|&(_, value)| value);
        if own.is_some() || !entries.iter().any(|&(name, _)| self.text(name) == Some("<<")) {
            return own;
        }
        self.entries(id).into_iter().find(|&(name, _)| self.text(name) == Some(key)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests;

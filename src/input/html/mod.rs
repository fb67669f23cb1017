//! A small element tree over html5gum's tokens: enough to read a page that a browser has written out.
//!
//! A browser's serialisation is well formed, so a full tree builder is not needed; unclosed paragraphs, list items and
//! table cells of older server templates are closed as browsers do, and stray end tags change nothing. Any depth: nothing
//! here recurses. Time and memory grow with the length of the text only.
//!
//! **The attributes are a whitelist** (`Attribute`): a GitLab page holds live credentials in attributes
//! (`data-clipboard-text`, the `value` of inputs, JSON in `data-…`). What is not in the tree, no reader can let out. Of an
//! attribute that may hold a credential only "there and not empty" is kept.

use std::convert::Infallible;

use html5gum::emitters::ForwardingEmitter;
use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, Tokenizer};

mod attributes;
mod build;
mod element;
mod paced;
#[cfg(test)]
mod tests;

pub(crate) use attributes::{Attribute, GIVEN_TO_JOBS};
use build::Builder;
pub(crate) use element::{Element, Elements};
use paced::{Paced, Pause};

const TEXT: u32 = u32::MAX;

struct Node {
    /// Index of the element's name, or [`TEXT`].
    name: u32,
    parent: u32,
    /// One past its last descendant: nodes stand in document order.
    end: u32,
    /// Its attributes, or its characters in the pool.
    from: u32,
    to: u32,
    /// Bytes of the source.
    start: u32,
    stop: u32,
}

/// A parsed document.
pub(crate) struct Document {
    nodes: Vec<Node>,
    attributes: Vec<(Attribute, u32, u32)>,
    /// Texts and attribute values, decoded.
    pool: String,
    names: Vec<Box<str>>,
    saved_from: Option<String>,
}

/// Any text gives a tree, so what is wrong with it is not asked for: looking at each character for that costs the tokenizer a
/// third of its time, and of its size.
struct Unchecked<C: Callback<Infallible, usize>>(CallbackEmitter<C, Infallible, usize>);

impl<C: Callback<Infallible, usize>> ForwardingEmitter for Unchecked<C> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut self.0
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX - 1)
}

impl Document {
    /// Reads a text as HTML; any text gives a tree.
    pub(crate) fn parse(text: &str) -> Self {
        let mut builder = Builder::new();
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: html5gum::Span<usize>| {
            builder.event(event, index(span.start), index(span.end));
            None
        });
        emitter.naively_switch_states(true);
        let mut tokenizer = Tokenizer::new_with_emitter(Paced::new(text), Unchecked(emitter));
        while let Some(Err(Pause)) = tokenizer.next() {}
        builder.close_down_to(0, index(text.len()));
        let Builder { nodes, attributes, pool, names, saved_from, .. } = builder;
        Self { nodes, attributes, pool, names, saved_from }
    }

    /// The address that the browser noted when it saved the page.
    pub(crate) fn saved_from(&self) -> Option<&str> {
        self.saved_from.as_deref()
    }

    /// Every element, in document order.
    pub(crate) fn elements(&self) -> Elements<'_> {
        Elements { document: self, at: 0, end: index(self.nodes.len()) }
    }

    /// The first element that is as wanted.
    pub(crate) fn first(&self, wanted: impl Fn(&Element<'_>) -> bool) -> Option<Element<'_>> {
        self.elements().find(wanted)
    }

    /// The first element with this `data-testid`.
    pub(crate) fn by_test_id(&self, id: &str) -> Option<Element<'_>> {
        self.first(|element| element.is_test_id(id))
    }

    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    fn pool(&self, from: u32, to: u32) -> &str {
        self.pool.get(from as usize..to as usize).unwrap_or_default()
    }
}

//! A small tree of elements: what a report writes as text and the page builds as nodes.

use crate::source::visible;
use crate::text::{Say, Text};

/// An element. Names of tags and attributes are the program's own; values are [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// `rect`.
    pub tag: &'static str,
    /// In the order they are written.
    pub attributes: Vec<(&'static str, Text)>,
    /// In order.
    pub children: Vec<Node>,
}

/// What stands in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Another one.
    Element(Element),
    /// Characters.
    Text(Text),
}

impl Element {
    pub(super) const fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), children: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Say) -> Self {
        let mut text = Text::new();
        text.push(value);
        self.attributes.push((name, text));
        self
    }

    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    pub(super) fn text(mut self, text: Text) -> Self {
        self.children.push(Node::Text(text));
        self
    }

    /// As HTML (or SVG in HTML).
    #[must_use]
    pub fn html(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.tag);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value.as_str(), out);
            out.push('"');
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text.as_str(), out),
            }
        }
        out.push_str("</");
        out.push_str(self.tag);
        out.push('>');
        // Lines that a person can read, where white space means nothing.
        if matches!(
            self.tag,
            "tr" | "caption"
                | "svg"
                | "rect"
                | "circle"
                | "text"
                | "title"
                | "desc"
                | "thead"
                | "tbody"
                | "table"
                | "div"
                | "figure"
        ) {
            out.push('\n');
        }
    }
}

/// For element content and quoted attributes.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(visible(other)),
        }
    }
}

/// Characters at a place; `anchor` is `start`, `middle` or `end`.
pub(super) fn label(x: usize, y: usize, anchor: &'static str, text: Text) -> Element {
    Element::new("text").with("class", "chart-label").with("x", x).with("y", y).with("text-anchor", anchor).text(text)
}

/// A number in the picture.
pub(super) fn number(x: usize, y: usize, count: usize) -> Element {
    let mut text = Text::new();
    text.push(count);
    Element::new("text")
        .with("class", "chart-number")
        .with("x", x)
        .with("y", y)
        .with("text-anchor", "middle")
        .text(text)
}

/// A text cut to so many characters, with `…` where something was left out: the table has all of it.
pub(super) fn short(text: &Text, most: usize) -> Text {
    if text.as_str().chars().count() <= most {
        return text.clone();
    }
    let mut cut = Text::new();
    cut.push(Cut(text, most.saturating_sub(1))).push("…");
    cut
}

struct Cut<'a>(&'a Text, usize);

impl Say for Cut<'_> {
    fn say(&self, out: &mut String) {
        out.extend(self.0.as_str().chars().take(self.1));
    }
}

/// How strong a cell is, in hundredths: the more, the stronger, never so strong that its number cannot be read.
pub(super) fn strength(count: usize, most: usize) -> Text {
    const LEAST: usize = 8;
    const MOST: usize = 45;
    let hundredths = match count {
        0 => 0,
        _ => LEAST + (MOST - LEAST) * count / most.max(1),
    };
    let mut text = Text::new();
    text.push("0.").push(if hundredths < 10 { "0" } else { "" }).push(hundredths);
    text
}

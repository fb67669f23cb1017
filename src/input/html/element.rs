//! Elements, and what readers ask of them.

use super::attributes::Attribute;
use super::build::{is_block, is_silent};
use super::{Document, Node, TEXT};
use crate::source::Span;

/// An element of a [`Document`].
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    document: &'d Document,
    index: u32,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

/// Elements in document order.
#[derive(Clone)]
pub(crate) struct Elements<'d> {
    pub(super) document: &'d Document,
    pub(super) at: u32,
    pub(super) end: u32,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.end {
            let index = self.at;
            self.at += 1;
            if self.document.node(index)?.name != TEXT {
                return Some(Element { document: self.document, index });
            }
        }
        None
    }
}

impl<'d> Element<'d> {
    fn node(self) -> Option<&'d Node> {
        self.document.node(self.index)
    }

    /// Its name, in lower case.
    pub(crate) fn name(self) -> &'d str {
        self.node().and_then(|node| self.document.names.get(node.name as usize)).map_or("", |name| name)
    }

    /// Is this its name?
    pub(crate) fn is(self, name: &str) -> bool {
        self.name() == name
    }

    /// An attribute's value; `""` for one without. A sealed one's value is never its text.
    pub(crate) fn attribute(self, name: Attribute) -> Option<&'d str> {
        let node = self.node()?;
        let attributes = self.document.attributes.get(node.from as usize..node.to as usize)?;
        let (_, from, to) = attributes.iter().find(|(attribute, ..)| *attribute == name)?;
        Some(self.document.pool(*from, *to))
    }

    /// Is the attribute there at all?
    pub(crate) fn has(self, name: Attribute) -> bool {
        self.attribute(name).is_some()
    }

    /// Is the attribute there and not empty?
    pub(crate) fn is_filled(self, name: Attribute) -> bool {
        self.attribute(name).is_some_and(|value| !value.is_empty())
    }

    /// `id`.
    pub(crate) fn id(self) -> Option<&'d str> {
        self.attribute(Attribute::Id)
    }

    /// `data-testid`.
    pub(crate) fn test_id(self) -> Option<&'d str> {
        self.attribute(Attribute::TestId)
    }

    /// Has it this `data-testid`?
    pub(crate) fn is_test_id(self, id: &str) -> bool {
        self.test_id() == Some(id)
    }

    /// Has it this class?
    pub(crate) fn has_class(self, class: &str) -> bool {
        self.attribute(Attribute::Class).is_some_and(|classes| classes.split_ascii_whitespace().any(|one| one == class))
    }

    /// An attribute as a number.
    pub(crate) fn number(self, name: Attribute) -> Option<u64> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// Its bytes in the source, from its start tag to the end of its end tag.
    pub(crate) fn span(self) -> Option<Span> {
        self.node().map(|node| Span::new(node.start as usize, node.stop as usize))
    }

    /// All elements inside, in document order.
    pub(crate) fn descendants(self) -> Elements<'d> {
        let end = self.node().map_or(0, |node| node.end);
        Elements { document: self.document, at: self.index + 1, end }
    }

    /// The elements directly inside.
    pub(crate) fn children(self) -> Children<'d> {
        let end = self.node().map_or(0, |node| node.end);
        Children { document: self.document, at: self.index + 1, end }
    }

    /// The element around it.
    pub(crate) fn parent(self) -> Option<Self> {
        let parent = self.node()?.parent;
        (parent != TEXT).then_some(Self { document: self.document, index: parent })
    }

    /// The innermost element around it (or itself) that is as wanted.
    pub(crate) fn closest(self, wanted: impl Fn(&Self) -> bool) -> Option<Self> {
        let mut at = Some(self);
        while let Some(element) = at {
            if wanted(&element) {
                return Some(element);
            }
            at = element.parent();
        }
        None
    }

    /// Does `other` stand inside it?
    pub(crate) fn contains(self, other: Self) -> bool {
        other.index > self.index && self.node().is_some_and(|node| other.index < node.end)
    }

    /// Does `other` begin behind it?
    pub(crate) fn is_before(self, other: Self) -> bool {
        self.index < other.index
    }

    /// The first element inside that is as wanted.
    pub(crate) fn first(self, wanted: impl Fn(&Self) -> bool) -> Option<Self> {
        self.descendants().find(wanted)
    }

    /// The first element inside with this `data-testid`.
    pub(crate) fn by_test_id(self, id: &str) -> Option<Self> {
        self.first(|element| element.is_test_id(id))
    }

    /// The first element inside with this class.
    pub(crate) fn by_class(self, class: &str) -> Option<Self> {
        self.first(|element| element.has_class(class))
    }

    /// The first element inside with this name.
    pub(crate) fn by_name(self, name: &str) -> Option<Self> {
        self.first(|element| element.is(name))
    }

    /// The characters inside, as they are.
    pub(crate) fn raw_text(self) -> String {
        let mut out = String::new();
        let end = self.node().map_or(0, |node| node.end);
        for index in self.index + 1..end {
            if let Some(node) = self.document.node(index)
                && node.name == TEXT
            {
                out.push_str(self.document.pool(node.from, node.to));
            }
        }
        out
    }

    /// The words inside as a browser shows them: white space collapsed and trimmed, blocks apart, drawings and scripts
    /// left out.
    pub(crate) fn text(self) -> String {
        self.text_without(|_| false)
    }

    /// As [`Element::text`], leaving out the elements that `skip` names.
    pub(crate) fn text_without(self, skip: impl Fn(&Self) -> bool) -> String {
        let mut out = String::new();
        let Some(node) = self.node() else { return out };
        let (mut at, end) = (self.index + 1, node.end);
        // Ends of the blocks that we are in, innermost last.
        let mut blocks: Vec<u32> = Vec::new();
        let mut space = false;
        while at < end {
            while blocks.pop_if(|block_end| *block_end <= at).is_some() {
                space = true;
            }
            let Some(node) = self.document.node(at) else { break };
            if node.name == TEXT {
                for character in self.document.pool(node.from, node.to).chars() {
                    if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                        space = true;
                    } else {
                        if space && !out.is_empty() {
                            out.push(' ');
                        }
                        space = false;
                        out.push(character);
                    }
                }
                at += 1;
                continue;
            }
            let element = Self { document: self.document, index: at };
            if is_silent(element.name()) || skip(&element) {
                at = node.end.max(at + 1);
                continue;
            }
            if is_block(element.name()) {
                space = true;
                blocks.push(node.end);
            }
            at += 1;
        }
        out
    }
}

/// The direct children of an element.
pub(crate) struct Children<'d> {
    document: &'d Document,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Children<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.end {
            let index = self.at;
            let node = self.document.node(index)?;
            self.at = node.end.max(index + 1);
            if node.name != TEXT {
                return Some(Element { document: self.document, index });
            }
        }
        None
    }
}

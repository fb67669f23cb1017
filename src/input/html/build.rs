//! The tree from the tokenizer's events.

use std::collections::HashMap;

use html5gum::emitters::callback::CallbackEvent;

use super::attributes::{Attribute, OPEN_INPUTS, SEALED, is_plain_value};
use super::{Node, TEXT, index};
use foldhash::fast::RandomState;

/// Never has an end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// What an unclosed paragraph ends at.
const BLOCKS: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "li",
];

/// Begins a line of its own on the screen, so words on both sides are apart.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
        || matches!(name, "br" | "td" | "th" | "tr" | "dt" | "dd" | "tbody" | "thead" | "legend" | "option" | "body")
}

/// Text in these is not shown.
pub(super) fn is_silent(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript" | "svg" | "head" | "title")
}

/// Builds the tree from the tokenizer's events.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<(Attribute, u32, u32)>,
    pub(super) pool: String,
    pub(super) names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32, RandomState>,
    /// Per name: where in `open` such an element stands.
    open_by_name: Vec<Vec<u32>>,
    /// Open elements, outermost first.
    open: Vec<u32>,
    /// Where in `open` an element stands that end tags inside do not reach across.
    walls: Vec<u32>,
    pending: Vec<(Attribute, String)>,
    expecting: Option<Attribute>,
    tag: Option<(u32, u32)>,
    pub(super) saved_from: Option<String>,
}

impl Builder {
    fn name(&mut self, bytes: &[u8]) -> u32 {
        let text = String::from_utf8_lossy(bytes);
        if let Some(&known) = self.by_name.get(text.as_ref()) {
            return known;
        }
        let number = index(self.names.len());
        self.names.push(text.as_ref().into());
        self.by_name.insert(text.as_ref().into(), number);
        self.open_by_name.push(Vec::new());
        number
    }

    fn name_text(&self, name: u32) -> &str {
        self.names.get(name as usize).map_or("", |text| text)
    }

    /// Position in `open` of the innermost open element of these names.
    fn innermost(&self, names: &[&str]) -> Option<u32> {
        names
            .iter()
            .filter_map(|name| {
                let number = self.by_name.get(*name)?;
                self.open_by_name.get(*number as usize)?.last().copied()
            })
            .max()
    }

    /// Closes the innermost `names`, if it stands inside the innermost of `within`.
    fn close_implied(&mut self, names: &[&str], within: &[&str], at: u32) {
        if let Some(position) = self.innermost(names)
            && self.innermost(within).is_none_or(|wall| position > wall)
        {
            self.close_down_to(position, at);
        }
    }

    /// Closes the element at this position in `open`, and all inside it.
    pub(super) fn close_down_to(&mut self, position: u32, at: u32) {
        while self.open.len() > position as usize {
            let Some(element) = self.open.pop() else { return };
            let end = index(self.nodes.len());
            let mut name = TEXT;
            if let Some(node) = self.nodes.get_mut(element as usize) {
                node.end = end;
                node.stop = at;
                name = node.name;
            }
            if let Some(positions) = self.open_by_name.get_mut(name as usize) {
                positions.pop();
            }
            let depth = index(self.open.len());
            if self.walls.last() == Some(&depth) {
                self.walls.pop();
            }
        }
    }

    fn start_tag(&mut self, name: u32, start: u32, stop: u32, self_closing: bool) {
        let text: Box<str> = self.name_text(name).into();
        match text.as_ref() {
            "li" => self.close_implied(&["li"], &["ul", "ol", "table", "td", "th"], start),
            "dt" | "dd" => self.close_implied(&["dt", "dd"], &["dl", "table", "td", "th"], start),
            "option" | "optgroup" => self.close_implied(&["option"], &["select"], start),
            "tr" => self.close_implied(&["tr"], &["table"], start),
            "td" | "th" => self.close_implied(&["td", "th"], &["tr", "table"], start),
            "tbody" | "thead" | "tfoot" => self.close_implied(&["tbody", "thead", "tfoot"], &["table"], start),
            _ => {}
        }
        if BLOCKS.contains(&text.as_ref()) {
            self.close_implied(&["p"], &["table", "td", "th", "button", "svg", "li"], start);
        }
        let from = index(self.attributes.len());
        self.keep_attributes(&text);
        let to = index(self.attributes.len());
        let node = index(self.nodes.len());
        let parent = self.open.last().copied().unwrap_or(TEXT);
        self.nodes.push(Node { name, parent, end: node + 1, from, to, start, stop });
        let in_drawing = self.innermost(&["svg", "math"]).is_some() || matches!(text.as_ref(), "svg" | "math");
        if VOID.contains(&text.as_ref()) || (self_closing && in_drawing) {
            return;
        }
        let position = index(self.open.len());
        if let Some(positions) = self.open_by_name.get_mut(name as usize) {
            positions.push(position);
        }
        if matches!(text.as_ref(), "table" | "td" | "th" | "template" | "caption") {
            self.walls.push(position);
        }
        self.open.push(node);
    }

    fn end_tag(&mut self, bytes: &[u8], at: u32) {
        let text = String::from_utf8_lossy(bytes);
        let Some(position) = self.innermost(&[text.as_ref()]) else { return };
        let wall = match text.as_ref() {
            "table" | "body" | "html" => None,
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" => self.innermost(&["table"]),
            _ => self.walls.last().copied(),
        };
        if wall.is_none_or(|wall| position > wall) {
            self.close_down_to(position, at);
        }
    }

    /// Moves the attributes of the tag that just ended into the tree, sealing what may be a credential.
    fn keep_attributes(&mut self, element: &str) {
        let pending = std::mem::take(&mut self.pending);
        let find = |wanted: Attribute| {
            pending.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value.as_str())
        };
        let is_choice = matches!(find(Attribute::Type), "radio" | "checkbox");
        let is_open =
            [Attribute::Name, Attribute::TestId, Attribute::Id].iter().any(|name| OPEN_INPUTS.contains(&find(*name)));
        let value_is_open = match element {
            "input" => is_choice || is_open,
            "option" => true,
            _ => false,
        };
        for (number, (name, value)) in pending.iter().enumerate() {
            // The first of two attributes of one name counts.
            if pending.iter().take(number).any(|(earlier, _)| earlier == name) {
                continue;
            }
            let sealed = name.sealed() || (*name == Attribute::Value && !value_is_open && !is_plain_value(value));
            let kept = if !sealed || value.is_empty() { value.as_str() } else { SEALED };
            let from = index(self.pool.len());
            self.pool.push_str(kept);
            self.attributes.push((*name, from, index(self.pool.len())));
        }
    }

    fn text(&mut self, value: &[u8], start: u32, stop: u32) {
        let from = index(self.pool.len());
        self.pool.push_str(&String::from_utf8_lossy(value));
        let to = index(self.pool.len());
        let node = index(self.nodes.len());
        let parent = self.open.last().copied().unwrap_or(TEXT);
        self.nodes.push(Node { name: TEXT, parent, end: node + 1, from, to, start, stop });
    }

    pub(super) fn event(&mut self, event: CallbackEvent<'_>, start: u32, stop: u32) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.pending.clear();
                self.expecting = None;
                self.tag = Some((self.name(name), start));
            }
            CallbackEvent::AttributeName { name } => {
                self.expecting = Attribute::parse(name);
                if let Some(attribute) = self.expecting
                    && self.tag.is_some()
                    && self.pending.len() < 64
                {
                    self.pending.push((attribute, String::new()));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(attribute) = self.expecting.take()
                    && let Some((name, slot)) = self.pending.last_mut()
                    && *name == attribute
                {
                    *slot = String::from_utf8_lossy(value).into_owned();
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                if let Some((name, start)) = self.tag.take() {
                    self.start_tag(name, start, stop, self_closing);
                }
            }
            CallbackEvent::EndTag { name } => {
                self.tag = None;
                self.pending.clear();
                self.end_tag(name, stop);
            }
            CallbackEvent::String { value } => self.text(value, start, stop),
            CallbackEvent::Comment { value } => {
                // `<!-- saved from url=(0042)https://… -->`: the address when a browser saved the page.
                if self.saved_from.is_none()
                    && let Some(rest) = value.trim_ascii().strip_prefix(b"saved from url=(")
                    && let Ok(rest) = str::from_utf8(rest)
                    && let Some((_, address)) = rest.split_once(')')
                {
                    self.saved_from = Some(address.trim().to_owned());
                }
            }
            CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }
}

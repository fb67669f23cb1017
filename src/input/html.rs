//! A small element tree over html5gum's tokens: enough to read a page that a browser has written out.
//!
//! A browser's serialisation is well formed, so a full tree builder is not needed; unclosed paragraphs, list items and
//! table cells of older server templates are closed as browsers do, and stray end tags change nothing. Any depth: nothing
//! here recurses. Time and memory grow with the length of the text only.
//!
//! **The attributes are a whitelist** (`Attribute`): a GitLab page holds live credentials in attributes
//! (`data-clipboard-text`, the `value` of inputs, JSON in `data-…`). What is not in the tree, no reader can let out. Of an
//! attribute that may hold a credential only "there and not empty" is kept.

use std::collections::HashMap;
use std::fmt;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Readable as _, Reader, StringReader, Tokenizer};

use crate::source::Span;

macro_rules! attributes {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// The attributes that are kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Attribute { $($name),* }

        impl Attribute {
            fn parse(name: &[u8]) -> Option<Self> {
                $(if name == $text.as_bytes() { return Some(Self::$name); })*
                None
            }
        }
    };
}

attributes! {
    AriaBusy = "aria-busy",
    AriaChecked = "aria-checked",
    AriaColcount = "aria-colcount",
    AriaColindex = "aria-colindex",
    AriaCurrent = "aria-current",
    AriaDisabled = "aria-disabled",
    AriaExpanded = "aria-expanded",
    AriaSelected = "aria-selected",
    Checked = "checked",
    Class = "class",
    Content = "content",
    DataGroup = "data-group",
    DataGroupFullPath = "data-group-full-path",
    DataPage = "data-page",
    DataPageTypeId = "data-page-type-id",
    DataPath = "data-path",
    DataProject = "data-project",
    DataProjectFullPath = "data-project-full-path",
    DataProjectId = "data-project-id",
    DataUserId = "data-user-id",
    Datetime = "datetime",
    Disabled = "disabled",
    Href = "href",
    Id = "id",
    Lang = "lang",
    Name = "name",
    Property = "property",
    QaStatus = "data-qa-status",
    RevokePath = "data-revoke-path",
    Selected = "selected",
    SentTokens = "data-initial-active-access-tokens",
    SentTriggers = "data-triggers",
    TestId = "data-testid",
    Title = "title",
    Type = "type",
    Value = "value",
    XlinkHref = "xlink:href",
    // Only "there and not empty" is kept of these.
    CopyText = "data-clipboard-text",
    RegistrationToken = "data-registration-token",
    SecretToken = "data-secret-token",
}

impl Attribute {
    /// May its text be a credential, so that only its presence is kept?
    const fn sealed(self) -> bool {
        matches!(self, Self::CopyText | Self::RegistrationToken | Self::SecretToken)
    }
}

/// Inputs whose value is what the page is about: name, address and names of headers of a webhook (an address may hold a
/// credential; its reader takes that out). Values of radio
/// buttons and checkboxes are choices. The value of every other input is sealed.
const OPEN_INPUTS: [&str; 3] = ["hook[name]", "hook[url]", "hook[custom_headers][][key]"];

/// The one name that a form's text field is read for: with it, a deploy token goes to every job
/// (<https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>).
pub(crate) const GIVEN_TO_JOBS: &str = "gitlab-deploy-token";

/// Is it a day as date fields hold it (`2026-11-20`), or that one name? Neither can be a credential.
fn is_plain_value(value: &str) -> bool {
    let is_day = value.len() == 10
        && value
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    is_day || value == GIVEN_TO_JOBS
}

/// The text kept of a sealed attribute that is not empty.
const SEALED: &str = "sealed";

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
fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
        || matches!(name, "br" | "td" | "th" | "tr" | "dt" | "dd" | "tbody" | "thead" | "legend" | "option" | "body")
}

/// Text in these is not shown.
fn is_silent(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript" | "svg" | "head" | "title")
}

/// Builds the tree from the tokenizer's events.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    attributes: Vec<(Attribute, u32, u32)>,
    pool: String,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
    /// Per name: where in `open` such an element stands.
    open_by_name: Vec<Vec<u32>>,
    /// Open elements, outermost first.
    open: Vec<u32>,
    /// Where in `open` an element stands that end tags inside do not reach across.
    walls: Vec<u32>,
    pending: Vec<(Attribute, String)>,
    expecting: Option<Attribute>,
    tag: Option<(u32, u32)>,
    saved_from: Option<String>,
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX - 1)
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
    fn close_down_to(&mut self, position: u32, at: u32) {
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

    fn event(&mut self, event: CallbackEvent<'_>, start: u32, stop: u32) {
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

/// The tokenizer goes from a quoted attribute to the next one by calling itself, so that an element of some ten thousand
/// would use up the stack. This reader breaks off behind a quotation mark now and then, where nothing is half read; the
/// tokenizer then gives the stack back, and goes on where it was.
struct Paced<'t> {
    reader: StringReader<'t>,
    /// Was the last that was read a quotation mark?
    quote: bool,
    /// Quotation marks since the last pause.
    quotes: u32,
}

/// Why [`Paced`] breaks off: no error.
#[derive(Debug)]
struct Pause;

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pause")
    }
}

impl std::error::Error for Pause {}

impl<'t> Paced<'t> {
    /// Quotation marks between two pauses: two for each attribute.
    const QUOTES: u32 = 64;

    fn new(text: &'t str) -> Self {
        Self { reader: text.to_reader(), quote: false, quotes: 0 }
    }
}

impl Reader for Paced<'_> {
    type Error = Pause;

    fn read_byte(&mut self) -> Result<Option<u8>, Pause> {
        if std::mem::take(&mut self.quote) && self.quotes >= Self::QUOTES {
            self.quotes = 0;
            return Err(Pause);
        }
        let Ok(byte) = self.reader.read_byte();
        Ok(byte)
    }

    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Pause> {
        self.quote = false;
        let Ok(read) = self.reader.try_read_string(text, case_sensitive);
        Ok(read)
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Pause> {
        let Ok(read) = self.reader.read_until(needle, buffer);
        self.quote = read == Some(b"\"");
        self.quotes += u32::from(self.quote);
        Ok(read)
    }
}

impl Document {
    /// Reads a text as HTML; any text gives a tree.
    pub(crate) fn parse(text: &str) -> Self {
        let mut builder = Builder::default();
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: html5gum::Span<usize>| {
            builder.event(event, index(span.start), index(span.end));
            None::<std::convert::Infallible>
        });
        emitter.naively_switch_states(true);
        let mut tokenizer = Tokenizer::new_with_emitter(Paced::new(text), emitter);
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
    document: &'d Document,
    at: u32,
    end: u32,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outline(text: &str) -> String {
        let document = Document::parse(text);
        let mut out = String::new();
        for element in document.elements() {
            let mut depth = 0;
            let mut at = element.parent();
            while let Some(parent) = at {
                depth += 1;
                at = parent.parent();
            }
            out.push_str(&format!("{}{} ", ">".repeat(depth), element.name()));
        }
        out.trim_end().to_owned()
    }

    #[test]
    fn the_tree_has_the_shape_a_browser_gives_it() {
        for (html, want) in [
            ("<div><p>a<p>b<br>c</div><i>", "div >p >p >>br i"),
            ("<ul><li>a<li><ul><li>b</ul>c<li>d</ul>", "ul >li >li >>ul >>>li >li"),
            ("<table><tr><td>a<td>b<tr><th>c</table><b>", "table >tr >>td >>td >tr >>th b"),
            ("<table><tr><td></div><b>x</b></td></tr></table>", "table >tr >>td >>>b"),
            ("<div><table><tr><td><div>x</td></tr></table></div><i>", "div >table >>tr >>>td >>>>div i"),
            ("<svg><use href=x /><path d=y /></svg><b>", "svg >use >path b"),
            ("<p>a<table><tr><td><p>b</table>c", "p table >tr >>td >>>p"),
            ("</div></p><a><b></a></b><i>", "a >b i"),
            ("<dl><dt>a<dd>b<dt>c</dl>", "dl >dt >dd >dt"),
        ] {
            assert_eq!(outline(html), want, "{html}");
        }
    }

    #[test]
    fn text_is_what_a_reader_sees() {
        let document = Document::parse(
            "<div> Sam&nbsp;O&#39;Neil\n &amp;  <b>co</b>.<div>next</div>last<svg><title>no</title></svg><script>'<b>no</b>'</script></div>",
        );
        let div = document.elements().next().unwrap();
        assert_eq!(div.text(), "Sam\u{a0}O'Neil & co. next last");
        assert_eq!(Document::parse("<td><span>a</span><span>b</span></td>").elements().next().unwrap().text(), "ab");
    }

    #[test]
    fn a_credential_in_an_attribute_is_not_in_the_tree() {
        let planted = crate::fake::expand("{{personal_access_token}}");
        let html = format!(
            "<input type=text value='{planted}'><button data-clipboard-text='{planted}'>x</button><a data-token='{planted}'>\
             <input type=radio value=true><input value='' type=text><textarea value='{planted}'></textarea>"
        );
        let document = Document::parse(&html);
        assert!(!document.pool.contains(&planted));
        let values: Vec<_> = document.elements().map(|element| element.attribute(Attribute::Value)).collect();
        assert_eq!(values, [Some(SEALED), None, None, Some("true"), Some(""), Some(SEALED)]);
        assert!(document.elements().any(|element| element.is_filled(Attribute::CopyText)));
    }

    #[test]
    fn an_input_that_names_itself_open_twice_is_decided_by_its_first_name() {
        let document = Document::parse("<input name=secret name='hook[url]' value=hidden-thing>");
        assert_eq!(document.elements().next().unwrap().attribute(Attribute::Value), Some(SEALED));
    }

    #[test]
    fn elements_know_their_bytes_also_with_windows_line_ends() {
        let html = "<!-- é -->\r\n<div>\r\n<p\r\n id=x>ä\r\n&amp;</p>\r\n</div>";
        let document = Document::parse(html);
        let p = document.first(|element| element.id() == Some("x")).unwrap();
        assert_eq!(html.get(p.span().unwrap().range()).unwrap(), "<p\r\n id=x>ä\r\n&amp;</p>");
    }

    #[test]
    fn depth_and_size_cost_no_stack_and_no_square_time() {
        let deep = "<div>".repeat(100_000) + &"<li>".repeat(50_000) + &"</b>".repeat(50_000);
        let document = Document::parse(&deep);
        assert_eq!(document.elements().count(), 150_000);
        assert_eq!(document.elements().next().unwrap().text(), "");
        // Stray end tags inside a cell, with such an element open outside.
        let walls = "<div><table><td>".to_owned() + &"<b>".repeat(50_000) + &"</div>".repeat(200_000);
        assert_eq!(Document::parse(&walls).elements().count(), 50_003);
        let attributes = format!("<a {}>", "id=1 class=2 ".repeat(100_000));
        assert_eq!(Document::parse(&attributes).elements().count(), 1);
        // Quoted ones, which the tokenizer reads by calling itself.
        let quoted = format!("<a {}id=\"last\">", "x=\"y\" ".repeat(200_000));
        let document = Document::parse(&quoted);
        assert_eq!(document.first(|_| true).and_then(Element::id), Some("last"));
    }

    #[test]
    fn a_pause_behind_a_quotation_mark_changes_nothing() {
        for before in 0..200 {
            for rest in [
                "id=\"a\" class='b'>c\"<b title=\"d\">",
                "id=\"a\"class=\"b\"\r\n>\"c",
                "id=\"a\"/><!DOCTYPE html PUBLIC \"x\" \"y\"><i>",
            ] {
                let paced = format!("<p {}{rest}", "x=\"y\" ".repeat(before));
                let without = format!("<p {}{rest}", "x=y ".repeat(before));
                let spoken = |text: &str| {
                    let document = Document::parse(text);
                    let said = |it: Element<'_>| {
                        let length = it.span().map(|span| text.len() - span.end);
                        format!(
                            "{} {:?} {:?} {} {length:?}",
                            it.name(),
                            it.id(),
                            it.attribute(Attribute::Class),
                            it.text()
                        )
                    };
                    document.elements().map(said).collect::<Vec<_>>()
                };
                assert_eq!(spoken(&paced), spoken(&without), "{before}");
            }
        }
        assert_eq!(Document::parse(&"<".repeat(1_000_000)).elements().count(), 0);
    }

    proptest! {
        #[test]
        fn any_text_gives_a_tree_whose_spans_point_at_tags(parts in proptest::collection::vec(
            prop_oneof![
                Just("<td>".to_owned()), Just("<div id=a>".to_owned()), Just("</div>".to_owned()), Just("</td>".to_owned()), Just("<tr>".to_owned()),
                Just("</table>".to_owned()), Just("<table>".to_owned()), Just("<li>".to_owned()), Just("<p class='x y'>".to_owned()),
                Just("\r\n".to_owned()), Just("&amp;".to_owned()), Just("&notit;".to_owned()), Just("<!-- c -->".to_owned()),
                Just("<script>".to_owned()), Just("</script>".to_owned()), "\\PC{0,6}", Just("\u{0}".to_owned()), Just("<svg/>".to_owned()),
            ], 0..60)) {
            let text = parts.concat();
            let document = Document::parse(&text);
            for element in document.elements() {
                let span = element.span().unwrap();
                prop_assert!(text.as_bytes()[span.start] == b'<', "{:?} at {:?}", element.name(), span);
                prop_assert!(span.end <= text.len() && span.start < span.end);
                let _ = element.text();
            }
        }
    }
}

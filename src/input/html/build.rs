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

macro_rules! known {
    ($($constant:ident = $name:literal),* $(,)?) => {
        /// Names that the tree is built by, in the order of their numbers: every tree has them first.
        const KNOWN: &[&str] = &[$($name),*];
        #[allow(clippy::upper_case_acronyms)]
        enum Known { $($constant),* }
        $(const $constant: u32 = Known::$constant as u32;)*
    };
}

known! {
    BUTTON = "button",
    DD = "dd",
    DL = "dl",
    DT = "dt",
    LI = "li",
    MATH = "math",
    OL = "ol",
    OPTION = "option",
    P = "p",
    SELECT = "select",
    SVG = "svg",
    TABLE = "table",
    TBODY = "tbody",
    TD = "td",
    TFOOT = "tfoot",
    TH = "th",
    THEAD = "thead",
    TR = "tr",
    UL = "ul",
}

/// What an end tag does not reach across.
#[derive(Clone, Copy)]
enum Reach {
    All,
    Table,
    Wall,
}

/// What elements of a name do to the tree, asked once for each name.
#[derive(Clone, Copy)]
struct Manner {
    /// A start tag closes the innermost of these, if it stands inside the innermost of those.
    closes: Option<(&'static [u32], &'static [u32])>,
    /// An unclosed paragraph ends at it.
    is_block: bool,
    is_void: bool,
    is_drawing: bool,
    /// End tags inside do not reach across it.
    is_wall: bool,
    reach: Reach,
}

impl Manner {
    fn of(name: &str) -> Self {
        let closes: Option<(&[u32], &[u32])> = match name {
            "li" => Some((&[LI], &[UL, OL, TABLE, TD, TH])),
            "dt" | "dd" => Some((&[DT, DD], &[DL, TABLE, TD, TH])),
            "option" | "optgroup" => Some((&[OPTION], &[SELECT])),
            "tr" => Some((&[TR], &[TABLE])),
            "td" | "th" => Some((&[TD, TH], &[TR, TABLE])),
            "tbody" | "thead" | "tfoot" => Some((&[TBODY, THEAD, TFOOT], &[TABLE])),
            _ => None,
        };
        Self {
            closes,
            is_block: BLOCKS.contains(&name),
            is_void: VOID.contains(&name),
            is_drawing: matches!(name, "svg" | "math"),
            is_wall: matches!(name, "table" | "td" | "th" | "template" | "caption"),
            reach: match name {
                "table" | "body" | "html" => Reach::All,
                "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" => Reach::Table,
                _ => Reach::Wall,
            },
        }
    }
}

/// What is known of a name.
struct Named {
    manner: Manner,
    /// Where in `open` such an element stands.
    open: Vec<u32>,
}

/// Builds the tree from the tokenizer's events.
pub(super) struct Builder {
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<(Attribute, u32, u32)>,
    pub(super) pool: String,
    pub(super) names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32, RandomState>,
    /// Per name.
    named: Vec<Named>,
    /// Open elements, outermost first.
    open: Vec<u32>,
    /// Where in `open` an element stands that end tags inside do not reach across.
    walls: Vec<u32>,
    /// Attributes of the tag that is open, with their places in `values`.
    pending: Vec<(Attribute, usize, usize)>,
    values: String,
    expecting: Option<Attribute>,
    tag: Option<(u32, u32)>,
    pub(super) saved_from: Option<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let mut builder = Self {
            nodes: Vec::new(),
            attributes: Vec::new(),
            pool: String::new(),
            names: Vec::new(),
            by_name: HashMap::default(),
            named: Vec::new(),
            open: Vec::new(),
            walls: Vec::new(),
            pending: Vec::new(),
            values: String::new(),
            expecting: None,
            tag: None,
            saved_from: None,
        };
        for name in KNOWN {
            builder.name(name.as_bytes());
        }
        builder
    }

    fn name(&mut self, bytes: &[u8]) -> u32 {
        let text = String::from_utf8_lossy(bytes);
        if let Some(&known) = self.by_name.get(text.as_ref()) {
            return known;
        }
        let number = index(self.names.len());
        self.names.push(text.as_ref().into());
        self.by_name.insert(text.as_ref().into(), number);
        self.named.push(Named { manner: Manner::of(&text), open: Vec::new() });
        number
    }

    /// Position in `open` of the innermost open element of these names.
    fn innermost(&self, names: &[u32]) -> Option<u32> {
        names.iter().filter_map(|name| self.named.get(*name as usize)?.open.last().copied()).max()
    }

    /// Closes the innermost `names`, if it stands inside the innermost of `within`.
    fn close_implied(&mut self, names: &[u32], within: &[u32], at: u32) {
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
            if let Some(named) = self.named.get_mut(name as usize) {
                named.open.pop();
            }
            let depth = index(self.open.len());
            if self.walls.last() == Some(&depth) {
                self.walls.pop();
            }
        }
    }

    fn start_tag(&mut self, name: u32, start: u32, stop: u32, self_closing: bool) {
        let Some(manner) = self.named.get(name as usize).map(|named| named.manner) else { return };
        if let Some((names, within)) = manner.closes {
            self.close_implied(names, within, start);
        }
        if manner.is_block {
            self.close_implied(&[P], &[TABLE, TD, TH, BUTTON, SVG, LI], start);
        }
        let from = index(self.attributes.len());
        self.keep_attributes(name);
        let to = index(self.attributes.len());
        let node = index(self.nodes.len());
        let parent = self.open.last().copied().unwrap_or(TEXT);
        self.nodes.push(Node { name, parent, end: node + 1, from, to, start, stop });
        if manner.is_void || (self_closing && (manner.is_drawing || self.innermost(&[SVG, MATH]).is_some())) {
            return;
        }
        let position = index(self.open.len());
        if let Some(named) = self.named.get_mut(name as usize) {
            named.open.push(position);
        }
        if manner.is_wall {
            self.walls.push(position);
        }
        self.open.push(node);
    }

    fn end_tag(&mut self, bytes: &[u8], at: u32) {
        let text = String::from_utf8_lossy(bytes);
        let named = self.by_name.get(text.as_ref()).and_then(|name| self.named.get(*name as usize));
        let Some((position, reach)) = named.and_then(|named| Some((*named.open.last()?, named.manner.reach))) else {
            return;
        };
        let wall = match reach {
            Reach::All => None,
            Reach::Table => self.innermost(&[TABLE]),
            Reach::Wall => self.walls.last().copied(),
        };
        if wall.is_none_or(|wall| position > wall) {
            self.close_down_to(position, at);
        }
    }

    /// Moves the attributes of the tag that just ended into the tree, sealing what may be a credential.
    fn keep_attributes(&mut self, element: u32) {
        let Self { pending, values, names, pool, attributes, .. } = self;
        let value = |from: usize, to: usize| values.get(from..to).unwrap_or_default();
        let find = |wanted: Attribute| {
            pending.iter().find(|(name, ..)| *name == wanted).map_or("", |(_, from, to)| value(*from, *to))
        };
        let element = names.get(element as usize).map_or("", |name| name);
        let is_open = || {
            [Attribute::Name, Attribute::TestId, Attribute::Id].iter().any(|name| OPEN_INPUTS.contains(&find(*name)))
        };
        let value_is_open = match element {
            "input" => matches!(find(Attribute::Type), "radio" | "checkbox") || is_open(),
            "option" => true,
            _ => false,
        };
        for (number, (name, from, to)) in pending.iter().enumerate() {
            // The first of two attributes of one name counts.
            if pending.iter().take(number).any(|(earlier, ..)| earlier == name) {
                continue;
            }
            let value = value(*from, *to);
            let sealed = name.sealed() || (*name == Attribute::Value && !value_is_open && !is_plain_value(value));
            let kept = if !sealed || value.is_empty() { value } else { SEALED };
            let from = index(pool.len());
            pool.push_str(kept);
            attributes.push((*name, from, index(pool.len())));
        }
        self.forget();
    }

    /// Forgets the attributes of a tag.
    fn forget(&mut self) {
        self.pending.clear();
        self.values.clear();
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
                self.forget();
                self.expecting = None;
                self.tag = Some((self.name(name), start));
            }
            CallbackEvent::AttributeName { name } => {
                self.expecting = Attribute::parse(name);
                if let Some(attribute) = self.expecting
                    && self.tag.is_some()
                    && self.pending.len() < 64
                {
                    self.pending.push((attribute, 0, 0));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(attribute) = self.expecting.take()
                    && let Some((name, from, to)) = self.pending.last_mut()
                    && *name == attribute
                {
                    *from = self.values.len();
                    self.values.push_str(&String::from_utf8_lossy(value));
                    *to = self.values.len();
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                if let Some((name, start)) = self.tag.take() {
                    self.start_tag(name, start, stop, self_closing);
                }
            }
            CallbackEvent::EndTag { name } => {
                self.tag = None;
                self.forget();
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

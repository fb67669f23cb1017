//! A tolerant look at JSON: where each value stands, and where the text breaks.
//!
//! Exports come out of shells: cut off, pasted together, with a trailing comma, between other lines. A strict parser
//! gives up at the first of these and loses every row before it. This one keeps each complete value, says where it
//! broke, and goes on at the next place that can begin a value. One pass, no recursion: linear time, any depth.
//!
//! A [`Node`] holds places in the text, never characters, so a live credential in an export is not copied.

use std::borrow::Cow;

use crate::source::Span;

/// Containers nested deeper than this are skipped as a whole ([`Value::Deep`]); GitLab's own nest about ten deep.
const DEEPEST: usize = 64;

/// What a value is.
#[derive(Debug)]
pub(super) enum Value {
    /// `null`, also Python's `None`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// Digits, as they stand.
    Number,
    /// A string; the node's span has its quotes.
    String,
    /// A list.
    Array(Vec<Node>),
    /// Keys (their spans, with quotes) and values, in the order of the text; a key may come twice.
    Object(Vec<(Span, Node)>),
    /// Nested too deep to be one of GitLab's answers.
    Deep,
}

/// One value and its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
    /// Where it stops being well-formed; its complete parts are there.
    pub(super) broken: Option<usize>,
}

impl Node {
    /// Where the value or anything in it breaks. Depth is bounded by [`DEEPEST`].
    pub(super) fn break_within(&self) -> Option<usize> {
        self.broken.or_else(|| match &self.value {
            Value::Array(items) => items.iter().find_map(Self::break_within),
            Value::Object(entries) => entries.iter().find_map(|(_, node)| node.break_within()),
            _ => None,
        })
    }

    /// The entries of an object.
    pub(super) fn entries(&self) -> Option<&[(Span, Self)]> {
        match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The characters of a string or number.
    pub(super) fn text<'t>(&self, source: &'t str) -> Option<Cow<'t, str>> {
        match self.value {
            Value::String => Some(unquote(source, self.span)),
            Value::Number => source.get(self.span.range()).map(Cow::Borrowed),
            _ => None,
        }
    }
}

/// The characters between a string's quotes. A borrowed text has no escapes.
pub(super) fn unquote(source: &str, span: Span) -> Cow<'_, str> {
    let raw = source.get(span.range()).unwrap_or_default();
    let inner = match raw.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            raw.strip_prefix(quote).map_or(raw, |rest| rest.strip_suffix(quote).unwrap_or(rest))
        }
        _ => raw,
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    // A lone surrogate or an escape that JSON does not have: show the text as it stands.
    serde_json::from_str(&format!("\"{inner}\"")).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// What comes out of a text beside its values.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Values at the top: arrays count once each, however long.
    pub(super) documents: usize,
    /// Lengths of the arrays at the top, in order.
    pub(super) lists: Vec<usize>,
    /// Where a value was left open because something that cannot follow began there.
    pub(super) breaks: Vec<usize>,
    /// The text ended inside a value.
    pub(super) cut_off: bool,
    /// Header blocks of HTTP answers.
    pub(super) headers: Vec<Span>,
    /// Other lines around the values.
    pub(super) other_lines: Vec<Span>,
    /// Code fences around the values.
    pub(super) fenced: bool,
    /// Two values at the top stood on lines of their own.
    pub(super) one_a_line: bool,
}

/// Walks through `text`; each element of an array at the top, and each other value at the top, goes to `sink` as soon as
/// it is complete, so that a long list is never in memory as a whole.
pub(super) fn walk(text: &str, sink: &mut dyn FnMut(Node)) -> Outline {
    let mut walk = Walk::default();
    walk.block(text, 0, true, sink);
    walk.outline
}

/// A walk through a text that comes block by block.
#[derive(Default)]
pub(super) struct Walk {
    /// What came out so far; places count from the beginning of the first block.
    pub(super) outline: Outline,
    /// The list at the top that is open between two blocks.
    list: Option<Frame>,
}

impl Walk {
    /// Walks through one block, which begins `base` bytes into the text. Gives back how much of it is done: the next block
    /// has to begin there. Nothing of the rest came to `sink`.
    pub(super) fn block(&mut self, text: &str, base: usize, last: bool, sink: &mut dyn FnMut(Node)) -> usize {
        let stack: Vec<Frame> = self.list.take().map(|list| Frame { start: 0, ..list }).into_iter().collect();
        let outline = std::mem::take(&mut self.outline);
        let mut walker = Walker {
            text,
            bytes: text.as_bytes(),
            base,
            last,
            starved: false,
            at: 0,
            safe: 0,
            counted: Counted::of(&outline),
            stack,
            deep: None,
            outline,
            sink,
        };
        walker.run();
        let done = if last { text.len() } else { walker.safe };
        walker.stack.truncate(1);
        self.list = walker.stack.pop().filter(|frame| !last && matches!(frame.value, Value::Array(_)));
        self.outline = walker.outline;
        done
    }
}

/// How much of an [`Outline`] there was at a place, to go back to it.
#[derive(Clone, Copy)]
struct Counted {
    documents: usize,
    lists: usize,
    breaks: usize,
    headers: usize,
    other_lines: usize,
}

impl Counted {
    const fn of(outline: &Outline) -> Self {
        Self {
            documents: outline.documents,
            lists: outline.lists.len(),
            breaks: outline.breaks.len(),
            headers: outline.headers.len(),
            other_lines: outline.other_lines.len(),
        }
    }

    fn restore(self, outline: &mut Outline) {
        outline.documents = self.documents;
        outline.lists.truncate(self.lists);
        outline.breaks.truncate(self.breaks);
        outline.headers.truncate(self.headers);
        outline.other_lines.truncate(self.other_lines);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// A key (object) or an element (array), or the end.
    Item,
    /// The colon behind a key.
    Colon,
    /// The value behind a colon.
    Value,
    /// A comma, or the end.
    Comma,
}

#[derive(Debug)]
struct Frame {
    start: usize,
    value: Value,
    key: Span,
    expect: Expect,
    broken: Option<usize>,
}

/// A container too deep to keep: only its brackets are counted.
struct Deep {
    start: usize,
    open: usize,
}

struct Walker<'t, 's> {
    text: &'t str,
    bytes: &'t [u8],
    /// Bytes of the text before this block.
    base: usize,
    /// Nothing comes behind this block.
    last: bool,
    /// What stands here cannot be told without the next block.
    starved: bool,
    at: usize,
    /// Up to here everything is done: no element is open.
    safe: usize,
    counted: Counted,
    stack: Vec<Frame>,
    deep: Option<Deep>,
    outline: Outline,
    sink: &'s mut dyn FnMut(Node),
}

impl Walker<'_, '_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn run(&mut self) {
        while let Some(byte) = self.byte() {
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if self.deep.is_some() {
                self.inside_deep(byte);
            } else if self.stack.is_empty() {
                self.at_top(byte);
            } else {
                self.inside(byte);
            }
            if self.starved {
                break;
            }
            let between = match self.stack.as_slice() {
                [] => true,
                [list] => matches!(list.value, Value::Array(_)),
                _ => false,
            };
            if between && self.deep.is_none() {
                self.safe = self.at;
                self.counted = Counted::of(&self.outline);
            }
        }
        if !self.last {
            self.counted.restore(&mut self.outline);
        } else if !self.stack.is_empty() || self.deep.is_some() {
            self.outline.cut_off = true;
            self.deep = None;
            self.abandon(self.bytes.len());
        }
    }

    /// Between values: the next one, or lines that are none.
    fn at_top(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                self.outline.documents += 1;
                self.open(byte);
            }
            b',' | b';' | b']' | b'}' => self.at += 1,
            _ => self.other_line(),
        }
    }

    /// A line between values. What follows a prompt or a label on the same line is still read: `Response: [{"id": 1}]`.
    fn other_line(&mut self) {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        if rest.starts_with('\u{feff}') {
            self.at += '\u{feff}'.len_utf8();
            return;
        }
        if rest.starts_with("HTTP/") {
            self.at = start + header_block(rest);
            self.starved = !self.last && self.at == self.bytes.len();
            self.outline.headers.push(Span::new(self.base + start, self.base + self.at));
            return;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        if end == rest.len() && !self.last && value_in(line).is_none() {
            self.starved = true;
            return;
        }
        if line.starts_with("```") || line.starts_with("~~~") {
            self.outline.fenced = true;
        } else if line.trim_end() == "null" {
            self.outline.documents += 1;
            self.emit(Node { span: Span::new(start, start + 4), value: Value::Null, broken: None });
        } else {
            let end = value_in(line).unwrap_or(end);
            self.outline.other_lines.push(Span::new(self.base + start, self.base + start + end));
            self.at = start + end;
            return;
        }
        self.at = start + end;
    }

    fn open(&mut self, byte: u8) {
        if self.stack.len() >= DEEPEST {
            self.deep = Some(Deep { start: self.at, open: 1 });
        } else {
            let value = if byte == b'{' { Value::Object(Vec::new()) } else { Value::Array(Vec::new()) };
            if self.stack.is_empty() && byte == b'[' {
                self.outline.lists.push(0);
            }
            let expect = Expect::Item;
            self.stack.push(Frame { start: self.at, value, key: Span::new(0, 0), expect, broken: None });
        }
        self.at += 1;
    }

    fn inside_deep(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.string(b'"');
                return;
            }
            b'{' | b'[' => {
                if let Some(deep) = &mut self.deep {
                    deep.open += 1;
                }
            }
            b'}' | b']' => {
                if let Some(deep) = &mut self.deep {
                    deep.open -= 1;
                    if deep.open == 0 {
                        let span = Span::new(deep.start, self.at + 1);
                        self.deep = None;
                        self.complete(Node { span, value: Value::Deep, broken: None });
                    }
                }
            }
            _ => {}
        }
        self.at += 1;
    }

    fn inside(&mut self, byte: u8) {
        let Some(frame) = self.stack.last() else { return };
        let object = matches!(frame.value, Value::Object(_));
        match (object, frame.expect, byte) {
            (true, _, b'}') | (false, _, b']') => {
                if object && matches!(frame.expect, Expect::Colon | Expect::Value) {
                    self.mark_broken(self.at);
                }
                self.at += 1;
                self.close(self.at);
            }
            (_, _, b'}' | b']') => self.mismatch(byte),
            (true, Expect::Colon, b':') => {
                self.at += 1;
                self.expect(Expect::Value);
            }
            (true, Expect::Colon | Expect::Value, b',') => {
                self.mark_broken(self.at);
                self.at += 1;
                self.expect(Expect::Item);
            }
            (_, _, b',') => {
                self.at += 1;
                self.expect(Expect::Item);
            }
            // A missing comma before a key or an element is forgiven: the meaning is plain.
            (true, Expect::Item | Expect::Comma, b'"' | b'\'') => {
                if let Some(key) = self.string(byte) {
                    self.set_key(key);
                }
            }
            (true, Expect::Item, _) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let key = self.word();
                self.set_key(key);
            }
            (true, Expect::Item | Expect::Comma | Expect::Colon, b'{' | b'[') => self.restart(),
            (true, Expect::Value, b'{' | b'[') | (false, _, b'{' | b'[') => self.open(byte),
            (true, Expect::Value, b'"' | b'\'') | (false, _, b'"' | b'\'') => {
                if let Some(span) = self.string(byte) {
                    self.complete(Node { span, value: Value::String, broken: None });
                }
            }
            (true, Expect::Value, _) | (false, _, _) => self.scalar(),
            // Ruby writes `=>` for the colon.
            (true, Expect::Colon, b'=') if self.at + 1 == self.bytes.len() && !self.last => self.starved = true,
            (true, Expect::Colon, b'=') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                self.at += 2;
                self.expect(Expect::Value);
            }
            (true, _, _) => {
                self.mark_broken(self.at);
                self.at += 1;
            }
        }
    }

    fn expect(&mut self, expect: Expect) {
        if let Some(frame) = self.stack.last_mut() {
            frame.expect = expect;
        }
    }

    fn set_key(&mut self, key: Span) {
        if let Some(frame) = self.stack.last_mut() {
            frame.key = key;
            frame.expect = Expect::Colon;
        }
    }

    fn mark_broken(&mut self, at: usize) {
        if let Some(frame) = self.stack.last_mut() {
            frame.broken.get_or_insert(at);
        }
    }

    /// A closing bracket of the other sort: it ends an outer container, if there is one, and this one was left open.
    fn mismatch(&mut self, byte: u8) {
        let wanted_object = byte == b'}';
        if self.stack.iter().any(|frame| matches!(frame.value, Value::Object(_)) == wanted_object) {
            self.mark_broken(self.at);
            self.close(self.at);
        } else {
            self.mark_broken(self.at);
            self.at += 1;
        }
    }

    /// Something begins that cannot follow here: a page was cut off and another one follows.
    fn restart(&mut self) {
        self.outline.breaks.push(self.base + self.at);
        self.abandon(self.at);
    }

    /// Closes everything that is open as broken.
    fn abandon(&mut self, at: usize) {
        while !self.stack.is_empty() {
            self.mark_broken(at);
            self.close(at);
        }
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else { return };
        let node = Node { span: Span::new(frame.start, end), value: frame.value, broken: frame.broken };
        if self.stack.is_empty() {
            // The elements of an array at the top went out one by one.
            if matches!(node.value, Value::Object(_)) {
                self.note_line_form(&node);
                self.emit(node);
            }
        } else {
            self.complete(node);
        }
    }

    fn note_line_form(&mut self, node: &Node) {
        if self.outline.documents == 2 {
            let before = self.text.get(..node.span.start).unwrap_or_default();
            self.outline.one_a_line = before.trim_end_matches([' ', '\t']).ends_with('\n');
        }
    }

    /// A value is there: into its container, or out.
    fn complete(&mut self, node: Node) {
        let outermost = self.stack.len() == 1;
        match self.stack.last_mut() {
            Some(Frame { value: Value::Object(entries), key, expect, .. }) => {
                entries.push((*key, node));
                *expect = Expect::Comma;
            }
            Some(Frame { value: Value::Array(items), expect, .. }) => {
                *expect = Expect::Comma;
                if outermost {
                    if let Some(length) = self.outline.lists.last_mut() {
                        *length += 1;
                    }
                    self.emit(node);
                } else {
                    items.push(node);
                }
            }
            _ => self.emit(node),
        }
    }

    fn emit(&mut self, node: Node) {
        (self.sink)(node);
    }

    /// A string, from its opening quote; moves behind it. `None` when the text breaks in it and the walk went on elsewhere.
    fn string(&mut self, quote: u8) -> Option<Span> {
        let start = self.at;
        let mut at = start + 1;
        let mut first_line_end = None;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(step) = memchr::memchr3(quote, b'\\', b'\n', rest) else {
                at = self.bytes.len();
                break;
            };
            at += step;
            match self.bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(b'\n') => {
                    first_line_end.get_or_insert(at);
                    at += 1;
                }
                _ => {
                    at += 1;
                    break;
                }
            }
        }
        let at = at.min(self.bytes.len());
        let closed = at > start + 1 && self.bytes.get(at - 1) == Some(&quote);
        let followed = self.bytes.get(at..).unwrap_or_default().iter().find(|byte| !byte.is_ascii_whitespace());
        if followed.is_none() && !self.last {
            self.starved = true;
            return None;
        }
        let plausible = matches!(followed, None | Some(b',' | b':' | b'}' | b']'));
        if let (Some(end), false) = (first_line_end, closed && plausible) {
            // No string goes over lines; the closing quote is missing. A wrapped paste is told by what follows its quote.
            self.at = end;
            self.mark_broken(start);
            self.skip_key();
            return None;
        }
        if let Some(resume) = self.swallowed(start, at).filter(|_| closed && self.deep.is_none()) {
            self.at = resume;
            self.restart();
            return None;
        }
        self.at = at;
        Some(Span::new(start, at))
    }

    /// A page cut off inside a string, and the next one right behind it: `"na[{"id":3`. The string then ends in the
    /// bracket that begins the next page, and a letter follows its quote.
    fn swallowed(&self, start: usize, end: usize) -> Option<usize> {
        if !self.bytes.get(end)?.is_ascii_alphanumeric() {
            return None;
        }
        let brace = end.checked_sub(2)?;
        if brace <= start || self.bytes.get(brace) != Some(&b'{') {
            return None;
        }
        Some(if self.bytes.get(brace - 1) == Some(&b'[') && brace - 1 > start { brace - 1 } else { brace })
    }

    /// After a string that never ended: the object goes on with its next key.
    fn skip_key(&mut self) {
        if let Some(frame) = self.stack.last_mut() {
            frame.expect = Expect::Item;
        }
    }

    fn word(&mut self) -> Span {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| {
                byte.is_ascii_whitespace()
                    || matches!(byte, b',' | b':' | b'=' | b'}' | b']' | b'{' | b'[' | b'"' | b'\'')
            })
            .unwrap_or(rest.len());
        self.at = start + length.max(1);
        self.starved |= !self.last && self.at >= self.bytes.len();
        Span::new(start, self.at)
    }

    fn scalar(&mut self) {
        let span = self.word();
        if self.starved {
            return;
        }
        let word = self.bytes.get(span.range()).unwrap_or_default();
        let (value, known) = match word {
            b"null" | b"None" | b"nil" => (Value::Null, true),
            b"true" | b"True" => (Value::Bool(true), true),
            b"false" | b"False" => (Value::Bool(false), true),
            _ => {
                let number = word.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
                (if number { Value::Number } else { Value::Null }, number)
            }
        };
        // A word cut by the end of the text may be the beginning of another: `50` of `501`.
        let broken = if known && self.at < self.bytes.len() { None } else { Some(span.start) };
        self.complete(Node { span, value, broken });
    }
}

/// Where a value begins behind a prompt or a label.
fn value_in(line: &str) -> Option<usize> {
    ["[{\"", "{\"", "[]"].iter().filter_map(|mark| line.find(mark)).min()
}

/// Length of an HTTP answer's headers, with the empty line behind them.
fn header_block(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values as a strict parser would write them, broken ones with a mark.
    fn shown(text: &str) -> (Vec<String>, Outline) {
        let mut values = Vec::new();
        let outline = walk(text, &mut |node| {
            let mark = if node.break_within().is_some() { "!" } else { "" };
            values.push(format!("{mark}{}", text.get(node.span.range()).unwrap_or("?")));
        });
        (values, outline)
    }

    /// The same, by blocks of a few bytes more each time nothing could be done.
    fn in_blocks(text: &str, size: usize) -> (Vec<String>, Outline) {
        let (mut walk, mut values, mut base, mut want) = (Walk::default(), Vec::new(), 0, size);
        loop {
            let mut end = (base + want).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let block = text.get(base..end).unwrap();
            let done = walk.block(block, base, end == text.len(), &mut |node| {
                let mark = if node.break_within().is_some() { "!" } else { "" };
                values.push(format!("{mark}{}", block.get(node.span.range()).unwrap_or("?")));
            });
            base += done;
            if end == text.len() {
                return (values, walk.outline);
            }
            want = if done == 0 { want + size } else { size };
        }
    }

    #[test]
    fn blocks_give_what_the_whole_gives() {
        for text in [
            r#"[{"a":1,"b":[1,{"c":"x]}"}]},{"a":2},]"#,
            r#"[{"a":1}][{"a":2}] [3,4,"five"]"#,
            "{\"a\":1}\n\n{\"a\":2}\n",
            "Exporting things from somewhere:\n[{\"a\":1},{\"a\":2}]",
            "HTTP/2 200\r\nnel: {\"max_age\": 0}\r\n\r\n[{\"a\":1},{\"a\":2}]",
            r#"$ glab api x => [{"a":1},{"a":2}]"#,
            r#"[{"a":1},{"b":"na[{"a":2}]"#,
            r#"[{"a":1},{"b":3 [{"a":2}]"#,
            "[{\"a\":1},{\"b\":\"no end,\n\"c\":3},\n{\"a\":2}]",
            r#"[{"a":1},{"a":2},{"a":50"#,
            r#"{"id"=>1} {'x': "ä\"}"}"#,
            "```json\n[{\"a\":1}]\n```\nnull\n",
        ] {
            let whole = shown(text);
            for size in 1..text.len() {
                let (values, outline) = in_blocks(text, size);
                assert_eq!(values, whole.0, "{text} by {size}");
                let what = |outline: &Outline| {
                    let Outline { documents, lists, breaks, cut_off, headers, other_lines, fenced, .. } = outline;
                    format!("{documents} {lists:?} {breaks:?} {cut_off} {headers:?} {other_lines:?} {fenced}")
                };
                assert_eq!(what(&outline), what(&whole.1), "{text} by {size}");
            }
        }
    }

    #[test]
    fn every_way_of_putting_rows_together_gives_the_rows() {
        for text in [
            r#"[{"a":1},{"a":2}]"#,
            r#"[{"a":1}][{"a":2}]"#,
            "{\"a\":1}\n{\"a\":2}\n",
            "{\"a\":1}\r\n{\"a\":2}",
            r#"[{"a":1},{"a":2},]"#,
            "\u{feff}[{\"a\":1},{\"a\":2}]",
            "Exporting things from somewhere:\n[{\"a\":1},{\"a\":2}]",
            "Here:\n```json\n[{\"a\":1},{\"a\":2}]\n```\nand done",
            "HTTP/2 200\r\nnel: {\"max_age\": 0}\r\n\r\n[{\"a\":1},{\"a\":2}]",
            r#"$ glab api x => [{"a":1},{"a":2}]"#,
            r#"{"a":1},{"a":2},"#,
            r#"[{"a":1}{"a":2}]"#,
        ] {
            let (values, outline) = shown(text);
            assert_eq!(values, [r#"{"a":1}"#, r#"{"a":2}"#], "{text}");
            assert!(outline.breaks.is_empty() && !outline.cut_off, "{text}");
        }
    }

    #[test]
    fn a_break_costs_one_row() {
        for text in [
            r#"[{"a":1},{"a":2},{"a":"#,
            r#"[{"a":1},{"a":2},{"a":50"#,
            r#"[{"a":1},{"a":2},{"a":"glp"#,
            r#"[{"a":1},{"a":2},{"a":"x\"#,
            r#"[{"a":1},{"a":2},{"#,
            r#"[{"a":1},{"b":"na[{"a":2}]"#,
            r#"[{"a":1},{"b":3 [{"a":2}]"#,
            r#"[{"a":1},{"a":2},{"b" 5}]"#,
            "[{\"a\":1},{\"b\":\"no end,\n\"c\":3},\n{\"a\":2}]",
            r#"[{"a":1},{"b":3],{"a":2}]"#,
        ] {
            let (values, _) = shown(text);
            let complete: Vec<_> = values.iter().filter(|value| !value.starts_with('!')).collect();
            assert_eq!(complete, [r#"{"a":1}"#, r#"{"a":2}"#], "{text}");
            assert!(values.len() == 3, "{text}: {values:?}");
        }
    }

    #[test]
    fn other_dialects_are_read() {
        let (values, _) = shown("[{'id': 1, 'active': True, 'last': None}]");
        assert_eq!(values, ["{'id': 1, 'active': True, 'last': None}"]);
        let (values, _) = shown("[{id: 1, name: \"x\"}]");
        assert_eq!(values, ["{id: 1, name: \"x\"}"]);
        let (values, _) = shown("{\"id\"=>1}");
        assert_eq!(values, ["{\"id\"=>1}"]);
    }

    #[test]
    fn depth_and_length_do_no_harm() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(shown(&deep).0.len(), 1);
        assert!(shown(&"[".repeat(100_000)).1.cut_off);
        assert!(shown(&"{\"a\":".repeat(100_000)).1.cut_off);
        let (values, outline) = shown(&"[{".repeat(50_000));
        assert!(values.len() <= 50_001 && outline.cut_off);
        let long = format!("[{{\"a\":\"{}\"}}]", "x".repeat(10_000_000));
        assert_eq!(shown(&long).0.len(), 1);
        let newlines = format!("[\"{}", "a\n".repeat(200_000));
        let _ = shown(&newlines);
    }

    #[test]
    fn escapes_are_undone_and_lone_surrogates_kept() {
        let text = r#"["\u00e4\n", "\ud800", "plain"]"#;
        let mut texts = Vec::new();
        walk(text, &mut |node| texts.push(node.text(text).unwrap().into_owned()));
        assert_eq!(texts, ["ä\n", "\\ud800", "plain"]);
    }
}

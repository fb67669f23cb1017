//! Files of keys and values, each read into one list: the way to a value, and the value with its place.

use crate::input::mapped::Mapped;
use crate::input::yaml::{self, NodeId, Tree, Value};

/// A value and the keys that lead to it.
pub(super) struct Field {
    /// Keys, sections, tags.
    pub(super) path: Vec<String>,
    /// The value.
    pub(super) value: Mapped,
    /// Of several parts of the same name (`[[runners]]`, a document, a `machine`), which one: siblings share the number.
    pub(super) group: usize,
}

/// Deeper values are not looked at; no file that is known here has so many levels.
const DEPTH: usize = 24;
/// More fields than this are not read from one file.
const FIELDS: usize = 200_000;

/// All values of a file.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    /// For each group the one around it, and how many keys lead to it; the outermost have none.
    parents: Vec<Option<(usize, usize)>>,
}

impl Fields {
    /// The group around a group, and how many keys lead to it.
    pub(super) fn parent(&self, group: usize) -> Option<(usize, usize)> {
        self.parents.get(group).copied().flatten()
    }

    fn open(&mut self, parent: Option<(usize, usize)>) -> usize {
        self.parents.push(parent);
        self.parents.len() - 1
    }
}

impl From<Vec<Field>> for Fields {
    fn from(list: Vec<Field>) -> Self {
        Self { list, parents: Vec::new() }
    }
}

/// The values of a text that is itself a value, with their places in the file.
pub(super) fn inside(value: &Mapped, read: impl Fn(&str) -> Vec<Field>) -> Fields {
    let mut list = read(value.text());
    for field in &mut list {
        let range = field.value.span().range();
        field.value = value.part(range);
    }
    list.into()
}

/// JSON and YAML, all documents.
pub(super) fn yaml(text: &str) -> Fields {
    let tree = yaml::read(text);
    let mut out = Fields::default();
    for &root in &tree.documents {
        let group = out.open(None);
        node(&tree, root, group, &mut Vec::new(), &mut out);
    }
    // Beside some rare characters the parser's places fall inside one: such a field has no place to point to.
    out.list.retain(|field| text.get(field.value.span().range()).is_some());
    out
}

fn node(tree: &Tree, id: NodeId, group: usize, path: &mut Vec<String>, out: &mut Fields) {
    if path.len() > DEPTH || out.list.len() > FIELDS {
        return;
    }
    match &tree.node(id).value {
        // `!vault |` and the like are references.
        _ if tree.node(id).tag.is_some() => {}
        Value::Scalar(scalar) => out.list.push(Field { path: path.clone(), value: scalar.text.clone(), group }),
        Value::Sequence(items) => {
            for &item in items {
                let group = match tree.node(item).value {
                    Value::Mapping(_) => out.open(Some((group, path.len()))),
                    _ => group,
                };
                node(tree, item, group, path, out);
            }
        }
        Value::Mapping(entries) => {
            for &(key, value) in entries {
                path.push(tree.text(key).unwrap_or_default().to_string());
                node(tree, value, group, path, out);
                path.pop();
            }
        }
        Value::Alias(_) => {}
    }
}

/// `[section]`, `key = value`; also without sections. `inline`: may a comment follow a value (TOML), or is it part of it?
/// TOML's `[[table]]`, dotted sections and lists of texts are known too.
pub(super) fn ini(text: &str, toml: bool) -> Vec<Field> {
    let mut out = Vec::new();
    let mut section: Vec<String> = Vec::new();
    let mut group = 0;
    let mut list: Option<Vec<String>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(path) = &list {
            quoted(line, start, path, group, &mut out);
            if bare.starts_with(']') || bare.ends_with(']') {
                list = None;
            }
            continue;
        }
        if let Some(name) = bare.strip_prefix('[') {
            let many = name.starts_with('[');
            let name = name.trim_start_matches('[').split(']').next().unwrap_or_default();
            let (head, label) = name.split_once('"').map_or((name, None), |(head, label)| (head, Some(label)));
            let parts = head.split(if toml { '.' } else { '\0' });
            section =
                parts.map(|part| part.trim().trim_matches('"').to_string()).filter(|part| !part.is_empty()).collect();
            section.extend(label.map(|label| label.trim_end_matches('"').to_string()));
            // `[url "https://user:password@host/"]`: an address with a value of its own.
            if let Some(open) = line.find("://").and_then(|_| line.find('"'))
                && let Some(value) = scalar(line.get(open..).unwrap_or_default(), start + open, false)
            {
                out.push(Field { path: section.clone(), value, group });
            }
            // Tables below a `[[table]]` belong to it.
            if !toml || many && section.len() == 1 {
                group += 1;
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(": ").filter(|_| !toml)) else {
            continue;
        };
        // The separator is `=` or `: `: the value is what is left of the line.
        let separator = start + (line.len() - value.len());
        let name =
            key.trim().trim_start_matches("export ").trim_start_matches("set ").trim().trim_matches('"').to_string();
        let mut path = section.clone();
        path.push(name);
        if toml && value.trim_start().starts_with('[') {
            quoted(value, separator, &path, group, &mut out);
            if !value.contains(']') {
                list = Some(path);
            }
            continue;
        }
        if let Some(value) = scalar(value, separator, toml) {
            out.push(Field { path, value, group });
        }
    }
    out
}

/// The value behind a `=`: quotes taken away.
fn scalar(text: &str, start: usize, comments: bool) -> Option<Mapped> {
    let value = text.trim();
    let offset = start + (text.len() - text.trim_start().len());
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let end = rest.find(quote).unwrap_or(rest.len());
            return Some(Mapped::plain(rest.get(..end)?, offset + 1));
        }
    }
    let value = if comments { value.split(" #").next().unwrap_or_default().trim_end() } else { value };
    Some(Mapped::plain(value, offset))
}

/// Every quoted text of a list.
fn quoted(line: &str, start: usize, path: &[String], group: usize, out: &mut Vec<Field>) {
    let mut rest = line;
    let mut at = start;
    while let Some(open) = rest.find(['"', '\'']) {
        let Some(quote) = rest.get(open..).and_then(|tail| tail.chars().next()) else { return };
        let Some(inside) = rest.get(open + 1..) else { return };
        let end = inside.find(quote).unwrap_or(inside.len());
        out.push(Field {
            path: path.to_vec(),
            value: Mapped::plain(inside.get(..end).unwrap_or_default(), at + open + 1),
            group,
        });
        at += open + end + 2;
        rest = inside.get(end + 1..).unwrap_or_default();
    }
}

/// Terraform's language: `block "label" {`, `key = "value"`.
pub(super) fn hcl(text: &str) -> Vec<Field> {
    let mut out = Vec::new();
    // The length of the path before each open block.
    let mut open: Vec<usize> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut group = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') || bare.starts_with("//") {
            continue;
        }
        let head = bare.split('{').next().unwrap_or_default();
        if bare.contains('{') && !head.contains('=') && open.len() < DEPTH {
            if open.is_empty() {
                group += 1;
            }
            open.push(path.len());
            path.extend(head.split_whitespace().map(|word| word.trim_matches('"').to_string()));
        }
        let inner_start = if head.contains('=') { 0 } else { line.find('{').map_or(0, |brace| brace + 1) };
        let inner = line.get(inner_start..).unwrap_or_default();
        if let Some((key, value)) = inner.split_once('=') {
            let mut full = path.clone();
            full.push(key.trim().trim_matches('"').to_string());
            let begin = start + inner_start + key.len() + 1;
            // Without quotes it is an expression: a reference.
            if value.trim_start().starts_with('"')
                && let Some(value) = scalar(value, begin, true)
            {
                out.push(Field { path: full, value, group });
            }
        }
        if bare.ends_with('}')
            && let Some(length) = open.pop()
        {
            path.truncate(length);
        }
    }
    out
}

/// XML: the text of each element, and `<add key="…" value="…"/>`.
pub(super) fn xml(text: &str) -> Vec<Field> {
    let mut out = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut groups = 0;
    let mut group = 0;
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        let content = text.get(at..open).unwrap_or_default();
        if !content.trim().is_empty() && !path.is_empty() && out.len() < FIELDS {
            let offset = at + (content.len() - content.trim_start().len());
            out.push(Field { path: path.clone(), value: Mapped::plain(content.trim(), offset), group });
        }
        let rest = text.get(open..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(text.len(), |end| open + end + 3);
            continue;
        }
        let Some(length) = rest.find('>') else { break };
        at = open + length + 1;
        let tag = rest.get(1..length).unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            if path.last().is_some_and(|last| last == name.trim()) {
                path.pop();
            }
            continue;
        }
        if tag.starts_with(['?', '!']) {
            continue;
        }
        let name = tag.split([' ', '\t', '\n', '\r', '/']).next().unwrap_or_default().to_string();
        if ["server", "property", "repository"].contains(&name.as_str()) {
            groups += 1;
            group = groups;
        }
        if let (Some((key, _)), Some((value, offset))) = (attribute(tag, "key"), attribute(tag, "value")) {
            let mut full = path.clone();
            full.push(key.to_string());
            out.push(Field { path: full, value: Mapped::plain(value, open + 1 + offset), group });
        }
        if !tag.ends_with('/') && path.len() < DEPTH {
            path.push(name);
        }
    }
    out
}

/// An attribute's text and its offset in the tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<(&'a str, usize)> {
    let mut from = 0;
    while let Some(at) = tag.get(from..)?.find(name).map(|found| from + found) {
        let rest = tag.get(at + name.len()..)?;
        let equals = rest.trim_start();
        if let Some(value) = equals.strip_prefix('=') {
            let quoted = value.trim_start();
            let quote = quoted.chars().next().filter(|first| matches!(first, '"' | '\''))?;
            let inside = quoted.get(1..)?;
            let end = inside.find(quote)?;
            return Some((inside.get(..end)?, tag.len() - inside.len()));
        }
        from = at + name.len();
    }
    None
}

/// `.netrc`: words, `machine HOST login USER password PASS`; `macdef` up to an empty line is passed over.
pub(super) fn netrc(text: &str) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    let mut group = 0;
    let mut key: Option<&str> = None;
    let mut macro_open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut begin = at;
        at += line.len();
        macro_open &= !line.trim().is_empty();
        if macro_open || line.trim_start().starts_with('#') && key.is_none() {
            continue;
        }
        for word in line.split_inclusive([' ', '\t', '\r', '\n']) {
            let start = begin;
            begin += word.len();
            let bare = word.trim_end();
            if bare.is_empty() {
                continue;
            }
            match key.take() {
                Some(name) => {
                    let value = bare.trim_matches('"');
                    let offset = start + usize::from(bare.starts_with('"'));
                    let path = vec!["machine".to_string(), name.to_string()];
                    out.push(Field { path, value: Mapped::plain(value, offset), group });
                }
                None => match bare {
                    "machine" => {
                        group += 1;
                        key = Some("machine");
                    }
                    "default" => group += 1,
                    "login" => key = Some("login"),
                    "password" => key = Some("password"),
                    "account" => key = Some("account"),
                    "macdef" => macro_open = true,
                    _ => {}
                },
            }
        }
    }
    out
}

/// Each line a value.
pub(super) fn lines(text: &str) -> Vec<Field> {
    let mut at = 0;
    let mut out = Vec::new();
    for (group, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim();
        let offset = at + (line.len() - line.trim_start().len());
        at += line.len();
        if !bare.is_empty() && !bare.starts_with('#') {
            out.push(Field { path: Vec::new(), value: Mapped::plain(bare, offset), group });
        }
    }
    out
}

/// A program's text: `key = "value"`, `"key": 'value'`, `name['key'] = "value"`, `key "value"`; braces group them.
pub(super) fn pairs(text: &str) -> Fields {
    let mut out = Fields::default();
    let mut open = vec![out.open(None)];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_start();
        if bare.starts_with(['#', '*']) || bare.starts_with("//") {
            continue;
        }
        let mut words: Vec<&str> = Vec::new();
        let mut index = 0;
        while let Some(character) = line.get(index..).and_then(|rest| rest.chars().next()) {
            let rest = line.get(index..).unwrap_or_default();
            match character {
                '"' | '\'' | '`' => {
                    let inside = rest.get(1..).unwrap_or_default();
                    let length = inside.find(character).unwrap_or(inside.trim_end().len());
                    let value = inside.get(..length).unwrap_or_default();
                    let next = inside.get(length + 1..).unwrap_or_default().trim_start();
                    // A text in quotes is a key where a sign follows, and a value behind a key.
                    let is_key = next.starts_with([']', ':']) || next.starts_with("=>");
                    if is_key || words.is_empty() {
                        // `"gitlab.token"` in an editor's settings is a path as well.
                        words.extend(value.split('.'));
                    } else {
                        let path = words.drain(..).map(str::to_string).collect();
                        let group = open.last().copied().unwrap_or_default();
                        if out.list.len() < FIELDS {
                            out.list.push(Field { path, value: Mapped::plain(value, start + index + 1), group });
                        }
                    }
                    index += length + 2;
                }
                '{' => {
                    words.clear();
                    let parent = open.last().map(|&group| (group, 0));
                    if open.len() < DEPTH {
                        let group = out.open(parent);
                        open.push(group);
                    }
                    index += 1;
                }
                '}' => {
                    words.clear();
                    if open.len() > 1 {
                        open.pop();
                    }
                    index += 1;
                }
                ',' | ';' | ')' | '+' => {
                    words.clear();
                    index += 1;
                }
                _ if character.is_alphanumeric() || character == '_' => {
                    let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                    words.push(rest.get(..length).unwrap_or_default());
                    index += length;
                }
                _ => index += character.len_utf8(),
            }
        }
    }
    out
}

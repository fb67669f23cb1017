//! The shell's grammar, as far as it is needed to know the words.

use std::ops::Range;

use super::{
    Assignment, Command, Part, PartKind, Redirect, RedirectKind, Script, UseOf, Variable, Word, assignment, is_name,
    nested,
};

/// Substitutions deeper than this are characters.
const DEPTH: usize = 24;

/// Scripts in words of scripts in words, deeper than this, are words.
const SCRIPTS: usize = 4;

/// The longest `$[[ … ]]` that is looked for, bytes.
const INTERPOLATION: usize = 1024;

/// Words that open or close a branch or a loop; a command follows, or nothing.
const KEYWORDS: &[&str] =
    &["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac", "time"];

/// Reads a script.
#[must_use]
pub fn parse(text: &str) -> Script {
    let last_backtick = text.rfind('`').unwrap_or(0);
    let mut parser = Parser {
        text,
        at: 0,
        script: Script::default(),
        pending: Vec::new(),
        last_backtick,
        depth: 0,
        scripts: 0,
        filled_in: false,
    };
    while parser.at < text.len() {
        parser.list(End::Text);
        // A closing bracket without an opening one.
        parser.at += 1;
    }
    parser.here_documents();
    parser.script
}

/// What ends a list of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Text,
    Parenthesis,
    Backtick,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    script: Script,
    /// Here-documents whose text begins on the next line.
    pending: Vec<Pending>,
    last_backtick: usize,
    depth: usize,
    /// How many scripts we are in that are words of commands.
    scripts: usize,
    /// Has an outer shell filled in the variables, also those in single quotes?
    filled_in: bool,
}

struct Pending {
    command: usize,
    redirect: usize,
    delimiter: String,
    literal: bool,
    strip_tabs: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next_is(&self, ahead: usize, byte: u8) -> bool {
        self.text.as_bytes().get(self.at + ahead) == Some(&byte)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn list(&mut self, end: End) -> Vec<usize> {
        let mut made = Vec::new();
        let mut open = 0_usize;
        let mut reads_from = None;
        let mut current = Command::default();
        loop {
            let Some(byte) = self.peek() else {
                self.finish(&mut current, &mut reads_from, false, &mut made);
                return made;
            };
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.next_is(1, b'\n') => self.at += 2,
                b'\\' if self.rest().starts_with("\\\r\n") => self.at += 3,
                b'\n' | b';' => {
                    self.finish(&mut current, &mut reads_from, false, &mut made);
                    self.at += 1;
                    if byte == b'\n' {
                        self.here_documents();
                    }
                }
                b'|' => {
                    let pipe = !self.next_is(1, b'|');
                    self.finish(&mut current, &mut reads_from, pipe, &mut made);
                    self.at += if pipe && !self.next_is(1, b'&') { 1 } else { 2 };
                }
                b'&' if self.next_is(1, b'>') => {
                    self.at += 1;
                    self.redirect(&mut current);
                }
                b'&' => {
                    self.finish(&mut current, &mut reads_from, false, &mut made);
                    self.at += if self.next_is(1, b'&') { 2 } else { 1 };
                }
                b'(' => {
                    self.finish(&mut current, &mut reads_from, false, &mut made);
                    self.at += 1;
                    open += 1;
                }
                b')' => {
                    self.finish(&mut current, &mut reads_from, false, &mut made);
                    if open == 0 && end == End::Parenthesis {
                        return made;
                    }
                    open = open.saturating_sub(1);
                    self.at += 1;
                }
                b'`' if end == End::Backtick => {
                    self.finish(&mut current, &mut reads_from, false, &mut made);
                    return made;
                }
                b'#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                b'<' | b'>' if !self.next_is(1, b'(') => self.redirect(&mut current),
                b'0'..=b'9' if self.descriptor() => self.redirect(&mut current),
                _ => {
                    let word = self.word(end);
                    if current.words.is_empty() && current.assignments.is_empty() && current.redirects.is_empty() {
                        current.range.start = word.range.start;
                    }
                    current.range.end = word.range.end;
                    match assignment(&word) {
                        Some((name, length)) if current.words.is_empty() => {
                            let range = word.range.clone();
                            current.assignments.push(Assignment { name, value: word.without_start(length), range });
                        }
                        _ => {
                            let keyword = current.words.is_empty()
                                && word.literal().is_some_and(|text| {
                                    KEYWORDS.contains(&text.as_str()) && text.len() == word.range.len()
                                });
                            if !keyword {
                                current.words.push(word);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Puts a command away, if there is one.
    fn finish(&mut self, current: &mut Command, reads_from: &mut Option<usize>, pipe: bool, made: &mut Vec<usize>) {
        let mut command = std::mem::take(current);
        let empty = command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty();
        let index = self.script.commands.len();
        // Here-documents were noted before the command had its number.
        for pending in self.pending.iter_mut().filter(|pending| pending.command == usize::MAX) {
            pending.command = index;
        }
        if empty {
            // `done | sort`: what the loop printed comes from its last command.
            if !pipe {
                *reads_from = None;
            }
            return;
        }
        command.reads_from = reads_from.take();
        if let Some(from) = command.reads_from.and_then(|from| self.script.commands.get_mut(from)) {
            from.pipes_into = Some(index);
        }
        command.captured = self.depth > 0;
        let scripts = if self.scripts < SCRIPTS { nested::scripts(&command, self.text) } else { Vec::new() };
        let around = (nested::is_muted(&command, pipe), nested::is_elsewhere(&command));
        for (word, _) in &scripts {
            if let Some(word) = command.words.get_mut(*word) {
                nested::without_script(word);
            }
        }
        self.script.commands.push(command);
        made.push(index);
        for (_, range) in scripts {
            self.script_within(range, around);
        }
        if pipe {
            *reads_from = Some(index);
        }
    }

    /// Reads a part of the text as a script of its own; its commands stand behind the one that runs it.
    fn script_within(&mut self, range: Range<usize>, (muted, elsewhere): (bool, bool)) {
        let whole = self.text;
        let (at, first) = (self.at, self.script.commands.len());
        let pending = std::mem::take(&mut self.pending);
        self.text = whole.get(..range.end).unwrap_or_default();
        self.at = range.start;
        self.scripts += 1;
        let outer = self.text.as_bytes().get(range.start.wrapping_sub(1)) == Some(&b'"');
        let filled_in = self.filled_in;
        self.filled_in |= outer;
        while self.at < self.text.len() {
            self.list(End::Text);
            self.at += 1;
        }
        self.here_documents();
        self.scripts -= 1;
        self.filled_in = filled_in;
        (self.text, self.at, self.pending) = (whole, at, pending);
        for command in self.script.commands.iter_mut().skip(first) {
            command.captured |= muted;
            command.elsewhere |= elsewhere;
        }
    }

    /// Digits directly before `<` or `>`.
    fn descriptor(&self) -> bool {
        let after = self.rest().trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() + 2 >= self.rest().len() && after.starts_with(['<', '>'])
    }

    fn redirect(&mut self, current: &mut Command) {
        let start = self.at;
        let other = self.peek().is_some_and(|byte| byte.is_ascii_digit() && byte != b'1' && byte != b'0');
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let (sign, kind) = [
            ("<<<", RedirectKind::Here),
            ("<<-", RedirectKind::Here),
            ("<<", RedirectKind::Here),
            ("<>", RedirectKind::Read),
            ("<&", RedirectKind::Other),
            ("<", RedirectKind::Read),
            (">>", RedirectKind::Write),
            (">|", RedirectKind::Write),
            (">&", RedirectKind::Other),
            (">", RedirectKind::Write),
        ]
        .into_iter()
        .find(|(sign, _)| self.rest().starts_with(sign))
        .unwrap_or((">", RedirectKind::Write));
        self.at += sign.len();
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let target = self.word(End::Text);
        if current.words.is_empty() && current.assignments.is_empty() && current.redirects.is_empty() {
            current.range.start = start;
        }
        current.range.end = self.at;
        if sign == "<<" || sign == "<<-" {
            let literal = target.range.len() != target.literal().map_or(0, |text| text.len());
            self.pending.push(Pending {
                command: usize::MAX,
                redirect: current.redirects.len(),
                delimiter: target.literal().unwrap_or_default(),
                literal,
                strip_tabs: sign == "<<-",
            });
        }
        let kind = if other && kind == RedirectKind::Write { RedirectKind::Other } else { kind };
        current.redirects.push(Redirect { kind, target });
    }

    /// Reads the here-documents that were announced on the line before.
    fn here_documents(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let start = self.at.min(self.text.len());
            let mut end = start;
            let mut after = self.text.len();
            for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
                let bare = line.trim_end_matches(['\n', '\r']);
                let bare = if pending.strip_tabs { bare.trim_start_matches('\t') } else { bare };
                if bare == pending.delimiter {
                    after = end + line.len();
                    break;
                }
                end += line.len();
            }
            let parts = if pending.literal {
                let text = self.text.get(start..end).unwrap_or_default().to_string();
                vec![Part { range: start..end, kind: PartKind::Text(text) }]
            } else {
                // Nothing in the document reaches beyond its end.
                let whole = self.text;
                self.text = whole.get(..end).unwrap_or_default();
                self.at = start;
                let parts = self.parts(Within::Document);
                self.pending.clear();
                self.text = whole;
                parts
            };
            self.at = after;
            let mut target = Word { range: start..end, parts };
            let reader = self.script.commands.get(pending.command).filter(|_| self.scripts < SCRIPTS);
            if let Some(reader) = reader.filter(|command| nested::reads_script(command, !pending.literal)) {
                let around = (nested::is_muted(reader, reader.pipes_into.is_some()), nested::is_elsewhere(reader));
                nested::without_script(&mut target);
                self.script_within(start..end, around);
            }
            let redirect = self
                .script
                .commands
                .get_mut(pending.command)
                .and_then(|command| command.redirects.get_mut(pending.redirect));
            if let Some(redirect) = redirect {
                redirect.target = target;
            }
        }
    }

    fn word(&mut self, end: End) -> Word {
        let start = self.at;
        let mut parts = Vec::new();
        loop {
            parts.extend(self.parts(Within::Word(end)));
            match self.peek() {
                Some(b'\'') if self.filled_in => {
                    self.at += 1;
                    parts.extend(self.parts(Within::Single));
                    self.at = (self.at + 1).min(self.text.len());
                }
                Some(b'\'') => {
                    let from = self.at;
                    let inside = self.rest().get(1..).unwrap_or_default();
                    let length = inside.find('\'').unwrap_or(inside.len());
                    let text = inside.get(..length).unwrap_or_default().to_string();
                    self.at = (from + 2 + length).min(self.text.len());
                    parts.push(Part { range: from + 1..from + 1 + length, kind: PartKind::Text(text) });
                }
                Some(b'"') => {
                    self.at += 1;
                    let before = parts.len();
                    parts.extend(self.parts(Within::Quotes));
                    if parts.len() == before {
                        parts.push(Part { range: self.at..self.at, kind: PartKind::Text(String::new()) });
                    }
                    if self.peek() == Some(b'"') {
                        self.at += 1;
                    }
                }
                Some(b'<' | b'>') if self.next_is(1, b'(') => {
                    let from = self.at;
                    self.at += 2;
                    let commands = self.nested(End::Parenthesis);
                    parts.push(Part { range: from..self.at, kind: PartKind::Commands(commands) });
                }
                _ => break,
            }
        }
        if self.at == start {
            // A character that begins nothing must not hold the reader up.
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            let text = self.text.get(start..self.at).unwrap_or_default().to_string();
            parts.push(Part { range: start..self.at, kind: PartKind::Text(text) });
        }
        Word { range: start..self.at, parts: join(parts) }
    }

    /// Commands up to their closing sign, which is passed over.
    fn nested(&mut self, end: End) -> Vec<usize> {
        self.depth += 1;
        let commands = self.list(end);
        self.depth -= 1;
        self.at = (self.at + 1).min(self.text.len());
        commands
    }

    /// Characters and expansions up to what ends them.
    fn parts(&mut self, within: Within) -> Vec<Part> {
        let mut out = Vec::new();
        let mut text = String::new();
        let mut from = self.at;
        macro_rules! flush {
            () => {
                if !text.is_empty() {
                    out.push(Part { range: from..self.at, kind: PartKind::Text(std::mem::take(&mut text)) });
                }
            };
        }
        while let Some(character) = self.rest().chars().next() {
            if within.ends_at(character) {
                break;
            }
            match character {
                '\\' => {
                    let next = self.rest().chars().nth(1);
                    let length = next.map_or(0, char::len_utf8);
                    match next {
                        Some('\n') => {}
                        Some('\r') if self.rest().starts_with("\\\r\n") => self.at += 1,
                        Some(next) if within.escapes(next) => text.push(next),
                        Some(next) => {
                            text.push('\\');
                            text.push(next);
                        }
                        None => text.push('\\'),
                    }
                    self.at += 1 + length;
                }
                '`' if self.at < self.last_backtick && self.depth < DEPTH => {
                    flush!();
                    let start = self.at;
                    self.at += 1;
                    let commands = self.nested(End::Backtick);
                    out.push(Part { range: start..self.at, kind: PartKind::Commands(commands) });
                    from = self.at;
                }
                '$' | '%' => {
                    let start = self.at;
                    let before = self.at;
                    match self.expansion() {
                        Some(kind) => {
                            let after = std::mem::replace(&mut self.at, before);
                            flush!();
                            self.at = after;
                            out.push(Part { range: start..self.at, kind });
                            from = self.at;
                        }
                        None => {
                            self.at = before + 1;
                            text.push(character);
                        }
                    }
                }
                _ => {
                    text.push(character);
                    self.at += character.len_utf8();
                }
            }
            if text.is_empty() && out.last().is_none_or(|part: &Part| part.range.end == self.at) {
                from = self.at;
            }
        }
        flush!();
        out
    }

    /// What a `$` or `%` begins; `None` when it is a character like others.
    fn expansion(&mut self) -> Option<PartKind> {
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix('%') {
            let (name, _) = after.split_once('%')?;
            // Shorter or lower-case ones are formats: `date +%Y%m%d`.
            let batch = name.len() >= 3 && is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase());
            return batch.then(|| {
                self.at += name.len() + 2;
                variable(name, UseOf::Value)
            });
        }
        if rest.starts_with("$[[") {
            let near = rest.as_bytes().get(..INTERPOLATION.min(rest.len()))?;
            let close = near.windows(2).position(|pair| pair == b"]]" || pair.first() == Some(&b'\n'))?;
            if near.get(close) != Some(&b']') {
                return None;
            }
            self.at += close + 2;
            return Some(PartKind::Input);
        }
        if rest.starts_with("$((") {
            let length = rest.find("))").map_or(rest.len(), |at| at + 2);
            self.at += length;
            return Some(PartKind::Input);
        }
        if rest.starts_with("$(") {
            if self.depth >= DEPTH {
                return None;
            }
            self.at += 2;
            return Some(PartKind::Commands(self.nested(End::Parenthesis)));
        }
        if rest.starts_with("${") {
            return Some(self.braces());
        }
        let after = rest.strip_prefix('$')?;
        let (prefix, after) = match after.get(..4) {
            Some(env) if env.eq_ignore_ascii_case("env:") => (4, after.get(4..)?),
            _ => (0, after),
        };
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let name = after.get(..length).filter(|name| is_name(name))?;
        let kind = variable(name, UseOf::Value);
        self.at += 1 + prefix + length;
        Some(kind)
    }

    /// `${…}`.
    fn braces(&mut self) -> PartKind {
        self.at += 2;
        let length_of = self.peek() == Some(b'#');
        if matches!(self.peek(), Some(b'#' | b'!')) {
            self.at += 1;
        }
        if self.rest().get(..4).is_some_and(|env| env.eq_ignore_ascii_case("env:")) {
            self.at += 4;
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name: Box<str> = rest.get(..length).unwrap_or_default().into();
        self.at += length;
        let operator: String = self.rest().chars().take(2).collect();
        let (use_of, sign) = match operator.as_bytes() {
            _ if length_of => (UseOf::Nothing, 0),
            [b':', b'-' | b'=' | b'?'] => (UseOf::Value, 2),
            [b'-' | b'=' | b'?', ..] => (UseOf::Value, 1),
            [b':', b'+'] => (UseOf::Nothing, 2),
            [b'+', ..] => (UseOf::Nothing, 1),
            [b'}', ..] | [] => (UseOf::Value, 0),
            _ => (UseOf::Changed, 0),
        };
        self.at += sign;
        let is_message = operator.contains('?') && sign > 0;
        self.depth += 1;
        let mut default = Vec::new();
        while self.depth < DEPTH {
            default.extend(self.parts(Within::Braces));
            match self.peek() {
                Some(b'\'' | b'"') => self.at += 1,
                _ => break,
            }
        }
        self.depth -= 1;
        if self.peek() != Some(b'}') {
            self.at += self.rest().find('}').unwrap_or(self.rest().len());
        }
        self.at = (self.at + 1).min(self.text.len());
        if sign == 0 || is_message {
            default.clear();
        }
        PartKind::Variable(Variable { name, use_of, default })
    }
}

fn variable(name: &str, use_of: UseOf) -> PartKind {
    PartKind::Variable(Variable { name: name.into(), use_of, default: Vec::new() })
}

/// What a run of characters stands in.
#[derive(Clone, Copy)]
enum Within {
    /// No quotes.
    Word(End),
    /// `"…"`.
    Quotes,
    /// `${NAME:-…}`.
    Braces,
    /// `'…'` in a script that stood in double quotes: the outer shell has filled in its variables.
    Single,
    /// A here-document.
    Document,
}

impl Within {
    fn ends_at(self, character: char) -> bool {
        match self {
            Self::Word(end) => {
                matches!(character, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '\'' | '"')
                    || character == '`' && end == End::Backtick
            }
            Self::Quotes => character == '"',
            Self::Single => character == '\'',
            Self::Braces => matches!(character, '}' | '\'' | '"' | '\n'),
            Self::Document => false,
        }
    }

    /// Does a backslash before this character vanish?
    fn escapes(self, next: char) -> bool {
        match self {
            Self::Word(_) | Self::Braces => true,
            Self::Quotes | Self::Single => matches!(next, '$' | '`' | '"' | '\\'),
            Self::Document => matches!(next, '$' | '`' | '\\'),
        }
    }
}

/// Neighbouring characters become one part, so that `a"b"c` begins with `abc`.
fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match (out.last_mut(), part.kind) {
            (Some(Part { range, kind: PartKind::Text(text) }), PartKind::Text(more)) => {
                text.push_str(&more);
                *range = range_of(range, &part.range);
            }
            (_, kind) => out.push(Part { range: part.range, kind }),
        }
    }
    out
}

fn range_of(first: &Range<usize>, last: &Range<usize>) -> Range<usize> {
    first.start..last.end.max(first.end)
}

//! What must hold of each form of output, whatever names, projects and descriptions an input brings: nothing of it acts in the
//! program that shows it.

use std::collections::BTreeSet;

/// Escapes, other controls, and characters that turn the direction of text or cannot be seen.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Nothing but the line ends acts in a terminal or an editor.
pub fn quiet(form: &str, text: &str) {
    if let Some((at, bad)) = text.char_indices().find(|&(_, character)| acts(character)) {
        let from = (0..=at.saturating_sub(60)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
        panic!("{form}: a character that acts came out: {bad:?} behind {:?}", &text[from..at]);
    }
}

/// As [`quiet`], for text that has the renderer's own colours and weights.
pub fn quiet_in_colour(form: &str, text: &str) {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((style, rest)) if style.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') => {
                out.push_str(rest)
            }
            _ => {
                out.push('\u{1b}');
                out.push_str(part);
            }
        }
    }
    quiet(form, &out);
}

/// Tags that the HTML report and the drawings are made of, with the attributes that can lead somewhere.
const TAGS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "footer",
    "section",
    "article",
    "nav",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
    "strong",
    "em",
    "span",
    "div",
    "a",
    "details",
    "summary",
    "figure",
    "figcaption",
    "svg",
    "g",
    "rect",
    "line",
    "path",
    "text",
    "circle",
    "desc",
    "defs",
    "marker",
    "b",
    "i",
    "small",
    "br",
    "hr",
    "tspan",
    "polyline",
    "polygon",
    "ellipse",
    "use",
    "abbr",
    "time",
    "mark",
    "kbd",
    "samp",
    "bdi",
];

/// Markup that holds none of the input's: only these tags, no handler, and links to web pages only.
pub fn markup(form: &str, page: &str) {
    let tags: BTreeSet<&str> = TAGS.iter().copied().collect();
    for (at, _) in page.match_indices('<') {
        let rest = &page[at + 1..];
        if rest.starts_with("!DOCTYPE html>") || rest.starts_with("!doctype html>") {
            continue;
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        assert!(tags.contains(name), "{form}: <{name}> came out");
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let mut quoted = tag.split('"');
        while let Some(outside) = quoted.next() {
            for word in outside.split_whitespace() {
                assert!(!word.to_ascii_lowercase().starts_with("on"), "{form}: a handler came out: {tag}");
            }
            let value = quoted.next().unwrap_or_default().trim_start().to_ascii_lowercase();
            if outside.ends_with("href=") || outside.ends_with("src=") {
                assert!(value.starts_with("https://") || value.starts_with('#'), "{form}: a link to {value}");
            }
        }
    }
}

/// Rows of equal length, and no cell that a spreadsheet would run.
pub fn table(form: &str, text: &str) {
    quiet(form, text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for row in reader.records() {
        let row = row.unwrap_or_else(|error| panic!("{form}: {error}"));
        for cell in &row {
            let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
            assert!(
                !shown.starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'])
                    && !cell.starts_with(['\t', '\r']),
                "{form}: a spreadsheet would run the cell {cell:?}"
            );
        }
    }
}

/// Markdown that draws no markup, no image, no link but those of the program's own references, and mentions nobody.
pub fn prose(form: &str, text: &str) {
    quiet(form, text);
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.trim_start().bytes().take_while(|&byte| byte == b'`').count();
        match fence {
            Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some(ticks),
            None => plain_line(form, line),
        }
    }
}

/// A line outside of fences: what acts is escaped, or between two backquotes.
fn plain_line(form: &str, line: &str) {
    let mut rest = line.strip_prefix("- <https://").map_or(line, |link| link.trim_end_matches('>'));
    let mut shown = String::new();
    while let Some(at) = rest.find(['\\', '`']) {
        shown.push_str(&rest[..at]);
        if rest[at..].starts_with('\\') {
            let next = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
            rest = &rest[at + 1 + next..];
        } else {
            let run = rest[at..].bytes().take_while(|&byte| byte == b'`').count();
            let ticks = &rest[at..at + run];
            let Some(end) = rest[at + run..].find(ticks) else {
                panic!("{form}: a backquote without a partner: {line:?}");
            };
            rest = &rest[at + run + end + run..];
        }
    }
    shown.push_str(rest);
    for bad in ["<", "![", "](", "@"] {
        assert!(!shown.contains(bad), "{form}: {bad:?} acts in {line:?}");
    }
}

/// A calendar: every line is a property, or goes on one, and ends as it has to.
pub fn calendar(form: &str, text: &str) {
    const PROPERTIES: &[&str] = &[
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "METHOD",
        "NAME",
        "X-WR-CALNAME",
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "CATEGORIES",
        "TRANSP",
        "TRIGGER",
        "ACTION",
        "URL",
        "CLASS",
        "STATUS",
        "REFRESH-INTERVAL",
        "DURATION",
        "SEQUENCE",
    ];
    quiet(form, &text.replace("\r\n", "\n"));
    for line in text.split_terminator("\r\n") {
        let name = &line[..line.find([':', ';']).unwrap_or(0)];
        assert!(line.starts_with(' ') || PROPERTIES.contains(&name), "{form}: no property: {line:?}");
    }
}

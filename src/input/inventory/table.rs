//! Tables: CSV with any separator, `glab`'s tables, Markdown tables.
//!
//! GitLab's own CSV exports have known columns. Others are home made: their columns are found by name, and what was taken
//! for what is said.

use std::borrow::Cow;
use std::ops::Range;

use super::closing::Fixes;
use super::collect::Collector;
use super::fields::Fields;
use super::json::Outline;
use super::key::{Known, firsts, print, same_key};
use super::shape::Shape;
use crate::context::Context;
use crate::input::{Reading, Unread};
use crate::say;
use crate::source::{Source, Span};
use crate::text::{Name, Text};

/// The header is one of the first lines.
const HEADER_LINES: usize = 12;

/// How cells are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// By a character, with quotes as in RFC 4180.
    Separator(u8),
    /// By the column at which the header's words begin, in characters.
    Columns,
}

/// What one column is.
#[derive(Clone, Debug)]
struct Column {
    /// The header's word.
    title: String,
    /// The API's name of the field; `None` for a column that is not used.
    field: Option<&'static str>,
    /// First character, for [`Cut::Columns`].
    start: usize,
}

/// A table's form.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    cut: Cut,
    columns: Vec<Column>,
    /// Where the header begins and where the rows begin.
    pub(super) header: usize,
    pub(super) rows: usize,
    /// Some column has a name of its own.
    home_made: bool,
    /// Columns that are known.
    pub(super) known: usize,
}

impl Layout {
    /// Is it GitLab's download of who used the job token?
    pub(super) fn is_authentication_log(&self) -> bool {
        self.columns.iter().any(|column| column.field == Some("origin_project_path"))
    }
}

/// Names of columns that people use, beside the API's own, each with the API's field that it means.
const OTHERS: [(&str, &str); 26] = [
    ("token id", "id"),
    ("token name", "name"),
    ("user", "owner_username"),
    ("owner", "owner_username"),
    ("login", "owner_username"),
    ("owner username", "owner_username"),
    ("scope", "scopes"),
    ("permissions", "scopes"),
    ("created", "created_at"),
    ("created on", "created_at"),
    ("creation date", "created_at"),
    ("last used", "last_used_at"),
    ("last used on", "last_used_at"),
    ("last use", "last_used_at"),
    ("expires", "expires_at"),
    ("expires on", "expires_at"),
    ("expiry", "expires_at"),
    ("expiry date", "expires_at"),
    ("expiration", "expires_at"),
    ("expiration date", "expires_at"),
    ("is revoked", "revoked"),
    ("is active", "active"),
    ("status", "state"),
    ("role", "access_level"),
    ("env", "environment_scope"),
    ("environment", "environment_scope"),
];

static OTHER_NAMES: Known<26> = Known::new(firsts(&OTHERS));

/// Names of the API's fields, and of GitLab's own CSV columns, that a table may have.
static FIELDS: Known<79> = Known::new([
    "id",
    "name",
    "description",
    "username",
    "user_id",
    "scopes",
    "created_at",
    "last_used_at",
    "expires_at",
    "revoked",
    "active",
    "expired",
    "state",
    "access_level",
    "impersonation",
    "granular",
    "resource_type",
    "resource_id",
    "token",
    "key",
    "value",
    "variable_type",
    "protected",
    "masked",
    "hidden",
    "raw",
    "expanded",
    "environment_scope",
    "title",
    "can_push",
    "usage_type",
    "fingerprint_sha256",
    "origin_project_path",
    "last_authorized_at",
    "author_id",
    "author_name",
    "entity_id",
    "entity_type",
    "entity_path",
    "target_id",
    "target_type",
    "target_details",
    "action",
    "ip_address",
    "path_with_namespace",
    "visibility",
    "archived",
    "url",
    "enable_ssl_verification",
    "runner_type",
    "status",
    "is_admin",
    "bot",
    "last_activity_on",
    "email",
    "path",
    "type",
    "last_activity",
    "group or project name",
    "role",
    "role type",
    "membership type",
    "membership status",
    "membership source",
    "access granted",
    "access expiration",
    "access expired",
    "max role",
    "source",
    "author email",
    "inherited memberships",
    "last_used",
    "agent_id",
    "application_id",
    "callback_url",
    "confidential",
    "paused",
    "locked",
    "tag_list",
]);

/// Columns that alone make a table of tokens or settings plausible; `id`, `name` and `status` any table may have.
static TELLING: Known<13> = Known::new([
    "scopes",
    "expires_at",
    "revoked",
    "last_used_at",
    "access_level",
    "masked",
    "environment_scope",
    "origin_project_path",
    "entity_type",
    "access granted",
    "max role",
    "can_push",
    "last_authorized_at",
]);

/// Is the text a table with columns that are known here?
pub(super) fn layout(text: &str) -> Option<Layout> {
    let mut at = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1).chain([text.len()]);
    for end in ends.take(HEADER_LINES) {
        let header = at;
        let Some(line) = text.get(header..end).filter(|line| !line.is_empty()) else { break };
        at = end;
        let words = line.trim_start_matches('\u{feff}').trim();
        if words.is_empty() || words.starts_with(['{', '[', '<']) || words.starts_with("HTTP/") {
            if words.is_empty() {
                continue;
            }
            return None;
        }
        if let Some(layout) = header_line(line, header, at) {
            return Some(layout);
        }
    }
    None
}

/// A heading as it stands in a line: its words, and the character it begins at.
type Heading<'a> = (Cow<'a, str>, usize);

fn header_line(line: &str, header: usize, rows: usize) -> Option<Layout> {
    // Only where the sign stands in it can there be two columns.
    let present = [b',', b';', b'\t', b'|'].into_iter().filter(|separator| line.as_bytes().contains(separator));
    let separated = present.map(|separator| {
        let cells = header_cells(line, separator);
        (Cut::Separator(separator), cells.into_iter().map(|title| (title, 0)).collect::<Vec<_>>())
    });
    let aligned = may_be_headings(line).then(|| (Cut::Columns, words_at(line)));
    let mut best: Option<(usize, Layout)> = None;
    for (cut, titles) in separated.chain(aligned) {
        if titles.len() < 2 {
            continue;
        }
        let fields = fields_of(&titles);
        let known = fields.iter().flatten().count();
        // Most lines of most texts are left here.
        if known < 2 || known * 2 < titles.len() || !fields.iter().flatten().any(|field| TELLING.has(field)) {
            continue;
        }
        let titles = titles.into_iter().zip(fields);
        let mut columns: Vec<Column> =
            titles.map(|((title, start), field)| Column { field, title: title.into_owned(), start }).collect();
        let has = |columns: &[Column], field: &str| columns.iter().any(|column| column.field == Some(field));
        if has(&columns, "scopes") && (has(&columns, "last_used_at") || has(&columns, "created_at")) {
            // Deploy tokens have a user name of their own, and no such dates: here it is the owner's.
            let username = columns.iter_mut().find(|column| column.field == Some("username"));
            if let Some(column) = username {
                column.field = Some("owner_username");
            }
        }
        if has(&columns, "key") {
            // `glab variable list`: a variable has no scopes, but environments.
            let scope = columns.iter_mut().find(|column| same_key(clean_title(&column.title), "scope"));
            if let Some(column) = scope {
                column.field = Some("environment_scope");
            }
        }
        let home_made = columns.iter().any(|column| {
            let title = clean_title(&column.title);
            column.field.is_none_or(|field| {
                !(same_key(title, field) || field == "environment_scope" && same_key(title, "scope"))
            })
        });
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, Layout { cut, columns, header, rows, home_made, known }));
        }
    }
    best.map(|(_, layout)| layout)
}

/// The API's field for each heading.
fn fields_of(titles: &[Heading<'_>]) -> Vec<Option<&'static str>> {
    let titles: Vec<(&str, u32)> =
        titles.iter().map(|(title, _)| clean_title(title)).map(|title| (title, print(title))).collect();
    let has = |name: &str| {
        let wanted = print(name);
        titles.iter().any(|(title, print)| *print == wanted && same_key(title, name))
    };
    // The headers of GitLab's own member and event exports, whose words mean something else in a table of tokens.
    let raw = has("origin_project_path") || has("entity_type") || has("username") && !has("scopes") && !has("scope");
    titles.iter().map(|(title, print)| field_of(title, *print, raw)).collect()
}

/// Does one of the words of a line name a field? Where two blanks stand, two words may together: then it is not looked at here.
fn may_be_headings(line: &str) -> bool {
    let line = line.trim();
    let names = |word: &str| {
        let title = clean_title(word);
        let print = print(title);
        OTHER_NAMES.position(title, print).or_else(|| FIELDS.position(title, print)).is_some()
    };
    let (mut start, mut before) = (0, false);
    for (at, &byte) in line.as_bytes().iter().enumerate() {
        let blank = byte == b' ';
        if blank && (before || line.get(start..at).is_some_and(names)) {
            return true;
        }
        before = blank;
        start = if blank { at + 1 } else { start };
    }
    line.get(start..).is_some_and(names)
}

/// `Created At (UTC)` → `Created At`.
fn clean_title(title: &str) -> &str {
    // Nearly every word has nothing to take away.
    if let [first, .., last] = title.as_bytes()
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
    {
        return title;
    }
    let bare = title.trim().trim_matches(['"', '\'', '*', '`']);
    if bare.ends_with(')') { bare.trim_end_matches("(UTC)").trim() } else { bare.trim() }
}

fn field_of(title: &str, print: u32, raw: bool) -> Option<&'static str> {
    let other = || OTHER_NAMES.position(title, print).and_then(|index| OTHERS.get(index)).map(|&(_, field)| field);
    let own = || FIELDS.find(title, print);
    if raw { own().or_else(other) } else { other().or_else(own) }
}

/// The cells of a line that may be a header. Making a CSV reader costs more than reading the line, and without quotes it does
/// no more than this.
fn header_cells(line: &str, separator: u8) -> Vec<Cow<'_, str>> {
    let bare = line.trim_start_matches('\u{feff}');
    let bare = bare.strip_suffix('\n').unwrap_or(bare);
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    if memchr::memchr3(b'"', b'\r', b'\n', bare.as_bytes()).is_some() {
        return cells_of(line, separator).into_iter().map(Cow::Owned).collect();
    }
    trim_bars(bare.split(char::from(separator)).map(Cow::Borrowed).collect(), separator)
}

/// The cells of one line; quotes are undone.
fn cells_of(line: &str, separator: u8) -> Vec<String> {
    let mut reader = reader(line.trim_start_matches('\u{feff}').as_bytes(), separator);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => trim_bars(record.iter().map(str::to_owned).collect(), separator),
        _ => Vec::new(),
    }
}

/// `| a | b |` has an empty cell at each end.
fn trim_bars<T: AsRef<str>>(mut cells: Vec<T>, separator: u8) -> Vec<T> {
    if separator == b'|' {
        if cells.first().is_some_and(|cell| cell.as_ref().trim().is_empty()) {
            cells.remove(0);
        }
        if cells.last().is_some_and(|cell| cell.as_ref().trim().is_empty()) {
            cells.pop();
        }
    }
    cells
}

fn reader(bytes: &[u8], separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(bytes)
}

/// Words that two blanks or the header's style set apart, with the character each begins at.
fn words_at(line: &str) -> Vec<Heading<'_>> {
    let line = line.trim_end();
    // `LAST USED` is one heading where the columns stand two blanks apart, and two where a single blank parts them all.
    let apart = line.trim_start().contains("  ");
    let mut words: Vec<(Range<usize>, usize)> = Vec::new();
    let (mut at, mut column) = (0, 0);
    for word in line.split(' ') {
        let (start, range) = (column, at..at + word.len());
        at = range.end + 1;
        column += 1 + if word.is_ascii() { word.len() } else { word.chars().count() };
        if word.is_empty() {
            continue;
        }
        if apart
            && let Some((last, _)) = words.last_mut()
            && last.end + 1 == range.start
            && is_heading(line.get(last.start..range.end).unwrap_or_default())
        {
            last.end = range.end;
        } else {
            words.push((range, start));
        }
    }
    words.into_iter().map(|(range, start)| (Cow::Borrowed(line.get(range).unwrap_or_default()), start)).collect()
}

/// Do these words name a field?
fn is_heading(words: &str) -> bool {
    let title = clean_title(words);
    field_of(title, print(title), false).is_some()
}

/// Reads a table.
pub(super) fn read(source: &Source, context: &Context, layout: &Layout) -> Reading {
    let mut collector = Collector::new(source, context);
    let mut place = Place::begin(layout);
    block(&mut collector, layout, &mut place, true);
    close(collector, layout, &place).0
}

/// Where the reading of a table is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where the rows of this block begin.
    pub(super) rows: usize,
    /// A quote that never ends stands before: each line is by itself.
    by_line: bool,
    /// The text ends inside a row.
    cut_off: bool,
}

impl Place {
    /// Where the rows begin in the first block.
    pub(super) const fn begin(layout: &Layout) -> Self {
        Self { rows: layout.rows, by_line: false, cut_off: false }
    }
}

/// Reads the rows of one block. Gives back how much of the block is done.
pub(super) fn block(collector: &mut Collector<'_>, layout: &Layout, place: &mut Place, last: bool) -> usize {
    let rows = collector.text.get(place.rows..).unwrap_or_default();
    place.rows
        + match layout.cut {
            Cut::Separator(separator) => separated(collector, layout, rows, separator, place, last),
            Cut::Columns => aligned(collector, layout, whole_lines(rows, last), place.rows),
        }
}

/// Without the line that goes on in the next block.
fn whole_lines(rows: &str, last: bool) -> &str {
    let end = if last { Some(rows.len()) } else { memchr::memrchr(b'\n', rows.as_bytes()).map(|at| at + 1) };
    rows.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// Ends the reading of a table.
pub(super) fn close(mut collector: Collector<'_>, layout: &Layout, place: &Place) -> (Reading, Fixes) {
    if layout.home_made {
        let message = mapping(layout, collector.context);
        collector.unread.push(Unread { at: Some(Span::new(layout.header, layout.header)), message });
    }
    let mut format = match layout.cut {
        Cut::Separator(b',') => say!["CSV"],
        Cut::Separator(b';') => say!["CSV with semicolons"],
        Cut::Separator(b'\t') => say!["CSV with tabs"],
        Cut::Separator(_) => say!["table with bars"],
        Cut::Columns => say!["table with aligned columns"],
    };
    let kinds = collector.kinds();
    if kinds.is_empty() {
        format.push(", empty");
    } else {
        format.push(" of ").push(Text::list(&kinds, "and"));
    }
    if layout.home_made {
        format.push(", columns mapped by name");
    }
    collector.close(format, &Outline { documents: 1, cut_off: place.cut_off, ..Outline::default() })
}

/// What was taken for what.
fn mapping(layout: &Layout, context: &Context) -> Text {
    let mut read = Vec::new();
    let mut left = Vec::new();
    for column in &layout.columns {
        let title: Name = context.name(clean_title(&column.title));
        match column.field {
            Some(field) if !same_key(clean_title(&column.title), field) => {
                let field = if field == "owner_username" { "the owner's user name" } else { field };
                read.push(say!["“", title, "” as ", field]);
            }
            Some(_) => {}
            None => left.push(say!["“", title, "”"]),
        }
    }
    let mut text = say!["GitLab writes no table with these columns, so they were taken by their names"];
    if !read.is_empty() {
        text.push(": ").push(list(&read));
    }
    text.push(".");
    if !left.is_empty() {
        text.push(" Not used: ").push(list(&left)).push(".");
    }
    text.push(" An empty cell for the end or the last use was read as “never”. Check that this is what they mean.");
    text
}

fn list(parts: &[Text]) -> Text {
    let mut text = Text::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push(", ");
        }
        text.push(part);
    }
    text
}

/// No row is longer. A quote that is open for longer than this has no end.
const LONGEST_ROW: usize = 1 << 20;

/// Reads rows with separators. Gives back how much is done.
fn separated(
    collector: &mut Collector<'_>,
    layout: &Layout,
    rows: &str,
    separator: u8,
    place: &mut Place,
    last_block: bool,
) -> usize {
    if place.by_line {
        return lines(collector, layout, whole_lines(rows, last_block), separator, place.rows);
    }
    let mut reader = reader(rows.as_bytes(), separator);
    let mut record = csv::StringRecord::new();
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return rows.len(),
            // Only characters that are no UTF-8 make this fail, and the text is.
            Err(_) => {
                place.cut_off = true;
                return rows.len();
            }
        }
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(rows.len());
        let raw = rows.get(start..end).unwrap_or_default();
        let begin = start + (raw.len() - raw.trim_start_matches(['\r', '\n']).len());
        let raw = rows.get(begin..end).unwrap_or_default();
        let unfinished = end == rows.len() && !last_block;
        if unfinished && raw.len() <= LONGEST_ROW {
            return begin;
        }
        let cells = trim_bars(record.iter().map(str::to_owned).collect(), separator);
        let fits = cells.len() == layout.columns.len() || surplus_is_empty(&cells, layout);
        if unfinished || !fits && raw.trim_end().contains('\n') {
            // A quote that never ends took the following rows with it: from here on each line is by itself.
            place.by_line = true;
            let rest = rows.get(begin..).unwrap_or_default();
            return begin + lines(collector, layout, whole_lines(rest, last_block), separator, place.rows + begin);
        }
        let last = end == rows.len() && !raw.ends_with(['\n', '\r']);
        let span = Span::new(place.rows + begin, place.rows + begin + raw.trim_end().len());
        if !fits && last && cells.len() < layout.columns.len() {
            collector.skip(span, incomplete(cells.len(), layout));
            place.cut_off = true;
            return rows.len();
        }
        one(collector, layout, &cells, span, fits);
    }
}

/// Reads each line by itself; the first begins at `from`.
fn lines(collector: &mut Collector<'_>, layout: &Layout, rows: &str, separator: u8, from: usize) -> usize {
    let mut at = from;
    for line in rows.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() {
            continue;
        }
        let cells = cells_of(line, separator);
        let fits = cells.len() == layout.columns.len() || surplus_is_empty(&cells, layout);
        one(collector, layout, &cells, span, fits);
    }
    rows.len()
}

/// Spreadsheets fill short rows and add empty columns at the end.
fn surplus_is_empty(cells: &[String], layout: &Layout) -> bool {
    cells.get(layout.columns.len()..).is_some_and(|surplus| surplus.iter().all(|cell| cell.trim().is_empty()))
}

fn incomplete(cells: usize, layout: &Layout) -> Text {
    say![
        "This row has ",
        cells,
        " of ",
        layout.columns.len(),
        " columns and was left out: the table was cut off here, or a line end stands in a cell without quotes. Make the \
         export again."
    ]
}

fn one(collector: &mut Collector<'_>, layout: &Layout, cells: &[String], span: Span, fits: bool) {
    let blank = |cell: &String| cell.trim().is_empty();
    if cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | '=' | '+' | ' ')))
        || cells.iter().all(blank)
    {
        return; // The line under a header, or an empty row of a spreadsheet.
    }
    if !fits {
        let message = if cells.len() < layout.columns.len() {
            incomplete(cells.len(), layout)
        } else {
            say![
                "This row has ",
                cells.len(),
                " columns, the header ",
                layout.columns.len(),
                ": it was left out. A cell with a separator in it needs quotes; make the export again with them."
            ]
        };
        collector.skip(span, message);
        return;
    }
    let named: Vec<(String, String)> = layout
        .columns
        .iter()
        .zip(cells)
        .filter_map(|(column, cell)| {
            let field = column.field?;
            Some((field.to_owned(), plain(field, cell)))
        })
        .collect();
    row(collector, &named, span);
}

/// A cell without the guard against formulas, and with the words for "nothing" made empty.
fn plain(field: &str, cell: &str) -> String {
    let cell = cell.trim();
    let guarded = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', ';']));
    let cell = guarded.unwrap_or(cell);
    let nothing = ["null", "nil", "none", "n/a", "\\n", "never", "unlimited", "no expiry", "–", "—", "(none)"];
    let is_name = matches!(field, "name" | "description" | "title" | "key" | "value");
    if !is_name && nothing.iter().any(|word| cell.eq_ignore_ascii_case(word)) { String::new() } else { cell.to_owned() }
}

fn row(collector: &mut Collector<'_>, named: &[(String, String)], span: Span) {
    let fields = Fields::cells(collector.text, collector.context, span, named);
    match Shape::of(&fields, &collector.hints) {
        Some(shape) => collector.row(&fields, shape, ""),
        None => collector.unknown_row(span),
    }
}

/// Reads rows whose cells begin where the header's words do.
fn aligned(collector: &mut Collector<'_>, layout: &Layout, rows: &str, from: usize) -> usize {
    let starts: Vec<usize> = layout.columns.iter().map(|column| column.start).collect();
    let mut at = from;
    for line in rows.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let mut cells = vec![String::new(); starts.len()];
        let (mut column, mut before, mut torn) = (0, ' ', false);
        for (index, character) in line.chars().enumerate() {
            while starts.get(column + 1).is_some_and(|&next| index >= next) {
                torn |= before != ' ' && character != ' ';
                column += 1;
            }
            if let Some(cell) = cells.get_mut(column) {
                cell.push(character);
            }
            before = character;
        }
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        if torn {
            let message = say![
                "The columns of this row do not stand under the header's, so it was left out. Ask for JSON instead: \
                 `glab token list -F json`."
            ];
            collector.skip(span, message);
        } else if filled < 2 {
            // A closing line, as `glab` writes one.
        } else {
            one(collector, layout, &cells, span, true);
        }
    }
    rows.len()
}

//! The tables of the page: which columns, which cells, in which order. A table is walked in place: cells become words only
//! for the rows that are shown, so that 100,000 rows cost a list of numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Inventory, TokenRow};
use crate::plan::allowlist::Edge;
use crate::plan::diff::{Difference, Differences, Direction};
use crate::plan::privilege;
use crate::plan::rotation::Item;
use crate::report::csv::guard;
use crate::report::{Report, Severity};
use crate::text::Text;
use crate::time::Date;
use crate::web::answer::Index;
use crate::web::bench::Bench;
use crate::web::show::{self, Tone};
use crate::web::state::{has_terms, terms};
use crate::web::talk::{Cell, Detail, RowLook, RowTold, RowsTold, SheetId};
use crate::web::words;

/// What a column is sorted by. What is not known comes last, in either direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Days, counts.
    Number(i64),
    /// In lower case.
    Text(String),
}

/// A table.
pub(super) trait Rows {
    /// Titles of the columns.
    fn columns(&self) -> Vec<String>;
    /// Number of rows.
    fn len(&self) -> usize;
    /// The cells of a row; empty when there is no such row.
    fn cells(&self, row: usize) -> Vec<Cell>;
    /// What a row is sorted by in a column.
    fn key(&self, row: usize, column: usize) -> Option<Key> {
        self.cells(row)
            .get(column)
            .map(|cell| Key::Text(plain(cell).to_lowercase()))
            .filter(|key| *key != Key::Text(String::new()))
    }
    /// What else is known of a row.
    fn detail(&self, row: usize) -> Option<Detail>;
}

/// A cell as one text.
fn plain(cell: &Cell) -> String {
    let mut text = cell.text.clone();
    for code in &cell.codes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(code);
    }
    text
}

/// The rows that a filter lets through, in their order.
pub(super) struct Order {
    pub(super) look: RowLook,
    rows: Vec<u32>,
}

impl Order {
    /// Walks the whole table once.
    pub(super) fn new(table: &dyn Rows, look: RowLook) -> Self {
        let terms = terms(&look.query);
        let all = (0..u32::try_from(table.len()).unwrap_or(u32::MAX)).filter(|&row| {
            terms.is_empty() || {
                let texts: Vec<String> = table.cells(row as usize).iter().map(plain).collect();
                has_terms(&terms, texts.iter().map(String::as_str))
            }
        });
        let mut rows: Vec<u32> = all.collect();
        if let Some((column, descending)) = look.sort {
            let (mut known, unknown): (Vec<_>, Vec<_>) =
                rows.into_iter().map(|row| (table.key(row as usize, column), row)).partition(|(key, _)| key.is_some());
            // Rows that are equal keep their order in both directions.
            known.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
            rows = known.into_iter().chain(unknown).map(|(_, row)| row).collect();
        }
        Self { look, rows }
    }
}

/// Some rows of a table.
pub(super) fn window(table: &dyn Rows, sheet: SheetId, order: &Order, from: usize, count: usize) -> RowsTold {
    let rows = order.rows.iter().skip(from).take(count).map(|&row| RowTold { row, cells: table.cells(row as usize) });
    RowsTold {
        sheet,
        columns: table.columns(),
        total: table.len(),
        matched: order.rows.len(),
        from,
        rows: rows.collect(),
    }
}

/// The rows of an order as CSV: UTF-8, a header, cells that a spreadsheet would run guarded.
pub(super) fn csv(table: &dyn Rows, order: &Order) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail; a row of another length would, and the cells are as many as the columns.
    let _ = writer.write_record(table.columns());
    for &row in &order.rows {
        let _ = writer.write_record(table.cells(row as usize).iter().map(|cell| guard(&plain(cell))));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A table of the bench.
pub(super) fn rows(bench: &Bench, sheet: SheetId) -> Box<dyn Rows + '_> {
    match sheet {
        SheetId::Tokens => Box::new(Tokens::new(&bench.report, &bench.index)),
        SheetId::Expiry => Box::new(Expiry::new(&bench.report)),
        SheetId::HeatMap => Box::new(HeatMap::new(&bench.report)),
        SheetId::Rotation => {
            Box::new(Work(bench.rotation.as_ref().map(|plan| plan.items.as_slice()).unwrap_or_default()))
        }
        SheetId::Privilege => {
            Box::new(Enough(bench.privilege.as_ref().map(|plan| plan.items.as_slice()).unwrap_or_default()))
        }
        SheetId::Allowlist => {
            Box::new(Edges(bench.allowlist.as_ref().map(|plan| plan.edges.as_slice()).unwrap_or_default()))
        }
        SheetId::Compare => match &bench.earlier {
            Some(earlier) => Box::new(Changes(&earlier.differences)),
            None => Box::new(Work(&[])),
        },
    }
}

/// The tokens that were read, in the order of the inputs; active ones first.
pub(super) struct Tokens<'a> {
    report: &'a Report,
    rows: Vec<(usize, &'a Inventory, &'a TokenRow, bool)>,
    findings: &'a BTreeMap<usize, Index>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(report: &'a Report, findings: &'a BTreeMap<usize, Index>) -> Self {
        let rows = report.inventories.iter().flat_map(|(input, inventory)| {
            let active = inventory.tokens.iter().map(|token| (token, false));
            let inactive = inventory.inactive_tokens.iter().flatten().map(|token| (token, true));
            active.chain(inactive).map(move |(token, inactive)| (*input, inventory, token, inactive))
        });
        Self { report, rows: rows.collect(), findings }
    }

    /// The tokens of an input that an order lets through.
    pub(super) fn chosen(&self, input: usize, order: &Order) -> Vec<&'a TokenRow> {
        let rows = order.rows.iter().filter_map(|&row| self.rows.get(row as usize));
        rows.filter(|(at, ..)| *at == input).map(|(_, _, token, _)| *token).collect()
    }

    fn worst(&self, input: usize, token: &TokenRow) -> (usize, Option<Severity>) {
        let found = self.findings.get(&input).map(|index| index.of(token)).unwrap_or_default();
        let worst =
            found.iter().filter_map(|&index| self.report.findings.get(index)).map(|finding| finding.severity).min();
        (found.len(), worst)
    }
}

/// Where the columns of [`Tokens`] stand.
const FINDINGS: usize = 3;
const ROLE: usize = 5;
const USED: usize = 6;
const EXPIRES: usize = 7;

impl Rows for Tokens<'_> {
    fn columns(&self) -> Vec<String> {
        words::TOKEN_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some(&(input, inventory, token, inactive)) = self.rows.get(row) else { return Vec::new() };
        let today = self.report.today;
        let (count, worst) = self.worst(input, token);
        let findings = match worst {
            Some(severity) => Cell { severity: Some(severity), ..Cell::new(words::findings_of_row(count, severity)) },
            None => Cell { tone: Tone::Subtle, ..Cell::new(words::NONE) },
        };
        let (codes, none) = show::scopes(token);
        let scopes = Cell { codes, tone: Tone::Subtle, ..Cell::new(none.unwrap_or_default()) };
        let fact = |(text, tone): show::Fact| Cell { tone, ..Cell::new(text) };
        vec![
            named(token),
            Cell::new(show::kind(token)),
            show::owner(token, inventory).map_or_else(unknown, Cell::new),
            findings,
            scopes,
            show::role(token).map_or_else(unknown, Cell::new),
            fact(show::last_use(token, today)),
            fact(show::expiry(token, today)),
            Cell::new(show::status(token, inactive)),
        ]
    }

    fn key(&self, row: usize, column: usize) -> Option<Key> {
        let &(input, inventory, token, inactive) = self.rows.get(row)?;
        let number = |number: usize| Key::Number(i64::try_from(number).unwrap_or(i64::MAX));
        let day = |day: Date| Key::Number(day.days_since(self.report.today));
        Some(match column {
            0 => Key::Text(token.name.as_ref()?.as_str().to_lowercase()),
            1 => Key::Text(show::kind(token).to_lowercase()),
            2 => Key::Text(show::owner(token, inventory)?.to_lowercase()),
            FINDINGS => {
                // The worst first, then the most.
                let (count, worst) = self.worst(input, token);
                let worst = worst.map_or(Severity::ALL.len(), |worst| worst as usize) as i64;
                Key::Number((worst << 32) - i64::try_from(count).unwrap_or(0))
            }
            4 => number(token.scopes.as_ref()?.len()),
            ROLE => match token.role.as_ref().and_then(|role| role.level()) {
                Some(level) => Key::Number(i64::from(level.number())),
                None => Key::Text(show::role(token)?.to_lowercase()),
            },
            USED => match token.last_used_day() {
                Some(used) => day(used),
                // Longer ago than any day.
                None if token.never_used == Some(true) => Key::Number(i64::MIN),
                None => return None,
            },
            EXPIRES => match token.expires_on {
                Some(end) => day(end),
                None if token.never_expires == Some(true) => Key::Number(i64::MAX),
                None => return None,
            },
            _ => Key::Text(show::status(token, inactive)),
        })
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        let &(input, _, token, _) = self.rows.get(row)?;
        let mut facts: Vec<(String, Cell)> = self.columns().into_iter().zip(self.cells(row)).skip(1).collect();
        let mut add = |label: &str, text: Option<String>| {
            if let Some(text) = text {
                facts.push((label.to_owned(), Cell::new(text)));
            }
        };
        let name = |name: &crate::text::Name| show::visible(name.as_str(), false);
        add(words::DESCRIPTION, token.description.as_ref().map(name));
        add(words::CREATED, token.created_on.map(Date::in_words));
        let creator = token.creator.as_ref().and_then(|by| by.username.as_ref().or(by.name.as_ref()));
        add(words::CREATED_BY, creator.map(name));
        let input = self.report.inputs.get(input).map(|input| show::visible(input.name.as_str(), false));
        add(words::INPUT, input);
        let find = token.id.map(|id| id.to_string()).or_else(|| token.name.as_ref().map(name));
        let count = self.cells(row).get(FINDINGS).is_some_and(|cell| cell.severity.is_some());
        Some(Detail { title: named(token).text, facts, steps: Vec::new(), find: find.filter(|_| count) })
    }
}

fn named(token: &TokenRow) -> Cell {
    let id = token.id.map(|id| format!("{} {id}", words::ID));
    match (token.name.as_ref().map(|name| show::visible(name.as_str(), false)), id) {
        (Some(name), Some(id)) => Cell::new(format!("{name}, {id}")),
        (Some(name), None) => Cell::new(name),
        (None, Some(id)) => Cell::new(id),
        (None, None) => Cell { tone: Tone::Subtle, ..Cell::new(words::NO_NAME) },
    }
}

fn unknown() -> Cell {
    Cell { tone: Tone::Subtle, ..Cell::new(words::UNKNOWN) }
}

/// The tokens that end, the nearest day first; what is dead already is left out.
struct Expiry<'a> {
    today: Date,
    rows: Vec<(Date, &'a Inventory, &'a TokenRow)>,
}

impl<'a> Expiry<'a> {
    fn new(report: &'a Report) -> Self {
        let mut rows: Vec<_> = report
            .inventories
            .iter()
            .flat_map(|(_, inventory)| inventory.tokens.iter().map(move |token| (inventory, token)))
            .filter(|(_, token)| token.is_alive(report.today))
            .filter_map(|(inventory, token)| Some((token.expires_on?, inventory, token)))
            .collect();
        rows.sort_by_key(|(day, ..)| *day);
        Self { today: report.today, rows }
    }
}

impl Rows for Expiry<'_> {
    fn columns(&self) -> Vec<String> {
        words::EXPIRY_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some(&(day, inventory, token)) = self.rows.get(row) else { return Vec::new() };
        let left = day.days_since(self.today);
        let tone = if left <= 14 { Tone::Warning } else { Tone::Plain };
        vec![
            Cell::new(day.in_words()),
            Cell { tone, ..Cell::new(words::count(usize::try_from(left).unwrap_or(0), "day", "days")) },
            named(token),
            Cell::new(show::kind(token)),
            show::owner(token, inventory).map_or_else(unknown, Cell::new),
        ]
    }

    fn key(&self, row: usize, column: usize) -> Option<Key> {
        let &(day, inventory, token) = self.rows.get(row)?;
        Some(match column {
            0 | 1 => Key::Number(day.days_since(self.today)),
            2 => Key::Text(named(token).text.to_lowercase()),
            3 => Key::Text(show::kind(token).to_lowercase()),
            _ => Key::Text(show::owner(token, inventory)?.to_lowercase()),
        })
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        detail_of_cells(self, row, 2)
    }
}

/// Only what the row shows, in full.
fn detail_of_cells(table: &dyn Rows, row: usize, title: usize) -> Option<Detail> {
    let mut facts: Vec<(String, Cell)> = table.columns().into_iter().zip(table.cells(row)).collect();
    if title >= facts.len() {
        return None;
    }
    let (_, about) = facts.remove(title);
    Some(Detail { title: plain(&about), facts, ..Detail::default() })
}

/// How many live tokens have which scope with which role.
struct HeatMap {
    roles: Vec<String>,
    rows: Vec<(String, Vec<usize>)>,
}

impl HeatMap {
    fn new(report: &Report) -> Self {
        let mut counts: BTreeMap<String, BTreeMap<(i64, String), usize>> = BTreeMap::new();
        let mut roles = BTreeSet::new();
        let tokens = report.inventories.iter().flat_map(|(_, inventory)| &inventory.tokens);
        for token in tokens.filter(|token| token.is_alive(report.today)) {
            // The strongest role first, what has none last.
            let level = token.role.as_ref().and_then(|role| role.level()).map_or(0, |level| i64::from(level.number()));
            let role = (-level, show::role(token).unwrap_or_else(|| words::NO_ROLE.into()));
            let (scopes, none) = show::scopes(token);
            for scope in scopes.into_iter().chain(none.map(str::to_owned)) {
                *counts.entry(scope).or_default().entry(role.clone()).or_insert(0) += 1;
            }
            roles.insert(role);
        }
        let row = |by_role: &BTreeMap<(i64, String), usize>| {
            roles.iter().map(|role| by_role.get(role).copied().unwrap_or(0)).collect::<Vec<_>>()
        };
        let rows = counts.iter().map(|(scope, by_role)| (scope.clone(), row(by_role))).collect();
        Self { roles: roles.iter().map(|(_, name)| name.clone()).collect(), rows }
    }
}

impl Rows for HeatMap {
    fn columns(&self) -> Vec<String> {
        let first = std::iter::once(words::SCOPE.to_owned());
        first.chain(self.roles.iter().cloned()).chain([words::ALL_ROLES.to_owned()]).collect()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some((scope, counts)) = self.rows.get(row) else { return Vec::new() };
        let number = |count: usize| Cell {
            tone: if count == 0 { Tone::Subtle } else { Tone::Plain },
            ..Cell::new(count.to_string())
        };
        let first = Cell { codes: vec![scope.clone()], ..Cell::default() };
        std::iter::once(first)
            .chain(counts.iter().map(|&count| number(count)))
            .chain([number(counts.iter().sum())])
            .collect()
    }

    fn key(&self, row: usize, column: usize) -> Option<Key> {
        let (scope, counts) = self.rows.get(row)?;
        let Some(at) = column.checked_sub(1) else { return Some(Key::Text(scope.clone())) };
        let count = counts.get(at).copied().unwrap_or_else(|| counts.iter().sum());
        Some(Key::Number(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        let (scope, _) = self.rows.get(row)?;
        let find = Some(scope.clone());
        Some(Detail { find, ..detail_of_cells(self, row, 0)? })
    }
}

/// The rotation plan, in the order of the work.
struct Work<'a>(&'a [Item]);

impl Rows for Work<'_> {
    fn columns(&self) -> Vec<String> {
        words::ROTATION_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some(item) = self.0.get(row) else { return Vec::new() };
        let text = |text: &Text| show::visible(text.as_str(), false);
        let reasons: Vec<String> = item.reasons.iter().map(text).collect();
        vec![
            Cell::new(item.begin.in_words()),
            Cell::new(about(item)),
            item.owner.as_ref().map(text).map_or_else(unknown, Cell::new),
            Cell::new(words::decision(item.decision)),
            item.ends.map_or_else(unknown, |day| Cell::new(day.in_words())),
            Cell::new(reasons.join("; ")),
        ]
    }

    fn key(&self, row: usize, column: usize) -> Option<Key> {
        let item = self.0.get(row)?;
        let day = |day: Date| Key::Number(day.days_since(Date::MAX));
        Some(match column {
            0 => day(item.begin),
            4 => day(item.ends?),
            _ => Key::Text(plain(self.cells(row).get(column)?).to_lowercase()),
        })
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        let item = self.0.get(row)?;
        let mut detail = detail_of_cells(self, row, 1)?;
        if let Some(who) = item.who {
            detail.facts.push((words::WHO.into(), Cell::new(who)));
        }
        detail.steps = crate::report::json::advice(&item.advice());
        Some(detail)
    }
}

fn about(item: &Item) -> String {
    let name = item.name.as_ref().map(|name| show::visible(name.as_str(), false));
    let kind = item.kind.facts().name;
    let name = name.map_or_else(|| kind.to_owned(), |name| format!("{name}, {kind}"));
    item.id.map_or(name.clone(), |id| format!("{name}, {} {id}", words::ID))
}

/// The privilege plan: it can, it is seen to, enough would be.
struct Enough<'a>(&'a [privilege::Item]);

impl Rows for Enough<'_> {
    fn columns(&self) -> Vec<String> {
        words::PRIVILEGE_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some(item) = self.0.get(row) else { return Vec::new() };
        let text = |text: &Text| Cell::new(show::visible(text.as_str(), false));
        vec![
            Cell::new(words::narrowing(item.decision)),
            text(&item.heading()),
            text(&item.can),
            text(&item.seen),
            text(&item.enough_words),
        ]
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        let item = self.0.get(row)?;
        let mut detail = detail_of_cells(self, row, 1)?;
        for text in &item.not_seen {
            detail.facts.push((words::NOT_SEEN.into(), Cell::new(show::visible(text.as_str(), false))));
        }
        detail.steps = crate::report::json::advice(&item.steps);
        Some(detail)
    }
}

/// The edges of the allowlist plan.
struct Edges<'a>(&'a [Edge]);

impl Rows for Edges<'_> {
    fn columns(&self) -> Vec<String> {
        words::ALLOWLIST_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let Some(edge) = self.0.get(row) else { return Vec::new() };
        let permissions = edge.permissions.iter().map(|&permission| permission.to_owned()).collect();
        vec![
            Cell::new(show::visible(&edge.caller.to_string(), false)),
            Cell::new(show::visible(&edge.callee.to_string(), false)),
            Cell::new(words::edge(edge.decision)),
            Cell { codes: permissions, ..Cell::default() },
            Cell::new(edge.via.clone()),
            Cell::new(show::visible(edge.why.as_str(), false)),
        ]
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        let edge = self.0.get(row)?;
        let mut detail = detail_of_cells(self, row, 0)?;
        for seen in &edge.evidence {
            let place = words::place(seen.input.as_str(), seen.line, None);
            detail.facts.push((words::SEEN_IN.into(), Cell::new(show::visible(&place, false))));
        }
        Some(detail)
    }
}

/// What changed since an earlier export, and what did not.
struct Changes<'a>(&'a Differences);

impl Changes<'_> {
    fn at(&self, row: usize) -> Option<Result<&Difference, &Text>> {
        let changed = self.0.differences.len();
        match self.0.differences.get(row) {
            Some(difference) => Some(Ok(difference)),
            None => self.0.same.get(row - changed).map(Err),
        }
    }
}

impl Rows for Changes<'_> {
    fn columns(&self) -> Vec<String> {
        words::COMPARE_COLUMNS.map(str::to_owned).into()
    }

    fn len(&self) -> usize {
        self.0.differences.len() + self.0.same.len()
    }

    fn cells(&self, row: usize) -> Vec<Cell> {
        let text = |text: &Text| show::visible(text.as_str(), false);
        match self.at(row) {
            Some(Ok(difference)) => {
                let changes: Vec<String> = difference.changes.iter().map(text).collect();
                let tone = match difference.direction {
                    Direction::Worse => Tone::Danger,
                    Direction::New => Tone::Warning,
                    Direction::Changed | Direction::Better | Direction::Gone => Tone::Plain,
                };
                vec![
                    Cell { tone, ..Cell::new(words::direction(difference.direction)) },
                    Cell::new(text(&difference.about)),
                    Cell::new(changes.join("; ")),
                ]
            }
            Some(Err(about)) => {
                vec![
                    Cell { tone: Tone::Subtle, ..Cell::new(words::UNCHANGED) },
                    Cell::new(text(about)),
                    Cell::default(),
                ]
            }
            None => Vec::new(),
        }
    }

    fn detail(&self, row: usize) -> Option<Detail> {
        detail_of_cells(self, row, 1)
    }
}

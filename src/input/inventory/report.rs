//! Text reports: `gitlab-rake gitlab:tokens:analyze`, and the scripts for the Rails console that GitLab documents
//! (<https://docs.gitlab.com/security/tokens/token_troubleshooting/>).

use super::collect::Collector;
use super::fields::Fields;
use super::json::Outline;
use super::shape::Shape;
use crate::catalog::TokenType;
use crate::context::Context;
use crate::input::{Reading, Unread};
use crate::inventory::{ExpiryCount, OwnerKind, RowOwner, TokenStatus};
use crate::say;
use crate::source::{Source, Span};
use crate::time::Date;

/// Lines looked at for telling a report.
const LOOK: usize = 40;

/// Is it one of these reports?
pub(super) fn is_report(text: &str) -> bool {
    crate::input::lines(text).take(LOOK).any(|line| {
        // A banner, the word a console's line begins with, or a number: nearly every line of every other text begins with
        // something else.
        let line = line.trim_start();
        match line.as_bytes().first() {
            Some(b'=') => is_banner(line.trim_end()),
            Some(b'E' | b'N') => console_line(line.trim_end()).is_some(),
            Some(b'0'..=b'9' | b'+') => announced(line.trim_end()).is_some(),
            _ => false,
        }
    })
}

fn is_banner(line: &str) -> bool {
    line.contains("Access Token Expiration") && line.starts_with('=')
}

/// Reads a report; `None` for other texts.
pub(super) fn read(source: &Source, context: &Context) -> Option<Reading> {
    if !is_report(source.text()) {
        return None;
    }
    let mut collector = Collector::new(source, context);
    let (mut at, mut banner) = (0, false);
    for line in source.text().split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        let line = line.trim();
        banner |= is_banner(line);
        if let Some(console) = console_line(line) {
            console_row(&mut collector, &console, span);
        } else if let Some((expires_on, count)) = announced(line).or_else(|| banner.then(|| counted(line)).flatten()) {
            collector.inventory.expiry_counts.push(ExpiryCount { expires_on, count, span: Some(span) });
        }
    }
    let counts = !collector.inventory.expiry_counts.is_empty();
    let tokens = !collector.inventory.tokens.is_empty();
    if counts && !tokens {
        let message = say![
            "This report counts tokens by the day they end and names none: what they may do, whose they are and whether they are \
             used is not known. Give the list as well (GET /personal_access_tokens as an administrator)."
        ];
        collector.unread.push(Unread { at: None, message });
    }
    let format = match (tokens, banner) {
        (true, _) => say!["Rails console report of access tokens"],
        (false, true) => say!["gitlab:tokens:analyze report"],
        (false, false) => say!["Rails console report of expiry dates"],
    };
    Some(collector.finish_as(format, &Outline { documents: 1, ..Outline::default() }))
}

/// `42 Personal access tokens will expire at 2024-06-27`.
fn announced(line: &str) -> Option<(Option<Date>, u64)> {
    let (count, rest) = line.split_once(' ')?;
    let (what, day) = rest.split_once(" will expire at ")?;
    let what = what.to_ascii_lowercase();
    (what.contains("token")).then_some(())?;
    Some((Some(Date::parse(day.trim())?), count.parse().ok()?))
}

/// `| 2024-06-27 | 42 |` and `| (none) | 3 |` of the rake table.
fn counted(line: &str) -> Option<(Option<Date>, u64)> {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let (day, count) = (cells.next()?, cells.next()?);
    let count = count.parse().ok()?;
    if day == "(none)" { Some((None, count)) } else { Some((Some(Date::parse(day)?), count)) }
}

/// One line of a console report, in its parts.
struct Console<'a> {
    kind: TokenType,
    expired: bool,
    endless: bool,
    resource: Option<u64>,
    cells: Vec<(&'static str, &'a str)>,
}

/// `Expired group access token in Group ID 25, Token ID: 8, Name: Example Token, Scopes: ["read_api"], Last used: `.
fn console_line(line: &str) -> Option<Console<'_>> {
    let starts = ["Expired ", "Expiring ", "No expiration date for "];
    let (start, rest) = starts.iter().find_map(|start| Some((*start, line.strip_prefix(start)?)))?;
    let kinds = [
        ("personal access token", TokenType::PersonalAccessToken),
        ("project access token", TokenType::ProjectAccessToken),
        ("group access token", TokenType::GroupAccessToken),
    ];
    let (kind, rest) = kinds.iter().find_map(|(words, kind)| Some((*kind, rest.trim_start().strip_prefix(words)?)))?;
    let place = |word: &str| -> Option<u64> {
        let (_, rest) = rest.split_once(word)?;
        rest.split(',').next()?.trim().parse().ok()
    };
    let resource = place("in Project ID ").or_else(|| place("in Group ID "));
    let mut cells = Vec::new();
    // A name may hold commas and anything else: it ends where the scopes begin, the last time.
    let (head, tail) = rest.rsplit_once(", Scopes: ").unwrap_or((rest, ""));
    let (ids, name) = head.split_once(", Name: ").map_or((head, None), |(ids, name)| (ids, Some(name)));
    let id = ids.rsplit_once("Token ID: ").or_else(|| ids.split_once("ID: ")).map(|(_, id)| id);
    if let Some(id) = id {
        cells.push(("id", id.split(',').next().unwrap_or_default()));
    }
    if let Some((_, email)) = ids.split_once("User Email: ") {
        cells.push(("user_email", email.split(',').next().unwrap_or_default()));
    }
    if let Some(name) = name {
        cells.push(("name", name));
    }
    if let Some((scopes, used)) = tail.split_once(", Last used:") {
        cells.push(("scopes", scopes));
        cells.push(("last_used_at", used));
    } else if !tail.is_empty() {
        cells.push(("scopes", tail));
    }
    (!cells.is_empty()).then_some(Console {
        kind,
        expired: start == "Expired ",
        endless: start.starts_with("No"),
        resource,
        cells,
    })
}

fn console_row(collector: &mut Collector<'_>, console: &Console<'_>, span: Span) {
    let mut cells: Vec<(String, String)> =
        console.cells.iter().map(|(key, cell)| ((*key).into(), cell.trim().into())).collect();
    if console.endless {
        cells.push(("expires_at".into(), String::new()));
    }
    let fields = Fields::cells(collector.text, collector.context, span, &cells);
    collector.row(&fields, Shape::AccessToken, "");
    let Some(row) = collector.inventory.tokens.last_mut() else { return };
    row.kind = console.kind;
    row.project_or_group = false;
    if console.expired {
        row.status = Some(TokenStatus::Expired);
    }
    let kind = match console.kind {
        TokenType::ProjectAccessToken => OwnerKind::Project,
        TokenType::GroupAccessToken => OwnerKind::Group,
        _ => OwnerKind::User,
    };
    if let Some(id) = console.resource {
        row.resource = Some(RowOwner { kind, id: Some(id), ..RowOwner::default() });
    }
    if let Some(email) = fields.name("user_email") {
        row.owner = Some(RowOwner { kind, username: None, name: Some(email), ..RowOwner::default() });
    }
}

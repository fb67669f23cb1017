//! Names: of the successor, of the owner, of a day.

use crate::catalog::TokenType;
use crate::inventory::OwnerKind;
use crate::rules::row::Row;
use crate::say;
use crate::text::{Name, NotStr, Say, Text};
use crate::time::Date;

/// Whose a token is, in words.
pub(in crate::plan) fn owner(row: &Row<'_>) -> Option<Text> {
    if let Some(owner) = row.owner() {
        return Some(say![owner]);
    }
    match (row.owner_kind(), row.owner_id()) {
        (OwnerKind::Project, Some(id)) => Some(say!["project ", id]),
        (OwnerKind::Group, Some(id)) => Some(say!["group ", id]),
        _ => row.token.user_id.filter(|_| row.is_personal()).map(|id| say!["user ", id]),
    }
}

/// The deploy token of this name goes to every job by itself
/// (<https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>).
pub(super) const INJECTED: &str = "gitlab-deploy-token";

pub(super) fn is_injected(row: &Row<'_>) -> bool {
    row.kind() == TokenType::DeployToken && row.token.name.as_ref().is_some_and(|name| name.as_str() == INJECTED)
}

/// `mirror-push-2026-11`: the old name without earlier marks, and the month, so that two in a list can be told apart.
pub(in crate::plan) fn new_name(row: &Row<'_>, begin: Date) -> Text {
    let old = row.token.name.as_ref().map_or("token", Name::as_str);
    if is_injected(row) {
        return say![INJECTED];
    }
    let base = Name::new(without_marks(old));
    let (year, month, _) = begin.parts();
    let month = say![if month < 10 { "0" } else { "" }, month];
    let name = say![base, "-", year, "-", month];
    if name.as_str() == old { say![name, "b"] } else { name }
}

/// A name without the mark of an earlier rotation at its end: `-2026-03`, `-2026b`, `-new`, `-v2`, ` (2)`.
pub(super) fn without_marks(name: &str) -> &str {
    let mut rest = name;
    loop {
        let trimmed = rest.trim_end_matches(['-', '_', ' ', '.']);
        let start = trimmed.rfind(['-', '_', ' ', '.']).map_or(0, |at| at + 1);
        let (before, last) = trimmed.split_at_checked(start).unwrap_or(("", trimmed));
        if before.is_empty() || !is_mark(last, before) {
            return trimmed;
        }
        rest = before;
    }
}

fn is_mark(word: &str, before: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |word: &str| {
        let year = word.trim_end_matches(|last: char| last.is_ascii_lowercase());
        word.len() - year.len() <= 1 && year.len() == 4 && year.starts_with("20") && digits(year)
    };
    let bare = before.trim_end_matches(['-', '_', ' ', '.']);
    let behind_year = bare.rsplit(['-', '_', ' ', '.']).take(2).any(is_year);
    let lower = word.to_ascii_lowercase();
    let month = lower.trim_end_matches('b');
    ["new", "old", "next", "rotated"].contains(&lower.as_str())
        || lower.strip_prefix('v').is_some_and(digits)
        || lower.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).is_some_and(digits)
        || is_year(&lower)
        || (month.len() <= 2 && digits(month) && behind_year)
}

/// `Tue 24 Nov 2026`.
pub(super) struct Day(pub(super) Date);

impl Say for Day {
    fn say(&self, out: &mut String) {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let weekday = usize::from(self.0.weekday()).saturating_sub(1);
        let words = self.0.in_words();
        let mut parts = words.split(' ');
        out.push_str(DAYS.get(weekday).copied().unwrap_or_default());
        for part in parts.by_ref().take(2) {
            out.push(' ');
            out.push_str(part.get(..3).unwrap_or(part));
        }
        out.push(' ');
        out.push_str(parts.next().unwrap_or_default());
    }
}
impl NotStr for Day {}

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::order;
use crate::report::{Advice, Confidence, Finding};
use crate::say;

rule! {
    /// Two live tokens of one owner have the same scopes and the same name, or names that differ by a mark of rotation only
    /// (`-new`, `-old`, `-v2`, `-2026b`, `(2)`), and were made at different times: the older one was not ended.
    ///
    /// It is medium; likely with such a mark, possible where the names are the same and the days of making are a week or more
    /// apart (two machines may share a name). Where the source does not say when they were made, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// A rotation ends with the old token's end. Until then every copy of the old value still works: in the variable that was
    /// forgotten, in the backup, with the colleague who left. The reason for rotating is still there.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 503, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-09-10T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z",
    ///   "expires_at": "2026-12-30", "user_id": 9001, "resource_type": "project", "resource_id": 318},
    ///  {"id": 611, "name": "mirror-push-2026b", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-11-10T08:00:00.000Z", "last_used_at": "2026-11-20T06:00:00.000Z",
    ///   "expires_at": "2027-01-30", "user_id": 9002, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 503, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": false,
    ///   "revoked": true, "created_at": "2026-09-10T08:00:00.000Z", "last_used_at": "2026-11-09T06:00:00.000Z",
    ///   "expires_at": "2026-12-30", "user_id": 9001, "resource_type": "project", "resource_id": 318},
    ///  {"id": 611, "name": "mirror-push-2026b", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-11-10T08:00:00.000Z", "last_used_at": "2026-11-20T06:00:00.000Z",
    ///   "expires_at": "2027-01-30", "user_id": 9002, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Compare the last use of both. While the old one still moves, something holds the old value: find and switch it. When it
    /// has stood still for a week, revoke it. Do not call its rotate endpoint: that would make a third token, and calling it on
    /// the dead one later makes GitLab end the live token that came from it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/api/personal_access_tokens/#automatic-reuse-detection>
    /// - <https://docs.gitlab.com/user/project/settings/project_access_tokens/>
    "rotation-unfinished", "two live tokens for one purpose", Medium, Check::Inventory(check),
}

/// Tokens with one name made nearer to each other than this are taken for two machines set up together.
const APART_DAYS: i64 = 7;

/// Words at the end of a name that tell the token before from the one after.
const MARKS: [&str; 12] =
    ["new", "old", "next", "prev", "previous", "current", "copy", "rotated", "rotation", "backup", "tmp", "temp"];

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let mut groups: BTreeMap<_, Vec<Row<'_>>> = BTreeMap::new();
    for token in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
        let Some(row) = Row::alive(judgement, inventory, token) else { continue };
        if let Some(key) = key(&row) {
            groups.entry(key).or_default().push(row);
        }
    }
    for mut group in groups.into_values() {
        order::sort_by_key(&mut group, |row| (row.token.created_on, row.token.id));
        let Some((newest, older)) = group.split_last() else { continue };
        for old in older {
            findings.extend(finding(old, newest));
        }
    }
}

/// What two tokens for one purpose have in common: whose they are, their scopes, and their name without marks.
fn key<'a>(row: &Row<'a>) -> Option<impl Ord + Hash + use<'a>> {
    let (name, scopes) = (row.token.name.as_ref()?, row.token.scopes.as_ref()?);
    row.token.created_on?;
    let mut scopes: Vec<&str> = scopes.iter().map(crate::catalog::Scope::as_str).collect();
    order::sort(&mut scopes);
    scopes.dedup();
    // Permissions of fine-grained tokens are not compared: their one scope says nothing.
    if scopes.is_empty() || row.scopes().is_none() {
        return None;
    }
    let owner = (row.kind(), row.path(), row.owner_id(), row.user_of_a_person());
    Some((owner, purpose(name.as_str()), scopes))
}

/// A number that rows for one purpose share, to find them in a list that is too long to be kept.
pub(crate) fn purpose_number(row: &Row<'_>) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    key(row)?.hash(&mut hasher);
    Some(hasher.finish())
}

fn finding(old: &Row<'_>, new: &Row<'_>) -> Option<Finding> {
    let (first, second) = (old.token.created_on?, new.token.created_on?);
    let apart = second.days_since(first);
    let marked = old.token.name != new.token.name;
    if apart < if marked { 1 } else { APART_DAYS } {
        return None;
    }
    let mut message = say![old.opening(), " was made on ", first, ", and ", new.name(), " with the same scopes on ", second, "; both are live."];
    let switched = match (old.token.last_used_day(), new.token.last_used_day(), new.token.never_used) {
        (Some(used), Some(_), _) if used > second => {
            message.push(" The older one was last used on ").push(used).push(", after the newer one was made: something still holds it.");
            false
        }
        (Some(used), Some(later), _) => {
            message.push(" The older one was last used on ").push(used).push(", the newer one on ").push(later);
            message.push(": the switch looks done. GitLab writes these times at most every ten minutes; a monthly job would look the same.");
            true
        }
        (_, None, Some(true)) => {
            message.push(" The newer one has never been used: the switch was not made.");
            false
        }
        _ => {
            message.push(" When each was last used is not shown.");
            false
        }
    };
    match old.token.expires_on {
        Some(end) => message.push(" The older one ends by itself on ").push(end).push("."),
        None => &mut message,
    };
    if !marked {
        message.push(" They may also serve two machines: then give each a name of its own.");
    }
    let mut advice = vec![old.ask_consumers()];
    if !switched {
        advice.push(Advice::step(say!["Switch what still uses the older one to ", new.name(), ", and watch Last used of both for a week."]));
    }
    advice.push(old.revoke_replaced());
    let title = say![Capital(old.kind().facts().name), " still live after its replacement"];
    let confidence = if marked { Confidence::Likely } else { Confidence::Possible };
    Some(old.finding(&RULE, title, message, advice).confidence(confidence))
}

impl<'a> Row<'a> {
    /// Whose personal token it is; bots have a new user for each token, so theirs says nothing.
    fn user_of_a_person(&self) -> Option<u64> {
        self.token.user_id.filter(|_| self.is_personal())
    }
}

/// A name without the marks of rotation at its end: `Mirror push (2)`, `mirror-push-new`, `mirror_push_2026b` and
/// `mirror-push-2026-03` all become `mirror push`. A lone number stays: `node-1` and `node-2` are two nodes.
fn purpose(name: &str) -> String {
    let lower = name.to_lowercase();
    let mut words: Vec<&str> = lower.split(|character: char| !character.is_alphanumeric() && !"()".contains(character)).collect();
    words.retain(|word| !word.is_empty());
    while words.len() > 1 && words.last().is_some_and(|word| is_mark(word)) {
        words.pop();
    }
    // A month and a day stand behind a year.
    if let Some(year) = words.iter().rposition(|word| is_year(word)).filter(|at| *at > 0)
        && words.iter().skip(year + 1).all(|word| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit()))
    {
        words.truncate(year);
    }
    words.join(" ")
}

fn is_mark(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let version = word.strip_prefix('v').or_else(|| word.strip_prefix("rev"));
    let copy = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    MARKS.contains(&word) || version.is_some_and(digits) || copy.is_some_and(digits) || is_year(word)
}

/// `2026`, `2026b`.
fn is_year(word: &str) -> bool {
    let year = word.trim_end_matches(|last: char| last.is_ascii_lowercase());
    word.len() - year.len() <= 1 && year.len() == 4 && year.starts_with("20") && year.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{TokenRow, TokenStatus};
    use crate::rules::sample::{good, judged, letter, only, person, personal, project, scopes, today};
    use crate::text::Name;

    fn made(id: u64, name: &str, days_ago: i64, used_days_ago: i64) -> TokenRow {
        TokenRow {
            id: Some(id),
            name: Some(Name::new(name)),
            created_on: Some(today().plus_days(-days_ago)),
            last_used_at: None,
            last_used_on: Some(today().plus_days(-used_days_ago)),
            ..good()
        }
    }

    fn findings(rows: Vec<TokenRow>) -> Vec<Finding> {
        only("rotation-unfinished", judged(project(rows)))
    }

    #[test]
    fn what_the_user_sees() {
        let done = findings(vec![made(611, "mirror-push-2026b", 10, 0), made(503, "mirror-push", 60, 11)]);
        insta::assert_snapshot!(letter(&done[0]));
        let not_done = findings(vec![made(503, "mirror-push", 60, 1), made(611, "mirror-push", 10, 0)]);
        insta::assert_snapshot!(letter(&not_done[0]));
    }

    #[test]
    fn names_without_marks_of_rotation() {
        for name in ["Mirror push (2)", "mirror-push-new", "mirror_push_2026b", "mirror-push-2026-03", "mirror push v2 old", "MIRROR PUSH"] {
            assert_eq!(purpose(name), "mirror push", "{name}");
        }
        assert_eq!(purpose("node-1"), "node 1");
        assert_eq!(purpose("new"), "new");
        assert_eq!(purpose("2026"), "2026");
        assert_eq!(purpose("()"), "()");
        assert_eq!(purpose("***"), "");
        assert_eq!(purpose("2026-03"), "2026 03");
    }

    #[test]
    fn made_together_is_not_one_after_the_other() {
        assert!(findings(vec![made(1, "site", 20, 1), made(2, "site", 14, 0)]).is_empty());
        assert_eq!(findings(vec![made(1, "site", 20, 1), made(2, "site", 13, 0)]).len(), 1);
        assert!(findings(vec![made(1, "site-old", 20, 1), made(2, "site-new", 20, 0)]).is_empty());
        assert_eq!(findings(vec![made(1, "site-old", 20, 1), made(2, "site-new", 19, 0)]).len(), 1);
    }

    #[test]
    fn each_older_one_is_told_once_and_the_newest_not() {
        let found = findings(vec![made(1, "site", 80, 1), made(2, "site-new", 50, 1), made(3, "site-v3", 10, 0)]);
        let ids: Vec<_> = found.iter().map(|finding| finding.identity()).collect();
        assert_eq!(found.len(), 2);
        assert!(ids.iter().all(|id| !id.ends_with(":3")), "{ids:?}");
    }

    #[test]
    fn other_purposes_scopes_owners_and_dead_tokens_are_not_meant() {
        let two = |change: fn(&mut TokenRow)| {
            let mut second = made(2, "site", 10, 0);
            change(&mut second);
            findings(vec![made(1, "site", 60, 1), second])
        };
        assert_eq!(two(|_| {}).len(), 1);
        assert!(two(|row| row.name = Some(Name::new("shop"))).is_empty());
        assert!(two(|row| row.scopes = scopes("read_registry")).is_empty());
        assert!(two(|row| row.scopes = None).is_empty());
        assert!(two(|row| row.created_on = None).is_empty());
        assert!(two(|row| row.status = Some(TokenStatus::Revoked)).is_empty());
        let of = |id, user| TokenRow { kind: crate::catalog::TokenType::PersonalAccessToken, user_id: Some(user), ..made(id, "site", 10 * id as i64, 0) };
        let list = Inventory { tokens: vec![of(1, 7), of(2, 8)], ..Inventory::default() };
        assert!(only("rotation-unfinished", judged(list)).is_empty(), "two people");
    }

    #[test]
    fn what_cannot_be_compared_is_left_alone() {
        let granular = |id: i64| TokenRow { granular: Some(true), scopes: scopes("granular"), created_on: Some(today().plus_days(-10 * id)), id: u64::try_from(id).ok(), ..personal() };
        assert!(only("rotation-unfinished", judged(person(vec![granular(1), granular(3)]))).is_empty());
    }
}

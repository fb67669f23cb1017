use std::collections::BTreeMap;

use super::row::Row;
use super::settings::{Settings, Thing};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::{Advice, Finding, Severity, SubjectId};
use crate::say;
use crate::source::Span;
use crate::text::{Name, Text};
use crate::time::Date;

rule! {
    /// Many tokens end on one day: five or more, and a fifth or more of all that are alive.
    ///
    /// Low; medium where the day is no more than 30 days away. A count by day, as `gitlab:tokens:analyze` prints it, is judged
    /// the same way.
    ///
    /// ## Why it matters
    ///
    /// When many are made or rotated on one day, they end on one day, and whatever nobody thought of breaks at 00:00 UTC, all at
    /// once. Spread over weeks, each is a small piece of work.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 1, "name": "docs", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-31",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318},
    ///  {"id": 2, "name": "site", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-31",
    ///   "user_id": 9002, "resource_type": "project", "resource_id": 318},
    ///  {"id": 3, "name": "shop", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-31",
    ///   "user_id": 9003, "resource_type": "project", "resource_id": 318},
    ///  {"id": 4, "name": "wiki", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-31",
    ///   "user_id": 9004, "resource_type": "project", "resource_id": 318},
    ///  {"id": 5, "name": "news", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-31",
    ///   "user_id": 9005, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 1, "name": "docs", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-03",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318},
    ///  {"id": 2, "name": "site", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": false,
    ///   "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2027-03-10",
    ///   "user_id": 9002, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Replace a few each week before that day, those first that would hurt most, and give the new ones different end dates.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/administration/raketasks/tokens/>
    /// - <https://docs.gitlab.com/security/tokens/token_troubleshooting/>
    "expiry-cliff", "many tokens end on one day", Low, Check::Inventory(check),
}

/// Fewer than these can be replaced in a day.
const MANY: u64 = 5;

/// So many of a day are named.
const NAMED: usize = 5;

/// And they have to be one of so many that are alive, or a long list would always have such days.
const SHARE: u64 = 5;

/// Nearer than this, there is little time left to spread them.
const NEAR_DAYS: i64 = 30;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    let today = judgement.context.today;
    let mut days = Days::default();
    inventory.tokens.iter().filter_map(|token| Row::alive(judgement, inventory, token)).for_each(|row| days.add(&row));
    days.judge(&settings, findings);
    let counted: Vec<_> = inventory.expiry_counts.iter().filter(|row| row.expires_on.is_none_or(|day| day > today)).collect();
    let alive = counted.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
    for row in counted {
        if let Some(day) = row.expires_on.filter(|_| is_cliff(row.count, alive)) {
            findings.push(finding(&settings, day, row.count, alive, &[], row.span));
        }
    }
}

/// Live tokens by the day they end; of the tokens themselves only the first names.
#[derive(Default)]
pub(crate) struct Days {
    alive: u64,
    days: BTreeMap<Date, Day>,
}

#[derive(Default)]
struct Day {
    count: u64,
    names: Vec<Text>,
    span: Option<Span>,
}

impl Days {
    /// Counts a live token.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        self.alive += 1;
        let Some(day) = row.token.expires_on else { return };
        let day = self.days.entry(day).or_default();
        day.count += 1;
        if day.names.is_empty() {
            day.span = row.token.span;
        }
        if day.names.len() < NAMED {
            day.names.push(row.name());
        }
    }

    /// The days on which many end.
    fn judge(&self, settings: &Settings<'_>, findings: &mut Vec<Finding>) {
        for (date, day) in self.days.iter().filter(|(_, day)| is_cliff(day.count, self.alive)) {
            findings.push(finding(settings, *date, day.count, self.alive, &day.names, day.span));
        }
    }
}

/// Judges what was counted while a long list went by.
pub(crate) fn judge_days(judgement: &Judgement<'_>, inventory: &Inventory, days: &Days, findings: &mut Vec<Finding>) {
    days.judge(&Settings::new(judgement, inventory), findings);
}

const fn is_cliff(count: u64, alive: u64) -> bool {
    count >= MANY && count.saturating_mul(SHARE) >= alive
}

fn finding(settings: &Settings<'_>, day: Date, count: u64, alive: u64, names: &[Text], span: Option<Span>) -> Finding {
    let days = day.days_since(settings.judgement.context.today);
    let mut message = say![count, " of ", alive, " live tokens", settings.inside(), " end at 00:00 UTC of ", day, ", in ", days, if days == 1 { " day" } else { " days" }];
    let more = count.saturating_sub(names.len() as u64);
    match (names, more) {
        ([], _) => message.push("."),
        (_, 0) => message.push(": ").push(Text::list(names, "and")).push("."),
        (_, more) => {
            let mut names = names.to_vec();
            names.push(say![more, " more"]);
            message.push(": ").push(Text::list(&names, "and")).push(".")
        }
    };
    message.push(" What still holds one of them then fails, all at once.");
    let advice = vec![
        Advice::step(say!["Sort them by what would stop: those whose last use is recent and whose consumers you know come first."]),
        Advice::step(say!["Replace a few each week before that day: the new one beside the old, switch, watch Last used, and let the old one end by itself."]),
        Advice::step(say!["Give the new ones different end dates, a week apart. A rotate call without `expires_at` sets seven days for each."]),
    ];
    let id = Name::new(&day.to_string());
    let thing = Thing { kind: "expiry_day", id: Some(SubjectId::Key(id)), name: None, span, row: None };
    let severity = if days <= NEAR_DAYS { Severity::Medium } else { RULE.severity };
    settings.finding(&RULE, thing, say![count, " tokens end on ", day], message, advice).severity(severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{ExpiryCount, TokenRow};
    use crate::rules::sample::{good, judged, letter, only, project, today};

    fn rows(number: u64, days: i64, from: u64) -> Vec<TokenRow> {
        let row = |index| TokenRow {
            id: Some(from + index),
            name: Some(Name::new(&format!("purpose {index}"))),
            expires_on: Some(today().plus_days(days)),
            ..good()
        };
        (0..number).map(row).collect()
    }

    fn of(tokens: Vec<TokenRow>) -> Vec<Finding> {
        only("expiry-cliff", judged(project(tokens)))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(rows(7, 45, 1))[0]));
    }

    #[test]
    fn five_and_a_fifth_are_many() {
        assert!(of(rows(4, 45, 1)).is_empty());
        assert_eq!(of(rows(5, 45, 1)).len(), 1);
        let among = |others: u64| {
            let mut all = rows(5, 45, 1);
            (0..others).for_each(|index| all.extend(rows(1, 50 + index.cast_signed(), 100 + index)));
            of(all).len()
        };
        assert_eq!(among(20), 1);
        assert_eq!(among(21), 0);
    }

    #[test]
    fn dead_and_endless_tokens_are_not_on_the_cliff() {
        assert!(of(rows(9, 0, 1)).is_empty());
        let endless = rows(9, 45, 1).into_iter().map(|row| TokenRow { expires_on: None, never_expires: Some(true), ..row });
        assert!(of(endless.collect()).is_empty());
    }

    #[test]
    fn a_near_day_is_worse_and_two_days_are_two_findings() {
        assert_eq!(of(rows(5, 30, 1))[0].severity, Severity::Medium);
        assert_eq!(of(rows(5, 31, 1))[0].severity, Severity::Low);
        let mut two = rows(5, 45, 1);
        two.extend(rows(6, 46, 10));
        let found = of(two);
        assert_eq!(found.len(), 2);
        assert_ne!(found[0].identity(), found[1].identity());
    }

    #[test]
    fn a_count_by_day_is_judged_too() {
        let count = |days: Option<i64>, count| ExpiryCount { expires_on: days.map(|days| today().plus_days(days)), count, span: None };
        let of = |expiry_counts| only("expiry-cliff", judged(Inventory { expiry_counts, ..Inventory::default() })).len();
        assert_eq!(of(vec![count(Some(40), 12), count(None, 3)]), 1);
        assert_eq!(of(vec![count(None, 12)]), 0);
        assert_eq!(of(vec![count(Some(-1), 12)]), 0);
        assert_eq!(of(vec![count(Some(40), u64::MAX), count(Some(41), u64::MAX)]), 2);
    }
}

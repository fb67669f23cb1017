use super::row::{Capital, Row};
use super::{Check, Judgement, rule, runner};
use crate::input::credential_file::CredentialFile;
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Advice, Finding, Severity};
use crate::say;

rule! {
    /// A live token ends within 14 days, or GitLab's page marks it so without showing the day.
    ///
    /// It is medium, and high when it ends within a week and was used in the last 30 days: then something stops soon. It is low
    /// for a token that nothing seems to use (see `token-unused`): letting it end is right.
    ///
    /// ## Why it matters
    ///
    /// A token is dead from 00:00 UTC of its end date, not from the evening of that day. Pipelines, mirrors and deployments
    /// that use it fail from then on, often with a 401 or 404 that does not mention the token. Under pressure people make the
    /// next one wide and long; two weeks are enough to make it narrower instead.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 505, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-09-01T08:00:00.000Z", "last_used_at": "2026-11-20T06:00:00.000Z",
    ///   "expires_at": "2026-11-24", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ```toml credential-file config.toml
    /// [[runners]]
    ///   name = "shared-01"
    ///   url = "https://gitlab.example.com"
    ///   token_expires_at = 2026-11-24T00:00:00Z
    ///   executor = "docker"
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 505, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 30, "active": true,
    ///   "revoked": false, "created_at": "2026-11-01T08:00:00.000Z", "last_used_at": "2026-11-20T06:00:00.000Z",
    ///   "expires_at": "2027-01-30", "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Make the next token beside it before it ends, with no more scopes and no higher role than it needs, move its users
    /// over, and let the old one end. Where one place alone holds it, rotate it; through the API give `expires_at`, or the new
    /// one ends after seven days.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/profile/personal_access_tokens/#access-token-expiration>
    /// - <https://docs.gitlab.com/api/personal_access_tokens/#rotate-a-personal-access-token>
    "token-expires-soon", "a live token ends within two weeks", Medium,
    Check::Several(&[Check::Row(check), Check::CredentialFile(runners)]),
}

/// Used within so many days: in use.
const IN_USE_DAYS: i64 = 30;
/// Too near for a planned change.
const URGENT_DAYS: i64 = 7;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow, findings: &mut Vec<Finding>) {
    let Some(row) = Row::alive(judgement, inventory, token) else { return };
    let (end, left) = match (token.expires_on, row.days_left()) {
        (Some(end), Some(left)) if left <= judgement.context.thresholds.expires_soon_days => (Some(end), Some(left)),
        // Some layouts show only GitLab's own mark, without the day.
        (None, _) if token.expiring_soon == Some(true) => (None, None),
        _ => return,
    };
    let in_words = match left {
        Some(1) => say!["tomorrow"],
        Some(days) => say!["in ", days, " days"],
        None => say!["soon"],
    };
    let mut message = match end {
        Some(end) => say![row.opening(), " is dead from 00:00 UTC of ", end, ", ", in_words, "."],
        None => say![
            row.opening(), " is marked by GitLab as ending soon, which it does when two weeks or less are left. The page does not show \
             the day; the API does. From 00:00 UTC of that day it is dead."
        ],
    };
    message.push(row.use_in_words());
    if row.used_within(IN_USE_DAYS) {
        message.push(" So something is using it and will fail then.");
    } else if token.last_used_day().is_some() || token.never_used == Some(true) {
        message.push(" Nothing shows that it is in daily use; a monthly job would look the same.");
    } else {
        message.push(" The source does not show whether it is in use.");
    }
    let which = if row.is_unused() { "it" } else { "the old one" };
    let let_it_end = Advice::step(match end {
        Some(end) => say!["Let ", which, " end by itself on ", end, ": nothing has to be revoked."],
        None => say!["Let ", which, " end by itself: nothing has to be revoked."],
    });
    let advice = if row.is_unused() {
        vec![row.ask_consumers(), let_it_end]
    } else {
        let make = row.make(say![
            "the next one beside it before that day, with no more than it needs, ending on ",
            row.new_end(),
            "."
        ]);
        let mut advice = vec![row.ask_consumers(), make, row.switch(), let_it_end];
        advice.extend(row.rotate());
        advice
    };
    let urgent = left.is_some_and(|left| left <= URGENT_DAYS) && row.used_within(IN_USE_DAYS);
    let severity = match (row.is_unused(), urgent) {
        (true, _) => Severity::Low,
        (false, true) => Severity::High,
        (false, false) => RULE.severity,
    };
    let title = say![Capital(row.kind().facts().name), " ends ", in_words];
    findings.push(row.finding(&RULE, title, message, advice).severity(severity));
}

/// A runner renews its own token while it runs, so one that is about to end means that it does not run, or that this is a copy.
fn runners(judgement: &Judgement<'_>, file: &CredentialFile, findings: &mut Vec<Finding>) {
    for runner in &file.runners {
        let Some((end, span)) = runner.token_expires else { continue };
        let left = end.date().days_since(judgement.context.today);
        if left > judgement.context.thresholds.expires_soon_days {
            continue;
        }
        let ends = if left < 0 { "ended" } else { "ends" };
        let message = say![
            "The runner authentication token of ", runner::name(runner), " ", ends, " on ", end, ". A runner renews its token by itself \
             before that, as long as it runs and may write this file. So it does not run, it may not write, or this is an old copy."
        ];
        let advice = vec![
            Advice::step(say!["See whether the runner is online, and since when it was not."]).at(say!["Settings > CI/CD > Runners"]),
            Advice::step(say![
                "If it is meant to live on: start it, and look in its log for the renewal. If the token has ended, create the runner again and \
                 register it with the new token."
            ]),
        ];
        let title = say!["Runner authentication token ", ends, " on ", end.date()];
        let finding = runner::finding(judgement, &RULE, span, title, message, advice, runner::about(runner));
        findings.push(finding.severity(Severity::Low));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::runner::sample::of as of_config;
    use crate::rules::sample::{good, letter, of, today};

    fn ending(days: i64) -> TokenRow {
        TokenRow { expires_on: Some(today().plus_days(days)), ..good() }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("token-expires-soon", ending(4))[0]));
    }

    #[test]
    fn two_weeks_are_soon_and_a_day_more_is_not() {
        assert!(of("token-expires-soon", ending(15)).is_empty());
        assert_eq!(of("token-expires-soon", ending(14))[0].severity, Severity::Medium);
        assert_eq!(of("token-expires-soon", ending(8))[0].severity, Severity::Medium);
        assert_eq!(of("token-expires-soon", ending(7))[0].severity, Severity::High);
        assert_eq!(of("token-expires-soon", ending(1))[0].severity, Severity::High);
    }

    #[test]
    fn gitlabs_mark_is_enough_where_the_day_is_not_shown() {
        let marked = TokenRow { expires_on: None, expiring_soon: Some(true), ..good() };
        let findings = of("token-expires-soon", marked);
        assert_eq!(findings[0].severity, Severity::Medium, "how soon is not known");
        assert!(findings[0].message.as_str().contains("does not show the day"));
        let unmarked = TokenRow { expires_on: None, expiring_soon: Some(false), ..good() };
        assert!(of("token-expires-soon", unmarked).is_empty());
        // A day that is shown counts for more than a mark.
        assert!(of("token-expires-soon", TokenRow { expiring_soon: Some(true), ..ending(30) }).is_empty());
    }

    #[test]
    fn on_its_day_it_is_already_dead() {
        assert!(of("token-expires-soon", ending(0)).is_empty());
        assert!(of("token-expires-soon", ending(-1)).is_empty());
    }

    #[test]
    fn what_nothing_uses_may_end() {
        let long_ago = today().plus_days(-91);
        let row = TokenRow { last_used_at: None, last_used_on: Some(long_ago), created_on: Some(long_ago), ..ending(3) };
        let findings = of("token-expires-soon", row);
        assert_eq!(findings[0].severity, Severity::Low);
        assert!(findings[0].advice.iter().all(|step| step.command.is_none() && !step.destructive));
    }

    #[test]
    fn a_runners_own_end_is_told() {
        let lines = |day: &str| {
            let text = format!("[[runners]]\n  name = \"a\"\n  token_expires_at = {day}T00:00:00Z\n");
            let found = of_config("token-expires-soon", &text);
            found.iter().map(|finding| (finding.place.unwrap().line, finding.severity)).collect::<Vec<_>>()
        };
        assert_eq!(lines("2026-11-25"), [(3, Severity::Low)]);
        assert_eq!(lines("2026-01-25"), [(3, Severity::Low)]);
        assert_eq!(lines("2027-01-25"), []);
        assert_eq!(lines("0001-01-01"), []);
    }

    #[test]
    fn unknown_use_is_said_and_not_urgent() {
        let row = TokenRow { last_used_at: None, never_used: None, ..ending(3) };
        let findings = of("token-expires-soon", row);
        assert_eq!(findings[0].severity, Severity::Medium);
        assert!(findings[0].message.as_str().contains("does not show whether"));
    }
}

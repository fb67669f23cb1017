use super::row::{Capital, Row};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, TokenRow, TokenStatus};
use crate::report::{Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;
use crate::time::Date;

rule! {
    /// What a row says of a token's state does not fit together: active though its end date has passed, revoked and active,
    /// not active without a reason, used after its end or before it was made.
    ///
    /// It is medium where the row contradicts itself. An end date that has passed can also mean that the export is older than
    /// that day: then it is low and possible, unless another row of the same source is from a later day. Not active without a
    /// reason is low. Settings pages show days in the viewer's time zone, so one day is allowed for.
    ///
    /// ## Why it matters
    ///
    /// A list that is wrong about one token may hide a live one. Behind a contradiction can stand a blocked owner, an old
    /// export, a clock that is off, a token edited in the database, or a defect. A person who trusts "revoked" stops looking.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 511, "name": "ended", "scopes": ["read_repository"], "access_level": 20, "active": true, "revoked": true,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-access-tokens.json
    /// [{"id": 511, "name": "ended", "scopes": ["read_repository"], "access_level": 20, "active": false, "revoked": true,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-19T06:00:00.000Z", "expires_at": "2026-12-30",
    ///   "user_id": 9001, "resource_type": "project", "resource_id": 318}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask GitLab again and compare. If it can still be used and should not be, revoke it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/api/personal_access_tokens/>
    /// - <https://docs.gitlab.com/user/profile/personal_access_tokens/#access-token-expiration>
    "token-state-inconsistent", "what is said of a token's state does not fit together", Medium, Check::Inventory(check),
}

/// One contradiction: what it is, and how much it weighs.
struct Contradiction {
    words: Text,
    severity: Severity,
    confidence: Confidence,
    /// The next step that goes with it, beside asking again.
    hint: Option<&'static str>,
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let all = || inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten());
    // The source cannot be older than the newest day in it.
    let made = all().flat_map(|token| [token.created_on, token.last_used_day()]).flatten();
    let newest = made.filter(|day| *day <= judgement.context.today).max();
    for token in all() {
        let row = Row::new(judgement, inventory, token);
        let contradictions = contradictions(&row, newest);
        if let Some(finding) = finding(&row, &contradictions) {
            findings.push(finding);
        }
    }
}

fn contradictions(row: &Row<'_>, newest: Option<Date>) -> Vec<Contradiction> {
    let token = row.token;
    let flags = token.flags;
    let today = row.today();
    let zone = i64::from(row.is_local_time());
    let mut out = Vec::new();
    let mut say = |words, severity, confidence, hint| out.push(Contradiction { words, severity, confidence, hint });
    let active = flags.active.unwrap_or(token.status == Some(TokenStatus::Active));
    let revoked = flags.revoked == Some(true);
    if active && revoked {
        say(say!["it is said to be revoked and active at once"], Severity::Medium, Confidence::Certain, None);
    }
    if active && flags.expired == Some(true) {
        say(say!["it is said to be expired and active at once"], Severity::Medium, Confidence::Certain, None);
    }
    match token.expires_on {
        Some(end) if active && !revoked && end.plus_days(zone) <= today => {
            if newest.is_some_and(|day| day > end) {
                let words = say!["it is said to be active though it ended on ", end, ", and the source is from a later day"];
                say(words, Severity::Medium, Confidence::Likely, None);
            } else {
                let words = say!["it is said to be active though it ended on ", end, ", unless the source is older than that day"];
                say(words, Severity::Low, Confidence::Possible, Some("If the source is an older export, make a new one and check that."));
            }
        }
        Some(end) if flags.expired == Some(true) && end > today => {
            say(say!["it is said to be expired though its end is ", end], Severity::Medium, Confidence::Certain, None);
        }
        None if flags.expired == Some(true) && token.never_expires == Some(true) => {
            say(say!["it is said to be expired though it has no end date"], Severity::Medium, Confidence::Certain, None);
        }
        _ => {}
    }
    let ended = token.expires_on.is_some_and(|end| end <= today);
    if flags.active == Some(false) && flags.revoked == Some(false) && flags.expired != Some(true) && !ended && has_end(token) {
        let hint = if token.granular == Some(true) {
            "Fine-grained tokens are inactive where the instance has them switched off: ask an administrator before it is taken for dead."
        } else {
            "Look whether its owner is blocked: the token works again when the owner does. If it should be over, revoke it now."
        };
        say(say!["it is not active, though neither revoked nor at its end"], Severity::Low, Confidence::Likely, Some(hint));
    }
    if let (Some(used), Some(end)) = (token.last_used_day(), token.expires_on)
        && used > end.plus_days(zone)
    {
        let hint = "Something used it after its end: look through the audit events and the access log of that day.";
        say(say!["it was last used on ", used, ", after its end on ", end], Severity::Medium, Confidence::Likely, Some(hint));
    }
    if let (Some(used), Some(made)) = (token.last_used_day(), token.created_on)
        && used.plus_days(zone) < made
    {
        say(say!["it was last used on ", used, ", before it was made on ", made], Severity::Low, Confidence::Likely, None);
    }
    if let (Some(end), Some(made)) = (token.expires_on, token.created_on)
        && end.plus_days(zone) < made
    {
        say(say!["its end on ", end, " is before the day it was made, ", made], Severity::Low, Confidence::Likely, None);
    }
    out
}

/// Does the source say when it ends, or that it does not? A row that leaves it out may well have ended.
fn has_end(token: &TokenRow) -> bool {
    token.expires_on.is_some() || token.never_expires == Some(true)
}

fn finding(row: &Row<'_>, contradictions: &[Contradiction]) -> Option<Finding> {
    let worst = contradictions.iter().min_by_key(|one| (one.severity, one.confidence))?;
    let words: Vec<Text> = contradictions.iter().map(|one| one.words.clone()).collect();
    let message = say![row.opening(), ": ", Text::list(&words, "and"), ". Whether it can still be used is not known from this."];
    let mut advice = vec![row.look_again()];
    for hint in contradictions.iter().filter_map(|one| one.hint) {
        advice.push(Advice::step(say![hint]));
    }
    let mut revoke = row.revoke();
    revoke.text = say!["If it can still be used and should not be: tell the consumers first, then end it. ", revoke.text];
    advice.push(revoke);
    let title = say![Capital(row.kind().facts().name), " whose state does not fit together"];
    Some(row.finding(&RULE, title, message, advice).severity(worst.severity).confidence(worst.confidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Flags;
    use crate::rules::sample::{good, judged, letter, of, only, project, today};

    fn flags(active: bool, revoked: bool, expired: Option<bool>) -> Flags {
        Flags { active: Some(active), revoked: Some(revoked), expired }
    }

    fn with(row: TokenRow) -> Vec<Finding> {
        of("token-state-inconsistent", row)
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with(TokenRow { flags: flags(true, true, None), ..good() })[0]));
        let blocked = TokenRow { flags: flags(false, false, None), status: Some(TokenStatus::Inactive), ..good() };
        insta::assert_snapshot!(letter(&with(blocked)[0]));
    }

    #[test]
    fn ordinary_states_fit_together() {
        let past = Some(today().plus_days(-3));
        let earlier = Some(today().plus_days(-9));
        for row in [
            TokenRow { flags: flags(true, false, Some(false)), ..good() },
            TokenRow { flags: flags(false, true, Some(false)), ..good() },
            TokenRow { flags: flags(false, true, Some(true)), expires_on: past, last_used_at: None, last_used_on: earlier, ..good() },
            TokenRow {
                flags: flags(false, false, None),
                status: Some(TokenStatus::Expired),
                expires_on: past,
                last_used_at: None,
                last_used_on: earlier,
                ..good()
            },
            TokenRow { flags: flags(false, false, None), expires_on: None, never_expires: None, ..good() },
            good(),
        ] {
            let findings = with(row);
            assert!(findings.is_empty(), "{}", letter(&findings[0]));
        }
    }

    #[test]
    fn an_old_export_is_not_taken_for_a_contradiction() {
        let old = TokenRow {
            flags: flags(true, false, None),
            expires_on: Some(today().plus_days(-3)),
            last_used_at: None,
            last_used_on: Some(today().plus_days(-9)),
            ..good()
        };
        let findings = with(old.clone());
        assert_eq!((findings[0].severity, findings[0].confidence), (Severity::Low, Confidence::Possible));
        let findings = only("token-state-inconsistent", judged(project(vec![old, good()])));
        assert_eq!((findings[0].severity, findings[0].confidence), (Severity::Medium, Confidence::Likely));
    }

    #[test]
    fn it_ends_at_the_first_moment_of_its_day() {
        let ending = |days| TokenRow {
            flags: flags(true, false, None),
            expires_on: Some(today().plus_days(days)),
            last_used_at: None,
            last_used_on: Some(today().plus_days(-9)),
            ..good()
        };
        assert_eq!(with(ending(0)).len(), 1);
        assert!(with(ending(1)).is_empty());
    }

    #[test]
    fn a_use_after_the_end_is_told() {
        let row = TokenRow {
            flags: flags(false, false, Some(true)),
            status: Some(TokenStatus::Expired),
            expires_on: Some(today().plus_days(-3)),
            ..good()
        };
        let findings = with(row);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.as_str().contains("after its end"));
    }

    #[test]
    fn one_finding_a_row_with_all_that_does_not_fit() {
        let row = TokenRow {
            flags: flags(true, true, Some(true)),
            created_on: Some(today().plus_days(60)),
            ..good()
        };
        let findings = with(row);
        assert_eq!(findings.len(), 1);
        let message = findings[0].message.as_str();
        for part in ["revoked and active", "expired and active", "before it was made", "before the day it was made"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}

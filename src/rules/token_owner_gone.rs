use std::collections::HashMap;

use super::row::{Capital, Row};
use super::settings::{OwnerCalls, Settings, Thing, last_step};
use super::{Check, Judgement, rule};
use crate::catalog::{UserState, kept_out};
use crate::inventory::{Inventory, TriggerToken};
use crate::report::{Advice, Confidence, Finding, Severity, SubjectId};
use crate::say;
use crate::text::Name;

rule! {
    /// A live token's owner is blocked, banned or deactivated, or the owner of a trigger token has lost access to the project.
    ///
    /// The owner's state has to stand in the same input: a list of users or members beside the tokens. A trigger token's row says
    /// it by itself; that is low.
    ///
    /// ## Why it matters
    ///
    /// Such a token is refused for now, and comes back to life with its owner: when a blocked account is opened for an hour, or a
    /// deactivated person signs in. Nobody who is there watches it. And whatever still uses it is broken already.
    ///
    /// ## Bad
    ///
    /// ```json inventory tokens-and-users.json
    /// {"users": [{"id": 8, "username": "kim", "name": "Kim Old", "state": "blocked"}],
    ///  "personal_access_tokens": [{"id": 77, "name": "laptop", "scopes": ["read_user"], "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-01T06:00:00.000Z", "expires_at": "2027-01-30",
    ///   "user_id": 8}]}
    /// ```
    ///
    /// ```json inventory project-318-triggers.json
    /// [{"id": 7, "description": "left the company", "created_at": "2024-01-01T00:00:00.000Z", "last_used": null,
    ///   "token": "abcd", "has_token_exposed": false, "can_access_project": false,
    ///   "owner": {"id": 8, "username": "kim", "name": "Kim Old"}}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory tokens-and-users.json
    /// {"users": [{"id": 8, "username": "kim", "name": "Kim", "state": "active"}],
    ///  "personal_access_tokens": [{"id": 77, "name": "laptop", "scopes": ["read_user"], "active": true, "revoked": false,
    ///   "created_at": "2026-10-01T08:00:00.000Z", "last_used_at": "2026-11-01T06:00:00.000Z", "expires_at": "2027-01-30",
    ///   "user_id": 8}]}
    /// ```
    ///
    /// ## What to do
    ///
    /// Find out what used it; its last use says whether anything did lately. Give that a token of a project, a group or a service
    /// account, which does not leave when a person does. Then revoke this one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/administration/moderate_users/>
    /// - <https://docs.gitlab.com/ci/triggers/>
    "token-owner-gone", "a live token's owner is blocked or gone", Medium, Check::Inventory(check),
}

/// Users that are kept out, by number and by name.
struct KeptOut<'a> {
    by_id: HashMap<u64, &'static UserState>,
    by_name: HashMap<&'a str, &'static UserState>,
}

impl<'a> KeptOut<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let users = inventory.users.iter().map(|user| (user.id, user.username.as_ref(), user.state.as_ref()));
        let members = inventory.members.iter().map(|member| (member.user_id, member.username.as_ref(), member.state.as_ref()));
        let mut out = Self { by_id: HashMap::new(), by_name: HashMap::new() };
        for (id, name, state) in users.chain(members) {
            let Some(state) = state.and_then(|state| kept_out(state.as_str())) else { continue };
            out.by_id.extend(id.map(|id| (id, state)));
            out.by_name.extend(name.map(|name| (name.as_str(), state)));
        }
        out
    }

    fn state(&self, id: Option<u64>, name: Option<&Name>) -> Option<&'static UserState> {
        let by_id = id.and_then(|id| self.by_id.get(&id));
        by_id.or_else(|| self.by_name.get(name?.as_str())).copied()
    }
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    let kept_out = KeptOut::of(inventory);
    for token in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
        let Some(row) = Row::alive(judgement, inventory, token) else { continue };
        if let Some(state) = kept_out.state(row.user_id(), row.username()) {
            findings.push(of_user(&row, state));
        }
    }
    for trigger in &inventory.trigger_tokens {
        let ended = trigger.expires_at.is_some_and(|end| end.date() <= judgement.context.today);
        let username = trigger.owner_path.as_ref().map(|path| Name::new(path.as_str().trim_start_matches('/')));
        let state = kept_out.state(None, username.as_ref());
        if !ended && (trigger.owner_can_access_project == Some(false) || state.is_some()) {
            findings.push(of_trigger(&settings, trigger, state));
        }
    }
}

/// Tokens whose owner is gone by another input, where their own says nothing of it. Joined by GitLab's number, that is likely;
/// by a name alone, possible.
pub(super) fn judge(judgement: &Judgement<'_>, inventory: &Inventory, people: &Inventory) -> Vec<Finding> {
    let (own, others) = (KeptOut::of(inventory), KeptOut::of(people));
    let mut findings = Vec::new();
    for token in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
        let Some(row) = Row::alive(judgement, inventory, token) else { continue };
        let (id, name) = (row.user_id(), row.username());
        if own.state(id, name).is_some() {
            continue;
        }
        let by_id = others.state(id, None);
        let Some(state) = by_id.or_else(|| others.state(None, name)) else { continue };
        let confidence = if by_id.is_some() { Confidence::Likely } else { Confidence::Possible };
        let mut finding = of_user(&row, state).confidence(confidence);
        finding.message.push(match confidence {
            Confidence::Likely => " Another of the files says so of the user with this number.",
            _ => " Another of the files says so of a user with this name.",
        });
        finding.place = token.place;
        findings.push(finding);
    }
    let settings = Settings::new(judgement, inventory);
    for trigger in &inventory.trigger_tokens {
        let ended = trigger.expires_at.is_some_and(|end| end.date() <= judgement.context.today);
        let username = trigger.owner_path.as_ref().map(|path| Name::new(path.as_str().trim_start_matches('/')));
        let told = own.state(None, username.as_ref()).is_some() || trigger.owner_can_access_project == Some(false);
        if let Some(state) = others.state(None, username.as_ref()).filter(|_| !ended && !told) {
            let mut finding = of_trigger(&settings, trigger, Some(state)).confidence(Confidence::Likely);
            finding.message.push(" Another of the files says so of the user with this name.");
            finding.place = None;
            findings.push(finding);
        }
    }
    findings
}

fn of_user(row: &Row<'_>, state: &UserState) -> Finding {
    let mut message = say![row.opening(), " is live, but its owner ", state.words, ": it is refused for now, and works again ", state.returns, "."];
    message.push(row.use_in_words());
    let mut advice = vec![row.ask_consumers()];
    advice.push(Advice::step(say!["Give what needs it a token of a project, a group or a service account: those do not leave with a person."]));
    advice.push(row.revoke());
    let title = say![Capital(row.kind().facts().name), " of an owner who ", state.words];
    row.finding(&RULE, title, message, advice)
}

fn of_trigger(settings: &Settings<'_>, trigger: &TriggerToken, state: Option<&UserState>) -> Finding {
    let mut message = super::settings::named("pipeline trigger token", trigger.description.as_ref(), trigger.id);
    message.push(settings.inside()).push(" belongs to ");
    match &trigger.owner_name {
        Some(name) => message.push(name),
        None => message.push("somebody"),
    };
    match state {
        Some(state) => message.push(", who ").push(state.words).push(": it starts no pipeline for now, and does again ").push(state.returns),
        None => message.push(", who has lost access to the project: it starts no pipeline any more, and would again if that person came back"),
    };
    message.push(".");
    match (trigger.last_used_at.map(|at| at.date()), trigger.never_used) {
        (Some(day), _) => message.push(" It was last used on ").push(day).push("."),
        (None, Some(true)) => message.push(" It has never been used."),
        (None, _) => &mut message,
    };
    let row = trigger.id.map(|id| say![id]);
    let calls = OwnerCalls::of_project("DELETE /projects/:project_id/triggers/:trigger_id");
    let place = || settings.at(say!["Settings > CI/CD > Pipeline trigger tokens"]);
    let advice = vec![
        Advice::step(say!["Find out whether something still calls it: that fails today. If it is needed, make a new one with an end date, from an account that stays."]).at(place()),
        last_step(say!["Revoke it. There is no way back. Needs: ", settings.needs(), ", `api`."], place(), settings.command(calls, row.as_ref(), None)),
    ];
    let thing = Thing {
        kind: "pipeline_trigger_token",
        id: trigger.id.map(SubjectId::Number),
        name: trigger.description.as_ref(),
        span: trigger.span,
        row: trigger.row,
    };
    settings.finding(&RULE, thing, say!["Trigger token whose owner is gone"], message, advice).severity(Severity::Low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Member, TokenRow, User};
    use crate::rules::sample::{judged, letter, only, person, personal, project, today};

    fn with(state: &str, row: TokenRow) -> Vec<Finding> {
        let user = User { id: Some(7), username: Some(Name::new("dana")), state: Some(Name::new(state)), ..User::default() };
        only("token-owner-gone", judged(Inventory { users: vec![user], ..person(vec![row]) }))
    }

    fn trigger() -> TriggerToken {
        TriggerToken {
            id: Some(7),
            description: Some(Name::new("left the company")),
            owner_name: Some(Name::new("Kim Old")),
            owner_path: Some(Name::new("/kim")),
            owner_can_access_project: Some(false),
            ..TriggerToken::default()
        }
    }

    fn triggers(trigger: TriggerToken) -> Vec<Finding> {
        only("token-owner-gone", judged(Inventory { trigger_tokens: vec![trigger], ..project(Vec::new()) }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with("blocked", personal())[0]));
        insta::assert_snapshot!(letter(&triggers(trigger())[0]));
    }

    #[test]
    fn only_states_that_keep_a_user_out_count() {
        assert_eq!(with("ldap_blocked", personal()).len(), 1);
        assert_eq!(with("deactivated", personal()).len(), 1);
        assert!(with("active", personal()).is_empty());
        assert!(with("awaiting", personal()).is_empty());
        assert!(with("dreaming", personal()).is_empty());
        assert!(with("blocked", TokenRow { expires_on: Some(today()), ..personal() }).is_empty());
    }

    #[test]
    fn a_member_says_it_too_and_somebody_elses_state_does_not() {
        let member = |id| Member { user_id: Some(id), state: Some(Name::new("blocked")), ..Member::default() };
        let list = |id| Inventory { members: vec![member(id)], ..person(vec![personal()]) };
        assert_eq!(only("token-owner-gone", judged(list(7))).len(), 1);
        assert!(only("token-owner-gone", judged(list(8))).is_empty());
    }

    #[test]
    fn a_trigger_whose_owner_is_there_or_unknown_is_fine() {
        assert!(triggers(TriggerToken { owner_can_access_project: Some(true), ..trigger() }).is_empty());
        assert!(triggers(TriggerToken { owner_can_access_project: None, ..trigger() }).is_empty());
        let ended = crate::time::Timestamp::parse("2026-11-20T00:00:00Z");
        assert!(triggers(TriggerToken { expires_at: ended, ..trigger() }).is_empty());
    }
}

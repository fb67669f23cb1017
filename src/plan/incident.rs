//! What to do now that a token of a kind leaked: first end it, then find out what it was used for, then repair.
//!
//! The order is the same for every kind; what stands in each step is from the catalog (`token_types.csv` for the calls,
//! `incident.csv` for reach, evidence and people).

use serde::Serialize;

use crate::catalog::{Calls, IncidentFacts, TokenType};
use crate::report::Advice;
use crate::rules::call::Call;
use crate::say;
use crate::text::Text;

/// The plan for a kind.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Which kind leaked.
    pub kind: TokenType,
    /// What it could reach.
    pub reach: &'static str,
    /// When it is more than a leaked token.
    pub escalate: &'static str,
    /// In order.
    pub steps: Vec<Advice>,
    /// Documents.
    pub references: Vec<&'static str>,
}

/// The plan for a leaked token of a kind.
#[must_use]
pub fn incident(kind: TokenType) -> Incident {
    let facts = kind.facts();
    let incident = IncidentFacts::of(kind);
    let mut steps = Vec::new();
    steps.push(end(kind));
    if facts.list.ui.is_some() || facts.list.api.is_some() {
        let mut text = say!["If you do not know which one leaked, look through the list."];
        if let Some(needs) = facts.list.needs {
            text.push(" Needs: ").push(needs).push(".");
        }
        steps.push(with(Advice::step(text), &facts.list));
    }
    steps.push(Advice::step(say!["Find out whether it was used. ", incident.look_for]));
    steps.push(Advice::step(say!["Replace what it could read or make. ", incident.also_rotate]));
    steps.push(Advice::step(say![
        "Clean the place where it stood: erase the job's log (job page > Erase job log), remove the file from the branch \
         and then from the history, delete the chat message or ticket. Copies stay in clones, forks, caches and mails, so \
         this never takes the place of the first step."
    ]));
    steps.push(Advice::step(say!["Tell: ", incident.tell]));
    let mut better = say!["Give the work a smaller credential. ", facts.least_privilege];
    let more = kind.more();
    if !more.keep.is_empty() {
        better.push(" Where to keep it: ").push(more.keep);
    }
    steps.push(with(Advice::step(better), &Calls { api: None, ..facts.create.clone() }));
    Incident {
        kind,
        reach: incident.reach,
        escalate: incident.escalate,
        steps,
        references: vec![facts.source, "https://docs.gitlab.com/security/responding_to_security_incidents/"],
    }
}

/// The first step: make it worthless.
fn end(kind: TokenType) -> Advice {
    let facts = kind.facts();
    let revoke = &facts.revoke;
    if revoke.ui.is_none() && revoke.api.is_none() {
        return Advice::step(say![
            "Nothing ends it early: it ends by itself (",
            facts.default_lifetime,
            "). End what it was made from or for, where that is still alive."
        ]);
    }
    let mut text =
        say!["End it now, before anything else: whoever has it can use it until then. What still uses it stops."];
    if let Some(needs) = revoke.needs {
        text.push(" Needs: ").push(needs).push(".");
    }
    with(Advice::destructive(text), revoke)
}

fn with(mut step: Advice, calls: &Calls) -> Advice {
    step.place = calls.ui.map(Text::from);
    let base = say!["https://$GITLAB_HOST/api/v4"];
    // A call about `self` is made with the leaked token: right here, since it needs no other right.
    step.command =
        calls.api.and_then(|api| Call::all(api).next()).map(|call| call.curl(&base, "TOKEN", |_| None, None));
    step
}

/// The published form.
#[derive(Serialize)]
pub struct IncidentV1 {
    version: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    reach: &'static str,
    escalate: &'static str,
    steps: Vec<crate::report::json::AdviceV1>,
    references: Vec<&'static str>,
}

impl Incident {
    /// As the command prints it with `--format json`.
    #[must_use]
    pub fn published(&self) -> IncidentV1 {
        IncidentV1 {
            version: 1,
            kind: self.kind.id(),
            name: self.kind.facts().name,
            reach: self.reach,
            escalate: self.escalate,
            steps: crate::report::json::advice(&self.steps),
            references: self.references.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_plan_that_starts_with_ending_it() {
        for &kind in TokenType::ALL {
            let plan = incident(kind);
            let first = plan.steps.first().unwrap();
            let endable = kind.facts().revoke.ui.is_some() || kind.facts().revoke.api.is_some();
            assert_eq!(first.destructive, endable, "{}", kind.id());
            assert!(plan.steps.len() >= 6, "{}", kind.id());
        }
    }

    #[test]
    fn the_plan_for_a_personal_access_token_reads_well() {
        let plan = incident(TokenType::PersonalAccessToken);
        let text: Vec<_> = plan.steps.iter().map(|step| step.text.to_string()).collect();
        insta::assert_snapshot!(text.join("\n"));
    }
}

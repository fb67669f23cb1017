//! The words of a plan: what to make, where to put it, how to see that it works, when to end the old one.

use std::collections::BTreeSet;

use super::estate::Person;
use super::holders::{Holder, Level};
use super::names::{Day, is_injected, new_name, owner};
use super::schedule::{Ends, WATCH_DAYS, working_day};
use super::{Decision, Item, Judged, NewToken, sh};
use crate::catalog::{AccessLevel, Scope, ScopeFacts, TokenType};
use crate::inventory::OwnerKind;
use crate::report::{Advice, Confidence};
use crate::rules::row::Row;
use crate::say;
use crate::text::{Name, Text};
use crate::time::Date;

/// A step, and whether it is the same for every token of the decision, as [`super::Rotation::how`] says it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub advice: Advice,
    /// Does it say nothing about this token that is not said of all?
    pub general: bool,
}

impl From<Advice> for Step {
    fn from(advice: Advice) -> Self {
        Self { advice, general: false }
    }
}

fn general(text: Text) -> Step {
    Step { advice: Advice::step(text), general: true }
}

/// One token's part of the plan; `None` where nothing was decided.
pub(super) fn item(judged: &Judged<'_>, begin: Date, calendar: &mut Ends) -> Option<Item> {
    let (row, decision) = (judged.row, judged.decision?);
    let new = (decision != Decision::Revoke && judged.successor.is_none()).then(|| new_token(&row, decision, begin));
    let new_end = new.as_ref().map(|_| calendar.next(begin));
    let revoke_from = match decision {
        Decision::Revoke => begin,
        _ => working_day(begin.plus_days(WATCH_DAYS)),
    };
    let facts = row.kind().facts();
    let needs = match decision {
        Decision::Revoke => facts.revoke.needs,
        Decision::HandOver => TokenType::ProjectAccessToken.facts().create.needs,
        // Nobody else can make a token that acts as this person, but an administrator by the API.
        Decision::Replace if row.is_personal() && row.kind() != TokenType::ImpersonationToken => {
            Some("its owner, in the own settings")
        }
        Decision::Replace => facts.create.needs,
    };
    let needs = match (row.kind(), row.owner_kind()) {
        (TokenType::DeployToken, OwnerKind::Project) => Some("Maintainer with `api`"),
        (TokenType::DeployToken, OwnerKind::Group) => Some("Owner with `api`"),
        _ => needs,
    };
    let steps = Steps { row, judged, begin, revoke_from };
    let steps = match (&new, new_end, judged.successor) {
        (Some(new), Some(end), _) if decision == Decision::Replace => steps.replace(new, end),
        (Some(new), Some(end), _) => steps.hand_over(new, end),
        (_, _, Some((by, _))) if decision == Decision::Replace => steps.finish(by),
        _ => steps.revoke_only(),
    };
    let swap = sh::Swap::new(&row, decision, new.as_ref(), new_end, &judged.holders);
    Some(Item {
        kind: row.kind(),
        id: row.token.id,
        name: row.token.name.clone(),
        owner: owner(&row),
        decision,
        reasons: judged.reasons.clone(),
        ends: row.token.expires_on,
        last_used: row.token.last_used_day(),
        begin,
        revoke_from,
        new_end,
        new,
        who: needs.map(|needs| needs.split_once("; ").map_or(needs, |(first, _)| first)),
        holders: judged.holders.clone(),
        steps,
        key: judged.key.clone(),
        swap,
    })
}

/// The new token's name, role and scopes: no more than the old one's, and less where the rules are sure.
fn new_token(row: &Row<'_>, decision: Decision, begin: Date) -> NewToken {
    let all = row.scopes().unwrap_or_default();
    let scopes: Vec<Scope> = all
        .iter()
        .filter(|scope| !all.iter().any(|other| other.includes(scope)))
        .filter(|scope| decision != Decision::HandOver || !only_of_a_person(scope))
        .cloned()
        .collect();
    NewToken { name: new_name(row, begin), scopes, role: lower_role(row).or_else(|| row.role()) }
}

/// A scope that only an administrator's own token can have.
fn only_of_a_person(scope: &Scope) -> bool {
    scope.facts().is_some_and(ScopeFacts::administrators_only)
}

/// A scope that a service account's token can have, and a project's or group's cannot.
fn only_of_an_account(scope: &Scope) -> bool {
    scope
        .facts()
        .is_some_and(|facts| !facts.available_for(TokenType::ProjectAccessToken) && !facts.administrators_only())
}

/// The role that all its scopes work with.
fn needed_role(row: &Row<'_>) -> Option<AccessLevel> {
    row.scope_facts()?.iter().map(|scope| scope.least_role).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The role that all its scopes work with, where that is less than it has.
fn lower_role(row: &Row<'_>) -> Option<AccessLevel> {
    let needed = needed_role(row)?;
    row.role().filter(|role| needed < *role && *role >= AccessLevel::MAINTAINER).map(|_| needed)
}

fn pushes(row: &Row<'_>) -> bool {
    let push = Scope::new("write_repository");
    row.scopes().unwrap_or_default().iter().any(|scope| scope.is("write_repository") || scope.includes(&push))
}

/// What a holder is called in a sentence: `` `MIRROR_TOKEN` of acme/ops (masked, protected; used in .gitlab-ci.yml:41) ``.
pub(crate) fn holder_in_words(holder: &Holder) -> Text {
    let mut text = say!["`", holder.key, "`"];
    let mut remarks = Text::new();
    match &holder.place {
        Some(place) => {
            match (place.level, &place.path, place.id) {
                (Level::Instance, ..) => text.push(" of the instance"),
                (_, Some(path), _) => text.push(" of ").push(path),
                (Level::Group, None, Some(id)) => text.push(" of group ").push(id),
                (_, None, Some(id)) => text.push(" of project ").push(id),
                _ => text.push(" (the list does not say of which project)"),
            };
            if let Some(scope) = place.scope.as_ref().filter(|scope| scope.as_str() != "*") {
                remarks.push("environment ").push(scope).push(", ");
            }
            match (place.masked, place.protected) {
                (Some(true), Some(true)) => remarks.push("masked, protected"),
                (Some(true), Some(false)) => remarks.push("masked, not protected"),
                (Some(true), None) => remarks.push("masked"),
                (Some(false), Some(true)) => remarks.push("protected, not masked"),
                (Some(false), _) => remarks.push("not masked"),
                (None, _) => &mut remarks,
            };
        }
        None => {
            if let Some(project) = &holder.seen_in {
                text.push(" of ").push(project).push(" or a group above it");
            }
            remarks.push("in no list of variables you gave");
        }
    }
    let shown = holder.used.get(..3).unwrap_or(&holder.used);
    let places: Vec<Text> = shown.iter().map(|(input, line)| say![input, ":", *line]).collect();
    if !places.is_empty() {
        remarks.push(if remarks.is_empty() { "used in " } else { "; used in " }).push(Text::list(&places, "and"));
        if holder.used.len() > shown.len() {
            remarks.push(" and ").push(holder.used.len() - shown.len()).push(" more");
        }
    }
    if holder.claims > 1 {
        remarks.push(if remarks.is_empty() { "" } else { "; " });
        remarks.push("by its name it may be any of ").push(holder.claims).push(" tokens: find out which first");
    }
    if !remarks.is_empty() {
        text.push(" (").push(remarks).push(")");
    }
    text
}

struct Steps<'a, 'b> {
    row: Row<'a>,
    judged: &'b Judged<'a>,
    begin: Date,
    revoke_from: Date,
}

impl Steps<'_, '_> {
    fn replace(&self, new: &NewToken, end: Date) -> Vec<Step> {
        if self.row.kind() == TokenType::DeployKey {
            return self.replace_key(new, end);
        }
        let mut steps = Vec::new();
        if is_injected(&self.row) {
            steps.push(general(say![
                "GitLab gives the deploy token of exactly this name to every job as CI_DEPLOY_USER and CI_DEPLOY_PASSWORD, with no \
                 variable of yours. Search the jobs for these two names. Where CI_JOB_TOKEN can do the same, change the jobs and \
                 revoke this one without a successor. Else the successor needs the same name, and while both live GitLab \
                 does not say which of them a job gets: keep that time short, and run a job after the old one is gone."
            ]));
        } else if self.judged.holders.is_empty() {
            steps.push(self.find());
        }
        let mut what = say!["`", new.name, "` beside it: ", self.extent(new), "ending on ", Day(end), "."];
        if let Some(note) = self.narrower() {
            what.push(note);
        }
        if is_injected(&self.row) {
            what.push(" Every job gets it as CI_DEPLOY_PASSWORD: where CI_JOB_TOKEN is enough, it needs no successor.");
        }
        if let (TokenType::PipelineTriggerToken, Some(person)) =
            (self.row.kind(), self.judged.person.filter(|person| person.gone))
        {
            what.push(" Another Maintainer makes it: its pipelines run as its maker, and those of ").push(person.name);
            what.push(" do not start.");
        }
        steps.push(self.row.make(what).into());
        steps.push(self.put());
        steps.push(self.verify());
        steps.push(self.revoke().into());
        steps
    }

    /// The successor is there already.
    fn finish(&self, by: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.judged.holders.is_empty() {
            steps.push(self.find());
        }
        steps.push(
            Advice::step(say![
                "Make no third one: give what still uses ",
                self.short(),
                " the value of ",
                by,
                ", or a new one in the place of both."
            ])
            .into(),
        );
        steps.push(self.put());
        steps.push(self.verify());
        steps.push(self.revoke().into());
        steps
    }

    /// A deploy key is a pair: the private half stays where it is used, and only the public one is given to GitLab.
    fn replace_key(&self, new: &NewToken, end: Date) -> Vec<Step> {
        vec![
            general(say![
                "Find the machine that holds the private half: GitLab knows only the public one, and the time of the last use. One key \
                 may let into several projects (Settings > Repository > Deploy keys shows them)."
            ]),
            self.row
                .make(say![
                    "a new pair on that machine (`ssh-keygen -t ed25519`), and add its public half as `",
                    new.name,
                    "` to the same projects, ending on ",
                    Day(end),
                    "; with write access only where it pushes. The private half does not leave the machine."
                ])
                .into(),
            general(say![
                "Switch the machine to the new key, fetch (and push, where it pushes) once, and see that Last used of the new one changes."
            ]),
            self.revoke().into(),
        ]
    }

    fn hand_over(&self, new: &NewToken, end: Date) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(Person { name, state, .. }) = self.judged.person {
            steps.push(general(say![
                "GitLab refuses the tokens of a user who is ",
                state,
                ": what uses this one fails, or has stopped. Find who takes over the work of ",
                name,
                "."
            ]));
        }
        let only: Vec<&Scope> = new.scopes.iter().filter(|scope| only_of_an_account(scope)).collect();
        let mut what = say!["Make `", new.name, "` "];
        if only.is_empty() {
            what.push("as a project or group access token where the work is done, or for a service account: ");
        } else {
            what.push("for a service account (no project's or group's token can have ");
            what.push(Text::list(&only, "and")).push("): ");
        }
        what.push(self.extent(new)).push("ending on ").push(Day(end)).push(".").push(self.left_behind());
        steps.push(Advice::step(what).into());
        steps.push(self.put());
        steps.push(self.verify());
        steps.push(self.revoke().into());
        steps
    }

    /// What the person's token could do and its successor cannot.
    fn left_behind(&self) -> Text {
        let scopes: Vec<&Scope> =
            self.row.scopes().unwrap_or_default().iter().filter(|scope| only_of_a_person(scope)).collect();
        if scopes.is_empty() {
            return Text::new();
        }
        say![
            " It had ",
            Text::list(&scopes, "and"),
            " too, which only an administrator's own token can have: what needs that is for an administrator to do, not for a script."
        ]
    }

    fn revoke_only(&self) -> Vec<Step> {
        let mut ask = self.find();
        if !self.judged.holders.is_empty() {
            let holders: Vec<Text> = self.judged.holders.iter().map(holder_in_words).collect();
            ask = Advice::step(say![
                "Look first into ",
                Text::list(&holders, "and"),
                ": by its name it may hold this token. If something needs it, replace the token instead."
            ])
            .into();
        }
        let mut end = self.revoke();
        if self.row.token.expires_on.is_some_and(|day| day.days_since(self.begin) <= WATCH_DAYS) {
            end.text.push(" Letting it end is enough where nobody can tell.");
        }
        vec![ask, end.into()]
    }

    /// `role Developer (was Maintainer…), scope `write_repository`, `.
    fn extent(&self, new: &NewToken) -> Text {
        let mut text = Text::new();
        let has_role = matches!(self.row.kind(), TokenType::ProjectAccessToken | TokenType::GroupAccessToken);
        match (new.role, needed_role(&self.row)) {
            (Some(role), _) => {
                text.push("role ").push(role);
                match self.row.role().filter(|old| *old != role) {
                    Some(old) => text.push(" (was ").push(old).push(if pushes(&self.row) {
                        ": not needed to push unless the branch is protected), "
                    } else {
                        ": its scopes need no more), "
                    }),
                    None => text.push(", "),
                };
            }
            (None, Some(needed)) if has_role => {
                text.push("role ")
                    .push(needed)
                    .push(" (its scopes need no more; what it has is in none of your lists), ");
            }
            (None, _) if has_role => {
                text.push("the role it has (in none of your lists) or less, ");
            }
            _ => {}
        }
        if !new.scopes.is_empty() {
            text.push(if new.scopes.len() == 1 { "scope " } else { "scopes " });
            text.push(Text::list(&new.scopes, "and"));
            let before = self.row.scopes().map_or(0, <[Scope]>::len);
            if before > new.scopes.len() {
                text.push(" (the others are included)");
            }
            text.push(", ");
        } else if self.row.token.granular == Some(true) {
            text.push("the same permissions or fewer, ");
        }
        text
    }

    /// Smaller scopes that its name suggests: to be tried, since the old one still works until it is ended.
    fn narrower(&self) -> Option<Text> {
        let uses = self.row.suggested_uses();
        let wide = self.row.scopes()?.iter().any(|scope| scope.is("api"));
        let [only] = uses.as_slice() else { return None };
        if !wide || only.justifies_api || only.scopes.is_empty() {
            return None;
        }
        let role = if self.row.role().is_some() { say![" with the role ", only.role] } else { Text::new() };
        Some(say![
            " By its name it is for ",
            only.phrase,
            "; ",
            Text::list(&only.scopes, "and"),
            role,
            " would do. Try that first: the old one still works."
        ])
    }

    /// Who uses it? The place to look is that of [`Row::ask_consumers`]; its general words stand in the plan's notes.
    fn find(&self) -> Step {
        let mut text = say!["Find what uses it: nothing in the files you gave points to it."];
        let addresses = self.row.token.last_used_ips.as_deref().unwrap_or_default();
        if !addresses.is_empty() {
            let shown = addresses.get(..5).unwrap_or(addresses);
            text.push(" It was last used from ").push(Text::list(shown, "and")).push(".");
        }
        Step { general: addresses.is_empty(), advice: Advice { text, ..self.row.ask_consumers() } }
    }

    fn put(&self) -> Step {
        let listed: Vec<&Holder> = self.judged.holders.iter().collect();
        if listed.is_empty() {
            return general(say!["Put the new value into each place that holds the old one."]);
        }
        let words: Vec<Text> = listed.iter().map(|holder| holder_in_words(holder)).collect();
        let sure = listed.iter().all(|holder| holder.confidence == Confidence::Likely);
        let mut text = say![
            "Put it into ",
            Text::list(&words, "and"),
            if sure { ": likely" } else { ": possibly the place" },
            " by "
        ];
        text.push(if words.len() == 1 { "its name" } else { "their names" });
        if listed.iter().all(|holder| holder.fits) {
            text.push(" and by what the value looks like");
        }
        text.push(".");
        let open = |holder: &Holder| holder.place.as_ref().is_some_and(|place| place.masked == Some(false));
        if self.judged.holders.iter().any(open) {
            text.push(" Mask it while you are there.");
        }
        Advice::step(text).into()
    }

    fn verify(&self) -> Step {
        let files: BTreeSet<&Name> =
            self.judged.holders.iter().flat_map(|holder| &holder.used).map(|(input, _)| input).collect();
        let mut text = say!["Run what uses it"];
        let one = if let [one] = files.iter().collect::<Vec<_>>().as_slice() {
            text.push(" (").push(**one).push(")");
            true
        } else {
            false
        };
        text.push(match self.row.kind() {
            TokenType::DeployToken => {
                ". A deploy token shows no last use: only the job's success tells that the new one is in place."
            }
            _ => "; Last used of the new one has to change, and the old one's to stand still.",
        });
        Step { general: !one, advice: Advice::step(text) }
    }

    fn revoke(&self) -> Advice {
        let mut step = self.row.revoke();
        let dead = self.row.token.expires_on.filter(|end| *end <= self.revoke_from);
        step.text = match (dead, self.judged.decision) {
            (Some(end), Some(Decision::Replace | Decision::HandOver)) => say![
                "Revoke ",
                self.short(),
                " once the new one is seen in use; else it ends by itself at 00:00 UTC of ",
                Day(end),
                "."
            ],
            _ => say!["Revoke ", self.short(), " on ", Day(self.revoke_from), " or later."],
        };
        step
    }

    fn short(&self) -> Text {
        self.row.token.id.map_or_else(|| say!["the old one"], |id| say![id])
    }
}

//! Which tokens to replace or end, when, by whom, and in which steps: a pure function of what was read and of today.
//!
//! A token is never rotated in place here. Rotating ends the old value at once, so it fits only where one consumer can change
//! in the same instant; making a second token beside the first one always fits
//! (<https://docs.gitlab.com/api/personal_access_tokens/#rotate-a-personal-access-token>).

mod estate;
mod holders;
pub mod ics;
mod layout;
pub mod markdown;
mod names;
mod notes;
mod published;
mod schedule;
pub mod sh;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(not(target_arch = "wasm32"))]
pub mod text;
mod words;

use std::collections::BTreeMap;

pub(crate) use estate::Estate;
use estate::Person;
pub(crate) use estate::family;
pub(in crate::plan) use estate::key;
pub(crate) use holders::Holders;
pub use holders::{Holder, HolderPlace, Level};
pub(in crate::plan) use names::{new_name, owner as owner_of};
pub use steps::Step;
pub(crate) use steps::holder_in_words;

use crate::catalog::{AccessLevel, Scope, TokenType};
use crate::context::Context;
use crate::report::{Advice, Confidence, Report};
use crate::rules::Judgement;
use crate::rules::row::Row;
use crate::say;
use crate::source::{Masks, Source};
use crate::text::{Name, Text};
use crate::time::Date;

/// Days ahead in which an expiry makes a token due, when nobody says: GitLab's own first reminder comes then.
pub const WITHIN_DAYS: i64 = 60;

/// The plan.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The day of the plan.
    pub today: Date,
    /// Tokens that end within so many days are due.
    pub within_days: i64,
    /// In the order of the work.
    pub items: Vec<Item>,
    /// Live tokens in what was read, each once.
    pub live: usize,
    /// Of these, how many need nothing.
    pub fine: usize,
    /// Projects and groups that they belong to.
    pub owners: usize,
    /// What stands out, and what could not be told.
    pub notes: Vec<Text>,
    /// How each decision is carried out: what holds for all items of one.
    pub how: Vec<(Decision, Text)>,
    /// Every live token with an end, for the calendar.
    pub ends: Vec<End>,
    /// The API's address, for the script.
    base: Text,
}

/// What to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Make the next one beside it, move its consumers, end it.
    Replace,
    /// Its owner is gone: give the work to a token that does not belong to a person, then end it.
    HandOver,
    /// Nothing seems to use it: end it, make no new one.
    Revoke,
}

impl Decision {
    /// As reports write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::HandOver => "hand-over",
            Self::Revoke => "revoke",
        }
    }
}

/// One token's part of the plan.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its kind.
    pub kind: TokenType,
    /// GitLab's number.
    pub id: Option<u64>,
    /// Its name.
    pub name: Option<Name>,
    /// Whose it is: a path or a user name.
    pub owner: Option<Text>,
    /// What to do.
    pub decision: Decision,
    /// Why; phrases.
    pub reasons: Vec<Text>,
    /// Dead from 00:00 UTC of this day.
    pub ends: Option<Date>,
    /// The day of its last use, where the source shows it.
    pub last_used: Option<Date>,
    /// The working day to begin.
    pub begin: Date,
    /// The day from which the old one may be ended.
    pub revoke_from: Date,
    /// When the new one ends.
    pub new_end: Option<Date>,
    /// The new one's name, role and scopes.
    pub new: Option<NewToken>,
    /// Who may do it.
    pub who: Option<&'static str>,
    /// The variables that seem to hold it.
    pub holders: Vec<Holder>,
    /// In order.
    pub steps: Vec<Step>,
    /// What the item is about, the same from run to run.
    pub key: Text,
    /// The calls for the script; `None` where it has to be done by hand.
    swap: Option<sh::Swap>,
}

impl Item {
    /// Its steps, those too that are the same for all.
    #[must_use]
    pub fn advice(&self) -> Vec<Advice> {
        self.steps.iter().map(|step| step.advice.clone()).collect()
    }
}

/// The token that takes its place.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its name.
    pub name: Text,
    /// Its scopes, without those that another one includes; empty where the source does not show them.
    pub scopes: Vec<Scope>,
    /// Its role.
    pub role: Option<AccessLevel>,
}

/// The end of a live token.
#[derive(Clone, Debug)]
pub struct End {
    /// What it is about, the same from run to run.
    pub key: Text,
    /// `mirror-push (project access token 503) of acme/payments/api`.
    pub about: Text,
    /// Dead from 00:00 UTC of this day.
    pub on: Date,
    /// What the plan says to do, if anything.
    pub decision: Option<Decision>,
}

/// Plans for what a report read. `within_days` is how far ahead an expiry counts.
#[must_use]
pub fn rotation(report: &Report, context: &Context, within_days: i64) -> Rotation {
    let estate = Estate::new(report);
    let holders = Holders::new(report, &estate);
    let nothing = Source::new(Name::default(), String::new(), 0);
    let masks = Masks::default();
    let judgement = Judgement::of_rows(&nothing, 0, context, &masks);
    let rows = estate.rows(context.today);
    let rows: Vec<Row<'_>> = rows.iter().map(|(inventory, token)| Row::new(&judgement, inventory, token)).collect();
    let mut judged: Vec<Judged<'_>> = rows.iter().map(|row| Judged::new(*row, &estate, within_days)).collect();
    for (judged, holders) in judged.iter_mut().zip(holders.of(&rows)) {
        judged.holders = holders;
        judged.settle();
    }
    leftovers(&mut judged);
    judged.sort_by(|a, b| a.order().cmp(&b.order()));
    let due: Vec<&Judged<'_>> = judged.iter().filter(|judged| judged.decision.is_some()).collect();
    let work = due.iter().map(|judged| schedule::Work {
        ends: judged.row.token.expires_on,
        ends_only: judged.decision == Some(Decision::Revoke),
        owner: names::owner(&judged.row),
    });
    let begins = schedule::begins(context.today, &work.collect::<Vec<_>>());
    let kept =
        judged.iter().filter(|judged| judged.decision.is_none()).filter_map(|judged| judged.row.token.expires_on);
    let mut calendar = schedule::Ends::new(kept);
    let mut items: Vec<Item> = Vec::with_capacity(due.len());
    for (judged, begin) in due.iter().zip(begins) {
        items.extend(steps::item(judged, begin, &mut calendar));
    }
    // Of one day's work, what ends first comes first.
    let end = |item: &Item| item.ends.unwrap_or(Date::MAX);
    items.sort_by(|a, b| {
        (a.begin, end(a), a.decision, &a.owner, &a.key).cmp(&(b.begin, end(b), b.decision, &b.owner, &b.key))
    });
    let ends = judged.iter().filter_map(|judged| {
        let on = judged.row.token.expires_on?;
        Some(End { key: judged.key.clone(), about: judged.about(), on, decision: judged.decision })
    });
    let ends: Vec<End> = ends.collect();
    let owners: std::collections::BTreeSet<Option<String>> =
        rows.iter().map(|row| names::owner(row).map(|owner| owner.to_string())).filter(Option::is_some).collect();
    let base = crate::rules::call::api_base(&judgement, None);
    let (live, fine) = (judged.len(), judged.len() - items.len());
    let notes = notes::notes(report, &judged, &items);
    let how = notes::how(&items);
    Rotation { today: context.today, within_days, live, fine, owners: owners.len(), notes, how, ends, items, base }
}

/// Tokens that a rotation left over: a newer one of the same owner with the same name and scopes is in use. The old one was not
/// used since, and is only to be ended; or it was, and what uses it has to move, with no third one made.
fn leftovers(judged: &mut [Judged<'_>]) {
    let mut alike: BTreeMap<(String, String, Vec<String>), Vec<usize>> = BTreeMap::new();
    for (index, one) in judged.iter().enumerate() {
        let (Some(name), Some(scopes), Some(owner)) = (&one.row.token.name, one.row.scopes(), names::owner(&one.row))
        else {
            continue;
        };
        let mut scopes: Vec<String> = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        scopes.sort();
        // People have several tokens of one name for several machines.
        if !one.row.is_personal() && one.row.token.id.is_some() && one.row.token.created_on.is_some() {
            let name = names::without_marks(name.as_str()).to_owned();
            alike.entry((owner.to_string(), name, scopes)).or_default().push(index);
        }
    }
    for indices in alike.into_values().filter(|indices| indices.len() > 1) {
        let row = |index: &usize| judged.get(*index).map(|one| one.row);
        let in_use = |row: &Row<'_>| row.token.last_used_day().is_some_and(|day| Some(day) >= row.token.created_on);
        let newest =
            indices.iter().filter_map(row).filter(in_use).max_by_key(|row| (row.token.created_on, row.token.id));
        let Some((made, by)) = newest.and_then(|row| Some((row.token.created_on?, row.token.id?))) else { continue };
        for index in indices {
            let Some(old) = judged.get_mut(index).filter(|old| old.row.token.created_on < Some(made)) else { continue };
            let still = old.row.token.last_used_day().is_some_and(|day| day >= made);
            let end = old.row.token.expires_on;
            old.successor = Some((by, made));
            old.reasons = vec![if still {
                say![by, " of the same name and scopes was made on ", made, " and is in use, and so is this one"]
            } else {
                say![
                    by,
                    " of the same name and scopes was made on ",
                    made,
                    " and is in use, and this one was not used since"
                ]
            }];
            old.decision = Some(if still { Decision::Replace } else { Decision::Revoke });
            if let (None, true) = (end, old.row.never_expires()) {
                old.reasons.push(say!["it has no end date"]);
            }
        }
    }
}

/// A live token and what was decided.
pub(super) struct Judged<'a> {
    row: Row<'a>,
    decision: Option<Decision>,
    reasons: Vec<Text>,
    person: Option<Person<'a>>,
    holders: Vec<Holder>,
    /// The newer token that takes its place already, and the day it was made.
    successor: Option<(u64, Date)>,
    key: Text,
}

impl<'a> Judged<'a> {
    fn new(row: Row<'a>, estate: &Estate<'a>, within_days: i64) -> Self {
        let thresholds = &row.judgement.context.thresholds;
        let maker = row.token.creator.as_ref().and_then(|maker| maker.username.as_ref());
        let maker = maker.filter(|_| row.kind() == TokenType::PipelineTriggerToken);
        let person = match maker {
            Some(name) => estate.person_named(name),
            None => row.is_personal().then(|| row.user_id().and_then(|id| estate.person(id))).flatten(),
        };
        let gone = person.is_some_and(|person| person.gone);
        let mut reasons = Vec::new();
        if let (true, Some(person)) = (gone, &person) {
            let whose = if maker.is_some() { "its maker " } else { "its owner " };
            reasons.push(say![whose, person.name, " is ", person.state]);
        }
        // Behind "its owner … is blocked", a phrase needs its subject.
        let (it, it_was) = if gone { ("it ", "it was ") } else { ("", "") };
        let unused = row.is_unused();
        if unused {
            match row.token.last_used_day() {
                Some(day) => reasons.push(say![it_was, "last used on ", day]),
                None => reasons.push(say![it_was, "never used since ", row.token.created_on]),
            }
        }
        match row.days_left() {
            Some(0..=1) => reasons.push(say![it, "ends at 00:00 UTC of ", row.token.expires_on]),
            Some(days) if days <= within_days => reasons.push(say![it, "ends in ", days, " days"]),
            _ => {}
        }
        // A deploy key without an end is the usual one, and GitLab mails nobody about it.
        if row.never_expires() && row.kind() != TokenType::DeployKey {
            reasons.push(say![it, "has no end date"]);
        }
        let from = row.token.created_on.unwrap_or_else(|| row.today());
        if let Some(life) = row.token.expires_on.map(|end| end.days_since(from))
            && life > thresholds.lifetime_days
            && row.kind() != TokenType::DeployKey
        {
            reasons.push(say![it_was, "made to live ", life, " days"]);
        }
        let decision = match (reasons.is_empty(), gone, unused) {
            (true, ..) => None,
            (_, _, true) => Some(Decision::Revoke),
            (_, true, _) if maker.is_none() => Some(Decision::HandOver),
            _ => Some(Decision::Replace),
        };
        let key = estate::key(&row);
        Self { row, decision, reasons, person, holders: Vec::new(), successor: None, key }
    }

    /// What somebody who is gone used at the keyboard needs no successor: GitLab refuses it already. Work is handed over where
    /// the name or a variable says that a machine does it.
    fn settle(&mut self) {
        let machine = self.row.suggested_uses().iter().any(|one| one.machine);
        if self.decision == Some(Decision::HandOver) && !machine && self.holders.is_empty() {
            self.decision = Some(Decision::Revoke);
            self.reasons.push(say!["nothing shows that a machine uses it"]);
        }
    }

    /// The most urgent first; within a week, what belongs to one owner together.
    fn order(&self) -> (i64, Option<Text>, &Text) {
        let week = self.row.days_left().map_or(i64::MAX, |days| days.div_euclid(7));
        // Work that stands still already, and a token that nobody watches over: right behind what ends this week.
        let week = if self.decision == Some(Decision::HandOver) { week.min(1) } else { week };
        (week, names::owner(&self.row), &self.key)
    }

    fn about(&self) -> Text {
        let mut text = Text::new();
        if let Some(name) = &self.row.token.name {
            text.push(name).push(", ");
        }
        text.push(self.row.kind());
        if let Some(id) = self.row.token.id {
            text.push(" ").push(id);
        }
        if let Some(owner) = names::owner(&self.row) {
            text.push(" of ").push(owner);
        }
        text
    }
}

/// How sure, for ordering: the surer first.
const fn sureness(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Certain => 0,
        Confidence::Likely => 1,
        Confidence::Possible => 2,
    }
}

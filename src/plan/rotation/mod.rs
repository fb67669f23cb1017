//! Which tokens to replace or end, when, by whom, and in which steps: a pure function of what was read and of today.
//!
//! A token is never rotated in place here. Rotating ends the old value at once, so it fits only where one consumer can change
//! in the same instant; making a second token beside the first one always fits
//! (<https://docs.gitlab.com/api/personal_access_tokens/#rotate-a-personal-access-token>).

mod estate;
mod holders;
pub mod ics;
pub mod markdown;
mod published;
mod schedule;
pub mod sh;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(not(target_arch = "wasm32"))]
pub mod text;
mod words;

use estate::Person;
pub(crate) use estate::family;
pub(in crate::plan) use estate::{Estate, key};
pub(in crate::plan) use holders::Holders;
pub use holders::{Holder, HolderPlace, Level};
pub(in crate::plan) use steps::{new_name, owner as owner_of};

use crate::catalog::{AccessLevel, Scope, TokenType};
use crate::context::Context;
use crate::input::Kind;
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
    /// What holds for all items, or could not be told.
    pub notes: Vec<Text>,
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
    pub steps: Vec<Advice>,
    /// What the item is about, the same from run to run.
    pub key: Text,
    /// The calls for the script; `None` where it has to be done by hand.
    swap: Option<sh::Swap>,
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
    let holders = Holders::new(report);
    let nothing = Source::new(Name::default(), String::new(), 0);
    let judgement = Judgement {
        source: &nothing,
        kind: Kind::Inventory,
        input: 0,
        project: context.project.as_ref(),
        context,
        log: None,
        found: &[],
        masks: &Masks::default(),
    };
    let rows = estate.rows(context.today);
    let rows: Vec<Row<'_>> = rows.iter().map(|(inventory, token)| Row::new(&judgement, inventory, token)).collect();
    let mut judged: Vec<Judged<'_>> = rows.iter().map(|row| Judged::new(*row, &estate, within_days)).collect();
    judged.sort_by(|a, b| a.order().cmp(&b.order()));
    let held = holders.of(&judged.iter().map(|judged| judged.row).collect::<Vec<_>>());
    for (judged, holders) in judged.iter_mut().zip(held) {
        judged.holders = holders;
        estate.name_places(&mut judged.holders);
    }
    let due: Vec<&Judged<'_>> = judged.iter().filter(|judged| judged.decision.is_some()).collect();
    let ends: Vec<Option<Date>> = due.iter().map(|judged| judged.row.token.expires_on).collect();
    let begins = schedule::begins(context.today, &ends);
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
    steps::shorten(&mut items);
    let ends = judged.iter().filter_map(|judged| {
        let on = judged.row.token.expires_on?;
        Some(End { key: judged.key.clone(), about: judged.about(), on, decision: judged.decision })
    });
    let ends: Vec<End> = ends.collect();
    let owners: std::collections::BTreeSet<Option<String>> =
        rows.iter().map(|row| steps::owner(row).map(|owner| owner.to_string())).filter(Option::is_some).collect();
    let base = crate::rules::call::api_base(&judgement, None);
    let (live, fine) = (judged.len(), judged.len() - items.len());
    let notes = steps::notes(report, &judged, &items);
    Rotation { today: context.today, within_days, live, fine, owners: owners.len(), notes, ends, items, base }
}

/// A live token and what was decided.
pub(super) struct Judged<'a> {
    row: Row<'a>,
    decision: Option<Decision>,
    reasons: Vec<Text>,
    person: Option<Person<'a>>,
    holders: Vec<Holder>,
    key: Text,
}

impl<'a> Judged<'a> {
    fn new(row: Row<'a>, estate: &Estate<'a>, within_days: i64) -> Self {
        let thresholds = &row.judgement.context.thresholds;
        let person = row.is_personal().then(|| row.user_id().and_then(|id| estate.person(id))).flatten();
        let gone = person.is_some_and(|person| person.gone);
        let mut reasons = Vec::new();
        if let (true, Some(person)) = (gone, &person) {
            reasons.push(say!["its owner ", person.name, " is ", person.state]);
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
            (_, true, _) => Some(Decision::HandOver),
            _ => Some(Decision::Replace),
        };
        let key = estate::key(&row);
        Self { row, decision, reasons, person, holders: Vec::new(), key }
    }

    /// The most urgent first; within a week, what belongs to one owner together.
    fn order(&self) -> (i64, Option<Text>, &Text) {
        let week = self.row.days_left().map_or(i64::MAX, |days| days.div_euclid(7));
        // Work that stands still already, and a token that nobody watches over: right behind what ends this week.
        let week = if self.decision == Some(Decision::HandOver) { week.min(1) } else { week };
        (week, steps::owner(&self.row), &self.key)
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
        if let Some(owner) = steps::owner(&self.row) {
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

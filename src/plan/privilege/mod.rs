//! What each token is seen to be used for, and the narrowest token, scope, role or permission that is enough for exactly that.
//!
//! GitLab records when a token was last used, not what for. So the plan rests on what the given inputs show: calls and clones in
//! configuration, scripts and job logs, credential files, the server's log. What they do not show cannot be ruled out, and is
//! said with each token: nothing here is ever called safe. The plan is the same whatever the order of the inputs.

mod enough;
mod join;
pub mod markdown;
mod published;
mod script;
mod seen;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(not(target_arch = "wasm32"))]
pub mod text;
mod words;

pub use enough::Way;
pub use seen::Origin;
pub(crate) use seen::{Seen, is_script, seen};

use crate::catalog::{AccessLevel, Scope, TokenType};
use crate::context::Context;
use crate::input::{Kind, Status};
use crate::plan::rotation::{Estate, Holders};
use crate::report::{Advice, Confidence, Report};
use crate::rules::Judgement;
use crate::rules::row::Row;
use crate::say;
use crate::source::{Masks, Source};
use crate::text::{Name, Text};
use crate::time::{Date, Timestamp};

/// The plan.
#[derive(Clone, Debug)]
pub struct Privilege {
    /// The day of the plan.
    pub today: Date,
    /// Tokens first, those to narrow before the others; then the variables that no token could be matched with.
    pub items: Vec<Item>,
    /// Live tokens in what was read, each once.
    pub live: usize,
    /// What holds for all items, or could not be told.
    pub notes: Vec<Text>,
}

/// What to do about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Less is enough for all that is seen of it.
    Narrow,
    /// Less may be enough; first a question has to be answered: see [`Item::not_seen`].
    AskFirst,
    /// It is as narrow as what is seen of it needs.
    Keep,
    /// Nothing is seen of it.
    Unknown,
}

impl Decision {
    /// As reports write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::AskFirst => "ask-first",
            Self::Keep => "keep",
            Self::Unknown => "unknown",
        }
    }
}

/// What an item is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A token of an inventory.
    Token {
        /// Its kind.
        kind: TokenType,
        /// GitLab's number.
        id: Option<u64>,
        /// Its name.
        name: Option<Name>,
        /// Whose it is.
        owner: Option<Text>,
    },
    /// A variable that holds a credential which is in no inventory that was given.
    Variable(Name),
    /// A credential that stands in a file, of this kind, with this user name.
    Value(TokenType, Option<Name>),
}

/// One token's or variable's part of the plan.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is about.
    pub about: About,
    /// It can…: a sentence.
    pub can: Text,
    /// Its scopes, where the source shows them.
    pub scopes: Option<Vec<Scope>>,
    /// Its role.
    pub role: Option<AccessLevel>,
    /// The day of the last use that GitLab recorded.
    pub last_used: Option<Date>,
    /// What it is seen to be used for.
    pub uses: Vec<Use>,
    /// It is seen to…: a sentence.
    pub seen: Text,
    /// The narrowest that is enough for all known uses; `None` where none is known.
    pub enough: Option<Way>,
    /// Other ways that are enough.
    pub others: Vec<Way>,
    /// Enough would be…: a sentence.
    pub enough_words: Text,
    /// What was not seen and cannot be ruled out, a sentence each.
    pub not_seen: Vec<Text>,
    /// What to do.
    pub decision: Decision,
    /// How, in order.
    pub steps: Vec<Advice>,
    /// What the item is about, the same from run to run.
    pub key: Text,
}

impl Item {
    /// What it is about, as a heading.
    #[must_use]
    pub fn heading(&self) -> Text {
        words::heading(self)
    }
}

/// One thing that a token is seen to be used for.
#[derive(Clone, Debug)]
pub struct Use {
    /// Follows "it is seen to".
    pub does: Text,
    /// The variable through which it is used.
    pub through: Option<Name>,
    /// How sure it is that this token is meant.
    pub confidence: Confidence,
    /// Is it known what that needs?
    pub known: bool,
    /// Where: name of the input, line, kind of input.
    pub places: Vec<(Name, usize, Origin)>,
    /// How often, over all places.
    pub count: usize,
    /// The last time that a log shows.
    pub last: Option<Timestamp>,
    /// Only for the project whose job it is?
    pub own: Option<bool>,
    deed: Option<seen::Deed>,
}

/// Reads the uses in an input; [`Context::seen`].
pub type Gather = fn(&Source, &crate::input::Model, &[crate::detect::Found], &Context) -> Vec<Seen>;

/// A context that gathers what [`privilege`] needs.
#[must_use]
pub fn gathering(context: Context) -> Context {
    Context { seen: Some(seen), ..context }
}

/// Plans for what a report read; it has to come from a context of [`gathering`], or nothing is seen.
#[must_use]
pub fn privilege(report: &Report, context: &Context) -> Privilege {
    let estate = Estate::new(report);
    let holders = Holders::new(report, &estate);
    let nothing = Source::new(Name::default(), String::new(), 0);
    let masks = Masks::default();
    let judgement = Judgement::of_rows(&nothing, 0, context, &masks);
    let rows = estate.rows(context.today);
    let rows: Vec<Row<'_>> = rows.iter().map(|(inventory, token)| Row::new(&judgement, inventory, token)).collect();
    let held = holders.of(&rows);
    let mut evidence = join::Joined::new(report);
    let mut items: Vec<Item> = Vec::new();
    for (row, held) in rows.iter().zip(&held) {
        let traces = evidence.of(row, held);
        items.push(steps::token(row, held, traces));
    }
    let live = items.len();
    items.extend(evidence.rest().into_iter().map(steps::rest));
    items.sort_by(|a, b| order(a).cmp(&order(b)));
    let notes = notes(report, &items);
    Privilege { today: context.today, items, live, notes }
}

/// Tokens before the rest, what can be done first, then by owner and key.
fn order(item: &Item) -> (bool, Decision, Option<&Text>, &Text) {
    let owner = match &item.about {
        About::Token { owner, .. } => owner.as_ref(),
        _ => None,
    };
    (!matches!(item.about, About::Token { .. }), item.decision, owner, &item.key)
}

fn notes(report: &Report, items: &[Item]) -> Vec<Text> {
    let mut notes = Vec::new();
    if items.is_empty() {
        return notes;
    }
    notes.push(say![
        "GitLab records when a token was last used, not what for. What is said here rests on the ",
        report.inputs.len(),
        if report.inputs.len() == 1 { " input" } else { " inputs" },
        " that were given; other projects, schedules, machines and people may use the same token for more. So make the narrower one \
         beside it, and end the old one only when its last use has stood still."
    ]);
    let count = |wanted: &[Kind]| report.inputs.iter().filter(|input| wanted.contains(&input.kind)).count();
    if count(&[Kind::CiConfig, Kind::JobLog, Kind::Text, Kind::CredentialFile]) == 0 {
        notes.push(say![
            "No configuration, log, script or credential file was given, so no use could be seen. Give them beside the export: \
             .gitlab-ci.yml, scripts, job logs, the server's api_json.log."
        ]);
    }
    let unread: Vec<&Name> =
        report.inputs.iter().filter(|input| input.status != Status::Read).map(|input| &input.name).collect();
    if let Some(shown) = unread.get(..unread.len().min(5)).filter(|shown| !shown.is_empty()) {
        let mut shown: Vec<&Name> = shown.to_vec();
        shown.sort();
        let more =
            if unread.len() > shown.len() { say![" and ", unread.len() - shown.len(), " more"] } else { Text::new() };
        notes.push(say![
            "Not all of ",
            Text::list(&shown, "and"),
            more,
            " could be read; a use that stands there is not seen."
        ]);
    }
    let included = report
        .blind_spots
        .iter()
        .filter(|spot| report.inputs.get(spot.input).is_some_and(|input| input.kind == Kind::CiConfig));
    match included.count() {
        0 => {}
        count => notes.push(say![
            count,
            if count == 1 { " part" } else { " parts" },
            " of the CI/CD configuration stood elsewhere or could not be followed (included files, components); give the merged \
             configuration to see those jobs too."
        ]),
    }
    notes
}

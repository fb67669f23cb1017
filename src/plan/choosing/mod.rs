//! Advice before a credential exists: what the choices in an open form come to, what in them has no effect, and which
//! smaller choice or better kind would do.
//!
//! Facts come from the catalog (scopes, roles, kinds of token, uses); nothing here depends on a browser.

mod scopes;
mod settings;

use serde::Serialize;

use crate::catalog::TokenType;
use crate::inventory::{Draft, DraftKind, Inventory};
use crate::say;
use crate::text::{NotStr, Say, Text};
use crate::time::Date;

/// A day further away than this is worth a word: a change each quarter is what can be kept up, and what our own advice
/// for new tokens says.
const LONG_DAYS: i64 = 90;

/// What an open form comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choosing {
    /// What would come of it: `project access token in acme/payments/api`.
    pub title: Text,
    /// What there is to say, in the order in which it is read.
    pub points: Vec<Point>,
}

/// One thing to say about the choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// What kind of thing.
    pub about: Aspect,
    /// A sentence or several.
    pub text: Text,
}

/// What a point is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// What the credential could do as chosen.
    Can,
    /// What to change before it is created.
    Change,
    /// The smaller choice that is enough for one use, and the better kind for it.
    Enough,
    /// When another kind of credential is the better one.
    Instead,
}

/// What to say of each form that is open in what was read; `today` is the day of the audit.
#[must_use]
pub fn choosing(inventory: &Inventory, today: Date) -> Vec<Choosing> {
    inventory.about_to_create.iter().map(|draft| advise(draft, inventory, today)).collect()
}

fn advise(draft: &Draft, inventory: &Inventory, today: Date) -> Choosing {
    let mut advice = Advice { draft, inventory, today, points: Vec::new() };
    let name = match draft.kind {
        DraftKind::Token(kind) => {
            match kind {
                TokenType::PipelineTriggerToken => advice.trigger(),
                TokenType::FineGrainedPersonalAccessToken => advice.fine_grained(),
                _ => advice.token(kind),
            }
            kind.facts().name
        }
        DraftKind::CiVariable => {
            advice.variable();
            "CI/CD variable"
        }
        DraftKind::AllowlistEntry => {
            advice.allowlist_entry();
            "entry in the job token allowlist"
        }
    };
    let mut title = say![name];
    if let Some(path) = inventory.owner.as_ref().and_then(|owner| owner.path.as_ref()) {
        title.push(if draft.kind == DraftKind::AllowlistEntry { " of " } else { " in " }).push(path);
    }
    crate::order::sort_by_key(&mut advice.points, |point| point.about);
    Choosing { title, points: advice.points }
}

/// The advice on one form, being put together.
struct Advice<'a> {
    draft: &'a Draft,
    inventory: &'a Inventory,
    today: Date,
    points: Vec<Point>,
}

impl Advice<'_> {
    fn say(&mut self, about: Aspect, text: Text) {
        self.points.push(Point { about, text });
    }

    /// What there is to say about the day on which it would end.
    fn expiry(&mut self, kind: TokenType) {
        let facts = kind.facts();
        let choose = say![
            " Choose the day on which the work is done, ",
            LONG_DAYS,
            " days away at most: ",
            Day(self.today.plus_days(LONG_DAYS)),
            "."
        ];
        match (self.draft.expires_on, self.draft.without_expiry) {
            (Some(day), _) => {
                let days = day.days_since(self.today);
                if days <= 0 {
                    self.say(
                        Aspect::Change,
                        say!["The day ", Day(day), " is over: a token ends at 00:00 UTC of its day."],
                    );
                } else if days > LONG_DAYS {
                    let mut text = say![
                        "It would end on ",
                        Day(day),
                        ", in ",
                        days,
                        " days. Whoever finds it can use it that long."
                    ];
                    text.push(&choose);
                    if self.offers("self_rotate") {
                        text.push(" With `self_rotate` the program that uses it can replace it by itself.");
                    }
                    self.say(Aspect::Change, text);
                }
            }
            (None, Some(true)) => {
                let mut text = say!["No day is chosen. How long it lives then: ", facts.default_lifetime, "."];
                text.push(&choose);
                self.say(Aspect::Change, text);
            }
            _ => {}
        }
    }

    fn offers(&self, scope: &str) -> bool {
        self.draft.offered_scopes.iter().flatten().any(|offered| offered.is(scope))
    }

    /// What the kind of token is right for, and what the better ones are.
    fn kinds(&mut self, kind: TokenType) {
        let facts = kind.facts();
        let uses = crate::catalog::questions().iter().filter(|(right, _)| *right == kind);
        let uses: Vec<&'static str> = uses.map(|(_, question)| *question).collect();
        let mut text = Text::new();
        if !uses.is_empty() {
            text.push("It is the right kind for this: ");
            for (index, question) in uses.iter().enumerate() {
                text.push(if index > 0 { "; “" } else { "“" }).push(*question).push("”");
            }
            text.push(". ");
        }
        text.push(facts.least_privilege);
        self.say(Aspect::Instead, text);
    }
}

/// A day in words.
struct Day(Date);

impl Say for Day {
    fn say(&self, out: &mut String) {
        out.push_str(&self.0.in_words());
    }
}
impl NotStr for Day {}

#[cfg(test)]
mod tests;

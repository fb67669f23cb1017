//! The plan as people read it: by week, and in a week by who has to do it, so that nobody is asked twice.

use super::names::Day;
use super::words::count;
use super::{Item, Rotation};
use crate::say;
use crate::text::Text;
use crate::time::Date;

/// A week's work.
pub(super) struct Week<'a> {
    /// `Week 48, from Mon 23 Nov 2026: 31 to replace, 8 to revoke`.
    pub(super) title: Text,
    /// By owner, who has to begin first comes first.
    pub(super) batches: Vec<Batch<'a>>,
}

/// What belongs to one owner.
pub(super) struct Batch<'a> {
    /// `acme/payments/api`.
    pub(super) owner: Text,
    /// `Maintainer or Owner with `api``.
    pub(super) who: Text,
    /// In the order of the work.
    pub(super) items: Vec<&'a Item>,
    /// `Find first what uses 1073 and 1113…`: what holds these tokens was not found.
    pub(super) unfound: Option<Text>,
}

fn monday(day: Date) -> Date {
    day.plus_days(1 - i64::from(day.weekday()))
}

/// The weeks with work.
pub(super) fn weeks(plan: &Rotation) -> Vec<Week<'_>> {
    let mut weeks = Vec::new();
    let mut rest = plan.items.as_slice();
    while let Some(first) = rest.first() {
        let this = monday(first.begin);
        let (items, later) = rest.split_at(rest.iter().take_while(|item| monday(item.begin) == this).count());
        rest = later;
        let mut batches: Vec<Batch<'_>> = Vec::new();
        for item in items {
            let owner = item.owner.clone().unwrap_or_else(|| say!["Owner not known"]);
            match batches.iter_mut().find(|batch| batch.owner == owner) {
                Some(batch) => batch.items.push(item),
                None => batches.push(Batch { owner, who: Text::new(), items: vec![item], unfound: None }),
            }
        }
        for batch in &mut batches {
            batch.finish();
        }
        let title = say!["Week ", first.begin.week(), ", from ", Day(this.max(plan.today)), ": ", count(items)];
        weeks.push(Week { title, batches });
    }
    weeks
}

impl Batch<'_> {
    fn finish(&mut self) {
        let mut who: Vec<Text> = Vec::new();
        for one in self.items.iter().filter_map(|item| item.who) {
            let one = say![one];
            if !who.contains(&one) {
                who.push(one);
            }
        }
        for (index, one) in who.into_iter().enumerate() {
            self.who.push(if index == 0 { "" } else { "; " }).push(one);
        }
        let lost = |item: &&&Item| item.holders.is_empty();
        let lost: Vec<&&Item> = self.items.iter().filter(lost).collect();
        let numbers: Vec<Text> = lost.iter().filter_map(|item| item.id).map(|id| say![id]).collect();
        self.unfound = match (lost.len(), numbers.len() == lost.len()) {
            (0, _) => None,
            (1, _) if self.items.len() == 1 => {
                Some(say!["Find what uses it: nothing in the files you gave points to it."])
            }
            (_, true) => Some(say![
                "Find what uses ",
                Text::list(&numbers, "and"),
                if numbers.len() == 1 {
                    ": nothing in the files you gave points to it."
                } else {
                    ": nothing in the files you gave points to them."
                }
            ]),
            _ => Some(say![
                "Find what uses those without a variable here: nothing in the files you gave points to them."
            ]),
        };
    }
}

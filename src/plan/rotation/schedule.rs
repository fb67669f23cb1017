//! Days: when to begin with each token, and when the new ones end, so that the work is even and no new cliff is made.

use std::collections::BTreeMap;

use crate::rules::advice::NEW_LIFE_DAYS;
use crate::time::Date;

/// Tokens a person can replace with care on one working day.
const A_DAY: usize = 4;
/// The days from the switch to the end of the old token: long enough to see a weekly job run with the new one.
pub(super) const WATCH_DAYS: i64 = 7;
/// New tokens that may end on one day.
const ENDS_A_DAY: usize = 4;
/// How far behind the usual life a new end may be moved.
const SPREAD_DAYS: i64 = 28;

/// Monday to Friday.
fn is_working_day(day: Date) -> bool {
    day.weekday() <= 5
}

/// The first working day from this one on.
pub(super) fn working_day(day: Date) -> Date {
    (0..3).map(|days| day.plus_days(days)).find(|day| is_working_day(*day)).unwrap_or(day)
}

/// When to begin with each: in the order given (the most urgent first), so many a day that each that ends can be watched for a
/// week before, or, where it is too late for that, at once.
pub(super) fn begins(today: Date, ends: &[Option<Date>]) -> Vec<Date> {
    let first = working_day(today);
    let pace = pace(first, ends);
    let mut day = first;
    let mut on_day = 0;
    let mut begins = Vec::with_capacity(ends.len());
    for end in ends {
        if on_day >= pace {
            day = working_day(day.plus_days(1));
            on_day = 0;
        }
        on_day += 1;
        // A day off the even pace rather than one on which the token is already dead.
        let latest = end.map(|end| latest(first, end));
        begins.push(latest.map_or(day, |latest| day.min(latest)));
    }
    begins
}

/// The last working day on which to begin with a token that ends on this day.
fn latest(first: Date, end: Date) -> Date {
    let mut day = end.plus_days(-WATCH_DAYS);
    while !is_working_day(day) {
        day = day.plus_days(-1);
    }
    day.max(first)
}

/// Tokens a day: few, unless that would be too late for some.
fn pace(first: Date, ends: &[Option<Date>]) -> usize {
    let mut pace = A_DAY;
    for (before, end) in ends.iter().enumerate() {
        let Some(end) = end else { continue };
        let days = latest(first, *end).days_since(first).max(0);
        // Five of seven days are for work; an estimate is enough, since nobody begins behind the latest day anyway.
        let working = usize::try_from(days * 5 / 7 + 1).unwrap_or(1);
        // What is too late for a plan is done at once, beside it.
        if days > 0 {
            pace = pace.max((before + 1).div_ceil(working));
        }
    }
    pace
}

/// How many tokens end on which day.
pub(super) struct Ends(BTreeMap<Date, usize>);

impl Ends {
    pub(super) fn new(known: impl Iterator<Item = Date>) -> Self {
        let mut ends = Self(BTreeMap::new());
        known.for_each(|day| ends.add(day));
        ends
    }

    fn add(&mut self, day: Date) {
        *self.0.entry(day).or_default() += 1;
    }

    /// The end of a token made on this day: about the usual life later, from Tuesday to Friday (a token dies at 00:00
    /// UTC: its last day is a working day too, and somebody is there on the day itself), and not with many others.
    pub(super) fn next(&mut self, made: Date) -> Date {
        let from = made.plus_days(NEW_LIFE_DAYS);
        let days = || (0..SPREAD_DAYS).map(|days| from.plus_days(days)).filter(|day| (2..=5).contains(&day.weekday()));
        let load = |day: &Date| self.0.get(day).copied().unwrap_or(0);
        let free = days().find(|day| load(day) < ENDS_A_DAY);
        let day = free.or_else(|| days().min_by_key(load)).unwrap_or(from);
        self.add(day);
        day
    }
}

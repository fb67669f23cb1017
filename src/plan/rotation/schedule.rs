//! Days: when to begin with each token, and when the new ones end, so that the work is even and no new cliff is made.

use std::collections::BTreeMap;

use crate::rules::advice::NEW_LIFE_DAYS;
use crate::text::Text;
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

/// One token's part of the work.
pub(super) struct Work {
    /// The day it ends.
    pub(super) ends: Option<Date>,
    /// Is it to be ended only, with nothing made in its place?
    pub(super) ends_only: bool,
    /// Who is to be asked.
    pub(super) owner: Option<Text>,
}

/// When to begin with each, in the order given (the most urgent first). What is only to be ended is asked about, owner by
/// owner, beside the rest: it takes no day from what has to be replaced in time.
pub(super) fn begins(today: Date, work: &[Work]) -> Vec<Date> {
    let first = working_day(today);
    let made: Vec<&Work> = work.iter().filter(|one| !one.ends_only).collect();
    let mut made = begins_of_new(first, &made).into_iter();
    let mut asked: Vec<(Option<&Text>, Date)> = Vec::new();
    let mut place: BTreeMap<Option<&Text>, usize> = BTreeMap::new();
    for one in work.iter().filter(|one| one.ends_only) {
        let index = *place.entry(one.owner.as_ref()).or_insert(asked.len());
        if index == asked.len() {
            let day = asked.len().checked_sub(A_DAY).and_then(|before| asked.get(before)).map(|(_, day)| *day);
            asked.push((one.owner.as_ref(), day.map_or(first, |day| working_day(day.plus_days(1)))));
        }
    }
    // Whoever is asked is asked once: on the day that is early enough for all of the owner's tokens.
    let mut days: Vec<Date> = asked.iter().map(|(_, day)| *day).collect();
    for one in work.iter().filter(|one| one.ends_only) {
        let index = place.get(&one.owner.as_ref()).copied().unwrap_or_default();
        if let (Some(day), Some(end)) = (days.get_mut(index), one.ends) {
            *day = (*day).min(before(first, end, 1));
        }
    }
    let of = |one: &Work| place.get(&one.owner.as_ref()).and_then(|index| days.get(*index)).copied();
    work.iter().map(|one| if one.ends_only { of(one) } else { made.next() }.unwrap_or(first)).collect()
}

/// So many a day that each that ends can be watched for a week before, or, where it is too late for that, at once.
fn begins_of_new(first: Date, work: &[&Work]) -> Vec<Date> {
    let pace = pace(first, work);
    let mut owner = None;
    let mut day = first;
    let mut on_day = 0;
    let mut begins = Vec::with_capacity(work.len());
    for one in work {
        // One owner's tokens are not torn apart for the sake of evenness.
        let together = one.owner.is_some() && owner == Some(&one.owner) && on_day < 2 * pace;
        owner = Some(&one.owner);
        if on_day >= pace && !together {
            day = working_day(day.plus_days(1));
            on_day = 0;
        }
        on_day += 1;
        // A day off the even pace rather than one on which the token is already dead.
        let latest = one.ends.map(|end| latest(first, end));
        begins.push(latest.map_or(day, |latest| day.min(latest)));
    }
    begins
}

/// The last working day on which to begin with a token that ends on this day.
fn latest(first: Date, end: Date) -> Date {
    before(first, end, WATCH_DAYS)
}

/// The last working day so many days before an end.
fn before(first: Date, end: Date, days: i64) -> Date {
    let mut day = end.plus_days(-days);
    while !is_working_day(day) {
        day = day.plus_days(-1);
    }
    day.max(first)
}

/// Tokens a day: few, unless that would be too late for some.
fn pace(first: Date, work: &[&Work]) -> usize {
    let mut pace = A_DAY;
    for (before, end) in work.iter().enumerate() {
        let Some(end) = end.ends else { continue };
        let days = latest(first, end).days_since(first).max(0);
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

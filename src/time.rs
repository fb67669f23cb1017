//! Days and moments as GitLab writes them. No clock: today is an input ([`crate::context::Context::today`]).

use std::fmt::{self, Write as _};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Month, OffsetDateTime, UtcOffset};

use crate::text::{NotStr, Say};

/// A calendar day in UTC, written `2026-11-20` in data and `20 November 2026` in sentences.
///
/// An expiry date means 00:00 UTC of that day: the token is already dead on it
/// (<https://docs.gitlab.com/user/profile/personal_access_tokens/>).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(time::Date);

impl Date {
    /// The last day there is, 31 December 9999.
    pub const MAX: Self = Self(time::Date::MAX);

    /// A day, if there is such a one.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let month = Month::try_from(month).ok()?;
        time::Date::from_calendar_date(year, month, day).ok().filter(|date| (0..=9999).contains(&date.year())).map(Self)
    }

    /// Reads `YYYY-MM-DD`, also where a time follows (`2026-01-31T08:15:30Z` is read as a moment first, so its UTC day).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 10 {
            return Timestamp::parse(text).map(|moment| moment.date());
        }
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        Self::new(digits(year)?.try_into().ok()?, digits(month)?.try_into().ok()?, digits(day)?.try_into().ok()?)
    }

    /// Days from `earlier` to `self`; negative when `self` is the earlier one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        i64::from(self.0.to_julian_day()) - i64::from(earlier.0.to_julian_day())
    }

    /// The day `days` later (or earlier, when negative); stops at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let day = i64::from(self.0.to_julian_day()).saturating_add(days);
        i32::try_from(day).ok().and_then(|day| time::Date::from_julian_day(day).ok()).map_or(self, Self)
    }

    /// `20 November 2026`, for sentences.
    #[must_use]
    pub fn in_words(self) -> String {
        let mut words = String::new();
        self.say(&mut words);
        words
    }

    /// Year, month (1–12), day.
    #[must_use]
    pub fn parts(self) -> (i32, u8, u8) {
        (self.0.year(), self.0.month().into(), self.0.day())
    }

    /// The day of the week, 1 for Monday to 7 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        self.0.weekday().number_from_monday()
    }

    /// The week of the year as ISO 8601 counts, 1 to 53.
    #[must_use]
    pub fn week(self) -> u8 {
        self.0.iso_week()
    }

    /// The UTC day of a moment in seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok().map(|moment| Self(moment.date()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In sentences a date has its month's name.
impl Say for Date {
    fn say(&self, out: &mut String) {
        let _ = write!(out, "{} {} {}", self.0.day(), self.0.month(), self.0.year());
    }
}
impl NotStr for Date {}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a date like 2026-11-20"))
    }
}

/// A moment in UTC, with as many digits of the second as the source gave: `2026-11-20T06:00:00.123Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    moment: OffsetDateTime,
    fraction_digits: u8,
}

impl Timestamp {
    /// Reads ISO 8601 as GitLab writes it: `2026-01-31T08:15:30.123Z`, `…+01:00`, also with a blank for the `T` and
    /// `UTC` for the `Z`, also without a zone (then UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let date = Date::parse(text.get(..10)?)?;
        let rest = text.get(10..)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let hour = two(rest.get(0..2)?)?;
        let minute = two(rest.get(2..5)?.strip_prefix(':')?)?;
        let mut rest = rest.get(5..)?;
        let mut second = 0;
        if let Some(tail) = rest.strip_prefix(':') {
            second = two(tail.get(..2)?)?;
            rest = tail.get(2..)?;
        }
        let (mut nanosecond, mut fraction_digits) = (0, 0);
        if let Some(tail) = rest.strip_prefix(['.', ',']) {
            let length = tail.bytes().take_while(u8::is_ascii_digit).count();
            let shown = tail.get(..length.min(9))?;
            fraction_digits = u8::try_from(shown.len()).ok()?;
            nanosecond = digits(shown)? * 10_u32.pow(9 - u32::from(fraction_digits));
            rest = tail.get(length..)?;
        }
        let offset = zone(rest.trim())?;
        let time = time::Time::from_hms_nano(hour, minute, second.min(59), nanosecond).ok()?;
        let moment = date.0.with_time(time).assume_offset(offset).to_offset(UtcOffset::UTC);
        (0..=9999).contains(&moment.year()).then_some(Self { moment, fraction_digits })
    }

    /// From seconds since 1970-01-01T00:00:00Z (a JWT's `exp`).
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let moment = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        (0..=9999).contains(&moment.year()).then_some(Self { moment, fraction_digits: 0 })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.moment.unix_timestamp()
    }

    /// The UTC day.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.moment.date())
    }
}

fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn two(text: &str) -> Option<u8> {
    if text.len() != 2 { None } else { digits(text)?.try_into().ok() }
}

fn zone(text: &str) -> Option<UtcOffset> {
    if matches!(text, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(UtcOffset::UTC);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let hours = i8::try_from(two(rest.get(..2)?)?).ok()?;
    let minutes = match rest.get(2..)? {
        "" => 0,
        tail => i8::try_from(two(tail.strip_prefix(':').unwrap_or(tail))?).ok()?,
    };
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second, nanosecond) = self.moment.time().as_hms_nano();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        if self.fraction_digits > 0 {
            let digits = usize::from(self.fraction_digits);
            write!(f, ".{:0digits$}", nanosecond / 10_u32.pow(9 - u32::from(self.fraction_digits)))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In sentences only the day counts: GitLab writes "last used" at most every ten minutes.
impl Say for Timestamp {
    fn say(&self, out: &mut String) {
        self.date().say(out);
    }
}
impl NotStr for Timestamp {}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a time like 2026-11-20T06:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_counted() {
        let date = Date::parse("2026-11-20").unwrap();
        assert_eq!(date.to_string(), "2026-11-20");
        assert_eq!(date.in_words(), "20 November 2026");
        assert_eq!(Date::parse("2027-03-01").unwrap().days_since(date), 101);
        assert_eq!(date.plus_days(-20).to_string(), "2026-10-31");
        for bad in ["2026-02-30", "20-11-2026", "2026-1-1", "", "2026-11-2x", "+026-11-20"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments_keep_their_digits_and_become_utc() {
        for (text, want) in [
            ("2026-11-20T06:00:00.123Z", "2026-11-20T06:00:00.123Z"),
            ("2022-09-01T10:11:12Z", "2022-09-01T10:11:12Z"),
            ("2026-01-31T00:15:30.000+01:00", "2026-01-30T23:15:30.000Z"),
            ("2022-02-11 13:22:14 UTC", "2022-02-11T13:22:14Z"),
            ("2026-11-20 09:30", "2026-11-20T09:30:00Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), want, "{text}");
        }
        for bad in ["2026-11-20", "2026-11-20T25:00:00Z", "2026-11-20T06:00:00 PST", "soon"] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_moment_gives_its_utc_day() {
        assert_eq!(Date::parse("2026-01-31T00:15:30+01:00").unwrap().to_string(), "2026-01-30");
        assert_eq!(Timestamp::from_unix_seconds(0).unwrap().to_string(), "1970-01-01T00:00:00Z");
    }
}

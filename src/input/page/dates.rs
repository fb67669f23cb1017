//! Dates as GitLab's pages show them: ISO, a JavaScript date in the browser's zone, or words in the viewer's language.
//!
//! What can mean two days (`03/04/2026`) is not read.

use crate::catalog::words;
use crate::time::{Date, Timestamp};

/// Years that can stand on a page: GitLab's first tokens are from 2012; a year of another calendar (2569, 1405) is outside.
const YEARS: std::ops::RangeInclusive<u32> = 2005..=2300;

/// `time[datetime]`: ISO, or `Sun Feb 28 2027 21:00:00 GMT-0300 (…)` as the access-token tables have it.
pub(super) fn moment(datetime: &str) -> Option<Timestamp> {
    Timestamp::parse(datetime).or_else(|| javascript(datetime))
}

/// The UTC day of a `time[datetime]`.
pub(super) fn day(datetime: &str) -> Option<Date> {
    moment(datetime).map(Timestamp::date).or_else(|| Date::parse(datetime))
}

/// JavaScript's own form, which is English everywhere up to the bracket. The wall clock is the browser's: the offset has
/// to be taken off to get GitLab's day.
fn javascript(text: &str) -> Option<Timestamp> {
    let mut parts = text.split_ascii_whitespace();
    let _weekday = parts.next()?;
    let month = words::month(parts.next()?, "en")?;
    let (day, year, clock) = (parts.next()?, parts.next()?, parts.next()?);
    let zone = parts.next()?.strip_prefix("GMT").or_else(|| text.contains("UTC").then_some("+0000"))?;
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}{zone}"))
}

/// A piece of a date: digits with the sign right behind them, or a word.
enum Piece<'t> {
    Number { value: u32, digits: usize, after: Option<char> },
    Word(&'t str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at_checked(digits).unwrap_or((rest, ""));
            out.push(Piece::Number { value: number.parse().unwrap_or(u32::MAX), digits, after: tail.chars().next() });
            rest = tail;
        } else if first.is_alphabetic() {
            // A full stop or an apostrophe belongs to the word; vowel signs of Indic scripts are not "alphabetic" letters.
            let length = rest
                .char_indices()
                .find(|(_, character)| {
                    character.is_ascii_digit()
                        || character.is_whitespace()
                        || matches!(character, ',' | '/' | ':' | '：' | '(' | ')')
                })
                .map_or(rest.len(), |(at, _)| at);
            let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
            out.push(Piece::Word(word));
            rest = tail;
        } else {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// A day in words: `Feb 11, 2026`, `févr. 11, 2026`, `3. Dez. 2026`, `2月 02, 2026`, `2026年12月2日`, `2026/12/02`,
/// `02.12.2026`. `None` where the text could mean two days, or has a word that no table knows.
pub(super) fn in_words(text: &str, lang: &str) -> Option<Date> {
    let text = text.trim();
    let pieces = pieces(text);
    let numbers: Vec<(u32, usize, Option<char>)> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Number { value, digits, after } => Some((*value, *digits, *after)),
            Piece::Word(_) => None,
        })
        .collect();
    match numbers.as_slice() {
        [first, second] => with_month_word(&pieces, *first, *second, lang),
        [first, second, third] => numeric(text, &pieces, *first, *second, *third),
        _ => None,
    }
}

fn with_month_word(
    pieces: &[Piece<'_>],
    first: (u32, usize, Option<char>),
    second: (u32, usize, Option<char>),
    lang: &str,
) -> Option<Date> {
    let (year, day) = match (first.1, second.1) {
        (4, 1 | 2) => (first.0, second.0),
        (1 | 2, 4) => (second.0, first.0),
        _ => return None,
    };
    let words: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Word(word) => Some(*word),
            Piece::Number { .. } => None,
        })
        .collect();
    let mut found = None;
    let pairs = words.windows(2).map(<[&str]>::concat);
    for candidate in words.iter().map(|word| (*word).to_owned()).chain(pairs) {
        if let Some(month) = words::month(&candidate, lang) {
            if found.is_some_and(|earlier| earlier != month) {
                return None;
            }
            found = Some(month);
        }
    }
    build(year, u32::from(found?), day)
}

/// Three numbers: only the orders that leave no choice.
fn numeric(
    text: &str,
    pieces: &[Piece<'_>],
    first: (u32, usize, Option<char>),
    second: (u32, usize, Option<char>),
    third: (u32, usize, Option<char>),
) -> Option<Date> {
    // A month in its own words beside three numbers is a time of day or something else.
    let is_year = |number: (u32, usize, Option<char>)| number.1 == 4;
    let marks_month = |number: (u32, usize, Option<char>)| matches!(number.2, Some('月' | '월'));
    let foreign_word = pieces.iter().any(|piece| {
        matches!(piece, Piece::Word(word) if !word.chars().all(|character| matches!(character, '年' | '月' | '日' | '년' | '월' | '일' | '.'))
            && !matches!(*word, "г." | "г" | "р." | "р"))
    });
    if foreign_word {
        return None;
    }
    if is_year(first) {
        // Year first is always year, month, day.
        return build(first.0, second.0, third.0);
    }
    if !is_year(third) {
        return None;
    }
    if marks_month(first) {
        return build(third.0, first.0, second.0);
    }
    let dotted = text.contains('.') && !text.contains(['/', '-']);
    if dotted || first.0 > 12 {
        // With full stops the day comes first in every language.
        return build(third.0, second.0, first.0);
    }
    if second.0 > 12 || first.0 == second.0 {
        return build(third.0, first.0, second.0);
    }
    None
}

fn build(year: u32, month: u32, day: u32) -> Option<Date> {
    if !YEARS.contains(&year) {
        return None;
    }
    Date::new(i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

/// A day and a time in words, where the zone is UTC or an offset from GMT: `January 5, 2026 at 8:04:28 AM UTC`.
/// Gives the day as shown, and the moment where the clock could be read as well.
pub(super) fn with_clock(text: &str, lang: &str) -> (Option<Date>, Option<Timestamp>) {
    let Some(colon) = text.find(':') else { return (in_words(text, lang), None) };
    // The clock begins at the digits before its first colon.
    let before = text.get(..colon).unwrap_or_default();
    let start = before.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    let (date_text, clock_text) = text.split_at_checked(start).unwrap_or((text, ""));
    let day = in_words(date_text, lang);
    let moment = day.and_then(|day| clock(clock_text, day));
    (day, moment)
}

fn clock(text: &str, day: Date) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let mut parts = words.next()?.split(':');
    let mut hour: u8 = parts.next()?.parse().ok()?;
    let minute: u8 = parts.next()?.parse().ok()?;
    let second: u8 = parts.next().map_or(Some(0), |second| second.parse().ok())?;
    let mut zone = words.next()?;
    if zone.eq_ignore_ascii_case("AM") || zone.eq_ignore_ascii_case("PM") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if zone.eq_ignore_ascii_case("PM") { 12 } else { 0 };
        zone = words.next()?;
    }
    let offset = match zone.strip_prefix("GMT").unwrap_or(zone) {
        "" | "UTC" | "Z" => "Z".to_owned(),
        shift => {
            let (sign, rest) = shift.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))?;
            let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
            format!("{sign}{hours:0>2}:{minutes:0>2}")
        }
    };
    Timestamp::parse(&format!("{day}T{hour:02}:{minute:02}:{second:02}{offset}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_javascript_date_is_taken_back_to_gitlabs_day() {
        for (text, want) in [
            ("Sun Feb 28 2027 21:00:00 GMT-0300 (Argentina Standard Time)", "2027-03-01"),
            ("Mon Mar 01 2027 01:00:00 GMT+0100 (Mitteleuropäische Normalzeit)", "2027-03-01"),
            ("Mon Mar 01 2027 09:00:00 GMT+0900 (日本標準時)", "2027-03-01"),
            ("Mon Mar 01 2027 13:45:00 GMT+1345 (Chatham Daylight Time)", "2027-03-01"),
            ("Sun Feb 28 2027 13:00:00 GMT-1100 (GMT-11:00)", "2027-03-01"),
            ("2027-03-01T00:00:00.000Z", "2027-03-01"),
            ("2027-03-01", "2027-03-01"),
        ] {
            assert_eq!(day(text).unwrap().to_string(), want, "{text}");
        }
        for bad in
            ["Invalid Date", "", "Mon Mar 41 2027 00:00:00 GMT+0000", "in 3 days", "Mon Mrz 01 2027 00:00:00 GMT+0000"]
        {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_in_words_are_read_in_many_languages() {
        for (text, lang, want) in [
            ("Feb 11, 2026", "en", "2026-02-11"),
            ("févr. 11, 2026", "fr", "2026-02-11"),
            ("März 07, 2025", "de", "2025-03-07"),
            ("2月 02, 2026", "ja", "2026-02-02"),
            ("12월 02, 2026", "ko", "2026-12-02"),
            ("M. Fómh 03, 2026", "ga-IE", "2026-09-03"),
            ("Ağustos 03, 2026", "tr-TR", "2026-08-03"),
            ("දුරුතු 03, 2026", "si-LK", "2026-01-03"),
            // Written by the browser in its own language.
            ("3 Dec 2026", "en", "2026-12-03"),
            ("3 Sept 2026", "en", "2026-09-03"),
            ("3. Dez. 2026", "en", "2026-12-03"),
            ("3 de dez. de 2026", "pt-BR", "2026-12-03"),
            ("3 груд. 2026 р.", "uk", "2026-12-03"),
            ("3 дек. 2026 г.", "en", "2026-12-03"),
            ("2026. szept. 3.", "en", "2026-09-03"),
            ("2026 බිනර 3", "si-LK", "2026-09-03"),
            ("2026/12/02", "ja", "2026-12-02"),
            ("2026年12月2日", "zh-CN", "2026-12-02"),
            ("2026년 12월 2일", "ko", "2026-12-02"),
            ("2026. 12. 2.", "ko", "2026-12-02"),
            ("02.12.2026", "de", "2026-12-02"),
            ("3.09.2026 г.", "en", "2026-09-03"),
            ("3. 9. 2026", "en", "2026-09-03"),
            ("31/12/2026", "en", "2026-12-31"),
            ("12/31/2026", "en", "2026-12-31"),
            ("2026-12-02", "en", "2026-12-02"),
        ] {
            assert_eq!(in_words(text, lang).map(|date| date.to_string()).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_days_is_not_read() {
        for text in [
            "03/04/2026",
            "3/4/2026",
            "04-03-2026",
            "3 lip 2026",
            "3 ก.ย. 2569",
            "2569/12/02",
            "۱۲ شهریور ۱۴۰۵",
            "In 10 days",
            "10 months ago",
            "Never",
            "",
            "令和8年12月2日",
            "3 thg 9, 2026",
            "Feb 30, 2026",
            "Feb 11, 26",
            "Mar Apr 3 2026",
            "99999999999 Feb 2026",
        ] {
            assert_eq!(in_words(text, "en"), None, "{text}");
        }
    }

    #[test]
    fn a_moment_in_words_needs_a_zone_that_is_a_number() {
        let (day, moment) = with_clock("January 5, 2026 at 8:04:28 AM UTC", "en");
        assert_eq!(day.unwrap().to_string(), "2026-01-05");
        assert_eq!(moment.unwrap().to_string(), "2026-01-05T08:04:28Z");
        let (_, moment) = with_clock("5. Januar 2026 um 08:04:28 GMT+1", "de");
        assert_eq!(moment.unwrap().to_string(), "2026-01-05T07:04:28Z");
        let (day, moment) = with_clock("January 5, 2026 at 12:04:28 AM PST", "en");
        assert_eq!((day.unwrap().to_string().as_str(), moment), ("2026-01-05", None));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", lang in "[a-z]{2}") {
            let _ = (in_words(&text, &lang), day(&text), with_clock(&text, &lang));
        }

        #[test]
        fn every_offset_gives_the_same_day(minutes in -12 * 60..=14 * 60_i32, later in 0..2000_i64) {
            let date = Date::new(2025, 1, 1).unwrap().plus_days(later);
            // The browser's wall clock at 00:00 UTC of that day.
            let clock = i64::from(minutes) * 60;
            let local = date.plus_days(clock.div_euclid(86_400));
            let (year, month, day_of_month) = local.parts();
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][usize::from(month) - 1];
            let minute = clock.rem_euclid(86_400) / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            let text = format!(
                "Xxx {month} {day_of_month:02} {year} {:02}:{:02}:00 GMT{sign}{:02}{:02} (zone)",
                minute / 60, minute % 60, minutes.abs() / 60, minutes.abs() % 60
            );
            prop_assert_eq!(day(&text), Some(date), "{}", text);
        }
    }
}

//! The ends of all live tokens as a calendar (RFC 5545): an all-day event on the day from whose 00:00 UTC on the token is dead,
//! with reminders 60, 30 and 7 days before, as GitLab mails
//! (<https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-expiry-emails>).
//!
//! An event's UID is made of what it is about, so importing a later plan changes the events instead of adding more.

use std::fmt::Write as _;

use super::{Decision, End, Rotation};
use crate::source::visible;
use crate::time::Date;

/// Days before the end.
const REMINDERS: [u16; 3] = [60, 30, 7];
/// A line's octets, without its end (RFC 5545, 3.1).
const OCTETS: usize = 75;

/// The calendar.
#[must_use]
pub fn render(plan: &Rotation) -> String {
    let mut out = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Leastwise//Rotation plan//EN", "CALSCALE:GREGORIAN"] {
        line(&mut out, text);
    }
    let host = host(plan);
    let mut ends: Vec<&End> = plan.ends.iter().collect();
    ends.sort_by(|a, b| (a.on, &a.key).cmp(&(b.on, &b.key)));
    for end in ends {
        event(&mut out, plan, end, &host);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

/// The instance's host where it is known: numbers of two instances are not to meet in one calendar.
fn host(plan: &Rotation) -> String {
    let base = plan.base.as_str();
    let host = base.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.is_empty() || host.contains('$') { "leastwise.invalid".into() } else { host.replace(':', "-") }
}

fn event(out: &mut String, plan: &Rotation, end: &End, host: &str) {
    let about = escape(end.about.as_str());
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:token-end-{}@{host}", end.key));
    line(out, &format!("DTSTAMP:{}T000000Z", basic(plan.today)));
    // Rises from day to day: a calendar takes the later of two events with one UID.
    line(out, &format!("SEQUENCE:{}", plan.today.days_since(Date::MAX) + 3_000_000));
    line(out, &format!("DTSTART;VALUE=DATE:{}", basic(end.on)));
    line(out, &format!("DTEND;VALUE=DATE:{}", basic(end.on.plus_days(1))));
    line(out, &format!("SUMMARY:Token ends: {about}"));
    let what = match end.decision {
        Some(Decision::Replace) => "The plan is to replace it before.",
        Some(Decision::HandOver) => "Its owner is gone: the plan is to hand its work over before.",
        Some(Decision::Revoke) => "Nothing seems to use it: the plan is to revoke it.",
        None => "Nothing is planned for it yet.",
    };
    line(out, &format!("DESCRIPTION:It is dead from 00:00 UTC of this day. {}", escape(what)));
    line(out, "TRANSP:TRANSPARENT");
    for days in REMINDERS {
        line(out, "BEGIN:VALARM");
        line(out, "ACTION:DISPLAY");
        line(out, &format!("TRIGGER:-P{days}D"));
        line(out, &format!("DESCRIPTION:Token ends in {days} days: {about}"));
        line(out, "END:VALARM");
    }
    line(out, "END:VEVENT");
}

/// `20261201`.
fn basic(day: Date) -> String {
    let (year, month, day) = day.parts();
    format!("{year:04}{month:02}{day:02}")
}

/// A text value (RFC 5545, 3.3.11). Control characters are shown as signs, so none can end a line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars().map(visible) {
        if matches!(character, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A content line, folded: no more than 75 octets, never inside a character.
fn line(out: &mut String, text: &str) {
    let mut octets = 0;
    for character in text.chars() {
        if octets + character.len_utf8() > OCTETS {
            out.push_str("\r\n ");
            octets = 1;
        }
        let _ = write!(out, "{character}");
        octets += character.len_utf8();
    }
    out.push_str("\r\n");
}

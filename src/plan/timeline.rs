//! What happened to one token, in order: made, used, refused, rotated, revoked; with what is unusual marked.
//!
//! From audit events (<https://docs.gitlab.com/api/audit_events/>), the server's `api_json.log`
//! (<https://docs.gitlab.com/administration/logs/#api_jsonlog>) and the token's own row. A log may have millions of lines: what
//! is kept is one entry for each day, address and outcome.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::inventory::{AuditEvent, TokenRow};
use crate::report::Report;
use crate::say;
use crate::text::{Name, Text};
use crate::time::{Date, Timestamp};

/// A first use later than this after the making is unusual: most tokens are put to use on the day.
const LATE_DAYS: i64 = 30;

/// So many calls of an entry are named.
const NAMED: usize = 3;

/// What happened to a token.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// GitLab's number of the token.
    pub id: u64,
    /// In order of time.
    pub moments: Vec<Moment>,
    /// What the sources do not show.
    pub notes: Vec<Text>,
}

/// One thing that happened, or the same thing on one day.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// When, or the first time.
    pub at: Timestamp,
    /// The last time, where there were several.
    pub until: Option<Timestamp>,
    /// What.
    pub what: Text,
    /// What is unusual about it.
    pub unusual: Vec<Text>,
    /// Where it stands: the input, and the line of the first one where that is known.
    pub input: Name,
    /// From 1.
    pub line: Option<usize>,
}

/// The lines of a server's log that are about one token, gathered.
pub struct Uses {
    id: u64,
    entries: BTreeMap<Key, Entry>,
    /// Lines that tell no token: older versions do not write it.
    untold: usize,
    lines: usize,
}

/// What is told together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: Date,
    address: Option<Name>,
    /// `None`: it went well.
    refused: Option<Name>,
    changes: bool,
}

struct Entry {
    count: usize,
    first: Timestamp,
    last: Timestamp,
    calls: BTreeSet<Name>,
    input: Name,
    line: usize,
}

/// The fields of a line that count here. `token_id` and `token_type` stand in calls that GitLab let in, the `meta.auth_fail_…` in
/// those it refused (17.2 and newer,
/// <https://docs.gitlab.com/security/tokens/token_troubleshooting/#identify-expired-access-tokens-from-logs>).
#[derive(Deserialize)]
struct Line {
    time: Option<String>,
    status: Option<u16>,
    method: Option<String>,
    route: Option<String>,
    path: Option<String>,
    remote_ip: Option<String>,
    #[serde(rename = "meta.remote_ip")]
    meta_ip: Option<String>,
    token_id: Option<u64>,
    token_type: Option<String>,
    #[serde(rename = "meta.auth_fail_reason")]
    reason: Option<String>,
    #[serde(rename = "meta.auth_fail_token_id")]
    failed: Option<String>,
    #[serde(rename = "meta.auth_fail_requested_scopes")]
    wanted: Option<String>,
}

/// The class of all access tokens: personal ones, and those of projects, groups and service accounts. OAuth tokens have numbers
/// of their own and the class `OauthAccessToken`.
const CLASS: &str = "PersonalAccessToken";

/// GitLab's number of the access token that a call was made or refused with.
fn token_of(line: &Line) -> Option<u64> {
    let used = line.token_id.filter(|_| line.token_type.as_deref().is_none_or(|class| class == CLASS));
    used.or_else(|| {
        let (class, id) = line.failed.as_deref()?.rsplit_once('/')?;
        id.parse().ok().filter(|_| class == CLASS)
    })
}

impl Uses {
    /// For the token with this number.
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self { id, entries: BTreeMap::new(), untold: 0, lines: 0 }
    }

    /// Reads a line of a log; lines of other kinds are left alone.
    pub fn line(&mut self, line: &str, number: usize, input: &Name, context: &Context) {
        // Parsing is the costly part, and most lines are about other tokens.
        if !line.starts_with('{') || !line.contains("\"correlation_id\"") && !line.contains("\"route\"") {
            return;
        }
        self.lines += 1;
        if !line.contains("token_id\"") {
            self.untold += 1;
            return;
        }
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        if token_of(&line) != Some(self.id) {
            return;
        }
        let Some(at) = line.time.as_deref().and_then(Timestamp::parse) else { return };
        let address = line.remote_ip.or(line.meta_ip);
        // Behind proxies there are several; the first one is the caller's.
        let address = address.as_deref().and_then(|list| list.split(',').next()).map(str::trim);
        let status = line.status.unwrap_or(0);
        let refused = line
            .reason
            .as_deref()
            .map(|reason| context.name(reason))
            .or_else(|| matches!(status, 401 | 403).then(|| Name::new(&status.to_string())));
        let method = line.method.unwrap_or_default();
        let key = Key {
            day: at.date(),
            address: address.filter(|address| !address.is_empty()).map(|address| context.name(address)),
            refused,
            changes: !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | ""),
        };
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            count: 0,
            first: at,
            last: at,
            calls: BTreeSet::new(),
            input: input.clone(),
            line: number,
        });
        entry.count += 1;
        entry.first = entry.first.min(at);
        entry.last = entry.last.max(at);
        if entry.calls.len() < NAMED {
            let path = line.route.or(line.path).unwrap_or_default().replace("/api/:version", "");
            let wanted = line.wanted.map(|scopes| format!(" (needs {scopes})")).unwrap_or_default();
            entry.calls.insert(context.name(&format!("{method} {path}{wanted}")));
        }
    }
}

/// Puts together what a report's inventories and the log say about a token.
#[must_use]
pub fn timeline(report: &Report, uses: Uses) -> Timeline {
    let id = uses.id;
    let mut moments = Vec::new();
    let (mut made, mut ended): (Option<Timestamp>, Option<(Timestamp, &'static str)>) = (None, None);
    let (mut row, mut row_input): (Option<&TokenRow>, Name) = (None, Name::default());
    for (index, inventory) in &report.inventories {
        let Some(input) = report.inputs.get(*index) else { continue };
        for event in inventory.audit_events.iter().filter(|event| is_about(event, id)) {
            let Some(at) = event.at else { continue };
            let verb = verb_of(event);
            match verb {
                Some("made") => made = Some(made.map_or(at, |known| known.min(at))),
                Some(verb) if ended.is_none_or(|(known, _)| at < known) => ended = Some((at, verb)),
                _ => {}
            }
            moments.push(Moment {
                at,
                until: None,
                what: in_words(event, verb),
                unusual: Vec::new(),
                input: input.name.clone(),
                line: None,
            });
        }
        if let (None, Some(found)) = (row, inventory.tokens.iter().find(|row| row.id == Some(id))) {
            row = Some(found);
            row_input = input.name.clone();
        }
    }
    let told = moments.iter().any(|moment| moment.what.as_str().starts_with("Made"));
    if let Some(at) = row.and_then(|row| row.created_at) {
        made = made.or(Some(at));
        if !told {
            let (what, input) = (say!["Made, as its row says."], row_input.clone());
            moments.push(Moment { at, until: None, what, unusual: Vec::new(), input, line: None });
        }
    }
    let mut notes = notes(row, &uses);
    moments.extend(of_uses(uses, made, ended));
    moments.sort_by(|a, b| (a.at, &a.what).cmp(&(b.at, &b.what)));
    if moments.is_empty() {
        notes.insert(0, say!["Nothing in what was given is about the token ", id, "."]);
    }
    Timeline { id, moments, notes }
}

/// Does an event speak of the token: by its number as the target, or in its sentence (`… with id 99`)?
fn is_about(event: &AuditEvent, id: u64) -> bool {
    let number = id.to_string();
    let target = event.target_type.as_ref().is_some_and(|kind| kind.as_str().contains("AccessToken"))
        && event.target.as_ref().is_some_and(|target| target.as_str() == number);
    let said = event.action.as_ref().is_some_and(|action| {
        let text = action.as_str().to_ascii_lowercase();
        let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
        text.contains("token") && words.any(|word| word == number)
    });
    target || said
}

fn verb_of(event: &AuditEvent) -> Option<&'static str> {
    let text = [&event.event, &event.action].into_iter().flatten().map(Name::as_str).collect::<Vec<_>>().join(" ");
    let text = text.to_ascii_lowercase();
    let verbs =
        [("revoke", "revoked"), ("delete", "revoked"), ("rotat", "rotated"), ("create", "made"), ("issue", "made")];
    verbs.into_iter().find(|(stem, _)| text.contains(stem)).map(|(_, verb)| verb)
}

fn in_words(event: &AuditEvent, verb: Option<&'static str>) -> Text {
    let mut text = match verb {
        Some("made") => say!["Made"],
        Some("revoked") => say!["Revoked"],
        Some("rotated") => say!["Rotated"],
        _ => match &event.action {
            Some(action) => say!["“", action, "”"],
            None => say!["An audit event"],
        },
    };
    match (&event.author, event.author_id) {
        (Some(author), _) => text.push(" by ").push(author),
        (None, Some(id)) => text.push(" by user ").push(id),
        (None, None) => text.push(" by somebody who was not signed in"),
    };
    if let Some(address) = &event.ip_address {
        text.push(" from ").push(address);
    }
    text.push(".");
    text
}

fn of_uses(uses: Uses, made: Option<Timestamp>, ended: Option<(Timestamp, &'static str)>) -> Vec<Moment> {
    let mut entries: Vec<(Key, Entry)> = uses.entries.into_iter().collect();
    entries.sort_by(|a, b| (a.1.first, &a.0).cmp(&(b.1.first, &b.0)));
    let mut addresses: BTreeSet<Name> = BTreeSet::new();
    let (mut first, mut changed) = (true, false);
    let mut moments = Vec::new();
    for (key, entry) in entries {
        let well = key.refused.is_none();
        let mut unusual = Vec::new();
        if let Some(address) = &key.address
            && addresses.insert(address.clone())
            && addresses.len() > 1
        {
            unusual.push(say!["a new address"]);
        }
        if let Some((at, verb)) = ended.filter(|(at, _)| entry.last > *at) {
            unusual.push(match well {
                true => say!["after it was ", verb, " on ", at, ": it should have been refused"],
                false => say!["after it was ", verb, " on ", at, ": something, or somebody, still holds it"],
            });
        }
        if well && first {
            first = false;
            let days = made.map(|made| entry.first.date().days_since(made.date())).filter(|days| *days >= LATE_DAYS);
            if let Some(days) = days {
                unusual.push(say!["the first use that is shown, ", days, " days after it was made"]);
            }
        }
        if well && key.changes && !changed {
            changed = true;
            if !moments.is_empty() {
                unusual.push(say!["the first call that changes something"]);
            }
        }
        if key.refused.as_ref().is_some_and(|reason| reason.as_str() == "insufficient_scope") {
            unusual.push(say!["it was tried for more than its scopes allow"]);
        }
        moments.push(used(&key, &entry, unusual));
    }
    moments
}

fn used(key: &Key, entry: &Entry, unusual: Vec<Text>) -> Moment {
    let mut what = say![entry.count];
    what.push(match (key.changes, entry.count) {
        (false, 1) => " call that reads",
        (false, _) => " calls that read",
        (true, 1) => " call that changes something",
        (true, _) => " calls that change something",
    });
    match &key.refused {
        Some(reason) => what.push(", refused (").push(reason).push(")"),
        None => &mut what,
    };
    match &key.address {
        Some(address) => what.push(" from ").push(address),
        None => what.push(" from an address that the log does not show"),
    };
    let calls: Vec<Text> = entry.calls.iter().map(|call| say!["`", call, "`"]).collect();
    what.push(": ").push(Text::list(&calls, "and")).push(".");
    let until = (entry.count > 1).then_some(entry.last);
    Moment { at: entry.first, until, what, unusual, input: entry.input.clone(), line: Some(entry.line) }
}

fn notes(row: Option<&TokenRow>, uses: &Uses) -> Vec<Text> {
    let mut notes = Vec::new();
    if uses.lines > 0 {
        notes.push(say![
            "`api_json.log` shows calls of the API alone: Git over HTTP, the registries and pages leave their traces in \
             `production_json.log`, the log of Gitaly and that of the registry."
        ]);
    }
    if uses.untold > 0 {
        notes.push(say![
            uses.untold,
            " of ",
            uses.lines,
            " lines of the log do not say which token was used; some of them may be this one's."
        ]);
    }
    let Some(row) = row else {
        notes.push(say![
            "The token's own row was not given: its list (GET /personal_access_tokens, or the project's or group's \
             access_tokens) tells when it was made, when it was last used and from where."
        ]);
        return notes;
    };
    let seen: BTreeSet<&Name> = uses.entries.keys().filter_map(|key| key.address.as_ref()).collect();
    let missing: Vec<&Name> = row.last_used_ips.iter().flatten().filter(|address| !seen.contains(address)).collect();
    if !missing.is_empty() {
        notes.push(say![
            "Its row says that it was used from ",
            Text::list(&missing, "and"),
            ", which the log does not show: the log is not all of it."
        ]);
    }
    if let Some(day) = row.last_used_day() {
        notes.push(say!["Its row says that it was last used on ", day, "."]);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;

    fn context() -> Context {
        Context::new(Date::new(2026, 11, 20).unwrap())
    }

    fn event(at: &str, words: &str) -> String {
        format!(
            r#"{{"id":5,"author_id":1,"entity_id":3,"entity_type":"User","details":{{"custom_message":"{words}","author_name":"Dana","target_id":3,"target_type":"User","ip_address":"203.0.113.1"}},"created_at":"{at}"}}"#
        )
    }

    fn call(at: &str, method: &str, ip: &str, rest: &str) -> String {
        format!(
            r#"{{"time":"{at}","severity":"INFO","status":200,"method":"{method}","path":"/api/v4/projects/1","route":"/api/:version/projects/:id","remote_ip":"{ip}, 10.0.0.2","correlation_id":"x",{rest}}}"#
        )
    }

    fn told(events: &[String], calls: &[String]) -> Timeline {
        let events = format!("[{}]", events.join(","));
        let row = r#"[{"id":99,"name":"ci","revoked":true,"active":false,"created_at":"2026-08-01T08:00:00.000Z","scopes":["api"],"user_id":3,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2027-01-01","last_used_ips":["203.0.113.9","198.51.100.7"]}]"#;
        let report = crate::audit(
            vec![Input::new("audit_events.json", events), Input::new("personal_access_tokens.json", row)],
            &context(),
        );
        let mut uses = Uses::new(99);
        for (number, line) in calls.iter().enumerate() {
            uses.line(line, number + 1, &Name::new("api_json.log"), &context());
        }
        timeline(&report, uses)
    }

    fn shown(timeline: &Timeline) -> String {
        let mut out = String::new();
        for moment in &timeline.moments {
            let until = moment.until.map(|until| format!(" to {until}")).unwrap_or_default();
            out.push_str(&format!("{}{until} {}\n", moment.at, moment.what));
            moment.unusual.iter().for_each(|mark| out.push_str(&format!("  unusual: {mark}\n")));
        }
        timeline.notes.iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
        out
    }

    const MINE: &str = r#""token_type":"PersonalAccessToken","token_id":99"#;

    #[test]
    fn a_stolen_tokens_story_is_told_in_order_with_what_is_unusual() {
        let events = [
            event("2026-08-01T08:00:00.000Z", "Created personal access token with id 99"),
            event("2026-11-18T09:00:00.000Z", "Revoked personal access token with id 99"),
            event("2026-11-18T09:00:00.000Z", "Revoked personal access token with id 990"),
        ];
        let calls = [
            call("2026-10-01T06:00:00.000Z", "GET", "203.0.113.9", MINE),
            call("2026-10-01T06:05:00.000Z", "GET", "203.0.113.9", MINE),
            call("2026-11-17T23:10:00.000Z", "GET", "192.0.2.66", MINE),
            call("2026-11-17T23:12:00.000Z", "POST", "192.0.2.66", MINE),
            call(
                "2026-11-17T23:12:00.000Z",
                "POST",
                "192.0.2.66",
                r#""token_type":"PersonalAccessToken","token_id":100"#,
            ),
            call(
                "2026-11-18T10:00:00.000Z",
                "GET",
                "192.0.2.66",
                r#""meta.auth_fail_reason":"token_revoked","meta.auth_fail_token_id":"PersonalAccessToken/99""#,
            ),
            call("2026-11-18T10:00:00.000Z", "GET", "192.0.2.66", r#""user_id":3"#),
        ];
        let timeline = told(&events, &calls);
        insta::assert_snapshot!(shown(&timeline));
    }

    /// Numbers are counted class by class: an OAuth token with the same one is another token.
    #[test]
    fn a_token_of_another_class_is_another_token() {
        let calls: Vec<String> = [
            r#""token_type":"OauthAccessToken","token_id":99"#,
            r#""meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"OauthAccessToken/99""#,
            r#""meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"99""#,
            r#""token_type":"OauthAccessToken","token_id":99,"token_application_id":3"#,
        ]
        .iter()
        .map(|rest| call("2026-11-02T06:00:00.000Z", "GET", "203.0.113.9", rest))
        .collect();
        let one = told(&[], &calls);
        assert!(one.moments.iter().all(|moment| moment.what.as_str().starts_with("Made")), "{}", shown(&one));
        let refused = r#""meta.auth_fail_reason":"insufficient_scope","meta.auth_fail_token_id":"PersonalAccessToken/99","meta.auth_fail_requested_scopes":"api read_api""#;
        let two = told(&[], &[call("2026-11-02T06:00:00.000Z", "POST", "203.0.113.9", refused)]);
        let two = shown(&two);
        assert!(two.contains("(needs api read_api)") && two.contains("more than its scopes allow"), "{two}");
    }

    #[test]
    fn what_is_usual_is_not_marked() {
        let events = [event("2026-10-30T08:00:00.000Z", "Created personal access token with id 99")];
        let calls: Vec<String> =
            (1..9).map(|day| call(&format!("2026-11-0{day}T06:00:00.000Z"), "GET", "203.0.113.9", MINE)).collect();
        let timeline = told(&events, &calls);
        assert_eq!(timeline.moments.len(), 9);
        assert!(timeline.moments.iter().all(|moment| moment.unusual.is_empty()), "{}", shown(&timeline));
    }

    #[test]
    fn a_use_after_the_end_that_went_well_is_said_too() {
        let events = [event("2026-11-01T08:00:00.000Z", "Rotated personal access token with id 99")];
        let calls = [call("2026-11-02T06:00:00.000Z", "GET", "203.0.113.9", MINE)];
        let shown = shown(&told(&events, &calls));
        assert!(shown.contains("after it was rotated on 1 November 2026: it should have been refused"), "{shown}");
    }

    #[test]
    fn a_long_log_is_kept_as_days() {
        let mut uses = Uses::new(99);
        for number in 0..20_000 {
            let line = call(&format!("2026-11-0{}T06:00:00.000Z", 1 + number % 9), "GET", "203.0.113.9", MINE);
            uses.line(&line, number, &Name::new("x"), &context());
        }
        assert_eq!(uses.entries.len(), 9);
    }
}

//! Lines of the server's `api_json.log` (<https://docs.gitlab.com/administration/logs/#api_jsonlog>): JSON, one request each.

use serde::Deserialize;

use super::refusal::{Refusal, gather};
use super::target::{self, Target};
use super::{JobLog, Shape};
use crate::catalog::{Part, Scope, messages};
use crate::context::Context;
use crate::input::{Model, Reading, Status, Unread};
use crate::say;
use crate::source::{Source, Span};
use crate::text::Text;

/// The fields that are read; all others are skipped without being kept.
#[derive(Deserialize)]
struct Line {
    status: Option<u16>,
    path: Option<String>,
    #[serde(rename = "meta.project")]
    project: Option<String>,
    #[serde(rename = "meta.auth_fail_reason")]
    reason: Option<String>,
    #[serde(rename = "meta.auth_fail_token_id")]
    token: Option<String>,
    #[serde(rename = "meta.auth_fail_requested_scopes")]
    scopes: Option<String>,
}

/// Does the text begin with such a line?
pub(super) fn is_server_log(text: &str) -> bool {
    let Some(line) = crate::input::lines(text).find(|line| !line.trim_start().is_empty()) else { return false };
    line.starts_with('{')
        && line.contains("\"correlation_id\"")
        && line.contains("\"status\"")
        && (line.contains("\"route\"") || line.contains("\"meta.caller_id\""))
        && serde_json::from_str::<Line>(line).is_ok()
}

pub(super) fn read(source: &Source, context: &Context) -> Reading {
    let mut refusals: Vec<Refusal> = Vec::new();
    let mut unread = Vec::new();
    let (mut at, mut broken, mut first_broken) = (0, 0_usize, None);
    for piece in source.text().split_inclusive('\n') {
        let start = at;
        at += piece.len();
        let line = piece.trim_end();
        // Parsing is the costly part, and a log is mostly requests that went well.
        if line.is_empty() || (line.starts_with('{') && line.ends_with('}') && !line.contains("auth_fail_reason")) {
            continue;
        }
        let span = Span::new(start, start + line.len());
        match serde_json::from_str::<Line>(line) {
            Ok(line) => match refusal(&line, span, context) {
                Ok(Some(refusal)) => refusals.push(refusal),
                Ok(None) => {}
                Err(message) => unread.push(Unread { at: Some(span), message }),
            },
            Err(_) => {
                broken += 1;
                first_broken.get_or_insert(span);
            }
        }
    }
    if broken > 0 {
        let message = say![
            broken,
            if broken == 1 { " line is" } else { " lines are" },
            " not whole JSON and could not be read, this one first; the others were. A rotated log can be cut in the middle \
             of a line."
        ];
        unread.push(Unread { at: first_broken, message });
    }
    unread.sort_by_key(|unread| unread.at);
    unread.dedup_by(|later, earlier| later.message == earlier.message);
    let log = JobLog { shape: Shape::Server, refusals: gather(refusals), ..JobLog::default() };
    let status = if broken > 0 { Status::Partly } else { Status::Read };
    Reading {
        format: Text::from(Shape::Server.words()),
        status,
        model: Model::JobLog(Box::new(log)),
        unread,
        ..Reading::default()
    }
}

fn refusal(line: &Line, span: Span, context: &Context) -> Result<Option<Refusal>, Text> {
    let Some(reason) = line.reason.as_deref().filter(|reason| !reason.is_empty()) else { return Ok(None) };
    let Some(message) = messages().iter().find(|message| message.part == Part::Server && message.needle == reason)
    else {
        return Err(say![
            "`meta.auth_fail_reason` is `",
            context.name(reason),
            "`, which is newer than this catalog: what it means was \
             not judged."
        ]);
    };
    let mut refusal = Refusal::new(message, span);
    refusal.status = line.status.or(message.status);
    let called = line.path.as_deref().and_then(|path| target::address(&["https://host", path].concat()));
    refusal.callee = match (&line.project, called.and_then(|address| address.target)) {
        (Some(project), _) if !project.is_empty() => Some(context.name(project)),
        (_, Some(Target::Path(path))) if line.path.as_deref().is_some_and(|path| path.contains("/api/")) => {
            Some(context.name(&path))
        }
        (_, Some(Target::Id(id))) => Some(context.name(&["id:", &id.to_string()].concat())),
        _ => None,
    };
    if let Some((kind, id)) = line.token.as_deref().and_then(|token| token.split_once('/')) {
        refusal.token = id.parse().ok().map(|id| (context.name(kind), id));
    }
    refusal.scopes = line
        .scopes
        .as_deref()
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|scope| !scope.is_empty())
        .map(Scope::new)
        .collect();
    Ok(Some(refusal))
}

//! The plan as a script for bash: make the new token, put it into its variable, have it tried, end the old one. It asks before
//! every step that cannot be taken back and stops at the first failure.
//!
//! No value of a token is ever an argument of a command or on the screen: they go through pipes alone. Names from the input
//! stand in single quotes only, where a shell gives no character a meaning.

use std::fmt::Write as _;

use super::holders::{Holder, Level};
use super::words::{because, heading, verb};
use super::{Decision, Item, NewToken, Rotation};
use crate::catalog::TokenType;
use crate::inventory::OwnerKind;
use crate::rules::call::{Encoded, Iso};
use crate::rules::row::Row;
use crate::say;
use crate::source::visible;
use crate::text::{Name, Text};
use crate::time::Date;

/// The calls for one token.
#[derive(Clone, Debug)]
pub(super) struct Swap {
    /// `projects/318/access_tokens`.
    list: Text,
    id: u64,
    /// What to send to make the new one; `None` to revoke only.
    body: Option<Text>,
    /// Where the new value goes: a variable's path, and its environment scope where there are several.
    variables: Vec<(Text, Option<Name>, Text)>,
    /// Holders that cannot be changed by a call.
    by_hand: bool,
    shows_use: bool,
    /// The role of the new one is that of the old one, which the script asks GitLab for.
    asks_role: bool,
    /// The last day of use that the plan knew of a token that it ends as unused.
    unused_since: Option<Date>,
}

impl Swap {
    /// The calls, where all of them are known.
    pub(super) fn new(
        row: &Row<'_>,
        decision: Decision,
        new: Option<&NewToken>,
        end: Option<Date>,
        holders: &[Holder],
    ) -> Option<Self> {
        let kind = row.kind();
        let of = match (kind, row.owner_kind()) {
            (TokenType::ProjectAccessToken, OwnerKind::Project) | (TokenType::DeployToken, OwnerKind::Project) => {
                "projects"
            }
            (TokenType::GroupAccessToken, OwnerKind::Group) | (TokenType::DeployToken, OwnerKind::Group) => "groups",
            _ => return None,
        };
        let list = say![
            of,
            "/",
            place(row.owner_id(), row.path())?,
            "/",
            if kind == TokenType::DeployToken { "deploy_tokens" } else { "access_tokens" }
        ];
        let body = match (decision, new, end) {
            (Decision::Revoke, ..) => None,
            (Decision::Replace, Some(new), Some(end)) if !new.scopes.is_empty() => Some(body(new, end)),
            // To whom the work goes is for people to decide.
            _ => return None,
        };
        let variables: Vec<_> = holders.iter().filter_map(variable).collect();
        let by_hand = variables.len() < holders.len();
        // A value that goes nowhere would be lost: then a person makes the token, and sees it.
        if body.is_some() && variables.is_empty() {
            return None;
        }
        let shows_use = kind != TokenType::DeployToken;
        Some(Self {
            list,
            id: row.token.id?,
            asks_role: shows_use && new.is_some_and(|new| new.role.is_none()),
            unused_since: (body.is_none() && shows_use)
                .then(|| row.token.last_used_day().or(row.token.created_on).unwrap_or_else(|| row.today())),
            body,
            variables,
            by_hand,
            shows_use,
        })
    }
}

/// A number or an encoded path as one segment of an address.
fn place(id: Option<u64>, path: Option<&Name>) -> Option<Text> {
    let path = path.filter(|path| path.as_str().contains(char::is_alphanumeric));
    id.map(|id| say![id]).or_else(|| path.map(|path| say![Encoded(path)]))
}

fn body(new: &NewToken, end: Date) -> Text {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        name: &'a str,
        scopes: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        access_level: Option<u8>,
        expires_at: &'a str,
    }
    let end = say![Iso(end)];
    let scopes = new.scopes.iter().map(crate::catalog::Scope::as_str).collect();
    let access_level = new.role.map(crate::catalog::AccessLevel::number);
    let body = Body { name: new.name.as_str(), scopes, access_level, expires_at: end.as_str() };
    say![Name::new(&serde_json::to_string(&body).unwrap_or_default())]
}

/// The call that changes a variable, its environments, and how it is named to people.
fn variable(holder: &Holder) -> Option<(Text, Option<Name>, Text)> {
    // Which of several tokens it holds, a person has to find out first.
    let place_of = holder.place.as_ref().filter(|_| holder.claims == 1)?;
    let key = holder.key.as_str();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let of = match place_of.level {
        Level::Project => say!["projects/", place(place_of.id, place_of.path.as_ref())?],
        Level::Group => say!["groups/", place(place_of.id, place_of.path.as_ref())?],
        Level::Instance => say!["admin/ci"],
        Level::Schedule | Level::Unknown => return None,
    };
    Some((say![of, "/variables/", holder.key], place_of.scope.clone(), super::steps::holder_in_words(holder)))
}

/// The script.
#[must_use]
pub fn render(plan: &Rotation) -> String {
    let base = match plan.base.as_str() {
        base if base.contains('$') => "",
        base => base,
    };
    let mut out = HEAD.replace("@TODAY@", &plan.today.to_string()).replace("@BASE@", base);
    let (calls, by_hand): (Vec<&Item>, Vec<&Item>) = plan.items.iter().partition(|item| item.swap.is_some());
    for item in calls {
        token(&mut out, item);
    }
    if !by_hand.is_empty() {
        let _ = writeln!(out, "\n# {} more, by hand; --format text has their steps.", by_hand.len());
        let mut why = "";
        let mut by_hand: Vec<(&'static str, &Item)> =
            by_hand.into_iter().map(|item| (by_hand_because(item), item)).collect();
        by_hand.sort_by_key(|(why, _)| *why);
        for (because, item) in by_hand {
            if because != why {
                why = because;
                let _ = writeln!(out, "#\n# {why}:");
            }
            let _ = writeln!(out, "#   {}", shown(&format!("{}: {}", verb(item), heading(item))));
        }
    }
    out.push_str("\nsay 'Done.'\n");
    out
}

/// Why a script does not do it.
fn by_hand_because(item: &Item) -> &'static str {
    match (item.kind, item.decision) {
        (TokenType::ProjectAccessToken | TokenType::GroupAccessToken | TokenType::DeployToken, Decision::Replace) => {
            if item.holders.iter().any(|holder| holder.place.is_some() && holder.claims == 1) {
                "What was read does not say enough for the calls"
            } else if item.holders.is_empty() {
                "No variable is known that holds it: a new value would go nowhere"
            } else {
                "The variable that holds it may hold another token, or stands in no list you gave"
            }
        }
        (TokenType::ProjectAccessToken | TokenType::GroupAccessToken | TokenType::DeployToken, _) => {
            "What was read does not say enough for the calls"
        }
        (TokenType::PipelineTriggerToken | TokenType::DeployKey, _) => {
            "A trigger token or deploy key: where it goes, no call can tell"
        }
        _ => "Of a person or a service account: its owner or an administrator decides",
    }
}

fn token(out: &mut String, item: &Item) {
    let Some(swap) = &item.swap else { return };
    let list = quoted(swap.list.as_str());
    let _ = write!(out, "\n# {}\n", shown(because(item).as_str()));
    let _ = writeln!(out, "if begin {} {}; then", swap.id, quoted(heading(item).as_str()));
    match &swap.body {
        Some(body) => {
            let variables = |out: &mut String, function: &str| {
                for (path, scope, words) in &swap.variables {
                    let scope = scope.as_ref().map_or("", Name::as_str);
                    let [path, scope, words] = [path.as_str(), scope, words.as_str()].map(quoted);
                    let _ = writeln!(out, "  {function} {path} {scope} {words}");
                }
            };
            // Before anything is made.
            variables(out, "look");
            let role_of = if swap.asks_role { format!(" {}", swap.id) } else { String::new() };
            let _ = writeln!(out, "  create {list} {}{role_of}", quoted(body.as_str()));
            variables(out, "put");
            if swap.by_hand {
                let _ = writeln!(out, "  by_hand");
            }
            let verify = if swap.shows_use { "verify" } else { "verify_by_eye" };
            let _ = writeln!(out, "  {verify} {list}");
        }
        None => {
            let words: Vec<&str> = swap.variables.iter().map(|(_, _, words)| words.as_str()).collect();
            if !words.is_empty() {
                let _ = writeln!(out, "  say {}", quoted(&format!("Look first into {}.", words.join(", "))));
            }
            if let Some(day) = swap.unused_since {
                let _ = writeln!(out, "  if unused {list} {} {day}; then revoke {list} {}; fi\nfi", swap.id, swap.id);
                return;
            }
        }
    }
    let _ = writeln!(out, "  revoke {list} {}\nfi", swap.id);
}

/// A word that a shell takes as it is: single quotes, and no character that acts in a terminal.
fn quoted(text: &str) -> String {
    format!("'{}'", shown(text).replace('\'', "'\\''"))
}

fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

const HEAD: &str = r#"#!/usr/bin/env bash
# shellcheck disable=SC2016 # Names stand in single quotes on purpose: nothing in them is to act.
# Rotation of GitLab tokens, planned by Leastwise on @TODAY@.
#
#   GITLAB_TOKEN=… bash rotation.sh [ID]...     all tokens, or those with these numbers
#
# For each token: makes the new one beside the old one, puts it into its CI/CD variable, waits until it was used, and revokes
# the old one. Asks before each step that cannot be taken back; stops at the first failure. GITLAB_TOKEN needs the scope api and
# Maintainer of the project or Owner of the group. No value of a token is shown, or is an argument of a command.
set -eu -o pipefail

API=${GITLAB_API:-'@BASE@'}
ONLY=" $* "
NEW_ID=''
NEW_VALUE=''
CHANGED=0

say() { printf '%s\n' "$1" >&2; }

stop() {
  say "Stopped: $1"
  exit 1
}

# Whatever goes wrong between making a token and revoking the old one: the new one is alive, and its value is lost.
left() {
  status=$?
  if [ "$status" -ne 0 ] && [ -n "$NEW_ID" ]; then
    say "The new token $NEW_ID is alive. If its value is in no variable yet, revoke it before you start again; the old one still works."
  fi
}
trap left EXIT

for tool in curl jq; do
  command -v "$tool" >/dev/null || stop "$tool is not installed."
done
[ -n "${GITLAB_TOKEN:-}" ] || stop 'Set GITLAB_TOKEN to a token that may do this.'
[ -n "$API" ] || stop 'Set GITLAB_API to the address of your GitLab, for example https://gitlab.example.com/api/v4.'

# call METHOD PATH [curl option]...: standard input is the body, if the options say so. The token goes in by a pipe.
call() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --fail --globoff --max-time 60 --request "$method" \
    --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$GITLAB_TOKEN") "$@" -- "$API/$path"
}

ask() {
  local answer=''
  printf '%s ' "$1" >&2
  read -r answer || stop 'No answer.'
  [ "$answer" = yes ]
}

begin() {
  if [ "$ONLY" != '  ' ] && [[ "$ONLY" != *" $1 "* ]]; then
    return 1
  fi
  say ''
  say "$2"
  ask 'Begin with this one? (yes, or anything else for the next)'
}

# create PATH BODY [OLD_ID]: with the old one's role, where the plan did not know it.
create() {
  local answer body=$2 role
  if [ -n "${3:-}" ]; then
    role=$(call GET "$1/$3" | jq --exit-status '.access_level | numbers') || stop 'The role of the old token could not be read.'
    body=$(printf '%s' "$2" | jq --compact-output --argjson role "$role" '. + {access_level: $role}')
  fi
  answer=$(printf '%s' "$body" | call POST "$1" --header 'Content-Type: application/json' --data-binary @-) || stop 'The new token could not be made.'
  CHANGED=0
  NEW_ID=$(printf '%s' "$answer" | jq --exit-status --raw-output '.id | numbers') || stop 'The answer has no number of the new token.'
  NEW_VALUE=$(printf '%s' "$answer" | jq --exit-status --raw-output '.token | strings | select(test("^[A-Za-z0-9_.:-]{16,}$"))') ||
    stop 'The answer has no value of the new token.'
  say "Made: $NEW_ID."
}

# variable PATH SCOPE: its path with the filter that tells it from others of the same name.
variable() {
  if [ -n "$2" ]; then
    printf '%s?filter%%5Benvironment_scope%%5D=%s' "$1" "$(jq --null-input --raw-output --arg scope "$2" '$scope | @uri')"
  else
    printf '%s' "$1"
  fi
}

# look PATH SCOPE WORDS: the variable has to be there already, so that masking and protection stay as they are.
look() {
  call GET "$(variable "$1" "$2")" --output /dev/null || stop "Not found: $3."
}

# put PATH SCOPE WORDS
put() {
  local path
  [ -n "$NEW_VALUE" ] || stop 'There is no new value.'
  ask "Overwrite $3? What stands there is lost. (yes, or anything else to leave it)" || {
    say 'Left as it is.'
    return 0
  }
  path=$(variable "$1" "$2")
  printf '%s' "$NEW_VALUE" | call PUT "$path" --output /dev/null --data-urlencode value@- || stop 'The variable was not changed.'
  CHANGED=$((CHANGED + 1))
  say 'Changed.'
}

by_hand() {
  ask 'Are there other places that hold the old value? They need a token of their own, made by hand. Is that done? (yes to go on)' ||
    stop 'Consumers are not known.'
}

verify() {
  [ "$CHANGED" -gt 0 ] || stop 'Nothing holds the new token.'
  say 'Run what uses it now.'
  ask 'Has it run? (yes to go on)' || stop 'The new token was not tried.'
  local tries=0
  until call GET "$1/$NEW_ID" | jq --exit-status '.last_used_at != null' >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || stop 'GitLab shows no use of the new token: the old one stays.'
    sleep "${WAIT_SECONDS:-30}"
  done
  say 'The new token was used.'
}

# unused PATH ID DAY: was it used since the plan was made?
unused() {
  local last
  last=$(call GET "$1/$2" | jq --raw-output '.last_used_at // "" | strings | .[0:10]') || stop "$2 could not be looked at."
  if [[ "$last" > "$3" ]]; then
    say "Kept: $2 was used on $last, after the plan was made. Find out what uses it."
    return 1
  fi
}

verify_by_eye() {
  [ "$CHANGED" -gt 0 ] || stop 'Nothing holds the new token.'
  say 'A deploy token shows no last use. Run what uses it now.'
  ask 'Has it succeeded with the new token? (yes to go on)' || stop 'The new token was not tried.'
}

revoke() {
  ask "Revoke $2? Whatever still uses it stops at once, and there is no way back. (yes, or anything else to keep it)" || {
    say "Kept: $2."
    NEW_ID='' NEW_VALUE=''
    return 0
  }
  call DELETE "$1/$2" --output /dev/null || stop "$2 was not revoked."
  say "Revoked: $2."
  NEW_ID='' NEW_VALUE=''
}

# The tokens, in the order of the plan.
"#;

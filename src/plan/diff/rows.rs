//! The rows of an export that are no tokens of the token tables: keys, triggers, variables, the job token's settings, runners,
//! webhooks, applications, accounts, members.
//!
//! They are compared by their published form, field by field, so that a field of tomorrow is compared too. What a source does not
//! say (`null`) is no change, and neither is when something was last used or seen.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Difference, Differences, Direction};
use crate::inventory::{Inventory, Owner};
use crate::say;
use crate::text::{Name, Text};

/// A list of an inventory, and what one of its rows is called.
const PARTS: [(&str, &str); 11] = [
    ("deploy_keys", "deploy key"),
    ("trigger_tokens", "pipeline trigger token"),
    ("variables", "CI/CD variable"),
    ("runners", "runner"),
    ("webhooks", "webhook"),
    ("applications", "OAuth application"),
    ("ssh_keys", "SSH key"),
    ("gpg_keys", "GPG key"),
    ("service_accounts", "service account"),
    ("users", "user"),
    ("members", "member"),
];

/// Fields that name a row where it has no number, the first that is there.
const NAMES: [&str; 9] =
    ["key", "path", "username", "name", "title", "description", "url", "fingerprint_sha256", "fingerprint_md5"];

/// What tells two rows of one name apart.
const BESIDE: [&str; 3] = ["environment_scope", "level", "inherited_from"];

/// What changes by itself, or says how the source shows the row.
const IGNORED: [&str; 8] =
    ["kind", "id", "status", "online", "never_used", "secret_in_document", "value_kind", "from_drawer"];

/// Fields whose value is worse when it is this.
const WORSE: [(&str, bool); 12] = [
    ("masked", false),
    ("hidden", false),
    ("protected", false),
    ("write_to_this_project", true),
    ("never_expires", true),
    ("ssl_verification", false),
    ("enable_ssl_verification", false),
    ("confidential", false),
    ("locked", false),
    ("run_untagged", true),
    ("push_allowed", true),
    ("cross_project_push_allowed", true),
];

type Row = Map<String, Value>;

/// What names a row from one export to the next: its kind, whose it is, its number or name, and how many of the same came before.
type Key = (&'static str, String, String, usize);

/// Compares all rows; what they came to is added to `out`.
pub(super) fn compare(old: &[(usize, Inventory)], new: &[(usize, Inventory)], out: &mut Differences) {
    let (before, after) = (keyed(old), keyed(new));
    for (key, row) in &after {
        match before.get(key) {
            None => out.differences.push(whole(Direction::New, key, row)),
            Some(was) => {
                let changes = changes(was, row);
                match changes.iter().map(|(direction, _)| *direction).min() {
                    None => out.keep(about(key, row)),
                    Some(direction) => out.differences.push(Difference {
                        direction,
                        about: about(key, row),
                        changes: changes.into_iter().map(|(_, text)| text).collect(),
                    }),
                }
            }
        }
    }
    for (key, row) in &before {
        if !after.contains_key(key) {
            out.differences.push(whole(Direction::Gone, key, row));
        }
    }
}

fn keyed(inventories: &[(usize, Inventory)]) -> BTreeMap<Key, Row> {
    let mut same: BTreeMap<(&'static str, String, String), Vec<Row>> = BTreeMap::new();
    for (_, inventory) in inventories {
        let owner = inventory.owner.as_ref().map(whose).unwrap_or_default();
        let Ok(Value::Object(mut all)) = serde_json::to_value(inventory) else { continue };
        let mut put = |kind: &'static str, row: Value| {
            if let Value::Object(mut row) = row {
                row.values_mut().for_each(as_set);
                let (of, name) = names(&owner, &row);
                same.entry((kind, of, name)).or_default().push(row);
            }
        };
        for (part, kind) in PARTS {
            if let Some(Value::Array(rows)) = all.remove(part) {
                rows.into_iter().for_each(|row| put(kind, row));
            }
        }
        if let Some(row) = all.remove("webhook") {
            put("webhook", row);
        }
        if let Some(Value::Object(mut settings)) = all.remove("job_token") {
            if let Some(Value::Array(rows)) = settings.remove("allowlist") {
                rows.into_iter().for_each(|row| put("job token allowlist entry", row));
            }
            // The log is a record, no setting.
            settings.remove("auth_log");
            put("job token settings", Value::Object(settings));
        }
    }
    let mut out = BTreeMap::new();
    for ((kind, owner, name), mut rows) in same {
        // Rows that nothing tells apart are paired by what they hold, not by their order; the same row in two lists is one.
        rows.sort_by_cached_key(|row| serde_json::to_string(row).unwrap_or_default());
        rows.dedup();
        for (ordinal, row) in rows.into_iter().enumerate() {
            out.insert((kind, owner.clone(), name.clone(), ordinal), row);
        }
    }
    out
}

/// Lists in rows are sets: events, scopes, projects.
fn as_set(value: &mut Value) {
    if let Value::Array(all) = value {
        all.sort_by_cached_key(ToString::to_string);
    }
}

fn whose(owner: &Owner) -> String {
    let name = owner.path.as_ref().or(owner.username.as_ref()).map(ToString::to_string);
    name.or_else(|| owner.id.map(|id| id.to_string())).unwrap_or_default()
}

fn word(row: &Row, field: &str) -> Option<String> {
    match row.get(field)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whose it is, and its name. A number says it all, but a member's, which is the user's.
fn names(owner: &str, row: &Row) -> (String, String) {
    if let Some(id) = word(row, "id").filter(|_| !row.contains_key("user_id") || !row.contains_key("access_level")) {
        return (String::new(), id);
    }
    let mut name = word(row, "user_id").or_else(|| NAMES.iter().find_map(|field| word(row, field))).unwrap_or_default();
    for field in BESIDE {
        if let Some(more) = word(row, field) {
            name.push('\n');
            name.push_str(&more);
        }
    }
    (owner.to_owned(), name)
}

fn about((kind, owner, ..): &Key, row: &Row) -> Text {
    let mut text = say![*kind];
    if let Some(name) = NAMES.iter().find_map(|field| word(row, field)) {
        text.push(" `").push(Name::new(&name)).push("`");
    }
    if let Some(id) = word(row, "id") {
        text.push(" (id ").push(Name::new(&id)).push(")");
    }
    if !owner.is_empty() {
        text.push(" of ").push(Name::new(owner));
    }
    if let Some(scope) = word(row, "environment_scope").filter(|scope| scope != "*") {
        text.push(" for ").push(Name::new(&scope));
    }
    text
}

fn counts(field: &str, value: &Value) -> bool {
    !value.is_null() && !IGNORED.contains(&field) && !field.starts_with("last_") && !field.starts_with("contacted")
}

fn whole(direction: Direction, key: &Key, row: &Row) -> Difference {
    let said: Vec<Text> = row
        .iter()
        .filter(|(field, value)| counts(field, value) && !NAMES.contains(&field.as_str()))
        .take(6)
        .map(|(field, value)| say![spoken(field), " ", shown(value)])
        .collect();
    let changes = if said.is_empty() { Vec::new() } else { vec![Text::list(&said, "and")] };
    Difference { direction, about: about(key, row), changes }
}

fn changes(was: &Row, is: &Row) -> Vec<(Direction, Text)> {
    let mut out = Vec::new();
    for (field, after) in is {
        let Some(before) = was.get(field) else { continue };
        if before == after || !counts(field, before) || !counts(field, after) {
            continue;
        }
        let known = WORSE.iter().find(|(name, _)| name == field).map(|(_, worse)| *worse);
        let direction = match (known, after, before) {
            (Some(worse), Value::Bool(now), _) if *now == worse => Direction::Worse,
            (Some(_), Value::Bool(_), _) => Direction::Better,
            // Days in one form sort as they follow each other.
            (_, Value::String(now), Value::String(then)) if field.starts_with("expires") => {
                if now > then {
                    Direction::Worse
                } else {
                    Direction::Better
                }
            }
            _ => Direction::Changed,
        };
        out.push((direction, say![spoken(field), " is ", shown(after), ", was ", shown(before)]));
    }
    out
}

fn spoken(field: &str) -> Name {
    Name::new(&field.replace('_', " "))
}

fn shown(value: &Value) -> Text {
    match value {
        Value::Null => say!["unknown"],
        Value::Bool(true) => say!["yes"],
        Value::Bool(false) => say!["no"],
        Value::Number(number) => say![Name::new(&number.to_string())],
        Value::String(text) => say!["`", Name::new(text), "`"],
        Value::Array(all) if all.is_empty() => say!["none"],
        Value::Array(all) => {
            let shown: Vec<Text> = all.iter().take(5).map(shown).collect();
            let mut text = Text::list(&shown, "and");
            if all.len() > shown.len() {
                text.push(" and ").push(all.len() - shown.len()).push(" more");
            }
            text
        }
        Value::Object(fields) => match NAMES.iter().find_map(|field| word(fields, field)) {
            Some(name) => say!["`", Name::new(&name), "`"],
            None => say![fields.len(), " values"],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit;
    use crate::context::Context;
    use crate::input::Input;
    use crate::plan::diff::inventories;
    use crate::report::Report;
    use crate::time::Date;

    fn read(text: &str) -> Report {
        audit(
            vec![Input::new("export.json", text.as_bytes().to_vec())],
            &Context::new(Date::parse("2026-11-20").unwrap()),
        )
    }

    fn lines(old: &str, new: &str) -> Vec<String> {
        let found = inventories(&read(old), &read(new));
        found
            .differences
            .iter()
            .map(|one| {
                let changes: Vec<&str> = one.changes.iter().map(Text::as_str).collect();
                format!("{} {}: {}", one.direction.word(), one.about, changes.join("; "))
            })
            .collect()
    }

    const VARIABLES: &str = r#"[
      {"key":"A_TOKEN","value":"x","protected":true,"masked":true,"environment_scope":"*","variable_type":"env_var"},
      {"key":"B_TOKEN","value":"x","protected":true,"masked":true,"environment_scope":"prod","variable_type":"env_var"}]"#;

    #[test]
    fn variables_are_compared() {
        assert!(lines(VARIABLES, VARIABLES).is_empty());
        let worse = VARIABLES.replacen("\"masked\":true", "\"masked\":false", 1).replace("\"prod\"", "\"*\"");
        let found = lines(VARIABLES, &worse);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], "worse CI/CD variable `A_TOKEN`: masked is no, was yes");
        assert!(found[1].starts_with("new CI/CD variable `B_TOKEN`: "), "{found:?}");
        assert!(found[2].starts_with("gone CI/CD variable `B_TOKEN` for prod: "), "{found:?}");
        assert_eq!(lines(&worse, VARIABLES)[1].split(':').next(), Some("better CI/CD variable `A_TOKEN`"));
    }

    #[test]
    fn keys_triggers_hooks_and_runners_are_compared() {
        for (old, from, to, wanted) in [
            (
                r#"[{"id":7,"title":"mirror","key":"ssh-ed25519 AAAA","fingerprint_sha256":"SHA256:x","created_at":"2026-01-01T00:00:00Z","expires_at":null,"can_push":false}]"#,
                "\"can_push\":false",
                "\"can_push\":true",
                "worse deploy key",
            ),
            (
                r#"[{"id":9,"url":"https://example.com/hook","project_id":1,"push_events":true,"enable_ssl_verification":true,"created_at":"2026-01-01T00:00:00Z"}]"#,
                "\"enable_ssl_verification\":true",
                "\"enable_ssl_verification\":false",
                "worse webhook",
            ),
        ] {
            assert!(lines(old, old).is_empty(), "{wanted}");
            let found = lines(old, &old.replace(from, to));
            assert!(found.len() == 1 && found[0].starts_with(wanted), "{found:?}");
            let gone = lines(old, "[]");
            assert!(gone.is_empty() || gone[0].starts_with("gone"), "{gone:?}");
        }
    }

    /// Each list of this repository's exports, with itself and the other way round.
    #[test]
    fn every_export_is_itself_whatever_its_order() {
        let mut compared = 0;
        for entry in std::fs::read_dir("tests/fixtures/exports").unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let text = crate::fake::expand(&std::fs::read_to_string(&path).unwrap());
            let found = inventories(&read(&text), &read(&text));
            assert!(found.differences.is_empty(), "{path:?}: {found:?}");
            compared += found.unchanged;
            if let Ok(Value::Array(mut rows)) = serde_json::from_str::<Value>(&text) {
                rows.reverse();
                let turned = Value::Array(rows).to_string();
                let found = inventories(&read(&text), &read(&turned));
                assert!(found.differences.is_empty(), "{path:?}: {found:?}");
            }
        }
        assert!(compared > 40, "{compared}");
    }
}

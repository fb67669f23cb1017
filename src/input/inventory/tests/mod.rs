#![allow(clippy::string_slice)] // Only ASCII is cut here.

mod broken;
mod shapes;

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::catalog::TokenType;
use crate::input::{Model, Reading, Status};
use crate::inventory::{Inventory, TokenStatus};
use crate::text::Name;
use crate::time::Date;

pub(super) fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

pub(super) fn read_text(name: &str, text: &str) -> Reading {
    read(&Source::new(Name::new(name), text.into(), text.len()), &context())
}

pub(super) fn inventory(reading: &Reading) -> &Inventory {
    match &reading.model {
        Model::Inventory(inventory) => inventory,
        _ => panic!("no inventory: {reading:?}"),
    }
}

pub(super) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports").join(name);
    crate::fake::expand(&std::fs::read_to_string(path).unwrap())
}

/// The reading as `leastwise inventory` shows it, with what was said.
pub(super) fn shown(name: &str) -> serde_json::Value {
    let text = fixture(name);
    let source = Source::new(Name::new(name), text.clone(), text.len());
    let reading = read(&source, &context());
    let said: Vec<_> = reading
        .unread
        .iter()
        .map(|unread| match unread.at.map(|span| source.line_column(span.start)) {
            Some((line, column)) => format!("{line}:{column}: {}", unread.message),
            None => unread.message.to_string(),
        })
        .collect();
    let mut inventory = serde_json::to_value(inventory(&reading)).unwrap();
    prune(&mut inventory);
    if let Some(lists) = inventory.as_object_mut() {
        lists.retain(|_, list| list.as_array().is_none_or(|list| !list.is_empty()));
    }
    serde_json::json!({"format": reading.format, "status": reading.status, "inventory": inventory, "said": said})
}

/// Without what is `null`: snapshots show what the source says.
fn prune(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[test]
fn lists_of_access_tokens_become_rows() {
    for name in [
        "project-318-access-tokens.json",
        "all-personal-access-tokens.json",
        "impersonation_tokens.ndjson",
        "glab-token-list.json",
        "curl-i-group-access-tokens.txt",
        "rotated-token.json",
        "service-account-tokens-wrapped.json",
    ] {
        insta::assert_json_snapshot!(name, shown(name));
    }
}

#[test]
fn every_other_list_becomes_rows_too() {
    for name in [
        "project-318-deploy-tokens.json",
        "project-318-triggers.json",
        "deploy-keys-and-ssh-keys.json",
        "glab-variable-export.txt",
        "graphql-project.json",
        "job-token-scope.ndjson",
        "projects/318/job_token_scope/allowlist.json",
        "groups_allowlist.json",
        "runners-hooks-applications-agents.json",
    ] {
        insta::assert_json_snapshot!(name.replace('/', "-"), shown(name));
    }
}

#[test]
fn tables_reports_and_terraform_become_rows() {
    for name in [
        "job-token-authorizations-318-20261120.csv",
        "audit-events.csv",
        "members.csv",
        "home-made-credentials.csv",
        "glab-token-list.txt",
        "rake-tokens-analyze.txt",
        "console-report.txt",
        "terraform.tfstate",
        "terraform-show.json",
    ] {
        insta::assert_json_snapshot!(name, shown(name));
        assert_eq!(crate::input::sniff::sniff(name, &fixture(name)), crate::input::Kind::Inventory, "{name}");
    }
}

#[test]
fn each_dialect_of_a_table_gives_the_same_rows() {
    let rows = |text: &str| {
        let reading = read_text("x.csv", text);
        let rows = inventory(&reading).tokens.iter();
        let rows: Vec<_> = rows.map(|row| crate::inventory::TokenRow { span: None, ..row.clone() }).collect();
        (rows, reading.status)
    };
    let want = rows("id,name,scopes,expires_at,revoked\n1,a,\"api,read_api\",2027-01-01,false\n2,b,api,,false\n");
    assert_eq!((want.0.len(), want.1), (2, Status::Read));
    for text in [
        "\u{feff}id;name;scopes;expires_at;revoked\r\n1;a;api read_api;2027-01-01;false\r\n2;b;api;;false\r\n",
        "id\tname\tscopes\texpires_at\trevoked\n1\ta\tapi,read_api\t2027-01-01\tno\n2\tb\tapi\t\tNO",
        "| ID | Name | Scopes | Expires at | Revoked |\n|----|:---|---|---|---|\n| 1 | a | api, read_api | 2027-01-01 | false |\n| 2 | b | api |  | false |\n",
        " id | name |   scopes     | expires_at | revoked \n----+------+--------------+------------+---------\n  1 | a    | api,read_api | 2027-01-01 | f\n  2 | b    | api          |            | f\n",
        "sep=;\nid;name;scopes;expires_at;revoked;\n1;a;api|read_api;2027-01-01;false;\n2;b;[\"\"api\"\"];;false;\n",
    ] {
        assert_eq!(rows(text), want, "{text}");
    }
}

#[test]
fn a_table_that_breaks_costs_the_rows_that_break() {
    let head = "id,name,scopes,expires_at,revoked\n";
    for (body, ids, status) in [
        ("1,a,api,2027-01-01,false\n2,b,ap", vec![1], Status::Partly),
        (
            "1,a,api,2027-01-01,false\n2,\"b,api,2027-01-01,false\n3,c,api,2027-01-01,false\n",
            vec![1, 3],
            Status::Partly,
        ),
        ("1,a,api,read_api,2027-01-01,false\n3,c,api,2027-01-01,false\n", vec![3], Status::Partly),
        ("1,a,api,2027-01-01,false,,\n,,,,\n3,c,api,2027-01-01,false\n", vec![1, 3], Status::Read),
    ] {
        let reading = read_text("x.csv", &format!("{head}{body}"));
        let got: Vec<_> = inventory(&reading).tokens.iter().filter_map(|row| row.id).collect();
        assert_eq!((got, reading.status), (ids, status), "{body}: {:?}", reading.unread);
    }
}

#[test]
fn rows_of_a_table_that_are_of_no_known_kind_are_counted_and_said() {
    let reading =
        read_text("x.csv", "id,name,created_at,last_used_at,expires_at\n1,a,2026-01-01,,\n2,b,2026-01-01,,\n3,c\n");
    assert_eq!((inventory(&reading).rows(), reading.status), (0, Status::Unreadable));
    let said: Vec<&str> = reading.unread.iter().map(|unread| unread.message.as_str()).collect();
    assert!(
        said.iter().any(|message| message.starts_with("2 entries are not of a kind that is known here")),
        "{said:?}"
    );
    assert!(said.iter().any(|message| message.starts_with("This row has 2 of 5 columns")), "{said:?}");
}

#[test]
fn the_job_tokens_of_two_projects_are_not_mixed() {
    let project = |id: u8, on: bool| {
        format!(
            r#"{{"id":"gid://gitlab/Project/{id}","fullPath":"a/{id}","ciCdSettings":{{"inboundJobTokenScopeEnabled":{on}}}}}"#
        )
    };
    let text = format!(r#"{{"data":{{"projects":{{"nodes":[{},{}]}}}}}}"#, project(1, true), project(2, false));
    let reading = read_text("x.json", &text);
    assert_eq!(reading.status, Status::Partly);
    let settings = inventory(&reading).job_token.as_ref().unwrap();
    assert_eq!(settings.mode, Some(crate::inventory::JobTokenMode::Allowlist));
    assert!(reading.unread.iter().any(|unread| unread.message.as_str().contains("another project")));
}

#[test]
fn the_page_and_the_api_say_the_same_of_a_token() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/pages/project-access-tokens.expected.json");
    let Ok(expected) = std::fs::read_to_string(path) else {
        println!("skipped: the shared pages are not here");
        return;
    };
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let text = fixture("project-318-access-tokens.json");
    let reading = read_text("project-318-access-tokens.json", &text);
    let mut compared = 0;
    for row in &inventory(&reading).tokens {
        let row = serde_json::to_value(row).unwrap();
        let Some(page) = expected["tokens"].as_array().unwrap().iter().find(|page| page["id"] == row["id"]) else {
            continue;
        };
        for (key, value) in page.as_object().unwrap() {
            if !value.is_null() && !row[key].is_null() {
                assert_eq!(&row[key], value, "{key} of {}", row["id"]);
                compared += 1;
            }
        }
    }
    assert!(compared >= 30, "{compared}");
}

const ROW: &str = r#"{"id":1,"name":"a","revoked":false,"created_at":"2026-01-01T00:00:00.000Z","scopes":["api"],"user_id":7,"last_used_at":null,"active":true,"expires_at":"2027-01-01"}"#;

#[test]
fn each_dress_of_the_same_rows_gives_the_same_rows() {
    let want = inventory(&read_text("x", &format!("[{ROW},{ROW}]"))).clone();
    for text in [
        format!("[{ROW}][{ROW}]"),
        format!("{ROW}\n{ROW}\n"),
        format!("\u{feff}[{ROW},\r\n{ROW},]\r\n"),
        format!("{{\"data\":[{ROW},{ROW}]}}"),
        format!("{{\"data\":{{\"user\":{{\"personalAccessTokens\":{{\"nodes\":[{ROW},{ROW}]}}}}}}}}"),
        format!("{{\"data\":{{\"user\":{{\"tokens\":{{\"edges\":[{{\"node\":{ROW}}},{{\"node\":{ROW}}}]}}}}}}}}"),
        format!("Exporting tokens:\n```json\n[{ROW},{ROW}]\n```"),
        format!("[[{ROW}],[{ROW}]]"),
    ] {
        let reading = read_text("x", &text);
        let mut got = inventory(&reading).clone();
        assert_eq!(reading.status, Status::Read, "{text}: {:?}", reading.unread);
        for (row, want) in got.tokens.iter_mut().zip(&want.tokens) {
            assert_eq!(text.get(row.span.unwrap().range()), Some(ROW));
            row.span = want.span;
        }
        assert_eq!(got.tokens, want.tokens, "{text}");
    }
}

#[test]
fn what_is_no_list_is_said() {
    for (text, status, said) in [
        (r#"{"message":"401 Unauthorized"}"#, Status::Unreadable, "“401 Unauthorized”"),
        (r#"{"message":"404 Project Not Found"}"#, Status::Unreadable, "not there and also"),
        (
            r#"{"error":"insufficient_scope","error_description":"x","scope":"api read_api"}"#,
            Status::Unreadable,
            "api read_api",
        ),
        (r#"{"message":{"base":["no"]}}"#, Status::Unreadable, "error answer"),
        (r#"{"errors":[{"message":"Field does not exist"}]}"#, Status::Unreadable, "Field does not exist"),
        ("null", Status::Read, "null"),
        (r#"{"data":{"project":null}}"#, Status::Unreadable, "not of a kind"),
        ("", Status::Unreadable, "no JSON"),
        ("hello\nworld", Status::Unreadable, "no JSON"),
        ("<!DOCTYPE html><body data-page=\"sessions:new\">", Status::Unreadable, "sign-in page"),
        ("[1,2]", Status::Unreadable, "no row"),
        (r#"[{"pots":1}]"#, Status::Unreadable, "not of a kind"),
        (r#"[{"id":1,"name":"x","scopes":["api"],"expires_at":"soon"}]"#, Status::Read, "`expires_at` could not"),
    ] {
        let reading = read_text("x.json", text);
        assert_eq!(reading.status, status, "{text}");
        assert!(
            reading.unread.iter().any(|unread| unread.message.as_str().contains(said)),
            "{text}: {:?}",
            reading.unread
        );
    }
    let empty = read_text("x.json", "[]");
    assert_eq!((empty.status, empty.unread.len(), empty.format.as_str()), (Status::Read, 0, "JSON list, empty"));
}

#[test]
fn absent_null_and_value_are_three_answers() {
    let row = |fields: &str| {
        let reading = read_text("x", &format!(r#"[{{"id":1,"name":"x","scopes":["api"],"revoked":false{fields}}}]"#));
        inventory(&reading).tokens.first().cloned().unwrap()
    };
    let absent = row("");
    assert_eq!((absent.never_used, absent.never_expires, absent.status), (None, None, None));
    let null = row(r#","last_used_at":null,"expires_at":null"#);
    assert_eq!((null.never_used, null.never_expires, null.status), (Some(true), Some(true), Some(TokenStatus::Active)));
    let value = row(r#","last_used_at":"2026-01-01T00:00:00Z","expires_at":"2026-11-20""#);
    assert_eq!(
        (value.never_used, value.never_expires, value.status),
        (Some(false), Some(false), Some(TokenStatus::Expired))
    );
    let odd = row(r#","last_used_at":"often","expires_at":"31/12/2026""#);
    assert_eq!((odd.never_used, odd.never_expires, odd.expires_on, odd.status), (None, None, None, None));
}

#[test]
fn the_kind_is_never_guessed() {
    let kind = |name: &str, fields: &str| {
        let reading = read_text(name, &format!(r#"[{{"id":1,"name":"x","scopes":["api"],"revoked":false{fields}}}]"#));
        let said = reading.unread.iter().any(|unread| unread.message.as_str().contains("does not say which"));
        let row = inventory(&reading).tokens.first().unwrap();
        assert_eq!(row.project_or_group, said);
        (row.kind, said)
    };
    let role = r#","user_id":9,"access_level":40"#;
    assert_eq!(kind("x.json", role), (TokenType::ProjectAccessToken, true));
    assert_eq!(kind("project-318-access-tokens.json", role), (TokenType::ProjectAccessToken, false));
    assert_eq!(kind("group_access_tokens.json", role), (TokenType::GroupAccessToken, false));
    assert_eq!(
        kind("group_access_tokens.json", r#","resource_type":"project""#),
        (TokenType::ProjectAccessToken, false)
    );
    assert_eq!(kind("project/tokens.json", r#","user_id":9"#), (TokenType::PersonalAccessToken, false));
    assert_eq!(kind("x.json", r#","impersonation":true"#), (TokenType::ImpersonationToken, false));
    assert_eq!(kind("x.json", r#","granular":true"#), (TokenType::FineGrainedPersonalAccessToken, false));
}

#[test]
fn a_full_page_is_said_to_be_perhaps_not_all() {
    let rows = [ROW; 20].join(",");
    let reading = read_text("x", &format!("[{rows}]"));
    assert!(reading.unread.iter().any(|unread| unread.message.as_str().contains("page sizes")));
    let reading = read_text("x", &format!("[{rows},{ROW}]"));
    assert!(reading.unread.is_empty(), "{:?}", reading.unread);
}

/// Every made-up token of a fixture, and what stands there for passwords.
fn secrets(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports").join(name);
    let template = std::fs::read_to_string(path).unwrap();
    let tokens = template.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
    let mut secrets: Vec<_> = tokens.map(|(inside, _)| crate::fake::expand(&format!("{{{{{inside}}}}}"))).collect();
    secrets.extend(template.contains("hunter2hunter2").then(|| String::from("hunter2hunter2")));
    secrets
}

#[test]
fn live_values_inside_are_never_kept() {
    let rotated = read_text("rotated-token.json", &fixture("rotated-token.json"));
    assert_eq!(inventory(&rotated).new_token_displayed, Some(true));
    let mut checked = 0;
    for name in [
        "rotated-token.json",
        "project-318-triggers.json",
        "glab-variable-export.txt",
        "graphql-project.json",
        "runners-hooks-applications-agents.json",
        "terraform.tfstate",
        "terraform-show.json",
    ] {
        let reading = read_text(name, &fixture(name));
        let shown = format!("{reading:?} {}", serde_json::to_string(inventory(&reading)).unwrap());
        for secret in secrets(name) {
            let body = secret.split_once('-').map_or(secret.as_str(), |(_, body)| body);
            for at in 0..=body.len() - 8 {
                assert!(!shown.contains(&body[at..at + 8]), "{name}: {}", &body[at..at + 8]);
            }
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked}");
}

#[test]
fn ten_megabytes_on_one_line_are_read() {
    let text = format!("[{}]", vec![ROW; 60_000].join(","));
    let reading = read_text("x", &text);
    assert_eq!(inventory(&reading).tokens.len(), 60_000);
}

proptest! {
    #[test]
    fn wherever_an_export_is_cut_off_every_complete_row_is_kept(cut in 0_usize..4000, lines in any::<bool>()) {
        let separator = if lines { ",\n" } else { "," };
        let rows = [ROW; 12];
        let text = format!("[{}]", rows.join(separator));
        let cut = cut.min(text.len());
        let complete = text[..cut].matches(ROW).count();
        let reading = read_text("x", &text[..cut]);
        if cut > 0 {
            prop_assert_eq!(inventory(&reading).tokens.len(), complete);
        }
        if cut > 0 && cut < text.len() {
            let end = reading.unread.iter().find(|unread| unread.message.as_str().contains("cut off"));
            prop_assert_eq!(end.and_then(|unread| unread.at).map(|span| span.start), Some(cut));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter(order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(), extra in "[a-z]{3,9}_x") {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(ROW).unwrap();
        let entries: Vec<_> = row.iter().collect();
        let mut text = String::from("[{");
        for &at in &order {
            let (key, value) = entries[at];
            text.push_str(&format!("\"{key}\": {value}, "));
        }
        text.push_str(&format!("\"{extra}\": {{\"deep\": [1]}}}}]"));
        let mut got = inventory(&read_text("x", &text)).tokens.clone();
        let want = inventory(&read_text("x", &format!("[{ROW}]"))).tokens.clone();
        got[0].span = want[0].span;
        prop_assert_eq!(got, want);
    }

    #[test]
    fn no_table_makes_it_panic(parts in prop::collection::vec(prop::sample::select(vec![
        "id,name,scopes,expires_at\n", "ID  NAME  SCOPES  EXPIRES_AT\n", "| id | scopes | revoked |\n", ",", ";", "\t", "|", "\"", "\n", "\r\n",
        "a", "ä", "1", "2027-01-01", "  ", "'", "Expired personal access token ID: 9, Name: ", ", Scopes: [", "Last used: ", "| 2024-06-27 | 4 |",
    ]), 0..40)) {
        let text = parts.concat();
        let reading = read_text("x.csv", &text);
        for row in &inventory(&reading).tokens {
            prop_assert!(text.get(row.span.unwrap().range()).is_some());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = read_text("x", &text);
    }

    #[test]
    fn no_arrangement_of_json_makes_it_panic(parts in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\n", "null", "1", "\"id\"", "\"scopes\"", "\"a\":", "[{\"", "ä", ROW, "HTTP/2 200\n", "```",
    ]), 0..60)) {
        let text = parts.concat();
        let reading = read_text("x", &text);
        for row in &inventory(&reading).tokens {
            let whole = text.get(row.span.unwrap().range()).is_some_and(|row| row.starts_with('{'));
            prop_assert!(whole);
        }
    }
}

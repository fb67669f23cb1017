//! What breaks in exports, tried with every kind of list: the rows that are complete are there, the others are counted and have a
//! place, nothing is lost without a word.

use super::*;
use crate::Input;
use crate::report::Report;

/// The broken variants of every list: the complete rows are there, and what is not is counted and has a place.
#[test]
fn what_is_broken_costs_what_is_broken() {
    let rows: Vec<String> = (1..=5).map(|id| ROW.replace("\"id\":1", &format!("\"id\":{id}"))).collect();
    let list = format!("[{}]", rows.join(",\n"));
    let cut = list.get(..list.len() - 30).unwrap();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(list.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let torn = format!("[{},\n{{\"id\":9,\"name\":\"x,\n{}]", rows[0], rows[1..].join(",\n"));
    let head = "HTTP/2 200\r\ncontent-type: application/json\r\n\r\n";
    for (bytes, want, skipped, place) in [
        (cut.as_bytes().to_vec(), 4, 1, Some(5)),
        (torn.into_bytes(), 5, 1, Some(2)),
        (utf16, 5, 0, None),
        (format!("\u{feff}{list}").replace('\n', "\r\n").into_bytes(), 5, 0, None),
        (format!("{head}{list}").into_bytes(), 5, 0, None),
        (format!("```json\n{list}\n```\n").into_bytes(), 5, 0, None),
        (list.replace("}]", "},]").into_bytes(), 5, 0, None),
        (format!("[{}, 7, \"x\", {}]", rows[0], rows[1]).into_bytes(), 2, 2, Some(1)),
        (format!("[{}, null]", rows[0]).into_bytes(), 1, 0, None),
    ] {
        let report = crate::audit(vec![crate::Input::new("x.json", bytes)], &context());
        assert_eq!(report.inputs[0].rows, Some(want), "{:?}", report.inputs[0]);
        let left_out = |spot: &&crate::report::BlindSpot| {
            spot.message.as_str().contains("left out") || spot.message.as_str().contains("no row")
        };
        let spots: Vec<_> = report.blind_spots.iter().filter(left_out).collect();
        assert_eq!(spots.len(), skipped, "{:?}", report.blind_spots);
        assert_eq!(spots.first().and_then(|spot| spot.line), place, "{spots:?}");
        assert!(spots.iter().all(|spot| spot.column.is_some()));
        assert_eq!(report.inputs[0].status == Status::Read, skipped == 0);
    }
}

/// Every list of the REST API (<https://docs.gitlab.com/api/rest/>): the name of the file, and a row; `#` is its number.
const LISTS: &[(&str, &str)] = &[
    (
        "personal_access_tokens.json",
        r#"{"id":#,"name":"clé #","revoked":false,"created_at":"2026-01-01T00:00:00.000Z","description":null,"scopes":["api"],"user_id":7,"last_used_at":null,"active":true,"expires_at":"2027-01-01"}"#,
    ),
    (
        "users-7-impersonation_tokens.json",
        r#"{"id":#,"name":"é","revoked":false,"created_at":"2026-01-01T00:00:00.000Z","scopes":["api"],"user_id":7,"last_used_at":null,"active":true,"expires_at":"2027-01-01","impersonation":true}"#,
    ),
    (
        "project-318-access_tokens.json",
        r#"{"id":#,"name":"é","revoked":false,"created_at":"2026-01-01T00:00:00.000Z","scopes":["api"],"user_id":9,"last_used_at":null,"active":true,"expires_at":"2027-01-01","access_level":40,"resource_type":"project","resource_id":318}"#,
    ),
    (
        "group-42-access_tokens.json",
        r#"{"id":#,"name":"é","revoked":false,"created_at":"2026-01-01T00:00:00.000Z","scopes":["api"],"user_id":9,"last_used_at":null,"active":true,"expires_at":"2027-01-01","access_level":40}"#,
    ),
    ("groups/42/service_accounts.json", r#"{"id":#,"username":"service_account_group_42_#","name":"é"}"#),
    (
        "groups/42/manage/ssh_keys.json",
        r#"{"id":#,"title":"é","created_at":"2026-01-01T00:00:00.000Z","expires_at":null,"last_used_at":null,"usage_type":"auth","user_id":7}"#,
    ),
    (
        "project-318-deploy_tokens.json",
        r#"{"id":#,"name":"é","username":"gitlab+deploy-token-#","expires_at":null,"scopes":["read_registry"],"revoked":false,"expired":false}"#,
    ),
    (
        "project-318-triggers.json",
        r#"{"id":#,"token":"abcd","description":"é","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","last_used":null,"expires_at":null,"owner":{"id":7,"username":"kim","name":"Kim","state":"active"}}"#,
    ),
    (
        "deploy_keys.json",
        r#"{"id":#,"title":"é","created_at":"2026-01-01T00:00:00.000Z","expires_at":null,"key":"ssh-ed25519 AAAA x","fingerprint_sha256":"SHA256:x","projects_with_write_access":[]}"#,
    ),
    (
        "project-318-deploy_keys.json",
        r#"{"id":#,"title":"é","created_at":"2026-01-01T00:00:00.000Z","expires_at":null,"key":"ssh-ed25519 AAAA x","fingerprint_sha256":"SHA256:x","can_push":true}"#,
    ),
    (
        "user-keys.json",
        r#"{"id":#,"title":"é","created_at":"2026-01-01T00:00:00.000Z","expires_at":null,"key":"ssh-ed25519 AAAA x","usage_type":"auth_and_signing"}"#,
    ),
    (
        "runners.json",
        r#"{"id":#,"description":"é","ip_address":null,"active":true,"paused":false,"is_shared":false,"runner_type":"project_type","name":null,"online":true,"status":"online"}"#,
    ),
    (
        "project-318-variables.json",
        r#"{"variable_type":"env_var","key":"KEY_#","value":null,"hidden":true,"protected":true,"masked":true,"raw":true,"environment_scope":"*","description":"é"}"#,
    ),
    (
        "projects/318/job_token_scope/allowlist.json",
        r#"{"id":#,"description":"é","name":"x","path":"x","path_with_namespace":"a/x#","created_at":"2026-01-01T00:00:00.000Z","web_url":"https://gitlab.example.com/a/x#"}"#,
    ),
    (
        "projects/318/job_token_scope/groups_allowlist.json",
        r#"{"id":#,"web_url":"https://gitlab.example.com/groups/é#","name":"é"}"#,
    ),
    (
        "project-318-hooks.json",
        r#"{"id":#,"url":"https://hooks.example.com/é#","name":null,"created_at":"2026-01-01T00:00:00.000Z","push_events":true,"enable_ssl_verification":true,"alert_status":"executable","url_variables":[],"project_id":318}"#,
    ),
    (
        "applications.json",
        r#"{"id":#,"application_id":"app#","application_name":"é","callback_url":"https://x.example.com","confidential":true}"#,
    ),
    (
        "projects/318/cluster_agents/4/tokens.json",
        r#"{"id":#,"name":"é","description":null,"agent_id":4,"status":"active","created_at":"2026-01-01T00:00:00.000Z","created_by_user_id":7}"#,
    ),
    (
        "audit_events.json",
        r#"{"id":#,"author_id":7,"entity_id":318,"entity_type":"Project","event_name":"x","details":{"custom_message":"é","author_name":"Kim","target_id":#,"target_type":"PersonalAccessToken","ip_address":"203.0.113.1"},"created_at":"2026-01-01T00:00:00.000Z"}"#,
    ),
    ("users.json", r#"{"id":#,"username":"kim#","name":"Zoë","state":"active","bot":false,"is_admin":false}"#),
    ("projects.json", r#"{"id":#,"path_with_namespace":"a/é#","visibility":"private","archived":false}"#),
    ("groups.json", r#"{"id":#,"name":"é","path":"x#","full_path":"a/x#","visibility":"private"}"#),
    (
        "project-318-members.json",
        r#"{"id":#,"username":"kim#","name":"Zoë","state":"active","access_level":40,"expires_at":null,"created_at":"2026-01-01T00:00:00.000Z"}"#,
    ),
    (
        "project-318-pipeline_schedules.json",
        r#"{"id":#,"description":"é","ref":"main","cron":"0 1 * * *","active":true,"owner":{"id":7,"username":"kim","name":"Kim","state":"active"}}"#,
    ),
    (
        "project-318-remote_mirrors.json",
        r#"{"id":#,"enabled":true,"url":"https://*****:*****@example.com/é#","update_status":"finished","only_protected_branches":true}"#,
    ),
];

const MORE: &[(&str, &str)] = &[
    (
        "runners/12/managers.json",
        r#"{"id":#,"system_id":"s_#","version":"19.1","revision":"x","platform":"linux","architecture":"amd64","created_at":"2026-01-01T00:00:00.000Z","contacted_at":null,"ip_address":"é","status":"online"}"#,
    ),
    (
        "projects/318/integrations.json",
        r#"{"id":#,"title":"é","slug":"slack-#","created_at":"2026-01-01T00:00:00.000Z","active":true}"#,
    ),
    (
        "user-gpg_keys.json",
        r#"{"id":#,"key":"-----BEGIN PGP PUBLIC KEY BLOCK-----\\nAAAA é\\n-----END PGP PUBLIC KEY BLOCK-----","created_at":"2026-01-01T00:00:00.000Z"}"#,
    ),
];

fn lists() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    LISTS.iter().chain(MORE)
}

#[test]
fn glabs_table_of_variables_is_its_own() {
    let table = "KEY            PROTECTED  MASKED  EXPANDED  SCOPE       DESCRIPTION\n\
                 DEPLOY_TOKEN   true       true    false     *           used by deploy\n\
                 MIRROR_TOKEN   false      false   true      production  \n";
    let reading = read_text("variables.txt", table);
    assert!(reading.unread.is_empty(), "{:?}", reading.unread);
    let variables = &inventory(&reading).variables;
    let shown: Vec<_> =
        variables.iter().map(|one| (one.environment_scope.as_ref().unwrap().as_str(), one.expanded)).collect();
    assert_eq!(shown, [("*", Some(false)), ("production", Some(true))]);
}

#[test]
fn graphql_says_whose_the_tokens_are() {
    let of = |kind: &str| {
        let text = format!(
            r#"{{"data":{{"{kind}":{{"id":"gid://gitlab/Project/29","fullPath":"acme/web","accessTokens":{{"nodes":[{{"id":"gid://gitlab/PersonalAccessToken/99","name":"ci","scopes":["API"],"revoked":false,"active":true,"expiresAt":"2027-01-01","createdAt":"2026-01-01T00:00:00Z","lastUsedAt":null,"accessLevel":{{"integerValue":40,"stringValue":"MAINTAINER"}}}}]}}}}}}}}"#
        );
        let reading = read_text("x.json", &text);
        assert!(reading.unread.is_empty(), "{:?}", reading.unread);
        inventory(&reading).tokens[0].kind
    };
    assert_eq!((of("project"), of("group")), (TokenType::ProjectAccessToken, TokenType::GroupAccessToken));
}

fn report(name: &str, bytes: Vec<u8>) -> Report {
    crate::audit(vec![Input::new(name, bytes)], &context())
}

fn rows_of(report: &Report) -> usize {
    report.inputs[0].rows.unwrap_or_default()
}

/// Does a blind spot name this line?
fn says_line(report: &Report, line: usize) -> bool {
    report.blind_spots.iter().any(|spot| spot.line == Some(line) && spot.column.is_some())
}

fn rows(template: &str, count: usize) -> Vec<String> {
    (1..=count).map(|id| template.replace('#', &id.to_string())).collect()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let mark = if little { [0xFF, 0xFE] } else { [0xFE, 0xFF] };
    let units = text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
    mark.into_iter().chain(units).collect()
}

#[test]
fn every_list_in_every_dress_is_read_whole() {
    for (name, template) in lists() {
        let rows = rows(template, 5);
        let list = format!("[{}]", rows.join(",\n"));
        let head = "HTTP/2 200\r\ncontent-type: application/json\r\nx-total: 5\r\n\r\n";
        let indented =
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&list).unwrap()).unwrap();
        for (dress, bytes, want) in [
            ("as it is", list.clone().into_bytes(), 5),
            ("indented", indented.into_bytes(), 5),
            ("a byte order mark, CRLF", format!("\u{feff}{list}").replace('\n', "\r\n").into_bytes(), 5),
            ("UTF-16, little end first", utf16(&list, true), 5),
            ("UTF-16, big end first", utf16(&list, false), 5),
            ("headers in front", format!("{head}{list}").into_bytes(), 5),
            ("a Markdown fence", format!("```json\n{list}\n```\n").into_bytes(), 5),
            ("a trailing comma", list.replace("}]", "},\n]").into_bytes(), 5),
            ("two documents", format!("{list}{list}").into_bytes(), 10),
            ("two documents, a line each", format!("{list}\n{list}\n").into_bytes(), 10),
            ("a row a line", format!("{}\n", rows.join("\n")).into_bytes(), 5),
            ("one object", rows[0].clone().into_bytes(), 1),
            ("unknown fields", list.replace("{\"", "{\"new_in_20\":{\"a\":[1,{\"b\":null}]},\"").into_bytes(), 5),
            ("numbers as texts", quoted_ids(&list).into_bytes(), 5),
        ] {
            let report = report(name, bytes);
            assert_eq!(
                (rows_of(&report), report.inputs[0].status),
                (want, Status::Read),
                "{name}, {dress}: {:?}",
                report.blind_spots
            );
        }
    }
}

/// `"id":1` as `"id":"1"`.
fn quoted_ids(list: &str) -> String {
    (1..=5).fold(list.to_owned(), |list, id| list.replace(&format!("\"id\":{id},"), &format!("\"id\":\"{id}\",")))
}

#[test]
fn every_list_that_breaks_gives_its_complete_rows_and_the_place() {
    for (name, template) in lists() {
        let rows = rows(template, 5);
        let list = format!("[{}]", rows.join(",\n"));
        let cut = list.rfind(&rows[3]).unwrap() + rows[3].len() / 2;
        let accent = list.rfind('é').or_else(|| list.rfind('ë')).unwrap();
        let with = |row: &str| format!("[{},\n{},\n{row},\n{},\n{}]", rows[0], rows[1], rows[3], rows[4]);
        let unclosed = rows[2].trim_end_matches('}');
        let no_value = rows[2].replacen(':', ":,", 1);
        for (damage, bytes, want, line) in [
            ("cut in a row", list.as_bytes()[..cut].to_vec(), 3, Some(4)),
            ("cut in a character", list.as_bytes()[..=accent].to_vec(), 4, Some(5)),
            ("cut behind a row", list.as_bytes()[..list.rfind(",\n").unwrap()].to_vec(), 4, Some(4)),
            ("a row without a value", with(&no_value).into_bytes(), 4, Some(3)),
            // It is seen where the next row begins.
            ("a row without its bracket", with(unclosed).into_bytes(), 4, Some(4)),
            ("a number in the middle", with("7").into_bytes(), 4, Some(3)),
            ("a text in the middle", with("\"x\"").into_bytes(), 4, Some(3)),
            ("an error in the middle", with(r#"{"message":"500 Internal Server Error"}"#).into_bytes(), 4, Some(3)),
        ] {
            let report = report(name, bytes);
            assert_eq!(rows_of(&report), want, "{name}, {damage}: {:?}", report.blind_spots);
            assert_eq!(report.inputs[0].status, Status::Partly, "{name}, {damage}: {:?}", report.blind_spots);
            if let Some(line) = line {
                assert!(says_line(&report, line), "{name}, {damage}: {:?}", report.blind_spots);
            }
        }
    }
}

/// One field of a row is of another type than it should be: the row stays, and the field is said.
#[test]
fn a_field_of_a_wrong_type_costs_no_row() {
    for (name, template) in lists() {
        let first: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&template.replace('#', "1")).unwrap();
        for key in first.keys() {
            for wrong in [serde_json::json!({"x": [1]}), serde_json::json!([[2]]), serde_json::json!(1.5e300)] {
                let mut row = first.clone();
                row.insert(key.clone(), wrong.clone());
                let other = template.replace('#', "2");
                let text = format!("[{other},\n{},\n{other}]", serde_json::Value::Object(row));
                let report = report(name, text.into_bytes());
                let read = rows_of(&report);
                // A row whose kind nothing else tells may be of no kind; then it is counted.
                assert!(
                    read == 3 || read == 2 && says_line(&report, 2),
                    "{name}, {key}: {wrong}: {read} {:?}",
                    report.blind_spots
                );
            }
        }
    }
}

#[test]
fn what_is_no_list_is_said_for_every_list() {
    for (name, _) in lists() {
        for (text, said) in [
            ("<!DOCTYPE html><html><body data-page=\"sessions:new\"></body></html>", "sign-in page"),
            (r#"{"message":"401 Unauthorized"}"#, "401 Unauthorized"),
            (r#"{"message":"403 Forbidden"}"#, "403 Forbidden"),
            (r#"{"error":"insufficient_scope","error_description":"x","scope":"api"}"#, "api"),
        ] {
            let report = report(name, text.as_bytes().to_vec());
            assert_eq!(rows_of(&report), 0, "{name}");
            assert!(
                report.blind_spots.iter().any(|spot| spot.message.as_str().contains(said)),
                "{name}: {:?}",
                report.blind_spots
            );
        }
    }
}

/// Tables: the header as GitLab or a tool writes it, and a row; `#` is its number.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "job-token-authorizations-318-20261120.csv",
        "Origin Project Path,Last Authorized At (UTC)",
        "acme/é#,2026-11-0# 10:00:00 UTC",
    ),
    (
        "audit-events.csv",
        "ID,Author ID,Author Name,Author Email,Entity ID,Entity Type,Entity Path,Target ID,Target Type,Target Details,Action,IP Address,Created At (UTC)",
        "#,7,Zoë,z@example.com,318,Project,a/b,9#,PersonalAccessToken,x,\"Created token, with id 9#\",203.0.113.1,2026-11-0# 10:00:00 UTC",
    ),
    (
        "audit-events-old.csv",
        "ID,Author ID,Author Name,Entity ID,Entity Type,Entity Path,Target ID,Target Type,Target Details,Action,IP Address,Created At (UTC)",
        "#,7,Zoë,318,Project,a/b,9#,PersonalAccessToken,x,Created,203.0.113.1,2026-11-0# 10:00:00 UTC",
    ),
    (
        "user-permissions.csv",
        "Username,Email,Type,Path,Access Level,Last Activity",
        "zoë#,z@example.com,Project,a/b,Maintainer,2026-11-01",
    ),
    (
        "members.csv",
        "Name,Username,Email,Path,Group or project name,Type,Role,Role type,Membership type,Membership status,Membership source,Access granted,Access expiration,Last activity",
        "Zoë,zoe#,z@example.com,a/b,b,project,Developer,default,direct,approved,a/b,2026-01-01,2027-01-01,2026-11-01",
    ),
    (
        "members-old.csv",
        "Username,Name,Access granted,Access expired,Max role,Source,Last activity",
        "zoe#,Zoë,2026-01-01,,Maintainer,a/b,2026-11-01",
    ),
    (
        "credentials.csv",
        "ID,Name,User,Scopes,Created,Last used,Expires,Revoked",
        "#,é,kim,\"api,read_api\",2026-01-01,2026-11-01,2027-01-01,false",
    ),
];

#[test]
fn every_table_in_every_dress_is_read_whole() {
    for (name, header, template) in TABLES {
        let rows = rows(template, 5);
        let table = format!("{header}\n{}\n", rows.join("\n"));
        // Another separator, with the quotes of what holds one.
        let with = |separator: u8| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
            let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            reader.records().for_each(|record| writer.write_record(&record.unwrap()).unwrap());
            writer.into_inner().unwrap()
        };
        let columns = |order: fn(Vec<String>) -> Vec<String>| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            for record in reader.records() {
                let cells = record.unwrap().iter().map(str::to_owned).collect();
                writer.write_record(order(cells)).unwrap();
            }
            writer.into_inner().unwrap()
        };
        for (dress, bytes) in [
            ("as it is", table.clone().into_bytes()),
            ("a byte order mark, CRLF", format!("\u{feff}{table}").replace('\n', "\r\n").into_bytes()),
            ("UTF-16", utf16(&table, true)),
            ("semicolons", with(b';')),
            ("tabs", with(b'\t')),
            (
                "another order of the columns",
                columns(|mut cells| {
                    cells.reverse();
                    cells
                }),
            ),
            (
                "one column more",
                columns(|mut cells| {
                    cells.insert(1, "new in 20".into());
                    cells
                }),
            ),
            ("no line end at the end", table.trim_end().as_bytes().to_vec()),
            (
                "capitals and blanks in the header",
                table.replacen(header, &header.to_uppercase().replace(',', " ,"), 1).into_bytes(),
            ),
        ] {
            let report = report(name, bytes);
            assert_eq!(
                (rows_of(&report), report.inputs[0].status),
                (5, Status::Read),
                "{name}, {dress}: {:?}",
                report.blind_spots
            );
        }
    }
}

#[test]
fn every_table_that_breaks_gives_its_complete_rows_and_the_place() {
    for (name, header, template) in TABLES {
        let rows = rows(template, 5);
        let table = format!("{header}\n{}\n", rows.join("\n"));
        let cut = table.rfind(&rows[4]).unwrap() + rows[4].find(',').unwrap();
        let with = |row: &str| format!("{header}\n{}\n{}\n{row}\n{}\n{}\n", rows[0], rows[1], rows[3], rows[4]);
        for (damage, bytes, want, line) in [
            ("cut in the last row", table.as_bytes()[..cut].to_vec(), 4, 6),
            ("a row with a cell too many", with(&format!("{},x,y", rows[2])).into_bytes(), 4, 4),
            ("a row with one cell", with("x").into_bytes(), 4, 4),
            ("a quote that is not closed", with(&format!("\"{}", rows[2].replace('"', ""))).into_bytes(), 4, 4),
        ] {
            let report = report(name, bytes);
            assert_eq!(rows_of(&report), want, "{name}, {damage}: {:?}", report.blind_spots);
            assert_eq!(report.inputs[0].status, Status::Partly, "{name}, {damage}: {:?}", report.blind_spots);
            assert!(says_line(&report, line), "{name}, {damage}: {:?}", report.blind_spots);
        }
        // A line end in quotes is part of a cell.
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows[2].as_bytes());
        let cells = reader.records().next().unwrap().unwrap();
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(cells.iter().map(|cell| cell.replace(['é', 'ë'], "a\nb, c"))).unwrap();
        let row = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert!(row.contains("a\nb, c"));
        let report = report(name, with(row.trim_end()).into_bytes());
        assert_eq!(rows_of(&report), 5, "{name}");
    }
}

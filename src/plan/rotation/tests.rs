//! A made-up estate, and what the plan says of it.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::audit::audit;
use crate::input::Input;

const DAY: &str = "2026-11-20";
const WORK: [(&str, &str, u8); 10] = [
    ("mirror-push", "write_repository", 40),
    ("deploy-prod", "api", 40),
    ("renovate-bot", "api", 30),
    ("grafana-exporter", "read_api", 20),
    ("registry-pull", "read_registry", 20),
    ("sonar-scan", "read_api\",\"read_repository", 30),
    ("release-notes", "api", 40),
    ("docs-sync", "read_repository\",\"write_repository", 30),
    ("nightly-e2e", "read_api", 50),
    ("terraform-apply", "api", 50),
];

/// 200 tokens: 150 of 40 projects, 20 deploy tokens, 30 of people, three of whom are gone; variables and configuration of some.
fn estate() -> Vec<Input> {
    let today = Date::parse(DAY).unwrap();
    let mut inputs = Vec::new();
    let list = |rows: Vec<String>| format!("[{}]", rows.join(",\n")).into_bytes();
    let mut projects = Vec::new();
    for project in 0..40_u64 {
        let group = ["payments", "platform", "shop", "data"][(project % 4) as usize];
        projects.push(format!(
            r#"{{"id":{},"path_with_namespace":"acme/{group}/service-{project:02}","visibility":"private","archived":false,"name":"s"}}"#,
            300 + project
        ));
    }
    inputs.push(Input::new("projects.json", list(projects)));
    let row = |id: u64,
               name: &str,
               scopes: &str,
               role: Option<u8>,
               made: i64,
               used: Option<i64>,
               end: Option<i64>,
               user: u64,
               owner: &str| {
        let day = |days: i64| today.plus_days(days).to_string();
        format!(
            r#"{{"id":{id},"name":"{name}","revoked":false,"active":true,"created_at":"{}T08:00:00.000Z","scopes":["{scopes}"],"user_id":{user},"last_used_at":{},"expires_at":{}{}{owner}}}"#,
            day(-made),
            used.map_or("null".into(), |days| format!("\"{}T06:00:00.000Z\"", day(-days))),
            end.map_or("null".into(), |days| format!("\"{}\"", day(days))),
            role.map_or(String::new(), |role| format!(r#","access_level":{role}"#)),
        )
    };
    let mut tokens = Vec::new();
    for index in 0..150_u64 {
        let (name, scopes, role) = WORK[((index + index / 40) % 10) as usize];
        let used = match index % 9 {
            0 => None,
            1 => Some(140),
            days => Some(i64::try_from(days).unwrap()),
        };
        let end = match index % 15 {
            0 => None,
            1 => Some(500),
            step => Some(i64::try_from(step * 23 - 40).unwrap()),
        };
        let owner = format!(r#","resource_type":"project","resource_id":{}"#, 300 + index % 40);
        tokens.push(row(1000 + index, name, scopes, Some(role), 120, used, end, 9000 + index, &owner));
    }
    inputs.push(Input::new("resource-tokens.json", list(tokens)));
    let personal = (0..30_u64).map(|index| {
        let name = ["laptop", "backup-script", "old jenkins"][(index % 3) as usize];
        row(
            2000 + index,
            name,
            "api",
            None,
            200,
            Some(3),
            Some(i64::try_from(index).unwrap() * 11 + 20),
            20 + index % 12,
            "",
        )
    });
    inputs.push(Input::new("personal_access_tokens.json", list(personal.collect())));
    let users = (0..12_u64).map(|index| {
        let state = if index % 4 == 1 { "blocked" } else { "active" };
        format!(r#"{{"id":{},"username":"person{index}","name":"Person {index}","state":"{state}","web_url":"x","avatar_url":null}}"#, 20 + index)
    });
    inputs.push(Input::new("users.json", list(users.collect())));
    let deploy = (0..20_u64).map(|index| {
        let end = today.plus_days(i64::try_from(index).unwrap() * 9 + 5);
        format!(
            r#"{{"id":{},"name":"images-pull","username":"gitlab+deploy-token-{index}","expires_at":"{end}T00:00:00.000Z","scopes":["read_registry"],"revoked":false,"expired":false}}"#,
            70 + index
        )
    });
    inputs.push(Input {
        project: Some("acme/shop/service-02".into()),
        ..Input::new("deploy_tokens.json", list(deploy.collect()))
    });
    let variable = |key: &str, masked: bool| {
        format!(
            r#"{{"variable_type":"env_var","key":"{key}","value":null,"hidden":true,"protected":true,"masked":{masked},"raw":true,"environment_scope":"*"}}"#
        )
    };
    for project in [304, 310] {
        let path =
            format!("acme/{}/service-{:02}", ["payments", "platform", "shop", "data"][project % 4], project - 300);
        let rows = vec![
            variable("SONAR_SCAN_TOKEN", true),
            variable("REGISTRY_PULL_TOKEN", false),
            variable("MIRROR_TOKEN", true),
        ];
        inputs.push(Input { project: Some(path), ..Input::new(format!("variables-{project}.json"), list(rows)) });
    }
    inputs.push(Input::new(
        ".gitlab-ci.yml",
        b"mirror:\n  script:\n    - git push \"https://x:$MIRROR_TOKEN@gitlab.example.com/a/b.git\"\nscan:\n  script:\n    - sonar --token \"$SONAR_SCAN_TOKEN\"\n".to_vec(),
    ));
    inputs
}

fn context() -> Context {
    Context::new(Date::parse(DAY).unwrap())
}

fn plan(inputs: Vec<Input>) -> Rotation {
    let context = context();
    rotation(&audit(inputs, &context), &context, WITHIN_DAYS)
}

#[test]
fn the_plan_of_an_estate_reads_like_a_colleagues() {
    let plan = plan(estate());
    insta::assert_snapshot!(text::render(&plan, 110));
}

#[test]
fn the_order_of_the_inputs_does_not_matter() {
    let forward = plan(estate());
    let mut inputs = estate();
    inputs.reverse();
    let backward = plan(inputs);
    assert!(forward.items.len() > 50, "{}", forward.items.len());
    assert_eq!(text::render(&forward, 100), text::render(&backward, 100));
    assert_eq!(ics::render(&forward), ics::render(&backward));
    assert_eq!(sh::render(&forward), sh::render(&backward));
    assert_eq!(
        serde_json::to_string(&forward.published()).unwrap(),
        serde_json::to_string(&backward.published()).unwrap()
    );
}

#[test]
fn nobody_begins_on_a_weekend_or_after_the_end_and_new_ends_make_no_cliff() {
    let plan = plan(estate());
    let mut ends = std::collections::BTreeMap::<Date, usize>::new();
    for item in &plan.items {
        assert!(item.begin.weekday() <= 5 && item.revoke_from.weekday() <= 5, "{:?}", item.begin);
        assert!(item.ends.is_none_or(|end| item.begin < end), "{:?} {:?} {:?}", item.begin, item.ends, item.key);
        if let Some(end) = item.new_end {
            *ends.entry(end).or_default() += 1;
        }
    }
    assert!(ends.len() > 10);
    assert!(ends.values().all(|count| *count <= 4), "{ends:?}");
}

#[test]
fn a_token_that_two_lists_show_is_planned_once() {
    let mut inputs = estate();
    let again = estate().into_iter().find(|input| input.name == "resource-tokens.json").unwrap();
    let count = plan(estate()).live;
    inputs.push(Input { name: "again.json".into(), ..again });
    assert_eq!(plan(inputs).live, count);
}

#[test]
fn a_variable_that_two_tokens_may_be_in_is_not_overwritten_by_the_script() {
    let plan = plan(estate());
    let mut written = std::collections::BTreeSet::new();
    for item in &plan.items {
        for holder in &item.holders {
            let place = holder.place.as_ref().and_then(|place| place.path.clone());
            if holder.claims == 1 {
                assert!(written.insert((holder.key.clone(), place)), "{holder:?}");
            } else {
                assert_eq!(holder.confidence, Confidence::Possible);
            }
        }
    }
    assert!(!written.is_empty());
    let token = |id: u64| {
        serde_json::json!({"id": id, "name": "mirror-push", "revoked": false, "active": true, "scopes": ["read_api"],
            "created_at": "2026-09-01T08:00:00.000Z", "last_used_at": "2026-11-19T08:00:00.000Z",
            "expires_at": "2026-12-01", "access_level": 20, "user_id": id, "resource_type": "project", "resource_id": 318})
    };
    let variables = serde_json::json!([{"variable_type": "env_var", "key": "MIRROR_PUSH_TOKEN", "value": null,
        "hidden": true, "protected": true, "masked": true, "raw": true, "environment_scope": "*"}]);
    let of = |name: &str, json: serde_json::Value| Input {
        project: Some("318".into()),
        ..Input::new(name, json.to_string().into_bytes())
    };
    let one = super::tests::plan(vec![
        of("tokens.json", serde_json::json!([token(501)])),
        of("variables.json", variables.clone()),
    ]);
    assert_eq!(one.items[0].holders[0].confidence, Confidence::Likely);
    assert!(one.items[0].swap.is_some());
    let two = super::tests::plan(vec![
        of("tokens.json", serde_json::json!([token(501), token(502)])),
        of("variables.json", variables),
    ]);
    for item in &two.items {
        assert_eq!((item.holders[0].claims, item.holders[0].confidence), (2, Confidence::Possible));
        assert!(item.swap.is_none());
    }
}

/// Lines of a calendar, unfolded; checks that each is well formed.
fn unfold(calendar: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    assert!(calendar.ends_with("\r\n"));
    for line in calendar.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().unwrap().push_str(rest),
            None => lines.push(line.into()),
        }
    }
    lines
}

/// Checks the nesting and what RFC 5545 wants of each event; gives UID and start of each.
fn events(calendar: &str) -> Vec<(String, String)> {
    let mut open: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut alarms = 0;
    let mut events = Vec::new();
    for line in unfold(calendar) {
        let (name, value) = line.split_once(':').unwrap();
        let name = name.split(';').next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-'), "{line}");
        match name {
            "BEGIN" => {
                open.push(value.into());
                if value == "VEVENT" {
                    (seen, alarms) = (Vec::new(), 0);
                }
                alarms += usize::from(value == "VALARM");
            }
            "END" => {
                assert_eq!(open.pop().as_deref(), Some(value));
                if value == "VEVENT" {
                    assert_eq!(alarms, 3);
                    let get = |key: &str| {
                        let all: Vec<_> =
                            seen.iter().filter(|line| line.split([':', ';']).next() == Some(key)).collect();
                        assert_eq!(all.len(), 1, "{key}");
                        all[0].split_once(':').unwrap().1.to_owned()
                    };
                    assert!(get("DTSTAMP").ends_with('Z') && !get("SUMMARY").is_empty());
                    assert_eq!(get("DTSTART").len(), 8);
                    events.push((get("UID"), get("DTSTART")));
                }
            }
            _ if open.last().is_some_and(|open| open == "VEVENT") => seen.push(line.clone()),
            _ => assert!(!open.is_empty(), "{line}"),
        }
    }
    assert!(open.is_empty());
    events
}

#[test]
fn the_calendar_is_read_by_an_independent_reader_and_keeps_its_ids() {
    let first = events(&ics::render(&plan(estate())));
    assert!(first.len() > 100);
    let ids: std::collections::BTreeSet<_> = first.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), first.len());
    let context = Context::new(Date::parse("2026-11-21").unwrap());
    let next_day = events(&ics::render(&rotation(&audit(estate(), &context), &context, 10)));
    assert!(next_day.iter().filter(|event| first.contains(event)).count() > 100);
}

/// A project's token and a variable with hostile names, as JSON.
fn hostile(name: &str, key: &str, scope: &str, path: &str) -> Rotation {
    let token = serde_json::json!([{"id": 501, "name": name, "revoked": false, "active": true, "scopes": ["read_api"],
        "created_at": "2026-09-01T08:00:00.000Z", "last_used_at": "2026-11-19T08:00:00.000Z", "expires_at": "2026-12-01",
        "access_level": 40, "user_id": 9, "resource_type": "project", "resource_id": 318}]);
    let variables = serde_json::json!([{"variable_type": "env_var", "key": key, "value": null, "hidden": true,
        "protected": true, "masked": true, "raw": true, "environment_scope": scope}]);
    let projects =
        serde_json::json!([{"id": 318, "path_with_namespace": path, "visibility": "private", "archived": false}]);
    let input = |name: &str, json: serde_json::Value| Input {
        project: Some(path.into()),
        ..Input::new(name, json.to_string().into_bytes())
    };
    plan(vec![input("tokens.json", token), input("variables.json", variables), input("projects.json", projects)])
}

/// What a shell would do with the part behind the functions: nothing but the calls of them, each argument in quotes.
fn assert_tame(script: &str) {
    let (_, tail) = script.split_once("\n# The tokens, in the order of the plan.\n").unwrap();
    for line in tail.lines() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let mut bare = String::new();
        let mut quoted = false;
        let mut characters = line.replace("'\\''", "").chars().collect::<Vec<_>>().into_iter();
        for character in characters.by_ref() {
            if character == '\'' {
                quoted = !quoted;
            } else if !quoted {
                bare.push(character);
            }
        }
        assert!(!quoted, "{line}");
        assert!(bare.chars().all(|character| character.is_ascii_alphanumeric() || " _;".contains(character)), "{line}");
        let first = bare.split([' ', ';']).next().unwrap();
        assert!(
            ["if", "look", "create", "put", "by_hand", "verify", "verify_by_eye", "revoke", "fi", "say", "else"]
                .contains(&first),
            "{line}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn hostile_names_act_nowhere(
        name in "(mirror)?['\"`$();&|\\\\\n\r\t#!<>\\[\\]{}*é\u{202e},:/ a-c-]{0,30}",
        scope in "[*'$(`\n)/a-z]{0,8}",
        path in "acme/['$(`\n)a-z%]{1,9}",
    ) {
        let plan = hostile(&format!("{name} push"), "MIRROR_PUSH_TOKEN", &scope, &path);
        let script = sh::render(&plan);
        assert_tame(&script);
        prop_assert_eq!(events(&ics::render(&plan)).len(), plan.ends.len());
        let markdown = markdown::render(&plan);
        for line in markdown.lines() {
            prop_assert!(!line.contains("<script") && !line.starts_with('/'));
        }
        prop_assert_eq!(markdown.lines().filter(|line| line.starts_with("### ")).count(), plan.items.len());
    }
}

#[test]
fn a_shell_and_its_checker_take_the_script() {
    let name = "it's $(touch /tmp/x) `id` \\ \" mirror-push";
    let mut scripts = vec![sh::render(&plan(estate()))];
    scripts.push(sh::render(&hostile(name, "MIRROR_PUSH_TOKEN", "prod/*", "acme/api")));
    for script in scripts {
        assert_tame(&script);
        let file = tempfile::Builder::new().suffix(".sh").tempfile().unwrap();
        std::fs::write(file.path(), &script).unwrap();
        for (program, arguments) in [("bash", vec!["-n"]), ("shellcheck", vec!["--shell=bash"])] {
            match Command::new(program).args(&arguments).arg(file.path()).output() {
                Ok(output) => {
                    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stdout))
                }
                Err(_) => eprintln!("skipped: {program} is not installed"),
            }
        }
    }
}

/// The part of GitLab's API that the script calls, on loopback: one project token 501 and one variable. Gives the address and
/// what was called, in order.
fn stand_in(used: bool, refuse: &'static str) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/api/v4", listener.local_addr().unwrap());
    let calls = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = calls.clone();
    let value = crate::fake::token(TokenType::ProjectAccessToken, 7);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length, mut signed) = (String::new(), 0, false);
            reader.read_line(&mut first).unwrap();
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                let lower = header.to_ascii_lowercase();
                if let Some(bytes) = lower.strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap();
                }
                signed |= header.trim() == "PRIVATE-TOKEN: the-operators-own";
                if header.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap().replace(&value, "NEW-VALUE");
            let call = first.trim().trim_end_matches(" HTTP/1.1").replace("/api/v4/", "");
            let last = if used { "\"2026-11-20T10:00:00Z\"" } else { "null" };
            let (status, answer) = match call.split_once(' ').unwrap() {
                _ if !refuse.is_empty() && call.starts_with(refuse) => ("403 Forbidden", String::new()),
                _ if !signed => ("401 Unauthorized", String::new()),
                ("POST", "projects/318/access_tokens") => ("201 Created", format!(r#"{{"id":611,"token":"{value}"}}"#)),
                ("GET", "projects/318/access_tokens/611") => {
                    ("200 OK", format!(r#"{{"id":611,"last_used_at":{last}}}"#))
                }
                (_, path) if path.contains("/variables/MIRROR_PUSH_TOKEN?filter%5Benvironment_scope%5D=prod%2F") => {
                    ("200 OK", "{}".to_owned())
                }
                ("DELETE", "projects/318/access_tokens/501") => ("204 No Content", String::new()),
                _ => ("404 Not Found", String::new()),
            };
            log.lock().unwrap().push(format!("{call} {body}").trim().to_owned());
            let length = answer.len();
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}")
                .unwrap();
        }
    });
    (address, calls)
}

/// Runs the script for the hostile project with these answers; what was called, the exit code, and what was shown.
fn run_script(answers: &str, used: bool, refuse: &'static str) -> Option<(Vec<String>, i32, String)> {
    use std::io::Write as _;
    for tool in ["bash", "curl", "jq"] {
        if Command::new(tool).arg("--version").output().is_err() {
            eprintln!("skipped: {tool} is not installed");
            return None;
        }
    }
    let (address, calls) = stand_in(used, refuse);
    let file = tempfile::Builder::new().suffix(".sh").tempfile().unwrap();
    let plan = hostile("it's $(exit 9) mirror-push", "MIRROR_PUSH_TOKEN", "prod/*", "acme/api");
    std::fs::write(file.path(), sh::render(&plan)).unwrap();
    let mut child = Command::new("bash")
        .arg(file.path())
        .env("GITLAB_TOKEN", "the-operators-own")
        .env("GITLAB_API", address)
        .env("WAIT_SECONDS", "0")
        .env("no_proxy", "*")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
    let output = child.wait_with_output().unwrap();
    let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let value = crate::fake::token(TokenType::ProjectAccessToken, 7);
    let body: Vec<char> = value.trim_start_matches("glpat-").chars().collect();
    for piece in body.windows(8) {
        assert!(!shown.contains(&piece.iter().collect::<String>()), "a value was shown");
    }
    let calls = calls.lock().unwrap().clone();
    Some((calls, output.status.code().unwrap(), shown))
}

#[test]
fn the_script_makes_puts_verifies_and_revokes_in_that_order() {
    let Some((calls, code, shown)) = run_script("yes\nyes\nyes\nyes\n", true, "") else { return };
    assert_eq!(code, 0, "{shown}\n{calls:?}");
    let methods: Vec<_> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
    assert_eq!(methods, ["GET", "POST", "PUT", "GET", "DELETE"], "{calls:?}");
    assert!(calls[1].contains(r#""scopes":["read_api"]"#) && calls[1].contains("\"expires_at\":\"2027-"), "{calls:?}");
    assert!(calls[2].ends_with("value=NEW-VALUE"), "{calls:?}");
}

#[test]
fn the_script_revokes_nothing_without_a_yes_or_without_a_use_of_the_new_token() {
    for (answers, used, code, last) in [
        ("no\n", true, 0, None),
        ("", true, 1, None),
        ("yes\nno\n", true, 1, Some("POST")),
        ("yes\nyes\nyes\n", false, 1, Some("GET")),
        ("yes\nyes\nyes\nno\n", true, 0, Some("GET")),
    ] {
        let Some((calls, status, shown)) = run_script(answers, used, "") else { return };
        assert_eq!(status, code, "{answers:?}: {shown}");
        assert_eq!(calls.last().map(|call| call.split(' ').next().unwrap()), last, "{answers:?}: {calls:?}");
        assert!(!calls.iter().any(|call| call.starts_with("DELETE")));
        if calls.iter().any(|call| call.starts_with("POST")) && code == 1 {
            assert!(shown.contains("The new token 611 is alive"), "{shown}");
        }
    }
}

#[test]
fn the_script_stops_at_the_first_call_that_is_refused() {
    for (refuse, last, made) in [
        ("GET projects/318/variables", "GET", false),
        ("GET acme", "GET", false),
        ("POST", "POST", false),
        ("PUT", "PUT", true),
        ("GET projects/318/access_tokens", "GET", true),
        ("DELETE", "DELETE", true),
    ] {
        let Some((calls, status, shown)) = run_script("yes\nyes\nyes\nyes\n", true, refuse) else { return };
        if !calls.iter().any(|call| call.starts_with(refuse)) {
            continue; // The variable's address has the number or the path, not both.
        }
        assert_eq!(status, 1, "{refuse}: {shown}");
        assert!(shown.contains("Stopped: "), "{refuse}: {shown}");
        assert_eq!(calls.last().map(|call| call.split(' ').next().unwrap()), Some(last), "{refuse}: {calls:?}");
        assert_eq!(shown.contains("The new token 611 is alive"), made, "{refuse}: {shown}");
        assert_eq!(calls.iter().any(|call| call.starts_with("DELETE")), refuse == "DELETE", "{refuse}: {calls:?}");
    }
}

/// Several lists are one picture: a bot's token is its project's, a key and a variable have their project's path.
#[test]
fn an_administrators_list_is_told_apart_by_the_users() {
    let token = r#"[{"id":7,"name":"mirror push","revoked":false,"active":true,"created_at":"2026-05-01T08:00:00.000Z","scopes":["write_repository"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2026-12-01"}]"#;
    let users = r#"[{"id":9,"username":"project_318_bot_5a1f","name":"mirror push","state":"active","bot":true}]"#;
    let projects = r#"[{"id":318,"path_with_namespace":"acme/payments/api","visibility":"private","archived":false}]"#;
    let variables = r#"[{"variable_type":"env_var","key":"MIRROR_PUSH_TOKEN","value":null,"hidden":true,"protected":true,"masked":true,"environment_scope":"*"}]"#;
    let keys = r#"[{"id":3,"title":"argo","created_at":"2026-01-01T00:00:00.000Z","expires_at":"2026-12-20T00:00:00.000Z","key":"ssh-ed25519 AAAA x","fingerprint_sha256":"SHA256:x","can_push":false}]"#;
    let mut files = [
        ("personal_access_tokens.json", token),
        ("users.json", users),
        ("projects.json", projects),
        ("project-318-variables.json", variables),
        ("project-318-deploy_keys.json", keys),
    ];
    let mut seen = Vec::new();
    for _ in 0..files.len() {
        files.rotate_left(1);
        let plan = plan(files.iter().map(|(name, text)| Input::new(*name, *text)).collect());
        let item = |kind| plan.items.iter().find(|item| item.kind == kind).unwrap();
        let (token, key) = (item(TokenType::ProjectAccessToken), item(TokenType::DeployKey));
        for item in [token, key] {
            assert_eq!(item.owner.as_ref().map(ToString::to_string).as_deref(), Some("acme/payments/api"));
        }
        let place = token.holders[0].place.as_ref().unwrap();
        assert_eq!(place.path.as_ref().map(Name::as_str), Some("acme/payments/api"));
        assert!(key.steps.iter().any(|step| step.text.as_str().contains("ssh-keygen")));
        seen.push(serde_json::to_string(&plan.published()).unwrap());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

#[test]
fn what_only_a_persons_token_can_do_is_not_handed_to_a_machine() {
    let token = r#"[{"id":7,"name":"admin","revoked":false,"active":true,"created_at":"2026-05-01T08:00:00.000Z","scopes":["api","sudo"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2027-02-01"}]"#;
    let users = r#"[{"id":9,"username":"kim","name":"Kim","state":"blocked","is_admin":true}]"#;
    let plan = plan(vec![Input::new("personal_access_tokens.json", token), Input::new("users.json", users)]);
    let item = &plan.items[0];
    assert_eq!(item.decision, Decision::HandOver);
    assert_eq!(item.new.as_ref().unwrap().scopes, [Scope::new("api")]);
    assert!(item.steps.iter().any(|step| step.text.as_str().contains("`sudo` too")), "{:?}", item.steps);
}

#[test]
fn the_injected_deploy_token_keeps_its_name() {
    let token = r#"[{"id":7,"name":"gitlab-deploy-token","username":"gitlab+deploy-token-7","expires_at":"2026-12-10T00:00:00.000Z","scopes":["read_registry"],"revoked":false,"expired":false}]"#;
    let plan = plan(vec![Input::new("project-318-deploy-tokens.json", token)]);
    let item = &plan.items[0];
    assert_eq!(item.new.as_ref().unwrap().name.as_str(), "gitlab-deploy-token");
    assert!(item.steps[0].text.as_str().contains("CI_DEPLOY_PASSWORD"));
}

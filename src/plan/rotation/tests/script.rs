//! The script: what a shell makes of it, and what it calls, against a small stand-in of the API on loopback.

use std::process::Command;

use proptest::prelude::*;

use super::*;

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
        assert!(
            bare.chars().all(|character| character.is_ascii_alphanumeric() || " _;-".contains(character)),
            "{line}"
        );
        let first = bare.split([' ', ';']).next().unwrap();
        assert!(
            ["if", "look", "create", "put", "by_hand", "verify", "verify_by_eye", "revoke", "fi", "say", "unused"]
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
        prop_assert_eq!(markdown.lines().filter(|line| line.starts_with("- [ ] **")).count(), plan.items.len());
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
fn stand_in(
    last_used: Option<&'static str>,
    refuse: &'static str,
) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
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
            let last = last_used.map_or("null".into(), |day| format!("\"{day}T10:00:00Z\""));
            let (status, answer) = match call.split_once(' ').unwrap() {
                _ if !refuse.is_empty() && call.starts_with(refuse) => ("403 Forbidden", String::new()),
                _ if !signed => ("401 Unauthorized", String::new()),
                ("POST", "projects/318/access_tokens") => ("201 Created", format!(r#"{{"id":611,"token":"{value}"}}"#)),
                ("GET", "projects/318/access_tokens/611") => {
                    ("200 OK", format!(r#"{{"id":611,"last_used_at":{last}}}"#))
                }
                // A new token is of the role that is asked for.
                ("GET", "projects/318/access_tokens/501") => {
                    ("200 OK", format!(r#"{{"id":501,"access_level":30,"last_used_at":{last}}}"#))
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
    let plan = hostile("it's $(exit 9) mirror-push", "MIRROR_PUSH_TOKEN", "prod/*", "acme/api");
    run(&plan, answers, used.then_some("2026-11-20"), refuse)
}

/// Runs the script of a plan against a GitLab on which the tokens were last used on this day.
fn run(
    plan: &Rotation,
    answers: &str,
    last_used: Option<&'static str>,
    refuse: &'static str,
) -> Option<(Vec<String>, i32, String)> {
    use std::io::Write as _;
    for tool in ["bash", "curl", "jq"] {
        if Command::new(tool).arg("--version").output().is_err() {
            eprintln!("skipped: {tool} is not installed");
            return None;
        }
    }
    let (address, calls) = stand_in(last_used, refuse);
    let file = tempfile::Builder::new().suffix(".sh").tempfile().unwrap();
    std::fs::write(file.path(), sh::render(plan)).unwrap();
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

/// A project's token as an administrator's list shows it, without its role; last used on this day.
fn without_role(last_used: &str) -> Rotation {
    let token = format!(
        r#"[{{"id":501,"name":"mirror-push","revoked":false,"active":true,"scopes":["api"],"created_at":"2026-01-01T08:00:00.000Z","last_used_at":"{last_used}T08:00:00.000Z","expires_at":"2026-12-20","user_id":9}}]"#
    );
    let users = r#"[{"id":9,"username":"project_318_bot_5a1f","name":"mirror push","state":"active","bot":true}]"#;
    let variables = r#"[{"variable_type":"env_var","key":"MIRROR_PUSH_TOKEN","value":null,"hidden":true,"protected":true,"masked":true,"raw":true,"environment_scope":"prod/*"}]"#;
    let files = [("all.json", token.as_str()), ("users.json", users), ("project-318-variables.json", variables)];
    plan(files.iter().map(|(name, text)| Input::new(*name, *text)).collect())
}

#[test]
fn a_role_that_the_lists_do_not_show_is_the_old_tokens() {
    let plan = without_role("2026-11-18");
    let Some((calls, code, shown)) = run(&plan, "yes\nyes\nyes\nyes\n", Some("2026-11-20"), "") else { return };
    assert_eq!(code, 0, "{shown}\n{calls:?}");
    let methods: Vec<_> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
    assert_eq!(methods, ["GET", "GET", "POST", "PUT", "GET", "DELETE"], "{calls:?}");
    assert!(calls[2].contains(r#""access_level":30"#) && calls[2].contains(r#""scopes":["api"]"#), "{calls:?}");
    let Some((calls, code, shown)) = run(&plan, "yes\nyes\n", Some("2026-11-20"), "GET projects/318/access_tokens/501")
    else {
        return;
    };
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("Stopped: The role") && !calls.iter().any(|call| call.starts_with("POST")), "{calls:?}");
}

#[test]
fn a_token_that_was_used_since_the_plan_is_kept() {
    let plan = without_role("2026-02-03");
    assert_eq!(plan.items[0].decision, Decision::Revoke);
    for (last_used, refuse, code, said, revoked) in [
        (Some("2026-02-03"), "", 0, "Revoked: 501", true),
        (None, "", 0, "Revoked: 501", true),
        (Some("2026-11-21"), "", 0, "Kept: 501 was used on 2026-11-21", false),
        (None, "GET projects/318/access_tokens/501", 1, "Stopped: 501 could not be looked at", false),
        (None, "DELETE", 1, "Stopped: 501 was not revoked", true),
    ] {
        let Some((calls, status, shown)) = run(&plan, "yes\nyes\n", last_used, refuse) else { return };
        assert_eq!(status, code, "{shown}\n{calls:?}");
        assert!(shown.contains(said), "{shown}\n{calls:?}");
        assert_eq!(calls.iter().any(|call| call.starts_with("DELETE")), revoked, "{calls:?}");
    }
}

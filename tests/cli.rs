//! The command as scripts use it: exit codes, streams, and answers for input that nobody should have given it.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use support::{leastwise, leastwise_with_stdin};

#[test]
fn no_arguments_explain_the_commands() {
    let answer = leastwise(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("Usage"), "{answer:?}");
}

#[test]
fn a_missing_file_is_said_and_is_exit_code_2() {
    let answer = leastwise(&["check", "no-such-file.json"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no-such-file.json: not read: There is no such file"), "{}", answer.stderr);
}

#[test]
fn an_empty_input_is_read_and_clean() {
    let answer = leastwise_with_stdin(&["check", "--today", "2026-11-20"], b"");
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.contains("The input is empty"), "{}", answer.stdout);
}

#[test]
fn binary_data_gets_a_clear_answer() {
    let noise: Vec<u8> = (0..10_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let answer = leastwise_with_stdin(&["check"], &noise);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("binary data, not text"), "{}", answer.stderr);
}

#[test]
fn a_bad_argument_says_what_would_be_right_and_never_repeats_a_token() {
    let token = leastwise::fake::token(leastwise::catalog::TokenType::PersonalAccessToken, 3);
    let path = format!("/nonexistent/{token}/x");
    for arguments in [
        vec!["check", "--as", &token],
        vec![token.as_str()],
        vec!["check", "--today", &token],
        vec!["check", "--output", &path, "-"],
        vec!["check", &token],
    ] {
        let answer = leastwise_with_stdin(&arguments, b"hello");
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(!answer.stderr.is_empty());
        support::assert_no_piece_of(&token, &format!("{}{}", answer.stdout, answer.stderr));
    }
}

#[test]
fn a_leak_is_exit_code_1_unless_told_otherwise() {
    let log = leastwise::fake::expand("token is {{personal_access_token}}\n");
    for (fail_on, code) in [("high", 1), ("none", 0), ("critical", 1)] {
        let answer = leastwise_with_stdin(&["check", "--fail-on", fail_on], log.as_bytes());
        assert_eq!(answer.code, code, "--fail-on {fail_on}: {answer:?}");
    }
}

#[test]
fn ndjson_lines_are_the_json_report_taken_apart() {
    let log = leastwise::fake::expand("token is {{deploy_token}}\n");
    let whole = leastwise_with_stdin(&["check", "--format", "json", "--today", "2026-11-20"], log.as_bytes());
    let lines = leastwise_with_stdin(&["check", "--format", "ndjson", "--today", "2026-11-20"], log.as_bytes());
    let whole: serde_json::Value = serde_json::from_str(&whole.stdout).unwrap();
    let lines: Vec<serde_json::Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let findings: Vec<_> = lines.iter().filter_map(|line| line.get("finding").cloned()).collect();
    assert!(!findings.is_empty());
    assert_eq!(whole["findings"], serde_json::Value::Array(findings));
    assert_eq!(lines.last().unwrap()["summary"], whole["summary"]);
}

#[test]
fn records_answer_line_by_line_and_survive_bad_ones() {
    let good = leastwise::fake::expand(r#"{"name": "a.log", "text": "x {{deploy_token}}"}"#);
    let clean = r#"{"name": "c", "text": "clean", "kind": "text"}"#;
    let input = format!("{good}\nnot json\n{{\"name\": \"b\"}}\n\n{clean}\n");
    let answer = leastwise_with_stdin(&["check", "--records"], input.as_bytes());
    let lines: Vec<serde_json::Value> = answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{}", answer.stdout);
    assert_eq!(lines[0]["name"], "a.log");
    assert_eq!(lines[0]["report"]["findings"][0]["rule"], "exposed-token");
    assert!(lines[1]["error"].is_string());
    assert_eq!(lines[2]["name"], "b");
    assert!(lines[2]["error"].as_str().unwrap().contains("\"text\""));
    assert_eq!(lines[3]["report"]["inputs"][0]["kind"], "text");
    assert_eq!(answer.code, 1);
}

#[test]
fn a_folder_is_walked_in_order_without_what_git_ignores() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, leastwise::fake::expand(text)).unwrap();
    };
    write(".gitignore", "ignored.txt\n");
    write("ignored.txt", "{{deploy_token}}");
    write("b/.env", "T={{deploy_token 2}}");
    write("a.txt", "{{deploy_token 3}}");
    write(".git/config", "url = https://x:{{personal_access_token}}@gitlab.example.com/a/b.git");
    write(".git/objects/aa", "{{deploy_token 4}}");
    std::fs::write(folder.path().join("picture.png"), [0x89, b'P', b'N', b'G', 0, 0, 0, 0, 1, 2, 3, 0, 0, 0]).unwrap();
    let path = folder.path().to_str().unwrap();
    let names = |arguments: &[&str]| -> Vec<String> {
        let answer = leastwise(arguments);
        let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        let inputs = report["inputs"].as_array().unwrap();
        inputs.iter().map(|input| input["name"].as_str().unwrap()[path.len() + 1..].to_owned()).collect()
    };
    assert_eq!(names(&["check", "--format", "json", path]), [".git/config", ".gitignore", "a.txt", "b/.env"]);
    assert!(names(&["check", "--format", "json", "--no-ignore", path]).contains(&"ignored.txt".to_owned()));
    assert!(leastwise(&["check", path]).stderr.contains("1 binary file was passed over"));
    assert_eq!(
        names(&["check", "--format", "json", "--jobs", "1", path]),
        names(&["check", "--format", "json", "--jobs", "7", path])
    );
}

#[cfg(unix)]
#[test]
fn links_out_of_a_folder_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), leastwise::fake::expand("{{deploy_token}}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    let answer = leastwise(&["check", "--format", "json", folder.path().to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["inputs"].as_array().unwrap().len(), 0, "{}", answer.stdout);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let text = leastwise::fake::expand("{{deploy_token}}\n").repeat(2000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("big.log");
    std::fs::write(&file, text).unwrap();
    let script = format!("{} check --format ndjson {} | head -1", env!("CARGO_BIN_EXE_leastwise"), file.display());
    let answer = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stderr), "");
}

#[test]
fn json_that_is_not_gitlabs_is_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.json");
    std::fs::write(&path, r#"{"name": "x", "scripts": {"build": "y"}}"#).unwrap();
    std::fs::write(folder.path().join("index.html"), "<!DOCTYPE html><html><body>hello</body></html>").unwrap();
    let walked = leastwise(&["check", folder.path().to_str().unwrap()]);
    assert_eq!((walked.code, walked.stderr.as_str()), (0, ""), "{walked:?}");
    assert!(!walked.stdout.contains("not read"), "{}", walked.stdout);
    let named = leastwise(&["check", path.to_str().unwrap()]);
    assert_eq!(named.code, 0);
    assert!(named.stdout.contains("no export that is known here"), "{}", named.stdout);
    let forced = leastwise(&["check", "--as", "inventory", path.to_str().unwrap()]);
    assert_eq!(forced.code, 2, "{forced:?}");
}

#[test]
fn a_privilege_plan_comes_in_every_format_and_needs_something_to_see() {
    let script = b"curl -H \"PRIVATE-TOKEN: $REPORT_TOKEN\" \"$CI_API_V4_URL/projects/1/issues\"\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.sh");
    std::fs::write(&path, script).unwrap();
    let path = path.to_str().unwrap();
    for (format, wanted) in [
        ("text", "REPORT_TOKEN"),
        ("json", "\"does\": \"call `GET /projects/:id/issues`\""),
        ("markdown", "# Privilege plan"),
    ] {
        let out = leastwise(&["plan", "privilege", "--today", "2026-11-20", "--format", format, path]);
        assert_eq!(out.code, 0, "{format}");
        assert!(out.stdout.contains(wanted), "{format}: {}", out.stdout);
    }
    let nothing = leastwise_with_stdin(&["plan", "privilege"], b"[]");
    assert_eq!(nothing.code, 2);
}

#[test]
fn a_rotation_plan_comes_in_every_format_and_needs_tokens() {
    let list =
        br#"[{"id": 503, "name": "mirror-push", "scopes": ["write_repository"], "access_level": 40, "active": true,
        "revoked": false, "created_at": "2026-09-01T08:00:00.000Z", "last_used_at": "2026-11-20T06:00:00.000Z",
        "expires_at": "2026-12-08", "user_id": 9001, "resource_type": "project", "resource_id": 318}]"#;
    let plan =
        |format: &str| leastwise_with_stdin(&["plan", "rotation", "--today", "2026-11-20", "--format", format], list);
    for (format, sign) in [
        ("text", "1  Make `mirror-push-2026-11` beside it: role Developer (was"),
        ("json", "\"decision\": \"replace\""),
        ("markdown", "- [ ] **Destructive.** Revoke 503"),
        ("ics", "UID:token-end-access-token-503@leastwise.invalid\r\n"),
        ("sh", "#!/usr/bin/env bash\n"),
    ] {
        let answer = plan(format);
        assert_eq!(answer.code, 0, "{format}: {answer:?}");
        assert!(answer.stdout.contains(sign), "{format}: {}", answer.stdout);
    }
    let nothing = leastwise_with_stdin(&["plan", "rotation"], b"[]");
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("no live token"), "{nothing:?}");
}

#[test]
fn an_allowlist_is_planned_from_a_pipeline_in_every_format() {
    let pipeline =
        b"build:\n  script:\n    - git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/lib.git\n";
    for (format, part) in [
        ("text", "add        shop/web (git-clone) [READ_REPOSITORIES]"),
        ("json", "\"caller\": \"shop/web\""),
        ("markdown", "| add | shop/web | shop/lib | git-clone |"),
        ("csv", "shop/web,shop/lib,git-clone,READ_REPOSITORIES,add,"),
        ("mermaid", "flowchart LR"),
        ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
        ("dot", "digraph job_token {"),
        ("graphql", "jobTokenPolicies: [READ_REPOSITORIES]"),
        ("terraform", "# shop/lib: its list was not given, so it is left out"),
    ] {
        let answer = leastwise_with_stdin(
            &["plan", "allowlist", "--as", "ci-config", "--project", "shop/web", "--format", format, "-"],
            pipeline,
        );
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.stdout.contains(part), "{format}: {}", answer.stdout);
    }
    assert_eq!(leastwise(&["plan", "allowlist", "no-such-file"]).code, 2);
}

#[test]
fn the_samples_can_be_had_as_files_and_are_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("samples");
    let to = to.to_str().unwrap();
    let answer = leastwise(&["demo", "--files", to]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{answer:?}");
    let told: Vec<String> = ["check", "--today", "2026-11-20"].iter().chain([&to]).map(ToString::to_string).collect();
    let told = leastwise(&told.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told.code, 1, "the samples hold something to find: {told:?}");

    let again = leastwise(&["demo", "--files", to]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("job.log") || again.stderr.contains(".gitlab-ci.yml"), "{}", again.stderr);
}

#[test]
fn accepted_findings_are_listed_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let token = leastwise::fake::expand("{{personal_access_token}}\n");
    std::fs::write(path("job.log"), format!("token {token}")).unwrap();
    let config = |until: &str, more: &str| {
        let text = format!(
            "[[accepted]]\nrule = \"exposed-token\"\ninput = \"job.log\"\nreason = \"used_in_tests\"\nowner = \"dana\"\nuntil = {until}\n{more}"
        );
        std::fs::write(path("leastwise.toml"), text).unwrap();
    };
    let check = |more: &[&str]| {
        let (log, toml) = (path("job.log"), path("leastwise.toml"));
        let named = ["check", "--today", "2026-11-20", "--config", &toml, &log];
        leastwise(&[&named[..], more].concat())
    };
    config("2026-11-20", "");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answer = check(&[]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("accepted critical[exposed-token]"), "{}", answer.stdout);
    assert!(words(&answer.stdout).contains("used in tests, by dana, until 20 November 2026"), "{}", answer.stdout);
    let json: serde_json::Value = serde_json::from_str(&check(&["--format", "json"]).stdout).unwrap();
    assert_eq!((json["summary"]["accepted"].as_u64(), json["summary"]["critical"].as_u64()), (Some(1), Some(0)));
    assert_eq!(json["accepted"][0]["finding"]["rule"], "exposed-token");
    config("2026-11-19", "");
    let answer = check(&[]);
    assert_eq!(answer.code, 1);
    assert!(words(&answer.stdout).contains("that day has passed"), "{}", answer.stdout);
    config("2026-11-20", "color = 1\n");
    let answer = check(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("leastwise.toml:7:1: unknown field `color`"), "{}", answer.stderr);
    // Not named, it accepts nothing.
    let answer = leastwise(&["check", "--today", "2026-11-20", &path("job.log")]);
    assert_eq!(answer.code, 1);
}

#[test]
fn a_large_log_gives_the_same_by_file_and_pipe_and_on_any_number_of_cores() {
    let token = leastwise::fake::token(leastwise::catalog::TokenType::ProjectAccessToken, 4);
    let mut log = String::from("Running with gitlab-runner 18.9.0 (0a1b2c3d)\n");
    for number in 0..120_000 {
        match number % 9_973 {
            17 => log.push_str(&format!("the token is {token}\n")),
            4_000 => log.push_str("remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://gitlab.example.com/a/b.git/'\n"),
            _ => log.push_str(&format!("step {number}: compiling crate_{number} took 17 ms, nothing to say\n")),
        }
    }
    assert!(log.len() > 6_000_000, "large enough to be read in stretches, in several batches");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.log");
    std::fs::write(&path, &log).unwrap();
    let path = path.to_str().unwrap();
    let options = ["check", "--format", "json", "--today", "2026-11-20", "--as", "job-log"];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = options.iter().chain(more).copied().collect();
        let answer = leastwise_with_stdin(&arguments, if more.contains(&"-") { log.as_bytes() } else { b"" });
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        answer.stdout.replace(path, "-")
    };
    let one = run(&["--jobs", "1", path]);
    assert!(one.contains("exposed-token") && one.contains("token-rejected"), "{one}");
    assert_eq!(run(&["--jobs", "4", path]), one);
    assert_eq!(run(&["-"]), one);
}

/// A baseline knows a row by GitLab's number: in a file of another name, in another order, with the number as a text, and with
/// or without the list that tells whose it is. What has no number is known in its own file only.
#[test]
fn a_baseline_knows_a_row_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let row = |id: &str, more: &str| {
        format!(
            r#"{{"id":{id},"name":"jenkins","revoked":false,"active":true,"created_at":"2026-01-01T08:00:00.000Z","scopes":["api"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":null{more}}}"#
        )
    };
    std::fs::write(path("october.json"), format!("[{},{}]", row("501", ""), row("502", ""))).unwrap();
    std::fs::write(path("november.json"), format!("[{},{}]", row("\"502\"", ""), row("501", ""))).unwrap();
    std::fs::write(path("more.json"), format!("[{},{}]", row("501", ""), row("503", ""))).unwrap();
    std::fs::write(
        path("users.json"),
        r#"[{"id":9,"username":"project_318_bot","name":"x","state":"active","bot":true}]"#,
    )
    .unwrap();
    let variables = r#"[{"variable_type":"env_var","key":"DEPLOY_TOKEN","value":"x","hidden":false,"protected":false,"masked":false,"raw":true,"environment_scope":"*"}]"#;
    for name in ["one-variables.json", "two-variables.json"] {
        std::fs::write(path(name), variables).unwrap();
    }
    let check = |names: &[&str], more: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| path(name)).collect();
        let mut all = vec!["check", "--today", "2026-11-20", "--format", "json", "--fail-on", "none"];
        all.extend(names.iter().map(String::as_str));
        all.extend(more);
        leastwise(&all).stdout
    };
    std::fs::write(path("baseline.json"), check(&["october.json", "one-variables.json"], &[])).unwrap();
    let baseline = path("baseline.json");
    let left = |names: &[&str]| {
        let report: serde_json::Value = serde_json::from_str(&check(names, &["--baseline", &baseline])).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let left: std::collections::BTreeSet<String> =
            findings.map(|finding| finding["subject"]["id"].to_string()).collect();
        left.into_iter().collect::<Vec<_>>()
    };
    assert!(left(&["october.json", "one-variables.json"]).is_empty());
    assert!(left(&["november.json"]).is_empty());
    assert!(left(&["november.json", "users.json"]).is_empty());
    assert_eq!(left(&["more.json"]), ["503"]);
    assert_eq!(left(&["two-variables.json"]), ["\"DEPLOY_TOKEN\""]);
}

/// What an earlier report had is listed like what was accepted one by one, in every form, with the day of that report.
#[test]
fn what_a_baseline_accepts_is_listed_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path(".gitlab-ci.yml"), "job:\n  script:\n    - env\n").unwrap();
    std::fs::write(path("deploy.sh"), leastwise::fake::expand("T={{deploy_token}}\n")).unwrap();
    let (yaml, script, baseline) = (path(".gitlab-ci.yml"), path("deploy.sh"), path("baseline.json"));
    let check = |day: &str, more: &[&str]| {
        leastwise(&[&["check", "--today", day, "--fail-on", "low", &yaml, &script], more].concat())
    };
    std::fs::write(&baseline, check("2026-10-01", &["--format", "json"]).stdout).unwrap();
    let again = |more: &[&str]| check("2026-11-20", &[&["--baseline", &baseline], more].concat());
    for (form, secrets_only) in [
        ("text", false),
        ("json", false),
        ("ndjson", false),
        ("sarif", false),
        ("markdown", false),
        ("html", false),
        ("csv", false),
        ("gitlab-secret-detection", true),
    ] {
        let answer = again(&["--format", form]);
        assert_eq!(answer.code, 0, "{form}: nothing counts: {}", answer.stdout);
        let day = if form.ends_with("json") { "\"2026-10-01\"" } else { "report of 1 October 2026" };
        // A terminal's lines are broken anywhere.
        let said = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let listed = said.matches(day).count();
        assert_eq!(listed, if secrets_only { 1 } else { 2 }, "{form}: {}", answer.stdout);
        assert_eq!(
            answer.stderr.contains("1 accepted finding has no place"),
            secrets_only,
            "{form}: {}",
            answer.stderr
        );
    }
    let quality = again(&["--format", "gitlab-code-quality"]);
    assert_eq!(quality.stdout.trim(), "[]");
    assert!(quality.stderr.contains("2 accepted findings have no place in this form"), "{}", quality.stderr);

    let json: serde_json::Value = serde_json::from_str(&again(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["summary"]["accepted"], 2);
    let one = &json["accepted"][0];
    let rest = [&one["reason"], &one["comment"], &one["owner"], &one["until"]];
    assert_eq!(
        (&one["by"], &one["since"], rest),
        (&"baseline".into(), &"2026-10-01".into(), [&serde_json::Value::Null; 4])
    );
    // A report that was made with a baseline is one for the next, with the first day.
    std::fs::write(&baseline, again(&["--format", "json"]).stdout).unwrap();
    let third: serde_json::Value = serde_json::from_str(&again(&["--format", "json"]).stdout).unwrap();
    assert_eq!((&third["accepted"], third["findings"].as_array().unwrap().len()), (&json["accepted"], 0));
    // And record by record.
    let record = serde_json::json!({"name": yaml, "text": "job:\n  script:\n    - env\n"}).to_string();
    let arguments = ["check", "--records", "--today", "2026-11-20", "--baseline", &baseline];
    let line = leastwise_with_stdin(&arguments, record.as_bytes()).stdout;
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["report"]["summary"]["accepted"], 1, "{line}");
    assert_eq!(record["report"]["accepted"][0]["by"], "baseline");
}

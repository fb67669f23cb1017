//! The command on what a stranger wrote: names that would act, files that are none, folders that lead out, settings that would
//! hide something. tests/bombs.rs has what is made to cost too much.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(unreachable_pub, missing_docs)]

#[path = "../fuzz/src/harmless.rs"]
mod harmless;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use leastwise::fake;
use serde_json::Value;
use support::{Answer, leastwise, leastwise_with_stdin};

const TODAY: &[&str] = &["--today", "2026-11-20"];

/// A name that would act in every place it can come to.
const ACTING: &str = "=cmd|'/C calc'!A0 <img src=x onerror=alert(1)></script> `![i](https://x.example/i.png)` [a](javascript:x) @all \
    \u{1b}]8;;https://x.example\u{7}link\u{1b}]8;;\u{7} \u{1b}[2J \u{9b}31m \u{202e}gpj.exe\u{2066} \u{200b} \"; rm -rf / # $(id) `id` ' \\ ${CI_JOB_TOKEN} \
    {{ secret }} %0a ]]> --> \r\nBEGIN:VEVENT\r\n::set-output name=x::y";

/// Inputs in which every name is [`ACTING`].
fn hostile_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let tokens = serde_json::json!([
        {"id": 1, "name": ACTING, "description": ACTING, "scopes": ["api", ACTING], "active": true, "revoked": false,
         "created_at": "2025-01-01T00:00:00Z", "last_used_at": null, "expires_at": "2026-12-01", "access_level": 50, "user_id": 7},
        {"id": 2, "name": ACTING, "scopes": ["read_api"], "active": true, "revoked": false, "created_at": "2026-01-01T00:00:00Z",
         "last_used_at": null, "expires_at": null, "access_level": 40},
    ]);
    write("projects/318/access_tokens.json", tokens.to_string());
    let variables = serde_json::json!([{"key": ACTING, "value": fake::expand("{{deploy_token}}"), "variable_type": "env_var", "protected": false,
        "masked": false, "environment_scope": ACTING, "description": ACTING}]);
    write("projects/318/variables.json", variables.to_string());
    let allowlist = serde_json::json!([{"id": 9, "path_with_namespace": ACTING, "name": ACTING, "web_url": ACTING}]);
    write("projects/318/job_token_scope/allowlist.json", allowlist.to_string());
    let hooks = serde_json::json!([{"id": 21, "url": format!("http://x.example/{ACTING}"), "enable_ssl_verification": false, "push_events": true,
        "created_at": "2026-01-01T00:00:00Z", "name": ACTING, "description": ACTING}]);
    write("projects/318/hooks.json", hooks.to_string());
    write(
        "tokens.csv",
        format!("id,name,scopes,expires_at\n1,\"{}\",api,\n", ACTING.replace('"', "\"\"").replace(['\r', '\n'], " ")),
    );
    let quoted = Value::from(ACTING).to_string();
    write(
        ".gitlab-ci.yml",
        format!(
            "{quoted}:\n  variables: {{{quoted}: {quoted}}}\n  environment: {{name: {quoted}}}\n  script:\n    - {quoted}\n    - env\n    - \
             curl -k --header \"PRIVATE-TOKEN: $TOKEN\" \"https://gitlab.example.com/api/v4/projects/shop%2Flib/packages\"\n    - \
             git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.example.com/{quoted}.git\n"
        ),
    );
    write(
        "job.log",
        format!(
            "Running with gitlab-runner 18.0\n$ git clone https://gitlab-ci-token:[MASKED]@gitlab.example.com/shop/{0}.git\n\
             remote: You are not allowed to download code from this project. {0}\nfatal: unable to access 'https://gitlab.example.com/shop/{0}.git/': The requested URL returned error: 403\n\
             {0} {1}\n",
            ACTING.replace(['\r', '\n'], " "),
            fake::expand("{{personal_access_token}}")
        ),
    );
    write(
        "page.html",
        format!(
            "<!DOCTYPE html><html><head><meta property=\"og:site_name\" content=\"GitLab\"></head><body data-page=\"projects:settings:access_tokens:index\" \
             data-project-full-path=\"{0}\"><table data-testid=\"active-tokens\"><tbody><tr role=\"row\"><td>{0}</td><td>{0}</td></tr></tbody></table></body></html>",
            ACTING.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
        ),
    );
    folder
}

/// Everything the command can write about some paths: the arguments, and the answer.
fn every_form(paths: &[&str]) -> Vec<(String, Answer)> {
    let mut forms: Vec<Vec<&str>> = Vec::new();
    for format in
        ["text", "json", "ndjson", "sarif", "gitlab-secret-detection", "gitlab-code-quality", "markdown", "html", "csv"]
    {
        forms.push(vec!["check", "--format", format]);
    }
    for format in ["text", "json", "ndjson"] {
        forms.push(vec!["inventory", "--format", format]);
    }
    for format in ["text", "json", "markdown", "csv", "mermaid", "dot", "svg", "graphql", "terraform"] {
        forms.push(vec!["plan", "allowlist", "--format", format]);
    }
    for format in ["text", "json", "markdown", "ics", "sh"] {
        forms.push(vec!["plan", "rotation", "--within", "90", "--format", format]);
    }
    for format in ["text", "json", "markdown"] {
        forms.push(vec!["plan", "privilege", "--format", format]);
    }
    forms
        .into_iter()
        .map(|form| {
            let answer = leastwise(&[&form[..], TODAY, &["--color", "always"], paths].concat());
            (form.join(" "), answer)
        })
        .collect()
}

fn assert_harmless(form: &str, answer: &Answer) {
    harmless::quiet(&format!("{form}: standard error"), &answer.stderr);
    let out = &answer.stdout;
    match form.split(' ').next_back().unwrap() {
        "text" => harmless::quiet_in_colour(form, out),
        "markdown" => harmless::prose(form, out),
        "html" | "svg" => {
            harmless::quiet(form, out);
            harmless::markup(form, out);
        }
        "csv" => harmless::table(form, out),
        "ics" => harmless::calendar(form, out),
        _ => harmless::quiet(form, out),
    }
}

#[test]
fn names_that_would_act_do_not_in_any_form_of_output() {
    let folder = hostile_folder();
    let path = folder.path().to_str().unwrap();
    let forms = every_form(&[path]);
    let findings: Value = serde_json::from_str(&forms[1].1.stdout).unwrap();
    assert!(findings["findings"].as_array().unwrap().len() > 10, "the inputs have findings: {findings}");
    for (form, answer) in &forms {
        assert!(matches!(answer.code, 0 | 1), "{form}: {}", answer.stderr);
        assert!(!answer.stdout.is_empty(), "{form} says nothing");
        assert_harmless(form, answer);
    }
    // As people use them.
    let script = &forms.iter().find(|(form, _)| form == "plan rotation --within 90 --format sh").unwrap().1.stdout;
    let bash = std::process::Command::new("bash").args(["-n", "-c", script]).output().unwrap();
    assert!(bash.status.success(), "{}\n{script}", String::from_utf8_lossy(&bash.stderr));
    for (form, key) in [("check --format gitlab-secret-detection", "vulnerabilities"), ("check --format sarif", "runs")]
    {
        let said: Value = serde_json::from_str(&forms.iter().find(|(name, _)| name == form).unwrap().1.stdout).unwrap();
        assert!(!said[key].as_array().unwrap().is_empty(), "{form}");
    }
}

/// A script of a plan is run by people: what stands in it of an input is a word in quotes, and nothing of it is run.
#[test]
fn nothing_of_a_name_runs_in_the_rotation_script() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    let attempt = |open: &str, close: &str| format!("{open}touch {}{close}", mark.display());
    let names = [
        attempt("$(", ")"),
        attempt("`", "`"),
        attempt("'; ", "; '"),
        attempt("\"; ", "; \""),
        attempt("\n", "\n"),
        attempt("' || ", " #"),
    ];
    let rows: Vec<Value> = (names.iter().enumerate())
        .map(|(index, name)| {
            serde_json::json!({"id": index + 1, "name": name, "description": name, "scopes": ["api"], "active": true, "revoked": false, "user_id": 7,
                "created_at": "2025-01-01T00:00:00Z", "last_used_at": "2025-02-01T00:00:00Z", "expires_at": "2026-12-01", "access_level": 40})
        })
        .collect();
    let export = folder.path().join("project-318-access-tokens.json");
    std::fs::write(&export, Value::from(rows).to_string()).unwrap();
    let host = format!("gitlab.example.com'; touch {}; '", mark.display());
    let arguments = [
        "plan",
        "rotation",
        "--format",
        "sh",
        "--within",
        "90",
        "--project",
        "318",
        "--host",
        &host,
        export.to_str().unwrap(),
    ];
    let script = leastwise(&[&arguments[..], TODAY].concat()).stdout;
    assert!(script.matches("if begin").count() >= names.len(), "{script}");
    // A quotation mark that a name could close would break the script's grammar, or run what is behind it.
    let bash = std::process::Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
    assert!(bash.status.success(), "{}\n{script}", String::from_utf8_lossy(&bash.stderr));
    // `curl` and `jq` answer nothing, so that the script goes as far as it can.
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    for tool in ["curl", "jq"] {
        let path = bin.join(tool);
        std::fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
        make_executable(&path);
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = std::process::Command::new("bash")
        .args(["-c", &script])
        .env("PATH", path)
        .env("GITLAB_TOKEN", "x")
        .env("GITLAB_API", "https://gitlab.example.com/api/v4")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!mark.exists(), "a name ran: {script}\n{}", String::from_utf8_lossy(&run.stderr));
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

fn inputs(answer: &Answer) -> BTreeSet<String> {
    let report: Value = serde_json::from_str(&answer.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", answer.stdout, answer.stderr));
    report["inputs"].as_array().unwrap().iter().map(|input| input["name"].as_str().unwrap().to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn file_names_that_would_act_or_are_no_text_are_read_and_shown_harmlessly() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let token = fake::expand("{{personal_access_token}}");
    let names: [&[u8]; 6] = [
        b"--config=x",
        "=cmd|x \u{1b}]8;;https:x.example\u{7}y\u{202e}\u{9b}".as_bytes(),
        b"line\nbreak\r\x1b[2J",
        b"\xff\xfe not text",
        b"<img src=x onerror=x>`@all`",
        b"${IFS}'\"; rm -rf",
    ];
    for name in names {
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), format!("token {token}\n")).unwrap();
    }
    let forms = every_form(&[folder.path().to_str().unwrap()]);
    let json = &forms[1].1;
    assert_eq!(inputs(json).len(), names.len(), "{}", json.stdout);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), names.len(), "each is read");
    for (form, answer) in &forms {
        assert_harmless(form, answer);
        support::assert_no_piece_of(&token, &format!("{}{}", answer.stdout, answer.stderr));
    }
    // Named on the command line, where a message quotes them.
    for name in ["\u{1b}]8;;https://x.example\u{7}no such file\u{202e}", "x\u{9b}31m", "a\r\nleastwise: all is well"] {
        for arguments in [
            vec!["check", name],
            vec!["check", "--config", name, "x"],
            vec!["diff", name, name],
            vec!["check", "--baseline", name, "x"],
            vec![name],
        ] {
            let answer = leastwise(&arguments);
            assert_eq!(answer.code, 2, "{arguments:?}");
            harmless::quiet("a message", &answer.stderr);
            harmless::quiet("an answer", &answer.stdout);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_folder_leads_nowhere_else_and_what_is_no_file_is_not_waited_for() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let token = fake::expand("{{deploy_token}}");
    std::fs::write(outside.path().join("secret.txt"), &token).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    symlink(outside.path().join("secret.txt"), at("file-link")).unwrap();
    symlink(outside.path(), at("folder-link")).unwrap();
    symlink("..", at("up")).unwrap();
    symlink(".", at("loop")).unwrap();
    symlink("/dev/zero", at("zeros")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::fs::write(at("read.txt"), "nothing").unwrap();
    // With and without git's lists: a pipe that is opened would hang here.
    for more in [&[][..], &["--no-ignore"]] {
        let arguments = [&["check", "--format", "json"], more, &[folder.path().to_str().unwrap()]].concat();
        let answer = leastwise(&arguments);
        assert_eq!((answer.code, inputs(&answer).len()), (0, 1), "{}{}", answer.stdout, answer.stderr);
    }
    drop(socket);
    // A link that the user names is followed: that is what was asked for.
    let answer = leastwise(&["check", at("file-link").to_str().unwrap()]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_files_that_cannot_be_read_are_said_and_end() {
    for path in ["/dev/zero", "/dev/urandom"] {
        let answer = leastwise(&["check", "--format", "json", path]);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(
            (answer.code, &report["inputs"][0]["status"]),
            (2, &Value::from("unreadable")),
            "{path}: {}",
            answer.stderr
        );
    }
    // Opens, and refuses to be read.
    let answer = leastwise(&["check", "--format", "json", "/proc/self/mem"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    assert!(answer.stderr.contains("not read"), "{}", answer.stderr);
    for arguments in
        [["check", "--config", "/proc/self/mem", "/dev/null"], ["check", "--baseline", "/proc/self/mem", "/dev/null"]]
    {
        assert_eq!(leastwise(&arguments).code, 2, "{arguments:?}");
    }
}

/// What a repository brings along decides nothing without being named, and what it says in comments is listed.
#[test]
fn a_strangers_settings_hide_nothing_silently() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), fake::expand(text)).unwrap();
    write(
        "leastwise.toml",
        "[[accepted]]\nrule = \"exposed-token\"\ninput = \"deploy.sh\"\nreason = \"false_positive\"\nowner = \"x\"\nuntil = 9999-12-31\n",
    );
    write(".ignore", "*\n");
    write(".leastwise.toml", "x");
    write("deploy.sh", "T={{personal_access_token}}\n");
    write(
        ".gitlab-ci.yml",
        "job:\n  script:\n    - env # leastwise: ignore[environment-dumped] until=2027-01-31 reviewed\n",
    );
    let check = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_leastwise"));
        let answer = command.current_dir(folder.path()).args(["check", "."]).args(TODAY).args(more).output().unwrap();
        (answer.status.code(), String::from_utf8(answer.stdout).unwrap(), String::from_utf8(answer.stderr).unwrap())
    };
    let (code, json, said) = check(&["--format", "json"]);
    assert_eq!(code, Some(1), "the token counts: {json}");
    assert!(said.contains("leastwise.toml lies here and accepts nothing"), "{said}");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&report["summary"]["critical"], &report["summary"]["accepted"]),
        (&Value::from(1), &Value::from(1)),
        "{json}"
    );
    assert_eq!(report["accepted"][0]["finding"]["rule"], "environment-dumped");
    for format in ["text", "ndjson", "sarif", "markdown", "html", "csv"] {
        let (_, out, _) = check(&["--format", format]);
        assert!(out.contains("environment-dumped"), "{format} does not list what a comment accepts: {out}");
    }
}

/// A `leastwise.toml` that is named, and made to break its reader.
#[test]
fn a_hostile_leastwise_toml_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leastwise.toml");
    let token = fake::expand("{{personal_access_token}}");
    for (what, text) in [
        ("deep", format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("deep tables", format!("[{}]", vec!["a"; 100_000].join("."))),
        ("a token for a rule", format!("[[accepted]]\nrule = \"{token}\"\nreason = \"used_in_tests\"\nowner = \"x\"\nuntil = 2027-01-31\n")),
        ("a token for a key", format!("[[accepted]]\n{token} = 1\n")),
        ("a token for a reason", format!("[[accepted]]\nreason = \"{token}\"\n")),
        ("what acts", "[[accepted]]\nrule = \"\\u001b]8;;https://x.example\\u0007\\u202e\\u009b\"\nreason = \"used_in_tests\"\nowner = \"x\"\nuntil = 2027-01-31\n".into()),
        ("every rule", "[[accepted]]\nrule = \"exposed-token\"\nreason = \"used_in_tests\"\nowner = \"x\"\nuntil = 2027-01-31\n".into()),
        ("no end", "[[accepted]]\nrule = \"exposed-token\"\ninput = \"x\"\nreason = \"used_in_tests\"\nowner = \"x\"\n".into()),
        ("no text", String::from("\u{0}\u{0}")),
    ] {
        std::fs::write(&path, text).unwrap();
        let answer = leastwise_with_stdin(&["check", "--config", path.to_str().unwrap()], format!("T={token}\n").as_bytes());
        assert_eq!(answer.code, 2, "{what}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains("leastwise.toml:"), "{what}: {}", answer.stderr);
        harmless::quiet(what, &answer.stderr);
        support::assert_no_piece_of(&token, &answer.stderr);
    }
}

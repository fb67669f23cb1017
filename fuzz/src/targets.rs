//! What each fuzz target does with some bytes, and what must hold for all of them. `tests/fuzz_replay.rs` compiles this file
//! too, and runs it over the seeds and over everything that was ever found.
//!
//! Three things are always demanded. Nothing panics. No output holds eight consecutive characters of a credential: an
//! input names made-up tokens as `{{deploy_token 3}}` (planted.rs), whole ones, glued ones and damaged ones; they are put in before
//! the run, and all that comes out is searched. And nothing in a form of output acts in what shows it (harmless.rs).
//! So no whole token stands in a seed, and the fuzzer can plant one with a word of `fuzz/words.dict`.

#[path = "harmless.rs"]
mod harmless;
#[path = "planted.rs"]
mod planted;
#[path = "writers.rs"]
mod writers;

use leastwise::accept::{self, Draft, Reason};
use leastwise::context::Context;
use leastwise::input::{Input, Kind};
use leastwise::report::Report;
use leastwise::report::json::{self, ReportV1};
use leastwise::stream::{self, Stream};
use leastwise::time::Date;
use leastwise::{audit, classify, detect, plan};

use planted::Planted;

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. `fuzz/fuzz_targets` has a file for each, `fuzz/seeds` a folder.
pub const ALL: &[Target] = &[
    ("scanner", scanner),
    ("ci_config", ci_config),
    ("shell", shell),
    ("job_log", job_log),
    ("page", page),
    ("inventory_json", inventory_json),
    ("inventory_csv", inventory_csv),
    ("credential_file", credential_file),
    ("decode", decode),
    ("report", report),
    ("permits", permits),
    ("plans", plans),
    ("config", config),
    ("earlier", earlier),
    ("incident", incident),
    ("stretches", stretches),
];

fn context() -> Context {
    let mut context = Context::new(Date::parse("2026-11-20").expect("a date"));
    context.hosts.push("gitlab.example.com".into());
    context
}

/// Reads and judges `data` as a kind, and looks at what comes out.
fn read(name: &str, data: &[u8], kind: Option<Kind>) -> Report {
    let planted = Planted::new(data);
    let input = Input { kind, ..Input::new(name, planted.text.clone()) };
    let report = audit(vec![input], &context());
    planted.assert_hidden(&format!("{report:?}"));
    let published = json::report(&report, true);
    planted.assert_hidden(&serde_json::to_string(&published).expect("a report is JSON"));
    in_place(&published, &planted.text);
    report
}

/// Places are in the input: they count from one, and do not end before they begin.
fn in_place(report: &ReportV1, text: &str) {
    let lines = text.split('\n').count();
    let value = serde_json::to_value(report).expect("a report is JSON");
    for finding in value["findings"].as_array().into_iter().flatten() {
        let number = |key: &str| finding[key].as_u64();
        let (Some(line), Some(column), Some(end_line), Some(end_column)) =
            (number("line"), number("column"), number("end_line"), number("end_column"))
        else {
            continue;
        };
        assert!(line >= 1 && column >= 1 && end_line as usize <= lines.max(1) + 1, "{finding}");
        assert!((line, column) <= (end_line, end_column), "{finding}");
    }
}

/// The scanner, the masker, and `classify`.
pub fn scanner(data: &[u8]) {
    let planted = Planted::new(data);
    let found = detect::scan(&planted.text, &[]);
    for pair in found.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "credentials overlap");
    }
    for one in &found {
        assert!(planted.text.get(one.span.range()).is_some_and(|part| !part.is_empty()), "a place outside the text");
    }
    let masked = detect::mask_all(&planted.text, &[]);
    planted.assert_hidden(&masked);
    assert!(detect::scan(&masked, &[]).is_empty(), "masked text still holds a credential");
    for (number, line) in planted.text.lines().enumerate() {
        let classified = classify::classify(number + 1, line, &[]);
        planted.assert_hidden(&serde_json::to_string(&classified).expect("JSON"));
        planted.assert_hidden(&classify::render(&classified, 80));
    }
}

/// The YAML reader and the pipeline on top of it.
pub fn ci_config(data: &[u8]) {
    read(".gitlab-ci.yml", data, Some(Kind::CiConfig));
}

/// The shell reader: the bytes are a job's script.
pub fn shell(data: &[u8]) {
    let mut config = b"job:\n  script:\n    - |\n".to_vec();
    for line in data.split(|&byte| byte == b'\n') {
        config.extend(b"      ");
        config.extend(line.iter().filter(|&&byte| byte != b'\r'));
        config.push(b'\n');
    }
    read(".gitlab-ci.yml", &config, Some(Kind::CiConfig));
}

/// The reader of job logs.
pub fn job_log(data: &[u8]) {
    read("job.log", data, Some(Kind::JobLog));
}

/// The reader of saved pages and of what the extension captures.
pub fn page(data: &[u8]) {
    read("page.html", data, Some(Kind::SettingsPage));
}

/// The readers of JSON exports.
pub fn inventory_json(data: &[u8]) {
    read("export.json", data, Some(Kind::Inventory));
}

/// The readers of tables: CSV, `glab`, rake tasks.
pub fn inventory_csv(data: &[u8]) {
    read("export.csv", data, Some(Kind::Inventory));
}

/// The readers of credential files: the first byte picks the file's name.
pub fn credential_file(data: &[u8]) {
    const NAMES: [&str; 17] = [
        ".netrc",
        ".npmrc",
        "config.toml",
        "config.json",
        "secret.yaml",
        ".env",
        "settings.xml",
        "pip.conf",
        ".git-credentials",
        "terraform.rc",
        "auth.json",
        "nuget.config",
        ".cargo/credentials.toml",
        "Pipfile",
        "config.js",
        "session.har",
        "values.hcl",
    ];
    let (&first, rest) = data.split_first().unwrap_or((&0, b""));
    read(NAMES[first as usize % NAMES.len()], rest, Some(Kind::CredentialFile));
}

/// Bytes of any encoding, recognised by themselves; wrapped in base64 too.
pub fn decode(data: &[u8]) {
    let report = audit(vec![Input::new("file", data)], &context());
    let _ = json::report(&report, true);
    let planted = Planted::new(data);
    let wide: Vec<u8> = planted.text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &wide].concat();
    let report = audit(vec![Input::new("file", marked)], &context());
    planted.assert_hidden(&format!("{report:?}"));
    read("file", data, None);
}

/// Every form of a report and of a plan, with the bytes as name, project and content of the inputs, and as every name that a
/// row or a job has.
pub fn report(data: &[u8]) {
    let planted = Planted::new(data);
    let text = &planted.text;
    let name = planted.beginning(200);
    let rows = serde_json::json!([
        {"id": 1, "name": text, "description": text, "scopes": ["api", text], "active": true, "revoked": false,
         "created_at": "2025-01-01T00:00:00Z", "expires_at": null, "access_level": 50, "username": text},
        {"id": 2, "name": text, "scopes": ["read_api"], "active": true, "revoked": false, "created_at": "2026-01-01T00:00:00Z",
         "expires_at": "2026-12-01", "access_level": 40, "project_id": 318, "project": {"path_with_namespace": name}},
    ]);
    let variables = serde_json::json!([{"key": name, "value": text, "variable_type": "env_var", "protected": false, "masked": false,
        "environment_scope": name, "description": text}]);
    let allowlist = serde_json::json!([{"id": 9, "path_with_namespace": name, "name": text, "web_url": name}]);
    let quoted = serde_json::Value::from(name.clone());
    let job = format!(
        "{quoted}:\n  image: {quoted}\n  variables: {{{quoted}: {quoted}}}\n  script:\n    - {quoted}\n    - curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" https://gitlab.example.com/api/v4/projects/{quoted}/packages\n  environment: {{name: {quoted}}}\n"
    );
    let as_kind = |name: &str, kind, text: String| Input {
        kind: Some(kind),
        project: Some(planted.beginning(60)),
        ..Input::new(name, text)
    };
    let inputs = || {
        vec![
            Input { project: Some(name.clone()), ..Input::new(name.clone(), text.clone()) },
            as_kind("rows.json", Kind::Inventory, rows.to_string()),
            as_kind("variables.json", Kind::Inventory, variables.to_string()),
            as_kind("projects/318/job_token_scope/allowlist.json", Kind::Inventory, allowlist.to_string()),
            as_kind(".gitlab-ci.yml", Kind::CiConfig, job.clone()),
        ]
    };
    let mut context = context();
    context.project = Some(context.name(&name));
    writers::report(&audit(inputs(), &context), &planted);
    writers::plans(inputs(), &context, &planted);
}

/// `permits`: a method and an address; `choose`: words.
pub fn permits(data: &[u8]) {
    let planted = Planted::new(data);
    let (method, address) = planted.text.split_once([' ', '\n']).unwrap_or(("GET", &planted.text));
    let hosts = ["gitlab.example.com".to_owned()];
    let answer = plan::permits::permits(method, address, &hosts);
    planted.assert_hidden(&serde_json::to_string(&answer).expect("JSON"));
    let _ = plan::permits::job_token_accepts(method, address, &hosts);
    let _ = plan::choose::choose(&planted.text);
}

/// The plans and the comparison: inputs recognised by themselves, with a byte 0 between them.
pub fn plans(data: &[u8]) {
    let planted = Planted::new(data);
    let context = context();
    let parts: Vec<&str> = planted.text.splitn(3, '\0').collect();
    let inputs =
        || parts.iter().enumerate().map(|(number, part)| Input::new(format!("file-{number}"), *part)).collect();
    writers::plans(inputs(), &context, &planted);
    let one = |part: Option<&&str>| audit(vec![Input::new("export.json", part.copied().unwrap_or_default())], &context);
    let (old, new) = (one(parts.first()), one(parts.get(1)));
    for said in [
        serde_json::to_string(&plan::diff::inventories(&old, &new)),
        serde_json::to_string(&plan::diff::reports(&json::report(&old, false), &json::report(&new, false))),
    ] {
        planted.assert_hidden(&said.expect("JSON"));
    }
}

/// A `leastwise.toml`: what it accepts is taken from the findings and listed, each once, and nothing else happens. And what
/// the page writes as such a file, with these bytes as the words of a person, is read back.
pub fn config(data: &[u8]) {
    const EXPORT: &str = r#"[{"id": 501, "name": "deploy", "scopes": ["api"], "active": true, "revoked": false, "created_at": "2025-01-01T00:00:00Z",
        "expires_at": null, "access_level": 50, "last_used_at": null}]"#;
    let planted = Planted::new(data);
    let report =
        || audit(vec![Input::new("tokens.json", EXPORT), Input::new("job.log", planted.text.clone())], &context());
    match accept::config::parse(&planted.text) {
        Ok(entries) => {
            let mut report = report();
            let before = report.findings.len();
            let unused = accept::apply(&mut report, &entries);
            assert_eq!(report.findings.len() + report.accepted, before, "a finding got lost");
            assert_eq!(report.accepted, report.accepted_findings.len(), "an accepted finding is not listed");
            assert!(unused.len() <= entries.len() && (report.accepted == 0 || unused.len() < entries.len()));
            writers::report(&report, &planted);
        }
        Err(wrong) => {
            planted.assert_hidden(wrong.message.as_str());
            assert!(wrong.line >= 1 && wrong.line <= planted.text.split('\n').count() && wrong.column >= 1);
        }
    }
    let published = json::report(&report(), true);
    let words = planted.text.trim().to_owned();
    let draft = Draft {
        reason: Reason::AcceptableRisk,
        comment: words.clone(),
        owner: if words.is_empty() { "dana".into() } else { words },
        until: Date::parse("2027-01-31").expect("a date"),
    };
    let file = accept::file(published.findings.iter().map(|finding| (finding, &draft)));
    let entries = accept::config::parse(&file).unwrap_or_else(|wrong| panic!("our own file is refused: {wrong:?}"));
    assert_eq!(entries.len(), published.findings.len(), "an entry got lost");
    let mut report = report();
    accept::apply(&mut report, &entries);
    assert!(report.findings.is_empty(), "what was accepted on the page is a finding in the command");
}

/// What an earlier run wrote, and somebody else may have changed: a report for `--baseline` and `diff`, an inventory for `diff`.
pub fn earlier(data: &[u8]) {
    let planted = Planted::new(data);
    let (old, new) = planted.text.split_once('\0').unwrap_or((&planted.text, "{}"));
    if let (Ok(old), Ok(new)) = (serde_json::from_str::<ReportV1>(old), serde_json::from_str::<ReportV1>(new)) {
        let said = plan::diff::reports(&old, &new);
        planted.assert_hidden(&serde_json::to_string(&said).expect("JSON"));
    }
    let inventory = |text: &str| {
        let mut report = audit(Vec::new(), &context());
        report.inventories = vec![(0, serde_json::from_str(text).ok()?)];
        Some(report)
    };
    let Some(report) = inventory(old) else { return };
    writers::report(&report, &planted);
    let said = plan::diff::inventories(&report, &inventory(new).unwrap_or_else(|| audit(Vec::new(), &context())));
    planted.assert_hidden(&serde_json::to_string(&said).expect("JSON"));
    // What was written is read as it was.
    for (_, inventory) in &report.inventories {
        let written = serde_json::to_value(inventory).expect("JSON");
        let read: leastwise::inventory::Inventory = serde_json::from_value(written.clone()).expect("our own inventory");
        assert_eq!(serde_json::to_value(&read).expect("JSON"), written, "an inventory changes when it is read again");
    }
}

/// The story of a token: lines of a server's log, and an export behind a byte 0.
pub fn incident(data: &[u8]) {
    let planted = Planted::new(data);
    let context = context();
    let (log, export) = planted.text.split_once('\0').unwrap_or((&planted.text, ""));
    let mut uses = plan::timeline::Uses::new(501);
    let name = context.name("api_json.log");
    for (number, line) in log.lines().enumerate() {
        uses.line(line, number + 1, &name, &context);
    }
    let report = audit(vec![Input::new("audit_events.json", export)], &context);
    let story = plan::timeline::timeline(&report, uses);
    planted.assert_hidden(&serde_json::to_string(&story).expect("JSON"));
    assert!(story.moments.windows(2).all(|pair| pair[0].at <= pair[1].at), "the story is not in order");
}

/// A large text in stretches, fed in pieces: the same report as in one go. The first byte says how large a piece is; a byte 0 stands for 150 KiB
/// of lines that say nothing.
pub fn stretches(data: &[u8]) {
    let (&first, rest) = data.split_first().unwrap_or((&0, b""));
    let planted = Planted::new(rest);
    let filler = "compiling a part of the program that says nothing\n".repeat(150 * 1024 / 50);
    let text = planted.text.replacen('\0', &filler, 4);
    let context = context();
    let Some(mut stream) = Stream::open("job.log", text.as_bytes(), None, false, std::borrow::Cow::Borrowed(&context))
    else {
        return;
    };
    let step = (usize::from(first) + 1) * 1024;
    let (mut buffer, mut fresh, mut rest) = (Vec::new(), 0, text.as_bytes());
    loop {
        let (new, behind) = rest.split_at(step.min(rest.len()));
        rest = behind;
        buffer.extend_from_slice(new);
        let again = stream.feed(&buffer, fresh, rest.is_empty(), &stream::in_turn);
        if rest.is_empty() {
            break;
        }
        let keep = buffer.len().min(stream::CARRY + again);
        buffer.drain(..buffer.len() - keep);
        fresh = buffer.len() - again;
    }
    let said = |part| {
        let report = audit::assemble([part], &context);
        planted.assert_hidden(&format!("{report:?}"));
        serde_json::to_value(json::report(&report, true)).expect("JSON")
    };
    let streamed = said(stream.finish(text.len()));
    let whole = said(audit::examine(Input::new("job.log", text.clone()), &context));
    for key in ["inputs", "findings", "blind_spots"] {
        assert_eq!(streamed[key], whole[key], "read in stretches the text says something else");
    }
}

//! Exports that are too long to be kept in memory: the same answers as for short ones.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use support::{leastwise, leastwise_with_stdin};

/// An export of more than eight megabytes, so that it is read by blocks, with few rows, so that the test is quick.
fn long_export() -> String {
    let rows: Vec<String> = (0..900)
        .map(|id| {
            let (day, padding) = (1 + id % 28, "long ".repeat(2_000));
            format!(
                r#"{{"id":{id},"name":"job {}","description":"{padding}","revoked":false,"created_at":"2026-03-{day:02}T08:00:00.000Z","scopes":["api"],"user_id":7,"last_used_at":null,"active":true,"expires_at":"2027-01-01","access_level":40,"resource_type":"project","resource_id":318}}"#,
                id % 890
            )
        })
        .collect();
    format!("[{}]\n", rows.join(",\n"))
}

#[test]
fn a_long_export_gives_what_a_short_one_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (long, short) = (folder.path().join("project-tokens.json"), folder.path().join("short"));
    let text = long_export();
    assert!(text.len() > 9_000_000);
    std::fs::write(&long, &text).unwrap();
    std::fs::create_dir(&short).unwrap();
    let short = short.join("project-tokens.json");
    // The same rows in fewer bytes: what is not said of a row is its padding.
    std::fs::write(&short, text.replace("long long ", "")).unwrap();
    let long = long.display().to_string();
    let answer = |arguments: &[&str]| leastwise(arguments).stdout;
    let lines = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let day = ["--today", "2026-11-20", "--fail-on", "none"];
    let check = |format: &str, path: &str| answer(&[&["check", "--format", format, path], &day[..]].concat());
    let whole: serde_json::Value = serde_json::from_str(&check("json", &long)).unwrap();
    let short: serde_json::Value = serde_json::from_str(&check("json", &short.display().to_string())).unwrap();
    assert_eq!(whole["summary"], short["summary"]);
    assert_eq!((&whole["inputs"][0]["rows"], &whole["inputs"][0]["lines"]), (&900.into(), &900.into()));
    let identities = |report: &serde_json::Value| -> std::collections::BTreeSet<String> {
        report["findings"].as_array().unwrap().iter().map(|finding| finding["identity"].to_string()).collect()
    };
    assert_eq!(identities(&whole), identities(&short));
    assert!(identities(&whole).iter().any(|identity| identity.contains("rotation-unfinished")));
    assert!(identities(&whole).iter().any(|identity| identity.contains("expiry-cliff")));
    let parts = lines(&check("ndjson", &long));
    let findings = parts.iter().filter_map(|line| line.get("finding").cloned()).collect();
    assert_eq!(whole["findings"], serde_json::Value::Array(findings));
    assert_eq!(parts.last().unwrap()["summary"], whole["summary"]);
    // What an earlier report had is listed, in the forms that are written as they come too.
    let baseline = folder.path().join("baseline.json");
    std::fs::write(&baseline, whole.to_string()).unwrap();
    let all = whole["findings"].as_array().unwrap().len();
    let baseline = baseline.display().to_string();
    let again = |format: &str| {
        answer(&[&["check", "--format", format, "--baseline", &baseline], &day[..], &[long.as_str()]].concat())
    };
    let known: serde_json::Value = serde_json::from_str(&again("json")).unwrap();
    assert_eq!((&known["summary"]["accepted"], &known["findings"]), (&all.into(), &serde_json::json!([])));
    assert_eq!(known["accepted"].as_array().unwrap().len(), all);
    let listed = lines(&again("ndjson"));
    assert_eq!(listed.iter().filter(|line| line.get("accepted").is_some()).count(), all);
    assert_eq!(again("csv").matches("in the report of 20 November 2026").count(), all);
    let piped = leastwise_with_stdin(&["check", "--format", "ndjson", "--today", "2026-11-20", "-"], text.as_bytes());
    assert_eq!(lines(&piped.stdout).last().unwrap()["summary"], whole["summary"]);
    let listing = |format: &str| answer(&["inventory", "--format", format, "--today", "2026-11-20", &long]);
    let listed: serde_json::Value = serde_json::from_str(&listing("json")).unwrap();
    assert_eq!(listed["inventories"][0]["tokens"].as_array().unwrap().len(), 900);
    assert_eq!(listed["inventories"][0]["owner"]["id"], 318);
    let rows = lines(&listing("ndjson"));
    assert_eq!(rows.len(), 901);
    assert_eq!(rows[17]["row"], listed["inventories"][0]["tokens"][17]);
    assert_eq!(rows[900]["rows"]["tokens"], 900);
    assert_eq!(listing("text").lines().filter(|line| line.contains("project_access_token")).count(), 900);
}

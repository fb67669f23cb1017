//! GitLab pages through the whole core: what is read from them, and what is not let out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice
)]

use std::fs;
use std::path::{Path, PathBuf};

use leastwise::inventory::Inventory;
use leastwise::time::Date;
use leastwise::{Context, Input, Report, audit};
use serde_json::Value;

/// Pages whose reader comes next.
const LATER: [&str; 6] = ["cicd", "webhook", "repository", "credentials", "job-log", "group-service-accounts"];

fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

fn report(name: &str, html: impl Into<Vec<u8>>) -> Report {
    audit(vec![Input::new(name, html)], &context())
}

fn inventory(report: &Report) -> &Inventory {
    &report.inventories.first().expect("an inventory").1
}

fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// Everything in `want` must be in `got`, by the same name; notes and what a document cannot tell aside.
fn compare(path: &str, want: &Value, got: &Value, differences: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), got) if got.is_object() || (got.is_null() && !want.is_empty()) => {
            for (key, value) in want {
                let here = format!("{path}.{key}");
                let about_the_capture = key.ends_with("_note")
                    || matches!(
                        key.as_str(),
                        "fixture"
                            | "origin_of_markup"
                            | "fields_shown_only_as_localised_text"
                            | "captured_at"
                            | "browser_timezone"
                            | "note"
                    );
                if !about_the_capture {
                    compare(&here, value, got.get(key).unwrap_or(&Value::Null), differences);
                }
            }
        }
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                differences.push(format!("{path}: {} entries wanted, {} read", want.len(), got.len()));
            }
            for (number, (want, got)) in want.iter().zip(got).enumerate() {
                compare(&format!("{path}[{number}]"), want, got, differences);
            }
        }
        (want, got) if want == got => {}
        (want, got) => differences.push(format!("{path}: wanted {want}, read {got}")),
    }
}

#[test]
fn every_shared_page_is_read_exactly() {
    let Some(folder) = shared("pages") else { return };
    let mut differences = Vec::new();
    let mut pages = 0;
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "html")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if LATER.iter().any(|later| name.contains(later)) {
            continue;
        }
        let want = fs::read_to_string(path.with_extension("expected.json")).unwrap();
        let mut want: Value = serde_json::from_str(&want).unwrap();
        if want["page"]["is_gitlab"] == Value::Bool(false) {
            // A page that is not GitLab's does not say its own address.
            want["page"].as_object_mut().unwrap().remove("url");
        }
        let report = report(&name, fs::read(path).unwrap());
        let got = serde_json::to_value(inventory(&report)).unwrap();
        compare(&name, &want, &got, &mut differences);
        pages += 1;
    }
    println!("{pages} pages");
    assert!(pages > 0);
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

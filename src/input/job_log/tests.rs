//! Whole logs, and what a runner, a terminal or a browser may have done to them.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::catalog::{Scope, TokenType};
use crate::fake;
use crate::input::{Kind, Model, sniff};
use crate::time::Date;

fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

/// A made-up personal access token, in two parts after `cut` characters.
fn parted(cut: usize) -> (String, String) {
    let token = fake::token(TokenType::PersonalAccessToken, 3);
    let (first, rest) = token.split_at(cut);
    (first.to_owned(), rest.to_owned())
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs").join(name);
    let (first, rest) = parted(14);
    let text = std::fs::read_to_string(path).unwrap();
    fake::expand(&text.replace("@@A@@", &first).replace("@@B@@", &rest).replace("@@TAIL@@", &parted(6).1))
}

fn source(text: &str) -> Source {
    Source::new(Name::new("job.log"), text.to_owned(), text.len())
}

fn log(text: &str) -> (JobLog, Vec<Unread>) {
    let reading = read(&source(text), &context());
    match reading.model {
        Model::JobLog(log) => (*log, reading.unread),
        other => panic!("not a log: {other:?}"),
    }
}

/// The model as a person would note it down.
fn noted(text: &str) -> String {
    let source = source(text);
    let (log, unread) = log(text);
    let line = |span: Span| source.line_column(span.start).0;
    let mut out = String::new();
    let runner = &log.runner;
    writeln!(
        out,
        "{}: {:?} {:?}, job {:?}, pipeline {:?}",
        log.shape.words(),
        log.project,
        log.project_id,
        log.job,
        log.pipeline
    )
    .unwrap();
    writeln!(out, "runner {:?} {:?} {:?} {:?}", runner.version, runner.description, runner.short_id, runner.executor)
        .unwrap();
    writeln!(out, "ref {:?} {:?}, {:?}, time {:?}", log.git_ref, log.commit, log.outcome, log.time).unwrap();
    for section in &log.sections {
        let took = section.start.zip(section.end).map(|(start, end)| end.unix_seconds() - start.unix_seconds());
        writeln!(out, "section {} from line {}, {took:?} s", section.name, line(section.span)).unwrap();
    }
    for command in &log.commands {
        let place = line(log.view.hull(command.view));
        writeln!(
            out,
            "command on line {place}: {}{}",
            log.view.text().get(command.view.range()).unwrap(),
            if command.collapsed { " (more)" } else { "" }
        )
        .unwrap();
    }
    for print in &log.masked {
        writeln!(out, "masked {} x{} on line {}", print.mark, print.count, line(print.first)).unwrap();
    }
    for refusal in &log.refusals {
        let scopes: Vec<_> = refusal.scopes.iter().map(Scope::as_str).collect();
        let lines: Vec<_> = refusal.lines.iter().map(|span| line(*span)).collect();
        writeln!(
            out,
            "refused {} x{} lines {lines:?}: {:?} {:?} -> {:?} needs {:?} {:?}, sent {:?}, by {:?}",
            refusal.message.id,
            refusal.count,
            refusal.status,
            refusal.caller,
            refusal.callee,
            refusal.permissions,
            scopes,
            refusal.credential,
            refusal.message.by
        )
        .unwrap();
    }
    for unread in unread {
        writeln!(out, "unread at line {:?}: {}", unread.at.map(line), unread.message).unwrap();
    }
    if let Some(view) = log.view() {
        for found in view.scan(&[]) {
            let places: Vec<_> = found.pieces().iter().map(|piece| source.line_column(piece.start)).collect();
            writeln!(out, "found {} at {places:?}", found.masked).unwrap();
        }
    }
    out
}

#[test]
fn a_raw_log_is_understood() {
    insta::assert_snapshot!(noted(&fixture("raw-16.log")));
}

#[test]
fn a_log_with_timestamps_is_understood() {
    insta::assert_snapshot!(noted(&fixture("timestamps-18.log")));
}

#[test]
fn a_copy_from_the_browser_is_understood() {
    insta::assert_snapshot!(noted(&fixture("browser-copy.log")));
}

#[test]
fn server_lines_are_understood() {
    insta::assert_snapshot!(noted(&fixture("api_json.log")));
}

#[test]
fn a_clean_log_has_no_finding() {
    let text = fixture("clean.log");
    let report = crate::audit::audit(vec![crate::Input::new("clean.log", text)], &context());
    assert_eq!(report.inputs[0].kind, Kind::JobLog);
    assert_eq!(report.inputs[0].project, Some(Name::new("acme/payments/api")));
    let titles: Vec<_> = report.findings.iter().map(|finding| finding.title.to_string()).collect();
    assert_eq!(titles, [""; 0]);
}

#[test]
fn logs_show_themselves_and_other_texts_do_not() {
    for name in ["raw-16.log", "timestamps-18.log", "browser-copy.log", "api_json.log", "clean.log"] {
        assert_eq!(sniff::sniff("-", &fixture(name)), Kind::JobLog, "{name}");
    }
    let excerpt = "remote: Authentication by CI/CD job token not allowed from web to lib.\n";
    assert!(looks_like_job_log("-", excerpt));
    assert!(looks_like_job_log(
        "-",
        "{\"message\":\"403 Forbidden - Authentication by CI/CD job token not allowed from a to b.\"}"
    ));
    for (name, text) in [
        ("README.md", "Running with gitlab-runner 18.7.0 is what you see first.\n"),
        ("docs.md", excerpt),
        ("tokens.json", "{\"message\":\"401 Unauthorized\"}"),
        (".gitlab-ci.yml", "build:\n  script:\n    - echo Job succeeded\n"),
        ("notes.txt", "$ ls\nREADME.md\n"),
        ("server.log", "2026-03-04T10:20:30.123456Z INFO started\n"),
    ] {
        assert!(!looks_like_job_log(name, text), "{name}");
    }
}

#[test]
fn both_halves_of_a_cut_token_are_hidden_in_every_output() {
    let text = fixture("timestamps-18.log");
    let report = crate::audit::audit(vec![crate::Input::new("job.log", text)], &context());
    let shown = serde_json::to_string(&crate::report::json::report(&report, true)).unwrap();
    let (first, rest) = parted(14);
    assert!(!shown.contains(first.trim_start_matches("glpat-")) && !shown.contains(&rest), "{shown}");
}

#[test]
fn a_token_that_is_escaped_and_cut_as_well_is_covered_whole() {
    let token = fake::token(TokenType::PersonalAccessToken, 4).replace("glpat-", "glpat\\u002d");
    let (first, rest) = token.split_at(18);
    let stamp = "2026-03-04T10:20:30.123456Z 01O";
    let text = format!("{stamp} {{\"key\":\"{first}\n{stamp}+{rest}\"}}\n");
    let found = log(&text).0.view.scan(&[]);
    let [one] = found.as_slice() else { panic!("{} found", found.len()) };
    let covered: String = one.pieces().iter().filter_map(|piece| text.get(piece.range())).collect();
    let body = |text: &str| text.trim_start_matches("glpat").trim_start_matches("\\u002d").to_owned();
    assert!(covered.ends_with(&body(&token)), "a piece is not covered");
    assert_eq!(one.span.end, text.find("\"}").unwrap());
}

#[test]
fn the_runner_short_id_tells_the_builds_folder_of_a_shell_runner() {
    let path = |short: &str, folder: &str| {
        let text = format!(
            "Running with gitlab-runner 18.7.0 (a)\n  on box {short}, system ID: s_1\nInitialized empty Git repository in {folder}/.git/\n"
        );
        log(&text).0.project.map(|project| project.to_string())
    };
    assert_eq!(path("t3_AbCdEfG", "/builds/t3_AbCdEfG/0/shop/web").as_deref(), Some("shop/web"));
    assert_eq!(path("AbCd", "/builds/shop/12/web/app").as_deref(), Some("shop/12/web/app"));
    assert_eq!(path("AbCd", "C:/GitLab-Runner/builds/AbCd/1/shop/web").as_deref(), Some("shop/web"));
    assert_eq!(path("AbCd", "/builds/go/src/gitlab.example.com/shop/web").as_deref(), Some("shop/web"));
    assert_eq!(path("AbCd", "/srv/work/shop/web"), None);
}

/// A line of a made-up log: words, and perhaps a token between them.
fn lines() -> impl Strategy<Value = Vec<(String, Option<u64>, String)>> {
    let words = "[a-zA-Z0-9 .,:/äß\"-]{0,24}";
    prop::collection::vec((words, prop::option::of(0_u64..9), words), 1..8)
}

/// What a runner may put into a line, at any place.
const MARKS: [&str; 5] = ["\u{1b}[32;1m", "\u{1b}[0;m", "\u{1b}[01;31m\u{1b}[K", "\u{1b}[m", "\u{1b}(B"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_a_runner_adds_changes_no_finding(lines in lines(), stamped: bool, cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..8_usize), 0..12)) {
        let kinds = [TokenType::PersonalAccessToken, TokenType::DeployToken, TokenType::PipelineTriggerToken];
        let mut plain = Vec::new();
        let mut tokens = Vec::new();
        for (before, token, behind) in &lines {
            let mut line = format!("{before} ");
            if let Some(seed) = token {
                let token = fake::token(kinds[*seed as usize % 3], *seed);
                tokens.push(token.clone());
                line.push_str(&token);
            }
            plain.push(format!("{line} {behind}"));
        }
        let stamp = |index: usize, mark: char| format!("2026-03-04T10:20:{:02}.123456Z 01O{mark}", index % 60);
        let mut text = String::new();
        for (index, line) in plain.iter().enumerate() {
            let mut places: Vec<(usize, usize)> = cuts.iter().map(|(place, mark)| (place.index(line.chars().count() + 1), *mark)).collect();
            places.sort_unstable();
            if stamped {
                text.push_str(&stamp(index, ' '));
            }
            for (at, character) in line.chars().enumerate() {
                for (_, mark) in places.iter().filter(|(place, _)| *place == at) {
                    match MARKS.get(*mark) {
                        Some(mark) => text.push_str(mark),
                        None if stamped => text.push_str(&format!("\n{}", stamp(index, '+'))),
                        None => {}
                    }
                }
                text.push(character);
            }
            text.push('\n');
        }
        let (log, _) = log(&text);
        let found = log.view.scan(&[]);
        let put_together: Vec<String> = found
            .iter()
            .filter(|found| found.kind.token().is_some())
            .map(|found| found.pieces().iter().filter_map(|piece| text.get(piece.range())).collect())
            .collect();
        prop_assert_eq!(put_together, tokens);
    }

    #[test]
    fn no_text_makes_it_panic_and_every_place_is_in_it(text in "(\\PC|[\n\r\u{1b}\\[m0K;+ ]|2026-03-04T10:20:30\\.123456Z 0[01fz][OE][ +]|section_(start|end):1:a|\\$ |remote: |403 Forbidden|https://|/api/v4/projects/|\"){0,60}") {
        let (log, unread) = log(&text);
        for span in log.refusals.iter().flat_map(|refusal| &refusal.lines).chain(unread.iter().filter_map(|unread| unread.at.as_ref())) {
            prop_assert!(text.get(span.range()).is_some());
        }
        let whole = log.view.original(Span::new(0, log.view.text().len()));
        let shown: String = whole.iter().filter_map(|span| text.get(span.range())).collect();
        prop_assert_eq!(shown.as_str(), log.view.text());
        let _ = looks_like_job_log("x", &text);
    }

    #[test]
    fn bytes_of_any_kind_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let input = crate::Input { kind: Some(Kind::JobLog), ..crate::Input::new("x", bytes) };
        let _ = crate::audit::audit(vec![input], &context());
    }
}

#[test]
fn a_frame_shows_every_line_that_a_finding_is_about() {
    let token = crate::fake::expand("{{personal_access_token}}");
    let (head, tail) = token.split_at(12);
    let text = format!(
        "2026-11-20T10:20:30.000000Z 01O Running with gitlab-runner 18.7.0 (abcdef01)\n\
         2026-11-20T10:20:30.000000Z 01O 漢字\t{head}\n\
         2026-11-20T10:20:30.000000Z 01E from the other stream\n\
         2026-11-20T10:20:30.000000Z 01O+{tail} and more\n"
    );
    let report = crate::audit(vec![crate::Input::new("job.log", text)], &context());
    assert_eq!(report.findings.len(), 1);
    let shown = anstream_free(&crate::report::text::render(&report, 100));
    let frame: Vec<&str> = shown.lines().skip(2).take(7).collect();
    assert_eq!(
        frame,
        [
            "  |",
            "2 | 2026-11-20T10:20:30.000000Z 01O 漢字 glpat-…(20)",
            "  |                                      ^^^^^^^^^^^",
            "...",
            "4 | 2026-11-20T10:20:30.000000Z 01O+… and more",
            "  |                                 ^",
            "  |",
        ]
    );
}

/// Without colours.
fn anstream_free(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    out + rest
}

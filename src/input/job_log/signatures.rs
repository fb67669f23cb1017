//! Every refusal that GitLab, the runner and the tools around them print, in its real form: which rule speaks, who was refused by
//! whom and for want of what, and that a next step is named. Wrong leads (a protected branch, a proxy, a missing credential
//! helper) are told apart from what a token can mend.

use crate::audit;
use crate::context::Context;
use crate::input::Input;
use crate::text::Name;
use crate::time::Date;

/// What stands before each: the log says whose it is.
const HEAD: &str = "Running with gitlab-runner 18.7.0 (abcdef01)\n  on shared-01 t3_AbCdEfG, system ID: s_0123456789ab\n\
    Running on runner-t3abcdefg-project-4711-concurrent-0 via host...\n\
    Initialized empty Git repository in /builds/shop/web/.git/\n";

/// The log's lines by name of the refusal, see the file's first line.
const CASES: &str = include_str!("../../../tests/fixtures/logs/refusals.txt");

#[test]
fn every_refusal_is_told_with_caller_callee_and_next_step() {
    let mut context = Context::new(Date::parse("2026-11-20").unwrap());
    context.hosts = vec!["gitlab.example.com".into()];
    let mut cases = 0;
    for case in CASES.split("\n== ").skip(1) {
        let (head, log) = case.split_once('\n').unwrap();
        let [name, rule, status, callee, permission, by] = head.split("; ").collect::<Vec<_>>()[..] else {
            panic!("{head}")
        };
        let text = format!("{HEAD}{log}\nERROR: Job failed: exit code 1\n");
        let first = HEAD.lines().count();
        for (shape, text) in [("raw", text.clone()), ("timestamps", stamped(&text)), ("copy", numbered(&text))] {
            let name = format!("{name}, {shape}");
            let report = audit(vec![Input::new("job.log", text)], &context);
            let of_rule: Vec<_> = report.findings.iter().map(|finding| finding.rule.id).collect();
            assert_eq!(of_rule, [rule], "{name}");
            let finding = &report.findings[0];
            let denial = finding.denial.clone().unwrap();
            let word = |name: Option<Name>| name.map_or("-".to_owned(), |name| name.as_str().to_owned());
            assert_eq!(word(denial.caller), "shop/web", "{name}");
            assert_eq!(word(denial.callee), callee, "{name}");
            assert_eq!(denial.status.map_or("-".to_owned(), |status| status.to_string()), status, "{name}");
            assert_eq!(word(denial.permission), permission, "{name}");
            assert_eq!(denial.by.unwrap_or("-"), by, "{name}");
            assert!(!finding.advice.is_empty() && !finding.message.is_empty(), "{name}");
            assert!(finding.place.is_some_and(|place| place.line > first), "{name}");
        }
        cases += 1;
    }
    assert_eq!(cases, CASES.matches("\n== ").count());
    assert!(cases > 80, "{cases}");
}

/// As a runner writes it since 18.7: a timestamp and the stream on each line, colours, a line parted in its middle.
fn stamped(text: &str) -> String {
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        let stamp = format!("2026-11-20T10:20:{:02}.{number:06}Z 01E", number % 60);
        let cut = line.char_indices().nth(line.chars().count() / 2).map_or(0, |(at, _)| at);
        let (start, end) = line.split_at(cut);
        match (number % 3, line.starts_with("$ ")) {
            (_, true) => out.push_str(&format!("{stamp} \u{1b}[32;1m{line}\u{1b}[0;m\n")),
            (0, _) if number > 3 && cut > 0 => out.push_str(&format!("{stamp} {start}\n{stamp}+{end}\n")),
            (1, _) => out.push_str(&format!("{stamp} \u{1b}[31;1m{line}\u{1b}[0;m\n")),
            _ => out.push_str(&format!("{stamp} {line}\n")),
        }
    }
    out
}

/// As it is copied from the browser: line numbers in front, what is left of colours.
fn numbered(text: &str) -> String {
    let line = |(number, line): (usize, &str)| format!("{} {line}\n", number + 1);
    text.lines().enumerate().map(line).collect()
}

#[test]
fn a_pasted_fragment_is_known_for_what_it_is() {
    for fragment in [
        "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://gitlab.example.com/api/v4/packages/npm/@shop%2flib\nnpm ERR! 404\n",
        "WARNING: Failed to pull image with policy \"always\": Error response from daemon: Head \"https://registry.example.com/v2/a/b/manifests/latest\": unauthorized: HTTP Basic: Access denied. The provided password or token is incorrect\n",
        "Error response from daemon: Get \"https://registry.gitlab.example.com/v2/\": unauthorized: HTTP Basic: Access denied\n",
        "[ERROR] authentication failed for https://gitlab.example.com/api/v4/projects/99/packages/maven/a/b/1/b-1.pom, status: 401 Unauthorized\n",
        "Error: Error refreshing state: HTTP remote state endpoint requires auth\n",
    ] {
        let report = audit(vec![Input::new("-", fragment)], &Context::new(Date::parse("2026-11-20").unwrap()));
        assert_eq!(report.inputs[0].kind, crate::input::Kind::JobLog, "{fragment}");
        assert_eq!(report.findings.len(), 1, "{fragment}");
    }
}

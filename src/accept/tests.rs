use proptest::prelude::*;

use super::baseline::Baseline;
use super::config::{Wrong, parse};
use super::*;
use crate::audit::audit;
use crate::context::Context;
use crate::input::Input;
use crate::report::{Finding, Report, json};

const DAY: &str = "2026-11-20";

fn report() -> Report {
    let rows = r#"[{"id":501,"name":"deploy-prod","revoked":false,"active":true,"created_at":"2026-01-01T08:00:00.000Z","scopes":["api"],"user_id":9,"last_used_at":"2026-11-19T06:00:00.000Z","expires_at":"2027-11-20","access_level":40,"resource_type":"project","resource_id":318},
      {"id":502,"name":"renovate","revoked":false,"active":true,"created_at":"2026-01-01T08:00:00.000Z","scopes":["read_api"],"user_id":9,"last_used_at":"2026-03-19T06:00:00.000Z","expires_at":"2026-12-20","access_level":40,"resource_type":"project","resource_id":318}]"#;
    let inputs = vec![
        Input::new("exports/tokens.json", rows.as_bytes().to_vec()),
        Input::new("job.log", crate::fake::expand("token {{personal_access_token}}\n").into_bytes()),
    ];
    audit(inputs, &Context::new(Date::parse(DAY).unwrap()))
}

fn toml(entry: &str, until: &str) -> String {
    format!(
        "[[accepted]]\n{entry}\nreason = \"acceptable_risk\"\ncomment = \"moves in January\"\nowner = \"dana\"\nuntil = {until}\n"
    )
}

fn accepted(entry: &str) -> (Vec<&'static str>, usize) {
    let mut report = report();
    let all = report.findings.len();
    let unused = apply(&mut report, &parse(&toml(entry, "2026-11-20")).unwrap());
    assert_eq!(report.findings.len() + report.accepted, all);
    assert_eq!(report.accepted, report.accepted_findings.len());
    (report.accepted_findings.iter().map(|one| one.finding.rule.id).collect(), unused.len())
}

#[test]
fn an_entry_accepts_what_it_names_and_nothing_else() {
    assert_eq!(accepted("rule = \"token-unused\"\nsubject = 502"), (vec!["token-unused"], 0));
    assert_eq!(
        accepted("rule = \"token-unused\"\nsubject = \"renovate\"\ninput = \"tokens.json\""),
        (vec!["token-unused"], 0)
    );
    assert_eq!(accepted("rule = \"exposed-token\"\ninput = \"job.log\""), (vec!["exposed-token"], 0));
    assert_eq!(accepted("rule = \"token-unused\"\nsubject = 501"), (vec![], 1));
    assert_eq!(accepted("rule = \"token-unused\"\nsubject = 502\nof = \"elsewhere/project\""), (vec![], 1));
    assert_eq!(accepted("rule = \"exposed-token\"\ninput = \"ob.log\""), (vec![], 1), "half a name is none");
    let identity = report().findings.iter().find(|finding| finding.rule.id == "token-unused").unwrap().identity();
    assert_eq!(accepted(&format!("identity = \"{identity}\"")), (vec!["token-unused"], 0));
    assert_eq!(accepted(&format!("identity = \"{identity}\"\ninput = \"job.log\"")), (vec![], 1));
}

#[test]
fn what_was_accepted_until_yesterday_is_back_and_says_so() {
    let mut report = report();
    let all = report.findings.len();
    apply(&mut report, &parse(&toml("rule = \"token-unused\"\nsubject = 502", "2026-11-19")).unwrap());
    assert_eq!((report.findings.len(), report.accepted), (all, 0));
    let back = report.findings.iter().find(|finding| finding.rule.id == "token-unused").unwrap();
    let wanted = "It was accepted (acceptable risk, by dana, until 19 November 2026: moves in January); that day has passed, so it counts again.";
    assert!(back.message.as_str().ends_with(wanted), "{}", back.message);
}

#[test]
fn of_two_entries_the_longer_one_counts() {
    let two = [
        toml("rule = \"token-unused\"\nsubject = 502", "2026-11-19"),
        toml("rule = \"token-unused\"\nsubject = 502", "2026-12-01"),
    ];
    for text in [two.concat(), format!("{}{}", two[1], two[0])] {
        let mut report = report();
        assert!(apply(&mut report, &parse(&text).unwrap()).is_empty());
        assert_eq!(report.accepted, 1);
    }
}

/// A list of a million findings is a large part of the memory that a run needs.
#[test]
fn findings_are_taken_out_in_place_and_keep_their_order() {
    let of = |report: &Report| report.findings.iter().map(Finding::identity).collect::<Vec<_>>();
    let entry = parse(&toml("rule = \"token-unused\"\nsubject = 502", "2026-11-20")).unwrap();
    let earlier = {
        let mut earlier = report();
        earlier.findings.retain(|finding| finding.rule.id == "exposed-token");
        Baseline::new(&json::report(&earlier, false))
    };
    for (rule, take) in [
        ("", &(|_: &mut Report| ()) as &dyn Fn(&mut Report)),
        ("", &|report| assert!(apply(report, &[]).is_empty())),
        ("token-unused", &|report| assert!(apply(report, &entry).is_empty())),
        ("exposed-token", &|report| earlier.apply(report)),
    ] {
        let mut report = report();
        let here = report.findings.as_ptr();
        let (mut left, all) = (of(&report), report.findings.len());
        left.retain(|identity| rule.is_empty() || !identity.starts_with(rule));
        take(&mut report);
        assert_eq!(report.findings.as_ptr(), here, "{rule}: the list is not made anew");
        assert_eq!(of(&report), left, "{rule}");
        assert_eq!((report.accepted, report.accepted_findings.len()), (all - left.len(), all - left.len()), "{rule}");
        assert!(rule.is_empty() || report.accepted > 0, "{rule}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    let good = toml("rule = \"token-unused\"\nsubject = 502", "2026-12-01");
    for (text, line, column, says) in [
        (good.replace("subject", "subjekt"), 3, 1, "unknown field `subjekt`"),
        (good.replace("token-unused", "token-unsed"), 2, 8, "no rule `token-unsed`"),
        (good.replace("subject = 502\n", ""), 2, 8, "a whole rule cannot be accepted"),
        (good.replace("acceptable_risk", "because"), 4, 10, "`because` is no reason"),
        (good.replace("until = 2026-12-01\n", ""), 1, 1, "no `until`"),
        (good.replace("2026-12-01", "\"soon\""), 7, 9, "`until` is a day"),
        (good.replace("2026-12-01", "2026-13-01"), 7, 9, ""),
        (good.replace("owner = \"dana\"\n", ""), 1, 1, "no `owner`"),
        (good.replace("\"dana\"", "\" \""), 6, 9, "`owner` is empty"),
        (good.replace("reason = \"acceptable_risk\"\n", ""), 1, 1, "no `reason`"),
        (format!("{good}[thresholds]\n"), 8, 2, "unknown field `thresholds`"),
        (good.replace("rule = \"token-unused\"\n", ""), 1, 1, "names no finding"),
        (good.replace("rule =", "identity = \"token-unused:x\"\nrule ="), 3, 8, "not both"),
        (good.replace("rule = \"token-unused\"", "identity = \"nonsense\""), 3, 11, "go with `rule`"),
        (good.replace("= \"dana\"", "= dana"), 6, 9, ""),
        ("[[accepted]\n".into(), 1, 12, ""),
    ] {
        let wrong: Wrong = parse(&text).unwrap_err();
        assert_eq!((wrong.line, wrong.column), (line, column), "{text}\n{wrong:?}");
        assert!(wrong.message.as_str().contains(says), "{wrong:?}");
    }
    assert!(parse("").unwrap().is_empty());
}

#[test]
fn a_mistake_is_never_told_with_a_credential() {
    let text = crate::fake::expand("[[accepted]]\n\"{{personal_access_token}}\" = 1\n");
    let wrong = parse(&text).unwrap_err();
    assert!(wrong.message.as_str().contains("glpat-…"), "{wrong:?}");
}

#[test]
fn what_the_page_writes_is_read_back_and_accepts() {
    let report = report();
    let published = json::report(&report, false);
    let draft = Draft {
        reason: Reason::UsedInTests,
        comment: "a \"quoted\" one\n\\ and\ta tab".into(),
        owner: "dana".into(),
        until: Date::parse("2027-01-31").unwrap(),
    };
    let text = file(published.findings.iter().map(|finding| (finding, &draft)));
    let mut report = report.clone();
    assert!(apply(&mut report, &parse(&text).unwrap()).is_empty());
    assert_eq!((report.findings.len(), report.accepted), (0, published.findings.len()));
    assert_eq!(report.accepted_findings[0].acceptance.reason, Some(Reason::UsedInTests));
    assert_eq!(report.accepted_findings[0].acceptance.comment.as_ref().unwrap().as_str(), draft.comment);
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_fall(text in "(\\[\\[accepted\\]\\]|\n|rule|=|\"|token-unused|until|2026-1|owner|é|\\\\|\u{0}| ){0,30}") {
        if let Err(wrong) = parse(&text) {
            prop_assert!(wrong.line >= 1 && wrong.column >= 1 && wrong.line <= text.split('\n').count());
        }
    }

    #[test]
    fn any_comment_comes_back(comment in "\\PC{0,20}[\u{0}-\u{1f}\"\\\\]{0,4}", title in "[\\PC\n]{0,20}") {
        let report = report();
        let mut finding = json::report(&report, false).findings.remove(0);
        finding.title = title;
        let draft = Draft { reason: Reason::FalsePositive, comment: comment.clone(), owner: "x".into(), until: Date::parse(DAY).unwrap() };
        let entries = parse(&file([(&finding, &draft)])).unwrap();
        prop_assert_eq!(entries.len(), 1);
    }
}

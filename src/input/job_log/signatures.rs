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
        assert!(!finding.advice.is_empty() && finding.place.is_some() && !finding.message.is_empty(), "{name}");
        cases += 1;
    }
    assert_eq!(cases, CASES.matches("\n== ").count());
    assert!(cases > 80, "{cases}");
}

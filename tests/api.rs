//! What the library promises other programs, with its types. A change that breaks one of them does not compile here, and needs
//! a new major version (before 1.0: minor). What is public and not named here serves the doors and the tests, and may change.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used)]

use leastwise::classify::{ClassifiedLine, ClassifiedToken, classify};
use leastwise::context::{Thresholds, Version};
use leastwise::input::Kind;
use leastwise::report::json::{self, AdviceV1, BlindSpotV1, FindingV1, InputV1, ReportV1, SummaryV1, TokenV1};
use leastwise::report::{Confidence, Severity};
use leastwise::secret::Masked;
use leastwise::time::Date;
use leastwise::{Context, Input, Report, audit};

#[test]
fn the_promised_functions_have_their_types() {
    let _: fn(Vec<Input>, &Context) -> Report = audit;
    let _: fn(usize, &str, &[String]) -> ClassifiedLine = classify;
    let _: fn(&Report, bool) -> ReportV1 = json::report;
    let _: fn(&str) -> Option<Date> = Date::parse;
    let _: fn(Date) -> Context = Context::new;
    let _: fn(&str) -> Option<Version> = Version::parse;
    let _: fn(&str) -> Option<Kind> = Kind::parse;
}

#[test]
fn the_promised_fields_have_their_types() {
    let today = Date::parse("2026-11-20").unwrap();
    let mut context = Context::new(today);
    context.hosts = vec![String::from("gitlab.example.com")];
    context.token_prefixes = Vec::<String>::new();
    context.gitlab_version = Version::parse("18.9");
    context.kind = None::<Kind>;
    context.thresholds = Thresholds { unused_days: 90, expires_soon_days: 14, lifetime_days: 365 };
    let mut input = Input::new("job.log", "hello");
    input.kind = Some(Kind::JobLog);
    input.project = Some(String::from("shop/web"));
    let bytes: &Vec<u8> = &input.bytes;
    assert_eq!(bytes, b"hello");

    let report: ReportV1 = json::report(&audit(vec![input], &context), true);
    let _: (u32, Date) = (report.version, report.today);
    let summary: &SummaryV1 = &report.summary;
    let _: [usize; 6] = [summary.critical, summary.high, summary.medium, summary.low, summary.info, summary.accepted];
    for input in &report.inputs {
        let _: (&String, Kind, &String, usize, usize) =
            (&input.name, input.kind, &input.format, input.bytes, input.lines);
        let _: (&Option<String>, Option<usize>) = (&input.project, input.rows);
    }
    fn finding(finding: &FindingV1) {
        let _: (&String, Severity, Confidence) = (&finding.rule, finding.severity, finding.confidence);
        let _: [&String; 4] = [&finding.title, &finding.message, &finding.input, &finding.identity];
        let _: [Option<usize>; 4] = [finding.line, finding.column, finding.end_line, finding.end_column];
        let _: (&Option<TokenV1>, &Vec<AdviceV1>, &Vec<String>) =
            (&finding.token, &finding.advice, &finding.references);
    }
    report.findings.iter().for_each(finding);
    let _: (&Vec<InputV1>, &Vec<BlindSpotV1>) = (&report.inputs, &report.blind_spots);

    for token in &classify(1, "nothing", &[]).tokens {
        let _: (&ClassifiedToken, Option<&'static str>, &Masked) = (token, token.kind, &token.masked);
        let _: (&'static str, &'static str, usize) = (token.name, token.can, token.column);
    }
}

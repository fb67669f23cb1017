use proptest::prelude::*;

use super::value::{Family, Host, url};
use super::*;
use crate::catalog::Whose;
use crate::input::{Kind, Model, Status, sniff};
use crate::source::Source;
use crate::text::Name;

fn pipeline(text: &str) -> (Pipeline, Vec<String>) {
    let reading = read(&Source::new(Name::new("x.yml"), text.into(), text.len()));
    let spots = reading.unread.iter().map(|unread| unread.message.to_string()).collect();
    match reading.model {
        Model::Pipeline(pipeline) => (*pipeline, spots),
        _ => panic!("no pipeline"),
    }
}

fn texts(list: &[Mapped]) -> Vec<&str> {
    list.iter().map(Mapped::text).collect()
}

#[test]
fn a_pipeline_is_read_in_all_its_parts() {
    let text = "\
spec:
  inputs:
    stage: {default: test}
---
include:
  - local: a.yml
  - {project: g/p, file: b.yml, ref: main}
  - https://example.com/c.yml
  - {remote: 'https://example.com/d.yml', integrity: sha256-x}
  - component: $CI_SERVER_FQDN/g/c@1
variables:
  A: 1
  B: {value: $A, expand: false}
default:
  before_script: [echo default]
  image: ruby:3
.base:
  variables: {C: c}
  script: &s
    - echo one
    - |
      echo two
      echo three
job:
  extends: .base
  needs: [{project: g/lib, job: build}]
  artifacts: {paths: [dist/, .npmrc], reports: {dotenv: a.env}, access: none}
  cache: [{paths: [x]}, {paths: y}]
  id_tokens: {ID: {aud: x}}
  secrets: {S: {vault: a/b@c}}
  rules:
    - variables: {D: d}
  parallel: {matrix: [{E: [e1, e2]}]}
  after_script:
    - *s
    - !reference [.base, script]
    - !reference [.elsewhere, script]
    - echo a: b
";
    let (pipeline, spots) = pipeline(text);
    assert_eq!(pipeline.includes.len(), 5);
    let job = pipeline.job("job").unwrap();
    assert_eq!(pipeline.lineage(job).len(), 3);
    assert_eq!(texts(&job.needs_projects), ["g/lib"]);
    assert_eq!(texts(&job.cache_paths), ["x", "y"]);
    let artifacts = job.artifacts.as_ref().unwrap();
    assert_eq!((texts(&artifacts.paths), texts(&artifacts.dotenv)), (vec!["dist/", ".npmrc"], vec!["a.env"]));
    assert!(artifacts.hidden);
    let names: Vec<_> = job.variables.iter().map(|v| (v.name.text(), v.text())).collect();
    assert_eq!(names, [("D", "d"), ("E", "e1"), ("E", "e2")]);
    // Shared entries are one; the mapping that should be a text is read as one.
    assert_eq!(job.after_script.as_deref(), Some(&[1, 2, 1, 2, 3][..]));
    assert_eq!(pipeline.scripts.len(), 4);
    assert_eq!(pipeline.scripts[3].text.text(), "echo a: b");
    assert_eq!(pipeline.variable(&pipeline.lineage(job), "C").unwrap().text(), "c");
    assert_eq!((pipeline.missing.len(), spots.len()), (1, 0), "{spots:?}");
}

#[test]
fn words_come_to_what_the_file_says() {
    let text = "\
variables:
  HOST: git.example.com
  API: https://$HOST/api/v4
  POSTGRES_PASSWORD: postgres
  NPM_TOKEN: $CI_JOB_TOKEN
job:
  id_tokens: {VAULT_ID: {aud: x}}
  script:
    - curl -H \"X: $NPM_TOKEN $POSTGRES_PASSWORD $MY_TOKEN $VAULT_ID ${A:-$CI_DEPLOY_PASSWORD}\" $API/user
    - AUTH=$(echo -n \"u:$GITLAB_TOKEN\" | base64) && curl -H \"Authorization: Basic $AUTH\" x
";
    let (pipeline, _) = pipeline(text);
    let mut seen = Vec::new();
    pipeline.walk(|step| {
        if step.command.program().is_some_and(|(program, _)| program == "curl") {
            for word in &step.command.words {
                let value = step.environment.word(word, step.commands);
                seen.extend(value.credentials.iter().map(|c| (c.name.to_string(), c.family, c.changed)));
                if let Some(url) = url(&value.text) {
                    assert!(url.host == Host::Named("git.example.com".into()) && url.path == "/api/v4/user");
                }
            }
        }
    });
    assert_eq!(
        seen,
        [
            ("CI_JOB_TOKEN".to_string(), Family::JobToken, false),
            ("MY_TOKEN".into(), Family::Stored(Whose::Unknown), false),
            ("VAULT_ID".into(), Family::IdToken, false),
            ("CI_DEPLOY_PASSWORD".into(), Family::DeployToken, false),
            ("GITLAB_TOKEN".into(), Family::Stored(Whose::GitLab), true),
        ]
    );
}

#[test]
fn addresses_lead_to_the_instance_a_name_or_a_variable() {
    for (text, want) in [
        ("${CI_API_V4_URL}/projects/1", Some(Host::Instance)),
        ("https://x:${CI_JOB_TOKEN}@${CI_SERVER_HOST}:8443/g/p.git", Some(Host::Instance)),
        (
            "https://gitlab-ci-token:${CI_JOB_TOKEN}@Git.Example.com/g/p.git",
            Some(Host::Named("git.example.com".into())),
        ),
        ("https://${NOWHERE}/x", Some(Host::Unknown("NOWHERE".into()))),
        ("${CI_PROJECT_DIR}", None),
        ("text", None),
    ] {
        assert!(url(text).map(|url| url.host) == want, "{text}");
    }
}

#[test]
fn configuration_is_told_from_other_yaml() {
    for (name, text, want) in [
        ("a/.gitlab-ci.yml", "", Kind::CiConfig),
        ("lint.gitlab-ci.yml", "x: 1", Kind::CiConfig),
        ("x.yml", "build:\n  stage: b\n  script:\n    - make\n", Kind::CiConfig),
        ("x.yml", "include:\n- local: a.yml\n- project: g/p\n", Kind::CiConfig),
        ("x.yml", "spec:\n  inputs:\n    a:\n---\nj:\n  script: x\n", Kind::CiConfig),
        (
            "x.yml",
            ".test:arm64:\n  extends: .base\n  tags: [a]\n\nunit:arm64:\n  extends: .test:arm64\n",
            Kind::CiConfig,
        ),
        (
            "x.yml",
            "---\ninclude:\n  - https://git.example.com/ci/raw/main/pipeline.yml\n\nlint:\n  allow_failure: true\n",
            Kind::CiConfig,
        ),
        ("x.yml", "include: 'https://git.example.com/ci/raw/main/pipeline.yml'\n", Kind::CiConfig),
        ("x.yml", "include:\n  - /a.yml\n  - 'b.yaml'\nlint:\n  variables: {A: b}\n", Kind::CiConfig),
        ("debian/salsa-ci.yml", "lint:\n  allow_failure: true\n", Kind::CiConfig),
        (
            "x.yml",
            "build:\n  script:\n    - |\n      cat > s.yml <<X\n      apiVersion: v1\n      kind: Secret\n      X\n    - echo gitlab_rails[a] external_url\n",
            Kind::CiConfig,
        ),
        ("compose.yml", "include:\n  - a.yml\nservices:\n  web:\n    image: x\n", Kind::CredentialFile),
        ("compose.yml", "services:\n  web:\n    image: x\n    environment:\n      A: b\n", Kind::CredentialFile),
        ("x.yml", "on: push\njobs:\n  a:\n    steps:\n    - run: x\n", Kind::Text),
        ("x.yml", "pipelines:\n  default:\n    - step:\n        script:\n", Kind::Text),
        ("x.yml", "language: ruby\nscript: rake\nstages: [a]\n", Kind::Text),
        ("x.yml", "version: 3\nservices:\n  a:\n    image: x\n", Kind::Text),
        ("x.yml", "apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n", Kind::Text),
    ] {
        assert_eq!(sniff::sniff(name, text), want, "{text}");
    }
}

#[test]
fn broken_configuration_is_read_partly() {
    let text = "a:\n  script: [x\nb:\n  script: y\n";
    let reading = read(&Source::new(Name::new("x"), text.into(), text.len()));
    assert_eq!(reading.status, Status::Partly);
    let Model::Pipeline(pipeline) = reading.model else { panic!() };
    assert!(pipeline.job("b").is_some());
}

#[test]
fn shared_lists_do_not_blow_up() {
    let mut text = String::from(".a0: &a0 [[], []]\n");
    for level in 1..12 {
        let item = format!("*a{}, ", level - 1).repeat(30);
        text.push_str(&format!(".a{level}: &a{level} [{item}x]\n"));
    }
    text.push_str("job:\n  script: *a11\n");
    let (_, spots) = pipeline(&text);
    assert!(spots.iter().any(|spot| spot.contains("so often")), "{spots:?}");
    let mut text = String::from(".l: &l {script: [x], cache: &c {paths: [");
    text.push_str(&"a, ".repeat(20_000));
    text.push_str("b]}}\n");
    for job in 0..5000 {
        text.push_str(&format!("j{job}: {{cache: *c, extends: .l}}\n"));
    }
    let (pipeline, spots) = pipeline(&text);
    assert!(pipeline.jobs.len() > 5000 && !spots.is_empty());
}

#[test]
fn values_that_double_from_line_to_line_do_not_grow_without_end() {
    let mut text = String::from("variables:\n  V0: $A_TOKEN\n");
    for level in 1..40 {
        text.push_str(&format!("  V{level}: \"{}\"\n", format!("$V{}", level - 1).repeat(9)));
    }
    text.push_str("job:\n  script:\n    - W0=$A_TOKEN\n");
    for level in 1..40 {
        text.push_str(&format!("    - W{level}=$W{0}$W{0}\n", level - 1));
    }
    text.push_str("    - curl https://$V39/ https://$W39/\n");
    let (pipeline, _) = pipeline(&text);
    let mut most = 0;
    pipeline.walk(|step| {
        for word in step.command.all_words() {
            most = most.max(step.environment.word(word, step.commands).credentials.len());
        }
    });
    assert!((1..=1000).contains(&most), "{most}");
}

proptest! {
    #[test]
    fn any_text_is_read(text in configish()) {
        let (pipeline, _) = pipeline(&text);
        pipeline.walk(|step| {
            let place = step.script.text.place(step.command.range.clone());
            assert!(text.get(place.range()).is_some());
            for word in step.command.all_words() {
                let _ = step.environment.word(word, step.commands);
            }
        });
    }
}

fn configish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("job:\n"),
        Just("  script:\n"),
        Just("    - echo $A\n"),
        Just("    - |\n      a | b\n"),
        Just("variables:\n"),
        Just("  A: $B\n"),
        Just("  B: ${A}\n"),
        Just("  extends: job\n"),
        Just("  extends: [.h, job]\n"),
        Just(".h:\n"),
        Just("include: x\n"),
        Just("---\n"),
        Just("spec: {inputs: {a: {default: b}}}\n"),
        Just("  artifacts: [x]\n"),
        Just("    - !reference [job, script]\n"),
        Just("  <<: *x\n"),
        Just(".k: &x\n"),
        Just("\t"),
        Just("["),
        Just("  before_script: \"A=$(echo $CI_JOB_TOKEN)\"\n"),
        Just("é"),
        Just("  cache: {paths: [a]}\n"),
    ];
    prop_oneof![proptest::collection::vec(piece, 0..40).prop_map(|parts| parts.concat()), any::<String>()]
}

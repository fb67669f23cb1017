//! The examples about CI/CD configuration in the rules' texts are what people copy: GitLab takes every one of them.

use serde_json::{Map, Value, json};

use super::ALL;
use super::doc::{Example, examples};
use crate::input::yaml::{self, NodeId, Tree};
use crate::input::{Input, Kind};
use crate::time::Date;
use crate::{Context, audit, fake};

/// What a YAML reader hands to the schema: merge keys merged, a `!reference` as the list that it is.
fn json(tree: &Tree, node: NodeId) -> Value {
    if tree.is_mapping(node) {
        let key = |key| tree.text(key).unwrap().to_owned();
        return Value::Object(
            tree.entries(node).into_iter().map(|(name, value)| (key(name), json(tree, value))).collect::<Map<_, _>>(),
        );
    }
    if let Some(items) = tree.items(node) {
        return items.iter().map(|&item| json(tree, item)).collect();
    }
    let scalar = tree.scalar(node).unwrap();
    let text = scalar.text.text();
    let plain = scalar.style == yaml::Style::Plain;
    match (scalar.boolean(), text.parse::<i64>()) {
        _ if scalar.is_null() => Value::Null,
        (Some(boolean), _) => boolean.into(),
        (_, Ok(number)) if plain => number.into(),
        _ => text.into(),
    }
}

/// What GitLab's schema for the configuration says against a text
/// (<https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/assets/javascripts/editor/schema/ci.json>).
fn against(text: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../../tests/fixtures/schemas/gitlab-ci.json")).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let tree = yaml::read(text);
    let mut wrong: Vec<String> = tree.errors.iter().map(|error| error.message.to_string()).collect();
    for &document in &tree.documents {
        let value = json(&tree, document);
        wrong.extend(validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())));
        let is_job = |(name, job): (&String, &Value)| {
            !name.starts_with('.') && ["script", "run", "trigger", "extends"].iter().any(|key| job.get(key).is_some())
        };
        let header = value.get("spec").is_some();
        let bare = value.as_object().is_none_or(|keys| !keys.iter().any(is_job) && !keys.contains_key("include"));
        if bare && !header {
            wrong.push("GitLab refuses a pipeline without a job".into());
        }
    }
    wrong
}

fn ci_examples() -> impl Iterator<Item = (&'static str, Example)> {
    ALL.iter().flat_map(|rule| {
        let examples = examples(rule).into_iter().filter(|example| example.kind == Kind::CiConfig);
        examples.map(|example| (rule.id, example))
    })
}

#[test]
fn the_schema_refuses_what_gitlab_refuses() {
    assert_eq!(against("build:\n  script: [make]\n"), [""; 0]);
    assert_ne!(against("build:\n  scripts: [make]\n"), [""; 0]);
    assert_ne!(against("variables:\n  A: {value: x, masked: true}\nbuild:\n  script: [make]\n"), [""; 0]);
    assert_ne!(against("variables: {A: b}\n"), [""; 0]);
    assert_eq!(json!([1, true, null, "1", ["a", "b"]]), {
        let tree = yaml::read("[1, yes, ~, '1', !reference [a, b]]");
        json(&tree, tree.documents[0])
    });
}

#[test]
fn gitlab_takes_every_example() {
    let mut wrong = Vec::new();
    for (rule, example) in ci_examples() {
        let found = against(&fake::expand(&example.text));
        if !found.is_empty() {
            wrong.push(format!("{rule}: {found:#?}\n{}", example.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ci_examples().count() > 20);
}

#[test]
fn a_bad_example_shows_its_own_fault_and_no_other() {
    let context = Context::new(Date::parse("2026-11-20").unwrap());
    let mut wrong = Vec::new();
    for (rule, example) in ci_examples() {
        let input = Input { kind: Some(Kind::CiConfig), ..Input::new(example.name, fake::expand(&example.text)) };
        let mut fired: Vec<_> = audit(vec![input], &context).findings.iter().map(|finding| finding.rule.id).collect();
        fired.dedup();
        let want: &[&str] = if example.bad { &[rule] } else { &[] };
        if fired != want {
            wrong.push(format!("{rule}: {fired:?}\n{}", example.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

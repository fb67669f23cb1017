//! Every form in which configuration and the files beside it hand a job token to another project, with its place.

use super::*;

/// As [`shown`], with the places.
fn placed(plan: &Plan) -> String {
    let lines = plan.edges.iter().zip(shown(plan)).map(|(edge, line)| {
        let places = edge.evidence.iter().map(|seen| match seen.line {
            Some(line) => format!("{}:{line}", seen.input),
            None => seen.input.to_string(),
        });
        format!("{line} ({})", places.collect::<Vec<_>>().join(", "))
    });
    let spots = plan.blind_spots.iter().map(|spot| format!("not known: {}", spot.message));
    lines.chain(spots).collect::<Vec<_>>().join("\n")
}

/// `=== NAME` before the text of each file.
fn bundle(text: &str) -> Vec<Given<'_>> {
    let files = text.split("=== ").filter_map(|part| part.split_once('\n'));
    files.map(|(name, text)| (name, text.to_owned(), None)).collect()
}

#[test]
fn every_form_in_a_pipeline_is_an_edge_with_its_place() {
    let plan = plan_for(&[(".gitlab-ci.yml", include_str!("forms.yml").to_owned(), Some("shop/web"))], &context());
    insta::assert_snapshot!(placed(&plan));
}

#[test]
fn every_form_in_the_files_of_a_clone_is_an_edge_with_its_place() {
    let inputs = bundle(include_str!("estate.txt"));
    assert!(inputs.len() > 15);
    insta::assert_snapshot!(placed(&plan_for(&inputs, &context())));
}

#[test]
fn what_is_not_fetched_needs_no_entry() {
    let modules = "[submodule \"x\"]\n\turl = ../x.git\n[submodule \"y\"]\n\turl = git@gitlab.example.com:team/y.git\n";
    let config = |more: &str| {
        vec![
            ("web/.gitlab-ci.yml", format!("{more}a:\n  script: make\n"), Some("shop/web")),
            ("web/.gitmodules", modules.to_owned(), Some("shop/web")),
        ]
    };
    let none = plan_for(&config(""), &context());
    assert_eq!(shown(&none), Vec::<String>::new());
    assert!(none.blind_spots[0].message.as_str().contains("fetches no submodule"), "{:?}", none.blind_spots);
    let plain = plan_for(&config("variables: {GIT_SUBMODULE_STRATEGY: normal}\n"), &context());
    assert_eq!(shown(&plain), ["shop/web -> shop/x git-submodule [READ_REPOSITORIES] add"]);
    assert!(plain.blind_spots[0].message.as_str().contains("fetched over SSH"), "{:?}", plain.blind_spots);
    let forced = config("variables: {GIT_SUBMODULE_STRATEGY: normal, GIT_SUBMODULE_FORCE_HTTPS: \"true\"}\n");
    assert_eq!(shown(&plan_for(&forced, &context())).len(), 2);
}

#[test]
fn a_path_of_which_the_project_is_unclear_is_a_question_about_its_group_until_a_list_tells() {
    let script = pipeline(&["docker pull $CI_REGISTRY/infra/images/web/app:1"]);
    let mut inputs = vec![(".gitlab-ci.yml", script, Some("shop/web"))];
    let plan = plan_for(&inputs, &context());
    let edge = edge(&plan, "shop/web", "group:infra");
    assert_eq!(edge.decision, Decision::Unknown);
    assert!(edge.why.as_str().contains("`infra/images/web/app`"), "{}", edge.why);
    inputs.push(("p.json", projects(&[(5, "infra/images", "private")]), None));
    assert_eq!(shown(&plan_for(&inputs, &context())), ["shop/web -> infra/images image-pull [] add"]);
}

#[test]
fn what_a_tool_calls_unseen_is_said_and_not_called_uncovered() {
    let script = ["glab auth login --job-token $CI_JOB_TOKEN", "glab schedule list -R shop/lib"];
    let plan = plan_for(&[("a.yml", pipeline(&script), Some("shop/web"))], &context());
    let edge = edge(&plan, "shop/web", "shop/lib");
    assert_eq!(edge.restrictable, None);
    assert!(edge.why.as_str().contains("the files do not show"), "{}", edge.why);
    assert!(!edge.why.as_str().contains("covers"), "{}", edge.why);
}

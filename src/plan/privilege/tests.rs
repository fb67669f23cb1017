//! A small estate, and what the plan says of it.

use proptest::prelude::*;

use super::*;
use crate::audit::audit;
use crate::input::Input;

const DAY: &str = "2026-11-20";

fn context() -> Context {
    let mut context = Context::new(Date::parse(DAY).unwrap());
    context.hosts = vec!["gitlab.example.com".into()];
    context
}

fn plan(inputs: Vec<(&str, String)>) -> Privilege {
    let context = gathering(context());
    let inputs = inputs.into_iter().map(|(name, text)| Input::new(name, text.into_bytes())).collect();
    privilege(&audit(inputs, &context), &context)
}

/// Rows of project 318: number, name, scopes, role, last use.
fn tokens(rows: &[(u64, &str, &str, u8, &str)]) -> (&'static str, String) {
    let rows: Vec<String> = rows
        .iter()
        .map(|(id, name, scopes, role, used)| {
            let scopes = scopes.replace(' ', "\",\"");
            let used = if used.is_empty() { "null".into() } else { format!("\"{used}T06:00:00.000Z\"") };
            format!(
                r#"{{"id":{id},"name":"{name}","revoked":false,"active":true,"created_at":"2026-01-01T08:00:00.000Z","scopes":["{scopes}"],"user_id":9,"last_used_at":{used},"expires_at":"2026-12-30","access_level":{role},"resource_type":"project","resource_id":318}}"#
            )
        })
        .collect();
    ("tokens.json", format!("[{}]", rows.join(",\n")))
}

/// A project's variables as a page of settings would list them: with the project, so that names count for more.
fn variables(keys: &[&str]) -> (&'static str, String) {
    let rows: Vec<String> = keys
        .iter()
        .map(|key| {
            format!(
                r#"{{"node":{{"key":"{key}","masked":true,"protected":true,"environmentScope":"*","variableType":"ENV_VAR"}}}}"#
            )
        })
        .collect();
    (
        "variables.json",
        format!(
            r#"{{"data":{{"project":{{"id":"gid://gitlab/Project/318","fullPath":"acme/api","ciVariables":{{"edges":[{}]}}}}}}}}"#,
            rows.join(",")
        ),
    )
}

fn only(inputs: Vec<(&str, String)>) -> Item {
    let mut items = plan(inputs).items;
    assert_eq!(items.len(), 1, "{items:#?}");
    items.remove(0)
}

fn ci(script: &str) -> (&'static str, String) {
    (".gitlab-ci.yml", format!("job:\n  script:\n    - |\n      {}\n", script.replace('\n', "\n      ")))
}

fn estate() -> Vec<(&'static str, String)> {
    vec![
        tokens(&[
            (501, "release-bot", "api", 40, "2026-11-19"),
            (502, "mirror-push", "api", 50, "2026-11-19"),
            (503, "renovate", "api", 30, "2026-11-19"),
            (504, "forgotten", "read_api", 20, ""),
            (505, "stats export", "read_api", 20, "2026-11-19"),
            (506, "site clone", "read_repository", 20, "2026-11-19"),
        ]),
        variables(&["RELEASE_BOT_TOKEN", "MIRROR_PUSH_TOKEN", "STATS_EXPORT_TOKEN"]),
        (
            ".gitlab-ci.yml",
            r#"release:
  script:
    - 'curl --request POST --header "PRIVATE-TOKEN: $RELEASE_BOT_TOKEN" --data "tag_name=$CI_COMMIT_TAG" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"'
mirror:
  script:
    - git remote add backup "https://mirror:${MIRROR_PUSH_TOKEN}@gitlab.example.com/acme/mirror.git"
    - git push backup --all
renovate:
  script:
    - renovate --token "$RENOVATE_TOKEN"
publish:
  variables:
    TWINE_PASSWORD: $PYPI_DEPLOY_TOKEN
    TWINE_REPOSITORY_URL: ${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi
  script:
    - twine upload dist/*
deploy:
  script:
    - aws configure set aws_secret_access_key $AWS_SECRET_ACCESS_KEY
    - 'curl -H "PRIVATE-TOKEN: $SLACK_TOKEN" https://slack.com/api/x'
"#
            .into(),
        ),
        (
            "stats.sh",
            "#!/bin/sh\ncurl -sSf -H \"PRIVATE-TOKEN: $STATS_EXPORT_TOKEN\" \"https://gitlab.example.com/api/v4/projects/318/pipelines?per_page=100\"\n"
                .into(),
        ),
        (
            "api_json.log",
            concat!(
                r#"{"time":"2026-11-18T10:00:00.000Z","correlation_id":"a","status":200,"method":"GET","path":"/api/v4/projects/318/repository/tree","route":"/api/:version/projects/:id/repository/tree","token_type":"PersonalAccessToken","token_id":506}"#,
                "\n",
                r#"{"time":"2026-11-18T10:00:00.000Z","correlation_id":"b","status":403,"method":"POST","path":"/api/v4/projects/318/issues","route":"x","token_type":"PersonalAccessToken","token_id":506}"#,
                "\n"
            )
            .into(),
        ),
        (".npmrc", "//gitlab.example.com/api/v4/projects/318/packages/npm/:_authToken=${NPM_TOKEN}\n".into()),
    ]
}

#[test]
fn the_three_answers_of_an_estate_read_well() {
    let plan = plan(estate());
    insta::assert_snapshot!(text::render(&plan, 100));
    let markdown = markdown::render(&plan);
    assert!(markdown.contains("## Narrow it: ") && markdown.contains("Not seen, so not ruled out:"), "{markdown}");
    for word in ["safe to", "safely"] {
        assert!(!markdown.contains(word), "nothing is ever called safe");
    }
}

#[test]
fn the_order_of_the_inputs_changes_nothing() {
    let whole = |inputs| serde_json::to_string(&plan(inputs).published()).unwrap();
    let first = whole(estate());
    let mut turned = estate();
    turned.reverse();
    assert_eq!(first, whole(turned.clone()));
    turned.swap(0, 3);
    assert_eq!(first, whole(turned));
}

#[test]
fn what_each_command_does_is_seen() {
    for (script, does, scopes) in [
        (
            "curl -H \"PRIVATE-TOKEN: $X_TOKEN\" $CI_API_V4_URL/projects/1/issues",
            "call `GET /projects/:id/issues`",
            "read_api",
        ),
        (
            "curl -X DELETE -H \"PRIVATE-TOKEN: $DEPLOY_BOT\" https://gitlab.example.com/api/v4/projects/1/packages/2",
            "call `DELETE /projects/:id/packages/:package_id`",
            "api",
        ),
        ("curl -H \"Authorization: Bearer $X_TOKEN\" -T f $CI_API_V4_URL/projects/1/packages/generic/a/1/f", "", "api"),
        ("git clone https://oauth2:$X_TOKEN@gitlab.example.com/a/b.git", "clone or fetch with Git", "read_repository"),
        ("git push https://oauth2:$X_TOKEN@gitlab.example.com/a/b.git HEAD:main", "push with Git", "write_repository"),
        (
            "git remote set-url origin https://x:$X_TOKEN@$CI_SERVER_HOST/a/b.git\ngit push origin main",
            "push with Git",
            "write_repository",
        ),
        (
            "echo \"machine gitlab.example.com login x password $X_TOKEN\" > ~/.netrc\ngit clone https://gitlab.example.com/a/b.git",
            "clone or fetch with Git",
            "read_repository",
        ),
        (
            "echo $X_TOKEN | docker login -u x --password-stdin $CI_REGISTRY\ndocker pull $CI_REGISTRY/a/b",
            "pull container images",
            "read_registry",
        ),
        (
            "docker login -u x -p $X_TOKEN $CI_REGISTRY\ndocker push $CI_REGISTRY/a/b",
            "push container images",
            "write_registry read_registry",
        ),
        (
            "npm config set //gitlab.example.com/api/v4/projects/1/packages/npm/:_authToken $X_TOKEN\nnpm ci",
            "install packages",
            "read_api",
        ),
        (
            "npm config set //gitlab.example.com/api/v4/projects/1/packages/npm/:_authToken $X_TOKEN\nnpm publish",
            "publish packages",
            "api",
        ),
        ("export GITLAB_TOKEN=$X_TOKEN\nglab release create v1", "call `POST /projects/:id/releases`", "api"),
        ("GITLAB_TOKEN=$X_TOKEN\nglab api projects/:id/members", "call `GET /projects/:id/members`", "read_api"),
        (
            "curl -H \"PRIVATE-TOKEN: $X_TOKEN\" -d '{\"query\":\"mutation { x }\"}' $CI_SERVER_URL/api/graphql",
            "send a GraphQL mutation",
            "api",
        ),
        ("T=$X_TOKEN\ncurl -H \"PRIVATE-TOKEN: $T\" $CI_API_V4_URL/version", "call `GET /version`", "read_user"),
    ] {
        let found = plan(vec![ci(script)]).items;
        let [item] = found.as_slice() else { panic!("{script}: {found:?}") };
        assert_eq!(item.uses.len(), 1, "{script}: {:?}", item.uses);
        assert!(item.uses[0].known, "{script}");
        if !does.is_empty() {
            assert_eq!(item.uses[0].does.as_str(), does, "{script}");
        }
        let all: Vec<&Way> = item.enough.iter().chain(&item.others).collect();
        let access =
            all.iter().find(|way| matches!(way.kind, TokenType::ProjectAccessToken | TokenType::PersonalAccessToken));
        assert_eq!(access.unwrap().scopes.join(" "), scopes, "{script}");
    }
}

#[test]
fn what_is_not_for_gitlab_or_does_nothing_is_left_out() {
    for script in [
        "curl -H \"PRIVATE-TOKEN: $X_TOKEN\" https://api.github.com/x",
        "git clone https://x:$X_TOKEN@github.com/a/b.git",
        "docker login -u x -p $X_TOKEN docker.io",
        "docker login -u x -p $X_TOKEN",
        "[ -n \"$X_TOKEN\" ]",
        "echo $X_TOKEN",
        "export OTHER=$X_TOKEN",
        "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/issues",
        "./deploy.sh $GITHUB_TOKEN",
    ] {
        assert!(plan(vec![ci(script)]).items.is_empty(), "{script}");
    }
}

#[test]
fn what_is_not_understood_is_said_and_never_narrowed() {
    for script in [
        "python3 deploy.py --token $RELEASE_BOT_TOKEN",
        "curl -H \"PRIVATE-TOKEN: $RELEASE_BOT_TOKEN\" $CI_API_V4_URL/no/such/thing",
        "curl -H \"PRIVATE-TOKEN: $RELEASE_BOT_TOKEN\" -d @query.json $CI_SERVER_URL/api/graphql",
        "echo $RELEASE_BOT_TOKEN | ./sign-in",
        "docker login -u x -p $RELEASE_BOT_TOKEN $CI_REGISTRY",
    ] {
        // One use that is understood beside it: not enough to decide by.
        let script = format!(
            "{script}\ncurl -H \"PRIVATE-TOKEN: $RELEASE_BOT_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"
        );
        let rows = tokens(&[(501, "release-bot", "api", 40, "2026-11-19")]);
        let item = only(vec![rows, variables(&["RELEASE_BOT_TOKEN"]), ci(&script)]);
        assert_eq!(item.decision, Decision::AskFirst, "{script}");
        assert!(
            item.not_seen.iter().any(|text| text.as_str().contains("what that comes to does not stand there")),
            "{script}"
        );
        assert!(item.enough_words.as_str().starts_with("For the part that is understood"), "{}", item.enough_words);
    }
}

#[test]
fn a_file_that_only_names_the_variable_keeps_the_question_open() {
    let rows = tokens(&[(501, "release-bot", "api", 40, "2026-11-19")]);
    let call = ci("curl -H \"PRIVATE-TOKEN: $RELEASE_BOT_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases");
    let sure = only(vec![rows.clone(), variables(&["RELEASE_BOT_TOKEN"]), call.clone()]);
    assert_eq!(sure.decision, Decision::Narrow);
    assert_eq!(sure.enough.as_ref().unwrap().kind, TokenType::CiJobToken);
    let other = ("notes.txt", "the job uses ${RELEASE_BOT_TOKEN}\n".to_owned());
    let open = only(vec![rows, variables(&["RELEASE_BOT_TOKEN"]), call, other]);
    assert_eq!(open.decision, Decision::AskFirst);
    assert!(open.not_seen.iter().any(|text| text.as_str().contains("notes.txt:1")), "{:?}", open.not_seen);
}

#[test]
fn a_token_that_is_as_narrow_as_its_use_stays() {
    let rows = tokens(&[(506, "site", "read_api", 10, "2026-11-19")]);
    let log = r#"{"time":"2026-11-20T10:00:00.000Z","correlation_id":"a","status":200,"method":"GET","path":"/api/v4/projects/318/issues","route":"x","token_type":"PersonalAccessToken","token_id":506}"#;
    let item = only(vec![rows.clone(), ("api_json.log", format!("{log}\n"))]);
    assert_eq!(item.decision, Decision::Keep);
    assert_eq!(item.uses[0].confidence, Confidence::Certain);
    assert!(item.enough_words.as_str().contains("what it is now"), "{}", item.enough_words);
    let refused = log.replace("200", "403");
    let item = only(vec![rows, ("api_json.log", format!("{refused}\n"))]);
    assert_eq!(item.decision, Decision::Unknown, "a refused call is no use");
}

#[test]
fn a_use_that_the_scopes_do_not_cover_points_to_another_token() {
    let rows = tokens(&[(501, "release-bot", "read_api", 40, "2026-11-19")]);
    let call =
        ci("curl -X POST -H \"PRIVATE-TOKEN: $RELEASE_BOT_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases");
    let item = only(vec![rows, variables(&["RELEASE_BOT_TOKEN"]), call]);
    assert_eq!(item.decision, Decision::AskFirst);
    assert!(item.not_seen.iter().any(|text| text.as_str().contains("do not let it")), "{:?}", item.not_seen);
    assert_eq!(item.steps.len(), 1, "no wider token is made: {:?}", item.steps);
}

#[test]
fn a_deploy_token_is_known_by_its_user_name_in_a_file() {
    let list = r#"[{"id":12,"name":"pull","username":"gitlab+deploy-token-12","revoked":false,"expired":false,"expires_at":null,"scopes":["read_repository","read_registry"]}]"#;
    let netrc = crate::fake::expand(
        "machine gitlab.example.com\n  login gitlab+deploy-token-12\n  password {{deploy_token}}\n",
    );
    let item = only(vec![("deploy_tokens.json", list.into()), (".netrc", netrc)]);
    assert_eq!(item.uses.len(), 1);
    assert!(item.seen.as_str().contains("clone or fetch with Git at gitlab.example.com"), "{}", item.seen);
    assert_eq!(item.enough.unwrap().scopes, ["read_repository"]);
}

#[test]
fn one_variable_for_many_tokens_is_possible_only() {
    let rows = tokens(&[(501, "deploy", "api", 40, "2026-11-19"), (502, "deploy", "read_api", 20, "2026-11-19")]);
    let call = ci("curl -H \"PRIVATE-TOKEN: $DEPLOY_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases");
    let plan = plan(vec![rows, variables(&["DEPLOY_TOKEN"]), call]);
    assert!(plan.items.iter().all(|item| item.decision == Decision::AskFirst));
    assert!(plan.items.iter().all(|item| item.enough_words.as_str().starts_with("If that is this token")));
}

#[test]
fn the_commands_of_a_log_are_uses_with_a_day() {
    let log = "2026-11-20T10:00:00.000000Z 00O Running with gitlab-runner 18.5.0 (abcdef12)\n\
               2026-11-20T10:00:01.000000Z 00O \u{1b}[32;1m$ curl -H \"PRIVATE-TOKEN: $X_TOKEN\" $CI_API_V4_URL/projects/1/issues\u{1b}[0;m\n\
               2026-11-20T10:00:02.000000Z 00O Job succeeded\n";
    let item = only(vec![("job.log", log.into())]);
    assert_eq!(item.uses[0].places, [(Name::new("job.log"), 2, Origin::JobLog)]);
    assert_eq!(item.uses[0].last.unwrap().date(), Date::parse(DAY).unwrap());
}

/// Number, name, scopes: as an administrator's list has them.
fn personal(scopes: &str, granular: bool) -> (&'static str, String) {
    let scopes = scopes.replace(' ', "\",\"");
    (
        "tokens.json",
        format!(
            r#"[{{"id":9,"name":"laptop","granular":{granular},"revoked":false,"active":true,"created_at":"2026-01-01T08:00:00.000Z","scopes":["{scopes}"],"user_id":7,"last_used_at":"2026-11-18T06:00:00.000Z","expires_at":"2026-12-30"}}]"#
        ),
    )
}

fn log(day: &str, method: &str, path: &str) -> (&'static str, String) {
    (
        "api_json.log",
        format!(
            r#"{{"time":"{day}T10:00:00.000Z","correlation_id":"a","status":200,"method":"{method}","path":"{path}","route":"x","token_type":"PersonalAccessToken","token_id":9}}"#
        ) + "\n",
    )
}

#[test]
fn a_person_s_token_is_narrowed_to_permissions_and_never_widened() {
    let item = only(vec![personal("api", false), log("2026-11-18", "POST", "/api/v4/projects/318/issues")]);
    assert_eq!(item.decision, Decision::Narrow);
    assert_eq!(item.enough.unwrap().kind, TokenType::FineGrainedPersonalAccessToken);
    let mut older = gathering(context());
    older.gitlab_version = Some(crate::context::Version::new(17, 0));
    let inputs = [personal("api", false), log("2026-11-18", "POST", "/api/v4/projects/318/issues")];
    let inputs = inputs.into_iter().map(|(name, text)| Input::new(name, text.into_bytes())).collect();
    let plan = privilege(&audit(inputs, &older), &older);
    assert_eq!(plan.items[0].enough.as_ref().unwrap().kind, TokenType::PersonalAccessToken, "there are none yet");
    for path in ["/api/v4/projects/318/issues", "/api/graphql"] {
        let item = only(vec![personal("granular", true), log("2026-11-18", "POST", path)]);
        assert_eq!(item.decision, Decision::AskFirst, "{path}");
        let all = item.enough.iter().chain(&item.others);
        assert!(all.into_iter().all(|way| way.scopes.is_empty()), "a scope is wider than permissions");
    }
}

#[test]
fn what_the_row_leaves_open_is_asked_first() {
    let issues = |day| log(day, "GET", "/api/v4/projects/318/issues");
    for (rows, log, says) in [
        (personal("write_dreams", false), issues("2026-11-18"), "newer than the catalog"),
        (personal("api", false), issues("2026-11-17"), "after the last use that a log shows"),
        (personal("", false), issues("2026-11-18"), "the source does not show them"),
    ] {
        let rows = (rows.0, rows.1.replace("\"scopes\":[\"\"],", ""));
        let item = only(vec![rows, log]);
        assert_eq!(item.decision, Decision::AskFirst, "{says}");
        assert!(item.not_seen.iter().any(|text| text.as_str().contains(says)), "{says}: {:?}", item.not_seen);
    }
}

#[test]
fn a_program_that_asks_for_the_variable_keeps_the_question_open() {
    let rows = tokens(&[(501, "release-bot", "api", 40, "2026-11-19")]);
    let python =
        ("deploy.py", "requests.get(url, headers={\"PRIVATE-TOKEN\": os.environ[\"RELEASE_BOT_TOKEN\"]})\n".to_owned());
    let item = only(vec![rows, variables(&["RELEASE_BOT_TOKEN"]), python]);
    assert!(item.not_seen.iter().any(|text| text.as_str().contains("deploy.py:1")), "{:?}", item.not_seen);
}

#[test]
fn no_other_command_pays_for_it() {
    let inputs = vec![Input::new("a.sh", b"curl -H \"PRIVATE-TOKEN: $X_TOKEN\" $CI_API_V4_URL/version\n".to_vec())];
    assert!(audit(inputs, &context()).seen.is_empty());
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("curl -H \"PRIVATE-TOKEN: $A_TOKEN\" ".to_owned()),
        Just("$CI_API_V4_URL/projects/1/issues".to_owned()),
        Just("git push https://x:$B_TOKEN@".to_owned()),
        Just("gitlab.example.com/api/v4/".to_owned()),
        Just("docker login -p $A_TOKEN ".to_owned()),
        Just("glab api ".to_owned()),
        Just("echo $A_TOKEN | ".to_owned()),
        Just("{{personal_access_token}}".to_owned()),
        Just("\n".to_owned()),
        Just(" > .netrc\n".to_owned()),
        "\\PC{0,6}",
    ]
}

proptest! {
    #[test]
    fn nothing_falls_and_nothing_leaks(pieces in proptest::collection::vec(piece(), 0..20), name in prop_oneof![Just("a.sh"), Just(".gitlab-ci.yml"), Just("job.log"), Just(".npmrc"), Just("x.txt")]) {
        let text = crate::fake::expand(&pieces.concat());
        let text = if name.ends_with("yml") { ci(&text).1 } else { text };
        let plan = plan(vec![(name, text.clone()), tokens(&[(501, "a", "api", 40, "")])]);
        let all = [text::render(&plan, 80), markdown::render(&plan), serde_json::to_string(&plan.published()).unwrap()].concat();
        for (at, _) in text.match_indices("glpat-") {
            let body: Vec<char> = text.get(at + 6..).unwrap_or_default().chars().take(20).collect();
            for piece in body.windows(8).filter(|piece| piece.iter().all(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')) {
                prop_assert!(!all.contains(&piece.iter().collect::<String>()));
            }
        }
    }
}

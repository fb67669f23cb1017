mod forms;
mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::audit::examine;
use crate::context::Version;
use crate::input::Input;
use crate::time::Date;

fn context() -> Context {
    let mut context = Context::new(Date::new(2026, 11, 20).unwrap());
    context.hosts = vec!["gitlab.example.com".into()];
    context
}

/// Name, text, whose.
type Given<'a> = (&'a str, String, Option<&'a str>);

fn plan_for(inputs: &[Given<'_>], context: &Context) -> Plan {
    let parts: Vec<Examined> = inputs
        .iter()
        .map(|(name, text, project)| {
            let input = Input { project: project.map(ToOwned::to_owned), ..Input::new(*name, text.clone()) };
            examine(input, context)
        })
        .collect();
    plan_of(&parts, context)
}

fn edge<'p>(plan: &'p Plan, caller: &str, callee: &str) -> &'p Edge {
    let found = plan.edges.iter().find(|edge| edge.caller.to_string() == caller && edge.callee.to_string() == callee);
    found.unwrap_or_else(|| panic!("no edge {caller} -> {callee} in {:#?}", shown(plan)))
}

fn shown(plan: &Plan) -> Vec<String> {
    let line = |edge: &Edge| {
        let permissions = edge.permissions.join(" ");
        format!("{} -> {} {} [{permissions}] {}", edge.caller, edge.callee, edge.via, edge.decision.word())
    };
    plan.edges.iter().map(line).collect()
}

fn pipeline(script: &[&str]) -> String {
    let lines: String = script.iter().map(|line| format!("    - {}\n", serde_json::to_string(line).unwrap())).collect();
    format!("build:\n  script:\n{lines}")
}

fn of_script(script: &[&str]) -> Vec<String> {
    shown(&plan_for(&[(".gitlab-ci.yml", pipeline(script), Some("shop/web"))], &context()))
}

/// GraphQL's answer about one project's allowlist: path, `None` for all or permissions.
fn allowlist(
    project: &str,
    inbound: bool,
    projects: &[(&str, Option<&[&str]>)],
    groups: &[(&str, Option<&[&str]>)],
) -> String {
    let nodes = |entries: &[(&str, Option<&[&str]>)], kind: &str| -> Vec<serde_json::Value> {
        entries
            .iter()
            .map(|(path, permissions)| {
                serde_json::json!({
                    "direction": "inbound", "defaultPermissions": permissions.is_none(),
                    "jobTokenPolicies": permissions.unwrap_or(&[]), "autopopulated": false,
                    "sourceProject": {"fullPath": project}, "target": {"__typename": kind, "fullPath": path},
                })
            })
            .collect()
    };
    serde_json::json!({"data": {"project": {
        "id": "gid://gitlab/Project/77", "fullPath": project,
        "ciCdSettings": {"inboundJobTokenScopeEnabled": inbound, "jobTokenScopeEnabled": false},
        "ciJobTokenScopeAllowlist": {
            "projectsAllowlist": {"nodes": nodes(projects, "CiJobTokenAccessibleProject")},
            "groupsAllowlist": {"nodes": nodes(groups, "CiJobTokenAccessibleGroup")},
        },
    }}})
    .to_string()
}

fn projects(list: &[(u64, &str, &str)]) -> String {
    let rows: Vec<_> = list
        .iter()
        .map(|(id, path, visibility)| {
            serde_json::json!({"id": id, "path_with_namespace": path, "visibility": visibility,
                "repository_access_level": "enabled", "builds_access_level": "enabled", "package_registry_access_level": "enabled",
                "container_registry_access_level": "private", "web_url": format!("https://gitlab.example.com/{path}")})
        })
        .collect();
    serde_json::to_string(&rows).unwrap()
}

fn auth_log(rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(path, at)| format!("{path},{at}\n")).collect();
    format!("Origin Project Path,Last Authorized At (UTC)\n{rows}")
}

const CLONE: &str = "git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/lib.git";

#[test]
fn every_way_to_another_project_is_an_edge() {
    for (script, want) in [
        (vec![CLONE], "shop/web -> shop/lib git-clone [READ_REPOSITORIES] add"),
        (
            vec!["git clone \"https://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_HOST:$CI_SERVER_PORT/shop/lib\""],
            "shop/web -> shop/lib git-clone [READ_REPOSITORIES] add",
        ),
        (
            vec!["pip install git+https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/lib.git@v2"],
            "shop/web -> shop/lib git-clone [READ_REPOSITORIES] add",
        ),
        (
            vec!["git push https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/lib.git HEAD:main"],
            "shop/web -> shop/lib git-push [ADMIN_REPOSITORIES] add",
        ),
        (
            vec![
                "git config --global url.\"https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/\".insteadOf \"https://gitlab.example.com/\"",
                "git clone https://gitlab.example.com/shop/lib.git",
                "git clone https://github.com/shop/lib.git",
            ],
            "shop/web -> shop/lib git-clone [READ_REPOSITORIES] add",
        ),
        (
            vec![
                "git config --global url.\"https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/\".insteadOf \"git@gitlab.example.com:team/\"",
            ],
            "shop/web -> group:team git-clone [READ_REPOSITORIES] unknown",
        ),
        (
            vec![
                "echo -e \"machine gitlab.example.com\\nlogin gitlab-ci-token\\npassword ${CI_JOB_TOKEN}\" > ~/.netrc",
            ],
            "shop/web -> host:gitlab.example.com git-clone [READ_REPOSITORIES] unknown",
        ),
        (
            vec!["curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/42/packages/generic/a/1.0/a.tgz\""],
            "shop/web -> id:42 package-generic [READ_PACKAGES] add",
        ),
        (
            vec![
                "curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" --upload-file a.tgz \"$CI_API_V4_URL/projects/shop%2Flib/packages/generic/a/1.0/a.tgz\"",
            ],
            "shop/web -> shop/lib package-generic [ADMIN_PACKAGES] add",
        ),
        (
            vec!["curl -X POST --form token=$CI_JOB_TOKEN --form ref=main $CI_API_V4_URL/projects/42/trigger/pipeline"],
            "shop/web -> id:42 api-trigger [] add",
        ),
        (
            vec![
                "curl -L --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/$LIB_ID/jobs/artifacts/main/download?job=x\"",
            ],
            "shop/web -> unknown:LIB_ID job-artifacts [READ_JOBS] unknown",
        ),
        (
            vec![
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" -d tag_name=v1 \"$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases\"",
            ],
            "shop/web -> shop/web api [ADMIN_RELEASES] not-needed",
        ),
        (
            vec![
                "npm config set -- '//gitlab.example.com/api/v4/projects/42/packages/npm/:_authToken' \"${CI_JOB_TOKEN}\"",
            ],
            "shop/web -> id:42 package-npm [READ_PACKAGES] add",
        ),
        (
            vec![
                "echo \"//${CI_SERVER_HOST}/api/v4/projects/42/packages/npm/:_authToken=${CI_JOB_TOKEN}\" > .npmrc",
                "npm publish",
            ],
            "shop/web -> id:42 package-npm [ADMIN_PACKAGES] add",
        ),
        (
            vec![
                "pip install --index-url https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/api/v4/projects/42/packages/pypi/simple x",
            ],
            "shop/web -> id:42 package-pypi [READ_PACKAGES] add",
        ),
        (
            vec![
                "TWINE_PASSWORD=${CI_JOB_TOKEN} TWINE_USERNAME=gitlab-ci-token twine upload --repository-url ${CI_API_V4_URL}/projects/42/packages/pypi dist/*",
            ],
            "shop/web -> id:42 package-pypi [ADMIN_PACKAGES] add",
        ),
        (
            vec![
                "helm repo add --username gitlab-ci-token --password $CI_JOB_TOKEN x $CI_API_V4_URL/projects/42/packages/helm/stable",
            ],
            "shop/web -> id:42 package-helm [] add",
        ),
        (
            vec![
                "composer config repositories.x composer https://gitlab.example.com/api/v4/group/7/-/packages/composer/packages.json && composer config gitlab-token.gitlab.example.com gitlab-ci-token $CI_JOB_TOKEN",
            ],
            "shop/web -> group:id:7 package-composer [] unknown",
        ),
        (
            vec![
                "terraform init -backend-config=address=$CI_API_V4_URL/projects/42/terraform/state/prod -backend-config=password=$CI_JOB_TOKEN",
            ],
            "shop/web -> id:42 terraform-state [ADMIN_TERRAFORM_STATE] add",
        ),
        (
            vec![
                "docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY",
                "docker pull $CI_REGISTRY/shop/images:latest",
            ],
            "shop/web -> shop/images image-pull [] add",
        ),
    ] {
        assert_eq!(of_script(&script), [want], "{script:?}");
    }
}

#[test]
fn keywords_lead_to_other_projects_too() {
    let text = "include:\n  - project: shop/ci\n    file: a.yml\n  - component: $CI_SERVER_FQDN/shop/comp/lint@1\n\
        default:\n  image: $CI_REGISTRY/shop/images/node:20\nvariables:\n  GIT_SUBMODULE_STRATEGY: recursive\n  \
        TF_HTTP_ADDRESS: $CI_API_V4_URL/projects/9/terraform/state/x\n  TF_HTTP_PASSWORD: $CI_JOB_TOKEN\n\
        a:\n  needs:\n    - project: $CI_PROJECT_NAMESPACE/lib\n      job: build\n      ref: main\n      artifacts: true\n  \
        script: make\nb:\n  trigger:\n    project: shop/down\nc:\n  image: docker.io/library/node:20\n  script: make\n";
    let plan = plan_for(
        &[("ci.yml", text.into(), Some("shop/web")), ("p.json", projects(&[(5, "shop/images", "private")]), None)],
        &context(),
    );
    insta::assert_snapshot!(shown(&plan).join("\n"));
}

#[test]
fn submodules_and_modules_are_read_from_their_files() {
    let inputs = [
        ("web/.gitlab-ci.yml", "variables:\n  GIT_SUBMODULE_STRATEGY: normal\na:\n  script: make\n".to_owned(), None),
        ("web/.gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../../team/x.git\n[submodule \"y\"]\n\turl = https://github.com/a/y.git\n".into(), None),
        ("web/.git/config", "[core]\n[remote \"origin\"]\n\turl = git@gitlab.example.com:shop/web.git\n".into(), None),
        ("web/go.mod", "module a\n\nrequire (\n\tgitlab.example.com/shop/golib/v2 v2.0.1\n\tgithub.com/x/y v1.0.0 // indirect\n)\n".into(), None),
        ("web/main.tf", "module \"a\" {\n  source = \"gitlab.example.com/infra/vpc/aws\"\n}\n".into(), None),
    ];
    let plan = plan_for(&inputs, &context());
    insta::assert_snapshot!(shown(&plan).join("\n"));
}

#[test]
fn another_token_or_a_foreign_host_makes_no_edge() {
    for script in [
        "git clone https://oauth2:$GITLAB_TOKEN@gitlab.example.com/shop/lib.git",
        "git clone https://gitlab.example.com/shop/lib.git",
        "git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@github.com/shop/lib.git",
        "curl -H \"PRIVATE-TOKEN: $GITLAB_TOKEN\" $CI_API_V4_URL/projects/42/packages",
        "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/42/variables",
        "docker pull docker.io/library/node:20",
    ] {
        assert_eq!(of_script(&[script]), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn each_decision_has_its_reason() {
    let log = "Running with gitlab-runner 18.7.0 (abcdef01)\n  on docker small AbCd00072, system ID: s_00ff\n\
        Initialized empty Git repository in /builds/shop/denied/.git/\n\
        $ git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/shop/lib.git\n\
        remote: Authentication by CI/CD job token not allowed from denied to lib.\n\
        fatal: unable to access 'https://gitlab.example.com/shop/lib.git/': The requested URL returned error: 403\n\
        ERROR: Job failed: exit code 1\n";
    let inputs = [
        ("add.yml", pipeline(&[CLONE]), Some("shop/add")),
        ("keep.yml", pipeline(&[CLONE]), Some("shop/keep")),
        ("narrow.yml", pipeline(&[CLONE]), Some("shop/narrow")),
        ("less.yml", pipeline(&[CLONE]), Some("shop/less")),
        ("idle.yml", pipeline(&["make"]), Some("shop/idle")),
        ("member.yml", pipeline(&[CLONE]), Some("team/member")),
        (
            "public.yml",
            pipeline(&["curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/shop%2Fopen/releases\""]),
            Some("shop/add"),
        ),
        ("job.log", log.into(), None),
        (
            "lib.json",
            allowlist(
                "shop/lib",
                true,
                &[
                    ("shop/keep", Some(&["READ_REPOSITORIES"])),
                    ("shop/narrow", None),
                    ("shop/less", Some(&["READ_PACKAGES"])),
                    ("shop/idle", None),
                    ("shop/old", None),
                    ("shop/fresh", None),
                ],
                &[("team", None), ("empty", None)],
            ),
            None,
        ),
        (
            "job-token-authorizations-77-20261120101500.csv",
            auth_log(&[
                ("shop/old", "2026-06-02T10:15:00Z"),
                ("shop/fresh", "2026-11-18T10:15:00Z"),
                ("team/logged", "2026-11-18T10:15:00Z"),
            ]),
            None,
        ),
        (
            "projects.json",
            projects(&[
                (1, "team/member", "private"),
                (2, "team/logged", "private"),
                (3, "team/other", "private"),
                (4, "shop/open", "public"),
            ]),
            None,
        ),
    ];
    let plan = plan_for(&inputs, &context());
    insta::assert_snapshot!(render::text(&plan, 110));
    assert_eq!(edge(&plan, "shop/denied", "shop/lib").decision, Decision::Unknown);
    assert!(!render::graphql(&plan).lines().any(|line| !line.starts_with('#') && line.contains("shop/denied")));
    insta::assert_snapshot!(render::graphql(&plan));
    insta::assert_snapshot!(render::terraform(&plan));
    insta::assert_snapshot!([render::mermaid(&plan), render::dot(&plan), render::csv(&plan)].join("\n"));
    let json = serde_json::to_value(render::published(&plan)).unwrap();
    assert_eq!(json["version"], 1);
    for key in ["caller", "callee", "via", "permissions", "decision", "why", "evidence"] {
        assert!(json["edges"][0].get(key).is_some(), "{key}");
    }
    for key in ["project", "entries", "limit", "inbound_enabled", "steps"] {
        assert!(json["callees"][0].get(key).is_some(), "{key}");
    }
}

/// Entries as GitLab would hold them.
type Entries = BTreeMap<String, Option<BTreeSet<String>>>;

/// Applies every mutation to the entries of one project.
fn apply(mutations: &str, project: &str, entries: &mut Entries) {
    let call = Regex::new(r#"(?m)^  c\d+: (\w+)\(input: \{projectPath: "([^"]*)", target(?:Project|Group)?Path: "([^"]*)"(?:, defaultPermissions: (\w+), jobTokenPolicies: \[([A-Z_, ]*)\])?(?:, direction: INBOUND)?\}\) \{ errors \}$"#).unwrap();
    let fields = mutations.lines().filter(|line| line.starts_with("  c") && line.contains("ciJobTokenScope")).count();
    assert_eq!(call.captures_iter(mutations).count(), fields, "{mutations}");
    for found in call.captures_iter(mutations) {
        if &found[2] != project {
            continue;
        }
        let target = found[3].to_owned();
        let rights = || {
            (&found[4] == "false").then(|| {
                found[5].split(", ").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect::<BTreeSet<_>>()
            })
        };
        match &found[1] {
            "ciJobTokenScopeAddGroupOrProject" => {
                assert!(entries.insert(target.clone(), rights()).is_none(), "{target} is there already");
            }
            "ciJobTokenScopeUpdatePolicies" => {
                assert!(entries.insert(target.clone(), rights()).is_some(), "{target} is not there");
            }
            "ciJobTokenScopeRemoveProject" | "ciJobTokenScopeRemoveGroup" => {
                assert!(entries.remove(&target).is_some(), "{target} is not there");
            }
            other => panic!("{other}"),
        }
    }
}

fn planned(callee: &Callee, before: &Entries) -> Entries {
    let entry = |(party, grant): &(Party, Grant)| {
        let path = party.path().unwrap().to_string();
        let rights = match grant {
            Grant::AsItIs => before[&path].clone(),
            Grant::All => None,
            Grant::Only(list) => Some(list.iter().map(ToString::to_string).collect()),
        };
        (path, rights)
    };
    callee.entries.iter().map(entry).collect()
}

const PERMISSIONS: [&str; 4] = ["READ_REPOSITORIES", "READ_PACKAGES", "ADMIN_PACKAGES", "READ_JOBS"];

fn permissions() -> impl Strategy<Value = Option<Vec<&'static str>>> {
    proptest::option::of(proptest::sample::subsequence(PERMISSIONS.to_vec(), 0..=4))
}

fn caller() -> impl Strategy<Value = String> {
    "(team|shop|shop/sub)/[a-d]"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn applying_the_graphql_gives_the_planned_entries_whatever_the_order_of_inputs(
        entries in proptest::collection::btree_map(caller(), permissions(), 0..6),
        groups in proptest::collection::btree_map("team|shop|shop/sub", permissions(), 0..3),
        configs in proptest::collection::btree_map(caller(), 0_usize..4, 0..6),
        logged in proptest::collection::btree_map(caller(), 1_u8..28, 0..6),
        with_log in any::<bool>(),
        listed in proptest::collection::btree_set(caller(), 0..8),
        seed in any::<u64>(),
    ) {
        let scripts = [
            "make".to_owned(),
            CLONE.to_owned(),
            "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/shop%2Flib/packages/generic/a/1/a\"".to_owned(),
            "docker pull $CI_REGISTRY/shop/lib:1".to_owned(),
        ];
        let borrowed: Vec<_> = entries.iter().map(|(path, have)| (path.as_str(), have.as_deref())).collect();
        let in_groups: Vec<_> = groups.iter().map(|(path, have)| (path.as_str(), have.as_deref())).collect();
        let mut inputs: Vec<Given<'_>> = vec![("lib.json", allowlist("shop/lib", true, &borrowed, &in_groups), None)];
        for (caller, index) in &configs {
            inputs.push((".gitlab-ci.yml", pipeline(&[&scripts[*index]]), Some(caller)));
        }
        if with_log {
            let rows: Vec<_> = logged.iter().map(|(path, day)| (path.clone(), format!("2026-10-{day:02}T10:15:00Z"))).collect();
            let rows: Vec<_> = rows.iter().map(|(path, at)| (path.as_str(), at.as_str())).collect();
            inputs.push(("log.csv", auth_log(&rows), Some("shop/lib")));
        }
        let rows: Vec<_> = listed.iter().enumerate().map(|(index, path)| (index as u64 + 100, path.as_str(), "private")).collect();
        inputs.push(("projects.json", projects(&rows), None));

        let plan = plan_for(&inputs, &context());
        let json = |plan: &Plan| serde_json::to_string(&render::published(plan)).unwrap();
        let mut other = inputs.clone();
        let length = other.len() as u64;
        for index in 0..other.len() {
            other.swap(index, ((seed >> (index % 60)) % length) as usize);
        }
        prop_assert_eq!(json(&plan), json(&plan_for(&other, &context())));
        let twice: Vec<Given<'_>> = inputs.iter().chain(&inputs).cloned().collect();
        prop_assert_eq!(json(&plan), json(&plan_for(&twice, &context())), "seen twice is seen once");

        let before: Entries = borrowed.iter().chain(&in_groups)
            .map(|(path, have)| ((*path).to_owned(), have.map(|list| list.iter().map(|name| (*name).to_owned()).collect())))
            .collect();
        let mut after = before.clone();
        apply(&render::graphql(&plan), "shop/lib", &mut after);
        let callee = plan.callees.iter().find(|callee| callee.project.to_string() == "shop/lib");
        prop_assert_eq!(after, callee.map_or_else(Entries::new, |callee| planned(callee, &before)));

        // Applied, the plan of the new list changes nothing that the plan itself wanted.
        for edge in &plan.edges {
            prop_assert!(!edge.why.is_empty());
            prop_assert!(!edge.evidence.is_empty());
        }
    }

    #[test]
    fn nothing_in_a_file_makes_it_fall(text in "(curl|git clone|docker pull|https?://|\\$\\{?[A-Z_]{0,14}\\}?|/api/v4/|projects/|@|gitlab-ci-token:|\\.git|machine |[ a-z0-9/:%é.-]{1,6}){0,20}") {
        let inputs = [
            (".gitlab-ci.yml", pipeline(&[&text]), Some("shop/web")),
            (".npmrc", text.clone(), Some("shop/web")),
            (".gitmodules", format!("url = {text}"), None),
            ("go.mod", format!("require {text}"), None),
            ("a/.git/config", format!("[remote \"origin\"]\nurl = {text}"), None),
        ];
        let plan = plan_for(&inputs, &context());
        let _ = (render::text(&plan, 80), render::markdown(&plan), render::csv(&plan), render::mermaid(&plan), render::dot(&plan), render::graphql(&plan), render::terraform(&plan));
    }
}

#[test]
fn no_name_acts_in_any_format_and_no_token_comes_out() {
    let token = crate::fake::expand("{{personal_access_token}}");
    let body = token.get(token.len() - 16..).unwrap().to_owned();
    let evil = format!("shop/=cmd\"}}){{x}}|<b>`{token}");
    let inputs = [
        ("=a.json", allowlist("shop/lib", true, &[(&evil, None), ("+x/y", Some(&["READ_JOBS\"]}"]))], &[]), None),
        (
            "a.yml",
            pipeline(&[&format!(
                "git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.example.com/shop/{token}.git"
            )]),
            Some("shop/web"),
        ),
    ];
    let plan = plan_for(&inputs, &context());
    let csv = render::csv(&plan);
    assert!(csv.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "{csv}");
    let json = serde_json::to_string(&render::published(&plan)).unwrap();
    for out in [
        csv,
        json,
        render::text(&plan, 80),
        render::markdown(&plan),
        render::mermaid(&plan),
        render::dot(&plan),
        render::graphql(&plan),
        render::terraform(&plan),
    ] {
        assert!(!body.as_bytes().windows(8).any(|piece| out.contains(std::str::from_utf8(piece).unwrap())), "{out}");
    }
    assert!(!render::mermaid(&plan).contains("<b>"));
}

#[test]
fn versions_change_the_plan() {
    let inputs = [
        ("a.yml", pipeline(&[CLONE]), Some("shop/web")),
        ("l.json", allowlist("shop/lib", true, &[("shop/web", None)], &[]), None),
    ];
    let at = |major, minor| {
        let mut context = context();
        context.gitlab_version = Some(Version::new(major, minor));
        edge(&plan_for(&inputs, &context), "shop/web", "shop/lib").decision
    };
    assert_eq!((at(18, 2), at(18, 3)), (Decision::Keep, Decision::Narrow));
}

#[test]
fn a_closed_feature_of_a_public_project_needs_an_entry() {
    let inputs = [
        ("a.yml", pipeline(&[CLONE, "docker pull $CI_REGISTRY/shop/images:1"]), Some("shop/web")),
        ("p.json", projects(&[(1, "shop/lib", "public"), (2, "shop/images", "public")]), None),
    ];
    let plan = plan_for(&inputs, &context());
    assert_eq!(edge(&plan, "shop/web", "shop/lib").decision, Decision::NotNeeded);
    assert_eq!(edge(&plan, "shop/web", "shop/images").decision, Decision::Add, "its registry is for members only");
}

#[test]
fn a_list_past_the_limit_gets_a_proposal() {
    let callers: Vec<String> = (0..230).map(|index| format!("team{}/app{index}", index / 40)).collect();
    let inputs: Vec<Given<'_>> =
        callers.iter().map(|caller| ("a.yml", pipeline(&[CLONE]), Some(caller.as_str()))).collect();
    let plan = plan_for(&inputs, &context());
    let callee = plan.callees.iter().find(|callee| callee.project.to_string() == "shop/lib").unwrap();
    let last = callee.steps.last().unwrap().text.to_string();
    assert!(last.contains("230 entries") && last.contains("team0 for 40 projects"), "{last}");
    let graphql = render::graphql(&plan);
    assert!(graphql.contains("# shop/lib would have 230 entries, and GitLab takes 200"), "{graphql}");
}

/// How long a plan of so many pipelines and ten times as many entries takes: the shortest of five.
#[allow(clippy::disallowed_methods)] // The clock is only here, to see that the time does not grow with the square.
fn seconds(pipelines: usize) -> f64 {
    let names: Vec<String> = (0..pipelines * 10).map(|index| format!("group{}/app{index}", index % 50)).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
    let list = allowlist("shop/lib", true, &entries, &[("group1", None), ("group2", Some(&["READ_JOBS"]))]);
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "2026-11-18T10:15:00Z")).collect();
    let mut inputs: Vec<Given<'_>> = vec![("l.json", list, None), ("log.csv", auth_log(&rows), Some("shop/lib"))];
    inputs.extend(names.iter().take(pipelines).map(|name| ("a.yml", pipeline(&[CLONE]), Some(name.as_str()))));
    let parts: Vec<Examined> = inputs
        .iter()
        .map(|(name, text, project)| {
            examine(Input { project: project.map(ToOwned::to_owned), ..Input::new(*name, text.clone()) }, &context())
        })
        .collect();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let plan = plan_of(&parts, &context());
        let drawn = super::graph::draw(&plan);
        best = best.min(start.elapsed().as_secs_f64());
        assert_eq!(plan.edges.len(), pipelines * 10 + 2);
        assert!(drawn.lines.len() <= 120);
    }
    best
}

#[test]
fn eight_times_as_many_pipelines_and_entries_take_about_eight_times_as_long() {
    let (small, large) = (seconds(62), seconds(496));
    println!("496 pipelines and 4,960 entries: {large:.3} s, {:.1} times an eighth of them", large / small);
    // Wide, for machines that do other things meanwhile; with the square it would be 64 times.
    assert!(large / small < 32.0, "{small} s, {large} s");
}

//! A made-up estate, and what the plan says of it.

use super::*;
use crate::audit::audit;
use crate::input::Input;

const DAY: &str = "2026-11-20";
#[path = "../../../../tests/support/estate.rs"]
mod made_up;
mod script;

/// The made-up instance of `tests/support/estate.rs`.
fn estate() -> Vec<Input> {
    made_up::files().into_iter().map(|(name, text)| Input::new(name, text)).collect()
}

fn context() -> Context {
    Context::new(Date::parse(DAY).unwrap())
}

fn plan(inputs: Vec<Input>) -> Rotation {
    let context = context();
    rotation(&audit(inputs, &context), &context, WITHIN_DAYS)
}

#[test]
fn the_plan_of_an_estate_reads_like_a_colleagues() {
    let plan = plan(estate());
    assert_eq!((plan.live, plan.items.len() + plan.fine), (200, 200));
    insta::assert_snapshot!(text::render(&plan, 110));
    insta::assert_snapshot!("the_script_of_an_estate", tail(&sh::render(&plan)));
    let markdown = markdown::render(&plan);
    insta::assert_snapshot!(
        "the_task_list_of_an_estate_begins",
        markdown.lines().take(90).collect::<Vec<_>>().join("\n")
    );
}

/// The script behind its functions, which are the same in each.
fn tail(script: &str) -> &str {
    script.split_once("\n# The tokens, in the order of the plan.\n").unwrap().1
}

/// Nothing is told twice: a paragraph that stands in a plan more often than there are weeks is one for the top.
#[test]
fn the_plan_of_an_estate_does_not_repeat_itself() {
    let text = text::render(&plan(estate()), 1_000);
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for line in text.lines().map(str::trim).filter(|line| line.len() > 100) {
        *seen.entry(line).or_default() += 1;
    }
    assert!(seen.values().all(|count| *count <= 4), "{:?}", seen.iter().find(|(_, count)| **count > 4));
    assert!(text.lines().count() < 200 * 4, "{}", text.lines().count());
}

/// A file of one project does not show what holds another project's token.
#[test]
fn a_variable_is_used_by_its_own_projects_files() {
    for item in &plan(estate()).items {
        for holder in item.holders.iter().filter(|holder| !holder.used.is_empty()) {
            let of = holder.place.as_ref().map_or(holder.seen_in.as_ref(), |place| place.path.as_ref()).unwrap();
            for (input, _) in &holder.used {
                assert!(input.as_str().contains(&format!("src/{of}/")), "{of}: {input}");
            }
        }
    }
}

#[test]
fn what_a_rotation_left_over_is_not_rotated_again() {
    let row = |id: u64, made: &str, used: &str, end: &str| {
        format!(
            r#"{{"id":{id},"name":"sonar{}","revoked":false,"active":true,"created_at":"{made}T08:00:00.000Z","scopes":["read_api"],"user_id":{id},"last_used_at":"{used}T08:00:00.000Z","expires_at":"{end}","access_level":20,"resource_type":"project","resource_id":318}}"#,
            if id == 2 { "-2026-10" } else { "" }
        )
    };
    let of = |old_used: &str| {
        let rows = [row(1, "2026-01-10", old_used, "2026-12-20"), row(2, "2026-10-01", "2026-11-19", "2027-01-25")];
        plan(vec![Input::new("tokens.json", format!("[{}]", rows.join(",")))])
    };
    let left = of("2026-10-02");
    assert_eq!(
        left.items.iter().map(|item| (item.id, item.decision)).collect::<Vec<_>>(),
        [(Some(1), Decision::Replace)]
    );
    assert!(left.items[0].new.is_none() && left.items[0].steps[1].advice.text.as_str().contains("Make no third one"));
    assert!(sh::render(&left).contains("# 1 more, by hand"));
    let over = of("2026-09-30");
    assert_eq!(
        over.items.iter().map(|item| (item.id, item.decision)).collect::<Vec<_>>(),
        [(Some(1), Decision::Revoke)]
    );
    assert!(over.items[0].reasons[0].as_str().contains("2 of the same name and scopes was made on 1 October 2026"));
}

/// What a person who is gone used at the keyboard needs no successor; a trigger token's pipelines need another maker.
#[test]
fn what_is_left_by_people_who_are_gone_is_told_apart() {
    let token = |id: u64, name: &str| {
        format!(
            r#"{{"id":{id},"name":"{name}","revoked":false,"active":true,"created_at":"2026-05-01T08:00:00.000Z","scopes":["read_user"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2027-02-01"}}"#
        )
    };
    let users = r#"[{"id":9,"username":"kim","name":"Kim","state":"ldap_blocked","is_admin":false}]"#;
    let trigger = r#"[{"id":7,"token":"abcd","description":"cms","created_at":"2026-05-01T10:00:00.000Z","updated_at":"2026-05-01T10:00:00.000Z","last_used":"2026-11-18T10:00:00.000Z","expires_at":null,"owner":{"id":9,"username":"kim","name":"Kim","state":"ldap_blocked"}}]"#;
    let plan = plan(vec![
        Input::new("personal_access_tokens.json", format!("[{},{}]", token(1, "laptop"), token(2, "jenkins deploy"))),
        Input::new("users.json", users),
        Input::new("project-318-triggers.json", trigger),
    ]);
    let item = |id| plan.items.iter().find(|item| item.id == Some(id)).unwrap();
    assert_eq!(item(1).decision, Decision::Revoke);
    assert_eq!(item(2).decision, Decision::HandOver);
    // `read_user` is for people's and service accounts' tokens alone.
    assert!(
        item(2).steps[1].advice.text.as_str().contains("for a service account (no project's"),
        "{:?}",
        item(2).steps
    );
    let trigger = item(7);
    assert_eq!((trigger.kind, trigger.decision), (TokenType::PipelineTriggerToken, Decision::Replace));
    assert!(trigger.reasons[0].as_str().contains("its maker kim"), "{:?}", trigger.reasons);
    assert!(trigger.steps.iter().any(|step| step.advice.text.as_str().contains("Another Maintainer makes it")));
}

#[test]
fn the_order_of_the_inputs_does_not_matter() {
    let forward = plan(estate());
    let mut inputs = estate();
    inputs.reverse();
    let backward = plan(inputs);
    assert!(forward.items.len() > 50, "{}", forward.items.len());
    assert_eq!(text::render(&forward, 100), text::render(&backward, 100));
    assert_eq!(ics::render(&forward), ics::render(&backward));
    assert_eq!(sh::render(&forward), sh::render(&backward));
    assert_eq!(
        serde_json::to_string(&forward.published()).unwrap(),
        serde_json::to_string(&backward.published()).unwrap()
    );
}

#[test]
fn nobody_begins_on_a_weekend_or_after_the_end_and_new_ends_make_no_cliff() {
    let plan = plan(estate());
    let mut ends = std::collections::BTreeMap::<Date, usize>::new();
    for item in &plan.items {
        assert!(item.begin.weekday() <= 5 && item.revoke_from.weekday() <= 5, "{:?}", item.begin);
        assert!(item.ends.is_none_or(|end| item.begin < end), "{:?} {:?} {:?}", item.begin, item.ends, item.key);
        if let Some(end) = item.new_end {
            *ends.entry(end).or_default() += 1;
        }
    }
    assert!(ends.len() > 10);
    assert!(ends.values().all(|count| *count <= 4), "{ends:?}");
}

#[test]
fn a_token_that_two_lists_show_is_planned_once() {
    let mut inputs = estate();
    let again = estate().into_iter().find(|input| input.name == "admin/personal_access_tokens-page1.json").unwrap();
    let count = plan(estate()).live;
    inputs.push(Input { name: "again.json".into(), ..again });
    assert_eq!(plan(inputs).live, count);
}

#[test]
fn a_variable_that_two_tokens_may_be_in_is_not_overwritten_by_the_script() {
    let plan = plan(estate());
    let mut written = std::collections::BTreeSet::new();
    for item in &plan.items {
        for holder in &item.holders {
            let place = holder.place.as_ref().and_then(|place| place.path.clone());
            if holder.claims == 1 {
                assert!(written.insert((holder.key.clone(), place)), "{holder:?}");
            } else {
                assert_eq!(holder.confidence, Confidence::Possible);
            }
        }
    }
    assert!(!written.is_empty());
    let token = |id: u64| {
        serde_json::json!({"id": id, "name": "mirror-push", "revoked": false, "active": true, "scopes": ["read_api"],
            "created_at": "2026-09-01T08:00:00.000Z", "last_used_at": "2026-11-19T08:00:00.000Z",
            "expires_at": "2026-12-01", "access_level": 20, "user_id": id, "resource_type": "project", "resource_id": 318})
    };
    let variables = serde_json::json!([{"variable_type": "env_var", "key": "MIRROR_PUSH_TOKEN", "value": null,
        "hidden": true, "protected": true, "masked": true, "raw": true, "environment_scope": "*"}]);
    let of = |name: &str, json: serde_json::Value| Input {
        project: Some("318".into()),
        ..Input::new(name, json.to_string().into_bytes())
    };
    let one = super::tests::plan(vec![
        of("tokens.json", serde_json::json!([token(501)])),
        of("variables.json", variables.clone()),
    ]);
    assert_eq!(one.items[0].holders[0].confidence, Confidence::Likely);
    assert!(one.items[0].swap.is_some());
    let two = super::tests::plan(vec![
        of("tokens.json", serde_json::json!([token(501), token(502)])),
        of("variables.json", variables),
    ]);
    for item in &two.items {
        assert_eq!((item.holders[0].claims, item.holders[0].confidence), (2, Confidence::Possible));
        assert!(item.swap.is_none());
    }
}

/// Lines of a calendar, unfolded; checks that each is well formed.
fn unfold(calendar: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    assert!(calendar.ends_with("\r\n"));
    for line in calendar.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().unwrap().push_str(rest),
            None => lines.push(line.into()),
        }
    }
    lines
}

/// Checks the nesting and what RFC 5545 wants of each event; gives UID and start of each.
fn events(calendar: &str) -> Vec<(String, String)> {
    let mut open: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut alarms = 0;
    let mut events = Vec::new();
    for line in unfold(calendar) {
        let (name, value) = line.split_once(':').unwrap();
        let name = name.split(';').next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-'), "{line}");
        match name {
            "BEGIN" => {
                open.push(value.into());
                if value == "VEVENT" {
                    (seen, alarms) = (Vec::new(), 0);
                }
                alarms += usize::from(value == "VALARM");
            }
            "END" => {
                assert_eq!(open.pop().as_deref(), Some(value));
                if value == "VEVENT" {
                    assert_eq!(alarms, 3);
                    let get = |key: &str| {
                        let all: Vec<_> =
                            seen.iter().filter(|line| line.split([':', ';']).next() == Some(key)).collect();
                        assert_eq!(all.len(), 1, "{key}");
                        all[0].split_once(':').unwrap().1.to_owned()
                    };
                    assert!(get("DTSTAMP").ends_with('Z') && !get("SUMMARY").is_empty());
                    assert_eq!(get("DTSTART").len(), 8);
                    events.push((get("UID"), get("DTSTART")));
                }
            }
            _ if open.last().is_some_and(|open| open == "VEVENT") => seen.push(line.clone()),
            _ => assert!(!open.is_empty(), "{line}"),
        }
    }
    assert!(open.is_empty());
    events
}

#[test]
fn the_calendar_is_read_by_an_independent_reader_and_keeps_its_ids() {
    let first = events(&ics::render(&plan(estate())));
    assert!(first.len() > 100);
    let ids: std::collections::BTreeSet<_> = first.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), first.len());
    let context = Context::new(Date::parse("2026-11-21").unwrap());
    let next_day = events(&ics::render(&rotation(&audit(estate(), &context), &context, 10)));
    assert!(next_day.iter().filter(|event| first.contains(event)).count() > 100);
}

/// Several lists are one picture: a bot's token is its project's, a key and a variable have their project's path.
#[test]
fn an_administrators_list_is_told_apart_by_the_users() {
    let token = r#"[{"id":7,"name":"mirror push","revoked":false,"active":true,"created_at":"2026-05-01T08:00:00.000Z","scopes":["write_repository"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2026-12-01"}]"#;
    let users = r#"[{"id":9,"username":"project_318_bot_5a1f","name":"mirror push","state":"active","bot":true}]"#;
    let projects = r#"[{"id":318,"path_with_namespace":"acme/payments/api","visibility":"private","archived":false}]"#;
    let variables = r#"[{"variable_type":"env_var","key":"MIRROR_PUSH_TOKEN","value":null,"hidden":true,"protected":true,"masked":true,"environment_scope":"*"}]"#;
    let keys = r#"[{"id":3,"title":"argo","created_at":"2026-01-01T00:00:00.000Z","expires_at":"2026-12-20T00:00:00.000Z","key":"ssh-ed25519 AAAA x","fingerprint_sha256":"SHA256:x","can_push":false}]"#;
    let mut files = [
        ("personal_access_tokens.json", token),
        ("users.json", users),
        ("projects.json", projects),
        ("project-318-variables.json", variables),
        ("project-318-deploy_keys.json", keys),
    ];
    let mut seen = Vec::new();
    for _ in 0..files.len() {
        files.rotate_left(1);
        let plan = plan(files.iter().map(|(name, text)| Input::new(*name, *text)).collect());
        let item = |kind| plan.items.iter().find(|item| item.kind == kind).unwrap();
        let (token, key) = (item(TokenType::ProjectAccessToken), item(TokenType::DeployKey));
        for item in [token, key] {
            assert_eq!(item.owner.as_ref().map(ToString::to_string).as_deref(), Some("acme/payments/api"));
        }
        let place = token.holders[0].place.as_ref().unwrap();
        assert_eq!(place.path.as_ref().map(Name::as_str), Some("acme/payments/api"));
        assert!(key.steps.iter().any(|step| step.advice.text.as_str().contains("ssh-keygen")));
        seen.push(serde_json::to_string(&plan.published()).unwrap());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

#[test]
fn what_only_a_persons_token_can_do_is_not_handed_to_a_machine() {
    let token = r#"[{"id":7,"name":"backup of the server","revoked":false,"active":true,"created_at":"2026-05-01T08:00:00.000Z","scopes":["api","sudo"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2027-02-01"}]"#;
    let users = r#"[{"id":9,"username":"kim","name":"Kim","state":"blocked","is_admin":true}]"#;
    let plan = plan(vec![Input::new("personal_access_tokens.json", token), Input::new("users.json", users)]);
    let item = &plan.items[0];
    assert_eq!(item.decision, Decision::HandOver);
    assert_eq!(item.new.as_ref().unwrap().scopes, [Scope::new("api")]);
    assert!(item.steps.iter().any(|step| step.advice.text.as_str().contains("`sudo` too")), "{:?}", item.steps);
}

#[test]
fn the_injected_deploy_token_keeps_its_name() {
    let token = r#"[{"id":7,"name":"gitlab-deploy-token","username":"gitlab+deploy-token-7","expires_at":"2026-12-10T00:00:00.000Z","scopes":["read_registry"],"revoked":false,"expired":false}]"#;
    let plan = plan(vec![Input::new("project-318-deploy-tokens.json", token)]);
    let item = &plan.items[0];
    assert_eq!(item.new.as_ref().unwrap().name.as_str(), "gitlab-deploy-token");
    assert!(item.steps[0].advice.text.as_str().contains("CI_DEPLOY_PASSWORD"));
}

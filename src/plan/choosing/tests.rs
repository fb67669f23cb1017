use super::*;
use crate::catalog::{AccessLevel, Role, Scope, scopes};
use crate::inventory::{Owner, OwnerKind, Page, PageKind, Policy, Reach, Visibility};
use crate::text::Name;

fn today() -> Date {
    crate::samples::today()
}

fn ticked(names: &str) -> Option<Vec<Scope>> {
    Some(names.split_whitespace().map(Scope::new).collect())
}

fn token(kind: TokenType, names: &str) -> Draft {
    let offered = scopes().iter().filter(|facts| facts.available_for(kind)).map(|facts| Scope::new(facts.scope));
    Draft { scopes: ticked(names), offered_scopes: Some(offered.collect()), ..Draft::new(DraftKind::Token(kind)) }
}

fn in_project(drafts: Vec<Draft>) -> Inventory {
    let path = Some(Name::new("acme/payments/api"));
    let owner = Some(Owner { kind: OwnerKind::Project, path, ..Owner::default() });
    Inventory { owner, about_to_create: drafts, ..Inventory::default() }
}

fn of(draft: Draft) -> Choosing {
    choosing(&in_project(vec![draft]), today()).remove(0)
}

fn texts(choosing: &Choosing, about: Aspect) -> Vec<&str> {
    choosing.points.iter().filter(|point| point.about == about).map(|point| point.text.as_str()).collect()
}

fn letter(choosing: &Choosing) -> String {
    let mut out = format!("{}\n", choosing.title.as_str());
    for point in &choosing.points {
        out.push_str(&format!("{:?}: {}\n", point.about, point.text.as_str()));
    }
    out
}

fn role(level: AccessLevel) -> Option<Role> {
    Some(Role::Known(level))
}

#[test]
fn what_the_user_sees() {
    let project = Draft {
        role: role(AccessLevel::OWNER),
        expires_on: Some(today().plus_days(365)),
        ..token(TokenType::ProjectAccessToken, "api read_repository")
    };
    insta::assert_snapshot!("project_token", letter(&of(project)));
    let deploy = Draft {
        without_expiry: Some(true),
        given_to_jobs: Some(true),
        ..token(TokenType::DeployToken, "read_registry write_registry")
    };
    insta::assert_snapshot!("deploy_token", letter(&of(deploy)));
    let trigger = Draft { without_expiry: Some(true), ..Draft::new(DraftKind::Token(TokenType::PipelineTriggerToken)) };
    insta::assert_snapshot!("trigger_token", letter(&of(trigger)));
    let fine_grained = Draft {
        reach: Some(Reach::AllMemberships),
        permissions: Some(vec![Name::new("read_job"), Name::new("push_code")]),
        without_expiry: Some(false),
        expires_on: Some(today().plus_days(30)),
        ..Draft::new(DraftKind::Token(TokenType::FineGrainedPersonalAccessToken))
    };
    insta::assert_snapshot!("fine_grained_token", letter(&of(fine_grained)));
    let variable = Draft {
        visibility: Some(Visibility::Visible),
        protected: Some(false),
        environment_scope: Some(Name::new("*")),
        ..Draft::new(DraftKind::CiVariable)
    };
    insta::assert_snapshot!("variable", letter(&of(variable)));
    let policy = |action: &str, resource: &str| Policy { action: Name::new(action), resource: Name::new(resource) };
    let entry = Draft {
        default_permissions: Some(false),
        policies: Some(vec![policy("read", "repositories"), policy("admin", "packages"), policy("read", "moons")]),
        ..Draft::new(DraftKind::AllowlistEntry)
    };
    insta::assert_snapshot!("allowlist_entry", letter(&of(entry)));
}

#[test]
fn nothing_ticked_is_a_guide_to_every_use() {
    let guide = of(token(TokenType::PersonalAccessToken, ""));
    let uses = crate::catalog::uses().iter().filter(|one| !one.is_general()).count();
    assert_eq!(texts(&guide, Aspect::Enough).len(), uses);
    assert!(texts(&guide, Aspect::Can)[0].starts_with("No scope is ticked yet"));
}

#[test]
fn every_scope_of_the_catalog_is_explained_for_every_kind() {
    for kind in [
        TokenType::PersonalAccessToken,
        TokenType::ImpersonationToken,
        TokenType::ProjectAccessToken,
        TokenType::GroupAccessToken,
        TokenType::ServiceAccountToken,
        TokenType::DeployToken,
    ] {
        for facts in scopes().iter().filter(|facts| facts.available_for(kind)) {
            let said = of(token(kind, facts.scope));
            let can = texts(&said, Aspect::Can);
            assert!(can.iter().any(|text| text.contains(facts.grants)), "{}: {can:?}", facts.scope);
            // No advice repeats what is chosen as if it were another choice.
            assert!(texts(&said, Aspect::Instead).iter().any(|text| text.contains(kind.facts().least_privilege)));
        }
    }
}

#[test]
fn a_role_is_measured_by_the_scopes() {
    let with = |level, names: &str| {
        let said = of(Draft { role: role(level), ..token(TokenType::ProjectAccessToken, names) });
        texts(&said, Aspect::Change).join("\n")
    };
    assert!(with(AccessLevel::OWNER, "read_repository").contains("work with the role Reporter"));
    assert!(with(AccessLevel::GUEST, "write_repository").contains("too low"));
    assert!(with(AccessLevel::DEVELOPER, "write_repository").is_empty());
    assert!(with(AccessLevel::OWNER, "api").contains("Only an Owner"));
    assert!(with(AccessLevel::MAINTAINER, "api").is_empty(), "what calls it makes is not known");
    assert!(with(AccessLevel::OWNER, "write_moon").contains("Only an Owner"), "an unknown scope needs an unknown role");
}

#[test]
fn the_day_is_measured_by_the_work() {
    let ends = |days: i64| {
        let draft = Draft {
            expires_on: Some(today().plus_days(days)),
            without_expiry: Some(false),
            ..token(TokenType::GroupAccessToken, "read_api")
        };
        texts(&of(draft), Aspect::Change).join("\n")
    };
    assert!(ends(0).contains("is over") && ends(-3).contains("is over"));
    assert!(ends(1).is_empty() && ends(90).is_empty());
    assert!(ends(91).contains("in 91 days") && ends(91).contains("self_rotate"));
    // A form that does not ask, and one that is half filled in, say nothing.
    let unknown = of(token(TokenType::GroupAccessToken, "read_api"));
    assert!(texts(&unknown, Aspect::Change).is_empty());
}

#[test]
fn a_use_is_offered_only_when_the_choice_serves_it() {
    let said = of(token(TokenType::DeployToken, "read_repository"));
    let enough = texts(&said, Aspect::Enough).join("\n");
    assert!(enough.contains("cloning code: this choice is the smallest of its kind"), "{enough}");
    assert!(!enough.contains("pushing code"), "{enough}");
    let all = of(token(TokenType::PersonalAccessToken, "api"));
    let enough = texts(&all, Aspect::Enough).join("\n");
    assert!(
        enough.contains("cloning code: `read_repository` is enough") && enough.contains("publishing packages"),
        "{enough}"
    );
    assert!(!enough.contains("smallest of its kind"), "{enough}");
}

#[test]
fn a_scope_that_is_not_on_the_form_is_not_advised() {
    // An instance without a container registry offers no scope for it.
    let draft =
        Draft { offered_scopes: ticked("api read_api read_repository"), ..token(TokenType::ProjectAccessToken, "api") };
    let said = of(draft);
    let pulling = texts(&said, Aspect::Enough).into_iter().find(|text| text.starts_with("For pulling images")).unwrap();
    assert!(pulling.starts_with("For pulling images: in a pipeline"), "{pulling}");
}

#[test]
fn variables_are_told_by_their_page() {
    let said = |kind| {
        let page = Page {
            kind,
            is_gitlab: true,
            data_page: None,
            url: None,
            path: None,
            relative_url_root: None,
            lang: None,
            gitlab_version: None,
        };
        let draft = Draft {
            visibility: Some(Visibility::MaskedAndHidden),
            protected: Some(true),
            ..Draft::new(DraftKind::CiVariable)
        };
        let inventory = Inventory { page: Some(page), ..in_project(vec![draft]) };
        letter(&choosing(&inventory, today())[0])
    };
    assert!(said(PageKind::ProjectCicdSettings).contains("Every job of the project on a protected branch"));
    assert!(!said(PageKind::ProjectCicdSettings).contains("Change:"), "the smallest choice has nothing to change");
    assert!(said(PageKind::AdminCicdSettings).contains("of the instance"));
}

//! Several inputs as one picture: what one list says of a user, project or group, for the rows of another.
//!
//! A join by GitLab's number is sure only while all files are of one instance, and one by name is a guess; the confidence of
//! what follows says so.

mod holders;
mod whose;

use std::collections::{BTreeMap, HashMap};

#[cfg(all(target_arch = "wasm32", not(any(feature = "shows", feature = "worker"))))]
pub(crate) use holders::may_name_holders;

use crate::context::Context;
use crate::input::PAGES_ALONE;
use crate::inventory::{Inventory, OwnerKind, TokenRow, User};
use crate::report::{Finding, Report, SubjectId};
use crate::rules::{self, Judgement};
use crate::source::{Masks, Source};
use crate::text::Name;

/// What the lists say of users, projects and groups.
struct Known<'a> {
    projects: HashMap<u64, &'a Name>,
    groups: HashMap<u64, &'a Name>,
    usernames: HashMap<u64, &'a Name>,
}

impl<'a> Known<'a> {
    fn new(report: &'a Report) -> Self {
        let mut known = Self { projects: HashMap::new(), groups: HashMap::new(), usernames: HashMap::new() };
        // Where two lists disagree, the first in order of the names: the order of the files does not matter.
        let put = |map: &mut HashMap<u64, &'a Name>, id: Option<u64>, name: &'a Option<Name>| {
            if let (Some(id), Some(name)) = (id, name) {
                let known = map.entry(id).or_insert(name);
                *known = (*known).min(name);
            }
        };
        for (_, inventory) in &report.inventories {
            inventory.projects.iter().for_each(|place| put(&mut known.projects, place.id, &place.path));
            inventory.groups.iter().for_each(|place| put(&mut known.groups, place.id, &place.path));
            inventory.users.iter().for_each(|user| put(&mut known.usernames, user.id, &user.username));
            inventory.members.iter().for_each(|member| put(&mut known.usernames, member.user_id, &member.username));
        }
        known
    }

    /// Whose a token is, by another list.
    fn owner(&self, inventory: &Inventory, token: &TokenRow) -> Option<&'a Name> {
        let list = inventory.owner.as_ref();
        let place = token.resource.as_ref().map(|owner| (owner.kind, owner.id));
        let place = place.or_else(|| list.map(|owner| (owner.kind, owner.id)));
        match place {
            Some((OwnerKind::Project, Some(id))) => self.projects.get(&id).copied(),
            Some((OwnerKind::Group, Some(id))) => self.groups.get(&id).copied(),
            Some((OwnerKind::Project | OwnerKind::Group, None)) => None,
            _ => self.usernames.get(&token.user_id?).copied(),
        }
    }
}

/// Judges what only several inputs together show, and names owners that another input knows. `further` are users of inputs that
/// are not in the report.
pub(crate) fn join(report: &mut Report, further: &[User], context: &Context) {
    if PAGES_ALONE {
        // One page, and none lists tokens beside users. Where a token stands is all that it can tell of two lists, and a page
        // that could is left to the whole module ([`may_name_holders`]).
        crate::audit::sort(&mut report.findings);
        return;
    }
    whose::judge_again(report, context);
    let mut found = Vec::new();
    let mut owners: BTreeMap<(usize, u64), Name> = BTreeMap::new();
    let users =
        report.inventories.iter().filter(|(_, inventory)| !inventory.users.is_empty() || !inventory.members.is_empty());
    let users: Vec<usize> = users.map(|(index, _)| *index).collect();
    if report.inventories.len() < 2 && further.is_empty() {
        holders::name_holders(report, context);
        crate::audit::sort(&mut report.findings);
        return;
    }
    let known = Known::new(report);
    let nothing = Source::new(Name::default(), String::new(), 0);
    let masks = Masks::default();
    // Those of the report were looked at when it was put together.
    let people = if further.is_empty() {
        let all = || report.inventories.iter().map(|(_, inventory)| inventory);
        let users = all().flat_map(|inventory| &inventory.users).cloned().collect();
        let members = all().flat_map(|inventory| &inventory.members).cloned().collect();
        Inventory { users, members, ..Inventory::default() }
    } else {
        Inventory { users: further.to_vec(), ..Inventory::default() }
    };
    for (index, inventory) in &report.inventories {
        let numbered = inventory
            .tokens
            .iter()
            .filter_map(|token| Some(((*index, token.id?), known.owner(inventory, token)?.clone())));
        owners.extend(numbered);
        // What stands in one input was judged there.
        let elsewhere = !further.is_empty() || users.iter().any(|other| other != index);
        if !elsewhere {
            continue;
        }
        let judgement = Judgement::of_rows(&nothing, *index, context, &masks);
        found.extend(rules::judge_owners(&judgement, inventory, &people));
    }
    report.findings.extend(found);
    for finding in &mut report.findings {
        let input = finding.input;
        let Some(subject) = finding.subject.as_mut().filter(|subject| subject.owner.is_none()) else { continue };
        let token = crate::catalog::TokenType::parse(subject.kind).is_some();
        if let (true, Some(SubjectId::Number(id))) = (token, &subject.id) {
            subject.owner = owners.get(&(input, *id)).cloned();
        }
    }
    holders::name_holders(report, context);
    crate::audit::sort(&mut report.findings);
}

/// Rows without a number that are alike in all that names them do not share a name: the second one is `…:2`.
pub(crate) fn distinct(findings: &mut [Finding], seen: &mut HashMap<String, usize>) {
    let nameless = |finding: &&mut Finding| finding.subject.as_ref().is_some_and(|subject| subject.id.is_none());
    for finding in findings.iter_mut().filter(nameless) {
        let count = seen.entry(finding.identity()).or_default();
        *count += 1;
        if *count > 1 {
            finding.about = std::mem::take(&mut finding.about).and(*count);
        }
    }
}

/// The place of each row, kept for what is judged when the text is gone.
pub(crate) fn keep_places(inventory: &mut Inventory, source: &Source) {
    let rows = inventory.tokens.iter_mut().chain(inventory.inactive_tokens.iter_mut().flatten());
    for row in rows {
        row.place = row.span.map(|span| source.place(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use crate::report::Confidence;
    use crate::time::Date;

    fn context() -> Context {
        Context::new(Date::new(2026, 11, 20).unwrap())
    }

    const TOKENS: &str = "[\n{\"id\":7,\"name\":\"a\",\"revoked\":false,\"active\":true,\"created_at\":\"2026-10-01T08:00:00.000Z\",\"scopes\":[\"api\"],\"user_id\":9,\"last_used_at\":\"2026-11-18T08:00:00.000Z\",\"expires_at\":\"2027-02-01\"},\n{\"id\":8,\"name\":\"b\",\"revoked\":false,\"active\":true,\"created_at\":\"2026-10-01T08:00:00.000Z\",\"scopes\":[\"api\"],\"user_id\":901,\"last_used_at\":null,\"expires_at\":\"2027-02-01\",\"access_level\":50,\"resource_type\":\"project\",\"resource_id\":318}]";
    const USERS: &str = r#"[{"id":9,"username":"kim","name":"Kim","state":"blocked","is_admin":false},{"id":10,"username":"lee","name":"Lee","state":"active","is_admin":false}]"#;
    const PROJECTS: &str =
        r#"[{"id":318,"path_with_namespace":"acme/payments/api","visibility":"private","archived":false}]"#;

    #[test]
    fn several_files_are_one_picture_in_any_order() {
        let mut files = [("tokens.json", TOKENS), ("users.json", USERS), ("projects.json", PROJECTS)];
        let mut seen = Vec::new();
        for _ in 0..files.len() {
            files.rotate_left(1);
            let report = crate::audit(files.iter().map(|(name, text)| Input::new(*name, *text)).collect(), &context());
            let gone: Vec<_> = report.findings.iter().filter(|finding| finding.rule.id == "token-owner-gone").collect();
            assert_eq!(gone.len(), 1);
            assert_eq!(gone[0].confidence, Confidence::Likely);
            assert_eq!(gone[0].place.map(|place| place.line), Some(2));
            assert_eq!(report.inputs[gone[0].input].name.as_str(), "tokens.json");
            let owner = |id| {
                let about = |finding: &&Finding| {
                    finding.subject.as_ref().is_some_and(|subject| subject.id == Some(SubjectId::Number(id)))
                };
                let finding = report.findings.iter().find(about).unwrap();
                finding.subject.as_ref().unwrap().owner.as_ref().map(ToString::to_string)
            };
            assert_eq!((owner(7).as_deref(), owner(8).as_deref()), (Some("kim"), Some("acme/payments/api")));
            let mut identities: Vec<_> = report.findings.iter().map(Finding::identity).collect();
            identities.sort();
            seen.push(identities);
        }
        seen.dedup();
        assert_eq!(seen.len(), 1);
    }

    /// An administrator's list calls every token a personal one.
    #[test]
    fn a_bots_token_is_judged_as_what_it_is() {
        let row = |id: u64, user: u64, name: &str| {
            format!(
                r#"{{"id":{id},"name":"{name}","revoked":false,"active":true,"created_at":"2026-10-01T08:00:00.000Z","scopes":["api"],"user_id":{user},"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":"2027-02-01"}}"#
            )
        };
        let tokens = [
            row(1, 901, "jenkins"),
            row(2, 902, "jenkins"),
            row(3, 903, "jenkins"),
            row(4, 904, "jenkins deploy"),
            row(5, 905, "jenkins"),
            row(6, 906, "jenkins"),
        ];
        let tokens = format!("[\n{}\n]", tokens.join(",\n"));
        let user = |id: u64, name: &str, bot: &str| {
            format!(r#"{{"id":{id},"username":"{name}","name":"N","state":"active","is_admin":false{bot}}}"#)
        };
        let users = [
            user(901, "project_318_bot_5a1f", ""),
            user(902, "group_42_bot1", ""),
            user(903, "deployer", r#","bot":true"#),
            user(904, "kim", r#","bot":false"#),
            user(905, "lee", ""),
        ];
        let users = format!("[{}]", users.join(","));
        let inputs = |names: &[&str]| -> Vec<Input> {
            let of = [("tokens.json", tokens.as_str()), ("users.json", &users), ("projects.json", PROJECTS)];
            of.iter().filter(|(name, _)| names.contains(name)).map(|(name, text)| Input::new(*name, *text)).collect()
        };
        let alone = crate::audit(inputs(&["tokens.json"]), &context());
        let joined = crate::audit(inputs(&["tokens.json", "users.json", "projects.json"]), &context());
        let of = |report: &Report, id: u64, rule: &str| {
            let about = |finding: &&Finding| {
                finding.rule.id == rule
                    && finding.subject.as_ref().is_some_and(|subject| subject.id == Some(SubjectId::Number(id)))
            };
            report.findings.iter().find(about).cloned()
        };
        for id in 1..=6 {
            assert!(of(&alone, id, "personal-token-for-automation").is_some(), "{id}");
        }
        for (id, kind, owner) in [
            (1, "project_access_token", Some("acme/payments/api")),
            (2, "group_access_token", Some("group_42_bot1")),
            (3, "service_account_token", Some("deployer")),
        ] {
            assert!(of(&joined, id, "personal-token-for-automation").is_none(), "{id}");
            let broad = of(&joined, id, "scope-too-broad").unwrap_or_else(|| panic!("{id}"));
            let subject = broad.subject.as_ref().unwrap();
            assert_eq!((subject.kind, subject.owner.as_ref().map(ToString::to_string).as_deref()), (kind, owner));
            assert!(broad.message.as_str().contains("By the list of users its owner"), "{}", broad.message);
            assert_eq!(broad.place.map(|place| place.line), Some(usize::try_from(id).unwrap() + 1));
        }
        // A person is one where the list says so; a name alone is none.
        let kim = of(&joined, 4, "personal-token-for-automation").unwrap();
        assert_eq!(kim.confidence, Confidence::Likely);
        assert!(!kim.message.as_str().contains("does not say whether"), "{}", kim.message);
        for id in [5, 6] {
            let unknown = of(&joined, id, "personal-token-for-automation").unwrap();
            assert!(unknown.message.as_str().contains("does not say whether"), "{}", unknown.message);
        }
        let count =
            |report: &Report| report.findings.iter().filter(|finding| finding.rule.id == "scope-too-broad").count();
        assert_eq!(count(&joined), count(&alone));
    }

    /// The administrator's list and the project's own show the same token: the project's says more, and is judged alone.
    #[test]
    fn a_token_that_its_own_list_shows_too_is_told_of_once() {
        let row = |more: &str| {
            format!(
                r#"[{{"id":8,"name":"jenkins","revoked":false,"active":true,"created_at":"2026-10-01T08:00:00.000Z","scopes":["read_api"],"user_id":901,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":null{more}}}]"#
            )
        };
        let (all, own) = (row(""), row(r#","access_level":20,"resource_type":"project","resource_id":318"#));
        let users = r#"[{"id":901,"username":"project_318_bot_5a1f","name":"N","state":"active","bot":true}]"#;
        let mut files = [("all.json", all.as_str()), ("own.json", &own), ("users.json", users)];
        for _ in 0..files.len() {
            files.rotate_left(1);
            let report = crate::audit(files.iter().map(|(name, text)| Input::new(*name, *text)).collect(), &context());
            let endless = report.findings.iter().filter(|finding| finding.rule.id == "token-never-expires");
            let inputs = endless.map(|finding| report.inputs[finding.input].name.to_string()).collect::<Vec<_>>();
            assert_eq!(inputs, ["own.json"]);
            assert!(report.findings.iter().all(|finding| finding.rule.id != "personal-token-for-automation"));
            assert!(report.blind_spots.is_empty(), "{:?}", report.blind_spots);
        }
    }

    #[test]
    fn a_finding_says_which_variable_may_hold_the_token_and_which_file_uses_it() {
        let token = r#"[{"id":501,"name":"mirror push","revoked":false,"active":true,"created_at":"2025-10-01T08:00:00.000Z","scopes":["api"],"user_id":9,"last_used_at":"2026-11-18T08:00:00.000Z","expires_at":null,"access_level":40,"resource_type":"project","resource_id":318}]"#;
        let variables = r#"[{"variable_type":"env_var","key":"MIRROR_PUSH_TOKEN","value":null,"hidden":true,"protected":true,"masked":true,"raw":true,"environment_scope":"*"}]"#;
        let projects =
            r#"[{"id":318,"path_with_namespace":"acme/payments/api"},{"id":319,"path_with_namespace":"acme/other"}]"#;
        let ci = "mirror:\n  script:\n    - git push \"https://x:$MIRROR_PUSH_TOKEN@gitlab.example.com/a/b.git\"\n";
        let files = [
            ("tokens.json", token),
            ("projects/318/variables.json", variables),
            ("projects.json", projects),
            ("src/acme/payments/api/.gitlab-ci.yml", ci),
            ("src/acme/other/.gitlab-ci.yml", ci),
        ];
        let report = crate::audit(files.iter().map(|(name, text)| Input::new(*name, *text)).collect(), &context());
        let finding = report.findings.iter().find(|finding| finding.rule.id == "token-never-expires").unwrap();
        let asked = finding.advice.iter().find(|step| step.text.as_str().starts_with("Tell the consumers")).unwrap();
        assert!(
            asked.text.as_str().contains("`MIRROR_PUSH_TOKEN` of acme/payments/api (masked, protected; used in src/acme/payments/api/.gitlab-ci.yml:3)")
                && asked.text.as_str().ends_with(" likely holds it, by its name: look there first."),
            "{}",
            asked.text
        );
        let alone = crate::audit(vec![Input::new("tokens.json", token)], &context());
        let finding = alone.findings.iter().find(|finding| finding.rule.id == "token-never-expires").unwrap();
        assert!(finding.advice.iter().all(|step| !step.text.as_str().contains("look there first")));
    }

    #[test]
    fn a_trigger_tokens_owner_is_gone_by_another_list() {
        let trigger = r#"[{"id":7,"token":"abcd","description":"cms","created_at":"2026-05-01T10:00:00.000Z","updated_at":"2026-05-01T10:00:00.000Z","last_used":"2026-11-18T10:00:00.000Z","expires_at":null,"owner":{"id":9,"username":"kim","name":"Kim","state":"active"}}]"#;
        let report = crate::audit(
            vec![Input::new("project-318-triggers.json", trigger), Input::new("users.json", USERS)],
            &context(),
        );
        let gone = report.findings.iter().find(|finding| finding.rule.id == "token-owner-gone").unwrap();
        assert_eq!(gone.confidence, Confidence::Likely);
        assert!(gone.message.as_str().contains("Another of the files"), "{}", gone.message);
    }

    #[test]
    fn an_owner_in_the_same_file_is_told_of_once() {
        let one = format!("{TOKENS}\n{USERS}");
        let report = crate::audit(vec![Input::new("all.json", one), Input::new("users.json", USERS)], &context());
        let gone = report.findings.iter().filter(|finding| finding.rule.id == "token-owner-gone");
        assert_eq!(gone.map(|finding| finding.confidence).collect::<Vec<_>>(), [Confidence::Certain]);
    }

    #[test]
    fn a_name_alone_is_a_guess() {
        let tokens = "id,name,username,scopes,created_at,last_used_at,expires_at\n7,a,kim,api,2026-10-01,2026-11-18,2027-02-01\n";
        let report = crate::audit(vec![Input::new("tokens.csv", tokens), Input::new("users.json", USERS)], &context());
        let gone = report.findings.iter().find(|finding| finding.rule.id == "token-owner-gone").unwrap();
        assert_eq!(gone.confidence, Confidence::Possible);
    }

    #[test]
    fn rows_that_are_alike_have_names_of_their_own() {
        let row = "ci,api,2026-10-01,2026-10-02,2031-02-01\n";
        let text = format!("name,scopes,created_at,last_used_at,expires_at\n{}", row.repeat(3));
        let report = crate::audit(vec![Input::new("tokens.csv", text)], &context());
        let mut identities: Vec<_> = report.findings.iter().map(Finding::identity).collect();
        assert!(identities.len() >= 6, "{identities:?}");
        let count = identities.len();
        identities.sort();
        identities.dedup();
        assert_eq!(identities.len(), count, "{identities:?}");
    }
}

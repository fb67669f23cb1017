use super::settings::{OwnerCalls, Settings, Thing, count, named, step};
use super::{Check, Judgement, rule};
use crate::inventory::{DeployKey, Inventory};
use crate::report::{Advice, Confidence, Finding, SubjectId};
use crate::say;
use crate::text::{Name, Text};

rule! {
    /// A deploy key may push.
    ///
    /// A key whose last day has passed is left out.
    ///
    /// ## Why it matters
    ///
    /// Most deploy keys sit on servers that fetch code. One that may also push lets whoever takes it from there change what the
    /// project builds and ships, in the name of the person who enabled the key, and start pipelines with that person's rights.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-deploy-keys.json
    /// [{"id": 11, "title": "ansible@bastion", "key": "ssh-ed25519 AAAA", "created_at": "2026-01-10T00:00:00.000Z",
    ///   "expires_at": "2027-01-10T00:00:00.000Z", "can_push": true}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-deploy-keys.json
    /// [{"id": 12, "title": "ansible@bastion", "key": "ssh-ed25519 AAAA", "created_at": "2026-01-10T00:00:00.000Z",
    ///   "expires_at": "2027-01-10T00:00:00.000Z", "can_push": false}]
    /// ```
    ///
    /// ## What to do
    ///
    /// If the machine only fetches, take the permission away: the key stays, and fetching goes on. If a job of the project
    /// pushes with it, the job token can do that since 18.4 where the project allows it. If something outside has to push,
    /// keep the key to that one project and protect the branches it must not reach.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/deploy_keys/#permissions>
    /// - <https://docs.gitlab.com/api/deploy_keys/#update-a-deploy-key>
    "deploy-key-can-push", "a deploy key may push", Medium, Check::Inventory(check),
}

/// The key as a finding's row.
pub(super) fn thing(key: &DeployKey) -> Thing<'_> {
    Thing {
        kind: "deploy_key",
        id: key.id.map(SubjectId::Number).or_else(|| key.fingerprint_sha256.clone().map(SubjectId::Key)),
        name: key.title.as_ref(),
        span: key.span,
        row: key.row,
    }
}

/// Can it still be used?
pub(super) fn is_alive(key: &DeployKey, judgement: &Judgement<'_>) -> bool {
    key.expires_on.is_none_or(|day| day > judgement.context.today)
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    for key in inventory.deploy_keys.iter().filter(|key| is_alive(key, judgement)) {
        // A list of the whole instance names the projects instead of saying "this one".
        let elsewhere: Vec<&Name> =
            key.projects.iter().flatten().filter(|project| project.write == Some(true)).filter_map(|project| project.path.as_ref()).collect();
        let here = key.write_to_this_project == Some(true);
        if here || key.write_to_this_project.is_none() && !elsewhere.is_empty() {
            findings.push(finding(&settings, key, here, &elsewhere));
        }
    }
}

fn finding(settings: &Settings<'_>, key: &DeployKey, here: bool, elsewhere: &[&Name]) -> Finding {
    let name = named("deploy key", key.title.as_ref(), key.id);
    let mut message = if here {
        let whose = settings.whose();
        say![&name, " may push to ", if whose.is_empty() { say!["the project"] } else { whose }, "."]
    } else if elsewhere.len() > 3 {
        say![&name, " may push to ", count(elsewhere.len(), "project", "projects"), "."]
    } else {
        say![&name, " may push to ", Text::list(elsewhere, "and"), "."]
    };
    message.push(
        " Whoever holds its private half can change code there, as the person who enabled it. Nothing in the row shows whether it \
         pushes.",
    );
    match (key.last_used_at, key.never_expires) {
        (Some(at), _) => message.push(" It was last used, for fetching or pushing, on ").push(at.date()).push("."),
        (None, Some(true)) => message.push(" It never ends by itself."),
        (None, _) => &mut message,
    };
    let row = key.id.map(|id| say![id]);
    let edit = match &key.title {
        Some(title) => say!["Settings > Repository > Deploy keys > `", title, "` > Edit > Grant write permissions to this key"],
        None => say!["Settings > Repository > Deploy keys > the key > Edit > Grant write permissions to this key"],
    };
    let calls = OwnerCalls::of_project("PUT /projects/:project_id/deploy_keys/:key_id");
    let mut text = say!["If it only fetches, take write permission away. The key stays. A push with it is refused from then on. Needs: Maintainer, `api`."];
    if !here && elsewhere.len() > 1 {
        text.push(" Do it in each of the projects.");
    }
    let advice = vec![
        Advice::step(say!["Ask whoever has the machine: does it push, or only fetch? A mirror pushes; a deployment script rarely does."]),
        step(text, settings.at(edit), settings.command(calls, row.as_ref(), Some(say!["can_push=false"]))),
        Advice::step(say!["If it has to push, protect the branches and tags it must not change, and do not name the key among those allowed to push there."])
            .at(settings.at(say!["Settings > Repository > Protected branches"])),
    ];
    let title = say!["Deploy key that may push"];
    settings.finding(&RULE, thing(key), title, message, advice).confidence(Confidence::Certain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::DeployKeyProject;
    use crate::rules::sample::{judged, letter, only, project, today};

    fn keys(keys: Vec<DeployKey>) -> Vec<Finding> {
        only("deploy-key-can-push", judged(Inventory { deploy_keys: keys, ..project(Vec::new()) }))
    }

    fn pushing() -> DeployKey {
        let title = Some(Name::new("ansible@bastion"));
        DeployKey { id: Some(11), title, write_to_this_project: Some(true), never_expires: Some(true), ..DeployKey::default() }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&keys(vec![pushing()])[0]));
    }

    #[test]
    fn reading_unknown_and_ended_keys_are_left_out() {
        assert!(keys(vec![DeployKey { write_to_this_project: Some(false), ..pushing() }]).is_empty());
        assert!(keys(vec![DeployKey { write_to_this_project: None, ..pushing() }]).is_empty());
        assert!(keys(vec![DeployKey { expires_on: Some(today()), ..pushing() }]).is_empty());
        assert_eq!(keys(vec![DeployKey { expires_on: Some(today().plus_days(1)), ..pushing() }]).len(), 1);
    }

    #[test]
    fn an_instances_list_names_the_projects() {
        let path = |path: &str, write| DeployKeyProject { path: Some(Name::new(path)), write: Some(write) };
        let key = DeployKey { write_to_this_project: None, projects: Some(vec![path("a/b", true), path("a/c", false)]), ..pushing() };
        let found = keys(vec![key.clone()]);
        assert!(found[0].message.as_str().contains("may push to a/b."), "{}", found[0].message);
        // Another project lets it push, this one does not: that is for the other one to judge.
        assert!(keys(vec![DeployKey { write_to_this_project: Some(false), ..key }]).is_empty());
    }

    #[test]
    fn two_keys_are_two_findings_with_names_of_their_own() {
        let found = keys(vec![pushing(), DeployKey { id: Some(12), ..pushing() }]);
        assert_eq!(found.len(), 2);
        assert_ne!(found[0].identity(), found[1].identity());
        assert_eq!(found[0].identity(), "deploy-key-can-push:deploy_key:acme/payments/api:11");
    }
}

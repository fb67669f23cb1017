use super::deploy_key_can_push::{is_alive, thing};
use super::settings::{OwnerCalls, Settings, count, last_step, named, step};
use super::{Check, Judgement, rule};
use crate::inventory::{DeployKey, Inventory};
use crate::report::{Advice, Finding, Severity};
use crate::say;
use crate::text::{Name, Text};

rule! {
    /// One deploy key opens several projects.
    ///
    /// Low; medium when it may push to one of them.
    ///
    /// ## Why it matters
    ///
    /// A key that opens five projects has to be changed in five places when one machine is lost, and until then all five stand
    /// open. Nobody sees in one of them what the others depend on.
    ///
    /// ## Bad
    ///
    /// ```json inventory deploy_keys.json
    /// [{"id": 13, "title": "shared key", "key": "ssh-ed25519 AAAA", "expires_at": "2027-01-10T00:00:00.000Z",
    ///   "projects_with_write_access": [],
    ///   "projects_with_readonly_access": [{"id": 1, "path_with_namespace": "acme/api"},
    ///                                     {"id": 2, "path_with_namespace": "acme/web"}]}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory deploy_keys.json
    /// [{"id": 14, "title": "api on host 3", "key": "ssh-ed25519 AAAA", "expires_at": "2027-01-10T00:00:00.000Z",
    ///   "projects_with_write_access": [], "projects_with_readonly_access": [{"id": 1, "path_with_namespace": "acme/api"}]}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Give each machine a key of its own in each project that it fetches from. A group deploy token with `read_repository`
    /// does the same over HTTPS for a whole group, with an end date, in one place. Then remove the shared key project by project.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/deploy_keys/#scope>
    /// - <https://docs.gitlab.com/api/deploy_keys/#delete-a-deploy-key>
    "deploy-key-shared", "one deploy key opens several projects", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    for key in inventory.deploy_keys.iter().filter(|key| is_alive(key, judgement)) {
        let hidden = key.projects_hidden.and_then(|hidden| usize::try_from(hidden).ok()).unwrap_or(0);
        let listed = key.projects.as_ref().map_or(0, Vec::len);
        if listed.saturating_add(hidden) > 1 {
            findings.push(finding(&settings, key, listed.saturating_add(hidden)));
        }
    }
}

fn finding(settings: &Settings<'_>, key: &DeployKey, projects: usize) -> Finding {
    let paths: Vec<&Name> = key.projects.iter().flatten().filter_map(|project| project.path.as_ref()).collect();
    let mut message = say![named("deploy key", key.title.as_ref(), key.id), " opens ", count(projects, "project", "projects")];
    let shown = paths.get(..5).unwrap_or(&paths);
    match (shown, projects - shown.len()) {
        ([], _) => message.push("."),
        (_, 0) => message.push(": ").push(Text::list(shown, "and")).push("."),
        (_, more) => {
            let mut names: Vec<Text> = shown.iter().map(|path| say![path]).collect();
            names.push(say![more, " more"]);
            message.push(": ").push(Text::list(&names, "and")).push(".")
        }
    };
    message.push(" Whoever holds its private half can fetch all of them");
    let writes = key.write_to_this_project == Some(true) || key.projects.iter().flatten().any(|project| project.write == Some(true));
    message.push(if writes { ", and push where it may write." } else { "." });
    if let Some(at) = key.last_used_at {
        message.push(" It was last used on ").push(at.date()).push("; GitLab does not say in which project.");
    }
    let row = key.id.map(|id| say![id]);
    let keys = || settings.at(say!["Settings > Repository > Deploy keys"]);
    let calls = OwnerCalls::of_project("DELETE /projects/:project_id/deploy_keys/:key_id");
    let advice = vec![
        Advice::step(say!["Find out which machines hold its private half, and what each of them fetches."]),
        step(say!["Make a key on each machine and enable it, read-only and with an end date, in the one project it needs; where a machine needs many projects of one group, a group deploy token with `read_repository`."], keys(), None),
        last_step(
            say!["When nothing uses the shared key here any more, remove it from this project: what still fetches with it stops at once. In the other projects it goes on working until it is removed there. Needs: Maintainer, `api`."],
            keys(),
            settings.command(calls, row.as_ref(), None),
        ),
    ];
    let title = say!["Deploy key shared by ", projects, " projects"];
    let severity = if writes { Severity::Medium } else { RULE.severity };
    settings.finding(&RULE, thing(key), title, message, advice).severity(severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::DeployKeyProject;
    use crate::rules::sample::{judged, letter, only, project};

    fn of(projects: &[(&str, bool)], hidden: Option<u64>) -> Vec<Finding> {
        let row = |(path, write): &(&str, bool)| DeployKeyProject { path: Some(Name::new(path)), write: Some(*write) };
        let key = DeployKey {
            id: Some(13),
            title: Some(Name::new("shared key")),
            projects: Some(projects.iter().map(row).collect()),
            projects_hidden: hidden,
            ..DeployKey::default()
        };
        only("deploy-key-shared", judged(Inventory { deploy_keys: vec![key], ..project(Vec::new()) }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(&[("acme/payments/api", true)], Some(4))[0]));
    }

    #[test]
    fn one_project_is_fine_and_hidden_ones_count() {
        assert!(of(&[("a/b", false)], Some(0)).is_empty());
        assert!(of(&[("a/b", false)], None).is_empty());
        assert_eq!(of(&[("a/b", false), ("a/c", false)], None)[0].severity, Severity::Low);
        assert_eq!(of(&[("a/b", false)], Some(1)).len(), 1);
        assert!(of(&[], Some(u64::MAX)).len() <= 1);
    }
}

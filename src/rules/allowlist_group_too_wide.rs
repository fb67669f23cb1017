use super::allowlist::{Allowlist, callers_of, is_group};
use super::settings::count;
use super::{Check, Judgement, rule};
use crate::inventory::{AllowlistEntry, AuthLogEntry, EntryKind, Inventory};
use crate::report::{Advice, Confidence, Finding};
use crate::say;
use crate::text::{Name, Text};
use std::collections::BTreeSet;

rule! {
    /// A group is on the job token allowlist, and the authentication log shows only few projects of it that come in.
    ///
    /// It needs the allowlist and the whole authentication log in one input. Up to five callers count as few. Where a list of
    /// the group's projects is there too and every one of them calls, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// A group's entry lets in every project below it, also those that are made next year by people who do not know of this
    /// list. Each of them can be the way in for whoever may run a pipeline there.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"projectsAllowlist": {"nodes": []}, "groupsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target": {"__typename": "CiJobTokenAccessibleGroup",
    ///      "id": "gid://gitlab/Group/42", "fullPath": "acme/platform"}}]}},
    ///   "ciJobTokenAuthLogs": {"count": 1, "nodes": [
    ///     {"lastAuthorizedAt": "2026-11-19T20:00:00Z", "originProject": {"fullPath": "acme/platform/deployer"}}]}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/platform/deployer"}}]}},
    ///   "ciJobTokenAuthLogs": {"count": 1, "nodes": [
    ///     {"lastAuthorizedAt": "2026-11-19T20:00:00Z", "originProject": {"fullPath": "acme/platform/deployer"}}]}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Add each of the callers as a project, then remove the group. The log holds the last success of each caller; one that
    /// runs once a quarter can be missing, so ask the group's owners first.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#add-a-group-or-project-to-the-job-token-allowlist>
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-authentication-log>
    "allowlist-group-too-wide", "a group is let in where a few projects come", Medium, Check::Inventory(check),
}

/// More callers than this, and a group's entry is the better list.
const FEW: usize = 5;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    let Some(callers) = list.callers() else { return };
    let projects = list.entries().filter(|entry| entry.kind == Some(EntryKind::Project));
    let mut own = BTreeSet::new();
    own.extend(projects.filter_map(|entry| Some(entry.path.as_ref()?.as_str().to_lowercase())));
    for entry in list.entries().filter(|entry| is_group(entry)) {
        let seen: Vec<&AuthLogEntry> = callers_of(&callers, entry).take(FEW + 1).collect();
        if (1..=FEW).contains(&seen.len()) && !are_all(inventory, entry, seen.len()) {
            findings.push(finding(&list, entry, &seen, &own));
        }
    }
}

/// Does the inventory list the group's projects, and no more than these?
fn are_all(inventory: &Inventory, entry: &AllowlistEntry, seen: usize) -> bool {
    let Some(path) = &entry.path else { return false };
    let below = |name: &Name| {
        let (name, path) = (name.as_str().to_lowercase(), path.as_str().to_lowercase());
        name.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'))
    };
    let listed = inventory.projects.iter().filter(|project| project.path.as_ref().is_some_and(below)).count();
    (1..=seen).contains(&listed)
}

fn finding(list: &Allowlist<'_>, entry: &AllowlistEntry, seen: &[&AuthLogEntry], own: &BTreeSet<String>) -> Finding {
    let paths: Vec<&Name> = seen.iter().filter_map(|caller| caller.path.as_ref()).collect();
    let missing: Vec<&Name> = paths.iter().filter(|path| !own.contains(&path.as_str().to_lowercase())).copied().collect();
    let mut message = say![
        Allowlist::name(entry), " lets in every project below it, now and later. The authentication log shows ",
        count(seen.len(), "caller", "callers"), " from there: ", Text::list(&paths, "and"), "."
    ];
    if missing.is_empty() {
        message.push(if paths.len() == 1 { " It has" } else { " They have" });
        message.push(" an entry of its own, which is the one that counts: the nearest entry does.");
    }
    message.push(" The log keeps the last success of each caller; one that runs rarely can be missing.");
    let mut advice = vec![Advice::step(say!["Ask the group's owners whether other projects of it come in, once a quarter for example."])];
    if !missing.is_empty() {
        let text = say!["Add ", Text::list(&missing, "and"), " to the allowlist, with only the permissions needed (18.3 and newer)."];
        advice.push(super::settings::step(text, list.place(), None));
    }
    advice.push(list.remove(entry, say!["Remove the group."]));
    let title = match &entry.path {
        Some(path) => say!["The whole group ", path, " is let in for ", count(seen.len(), "caller", "callers")],
        None => say!["A whole group is let in for ", count(seen.len(), "caller", "callers")],
    };
    list.settings.finding(&RULE, Allowlist::thing(entry), title, message, advice).confidence(Confidence::Likely)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{JobToken, Namespace};
    use crate::rules::allowlist::sample::{entry, list, log, of};
    use crate::rules::sample::{judged, letter, only, project};

    fn with(callers: &[(&str, &str)], entries: Vec<AllowlistEntry>) -> JobToken {
        JobToken { auth_log: log(callers), ..list(entries) }
    }

    fn group() -> AllowlistEntry {
        entry(EntryKind::Group, "acme/platform", None)
    }

    const CALLER: (&str, &str) = ("acme/platform/deployer", "2026-11-19T20:00:00Z");

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("allowlist-group-too-wide", with(&[CALLER], vec![group()]))[0]));
    }

    #[test]
    fn a_caller_with_an_entry_of_its_own_needs_no_second() {
        let own = entry(EntryKind::Project, "acme/platform/deployer", Some(&[("read", "packages")]));
        let found = of("allowlist-group-too-wide", with(&[CALLER], vec![group(), own]));
        assert_eq!(found[0].advice.len(), 2, "nothing to add");
        assert!(found[0].message.as_str().contains("an entry of its own"));
    }

    #[test]
    fn without_a_whole_log_nothing_is_said() {
        assert!(of("allowlist-group-too-wide", list(vec![group()])).is_empty());
        let cut = JobToken { auth_log_count: Some(140), ..with(&[CALLER], vec![group()]) };
        assert!(of("allowlist-group-too-wide", cut).is_empty());
    }

    #[test]
    fn many_callers_none_or_all_of_a_small_group_are_fine() {
        let names: Vec<String> = (0..6).map(|index| format!("acme/platform/p{index}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "2026-11-19T20:00:00Z")).collect();
        assert!(of("allowlist-group-too-wide", with(&many, vec![group()])).is_empty());
        assert_eq!(of("allowlist-group-too-wide", with(&many[..5], vec![group()])).len(), 1);
        assert!(of("allowlist-group-too-wide", with(&[("acme/platform2/x", "")], vec![group()])).is_empty());
        let named = |path| Namespace { path: Some(Name::new(path)), ..Namespace::default() };
        let whole = |paths: &[&'static str]| Inventory {
            job_token: Some(with(&[CALLER], vec![group()])),
            projects: paths.iter().map(|path| named(path)).collect(),
            ..project(Vec::new())
        };
        assert!(only("allowlist-group-too-wide", judged(whole(&["acme/platform/deployer"]))).is_empty());
        assert_eq!(only("allowlist-group-too-wide", judged(whole(&["acme/platform/deployer", "acme/platform/b"]))).len(), 1);
    }
}

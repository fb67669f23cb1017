use super::allowlist::{Allowlist, is_group};
use super::{Check, Judgement, rule};
use crate::context::Version;
use crate::inventory::{AllowlistEntry, Inventory};
use crate::report::{Advice, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// An entry of the job token allowlist has no permissions of its own: whoever comes in by it may do all that a job token can.
    ///
    /// Low for a project, medium for a group. Nothing is said of GitLab before 18.3, which has no permissions to choose from.
    ///
    /// ## Why it matters
    ///
    /// Jobs run with the rights of whoever started them. If that is a Maintainer, a job of the listed project can publish
    /// packages, change releases and environments and write Terraform states here, though it came to download one package.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": true, "jobTokenPolicies": [], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Find out what its jobs do here, and choose "Fine-grained permissions" with that alone: cloning is Read on Repositories,
    /// downloading a package Read on Packages. Keep the default for callers of group-level npm, PyPI or Composer registries and
    /// of the container registry's API: no permission opens those.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    "allowlist-entry-unrestricted", "an allowlist entry has all permissions", Low, Check::Inventory(check),
}

/// Permissions are generally available from here on.
const SINCE: Version = Version::new(18, 3);

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory).filter(|list| !list.is_open()) else { return };
    if inventory.gitlab_version.or(judgement.context.gitlab_version).is_some_and(|version| version < SINCE) {
        return;
    }
    for entry in list.entries().filter(|entry| entry.default_permissions == Some(true)) {
        findings.push(finding(&list, entry));
    }
}

fn finding(list: &Allowlist<'_>, entry: &AllowlistEntry) -> Finding {
    let group = is_group(entry);
    let mut message = say![
        Allowlist::name(entry), " has the default permissions: ",
        if group { "jobs of every project below it" } else { "its jobs" },
        " may do here all that a job token can and the person who started them may: clone, publish packages, change releases, \
         environments and Terraform states."
    ];
    message.push(" Nothing here shows what it is used for.");
    let narrow = say![
        "Choose “Fine-grained permissions” with what they need: Read on Repositories for cloning, Read on Packages for installing. \
         Keep the default where they use group-level npm, PyPI or Composer registries or the container registry's API: no \
         permission opens those."
    ];
    let advice = vec![
        Advice::step(match &entry.path {
            Some(path) => say!["Search the CI configuration of ", path, " for this project's path, its clone address and its number: what do the jobs do here?"],
            None => say!["Search the callers' CI configuration for this project's path: what do their jobs do here?"],
        }),
        list.narrow(entry, narrow, ""),
    ];
    let severity = if group { Severity::Medium } else { RULE.severity };
    let what: Text = match &entry.path {
        Some(path) => say![path],
        None => say!["An allowlist entry"],
    };
    let title = say![what, " may do all that a job token can"];
    list.settings.finding(&RULE, Allowlist::thing(entry), title, message, advice).severity(severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::EntryKind;
    use crate::rules::allowlist::sample::{entry, list, of};
    use crate::rules::sample::{judged, letter, only, project};

    #[test]
    fn what_the_user_sees() {
        let found = of("allowlist-entry-unrestricted", list(vec![entry(EntryKind::Group, "acme/platform", None)]));
        insta::assert_snapshot!(letter(&found[0]));
    }

    #[test]
    fn the_project_itself_restricted_and_unknown_entries_are_left_out() {
        let of = |entry| of("allowlist-entry-unrestricted", list(vec![entry]));
        let web = || entry(EntryKind::Project, "acme/web", None);
        assert_eq!(of(web())[0].severity, Severity::Low);
        assert!(of(AllowlistEntry { current_project: Some(true), ..web() }).is_empty());
        assert!(of(AllowlistEntry { current_project: None, id: Some(318), ..web() }).is_empty(), "this project by its number");
        assert!(of(entry(EntryKind::Project, "acme/payments/api", None)).is_empty(), "this project by its path");
        assert_eq!(of(AllowlistEntry { id: Some(318), ..entry(EntryKind::Group, "acme", None) }).len(), 1, "a group's number");
        assert!(of(AllowlistEntry { default_permissions: None, ..web() }).is_empty());
        assert!(of(AllowlistEntry { default_permissions: Some(false), ..web() }).is_empty());
    }

    #[test]
    fn a_gitlab_without_permissions_is_not_blamed() {
        let job_token = Some(list(vec![entry(EntryKind::Project, "acme/web", None)]));
        let old = Inventory { job_token, gitlab_version: Some(Version::new(17, 9)), ..project(Vec::new()) };
        assert!(only("allowlist-entry-unrestricted", judged(old)).is_empty());
    }
}

use super::allowlist::{Allowlist, permissions};
use super::row::Capital;
use super::settings::step;
use super::{Check, Judgement, rule};
use crate::catalog::{JobTokenPermission, job_token_permission};
use crate::inventory::Inventory;
use crate::report::Finding;
use crate::say;
use crate::text::Text;

rule! {
    /// An entry of the job token allowlist has a permission that opens nothing any more, `READ_CONTAINERS` for example.
    ///
    /// One that is newer than this program's tables is not reported.
    ///
    /// ## Why it matters
    ///
    /// The entry promises what it does not give: the caller's jobs get a 403, and whoever reads the list believes that images
    /// are covered.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_CONTAINERS", "READ_PACKAGES"], "target":
    ///      {"__typename": "CiJobTokenAccessibleProject", "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target":
    ///      {"__typename": "CiJobTokenAccessibleProject", "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Take the permission off the entry. Where the caller pulls images of a private project, that works by the entry itself and
    /// the person's own rights; the container registry's API needs the default permissions.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    "allowlist-permission-deprecated", "an allowlist entry has a permission that opens nothing", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    let deprecated = |action: &str, resource: &str| job_token_permission(action, resource).filter(|facts| facts.deprecated);
    for entry in list.entries().filter(|entry| entry.default_permissions != Some(true)) {
        let policies = entry.policies.iter().flatten();
        let mut old: Vec<&JobTokenPermission> =
            policies.filter_map(|policy| deprecated(policy.action.as_str(), policy.resource.as_str())).collect();
        old.dedup_by_key(|facts| facts.permission);
        let [first, ..] = old.as_slice() else { continue };
        let names: Vec<Text> = old.iter().map(|facts| say!["`", facts.permission, "`"]).collect();
        let names = Text::list(&names, "and");
        let message = say![Allowlist::name(entry), " has ", &names, ". ", Capital(first.note), ". Jobs that rely on it are refused."];
        let kept = permissions(entry, |action, resource| deprecated(action, resource).is_none());
        let text = say!["Take ", &names, " off the entry."];
        let advice = if kept.is_empty() {
            let text = say!["Take ", &names, " off the entry, and give it what its jobs need instead, or remove it: nothing else is chosen."];
            vec![step(text, list.place(), None)]
        } else {
            vec![list.narrow(entry, text, &kept)]
        };
        let title = match &entry.path {
            Some(path) => say![names, " opens nothing for ", path],
            None => say![names, " opens nothing"],
        };
        findings.push(list.settings.finding(&RULE, Allowlist::thing(entry), title, message, advice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::EntryKind;
    use crate::rules::allowlist::sample::{entry, list, of};
    use crate::rules::sample::letter;

    fn with(policies: &[(&str, &str)]) -> Vec<Finding> {
        of("allowlist-permission-deprecated", list(vec![entry(EntryKind::Project, "acme/web", Some(policies))]))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&with(&[("read", "containers"), ("read", "packages")])[0]));
    }

    #[test]
    fn new_and_current_permissions_are_fine() {
        assert!(with(&[("read", "packages"), ("read", "moon"), ("admin", "repositories")]).is_empty());
        assert_eq!(with(&[("read", "containers"), ("admin", "containers"), ("admin", "jobs")]).len(), 1);
    }

    #[test]
    fn a_permission_cannot_leave_the_graphql_call() {
        let found = with(&[("read", "containers"), ("read", "x\"}) { y } #"), ("read", "packages")]);
        assert!(found[0].advice[0].text.as_str().contains("[READ_X  Y  , READ_PACKAGES]"), "{}", found[0].advice[0].text);
    }
}

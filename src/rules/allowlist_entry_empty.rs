use super::allowlist::{Allowlist, callers_of};
use super::{Check, Judgement, rule};
use crate::inventory::{AllowlistEntry, Inventory};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// An entry of the job token allowlist has fine-grained permissions, and none is chosen.
    ///
    /// ## Why it matters
    ///
    /// Such an entry looks like access and gives next to none: jobs get a 403 for everything that permissions control. It also
    /// outranks a wider entry: for a project that is listed itself, its group's entry no longer counts.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": [], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_REPOSITORIES"], "target":
    ///      {"__typename": "CiJobTokenAccessibleProject", "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask whoever added it what it was for. Give it the one permission it needs, or remove it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    "allowlist-entry-empty", "an allowlist entry without any permission", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory).filter(|list| !list.is_open()) else { return };
    let empty = |entry: &&AllowlistEntry| {
        entry.default_permissions == Some(false) && entry.policies.as_ref().is_some_and(Vec::is_empty)
    };
    let callers = list.callers();
    for entry in list.entries().filter(empty) {
        let mut message = say![
            Allowlist::name(entry), " has fine-grained permissions, and none is chosen: its jobs get a 403 for everything that \
             permissions control. A group's entry above it does not help: the nearest entry counts."
        ];
        let last = callers.as_ref().and_then(|callers| callers_of(callers, entry).filter_map(|seen| seen.last_authorized_at).max());
        if let Some(at) = last {
            message.push(" The authentication log shows a success on ").push(at.date());
            message.push(": it may have had permissions then, or used what none is needed for.");
        }
        let advice = vec![
            Advice::step(say!["Ask whoever added it, and the owners of the caller, what it was for."]),
            list.narrow(entry, say!["If it is needed, give it the one permission it needs, for example Read on Repositories."], ""),
            list.remove(entry, say!["If it is not, remove it. A group's entry above it counts again then."]),
        ];
        let title = match &entry.path {
            Some(path) => say![path, " is on the allowlist without any permission"],
            None => say!["An allowlist entry without any permission"],
        };
        findings.push(list.settings.finding(&RULE, Allowlist::thing(entry), title, message, advice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{EntryKind, JobToken};
    use crate::rules::allowlist::sample::{entry, list, log, of};
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let entries = vec![entry(EntryKind::Project, "thirdparty/scanner", Some(&[]))];
        let settings = JobToken { auth_log: log(&[("thirdparty/scanner", "2026-10-01T11:12:13Z")]), ..list(entries) };
        insta::assert_snapshot!(letter(&of("allowlist-entry-empty", settings)[0]));
    }

    #[test]
    fn only_a_known_empty_list_counts() {
        let of = |entry| of("allowlist-entry-empty", list(vec![entry])).len();
        let empty = || entry(EntryKind::Project, "a/b", Some(&[]));
        assert_eq!(of(empty()), 1);
        assert_eq!(of(entry(EntryKind::Project, "a/b", None)), 0, "default permissions");
        assert_eq!(of(entry(EntryKind::Project, "a/b", Some(&[("read", "moon")]))), 0);
        assert_eq!(of(AllowlistEntry { policies: None, ..empty() }), 0);
        assert_eq!(of(AllowlistEntry { default_permissions: None, ..empty() }), 0);
    }
}

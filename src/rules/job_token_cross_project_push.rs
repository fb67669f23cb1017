use super::allowlist::Allowlist;
use super::job_token_open_to_all::thing;
use super::settings::{count, step};
use super::{Check, Judgement, rule};
use crate::inventory::{AllowlistEntry, Inventory};
use crate::report::Finding;
use crate::say;
use crate::text::{Name, Text};

rule! {
    /// Jobs of other projects may push to this project's repository with their job token.
    ///
    /// It takes three switches: the push setting, the one for other projects, and an allowlist entry with the default
    /// permissions or `ADMIN_REPOSITORIES`. Where the source shows one of them off, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// Whoever can change a pipeline in a listed project can change the code of this one, as soon as a Developer of this project
    /// starts that pipeline. Such a push starts no pipeline here, so nothing checks it.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciCdSettings": {"inboundJobTokenScopeEnabled": true, "pushRepositoryForJobTokenAllowed": true,
    ///                    "crossProjectPushForJobTokenAllowed": true},
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["ADMIN_REPOSITORIES"], "target":
    ///      {"__typename": "CiJobTokenAccessibleProject", "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciCdSettings": {"inboundJobTokenScopeEnabled": true, "pushRepositoryForJobTokenAllowed": false,
    ///                    "crossProjectPushForJobTokenAllowed": false}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// If no other project has to push, switch it off. If one does, give that one alone `ADMIN_REPOSITORIES`, take the default
    /// permissions from all other entries, and protect the branches it must not change.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#allow-git-push-requests-to-your-project-repository>
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    "job-token-cross-project-push", "other projects' jobs may push with their job token", High, Check::Inventory(check),
}

/// May this entry's jobs push, as far as the entry goes? Unknown permissions count as yes.
fn may_push(entry: &AllowlistEntry) -> bool {
    let granted = |policy: &crate::inventory::Policy| {
        policy.action.as_str().eq_ignore_ascii_case("admin") && policy.resource.as_str().eq_ignore_ascii_case("repositories")
    };
    entry.default_permissions != Some(false) || entry.policies.as_ref().is_none_or(|policies| policies.iter().any(granted))
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    let job_token = list.job_token;
    if job_token.cross_project_push_allowed != Some(true) || job_token.push_to_repository_allowed == Some(false) {
        return;
    }
    let pushing: Vec<&AllowlistEntry> = list.entries().filter(|entry| may_push(entry)).collect();
    let known = job_token.allowlist.is_some();
    if known && pushing.is_empty() {
        return;
    }
    let whose = list.settings.whose();
    let whose = if whose.is_empty() { say!["this project"] } else { whose };
    let mut message = say!["Jobs of other projects may push to ", whose, " with their job token, as the person who started them, if that person is a Developer or more here."];
    let paths: Vec<&Name> = pushing.iter().filter_map(|entry| entry.path.as_ref()).collect();
    let shown = paths.get(..5).unwrap_or(&paths);
    if !known {
        message.push(" Who is on the allowlist is not shown here.");
    } else if shown.len() == pushing.len() {
        message.push(" By the allowlist, those of ").push(Text::list(shown, "and")).push(".");
    } else {
        message.push(" By the allowlist, those of ").push(count(pushing.len(), "entry", "entries")).push(".");
    }
    message.push(" Such a push starts no pipeline, so nothing checks what it brought.");
    let advice = vec![
        step(say!["Ask the callers' owners which of them pushes here."], list.place(), None),
        step(say!["If none does, switch off pushing from allowlisted projects. A job that pushes is refused from then on. Needs: Maintainer."], list.place(), None),
        step(say!["If one does, give that entry alone `ADMIN_REPOSITORIES`, and the others permissions without it."], list.place(), None),
    ];
    findings.push(list.settings.finding(&RULE, thing(), say!["Other projects' jobs may push to the repository"], message, advice));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{EntryKind, JobToken};
    use crate::rules::allowlist::sample::{entry, list, of};
    use crate::rules::sample::letter;

    fn push(entries: Vec<AllowlistEntry>) -> JobToken {
        JobToken { push_to_repository_allowed: Some(true), cross_project_push_allowed: Some(true), ..list(entries) }
    }

    fn admin() -> AllowlistEntry {
        entry(EntryKind::Project, "acme/web", Some(&[("admin", "repositories")]))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("job-token-cross-project-push", push(vec![admin()]))[0]));
    }

    #[test]
    fn all_three_switches_have_to_be_on() {
        let rule = "job-token-cross-project-push";
        assert_eq!(of(rule, push(vec![entry(EntryKind::Group, "acme", None)])).len(), 1);
        assert!(of(rule, push(vec![entry(EntryKind::Project, "acme/web", Some(&[("read", "repositories")]))])).is_empty());
        assert!(of(rule, push(Vec::new())).is_empty());
        assert!(of(rule, JobToken { push_to_repository_allowed: Some(false), ..push(vec![admin()]) }).is_empty());
        assert!(of(rule, JobToken { cross_project_push_allowed: None, ..push(vec![admin()]) }).is_empty());
        assert_eq!(of(rule, JobToken { allowlist: None, ..push(Vec::new()) }).len(), 1, "an unknown list");
    }
}

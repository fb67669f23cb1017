use super::allowlist::{Allowlist, is_group};
use super::job_token_open_to_all::thing;
use super::settings::step;
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::{Finding, Severity};
use crate::say;

rule! {
    /// The job token allowlist has 180 or more of the 200 entries that GitLab documents as its limit.
    ///
    /// Low; medium from 200 on. The project itself takes no entry.
    ///
    /// ## Why it matters
    ///
    /// When the list is full, the next caller cannot be added, and what people do then in a hurry is to add a whole group or to
    /// switch the list off.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScope": {"inboundAllowlistCount": 170, "groupsAllowlistCount": 21}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScope": {"inboundAllowlistCount": 17, "groupsAllowlistCount": 2}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Remove entries that the authentication log does not show. Where a group holds nothing but callers, one entry for the
    /// group replaces many.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#add-a-group-or-project-to-the-job-token-allowlist>
    "allowlist-near-limit", "the job token allowlist is nearly full", Low, Check::Inventory(check),
}

/// The limit in GitLab's documents, for groups and projects together. The program checks two limits of this size.
const LIMIT: u64 = 200;

/// From here on it is reported.
const NEAR: u64 = 180;

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    // A list can be cut to a page, a count cannot. The count of projects includes this one.
    let listed_groups = list.entries().filter(|entry| is_group(entry)).count() as u64;
    let listed_projects = list.entries().count() as u64 - listed_groups;
    let groups = list.job_token.group_count.unwrap_or(0).max(listed_groups);
    let projects = list.job_token.project_count.unwrap_or(0).saturating_sub(1).max(listed_projects);
    let all = groups.saturating_add(projects);
    if all < NEAR {
        return;
    }
    let message = say![
        "The allowlist", list.settings.inside(), " has ", all, " entries: ", projects, if projects == 1 { " project" } else { " projects" },
        " and ", groups, if groups == 1 { " group" } else { " groups" }, ". GitLab documents a limit of ", LIMIT,
        " for both together; some versions count the two apart. An entry beyond the limit is refused with “exceeds the allowable number”."
    ];
    let advice = vec![
        step(say!["Compare the list with the authentication log, and remove what nobody uses."], list.place(), None),
        step(say!["Where every project of a group comes in, put the group on the list in place of its projects. That also lets in those made later, so do it only for groups that you would let in as a whole."], list.place(), None),
    ];
    let severity = if all >= LIMIT { Severity::Medium } else { RULE.severity };
    let title = say!["The job token allowlist has ", all, " of ", LIMIT, " entries"];
    findings.push(list.settings.finding(&RULE, thing(), title, message, advice).severity(severity));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{AllowlistEntry, EntryKind, JobToken};
    use crate::rules::allowlist::sample::{entry, list, of};
    use crate::rules::sample::letter;

    fn listed(number: usize) -> Vec<AllowlistEntry> {
        (0..number).map(|index| entry(EntryKind::Project, &format!("acme/p{index}"), Some(&[("read", "packages")]))).collect()
    }

    #[test]
    fn what_the_user_sees() {
        let settings = JobToken { group_count: Some(21), project_count: Some(170), ..list(Vec::new()) };
        insta::assert_snapshot!(letter(&of("allowlist-near-limit", settings)[0]));
    }

    #[test]
    fn it_begins_at_180_without_the_project_itself() {
        assert!(of("allowlist-near-limit", list(listed(179))).is_empty());
        assert_eq!(of("allowlist-near-limit", list(listed(180)))[0].severity, Severity::Low);
        assert_eq!(of("allowlist-near-limit", list(listed(200)))[0].severity, Severity::Medium);
        let counted = |projects| JobToken { project_count: Some(projects), ..list(Vec::new()) };
        assert!(of("allowlist-near-limit", counted(180)).is_empty());
        assert_eq!(of("allowlist-near-limit", counted(181)).len(), 1);
        assert_eq!(of("allowlist-near-limit", counted(u64::MAX)).len(), 1);
        let mut with_itself = listed(179);
        with_itself.push(AllowlistEntry { current_project: Some(true), ..AllowlistEntry::default() });
        assert!(of("allowlist-near-limit", list(with_itself)).is_empty());
    }
}

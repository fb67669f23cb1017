use super::allowlist::{Allowlist, callers_of};
use super::{Check, Judgement, rule};
use crate::inventory::{AllowlistEntry, Inventory};
use crate::report::{Advice, Confidence, Finding};
use crate::say;
use crate::time::Date;

rule! {
    /// An entry of the job token allowlist that the authentication log shows no use of in the last 90 days.
    ///
    /// It needs the allowlist and the whole authentication log in one input. Likely where the log shows other callers, possible
    /// where it is empty.
    ///
    /// ## Why it matters
    ///
    /// Whoever may run a pipeline in the listed project can come in here. A way in that nobody uses is only of use to somebody
    /// who is not meant to.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}},
    ///   "ciJobTokenAuthLogs": {"count": 0, "nodes": []}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciJobTokenScopeAllowlist": {"groupsAllowlist": {"nodes": []}, "projectsAllowlist": {"nodes": [
    ///     {"defaultPermissions": false, "jobTokenPolicies": ["READ_PACKAGES"], "target": {"__typename": "CiJobTokenAccessibleProject",
    ///      "id": "gid://gitlab/Project/43", "fullPath": "acme/web"}}]}},
    ///   "ciJobTokenAuthLogs": {"count": 1, "nodes": [
    ///     {"lastAuthorizedAt": "2026-11-19T20:00:00Z", "originProject": {"fullPath": "acme/web"}}]}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask the caller's owners, and search their CI configuration for this project's path. The log holds successes only, and the
    /// last one of each caller; an entry made yesterday, or a job that runs once a year, looks the same. Then remove the entry.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-authentication-log>
    /// - <https://docs.gitlab.com/api/project_job_token_scopes/>
    "allowlist-entry-unused", "an allowlist entry that nobody was seen to use", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    let Some(callers) = list.callers() else { return };
    let confidence = if callers.is_empty() { Confidence::Possible } else { Confidence::Likely };
    for entry in list.entries().filter(|entry| entry.path.is_some()) {
        let mut seen = callers_of(&callers, entry).map(|seen| seen.last_authorized_at.map(|at| at.date())).peekable();
        if seen.peek().is_none() {
            findings.push(finding(&list, entry, None).confidence(confidence));
        } else if let Some(last) = seen.try_fold(None, |last: Option<Date>, day| day.map(|day| last.max(Some(day)))).flatten() {
            // A caller whose day is not told may have come today, so all days have to be known.
            if judgement.context.today.days_since(last) > judgement.context.thresholds.unused_days {
                findings.push(finding(&list, entry, Some(last)).confidence(confidence));
            }
        }
    }
}

fn finding(list: &Allowlist<'_>, entry: &AllowlistEntry, last: Option<Date>) -> Finding {
    let mut message = say![Allowlist::name(entry)];
    match last {
        Some(day) => message.push(" was last used on ").push(day).push(", as far as the authentication log shows."),
        None => message.push(" does not appear in the authentication log."),
    };
    message.push(
        " The log holds successes only, GitLab speaks of the last 30 days, and it does not say when the entry was made: a new \
         entry or a yearly job would look the same.",
    );
    let advice = vec![
        Advice::step(match &entry.path {
            Some(path) => say!["Ask the owners of ", path, ", and search the CI configuration there for this project's path and number."],
            None => say!["Ask the caller's owners."],
        }),
        list.remove(entry, say!["Then remove it."]),
    ];
    let title = match &entry.path {
        Some(path) => say!["Nobody was seen to use the entry for ", path],
        None => say!["An allowlist entry that nobody was seen to use"],
    };
    list.settings.finding(&RULE, Allowlist::thing(entry), title, message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Version;
    use crate::inventory::{EntryKind, JobToken};
    use crate::rules::allowlist::sample::{entry, list, log, of};
    use crate::rules::sample::{judged, letter, only, project, today};

    fn with(callers: &[(&str, &str)]) -> JobToken {
        JobToken { auth_log: log(callers), ..list(vec![entry(EntryKind::Project, "acme/web", Some(&[("read", "packages")]))]) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("allowlist-entry-unused", with(&[("acme/api", "2026-11-19T20:00:00Z")]))[0]));
    }

    #[test]
    fn ninety_days_are_fine_and_a_day_more_is_not() {
        let ago = |days: i64| format!("{}T10:00:00Z", today().plus_days(-days));
        assert!(of("allowlist-entry-unused", with(&[("acme/web", &ago(90))])).is_empty());
        assert_eq!(of("allowlist-entry-unused", with(&[("ACME/Web", &ago(91))])).len(), 1);
        assert!(of("allowlist-entry-unused", with(&[("acme/web", "when?")])).is_empty(), "used, on an unknown day");
    }

    #[test]
    fn a_log_that_is_missing_cut_or_too_old_proves_nothing() {
        assert!(of("allowlist-entry-unused", JobToken { auth_log: None, ..with(&[]) }).is_empty());
        assert!(of("allowlist-entry-unused", JobToken { auth_log_count: Some(101), ..with(&[]) }).is_empty());
        let old = Inventory { job_token: Some(with(&[])), gitlab_version: Some(Version::new(17, 9)), ..project(Vec::new()) };
        assert!(only("allowlist-entry-unused", judged(old)).is_empty());
        assert_eq!(of("allowlist-entry-unused", with(&[]))[0].confidence, Confidence::Possible);
    }

    #[test]
    fn a_caller_below_a_group_uses_the_groups_entry() {
        let groups = JobToken { allowlist: Some(vec![entry(EntryKind::Group, "acme", None)]), ..with(&[("acme/x/y", "2026-11-19T20:00:00Z")]) };
        assert!(of("allowlist-entry-unused", groups).is_empty());
    }
}

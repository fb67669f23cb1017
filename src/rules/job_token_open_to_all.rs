use super::allowlist::Allowlist;
use super::settings::{OwnerCalls, Thing, step};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::Finding;
use crate::say;
use crate::text::{Name, Text};

rule! {
    /// Every project of the instance may use its job token here: the allowlist is off.
    ///
    /// Nothing is said where the instance enforces the allowlist.
    ///
    /// ## Why it matters
    ///
    /// A job runs with the rights of the person who started it. With the allowlist off, a job of any project, also one that a
    /// stranger set up and a member of this project runs once, can clone this one, read its packages and artifacts, and write
    /// where that person may write.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-90-job_token_scope.json
    /// {"inbound_enabled": false, "outbound_enabled": false}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-90-job_token_scope.json
    /// {"inbound_enabled": true, "outbound_enabled": false}
    /// ```
    ///
    /// ## What to do
    ///
    /// Read the authentication log for the projects that came in lately, put those that should on the allowlist, with only the
    /// permissions they need (18.3 and newer), then choose "Only this project and any groups and projects in the allowlist".
    /// Who is on no list is refused from then on; a job that runs once a month may not be in the log.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#control-job-token-access-to-your-project>
    /// - <https://docs.gitlab.com/api/project_job_token_scopes/>
    "job-token-open-to-all", "every project's job token is let in", High, Check::Inventory(check),
}

/// The settings as a finding's row.
pub(super) fn thing<'a>() -> Thing<'a> {
    Thing { kind: "job_token", id: None, name: None, span: None, row: None }
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory).filter(Allowlist::is_open) else { return };
    let whose = list.settings.whose();
    let mut message = say![
        "Jobs of every project on the instance may come into ", if whose.is_empty() { say!["this project"] } else { whose },
        " with their job token. What they may do is what the person who started the job may do: a member of this project who runs \
         somebody else's pipeline opens it to that pipeline."
    ];
    let log = list.job_token.auth_log.as_deref();
    let callers: Vec<&Name> = log.into_iter().flatten().filter_map(|entry| entry.path.as_ref()).collect();
    let shown = callers.get(..5).unwrap_or(&callers);
    match (log, callers.len() - shown.len()) {
        (None, _) => &mut message,
        (Some([]), _) if list.job_token.auth_log_count.unwrap_or(0) == 0 => {
            message.push(" The authentication log shows no other project that came in.")
        }
        (Some(_), 0) => message.push(" The authentication log shows ").push(Text::list(shown, "and")).push("."),
        (Some(_), more) => {
            message.push(" The authentication log shows ").push(Text::list(shown, "and")).push(", and ").push(more).push(" more.")
        }
    };
    message.push(" GitLab keeps the last success of each caller, and speaks of 30 days.");
    let entries = list.entries().count();
    let mut add = say!["Put the projects that should come in on the allowlist, each with only the permissions it needs (18.3 and newer)."];
    if entries > 0 {
        let counts = if entries == 1 { " entry already, which counts" } else { " entries already, which count" };
        add.push(" It has ").push(entries).push(counts).push(" for nothing while it is off.");
    }
    let calls = OwnerCalls::of_project("PATCH /projects/:project_id/job_token_scope");
    let off = list.settings.command(calls, None, Some(say!["enabled=true"]));
    let advice = vec![
        step(say!["Read the authentication log: it names the projects that came in. Ask them what they need."], list.place(), None),
        step(add, list.place(), None),
        step(say!["Then choose “Only this project and any groups and projects in the allowlist”. Who is not listed is refused at once, and can be added at once. Needs: Maintainer, `api`."], list.place(), off),
    ];
    let title = say!["Any project's job token is let in"];
    findings.push(list.settings.finding(&RULE, thing(), title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::inventory::{EntryKind, JobToken, JobTokenMode};
    use crate::rules::allowlist::sample::{entry, list, log, of};
    use crate::rules::sample::letter;

    fn open() -> JobToken {
        JobToken { mode: Some(JobTokenMode::AllGroupsAndProjects), ..list(Vec::new()) }
    }

    #[test]
    fn what_the_user_sees() {
        let entries = Some(vec![entry(EntryKind::Group, "acme/platform", None)]);
        let seen = log(&[("acme/web", "2026-11-19T20:00:00Z"), ("other/tool", "2026-11-18T20:00:00Z")]);
        let found = of("job-token-open-to-all", JobToken { allowlist: entries, auth_log: seen, ..open() });
        insta::assert_snapshot!(letter(&found[0]));
    }

    #[test]
    fn what_is_closed_enforced_or_not_shown_is_left_out() {
        assert_eq!(of("job-token-open-to-all", open()).len(), 1);
        assert!(of("job-token-open-to-all", list(Vec::new())).is_empty());
        assert!(of("job-token-open-to-all", JobToken { mode: None, ..open() }).is_empty());
        assert!(of("job-token-open-to-all", JobToken { rendered: Some(false), ..open() }).is_empty());
        assert!(of("job-token-open-to-all", JobToken { enforced_by_instance: Some(true), ..open() }).is_empty());
    }

    #[test]
    fn entries_of_a_list_that_is_off_are_not_called_unused() {
        let settings = JobToken { allowlist: Some(vec![entry(EntryKind::Project, "a/b", None)]), auth_log: Some(Vec::new()), ..open() };
        assert!(of("allowlist-entry-unused", settings).is_empty());
    }
}

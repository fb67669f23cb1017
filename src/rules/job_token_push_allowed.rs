use super::job_token_open_to_all::thing;
use super::allowlist::Allowlist;
use super::settings::{OwnerCalls, step};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// The project's jobs may push to its repository with the job token.
    ///
    /// ## Why it matters
    ///
    /// Every job of the project can then change its code with the rights of the person who started it, also a job whose script
    /// comes from a dependency or from a branch nobody reviewed. Protected branches still hold against those who may not push
    /// there; a pipeline that a Maintainer starts may.
    ///
    /// ## Bad
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciCdSettings": {"inboundJobTokenScopeEnabled": true, "pushRepositoryForJobTokenAllowed": true}}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory job-token.json
    /// {"data": {"project": {"id": "gid://gitlab/Project/318", "fullPath": "acme/payments/api",
    ///   "ciCdSettings": {"inboundJobTokenScopeEnabled": true, "pushRepositoryForJobTokenAllowed": false}}}}
    /// ```
    ///
    /// ## What to do
    ///
    /// If no job pushes, switch it off. If one does, keep it on rather than store a token for it, and protect the branches and
    /// tags it must not change. A push by job token starts no pipeline.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#allow-git-push-requests-to-your-project-repository>
    /// - <https://docs.gitlab.com/api/projects/#edit-a-project>
    "job-token-push-allowed", "jobs may push with their job token", Medium, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some(list) = Allowlist::new(judgement, inventory) else { return };
    if list.job_token.push_to_repository_allowed != Some(true) {
        return;
    }
    let whose = list.settings.whose();
    let whose = if whose.is_empty() { say!["this project"] } else { whose };
    let message = say![
        "Every job of ", whose, " may push to its repository as the person who started it. Protected branches and tags hold as far as \
         that person may not push there. A push by job token starts no pipeline, so nothing checks what it brought. Nothing here \
         shows whether a job does push."
    ];
    let calls = OwnerCalls::of_project("PUT /projects/:project_id");
    let off = list.settings.command(calls, None, Some(say!["ci_push_repository_for_job_token_allowed=false"]));
    let advice = vec![
        Advice::step(say!["Search the CI configuration for `git push`, semantic-release and the like. If one of them uses the job token, keep the setting: a stored token would be worse."]),
        step(say!["If none does, clear “Allow Git push requests to the repository”. A job that pushes is refused from then on. Needs: Maintainer, `api`."], list.place(), off),
        step(say!["If it stays on, protect the default branch and release tags, and let only those push there who have to."], list.settings.at(say!["Settings > Repository > Protected branches"]), None),
    ];
    findings.push(list.settings.finding(&RULE, thing(), say!["Jobs may push to the repository with the job token"], message, advice));
}

#[cfg(test)]
mod tests {
    use crate::inventory::JobToken;
    use crate::rules::allowlist::sample::{list, of};
    use crate::rules::sample::letter;

    fn push(allowed: Option<bool>) -> JobToken {
        JobToken { push_to_repository_allowed: allowed, ..list(Vec::new()) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("job-token-push-allowed", push(Some(true)))[0]));
    }

    #[test]
    fn off_and_unknown_are_no_findings() {
        assert!(of("job-token-push-allowed", push(Some(false))).is_empty());
        assert!(of("job-token-push-allowed", push(None)).is_empty());
        assert!(of("job-token-push-allowed", JobToken { rendered: Some(false), ..push(Some(true)) }).is_empty());
    }
}

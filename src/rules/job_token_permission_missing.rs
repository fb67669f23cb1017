use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A job was refused although its project is on the other project's job token allowlist: the entry does not grant the permission
    /// that the call needs, or the user who started the job may not do it.
    ///
    /// ## Why it matters
    ///
    /// A second, wider entry would not help, since the nearest entry counts, and default permissions would open everything that a job
    /// token can do. Only the one permission that the answer names is missing.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ curl --fail-with-body --header "JOB-TOKEN: $CI_JOB_TOKEN" "https://gitlab.example.com/api/v4/projects/42/packages"
    /// {"message":"403 Forbidden - Insufficient permissions to access this resource in project lib. The following token permission is required: read_packages."}
    /// ERROR: Job failed: exit code 1
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ curl --fail-with-body --header "JOB-TOKEN: $CI_JOB_TOKEN" "https://gitlab.example.com/api/v4/projects/42/packages"
    /// []
    /// Job succeeded
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask the owners of the other project to add the permission that the answer names to the entry that is there. The entry of the
    /// project itself counts before that of a group.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    /// - <https://docs.gitlab.com/api/graphql/reference/#mutationcijobtokenscopeupdatepolicies>
    "job-token-permission-missing", "the allowlist entry does not grant what the job asked for", Low, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let (caller, callee) = (refused.caller(), refused.callee());
    let mut message = refused.opening();
    if let Some(permission) = refused.permission() {
        message.push(" What is missing: `").push(permission).push("`.");
    }
    message.push(say![
        " Another entry on the allowlist changes nothing: the one for the project itself counts, else that of its nearest group."
    ]);
    let permissions = refused.permission().map_or_else(|| say!["what is missing"], |permission| say!["`", permission, "`"]);
    let update = Advice::step(say![
        "Ask a Maintainer or Owner of ", callee, " to add ", permissions, " to the entry of ", caller,
        " beside those it has; the call below replaces the whole list, so name the others too."
    ])
    .at(refused.settings(""))
    .command(refused.mutation("ciJobTokenScopeUpdatePolicies"));
    let role = Advice::step(say![
        "If the entry has it already: who starts the job needs a role in ", callee, " that may do this."
    ]);
    let advice = if refused.permission().is_some() { vec![update, role] } else { vec![role] };
    let title = match refused.permission() {
        Some(permission) => say![caller, " is let into ", callee, " without ", permission],
        None => say![caller, " is let into ", callee, ", but not for this call"],
    };
    findings.push(refused.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let log = "Running on runner-abc-project-4711-concurrent-0 via host...\n\
            $ curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/team%2Flib/deployments\"\n\
            {\"message\":\"403 Forbidden - Insufficient permissions to access this resource in project lib. The following token \
            permissions are required: admin_deployments and admin_environments.\"}\n";
        insta::assert_snapshot!(letter(&of("job-token-permission-missing", log)[0]));
    }

    #[test]
    fn a_clone_needs_one_permission() {
        let log = "remote: Insufficient permissions to pull from the repository of project lib.\n\
            fatal: unable to access 'https://gitlab.example.com/team/lib.git/': The requested URL returned error: 403\n";
        let denial = of("job-token-permission-missing", log)[0].denial.clone().unwrap();
        assert_eq!(denial.permission.unwrap().as_str(), "read_repositories");
        assert_eq!(denial.callee.unwrap().as_str(), "team/lib");
    }
}

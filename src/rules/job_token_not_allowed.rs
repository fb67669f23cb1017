use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A job was refused by another project because its own project is not on that project's job token allowlist.
    ///
    /// GitLab names both projects by the last part of their paths; the full path of the one that refused is taken from the address
    /// beside the answer.
    ///
    /// ## Why it matters
    ///
    /// Whether a project may be reached is the decision of those who own it. An entry on its allowlist lets *every* job of the calling
    /// project in, also one that a stranger's merge request starts, with the rights of whoever started the job. It is easy to add and
    /// is seldom taken away again.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/shared/vise-kit.git
    /// Cloning into 'vise-kit'...
    /// remote: Authentication by CI/CD job token not allowed from web to vise-kit.
    /// fatal: unable to access 'https://gitlab.example.com/team/shared/vise-kit.git/': The requested URL returned error: 403
    /// ERROR: Job failed: exit code 1
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/shared/vise-kit.git
    /// Cloning into 'vise-kit'...
    /// Job succeeded
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask the owners of the other project. If the access is meant, they add the calling project itself, not its group, with only the
    /// permission that the call needs (18.3 and newer). A public or internal project can be read without an entry.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#control-job-token-access-to-your-project>
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    "job-token-not-allowed", "a job's project is not on the allowlist of the project it asked", Low, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let (caller, callee) = (refused.caller(), refused.callee());
    let mut message = refused.opening();
    message.push(say![
        " This is a decision for the owners of ", callee, ", not a fault to open up by reflex: an entry lets every job of ", caller,
        " in, also one that a stranger's merge request starts. An entry gives no rights of its own: who starts the job also needs \
         a role in ", callee, "."
    ]);
    let what = match (refused.permission(), &refusal.image) {
        (Some(permission), _) => say!["with only the permission `", permission, "`"],
        (None, Some(_)) => say!["with no permission chosen that the job does not need (none of them is about images)"],
        (None, None) => say!["with only the permission that the call needs (`leastwise permits METHOD URL` tells which)"],
    };
    let advice = vec![
        Advice::step(say!["Ask a Maintainer or Owner of ", callee, " whether jobs of ", caller, " are meant to reach it."])
            .at(refused.settings("")),
        Advice::step(say![
            "If they are: add ", caller, " itself, not its group, ", what,
            " (GitLab 18.3 and newer; REST cannot set permissions, so by GraphQL)."
        ])
        .at(refused.settings(" > Add group or project"))
        .command(refused.mutation("ciJobTokenScopeAddGroupOrProject")),
    ];
    let title = match refused.known_callee() {
        Some(callee) => say![caller, " may not use its job token in ", callee],
        None => say![caller, " may not use its job token in another project"],
    };
    findings.push(refused.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    use crate::text::Name;

    const LOG: &str = "Running with gitlab-runner 18.7.0 (abcdef01)\n\
        Initialized empty Git repository in /builds/shop/web/.git/\n\
        \x1b[32;1m$ make deps\x1b[0;m\n\
        remote: Authentication by CI/CD job token not allowed from web to lib.\n\
        remote: Authentication by CI/CD job token not allowed from web to kit.\n\
        fatal: unable to access 'https://gitlab.example.com/team/kit.git/': The requested URL returned error: 403\n\
        fatal: unable to access 'https://gitlab.example.com/team/lib.git/': The requested URL returned error: 403\n\
        ERROR: Job failed: exit code 1\n";

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("job-token-not-allowed", LOG)[0]));
    }

    #[test]
    fn clones_that_run_at_once_each_keep_their_own_address() {
        let findings = of("job-token-not-allowed", LOG);
        let callees: Vec<_> = findings.iter().map(|finding| finding.denial.clone().unwrap().callee).collect();
        assert_eq!(callees, [Some(Name::new("team/lib")), Some(Name::new("team/kit"))]);
        assert!(findings.iter().all(|finding| finding.denial.as_ref().unwrap().caller == Some(Name::new("shop/web"))));
        assert!(of("denied-not-by-token", LOG).is_empty());
    }

    #[test]
    fn a_hidden_target_is_named_by_its_number_and_a_call_by_the_command_before_it() {
        let log = "$ curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"https://gitlab.example.com/api/v4/projects/team%2Flib/releases\"\n\
            {\"message\":\"403 Forbidden - Authentication by CI/CD job token not allowed from web to lib.\"}\n";
        let denial = of("job-token-not-allowed", log)[0].denial.clone().unwrap();
        assert_eq!((denial.caller.unwrap().as_str(), denial.callee.unwrap().as_str()), ("web", "team/lib"));
        let log = "remote: Authentication by CI/CD job token not allowed from web to project #42.\n";
        assert_eq!(of("job-token-not-allowed", log)[0].denial.clone().unwrap().callee, Some(Name::new("id:42")));
    }

    #[test]
    fn the_permission_follows_from_the_call() {
        let log = "$ curl --upload-file a.tgz -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/7/packages/generic/a/1/a.tgz\n\
            {\"message\":\"403 Forbidden - Authentication by CI/CD job token not allowed from web to lib.\"}\n";
        let text = letter(&of("job-token-not-allowed", log)[0]);
        assert!(text.contains("jobTokenPolicies: [ADMIN_PACKAGES]"), "{text}");
    }
}

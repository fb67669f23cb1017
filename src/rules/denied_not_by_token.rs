use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::Finding;
use crate::say;

rule! {
    /// Something was refused, and not because of the token: a protected branch, a role, a proxy or a blocked address, or no credential was
    /// sent at all.
    ///
    /// ## Why it matters
    ///
    /// These are the wrong leads: they end in a wider token or an allowlist entry that changes nothing and stays.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git push origin HEAD:main
    /// remote: GitLab: You are not allowed to push code to protected branches on this project.
    ///  ! [remote rejected] HEAD -> main (pre-receive hook declined)
    /// error: failed to push some refs to 'https://gitlab.example.com/shop/web.git'
    /// ERROR: Job failed: exit code 1
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git push origin HEAD:release-notes
    /// Job succeeded
    /// ```
    ///
    /// ## What to do
    ///
    /// Follow what is said about this message; do not widen the token, and add no allowlist entry for it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/repository/branches/protected/>
    /// - <https://docs.gitlab.com/security/rate_limits/>
    "denied-not-by-token", "looks like a token problem and is not: role, protected branch, proxy, no credential at all", Info, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let mut message = refused.opening();
    message.push(" A wider token or an allowlist entry would change nothing.");
    let advice = Vec::new();
    let title = match refusal.message.by {
        Some("role") => say!["Refused for the role, not for the token: ", refused.asked_for()],
        _ => say!["Refused, but not because of a token: ", refused.asked_for()],
    };
    findings.push(refused.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    fn messages(log: &str) -> Vec<String> {
        of("denied-not-by-token", log).iter().map(|finding| finding.message.to_string()).collect()
    }

    #[test]
    fn what_the_user_sees() {
        let log = "Initialized empty Git repository in /builds/shop/web/.git/\n$ git push origin HEAD:main\n\
            remote: GitLab: You are not allowed to push code to protected branches on this project.\n\
            To https://gitlab.example.com/shop/web.git\n ! [remote rejected] HEAD -> main (pre-receive hook declined)\n\
            error: failed to push some refs to 'https://gitlab.example.com/shop/web.git'\n";
        insta::assert_snapshot!(letter(&of("denied-not-by-token", log)[0]));
    }

    #[test]
    fn a_403_without_a_word_from_gitlab_is_not_an_allowlist_matter() {
        let log = "fatal: unable to access 'https://gitlab.example.com/team/lib.git/': The requested URL returned error: 403\n";
        assert!(messages(log)[0].contains("proxy"));
        assert!(of("job-token-not-allowed", log).is_empty());
    }

    #[test]
    fn a_failed_push_alone_proves_nothing() {
        let log = "error: failed to push some refs to 'https://gitlab.example.com/shop/web.git'\n";
        assert!(messages(log).is_empty());
    }
}

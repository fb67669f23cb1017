use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::{Advice, Finding};
use crate::say;
use crate::catalog::{Acceptance, TokenType};

rule! {
    /// A token was not accepted at all: it is wrong, expired, revoked, from another instance, or of a kind that this address does not
    /// take.
    ///
    /// ## Why it matters
    ///
    /// No allowlist entry, scope or role helps here: GitLab did not get as far as asking for one. Repeated tries make it worse:
    /// GitLab.com blocks an address after many failed logins, and using a revoked token that was rotated ends its successor as well.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git clone https://oauth2:${DEPLOY_TOKEN}@gitlab.example.com/team/lib.git
    /// Cloning into 'lib'...
    /// remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped.
    /// fatal: Authentication failed for 'https://gitlab.example.com/team/lib.git/'
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
    /// Find out which credential was sent, and whether it is still alive: its page shows expiry and revocation. The job token is accepted
    /// only while its job runs, by the addresses on GitLab's list, and under the user name `gitlab-ci-token`.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    /// - <https://docs.gitlab.com/topics/git/troubleshooting_git/>
    "token-rejected", "a token was not accepted: wrong, expired, revoked, or of the wrong kind", Low, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let mut message = refused.opening();
    match (&refusal.token, refusal.credential) {
        (Some((kind, id)), _) => message.push(" The server names it: ").push(kind).push(" ").push(*id).push("."),
        (None, Some(TokenType::CiJobToken)) if refusal.git => {
            message.push(" The job token was used: Git takes it only under the user name `gitlab-ci-token`, only while its job runs.")
        }
        (None, Some(TokenType::CiJobToken)) if refusal.call.is_some_and(|call| call.job_token == Acceptance::No) => message.push(
            " The job token was used, and this call takes none: GitLab answers 401 then, whatever the token may do elsewhere.",
        ),
        (None, Some(TokenType::CiJobToken)) => message.push(
            " The job token was used: it is accepted only while its job runs, and an address that does not take job tokens \
             answers 401, not 403.",
        ),
        (None, Some(kind)) => message.push(" What was sent goes by the name of a ").push(kind).push("."),
        (None, None) => message.push(" The log does not say which credential was sent."),
    };
    let mut advice = Vec::new();
    if refusal.credential == Some(TokenType::CiJobToken) && !refusal.git {
        advice.push(Advice::step(say![
            "Check whether this call takes job tokens at all: `leastwise permits METHOD URL`. Where it does not, make a project \
             access token with the least role and scope that will do."
        ]));
    }
    if refusal.token.is_none() {
        advice.push(Advice::step(say![
            "Find the credential that was sent (the variable in the command, `.netrc`, the tool's own file) and see on its page \
             whether it is still active, for this instance, and not expired. Do not try again and again: failed logins count \
             towards a block of the address."
        ]));
    } else {
        advice.push(Advice::step(say!["Find the token by its number in the list of its owner, and see who uses it still."]));
    }
    let title = say!["A token was not accepted by ", refused.asked_for()];
    findings.push(refused.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let log = "Initialized empty Git repository in /builds/shop/web/.git/\n\
            $ git push https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/lib.git HEAD:main\n\
            remote: HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled and you \
            must use a personal access token instead of a password.\n\
            fatal: Authentication failed for 'https://gitlab.example.com/team/lib.git/'\n";
        insta::assert_snapshot!(letter(&of("token-rejected", log)[0]));
    }

    #[test]
    fn the_lines_of_one_tool_are_one_refusal_with_its_address() {
        let log = "npm error code E401\nnpm error 401 Unauthorized - GET https://gitlab.example.com/api/v4/projects/7/packages/npm/@a%2fb\n";
        let findings = of("token-rejected", log);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].denial.as_ref().unwrap().callee.as_ref().unwrap().as_str(), "id:7");
    }

    #[test]
    fn a_server_log_names_the_token_and_not_the_caller() {
        let line = r#"{"time":"2026-11-20T08:00:00.000Z","severity":"INFO","status":401,"method":"GET","path":"/api/v4/projects/team%2Flib","route":"/api/:version/projects/:id","correlation_id":"01J","meta.auth_fail_reason":"token_revoked","meta.auth_fail_token_id":"PersonalAccessToken/12"}"#;
        let log = format!("{line}\n{line}\n");
        insta::assert_snapshot!(letter(&of("token-rejected", &log)[0]));
    }

    #[test]
    fn a_call_that_takes_no_job_token_is_named_as_such() {
        let log = "$ curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/projects/7/hooks\"\n{\"message\":\"401 Unauthorized\"}\n";
        let message = of("token-rejected", log)[0].message.to_string();
        assert!(message.contains("this call takes none"), "{message}");
        let log = log.replace("hooks", "releases");
        let message = of("token-rejected", &log)[0].message.to_string();
        assert!(!message.contains("this call takes none"), "{message}");
    }
}

use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::{Advice, Finding};
use crate::say;
use crate::catalog::TokenType;

rule! {
    /// A project was not found with the token that was used. GitLab answers the same, 404, for what does not exist and for what the
    /// asker may not know of.
    ///
    /// ## Why it matters
    ///
    /// The answer is easily taken for a missing allowlist entry. That is only the last of the candidates, and the only one whose remedy
    /// opens something.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/lib.git
    /// Cloning into 'lib'...
    /// remote: The project you were looking for could not be found or you don't have permission to view it.
    /// fatal: repository 'https://gitlab.example.com/team/lib.git/' not found
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
    /// Check in this order: is who started the job a member there; is the path right, letter for letter; is it the right instance. Only
    /// then the allowlist.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    /// - <https://docs.gitlab.com/api/rest/troubleshooting/>
    "project-hidden", "not found with this token: no membership, a wrong path, or no allowlist entry", Low, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let callee = refused.callee();
    let mut message = refused.opening();
    message.push(say![
        " The candidates, in this order: whoever the token acts for is no member of ", callee,
        "; the path or number is wrong, or the project was moved; the token is from another instance; and, with a job token and an \
         older GitLab, ", callee, " does not list the calling project."
    ]);
    let who = if refusal.credential == Some(TokenType::CiJobToken) { "the user who started the job" } else { "the token's user or bot" };
    let advice = vec![
        Advice::step(say!["See whether ", who, " can open ", callee, " in the browser. If not, ask its Maintainer for the least role that will do."]),
        Advice::step(say!["Compare host and path with the project's own page, letter for letter."]),
    ];
    let title = say![refused.asked_for(), " was not found with this token"];
    findings.push(refused.finding(&RULE, title, message, advice));
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let log = "Initialized empty Git repository in /builds/shop/web/.git/\n\
            $ git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.example.com/team/lib.git\n\
            remote: \nremote: ====\nremote: \n\
            remote: The project you were looking for could not be found or you don't have permission to view it.\n\
            remote: \nremote: ====\nremote: \n\
            fatal: repository 'https://gitlab.example.com/team/lib.git/' not found\n";
        insta::assert_snapshot!(letter(&of("project-hidden", log)[0]));
    }
}

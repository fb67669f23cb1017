use super::refused::Refused;
use super::{Check, Judgement, rule};
use crate::input::job_log::{JobLog, Refusal};
use crate::report::{Advice, Finding};
use crate::say;
use crate::catalog::Scope;
use crate::text::Text;

rule! {
    /// A valid token was refused: it may not do this. Where the answer lists the scopes of which one would be enough, they are named.
    ///
    /// ## Why it matters
    ///
    /// The list is not a shopping list: any one of its scopes would do, and `api` is nearly always among them. Taking the widest one
    /// turns a token that read one thing into a token that can change everything its owner can.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ ./release.sh
    /// {"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}
    /// ERROR: Job failed: exit code 1
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// Running with gitlab-runner 18.7.0 (abcdef01)
    ///   on docker small AbCd00072, system ID: s_00ff
    /// Initialized empty Git repository in /builds/shop/web/.git/
    /// $ ./release.sh
    /// Job succeeded
    /// ```
    ///
    /// ## What to do
    ///
    /// Take the narrowest scope of the list, on a new token for this one purpose; the scopes of a token cannot be changed. In a pipeline
    /// see first whether the job token can do the call.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/access_token_scopes/>
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    "token-scope-insufficient", "a valid token was not allowed to do this", Low, Check::Refusal(check),
}

fn check(judgement: &Judgement<'_>, log: &JobLog, refusal: &Refusal, findings: &mut Vec<Finding>) {
    let refused = Refused { judgement, log, refusal };
    let mut message = refused.opening();
    let narrowest = narrowest(&refusal.scopes);
    if let Some(scope) = narrowest {
        message.push(" Any one of these would be enough: ").push(Text::list(&refusal.scopes, "or")).push(".");
        message.push(" The narrowest of them is ").push(scope).push(".");
    }
    let mut advice = Vec::new();
    if let Some(scope) = narrowest {
        advice.push(Advice::step(say![
            "Make a new token for this call with ", scope, " and nothing else, put it where the old one is, then end the old \
             one: the scopes of a token cannot be changed."
        ]));
    }
    advice.push(Advice::step(say![
        "In a pipeline, see first whether the job token can do this: `leastwise permits METHOD URL`. It needs no storing and ends \
         with the job."
    ]));
    let title = match narrowest {
        Some(scope) => say!["A token without ", scope, " was refused by ", refused.asked_for()],
        None => say!["A valid token may not do this in ", refused.asked_for()],
    };
    findings.push(refused.finding(&RULE, title, message, advice));
}

/// The least harmful of the scopes that would do; unknown ones are no advice.
fn narrowest(scopes: &[Scope]) -> Option<&Scope> {
    scopes.iter().filter_map(|scope| Some((scope.facts()?.risk, scope))).min_by_key(|(risk, _)| *risk).map(|(_, scope)| scope)
}

#[cfg(test)]
mod tests {
    use crate::rules::refused::sample::of;
    use crate::rules::sample::letter;

    #[test]
    fn what_the_user_sees() {
        let log = "Initialized empty Git repository in /builds/shop/web/.git/\n\
            $ curl --header \"PRIVATE-TOKEN: $RELEASE_TOKEN\" \"https://gitlab.example.com/api/v4/projects/42/hooks\" | jq\n\
            {\n  \"error\": \"insufficient_scope\",\n  \"error_description\": \"The request requires higher privileges than provided by \
            the access token.\",\n  \"scope\": \"api read_api read_moon\"\n}\n";
        insta::assert_snapshot!(letter(&of("token-scope-insufficient", log)[0]));
    }

    #[test]
    fn the_same_words_of_a_registry_client_name_no_scopes() {
        let log = "#7 ERROR: pull registry.example.com/team/lib: insufficient_scope: authorization failed\n";
        let finding = &of("token-scope-insufficient", log)[0];
        assert!(finding.message.as_str().contains("containerd"), "{}", finding.message);
        assert_eq!(finding.denial.as_ref().unwrap().callee.as_ref().unwrap().as_str(), "team/lib");
    }
}

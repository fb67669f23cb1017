use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use crate::catalog::{Acceptance, Endpoint, route};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::request::request;
use crate::input::pipeline::value::{Family, Host, url};
use crate::report::{About, Advice, Confidence, Finding};
use crate::say;

rule! {
    /// The job token is sent to an endpoint that never takes it, or in a header where GitLab does not look for it.
    ///
    /// ## Why it matters
    ///
    /// GitLab answers 401, also for the project itself and whatever rights the person has. No allowlist entry and no role
    /// changes that, and people widen both while they look for the reason.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// report:
    ///   script:
    ///     - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/members"'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// report:
    ///   script:
    ///     - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"'
    /// ```
    ///
    /// ## What to do
    ///
    /// Take a project access token with the narrowest scope and role for the call, in a masked and protected variable. A job
    /// token goes into the header `JOB-TOKEN`, not `PRIVATE-TOKEN`.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access>
    /// - <https://docs.gitlab.com/api/rest/authentication/#job-tokens>
    "endpoint-refuses-job-token", "the job token is sent where it is never accepted", Medium, Check::Pipeline(check),
}

/// The endpoint that a method and an expanded address go to. A segment may be a variable.
pub(super) fn endpoint(method: &str, address: &str) -> Option<&'static Endpoint> {
    let parts = url(address)?;
    let path = match parts.path.split_once("/api/v4/") {
        Some((_, path)) => path,
        None if address.starts_with("${CI_API_V4_URL}") => parts.path.trim_start_matches('/'),
        None => return None,
    };
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    route::find(method, &segments)
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some(request) = request(step) else { return };
        let Some((_, range)) = request.credentials().find(|(found, _)| found.family == Family::JobToken) else { return };
        let Some(address) = request.urls.iter().map(|given| given.value.text.as_str()).find(|text| url(text).is_some()) else {
            return;
        };
        let host = url(address).map(|url| url.host);
        if host.is_some_and(|host| ci.is_foreign(&host) || host == Host::Named("localhost".into())) {
            return;
        }
        let header = request.headers.iter().find(|header| header.range == *range).map(|header| header.value.text.to_ascii_lowercase());
        let wrong_header = header.is_some_and(|text| text.starts_with("private-token:") || text.starts_with("deploy-token:"));
        let graphql = address.starts_with("${CI_API_GRAPHQL_URL}") || url(address).is_some_and(|url| url.path.ends_with("/api/graphql"));
        let found = endpoint(&request.method, address);
        let says = if wrong_header {
            Says {
                title: say!["Sends the job token in a header for other tokens"],
                message: say![
                    "GitLab looks for a job token in the header `JOB-TOKEN` (or as `Authorization: Bearer`). In this one it is no \
                     token that GitLab knows, and the answer is 401."
                ],
                advice: vec![
                    Advice::step(say!["Use the header `JOB-TOKEN`."]).command(say!["curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" …"]),
                ],
            }
        } else if graphql {
            Says {
                title: say!["Sends the job token to GraphQL, which never takes it"],
                message: say!["GraphQL answers a job token as it answers nobody. Many queries have a REST endpoint that takes one."],
                advice: vec![Advice::step(say![
                    "Look for a REST endpoint with `leastwise permits`, or take a project access token with `read_api`."
                ])],
            }
        } else if let Some(found) = found.filter(|found| found.job_token == Acceptance::No && found.scope != "none") {
            let mut narrow = say!["Take a project access token with the scope `", found.scope, "`"];
            if let Some(role) = found.boundaries.first().and_then(|boundary| found.role(*boundary)) {
                narrow.push(" and the role ").push(role.name());
            }
            narrow.push(", in a variable that is masked, hidden and protected, and send it in the header `PRIVATE-TOKEN`.");
            Says {
                title: say!["Sends the job token to `", found.method, " ", found.path, "`, which never takes it"],
                message: say![
                    "This endpoint takes no job token: GitLab answers 401, whatever the allowlist and the role of the person say."
                ],
                advice: vec![Advice::step(narrow).at(say!["Settings > Access tokens"])],
            }
        } else {
            return;
        };
        let about = About::default().and(found.map(|found| say![found.method, " ", found.path]));
        findings.push(ci.at_step(&RULE, step, range, says, about).confidence(Confidence::Likely));
    });
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::tells_apart;

    #[test]
    fn only_what_is_known_to_be_refused() {
        tells_apart(
            "endpoint-refuses-job-token",
            &[
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/variables",
                "curl --header JOB-TOKEN:$CI_JOB_TOKEN https://gitlab.com/api/v4/projects/1",
                "curl -H \"PRIVATE-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/releases",
                "curl -H \"Authorization: Bearer $CI_JOB_TOKEN\" -d q $CI_SERVER_URL/api/graphql",
            ],
            &[
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/jobs/artifacts/main/download?job=b",
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/nowhere/x/y",
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $URL",
                "curl -X POST -F token=$CI_JOB_TOKEN -F ref=main $CI_API_V4_URL/projects/7/trigger/pipeline",
                "curl -H \"PRIVATE-TOKEN: $MY_TOKEN\" $CI_API_V4_URL/projects/1/variables",
                "curl -T f -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/packages/generic/a/1/f",
            ],
        );
    }
}

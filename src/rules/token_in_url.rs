use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Environment;
use crate::input::pipeline::value::{Credential, Expanded, Family, url};
use crate::report::{About, Advice, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A credential stands in an address, before the host or among the parameters.
    ///
    /// The job token before the host of a clone is what GitLab's own documents show, and dies with the job: info.
    ///
    /// ## Why it matters
    ///
    /// Addresses are what tools log: git keeps the address in `.git/config`, servers and proxies write it into their logs,
    /// error messages repeat it. The runner masks the value in the job's log and nowhere else.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// mirror:
    ///   script:
    ///     - git push "https://oauth2:${GITLAB_TOKEN}@${CI_SERVER_HOST}/team/library.git" HEAD:main
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// read:
    ///   script:
    ///     - 'curl --header "PRIVATE-TOKEN: $LIBRARY_TOKEN" "$CI_API_V4_URL/projects/42/members"'
    ///     - git clone "$CI_SERVER_URL/team/library.git"
    /// ```
    ///
    /// ## What to do
    ///
    /// In a request put it into a header. For git use a credential helper or `.netrc`, and for a project that lets this one
    /// in (Settings > CI/CD > Job token permissions) the job token instead of a stored one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/api/rest/authentication/>
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    "token-in-url", "a credential stands in an address, where tools log it", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    for (variable, job) in pipeline.all_variables() {
        let value = Environment::of_job(pipeline, job).value(variable.text(), variable.expand);
        if let Some(seen) = in_address(&value) {
            let place = job.map_or_else(|| say!["the pipeline's variables"], |job| say!["the variables of the ", ci.job(job)]);
            let about = About::default().and(ci.name(&variable.name));
            findings.push(finding(&ci, &seen, &place, |says| ci.finding(&RULE, variable.value.span(), says, about)));
        }
    }
    pipeline.walk(|step| {
        for word in step.command.all_words() {
            // What a variable brought along was said where the variable was given its value.
            if word.parts.len() < 2 && word.start().is_empty() {
                continue;
            }
            let value = step.environment.word(word, step.commands);
            if let Some(seen) = in_address(&value) {
                let about = About::default().and(judgement.context.name(&seen.0.name));
                let place = say!["the ", ci.job(step.job)];
                findings.push(finding(&ci, &seen, &place, |says| ci.at_step(&RULE, step, &word.range, says, about)));
                break;
            }
        }
    });
}

/// The credential in an address, and whether it is among the parameters.
fn in_address(value: &Expanded) -> Option<(Credential, bool)> {
    // `--flag=https://…`, `url.https://….insteadOf`, `//host/:_authToken=` (no address: npm's key).
    let start = value.text.find("://").map_or(0, |at| {
        let before = value.text.get(..at).unwrap_or_default();
        before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '}' && c != '_').map_or(0, |sign| sign + 1)
    });
    let url = url(value.text.get(start..)?)?;
    let among = |text: &str| {
        let names = |credential: &&Credential| text.contains(&*credential.name);
        value.credentials.iter().filter(|credential| credential.family != Family::IdToken).find(names).cloned()
    };
    if let Some(userinfo) = url.userinfo
        && let Some(credential) = among(userinfo)
        // `$CI_REPOSITORY_URL` is an address that GitLab made.
        && !credential.wrapped
    {
        return Some((credential, false));
    }
    among(url.query).map(|credential| (credential, true))
}

fn finding(ci: &Ci<'_>, seen: &(Credential, bool), place: &Text, make: impl FnOnce(Says) -> Finding) -> Finding {
    let (credential, parameter) = seen;
    let job_token = credential.family == Family::JobToken;
    let message = say![
        "In ", place, " ", ci.variable(credential), " (", what(credential.family), ") stands in an address",
        if *parameter { ", among the parameters: servers and proxies log those." } else { ": git, proxies and error messages repeat it." },
        match credential.family {
            Family::JobToken => " It dies with the job.",
            Family::Written(_) => " No variable's masking hides it.",
            _ => " The runner masks it in the job's log and nowhere else.",
        }
    ];
    let header = if job_token { "`JOB-TOKEN: $CI_JOB_TOKEN`" } else { "`PRIVATE-TOKEN: …`" };
    let mut advice = vec![if *parameter {
        Advice::step(say!["Send it in a header instead: ", header, "."])
    } else {
        Advice::step(say![
            "Use a credential helper or `.netrc` (`machine HOST login … password …`), and an address without a password."
        ])
    }];
    if matches!(credential.family, Family::Stored(_) | Family::Written(_)) && credential.family.is_gitlab() {
        advice.push(
            Advice::step(say![
                "To read a project of the same instance, the job token is enough if that project lets this one in: then nothing \
                 has to be stored."
            ])
            .at(say!["the other project > Settings > CI/CD > Job token permissions"]),
        );
    }
    let title = say!["Puts ", ci.variable(credential), " into an address"];
    let made = make(Says { title, message, advice });
    match (job_token, parameter) {
        (true, false) => made.severity(Severity::Info),
        (true, true) => made.severity(Severity::Low),
        _ => made,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{judged, of, on, tells_apart};
    use super::*;
    use crate::fake::expand;

    #[test]
    fn addresses_with_credentials_fire() {
        tells_apart(
            "token-in-url",
            &[
                "git clone https://oauth2:$GITLAB_TOKEN@$CI_SERVER_HOST/a/b.git",
                "git remote set-url origin \"https://x:${PUSH_TOKEN}@gitlab.com/a/b.git\"",
                "curl \"$CI_API_V4_URL/user?private_token=$GITLAB_TOKEN\"",
                "pip install --index-url=https://u:$MY_TOKEN@gitlab.com/api/v4/projects/1/packages/pypi/simple x",
                "git config url.\"https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.com/\".insteadOf https://gitlab.com/",
            ],
            &[
                "curl -H \"PRIVATE-TOKEN: $GITLAB_TOKEN\" https://gitlab.com/api/v4/user",
                "git clone $CI_REPOSITORY_URL x",
                "git clone https://gitlab.com/a/b.git",
                "npm config set //gitlab.com/api/v4/packages/npm/:_authToken $CI_JOB_TOKEN",
                "curl -u $MY_USER:$MY_TOKEN https://gitlab.com/",
            ],
        );
    }

    #[test]
    fn the_job_token_in_a_clone_is_worth_knowing_only() {
        let script = "git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/a/b.git";
        assert_eq!(on("token-in-url", &[script])[0].severity, Severity::Info);
    }

    #[test]
    fn a_token_in_the_file_itself_is_one_as_well() {
        let text = expand("variables:\n  ACCESS: {{personal_access_token 1}}\nbuild:\n  script:\n    - git clone https://oauth2:{{project_access_token 2}}@gitlab.com/a/b.git\n    - curl -k -H 'PRIVATE-TOKEN: {{personal_access_token 3}}' https://gitlab.com/api/v4/user\n    - git clone https://x:$ACCESS@gitlab.com/a/c.git\n");
        let lines = |rule: &str| of(rule, &text).iter().map(|finding| finding.place.unwrap().line).collect::<Vec<_>>();
        assert_eq!((lines("token-in-url"), lines("tls-verification-off")), (vec![5, 7], vec![6]));
        // What surrounds it in the excerpt stays readable.
        let shown = format!("{:?}", judged(&text).findings.iter().map(|finding| &finding.excerpt).collect::<Vec<_>>());
        assert!(shown.contains("https://oauth2:glpat-…(20)@gitlab.com/a/b.git") && shown.contains("-H 'PRIVATE-TOKEN: glpat-…(20)'"), "{shown}");
    }

    #[test]
    fn variables_are_looked_at_once() {
        let text = "variables:\n  REPO: https://u:$PUSH_TOKEN@gitlab.com/a.git\na:\n  script:\n    - git push $REPO\n";
        let found = of("token-in-url", text);
        assert_eq!((found.len(), found[0].place.unwrap().line), (1, 2));
    }
}

use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::request::{Request, login, request};
use crate::input::pipeline::value::{Credential, Family, Host, url};
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// A GitLab credential is sent to a host that is not the GitLab instance.
    ///
    /// Meant are the job token, the deploy token, variables that are GitLab's by their name, and whatever stands in GitLab's
    /// own headers. A self-managed host is not foreign: name your instance with `--host`; without it only hosts that are
    /// surely no GitLab (github.com, docker.io) count.
    ///
    /// ## Why it matters
    ///
    /// Whoever runs that host, or reads its logs, holds the credential. A job token works until the job ends, and with the
    /// rights of the person who started it; a stored one works until somebody ends it.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// notify:
    ///   script:
    ///     - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" https://hooks.slack.com/services/x'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// notify:
    ///   script:
    ///     - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"'
    ///     - curl --data "text=done" https://hooks.slack.com/services/x
    /// ```
    ///
    /// ## What to do
    ///
    /// Send that service a credential of its own. To let it know who the job is, use an ID token (`id_tokens:`) with the
    /// service's address as audience. End the credential that was sent.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    /// - <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
    "token-sent-to-foreign-host", "a GitLab credential goes to a host that is not the instance", High, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let mut sent: Option<(Credential, std::ops::Range<usize>, Host, bool)> = None;
        if let Some(request) = request(step) {
            for (credential, range) in request.credentials() {
                let by_header = in_gitlab_header(&request, range);
                if let Some(host) = request.host().filter(|_| credential.family.is_gitlab() || by_header) {
                    sent.get_or_insert((credential.clone(), range.clone(), host, by_header));
                }
            }
        } else if let Some(login) = login(step) {
            // Without a host docker signs in to Docker Hub.
            let default = (!login.named && login.program == "docker").then(|| Host::Named("docker.io".into()));
            if let (Some(host), Some(credential)) =
                (login.host.or(default), login.credentials.iter().find(|credential| credential.family.is_gitlab()))
            {
                sent = Some((credential.clone(), step.command.range.clone(), host, false));
            }
        } else {
            for word in step.command.all_words() {
                let value = step.environment.word(word, step.commands);
                let Some(credential) = value.credentials.iter().find(|credential| credential.family.is_gitlab()) else { continue };
                if let Some(url) = url(&value.text).filter(|url| url.userinfo.is_some()) {
                    sent.get_or_insert((credential.clone(), word.range.clone(), url.host, false));
                }
            }
        }
        let Some((credential, range, host, by_header)) = sent else { return };
        let (true, Host::Named(host)) = (ci.is_foreign(&host), host) else { return };
        let host = judgement.context.name(&host);
        let told = !judgement.context.hosts.is_empty();
        let mut message = say![
            "The ", ci.job(step.job), " sends ", ci.variable(&credential), " (", what(credential.family), ") to ", host, ". "
        ];
        message.push(match credential.family {
            Family::JobToken => {
                "It means nothing to that host, and to whoever reads it there it is access with the rights of the person who \
                 started the job, until the job ends."
            }
            _ => "Whoever runs that host, or reads its logs, can use it until somebody ends it.",
        });
        if !told {
            message.push(" If ").push(&host).push(" is your GitLab, say so with `--host`.");
        }
        let mut advice = vec![Advice::step(say![
            "Give that service a credential of its own, or an ID token (`id_tokens:`) with the service's address as audience."
        ])];
        advice.push(if credential.family.is_stored() {
            Advice::destructive(say!["If such a job has run: make a new credential for its real purpose, then end this one."])
        } else {
            Advice::step(say!["A job token is dead once its job has ended: nothing has to be revoked for finished jobs."])
        });
        let says = Says { title: say!["Sends ", ci.variable(&credential), " to ", host], message, advice };
        let about = About::default().and(judgement.context.name(&credential.name)).and(host);
        let finding = ci.at_step(&RULE, step, &range, says, about);
        let stored = credential.family.is_stored();
        let finding = if stored && !by_header { finding.confidence(Confidence::Likely) } else { finding };
        findings.push(if stored && told { finding.severity(Severity::Critical) } else { finding });
    });
}

/// Does the credential stand in a header that only GitLab reads (<https://docs.gitlab.com/api/rest/authentication/>)?
fn in_gitlab_header(request: &Request, range: &std::ops::Range<usize>) -> bool {
    let of_gitlab = ["private-token:", "job-token:", "deploy-token:"];
    request.headers.iter().filter(|header| header.range == *range).any(|header| {
        let text = header.value.text.to_ascii_lowercase();
        of_gitlab.iter().any(|name| text.starts_with(name))
    })
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{judged_in, on, tells_apart};
    use super::super::sample::today;
    use crate::context::Context;

    #[test]
    fn foreign_hosts_are_told_from_ones_own() {
        tells_apart(
            "token-sent-to-foreign-host",
            &[
                "curl -H \"PRIVATE-TOKEN: $TOKEN\" https://github.com/x",
                "curl -sSu \"x:$CI_JOB_TOKEN\" https://webhook.site/1",
                "git push https://oauth2:$GITLAB_TOKEN@github.com/a/b.git",
                "docker login -u gitlab-ci-token -p $CI_JOB_TOKEN",
                "echo $CI_REGISTRY_PASSWORD | docker login -u x --password-stdin docker.io",
            ],
            &[
                "curl -H \"PRIVATE-TOKEN: $TOKEN\" https://git.acme.example/api/v4/user",
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/job",
                "curl -H \"Authorization: Bearer $SLACK_TOKEN\" https://slack.com/api/x",
                "git push https://x:$GITHUB_TOKEN@github.com/a/b.git",
                "git clone https://gitlab-ci-token:$CI_JOB_TOKEN@gitlab.com/a/b.git",
                "docker login -u u -p $DOCKERHUB_PASSWORD",
                "docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY",
                "curl -H \"Authorization: token $MY_TOKEN\" https://api.github.com/x",
            ],
        );
    }

    #[test]
    fn a_known_instance_makes_every_other_host_foreign() {
        let mut context = Context::new(today());
        context.hosts = vec!["gitlab.acme.example".into()];
        let count = |url: &str| {
            let text = format!("a:\n  script:\n    - 'curl -H \"PRIVATE-TOKEN: $GITLAB_TOKEN\" {url}'\n");
            let report = judged_in(&text, &context);
            report.findings.iter().filter(|finding| finding.rule.id == "token-sent-to-foreign-host").count()
        };
        assert_eq!(count("https://gitlab.com/api/v4/user"), 1);
        assert_eq!(count("https://gitlab.acme.example/api/v4/user"), 0);
        assert_eq!(count("https://registry.acme.example/v2/"), 0);
        assert_eq!(count("http://localhost:8080/"), 0);
    }

    #[test]
    fn the_credential_is_followed_through_variables() {
        let found = on("token-sent-to-foreign-host", &["AUTH=\"JOB-TOKEN: $CI_JOB_TOKEN\"", "URL=https://webhook.site", "curl -H \"$AUTH\" $URL/x"]);
        assert_eq!(found.len(), 1);
    }
}

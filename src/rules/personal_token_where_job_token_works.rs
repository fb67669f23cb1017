use super::ci::{Ci, Says};
use super::endpoint_refuses_job_token::endpoint;
use super::{Check, Judgement, rule};
use crate::catalog::{Acceptance, TokenType, Whose};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::request::{login, request};
use crate::input::pipeline::value::{Credential, Family, Host, url};
use crate::input::shell::Word;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// A stored token does what the job token can: it reads or publishes through an endpoint that takes job tokens, clones a
    /// project of the same instance, or signs in to the instance's registry.
    ///
    /// Medium where it is about the project itself. Another project has to let this one in first; that is low and only
    /// possible, since the file does not show who may what there. Pushing with git is not meant: a push with the job token is
    /// off by default and starts no pipeline.
    ///
    /// ## Why it matters
    ///
    /// A stored token works day and night, from everywhere, for all it was given, and has to be renewed by hand. The job token
    /// is made for each job, dies with it, and does not have to be kept anywhere.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// release:
    ///   script:
    ///     - 'curl --header "PRIVATE-TOKEN: $RELEASE_TOKEN" --data "tag_name=$CI_COMMIT_TAG"
    ///       "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// release:
    ///   script:
    ///     - 'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" --data "tag_name=$CI_COMMIT_TAG"
    ///       "$CI_API_V4_URL/projects/$CI_PROJECT_ID/releases"'
    /// ```
    ///
    /// ## What to do
    ///
    /// Try the call with the job token in a branch. It acts with the rights of the person who started the job; for another
    /// project, that project has to list this one under Settings > CI/CD > Job token permissions. When it works, remove the
    /// variable, then end the stored token.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    /// - <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>
    "personal-token-where-job-token-works", "a stored token does what the job token can", Medium, Check::Pipeline(check),
}

/// What is done, for which project.
struct Use {
    credential: Credential,
    range: std::ops::Range<usize>,
    /// Follows "to": `call POST /projects/:id/releases`.
    does: Text,
    own_project: bool,
    instead: &'static str,
    permissions: Vec<&'static str>,
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some(used) = use_of(&ci, step) else { return };
        let variable = ci.variable(&used.credential);
        let mut message = say!["The ", ci.job(step.job), " uses ", variable, " to ", used.does, ". The job token can do that too"];
        message.push(if used.own_project {
            " for the project it runs in, with the rights of the person who started the job."
        } else {
            ", once the other project lets this one in. Whether it does, and which rights the person who starts the job has \
             there, the file does not show."
        });
        let mut advice = vec![Advice::step(say!["Try it with the job token in a branch."]).command(say![used.instead])];
        if !used.own_project {
            let permissions = if used.permissions.is_empty() {
                Text::new()
            } else {
                say![" With restricted permissions (18.3 and newer) the entry needs ", Text::list(&used.permissions, "and"), "."]
            };
            advice.push(
                Advice::step(say![
                    "Ask the owner of the other project to add this one; an entry lets every job of this project in.", permissions
                ])
                .at(say!["the other project > Settings > CI/CD > Job token permissions"]),
            );
        }
        advice.push(Advice::destructive(match used.credential.family {
            Family::Written(_) => say!["Take the token out of the file and end it: it is known to everyone who can read the file."],
            _ => say!["When all uses of ", variable, " are gone, delete the variable and end the token it held. Other files and jobs may use it."],
        }));
        let says = Says { title: say!["Uses ", variable, " where the job token would do"], message, advice };
        let about = About::default().and(judgement.context.name(&used.credential.name)).and(used.does);
        let finding = ci.at_step(&RULE, step, &used.range, says, about);
        findings.push(if used.own_project {
            finding.confidence(Confidence::Likely)
        } else {
            finding.severity(Severity::Low).confidence(Confidence::Possible)
        });
    });
}

fn is_instance(ci: &Ci<'_>, host: &Host) -> bool {
    match host {
        Host::Instance => true,
        Host::Named(name) => ci.judgement.context.hosts.iter().any(|own| own.eq_ignore_ascii_case(name)),
        Host::Unknown(_) => false,
    }
}

/// A stored token of GitLab's, as far as its name or its place says.
fn stored(credential: &Credential, surely_gitlab: bool) -> bool {
    match credential.family {
        Family::Stored(Whose::GitLab) | Family::Written(TokenType::PersonalAccessToken) => true,
        Family::Stored(whose) => surely_gitlab && whose == Whose::Unknown,
        _ => false,
    }
}

fn use_of(ci: &Ci<'_>, step: &Step<'_, '_>) -> Option<Use> {
    if let Some(request) = request(step) {
        let address = request.urls.iter().find_map(|given| Some((url(&given.value.text)?, &given.value.text)))?;
        let (credential, range) = request.credentials().find(|(credential, _)| stored(credential, true))?;
        if !is_instance(ci, &address.0.host) {
            return None;
        }
        let found = endpoint(&request.method, address.1)?;
        if found.job_token != Acceptance::Yes || found.takes.is_some() {
            return None;
        }
        let own_project = address.1.contains("/projects/${CI_PROJECT_ID}/") || address.1.contains("/projects/${CI_PROJECT_PATH}/");
        return Some(Use {
            credential: credential.clone(),
            range: range.clone(),
            does: say!["call `", found.method, " ", found.path, "`"],
            own_project,
            instead: "curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" …",
            permissions: found.policies.clone(),
        });
    }
    if let Some(login) = login(step) {
        let host = login.host?;
        let credential = login.credentials.iter().find(|credential| stored(credential, true))?;
        return is_instance(ci, &host).then(|| Use {
            credential: credential.clone(),
            range: step.command.range.clone(),
            does: say!["sign in to the instance's container registry"],
            own_project: false,
            instead: "echo \"$CI_REGISTRY_PASSWORD\" | docker login --username \"$CI_REGISTRY_USER\" --password-stdin \"$CI_REGISTRY\"",
            permissions: Vec::new(),
        });
    }
    let (program, words) = step.command.program()?;
    let verbs: Vec<String> = words.iter().filter_map(Word::literal).collect();
    if program != "git" || !verbs.iter().any(|verb| ["clone", "fetch", "pull", "ls-remote"].contains(&verb.as_str())) {
        return None;
    }
    words.iter().find_map(|word| {
        let value = step.environment.word(word, step.commands);
        let url = url(&value.text)?;
        url.userinfo?;
        let credential = value.credentials.iter().find(|credential| stored(credential, true))?;
        is_instance(ci, &url.host).then(|| Use {
            credential: credential.clone(),
            range: word.range.clone(),
            does: say!["clone with git"],
            own_project: url.path.contains("${CI_PROJECT_PATH}"),
            instead: "git clone \"https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/GROUP/PROJECT.git\"",
            permissions: vec!["READ_REPOSITORIES"],
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{on, tells_apart};
    use super::*;

    #[test]
    fn only_what_the_job_token_can_do() {
        tells_apart(
            "personal-token-where-job-token-works",
            &[
                "curl -H \"PRIVATE-TOKEN: $API_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases",
                "curl -H \"PRIVATE-TOKEN: $T_TOKEN\" -T f https://$CI_SERVER_HOST/api/v4/projects/7/packages/generic/a/1/f -X PUT",
                "git clone https://oauth2:$GITLAB_TOKEN@$CI_SERVER_HOST/a/b.git",
                "echo $REGISTRY_TOKEN | docker login -u x --password-stdin $CI_REGISTRY",
            ],
            &[
                "curl -H \"PRIVATE-TOKEN: $API_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/members",
                "curl -H \"PRIVATE-TOKEN: $API_TOKEN\" https://gitlab.example.com/api/v4/projects/1/releases",
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/$CI_PROJECT_ID/releases",
                "git push https://oauth2:$GITLAB_TOKEN@$CI_SERVER_HOST/a/b.git",
                "git clone https://x:$GITHUB_TOKEN@github.com/a/b.git",
                "echo $CI_REGISTRY_PASSWORD | docker login -u x --password-stdin $CI_REGISTRY",
                "curl -X POST -F token=$TRIGGER_TOKEN $CI_API_V4_URL/nowhere/1",
            ],
        );
    }

    #[test]
    fn the_own_project_weighs_more() {
        let severity = |id: &str| {
            let script = format!("curl -H \"PRIVATE-TOKEN: $API_TOKEN\" $CI_API_V4_URL/projects/{id}/releases");
            on("personal-token-where-job-token-works", &[&script])[0].severity
        };
        assert_eq!(severity("$CI_PROJECT_ID"), Severity::Medium);
        assert_eq!(severity("42"), Severity::Low);
    }
}

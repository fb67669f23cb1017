use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::catalog::{SecretFile, secret_file};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::{Step, is_filter, is_printer};
use crate::input::pipeline::value::{Credential, Family};
use crate::input::shell::{RedirectKind, Word};
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// A script prints a credential in a form that masking does not catch, or one that may not be masked at all.
    ///
    /// The runner replaces a masked value where it stands in the log exactly as it is. Base64, a part of the value, another
    /// letter case or each character on its own line pass. A stored variable is masked only if somebody ticked that box: for
    /// one printed as it is, the finding is low and only possible. Printing the job token as it is gives no finding.
    ///
    /// ## Why it matters
    ///
    /// Everyone who can see the job can read its log; in a public project with public pipelines, that is everyone. Logs are
    /// kept for months and copied into tickets and chats.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// check:
    ///   script:
    ///     - echo "$DEPLOY_TOKEN" | base64
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// check:
    ///   script:
    ///     - test -n "$DEPLOY_TOKEN" || { echo "DEPLOY_TOKEN is not set"; exit 1; }
    ///     - echo "the token has ${#DEPLOY_TOKEN} characters"
    /// ```
    ///
    /// ## What to do
    ///
    /// Take the line out. To see whether a variable is set, test it or print its length. Then end the credential that was
    /// printed and erase the logs of the jobs that printed it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>
    /// - <https://docs.gitlab.com/ci/jobs/job_logs/>
    "token-printed", "a script prints a credential in a form that masking does not catch", High, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        let Some((program, arguments)) = step.command.program() else { return };
        let Some(changed) = reaches_log(step) else { return };
        if is_printer(&program) || program == "printenv" {
            let here = step.command.redirects.iter().map(|redirect| &redirect.target);
            for word in arguments.iter().chain(here) {
                if let Some(finding) = printed(&ci, step, word, &program, changed) {
                    findings.push(finding);
                    return;
                }
            }
        } else if ["cat", "type", "Get-Content", "gc", "more", "less", "tail", "head"].contains(&program.as_str()) {
            for word in arguments {
                let value = step.environment.word(word, step.commands);
                if let Some(file) = secret_file(&value.text).filter(|file| file.encoded) {
                    findings.push(of_file(&ci, step, word, file));
                    return;
                }
            }
            for redirect in step.command.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Here) {
                findings.extend(printed(&ci, step, &redirect.target, "printf", changed));
            }
        }
    });
}

/// Does what the command prints end in the log? `Some(true)` when filters change it on the way.
fn reaches_log(step: &Step<'_, '_>) -> Option<bool> {
    let mut changed = false;
    let mut command = step.command;
    loop {
        let to_file = command.redirects.iter().any(|redirect| redirect.kind == RedirectKind::Write);
        if to_file || command.captured {
            return None;
        }
        let Some(reader) = command.pipes_into.and_then(|next| step.commands.get(next)) else { return Some(changed) };
        let (program, arguments) = reader.program()?;
        if !is_filter(&program) || is_quiet(&program, arguments) {
            return None;
        }
        changed |= !["cat", "tee", "sort", "uniq", "grep", "head", "tail", "less", "more", "nl"].contains(&program.as_str());
        command = reader;
    }
}

/// A filter that lets nothing of the value through: `grep -q`, `openssl dgst`, `jq` on what is no JSON.
fn is_quiet(program: &str, arguments: &[Word]) -> bool {
    let has = |options: &[&str]| arguments.iter().any(|word| options.contains(&word.start()));
    match program {
        "grep" => has(&["-q", "-c", "--quiet", "-qE", "-Eq"]),
        "openssl" => !has(&["base64", "enc"]),
        _ => false,
    }
}

fn printed(ci: &Ci<'_>, step: &Step<'_, '_>, word: &Word, program: &str, changed: bool) -> Option<Finding> {
    let mut value = step.environment.word(word, step.commands);
    if program == "printenv" {
        value.credentials = step.environment.credential(&word.literal()?).into_iter().collect();
    }
    let credential = value.credentials.iter().max_by_key(|found| rank(found, changed))?;
    let unmasked = changed || credential.changed;
    let stored = matches!(credential.family, Family::Stored(_));
    let written = matches!(credential.family, Family::Written(_));
    if !unmasked && !stored && !written {
        return None;
    }
    let variable = ci.variable(credential);
    let (title, message) = if unmasked {
        (
            say!["Prints ", variable, " in a form that masking does not catch"],
            say![
                "The ", ci.job(step.job), " prints ", variable, " (", what(credential.family), ") in a changed form. The runner ",
                "masks only the exact value, so this one stands in the log for everyone who can see it",
                match credential.family {
                    Family::JobToken => ", and works until the job ends.",
                    _ => ".",
                }
            ],
        )
    } else if written {
        (
            say!["Prints ", variable, ", which stands in this file and is no masked variable"],
            say![
                "The ", ci.job(step.job), " prints ", variable, ", a token that stands in this file. No variable's masking hides ",
                "it; a runner hides it only when it is new enough to know the prefix."
            ],
        )
    } else {
        (
            say!["Prints ", variable, ", which is hidden only if the variable is masked"],
            say![
                "The ", ci.job(step.job), " prints ", variable, ". By its name it is a credential. The runner hides it only if ",
                "the variable is set to Masked; the configuration does not show that."
            ],
        )
    };
    let mut advice = vec![Advice::step(say![
        "Take the line out. To see whether the variable is set, test it: `test -n \"$NAME\"`, or print its length: `${#NAME}`."
    ])];
    if stored {
        advice.push(
            Advice::step(say!["Set the variable to Masked and hidden, so that it does not show when it is printed as it is."])
                .at(say!["Settings > CI/CD > Variables"]),
        );
    }
    if unmasked && credential.family.is_stored() {
        advice.push(Advice::destructive(say![
            "If such a job has run: make a new credential, put it into the variable, end the old one, then erase those jobs' logs."
        ]));
    }
    let says = Says { title, message, advice };
    let about = About::default().and(ci.judgement.context.name(&credential.name)).and(if unmasked { "changed" } else { "plain" });
    let finding = ci.at_step(&RULE, step, &word.range, says, about);
    Some(match (unmasked, credential.family) {
        (false, _) => finding.severity(Severity::Low).confidence(Confidence::Possible),
        (true, Family::JobToken | Family::IdToken) => finding.severity(Severity::Medium).confidence(Confidence::Likely),
        (true, _) => finding.confidence(Confidence::Likely),
    })
}

/// The worst of several credentials in one word comes first.
const fn rank(credential: &Credential, changed: bool) -> u8 {
    let unmasked = changed || credential.changed;
    match (unmasked, credential.family.is_stored()) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

fn of_file(ci: &Ci<'_>, step: &Step<'_, '_>, word: &Word, file: &'static SecretFile) -> Finding {
    let says = Says {
        title: say!["Prints ", file.pattern, ", which holds credentials in a form that masking does not catch"],
        message: say![
            "The ", ci.job(step.job), " prints a file that holds ", file.holds, ". The runner masks only exact values, so they ",
            "stand in the log for everyone who can see it."
        ],
        advice: vec![Advice::step(say!["Take the line out. To see whether the file is there, use `test -s`."])],
    };
    let finding = ci.at_step(&RULE, step, &word.range, says, About::default().and(file.pattern));
    finding.severity(Severity::Medium).confidence(Confidence::Likely)
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{on, tells_apart};
    use super::*;

    #[test]
    fn changed_forms_fire_and_consumers_do_not() {
        tells_apart(
            "token-printed",
            &[
                "echo $CI_JOB_TOKEN | base64",
                "printf '%s' \"$MY_TOKEN\" | rev",
                "echo ${CI_JOB_TOKEN:0:8}",
                "A=$(echo -n \"u:$CI_REGISTRY_PASSWORD\" | base64)\necho \"$A\"",
                "Write-Host $env:API_TOKEN",
                "echo \"$API_TOKEN\" | tee out.txt",
                "cat ~/.docker/config.json",
                "printenv DEPLOY_PASSWORD",
                "base64 <<< x; cat <<EOF\n$API_KEY\nEOF",
            ],
            &[
                "echo $CI_JOB_TOKEN",
                "echo \"$SSH_PRIVATE_KEY\" | tr -d '\\r' | ssh-add -",
                "echo \"$CI_REGISTRY_PASSWORD\" | docker login -u x --password-stdin $CI_REGISTRY",
                "echo \"$KEY_TOKEN\" > key.txt",
                "echo \"$KEY_TOKEN\" | base64 -d > key.txt",
                "A=$(echo $MY_TOKEN | base64)",
                "echo \"TOKEN is set: ${MY_TOKEN:+yes}\"",
                "echo '$MY_TOKEN | base64'",
                "echo \"$MY_TOKEN\" | grep -q x",
                "echo \"$MY_TOKEN\" | openssl dgst -sha256",
                "cat README.md",
            ],
        );
    }

    #[test]
    fn severity_follows_what_is_known() {
        let severity = |script| on("token-printed", &[script])[0].severity;
        assert_eq!(severity("echo $GITLAB_TOKEN | base64"), Severity::High);
        assert_eq!(severity("echo $CI_JOB_TOKEN | base64"), Severity::Medium);
        assert_eq!(severity("echo $GITLAB_TOKEN"), Severity::Low);
    }
}

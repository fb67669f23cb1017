use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::request::{login, request};
use crate::input::pipeline::value::{Credential, Host};
use crate::input::shell::Word;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;
use crate::text::Text;

rule! {
    /// Checking the server's certificate is turned off where a credential is sent.
    ///
    /// `GIT_SSL_NO_VERIFY` counts by itself: the runner clones every job's project with the job token.
    ///
    /// ## Why it matters
    ///
    /// Without the check anyone between the job and the server can answer in its place and read the credential.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// release:
    ///   script:
    ///     - 'curl -k --header "PRIVATE-TOKEN: $RELEASE_TOKEN" "$CI_API_V4_URL/projects/42/members"'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// release:
    ///   script:
    ///     - 'curl --cacert "$CI_SERVER_TLS_CA_FILE" --header "PRIVATE-TOKEN: $RELEASE_TOKEN" "$CI_API_V4_URL/projects/42/members"'
    /// ```
    ///
    /// ## What to do
    ///
    /// Give the tool the certificate authority instead: the runner puts it into `CI_SERVER_TLS_CA_FILE` when it was registered
    /// with `tls-ca-file`; git then uses it by itself.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/runner/configuration/tls-self-signed/>
    /// - <https://docs.gitlab.com/ci/variables/predefined_variables/>
    "tls-verification-off", "the server's certificate is not checked where a credential is sent", Medium, Check::Pipeline(check),
}

/// Variables that turn the check off, the value that does, and whether the runner's own clone is meant.
const VARIABLES: &[(&str, &[&str], bool)] = &[
    ("GIT_SSL_NO_VERIFY", &["true", "1", "yes", "on"], true),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"], false),
    ("PYTHONHTTPSVERIFY", &["0"], false),
];

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    for (variable, job) in pipeline.all_variables() {
        let Some((name, _, clones)) = off(variable.name.text(), variable.text()) else { continue };
        let place = job.map_or_else(|| say!["every job"], |job| say!["the ", ci.job(job)]);
        let finding = ci.finding(&RULE, variable.name.span(), of_variable(name, clones, &place), About::default().and(name));
        findings.push(if clones { finding } else { finding.severity(Severity::Low).confidence(Confidence::Possible) });
    }
    pipeline.walk(|step| {
        for (name, value, range) in step.command.assigned() {
            let value = step.environment.word(&value, step.commands).text;
            if let Some((name, _, clones)) = off(&name, &value) {
                let says = of_variable(name, clones, &say!["the ", ci.job(step.job)]);
                let finding = ci.at_step(&RULE, step, &range, says, About::default().and(name));
                findings.push(if clones { finding } else { finding.severity(Severity::Low).confidence(Confidence::Possible) });
            }
        }
        if let Some((range, credential, way)) = insecure(step) {
            let sent = credential.as_ref().map(|credential| {
                say![" It sends ", ci.variable(credential), " (", what(credential.family), ")."]
            });
            let says = Says {
                title: say!["Does not check the server's certificate"],
                message: say![
                    "The ", ci.job(step.job), " turns the check of the server's certificate off (`", way, "`): anyone between the \
                     job and the server can read what is sent.",
                    sent.unwrap_or_default()
                ],
                advice: vec![with_authority()],
            };
            let finding = ci.at_step(&RULE, step, &range, says, About::default().and(way));
            let stored = credential.is_some_and(|credential| credential.family.is_stored());
            findings.push(if stored { finding.severity(Severity::High) } else { finding });
        }
    });
}

fn off(name: &str, value: &str) -> Option<(&'static str, &'static [&'static str], bool)> {
    VARIABLES.iter().copied().find(|(known, values, _)| *known == name && values.contains(&value.to_ascii_lowercase().as_str()))
}

fn of_variable(name: &'static str, clones: bool, place: &Text) -> Says {
    Says {
        title: say!["`", name, "` turns the check of certificates off"],
        message: say![
            "`", name, "` is set for ", place, ". ",
            if clones {
                "The runner clones with the job token, and with this variable without checking who answers."
            } else {
                "Programs of that kind then send whatever credentials they have without checking who answers."
            }
        ],
        advice: vec![with_authority()],
    }
}

fn with_authority() -> Advice {
    Advice::step(say![
        "Take it out and name the certificate authority: `CI_SERVER_TLS_CA_FILE` holds it when the runner was registered with \
         `tls-ca-file` (`curl --cacert`, `NODE_EXTRA_CA_CERTS`, `REQUESTS_CA_BUNDLE`); git uses it by itself."
    ])
}

/// A command that turns the check off and sends a credential: where, which, and the way it does so.
fn insecure(step: &Step<'_, '_>) -> Option<(std::ops::Range<usize>, Option<Credential>, &'static str)> {
    if let Some(request) = request(step) {
        let range = request.insecure.clone()?;
        let local = matches!(request.host(), Some(Host::Named(name)) if name.starts_with("localhost") || name.starts_with("127."));
        let credential = request.credentials().map(|(credential, _)| credential.clone()).next()?;
        return (!local).then_some((range, Some(credential), "--insecure"));
    }
    let (program, words) = step.command.program()?;
    let flag = |names: &[&str]| words.iter().find(|word| names.contains(&word.literal().unwrap_or_default().as_str()));
    let all = || step.command.all_words().flat_map(|word| step.environment.word(word, step.commands).credentials).next();
    if let Some(login) = login(step) {
        let word = flag(&["--tls-verify=false", "--insecure", "--insecure-skip-tls-verify"])?;
        return Some((word.range.clone(), login.credentials.into_iter().next(), "--tls-verify=false"));
    }
    match program.as_str() {
        // git sends what its credential helpers hold.
        "git" => {
            let setting = words.iter().position(|word| {
                let start = word.start().to_ascii_lowercase();
                start == "http.sslverify" || start == "http.sslverify=false"
            })?;
            let word = words.get(setting)?;
            let value = words.get(setting + 1).and_then(Word::literal).unwrap_or_default();
            let off = word.start().ends_with("=false") || matches!(value.as_str(), "false" | "0" | "off" | "no");
            off.then(|| (word.range.clone(), all(), "http.sslVerify=false"))
        }
        "npm" | "yarn" | "pnpm" => {
            let at = words.iter().position(|word| word.start().starts_with("strict-ssl"))?;
            let word = words.get(at)?;
            let value = words.get(at + 1).and_then(Word::literal).unwrap_or_default();
            (word.start() == "strict-ssl=false" || value == "false").then(|| (word.range.clone(), all(), "strict-ssl=false"))
        }
        "executor" => flag(&["--skip-tls-verify"]).map(|word| (word.range.clone(), None, "--skip-tls-verify")),
        "skopeo" | "buildah" | "podman" => {
            let word = flag(&["--tls-verify=false", "--src-tls-verify=false", "--dest-tls-verify=false"])?;
            Some((word.range.clone(), Some(all()?), "--tls-verify=false"))
        }
        "helm" | "kubectl" => {
            let word = flag(&["--insecure-skip-tls-verify", "--insecure-skip-tls-verify=true"])?;
            Some((word.range.clone(), Some(all()?), "--insecure-skip-tls-verify"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{of, on, tells_apart};
    use super::*;

    #[test]
    fn only_with_something_to_lose() {
        tells_apart(
            "tls-verification-off",
            &[
                "curl -k -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/x",
                "curl -sSkf -u \"x:$MY_TOKEN\" https://x.example",
                "curl --insecure --header \"PRIVATE-TOKEN: $T_TOKEN\" $CI_API_V4_URL",
                "wget --no-check-certificate --header=\"PRIVATE-TOKEN: $A_TOKEN\" https://x.example",
                "git config --global http.sslVerify false",
                "git -c http.sslVerify=false clone https://x.example",
                "export GIT_SSL_NO_VERIFY=1",
                "npm config set strict-ssl false",
            ],
            &[
                "curl -k https://x.example",
                "curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/x",
                "curl -k -u \"admin:$ADMIN_PASSWORD\" https://localhost:8443/",
                "curl -o k -u \"x:$MY_TOKEN\" https://x.example",
                "git config http.sslVerify true",
                "wget --no-check-certificate https://x.example",
                "helm upgrade --insecure-skip-tls-verify a b",
            ],
        );
    }

    #[test]
    fn passwords_in_clear_on_the_same_line_are_not_shown() {
        for given in ["-u admin:Hunter2horse", "-kuadmin:Hunter2horse", "--user=admin:Hunter2horse", "--proxy-pass=Hunter2horse"] {
            let found = on("tls-verification-off", &[&format!("curl -k {given} -u x:$MY_TOKEN https://x.example")]);
            let shown = &found[0].excerpt.as_ref().unwrap().text;
            assert!(!shown.contains("Hunter2h"), "{given}");
        }
    }

    #[test]
    fn stored_credentials_weigh_more() {
        assert_eq!(on("tls-verification-off", &["curl -k -u x:$GITLAB_TOKEN https://x.example"])[0].severity, Severity::High);
        assert_eq!(of("tls-verification-off", "variables: {GIT_SSL_NO_VERIFY: 'true'}\na: {script: x}\n").len(), 1);
        assert_eq!(of("tls-verification-off", "variables: {GIT_SSL_NO_VERIFY: 'false'}\na: {script: x}\n").len(), 0);
    }
}

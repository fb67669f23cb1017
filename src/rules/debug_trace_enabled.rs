use super::ci::{Ci, Says, what};
use super::{Check, Judgement, rule};
use crate::input::pipeline::flow::Step;
use crate::input::pipeline::{Job, Pipeline, Variable};
use crate::input::shell::Word;
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// The configuration turns on tracing: `CI_DEBUG_TRACE` or `CI_DEBUG_SERVICES`, or `set -x` in a script that uses
    /// credentials afterwards.
    ///
    /// `set -x` is low: the runner masks what is masked in the trace too.
    ///
    /// ## Why it matters
    ///
    /// With `CI_DEBUG_TRACE` the runner prints every variable of the job into its log, and every command as the shell runs it.
    /// Values set to Masked are hidden; the content of file variables, unmasked values and what the shell quotes differently
    /// are not. GitLab then shows the log to Developers and up only, but the log stays.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// build:
    ///   variables:
    ///     CI_DEBUG_TRACE: "true"
    ///   script:
    ///     - make
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// build:
    ///   variables:
    ///     CI_DEBUG_TRACE: "false"
    ///   script:
    ///     - set -x
    ///     - make
    /// ```
    ///
    /// ## What to do
    ///
    /// Take the variable out of the file; set it for one pipeline when you need it (Build > Pipelines > New pipeline). In a
    /// script put `set +x` before the commands that use credentials.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/variables_troubleshooting/#enable-debug-logging>
    "debug-trace-enabled", "debug logging or a shell trace is on where credentials are used", High, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    for (variable, job) in pipeline.all_variables() {
        findings.extend(of_variable(&ci, variable, job));
    }
    // A trace goes on through the shell that it was turned on in.
    let mut tracing: Option<(usize, Finding)> = None;
    pipeline.walk(|step| {
        if tracing.as_ref().is_some_and(|(shell, _)| *shell != step.shell) {
            tracing = None;
        }
        match trace(step) {
            Some(true) => {
                if tracing.is_none() {
                    tracing = Some((step.shell, of_trace(&ci, step)));
                }
                return;
            }
            Some(false) => {
                tracing = None;
                return;
            }
            None => {}
        }
        if tracing.is_none() {
            return;
        }
        let mut used = step.command.all_words().flat_map(|word| step.environment.word(word, step.commands).credentials);
        if let Some(credential) = used.next()
            && let Some((_, mut finding)) = tracing.take()
        {
            finding.message.push(" The first to come is ").push(ci.variable(&credential)).push(", ");
            finding.message.push(what(credential.family)).push(".");
            findings.push(finding);
        }
    });
}

fn of_variable(ci: &Ci<'_>, variable: &Variable, job: Option<&Job>) -> Option<Finding> {
    let name = variable.name.text();
    let trace = name == "CI_DEBUG_TRACE";
    if !trace && name != "CI_DEBUG_SERVICES" {
        return None;
    }
    if !matches!(variable.text().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on") {
        return None;
    }
    let shown = ci.name(&variable.name);
    let message = if trace {
        say![
            "With `CI_DEBUG_TRACE` on, the runner prints all variables of ",
            job.map_or(say!["every job"], |job| say!["the ", ci.job(job)]),
            " into the log, and each command as the shell runs it. Values set to Masked are hidden; file variables, unmasked ",
            "values and what the shell quotes differently are not."
        ]
    } else {
        say![
            "With `CI_DEBUG_SERVICES` on, the logs of the service containers go into the job's log. What they print of their \
             settings (passwords given by variables among them) is hidden only where the value is masked."
        ]
    };
    let says = Says {
        title: say![shown, " is on in the configuration"],
        message,
        advice: vec![
            Advice::step(say!["Take it out of the file. When you need it, set it for one pipeline only."])
                .at(say!["Build > Pipelines > New pipeline"]),
            Advice::step(say![
                "Erase the logs of the jobs that ran with it, and renew the credentials those jobs had that are not masked."
            ]),
        ],
    };
    let about = About::default().and(shown).and(job.map(|job| ci.job(job)));
    let finding = ci.finding(&RULE, variable.name.span(), says, about);
    Some(if trace { finding } else { finding.severity(Severity::Medium) })
}

/// Does the command turn the shell's trace on (`Some(true)`) or off?
fn trace(step: &Step<'_, '_>) -> Option<bool> {
    let (program, arguments) = step.command.program()?;
    let words: Vec<String> = arguments.iter().filter_map(Word::literal).collect();
    let shell = ["bash", "sh", "zsh", "ash", "dash"].contains(&program.as_str());
    if program == "Set-PSDebug" {
        let level = words.iter().position(|word| word.eq_ignore_ascii_case("-Trace")).and_then(|at| words.get(at + 1))?;
        return Some(level != "0");
    }
    if program != "set" && !shell {
        return None;
    }
    let mut named = false;
    for word in &words {
        if named && word == "xtrace" {
            return Some(!words.iter().any(|word| word.starts_with('+')));
        }
        named = word.ends_with('o') && word.starts_with(['-', '+']);
        if shell && !word.starts_with('-') {
            return None;
        }
        if word.len() < 2 || word.starts_with("--") {
            continue;
        }
        if word.starts_with('-') && word.contains('x') {
            return Some(true);
        }
        if word.starts_with('+') && word.contains('x') {
            return Some(false);
        }
    }
    None
}

fn of_trace(ci: &Ci<'_>, step: &Step<'_, '_>) -> Finding {
    let says = Says {
        title: say!["Traces commands that use credentials"],
        message: say![
            "From here on the shell of the ", ci.job(step.job), " prints each command with its variables filled in. Masked ",
            "values are hidden; those that are not masked, or that a command changes first, are not."
        ],
        advice: vec![Advice::step(say![
            "Put `set +x` before the commands that use credentials and `set -x` behind them, or leave the trace out."
        ])],
    };
    let finding = ci.at_step(&RULE, step, &step.command.range, says, About::default().and("trace"));
    finding.severity(Severity::Low).confidence(Confidence::Possible)
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{of, on, tells_apart};
    use super::*;

    #[test]
    fn traces_count_where_a_credential_follows() {
        tells_apart(
            "debug-trace-enabled",
            &[
                "set -x\ncurl -H \"PRIVATE-TOKEN: $GITLAB_TOKEN\" $CI_API_V4_URL/user",
                "set -euxo pipefail\necho $CI_JOB_TOKEN > t",
                "set -e -o xtrace\nA=$DEPLOY_TOKEN",
                "sh -x; echo $MY_TOKEN > t",
            ],
            &[
                "set -x\nmake",
                "set -e\ncurl -H \"X: $MY_TOKEN\" $CI_API_V4_URL",
                "set -x\nset +x\ncurl -u \"x:$MY_TOKEN\" $CI_API_V4_URL",
                "set -o pipefail\necho $MY_TOKEN > x",
                "bash run-x.sh -x $MY_TOKEN",
            ],
        );
        assert_eq!(on("debug-trace-enabled", &["set -x", "make", "npm publish --token $NPM_TOKEN"]).len(), 1);
    }

    #[test]
    fn the_variable_counts_where_it_is_on() {
        for (value, count) in [("\"true\"", 1), ("true", 1), ("yes", 1), ("\"false\"", 0), ("\"\"", 0)] {
            let text = format!("variables:\n  CI_DEBUG_TRACE: {value}\na:\n  script: make\n");
            assert_eq!(of("debug-trace-enabled", &text).len(), count, "{value}");
        }
        let text = "a:\n  script: x\n  rules:\n    - variables: {CI_DEBUG_SERVICES: 'true'}\n";
        assert_eq!(of("debug-trace-enabled", text)[0].severity, Severity::Medium);
    }
}

use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use crate::input::pipeline::Pipeline;
use crate::input::pipeline::flow::Step;
use crate::input::shell::{Command, RedirectKind, Word};
use crate::report::{About, Advice, Confidence, Finding, Severity};
use crate::say;

rule! {
    /// A script prints the whole environment into the log: `env`, `printenv`, `set`, `export -p`.
    ///
    /// A list that is searched for harmless names (`env | grep ^CI_COMMIT`), cut down to names, or written to a file is not
    /// meant.
    ///
    /// ## Why it matters
    ///
    /// The environment holds every variable that the job got, also those that somebody adds next year. Only masked ones are
    /// hidden; a value with a line break or fewer than eight characters cannot be masked.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// debug:
    ///   script:
    ///     - env | sort
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// debug:
    ///   script:
    ///     - env | cut -d= -f1 | sort
    ///     - echo "$CI_COMMIT_REF_NAME"
    /// ```
    ///
    /// ## What to do
    ///
    /// Print the variables that you need by name, or the names alone: `env | cut -d= -f1`.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/variables_troubleshooting/#list-all-variables>
    /// - <https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>
    "environment-dumped", "a script prints the whole environment into the log", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    pipeline.walk(|step| {
        if !is_dump(step.command) {
            return;
        }
        let Some(whole) = shows_values(step) else { return };
        let says = Says {
            title: say!["Prints the whole environment into the log"],
            message: say![
                "The ", ci.job(step.job), " prints every variable it has. Those set to Masked are hidden; all others, file ",
                "contents and what somebody adds later stand in the log for everyone who can see it",
                if whole { "." } else { ", as far as the filter lets them through." }
            ],
            advice: vec![Advice::step(say![
                "Print the variables you need by name, or the names alone: `env | cut -d= -f1 | sort`."
            ])],
        };
        let finding = ci.at_step(&RULE, step, &step.command.range, says, About::default());
        findings.push(if whole { finding } else { finding.severity(Severity::Low).confidence(Confidence::Possible) });
    });
}

/// A command that lists all variables with their values.
pub(super) fn is_dump(command: &Command) -> bool {
    let Some((program, arguments)) = command.program() else { return false };
    // `A=b env`, `exec env make`: what comes last decides, and that `program` has found.
    let literal = |index: usize| arguments.get(index).and_then(Word::literal).unwrap_or_default();
    match program.as_str() {
        "env" => arguments.iter().all(|word| ["-0", "--null"].contains(&word.start())),
        "printenv" | "set" | "SET" => arguments.is_empty(),
        "export" => arguments.is_empty() || arguments.len() == 1 && literal(0) == "-p",
        "declare" | "typeset" => {
            arguments.is_empty() || arguments.len() == 1 && ["-p", "-x", "-xp", "-px"].contains(&literal(0).as_str())
        }
        "Get-ChildItem" | "gci" | "dir" | "ls" => {
            let place = literal(0).to_ascii_lowercase();
            matches!(place.as_str(), "env:" | "env:*" | "env:\\" | "env:/")
        }
        _ => false,
    }
}

/// `Some(true)`: all of it ends in the log. `Some(false)`: what a search for secrets lets through. `None`: no values do.
fn shows_values(step: &Step<'_, '_>) -> Option<bool> {
    let mut whole = true;
    let mut command = step.command;
    loop {
        if command.captured || command.elsewhere || command.redirects.iter().any(|redirect| redirect.kind == RedirectKind::Write) {
            return None;
        }
        let Some(reader) = command.pipes_into.and_then(|next| step.commands.get(next)) else { return Some(whole) };
        let (program, arguments) = reader.program()?;
        match program.as_str() {
            "sort" | "cat" | "tee" | "nl" | "less" | "more" | "uniq" | "base64" | "head" | "tail" | "column" | "tr" | "Sort-Object"
            | "Format-Table" | "Out-String" => {}
            "grep" | "egrep" | "rg" | "findstr" | "Select-String" => {
                let start = |word: &Word| word.start().to_ascii_lowercase();
                let inverted = arguments.iter().any(|word| {
                    let option = start(word);
                    option.starts_with('-') && !option.starts_with("--") && option.contains('v') || option == "--invert-match"
                });
                let for_secrets = arguments.iter().map(start).any(|pattern| {
                    !pattern.starts_with('-') && ["token", "pass", "secret", "key", "pat", "auth"].iter().any(|word| pattern.contains(word))
                });
                if !inverted && !for_secrets {
                    return None;
                }
                whole = whole && inverted;
            }
            _ => return None,
        }
        command = reader;
    }
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::tells_apart;

    #[test]
    fn whole_environments_fire() {
        tells_apart(
            "environment-dumped",
            &[
                "env", "printenv", "set", "export -p", "export", "declare -x", "env | sort", "printenv | grep -v FOO", "gci env:",
                "Get-ChildItem Env:* | Sort-Object Name", "sudo env", "env | grep -i token", "env | base64", "set | tee x",
                "bash -c \"env | sort\"",
            ],
            &[
                "env FOO=bar make", "set -e", "printenv HOME", "export A=b", "env > build.env", "A=$(env)", "env | grep ^CI_COMMIT",
                "env | cut -d= -f1", "env -i bash", "set -- a b", "ls", "declare -a x", "printenv | wc -l", "set +x",
                "env | grep -q CI_COMMIT_TAG", "conda env list", "ssh u@h \"env\"", "docker exec x sh -c \"env\"", "bash -c env > x",
            ],
        );
    }
}

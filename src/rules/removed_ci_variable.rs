use std::collections::HashMap;

use super::ci::{Ci, Says};
use super::{Check, Judgement, rule};
use crate::catalog::{PredefinedVariable, TokenType, predefined_variable};
use crate::context::Version;
use crate::input::pipeline::Pipeline;
use crate::report::{About, Advice, Finding, Severity};
use crate::say;
use crate::source::Span;

rule! {
    /// The configuration uses a predefined variable that GitLab has removed: `CI_JOB_JWT`, `CI_BUILD_TOKEN` and the like.
    ///
    /// A variable of that name which the file makes itself (under `variables` or `id_tokens`) is not meant.
    ///
    /// ## Why it matters
    ///
    /// The variable is empty. A sign-in with it fails, or, worse, a command that gets an empty word does something else. While
    /// looking for the reason people store a long-lived key instead.
    ///
    /// ## Bad
    ///
    /// ```yaml ci-config
    /// secrets:
    ///   script:
    ///     - vault write auth/jwt/login role=ci jwt="$CI_JOB_JWT"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml ci-config
    /// secrets:
    ///   id_tokens:
    ///     VAULT_ID_TOKEN:
    ///       aud: https://vault.example.com
    ///   script:
    ///     - vault write auth/jwt/login role=ci jwt="$VAULT_ID_TOKEN"
    /// ```
    ///
    /// ## What to do
    ///
    /// Ask for an ID token with `id_tokens:` and the audience that the other side expects; take the new name for the others.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
    /// - <https://docs.gitlab.com/update/deprecations/>
    "removed-ci-variable", "a predefined variable that GitLab has removed", Medium, Check::Pipeline(check),
}

fn check(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    let ci = Ci::new(judgement, pipeline);
    // The first place of each, and how often.
    let mut seen: HashMap<&'static str, (&'static PredefinedVariable, Span, usize)> = HashMap::new();
    let mut note = |variable: &'static PredefinedVariable, span: Span| {
        let entry = seen.entry(variable.name).or_insert((variable, span, 0));
        entry.2 += 1;
        if span.start < entry.1.start {
            entry.1 = span;
        }
    };
    let own: Vec<&str> = pipeline
        .all_variables()
        .map(|(variable, _)| variable.name.text())
        .chain(pipeline.jobs.iter().chain([&pipeline.default]).flat_map(|job| job.id_tokens.iter().map(|name| name.text())))
        .collect();
    let removed = |name: &str| {
        let variable = predefined_variable(name)?;
        let until = variable.until?;
        let still_there = judgement.context.gitlab_version.is_some_and(|version| version < until);
        (!still_there && !own.contains(&name)).then_some(variable)
    };
    pipeline.walk(|step| {
        for word in step.command.all_words() {
            for (used, range) in word.variables() {
                if let Some(variable) = removed(&used.name) {
                    note(variable, step.script.text.place(range));
                }
            }
        }
    });
    for (variable, _) in pipeline.all_variables() {
        let text = variable.value.text();
        for (at, _) in text.match_indices('$') {
            let rest = text.get(at + 1..).unwrap_or_default();
            let name = rest.strip_prefix('{').unwrap_or(rest);
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            if let Some(found) = removed(name.get(..end).unwrap_or_default()) {
                note(found, variable.value.place(at..at + 1 + end));
            }
        }
    }
    let mut all: Vec<_> = seen.into_values().collect();
    all.sort_by_key(|(_, span, _)| *span);
    for (variable, span, count) in all {
        findings.push(finding(&ci, variable, span, count));
    }
}

fn finding(ci: &Ci<'_>, variable: &'static PredefinedVariable, span: Span, count: usize) -> Finding {
    let until = variable.until.unwrap_or(Version::new(0, 0));
    let instead = variable.instead.unwrap_or_default();
    let id_token = variable.token == Some(TokenType::CiIdToken);
    let advice = if id_token {
        Advice::step(say![
            "Ask for an ID token: under the job `id_tokens:`, a name, and `aud` with the audience that the other side checks. Then \
             use that name. The other side may need its bound audience and issuer changed first."
        ])
    } else {
        Advice::step(say!["Take `$", instead, "`, which holds the same."])
    };
    let says = Says {
        title: say!["Uses `$", variable.name, "`, which GitLab ", until_words(until), " removed"],
        message: say![
            "GitLab removed `", variable.name, "` in ", until_words(until), ": it is empty there and later, and what uses it gets \
             nothing."
        ],
        advice: vec![advice],
    };
    let mut finding = ci.finding(&RULE, span, says, About::default().and(variable.name));
    finding.occurrences = count;
    if variable.token.is_some() { finding } else { finding.severity(Severity::Low) }
}

fn until_words(version: Version) -> crate::text::Text {
    say![version.major, ".", version.minor]
}

#[cfg(test)]
mod tests {
    use super::super::ci::sample::{judged_in, of, tells_apart};
    use super::super::sample::today;
    use crate::context::{Context, Version};

    #[test]
    fn removed_names_fire_once_each() {
        tells_apart(
            "removed-ci-variable",
            &["vault login $CI_JOB_JWT", "echo ${CI_BUILD_REF} $CI_BUILD_REF", "git clone $CI_BUILD_REPO", "echo $CI_JOB_JWT_V2 > x"],
            &["echo $CI_JOB_TOKEN > x", "echo '$CI_JOB_JWT'", "echo $CI_COMMIT_SHA", "CI_JOB_JWTX=1; echo $CI_JOB_JWTX"],
        );
    }

    #[test]
    fn a_token_of_the_same_name_is_the_files_own() {
        let text = "a:\n  id_tokens: {CI_JOB_JWT: {aud: x}}\n  script: vault login $CI_JOB_JWT\n";
        assert!(of("removed-ci-variable", text).is_empty());
        assert_eq!(of("removed-ci-variable", "variables: {A: 'x-${CI_JOB_JWT_V1}'}\na: {script: x}\n").len(), 1);
    }

    #[test]
    fn an_older_instance_still_has_it() {
        let mut context = Context::new(today());
        context.gitlab_version = Some(Version::new(16, 11));
        let report = judged_in("a: {script: vault login $CI_JOB_JWT}\n", &context);
        assert!(report.findings.iter().all(|finding| finding.rule.id != "removed-ci-variable"));
    }
}

use super::stored::{Stored, secrets};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, VariableLevel};
use crate::report::{Advice, Confidence, Finding};
use crate::say;

rule! {
    /// A CI/CD variable that looks secret is given to the jobs of all environments.
    ///
    /// What looks secret is told as in `variable-not-masked`. Whether it serves one environment only does not show, so this is
    /// possible, no more.
    ///
    /// ## Why it matters
    ///
    /// A job that deploys a review app gets the credential for production too. With an environment scope GitLab gives it only to
    /// jobs of that environment, and who may deploy there can be limited.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-variables.json
    /// [{"variable_type": "env_var", "key": "DB_PASSWORD", "protected": true, "masked": true, "raw": true,
    ///   "environment_scope": "*"}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-variables.json
    /// [{"variable_type": "env_var", "key": "DB_PASSWORD", "protected": true, "masked": true, "raw": true,
    ///   "environment_scope": "production"}]
    /// ```
    ///
    /// ## What to do
    ///
    /// If only jobs with `environment: production` use it, set its environment scope to `production`. If jobs without an
    /// environment use it, a build for example, leave it as it is.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable>
    /// - <https://docs.gitlab.com/ci/environments/protected_environments/>
    "variable-all-environments", "a secret-looking CI/CD variable goes to all environments", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let everywhere = |stored: &Stored<'_>| {
        let scoped = stored.variable.level != Some(VariableLevel::Instance);
        scoped && stored.variable.environment_scope.as_ref().is_some_and(|scope| scope.as_str() == "*")
    };
    findings.extend(secrets(judgement, inventory).filter(everywhere).map(|stored| finding(&stored)));
}

fn finding(stored: &Stored<'_>) -> Finding {
    let message = say![
        stored.opening(),
        ", and has no environment scope: jobs of every environment get it, review apps included. Whether it serves one environment \
         only does not show here."
    ];
    let advice = vec![
        Advice::step(say!["Search the CI configuration for `", stored.key(), "`: do the jobs that use it all name one `environment`?"]),
        stored.edit(say!["If they do, set that as its environment scope. Jobs of other environments, and jobs without one, no longer get it. In a group this needs Premium or Ultimate."], None),
    ];
    stored.finding(&RULE, say!["`", stored.key(), "` goes to all environments"], message, advice).confidence(Confidence::Possible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Variable;
    use crate::rules::sample::letter;
    use crate::rules::stored::sample::{of, variable};
    use crate::text::Name;

    fn bare(key: &str) -> Variable {
        Variable { environment_scope: Some(Name::new("*")), ..variable(key) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("variable-all-environments", vec![bare("DB_PASSWORD")])[0]));
    }

    #[test]
    fn only_a_known_scope_of_all_counts() {
        let of = |variable| of("variable-all-environments", vec![variable]).len();
        assert_eq!(of(bare("REGION")), 0);
        assert_eq!(of(variable("DB_PASSWORD")), 0);
        assert_eq!(of(Variable { environment_scope: Some(Name::new("review/*")), ..bare("DB_PASSWORD") }), 0);
        assert_eq!(of(Variable { environment_scope: None, ..bare("DB_PASSWORD") }), 0);
        assert_eq!(of(Variable { level: Some(VariableLevel::Instance), ..bare("DB_PASSWORD") }), 0, "an instance's has none");
    }
}

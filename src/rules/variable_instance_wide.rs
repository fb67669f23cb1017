use super::stored::{Stored, secrets};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, VariableLevel};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A CI/CD variable that looks secret is defined for the whole instance.
    ///
    /// What looks secret is told as in `variable-not-masked`.
    ///
    /// ## Why it matters
    ///
    /// Every project of the instance gets it in its jobs, also one that somebody makes tomorrow. Protecting it does not help
    /// much: whoever makes a project decides which of its branches are protected.
    ///
    /// ## Bad
    ///
    /// ```json inventory instance-variables.json
    /// [{"variable_type": "env_var", "key": "SONAR_TOKEN", "value": "", "protected": true, "masked": true, "raw": true},
    ///  {"variable_type": "env_var", "key": "DEPLOY_PASSWORD", "value": "made-up-by-us", "protected": true, "masked": true,
    ///   "raw": true}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory instance-variables.json
    /// [{"variable_type": "env_var", "key": "HTTP_PROXY_HOST", "value": "proxy.example.com", "protected": false,
    ///   "masked": false, "raw": true}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Put it into the one group or project that uses it, masked and protected. If every project needs it, let jobs fetch it
    /// from a secret manager with an ID token, which says which project asks. Then change the value: every project has had it.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/#for-an-instance>
    /// - <https://docs.gitlab.com/ci/secrets/>
    "variable-instance-wide", "a secret-looking CI/CD variable goes to every project", High, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let wide = |stored: &Stored<'_>| stored.variable.level == Some(VariableLevel::Instance);
    findings.extend(secrets(judgement, inventory).filter(wide).map(|stored| finding(&stored)));
}

fn finding(stored: &Stored<'_>) -> Finding {
    let mut message = say![stored.opening(), ", and is defined for the whole instance: the jobs of every project get it, also of one made tomorrow."];
    if stored.variable.protected == Some(true) {
        message.push(" That it is protected limits little: each project decides which of its branches are.");
    }
    let advice = vec![
        Advice::step(say!["Find out which projects use `", stored.key(), "`: search their CI configuration and the instance's templates."]),
        Advice::step(say!["Put it into the one group or project that needs it, masked and protected. If all need it, let jobs fetch it from a secret manager with an ID token (`id_tokens`)."]),
        stored.delete_from_instance(say!["Then delete it here, and change the value where it was issued: the jobs of every project have had it. Jobs that still use it find it empty. Needs: an administrator, `api`."]),
    ];
    stored.finding(&RULE, say!["`", stored.key(), "` goes to the jobs of every project"], message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Variable;
    use crate::rules::sample::letter;
    use crate::rules::stored::sample::{of, variable};

    fn wide(key: &str) -> Variable {
        Variable { level: Some(VariableLevel::Instance), environment_scope: None, ..variable(key) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("variable-instance-wide", vec![wide("SONAR_TOKEN")])[0]));
    }

    #[test]
    fn only_the_instances_own_secrets_count() {
        let of = |variable| of("variable-instance-wide", vec![variable]).len();
        assert_eq!(of(wide("REGION")), 0);
        assert_eq!(of(variable("SONAR_TOKEN")), 0);
        assert_eq!(of(Variable { level: None, ..wide("SONAR_TOKEN") }), 0);
    }
}

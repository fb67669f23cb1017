use super::stored::{Stored, secrets};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A CI/CD variable that looks secret goes to the jobs of every branch.
    ///
    /// What looks secret is told as in `variable-not-masked`; File variables count.
    ///
    /// ## Why it matters
    ///
    /// Whoever may push a branch, a Developer, can write a job that sends the value away, and masking does not stop that. A
    /// protected variable is given only to jobs of protected branches and tags, which few may change.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-variables.json
    /// [{"variable_type": "env_var", "key": "DB_PASSWORD", "protected": false, "masked": true, "raw": true,
    ///   "environment_scope": "production"}]
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
    /// Find the jobs that use it. If they run on protected branches and tags only, protect the variable. If jobs of other
    /// branches need it, give those a second one that can do less: read instead of publish, staging instead of production.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable>
    /// - <https://docs.gitlab.com/api/project_level_variables/#update-a-variable>
    "variable-not-protected", "a secret-looking CI/CD variable goes to every branch's jobs", Medium, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    findings.extend(secrets(judgement, inventory).filter(|stored| stored.variable.protected == Some(false)).map(|stored| finding(&stored)));
}

fn finding(stored: &Stored<'_>) -> Finding {
    let message = say![
        stored.opening(),
        ", and is not protected: jobs of every branch get it. Whoever may push a branch can write a job that sends the value away; \
         masking does not stop that."
    ];
    let advice = vec![
        Advice::step(say!["Search the CI configuration for `", stored.key(), "`: on which branches and tags do the jobs run that use it?"]),
        stored.edit(say!["If those are protected, choose “Protect variable”. Jobs of other branches no longer get it."], Some("protected=true")),
        Advice::step(say!["If other branches need it, make a second variable for them that can do less, and protect this one."]),
    ];
    stored.finding(&RULE, say!["`", stored.key(), "` goes to the jobs of every branch"], message, advice)
}

#[cfg(test)]
mod tests {
    use crate::inventory::Variable;
    use crate::rules::sample::letter;
    use crate::rules::stored::sample::{of, variable};

    fn bare(key: &str) -> Variable {
        Variable { protected: Some(false), ..variable(key) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("variable-not-protected", vec![bare("DB_PASSWORD")])[0]));
    }

    #[test]
    fn only_secrets_that_are_known_to_be_open_count() {
        let of = |variable| of("variable-not-protected", vec![variable]).len();
        assert_eq!(of(bare("DEBUG")), 0);
        assert_eq!(of(variable("DB_PASSWORD")), 0);
        assert_eq!(of(Variable { protected: None, ..bare("DB_PASSWORD") }), 0);
        assert_eq!(of(Variable { file: Some(true), ..bare("KUBECONFIG") }), 1);
    }
}

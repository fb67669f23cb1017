use super::stored::{Stored, secrets};
use super::{Check, Judgement, rule};
use crate::inventory::Inventory;
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A CI/CD variable that looks secret is not masked.
    ///
    /// It looks secret by its value, where the source has it (only its kind is kept), or by its name: `NPM_TOKEN`,
    /// `DB_PASSWORD`. Variables of type File are left out: jobs see a path, and contents of several lines cannot be masked.
    ///
    /// ## Why it matters
    ///
    /// One command that prints its environment, or a tool that repeats its arguments in an error, puts the value into the job
    /// log, for everyone who may read it and for as long as it is kept.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-variables.json
    /// [{"variable_type": "env_var", "key": "NPM_TOKEN", "value": "", "hidden": true, "protected": true, "masked": false,
    ///   "raw": true, "environment_scope": "production"},
    ///  {"variable_type": "env_var", "key": "DB_PASSWORD", "protected": true, "masked": false, "raw": true,
    ///   "environment_scope": "production"}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-variables.json
    /// [{"variable_type": "env_var", "key": "DB_PASSWORD", "protected": true, "masked": true, "raw": true,
    ///   "environment_scope": "production"},
    ///  {"variable_type": "env_var", "key": "DEBUG", "value": "1", "protected": false, "masked": false, "raw": true,
    ///   "environment_scope": "*"}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Set its visibility to Masked. GitLab refuses that for values of several lines, with blanks, or shorter than eight
    /// characters: make such a value a File variable, or split it. Masking does not reach back: if a log shows the value, change
    /// it too.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>
    /// - <https://docs.gitlab.com/api/project_level_variables/#update-a-variable>
    "variable-not-masked", "a secret-looking CI/CD variable is not masked", Medium, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    for stored in secrets(judgement, inventory) {
        let variable = stored.variable;
        if variable.masked == Some(false) && variable.file != Some(true) && variable.hidden != Some(true) {
            findings.push(finding(&stored));
        }
    }
}

fn finding(stored: &Stored<'_>) -> Finding {
    let message = say![
        stored.opening(),
        ", and is not masked: a job that prints its environment, or a tool that repeats its arguments, shows the value in its log."
    ];
    let advice = vec![
        stored.edit(say!["Set its visibility to Masked. Jobs go on getting the value."], Some("masked=true")),
        Advice::step(say!["If GitLab refuses, the value has several lines or blanks, or fewer than eight characters: make it a File variable, whose path is what jobs see."]),
        Advice::step(say!["Masking does not reach back. If a job log already shows the value, change it where it was issued, and erase the log."]),
    ];
    stored.finding(&RULE, say!["`", stored.key(), "` is not masked in job logs"], message, advice)
}

#[cfg(test)]
mod tests {
    use crate::inventory::Variable;
    use crate::report::Confidence;
    use crate::rules::sample::letter;
    use crate::rules::stored::sample::{of, variable};
    use crate::text::Name;

    fn bare(key: &str) -> Variable {
        Variable { masked: Some(false), ..variable(key) }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("variable-not-masked", vec![bare("NPM_TOKEN")])[0]));
    }

    #[test]
    fn names_values_and_flags_decide() {
        let of = |variable| of("variable-not-masked", vec![variable]);
        assert!(of(bare("DEBUG")).is_empty());
        assert!(of(variable("NPM_TOKEN")).is_empty());
        assert!(of(Variable { masked: None, ..bare("NPM_TOKEN") }).is_empty());
        assert!(of(Variable { file: Some(true), ..bare("KUBECONFIG") }).is_empty());
        assert!(of(Variable { value_set: Some(false), ..bare("NPM_TOKEN") }).is_empty());
        assert!(of(Variable { key: None, ..bare("X") }).is_empty());
        assert_eq!(of(bare("NPM_TOKEN"))[0].confidence, Confidence::Likely);
        let by_value = Variable { value_kind: Some(Name::new("project_access_token")), ..bare("FOO") };
        assert_eq!(of(by_value.clone())[0].confidence, Confidence::Certain);
        assert!(of(by_value)[0].message.as_str().contains("holds a project access token"));
    }

    #[test]
    fn one_key_in_two_environments_is_two_facts() {
        let staging = Variable { environment_scope: Some(Name::new("review/*")), ..bare("NPM_TOKEN") };
        let found = of("variable-not-masked", vec![bare("NPM_TOKEN"), staging]);
        assert_ne!(found[0].identity(), found[1].identity());
        let command = found[1].advice[0].command.as_ref().unwrap().to_string();
        assert!(command.contains("filter%5Benvironment_scope%5D=review%2F%2A"), "{command}");
    }

    #[test]
    fn an_inherited_variable_is_changed_in_its_group() {
        let inherited = Variable { inherited_from: Some(Name::new("acme")), ..bare("NPM_TOKEN") };
        let found = of("variable-not-masked", vec![inherited]);
        assert!(found[0].advice[0].place.as_ref().unwrap().as_str().starts_with("acme > Settings > CI/CD"));
        assert!(found[0].advice[0].command.as_ref().unwrap().as_str().contains("/groups/acme/variables/NPM_TOKEN"));
    }
}

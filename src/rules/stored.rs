//! Stored CI/CD variables that look secret, as the rules look at them.

use super::settings::{OwnerCalls, Settings, Thing, last_step, step};
use super::{Judgement, Rule, call};
use crate::catalog::{TokenType, is_secret_name};
use crate::inventory::{Inventory, Variable, VariableLevel};
use crate::report::{Advice, Confidence, Finding, SubjectId};
use crate::say;
use crate::text::{Name, Text};

/// A variable that looks secret.
pub(super) struct Stored<'a> {
    pub(super) settings: Settings<'a>,
    pub(super) variable: &'a Variable,
    key: &'a Name,
}

/// Those with a value that is a credential, or a name that says so. A variable without a value holds no secret.
pub(super) fn secrets<'a>(judgement: &'a Judgement<'a>, inventory: &'a Inventory) -> impl Iterator<Item = Stored<'a>> {
    let settings = Settings::new(judgement, inventory);
    inventory.variables.iter().filter_map(move |variable| {
        let key = variable.key.as_ref()?;
        let secret = variable.value_kind.is_some() || is_secret_name(key.as_str());
        let settings = match (&variable.inherited_from, variable.level) {
            (Some(group), _) => settings.of_group(Some(group)),
            (None, Some(VariableLevel::Instance)) => settings.of_instance(),
            (None, Some(VariableLevel::Group)) if inventory.owner.is_none() => settings.of_group(None),
            _ => settings,
        };
        (secret && variable.value_set != Some(false)).then_some(Stored { settings, variable, key })
    })
}

impl Stored<'_> {
    /// `` `NPM_TOKEN` in acme/payments/api looks by its name like a credential``, to go on with " and …" or a full stop.
    pub(super) fn opening(&self) -> Text {
        let mut text = say!["`", self.key, "`", self.settings.inside()];
        match &self.variable.environment_scope {
            Some(scope) if scope.as_str() != "*" => text.push(" (environment ").push(scope).push(")"),
            _ => &mut text,
        };
        match self.variable.value_kind.as_ref().map(|kind| kind_in_words(kind.as_str())) {
            Some(kind) => {
                let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u', 'O']);
                text.push(if vowel { " holds an " } else { " holds a " }).push(kind)
            }
            None => text.push(" looks by its name like a credential"),
        };
        text
    }

    /// `acme/payments/api > Settings > CI/CD > Variables > NPM_TOKEN > Edit`.
    fn place(&self) -> Text {
        self.settings.at(say!["Settings > CI/CD > Variables > `", self.key, "` > Edit"])
    }

    /// A step in the variable's own form, and the call that sets `data`.
    pub(super) fn edit(&self, text: Text, data: Option<&'static str>) -> Advice {
        let calls = OwnerCalls {
            project: "PUT /projects/:project_id/variables/:key",
            group: "PUT /groups/:group_id/variables/:key",
            instance: "PUT /admin/ci/variables/:key",
        };
        let command = data.and_then(|data| {
            let mut data = say![data];
            // Several variables can share a key: the scope says which.
            if let Some(scope) = self.variable.environment_scope.as_ref().filter(|scope| scope.as_str() != "*") {
                data.push("\" --data \"filter%5Benvironment_scope%5D=").push(call::Encoded(scope));
            }
            self.settings.command(calls, Some(&say![call::Encoded(self.key)]), Some(data))
        });
        let mut text = text;
        if command.is_some() {
            text.push(" Needs: ").push(self.settings.needs()).push(", `api`.");
        }
        step(text, self.place(), command)
    }

    /// Takes the variable away from the whole instance.
    pub(super) fn delete_from_instance(&self, text: Text) -> Advice {
        let calls = OwnerCalls { project: "", group: "", instance: "DELETE /admin/ci/variables/:key" };
        let command = self.settings.command(calls, Some(&say![call::Encoded(self.key)]), None);
        last_step(text, self.place(), command)
    }

    pub(super) fn finding(&self, rule: &'static Rule, title: Text, message: Text, advice: Vec<Advice>) -> Finding {
        let thing = Thing {
            kind: "variable",
            id: Some(SubjectId::Key(self.key.clone())),
            name: Some(self.key),
            span: self.variable.span,
            row: self.variable.row,
        };
        let mut finding = self.settings.finding(rule, thing, title, message, advice);
        if let Some(scope) = self.variable.environment_scope.as_ref().filter(|scope| scope.as_str() != "*") {
            finding.about = finding.about.and(scope);
        }
        let sure = self.variable.value_kind.is_some();
        finding.confidence(if sure { Confidence::Certain } else { Confidence::Likely })
    }

    pub(super) const fn key(&self) -> &Name {
        self.key
    }
}

/// `project access token`, `password`, `private key`.
fn kind_in_words(kind: &str) -> &'static str {
    match TokenType::parse(kind) {
        Some(kind) => kind.facts().name,
        None if kind == "private_key" => "private key",
        None => "password",
    }
}

/// Variables for the rules' tests.
#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::rules::sample::{judged, only, project};

    pub(in super::super) fn variable(key: &str) -> Variable {
        Variable {
            key: Some(Name::new(key)),
            protected: Some(true),
            masked: Some(true),
            hidden: Some(false),
            file: Some(false),
            environment_scope: Some(Name::new("production")),
            level: Some(VariableLevel::Project),
            ..Variable::default()
        }
    }

    pub(in super::super) fn of(rule: &str, variables: Vec<Variable>) -> Vec<Finding> {
        only(rule, judged(Inventory { variables, ..project(Vec::new()) }))
    }
}

//! Advice for what has no scopes: trigger tokens, fine-grained tokens, CI/CD variables, allowlist entries.

use super::{Advice, Aspect};
use crate::catalog::{TokenType, job_token_permission};
use crate::inventory::{Reach, VariableLevel, Visibility};
use crate::say;
use crate::text::{Name, Text};

impl Advice<'_> {
    pub(super) fn trigger(&mut self) {
        let kind = TokenType::PipelineTriggerToken;
        self.say(Aspect::Can, say![kind.facts().can, " It stops working when you lose your access to the project."]);
        self.expiry(kind);
        self.say(Aspect::Change, say!["Make one for each caller, so that one can be ended alone, and send it in the body of the call: in an address it ends up in logs."]);
        self.kinds(kind);
    }

    pub(super) fn fine_grained(&mut self) {
        let kind = TokenType::FineGrainedPersonalAccessToken;
        let permissions = self.draft.permissions.as_deref().unwrap_or_default();
        let (reads, changes): (Vec<&Name>, Vec<&Name>) = permissions.iter().partition(|name| is_reading(name));
        if permissions.is_empty() {
            self.say(Aspect::Can, say!["No permission is chosen yet. Add the resources that the work needs, and of each only the actions in use: `leastwise permits METHOD PATH` names the permission of a call."]);
        } else {
            let mut text = say!["It can do this, and never more than you may: "];
            text.push(Text::list(&quoted(permissions), "and")).push(".");
            self.say(Aspect::Can, text);
        }
        match self.draft.reach {
            Some(Reach::AllMemberships) => self.say(
                Aspect::Change,
                say!["It would hold in every group and project that you are a member of, also in those that you join later. Choose *Only specific groups or projects that I'm a member of* and name them: adding a group adds all below it."],
            ),
            Some(Reach::SelectedMemberships) => {
                self.say(Aspect::Can, say!["It holds only in the groups and projects that you name; a group stands for everything below it, so name projects where you can."]);
            }
            Some(Reach::PersonalProjects) => self.say(Aspect::Can, say!["It holds in the projects of your own namespace."]),
            None => {}
        }
        if !changes.is_empty() && !reads.is_empty() {
            let owned: Vec<Name> = changes.into_iter().cloned().collect();
            self.say(
                Aspect::Change,
                say![
                    "More than reading: ",
                    Text::list(&quoted(&owned), "and"),
                    ". If one program reads and another changes, give each a token of its own."
                ],
            );
        }
        self.expiry(kind);
        self.kinds(kind);
    }

    pub(super) fn variable(&mut self) {
        let level = self.level();
        let jobs = match level {
            VariableLevel::Project | VariableLevel::PipelineSchedule => "Every job of the project",
            VariableLevel::Group => "Every job of every project in the group and below it",
            VariableLevel::Instance => "Every job of every project of the instance",
        };
        let mut text = say![jobs];
        match self.draft.protected {
            Some(true) => text.push(" on a protected branch or tag"),
            Some(false) => text.push(", on every branch,"),
            None => &mut text,
        };
        match self.draft.environment_scope.as_ref().filter(|scope| scope.as_str() != "*") {
            Some(scope) => text.push(" for the environment `").push(scope).push("`"),
            None => &mut text,
        };
        text.push(" gets the value, and so does everybody who may change what such a job runs.");
        self.say(Aspect::Can, text);
        let secret = "If the value is a secret: ";
        match self.draft.visibility {
            Some(Visibility::Visible) => self.say(Aspect::Change, say![secret, "choose *Masked and hidden* (17.6 and newer), else *Masked*. As chosen, a job log shows it as soon as a command prints it, and the settings show it to every Maintainer."]),
            Some(Visibility::Masked) => self.say(Aspect::Change, say![secret, "choose *Masked and hidden* where GitLab offers it (17.6 and newer): then nobody is shown it again. It can be chosen for a new variable only."]),
            _ => {}
        }
        if self.draft.protected == Some(false) {
            self.say(Aspect::Change, say![secret, "tick *Protect variable*, if the jobs that need it run on protected branches or tags. As chosen, anyone who may push a branch can make a job that prints or sends it."]);
        }
        if self.draft.environment_scope.as_ref().is_some_and(|scope| scope.as_str() == "*") {
            self.say(Aspect::Change, say![secret, "choose the one environment that uses it. As chosen, jobs for review apps and tests get it like those for production."]);
        }
        if level != VariableLevel::Project {
            self.say(Aspect::Change, say![secret, "put it into the projects that use it, not here."]);
        }
        self.say(Aspect::Instead, say!["For GitLab itself a job needs no stored token: `CI_JOB_TOKEN`, and for images `CI_REGISTRY_PASSWORD`. For a cloud or Vault: `id_tokens:`, which leaves nothing to store. For a password of another service: `secrets:` with a secret manager."]);
    }

    fn level(&self) -> VariableLevel {
        use crate::inventory::PageKind;
        match self.inventory.page.as_ref().map(|page| page.kind) {
            Some(PageKind::GroupCicdSettings) => VariableLevel::Group,
            Some(PageKind::AdminCicdSettings) => VariableLevel::Instance,
            _ => VariableLevel::Project,
        }
    }

    pub(super) fn allowlist_entry(&mut self) {
        let policies = self.draft.policies.as_deref().unwrap_or_default();
        match self.draft.default_permissions {
            Some(true) => {
                self.say(Aspect::Can, say!["Every job of the project that you add (of a group: of every project below it) may do here what the user who started it may do: read code and packages, and as Developer publish and deploy. Any merge request that runs such a job comes with it."]);
                self.say(Aspect::Change, say!["Choose *Fine-grained permissions* (18.3 and newer) and tick what its calls need: `leastwise permits METHOD PATH` names the permission of a call. For a clone: *Repositories*, read."]);
            }
            Some(false) if policies.is_empty() => {
                self.say(Aspect::Can, say!["No permission is chosen: the entry lets in what needs none, nothing else. For a clone choose *Repositories*, read; for packages *Packages*, read."]);
            }
            Some(false) => {
                let opens: Vec<Text> = policies
                    .iter()
                    .map(|policy| match job_token_permission(policy.action.as_str(), policy.resource.as_str()) {
                        Some(known) if !known.opens.is_empty() => say![known.opens],
                        _ => say!["`", &policy.action, "` on `", &policy.resource, "`"],
                    })
                    .collect();
                self.say(
                    Aspect::Can,
                    say![
                        "Its jobs may do this here, as far as the user who started them may: ",
                        Text::list(&opens, "and"),
                        "."
                    ],
                );
                for policy in policies {
                    let known = job_token_permission(policy.action.as_str(), policy.resource.as_str());
                    if let Some(old) = known.filter(|known| known.deprecated) {
                        self.say(Aspect::Change, say!["`", old.permission, "` has no effect: ", old.note, "."]);
                    }
                    if policy.action.as_str() == "admin" {
                        self.say(
                            Aspect::Change,
                            say![
                                "*Read and write* on `",
                                &policy.resource,
                                "` lets its jobs change it. If they only read it, choose *Read*."
                            ],
                        );
                    }
                }
            }
            None => {}
        }
        self.say(Aspect::Change, say!["Add the one project whose jobs call, not its group: an entry for a group lets in every project below it, also those that come later."]);
        self.say(Aspect::Instead, say!["An entry lets jobs come in; a stored token is not needed beside it. The calling job uses `CI_JOB_TOKEN`."]);
    }
}

/// Does the permission's name begin with a word for looking? `read_job`, `download_code`.
fn is_reading(name: &Name) -> bool {
    ["read_", "download_", "view_", "list_"].iter().any(|start| name.as_str().starts_with(start))
}

fn quoted(names: &[Name]) -> Vec<Text> {
    names.iter().map(|name| say!["`", name, "`"]).collect()
}

//! Advice for tokens with scopes: access tokens of people, bots, projects and groups, and deploy tokens.

use super::{Advice, Aspect};
use crate::catalog::{AccessLevel, Role, Scope, TokenType, Use, redundant, uses};
use crate::inventory::OwnerKind;
use crate::say;
use crate::text::Text;

impl Advice<'_> {
    pub(super) fn token(&mut self, kind: TokenType) {
        let chosen: &[Scope] = self.draft.scopes.as_deref().unwrap_or_default();
        let (narrow, wide) = redundant(chosen);
        let telling: Vec<&Scope> = chosen.iter().filter(|scope| !narrow.contains(scope)).collect();
        if telling.is_empty() {
            self.say(Aspect::Can, say!["No scope is ticked yet, and GitLab makes no token without one. Begin with what it is for, below, and tick only that."]);
        } else {
            self.grants(kind, &telling);
        }
        if !narrow.is_empty() {
            let one = narrow.len() == 1;
            self.say(
                Aspect::Change,
                say![
                    Text::list(&narrow, "and"),
                    if one { " has" } else { " have" },
                    " no effect beside ",
                    Text::list(&wide, "and"),
                    if wide.len() == 1 { ", which includes " } else { ", which include " },
                    if one { "it" } else { "them" },
                    ". If the narrower is enough, take ",
                    Text::list(&wide, "and"),
                    " away; else take the narrower away."
                ],
            );
        }
        for scope in &telling {
            let Some(facts) = scope.facts() else { continue };
            let missing: Vec<Scope> =
                facts.needs.iter().map(|name| Scope::new(name)).filter(|needed| !covers(chosen, needed)).collect();
            if !missing.is_empty() {
                self.say(
                    Aspect::Change,
                    say![*scope, " does not work alone: tick ", Text::list(&missing, "and"), " too, or leave it out."],
                );
            }
            if facts.administrators_only() && kind != TokenType::DeployToken {
                self.say(Aspect::Change, say![*scope, " works only for an administrator, and then for the whole instance. Make a token of its own for each script, and for reading alone take another."]);
            }
        }
        self.role(&telling);
        if self.draft.given_to_jobs == Some(true) {
            self.say(Aspect::Change, say!["With the name `gitlab-deploy-token` GitLab gives it to every job of the project, as `CI_DEPLOY_PASSWORD`. Any other name keeps it out of the jobs, which have `CI_JOB_TOKEN`."]);
        }
        self.expiry(kind);
        self.uses(kind, chosen);
        self.kinds(kind);
    }

    /// What the chosen scopes allow, and where.
    fn grants(&mut self, kind: TokenType, telling: &[&Scope]) {
        for scope in telling {
            let text = match scope.facts() {
                Some(facts) => say![*scope, ": it can ", facts.grants, "."],
                None => {
                    say![*scope, ": a scope that Leastwise does not know; GitLab's text beside it says what it allows."]
                }
            };
            self.say(Aspect::Can, text);
        }
        let path = self.inventory.owner.as_ref().and_then(|owner| owner.path.as_ref());
        let mut text = match kind {
            TokenType::ProjectAccessToken => say!["It works in this project only, as a bot user"],
            TokenType::GroupAccessToken => {
                say!["It works in the group and in every subgroup and project below it, as a bot user"]
            }
            TokenType::DeployToken => match self.inventory.owner.as_ref().map(|owner| owner.kind) {
                Some(OwnerKind::Group) => say!["It works in every project of the group, also in those that come later"],
                _ => say!["It works in this project"],
            },
            TokenType::ServiceAccountToken => {
                say!["It works wherever the service account is a member, with its role there"]
            }
            TokenType::ImpersonationToken => say![
                "It works wherever that person may, and what is done with it counts as done by that person, who does not see it"
            ],
            _ => say![
                "It works in every group and project that you reach, with your role there, and what is done with it counts as done by you"
            ],
        };
        if let (Some(Role::Known(level)), true) =
            (&self.draft.role, path.is_some() || !matches!(kind, TokenType::PersonalAccessToken))
        {
            text.push(" with the role ").push(*level);
            if let Some(grants) = level.grants() {
                text.push(", who may ").push(grants).push(if telling.iter().any(|scope| scope.is("api")) {
                    ""
                } else {
                    ", as far as the scopes reach"
                });
            }
        }
        text.push(".");
        self.say(Aspect::Can, text);
    }

    /// Is the role more, or less, than the scopes need?
    fn role(&mut self, telling: &[&Scope]) {
        let Some(Role::Known(role)) = self.draft.role else { return };
        let needed =
            telling.iter().map(|scope| scope.facts().and_then(|facts| facts.least_role)).collect::<Option<Vec<_>>>();
        match needed.and_then(|all| all.into_iter().max()) {
            Some(needed) if needed < role => self.say(
                Aspect::Change,
                say!["These scopes work with the role ", needed, "; ", role, " adds nothing that they could use, but protected branches where it pushes. Choose ", needed, "."],
            ),
            Some(needed) if needed > role => self.say(
                Aspect::Change,
                say!["The role ", role, " is too low for these scopes: their ordinary use needs ", needed, ". Choose it, or leave the scopes out."],
            ),
            None if role >= AccessLevel::OWNER && !telling.is_empty() => self.say(
                Aspect::Change,
                say!["Only an Owner may delete the project or group and change who its Owners are. Little else needs more than ", AccessLevel::MAINTAINER, ", and most work no more than ", AccessLevel::DEVELOPER, "."],
            ),
            _ => {}
        }
    }

    /// For each common use that the choice would serve: the smaller choice, and the better kind.
    fn uses(&mut self, kind: TokenType, chosen: &[Scope]) {
        let has_role = self.draft.role.is_some();
        for one in uses().iter().filter(|one| !one.is_general()) {
            let served = chosen.is_empty()
                || if one.scopes.is_empty() {
                    chosen.iter().any(|scope| scope.is("api"))
                } else {
                    one.scopes.iter().all(|scope| covers(chosen, scope))
                };
            if !served {
                continue;
            }
            let text = self.enough(kind, chosen, one, has_role);
            self.say(Aspect::Enough, text);
        }
    }

    fn enough(&self, kind: TokenType, chosen: &[Scope], one: &Use, has_role: bool) -> Text {
        let mut text = say!["For ", one.phrase, ": "];
        let offered = self.draft.offered_scopes.as_deref().unwrap_or_default();
        let possible = !one.scopes.is_empty()
            && one.scopes.iter().all(|scope| {
                if offered.is_empty() {
                    scope.facts().is_some_and(|facts| facts.available_for(kind))
                } else {
                    offered.contains(scope)
                }
            });
        let is_chosen = one.scopes.len() == chosen.len() && one.scopes.iter().all(|scope| chosen.contains(scope));
        let is_role = self.draft.role.as_ref().and_then(Role::level).is_none_or(|role| role <= one.role);
        if possible && is_chosen && is_role {
            text.push("this choice is the smallest of its kind. In a pipeline: ");
        } else if possible {
            let mut enough: Vec<Text> = one.scopes.iter().map(|scope| say![scope]).collect();
            if has_role {
                enough.push(say!["the role ", one.role]);
            }
            text.push(Text::list(&enough, "and"))
                .push(if enough.len() == 1 { " is" } else { " are" })
                .push(" enough. Better: in a pipeline ");
        } else {
            text.push("in a pipeline ");
        }
        text.push(one.in_pipeline).push("; elsewhere ").push(one.elsewhere).push(".");
        text
    }
}

/// Is the scope among these, or included in one of them?
fn covers(chosen: &[Scope], wanted: &Scope) -> bool {
    chosen.iter().any(|scope| scope == wanted || scope.includes(wanted))
}

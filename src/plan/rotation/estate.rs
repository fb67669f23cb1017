//! Several inputs as one picture: each token once, with its project's path and its owner's name where another list has them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::holders::Level;
use crate::catalog::{TokenType, kept_out};
use crate::inventory::{DeployKey, Inventory, OwnerKind, RowOwner, TokenRow, TriggerToken, bot_of};
use crate::report::{InputSummary, Report};
use crate::rules::row::Row;
use crate::say;
use crate::text::{Name, NotStr, Say, Text};
use crate::time::Date;

/// What is known of a user.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub(super) name: &'a Name,
    pub(super) state: &'a Name,
    /// Can the user not sign in, and so not make or use tokens?
    pub(super) gone: bool,
}

/// The lists to join with.
pub(crate) struct Estate<'a> {
    report: &'a Report,
    people: HashMap<u64, Person<'a>>,
    usernames: HashMap<u64, &'a Name>,
    by_name: HashMap<&'a Name, Person<'a>>,
    projects: HashMap<u64, &'a Name>,
    groups: HashMap<u64, &'a Name>,
    paths: HashSet<&'a str>,
}

/// Is it a state in which GitLab refuses a user's tokens (<https://docs.gitlab.com/administration/moderate_users/>), or one of
/// a user who is no more? A deactivated user comes back by signing in, and nobody plans with that.
fn is_gone(state: &Name) -> bool {
    kept_out(state.as_str()).is_some() || ["deleted", "ghost"].contains(&state.as_str())
}

impl<'a> Estate<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        let mut estate = Self {
            report,
            people: HashMap::new(),
            usernames: HashMap::new(),
            by_name: HashMap::new(),
            projects: HashMap::new(),
            groups: HashMap::new(),
            paths: HashSet::new(),
        };
        for (_, inventory) in &report.inventories {
            let users = inventory.users.iter().map(|user| (user.id, &user.username, &user.state));
            let members = inventory.members.iter().map(|member| (member.user_id, &member.username, &member.state));
            for (id, username, state) in users.chain(members) {
                let Some(name) = username else { continue };
                if let Some(id) = id {
                    let known = estate.usernames.entry(id).or_insert(name);
                    *known = (*known).min(name);
                }
                let Some(state) = state else { continue };
                let person = Person { name, state, gone: is_gone(state) };
                let by_id = id.map(|id| estate.people.entry(id).or_insert(person));
                // Of two lists, the one that says the user is gone: lists do not become older by being read.
                for known in by_id.into_iter().chain([estate.by_name.entry(name).or_insert(person)]) {
                    if (person.gone, name, state) > (known.gone, known.name, known.state) {
                        *known = person;
                    }
                }
            }
            estate.paths.extend(inventory.projects.iter().filter_map(|place| Some(place.path.as_ref()?.as_str())));
            for (lists, known) in [(&inventory.projects, &mut estate.projects), (&inventory.groups, &mut estate.groups)]
            {
                for place in lists {
                    if let (Some(id), Some(path)) = (place.id, &place.path) {
                        let known = known.entry(id).or_insert(path);
                        *known = (*known).min(path);
                    }
                }
            }
        }
        estate
    }

    pub(super) fn person(&self, id: u64) -> Option<Person<'a>> {
        self.people.get(&id).copied()
    }

    pub(super) fn person_named(&self, name: &Name) -> Option<Person<'a>> {
        self.by_name.get(name).copied()
    }

    /// The project whose file an input is: the one that the user named, or the one whose full path is in its folders, as in
    /// `src/acme/payments/api/ci/build.yml`.
    pub(super) fn project_of(&self, input: &InputSummary) -> Option<Name> {
        if let Some(told) = &input.project {
            let by_number = told.as_str().parse().ok().and_then(|id: u64| self.projects.get(&id));
            return Some(by_number.map_or_else(|| told.clone(), |path| (*path).clone()));
        }
        let (folders, _) = input.name.as_str().rsplit_once('/')?;
        let starts = || std::iter::once(0).chain(folders.match_indices('/').map(|(at, _)| at + 1));
        let ends = || folders.match_indices('/').map(|(at, _)| at).chain([folders.len()]);
        let paths = starts().flat_map(|start| ends().filter_map(move |end| folders.get(start..end)));
        paths.filter(|path| self.paths.contains(path)).max_by_key(|path| path.len()).map(Name::new)
    }

    /// The full path of a project or group by its number.
    pub(super) fn path_of(&self, level: Level, id: u64) -> Option<&'a Name> {
        match level {
            Level::Project => self.projects.get(&id).copied(),
            Level::Group => self.groups.get(&id).copied(),
            _ => None,
        }
    }

    /// Every token that is alive, once, whole.
    pub(crate) fn rows(&self, today: Date) -> Vec<(&'a Inventory, TokenRow)> {
        let mut best: BTreeMap<(u8, u64), (&'a Inventory, TokenRow)> = BTreeMap::new();
        let mut rest = Vec::new();
        for (index, inventory) in &self.report.inventories {
            let told = self.report.inputs.get(*index).and_then(|input| input.project.as_ref());
            let triggers = inventory.trigger_tokens.iter().map(of_trigger);
            let triggers = triggers.chain(inventory.deploy_keys.iter().map(of_key));
            let tokens = inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()).cloned();
            for token in tokens.chain(triggers) {
                let token = self.joined(inventory, token, told);
                match (token.id, family(token.kind)) {
                    (Some(id), Some(family)) => match best.get_mut(&(family, id)) {
                        Some(known) if worth(&known.1, known.0) < worth(&token, inventory) => {
                            *known = (inventory, token)
                        }
                        Some(_) => {}
                        None => {
                            best.insert((family, id), (inventory, token));
                        }
                    },
                    _ => rest.push((inventory, token)),
                }
            }
        }
        // Whether it is alive is judged last: the better of two rows may be the one that says that it was ended.
        best.into_values().chain(rest).filter(|(_, token)| token.is_alive(today)).collect()
    }

    fn joined(&self, inventory: &Inventory, mut token: TokenRow, told: Option<&Name>) -> TokenRow {
        let whose = token.resource.clone().filter(|owner| matches!(owner.kind, OwnerKind::Project | OwnerKind::Group));
        let unknown = token.owner.as_ref().is_none_or(|owner| owner.kind == OwnerKind::Unknown);
        let list = inventory.owner.as_ref();
        if unknown {
            token.owner = whose.or_else(|| {
                let owner = list.filter(|owner| owner.path.is_none() && owner.username.is_none())?;
                Some(RowOwner { kind: owner.kind, id: owner.id, ..RowOwner::default() })
            });
        }
        if token.owner.is_none() && list.is_none_or(|owner| owner.kind == OwnerKind::Unknown) {
            let username = token.user_id.and_then(|id| self.usernames.get(&id)).map(|name| (*name).clone());
            // An administrator's list shows the tokens of projects and groups as their bots' personal ones.
            if let Some((kind, id)) = username.as_ref().and_then(|name| bot_of(name.as_str())) {
                token.kind = match kind {
                    OwnerKind::Group => TokenType::GroupAccessToken,
                    _ => TokenType::ProjectAccessToken,
                };
                token.owner = Some(RowOwner { kind, id: Some(id), ..RowOwner::default() });
            }
        }
        if token.owner.is_none() && list.is_none_or(|owner| owner.kind == OwnerKind::Unknown) {
            let username = token.user_id.and_then(|id| self.usernames.get(&id)).map(|name| (*name).clone());
            let kind = OwnerKind::User;
            let personal = matches!(token.kind, TokenType::PersonalAccessToken | TokenType::ImpersonationToken);
            token.owner = username.filter(|_| personal).map(|username| RowOwner {
                kind,
                id: token.user_id,
                username: Some(username),
                ..RowOwner::default()
            });
        }
        // What the user said of the input: `--project`.
        let in_project = matches!(
            token.kind,
            TokenType::ProjectAccessToken
                | TokenType::DeployToken
                | TokenType::PipelineTriggerToken
                | TokenType::DeployKey
        );
        if let Some(told) = told.filter(|_| in_project && token.owner.is_none() && list.is_none()) {
            let id = told.as_str().parse().ok();
            let path = Some(told.clone()).filter(|_| id.is_none());
            token.owner = Some(RowOwner { kind: OwnerKind::Project, id, path, ..RowOwner::default() });
        }
        if let Some(owner) = &mut token.owner {
            let known = match owner.kind {
                OwnerKind::Project => &self.projects,
                OwnerKind::Group => &self.groups,
                _ => return token,
            };
            if owner.path.is_none() {
                owner.path = owner.id.and_then(|id| known.get(&id)).map(|path| (*path).clone());
            }
        }
        token
    }
}

/// Kinds whose numbers are counted together: all access tokens are one table of GitLab's. Trigger tokens too have numbers of
/// their own.
pub(crate) const fn family(kind: TokenType) -> Option<u8> {
    match kind {
        TokenType::PersonalAccessToken
        | TokenType::FineGrainedPersonalAccessToken
        | TokenType::ImpersonationToken
        | TokenType::ProjectAccessToken
        | TokenType::GroupAccessToken
        | TokenType::ServiceAccountToken => Some(0),
        TokenType::DeployToken => Some(1),
        TokenType::PipelineTriggerToken => Some(2),
        TokenType::DeployKey => Some(3),
        _ => None,
    }
}

/// Of two rows about one token, the one that says more; then the one that was seen later; then any, but always the same.
fn worth(token: &TokenRow, inventory: &Inventory) -> (u8, Option<Date>, String) {
    let owned = token.owner.is_some() || inventory.owner.as_ref().is_some_and(|owner| owner.kind != OwnerKind::Unknown);
    let ended = token.revoked_on.is_some() || token.flags.revoked == Some(true);
    let said = [ended, token.role.is_some(), owned, token.scopes.is_some(), token.expires_on.is_some()];
    let said = u8::try_from(said.iter().filter(|said| **said).count()).unwrap_or_default();
    let all = serde_json::to_string(token).unwrap_or_default();
    (said, token.last_used_day(), all)
}

/// A trigger token as a row.
fn of_trigger(trigger: &TriggerToken) -> TokenRow {
    TokenRow {
        kind: TokenType::PipelineTriggerToken,
        id: trigger.id,
        name: trigger.description.clone(),
        created_on: trigger.created_on,
        last_used_at: trigger.last_used_at,
        never_used: trigger.never_used,
        expires_on: trigger.expires_at.map(crate::time::Timestamp::date),
        never_expires: trigger.never_expires,
        // Its pipelines run as the person who made it.
        creator: trigger.owner_path.as_ref().map(|path| RowOwner {
            kind: OwnerKind::User,
            username: Some(Name::new(path.as_str().trim_start_matches('/'))),
            ..RowOwner::default()
        }),
        ..TokenRow::default()
    }
}

/// A deploy key as a row.
fn of_key(key: &DeployKey) -> TokenRow {
    TokenRow {
        kind: TokenType::DeployKey,
        id: key.id,
        name: key.title.clone(),
        created_on: key.created_on,
        last_used_at: key.last_used_at,
        expires_on: key.expires_on,
        never_expires: key.never_expires,
        ..TokenRow::default()
    }
}

/// What a token is known by from run to run, in letters, digits, `-`, `.` and `%` alone: its kind's numbering and number; where
/// it has none, its owner, name and day of making.
pub(in crate::plan) fn key(row: &Row<'_>) -> Text {
    let token = row.token;
    let family = match family(token.kind) {
        Some(0) => "access-token",
        Some(1) => "deploy-token",
        Some(2) => "trigger-token",
        Some(3) => "deploy-key",
        _ => token.kind.id(),
    };
    let mut key = say![family];
    match token.id {
        Some(id) => key.push("-").push(id),
        None => {
            let made = token.created_on.map(crate::rules::call::Iso);
            let owner = super::names::owner(row);
            for part in [owner, token.name.as_ref().map(|name| say![name]), made.map(|day| say![day])] {
                key.push("-").push(Plain(part.unwrap_or_default()));
            }
            &mut key
        }
    };
    key
}

/// Percent-encoded.
struct Plain(Text);

impl Say for Plain {
    fn say(&self, out: &mut String) {
        crate::rules::call::percent_encode(self.0.as_str(), b"", out);
    }
}
impl NotStr for Plain {}

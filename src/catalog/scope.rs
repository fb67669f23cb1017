//! Scopes and roles: what each allows, and which include which.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{TokenType, table};
use crate::text::{Name, NotStr, Say};

/// What a scope lets its holder do, the coarse way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Look at data.
    Read,
    /// Change data.
    Write,
    /// Change who may do what.
    Administer,
    /// Make further credentials, or reach jobs and so their credentials.
    Mint,
}

impl Verb {
    /// The verb's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Administer => "administer",
            Self::Mint => "mint",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Administer, Self::Mint].into_iter().find(|verb| verb.word() == word)
    }
}

/// What is known of one scope; a row of `scopes.csv`.
#[derive(Clone, Debug)]
pub struct ScopeFacts {
    /// The scope, `read_api`.
    pub scope: &'static str,
    /// What it allows, in a phrase that follows "it can".
    pub grants: &'static str,
    /// The scopes it makes unnecessary, all of them (also those included through another).
    pub includes: Vec<&'static str>,
    /// The scopes without which it does nothing.
    pub needs: Vec<&'static str>,
    /// What it can do, the coarse way.
    pub verbs: Vec<Verb>,
    /// The lowest role of a bot with which the scope's ordinary use works; `None` where that depends on the use.
    pub least_role: Option<AccessLevel>,
    /// Our own measure of harm in a thief's hands, 0 to 100.
    pub risk: u8,
    /// First GitLab version, or `None` for always; `~` marks an approximate one.
    pub since: Option<&'static str>,
    /// GitLab's document.
    pub source: &'static str,
    kinds: [&'static str; 5],
}

impl ScopeFacts {
    /// Can a token of this kind be given the scope? Where only an administrator's can, the answer is yes: see
    /// [`ScopeFacts::administrators_only`].
    #[must_use]
    pub fn available_for(&self, kind: TokenType) -> bool {
        let [personal, group, project, oauth, deploy] = self.kinds;
        let cell = match kind {
            // Its one scope is the mark of the kind, and the other kinds cannot have it.
            TokenType::FineGrainedPersonalAccessToken => return personal == "fine-grained",
            TokenType::PersonalAccessToken | TokenType::ImpersonationToken | TokenType::ServiceAccountToken => personal,
            TokenType::GroupAccessToken => group,
            TokenType::ProjectAccessToken => project,
            TokenType::OauthApplicationSecret | TokenType::OauthAccessToken | TokenType::OauthRefreshToken => oauth,
            TokenType::DeployToken => deploy,
            _ => "no",
        };
        matches!(cell, "yes" | "admin")
    }

    /// Does a token of a person get the scope only if that person is an administrator?
    #[must_use]
    pub fn administrators_only(&self) -> bool {
        self.kinds.first() == Some(&"admin")
    }
}

/// Every known scope, in the table's order: most powerful first.
#[must_use]
pub fn scopes() -> &'static [ScopeFacts] {
    static TABLE: OnceLock<Vec<ScopeFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("scopes.csv", table::columns!("scopes.csv": "scope" "grants" "includes" "needs" "verbs" "least_role" "risk" "personal" "group" "project" "oauth" "deploy" "since" "source"), |row| ScopeFacts {
            scope: row.cell("scope"),
            grants: row.cell("grants"),
            includes: row.words("includes"),
            needs: row.words("needs"),
            verbs: row.words("verbs").into_iter().filter_map(Verb::parse).collect(),
            least_role: row.some("least_role").and_then(AccessLevel::parse),
            risk: row.number("risk"),
            since: row.some("since"),
            source: row.cell("source"),
            kinds: ["personal", "group", "project", "oauth", "deploy"].map(|column| row.cell(column)),
        })
    })
}

/// A scope of a token: one the catalog knows, or a newer one kept as it stands.
#[derive(Clone, Debug)]
pub enum Scope {
    /// In the catalog.
    Known(&'static ScopeFacts),
    /// Newer than the catalog, or a word of the page that is no scope.
    Other(Name),
}

impl Scope {
    /// The scope with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        match scopes().iter().find(|facts| facts.scope == name) {
            Some(facts) => Self::Known(facts),
            None => Self::Other(Name::new(name)),
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(facts) => facts.scope,
            Self::Other(name) => name.as_str(),
        }
    }

    /// What is known of it.
    #[must_use]
    pub const fn facts(&self) -> Option<&'static ScopeFacts> {
        match self {
            Self::Known(facts) => Some(facts),
            Self::Other(_) => None,
        }
    }

    /// Is it this one?
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.as_str() == name
    }

    /// Does it make `other` unnecessary?
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        self.facts().is_some_and(|facts| facts.includes.iter().any(|name| other.is(name)))
    }
}

/// Of these scopes those that another one of them includes, and those that include them: `read_api` and `api`.
#[must_use]
pub fn redundant(scopes: &[Scope]) -> (Vec<Scope>, Vec<Scope>) {
    let (mut narrow, mut wide): (Vec<Scope>, Vec<Scope>) = (Vec::new(), Vec::new());
    for scope in scopes {
        if let Some(over) = scopes.iter().find(|other| other.includes(scope)) {
            for (list, one) in [(&mut narrow, scope), (&mut wide, over)] {
                if !list.contains(one) {
                    list.push(one.clone());
                }
            }
        }
    }
    // Of `api`, `read_api` and `read_repository` the first alone is the wider one.
    wide.retain(|scope| !narrow.contains(scope));
    (narrow, wide)
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Scope {}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::new(&name))
    }
}

/// In sentences a scope stands in backquotes.
impl Say for Scope {
    fn say(&self, out: &mut String) {
        out.push('`');
        out.push_str(self.as_str());
        out.push('`');
    }
}
impl NotStr for Scope {}

/// A role's level, in GitLab's numbers (<https://docs.gitlab.com/api/access_requests/#valid-access-levels>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessLevel(u8);

struct RoleFacts {
    level: AccessLevel,
    id: &'static str,
    name: &'static str,
    grants: Option<&'static str>,
}

fn roles() -> &'static [RoleFacts] {
    static TABLE: OnceLock<Vec<RoleFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("roles.csv", table::columns!("roles.csv": "level" "id" "name" "grants"), |row| RoleFacts {
            level: AccessLevel(row.number("level")),
            id: row.cell("id"),
            name: row.cell("name"),
            grants: row.some("grants"),
        })
    })
}

impl AccessLevel {
    /// Guest, 10.
    pub const GUEST: Self = Self(10);
    /// Reporter, 20.
    pub const REPORTER: Self = Self(20);
    /// Developer, 30.
    pub const DEVELOPER: Self = Self(30);
    /// Maintainer, 40.
    pub const MAINTAINER: Self = Self(40);
    /// Owner, 50.
    pub const OWNER: Self = Self(50);

    /// The level with this id (`maintainer`).
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        roles().iter().find(|role| role.id == id).map(|role| role.level)
    }

    /// The level with this English name (`Maintainer`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        roles().iter().find(|role| role.name == name).map(|role| role.level)
    }

    /// GitLab's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    fn facts(self) -> Option<&'static RoleFacts> {
        roles().iter().find(|role| role.level == self)
    }

    /// `maintainer`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.facts().map_or("", |role| role.id)
    }

    /// What it allows beyond the role below it, in a phrase that follows "who may"; `None` where the catalog does not say.
    #[must_use]
    pub fn grants(self) -> Option<&'static str> {
        self.facts()?.grants
    }

    /// `Maintainer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().map_or("", |role| role.name)
    }
}

impl Say for AccessLevel {
    fn say(&self, out: &mut String) {
        out.push_str(self.name());
    }
}
impl NotStr for AccessLevel {}

/// A role: one the catalog knows, or a newer or custom one kept as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// In the catalog.
    Known(AccessLevel),
    /// A number or word that the catalog does not have.
    Other(Name),
}

impl Role {
    /// From an API's `access_level`.
    #[must_use]
    pub fn from_number(level: u64) -> Self {
        match roles().iter().find(|role| u64::from(role.level.0) == level) {
            Some(role) => Self::Known(role.level),
            None => Self::Other(Name::new(&level.to_string())),
        }
    }

    /// From an id (`maintainer`, `MAINTAINER` in GraphQL); other words are kept.
    #[must_use]
    pub fn from_id(id: &str) -> Self {
        match AccessLevel::parse(&id.to_ascii_lowercase()) {
            Some(level) => Self::Known(level),
            None => Self::Other(Name::new(id)),
        }
    }

    /// Its level, where known.
    #[must_use]
    pub const fn level(&self) -> Option<AccessLevel> {
        match self {
            Self::Known(level) => Some(*level),
            Self::Other(_) => None,
        }
    }

    /// The id, or the kept word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(level) => level.id(),
            Self::Other(name) => name.as_str(),
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|id| Self::from_id(&id))
    }
}

impl Say for Role {
    fn say(&self, out: &mut String) {
        match self {
            Self::Known(level) => level.say(out),
            Self::Other(name) => name.say(out),
        }
    }
}
impl NotStr for Role {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scope_includes_is_a_scope_too_and_so_is_what_that_one_includes() {
        for facts in scopes() {
            for included in &facts.includes {
                let Some(other) = scopes().iter().find(|other| other.scope == *included) else {
                    panic!("{} includes unknown {included}", facts.scope);
                };
                assert_ne!(*included, facts.scope);
                for further in &other.includes {
                    assert!(facts.includes.contains(further), "{} > {included} > {further}", facts.scope);
                }
                for verb in &other.verbs {
                    assert!(facts.verbs.contains(verb), "{} cannot {}, {included} can", facts.scope, verb.word());
                }
                assert!(facts.risk > other.risk, "{} includes {included}, so it is the worse loss", facts.scope);
            }
        }
    }

    #[test]
    fn every_cell_of_the_scopes_is_of_its_column() {
        table::rows("scopes.csv", include_str!("scopes.csv"), |row| {
            let scope = row.cell("scope");
            for kind in ["personal", "group", "project", "oauth", "deploy"] {
                assert!(["yes", "no", "admin", "fine-grained"].contains(&row.cell(kind)), "{scope}: {kind}");
            }
            assert!(!row.words("verbs").is_empty(), "{scope}: verbs");
            assert!(row.words("verbs").into_iter().all(|verb| Verb::parse(verb).is_some()), "{scope}: verbs");
            let role = row.cell("least_role");
            assert!(role.is_empty() || AccessLevel::parse(role).is_some(), "{scope}: no role {role}");
            assert!(row.number::<u8>("risk") <= 100, "{scope}: risk");
            let grants = row.cell("grants");
            assert!(grants.starts_with(|c: char| c.is_ascii_lowercase()), "{scope}: it follows 'it can'");
            assert!(!grants.ends_with('.'), "{scope}: a phrase has no full stop");
            table::check_versions_and_source(row, scope);
        });
        let risks: Vec<u8> = scopes().iter().map(|facts| facts.risk).filter(|risk| *risk > 0).collect();
        assert!(risks.is_sorted_by(|a, b| a >= b), "most powerful first: {risks:?}");
    }

    #[test]
    fn a_scope_knows_which_tokens_can_have_it() {
        use TokenType as Kind;
        let available = |scope: &str, kind| Scope::new(scope).facts().unwrap().available_for(kind);
        for (scope, yes, no) in [
            ("api", Kind::ProjectAccessToken, Kind::DeployToken),
            ("sudo", Kind::PersonalAccessToken, Kind::GroupAccessToken),
            ("read_package_registry", Kind::DeployToken, Kind::PersonalAccessToken),
            ("read_user", Kind::ServiceAccountToken, Kind::ProjectAccessToken),
            ("read_virtual_registry", Kind::GroupAccessToken, Kind::ProjectAccessToken),
            ("mcp", Kind::OauthAccessToken, Kind::PersonalAccessToken),
            ("granular", Kind::FineGrainedPersonalAccessToken, Kind::PersonalAccessToken),
            ("read_observability", Kind::GroupAccessToken, Kind::CiJobToken),
        ] {
            assert!(available(scope, yes), "{scope} for {}", yes.id());
            assert!(!available(scope, no), "{scope} not for {}", no.id());
        }
        let admin: Vec<_> = scopes().iter().filter(|facts| facts.administrators_only()).map(|f| f.scope).collect();
        assert_eq!(admin, ["sudo", "admin_mode", "read_service_ping"]);
    }

    #[test]
    fn roles_rise_and_have_names_in_both_directions() {
        table::rows("roles.csv", include_str!("roles.csv"), |row| {
            table::check_versions_and_source(row, row.cell("id"));
        });
        assert!(roles().is_sorted_by(|a, b| a.level < b.level));
        for role in roles() {
            assert_eq!(AccessLevel::parse(role.id), Some(role.level));
            assert_eq!(AccessLevel::from_name(role.name), Some(role.level));
        }
        assert_eq!(AccessLevel::MAINTAINER.name(), "Maintainer");
    }

    #[test]
    fn an_unknown_scope_or_role_survives() {
        let scope = Scope::new("write_moon");
        assert_eq!(scope.as_str(), "write_moon");
        assert!(scope.facts().is_none());
        assert_eq!(Role::from_number(42).as_str(), "42");
        assert_eq!(Role::from_number(40), Role::Known(AccessLevel::MAINTAINER));
        assert_eq!(Role::from_id("OWNER"), Role::Known(AccessLevel::OWNER));
    }
}

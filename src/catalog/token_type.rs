//! The kinds of token GitLab issues, and what is known of each.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table;
use crate::report::Severity;
use crate::text::{NotStr, Say};

macro_rules! token_types {
    ($($variant:ident = $id:literal),* $(,)?) => {
        /// A kind of token, by GitLab's own name for it. What is known of it: [`TokenType::facts`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)] // The table's `name` column says what each is.
        pub enum TokenType { $($variant),* }

        impl TokenType {
            /// Every kind, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The kind's id, as reports write it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }
        }
    };
}

token_types! {
    PersonalAccessToken = "personal_access_token",
    FineGrainedPersonalAccessToken = "fine_grained_personal_access_token",
    ImpersonationToken = "impersonation_token",
    ProjectAccessToken = "project_access_token",
    GroupAccessToken = "group_access_token",
    ServiceAccountToken = "service_account_token",
    OauthApplicationSecret = "oauth_application_secret",
    OauthAccessToken = "oauth_access_token",
    OauthRefreshToken = "oauth_refresh_token",
    DeployToken = "deploy_token",
    DeployKey = "deploy_key",
    RunnerRegistrationToken = "runner_registration_token",
    RunnerAuthenticationToken = "runner_authentication_token",
    RunnerControllerToken = "runner_controller_token",
    CiJobToken = "ci_job_token",
    CiIdToken = "ci_id_token",
    PipelineTriggerToken = "pipeline_trigger_token",
    FeedToken = "feed_token",
    IncomingEmailToken = "incoming_email_token",
    StaticObjectToken = "static_object_token",
    ClusterAgentToken = "cluster_agent_token",
    WorkspaceToken = "workspace_token",
    ScimToken = "scim_token",
    FeatureFlagsClientToken = "feature_flags_client_token",
    GitlabSessionCookie = "gitlab_session_cookie",
    WebhookSigningToken = "webhook_signing_token",
    WebhookSecretToken = "webhook_secret_token",
    ErrorTrackingClientKey = "error_tracking_client_key",
    LfsToken = "lfs_token",
    ContainerRegistryJwt = "container_registry_jwt",
    DependencyProxyJwt = "dependency_proxy_jwt",
}

impl TokenType {
    /// The kind with this id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.id() == id)
    }

    /// What is known of it.
    ///
    /// # Panics
    /// Never: a test compares the table with the list of kinds.
    #[must_use]
    #[allow(clippy::panic)]
    pub fn facts(self) -> &'static TokenFacts {
        match all_facts().iter().find(|facts| facts.kind == self) {
            Some(facts) => facts,
            None => panic!("token_types.csv has no row {}", self.id()),
        }
    }

    /// What else is known of it.
    ///
    /// # Panics
    /// Never, as [`TokenType::facts`].
    #[must_use]
    #[allow(clippy::panic)]
    pub fn more(self) -> &'static MoreFacts {
        match more_facts().iter().find(|facts| facts.kind == self) {
            Some(facts) => facts,
            None => panic!("token_types.csv has no row {}", self.id()),
        }
    }

    /// The kinds that share the prefix and grammar of `glpat-`: no offline property separates them
    /// (<https://docs.gitlab.com/security/tokens/#token-prefixes>).
    pub const PERSONAL_FAMILY: &'static [Self] = &[
        Self::PersonalAccessToken,
        Self::FineGrainedPersonalAccessToken,
        Self::ImpersonationToken,
        Self::ProjectAccessToken,
        Self::GroupAccessToken,
        Self::ServiceAccountToken,
    ];
}

impl Serialize for TokenType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for TokenType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::parse(&id).ok_or_else(|| serde::de::Error::custom("unknown token type"))
    }
}

/// In sentences a kind has its name: "project access token".
impl Say for TokenType {
    fn say(&self, out: &mut String) {
        out.push_str(self.facts().name);
    }
}
impl NotStr for TokenType {}

/// How something is done: in GitLab's own pages, by the API, and what one needs for it. `None` where there is no such way.
#[derive(Clone, Debug, Serialize)]
pub struct Calls {
    /// The path through the user interface, `Project > Settings > Access tokens` (one or several, joined with ` ; `).
    pub ui: Option<&'static str>,
    /// Method and path (one or several, joined with ` ; `), below `/api/v4` except for `/oauth/…`, which is below the
    /// instance's address. Placeholders say whose number they are: `:project_id`, `:group_id`, `:user_id`, `:token_id`, …
    pub api: Option<&'static str>,
    /// Role and scope that the way needs.
    pub needs: Option<&'static str>,
}

/// What is known of one kind of token; most of a row of `token_types.csv`.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// Which kind.
    pub kind: TokenType,
    /// Its name in a sentence: lower case, GitLab's own words, `project access token`.
    pub name: &'static str,
    /// How bad it is when one lies open, while it is alive; our own measure.
    pub exposure: Severity,
    /// How long it lives when nobody chooses.
    pub default_lifetime: &'static str,
    /// What a thief can do with it, a sentence.
    pub can: &'static str,
    /// What to use instead, or how to keep it small; sentences.
    pub least_privilege: &'static str,
    /// How one is made.
    pub create: Calls,
    /// How the existing ones are listed.
    pub list: Calls,
    /// How it is ended.
    pub revoke: Calls,
    /// How it is replaced.
    pub rotate: Calls,
    /// GitLab's document.
    pub source: &'static str,
}

/// The rest of the row, for who explains a kind: [`TokenType::more`]. What GitLab's pages are judged by needs none of it.
#[derive(Clone, Debug)]
pub struct MoreFacts {
    kind: TokenType,
    /// Who owns it and as whom it acts.
    pub owner: &'static str,
    /// How long it can live at most; `None` for no limit or an unknown one.
    pub max_lifetime: Option<&'static str>,
    /// Where to keep it; sentences.
    pub keep: &'static str,
    /// What else one should know.
    pub notes: &'static str,
    /// First GitLab version, or `None` for always; `~` marks an approximate one.
    pub since: Option<&'static str>,
    /// The version that removes it (planned, where that is newer than [`super::GITLAB`]), or `None` while it stays.
    pub until: Option<&'static str>,
}

fn all_facts() -> &'static [TokenFacts] {
    static TABLE: OnceLock<Vec<TokenFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table = table::columns!("token_types.csv":
            "id" "name" "exposure" "default_lifetime" "can" "least_privilege" "create_ui" "create_api" "create_needs" "list_ui"
            "list_api" "list_needs" "revoke_ui" "revoke_api" "revoke_needs" "rotate_ui" "rotate_api" "rotate_needs"
            "source");
        table::rows("token_types.csv", table, |row| {
            let calls = |what: &str| Calls {
                ui: row.some(&format!("{what}_ui")),
                api: row.some(&format!("{what}_api")),
                needs: row.some(&format!("{what}_needs")),
            };
            TokenType::parse(row.cell("id")).map(|kind| TokenFacts {
                kind,
                name: row.cell("name"),
                exposure: row.severity("exposure"),
                default_lifetime: row.cell("default_lifetime"),
                can: row.cell("can"),
                least_privilege: row.cell("least_privilege"),
                create: calls("create"),
                list: calls("list"),
                revoke: calls("revoke"),
                rotate: calls("rotate"),
                source: row.cell("source"),
            })
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

fn more_facts() -> &'static [MoreFacts] {
    static TABLE: OnceLock<Vec<MoreFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("token_types.csv", include_str!("token_types.csv"), |row| {
            TokenType::parse(row.cell("id")).map(|kind| MoreFacts {
                kind,
                owner: row.cell("owner"),
                max_lifetime: row.some("max_lifetime"),
                keep: row.cell("keep"),
                notes: row.cell("notes"),
                since: row.some("since"),
                until: row.some("until"),
            })
        })
        .into_iter()
        .flatten()
        .collect()
    })
}

/// A known token prefix; a row of `prefixes.csv`.
#[derive(Clone, Debug)]
pub struct Prefix {
    /// The characters, `glpat-`.
    pub prefix: &'static str,
    /// The kind reported for it.
    pub kind: TokenType,
    /// The grammars its body may have, by name; the scanner knows each.
    pub grammars: Vec<&'static str>,
    /// May an instance's own prefix and a hyphen stand before it?
    pub takes_instance_prefix: bool,
}

/// Every known prefix.
#[must_use]
pub fn prefixes() -> &'static [Prefix] {
    static TABLE: OnceLock<Vec<Prefix>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows(
            "prefixes.csv",
            table::columns!("prefixes.csv": "prefix" "token_type" "grammars" "instance_prefix"),
            |row| {
                TokenType::parse(row.cell("token_type")).map(|kind| Prefix {
                    prefix: row.cell("prefix"),
                    kind,
                    grammars: row.words("grammars"),
                    takes_instance_prefix: row.cell("instance_prefix") == "yes",
                })
            },
        )
        .into_iter()
        .flatten()
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("token_types.csv");

    /// Short-lived ones that GitLab hands out by itself: nothing lists them and nothing ends them before their time.
    const NOT_LISTED_NOT_REVOKED: &[TokenType] =
        &[TokenType::CiIdToken, TokenType::LfsToken, TokenType::ContainerRegistryJwt, TokenType::DependencyProxyJwt];

    /// GitLab has no way to replace these in place; the notes or the way to end them say what to do instead.
    const NOT_ROTATED: &[TokenType] = &[
        TokenType::ImpersonationToken,
        TokenType::DeployToken,
        TokenType::PipelineTriggerToken,
        TokenType::CiJobToken,
        TokenType::CiIdToken,
        TokenType::ErrorTrackingClientKey,
        TokenType::LfsToken,
        TokenType::ContainerRegistryJwt,
        TokenType::DependencyProxyJwt,
    ];

    #[test]
    fn every_kind_has_one_row_and_every_row_a_kind() {
        table::rows("token_types.csv", TABLE, |row| {
            assert!(TokenType::parse(row.cell("id")).is_some(), "row {} has no kind", row.cell("id"));
            table::check_versions_and_source(row, row.cell("id"));
        });
        let kinds: Vec<_> = all_facts().iter().map(|facts| facts.kind).collect();
        assert_eq!(kinds, TokenType::ALL, "a row a kind, in the same order");
    }

    #[test]
    fn every_kind_says_what_it_is_and_what_to_do() {
        for facts in all_facts() {
            let id = facts.kind.id();
            for (what, phrase) in
                [("name", facts.name), ("owner", facts.kind.more().owner), ("life", facts.default_lifetime)]
            {
                assert!(!phrase.is_empty() && !phrase.ends_with('.'), "{id}: {what} is a phrase");
            }
            for (what, text) in [
                ("can", facts.can),
                ("least_privilege", facts.least_privilege),
                ("keep", facts.kind.more().keep),
                ("notes", facts.kind.more().notes),
            ] {
                assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{id}: {what} is a sentence");
                for word in ["simply", "just ", "oops", "consider"] {
                    assert!(!text.to_ascii_lowercase().contains(word), "{id}: {what} says {word}");
                }
            }
            let first = facts.name.split(' ').next().unwrap();
            let proper = ["OAuth", "CI/CD", "SCIM", "GitLab", "Git"].contains(&first);
            assert_eq!(facts.name.starts_with(char::is_uppercase), proper, "{id}: the name as in a sentence");
        }
    }

    #[test]
    fn every_kind_can_be_made_listed_ended_and_replaced_or_is_known_not_to() {
        for facts in all_facts() {
            let id = facts.kind.id();
            for (what, calls, none) in [
                ("create", &facts.create, &[][..]),
                ("list", &facts.list, NOT_LISTED_NOT_REVOKED),
                ("revoke", &facts.revoke, NOT_LISTED_NOT_REVOKED),
                ("rotate", &facts.rotate, NOT_ROTATED),
            ] {
                let there = calls.ui.is_some() || calls.api.is_some();
                assert_eq!(there, !none.contains(&facts.kind), "{id}: {what}");
                let by_itself = calls.ui.is_some_and(|ui| ui.starts_with("made by GitLab")) && calls.api.is_none();
                assert_eq!(calls.needs.is_some(), there && !by_itself, "{id}: {what} says what it needs");
            }
            if NOT_ROTATED.contains(&facts.kind) && !NOT_LISTED_NOT_REVOKED.contains(&facts.kind) {
                let instead = facts.kind.more().notes.contains("no rotation") || facts.default_lifetime.contains("job");
                assert!(instead, "{id}: the notes say what to do instead of a rotation");
            }
        }
    }

    #[test]
    fn every_call_is_a_method_and_a_path_with_known_placeholders() {
        const PLACEHOLDERS: &[&str] = &[
            ":project_id",
            ":group_id",
            ":user_id",
            ":token_id",
            ":key_id",
            ":trigger_id",
            ":agent_id",
            ":hook_id",
            ":runner_id",
            ":controller_id",
            ":application_id",
            ":job_id",
        ];
        let mut used = std::collections::BTreeSet::new();
        for facts in all_facts() {
            for calls in [&facts.create, &facts.list, &facts.revoke, &facts.rotate] {
                for call in calls.api.iter().flat_map(|api| api.split(" ; ")) {
                    let (method, path) = call.split_once(' ').unwrap();
                    assert!(["GET", "POST", "PUT", "DELETE", "PATCH"].contains(&method), "{call}");
                    assert!(path.starts_with('/') && !path.contains(' ') && !path.ends_with('/'), "{call}");
                    for segment in path.split('/').filter(|segment| segment.contains(':')) {
                        assert!(PLACEHOLDERS.contains(&segment), "{call}: {segment}");
                        used.insert(segment);
                    }
                    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
                    let known = super::super::route::find(method, &segments)
                        .or_else(|| super::super::route::find_web(method, &segments));
                    assert!(known.is_some(), "{call}: GitLab has no such endpoint");
                    let group = if path.contains("/groups/:") { Some(":group_id") } else { None };
                    let project = if path.contains("/projects/:") { Some(":project_id") } else { None };
                    for owner in group.into_iter().chain(project) {
                        assert!(path.contains(owner), "{call}: whose number?");
                    }
                }
            }
        }
        assert_eq!(used.len(), PLACEHOLDERS.len(), "no placeholder is listed in vain: {used:?}");
    }

    #[test]
    fn every_prefix_belongs_to_a_kind() {
        let rows = table::rows("prefixes.csv", include_str!("prefixes.csv"), |row| {
            table::check_versions_and_source(row, row.cell("prefix"));
            assert!(["yes", "no"].contains(&row.cell("instance_prefix")), "{}", row.cell("prefix"));
            row.cell("prefix")
        });
        assert_eq!(prefixes().iter().map(|prefix| prefix.prefix).collect::<Vec<_>>(), rows);
    }
}

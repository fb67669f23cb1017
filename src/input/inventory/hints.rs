//! What the surroundings of a list say about it: the address it was asked from, or the name of its file.
//!
//! Most of GitLab's lists do not say whose they are. The address stands in the headers that `curl -i` keeps; people and
//! scripts put the rest into file names (`project-318-access-tokens.json`, `projects/318/access_tokens.json`).

use crate::inventory::{OwnerKind, VariableLevel};

/// The list that an address or a name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    PersonalTokens,
    ImpersonationTokens,
    ServiceAccountTokens,
    ProjectTokens,
    GroupTokens,
    ServiceAccounts,
    DeployKeys,
    Allowlist,
    Other,
}

/// What the surroundings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// Which list.
    pub(super) list: Option<List>,
    /// Whose: a project, a group, a user…
    pub(super) owner: Option<OwnerKind>,
    /// Its number.
    pub(super) id: Option<u64>,
    /// Its full path, decoded.
    pub(super) path: Option<String>,
    /// Only folders say so, which are often named for something else.
    pub(super) from_folders: bool,
    /// It is the whole instance's.
    pub(super) instance: bool,
}

impl Hints {
    /// From a file's name and, where that says nothing, from its folders.
    pub(super) fn of_file(name: &str) -> Self {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let (own, all) = (Self::of_words(file), Self::of_words(name));
        match own.list {
            None => Self { from_folders: true, ..all },
            // `groups/12/service_accounts/8002/personal_access_tokens`: the folders say more.
            Some(List::PersonalTokens) if all.list == Some(List::ServiceAccountTokens) => all,
            Some(_) if own.id.is_none() && own.path.is_none() => {
                // Folders are named for many things; only with a number or a path behind it is it an owner's.
                let owned = all.id.is_some() || all.path.is_some();
                if owned { Self { list: own.list, ..all } } else { own }
            }
            Some(_) => own,
        }
    }

    /// From the addresses in an answer's `Link` header.
    pub(super) fn of_headers(headers: &str) -> Self {
        let link = headers.lines().find(|line| line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("link:")));
        let Some(path) = link.and_then(|line| line.split_once("/api/v4/")).map(|(_, rest)| rest) else {
            return Self::default();
        };
        let path = path.split(['?', '>']).next().unwrap_or_default();
        Self::of_words(path)
    }

    /// Do the surroundings say that access tokens are in it?
    pub(super) const fn promises_tokens(&self) -> bool {
        matches!(
            self.list,
            Some(
                List::PersonalTokens
                    | List::ImpersonationTokens
                    | List::ProjectTokens
                    | List::GroupTokens
                    | List::ServiceAccountTokens
            )
        )
    }

    /// Where the variables of a list are defined, by the key they stand under (GraphQL, schedules) or the surroundings.
    pub(super) fn variable_level(&self, under: &str) -> Option<VariableLevel> {
        match (under, self.owner) {
            ("variables", _) => Some(VariableLevel::PipelineSchedule),
            _ if self.instance => Some(VariableLevel::Instance),
            (_, Some(OwnerKind::Project)) => Some(VariableLevel::Project),
            (_, Some(OwnerKind::Group)) => Some(VariableLevel::Group),
            _ => None,
        }
    }

    fn of_words(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '%').collect();
        let has = |stem: &str| words.iter().any(|word| word.strip_suffix('s').unwrap_or(word) == stem);
        let tokens = has("token") || has("pat");
        let list = if has("impersonation") {
            Some(List::ImpersonationTokens)
        } else if has("service") && has("account") || has("serviceaccount") {
            Some(if tokens { List::ServiceAccountTokens } else { List::ServiceAccounts })
        } else if has("allowlist") {
            Some(List::Allowlist)
        } else if has("deploy") && has("key") {
            Some(List::DeployKeys)
        } else if has("variable") || has("authorization") {
            Some(List::Other)
        } else if !tokens || has("deploy") || has("trigger") || has("job") || has("agent") || has("runner") {
            None
        } else if has("personal") || has("pat") {
            Some(List::PersonalTokens)
        } else if has("project") {
            Some(List::ProjectTokens)
        } else if has("group") {
            Some(List::GroupTokens)
        } else {
            None
        };
        let mut hints = Self { list, instance: has("instance") || has("admin"), ..Self::default() };
        for (word, kind) in [("project", OwnerKind::Project), ("group", OwnerKind::Group), ("user", OwnerKind::User)] {
            let Some(at) = words.iter().position(|other| other.strip_suffix('s').unwrap_or(other) == word) else {
                continue;
            };
            let next = words.get(at + 1).copied().unwrap_or_default();
            hints.owner = Some(kind);
            hints.id = next.parse().ok();
            hints.path = next.contains("%2f").then(|| next.replace("%2f", "/"));
            break;
        }
        // `job-token-authorizations-318-….csv`, as GitLab names its own download.
        if let Some(at) = words.iter().position(|word| *word == "authorizations")
            && let Some(id) = words.get(at + 1).and_then(|word| word.parse().ok())
        {
            hints.owner = Some(OwnerKind::Project);
            hints.id = Some(id);
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_say_which_list_it_is() {
        for (name, list, owner, id) in [
            ("project-318-access-tokens.json", Some(List::ProjectTokens), Some(OwnerKind::Project), Some(318)),
            ("projects/318/access_tokens.json", Some(List::ProjectTokens), Some(OwnerKind::Project), Some(318)),
            ("group_access_tokens.ndjson", Some(List::GroupTokens), Some(OwnerKind::Group), None),
            ("personal_access_tokens.json", Some(List::PersonalTokens), None, None),
            ("exports/pats.json", Some(List::PersonalTokens), None, None),
            ("users/7/impersonation_tokens", Some(List::ImpersonationTokens), Some(OwnerKind::User), Some(7)),
            (
                "groups/12/service_accounts/8002/personal_access_tokens.json",
                Some(List::ServiceAccountTokens),
                Some(OwnerKind::Group),
                Some(12),
            ),
            ("service-accounts.json", Some(List::ServiceAccounts), None, None),
            ("service_account_tokens.json", Some(List::ServiceAccountTokens), None, None),
            ("project_deploy_tokens.json", None, Some(OwnerKind::Project), None),
            ("job-token-authorizations-318-20261120.csv", Some(List::Other), Some(OwnerKind::Project), Some(318)),
            ("projects/318/job_token_scope/allowlist.json", Some(List::Allowlist), Some(OwnerKind::Project), Some(318)),
            ("deploy_keys.json", Some(List::DeployKeys), None, None),
            ("-", None, None, None),
            ("tokens.json", None, None, None),
        ] {
            let hints = Hints::of_file(name);
            assert_eq!((hints.list, hints.owner, hints.id), (list, owner, id), "{name}");
        }
    }

    #[test]
    fn the_link_header_says_where_the_answer_is_from() {
        let headers = "HTTP/2 200\r\nlink: <https://gitlab.example.com/api/v4/projects/acme%2Fpayments%2Fapi/access_tokens?id=x&page=1>; rel=\"first\"\r\n";
        let hints = Hints::of_headers(headers);
        assert_eq!(hints.list, Some(List::ProjectTokens));
        assert_eq!(hints.path.as_deref(), Some("acme/payments/api"));
        assert_eq!(Hints::of_headers("HTTP/2 200\r\n"), Hints::default());
    }
}

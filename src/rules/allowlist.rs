//! A job token allowlist as the rules look at it: which entries there are, who was seen to come in, and how an entry changes.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::Judgement;
use super::settings::{OwnerCalls, Settings, Thing, last_step, step};
use crate::context::Version;
use crate::inventory::{AllowlistEntry, AuthLogEntry, EntryKind, Inventory, JobToken, JobTokenMode};
use crate::report::{Advice, SubjectId};
use crate::say;
use crate::text::{Name, NotStr, Say, Text};

/// From this version on the authentication log holds what listed callers do; before, GitLab wrote it only while the
/// allowlist was off (<https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-authentication-log>).
const LOG_OF_LISTED_SINCE: Version = Version::new(17, 10);

/// The settings of one project.
pub(super) struct Allowlist<'a> {
    pub(super) settings: Settings<'a>,
    pub(super) job_token: &'a JobToken,
}

/// Who was seen to come in, by full path in lower case.
pub(super) type Callers<'a> = BTreeMap<String, &'a AuthLogEntry>;

impl<'a> Allowlist<'a> {
    /// `None` where the source has no such settings, or GitLab had not yet put them on the page.
    pub(super) fn new(judgement: &'a Judgement<'a>, inventory: &'a Inventory) -> Option<Self> {
        let job_token = inventory.job_token.as_ref().filter(|job_token| job_token.rendered != Some(false))?;
        Some(Self { settings: Settings::new(judgement, inventory), job_token })
    }

    /// Is every project of the instance let in?
    pub(super) fn is_open(&self) -> bool {
        self.job_token.mode == Some(JobTokenMode::AllGroupsAndProjects)
            && self.job_token.enforced_by_instance != Some(true)
    }

    /// The entries that somebody made: the project itself is always let in.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'a AllowlistEntry> + use<'a> {
        let (path, id) = (self.settings.path(), self.settings.id());
        self.job_token.allowlist.iter().flatten().filter(move |entry| {
            let itself = entry.kind != Some(EntryKind::Group)
                && (path.is_some_and(|path| entry.path.as_ref() == Some(path)) || id.is_some() && entry.id == id);
            entry.current_project != Some(true) && !itself
        })
    }

    /// Who was seen to come in. `None` where there is no log, where it is not all there, or where it does not cover the
    /// callers on the list.
    pub(super) fn callers(&self) -> Option<Callers<'a>> {
        let log = self.job_token.auth_log.as_ref()?;
        let whole = self.job_token.auth_log_count.is_none_or(|count| count <= log.len() as u64);
        let version = self.settings.inventory.gitlab_version.or(self.settings.judgement.context.gitlab_version);
        if !whole || self.is_open() || version.is_some_and(|version| version < LOG_OF_LISTED_SINCE) {
            return None;
        }
        let paths = log.iter().filter_map(|entry| Some((entry.path.as_ref()?.as_str().to_lowercase(), entry)));
        let mut callers = Callers::new();
        callers.extend(paths);
        Some(callers)
    }

    /// ` acme/platform`, with what it is, to stand behind "The entry": `The entry for the group acme/platform`.
    pub(super) fn name(entry: &AllowlistEntry) -> Text {
        let kind = if is_group(entry) { "group" } else { "project" };
        match (&entry.path, entry.id) {
            (Some(path), _) => say!["The entry for the ", kind, " ", path],
            (None, Some(id)) => say!["The entry for ", kind, " ", id],
            (None, None) => say!["An entry for a ", kind],
        }
    }

    pub(super) fn thing(entry: &AllowlistEntry) -> Thing<'_> {
        Thing {
            kind: "allowlist_entry",
            id: entry.path.clone().map(SubjectId::Key).or(entry.id.map(SubjectId::Number)),
            name: entry.path.as_ref(),
            span: entry.span,
            row: entry.row,
        }
    }

    /// `acme/payments/api > Settings > CI/CD > Job token permissions`.
    pub(super) fn place(&self) -> Text {
        self.settings.at(say!["Settings > CI/CD > Job token permissions"])
    }

    /// Gives the entry these permissions instead. REST cannot.
    pub(super) fn narrow(&self, entry: &AllowlistEntry, text: Text, permissions: &str) -> Advice {
        let mut text = text;
        let permissions = if permissions.is_empty() { "READ_REPOSITORIES" } else { permissions };
        text.push(" REST cannot set permissions; by GraphQL: `mutation { ciJobTokenScopeUpdatePolicies(input: {projectPath: \"");
        text.push(Argument(self.settings.path(), "$PROJECT_PATH"));
        text.push("\", targetPath: \"").push(Argument(entry.path.as_ref(), "$CALLER_PATH"));
        text.push("\", defaultPermissions: false, jobTokenPolicies: [").push(Permissions(permissions));
        text.push("]}) { errors } }`. Needs: Maintainer, `api`; GitLab 18.3 and newer.");
        step(text, self.place(), None)
    }

    /// Takes the entry off the list.
    pub(super) fn remove(&self, entry: &AllowlistEntry, mut text: Text) -> Advice {
        text.push(" Jobs that still come this way get a 403 from then on; the entry can be added again. Needs: Maintainer, `api`.");
        let call = if is_group(entry) {
            "DELETE /projects/:project_id/job_token_scope/groups_allowlist/:group"
        } else {
            "DELETE /projects/:project_id/job_token_scope/allowlist/:caller"
        };
        let row = entry.id.map(|id| say![id]);
        last_step(text, self.place(), self.settings.command(OwnerCalls::of_project(call), row.as_ref(), None))
    }
}

/// Is it a whole group?
pub(super) fn is_group(entry: &AllowlistEntry) -> bool {
    entry.kind == Some(EntryKind::Group)
}

/// The callers at or below a path. Upper and lower case are the same to GitLab.
pub(super) fn callers_of<'c, 'a>(
    callers: &'c Callers<'a>,
    entry: &AllowlistEntry,
) -> impl Iterator<Item = &'a AuthLogEntry> + use<'c, 'a> {
    let path = entry.path.as_ref().map(|path| path.as_str().to_lowercase());
    let exact = path.as_ref().filter(|_| !is_group(entry)).and_then(|path| callers.get(path)).copied();
    // Every path below `acme/` stands between `acme/` and `acme0`, the sign after the slash.
    let range = path
        .filter(|_| is_group(entry))
        .map(|path| callers.range((Bound::Included(format!("{path}/")), Bound::Excluded(format!("{path}0")))));
    exact.into_iter().chain(range.into_iter().flatten().map(|(_, entry)| *entry))
}

/// A path within the double quotes of a GraphQL call: the path where it can only be a path, else a placeholder.
struct Argument<'a>(Option<&'a Name>, &'static str);

impl Say for Argument<'_> {
    fn say(&self, out: &mut String) {
        let plain = |path: &&Name| {
            path.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'))
        };
        out.push_str(self.0.filter(plain).map_or(self.1, Name::as_str));
    }
}
impl NotStr for Argument<'_> {}

/// Names of permissions, `READ_PACKAGES, READ_JOBS`: letters, underscores, commas and blanks only.
struct Permissions<'a>(&'a str);

impl Say for Permissions<'_> {
    fn say(&self, out: &mut String) {
        out.extend(self.0.chars().filter(|character| character.is_ascii_alphabetic() || ", _".contains(*character)));
    }
}
impl NotStr for Permissions<'_> {}

/// `READ_PACKAGES, ADMIN_JOBS`: an entry's permissions as GraphQL writes them, those that `keep` says.
pub(super) fn permissions(entry: &AllowlistEntry, keep: impl Fn(&str, &str) -> bool) -> String {
    let policies = entry.policies.iter().flatten();
    let kept = policies.filter(|policy| keep(policy.action.as_str(), policy.resource.as_str()));
    let names: Vec<String> = kept
        .map(|policy| format!("{}_{}", policy.action.as_str(), policy.resource.as_str()).to_ascii_uppercase())
        .collect();
    names.join(", ")
}

/// Lists for the rules' tests.
#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use crate::inventory::Policy;
    use crate::report::Finding;
    use crate::rules::sample::{judged, only, project};
    use crate::time::Timestamp;

    pub(in super::super) fn entry(kind: EntryKind, path: &str, policies: Option<&[(&str, &str)]>) -> AllowlistEntry {
        let policy =
            |(action, resource): &(&str, &str)| Policy { action: Name::new(action), resource: Name::new(resource) };
        AllowlistEntry {
            kind: Some(kind),
            path: Some(Name::new(path)),
            id: Some(77),
            current_project: Some(false),
            default_permissions: Some(policies.is_none()),
            policies: Some(policies.unwrap_or_default().iter().map(policy).collect()),
            ..AllowlistEntry::default()
        }
    }

    pub(in super::super) fn log(callers: &[(&str, &str)]) -> Option<Vec<AuthLogEntry>> {
        let row = |(path, at): &(&str, &str)| AuthLogEntry {
            path: Some(Name::new(path)),
            last_authorized_at: Timestamp::parse(at),
            ..AuthLogEntry::default()
        };
        Some(callers.iter().map(row).collect())
    }

    pub(in super::super) fn list(entries: Vec<AllowlistEntry>) -> JobToken {
        JobToken {
            rendered: Some(true),
            mode: Some(JobTokenMode::Allowlist),
            allowlist: Some(entries),
            ..JobToken::default()
        }
    }

    pub(in super::super) fn of(rule: &str, job_token: JobToken) -> Vec<Finding> {
        only(rule, judged(Inventory { job_token: Some(job_token), ..project(Vec::new()) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_below_a_group_are_those_behind_its_slash() {
        let log = sample::log(&[("Acme/Web", ""), ("acme/sub/x", ""), ("acme-2/y", ""), ("acme", ""), ("acme0/z", "")])
            .unwrap();
        let callers: Callers<'_> =
            log.iter().map(|entry| (entry.path.as_ref().unwrap().as_str().to_lowercase(), entry)).collect();
        let below = |kind, path| callers_of(&callers, &sample::entry(kind, path, None)).count();
        assert_eq!(below(EntryKind::Group, "ACME"), 2);
        assert_eq!(below(EntryKind::Project, "acme/web"), 1);
        assert_eq!(below(EntryKind::Project, "acme/we"), 0);
    }

    #[test]
    fn no_path_leaves_the_quotes_of_a_graphql_call() {
        let say = |path: &str| say![Argument(Some(&Name::new(path)), "$X")].to_string();
        assert_eq!(say("acme/web_1.x-y"), "acme/web_1.x-y");
        assert_eq!(say("acme\"}) { x }"), "$X");
        assert_eq!(say("acme\\"), "$X");
    }
}

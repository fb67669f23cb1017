//! The narrowest credential that covers a set of known uses.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Use;
use super::seen::{Deed, Needs, Origin};
use crate::catalog::{Acceptance, AccessLevel, Boundary, Scope, TokenType};
use crate::context::Version;
use crate::say;
use crate::text::Text;

/// A credential that is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: TokenType,
    /// Its scopes, all of them.
    pub scopes: Vec<&'static str>,
    /// The lowest role that is known to be enough; `None` where the kind has none, or it is not documented.
    #[serde(serialize_with = "role")]
    pub role: Option<AccessLevel>,
    /// Fine-grained permissions, `Release: Create`.
    pub permissions: Vec<Text>,
    /// What the allowlist entry of another project has to grant to a job token.
    pub job_token_permissions: Vec<&'static str>,
    /// In words; follows "enough would be".
    pub text: Text,
}

fn role<S: serde::Serializer>(role: &Option<AccessLevel>, serializer: S) -> Result<S::Ok, S::Error> {
    role.map(AccessLevel::id).serialize(serializer)
}

/// What is known of the token as it is.
#[derive(Clone, Copy)]
pub(super) struct Now {
    /// `None` for a variable that no token was matched with.
    pub(super) kind: Option<TokenType>,
    /// The instance's, where it is known.
    pub(super) version: Option<Version>,
}

/// <https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/>
const FINE_GRAINED_SINCE: Version = Version::new(18, 10);

/// Every way that covers all known uses, the narrowest first; empty where no use is known.
pub(super) fn ways(uses: &[Use], now: Now) -> Vec<Way> {
    let known: Vec<(&Use, Needs)> = uses.iter().filter_map(|one| Some((one, one.deed?.needs()))).collect();
    let mut ways = Vec::new();
    if known.is_empty() {
        return ways;
    }
    ways.extend(trigger(&known));
    let job = job_token(&known);
    // A push with the job token is off by default and starts no pipeline: a way, not the first one.
    let (first, later) = if known.iter().any(|(one, needs)| pushes(one, needs)) { (None, job) } else { (job, None) };
    ways.extend(first);
    ways.extend(deploy_token(&known));
    // A fine-grained token is narrower than any scope; where a machine does the work, none of a person's is better.
    let access = access_token(&known, now);
    let personal = access.as_ref().is_none_or(|way| way.kind == TokenType::PersonalAccessToken);
    let (first, later_access) = if personal { (None, access) } else { (access, None) };
    ways.extend(first);
    ways.extend(fine_grained(&known, now));
    ways.extend(later_access);
    ways.extend(later);
    ways
}

type Known<'a> = [(&'a Use, Needs)];

fn in_pipelines(one: &Use) -> bool {
    one.places.iter().all(|(_, _, origin)| matches!(origin, Origin::Config | Origin::JobLog))
}

/// Every use takes one special kind.
fn trigger(known: &Known<'_>) -> Option<Way> {
    let kind = known.first()?.1.takes?;
    known.iter().all(|(_, needs)| needs.takes == Some(kind)).then(|| Way {
        kind,
        scopes: Vec::new(),
        role: None,
        permissions: Vec::new(),
        job_token_permissions: Vec::new(),
        text: say!["a ", kind, ", which can do nothing else"],
    })
}

fn pushes(one: &Use, needs: &Needs) -> bool {
    needs.job == Acceptance::Unknown && matches!(one.deed, Some(Deed::Act(act)) if act.id == "git-push")
}

/// All of it in pipelines, and all of it accepted.
fn job_token(known: &Known<'_>) -> Option<Way> {
    if !known.iter().all(|(one, needs)| in_pipelines(one) && (needs.job == Acceptance::Yes || pushes(one, needs))) {
        return None;
    }
    let mut text =
        say!["no stored token at all: the job token, `CI_JOB_TOKEN`, with the rights of whoever starts the job"];
    let others: Vec<&(&Use, Needs)> = known.iter().filter(|(one, _)| one.own != Some(true)).collect();
    let policies: BTreeSet<&'static str> =
        others.iter().flat_map(|(_, needs)| needs.policies.iter().copied()).collect();
    let policies: Vec<&'static str> = policies.into_iter().collect();
    if !others.is_empty() {
        text.push(". Where that is another project, its job token allowlist has to let this one in");
        if !policies.is_empty() {
            text.push(", with ").push(Text::list(&policies, "and"));
        }
    }
    if known.iter().any(|(one, needs)| pushes(one, needs)) {
        text.push(
            ". To push with it, Settings > CI/CD > Job token permissions > Allow Git push requests to the repository has to be on \
             (for another project: there, and in 19.0 or newer), and such a push starts no pipeline",
        );
    }
    Some(Way {
        kind: TokenType::CiJobToken,
        scopes: Vec::new(),
        role: None,
        permissions: Vec::new(),
        job_token_permissions: policies,
        text,
    })
}

fn deploy_token(known: &Known<'_>) -> Option<Way> {
    if !known.iter().all(|(_, needs)| !needs.deploy.is_empty()) {
        return None;
    }
    let scopes: BTreeSet<&'static str> = known.iter().flat_map(|(_, needs)| needs.deploy.iter().copied()).collect();
    let scopes: Vec<&'static str> = scopes.into_iter().collect();
    let text =
        say!["a deploy token with ", quoted(&scopes), ", which no user stands behind and which opens no other API"];
    Some(Way {
        kind: TokenType::DeployToken,
        scopes,
        role: None,
        permissions: Vec::new(),
        job_token_permissions: Vec::new(),
        text,
    })
}

/// An access token of the narrowest kind that can be given the scopes, with the lowest role.
fn access_token(known: &Known<'_>, now: Now) -> Option<Way> {
    // Wider than what is there.
    if now.kind == Some(TokenType::FineGrainedPersonalAccessToken) {
        return None;
    }
    // A scope opens nothing that wants another kind of credential.
    if known.iter().any(|(_, needs)| needs.takes.is_some() && needs.scopes.is_empty()) {
        return None;
    }
    let scopes = cover(known);
    let project = known.iter().all(|(_, needs)| {
        needs.boundaries.is_empty() || needs.boundaries.iter().any(|one| matches!(one, Boundary::Project))
    });
    let group = known.iter().all(|(_, needs)| {
        needs.boundaries.is_empty()
            || needs.boundaries.iter().any(|one| matches!(one, Boundary::Project | Boundary::Group))
    });
    let all_own = known.iter().all(|(one, _)| one.own == Some(true));
    let piped = known.iter().all(|(one, _)| in_pipelines(one));
    let wanted = match now.kind {
        Some(TokenType::GroupAccessToken) if project && all_own => TokenType::ProjectAccessToken,
        Some(kind @ (TokenType::GroupAccessToken | TokenType::ServiceAccountToken)) => kind,
        Some(TokenType::ProjectAccessToken | TokenType::DeployToken) => TokenType::ProjectAccessToken,
        Some(kind) if !piped => match kind {
            TokenType::FineGrainedPersonalAccessToken | TokenType::ImpersonationToken => TokenType::PersonalAccessToken,
            other => other,
        },
        _ if project => TokenType::ProjectAccessToken,
        _ if group => TokenType::GroupAccessToken,
        _ => TokenType::PersonalAccessToken,
    };
    let available = |kind: TokenType| {
        scopes.iter().all(|scope| Scope::new(scope).facts().is_some_and(|facts| facts.available_for(kind)))
    };
    let kind = [wanted, TokenType::PersonalAccessToken].into_iter().find(|kind| available(*kind))?;
    let has_role = !matches!(kind, TokenType::PersonalAccessToken);
    let roles: Vec<Option<AccessLevel>> =
        known.iter().filter(|(_, needs)| !needs.open).map(|(_, needs)| needs.role).collect();
    let role = roles.iter().copied().collect::<Option<Vec<_>>>().and_then(|roles| roles.into_iter().max());
    let at_least = roles.iter().copied().flatten().max();
    let mut text = say!["a ", kind];
    if scopes.is_empty() {
        text.push(" with any scope");
    } else {
        text.push(" with ").push(quoted(&scopes));
    }
    match (has_role, role, at_least) {
        (true, Some(role), _) => {
            text.push(" and the role ").push(role);
        }
        (true, None, Some(role)) => {
            text.push(" and at least the role ")
                .push(role)
                .push(" (for the rest the lowest role is not documented: try upwards from it)");
        }
        (true, None, None) if !roles.is_empty() => {
            text.push("; the lowest role for it is not documented: try upwards from Reporter");
        }
        (false, Some(role), _) => {
            text.push("; its owner needs the role ").push(role).push(" there");
        }
        _ => {}
    }
    Some(Way {
        kind,
        scopes,
        role: role.filter(|_| has_role),
        permissions: Vec::new(),
        job_token_permissions: Vec::new(),
        text,
    })
}

/// Only a person's token can be fine-grained (<https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/>).
fn fine_grained(known: &Known<'_>, now: Now) -> Option<Way> {
    let personal = matches!(
        now.kind,
        Some(
            TokenType::PersonalAccessToken | TokenType::FineGrainedPersonalAccessToken | TokenType::ImpersonationToken
        )
    );
    if !personal
        || now.version.is_some_and(|version| version < FINE_GRAINED_SINCE)
        || !known.iter().all(|(_, needs)| needs.open || !needs.permissions.is_empty())
    {
        return None;
    }
    let mut permissions: Vec<Text> =
        known.iter().flat_map(|(_, needs)| needs.permissions.iter().map(|permission| say![*permission])).collect();
    permissions.sort();
    permissions.dedup();
    let text = say![
        "a fine-grained personal access token (18.10 and newer) for those projects alone, with ",
        Text::list(&permissions, "and")
    ];
    Some(Way {
        kind: TokenType::FineGrainedPersonalAccessToken,
        scopes: Vec::new(),
        role: None,
        permissions,
        job_token_permissions: Vec::new(),
        text,
    })
}

/// `` `a` and `b` ``.
pub(super) fn quoted(scopes: &[&'static str]) -> Text {
    let scopes: Vec<Scope> = scopes.iter().map(|scope| Scope::new(scope)).collect();
    say![if scopes.len() == 1 { "the scope " } else { "the scopes " }, Text::list(&scopes, "and")]
}

/// Do these scopes cover a use?
pub(super) fn covers<'s>(needs: &Needs, scopes: impl Iterator<Item = &'s str> + Clone) -> bool {
    let has = |wanted: &str| {
        scopes.clone().any(|scope| {
            scope == wanted || Scope::new(scope).facts().is_some_and(|facts| facts.includes.contains(&wanted))
        })
    };
    needs.scopes.iter().all(|scope| has(scope))
        || needs.also.iter().any(|scope| scopes.clone().any(|own| own == *scope))
}

/// The narrowest set: each use's own, without those that the others make unnecessary, the least powerful tried first.
fn cover(known: &Known<'_>) -> Vec<&'static str> {
    let wanted: BTreeSet<&'static str> = known.iter().flat_map(|(_, needs)| needs.scopes.iter().copied()).collect();
    let risk = |scope: &str| Scope::new(scope).facts().map_or(u8::MAX, |facts| facts.risk);
    let mut set: Vec<&'static str> = wanted.into_iter().collect();
    set.sort_by_key(|scope| (risk(scope), *scope));
    let mut at = 0;
    while let Some(tried) = set.get(at).copied() {
        let rest = || set.iter().copied().filter(|scope| *scope != tried);
        if set.len() > 1 && known.iter().all(|(_, needs)| covers(needs, rest())) {
            set.remove(at);
        } else {
            at += 1;
        }
    }
    set.reverse();
    set
}

//! The three answers about a token, what stands in the way of a fourth, and the steps to the narrower one.

use super::enough::{Now, Way, covers, ways};
use super::join::{Rest, Traces};
use super::words::use_in_words;
use super::{About, Decision, Item, Use};
use crate::catalog::{Scope, TokenType, cloud_service};
use crate::plan::rotation::{Holder, key, new_name, owner_of};
use crate::report::{Advice, Confidence};
use crate::rules::call::{Encoded, Iso};
use crate::rules::row::Row;
use crate::say;
use crate::text::{Name, Text};

/// Uses named in a sentence; the rest is counted.
const SHOWN: usize = 6;

/// A token of an inventory.
pub(super) fn token(row: &Row<'_>, holders: &[Holder], traces: Traces) -> Item {
    let ways = ways(&traces.uses, Now { kind: Some(row.kind()), version: row.judgement.context.gitlab_version });
    let not_seen = not_seen(row, holders, &traces);
    let keeps = ways.first().is_some_and(|way| is_now(way, row));
    let fits = contradictions(row, &traces.uses).is_empty();
    let sure = traces.named.is_empty()
        && traces.uses.iter().all(|one| one.known && one.confidence != Confidence::Possible)
        && fits
        && open_questions(row, &traces.uses).is_empty();
    let decision = match (ways.is_empty(), keeps, sure) {
        (true, ..) if traces.uses.is_empty() => Decision::Unknown,
        (true, ..) => Decision::AskFirst,
        (_, true, true) => Decision::Keep,
        (_, false, true) => Decision::Narrow,
        _ => Decision::AskFirst,
    };
    let mut ways = ways.into_iter();
    let enough = ways.next();
    let others: Vec<Way> = ways.filter(|way| !is_now(way, row)).collect();
    let steps = match (&enough, decision) {
        // Where what is seen does not fit the token, no token is made after it.
        (Some(way), Decision::Narrow | Decision::AskFirst) if !keeps && fits => {
            narrow(row, holders, way, &traces.uses, decision)
        }
        (_, Decision::Keep) => {
            vec![Advice::step(say!["Nothing to do here. When it is replaced, give the new one no more than this."])]
        }
        _ => vec![row.ask_consumers()],
    };
    Item {
        about: About::Token { kind: row.kind(), id: row.token.id, name: row.token.name.clone(), owner: owner_of(row) },
        can: can(row),
        scopes: row.scopes().map(<[Scope]>::to_vec),
        role: row.role(),
        last_used: row.token.last_used_day(),
        seen: seen(&traces.uses, Some(row)),
        enough_words: enough_words(enough.as_ref(), &others, &traces.uses, keeps),
        uses: traces.uses,
        enough,
        others,
        not_seen,
        decision,
        steps,
        key: key(row),
    }
}

/// A credential that is used and in no inventory.
pub(super) fn rest(rest: Rest) -> Item {
    let Rest { about, traces } = rest;
    let (kind, key) = match &about {
        About::Variable(name) => (None, say!["variable-", Encoded(name)]),
        About::Value(kind, user) => {
            let user = user.clone().unwrap_or_default();
            (Some(*kind), say!["value-", kind.id(), "-", Encoded(&user)])
        }
        About::Token { .. } => (None, Text::new()),
    };
    let cloud = match &about {
        About::Variable(name) => cloud_service(name.as_str()),
        _ => None,
    };
    let mut found = ways(&traces.uses, Now { kind, version: None });
    if let Some(cloud) = cloud {
        found = vec![Way {
            kind: TokenType::CiIdToken,
            scopes: Vec::new(),
            role: None,
            permissions: Vec::new(),
            job_token_permissions: Vec::new(),
            text: say!["no stored key of ", cloud.service, ": ", cloud.how],
        }];
    }
    let mut found = found.into_iter();
    let enough = found.next();
    let others: Vec<Way> = found.collect();
    let can = match (&about, cloud) {
        (_, Some(cloud)) => say!["What it can do is for ", cloud.service, " to say; it is no credential of GitLab's."],
        (About::Variable(_), None) => say![
            "Which token it holds, and so what it can do, does not stand in what was given. Give the token's export, and the list of \
             variables beside it."
        ],
        (About::Value(kind, _), _) => {
            say!["It is a ", kind, ". Its scopes do not stand there: give the export of such tokens beside it."]
        }
        (About::Token { .. }, _) => Text::new(),
    };
    let mut not_seen = Vec::new();
    if cloud.is_none() {
        unknown_uses(&traces.uses, &mut not_seen);
    }
    not_seen.push(say!["What else holds the same credential."]);
    let steps = match (&enough, cloud) {
        (_, Some(cloud)) => vec![
            Advice::step(say!["Let the job ask for a short-lived one: ", cloud.how, "."]),
            Advice::destructive(say![
                "When no job uses the stored key any more, delete it at its service and the variable here."
            ]),
        ],
        (Some(way), None) if way.kind == TokenType::CiJobToken => job_token_steps(way, &traces.uses),
        _ => vec![Advice::step(match &about {
            About::Variable(name) => say![
                "Find out which token `",
                name,
                "` holds: ask whoever set it, or compare the days it was made with those of the tokens."
            ],
            _ => say!["Find the token in the list of its kind, by its user name or the day it was made."],
        })],
    };
    Item {
        about,
        can,
        scopes: None,
        role: None,
        last_used: None,
        seen: seen(&traces.uses, None),
        enough_words: match (&enough, cloud) {
            (Some(way), Some(_)) => say!["Enough would be ", way.text, "."],
            _ => enough_words(enough.as_ref(), &others, &traces.uses, false),
        },
        uses: traces.uses,
        enough,
        others,
        not_seen,
        decision: Decision::AskFirst,
        steps,
        key,
    }
}

fn can(row: &Row<'_>) -> Text {
    if let Some(granular) = row.token.granular_scopes.as_ref().filter(|_| row.token.granular == Some(true)) {
        let names: Vec<&Name> = granular.iter().flat_map(|one| one.permissions.iter().flatten()).collect();
        return if names.is_empty() {
            say!["It is fine-grained; which permissions it has, the source does not show."]
        } else {
            say!["It can use its fine-grained permissions: ", Text::list(&names, "and"), "."]
        };
    }
    let Some(scopes) = row.scopes().filter(|scopes| !scopes.is_empty()) else {
        return match row.kind() {
            TokenType::PipelineTriggerToken => {
                say!["It can start pipelines of its project, as the person who made it, and nothing else."]
            }
            _ => say!["What it can do is unknown: the source does not show its scopes."],
        };
    };
    let mut text = say!["It can "];
    let telling: Vec<&Scope> =
        scopes.iter().filter(|scope| !scopes.iter().any(|other| other.includes(scope))).collect();
    for (index, scope) in telling.iter().enumerate() {
        if index > 0 {
            text.push(if index + 1 == telling.len() { "; and " } else { "; " });
        }
        match scope.facts() {
            Some(facts) => text.push(facts.grants).push(" (").push(*scope).push(")"),
            None => text.push("do what ").push(*scope).push(" allows, which is newer than the catalog"),
        };
    }
    if let Some(role) = row.role() {
        text.push(", with the role ").push(role);
    }
    if row.is_personal() {
        text.push(", wherever its owner is a member");
    }
    text.push(".");
    text
}

fn seen(uses: &[Use], row: Option<&Row<'_>>) -> Text {
    let used = row.map(Row::use_in_words).unwrap_or_default();
    if uses.is_empty() {
        return say!["Nothing that was given shows what it is used for.", used];
    }
    let shown: Vec<Text> = uses.iter().take(SHOWN).map(use_in_words).collect();
    let mut text = say!["It is seen to ", Text::list(&shown, "and")];
    if uses.len() > shown.len() {
        text.push(", and ").push(uses.len() - shown.len()).push(" more things");
    }
    text.push(".").push(used);
    text
}

fn enough_words(enough: Option<&Way>, others: &[Way], uses: &[Use], keeps: bool) -> Text {
    let Some(way) = enough else {
        return say![
            "What would be enough cannot be told: ",
            if uses.is_empty() { "no use was seen." } else { "what the seen uses need is not known." }
        ];
    };
    let all = uses.iter().all(|one| one.known);
    let sure = uses.iter().all(|one| one.confidence != Confidence::Possible);
    let mut text = match (all, sure) {
        (true, true) => say!["For what is seen, enough would be "],
        (true, false) => say!["If that is this token, enough would be "],
        (false, _) => say!["For the part that is understood, enough would be "],
    };
    if keeps {
        text.push("what it is now: ");
    }
    text.push(&way.text);
    for other in others {
        text.push(". Or ").push(&other.text);
    }
    text.push(".");
    text
}

/// Is this what the token is already?
fn is_now(way: &Way, row: &Row<'_>) -> bool {
    if way.kind != row.kind() {
        return false;
    }
    let Some(scopes) = row.scopes() else { return way.kind == TokenType::PipelineTriggerToken };
    let telling = || scopes.iter().filter(|scope| !scopes.iter().any(|other| other.includes(scope)));
    let same = telling().all(|scope| way.scopes.iter().any(|wanted| scope.is(wanted)));
    same && match (way.role, row.role()) {
        (Some(enough), Some(now)) => now <= enough,
        _ => true,
    }
}

/// Uses that the token's scopes or role do not cover: either they fail, or another token is meant.
fn contradictions<'u>(row: &Row<'_>, uses: &'u [Use]) -> Vec<&'u Use> {
    let Some(scopes) =
        row.scopes().filter(|scopes| !scopes.is_empty() && scopes.iter().all(|scope| scope.facts().is_some()))
    else {
        return Vec::new();
    };
    let names = scopes.iter().map(Scope::as_str);
    let deploy = row.kind() == TokenType::DeployToken;
    uses.iter()
        .filter(|one| {
            one.deed.map(super::seen::Deed::needs).is_some_and(|needs| {
                if deploy {
                    needs.deploy.iter().any(|wanted| !names.clone().any(|own| own == *wanted))
                } else {
                    let role =
                        row.role().zip(needs.role).is_some_and(|(now, needed)| now < needed && one.own == Some(true));
                    needs.takes.is_none() && (role || !needs.scopes.is_empty() && !covers(&needs, names.clone()))
                }
            })
        })
        .collect()
}

/// What the row itself leaves open, whatever is seen.
fn open_questions(row: &Row<'_>, uses: &[Use]) -> Vec<Text> {
    let mut out = Vec::new();
    if row.kind() == TokenType::FineGrainedPersonalAccessToken {
        out.push(say![
            "Whether its permissions are just these: compare them, and those of other projects, in its details."
        ]);
    } else if row.kind() != TokenType::PipelineTriggerToken && row.scopes().is_none_or(<[Scope]>::is_empty) {
        out.push(say!["Which scopes it has: the source does not show them."]);
    }
    for scope in row.scopes().into_iter().flatten().filter(|scope| scope.facts().is_none()) {
        out.push(say!["What ", scope, " allows: it is newer than the catalog."]);
    }
    // A use that only the logs show, and a later one that they do not.
    let logged = uses.iter().map(|one| one.last.map(crate::time::Timestamp::date)).collect::<Option<Vec<_>>>();
    if let (Some(day), Some(last)) = (row.token.last_used_day(), logged.and_then(|days| days.into_iter().max()))
        && last < day
    {
        out.push(say!["What used it on ", day, ", after the last use that a log shows."]);
    }
    out
}

fn unknown_uses(uses: &[Use], out: &mut Vec<Text>) {
    for one in uses.iter().filter(|one| !one.known).take(SHOWN) {
        out.push(say!["It is seen to ", use_in_words(one), ": what that comes to does not stand there."]);
    }
}

fn not_seen(row: &Row<'_>, holders: &[Holder], traces: &Traces) -> Vec<Text> {
    let mut out = Vec::new();
    unknown_uses(&traces.uses, &mut out);
    for (variable, input, line) in traces.named.iter().take(SHOWN) {
        out.push(say![
            "`",
            variable,
            "` is named in ",
            input,
            ":",
            *line,
            ", and what is done with it there is not understood."
        ]);
    }
    if traces.named.len() > SHOWN {
        out.push(say![traces.named.len() - SHOWN, " more places name its variables."]);
    }
    for one in contradictions(row, &traces.uses).into_iter().take(SHOWN) {
        out.push(say![
            "Its scopes and role do not let it ",
            one.does,
            ": either that fails, or what is used there is another token."
        ]);
    }
    if !traces.uses.is_empty() {
        out.extend(open_questions(row, &traces.uses));
    }
    let guessed: Vec<&Holder> = holders
        .iter()
        .filter(|holder| traces.uses.iter().any(|one| one.through.as_ref() == Some(&holder.key)))
        .collect();
    if let Some(first) = guessed.first() {
        let mut text = say!["That `", first.key, "` holds this token is a guess from names"];
        if first.claims > 1 {
            text.push("; by its name it may be any of ").push(first.claims).push(" tokens");
        }
        text.push(".");
        out.push(text);
    }
    let used = row.token.last_used_day();
    match (used, row.token.never_used) {
        (Some(day), _) if traces.uses.is_empty() => out.push(say![
            "What used it on ", day, if row.token.last_used_ips.as_deref().is_some_and(|ips| !ips.is_empty()) {
                "; the addresses it came from are in the export."
            } else {
                "."
            }
        ]),
        (None, Some(true)) if !traces.uses.is_empty() => out.push(say![
            "GitLab recorded no use of it, though the files name a use: the job has not run, or its variable holds another token."
        ]),
        _ => {}
    }
    match row.kind() {
        TokenType::DeployToken => out.push(say!["When and from where it is used: GitLab shows no last use of a deploy token."]),
        _ => out.push(say!["What else holds it: other projects' variables, schedules, machines and people's own computers were not given."]),
    }
    out
}

/// From the token to the narrower one.
fn narrow(row: &Row<'_>, holders: &[Holder], way: &Way, uses: &[Use], decision: Decision) -> Vec<Advice> {
    let mut steps = Vec::new();
    if decision == Decision::AskFirst {
        let mut ask = row.ask_consumers();
        ask.text = say!["Answer what was not seen first. ", ask.text];
        steps.push(ask);
    }
    if way.kind == TokenType::CiJobToken {
        steps.extend(job_token_steps(way, uses));
        steps.pop();
        steps.push(row.revoke_replaced());
        return steps;
    }
    let end = row.new_end();
    let name = new_name(row, row.today());
    let mut data = say!["name=", Plain(&name)];
    for scope in &way.scopes {
        data.push("&scopes[]=").push(*scope);
    }
    if let Some(role) = way.role {
        data.push("&access_level=").push(role.number());
    }
    data.push("&expires_at=").push(Iso(end));
    if way.kind == TokenType::PipelineTriggerToken {
        data = say!["description=", Plain(&name)];
    }
    let mut what = say!["`", name, "` beside it, never in its place: ", way.text];
    if way.kind != TokenType::PipelineTriggerToken {
        what.push("; ending on ").push(end);
    }
    what.push(".");
    if way.role.is_some_and(|role| role.number() < 40) && way.scopes.contains(&"write_repository") {
        what.push(" Where the branch is protected for Developers, pushing needs Maintainer.");
    }
    steps.push(row.make_kind(way.kind, what, data));
    let mut switch = row.switch();
    let keys: Vec<Text> = holders.iter().map(|holder| say!["`", holder.key, "`"]).collect();
    if !keys.is_empty() {
        switch.text.push(" By ").push(if keys.len() == 1 { "its name " } else { "their names " });
        switch.text.push(Text::list(&keys, "and")).push(if keys.len() == 1 {
            " is such a place."
        } else {
            " are such places."
        });
    }
    steps.push(switch);
    steps.push(row.revoke_replaced());
    steps
}

fn job_token_steps(way: &Way, uses: &[Use]) -> Vec<Advice> {
    let places: Vec<Text> = uses
        .iter()
        .flat_map(|one| &one.places)
        .filter(|(_, _, origin)| *origin == super::Origin::Config)
        .take(3)
        .map(|(input, line, _)| say![input, ":", *line])
        .collect();
    let mut first = say!["Try the job token in a branch"];
    if !places.is_empty() {
        first.push(": ").push(Text::list(&places, "and"));
    }
    first.push(". For a call: header `JOB-TOKEN`; for Git: user `gitlab-ci-token`; for the registry: `CI_REGISTRY_USER` and `CI_REGISTRY_PASSWORD`.");
    let mut steps =
        vec![Advice::step(first).command(say!["curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" \"$CI_API_V4_URL/…\""])];
    if !way.job_token_permissions.is_empty() || uses.iter().any(|one| one.own != Some(true)) {
        steps.push(
            Advice::step(say![
                "Where it is for another project, ask its owner for an entry; which, `leastwise plan allowlist` says from the same files."
            ])
            .at(say!["the other project > Settings > CI/CD > Job token permissions"]),
        );
    }
    steps.push(Advice::destructive(say![
        "When nothing uses the stored token any more, delete the variable and revoke the token."
    ]));
    steps
}

/// Percent-encoded.
struct Plain<'a>(&'a Text);

impl crate::text::Say for Plain<'_> {
    fn say(&self, out: &mut String) {
        crate::rules::call::percent_encode(self.0.as_str(), b"", out);
    }
}
impl crate::text::NotStr for Plain<'_> {}

//! What stands out in a plan, how each decision is carried out, and what the plan could not tell.

use std::collections::{BTreeMap, BTreeSet};

use super::holders::Level;
use super::names::Day;
use super::{Decision, Item, Judged, names};
use crate::catalog::TokenType;
use crate::inventory::OwnerKind;
use crate::report::{Confidence, Report};
use crate::say;
use crate::text::{Name, Text};
use crate::time::Date;

/// As many ends on one day as this are said, when they are a tenth of all too.
const CLIFF: usize = 5;
/// Names in a sentence.
const SHOWN: usize = 8;

/// What stands out, the most important first.
pub(super) fn notes(report: &Report, judged: &[Judged<'_>], items: &[Item]) -> Vec<Text> {
    let mut notes = Vec::new();
    if items.is_empty() {
        notes.extend(endless(judged));
        return notes;
    }
    notes.extend(gone(judged));
    notes.extend(cliffs(judged, items));
    notes.push(by_whom(items));
    notes.extend(consumers(report, judged, items));
    notes.extend(roles(judged));
    notes.extend(endless(judged));
    notes
}

fn plural(count: usize, one: &'static str, many: &'static str) -> Text {
    say![count, if count == 1 { one } else { many }]
}

/// The first names, and how many more there are.
fn some(all: &[Text]) -> Text {
    let shown = all.get(..SHOWN).unwrap_or(all);
    if shown.len() == all.len() {
        return Text::list(shown, "and");
    }
    let mut text = Text::new();
    for (index, one) in shown.iter().enumerate() {
        text.push(if index == 0 { "" } else { ", " }).push(one.clone());
    }
    text.push(" and ").push(all.len() - shown.len()).push(" more");
    text
}

fn gone(judged: &[Judged<'_>]) -> Option<Text> {
    let mut people: BTreeMap<&Name, (&Name, usize, usize)> = BTreeMap::new();
    for one in judged {
        if let Some(person) = one.person.filter(|person| person.gone) {
            let known = people.entry(person.name).or_insert((person.state, 0, 0));
            known.1 += 1;
            known.2 += usize::from(one.decision == Some(Decision::HandOver));
        }
    }
    let (live, handed) = people.values().fold((0, 0), |(live, handed), one| (live + one.1, handed + one.2));
    let all = people.iter().map(|(name, (state, count, _))| say![*name, " (", *state, ", ", *count, ")"]);
    let all: Vec<Text> = all.collect();
    if all.is_empty() {
        return None;
    }
    let mut text = plural(all.len(), " owner is gone and left ", " owners are gone and left ");
    text.push(plural(live, " live token: ", " live tokens: ")).push(some(&all));
    text.push(". GitLab refuses these tokens while that lasts, so what used them fails already, and takes them again when the account \
               is opened. ");
    text.push(match handed {
        0 => say!["None of them looks like the work of a machine."],
        count => say![count, if count == 1 { " looks" } else { " look" }, " like the work of a machine, to hand over."],
    });
    Some(text)
}

fn cliffs(judged: &[Judged<'_>], items: &[Item]) -> Vec<Text> {
    let mut days: BTreeMap<Date, usize> = BTreeMap::new();
    for day in judged.iter().filter_map(|one| one.row.token.expires_on) {
        *days.entry(day).or_default() += 1;
    }
    let many = days.into_iter().filter(|(_, count)| *count >= CLIFF && count * 10 >= judged.len());
    let say = many.map(|(day, count)| {
        let mut text = say![count, " of the ", judged.len(), " end together, on ", Day(day), "."];
        let of: Vec<&Item> = items.iter().filter(|item| item.ends == Some(day) && item.new_end.is_some()).collect();
        if let (Some(first), Some(last)) =
            (of.iter().map(|item| item.begin).min(), of.iter().map(|item| item.begin).max())
        {
            let ends: BTreeSet<Date> = of.iter().filter_map(|item| item.new_end).collect();
            text.push(" The plan replaces ").push(plural(of.len(), "", "")).push(" of them");
            if first == last {
                text.push(" on ").push(Day(first));
            } else {
                text.push(" from ").push(Day(first)).push(" to ").push(Day(last));
            }
            if ends.len() > 1 {
                text.push(", and their successors end on ").push(ends.len()).push(" different days");
            }
            text.push(".");
        }
        text
    });
    say.collect()
}

/// Who has how much of it to do.
fn by_whom(items: &[Item]) -> Text {
    let mut of: BTreeMap<&'static str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for item in items {
        let Some(who) = item.who else { continue };
        let known = of.entry(who).or_default();
        known.0 += 1;
        known.1.extend(item.owner.as_ref().map(Text::as_str));
    }
    let mut all: Vec<_> = of.into_iter().collect();
    all.sort_by(|a, b| (b.1.0, a.0).cmp(&(a.1.0, b.0)));
    let mut text = say!["Who has to do it: "];
    for (index, (who, (count, owners))) in all.into_iter().enumerate() {
        text.push(if index == 0 { "" } else { "; " }).push(who).push(": ").push(count);
        if owners.len() > 1 {
            text.push(" of ").push(owners.len()).push(" owners");
        }
    }
    text.push(".");
    text
}

fn consumers(report: &Report, judged: &[Judged<'_>], items: &[Item]) -> Vec<Text> {
    let mut notes = Vec::new();
    let listed = report.inventories.iter().any(|(_, inventory)| !inventory.variables.is_empty());
    if !listed && report.mentions.is_empty() {
        notes.push(say![
            "No list of CI/CD variables, no configuration and no script was given, so no consumer could be found. Give them \
             beside the export: .gitlab-ci.yml, the variables of the projects (GET /projects/:id/variables), scripts."
        ]);
        return notes;
    }
    let made: Vec<&Item> = items.iter().filter(|item| item.decision != Decision::Revoke).collect();
    let likely = |item: &&&Item| item.holders.iter().any(|holder| holder.confidence == Confidence::Likely);
    let (found, sure) =
        (made.iter().filter(|item| !item.holders.is_empty()).count(), made.iter().filter(likely).count());
    if !made.is_empty() {
        notes.push(say![
            "For ",
            found,
            " of the ",
            made.len(),
            " to replace or hand over there is a variable that holds it by its name, likely for ",
            sure,
            " and possibly for ",
            found - sure,
            ". GitLab keeps no list of what uses a token: this is a guess from names, owners and files."
        ]);
    }
    let mut given: BTreeSet<u64> = BTreeSet::new();
    for (_, inventory) in report.inventories.iter().filter(|(_, inventory)| !inventory.variables.is_empty()) {
        let owner = inventory.owner.as_ref().filter(|owner| owner.kind == OwnerKind::Project);
        given.extend(owner.and_then(|owner| owner.id));
    }
    let missing = judged.iter().filter(|one| {
        let own =
            one.row.owner_kind() == OwnerKind::Project && one.row.owner_id().is_some_and(|id| !given.contains(&id));
        let at = |holder: &super::Holder| holder.place.as_ref().is_some_and(|place| place.level == Level::Project);
        own && one.decision.is_some() && !one.holders.iter().any(at)
    });
    let missing: BTreeSet<Text> = missing.filter_map(|one| names::owner(&one.row)).collect();
    let missing: Vec<Text> = missing.into_iter().collect();
    if listed && !missing.is_empty() {
        notes.push(say![
            "The variables of ",
            plural(missing.len(), " project with work", " projects with work"),
            " were not given: ",
            some(&missing),
            ". With them (GET /projects/:id/variables) more consumers can be found."
        ]);
    }
    notes
}

fn roles(judged: &[Judged<'_>]) -> Option<Text> {
    let with_role = |one: &&Judged<'_>| {
        matches!(one.row.kind(), TokenType::ProjectAccessToken | TokenType::GroupAccessToken)
            && one.decision.is_some_and(|decision| decision == Decision::Replace)
    };
    let count = judged.iter().filter(with_role).filter(|one| one.row.role().is_none()).count();
    (count > 0).then(|| {
        say![
            "The role of ",
            plural(count, " of them", " of them"),
            " is in none of your lists: an administrator's list does not show it, GET /projects/:id/access_tokens does."
        ]
    })
}

fn endless(judged: &[Judged<'_>]) -> Option<Text> {
    let unknown = |one: &&Judged<'_>| one.row.token.expires_on.is_none() && one.row.token.never_expires.is_none();
    match judged.iter().filter(unknown).count() {
        0 => None,
        1 => Some(say!["1 token's source does not show when it ends: it is planned for other reasons only."]),
        count => {
            Some(say![count, " tokens' sources do not show when they end: they are planned for other reasons only."])
        }
    }
}

/// How each decision is carried out: what is the same for all its tokens.
pub(super) fn how(items: &[Item]) -> Vec<(Decision, Text)> {
    let any = |decision| items.iter().any(|item| item.decision == decision);
    let mut how = Vec::new();
    if any(Decision::Replace) {
        how.push((
            Decision::Replace,
            say![
                "make the new token beside the old one, put it into each place that holds the old one, run what uses it, and see that \
                 Last used of the new one changes and the old one's stands still (GitLab writes it at most every ten minutes; deploy \
                 tokens have none). Revoke the old one a week later: there is no way back, and a monthly job does not show in a week, \
                 so who knows of one waits for it. No step rotates in place: that ends the old value at once, and fits only where one consumer \
                 changes in the same instant. Do not call the rotate endpoint with a token that is ended already: GitLab takes it for a \
                 stolen one and ends the live token that was rotated from it too. A token is dead from 00:00 UTC of its end date; the new ones \
                 end about 90 days later, from Tuesday to Friday and few on one day, and GitLab mails 60, 30 and 7 days before. A rotate call \
                 without expires_at would have set seven days."
            ],
        ));
    }
    if any(Decision::HandOver) {
        how.push((
            Decision::HandOver,
            say![
                "find who took over the work, and give it a token of a project, a group or a service account, not of another person. Then \
                 as above; the old one can be revoked as soon as the new one works."
            ],
        ));
    }
    if any(Decision::Revoke) {
        how.push((
            Decision::Revoke,
            say![
                "ask whoever made it and search the CI/CD variables, scripts and schedulers that could hold it. If something needs it, replace \
                 it instead; else revoke it and make no new one. A yearly job looks like no use at all."
            ],
        ));
    }
    if items.iter().any(|item| {
        item.kind == TokenType::DeployToken && item.name.as_ref().is_some_and(|name| name.as_str() == names::INJECTED)
    }) {
        how.push((
            Decision::Replace,
            say![
                "for a deploy token named `gitlab-deploy-token`, search the jobs for CI_DEPLOY_USER and CI_DEPLOY_PASSWORD: GitLab gives it to \
                 every job under these names, with no variable of yours. Where CI_JOB_TOKEN can do the same, change the jobs and revoke it \
                 without a successor. Else the successor needs the same name, and while both live GitLab does not say which of them a \
                 job gets: keep that time short, and run a job after the old one is gone."
            ],
        ));
    }
    how
}

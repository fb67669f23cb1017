//! What becomes of a group's entry, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{List, Required, Verdict, as_it_is, grants, verdict};
use super::evidence::Rights;
use super::world::{Pair, World};
use super::{Decision, Grant, Party, limit};
use crate::catalog::job_token_rules;
use crate::say;
use crate::text::{Name, Text};

/// What becomes of a group's entry.
pub(super) struct GroupPlan {
    pub(super) group: Party,
    /// Its users get entries of their own.
    pub(super) replaced: bool,
    decision: Decision,
    why: Text,
    entry: Option<Grant>,
}

impl GroupPlan {
    pub(super) fn verdict(&self) -> Verdict {
        verdict(self.decision, self.why.clone(), self.entry.clone())
    }
}

impl List<'_> {
    /// What becomes of a group's entry: `users` come in through it, `now` is the number of entries.
    pub(super) fn group(
        &self,
        group: &Party,
        pair: &Pair,
        users: &[&Party],
        pairs: &BTreeMap<Party, Pair>,
        now: usize,
    ) -> GroupPlan {
        let callee = self.callee;
        let rights = pair.entry.as_ref().unwrap_or(&Rights::Unknown);
        let mut plan = GroupPlan {
            group: group.clone(),
            replaced: false,
            decision: Decision::Keep,
            why: Text::new(),
            entry: Some(as_it_is(rights)),
        };
        if self.world.version.is_some_and(|version| version < job_token_rules().groups_since) {
            plan.why = say!["Groups can be on the list from GitLab 17.0 on; check the version."];
            plan.decision = Decision::Unknown;
            return plan;
        }
        let below: Vec<&Name> = match group {
            Party::Group(path) => self.world.below(path).collect(),
            _ => Vec::new(),
        };
        let used: BTreeSet<&Name> = users.iter().filter_map(|party| party.path()).collect();
        let has_own = |path: &Name| pairs.get(&Party::Project(path.clone())).is_some_and(|pair| pair.entry.is_some());
        let extra: Vec<&Name> = below
            .iter()
            .copied()
            .filter(|path| !used.contains(*path) && !has_own(path) && self.callee.path() != Some(path))
            .collect();
        let all_read = !below.is_empty()
            && below
                .iter()
                .all(|path| self.world.configured.contains(&Party::Project((*path).clone())) || used.contains(*path));
        let certain = self.log_is_complete() || all_read;
        let mut admits = if below.is_empty() {
            say![" Which other projects it lets in is not known: give a list of the group's projects."]
        } else if extra.is_empty() {
            say![" No other project of those listed is below it; a new one would be let in as well."]
        } else {
            let shown: Vec<Name> = extra.iter().take(5).map(|path| (*path).clone()).collect();
            let mut text = say![" It also lets in ", Text::list(&shown, "and")];
            if extra.len() > shown.len() {
                text.push(" and ").push(extra.len() - shown.len()).push(" more");
            }
            text.push(", of which no use was seen.");
            text
        };
        if users.is_empty() {
            if certain {
                plan.decision = Decision::Drop;
                plan.entry = None;
                plan.why = say!["Nobody below ", group, " was seen to use it."];
                plan.why.push(" The log speaks of the last 30 days: ask the group before it goes.");
            } else {
                plan.decision = Decision::Unknown;
                plan.why =
                    say!["Nothing given here tells whether it is used. Give the authentication log of ", callee, "."];
            }
            plan.why.push(admits);
            return plan;
        }
        let names: Vec<Party> = users.iter().take(5).map(|party| (*party).clone()).collect();
        let mut why = say!["Used by ", Text::list(&names, "and")];
        if users.len() > names.len() {
            why.push(" and ").push(users.len() - names.len()).push(" more");
        }
        why.push(".");
        let only_users = extra.is_empty() && !below.is_empty() && users.len() > 1;
        let fits = now + users.len() <= limit();
        if certain && !only_users && fits {
            plan.replaced = true;
            plan.decision = Decision::Narrow;
            plan.entry = None;
            why.push(" They get entries of their own, then the group's goes.").push(admits);
            plan.why = why;
            return plan;
        }
        why.push(std::mem::take(&mut admits));
        if certain && !fits {
            why.push(" Entries for each of them would pass the limit, so the group stays.");
        } else if !certain {
            why.push(" With the authentication log of ")
                .push(callee)
                .push(", entries for its users could take its place.");
        }
        // What all of them need together.
        let required: Vec<Required> =
            users.iter().filter_map(|party| pairs.get(*party)).map(|pair| self.required(pair)).collect();
        let mut union = BTreeSet::new();
        let known = certain
            && required.iter().all(|required| match required {
                Required::Only(need) => {
                    union.extend(need.iter().cloned());
                    true
                }
                _ => false,
            });
        let wider = match rights {
            Rights::All | Rights::Unknown => true,
            Rights::Some(have) => union.iter().all(|one| grants(have, one)) && *have != union,
        };
        if known && wider {
            let list: Vec<Name> = union.iter().cloned().collect();
            why.push(" Together they need only ").push(Text::list(&list, "and")).push(".");
            plan.decision = Decision::Narrow;
            plan.entry = Some(Grant::Only(union));
        }
        plan.why = why;
        plan
    }
}

impl World {
    /// Known projects below a group.
    fn below<'w>(&'w self, group: &'w Name) -> impl Iterator<Item = &'w Name> + 'w {
        let inside =
            move |path: &Name| path.as_str().strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let start = Name::new(&format!("{group}/"));
        self.projects.range(start..).map(|(path, _)| path).take_while(move |path| inside(path))
    }
}

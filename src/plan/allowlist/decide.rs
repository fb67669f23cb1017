//! The decision about each edge, and what comes of them for each allowlist.

use std::collections::{BTreeMap, BTreeSet};

use super::act;
use super::evidence::{Feature, Rights};
use super::job_permission;
use super::world::{Pair, Settings, World};
use super::{
    Callee, Change, Decision, Edge, GROUPS_SINCE, Grant, LIMIT, LOG_COMPLETE_SINCE, LOG_DAYS, PERMISSIONS_SINCE,
    PUSH_SINCE, Party, Plan,
};
use crate::inventory::Namespace;
use crate::say;
use crate::text::{Name, Text};

/// Decides about everything that was seen.
pub(super) fn decide(mut world: World) -> Plan {
    let mut edges = Vec::new();
    let mut callees = Vec::new();
    let mut projects: BTreeSet<Party> = world.pairs.keys().cloned().collect();
    projects.extend(world.settings.keys().cloned());
    for callee in projects {
        let pairs = world.pairs.remove(&callee).unwrap_or_default();
        let settings = world.settings.remove(&callee).unwrap_or_default();
        let list = List {
            world: &world,
            callee: &callee,
            settings,
            pairs,
            planned: BTreeMap::new(),
            changes: BTreeSet::new(),
        };
        list.decide(&mut edges, &mut callees);
    }
    let rollout = if callees.is_empty() { Vec::new() } else { act::rollout(world.version) };
    Plan { edges, callees, rollout, blind_spots: world.spots.into_iter().collect() }
}

/// One callee with all that reach it.
struct List<'w> {
    world: &'w World,
    callee: &'w Party,
    settings: Settings,
    pairs: BTreeMap<Party, Pair>,
    planned: BTreeMap<Party, Grant>,
    changes: BTreeSet<Change>,
}

/// What a pair's calls need of an entry.
enum Required {
    /// These permissions, and nothing beside.
    Only(BTreeSet<Name>),
    /// No restriction, because of these ways in.
    All(BTreeSet<&'static str>),
    /// They are seen to happen, and nobody knows what they do.
    NotKnown,
}

/// A decision about a pair, its reason, and the entry to be.
struct Verdict {
    decision: Decision,
    why: Text,
    /// For the planned list: the entry after the plan; `None` for none.
    entry: Option<Grant>,
}

fn verdict(decision: Decision, why: Text, entry: Option<Grant>) -> Verdict {
    Verdict { decision, why, entry }
}

impl List<'_> {
    fn decide(mut self, edges: &mut Vec<Edge>, callees: &mut Vec<Callee>) {
        let pairs = std::mem::take(&mut self.pairs);
        let now = pairs.values().filter(|pair| pair.entry.is_some()).count();
        // Who comes in through which group: the nearest one counts.
        let mut through: BTreeMap<Party, Vec<&Party>> = BTreeMap::new();
        for (caller, pair) in &pairs {
            if pair.entry.is_none()
                && (pair.configured || pair.logged.is_some())
                && let Some(group) = nearest(caller, &pairs)
            {
                through.entry(group).or_default().push(caller);
            }
        }
        let plans: BTreeMap<&Party, GroupPlan> = pairs
            .iter()
            .filter(|(party, pair)| pair.entry.is_some() && matches!(party, Party::Group(_) | Party::GroupId(_)))
            .map(|(group, pair)| {
                let users = through.get(group).map_or(&[][..], Vec::as_slice);
                (group, self.group(group, pair, users, &pairs, now))
            })
            .collect();
        for (caller, pair) in &pairs {
            let verdict = match plans.get(caller) {
                Some(plan) => plan.verdict(),
                None => self.project(caller, pair, nearest(caller, &pairs).and_then(|group| plans.get(&group))),
            };
            self.note(caller, pair, &verdict);
            edges.push(self.edge(caller, pair, verdict));
        }
        if !self.callee.is_project() {
            return;
        }
        let only_by_user = !self.settings.listed && !self.settings.log_given && self.settings.inbound.is_none();
        if only_by_user && self.planned.is_empty() && self.changes.is_empty() {
            return;
        }
        let mut callee = Callee {
            project: self.callee.clone(),
            listed: self.settings.listed,
            now,
            entries: self.planned.into_iter().collect(),
            inbound_enabled: self.settings.inbound,
            changes: self.changes.into_iter().collect(),
            steps: Vec::new(),
        };
        let proposal =
            if callee.entries.len() > LIMIT { proposal(&callee.entries, &self.world.projects) } else { Vec::new() };
        callee.steps = act::steps(&callee, self.world.version, &proposal);
        callees.push(callee);
    }

    /// Writes down what the verdict means for the list.
    fn note(&mut self, caller: &Party, pair: &Pair, verdict: &Verdict) {
        let can_stand = caller.is_project() || matches!(caller, Party::Group(_) | Party::GroupId(_));
        if !self.callee.is_project() || !can_stand {
            return;
        }
        match (&verdict.entry, &pair.entry) {
            (Some(grant), None) => {
                self.changes.insert(Change::Add(caller.clone(), grant.clone()));
            }
            (Some(grant), Some(_)) if matches!(verdict.decision, Decision::Add | Decision::Narrow) => {
                self.changes.insert(Change::Update(caller.clone(), grant.clone()));
            }
            (None, Some(_)) => {
                self.changes.insert(Change::Remove(caller.clone()));
            }
            _ => {}
        }
        if let Some(grant) = &verdict.entry {
            self.planned.insert(caller.clone(), grant.clone());
        }
    }

    fn edge(&self, caller: &Party, pair: &Pair, verdict: Verdict) -> Edge {
        let mut via: Vec<&str> = pair.via.iter().copied().collect();
        if via.is_empty() {
            via.push(if pair.logged.is_some() { "auth-log" } else { "allowlist" });
        }
        let denied = pair.permissions.is_empty().then_some(&pair.denied_permissions).into_iter().flatten();
        let permissions = least(pair.permissions.iter().chain(denied).copied().collect());
        Edge {
            caller: caller.clone(),
            callee: self.callee.clone(),
            via: via.join(", "),
            restrictable: if pair.configured { Some(pair.unrestrictable.is_empty()) } else { None },
            permissions,
            decision: verdict.decision,
            why: verdict.why,
            evidence: pair.evidence.iter().cloned().collect(),
        }
    }

    fn has_permissions(&self) -> bool {
        self.world.version.is_none_or(|version| version >= PERMISSIONS_SINCE)
    }

    fn log_is_complete(&self) -> bool {
        self.settings.log_given && self.world.version.is_none_or(|version| version >= LOG_COMPLETE_SINCE)
    }

    fn required(&self, pair: &Pair) -> Required {
        if !pair.configured {
            Required::NotKnown
        } else if !pair.unrestrictable.is_empty() {
            Required::All(pair.unrestrictable.clone())
        } else if !self.has_permissions() {
            Required::All(BTreeSet::new())
        } else {
            Required::Only(least(pair.permissions.iter().copied().collect()).into_iter().map(Name::new).collect())
        }
    }

    fn project(&self, caller: &Party, pair: &Pair, group: Option<&GroupPlan>) -> Verdict {
        let callee = self.callee;
        let current = pair.entry.as_ref().map(as_it_is);
        if caller == callee {
            return verdict(
                Decision::NotNeeded,
                say!["A project's own jobs always reach it: no entry is needed."],
                current,
            );
        }
        if let Some(why) = self.not_concrete(caller, pair) {
            return verdict(Decision::Unknown, why, current);
        }
        if pair.by_user && !pair.configured && pair.denied.is_empty() && pair.logged.is_none() && pair.entry.is_none() {
            let why = say![
                "The user who starts the pipeline is asked here, not the job token: they need to be able to read (for a trigger: \
                 to run pipelines in) ",
                callee,
                ", and no entry."
            ];
            return verdict(Decision::NotNeeded, why, None);
        }
        if let Some(why) = self.public(pair) {
            let decision = if pair.entry.is_some() { Decision::Drop } else { Decision::NotNeeded };
            return verdict(decision, why, None);
        }
        match &pair.entry {
            Some(rights) => self.listed(caller, pair, rights),
            None => self.not_listed(caller, pair, group),
        }
    }

    /// Why nothing can be decided: caller or callee is no project that one could name.
    fn not_concrete(&self, caller: &Party, pair: &Pair) -> Option<Text> {
        let callee = self.callee;
        Some(match (callee, caller) {
            (Party::Unknown(name), _) if name.as_str() == "GIT_SUBMODULE_STRATEGY" => say![
                "Submodules are fetched with the job token, and which they are stands in `.gitmodules`: give that file too."
            ],
            (Party::Unknown(name), _) if name.as_str().contains('/') => say![
                "Which part of `",
                name,
                "` is the project and which the image's own name, the path does not say. Give a list of \
                 projects (`GET /projects`)."
            ],
            (Party::Unknown(name), _) if !pair.configured && !pair.denied.is_empty() => say![
                "The log names only `",
                name,
                "`. Give a list of projects, or the log with the address that was refused."
            ],
            (Party::Unknown(name), _) => say![
                "The project is in the variable `",
                name,
                "`, whose value is not in the file. Look it up in Settings > CI/CD > \
                 Variables, or in the file that sets it."
            ],
            (Party::Host(host), _) => say![
                "The job token is sent to all of ",
                host,
                ": which projects are reached is decided by what the job's tools ask for. \
                 Give `.gitmodules`, `go.mod` and the like, or the projects' authentication logs."
            ],
            (Party::Group(_) | Party::GroupId(_), _) => {
                let mut why = say![
                    "The address is for all below ",
                    callee,
                    ", and hides which project is read. Each private project there that is \
                     read needs an entry for ",
                    caller,
                    "."
                ];
                if !pair.unrestrictable.is_empty() {
                    why.push(
                        " No permission covers a group's or the instance's registry, so these entries could not be narrowed: use \
                         the address of the project that holds the package.",
                    );
                }
                why
            }
            (_, Party::Unknown(name)) if name.as_str() == "CI_PROJECT_PATH" => say![
                "Whose configuration this is, the file does not say. Name the project with `--project`, or give its clone with \
                 `.git/config`."
            ],
            (_, Party::Unknown(name)) => {
                say!["The log names the caller only as `", name, "`. Give a list of projects, or `--project`."]
            }
            _ => return None,
        })
    }

    /// Why no entry is needed: all that is read is open to every job.
    fn public(&self, pair: &Pair) -> Option<Text> {
        let reads = pair.reads.as_ref().filter(|_| pair.configured && pair.denied.is_empty())?;
        let Party::Project(path) = self.callee else { return None };
        let facts = self.world.projects.get(path)?;
        let visibility =
            facts.visibility.as_ref().map(Name::as_str).filter(|word| matches!(*word, "public" | "internal"))?;
        let open = reads.iter().all(|feature| is_open(facts, *feature));
        open.then(|| {
            let unsure = reads.iter().any(|feature| level(facts, *feature).is_none());
            let mut why = say![
                self.callee, if visibility == "public" { " is public" } else { " is internal" },
                ", and these calls only read what is open to every job there: no entry is needed."
            ];
            if unsure {
                why.push(
                    " This holds while the parts that are read are not set to Only project members; the list does not show that.",
                );
            }
            why
        })
    }

    /// The caller has an entry of its own: the nearest one, so the one that counts.
    fn listed(&self, caller: &Party, pair: &Pair, rights: &Rights) -> Verdict {
        let callee = self.callee;
        let stays = Some(as_it_is(rights));
        match (self.required(pair), rights) {
            (Required::Only(need), Rights::Some(have)) => {
                let missing: Vec<Name> = need.iter().filter(|one| !grants(have, one)).cloned().collect();
                if !missing.is_empty() {
                    let mut why = say!["The entry of ", caller, " lacks ", Text::list(&missing, "and"), ", which its jobs need."];
                    why.push(self.opens(&need, caller));
                    return verdict(Decision::Add, why, Some(Grant::Only(need)));
                }
                if *have == need {
                    return verdict(Decision::Keep, say!["The entry grants what is needed, and no more."], stays);
                }
                let more: Vec<Name> = have.iter().filter(|one| !need.contains(*one)).cloned().collect();
                let why = say!["The entry also grants ", Text::list(&more, "and"), "; nothing seen here needs that."];
                verdict(Decision::Narrow, why, Some(Grant::Only(need)))
            }
            (Required::Only(need), Rights::All | Rights::Unknown) => {
                let list: Vec<Name> = need.iter().cloned().collect();
                let mut why = if *rights == Rights::All {
                    say!["The entry lets ", caller, " do all that a job token can"]
                } else {
                    say!["The export (REST) does not show the entry's permissions; one that was added by REST has all of them"]
                };
                why.push("; its calls need only ").push(Text::list(&list, "and")).push(".");
                if pair.logged.is_some() {
                    why.push(" The log does not say what it was used for: watch the jobs after the change.");
                }
                verdict(Decision::Narrow, why, Some(Grant::Only(need)))
            }
            (Required::All(ways), Rights::Some(_)) => {
                let ways: Vec<&'static str> = ways.into_iter().collect();
                let why = if ways.is_empty() {
                    say!["Permissions for the job token are generally available from GitLab 18.3 on; the entry is left as it is."]
                } else {
                    say![
                        "The entry has chosen permissions, and none covers ", Text::list(&ways, "and"), ": it has to be without \
                         restriction, or the calls have to move to an address that a permission covers."
                    ]
                };
                let entry = if ways.is_empty() { stays } else { Some(Grant::All) };
                verdict(if ways.is_empty() { Decision::Keep } else { Decision::Add }, why, entry)
            }
            (Required::All(ways), Rights::All | Rights::Unknown) => {
                let ways: Vec<&'static str> = ways.into_iter().collect();
                let why = if ways.is_empty() {
                    say!["It is needed. Before GitLab 18.3 an entry cannot be kept to permissions."]
                } else {
                    say!["It is needed, and no permission covers ", Text::list(&ways, "and"), ": it cannot be narrowed."]
                };
                verdict(Decision::Keep, why, stays)
            }
            (Required::NotKnown, _) => self.listed_without_calls(caller, pair, stays),
        }
        .question_for(callee, pair)
    }

    /// An entry for which no configuration shows a call.
    fn listed_without_calls(&self, caller: &Party, pair: &Pair, stays: Option<Grant>) -> Verdict {
        let callee = self.callee;
        if !pair.denied.is_empty() {
            let lacking: Vec<&'static str> = pair.denied_permissions.iter().copied().collect();
            let mut why = say![caller, " is on the list and was refused all the same"];
            if pair.denied.contains("permission") && !lacking.is_empty() {
                why.push(": its entry, or the user who started the job, lacks ").push(Text::list(&lacking, "and"));
                why.push(". Is it meant to? Adding it opens that to every job of ").push(caller).push(".");
                return verdict(Decision::Unknown, why, stays);
            }
            why.push(": by the rights of the user who started the job, or before the entry was made. The entry stays.");
            return verdict(Decision::Keep, why, stays);
        }
        match pair.logged {
            Some(Some(day)) if self.world.today.days_since(day) > LOG_DAYS => {
                let why = say![
                    "Last used on ",
                    day,
                    ", ",
                    self.world.today.days_since(day),
                    " days ago; nothing given here uses it now. A job \
                     that runs once a quarter or a year looks the same: ask ",
                    caller,
                    " first."
                ];
                verdict(Decision::Drop, why, None)
            }
            Some(day) => {
                let mut why = say!["In use"];
                if let Some(day) = day {
                    why.push(", last on ").push(day);
                }
                why.push(
                    ". The log does not say what for, so its permissions stay as they are: give the caller's configuration to \
                     narrow them.",
                );
                verdict(Decision::Keep, why, stays)
            }
            None if self.world.configured.contains(caller) => {
                let mut why =
                    say!["The configuration of ", caller, " was read, and nothing in it reaches ", callee, "."];
                why.push(if self.log_is_complete() {
                    " Nor does the authentication log name it."
                } else {
                    " Files it includes and its scripts may: the authentication log would tell."
                });
                verdict(Decision::Drop, why, None)
            }
            None if self.log_is_complete() => {
                let why = say![
                    "The authentication log does not name ",
                    caller,
                    ", and nothing else given here uses the entry. The log speaks of \
                     the last 30 days: a job that runs seldom is not in it."
                ];
                verdict(Decision::Drop, why, None)
            }
            None => {
                let why = say![
                    "Nothing given here tells whether the entry is used. Give the authentication log of ",
                    callee,
                    ", or the \
                     configuration of ",
                    caller,
                    "."
                ];
                verdict(Decision::Unknown, why, stays)
            }
        }
    }

    /// The caller has no entry of its own; a group's may let it in.
    fn not_listed(&self, caller: &Party, pair: &Pair, group: Option<&GroupPlan>) -> Verdict {
        let callee = self.callee;
        let required = self.required(pair);
        if let Some(plan) = group {
            let covered = pair.configured || pair.logged.is_some();
            if covered && !plan.replaced {
                let why = say![
                    "It comes in through the entry of ",
                    plan.group,
                    ", the nearest one: no entry of its own is needed."
                ];
                return verdict(Decision::Keep, why, None);
            }
            if covered {
                let mut why =
                    say!["An entry of its own takes the place of the one of ", plan.group, ", and is the nearer one."];
                let entry = match required {
                    Required::Only(need) => Grant::Only(need),
                    Required::All(_) => Grant::All,
                    Required::NotKnown => {
                        why.push(" The log does not say what the calls are, so it starts without restriction.");
                        Grant::All
                    }
                };
                return verdict(Decision::Add, why, Some(entry));
            }
        }
        match required {
            Required::NotKnown if !pair.denied.is_empty() => {
                let lacking: Vec<&'static str> = pair.denied_permissions.iter().copied().collect();
                let mut why = say!["Refused. Are jobs of ", caller, " meant to reach ", callee, "? "];
                why.push("An entry would let every job of ").push(caller).push(" in, also one that a stranger's merge request starts");
                if lacking.is_empty() {
                    why.push(", with all that the job's user may do.");
                } else {
                    why.push("; with ").push(Text::list(&lacking, "and")).push(" only, no further than that.");
                }
                if pair.denied.contains("visibility") {
                    why.push(" The answer was 404: no membership of the job's user, or a wrong path, looks the same.");
                }
                why.push(" Nothing is added until the owners say yes.");
                verdict(Decision::Unknown, why, None)
            }
            Required::NotKnown if pair.logged.is_some() => {
                if self.settings.inbound == Some(false) {
                    let why = say![
                        "The log shows it coming in while the allowlist is off; with the list on it needs an entry. What for, the log \
                         does not say: it starts without restriction."
                    ];
                    return verdict(Decision::Add, why, Some(Grant::All));
                }
                let why = say![
                    "The log shows that it came in, and no entry lets it in now: the entry is gone, what it reads is public, or the \
                     list was not given. Ask ", caller, " whether it still needs ", callee, "."
                ];
                verdict(Decision::Unknown, why, None)
            }
            Required::NotKnown => verdict(Decision::Unknown, say!["Nothing shows what is called."], None),
            Required::Only(need) => {
                let list: Vec<Name> = need.iter().cloned().collect();
                let mut why = self.why_add(caller, pair);
                why.push(" It needs ").push(Text::list(&list, "and")).push(" and no more.");
                why.push(self.opens(&need, caller));
                verdict(Decision::Add, why, Some(Grant::Only(need)))
            }
            Required::All(ways) => {
                let mut why = self.why_add(caller, pair);
                let ways: Vec<&'static str> = ways.into_iter().collect();
                if ways.is_empty() {
                    why.push(" Before GitLab 18.3 an entry cannot be kept to permissions.");
                } else {
                    why.push(" No permission covers ").push(Text::list(&ways, "and")).push(", so the entry has no restriction.");
                }
                verdict(Decision::Add, why, Some(Grant::All))
            }
        }
        .question_for(callee, pair)
    }

    fn why_add(&self, caller: &Party, pair: &Pair) -> Text {
        let callee = self.callee;
        let mut why = say!["Jobs of ", caller, " call ", callee];
        match (self.settings.inbound, self.settings.listed) {
            (Some(false), _) => {
                why.push(", whose allowlist is off: they come in as everybody does, and need the entry before it is turned on.");
            }
            (_, true) => {
                why.push(", and no entry lets them in.");
            }
            (_, false) => {
                why.push("; its allowlist was not given, so it may have the entry already.");
            }
        }
        if pair.via.contains("git-push") {
            why.push(if self.world.version.is_some_and(|version| version < PUSH_SINCE) {
                " Pushing to another project with a job token works from GitLab 19.0 on only."
            } else {
                " The push also needs both switches for pushes with the job token there (19.0 and newer), and starts no pipeline."
            });
        }
        why
    }

    /// What is to know about permissions that do more than read.
    fn opens(&self, need: &BTreeSet<Name>, caller: &Party) -> Text {
        if need.iter().any(|name| name.as_str().starts_with("ADMIN_")) {
            say![" That lets every job of ", caller, " write there, with the rights of whoever starts it."]
        } else {
            Text::new()
        }
    }

    /// What becomes of a group's entry: `users` come in through it, `now` is the number of entries.
    fn group(
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
        if self.world.version.is_some_and(|version| version < GROUPS_SINCE) {
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
        let fits = now + users.len() <= LIMIT;
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

impl Verdict {
    /// A denied edge is a question first, also where configuration shows the call.
    fn question_for(mut self, callee: &Party, pair: &Pair) -> Self {
        if self.decision == Decision::Add && !pair.denied.is_empty() {
            self.why
                .push(" It was refused: let the owners of ")
                .push(callee)
                .push(" confirm that it is meant before anything is added.");
        }
        self
    }
}

/// What becomes of a group's entry.
struct GroupPlan {
    group: Party,
    /// Its users get entries of their own.
    replaced: bool,
    decision: Decision,
    why: Text,
    entry: Option<Grant>,
}

impl GroupPlan {
    fn verdict(&self) -> Verdict {
        verdict(self.decision, self.why.clone(), self.entry.clone())
    }
}

/// The entry of the nearest group above a project.
fn nearest(caller: &Party, pairs: &BTreeMap<Party, Pair>) -> Option<Party> {
    let Party::Project(path) = caller else { return None };
    let mut rest = path.as_str();
    while let Some((group, _)) = rest.rsplit_once('/') {
        let party = Party::Group(Name::new(group));
        if pairs.get(&party).is_some_and(|pair| pair.entry.is_some()) {
            return Some(party);
        }
        rest = group;
    }
    None
}

fn as_it_is(rights: &Rights) -> Grant {
    match rights {
        Rights::Unknown => Grant::AsItIs,
        Rights::All => Grant::All,
        Rights::Some(have) => Grant::Only(have.clone()),
    }
}

/// Does a list of permissions grant one, itself or through one that includes it?
fn grants(have: &BTreeSet<Name>, one: &Name) -> bool {
    have.contains(one)
        || have.iter().filter_map(|name| job_permission(name.as_str())?.includes).any(|inner| inner == one.as_str())
}

/// Without those that another one includes.
fn least(permissions: BTreeSet<&'static str>) -> Vec<&'static str> {
    let included: BTreeSet<&str> = permissions.iter().filter_map(|name| job_permission(name)?.includes).collect();
    permissions.iter().copied().filter(|name| !included.contains(name)).collect()
}

fn level(facts: &Namespace, feature: Feature) -> Option<&Name> {
    match feature {
        Feature::Repository => facts.repository_access.as_ref(),
        Feature::Jobs => facts.builds_access.as_ref(),
        Feature::Packages => facts.packages_access.as_ref(),
        Feature::Images => facts.registry_access.as_ref(),
        Feature::Other => None,
    }
}

/// Is a part of a public project open to all?
fn is_open(facts: &Namespace, feature: Feature) -> bool {
    level(facts, feature).is_none_or(|level| !matches!(level.as_str(), "private" | "disabled"))
}

/// Groups to put in the place of projects so that a list gets below the limit: those that let in fewest others first, then
/// those that save most. Group, projects it stands for, known projects it lets in besides.
fn proposal(entries: &[(Party, Grant)], projects: &BTreeMap<Name, Namespace>) -> Vec<(Name, usize, usize)> {
    let mut left: BTreeSet<&str> = entries.iter().filter_map(|(party, _)| party.path()).map(Name::as_str).collect();
    let mut count = entries.len();
    let mut out = Vec::new();
    // One level up a round: nearest groups first, as paths are at most 20 levels deep.
    for depth in (1..=20).rev() {
        if count <= LIMIT {
            break;
        }
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in &left {
            let end = path.match_indices('/').nth(depth - 1).map(|(at, _)| at);
            if let Some(group) = end.and_then(|end| path.get(..end)) {
                groups.entry(group).or_default().push(path);
            }
        }
        let mut below: BTreeMap<&str, usize> = BTreeMap::new();
        for path in projects.keys() {
            let end = path.as_str().match_indices('/').nth(depth - 1).map(|(at, _)| at);
            if let Some(group) = end.and_then(|end| path.as_str().get(..end)) {
                *below.entry(group).or_default() += 1;
            }
        }
        let mut ranked: Vec<(usize, usize, &str)> = groups
            .iter()
            .filter(|(_, callers)| callers.len() > 1)
            .map(|(group, callers)| {
                let extra = below.get(group).copied().unwrap_or(0).saturating_sub(callers.len());
                (extra, usize::MAX - callers.len(), *group)
            })
            .collect();
        ranked.sort_unstable();
        for (extra, _, group) in ranked {
            if count <= LIMIT {
                break;
            }
            let Some(callers) = groups.get(group) else { continue };
            count -= callers.len() - 1;
            for path in callers {
                left.remove(path);
            }
            out.push((Name::new(group), callers.len(), extra));
        }
    }
    out
}

//! What becomes of a project's entry, and why.

use std::collections::BTreeSet;

use super::decide::{List, Required, Verdict, as_it_is, grants, verdict};
use super::evidence::{Access, Feature, Rights};
use super::group::GroupPlan;
use super::world::Pair;
use super::{Decision, Grant, Party};
use crate::catalog::job_token_rules;
use crate::inventory::Namespace;
use crate::say;
use crate::text::{Name, Text};

impl List<'_> {
    pub(super) fn project(&self, caller: &Party, pair: &Pair, group: Option<&GroupPlan>) -> Verdict {
        let callee = self.callee;
        let current = pair.entry.as_ref().map(as_it_is);
        if caller == callee {
            return verdict(
                Decision::NotNeeded,
                say!["A project's own jobs always reach it: no entry is needed."],
                current,
            );
        }
        if let Some(why) = self.outside(pair) {
            return verdict(Decision::NotNeeded, why, current);
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

    /// Why no allowlist is asked.
    fn outside(&self, pair: &Pair) -> Option<Text> {
        let other = pair.configured || pair.by_user || !pair.denied.is_empty() || pair.logged.is_some();
        if other || pair.entry.is_some() {
            return None;
        }
        let callee = self.callee;
        if pair.outside.contains(&Access::DependencyProxy) {
            return Some(say![
                "The dependency proxy belongs to the group, and no allowlist guards it: the user who starts the job needs to be a \
                 member of ",
                callee,
                ", and no entry is needed."
            ]);
        }
        pair.outside.contains(&Access::Agent).then(|| {
            say![
                "The agent for Kubernetes lets in whom its configuration in ",
                callee,
                " names (`ci_access`): no allowlist is asked, and no entry is needed."
            ]
        })
    }

    /// Why nothing can be decided: caller or callee is no project that one could name.
    fn not_concrete(&self, caller: &Party, pair: &Pair) -> Option<Text> {
        let callee = self.callee;
        Some(match (callee, caller) {
            (Party::Unknown(name), _) if name.as_str() == "GIT_SUBMODULE_STRATEGY" => say![
                "Submodules are fetched with the job token, and which they are stands in `.gitmodules`: give that file too."
            ],
            (Party::Group(_), _) if !pair.below.is_empty() => {
                let paths: Vec<Text> = pair.below.iter().take(5).map(|path| say!["`", path, "`"]).collect();
                let mut why = say!["Which part of ", Text::list(&paths, "and")];
                if pair.below.len() > paths.len() {
                    why.push(" and ").push(pair.below.len() - paths.len()).push(" more");
                }
                why.push(
                    " is the project, and which the own name of an image or package in it, the path does not say. Give a list of \
                     projects (`GET /projects`).",
                );
                why
            }
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
                        " No documented permission covers a group's or the instance's registry, so these entries could not be narrowed: use \
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
                        "The entry has chosen permissions, and no documented one covers ", Text::list(&ways, "and"), ": it has to be without \
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
                    say!["It is needed, and no documented permission covers ", Text::list(&ways, "and"), ": it cannot be narrowed."]
                };
                verdict(Decision::Keep, why, stays)
            }
            (Required::Unseen(ways), Rights::Some(have)) => {
                let ways: Vec<&'static str> = ways.into_iter().collect();
                let missing: BTreeSet<Name> =
                    pair.permissions.iter().copied().map(Name::new).filter(|one| !grants(have, one)).collect();
                let mut why = say!["It is needed. What ", Text::list(&ways, "and"), " calls there, the files do not show"];
                if missing.is_empty() {
                    why.push(", so the permissions stay as they are.");
                    verdict(Decision::Keep, why, stays)
                } else {
                    let list: Vec<Name> = missing.iter().cloned().collect();
                    why.push("; other calls lack ").push(Text::list(&list, "and")).push(".");
                    verdict(Decision::Add, why, Some(Grant::Only(have.iter().cloned().chain(missing).collect())))
                }
            }
            (Required::Unseen(ways), Rights::All | Rights::Unknown) => {
                let ways: Vec<&'static str> = ways.into_iter().collect();
                let why = say![
                    "It is needed. What ", Text::list(&ways, "and"), " calls there, the files do not show: with the calls, \
                     `leastwise permits` names the permissions to narrow it to."
                ];
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
            Some(Some(day)) if self.world.today.days_since(day) > job_token_rules().log_days => {
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
                    Required::Unseen(_) => {
                        why.push(" The files do not show what is called, so it starts without restriction.");
                        Grant::All
                    }
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
            Required::Unseen(ways) => {
                let mut why = self.why_add(caller, pair);
                let ways: Vec<&'static str> = ways.into_iter().collect();
                why.push(" What ").push(Text::list(&ways, "and")).push(
                    " calls there, the files do not show, so the entry starts without restriction: with the calls, `leastwise \
                     permits` names the permissions to choose.",
                );
                verdict(Decision::Add, why, Some(Grant::All))
            }
            Required::All(ways) => {
                let mut why = self.why_add(caller, pair);
                let ways: Vec<&'static str> = ways.into_iter().collect();
                if ways.is_empty() {
                    why.push(" Before GitLab 18.3 an entry cannot be kept to permissions.");
                } else {
                    why.push(" No documented permission covers ").push(Text::list(&ways, "and")).push(", so the entry has no restriction.");
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
            why.push(if self.world.version.is_some_and(|version| version < job_token_rules().push_elsewhere_since) {
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

//! What to do, callee by callee: pages, GraphQL, REST, Terraform; and how to bring it in without breaking pipelines.

use std::fmt::Write as _;

use super::{Callee, Change, Grant, Party, Plan, limit};
use crate::catalog::job_token_rules;
use crate::context::Version;
use crate::report::Advice;
use crate::say;
use crate::source::visible;
use crate::text::{Name, Text};

/// Steps for one callee.
pub(super) fn steps(callee: &Callee, version: Option<Version>, proposal: &[(Name, usize, usize)]) -> Vec<Advice> {
    let project = &callee.project;
    let page = || say![project, " > Settings > CI/CD > Job token permissions"];
    let mut steps = Vec::new();
    if !callee.listed {
        steps.push(
            Advice::step(say![
                "The allowlist of ",
                project,
                " was not given. Read it first (Maintainer): entries that are there already need no \
                 second one."
            ])
            .command(query(project)),
        );
    }
    let (mut added, mut updated, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for change in &callee.changes {
        match change {
            Change::Add(party, grant) => added.push(entry_words(party, grant)),
            Change::Update(party, grant) => updated.push(entry_words(party, grant)),
            Change::Remove(party) => removed.push(say![party]),
        }
    }
    let command = |wanted: fn(&Change) -> bool| {
        let fields: Vec<Text> =
            callee.changes.iter().filter(|change| wanted(change)).filter_map(|change| field(project, change)).collect();
        (!fields.is_empty()).then(|| {
            let mut text = say!["mutation {"];
            for (index, field) in fields.iter().take(FIELDS).enumerate() {
                text.push(" c").push(index + 1).push(": ").push(field);
            }
            text.push(" }");
            if fields.len() > FIELDS {
                text.push(" # ").push(fields.len() - FIELDS).push(" more: `leastwise plan allowlist --format graphql`");
            }
            text
        })
    };
    let with = |mut step: Advice, command: Option<Text>| {
        step.command = command;
        step
    };
    if !added.is_empty() {
        let mut text = say![
            "Add ",
            entries(added.len()),
            ": ",
            shown(&added),
            ". Ask the owners of ",
            project,
            " to confirm each."
        ];
        if callee.changes.iter().any(|change| matches!(change, Change::Add(_, Grant::Only(_)))) {
            text.push(
                " REST cannot set permissions, and an entry that it adds has all of them: use the page or GraphQL.",
            );
        } else {
            text.push(" Without permissions to set, REST does too: `POST /projects/")
                .push(rest_id(project))
                .push("/job_token_scope/allowlist` with `target_project_id`, for a group `…/groups_allowlist` with `target_group_id`.");
        }
        let step = Advice::step(text).at(say![page(), " > Add group or project"]);
        steps.push(with(step, command(|change| matches!(change, Change::Add(..)))));
    }
    if !updated.is_empty() {
        let text = say![
            "Set the permissions of ",
            entries(updated.len()),
            ": ",
            shown(&updated),
            ". `jobTokenPolicies` counts only with `defaultPermissions: false` beside it, and where fine-grained permissions are on \
             for the namespace."
        ];
        steps.push(with(Advice::step(text).at(page()), command(|change| matches!(change, Change::Update(..)))));
    }
    if callee.inbound_enabled == Some(false) {
        steps.push(
            Advice::destructive(say![
                "Turn the allowlist on, once the entries are in: until then every project of the instance comes in, afterwards only \
                 those on the list."
            ])
            .at(say![page(), " > Only this project and any groups and projects in the allowlist"])
            .command(match project {
                Party::Project(path) => say![
                    "mutation { c1: projectCiCdSettingsUpdate(input: {fullPath: ", quoted(path),
                    ", inboundJobTokenScopeEnabled: true}) { errors } }"
                ],
                _ => say!["PATCH /projects/", rest_id(project), "/job_token_scope {\"enabled\": true}"],
            }),
        );
    }
    if !removed.is_empty() {
        let text = say![
            "Take out ",
            entries(removed.len()),
            ": ",
            shown(&removed),
            ". Last, and one by one: jobs that still use one are refused from then on."
        ];
        steps.push(with(Advice::destructive(text).at(page()), command(|change| matches!(change, Change::Remove(..)))));
    }
    if callee.entries.len() > limit() {
        let mut text = say![
            "The list would have ",
            callee.entries.len(),
            " entries; GitLab takes ",
            limit(),
            " groups and projects together."
        ];
        if proposal.is_empty() {
            text.push(" No group holds several of the callers: split the project, or let callers that only read use a deploy token.");
        } else {
            let parts: Vec<Text> = proposal
                .iter()
                .take(10)
                .map(|(group, callers, extra)| {
                    say![group, " for ", *callers, " projects (lets in ", *extra, " others that are known)"]
                })
                .collect();
            text.push(" Groups in the place of projects, those that let in fewest others first: ")
                .push(Text::list(&parts, "and"));
            if proposal.len() > parts.len() {
                text.push(", and ").push(proposal.len() - parts.len()).push(" more");
            }
            text.push(".");
        }
        steps.push(Advice::step(text));
    }
    if version.is_some_and(|version| version < job_token_rules().permissions_since) && !callee.changes.is_empty() {
        steps.push(Advice::step(say![
            "Permissions in entries are generally available from GitLab 18.3 on: run the plan again after the upgrade."
        ]));
    }
    steps
}

fn entries(count: usize) -> Text {
    say![count, if count == 1 { " entry" } else { " entries" }]
}

fn shown(parts: &[Text]) -> Text {
    let first: Vec<Text> = parts.iter().take(5).cloned().collect();
    if first.len() == parts.len() {
        return Text::list(&first, "and");
    }
    let mut text = Text::new();
    for part in &first {
        text.push(part).push(", ");
    }
    text.push("and ").push(parts.len() - first.len()).push(" more");
    text
}

fn entry_words(party: &Party, grant: &Grant) -> Text {
    match grant {
        Grant::Only(list) if list.is_empty() => say![party, " with no permission"],
        Grant::Only(list) => {
            let list: Vec<Name> = list.iter().cloned().collect();
            say![party, " with ", Text::list(&list, "and")]
        }
        Grant::All => say![party, " without restriction"],
        Grant::AsItIs => say![party],
    }
}

/// How to bring a plan in, and how to take it back.
pub(super) fn rollout(version: Option<Version>) -> Vec<Advice> {
    let mut steps = vec![
        Advice::step(say![
            "Save each allowlist as it is before the first change: the query of each project, its answer kept as a file. It is what \
             you go back to, and with the next plan it shows what changed."
        ]),
        Advice::step(say![
            "Pilot: take one project with few callers. Additions first, then narrower permissions; no removal yet. Run the callers' \
             pipelines once, those of tags and schedules too."
        ]),
        Advice::step(say![
            "Watch the callers' job logs for a week, better for as long as the rarest schedule: `Authentication by CI/CD job token \
             not allowed from` (no entry), `Insufficient permissions to access this resource` or `to pull from the repository` (a \
             permission is missing, and the line names it), `This action is unauthorized for CI/CD job tokens` (no permission covers \
             the call), 404 `could not be found` (no membership, or a wrong path). `leastwise check` reads these logs."
        ]),
        Advice::step(say![
            "Then the others, and last the removals and turning lists on; where the instance enforces the list, a project cannot turn \
             it off again."
        ]),
        Advice::step(say![
            "When something breaks: the refused line names caller and callee by the last part of their paths. Find the edge in this \
             plan; add only what the line says is missing, and only after asking whether the call is meant. A 403 by itself is no \
             reason for an entry."
        ]),
        Advice::step(say![
            "Back: add the removed entry again, or set `defaultPermissions: true` with ciJobTokenScopeUpdatePolicies; both act at \
             once, and a job can be retried. To open the whole list again is never needed for one edge."
        ]),
    ];
    if version.is_none() {
        steps.insert(
            0,
            Advice::step(say!["The version of GitLab is not known; the plan is for 18.3 and newer. Name yours with `--gitlab-version`."]),
        );
    }
    steps
}

/// A string of GraphQL, which is one of JSON.
fn quoted(name: &Name) -> Name {
    let clean: String = name.as_str().chars().map(visible).collect();
    Name::new(&serde_json::to_string(&clean).unwrap_or_default())
}

/// A project in a path of REST, as far as it is known.
fn rest_id(project: &Party) -> Text {
    match project {
        Party::Id(id) => say![*id],
        Party::Project(path) => say![Name::new(&path.as_str().replace('/', "%2F"))],
        _ => say![":id"],
    }
}

fn query(project: &Party) -> Text {
    let Party::Project(path) = project else {
        let id = rest_id(project);
        return say![
            "GET /projects/",
            id.clone(),
            "/job_token_scope/allowlist, GET /projects/",
            id,
            "/job_token_scope/groups_allowlist"
        ];
    };
    say![
        "query { project(fullPath: ",
        quoted(path),
        ") { fullPath ciCdSettings { inboundJobTokenScopeEnabled } \
         ciJobTokenScopeAllowlist { projectsAllowlist { nodes { ...E } } groupsAllowlist { nodes { ...E } } } } } \
         fragment E on CiJobTokenScopeAllowlistEntry { defaultPermissions jobTokenPolicies target { __typename \
         ... on CiJobTokenAccessibleProject { id fullPath } ... on CiJobTokenAccessibleGroup { id fullPath } } }"
    ]
}

/// One field of a mutation; `None` where a path is not known.
fn field(callee: &Party, change: &Change) -> Option<Text> {
    let project = quoted(callee.path()?);
    Some(match change {
        Change::Add(party, grant) | Change::Update(party, grant) => {
            let name = if matches!(change, Change::Add(..)) {
                "ciJobTokenScopeAddGroupOrProject"
            } else {
                "ciJobTokenScopeUpdatePolicies"
            };
            let target = quoted(party.path()?);
            let rights = match grant {
                Grant::Only(list) => {
                    // An enum's value stands without quotes: only what looks like one may be written.
                    let words =
                        list.iter().filter(|name| name.as_str().bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
                    let mut text = say!["defaultPermissions: false, jobTokenPolicies: ["];
                    for (index, word) in words.enumerate() {
                        text.push(if index > 0 { ", " } else { "" }).push(word);
                    }
                    text.push("]");
                    text
                }
                Grant::All | Grant::AsItIs => say!["defaultPermissions: true, jobTokenPolicies: []"],
            };
            say![name, "(input: {projectPath: ", project, ", targetPath: ", target, ", ", rights, "}) { errors }"]
        }
        Change::Remove(party @ Party::Group(_)) => say![
            "ciJobTokenScopeRemoveGroup(input: {projectPath: ",
            project,
            ", targetGroupPath: ",
            quoted(party.path()?),
            "}) { errors }"
        ],
        Change::Remove(party) => say![
            "ciJobTokenScopeRemoveProject(input: {projectPath: ",
            project,
            ", targetProjectPath: ",
            quoted(party.path()?),
            ", direction: INBOUND}) { errors }"
        ],
    })
}

/// Fields of one operation: GitLab limits how much one request may ask
/// (<https://docs.gitlab.com/api/graphql/#limits>).
const FIELDS: usize = 20;

/// The whole plan as GraphQL: one named operation after the other, to be sent in this order.
pub(super) fn graphql(plan: &Plan) -> String {
    let mut out = String::from(
        "# The allowlist changes of `leastwise plan allowlist`. Send one operation at a time, in this order (operationName);\n\
         # check that each `errors` is empty. Read the reasons of the plan first: every addition is for the owners to confirm.\n",
    );
    let mut number = 0;
    for callee in &plan.callees {
        let mut open = 0;
        let mut removing = false;
        if callee.entries.len() > limit() {
            let _ = writeln!(
                out,
                "\n# {} would have {} entries, and GitLab takes {}: it refuses what is more. Put groups in the place of projects \
                 first, as the plan proposes.",
                one_line(&callee.project.to_string()),
                callee.entries.len(),
                limit()
            );
        }
        for change in &callee.changes {
            if !removing && matches!(change, Change::Remove(_)) {
                removing = true;
                close(&mut out, &mut open);
                out.push_str("\n# Removals: last, when the callers' pipelines were seen to pass.");
            }
            let Some(field) = field(&callee.project, change) else {
                let party = match change {
                    Change::Add(party, _) | Change::Update(party, _) | Change::Remove(party) => party,
                };
                close(&mut out, &mut open);
                let _ = writeln!(
                    out,
                    "\n# {} in {}: the full path is not known, and GraphQL wants it. Give a list of projects.",
                    one_line(&party.to_string()),
                    one_line(&callee.project.to_string())
                );
                continue;
            };
            if open == FIELDS {
                close(&mut out, &mut open);
            }
            if open == 0 {
                number += 1;
                let _ = writeln!(out, "\n# {}\nmutation allowlist{number} {{", one_line(&callee.project.to_string()));
            }
            open += 1;
            let _ = writeln!(out, "  c{open}: {field}");
        }
        close(&mut out, &mut open);
        if callee.inbound_enabled == Some(false)
            && let Some(path) = callee.project.path()
        {
            number += 1;
            let _ = writeln!(
                out,
                "\n# Turns the list on: last, when the callers' pipelines were seen to pass.\nmutation allowlist{number} {{\n  c1: \
                 projectCiCdSettingsUpdate(input: {{fullPath: {}, inboundJobTokenScopeEnabled: true}}) {{ errors }}\n}}",
                quoted(path)
            );
        }
    }
    let questions: Vec<_> = plan.edges.iter().filter(|edge| edge.decision == super::Decision::Unknown).collect();
    if !questions.is_empty() {
        out.push_str("\n# To be answered by a person; nothing is changed for these:\n");
        for edge in questions {
            let line = format!("{} -> {}: {}", edge.caller, edge.callee, edge.why);
            let _ = writeln!(out, "# {}", one_line(&line));
        }
    }
    out
}

fn close(out: &mut String, open: &mut usize) {
    if *open > 0 {
        out.push_str("}\n");
    }
    *open = 0;
}

pub(super) fn one_line(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The whole plan as Terraform. The provider cannot set permissions.
/// <https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_job_token_scopes>
pub(super) fn terraform(plan: &Plan) -> String {
    let mut out = String::from(
        "# The allowlists of `leastwise plan allowlist`. gitlab_project_job_token_scopes owns the whole list: what is not in it is \
         removed.\n# The provider cannot set permissions: an entry that it adds has all of them. Set those with the plan's GraphQL \
         afterwards.\n",
    );
    let mut projects = std::collections::BTreeSet::new();
    let mut groups = std::collections::BTreeSet::new();
    for callee in &plan.callees {
        let Some(project) = callee.project.path() else {
            let _ = writeln!(
                out,
                "\n# {}: the full path is not known. Give a list of projects.",
                one_line(&callee.project.to_string())
            );
            continue;
        };
        if !callee.listed {
            let _ = writeln!(
                out,
                "\n# {}: its list was not given, so it is left out: entries that are there now would be removed.",
                one_line(project.as_str())
            );
            continue;
        }
        let resource = label(project.as_str());
        let (mut project_ids, mut group_ids, mut comments) = (Vec::new(), Vec::new(), Vec::new());
        for (party, grant) in &callee.entries {
            match party {
                Party::Project(path) => {
                    projects.insert(path.clone());
                    project_ids.push(format!("data.gitlab_project.{}.id", label(path.as_str())));
                }
                Party::Id(id) => project_ids.push(id.to_string()),
                Party::Group(path) => {
                    groups.insert(path.clone());
                    group_ids.push(format!("data.gitlab_group.{}.id", label(path.as_str())));
                }
                Party::GroupId(id) => group_ids.push(id.to_string()),
                Party::Host(_) | Party::Unknown(_) => {}
            }
            if matches!(grant, Grant::Only(_)) {
                comments.push(one_line(entry_words(party, grant).as_str()));
            }
        }
        let list = |ids: &[String]| ids.iter().map(|id| format!("\n    {id},")).collect::<String>();
        projects.insert(project.clone());
        let _ = writeln!(out, "\nresource \"gitlab_project_job_token_scopes\" \"{resource}\" {{");
        let _ = writeln!(out, "  project            = data.gitlab_project.{resource}.id\n  enabled            = true");
        for comment in comments {
            let _ = writeln!(out, "  # {comment}");
        }
        let end = |ids: &[String]| if ids.is_empty() { "" } else { "\n  " };
        let _ = writeln!(out, "  target_project_ids = [{}{}]", list(&project_ids), end(&project_ids));
        let _ = writeln!(out, "  target_group_ids   = [{}{}]\n}}", list(&group_ids), end(&group_ids));
    }
    for path in projects {
        let _ = writeln!(
            out,
            "\ndata \"gitlab_project\" \"{}\" {{\n  path_with_namespace = {}\n}}",
            label(path.as_str()),
            hcl(&path)
        );
    }
    for path in groups {
        let _ =
            writeln!(out, "\ndata \"gitlab_group\" \"{}\" {{\n  full_path = {}\n}}", label(path.as_str()), hcl(&path));
    }
    out
}

/// A string of HCL: as JSON's, and `${` and `%{` stand for themselves only when doubled.
fn hcl(name: &Name) -> String {
    quoted(name).as_str().replace("${", "$${").replace("%{", "%%{")
}

/// A Terraform name for a path; different paths get different ones.
fn label(path: &str) -> String {
    let mut out = String::from("p_");
    for character in path.chars() {
        match character {
            '/' => out.push_str("__"),
            c if c.is_ascii_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "-{:x}-", u32::from(c));
            }
        }
    }
    out
}

//! The plan in every form that the command gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Callee, Decision, Edge, Grant, Party, Plan, Seen, Spot, act, limit};
use crate::report::csv::guard;
use crate::report::json::{AdviceV1, advice};
use crate::report::markdown::escape;
#[cfg(not(target_arch = "wasm32"))]
use crate::report::text::{clean, render_paragraph, render_steps};
use crate::source::visible;

/// The published form.
#[derive(Serialize)]
pub struct PlanV1<'a> {
    version: u32,
    edges: &'a [Edge],
    callees: Vec<CalleeV1<'a>>,
    rollout: Vec<AdviceV1>,
    blind_spots: &'a [Spot],
}

#[derive(Serialize)]
struct CalleeV1<'a> {
    project: &'a Party,
    /// `null` where the list was not given.
    entries: Option<usize>,
    limit: usize,
    inbound_enabled: Option<bool>,
    planned: Vec<EntryV1<'a>>,
    steps: Vec<AdviceV1>,
}

#[derive(Serialize)]
struct EntryV1<'a> {
    target: &'a Party,
    /// `null`: as it is, and the source does not say.
    default_permissions: Option<bool>,
    permissions: Vec<&'a str>,
}

/// As `plan allowlist --format json` publishes it.
#[must_use]
pub fn published(plan: &Plan) -> PlanV1<'_> {
    PlanV1 {
        version: 1,
        edges: &plan.edges,
        callees: plan.callees.iter().map(callee).collect(),
        rollout: advice(&plan.rollout),
        blind_spots: &plan.blind_spots,
    }
}

fn callee(callee: &Callee) -> CalleeV1<'_> {
    CalleeV1 {
        project: &callee.project,
        entries: callee.listed.then_some(callee.now),
        limit: limit(),
        inbound_enabled: callee.inbound_enabled,
        planned: callee
            .entries
            .iter()
            .map(|(target, grant)| EntryV1 {
                target,
                default_permissions: match grant {
                    Grant::AsItIs => None,
                    Grant::All => Some(true),
                    Grant::Only(_) => Some(false),
                },
                permissions: match grant {
                    Grant::Only(list) => list.iter().map(crate::text::Name::as_str).collect(),
                    _ => Vec::new(),
                },
            })
            .collect(),
        steps: advice(&callee.steps),
    }
}

#[cfg(not(target_arch = "wasm32"))]
/// For a terminal, `width` columns wide.
#[must_use]
pub fn text(plan: &Plan, width: usize) -> String {
    let mut out = String::new();
    if plan.edges.is_empty() {
        out.push_str("No use of the job token in another project was found.\n");
    }
    let mut last: Option<&Party> = None;
    for edge in &plan.edges {
        if last != Some(&edge.callee) {
            let _ = writeln!(out, "{}{}", if last.is_some() { "\n" } else { "" }, clean(&edge.callee.to_string()));
            last = Some(&edge.callee);
        }
        let permissions =
            if edge.permissions.is_empty() { String::new() } else { format!(" [{}]", edge.permissions.join(", ")) };
        let head =
            format!("  {:<10} {} ({}){permissions}", edge.decision.word(), clean(&edge.caller.to_string()), edge.via);
        let _ = writeln!(out, "{head}");
        out.push_str(&render_paragraph("             ", edge.why.as_str(), width));
        let places: Vec<String> = edge.evidence.iter().take(3).map(place).collect();
        let more = edge.evidence.len().saturating_sub(places.len());
        if !places.is_empty() {
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(out, "             seen: {}{more}", clean(&places.join(", ")));
        }
    }
    for callee in plan.callees.iter().filter(|callee| !callee.steps.is_empty()) {
        let state = match callee.inbound_enabled {
            Some(true) => ", allowlist on",
            Some(false) => ", allowlist off: every project comes in",
            None => "",
        };
        let entries =
            if callee.listed { format!("{} of {} entries", callee.now, limit()) } else { "list not given".into() };
        let _ = writeln!(out, "\n{} ({entries}{state})", clean(&callee.project.to_string()));
        out.push_str(&render_steps(&callee.steps, width));
    }
    if !plan.rollout.is_empty() {
        out.push_str("\nHow to bring it in, and back\n");
        out.push_str(&render_steps(&plan.rollout, width));
    }
    if !plan.blind_spots.is_empty() {
        out.push_str("\nNot known\n");
        for spot in &plan.blind_spots {
            out.push_str(&render_paragraph(&format!("  {}: ", clean(&spot_place(spot))), spot.message.as_str(), width));
        }
    }
    out
}

fn place(seen: &Seen) -> String {
    seen.line.map_or_else(|| seen.input.to_string(), |line| format!("{}:{line}", seen.input))
}

fn spot_place(spot: &Spot) -> String {
    match (&spot.input, spot.line) {
        (Some(input), Some(line)) => format!("{input}:{line}"),
        (Some(input), None) => input.to_string(),
        (None, _) => "plan".into(),
    }
}

/// For a merge request or an issue.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let mut out = String::from("# Job token plan\n\n| decision | caller | callee | via | permissions | why |\n");
    out.push_str("| --- | --- | --- | --- | --- | --- |\n");
    // Without backquotes first: between two of them nothing is escaped, and what is left would act.
    let cell = |text: &str| escape(&text.replace('`', "")).replace(['\n', '\r'], " ");
    for edge in &plan.edges {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            edge.decision.word(),
            cell(&edge.caller.to_string()),
            cell(&edge.callee.to_string()),
            cell(&edge.via),
            cell(&edge.permissions.join(", ")),
            cell(edge.why.as_str())
        );
    }
    let steps = |out: &mut String, steps: &[crate::report::Advice]| {
        for (index, step) in steps.iter().enumerate() {
            let mark = if step.destructive { "**Destructive.** " } else { "" };
            let _ = writeln!(out, "{}. {mark}{}", index + 1, escape(step.text.as_str()));
            if let Some(place) = &step.place {
                let _ = writeln!(out, "   {}", escape(place.as_str()));
            }
            if let Some(command) = &step.command {
                let line: String = command.as_str().chars().map(visible).collect();
                let _ = writeln!(out, "\n   ```graphql\n   {}\n   ```\n", line.replace("```", "` ` `"));
            }
        }
    };
    for callee in plan.callees.iter().filter(|callee| !callee.steps.is_empty()) {
        let _ = writeln!(out, "\n## {}\n", escape(&callee.project.to_string()));
        steps(&mut out, &callee.steps);
    }
    if !plan.rollout.is_empty() {
        out.push_str("\n## How to bring it in, and back\n\n");
        steps(&mut out, &plan.rollout);
    }
    if !plan.blind_spots.is_empty() {
        out.push_str("\n## Not known\n\n");
        for spot in &plan.blind_spots {
            let _ = writeln!(out, "- {}: {}", escape(&spot_place(spot)), escape(spot.message.as_str()));
        }
    }
    out
}

/// An edge a row; no cell starts a formula.
#[must_use]
pub fn csv(plan: &Plan) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(["caller", "callee", "via", "permissions", "decision", "why", "evidence"]);
    for edge in &plan.edges {
        let evidence: Vec<String> = edge.evidence.iter().map(place).collect();
        let cells = [
            edge.caller.to_string(),
            edge.callee.to_string(),
            edge.via.clone(),
            edge.permissions.join(" "),
            edge.decision.word().to_owned(),
            edge.why.to_string(),
            evidence.join(" "),
        ];
        let _ = writer.write_record(cells.map(|cell| guard(&cell)));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Each party once, with a number.
fn nodes(plan: &Plan) -> BTreeMap<&Party, usize> {
    let mut nodes: BTreeMap<&Party, usize> =
        plan.edges.iter().flat_map(|edge| [(&edge.caller, 0), (&edge.callee, 0)]).collect();
    for (index, number) in nodes.values_mut().enumerate() {
        *number = index;
    }
    nodes
}

fn label(edge: &Edge) -> String {
    if edge.permissions.is_empty() {
        edge.decision.word().to_owned()
    } else {
        format!("{}: {}", edge.decision.word(), edge.permissions.join(", "))
    }
}

/// A Mermaid flow chart, as GitLab draws it in Markdown.
#[must_use]
pub fn mermaid(plan: &Plan) -> String {
    let nodes = nodes(plan);
    // Entities in Mermaid begin with `#`: everything but the plainest characters is written as one.
    let safe = |text: &str| {
        text.chars().map(visible).fold(String::new(), |mut out, c| {
            if c.is_alphanumeric() || " /._-:,".contains(c) {
                out.push(c);
            } else {
                let _ = write!(out, "#{};", u32::from(c));
            }
            out
        })
    };
    let mut out = String::from("flowchart LR\n");
    for (party, number) in &nodes {
        let _ = writeln!(out, "  n{number}[\"{}\"]", safe(&party.to_string()));
    }
    for edge in &plan.edges {
        let arrow = if matches!(edge.decision, Decision::Unknown | Decision::NotNeeded) { "-.->" } else { "-->" };
        if let (Some(from), Some(to)) = (nodes.get(&edge.caller), nodes.get(&edge.callee)) {
            let _ = writeln!(out, "  n{from} {arrow}|\"{}\"| n{to}", safe(&label(edge)));
        }
    }
    out
}

/// A graph for Graphviz.
#[must_use]
pub fn dot(plan: &Plan) -> String {
    let nodes = nodes(plan);
    let safe = |text: &str| text.chars().map(visible).collect::<String>().replace('\\', "\\\\").replace('"', "\\\"");
    let mut out = String::from("digraph job_token {\n  rankdir=LR;\n  node [shape=box];\n");
    for (party, number) in &nodes {
        let _ = writeln!(out, "  n{number} [label=\"{}\"];", safe(&party.to_string()));
    }
    for edge in &plan.edges {
        let style =
            if matches!(edge.decision, Decision::Unknown | Decision::NotNeeded) { ", style=dashed" } else { "" };
        if let (Some(from), Some(to)) = (nodes.get(&edge.caller), nodes.get(&edge.callee)) {
            let _ = writeln!(out, "  n{from} -> n{to} [label=\"{}\"{style}];", safe(&label(edge)));
        }
    }
    out.push_str("}\n");
    out
}

/// GraphQL, ready to send.
#[must_use]
pub fn graphql(plan: &Plan) -> String {
    act::graphql(plan)
}

/// Terraform, ready to apply.
#[must_use]
pub fn terraform(plan: &Plan) -> String {
    act::terraform(plan)
}

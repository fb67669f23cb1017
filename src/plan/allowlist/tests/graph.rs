//! The drawing: everything is drawn or counted, nothing lies over something else, every part can be walked to.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::graph::{Graph, Move, Spot, draw, svg};
use super::*;

fn edge_of(caller: &str, callee: &str, decision: Decision) -> Edge {
    Edge {
        caller: Party::Project(Name::new(caller)),
        callee: Party::Project(Name::new(callee)),
        via: "git-clone".into(),
        permissions: vec!["READ_REPOSITORIES"],
        restrictable: Some(true),
        decision,
        why: "Because.".into(),
        evidence: Vec::new(),
    }
}

fn plan_with(edges: Vec<Edge>) -> Plan {
    Plan { edges, callees: Vec::new(), rollout: Vec::new(), blind_spots: Vec::new() }
}

/// Holds for every drawing.
fn check(plan: &Plan, graph: &Graph) {
    let drawn: usize = graph.lines.iter().map(|line| line.edges).sum();
    assert_eq!(drawn + graph.left_out, plan.edges.len(), "drawn or counted");
    let (width, height) = Graph::BOX;
    for (index, node) in graph.nodes.iter().enumerate() {
        assert!(node.x + width <= graph.width && node.y + height <= graph.height, "{node:?}");
        for other in &graph.nodes[index + 1..] {
            let apart = node.x.abs_diff(other.x) >= width || node.y.abs_diff(other.y) >= height;
            assert!(apart, "{} lies over {}", node.name, other.name);
        }
    }
    for line in &graph.lines {
        assert!(line.from != line.to && line.from < graph.nodes.len() && line.to < graph.nodes.len());
        assert!(line.middle.0 <= graph.width && line.middle.1 <= graph.height, "{line:?}");
    }
    // With the arrow keys from the first node to everything.
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut left = if graph.nodes.is_empty() { vec![] } else { vec![Spot::Node(0)] };
    while let Some(spot) = left.pop() {
        if known.insert(format!("{spot:?}")) {
            let moves = [Move::Up, Move::Down, Move::Left, Move::Right, Move::First, Move::Last];
            left.extend(moves.map(|step| graph.step(spot, step)));
        }
    }
    assert_eq!(known.len(), graph.nodes.len() + graph.lines.len(), "everything can be walked to");
}

#[test]
fn a_small_plan_is_drawn_whole() {
    let plan = plan_with(vec![
        edge_of("shop/web", "shop/lib", Decision::Add),
        edge_of("shop/app", "shop/lib", Decision::Keep),
        edge_of("shop/lib", "infra/base", Decision::Narrow),
        edge_of("shop/web", "infra/base", Decision::Drop),
        edge_of("shop/web", "shop/web", Decision::NotNeeded),
        edge_of("infra/base", "shop/lib", Decision::Unknown),
        edge_of("a/<b>&\"c", "shop/lib", Decision::Add),
    ]);
    let graph = draw(&plan);
    check(&plan, &graph);
    assert_eq!((graph.lines.len(), graph.left_out, graph.together), (6, 1, false));
    let text = svg(&plan);
    assert!(!text.contains("<b>") && text.contains("&lt;b&gt;&amp;&quot;c"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_large_plan_is_put_together_and_counted() {
    let all = [Decision::Add, Decision::Keep, Decision::Drop];
    let edges = (0..5000)
        .map(|index| edge_of(&format!("group{}/sub{}/app{index}", index % 7, index % 50), "shop/lib", all[index % 3]));
    let plan = plan_with(edges.collect());
    let graph = draw(&plan);
    check(&plan, &graph);
    assert!(graph.together && graph.lines.len() <= 120 && graph.left_out == 0, "{}", graph.lines.len());
    assert!(graph.nodes.iter().any(|node| node.name.contains("projects)")), "{:?}", graph.nodes);
    assert!(graph.note().is_some_and(|note| note.contains("drawn as one")));
}

proptest! {
    #[test]
    fn any_plan_is_drawn_without_loss(
        pairs in proptest::collection::vec(("[ab]/[a-d]|c/[a-z]{1,3}/[a-c]", "[ab]/[a-d]|d/[a-f]", 0_usize..6), 0..300),
    ) {
        let mut seen = BTreeSet::new();
        let edges = pairs.into_iter().filter(|(a, b, _)| seen.insert((a.clone(), b.clone())));
        let plan = plan_with(edges.map(|(a, b, decision)| edge_of(&a, &b, Decision::ALL[decision])).collect());
        let graph = draw(&plan);
        check(&plan, &graph);
        let again: Graph = serde_json::from_str(&serde_json::to_string(&graph).unwrap()).unwrap();
        prop_assert_eq!(again, graph);
    }
}

//! The plan as a drawing: who calls whom, in layers from left to right. Pure: the same plan gives the same picture, for the
//! command (`--format svg`) and for the page, which draws the same lines and lets them be walked with the keyboard.
//!
//! The work grows with the number of edges. What would be too much to look at is put together: callers by their group first,
//! then callees, then whole top-level groups; the table beside the drawing always has every edge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Decision, Edge, Party, Plan};
use crate::source::visible;

/// More lines than this nobody follows.
const LINES: usize = 120;
/// Pixels.
const NODE: (u32, u32) = (250, 30);
const GAP: (u32, u32) = (170, 12);
const MARGIN: u32 = 16;
/// Characters of a name that fit into its box.
const FITS: usize = 34;

/// The drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// By layer, then from top to bottom.
    pub nodes: Vec<Node>,
    /// By node that calls, then from top to bottom.
    pub lines: Vec<Line>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Edges of the plan that are not drawn: a project's calls of itself, and what is more than anybody can look at.
    pub left_out: usize,
    /// Do nodes stand for several projects?
    pub together: bool,
}

/// A project, or several of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, whole, free of characters that act.
    pub name: String,
    /// The same, cut in the middle where it is long.
    pub short: String,
    /// In words, for those who do not see it.
    pub says: String,
    /// Layer, from 0 on the left.
    pub layer: usize,
    /// Left upper corner, pixels.
    pub x: u32,
    /// Left upper corner, pixels.
    pub y: u32,
}

/// A call, or several of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Index of the node that calls.
    pub from: usize,
    /// Index of the one that is called.
    pub to: usize,
    /// What to do.
    pub decision: Decision,
    /// How many edges of the plan it stands for.
    pub edges: usize,
    /// `d` of the SVG path.
    pub path: String,
    /// Where its sign stands.
    pub middle: (u32, u32),
    /// In words: from, to, decision, ways and permissions.
    pub says: String,
    /// Why; of several, of the first.
    pub why: String,
}

/// A part of the drawing that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spot {
    /// A node's index.
    Node(usize),
    /// A line's index.
    Line(usize),
}

/// A step with the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Move {
    Up,
    Down,
    Left,
    Right,
    First,
    Last,
}

impl Decision {
    /// The sign that stands on its lines, so that nothing is said by colour alone.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Keep => "=",
            Self::Narrow => "<",
            Self::Drop => "×",
            Self::NotNeeded => "○",
            Self::Unknown => "?",
        }
    }

    /// SVG's dashes of its lines.
    #[must_use]
    pub const fn dashes(self) -> &'static str {
        match self {
            Self::Add | Self::Keep => "none",
            Self::Narrow => "12 4",
            Self::Drop => "2 5",
            Self::NotNeeded => "1 3",
            Self::Unknown => "6 4",
        }
    }

    /// All, in the order of the legend.
    pub const ALL: [Self; 6] = [Self::Add, Self::Keep, Self::Narrow, Self::Drop, Self::NotNeeded, Self::Unknown];
}

/// Caller, callee and decision as they are drawn, with the edges behind.
type Drawn<'p> = BTreeMap<(String, String, Decision), Vec<&'p Edge>>;

/// Draws a plan.
#[must_use]
pub fn draw(plan: &Plan) -> Graph {
    let between: Vec<&Edge> = plan.edges.iter().filter(|edge| edge.caller != edge.callee).collect();
    let (mut drawn, mut together) = (Drawn::new(), false);
    for (level, (callers, callees)) in [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)].into_iter().enumerate()
    {
        let (callers, callees) = (Names::new(&between, callers, true), Names::new(&between, callees, false));
        drawn.clear();
        for edge in &between {
            let key = (callers.of(&edge.caller), callees.of(&edge.callee), edge.decision);
            if key.0 != key.1 {
                drawn.entry(key).or_default().push(edge);
            }
        }
        together = level > 0;
        if drawn.len() <= LINES {
            break;
        }
    }
    // Should even that be too much, the ones that ask for something come first.
    if drawn.len() > LINES {
        let mut ranked: Vec<_> = drawn.into_iter().collect();
        ranked.sort_by_key(|((_, _, decision), edges)| {
            (matches!(decision, Decision::Keep | Decision::NotNeeded), usize::MAX - edges.len())
        });
        ranked.truncate(LINES);
        drawn = ranked.into_iter().collect();
    }
    let shown: usize = drawn.values().map(Vec::len).sum();
    Graph { left_out: plan.edges.len() - shown, together, ..place(&drawn) }
}

/// How parties are called at a level: 0 each by itself, 1 by its group, 2 by its top-level group, 3 all as one.
struct Names {
    level: usize,
    callers: bool,
    /// How many parties have a name.
    members: BTreeMap<String, usize>,
}

impl Names {
    fn new(edges: &[&Edge], level: usize, callers: bool) -> Self {
        let parties: BTreeSet<&Party> =
            edges.iter().map(|edge| if callers { &edge.caller } else { &edge.callee }).collect();
        let mut names = Self { level, callers, members: BTreeMap::new() };
        for party in parties {
            *names.members.entry(names.key(party)).or_default() += 1;
        }
        names
    }

    fn key(&self, party: &Party) -> String {
        let own = || clean(&party.to_string());
        match (self.level, party) {
            (0, _) => own(),
            (3, _) => String::new(),
            (1, Party::Project(path)) => path.as_str().rsplit_once('/').map_or_else(own, |(group, _)| clean(group)),
            (_, Party::Project(path)) => path.as_str().split_once('/').map_or_else(own, |(group, _)| clean(group)),
            (_, Party::Id(_)) => "id:…".to_owned(),
            _ => own(),
        }
    }

    fn of(&self, party: &Party) -> String {
        let key = self.key(party);
        match self.members.get(&key) {
            Some(&members) if members > 1 && key.is_empty() => {
                format!("{members} {}", if self.callers { "callers" } else { "callees" })
            }
            Some(&members) if members > 1 => format!("{key}/… ({members} projects)"),
            _ => clean(&party.to_string()),
        }
    }
}

fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Layers, order and coordinates.
fn place(drawn: &Drawn<'_>) -> Graph {
    let names: BTreeSet<&str> = drawn.keys().flat_map(|(from, to, _)| [from.as_str(), to.as_str()]).collect();
    let numbers: BTreeMap<&str, usize> = names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
    let number = |name: &str| numbers.get(name).copied().unwrap_or_default();
    let pairs: Vec<(usize, usize)> = drawn.keys().map(|(from, to, _)| (number(from), number(to))).collect();
    let layers = layers(names.len(), &pairs);
    let order = order(&layers, &pairs);
    // From the numbers by name to the numbers by place.
    let mut placed = vec![0; names.len()];
    for (place, old) in order.iter().enumerate() {
        if let Some(slot) = placed.get_mut(*old) {
            *slot = place;
        }
    }
    let new = |old: usize| placed.get(old).copied().unwrap_or_default();
    let names: Vec<&str> = names.into_iter().collect();
    let mut heights: Vec<u32> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    for old in &order {
        let layer = layers.get(*old).copied().unwrap_or_default();
        while heights.len() <= layer {
            heights.push(0);
        }
        let Some(row) = heights.get_mut(layer) else { continue };
        let name = names.get(*old).copied().unwrap_or_default().to_owned();
        let calls = pairs.iter().filter(|(from, _)| from == old).count();
        let called = pairs.iter().filter(|(_, to)| to == old).count();
        let says = match (calls, called) {
            (calls, 0) => format!("{name} calls {calls}"),
            (0, called) => format!("{name}, called by {called}"),
            (calls, called) => format!("{name} calls {calls}, called by {called}"),
        };
        let x = MARGIN + u32::try_from(layer).unwrap_or_default() * (NODE.0 + GAP.0);
        nodes.push(Node { short: shortened(&name), says, layer, x, y: MARGIN + *row * (NODE.1 + GAP.1), name });
        *row += 1;
    }
    let most = heights.iter().copied().max().unwrap_or_default();
    for node in &mut nodes {
        // Each layer in the middle of the tallest.
        let rows = heights.get(node.layer).copied().unwrap_or_default();
        node.y += (most - rows) * (NODE.1 + GAP.1) / 2;
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut last = None;
    let mut degrees: BTreeMap<(bool, usize), u32> = BTreeMap::new();
    for (from, to) in &pairs {
        *degrees.entry((false, new(*from))).or_default() += 1;
        *degrees.entry((true, new(*to))).or_default() += 1;
    }
    let mut signs: BTreeMap<(bool, usize), u32> = BTreeMap::new();
    for ((from, to, decision), edges) in drawn {
        let (a, b) = (new(number(from)), new(number(to)));
        // Several decisions about one pair lie beside each other.
        let beside = match last {
            Some((pair, beside)) if pair == (a, b) => beside + 1,
            _ => 0,
        };
        last = Some(((a, b), beside));
        // The sign stands where fewer lines meet, so that it is seen whose it is.
        let at_end = degrees.get(&(true, b)) <= degrees.get(&(false, a));
        let side = signs.entry((at_end, if at_end { b } else { a })).or_default();
        let along = 13 + *side % 6 * 9;
        *side += 1;
        let along = if at_end { 100 - along } else { along };
        if let (Some(start), Some(end)) = (nodes.get(a), nodes.get(b)) {
            let (path, middle) = path(start, end, beside, along);
            let (says, why) = (says(from, to, *decision, edges), why(edges));
            lines.push(Line { from: a, to: b, decision: *decision, edges: edges.len(), path, middle, says, why });
        }
    }
    lines.sort_by_key(|line| (line.from, line.to, line.decision));
    let width = nodes.iter().map(|node| node.x + NODE.0 + MARGIN).max().unwrap_or_default();
    // Lines to the left go round on the right side.
    let back = lines
        .iter()
        .any(|line| nodes.get(line.to).zip(nodes.get(line.from)).is_some_and(|(to, from)| to.layer <= from.layer));
    Graph {
        width: width + if back { 90 } else { 0 },
        height: nodes.iter().map(|node| node.y + NODE.1 + MARGIN).max().unwrap_or_default(),
        nodes,
        lines,
        left_out: 0,
        together: false,
    }
}

/// The layer of each node: one right of the farthest that calls it. Lines that close a circle do not count.
fn layers(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut before = vec![0_usize; count];
    for &(from, to) in pairs {
        if let Some(list) = next.get_mut(from) {
            list.push(to);
        }
        if let Some(number) = before.get_mut(to) {
            *number += 1;
        }
    }
    let mut layers = vec![0; count];
    let mut done = vec![false; count];
    let mut ready: Vec<usize> = (0..count).filter(|node| before.get(*node) == Some(&0)).collect();
    // In a circle nobody is first: the first by name begins.
    let mut others = 0..count;
    loop {
        let node = match ready.pop().or_else(|| others.find(|node| done.get(*node) == Some(&false))) {
            Some(node) => node,
            None => return layers,
        };
        if done.get(node) == Some(&true) {
            continue;
        }
        if let Some(mark) = done.get_mut(node) {
            *mark = true;
        }
        let layer = layers.get(node).copied().unwrap_or_default();
        for &to in next.get(node).into_iter().flatten() {
            if done.get(to) == Some(&true) {
                continue;
            }
            if let Some(other) = layers.get_mut(to) {
                *other = (*other).max(layer + 1);
            }
            if let Some(number) = before.get_mut(to) {
                *number = number.saturating_sub(1);
                if *number == 0 {
                    ready.push(to);
                }
            }
        }
    }
}

/// Nodes by layer, and in a layer so that lines cross little: by the mean place of those they are tied to, once from the left
/// and once from the right.
fn order(layers: &[usize], pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..layers.len()).collect();
    order.sort_by_key(|node| (layers.get(*node).copied(), *node));
    for of_callers in [true, false] {
        let mut place = vec![0_usize; layers.len()];
        for (index, node) in order.iter().enumerate() {
            if let Some(slot) = place.get_mut(*node) {
                *slot = index;
            }
        }
        let mut sums = vec![(0_usize, 0_usize); layers.len()];
        for &(from, to) in pairs {
            let (own, other) = if of_callers { (to, from) } else { (from, to) };
            if let (Some(sum), Some(at)) = (sums.get_mut(own), place.get(other)) {
                *sum = (sum.0 + at, sum.1 + 1);
            }
        }
        order.sort_by_key(|node| {
            let (sum, count) = sums.get(*node).copied().unwrap_or_default();
            let own = place.get(*node).copied().unwrap_or_default();
            (layers.get(*node).copied(), (sum * 1000).checked_div(count).unwrap_or(own * 1000), own)
        });
    }
    order
}

/// A curve from the right side of one box to the left side of the other, and the point after so many hundredths of it.
fn path(from: &Node, to: &Node, beside: u32, along: u32) -> (String, (u32, u32)) {
    let (x1, y1) = (from.x + NODE.0, from.y + NODE.1 / 2);
    let y2 = to.y + NODE.1 / 2;
    let shift = beside * 8;
    let (x2, c1, c2, up) = if to.layer > from.layer {
        let half = (to.x - x1) / 2;
        (to.x, x1 + half, to.x - half, shift)
    } else {
        let far = from.x.max(to.x) + NODE.0 + 70 + shift;
        (to.x + NODE.0, far, far, 0)
    };
    // Bézier's curve of the third degree, in hundredths.
    let point = |a: u32, b: u32, c: u32, d: u32| {
        let (t, u) = (u64::from(along), u64::from(100 - along));
        let sum = u * u * u * u64::from(a)
            + 3 * u * u * t * u64::from(b)
            + 3 * u * t * t * u64::from(c)
            + t * t * t * u64::from(d);
        u32::try_from(sum / 1_000_000).unwrap_or_default()
    };
    let middle = (point(x1, c1, c2, x2), point(y1, y1 + up, y2 + up, y2));
    (format!("M{x1} {y1} C{c1} {}, {c2} {}, {x2} {y2}", y1 + up, y2 + up), middle)
}

fn says(from: &str, to: &str, decision: Decision, edges: &[&Edge]) -> String {
    let mut out = format!("{from} calls {to}: {}", decision.word());
    if edges.len() > 1 {
        let _ = write!(out, ", {} edges", edges.len());
    }
    let ways: BTreeSet<&str> = edges.iter().flat_map(|edge| edge.via.split(", ")).collect();
    let permissions: BTreeSet<&str> = edges.iter().flat_map(|edge| edge.permissions.iter().copied()).collect();
    for list in [ways, permissions] {
        if !list.is_empty() {
            let _ = write!(out, "; {}", list.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    out
}

fn why(edges: &[&Edge]) -> String {
    let first = edges.first().map(|edge| clean(edge.why.as_str())).unwrap_or_default();
    if edges.len() > 1 { format!("For the first of them: {first}") } else { first }
}

/// Cut in the middle: beginning and end of a path tell more.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= FITS {
        return name.to_owned();
    }
    let half = (FITS - 1) / 2;
    let start: String = name.chars().take(half).collect();
    let end: String = name.chars().skip(count - (FITS - 1 - half)).collect();
    format!("{start}…{end}")
}

impl Graph {
    /// Where a step with the keyboard leads: up and down within a layer, or among the lines of a node; right along a line and
    /// on to what is called, left back to who calls.
    #[must_use]
    pub fn step(&self, from: Spot, step: Move) -> Spot {
        let last = self.nodes.len().saturating_sub(1);
        let to = match (from, step) {
            (_, Move::First) => Some(Spot::Node(0)),
            (_, Move::Last) => Some(Spot::Node(last)),
            (Spot::Node(node), Move::Up) => self.neighbour(node, node.checked_sub(1)),
            (Spot::Node(node), Move::Down) => self.neighbour(node, node.checked_add(1)),
            (Spot::Node(node), Move::Right) => self.lines.iter().position(|line| line.from == node).map(Spot::Line),
            (Spot::Node(node), Move::Left) => self.lines.iter().position(|line| line.to == node).map(Spot::Line),
            (Spot::Line(line), Move::Right) => self.lines.get(line).map(|line| Spot::Node(line.to)),
            (Spot::Line(line), Move::Left) => self.lines.get(line).map(|line| Spot::Node(line.from)),
            (Spot::Line(line), Move::Up) => self.beside(line, line.checked_sub(1)),
            (Spot::Line(line), Move::Down) => self.beside(line, line.checked_add(1)),
        };
        to.unwrap_or(from)
    }

    fn neighbour(&self, node: usize, other: Option<usize>) -> Option<Spot> {
        let other = other?;
        (self.nodes.get(other)?.layer == self.nodes.get(node)?.layer).then_some(Spot::Node(other))
    }

    fn beside(&self, line: usize, other: Option<usize>) -> Option<Spot> {
        let other = other?;
        (self.lines.get(other)?.from == self.lines.get(line)?.from).then_some(Spot::Line(other))
    }

    /// Size of every box, pixels.
    pub const BOX: (u32, u32) = NODE;

    /// What is not to be seen, in words; `None` where all is.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let mut out = String::new();
        if self.together {
            out.push_str("Projects of one group are drawn as one; the table has each of them. ");
        }
        if self.left_out > 0 {
            let edges = if self.left_out == 1 { "edge is" } else { "edges are" };
            let _ = write!(out, "{} {edges} in the table only.", self.left_out);
        }
        (!out.is_empty()).then(|| out.trim_end().to_owned())
    }
}

/// The drawing as one SVG file that needs nothing else.
#[must_use]
pub fn svg(plan: &Plan) -> String {
    let graph = draw(plan);
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let (width, height) = (graph.width.max(320), graph.height + 40);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title>Who calls whom with the job token</title>\n<desc>{}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\" fill=\"#3a383d\"/></marker></defs>\n",
        escape(&graph.lines.iter().map(|line| line.says.as_str()).collect::<Vec<_>>().join(". "))
    );
    for line in &graph.lines {
        let (x, y) = line.middle;
        let _ = writeln!(
            out,
            "<g><title>{}</title><path d=\"{}\" fill=\"none\" stroke=\"#3a383d\" stroke-dasharray=\"{}\" marker-end=\"url(#end)\"/><circle \
             cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"#ffffff\" stroke=\"#89888d\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
            escape(&format!("{}. {}", line.says, line.why)),
            line.path,
            line.decision.dashes(),
            y + 5,
            escape(line.decision.sign())
        );
    }
    for node in &graph.nodes {
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"#fbfafb\" stroke=\"#89888d\"/><text \
             x=\"{}\" y=\"{}\">{}</text></g>",
            escape(&node.says),
            node.x,
            node.y,
            NODE.0,
            NODE.1,
            node.x + 8,
            node.y + 20,
            escape(&node.short)
        );
    }
    let legend: Vec<String> =
        Decision::ALL.iter().map(|decision| format!("{} {}", decision.sign(), decision.word())).collect();
    let note = graph.note().map(|note| format!("   {note}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{}\">{}</text>\n</svg>",
        graph.height + 24,
        escape(&(legend.join("   ") + &note))
    );
    out
}

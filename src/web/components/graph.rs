use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::Shown;
use crate::plan::allowlist::Decision;
use crate::plan::allowlist::graph::{Graph, Line, Move, Node, Spot};
use crate::web::client::{Client, use_told};
use crate::web::talk::{Ask, Told};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct AllowlistGraphProps {
    pub(crate) client: Client,
    /// Grows with every report.
    pub(crate) version: u32,
}

/// The drawing of the report as it is now.
#[component]
pub(crate) fn AllowlistGraph(props: &AllowlistGraphProps) -> Html {
    let told = use_told(&props.client, Some(Ask::Graph), props.version);
    match told.as_deref() {
        Some(Told::Graph(graph)) => html! { <GraphView graph={Rc::new(graph.clone())} /> },
        _ => Html::default(),
    }
}

#[derive(Properties, PartialEq)]
struct GraphViewProps {
    graph: Rc<Graph>,
}

/// Who calls whom, drawn. One stop of the Tab key: the arrow keys walk from project to call to project, Enter says more below.
/// Everything it shows stands in the table beside it too.
#[component]
fn GraphView(props: &GraphViewProps) -> Html {
    let graph = &props.graph;
    let current = use_state(|| Spot::Node(0));
    let chosen = use_state(|| None::<Spot>);
    let drawing = use_node_ref();
    {
        let (current, chosen) = (current.clone(), chosen.clone());
        use_effect_with(graph.clone(), move |_| {
            current.set(Spot::Node(0));
            chosen.set(None);
        });
    }
    let onkeydown = {
        let (graph, current, chosen, drawing) = (graph.clone(), current.clone(), chosen.clone(), drawing.clone());
        Callback::from(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowUp" => Move::Up,
                "ArrowDown" => Move::Down,
                "ArrowLeft" => Move::Left,
                "ArrowRight" => Move::Right,
                "Home" => Move::First,
                "End" => Move::Last,
                "Enter" | " " => {
                    event.prevent_default();
                    chosen.set(Some(*current));
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            let next = graph.step(*current, step);
            current.set(next);
            let found =
                drawing.cast::<Element>().and_then(|svg| svg.query_selector(&format!("#{}", id(next))).ok().flatten());
            if let Some(element) = found {
                // SVG elements take the focus as HTML ones do.
                let _ = element.unchecked_into::<HtmlElement>().focus();
            }
        })
    };
    let choose = {
        let (current, chosen) = (current.clone(), chosen.clone());
        Callback::from(move |spot| {
            current.set(spot);
            chosen.set(Some(spot));
        })
    };
    if graph.nodes.is_empty() {
        return Html::default();
    }
    let touches = |spot: Spot| match (*chosen, spot) {
        (None, _) => true,
        (Some(Spot::Node(node)), Spot::Line(line)) => {
            graph.lines.get(line).is_some_and(|line| line.from == node || line.to == node)
        }
        (Some(chosen), spot) => chosen == spot || matches!(spot, Spot::Node(_)),
    };
    let lines = graph.lines.iter().enumerate().map(|(index, drawn)| {
        let spot = Spot::Line(index);
        line(drawn, spot, *current == spot, *chosen == Some(spot), touches(spot), &choose)
    });
    let nodes = graph.nodes.iter().enumerate().map(|(index, drawn)| {
        let spot = Spot::Node(index);
        node(drawn, spot, *current == spot, *chosen == Some(spot), &choose)
    });
    let size = (graph.width.to_string(), graph.height.to_string());
    html! {
        <section aria-labelledby="graph-title" class="graph">
            <h3 id="graph-title">{ words::GRAPH }</h3>
            <p id="graph-help" class="note">{ words::GRAPH_HELP }</p>
            <ul class="legend" aria-label={words::LEGEND}>
                { for Decision::ALL.into_iter().filter(|decision| graph.lines.iter().any(|line| line.decision == *decision)).map(|decision| html! {
                    <li><span class="sign" aria-hidden="true">{ decision.sign() }</span>{ decision.word() }</li>
                }) }
            </ul>
            <div class="drawing">
                <svg
                    ref={drawing} role="group" aria-labelledby="graph-title" aria-describedby="graph-help" {onkeydown}
                    viewBox={format!("0 0 {} {}", size.0, size.1)} width={size.0.clone()} height={size.1.clone()}
                >
                    <defs>
                        <marker id="graph-end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
                            <path d="M0 0 8 4 0 8z" />
                        </marker>
                    </defs>
                    { for lines }
                    { for nodes }
                </svg>
            </div>
            if let Some(note) = graph.note() {
                <p class="note">{ note }</p>
            }
            <div role="status" class="said">{ detail(graph, *chosen) }</div>
        </section>
    }
}

fn id(spot: Spot) -> String {
    match spot {
        Spot::Node(index) => format!("graph-node-{index}"),
        Spot::Line(index) => format!("graph-line-{index}"),
    }
}

fn tab(current: bool) -> &'static str {
    if current { "0" } else { "-1" }
}

fn line(line: &Line, spot: Spot, current: bool, chosen: bool, touched: bool, choose: &Callback<Spot>) -> Html {
    let (x, y) = line.middle;
    let onclick = choose.reform(move |_: MouseEvent| spot);
    let class = classes!("call", line.decision.word(), chosen.then_some("chosen"), (!touched).then_some("aside"));
    html! {
        <g id={id(spot)} role="button" tabindex={tab(current)} aria-label={line.says.clone()} aria-pressed={chosen.to_string()} {class} {onclick}>
            <path class="wide" d={line.path.clone()} />
            <path class="drawn" d={line.path.clone()} stroke-dasharray={line.decision.dashes()} marker-end="url(#graph-end)" />
            <circle cx={x.to_string()} cy={y.to_string()} r="12" />
            <text x={x.to_string()} y={(y + 5).to_string()} text-anchor="middle" aria-hidden="true">{ line.decision.sign() }</text>
        </g>
    }
}

fn node(node: &Node, spot: Spot, current: bool, chosen: bool, choose: &Callback<Spot>) -> Html {
    let onclick = choose.reform(move |_: MouseEvent| spot);
    let (width, height) = Graph::BOX;
    html! {
        <g id={id(spot)} role="button" tabindex={tab(current)} aria-label={node.says.clone()} aria-pressed={chosen.to_string()} class={classes!("party", chosen.then_some("chosen"))} {onclick}>
            <rect x={node.x.to_string()} y={node.y.to_string()} width={width.to_string()} height={height.to_string()} rx="4" />
            <text x={(node.x + 8).to_string()} y={(node.y + 20).to_string()} aria-hidden="true">{ &node.short }</text>
        </g>
    }
}

/// What was chosen, in words.
fn detail(graph: &Graph, chosen: Option<Spot>) -> Html {
    match chosen {
        None => Html::default(),
        Some(Spot::Line(index)) => match graph.lines.get(index) {
            Some(line) => html! {
                <>
                    <p><strong><bdi>{ &line.says }</bdi></strong></p>
                    <p><Shown text={line.why.clone()} /></p>
                </>
            },
            None => Html::default(),
        },
        Some(Spot::Node(index)) => {
            let Some(node) = graph.nodes.get(index) else { return Html::default() };
            let own = graph.lines.iter().filter(|line| line.from == index || line.to == index);
            html! {
                <>
                    <p><strong><bdi>{ &node.says }</bdi></strong></p>
                    <ul>{ for own.map(|line| html! { <li><bdi>{ &line.says }</bdi></li> }) }</ul>
                </>
            }
        }
    }
}

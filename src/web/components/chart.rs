use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::{VNode, VTag, VText};

use crate::report::chart::{Chart, Element, Node};

#[derive(Properties, PartialEq)]
pub(crate) struct ChartViewProps {
    pub(crate) chart: Rc<Chart>,
}

/// A chart with its heading, and the table of the same numbers to unfold. Built of nodes: no markup is ever parsed.
#[component]
pub(crate) fn ChartView(props: &ChartViewProps) -> Html {
    let chart = &props.chart;
    let table = &chart.table;
    html! {
        <figure class="chart-figure">
            <h3>{ chart.title.as_str() }</h3>
            <p class="note">{ chart.description.as_str() }</p>
            { node(&chart.svg) }
            <details>
                <summary>{ "The same numbers as a table" }</summary>
                <div class="chart-table" role="region" tabindex="0" aria-label={format!("Numbers: {}", chart.title)}>
                    <table>
                        <caption>{ chart.title.as_str() }</caption>
                        <thead><tr>{ for table.head.iter().map(|head| html! { <th scope="col">{ head.as_str() }</th> }) }</tr></thead>
                        <tbody>
                            { for table.rows.iter().map(|row| html! {
                                <tr>
                                    { for row.iter().enumerate().map(|(index, cell)| match index {
                                        0 => html! { <th scope="row">{ cell.as_str() }</th> },
                                        _ => html! { <td>{ cell.as_str() }</td> },
                                    }) }
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            </details>
        </figure>
    }
}

fn node(element: &Element) -> Html {
    let mut tag = VTag::new(element.tag);
    for (name, value) in &element.attributes {
        tag.add_attribute(name, value.as_str().to_owned());
    }
    for child in &element.children {
        tag.add_child(match child {
            Node::Element(element) => node(element),
            Node::Text(text) => VNode::from(VText::new(text.as_str().to_owned())),
        });
    }
    tag.into()
}

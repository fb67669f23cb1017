use yew::prelude::*;

use crate::web::show::{Piece, pieces};

#[derive(Properties, PartialEq)]
pub(crate) struct ShownProps {
    pub(crate) text: AttrValue,
}

/// A sentence of a report. What stands in backticks comes from the input or is to be typed: set apart, isolated from the
/// direction of the text around it, never markup.
#[component]
pub(crate) fn Shown(props: &ShownProps) -> Html {
    pieces(&props.text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => html! { { text } },
            Piece::Label(text) => html! { <b>{ text }</b> },
            Piece::Code(text) => html! { <code><bdi>{ text }</bdi></code> },
        })
        .collect()
}

//! `permits` and `choose`, as page and popup show them. They only ask and show; who answers is given to them.

mod choose;
mod permits;

use std::rc::Rc;

use yew::prelude::*;

use super::Shown;
use crate::web::help::{Helped, Question};
use crate::web::words;

use choose::ChooseForm;
use permits::PermitsForm;

/// Asks, and calls back with the answer.
pub(crate) type Asker = Callback<(Question, Callback<Helped>)>;

#[derive(Properties, PartialEq)]
pub(crate) struct ToolsProps {
    pub(crate) ask: Asker,
}

/// Both, folded until they are wanted.
#[component]
pub(crate) fn Tools(props: &ToolsProps) -> Html {
    html! {
        <section aria-labelledby="tools-title" class="tools">
            <h2 id="tools-title">{ words::TOOLS }</h2>
            <details id="permits">
                <summary>{ words::PERMITS }</summary>
                <PermitsForm ask={props.ask.clone()} />
            </details>
            <details id="choose">
                <summary>{ words::CHOOSE_TOKEN }</summary>
                <ChooseForm ask={props.ask.clone()} />
            </details>
        </section>
    }
}

/// Labels and words of an answer; lines with one label follow each other.
fn facts(helped: &Rc<Helped>) -> Html {
    let Helped::Facts { facts, .. } = &**helped else { return Html::default() };
    html! {
        <dl class="facts">
            { for facts.iter().enumerate().map(|(index, (label, text))| {
                let again = index.checked_sub(1).and_then(|before| facts.get(before)).is_some_and(|(before, _)| before == label);
                html! {
                    <>
                        <dt class={classes!(again.then_some("again"))}>{ label }</dt>
                        <dd>
                            if let Some(address) = text.strip_prefix("https://docs.gitlab.com/") {
                                <a href={text.clone()} target="_blank" rel="noreferrer noopener">{ address }</a>
                            } else {
                                <Shown text={text.clone()} />
                            }
                        </dd>
                    </>
                }
            }) }
        </dl>
    }
}

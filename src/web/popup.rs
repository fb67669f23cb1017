//! The extension's popup: what the open page says about its tokens.

use std::rc::Rc;

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::web::answer::{Analysis, Answer, Refusal};
use crate::web::components::Results;
use crate::web::show;
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct PopupProps {
    /// Resolves to what the background says.
    pub(crate) ask: Rc<js_sys::Function>,
}

#[derive(Clone, PartialEq)]
enum State {
    Asking,
    Shown(Rc<Analysis>),
    Refused(Refusal),
}

#[component]
pub(crate) fn Popup(props: &PopupProps) -> Html {
    let state = use_state(|| State::Asking);
    let again = use_state(|| 0_u32);
    {
        let (state, ask) = (state.clone(), props.ask.clone());
        use_effect_with(*again, move |_| {
            spawn_local(async move {
                state.set(match answer(&ask).await {
                    Answer::Analysis(analysis) => State::Shown(Rc::from(analysis)),
                    Answer::Refused(refusal) => State::Refused(refusal),
                });
            });
        });
    }
    let onclick = {
        let (state, again) = (state.clone(), again.clone());
        Callback::from(move |_| {
            state.set(State::Asking);
            again.set(*again + 1);
        })
    };
    html! {
        <>
            <header class="top">
                <h1>{ words::PRODUCT }</h1>
                if let State::Shown(analysis) = &*state {
                    { whose(analysis) }
                }
                <button type="button" {onclick} disabled={*state == State::Asking}>{ words::LOOK_AGAIN }</button>
            </header>
            <main>{ body(&state) }</main>
            <footer class="note">{ words::PROMISE }{ " " }{ words::NOT_AFFILIATED }</footer>
        </>
    }
}

async fn answer(ask: &js_sys::Function) -> Answer {
    let Ok(promise) = ask.call0(&JsValue::NULL) else { return Answer::Refused(Refusal::Broken) };
    let Ok(promise) = promise.dyn_into::<js_sys::Promise>() else { return Answer::Refused(Refusal::Broken) };
    match JsFuture::from(promise).await {
        Ok(value) => Answer::parse(&value.as_string().unwrap_or_default()),
        Err(_) => Answer::Refused(Refusal::Broken),
    }
}

fn body(state: &State) -> Html {
    match state {
        State::Asking => html! { <p role="status">{ words::READING }</p> },
        State::Refused(refusal) => explained(words::refusal(*refusal)),
        State::Shown(analysis) => match analysis.page_kind().and_then(words::no_token_page) {
            Some(words) => explained(words),
            None => html! { <Results analysis={analysis.clone()} /> },
        },
    }
}

fn explained((title, text): (&'static str, &'static str)) -> Html {
    html! {
        <div role="status" class="explained">
            <h2>{ title }</h2>
            <p>{ text }</p>
        </div>
    }
}

/// Which page, and whose tokens.
fn whose(analysis: &Analysis) -> Html {
    let Some(listing) = analysis.inventories.first() else { return Html::default() };
    let owner = listing.owner.as_ref().and_then(|owner| owner.path.as_ref().or(owner.username.as_ref()));
    html! {
        <p class="whose">
            if let Some(page) = &listing.page {
                { words::page(page.kind) }
            }
            if let Some(owner) = owner {
                { " · " }<bdi>{ show::visible(owner.as_str(), false) }</bdi>
            }
        </p>
    }
}

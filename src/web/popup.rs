//! The extension's popup: what the open page says about its tokens.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;
use yew::prelude::*;

use crate::input::Status;
use crate::inventory::PageKind;
use crate::web::answer::{Analysis, Answer, Creating, Refusal};
use crate::web::components::{AboutToCreate, Asker, Results, Shown, Tools};
use crate::web::help::{Helped, Question};
use crate::web::words;

/// How often the page's forms are looked at while the popup is open, in milliseconds: soon enough to read along while
/// ticking. Reading the forms alone takes the page about two milliseconds.
const LOOK_AT_FORMS_MS: u32 = 600;

/// Shows the popup inside `root`. `ask` resolves to what `analyze` gave back, and is called again when the user asks;
/// `ask_forms` to the same for the page's open forms alone, and is called over and over; `ask_help` takes a question and
/// resolves to what `help` gave back.
#[wasm_bindgen]
pub fn start_popup(root: Element, ask: js_sys::Function, ask_forms: js_sys::Function, ask_help: js_sys::Function) {
    let props = PopupProps { ask: Rc::new(ask), ask_forms: Rc::new(ask_forms), ask_help: Rc::new(ask_help) };
    yew::Renderer::<Popup>::with_root_and_props(root, props).render();
}

#[derive(Properties, PartialEq)]
pub(crate) struct PopupProps {
    /// Resolves to what the background says.
    pub(crate) ask: Rc<js_sys::Function>,
    /// The same, of the open forms alone.
    pub(crate) ask_forms: Rc<js_sys::Function>,
    /// Answers what needs no page.
    pub(crate) ask_help: Rc<js_sys::Function>,
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
    let forms = use_state_eq(Vec::new);
    {
        let (state, forms, ask) = (state.clone(), forms.clone(), props.ask.clone());
        use_effect_with(*again, move |_| {
            spawn_local(async move {
                state.set(match answer(&ask).await {
                    Answer::Analysis(analysis) => {
                        forms.set(analysis.about_to_create.clone());
                        State::Shown(Rc::from(analysis))
                    }
                    Answer::Refused(refusal) => State::Refused(refusal),
                });
            });
        });
    }
    let is_shown = matches!(&*state, State::Shown(_));
    use_live(is_shown, forms.setter(), props.ask_forms.clone());
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
            <main>
                if is_shown {
                    <AboutToCreate forms={(*forms).clone()} />
                }
                { body(&state) }
                <Tools ask={helper(props.ask_help.clone())} />
            </main>
            <footer class="note">{ words::PROMISE }{ " " }{ words::NOT_AFFILIATED }</footer>
        </>
    }
}

/// Keeps `forms` as they are on the page, until the popup closes or another answer is waited for.
#[hook]
fn use_live(is_shown: bool, forms: UseStateSetter<Vec<Creating>>, ask: Rc<js_sys::Function>) {
    use_effect_with(is_shown, move |is_shown| {
        let waiting = Rc::new(Cell::new(false));
        let timer = is_shown.then(|| {
            Interval::new(LOOK_AT_FORMS_MS, move || {
                let hidden =
                    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden());
                if hidden || waiting.replace(true) {
                    return;
                }
                let (forms, ask, waiting) = (forms.clone(), ask.clone(), waiting.clone());
                spawn_local(async move {
                    // When access ended or the page is gone, what was said last stays: *Look again* says why.
                    if let Answer::Analysis(analysis) = answer(&ask).await {
                        forms.set(analysis.about_to_create);
                    }
                    waiting.set(false);
                });
            })
        });
        move || drop(timer)
    });
}

/// Passes questions on to the background. When it fails, nothing is answered: the question can be asked again.
fn helper(ask: Rc<js_sys::Function>) -> Asker {
    Callback::from(move |(question, told): (Question, Callback<Helped>)| {
        let ask = ask.clone();
        spawn_local(async move {
            let Ok(question) = serde_wasm_bindgen::to_value(&question) else { return };
            let Ok(promise) = ask.call1(&JsValue::NULL, &question) else { return };
            let Ok(promise) = promise.dyn_into::<js_sys::Promise>() else { return };
            if let Ok(value) = JsFuture::from(promise).await
                && let Ok(helped) = serde_wasm_bindgen::from_value(value)
            {
                told.emit(helped);
            }
        });
    })
}

async fn answer(ask: &js_sys::Function) -> Answer {
    let Ok(promise) = ask.call0(&JsValue::NULL) else { return Answer::Refused(Refusal::Broken) };
    let Ok(promise) = promise.dyn_into::<js_sys::Promise>() else { return Answer::Refused(Refusal::Broken) };
    match JsFuture::from(promise).await {
        Ok(value) => Answer::read(|| serde_wasm_bindgen::Deserializer::from(value.clone())),
        Err(_) => Answer::Refused(Refusal::Broken),
    }
}

fn body(state: &State) -> Html {
    match state {
        State::Asking => html! { <p role="status">{ words::READING }</p> },
        State::Refused(refusal) => {
            let (title, text) = words::refusal(*refusal);
            explained(title, text)
        }
        State::Shown(analysis) => {
            let read = analysis.report.inputs.iter().any(|input| input.status != Status::Unreadable);
            if analysis.page_kind() == Some(PageKind::NotGitlab) {
                explained(words::NOT_GITLAB.0, words::NOT_GITLAB.1)
            } else if !read && analysis.report.findings.is_empty() {
                let why = analysis.report.blind_spots.first().map(|spot| spot.message.clone());
                explained(words::NO_TOKENS_HERE, why.unwrap_or_default())
            } else {
                html! { <Results analysis={analysis.clone()} /> }
            }
        }
    }
}

fn explained(title: &'static str, text: impl Into<AttrValue>) -> Html {
    html! {
        <div role="status" class="explained">
            <h2>{ title }</h2>
            <p><Shown text={text.into()} /></p>
        </div>
    }
}

/// Whose tokens.
fn whose(analysis: &Analysis) -> Html {
    match analysis.inventories.first().and_then(|listing| listing.owner.clone()) {
        Some(owner) => html! { <p class="whose"><bdi>{ owner }</bdi></p> },
        None => Html::default(),
    }
}

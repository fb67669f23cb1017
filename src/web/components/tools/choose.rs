use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Asker, facts};
use crate::web::components::focus;
use crate::web::help::{Helped, Question};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(super) struct ChooseFormProps {
    pub(super) ask: Asker,
}

/// Which credential for which use: a list that typing narrows, then one answer.
#[component]
pub(super) fn ChooseForm(props: &ChooseFormProps) -> Html {
    let typed = use_state(String::new);
    let answer = use_state(|| None::<Rc<Helped>>);
    let (heading, field) = (use_node_ref(), use_node_ref());
    // Was something pressed, so that the focus has to go on to what comes of it? While somebody types it stays.
    let pressed = use_mut_ref(|| false);
    {
        let (ask, answer) = (props.ask.clone(), answer.clone());
        use_effect_with((*typed).clone(), move |words| {
            let told = Callback::from(move |helped: Helped| answer.set(Some(Rc::new(helped))));
            ask.emit((Question::Choose { words: words.clone() }, told));
        });
    }
    {
        let (heading, field, pressed) = (heading.clone(), field.clone(), pressed.clone());
        use_effect_with((*answer).clone(), move |_| {
            if pressed.replace(false) {
                focus(heading.cast().or_else(|| field.cast()));
            }
        });
    }
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(field.value());
            }
        })
    };
    let pick = {
        let (ask, answer) = (props.ask.clone(), answer.clone());
        Callback::from(move |id: String| {
            pressed.replace(true);
            let answer = answer.clone();
            let told = Callback::from(move |helped: Helped| answer.set(Some(Rc::new(helped))));
            ask.emit((Question::Choose { words: id }, told));
        })
    };
    html! {
        <>
            <p class="note">{ words::CHOOSE_HELP }</p>
            <div class="ask">
                <label for="choose-words">{ words::CHOOSE_WORDS }</label>
                <input id="choose-words" ref={field} type="text" autocomplete="off" spellcheck="false" value={(*typed).clone()} {oninput} placeholder="clone on a server" />
            </div>
            { told(answer.as_ref(), &typed, &heading, &pick) }
        </>
    }
}

fn told(
    answer: Option<&Rc<Helped>>,
    typed: &UseStateHandle<String>,
    heading: &NodeRef,
    pick: &Callback<String>,
) -> Html {
    let Some(helped) = answer else { return Html::default() };
    match &**helped {
        Helped::Facts { title, .. } => {
            let typed = typed.clone();
            let pick = pick.clone();
            let back = Callback::from(move |_: MouseEvent| {
                typed.set(String::new());
                pick.emit(String::new());
            });
            html! {
                <div class="told">
                    <h3 ref={heading.clone()} tabindex="-1">{ title }</h3>
                    { facts(helped) }
                    <button type="button" onclick={back}>{ words::CHOOSE_ANOTHER }</button>
                </div>
            }
        }
        Helped::Cases { all, cases } => html! {
            <div class="told">
                <p role="status" class="note">
                    if *all && !typed.is_empty() { { words::CHOOSE_NONE } } else { { words::uses(cases.len()) } }
                </p>
                <ul class="cases">
                    { for cases.iter().map(|(id, question)| {
                        let (pick, id) = (pick.clone(), id.clone());
                        let onclick = Callback::from(move |_: MouseEvent| pick.emit(id.clone()));
                        html! { <li><button type="button" class="link" {onclick}>{ question }</button></li> }
                    }) }
                </ul>
            </div>
        },
    }
}

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::{Asker, facts};
use crate::web::components::on_enter;
use crate::web::help::{Helped, Question};
use crate::web::words;

/// The methods of GitLab's API.
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

#[derive(Properties, PartialEq)]
pub(super) struct PermitsFormProps {
    pub(super) ask: Asker,
}

/// May the job token make this call?
#[component]
pub(super) fn PermitsForm(props: &PermitsFormProps) -> Html {
    let answer = use_state(|| None::<Rc<Helped>>);
    let (method, address) = (use_node_ref(), use_node_ref());
    let submit = {
        let (ask, answer, method, address) = (props.ask.clone(), answer.clone(), method.clone(), address.clone());
        Callback::from(move |()| {
            let typed = address.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            let method = method.cast::<HtmlSelectElement>().map(|field| field.value()).unwrap_or_default();
            let typed = typed.trim();
            if typed.is_empty() {
                answer.set(None);
                return;
            }
            // `POST /projects/1/releases`, as documents write it.
            let (method, typed) = match typed.split_once(' ') {
                Some((word, rest)) if METHODS.iter().any(|known| known.eq_ignore_ascii_case(word)) => {
                    (word.to_owned(), rest.trim())
                }
                _ => (method, typed),
            };
            let answer = answer.clone();
            let told = Callback::from(move |helped: Helped| answer.set(Some(Rc::new(helped))));
            ask.emit((Question::Permits { method, address: typed.to_owned() }, told));
        })
    };
    let onkeydown = on_enter(&submit);
    html! {
        <>
            <p class="note">{ words::PERMITS_HELP }</p>
            <div class="ask">
                <label for="permits-method">{ words::METHOD }</label>
                <select id="permits-method" ref={method}>
                    { for METHODS.into_iter().map(|method| html! { <option value={method} selected={method == "GET"}>{ method }</option> }) }
                </select>
                <label for="permits-address">{ words::ADDRESS }</label>
                <input
                    id="permits-address" ref={address} type="text" autocomplete="off" autocorrect="off" autocapitalize="off"
                    spellcheck="false" translate="no" placeholder="/projects/42/releases" {onkeydown}
                />
                <button type="button" onclick={submit.reform(|_: MouseEvent| ())}>{ words::ASK }</button>
            </div>
            <div role="status">
                if let Some(helped) = &*answer {
                    if let Helped::Facts { title, .. } = &**helped {
                        <p><strong><code><bdi>{ title }</bdi></code></strong></p>
                    }
                    { facts(helped) }
                }
            </div>
        </>
    }
}

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::accept::{Draft, Reason};
use crate::time::Date;
use crate::web::components::on_enter;
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct AcceptProps {
    /// Tells the fields of one finding from those of another.
    pub(crate) index: usize,
    pub(crate) today: Date,
    /// How it is accepted so far.
    pub(crate) draft: Option<Draft>,
    pub(crate) on_accept: Callback<Option<Draft>>,
}

/// Accepts a finding: why, who answers for it, and until when. It changes nothing here but the file that can be downloaded.
#[component]
pub(crate) fn Accept(props: &AcceptProps) -> Html {
    let AcceptProps { index, today, draft, on_accept } = props;
    let (reason, comment, owner, until) = (use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref());
    let missing = use_state(|| false);
    let id = |field: &str| format!("accept-{index}-{field}");
    let accept = {
        let (reason, comment, owner, until) = (reason.clone(), comment.clone(), owner.clone(), until.clone());
        let (today, missing, on_accept) = (*today, missing.clone(), on_accept.clone());
        Callback::from(move |()| {
            let text =
                |field: &NodeRef| field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            let chosen = reason.cast::<HtmlSelectElement>().and_then(|field| Reason::parse(&field.value()));
            let day = Date::parse(&text(&until)).filter(|day| *day >= today);
            let who = text(&owner).trim().to_owned();
            match (chosen, day) {
                (Some(reason), Some(until)) if !who.is_empty() => {
                    missing.set(false);
                    on_accept.emit(Some(Draft { reason, comment: text(&comment), owner: who, until }));
                }
                _ => missing.set(true),
            }
        })
    };
    if let Some(draft) = draft {
        return html! {
            <p class="accepted">
                { words::accepted(draft.reason, &draft.until.in_words()) }{ " " }
                <button type="button" class="link" onclick={on_accept.reform(|_: MouseEvent| None)}>{ words::TAKE_BACK }</button>
            </p>
        };
    }
    let onkeydown = on_enter(&accept);
    html! {
        <details class="accept">
            <summary>{ words::ACCEPT }</summary>
            <div class="fields">
                <p class="note">{ words::ACCEPT_HINT }</p>
                <label for={id("reason")}>{ words::REASON }</label>
                <select id={id("reason")} ref={reason}>
                    { for Reason::ALL.into_iter().enumerate().map(|(at, reason)| html! {
                        <option value={reason.word()} selected={at == 0}>{ reason.in_words() }</option>
                    }) }
                </select>
                <label for={id("owner")}>{ words::ACCEPTED_BY }</label>
                <input id={id("owner")} ref={owner} type="text" required=true autocomplete="off" onkeydown={onkeydown.clone()} />
                <label for={id("until")}>{ words::UNTIL }</label>
                <input id={id("until")} ref={until} type="date" required=true min={today.to_string()} />
                <label for={id("comment")}>{ words::COMMENT }</label>
                <input id={id("comment")} ref={comment} type="text" autocomplete="off" {onkeydown} />
                <button type="button" onclick={accept.reform(|_: MouseEvent| ())}>{ words::ACCEPT_BUTTON }</button>
                <p role="status" class="danger">{ if *missing { words::ACCEPT_MISSING } else { "" } }</p>
            </div>
        </details>
    }
}

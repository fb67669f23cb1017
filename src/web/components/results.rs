use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::finding::FindingCard;
use super::focus;
use super::icon::SeverityIcon;
use super::table::TokenTable;
use super::text::Shown;
use crate::report::json::BlindSpotV1;
use crate::report::{Severity, verdict};
use crate::web::answer::Analysis;
use crate::web::show;
use crate::web::state::{Look, View};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct ResultsProps {
    pub(crate) analysis: Rc<Analysis>,
    /// Was it judged by the sample's own day?
    #[prop_or_default]
    pub(crate) sample: bool,
}

/// A report: the verdict in words, the findings, the tokens, and what is not known.
#[component]
pub(crate) fn Results(props: &ResultsProps) -> Html {
    let view = use_reducer(View::default);
    let search = use_node_ref();
    let report = &props.analysis.report;
    {
        // A new report starts folded, but for its worst finding.
        let view = view.clone();
        use_effect_with(props.analysis.clone(), move |analysis| {
            view.dispatch(Look::NewReport((!analysis.report.findings.is_empty()).then_some(0)));
        });
    }
    use_slash(search.clone());
    let on_find = {
        let (view, search) = (view.clone(), search.clone());
        Callback::from(move |text: String| {
            view.dispatch(Look::Search(text));
            focus(search.cast());
        })
    };
    let current: Rc<View> = Rc::new((*view).clone());
    let tokens = props.analysis.inventories.iter().enumerate().filter(|(_, listing)| !listing.rows.is_empty());
    let tables: Html = tokens
        .map(|(listing, _)| {
            let (analysis, view, on_find) = (props.analysis.clone(), current.clone(), on_find.clone());
            html! { <TokenTable key={listing} {analysis} {listing} {view} {on_find} /> }
        })
        .collect();
    let has_rows = props.analysis.inventories.iter().any(|listing| !listing.rows.is_empty());
    html! {
        <>
            <Verdict analysis={props.analysis.clone()} sample={props.sample} />
            if !report.findings.is_empty() || has_rows {
                <Filter report={props.analysis.clone()} view={current.clone()} dispatch={view.dispatcher()} {search} />
            }
            if !report.findings.is_empty() {
                <Findings analysis={props.analysis.clone()} view={current.clone()} dispatch={view.dispatcher()} />
            }
            if has_rows {
                <section aria-labelledby="tokens-title">
                    <h2 id="tokens-title">{ words::TOKENS }</h2>
                    { tables }
                </section>
            }
            { spots(&report.blind_spots, report.blind_spots.len(), report.inputs.len() > 1) }
        </>
    }
}

/// `/` goes to the search field, unless somebody is typing.
#[hook]
fn use_slash(search: NodeRef) {
    use_effect_with((), move |()| {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            EventListener::new_with_options(
                &document,
                "keydown",
                gloo_events::EventListenerOptions::enable_prevent_default(),
                move |event| {
                    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                    let typing = event
                        .target()
                        .and_then(|target| target.dyn_into::<Element>().ok())
                        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
                    if event.key() == "/" && !typing && !event.ctrl_key() && !event.alt_key() && !event.meta_key() {
                        event.prevent_default();
                        focus(search.cast());
                    }
                },
            )
        });
        move || drop(listener)
    });
}

#[derive(Properties, PartialEq)]
struct VerdictProps {
    analysis: Rc<Analysis>,
    sample: bool,
}

#[component]
fn Verdict(props: &VerdictProps) -> Html {
    let report = &props.analysis.report;
    let counts = Severity::ALL.map(|severity| (severity, report.summary.count(severity)));
    let verdict = verdict(&counts, report.blind_spots.len());
    html! {
        <div class="verdict">
            <p role="status" class="words">{ verdict.as_str() }</p>
            <p class="note">{ words::as_of(&report.today.in_words(), props.sample) }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FilterProps {
    report: Rc<Analysis>,
    view: Rc<View>,
    dispatch: UseReducerDispatcher<View>,
    search: NodeRef,
}

/// The search field and a button for each severity that occurs.
#[component]
fn Filter(props: &FilterProps) -> Html {
    let report = &props.report.report;
    let dispatch = &props.dispatch;
    let oninput = {
        let dispatch = dispatch.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                dispatch.dispatch(Look::Search(field.value()));
            }
        })
    };
    let onkeydown = {
        let (dispatch, empty) = (dispatch.clone(), props.view.query.is_empty());
        Callback::from(move |event: KeyboardEvent| {
            // The first Escape empties the field, the next one closes the popup.
            if event.key() == "Escape" && !empty {
                event.prevent_default();
                event.stop_propagation();
                dispatch.dispatch(Look::Search(String::new()));
            }
        })
    };
    let toggles = Severity::ALL.into_iter().filter(|&severity| report.summary.count(severity) > 0).map(|severity| {
        let dispatch = dispatch.clone();
        let onclick = Callback::from(move |_| dispatch.dispatch(Look::Toggle(severity)));
        let shown = !props.view.hidden.contains(&severity);
        html! {
            <button type="button" class={classes!("toggle", severity.word())} aria-pressed={shown.to_string()} {onclick}>
                <SeverityIcon {severity} />{ words::toggle(severity, report.summary.count(severity)) }
            </button>
        }
    });
    let everything = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Look::Everything))
    };
    let (act, look) = props.view.findings(report);
    html! {
        <div class="filter" role="search">
            <label for="search">{ words::SEARCH }</label>
            <input
                id="search" type="search" autocomplete="off" spellcheck="false" placeholder={words::SEARCH_HINT}
                ref={props.search.clone()} value={props.view.query.clone()} {oninput} {onkeydown}
            />
            <div class="toggles">{ for toggles }</div>
            <p role="status" class="note">
                if props.view.is_filtered() {
                    { words::shown_of(act.len() + look.len(), report.findings.len()) }{ " " }
                    <button type="button" class="link" onclick={everything}>{ words::SHOW_EVERYTHING }</button>
                }
            </p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FindingsProps {
    analysis: Rc<Analysis>,
    view: Rc<View>,
    dispatch: UseReducerDispatcher<View>,
}

/// The findings, worst first; what is only possible stands in a group of its own.
#[component]
fn Findings(props: &FindingsProps) -> Html {
    let list = use_node_ref();
    let report = &props.analysis.report;
    let (act, look) = props.view.findings(report);
    let on_fold = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |index| dispatch.dispatch(Look::Fold(index)))
    };
    let more = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Look::More))
    };
    let named = report.inputs.len() > 1;
    let card = |index: usize| {
        report.findings.get(index).map(|finding| {
            let (open, on_fold) = (props.view.open.contains(&index), on_fold.clone());
            html! { <FindingCard key={index} finding={finding.clone()} {index} {open} {on_fold} {named} /> }
        })
    };
    let limit = props.view.limit;
    let shown_act = act.iter().take(limit).filter_map(|&index| card(index));
    let shown_look = look.iter().take(limit.saturating_sub(act.len())).filter_map(|&index| card(index));
    let left = (act.len() + look.len()).saturating_sub(limit);
    let onkeydown = {
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| move_between(&list, &event))
    };
    html! {
        <section aria-labelledby="findings-title" ref={list} {onkeydown}>
            <h2 id="findings-title">{ words::FINDINGS }</h2>
            if !act.is_empty() {
                <ul class="findings">{ for shown_act }</ul>
            }
            if !look.is_empty() {
                <h2>{ words::TO_REVIEW }</h2>
                <p class="note">{ words::TO_REVIEW_WHY }</p>
                <ul class="findings">{ for shown_look }</ul>
            }
            if left > 0 {
                <button type="button" onclick={more}>{ words::show_more(left.min(crate::web::state::STEP)) }</button>
            }
        </section>
    }
}

/// Up, Down, Home and End go from heading to heading.
pub(super) fn move_between(list: &NodeRef, event: &KeyboardEvent) {
    let Some(list) = list.cast::<Element>() else { return };
    let Some(target) = event.target_dyn_into::<Element>() else { return };
    let Ok(buttons) = list.query_selector_all("button.fold") else { return };
    let count = buttons.length();
    let Some(at) = (0..count).find(|&index| buttons.item(index).as_ref() == Some(&target)) else { return };
    let to = match event.key().as_str() {
        "ArrowDown" => (at + 1).min(count.saturating_sub(1)),
        "ArrowUp" => at.saturating_sub(1),
        "Home" => 0,
        "End" => count.saturating_sub(1),
        _ => return,
    };
    event.prevent_default();
    focus(buttons.item(to).and_then(|node| node.dyn_into().ok()));
}

/// What is not known: the first of `all` blind spots, with their inputs where there are several.
pub(super) fn spots(spots: &[BlindSpotV1], all: usize, named: bool) -> Html {
    if spots.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-labelledby="blind-title" class="blind">
            <h2 id="blind-title">{ words::BLIND_SPOTS }</h2>
            <p class="note">{ words::BLIND_SPOTS_WHY }</p>
            <ul>
                { for spots.iter().map(|spot| html! {
                    <li>
                        if named {
                            <bdi>{ show::visible(&words::place(&spot.input, spot.line, None), false) }</bdi>{ ": " }
                        }
                        <Shown text={spot.message.clone()} />
                    </li>
                }) }
            </ul>
            if all > spots.len() {
                <p class="note">{ words::more_blind_spots(all - spots.len()) }</p>
            }
        </section>
    }
}

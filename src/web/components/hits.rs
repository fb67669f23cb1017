//! The findings, as far as the filter lets them through.

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::accept::Accept;
use super::finding::FindingCard;
use super::focus;
use super::icon::SeverityIcon;
use super::results::{move_between, spots};
use super::save::{copied, copy, download};
use crate::report::{Confidence, Severity};
use crate::web::client::{Client, use_told};
use crate::web::show;
use crate::web::state::{Looking, PAGE, Turn};
use crate::web::talk::{Ask, FileTold, Filter, Format, SheetId, Summary, Told};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct HitsProps {
    pub(crate) client: Client,
    pub(crate) summary: Rc<Summary>,
    pub(crate) version: u32,
    pub(crate) looking: Rc<Looking>,
    pub(crate) turn: UseReducerDispatcher<Looking>,
}

#[component]
pub(crate) fn Hits(props: &HitsProps) -> Html {
    let HitsProps { client, summary, version, looking, turn } = props;
    let (search, list) = (use_node_ref(), use_node_ref());
    let keys = use_state(|| true);
    let ask = Ask::Findings { filter: looking.filter.clone(), from: looking.from, count: PAGE };
    let told = use_told(client, Some(ask), *version);
    let none = Vec::new();
    let (matched, certain, from, findings) = match told.as_deref() {
        Some(Told::Findings { matched, certain, from, findings }) => (*matched, *certain, *from, findings),
        _ => (0, 0, 0, &none),
    };
    let step = {
        let (looking, turn) = (looking.clone(), turn.clone());
        let shown: Rc<Vec<usize>> = Rc::new(findings.iter().map(|(index, _)| *index).collect());
        Callback::from(move |forward: bool| {
            if let Some(at) = looking.step(forward, matched) {
                let index = at.checked_sub(from).and_then(|at| shown.get(at)).copied();
                turn.dispatch(Turn::Hit(at, index));
            }
        })
    };
    use_keys(*keys, search.clone(), step.clone());
    {
        // The hit is unfolded and gets the focus, once its part of the list is there.
        let (list, turn, hit) = (list.clone(), turn.clone(), looking.hit);
        let target = hit.and_then(|at| Some((at, findings.get(at.checked_sub(from)?)?.0)));
        use_effect_with(target, move |target| {
            if let Some((at, index)) = *target {
                turn.dispatch(Turn::Hit(at, Some(index)));
                let card = list.cast::<Element>();
                let fold =
                    card.and_then(|card| card.query_selector(&format!("[aria-controls=finding-{index}]")).ok()?);
                focus(fold);
            }
        });
    }
    let on_fold = {
        let turn = turn.clone();
        Callback::from(move |index| turn.dispatch(Turn::Fold(index)))
    };
    let on_accepted = {
        let looking = looking.clone();
        Callback::from(move |_: MouseEvent| {
            let text = crate::accept::file(looking.accepted.values().map(|(finding, draft)| (finding, draft)));
            download(&FileTold { name: "leastwise.toml".into(), mime: "application/toml".into(), text });
        })
    };
    let named = summary.inputs.len() > 1;
    let card = |(index, finding): &(usize, crate::report::json::FindingV1)| {
        let (index, open, on_fold) = (*index, looking.open.contains(index), on_fold.clone());
        let key = (finding.identity.clone(), finding.input.clone());
        let draft = looking.accepted.get(&key).map(|(_, draft)| draft.clone());
        let on_accept = {
            let (turn, finding) = (turn.clone(), finding.clone());
            Callback::from(move |draft| turn.dispatch(Turn::Accept(Box::new(finding.clone()), draft)))
        };
        html! {
            <FindingCard key={index} finding={finding.clone()} {index} {open} {on_fold} {named}>
                <Accept {index} today={summary.today} {draft} {on_accept} />
            </FindingCard>
        }
    };
    let cut = certain.saturating_sub(from).min(findings.len());
    let (act, review) = findings.split_at_checked(cut).unwrap_or((findings, &[]));
    let onkeydown = {
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| move_between(&list, &event))
    };
    let some = summary.facets.rules.is_empty();
    html! {
        <>
            if !some {
                <Filters summary={summary.clone()} filter={looking.filter.clone()} {matched} turn={turn.clone()} {search} />
                <div class="bar">
                    <button type="button" onclick={step.reform(|_: MouseEvent| false)} disabled={matched == 0}>{ words::PREVIOUS }</button>
                    <button type="button" onclick={step.reform(|_: MouseEvent| true)} disabled={matched == 0}>{ words::NEXT }</button>
                    <p role="status">{ words::hit(looking.hit, matched) }</p>
                    <label class="keys">
                        <input type="checkbox" checked={*keys} onchange={let keys = keys.clone(); move |_| keys.set(!*keys)} />
                        { words::KEYS_ON }<span class="note">{ words::KEYS }</span>
                    </label>
                </div>
                <Export client={client.clone()} looking={looking.clone()} />
                if !looking.accepted.is_empty() {
                    <div class="bar">
                        <p role="status">{ words::accepted_count(looking.accepted.len()) }</p>
                        <button type="button" onclick={on_accepted}>{ words::DOWNLOAD_ACCEPTED }</button>
                    </div>
                }
            }
            <section ref={list} {onkeydown} aria-label={words::FINDINGS}>
                if !act.is_empty() {
                    <h2>{ words::FINDINGS }</h2>
                    <ul class="findings">{ for act.iter().map(card) }</ul>
                }
                if !review.is_empty() {
                    <h2>{ words::TO_REVIEW }</h2>
                    <p class="note">{ words::TO_REVIEW_WHY }</p>
                    <ul class="findings">{ for review.iter().map(card) }</ul>
                }
                if matched == 0 && looking.filter.is_set() {
                    <p class="explained">{ words::NOTHING_PASSES }</p>
                }
            </section>
            if matched > PAGE {
                <Pager {from} shown={findings.len()} {matched} turn={turn.clone()} />
            }
            { spots(&summary.blind_spots, summary.blind, named) }
        </>
    }
}

/// `n`, `p` and `/`, unless somebody is typing or has turned them off.
#[hook]
fn use_keys(on: bool, search: NodeRef, step: Callback<bool>) {
    let latest = use_mut_ref(|| step.clone());
    latest.replace(step);
    use_effect_with(on, move |on| {
        let document = web_sys::window().and_then(|window| window.document()).filter(|_| *on);
        let listener = document.map(|document| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                let typing = event
                    .target()
                    .and_then(|target| target.dyn_into::<Element>().ok())
                    .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
                if typing || event.ctrl_key() || event.alt_key() || event.meta_key() {
                    return;
                }
                match event.key().as_str() {
                    "/" => focus(search.cast()),
                    "n" => latest.borrow().emit(true),
                    "p" => latest.borrow().emit(false),
                    _ => return,
                }
                event.prevent_default();
            })
        });
        move || drop(listener)
    });
}

#[derive(Properties, PartialEq)]
struct FiltersProps {
    summary: Rc<Summary>,
    filter: Filter,
    matched: usize,
    turn: UseReducerDispatcher<Looking>,
    search: NodeRef,
}

/// The search field, a button for each severity that occurs, and what else there is to choose by.
#[component]
fn Filters(props: &FiltersProps) -> Html {
    let FiltersProps { summary, filter, turn, .. } = props;
    let change = {
        let turn = turn.clone();
        Callback::from(move |filter: Filter| turn.dispatch(Turn::Filter(filter)))
    };
    let oninput = {
        let (change, filter) = (change.clone(), filter.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(Filter { query: field.value(), ..filter.clone() });
            }
        })
    };
    let toggles = Severity::ALL.into_iter().filter(|&severity| summary.counts.count(severity) > 0).map(|severity| {
        let mut next = filter.clone();
        let shown = !next.hidden.remove(&severity);
        if shown {
            next.hidden.insert(severity);
        }
        let onclick = change.reform(move |_: MouseEvent| next.clone());
        html! {
            <button type="button" class={classes!("toggle", severity.word())} aria-pressed={shown.to_string()} {onclick}>
                <SeverityIcon {severity} />{ words::toggle(severity, summary.counts.count(severity)) }
            </button>
        }
    });
    let facets = &summary.facets;
    let words_of = |list: &[(String, usize)]| -> Vec<(String, String)> {
        list.iter().map(|(id, count)| (id.clone(), words::choice(id, *count))).collect()
    };
    let confidences: Vec<(String, String)> = facets
        .confidences
        .iter()
        .map(|(confidence, count)| (confidence.word().to_owned(), words::choice(confidence.word(), *count)))
        .collect();
    let inputs: Vec<(String, String)> = facets
        .inputs
        .iter()
        .filter_map(|(index, count)| {
            let (_, input) = summary.inputs.get(*index)?;
            Some((index.to_string(), words::choice(&show::visible(&input.name, false), *count)))
        })
        .collect();
    let on_confidence = {
        let filter = filter.clone();
        change.reform(move |word: String| {
            let all = [Confidence::Certain, Confidence::Likely, Confidence::Possible];
            Filter { confidence: all.into_iter().find(|confidence| confidence.word() == word), ..filter.clone() }
        })
    };
    let on_kind = {
        let filter = filter.clone();
        change.reform(move |kind: String| Filter { kind: Some(kind).filter(|kind| !kind.is_empty()), ..filter.clone() })
    };
    let on_rule = {
        let filter = filter.clone();
        change.reform(move |rule: String| Filter { rule: Some(rule).filter(|rule| !rule.is_empty()), ..filter.clone() })
    };
    let on_input = {
        let filter = filter.clone();
        change.reform(move |input: String| Filter { input: input.parse().ok(), ..filter.clone() })
    };
    let everything = change.reform(|_: MouseEvent| Filter::default());
    let all = Severity::ALL.into_iter().map(|severity| summary.counts.count(severity)).sum();
    html! {
        <div class="filter" role="search" aria-label={words::FILTER}>
            <label for="search">{ words::SEARCH_FINDINGS }</label>
            <input
                id="search" type="search" autocomplete="off" spellcheck="false" placeholder={words::SEARCH_HINT}
                ref={props.search.clone()} value={filter.query.clone()} {oninput}
            />
            <div class="toggles">{ for toggles }</div>
            <div class="choices">
                <Choice id="by-confidence" label={words::CONFIDENCE} options={confidences} on_choose={on_confidence}
                    chosen={filter.confidence.map(|confidence| confidence.word().to_owned()).unwrap_or_default()} />
                <Choice id="by-kind" label={words::KIND} options={words_of(&facets.kinds)} on_choose={on_kind}
                    chosen={filter.kind.clone().unwrap_or_default()} />
                <Choice id="by-rule" label={words::RULE} options={words_of(&facets.rules)} on_choose={on_rule}
                    chosen={filter.rule.clone().unwrap_or_default()} />
                <Choice id="by-input" label={words::INPUT} options={inputs} on_choose={on_input}
                    chosen={filter.input.map(|index| index.to_string()).unwrap_or_default()} />
            </div>
            <p role="status" class="note">
                if filter.is_set() {
                    { words::shown_of(props.matched, all) }{ " " }
                    <button type="button" class="link" onclick={everything}>{ words::SHOW_EVERYTHING }</button>
                }
            </p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ChoiceProps {
    id: &'static str,
    label: &'static str,
    /// Value and words.
    options: Vec<(String, String)>,
    chosen: String,
    on_choose: Callback<String>,
}

/// One choice of the filter. Not there where there is nothing to choose.
#[component]
fn Choice(props: &ChoiceProps) -> Html {
    let ChoiceProps { id, label, options, chosen, on_choose } = props;
    if options.len() < 2 && chosen.is_empty() {
        return Html::default();
    }
    let onchange = {
        let on_choose = on_choose.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<HtmlSelectElement>() {
                on_choose.emit(field.value());
            }
        })
    };
    html! {
        <div class="choice">
            <label for={*id}>{ *label }</label>
            <select id={*id} {onchange}>
                <option value="" selected={chosen.is_empty()}>{ words::ALL }</option>
                { for options.iter().map(|(value, text)| html! {
                    <option value={value.clone()} selected={value == chosen}>{ text }</option>
                }) }
            </select>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ExportProps {
    client: Client,
    looking: Rc<Looking>,
}

/// What is shown, as a file or in the clipboard.
#[component]
fn Export(props: &ExportProps) -> Html {
    let format = use_state(|| Format::Markdown);
    let said = use_state(|| "");
    let onchange = {
        let (format, said) = (format.clone(), said.clone());
        Callback::from(move |event: Event| {
            let value = event.target_dyn_into::<HtmlSelectElement>().map(|field| field.value());
            if let Some(chosen) =
                Format::ALL.into_iter().find(|format| Some(words::format(*format)) == value.as_deref())
            {
                format.set(chosen);
                said.set("");
            }
        })
    };
    let ask = {
        let (client, looking, format) = (props.client.clone(), props.looking.clone(), *format);
        Callback::from(move |then: Callback<FileTold>| {
            let ask = Ask::Export { format, filter: looking.filter.clone(), look: looking.rows(SheetId::Tokens) };
            client.ask(
                &ask,
                Callback::from(move |told| {
                    if let Told::File(file) = told {
                        then.emit(file);
                    }
                }),
            );
        })
    };
    let on_download = {
        let said = said.clone();
        ask.reform(move |_: MouseEvent| {
            let said = said.clone();
            Callback::from(move |file: FileTold| {
                download(&file);
                said.set(words::SAVED);
            })
        })
    };
    let on_copy = {
        let said = said.clone();
        ask.reform(move |_: MouseEvent| {
            let said = said.clone();
            Callback::from(move |file: FileTold| {
                let said = said.clone();
                copy(file.text, Callback::from(move |written| said.set(copied(written))));
            })
        })
    };
    html! {
        <div class="bar export">
            <label for="format">{ words::EXPORT }</label>
            <select id="format" {onchange}>
                { for Format::ALL.into_iter().map(|each| html! {
                    <option selected={each == *format}>{ words::format(each) }</option>
                }) }
            </select>
            <button type="button" onclick={on_download}>{ words::DOWNLOAD }</button>
            <button type="button" onclick={on_copy}>{ words::COPY }</button>
            <p role="status" class="note">{ *said }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PagerProps {
    from: usize,
    shown: usize,
    matched: usize,
    turn: UseReducerDispatcher<Looking>,
}

/// Goes through a long list part by part.
#[component]
fn Pager(props: &PagerProps) -> Html {
    let PagerProps { from, shown, matched, turn } = props;
    let to = |from: usize| {
        let turn = turn.clone();
        Callback::from(move |_: MouseEvent| turn.dispatch(Turn::From(from)))
    };
    html! {
        <nav class="bar" aria-label={words::PARTS}>
            <button type="button" disabled={*from == 0} onclick={to(from.saturating_sub(PAGE))}>{ words::PART_BEFORE }</button>
            <p role="status">{ words::part_of(*from, *shown, *matched) }</p>
            <button type="button" disabled={from + shown >= *matched} onclick={to(from + PAGE)}>{ words::PART_BEHIND }</button>
        </nav>
    }
}

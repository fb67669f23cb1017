//! The right side of the page: the verdict, and a tab for each way to look at what was read.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::Element;
use yew::prelude::*;

use super::desk::FileButton;
use super::focus;
use super::graph::AllowlistGraph;
use super::grid::SheetView;
use super::hits::Hits;
use crate::report::{Severity, verdict};
use crate::web::client::Client;
use crate::web::state::{Item, Looking, Turn};
use crate::web::talk::{SheetId, Summary};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct ReportProps {
    pub(crate) client: Client,
    pub(crate) summary: Rc<Summary>,
    /// Grows with every summary.
    pub(crate) version: u32,
    /// Was it judged by the sample's own day?
    pub(crate) sample: bool,
    pub(crate) looking: Rc<Looking>,
    pub(crate) turn: UseReducerDispatcher<Looking>,
    /// The earlier export that was chosen.
    pub(crate) earlier: Option<Item>,
    pub(crate) on_earlier: Callback<Option<web_sys::File>>,
}

/// The tabs, in their order; `None` is the findings.
fn tabs() -> impl Iterator<Item = Option<SheetId>> {
    std::iter::once(None).chain(SheetId::ALL.map(Some))
}

#[component]
pub(crate) fn Report(props: &ReportProps) -> Html {
    let ReportProps { client, summary, version, looking, turn, .. } = props;
    let list = use_node_ref();
    let on_find = {
        let (turn, filter) = (turn.clone(), looking.filter.clone());
        Callback::from(move |query: String| {
            turn.dispatch(Turn::Filter(crate::web::talk::Filter { query, ..filter.clone() }));
            turn.dispatch(Turn::Tab(None));
        })
    };
    let buttons = tabs().map(|tab| {
        let (title, count) = match tab {
            None => (words::FINDINGS, Some(total(summary))),
            Some(sheet) => {
                let rows = summary.sheets.iter().find(|(id, _)| *id == sheet).map(|(_, rows)| *rows);
                (words::sheet(sheet).0, rows.filter(|_| sheet != SheetId::HeatMap))
            }
        };
        let turn = turn.clone();
        let chosen = looking.tab == tab;
        html! {
            <button
                type="button" role="tab" id={tab_id(tab)} aria-selected={chosen.to_string()} aria-controls="panel"
                tabindex={if chosen { "0" } else { "-1" }} onclick={move |_| turn.dispatch(Turn::Tab(tab))}
            >{ words::tab(title, count) }</button>
        }
    });
    let onkeydown = {
        let (list, turn, at) = (list.clone(), turn.clone(), looking.tab);
        Callback::from(move |event: KeyboardEvent| move_tab(&list, &turn, at, &event))
    };
    html! {
        <>
            <Verdict summary={summary.clone()} sample={props.sample} />
            <div role="tablist" aria-label={words::REPORT} class="tabs" ref={list} {onkeydown}>{ for buttons }</div>
            <div role="tabpanel" id="panel" aria-labelledby={tab_id(looking.tab)}>
                {
                    match looking.tab {
                        None => html! {
                            <Hits client={client.clone()} summary={summary.clone()} version={*version} looking={looking.clone()} turn={turn.clone()} />
                        },
                        Some(sheet) => html! {
                            <>
                                if sheet == SheetId::Compare {
                                    <Earlier summary={summary.clone()} item={props.earlier.clone()} on_earlier={props.on_earlier.clone()} />
                                }
                                if sheet == SheetId::Allowlist {
                                    <AllowlistGraph client={client.clone()} version={*version} />
                                }
                                <SheetView
                                    key={words::sheet_file(sheet)} client={client.clone()} {sheet} version={*version}
                                    look={looking.rows(sheet)} turn={turn.clone()} {on_find}
                                />
                            </>
                        },
                    }
                }
            </div>
        </>
    }
}

fn tab_id(tab: Option<SheetId>) -> String {
    format!("tab-{}", tab.map_or("findings", words::sheet_file))
}

/// All findings together.
fn total(summary: &Summary) -> usize {
    Severity::ALL.into_iter().map(|severity| summary.counts.count(severity)).sum()
}

/// Left, Right, Home and End go from tab to tab.
fn move_tab(list: &NodeRef, turn: &UseReducerDispatcher<Looking>, at: Option<SheetId>, event: &KeyboardEvent) {
    let at = tabs().position(|tab| tab == at).unwrap_or(0);
    let last = SheetId::ALL.len();
    let to = match event.key().as_str() {
        "ArrowRight" => {
            if at == last {
                0
            } else {
                at + 1
            }
        }
        "ArrowLeft" => {
            if at == 0 {
                last
            } else {
                at - 1
            }
        }
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    let Some(tab) = tabs().nth(to) else { return };
    turn.dispatch(Turn::Tab(tab));
    let button = list.cast::<Element>().and_then(|list| list.query_selector_all("[role=tab]").ok());
    focus(button.and_then(|buttons| buttons.item(u32::try_from(to).ok()?)?.dyn_into().ok()));
}

#[derive(Properties, PartialEq)]
struct VerdictProps {
    summary: Rc<Summary>,
    sample: bool,
}

#[component]
fn Verdict(props: &VerdictProps) -> Html {
    let summary = &props.summary;
    let counts = Severity::ALL.map(|severity| (severity, summary.counts.count(severity)));
    let verdict = verdict(&counts, summary.blind);
    html! {
        <div class="verdict">
            <p role="status" class="words">{ verdict.as_str() }</p>
            <p class="note">
                { words::as_of(&summary.today.in_words(), props.sample) }
                if !summary.finished {
                    { " " }{ words::SO_FAR }
                }
            </p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct EarlierProps {
    summary: Rc<Summary>,
    item: Option<Item>,
    on_earlier: Callback<Option<web_sys::File>>,
}

/// Chooses the export to compare with, and says which one it is.
#[component]
fn Earlier(props: &EarlierProps) -> Html {
    let on_files = props.on_earlier.reform(|files: web_sys::FileList| files.item(0));
    let state = match (&props.item, &props.summary.earlier) {
        (None, _) => Html::default(),
        (Some(_), Some(Ok(name))) => html! { <>{ words::COMPARED_WITH }{ " " }<bdi>{ name }</bdi></> },
        (Some(_), Some(Err(why))) => html! { <bdi>{ why }</bdi> },
        (Some(_), None) => html! { { words::CHECKING } },
    };
    html! {
        <div class="earlier">
            <FileButton label={words::CHOOSE_EARLIER} {on_files} />
            if props.item.is_some() {
                <button type="button" onclick={props.on_earlier.reform(|_: MouseEvent| None)}>{ words::REMOVE_EARLIER }</button>
            }
            <p role="status">{ state }</p>
        </div>
    }
}

//! A table of any length: only the rows in view are in the document, and the worker gives them as they are scrolled to.
//!
//! Its parts say their roles, since a browser's own table cannot leave rows out: `aria-rowcount` says how many there are,
//! `aria-rowindex` which one each is. The focus stays on the table while the keys move its current row, so that a row that
//! is scrolled away takes nothing with it.

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::chart::ChartView;
use super::finding::Steps;
use super::focus;
use super::icon::SeverityIcon;
use super::save::download;
use super::text::Shown as Sentence;
use crate::report::chart::charts;
use crate::web::client::{Client, use_told};
use crate::web::show::{Tone, visible};
use crate::web::state::{Looking, Turn, sorted_by};
use crate::web::talk::{Ask, Cell, Detail, RowLook, RowTold, RowsTold, SheetId, Told};
use crate::web::virtual_list::{self, BLOCK, WINDOW};
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct SheetViewProps {
    pub(crate) client: Client,
    pub(crate) sheet: SheetId,
    pub(crate) version: u32,
    pub(crate) look: RowLook,
    pub(crate) turn: UseReducerDispatcher<Looking>,
    /// Shows the findings that a search finds.
    pub(crate) on_find: Callback<String>,
}

/// A table with its search field and the details of the chosen row.
#[component]
pub(crate) fn SheetView(props: &SheetViewProps) -> Html {
    let SheetViewProps { client, sheet, version, look, turn, on_find } = props;
    let sheet = *sheet;
    let scroll = use_state(|| (0.0, 0.0));
    let at = use_state(|| None::<usize>);
    let chosen = use_state(|| None::<u32>);
    let scroller = use_node_ref();
    let rows_told = use_mut_ref(|| 0_usize);
    let from = virtual_list::first(scroll.0, scroll.1, *rows_told.borrow());
    let from = (from / BLOCK * BLOCK).saturating_sub(BLOCK);
    let told = use_told(client, Some(Ask::Rows { sheet, look: look.clone(), from, count: WINDOW }), *version);
    let drawn = matches!(sheet, SheetId::Expiry | SheetId::HeatMap);
    let figures = use_told(client, drawn.then_some(Ask::Figures), *version);
    let detail = use_told(client, chosen.map(|row| Ask::Detail { sheet, row }), *version);
    let told = told.filter(|told| matches!(&**told, Told::Rows(rows) if rows.sheet == sheet)).map(Rows);
    let rows = told.as_ref().map(Rows::told);
    rows_told.replace(rows.map_or(0, |rows| rows.matched));
    {
        // Another filter, order or report begins at the top.
        let (scroller, at, chosen) = (scroller.clone(), at.clone(), chosen.clone());
        use_effect_with((look.clone(), *version), move |_| {
            if let Some(element) = scroller.cast::<Element>() {
                element.set_scroll_top(0);
            }
            at.set(None);
            chosen.set(None);
        });
    }
    let search = {
        let (turn, look) = (turn.clone(), look.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                turn.dispatch(Turn::Rows(sheet, RowLook { query: field.value(), ..look.clone() }));
            }
        })
    };
    let on_sort = {
        let (turn, look) = (turn.clone(), look.clone());
        Callback::from(move |column: usize| turn.dispatch(Turn::Rows(sheet, sorted_by(&look, column))))
    };
    let on_csv = {
        let (client, look) = (client.clone(), look.clone());
        Callback::from(move |_: MouseEvent| {
            client.ask(
                &Ask::ExportRows { sheet, look: look.clone() },
                Callback::from(|told| {
                    if let Told::File(file) = told {
                        download(&file);
                    }
                }),
            );
        })
    };
    let on_close = {
        let (chosen, scroller) = (chosen.clone(), scroller.clone());
        Callback::from(move |()| {
            chosen.set(None);
            focus(scroller.cast());
        })
    };
    let (title, about) = words::sheet(sheet);
    let id = words::sheet_file(sheet);
    html! {
        <section class="sheet" aria-labelledby={format!("{id}-title")}>
            <h2 id={format!("{id}-title")}>{ title }</h2>
            <p class="note">{ about }</p>
            if let Some(Told::Figures(figures)) = figures.as_deref() {
                { for charts(figures).into_iter().filter(|chart| (chart.id == "scopes") == (sheet == SheetId::HeatMap)).map(|chart| html! {
                    <ChartView chart={Rc::new(chart)} />
                }) }
            }
            if rows.is_some_and(|rows| rows.total == 0) {
                <p class="explained">{ words::sheet_empty(sheet) }</p>
            } else if let Some((told, rows)) = told.as_ref().zip(rows) {
                <div class="bar">
                    <label for={format!("{id}-search")}>{ words::SEARCH_ROWS }</label>
                    <input
                        id={format!("{id}-search")} type="search" autocomplete="off" spellcheck="false"
                        value={look.query.clone()} oninput={search}
                    />
                    <p role="status">{ words::rows_of(rows.matched, rows.total) }</p>
                    <button type="button" onclick={on_csv}>{ words::DOWNLOAD_ROWS }</button>
                </div>
                <p class="note" id={format!("{id}-keys")}>{ words::TABLE_KEYS }</p>
                if !sheet.formats().is_empty() {
                    <PlanExport client={client.clone()} {sheet} />
                }
                <Grid {id} {title} told={told.clone()} look={look.clone()} {scroller} {scroll} {at} chosen={chosen.clone()} {on_sort} />
            }
            if let Some(Told::Detail(detail)) = detail.as_deref() {
                if chosen.is_some() {
                    <DetailView detail={Rc::new(detail.clone())} on_find={on_find.clone()} {on_close} />
                }
            }
        </section>
    }
}

/// Rows as the worker told them. The same ones are equal without being looked at: most steps of scrolling change nothing else.
#[derive(Clone)]
struct Rows(Rc<Told>);

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Rows {
    fn told(&self) -> &RowsTold {
        static NONE: RowsTold =
            RowsTold { sheet: SheetId::Tokens, columns: Vec::new(), total: 0, matched: 0, from: 0, rows: Vec::new() };
        match &*self.0 {
            Told::Rows(rows) => rows,
            _ => &NONE,
        }
    }
}

#[derive(Properties, PartialEq)]
struct GridProps {
    id: &'static str,
    title: &'static str,
    told: Rows,
    look: RowLook,
    scroller: NodeRef,
    /// How far it is scrolled, and how high it is, pixels.
    scroll: UseStateHandle<(f64, f64)>,
    /// The current row's place in the order.
    at: UseStateHandle<Option<usize>>,
    /// The row whose details are shown, by its own number.
    chosen: UseStateHandle<Option<u32>>,
    on_sort: Callback<usize>,
}

#[component]
fn Grid(props: &GridProps) -> Html {
    let GridProps { id, title, told, look, scroller, scroll, at, chosen, on_sort } = props;
    let RowsTold { columns, matched, from, rows, .. } = told.told();
    let (matched, from) = (*matched, *from);
    let (body, shown) = (use_node_ref(), use_node_ref());
    {
        let (scroller, scroll) = (scroller.clone(), scroll.clone());
        use_effect_with(matched, move |&matched| {
            let element = scroller.cast::<Element>();
            let last = std::cell::Cell::new(None);
            let measure = {
                let (element, scroll) = (element.clone(), scroll.clone());
                move || {
                    if let Some(element) = &element {
                        let now = (f64::from(element.scroll_top()), f64::from(element.client_height()));
                        let block = virtual_list::first(now.0, now.1, matched) / BLOCK;
                        if last.replace(Some(block)) != Some(block) || virtual_list::is_squeezed(matched) {
                            scroll.set(now);
                        }
                    }
                }
            };
            measure();
            let listener = element.map(|element| EventListener::new(&element, "scroll", move |_| measure()));
            move || drop(listener)
        });
    }
    {
        // The policy of the page drops `style` attributes, so lengths are set on the elements.
        let (body, shown) = (body.clone(), shown.clone());
        let top = virtual_list::top(from, scroll.0, scroll.1, matched);
        use_effect_with((matched, top), move |(matched, top)| {
            style(&body, "height", &format!("{}px", virtual_list::height(*matched)));
            style(&shown, "transform", &format!("translateY({top}px)"));
        });
    }
    let onkeydown = {
        let (scroller, at, chosen, rows) = (scroller.clone(), at.clone(), chosen.clone(), told.clone());
        Callback::from(move |event: KeyboardEvent| {
            // A key on a column's button is the button's.
            let own = event
                .target_dyn_into::<Element>()
                .is_some_and(|target| Some(&target) == scroller.cast::<Element>().as_ref());
            if !own || event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            if event.key() == "Enter" {
                event.prevent_default();
                let row = at.and_then(|at| rows.told().rows.get(at.checked_sub(from)?));
                chosen.set(row.map(|row| row.row));
                return;
            }
            let Some(element) = scroller.cast::<Element>() else { return };
            let view = f64::from(element.client_height());
            let Some(to) = virtual_list::step(&event.key(), *at, matched, view) else { return };
            event.prevent_default();
            at.set(Some(to));
            element.set_scroll_top(virtual_list::seen(to, f64::from(element.scroll_top()), view, matched) as i32);
        })
    };
    let head = columns.iter().enumerate().map(|(column, title)| {
        let sort = match look.sort {
            Some((at, false)) if at == column => "ascending",
            Some((at, true)) if at == column => "descending",
            _ => "none",
        };
        let onclick = on_sort.reform(move |_: MouseEvent| column);
        html! {
            <div role="columnheader" aria-sort={sort}>
                <button type="button" class={classes!("sort", sort)} {onclick}>{ title }</button>
            </div>
        }
    });
    let on_choose = {
        let (at, chosen) = (at.clone(), chosen.clone());
        // The same callback for as long as the table is there, so that the rows need not be drawn again for it.
        use_callback((), move |(place, number): (usize, u32), ()| {
            at.set(Some(place));
            chosen.set(Some(number));
        })
    };
    let active = at.filter(|at| (from..from + rows.len()).contains(at)).map(|at| format!("{id}-row-{at}"));
    html! {
        <>
        <div
            class={classes!("grid", format!("cols-{id}"))} role="grid" tabindex="0" ref={scroller.clone()} {onkeydown}
            aria-label={*title} aria-describedby={format!("{id}-keys")} aria-rowcount={(matched + 1).to_string()}
            aria-colcount={columns.len().to_string()} aria-activedescendant={active}
        >
            <div role="rowgroup" class="head"><div role="row" aria-rowindex="1" class="row">{ for head }</div></div>
            <div role="rowgroup" class="body" ref={body}>
                <div role="presentation" class="shown" ref={shown}><Shown {id} told={told.clone()} at={**at} {on_choose} /></div>
            </div>
        </div>
        <p role="status" class="note">{ at.map(|at| words::row_at(at, matched)).unwrap_or_default() }</p>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ShownProps {
    id: &'static str,
    told: Rows,
    /// The current row's place in the order.
    at: Option<usize>,
    on_choose: Callback<(usize, u32)>,
}

/// The rows in and near the view.
#[component]
fn Shown(props: &ShownProps) -> Html {
    let ShownProps { id, told, at, on_choose } = props;
    let RowsTold { from, rows, .. } = told.told();
    let row = |(index, row): (usize, &RowTold)| {
        let place = from + index;
        let current = *at == Some(place);
        let number = row.row;
        html! {
            <div
                role="row" key={number} id={format!("{id}-row-{place}")} aria-rowindex={(place + 2).to_string()}
                aria-selected={current.to_string()} class="row" onclick={on_choose.reform(move |_: MouseEvent| (place, number))}
            >
                { for row.cells.iter().map(|cell| html! { <div role="gridcell">{ show(cell) }</div> }) }
            </div>
        }
    };
    html! { <>{ for rows.iter().enumerate().map(row) }</> }
}

fn style(element: &NodeRef, property: &str, value: &str) {
    if let Some(element) = element.cast::<HtmlElement>() {
        let _ = element.style().set_property(property, value);
    }
}

fn show(cell: &Cell) -> Html {
    let class = match cell.tone {
        Tone::Plain => "",
        Tone::Subtle => "subtle",
        Tone::Warning => "warning",
        Tone::Danger => "danger",
    };
    html! {
        <>
            if let Some(severity) = cell.severity {
                <SeverityIcon {severity} />{ " " }
            }
            if cell.text.contains('`') {
                <span {class}><Sentence text={cell.text.clone()} /></span>
            } else if !cell.text.is_empty() {
                <bdi {class}>{ &cell.text }</bdi>
            }
            { for cell.codes.iter().map(|code| html! { <><code><bdi>{ code }</bdi></code>{ " " }</> }) }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct PlanExportProps {
    client: Client,
    sheet: SheetId,
}

/// The whole plan as a file.
#[component]
fn PlanExport(props: &PlanExportProps) -> Html {
    let PlanExportProps { client, sheet } = props;
    let sheet = *sheet;
    let select = use_node_ref();
    let onclick = {
        let (client, select) = (client.clone(), select.clone());
        Callback::from(move |_: MouseEvent| {
            let value = select.cast::<HtmlSelectElement>().map(|select| select.value());
            let mut formats = sheet.formats().iter().copied();
            let Some(format) = formats.find(|format| Some(words::plan_format(*format)) == value.as_deref()) else {
                return;
            };
            client.ask(
                &Ask::ExportPlan { sheet, format },
                Callback::from(|told| {
                    if let Told::File(file) = told {
                        download(&file);
                    }
                }),
            );
        })
    };
    let id = format!("{}-format", words::sheet_file(sheet));
    html! {
        <div class="bar">
            <label for={id.clone()}>{ words::WHOLE_PLAN }</label>
            <select {id} ref={select}>
                { for sheet.formats().iter().enumerate().map(|(index, format)| html! {
                    <option selected={index == 0}>{ words::plan_format(*format) }</option>
                }) }
            </select>
            <button type="button" {onclick}>{ words::DOWNLOAD }</button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct DetailViewProps {
    detail: Rc<Detail>,
    on_find: Callback<String>,
    on_close: Callback<()>,
}

/// A row in full.
#[component]
fn DetailView(props: &DetailViewProps) -> Html {
    let DetailViewProps { detail, on_find, on_close } = props;
    let heading = use_node_ref();
    {
        let heading = heading.clone();
        use_effect_with(detail.clone(), move |_| focus(heading.cast()));
    }
    let onkeydown = {
        let on_close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                on_close.emit(());
            }
        })
    };
    html! {
        <div class="explained detail" {onkeydown}>
            <h3 tabindex="-1" ref={heading}><bdi>{ visible(&detail.title, false) }</bdi></h3>
            <dl>
                { for detail.facts.iter().map(|(label, cell)| html! { <><dt>{ label }</dt><dd>{ show(cell) }</dd></> }) }
            </dl>
            if !detail.steps.is_empty() {
                <Steps advice={detail.steps.clone()} />
            }
            <div class="buttons">
                if let Some(find) = detail.find.clone() {
                    <button type="button" onclick={on_find.reform(move |_: MouseEvent| find.clone())}>{ words::SHOW_FINDINGS }</button>
                }
                <button type="button" onclick={on_close.reform(|_: MouseEvent| ())}>{ words::CLOSE }</button>
            </div>
        </div>
    }
}

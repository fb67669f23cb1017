//! The web page: paste, drop or choose texts, and read the report. Nothing leaves it.

use std::rc::Rc;

use gloo_file::FileList;
use gloo_file::futures::read_as_bytes;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::context::Context;
use crate::input::Kind;
use crate::report::json::{InputV1, ReportV1};
use crate::web::answer::Analysis;
use crate::web::components::{Results, Shown, focus, today};
use crate::web::show;
use crate::web::state::{Desk, Step};
use crate::web::words;

/// How long after the last key the text is checked, milliseconds.
const DEBOUNCE: u32 = 200;

impl Reducible for Desk {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        Rc::new(self.after(step))
    }
}

/// A report, and whether it was judged by the sample's own day.
type Checked = Option<(Rc<Analysis>, bool)>;

#[component]
pub(crate) fn Page() -> Html {
    let desk = use_reducer(Desk::default);
    let checked = use_state(|| Checked::None);
    let notice = use_state(AttrValue::default);
    let paste = use_node_ref();
    {
        let (desk, checked) = (desk.clone(), checked.clone());
        use_effect_with(desk.revision, move |_| {
            let wait = if desk.is_empty() { 0 } else { DEBOUNCE };
            let timeout = Timeout::new(wait, move || checked.set(check(&desk)));
            move || drop(timeout)
        });
    }
    let add = {
        let (desk, notice) = (desk.dispatcher(), notice.clone());
        Callback::from(move |files: FileList| {
            let (desk, notice) = (desk.clone(), notice.clone());
            spawn_local(async move {
                let (mut read, mut failed) = (Vec::new(), Vec::new());
                for file in files.iter() {
                    match read_as_bytes(file).await {
                        Ok(bytes) => read.push((file.name(), bytes)),
                        Err(_) => failed.push(show::visible(&file.name(), false)),
                    }
                }
                desk.dispatch(Step::Files(read));
                notice.set(if failed.is_empty() {
                    AttrValue::default()
                } else {
                    format!("{} {}", words::FILE_UNREADABLE, failed.join(", ")).into()
                });
            });
        })
    };
    let on_clear = {
        let (desk, notice, paste) = (desk.dispatcher(), notice.clone(), paste.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = paste.cast::<HtmlTextAreaElement>() {
                field.set_value("");
            }
            desk.dispatch(Step::Clear);
            notice.set(words::CLEARED.into());
            focus(paste.cast());
        })
    };
    let on_sample = {
        let (desk, notice) = (desk.dispatcher(), notice.clone());
        Callback::from(move |_: MouseEvent| {
            desk.dispatch(Step::Sample);
            notice.set(AttrValue::default());
        })
    };
    let on_paste = {
        let (desk, notice) = (desk.dispatcher(), notice.clone());
        Callback::from(move |text: String| {
            desk.dispatch(Step::Paste(text));
            notice.set(AttrValue::default());
        })
    };
    html! {
        <>
            <header class="top">
                <h1>{ words::PRODUCT }</h1>
                <p class="whose">{ words::PAGE_TITLE }</p>
            </header>
            <main>
                <p>{ words::PAGE_INTRO }</p>
                <section aria-labelledby="desk-title" class="desk">
                    <h2 id="desk-title">{ words::WHAT_TO_CHECK }</h2>
                    <PasteBox field={paste} {on_paste} />
                    <DropZone on_files={add} />
                    <div class="buttons">
                        <button type="button" onclick={on_sample}>{ words::SAMPLE }</button>
                        <button type="button" onclick={on_clear} disabled={desk.is_empty() && notice.is_empty()}>{ words::CLEAR }</button>
                    </div>
                    <p role="status" class="note">{ (*notice).clone() }</p>
                    if let Some((analysis, _)) = &*checked {
                        <Inputs report={analysis.clone()} places={desk.places()} dispatch={desk.dispatcher()} />
                    }
                </section>
                <div class="report">
                    if let Some((analysis, sample)) = &*checked {
                        <Results analysis={analysis.clone()} sample={*sample} />
                    } else {
                        <p role="status" class="explained"><Shown text={words::EMPTY} /></p>
                    }
                </div>
            </main>
            <footer class="note">{ words::PROMISE }{ " " }{ words::NOT_AFFILIATED }</footer>
        </>
    }
}

fn check(desk: &Desk) -> Checked {
    if desk.is_empty() {
        return None;
    }
    let report = crate::audit(desk.inputs(), &Context::new(desk.today(today())));
    Some((Rc::new(Analysis::new(&report)), desk.sample))
}

#[derive(Properties, PartialEq)]
struct PasteBoxProps {
    field: NodeRef,
    on_paste: Callback<String>,
}

/// The paste box. The browser keeps the text; we read it when it changes.
#[component]
fn PasteBox(props: &PasteBoxProps) -> Html {
    let oninput = {
        let on_paste = props.on_paste.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_paste.emit(field.value());
            }
        })
    };
    html! {
        <div class="paste">
            <label for="paste">{ words::PASTE_LABEL }</label>
            <textarea
                id="paste" ref={props.field.clone()} {oninput} rows="8" aria-describedby="paste-hint"
                autocomplete="off" autocorrect="off" autocapitalize="off" spellcheck="false" translate="no"
            />
            <p id="paste-hint" class="note">{ words::PASTE_HINT }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct DropZoneProps {
    on_files: Callback<FileList>,
}

/// Drop zone and file button: the same files by either way.
#[component]
fn DropZone(props: &DropZoneProps) -> Html {
    let over = use_state(|| false);
    let input = use_node_ref();
    let ondragover = {
        let over = over.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(true);
        })
    };
    let ondragleave = {
        let over = over.clone();
        Callback::from(move |_: DragEvent| over.set(false))
    };
    let ondrop = {
        let (over, on_files) = (over.clone(), props.on_files.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            if let Some(files) = event.data_transfer().and_then(|transfer| transfer.files()) {
                on_files.emit(FileList::from(files));
            }
        })
    };
    let onchange = {
        let on_files = props.on_files.clone();
        Callback::from(move |event: Event| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
            if let Some(files) = field.files() {
                on_files.emit(FileList::from(files));
            }
        })
    };
    let onclick = {
        let input = input.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = input.cast::<HtmlInputElement>() {
                // Empty, so that choosing the same file again is a change.
                field.set_value("");
                if let Some(element) = input.cast::<HtmlElement>() {
                    element.click();
                }
            }
        })
    };
    html! {
        <div class={classes!("drop", over.then_some("over"))} {ondragover} {ondragleave} {ondrop}>
            <span>{ words::DROP }</span>
            <button type="button" {onclick}>{ words::CHOOSE }</button>
            <input ref={input} type="file" multiple=true hidden=true aria-label={words::CHOOSE} {onchange} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct InputsProps {
    report: Rc<Analysis>,
    /// Which item each input is, and what the user said it is.
    places: Vec<(Option<u32>, Option<Kind>)>,
    dispatch: UseReducerDispatcher<Desk>,
}

/// What was given, as what it was read, and how to correct that.
#[component]
fn Inputs(props: &InputsProps) -> Html {
    let report: &ReportV1 = &props.report.report;
    // Between a change and its check the two lists differ in length; the rows that both have are right.
    let rows = report.inputs.iter().zip(&props.places).map(|(input, &(item, kind))| {
        let id = item.map_or_else(|| "kind-paste".to_owned(), |item| format!("kind-{item}"));
        html! {
            <li key={id.clone()}>
                { facts(input) }
                <KindChoice {id} detected={input.kind} chosen={kind} on_choose={
                    let dispatch = props.dispatch.clone();
                    Callback::from(move |kind| dispatch.dispatch(Step::Kind(item, kind)))
                } />
                if let Some(item) = item {
                    <button type="button" aria-label={format!("{} {}", words::REMOVE, input.name)} onclick={
                        let dispatch = props.dispatch.clone();
                        Callback::from(move |_: MouseEvent| dispatch.dispatch(Step::Remove(item)))
                    }>{ words::REMOVE }</button>
                }
            </li>
        }
    });
    html! {
        <>
            <h3>{ words::INPUTS }</h3>
            <ul class="inputs">{ for rows }</ul>
        </>
    }
}

fn facts(input: &InputV1) -> Html {
    html! {
        <span class="name">
            <bdi>{ show::visible(&input.name, false) }</bdi>
            <span class="subtle">
                { ", " }{ words::count(input.lines, "line", "lines") }{ ", " }{ &input.format }
                if let Some(status) = words::status(input.status) {
                    { ", " }<strong>{ status }</strong>
                }
            </span>
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct KindChoiceProps {
    id: String,
    detected: Kind,
    chosen: Option<Kind>,
    on_choose: Callback<Option<Kind>>,
}

#[component]
fn KindChoice(props: &KindChoiceProps) -> Html {
    let onchange = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<HtmlSelectElement>() {
                on_choose.emit(Kind::parse(&field.value()));
            }
        })
    };
    let recognised = words::recognised(props.chosen.is_none().then_some(props.detected));
    html! {
        <>
            <label for={props.id.clone()}>{ words::READ_AS }</label>
            <select id={props.id.clone()} {onchange}>
                <option value="" selected={props.chosen.is_none()}>{ recognised }</option>
                { for Kind::ALL.into_iter().map(|kind| html! {
                    <option value={kind.word()} selected={props.chosen == Some(kind)}>{ words::kind(kind) }</option>
                }) }
            </select>
        </>
    }
}

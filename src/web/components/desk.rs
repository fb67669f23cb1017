//! The left side of the page: what to check.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{FileList, HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::input::{Kind, Status};
use crate::report::json::InputV1;
use crate::web::show;
use crate::web::state::{Desk, Item, Step};
use crate::web::talk::{Progress, Summary};
use crate::web::words;

/// A pasted text of more characters than this is kept as a file, not in the box: a text field of many megabytes stops the
/// whole page.
const LARGE: u32 = 1_000_000;

#[derive(Properties, PartialEq)]
pub(crate) struct PasteBoxProps {
    pub(crate) field: NodeRef,
    pub(crate) on_paste: Callback<js_sys::JsString>,
    pub(crate) on_large: Callback<js_sys::JsString>,
}

/// The paste box. The browser keeps the text; it goes to the worker when it changes.
#[component]
pub(crate) fn PasteBox(props: &PasteBoxProps) -> Html {
    let oninput = {
        let on_paste = props.on_paste.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_paste.emit(field.value().into());
            }
        })
    };
    let onpaste = {
        let on_large = props.on_large.clone();
        Callback::from(move |event: Event| {
            let Some(event) = event.dyn_ref::<web_sys::ClipboardEvent>() else { return };
            let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
            let Some(text) = text.map(js_sys::JsString::from).filter(|text| text.length() > LARGE) else { return };
            event.prevent_default();
            on_large.emit(text);
        })
    };
    html! {
        <div class="paste">
            <label for="paste">{ words::PASTE_LABEL }</label>
            <textarea
                id="paste" ref={props.field.clone()} {oninput} {onpaste} rows="8" aria-describedby="paste-hint"
                autocomplete="off" autocorrect="off" autocapitalize="off" spellcheck="false" translate="no"
            />
            <p id="paste-hint" class="note">{ words::PASTE_HINT }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct DropZoneProps {
    pub(crate) on_files: Callback<FileList>,
}

/// Drop zone and file button: the same files by either way.
#[component]
pub(crate) fn DropZone(props: &DropZoneProps) -> Html {
    let over = use_state(|| false);
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
                on_files.emit(files);
            }
        })
    };
    html! {
        <div class={classes!("drop", over.then_some("over"))} {ondragover} {ondragleave} {ondrop}>
            <span>{ words::DROP }</span>
            <FileButton label={words::CHOOSE} multiple=true on_files={props.on_files.clone()} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct FileButtonProps {
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) multiple: bool,
    pub(crate) on_files: Callback<FileList>,
}

/// A button that opens the browser's file dialog.
#[component]
pub(crate) fn FileButton(props: &FileButtonProps) -> Html {
    let input = use_node_ref();
    let onchange = {
        let on_files = props.on_files.clone();
        Callback::from(move |event: Event| {
            let files = event.target_dyn_into::<HtmlInputElement>().and_then(|field| field.files());
            if let Some(files) = files {
                on_files.emit(files);
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
        <>
            <button type="button" {onclick}>{ props.label.clone() }</button>
            <input ref={input} type="file" multiple={props.multiple} hidden=true aria-label={props.label.clone()} {onchange} />
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ReadingProps {
    pub(crate) progress: Progress,
    pub(crate) name: Option<AttrValue>,
    pub(crate) on_cancel: Callback<MouseEvent>,
}

/// How far the check is, and the button that stops it.
#[component]
pub(crate) fn Reading(props: &ReadingProps) -> Html {
    let Progress { done, total, .. } = props.progress;
    let text = words::progress(props.name.as_deref().unwrap_or_default(), done, total);
    html! {
        <div class="reading">
            <label for="progress">{ text }</label>
            <progress id="progress" value={done.to_string()} max={total.to_string()} />
            <button type="button" onclick={props.on_cancel.clone()}>{ words::CANCEL }</button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct InputsProps {
    pub(crate) summary: Option<Rc<Summary>>,
    pub(crate) items: Vec<Item>,
    /// Which of them stands in the paste box.
    pub(crate) pasted: Option<u32>,
    pub(crate) dispatch: UseReducerDispatcher<Desk>,
}

/// What was given, as what it was read, and how to correct that.
#[component]
pub(crate) fn Inputs(props: &InputsProps) -> Html {
    let known = |id: u32| {
        let inputs = props.summary.iter().flat_map(|summary| &summary.inputs);
        inputs.into_iter().find(|(known, _)| *known == id).map(|(_, input)| input)
    };
    let rows = props.items.iter().map(|item| {
        let pasted = props.pasted == Some(item.id);
        let id = if pasted { "kind-paste".to_owned() } else { format!("kind-{}", item.id) };
        let (number, dispatch) = (item.id, props.dispatch.clone());
        let input = known(number);
        html! {
            <li key={id.clone()} class={classes!(input.is_some().then_some("known"))}>
                { facts(item, input) }
                <KindChoice {id} detected={input.map(|input| input.kind)} chosen={item.kind} on_choose={
                    let dispatch = dispatch.clone();
                    Callback::from(move |kind| dispatch.dispatch(Step::Kind(number, kind)))
                } />
                if item.stopped {
                    <button type="button" aria-label={format!("{} {}", words::CHECK_AGAIN, item.name)} onclick={
                        let dispatch = dispatch.clone();
                        Callback::from(move |_: MouseEvent| dispatch.dispatch(Step::Again(number)))
                    }>{ words::CHECK_AGAIN }</button>
                }
                if !pasted {
                    <button type="button" aria-label={format!("{} {}", words::REMOVE, item.name)} onclick={
                        Callback::from(move |_: MouseEvent| dispatch.dispatch(Step::Remove(number)))
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

fn facts(item: &Item, input: Option<&InputV1>) -> Html {
    let bytes = input.map_or(item.size, |input| input.bytes as u64).max(item.size);
    html! {
        <span class="name">
            <bdi>{ show::visible(&item.name, false) }</bdi>
            <span class="subtle">
                { ", " }{ words::size(bytes) }
                if let Some(input) = input {
                    if input.status != Status::Unreadable {
                        { ", " }{ words::count(input.lines, "line", "lines") }
                    }
                    { ", " }{ &input.format }{ ", " }
                    if input.status == Status::Read {
                        { words::status(input.status) }
                    } else {
                        <strong>{ words::status(input.status) }</strong>
                    }
                }
            </span>
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct KindChoiceProps {
    id: String,
    detected: Option<Kind>,
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
    let recognised = words::recognised(props.detected.filter(|_| props.chosen.is_none()));
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

//! The web page: paste, drop or choose texts, and read the report. It shows only: a worker reads and judges ([`bench`]),
//! and nothing leaves either.
//!
//! [`bench`]: crate::web::bench

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Blob, Element, FileList, HtmlTextAreaElement};
use yew::prelude::*;

use crate::web::client::{Client, Said};
use crate::web::components::desk::{DropZone, Inputs, PasteBox, Reading};
use crate::web::components::report::Report;
use crate::web::components::{Shown, Tools, focus, today};
use crate::web::help::{Helped, Question};
use crate::web::state::{Desk, Item, Looking, Step, Turn};
use crate::web::talk::{Ask, Progress, Summary, Told};
use crate::web::words;

/// How long after the last key the text is checked, milliseconds.
const DEBOUNCE: u32 = 200;
/// How long the worker may take to obey, milliseconds. It looks up between two slices; one that judges a large file whole
/// does not, and is ended instead.
const OBEY: u32 = 1_000;
/// From how many bytes on the progress of a check is shown. What is smaller is read before anybody has looked.
const SHOWN: u64 = 200_000;

impl Reducible for Desk {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        Rc::new(self.after(step))
    }
}

impl Reducible for Looking {
    type Action = Turn;

    fn reduce(self: Rc<Self>, turn: Turn) -> Rc<Self> {
        Rc::new(self.after(turn))
    }
}

/// Shows the page inside `root`. `connect` starts a worker: it takes a function that hears what the worker says, and gives
/// back one that says something to it.
#[wasm_bindgen]
pub fn start_page(root: Element, connect: js_sys::Function) {
    yew::Renderer::<Page>::with_root_and_props(root, PageProps { connect: Rc::new(connect) }).render();
}

#[derive(Properties, PartialEq)]
pub(crate) struct PageProps {
    /// Starts the worker: see `www/page.js`.
    pub(crate) connect: Rc<js_sys::Function>,
}

/// What the worker said last.
#[derive(Clone, Default, PartialEq)]
struct Heard {
    summary: Option<Rc<Summary>>,
    /// Grows with every summary: what was asked about an older one is asked again.
    version: u32,
    progress: Option<Progress>,
    /// An input that made the worker fail.
    failed: Option<Option<u32>>,
}

enum Hear {
    Said(Said),
    Begun,
    Cleared,
}

impl Reducible for Heard {
    type Action = Hear;

    fn reduce(self: Rc<Self>, hear: Hear) -> Rc<Self> {
        let mut next = (*self).clone();
        match hear {
            Hear::Said(Said::Progress(progress)) => next.progress = Some(progress),
            Hear::Said(Said::Summary(summary)) => {
                if summary.finished {
                    next.progress = None;
                }
                next.summary = Some(Rc::from(summary));
                next.version += 1;
            }
            Hear::Said(Said::Failed(id)) => {
                next.progress = None;
                next.failed = Some(id);
            }
            Hear::Begun => next.failed = None,
            Hear::Cleared => next = Self { version: next.version + 1, ..Self::default() },
        }
        Rc::new(next)
    }
}

/// The bytes of the inputs stay with the browser, by the input's number.
type Files = Rc<RefCell<HashMap<u32, Blob>>>;

#[component]
pub(crate) fn Page(props: &PageProps) -> Html {
    let desk = use_reducer(Desk::default);
    let heard = use_reducer(Heard::default);
    let looking = use_reducer(Looking::default);
    let notice = use_state(AttrValue::default);
    let paste = use_node_ref();
    let files: Rc<Files> = use_memo((), |()| Files::default());
    let client = {
        let heard = heard.dispatcher();
        let connect = props.connect.clone();
        use_memo((), move |()| Client::new(connect, Callback::from(move |said| heard.dispatch(Hear::Said(said)))))
    };
    {
        let (desk, heard, client, files) = (desk.clone(), heard.dispatcher(), client.clone(), files.clone());
        use_effect_with(desk.revision, move |_| {
            let wait = if desk.is_empty() { 0 } else { DEBOUNCE };
            // Also when nothing is left: the worker is to forget it.
            let timeout = (desk.revision > 0).then(|| {
                Timeout::new(wait, move || {
                    heard.dispatch(Hear::Begun);
                    check(&client, &desk, &mut files.borrow_mut());
                })
            });
            move || drop(timeout)
        });
    }
    {
        // Another report starts folded, but for its worst finding; one that only grows stays as it is looked at.
        let looking = looking.dispatcher();
        use_effect_with(heard.summary.as_ref().map(|summary| summary.run), move |_| looking.dispatch(Turn::NewReport));
    }
    {
        // The module failed: a new worker reads the rest, and what it failed on is named.
        let (client, desk, notice) = (client.clone(), desk.clone(), notice.clone());
        use_effect_with(heard.failed, move |failed| {
            if let Some(id) = failed {
                client.restart();
                // Without a name, it could be any of them.
                let all = || desk.inputs().chain(&desk.earlier).map(|item| item.id).collect();
                let stopped: Vec<u32> = id.map_or_else(all, |id| vec![id]);
                let names = stopped.iter().filter_map(|&id| name(&desk, id)).collect::<Vec<_>>();
                notice.set(format!("{} {}", words::WORKER_FAILED, names.join(", ")).into());
                desk.dispatch(Step::Stop(stopped));
            }
        });
    }
    let add = {
        let (desk, notice, files) = (desk.clone(), notice.clone(), files.clone());
        Callback::from(move |list: FileList| {
            let mut added = Vec::new();
            let first = desk.next_id();
            for (id, file) in (first..).zip((0..list.length()).filter_map(|index| list.item(index))) {
                added.push((file.name(), file.size() as u64));
                files.borrow_mut().insert(id, file.into());
            }
            desk.dispatch(Step::Files(added));
            notice.set(AttrValue::default());
        })
    };
    let on_earlier = {
        let (desk, files) = (desk.clone(), files.clone());
        Callback::from(move |file: Option<web_sys::File>| {
            let item = file.map(|file| {
                let item = (file.name(), file.size() as u64);
                files.borrow_mut().insert(desk.next_id(), file.into());
                item
            });
            desk.dispatch(Step::Earlier(item));
        })
    };
    let on_paste = {
        let (desk, notice, files) = (desk.clone(), notice.clone(), files.clone());
        Callback::from(move |text: js_sys::JsString| {
            let id = desk.next_id();
            let size = blob_of(&text).map_or(0, |blob| {
                let size = blob.size() as u64;
                if let Some(old) = &desk.paste {
                    files.borrow_mut().remove(&old.id);
                }
                files.borrow_mut().insert(id, blob);
                size
            });
            desk.dispatch(Step::Paste(size));
            notice.set(AttrValue::default());
        })
    };
    let on_large = {
        let (desk, notice, files) = (desk.clone(), notice.clone(), files.clone());
        Callback::from(move |text: js_sys::JsString| {
            if let Some(blob) = blob_of(&text) {
                let size = blob.size() as u64;
                files.borrow_mut().insert(desk.next_id(), blob);
                desk.dispatch(Step::Files(vec![(words::PASTED.into(), size)]));
                notice.set(words::PASTED_LARGE.into());
            }
        })
    };
    let on_clear = {
        let (desk, heard, looking) = (desk.dispatcher(), heard.dispatcher(), looking.dispatcher());
        let (notice, paste, files, client) = (notice.clone(), paste.clone(), files.clone(), client.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = paste.cast::<HtmlTextAreaElement>() {
                field.set_value("");
            }
            files.borrow_mut().clear();
            // The worker ends with everything it read.
            client.restart();
            desk.dispatch(Step::Clear);
            heard.dispatch(Hear::Cleared);
            looking.dispatch(Turn::Clear);
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
    let busy = !desk.is_empty() && heard.summary.as_ref().is_none_or(|it| it.run != desk.revision || !it.finished);
    let late = use_mut_ref(|| None::<Timeout>);
    {
        let late = late.clone();
        use_effect_with(busy, move |busy| {
            if !busy {
                late.replace(None);
            }
        });
    }
    let on_cancel = {
        let (desk, heard, client, notice) = (desk.clone(), heard.clone(), client.clone(), notice.clone());
        Callback::from(move |_: MouseEvent| {
            client.cancel();
            notice.set(words::CANCELLED.into());
            let left = heard.progress.as_ref().map(|progress| progress.left.clone()).unwrap_or_default();
            desk.dispatch(Step::Stop(left.clone()));
            let (desk, client) = (desk.dispatcher(), client.clone());
            late.replace(Some(Timeout::new(OBEY, move || {
                client.restart();
                desk.dispatch(Step::Stop(left));
            })));
        })
    };
    let ask = {
        let client = client.clone();
        Callback::from(move |(question, told): (Question, Callback<Helped>)| {
            let told = Callback::from(move |answer: Told| {
                if let Told::Helped(helped) = answer {
                    told.emit(helped);
                }
            });
            client.ask(&Ask::Help(question), told);
        })
    };
    let running = heard.progress.clone().filter(|progress| busy && progress.total >= SHOWN);
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
                    <PasteBox field={paste} {on_paste} {on_large} />
                    <DropZone on_files={add} />
                    <div class="buttons">
                        <button type="button" onclick={on_sample}>{ words::SAMPLE }</button>
                        <button type="button" onclick={on_clear} disabled={desk.is_empty() && notice.is_empty()}>{ words::CLEAR }</button>
                    </div>
                    <p role="status" class="note">{ (*notice).clone() }</p>
                    if let Some(progress) = running {
                        <Reading name={name(&desk, progress.id)} {progress} {on_cancel} />
                    }
                    if !desk.is_empty() {
                        <Inputs
                            summary={heard.summary.clone()} items={desk.inputs().cloned().collect::<Vec<Item>>()}
                            pasted={desk.paste.as_ref().map(|item| item.id)} dispatch={desk.dispatcher()} />
                    }
                </section>
                <div class="report">
                    if desk.is_empty() {
                        <p role="status" class="explained"><Shown text={words::EMPTY} /></p>
                    } else if let Some(summary) = &heard.summary {
                        <Report
                            client={(*client).clone()} summary={summary.clone()} version={heard.version}
                            sample={desk.is_sample()} looking={Rc::new((*looking).clone())} turn={looking.dispatcher()}
                            earlier={desk.earlier.clone()} {on_earlier}
                        />
                    } else {
                        <p role="status" class="explained">{ words::CHECKING }</p>
                    }
                </div>
                <Tools ask={ask} />
            </main>
            <footer class="note">{ words::PROMISE }{ " " }{ words::NOT_AFFILIATED }</footer>
        </>
    }
}

fn check(client: &Client, desk: &Desk, files: &mut HashMap<u32, Blob>) {
    let given = desk.given();
    files.retain(|id, _| given.iter().any(|given| given.id == *id));
    let blobs = given.iter().map(|given| files.get(&given.id).cloned()).collect();
    client.check(desk.revision, desk.today(today()), given, blobs);
}

fn name(desk: &Desk, id: u32) -> Option<AttrValue> {
    let item = desk.inputs().chain(&desk.earlier).find(|item| item.id == id)?;
    Some(crate::web::show::visible(&item.name, false).into())
}

/// A text as the browser keeps a file: the worker reads both in the same way.
fn blob_of(text: &js_sys::JsString) -> Option<Blob> {
    Blob::new_with_str_sequence(&js_sys::Array::of1(text)).ok()
}

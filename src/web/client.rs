//! The page's end of the line to its worker.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Array, Function};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Blob;
use yew::prelude::*;

use crate::time::Date;
use crate::web::talk::{Ask, Given, Progress, Summary, Told};

/// What the worker says without being asked.
pub(crate) enum Said {
    /// How far it is.
    Progress(Progress),
    /// There is a (first part of a) report.
    Summary(Box<Summary>),
    /// It failed, while it read this input or otherwise.
    Failed(Option<u32>),
}

/// One worker, and who waits for what.
#[derive(Clone)]
pub(crate) struct Client(Rc<Inner>);

type Ear = Closure<dyn Fn(JsValue)>;

struct Inner {
    connect: Rc<Function>,
    post: RefCell<Option<Function>>,
    on_said: Callback<Said>,
    waiting: RefCell<HashMap<u32, Callback<Told>>>,
    next: Cell<u32>,
    /// Lives as long as the worker may call it.
    ear: RefCell<Option<Ear>>,
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Serialize)]
struct Check {
    run: u32,
    today: Date,
    given: Vec<Given>,
}

impl Client {
    /// Starts the worker.
    pub(crate) fn new(connect: Rc<Function>, on_said: Callback<Said>) -> Self {
        let client = Self(Rc::new(Inner {
            connect,
            post: RefCell::new(None),
            on_said,
            waiting: RefCell::default(),
            next: Cell::new(0),
            ear: RefCell::new(None),
        }));
        client.restart();
        client
    }

    /// Ends the worker with all that it holds, and starts a new one.
    pub(crate) fn restart(&self) {
        self.0.waiting.borrow_mut().clear();
        let weak = Rc::downgrade(&self.0);
        let ear = Ear::new(move |message: JsValue| {
            if let Some(inner) = weak.upgrade() {
                inner.hear(&Array::from(&message));
            }
        });
        let post = self.0.connect.call1(&JsValue::NULL, ear.as_ref()).ok().and_then(|post| post.dyn_into().ok());
        self.0.post.replace(post);
        self.0.ear.replace(Some(ear));
    }

    fn say(&self, message: &[JsValue]) {
        let said = match &*self.0.post.borrow() {
            Some(post) => post.call1(&JsValue::NULL, &message.iter().collect::<Array>()).is_ok(),
            None => false,
        };
        if !said {
            self.0.on_said.emit(Said::Failed(None));
        }
    }

    /// Has these inputs read; `blobs` are their bytes, in the same order.
    pub(crate) fn check(&self, run: u32, today: Date, given: Vec<Given>, blobs: Vec<Option<Blob>>) {
        let blobs: Array = blobs.into_iter().map(JsValue::from).collect();
        self.say(&["check".into(), plain(&Check { run, today, given }), blobs.into()]);
    }

    /// Stops the check.
    pub(crate) fn cancel(&self) {
        self.say(&["cancel".into()]);
    }

    /// Asks; the answer comes to `answer`, unless it is forgotten before.
    pub(crate) fn ask(&self, ask: &Ask, answer: Callback<Told>) -> u32 {
        let number = self.0.next.get();
        self.0.next.set(number.wrapping_add(1));
        self.0.waiting.borrow_mut().insert(number, answer);
        self.say(&["ask".into(), number.into(), plain(ask)]);
        number
    }

    /// The answer is not wanted any more.
    pub(crate) fn forget(&self, number: u32) {
        self.0.waiting.borrow_mut().remove(&number);
    }
}

impl Inner {
    fn hear(&self, message: &Array) {
        let word = message.get(0).as_string().unwrap_or_default();
        match word.as_str() {
            "told" => {
                let waiting = read::<u32>(message.get(1)).and_then(|number| self.waiting.borrow_mut().remove(&number));
                if let (Some(answer), Some(told)) = (waiting, read(message.get(2))) {
                    answer.emit(told);
                }
            }
            "progress" => {
                if let Some(progress) = read(message.get(1)) {
                    self.on_said.emit(Said::Progress(progress));
                }
            }
            "summary" => self.on_said.emit(match read(message.get(1)) {
                Some(summary) => Said::Summary(summary),
                None => Said::Failed(None),
            }),
            _ => self.on_said.emit(Said::Failed(read(message.get(1)))),
        }
    }
}

fn plain(value: &impl Serialize) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or_default()
}

fn read<T: for<'de> Deserialize<'de>>(value: JsValue) -> Option<T> {
    serde_wasm_bindgen::from_value(value).ok()
}

/// What the worker answers to `ask`, asked again when it or `version` changes. The last answer stays until the next comes.
#[hook]
pub(crate) fn use_told(client: &Client, ask: Option<Ask>, version: u32) -> Option<Rc<Told>> {
    let told = use_state(|| None);
    {
        let (client, told) = (client.clone(), told.clone());
        use_effect_with((ask, version), move |(ask, _)| {
            let number =
                ask.as_ref().map(|ask| client.ask(ask, Callback::from(move |answer| told.set(Some(Rc::new(answer))))));
            move || {
                if let Some(number) = number {
                    client.forget(number);
                }
            }
        });
    }
    (*told).clone()
}

//! What popup and page are built of.

#[cfg(not(feature = "popup"))]
mod accept;
#[cfg(not(feature = "popup"))]
pub(crate) mod chart;
mod creating;
#[cfg(not(feature = "popup"))]
pub(crate) mod desk;
mod finding;
#[cfg(not(feature = "popup"))]
mod graph;
#[cfg(not(feature = "popup"))]
mod grid;
#[cfg(not(feature = "popup"))]
mod hits;
mod icon;
#[cfg(not(feature = "popup"))]
pub(crate) mod report;
mod results;
#[cfg(not(feature = "popup"))]
mod save;
mod table;
mod text;
mod tools;

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::Reducible;

pub(crate) use creating::AboutToCreate;
pub(crate) use results::Results;
pub(crate) use text::Shown;
pub(crate) use tools::{Asker, Tools};

use crate::web::state::{Look, View};

impl Reducible for View {
    type Action = Look;

    fn reduce(self: Rc<Self>, look: Look) -> Rc<Self> {
        Rc::new(self.after(look))
    }
}

#[cfg(not(feature = "popup"))]
/// The day by the browser's clock, UTC.
pub(crate) fn today() -> crate::time::Date {
    let now = String::from(js_sys::Date::new_0().to_iso_string());
    crate::time::Date::parse(&now).unwrap_or(crate::time::Date::MAX)
}

/// Enter in a field does what its button does. No `<form>`: the single file's frame may not submit one, not even to itself.
pub(crate) fn on_enter(action: &yew::Callback<()>) -> yew::Callback<web_sys::KeyboardEvent> {
    let action = action.clone();
    yew::Callback::from(move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            action.emit(());
        }
    })
}

/// The element with the focus, or that an event is about, as one that can be focused.
pub(crate) fn focus(element: Option<web_sys::Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

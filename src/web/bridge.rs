//! What JavaScript can call.

use std::rc::Rc;

use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

use crate::context::Context;
use crate::input::{Input, Kind};
use crate::time::Date;
use crate::web::answer::Analysis;
use crate::web::{page, popup};

/// What a caller may say beside the text.
#[derive(Deserialize)]
struct Options {
    /// The day, UTC.
    today: Date,
    /// Read it as this.
    kind: Option<Kind>,
    /// The instance.
    host: Option<String>,
}

/// Reads and judges one text; `options` is JSON: `{"today": "2026-11-20", "kind": "settings-page", "host": "gitlab.com"}`.
/// Gives back JSON, [`Analysis`], or `{"refused": "broken"}` when the options make no sense.
#[wasm_bindgen]
pub fn analyze(name: &str, text: String, options: &str) -> String {
    let Ok(options) = serde_json::from_str::<Options>(options) else { return BROKEN.into() };
    let mut context = Context::new(options.today);
    context.hosts.extend(options.host);
    let input = Input { kind: options.kind, ..Input::new(name, text) };
    let analysis = Analysis::new(&crate::audit(vec![input], &context));
    serde_json::to_string(&analysis).unwrap_or_else(|_| BROKEN.into())
}

const BROKEN: &str = r#"{"refused":"broken"}"#;

/// Shows the popup inside `root`. `ask` resolves to what [`analyze`] gave back, and is called again when the user asks.
#[wasm_bindgen]
pub fn start_popup(root: Element, ask: js_sys::Function) {
    console_error_panic_hook::set_once();
    yew::Renderer::<popup::Popup>::with_root_and_props(root, popup::PopupProps { ask: Rc::new(ask) }).render();
}

/// Shows the page inside `root`.
#[wasm_bindgen]
pub fn start_page(root: Element) {
    console_error_panic_hook::set_once();
    yew::Renderer::<page::Page>::with_root(root).render();
}

//! What JavaScript can call.

use serde::{Deserialize, Serialize as _};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::context::Context;
use crate::input::{Input, Kind, PAGES_ALONE};
use crate::time::Date;
use crate::web::answer::{Analysis, Refused};
use crate::web::module::wiped;

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

/// Reads and judges one text; `options` is an object: `{today: "2026-11-20", kind: "settings-page", host: "gitlab.com"}`.
/// Gives back a plain object, [`Analysis`] with the field names of its JSON, so that the browser can pass it on as a message;
/// or `{refused: "broken"}` when the options make no sense. The extension's background reads pages alone, and not the log on a
/// job's page: `null` then, and the whole module has to be asked.
#[wasm_bindgen]
pub fn analyze(name: &str, text: String, options: JsValue) -> JsValue {
    let Ok(options) = serde_wasm_bindgen::from_value::<Options>(options) else { return broken() };
    let mut context = Context::new(options.today);
    context.hosts.extend(options.host);
    let input = Input { kind: options.kind, ..Input::new(name, text) };
    wiped(|| {
        let report = crate::audit(vec![input], &context);
        if PAGES_ALONE && report.inventories.iter().any(|(_, inventory)| inventory.lines.is_some()) {
            return JsValue::NULL;
        }
        let analysis = Analysis::new(&report);
        analysis.serialize(&Serializer::json_compatible()).unwrap_or_else(|_| broken())
    })
}

/// Answers what needs no input: `{question: "permits", method, address}` or `{question: "choose", words}`, with a plain object,
/// [`Helped`](crate::web::help::Helped); `null` for anything else.
#[cfg(not(feature = "background"))]
#[wasm_bindgen]
pub fn help(question: JsValue) -> JsValue {
    let Ok(question) = serde_wasm_bindgen::from_value(question) else { return JsValue::NULL };
    crate::web::help::help(&question, &[]).serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

fn broken() -> JsValue {
    Refused::BROKEN.serialize(&Serializer::json_compatible()).unwrap_or_default()
}

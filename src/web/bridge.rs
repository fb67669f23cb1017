//! What JavaScript can call.

use js_sys::{Reflect, TypeError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::context::Context;
use crate::input::{Input, Kind, PAGES_ALONE};
use crate::time::Date;
use crate::web::answer::Sent;
use crate::web::module::wiped;

/// Reads and judges one text; `options` is an object: `{today: "2026-11-20", kind: "settings-page", host: "gitlab.com"}`.
/// Gives back a [`Sent`] as it is written: a text is what a browser passes on soonest. Throws when the options make no sense. The
/// extension's background reads pages alone, not the log on a job's page, and does not compare tokens with variables: `undefined`
/// where that is called for, and the whole module has to be asked.
#[wasm_bindgen]
pub fn analyze(name: &str, text: String, options: &JsValue) -> Result<Option<String>, JsValue> {
    let today = option(options, "today")?.as_deref().and_then(Date::parse);
    let mut context = Context::new(today.ok_or_else(|| wrong("today"))?);
    context.hosts.extend(option(options, "host")?);
    let kind = option(options, "kind")?.map(|word| Kind::parse(&word).ok_or_else(|| wrong("kind"))).transpose()?;
    let input = Input { kind, ..Input::new(name, text) };
    Ok(wiped(|| {
        let report = crate::audit(vec![input], &context);
        let has_log = || report.inventories.iter().any(|(_, inventory)| inventory.lines.is_some());
        if PAGES_ALONE && (has_log() || crate::join::may_name_holders(&report)) {
            return None;
        }
        Sent::written(&report)
    }))
}

/// One of the options; `None` where it is not given.
fn option(options: &JsValue, name: &str) -> Result<Option<String>, JsValue> {
    let value = Reflect::get(options, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or_else(|| wrong(name))
}

fn wrong(option: &str) -> JsValue {
    TypeError::new(&format!("leastwise: options.{option} cannot be understood")).into()
}

/// Answers what needs no input: `{question: "permits", method, address}` or `{question: "choose", words}`, with a plain object,
/// [`Helped`](crate::web::help::Helped); `null` for anything else.
#[cfg(not(feature = "background"))]
#[wasm_bindgen]
pub fn help(question: JsValue) -> JsValue {
    let Ok(question) = serde_wasm_bindgen::from_value(question) else { return JsValue::NULL };
    let helped = crate::web::help::help(&question, &[]);
    serde::Serialize::serialize(&helped, &serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

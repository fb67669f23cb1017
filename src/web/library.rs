//! What the npm package offers to other people's JavaScript: plain objects in, plain objects out, with the field names of the
//! published JSON (`npm/index.d.ts` types them).
//!
//! Wrong arguments throw a `TypeError` that names the argument and never repeats it: it may hold a credential.

use js_sys::{Array, Reflect, TypeError, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::context::{Context, Version};
use crate::input::{Input, Kind};
use crate::report::json;
use crate::text::Name;
use crate::time::Date;
use crate::web::module::wiped;

/// What a call gives back, or throws.
type Answer = Result<JsValue, JsValue>;

/// Reads and judges texts: an array of `{name, text, kind?, project?}`, `text` a string or a `Uint8Array` in any encoding.
/// Options: `{today, hosts?, tokenPrefixes?, gitlabVersion?, project?}`. Gives back the JSON report, version 1.
#[wasm_bindgen]
pub fn audit(inputs: &JsValue, options: &JsValue) -> Answer {
    let context = context(options)?;
    if !Array::is_array(inputs) {
        return Err(wrong("inputs", "an array of {name, text} objects"));
    }
    let inputs: Result<Vec<Input>, JsValue> =
        Array::from(inputs).iter().enumerate().map(|(index, entry)| input(&entry, index)).collect();
    let inputs = inputs?;
    wiped(|| plain(&json::report(&crate::audit(inputs, &context), true)))
}

/// What is this string? An array with an object a line, as `leastwise classify --format json` writes them. Options:
/// `{tokenPrefixes?}`.
#[wasm_bindgen]
pub fn classify(text: &JsValue, options: &JsValue) -> Answer {
    let text = text.as_string().ok_or_else(|| wrong("text", "a string"))?;
    let prefixes = strings(options, "tokenPrefixes")?;
    let classified = |(index, line): (usize, &str)| crate::classify::classify(index + 1, line, &prefixes);
    wiped(|| plain(&text.lines().enumerate().map(classified).collect::<Vec<_>>()))
}

/// May the job token make this call, and what else may? As `leastwise permits --format json`. Options: `{hosts?}`.
#[wasm_bindgen]
pub fn permits(method: &JsValue, address: &JsValue, options: &JsValue) -> Answer {
    let method = method.as_string().ok_or_else(|| wrong("method", "a string, for example \"GET\""))?;
    let address = address.as_string().ok_or_else(|| wrong("address", "a string: a path of the API or a URL"))?;
    let hosts = strings(options, "hosts")?;
    wiped(|| plain(&crate::plan::permits::permits(&method, &address, &hosts)))
}

fn context(options: &JsValue) -> Result<Context, JsValue> {
    let today = string(options, "options", "today")?;
    let today = today.as_deref().and_then(Date::parse).ok_or_else(|| wrong("options.today", "a day, YYYY-MM-DD"))?;
    let mut context = Context::new(today);
    context.hosts = strings(options, "hosts")?;
    context.token_prefixes = strings(options, "tokenPrefixes")?;
    if let Some(version) = string(options, "options", "gitlabVersion")? {
        let version =
            Version::parse(&version).ok_or_else(|| wrong("options.gitlabVersion", "a version such as 18.9"))?;
        context.gitlab_version = Some(version);
    }
    context.project = string(options, "options", "project")?.map(|project| Name::new(&project));
    Ok(context)
}

fn input(entry: &JsValue, index: usize) -> Result<Input, JsValue> {
    let what = format!("inputs[{index}]");
    let name = string(entry, &what, "name")?.ok_or_else(|| wrong(&format!("{what}.name"), "a string"))?;
    let text = field(entry, "text");
    let bytes = match (text.as_string(), text.dyn_into::<Uint8Array>()) {
        (Some(text), _) => text.into_bytes(),
        (None, Ok(bytes)) => bytes.to_vec(),
        _ => return Err(wrong(&format!("{what}.text"), "a string or a Uint8Array")),
    };
    let kind = match string(entry, &what, "kind")? {
        None => None,
        Some(word) => Some(Kind::parse(&word).ok_or_else(|| {
            wrong(&format!("{what}.kind"), &format!("one of {}", Kind::ALL.map(Kind::word).join(", ")))
        })?),
    };
    Ok(Input { kind, project: string(entry, &what, "project")?, ..Input::new(name, bytes) })
}

/// A field; `undefined` where the object has none, or is none.
fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn string(object: &JsValue, what: &str, name: &str) -> Result<Option<String>, JsValue> {
    let value = field(object, name);
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or_else(|| wrong(&format!("{what}.{name}"), "a string"))
}

fn strings(options: &JsValue, name: &str) -> Result<Vec<String>, JsValue> {
    let value = field(options, name);
    if value.is_undefined() || value.is_null() {
        return Ok(Vec::new());
    }
    let strings = Array::is_array(&value).then(|| Array::from(&value).iter().map(|item| item.as_string()).collect());
    strings.flatten().ok_or_else(|| wrong(&format!("options.{name}"), "an array of strings"))
}

fn wrong(what: &str, wanted: &str) -> JsValue {
    TypeError::new(&format!("leastwise: {what} has to be {wanted}")).into()
}

fn plain(value: &impl Serialize) -> Answer {
    value.serialize(&Serializer::json_compatible()).map_err(JsValue::from)
}

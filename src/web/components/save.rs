use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url, window};
use yew::prelude::*;

use crate::web::talk::FileTold;
use crate::web::words;

/// How long an address of a file is kept for the browser to read it, milliseconds.
const KEPT: u32 = 60_000;

/// Hands a file to the browser's downloads. It is made here, of our own text: nothing is asked of any host.
pub(crate) fn download(file: &FileTold) {
    let parts = js_sys::Array::of1(&JsValue::from_str(&file.text));
    let options = BlobPropertyBag::new();
    options.set_type(&file.mime);
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let link = window().and_then(|window| window.document()).and_then(|document| document.create_element("a").ok());
    if let Some(link) = link {
        let set = link.set_attribute("href", &address).and_then(|()| link.set_attribute("download", &file.name));
        if let (Ok(()), Some(link)) = (set, link.dyn_ref::<HtmlElement>()) {
            link.click();
        }
    }
    Timeout::new(KEPT, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
}

/// Puts a text into the clipboard; `done` hears whether the browser allowed it.
pub(crate) fn copy(text: String, done: Callback<bool>) {
    spawn_local(async move {
        let written = match window() {
            Some(window) => JsFuture::from(window.navigator().clipboard().write_text(&text)).await.is_ok(),
            None => false,
        };
        done.emit(written);
    });
}

/// What is said after [`copy`].
pub(crate) const fn copied(written: bool) -> &'static str {
    if written { words::COPIED } else { words::NOT_COPIED }
}

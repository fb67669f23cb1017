//! What the page's worker calls (`www/worker.js`): [`bench`] for JavaScript.

use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::text::Text;
use crate::time::Date;
use crate::web::module::wiped;
use crate::web::talk::Told;
use crate::web::{bench, words};

/// What the page's worker holds (`www/worker.js`), for JavaScript.
#[wasm_bindgen(js_name = Bench)]
#[derive(Default)]
pub struct WorkBench {
    bench: bench::Bench,
}

#[wasm_bindgen(js_class = Bench)]
impl WorkBench {
    /// Nothing given yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new check of these inputs by this day, `2026-11-20`.
    pub fn begin(&mut self, today: &str, given: JsValue) {
        let today = Date::parse(today).unwrap_or(Date::MAX);
        self.bench.begin(today, serde_wasm_bindgen::from_value(given).unwrap_or_default());
    }

    /// Has this input still to be read?
    #[must_use]
    pub fn needs(&self, id: u32) -> bool {
        self.bench.needs(id)
    }

    /// Begins to read an input of so many bytes.
    pub fn expect(&mut self, id: u32, size: f64) {
        self.bench.expect(id, size as usize);
    }

    /// Takes its next slice; false when there is no room for more.
    #[must_use]
    pub fn feed(&mut self, slice: &[u8]) -> bool {
        wiped(|| self.bench.feed(slice))
    }

    /// The input is complete.
    pub fn finish(&mut self) {
        wiped(|| self.bench.finish());
    }

    /// The input cannot be read: `memory`, `browser` or `stopped`.
    pub fn fail(&mut self, id: u32, size: f64, why: &str) {
        self.bench.fail(id, size as usize, Text::from(words::failure(why)));
    }

    /// Puts together what was read so far; gives back a [`Summary`](crate::web::talk::Summary).
    pub fn summary(&mut self, run: u32, finished: bool) -> JsValue {
        wiped(|| {
            self.bench.assemble(finished);
            plain(&self.bench.summary(run, finished))
        })
    }

    /// Answers an [`Ask`](crate::web::talk::Ask) with a [`Told`].
    pub fn answer(&mut self, ask: JsValue) -> JsValue {
        wiped(|| {
            let told = serde_wasm_bindgen::from_value(ask).map_or(Told::Nothing, |ask| self.bench.answer(ask));
            plain(&told)
        })
    }
}

fn plain(value: &impl serde::Serialize) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or_default()
}

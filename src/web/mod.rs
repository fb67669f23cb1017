//! The browser's doors: the extension's popup and the web page, one yew application's components.
//!
//! What decides lives in plain modules that `cargo test` runs natively ([`answer`], [`show`], [`state`]); what touches a
//! browser is compiled for wasm only. `background.js` captures and asks `analyze`, `popup.js` and `page.js` start the
//! application; the page's worker ([`bench`], [`talk`]) reads and judges, and the page shows. JavaScript of ours draws two things only: the popup's line about access, since browsers ask for access
//! straight from a click alone, and the marks in GitLab's page, whose policy forbids wasm.

pub mod answer;
#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
pub mod bench;
#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
mod earlier;
pub mod help;
#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
mod reading;
#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
mod sheet;
pub mod show;
pub mod state;
pub mod talk;
#[cfg(not(any(feature = "popup", feature = "reads")))]
pub mod virtual_list;
pub mod words;

// Each door that runs by itself is a module of its own, with what it needs: see the features in `Cargo.toml`. Without any of
// them everything is compiled, for the checks.
#[cfg(all(target_arch = "wasm32", not(any(feature = "shows", feature = "worker"))))]
pub mod bridge;
#[cfg(all(target_arch = "wasm32", not(any(feature = "popup", feature = "reads"))))]
mod client;
#[cfg(all(target_arch = "wasm32", not(feature = "reads")))]
// What only the popup is built of lies unused in the page's module, and is not linked.
#[cfg_attr(feature = "screen", allow(dead_code, unused_imports))]
mod components;
#[cfg(all(target_arch = "wasm32", feature = "core"))]
pub mod library;
#[cfg(target_arch = "wasm32")]
mod module;
#[cfg(all(target_arch = "wasm32", not(any(feature = "popup", feature = "reads"))))]
pub mod page;
#[cfg(all(target_arch = "wasm32", not(any(feature = "screen", feature = "reads"))))]
pub mod popup;
#[cfg(all(target_arch = "wasm32", not(any(feature = "shows", feature = "core", feature = "background"))))]
pub mod worker;

//! The browser's doors: the extension's popup and the web page, one yew application's components.
//!
//! What decides lives in plain modules that `cargo test` runs natively ([`answer`], [`show`], [`state`]); what touches a
//! browser is compiled for wasm only. `background.js` captures and asks `analyze`, `popup.js` and `page.js` start the
//! application; the page's worker ([`bench`], [`talk`]) reads and judges, and the page shows. JavaScript of ours draws two things only: the popup's line about access, since browsers ask for access
//! straight from a click alone, and the marks in GitLab's page, whose policy forbids wasm.

pub mod answer;
#[cfg(not(any(feature = "popup", feature = "core")))]
pub mod bench;
#[cfg(not(any(feature = "popup", feature = "core")))]
mod earlier;
pub mod help;
#[cfg(not(any(feature = "popup", feature = "core")))]
mod sheet;
pub mod show;
pub mod state;
pub mod talk;
#[cfg(not(any(feature = "popup", feature = "core")))]
pub mod virtual_list;
pub mod words;

// Three modules come of this: the whole one for the page and its worker; with the feature `popup` one that only shows:
// without readers and rules the popup loads a third of the bytes; with the feature `core` one that only answers, without yew.
#[cfg(all(target_arch = "wasm32", not(feature = "popup")))]
pub mod bridge;
#[cfg(all(target_arch = "wasm32", not(any(feature = "popup", feature = "core"))))]
mod client;
#[cfg(all(target_arch = "wasm32", not(feature = "core")))]
mod components;
#[cfg(all(target_arch = "wasm32", feature = "core"))]
pub mod library;
#[cfg(target_arch = "wasm32")]
mod module;
#[cfg(all(target_arch = "wasm32", not(any(feature = "popup", feature = "core"))))]
mod page;
#[cfg(all(target_arch = "wasm32", not(feature = "core")))]
pub mod popup;
#[cfg(all(target_arch = "wasm32", not(any(feature = "popup", feature = "core"))))]
pub mod worker;

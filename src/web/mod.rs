//! The browser's doors: the extension's popup and the web page, one yew application's components.
//!
//! What decides lives in plain modules that `cargo test` runs natively ([`answer`], [`show`], [`state`]); what touches a
//! browser is compiled for wasm only. `background.js` captures and asks `analyze`, `popup.js` and `page.js` start the
//! application. JavaScript of ours draws two things only: the popup's line about access, since browsers ask for access
//! straight from a click alone, and the marks in GitLab's page, whose policy forbids wasm.

pub mod answer;
pub mod show;
pub mod state;
pub mod words;

// Two modules come of this: the whole one, for the background and the page, and with the feature `popup` one that only
// shows: without readers and rules the popup loads a third of the bytes.
#[cfg(all(target_arch = "wasm32", not(feature = "popup")))]
pub mod bridge;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(all(target_arch = "wasm32", not(feature = "popup")))]
mod page;
#[cfg(target_arch = "wasm32")]
pub mod popup;

//! The browser's doors: the extension's popup and the web page, one yew application's components.
//!
//! What decides lives in plain modules that `cargo test` runs natively ([`answer`], [`show`], [`state`]); what touches a
//! browser is compiled for wasm only. No JavaScript of ours renders anything: `background.js` captures and asks
//! `analyze`, `popup.js` and `page.js` start the application.

pub mod answer;
pub mod show;
pub mod state;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub mod bridge;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod popup;

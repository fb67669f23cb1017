//! # Leastwise
//!
//! Finds, classifies, judges and plans GitLab credentials on the user's own machine, and sends nothing anywhere.
//!
//! ```text
//!  text, files, the open settings page
//!         │  input::sniff          which kind of text is it?
//!         ▼
//!  input::*  readers ──────────►  typed models that remember their places
//!         │                       what could not be read → blind spot
//!  detect::scan ───────────────►  credentials: kind + span; the characters stay in the source
//!         ▼
//!  rules::*  one file a rule ──►  findings   (the program's words, cleaned names, masked values)
//!         ▼
//!  Report ──► report::{text, json, …}        command line
//!         └─► web::{popup, page}             browser
//! ```
//!
//! The core is a pure function, [`audit::audit`]: no I/O, no clock, no browser, no globals. The three doors (command, page,
//! extension) collect text and show the report. A front end never judges; a rule never prints; a reader never decides.
//!
//! # As a library
//!
//! ```
//! use leastwise::time::Date;
//! use leastwise::{Context, Input, audit};
//!
//! let today = Date::parse("2026-11-20").ok_or("not a day")?;
//! let export = r#"[{"id": 1, "name": "deploy", "scopes": ["api"], "active": true, "expires_at": null}]"#;
//! let report = audit(vec![Input::new("tokens.json", export)], &Context::new(today));
//! let report = leastwise::report::json::report(&report, false);
//! assert!(report.findings.iter().any(|finding| finding.rule == "token-never-expires"));
//! # Ok::<(), &str>(())
//! ```
//!
//! Promised to other programs are [`audit()`], [`classify::classify`], [`Input`], [`Context`], [`Report`] and the published JSON
//! in [`report::json`]; `tests/api.rs` holds them to their types, and a change of one is a new minor version before 1.0. What else
//! is public serves the doors and the tests, and may change with any release. `examples/` has two programs.

pub mod accept;
pub mod audit;
pub mod catalog;
pub mod classify;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod context;
pub mod detect;
pub mod fake;
pub mod fault;
pub mod input;
pub mod inventory;
mod join;
pub mod long;
mod order;
pub mod plan;
pub mod report;
pub mod rules;
pub mod samples;
pub mod secret;
pub mod source;
pub mod stream;
pub mod text;
pub mod time;
pub mod web;
mod words;

pub use audit::audit;
pub use context::Context;
pub use input::Input;
pub use report::Report;

//! From what is to what should be: plans and comparisons over what was read.

pub mod allowlist;
pub mod call;
pub mod choose;
pub mod choosing;
pub mod diff;
pub mod incident;
pub mod permits;
pub mod privilege;
pub mod rotation;
pub mod timeline;

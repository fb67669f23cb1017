//! From what is to what should be: plans and comparisons over what was read.

pub mod diff;
pub mod incident;

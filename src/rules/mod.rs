//! What is judged: one file a rule, and the list of them.
//!
//! A rule's doc comment is the product's text: `leastwise explain`, the popup's "why", SARIF help and `docs/rules/` print
//! it. It has these headings, in this order: what it catches (no heading), `## Why it matters`, `## Bad`, `## Good`,
//! `## What to do`, `## References`. The examples are run by the tests: every bad one makes the rule fire, every good one
//! is clean under all rules.

use crate::context::Context;
use crate::detect::Found;
use crate::input::job_log::{JobLog, Refusal};
use crate::input::{Kind, Model};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Finding, Report, Severity};
use crate::source::Source;
use crate::text::Name;

mod advice;
pub(crate) mod call;
pub mod doc;
pub mod explain;
mod refused;
mod row;
#[cfg(test)]
mod sample;

pub use doc::references;

macro_rules! list {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every rule, in the order of `docs/rules/`.
        pub static ALL: &[&Rule] = &[$(&$module::RULE),*];
    };
}

list![
    exposed_token,
    token_never_expires,
    token_lifetime_too_long,
    token_expires_soon,
    token_unused,
    scope_too_broad,
    admin_scope,
    scope_redundant,
    scope_unknown,
    role_too_high,
    personal_token_for_automation,
    impersonation_token_active,
    token_state_inconsistent,
    rotation_unfinished,
    masked_token_printed,
    job_token_not_allowed,
    job_token_permission_missing,
    token_scope_insufficient,
    token_rejected,
    project_hidden,
    denied_not_by_token,
];

/// One rule: what it says of itself, and what it looks at.
pub struct Rule {
    /// Kebab-case, never reused.
    pub id: &'static str,
    /// A line for lists.
    pub summary: &'static str,
    /// Severity when nothing in the row raises or lowers it.
    pub severity: Severity,
    /// The doc comment, Markdown.
    pub doc: &'static str,
    /// What it looks at.
    pub check: Check,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What a rule looks at.
pub enum Check {
    /// The credentials found in a text, all together.
    Found(fn(&Judgement<'_>, &mut Vec<Finding>)),
    /// Each row of an inventory's tokens, active and inactive.
    Row(fn(&Judgement<'_>, &Inventory, &TokenRow, &mut Vec<Finding>)),
    /// Each refusal that a log shows: the rule it belongs to is the message's.
    Refusal(fn(&Judgement<'_>, &JobLog, &Refusal, &mut Vec<Finding>)),
    /// A log as a whole.
    Log(fn(&Judgement<'_>, &JobLog, &mut Vec<Finding>)),
    /// An inventory as a whole.
    Inventory(fn(&Judgement<'_>, &Inventory, &mut Vec<Finding>)),
}

/// What a check may look at.
pub struct Judgement<'a> {
    /// The input.
    pub source: &'a Source,
    /// What it was read as.
    pub kind: Kind,
    /// Its index in the report.
    pub input: usize,
    /// Whose it is.
    pub project: Option<&'a Name>,
    /// Day, hosts, thresholds.
    pub context: &'a Context,
    /// All credentials in it.
    pub found: &'a [Found],
}

/// Declares a rule: its doc comment becomes rustdoc and [`Rule::doc`].
macro_rules! rule {
    ($(#[doc = $doc:literal])* $id:literal, $summary:literal, $severity:ident, $check:expr $(,)?) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rules::Rule = $crate::rules::Rule {
            id: $id,
            summary: $summary,
            severity: $crate::report::Severity::$severity,
            doc: concat!($($doc, "\n"),*),
            check: $check,
        };
    };
}
use rule;

/// Runs every rule over one input.
pub fn judge(judgement: &Judgement<'_>, model: &Model, findings: &mut Vec<Finding>) {
    for rule in ALL {
        match (&rule.check, model) {
            (Check::Found(check), _) => check(judgement, findings),
            (Check::Row(check), Model::Inventory(inventory)) => {
                for row in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
                    check(judgement, inventory, row, findings);
                }
            }
            (Check::Refusal(check), Model::JobLog(log)) => {
                for refusal in log.refusals.iter().filter(|refusal| refusal.message.rule == rule.id) {
                    check(judgement, log, refusal, findings);
                }
            }
            (Check::Log(check), Model::JobLog(log)) => check(judgement, log, findings),
            (Check::Inventory(check), Model::Inventory(inventory)) => check(judgement, inventory, findings),
            _ => {}
        }
    }
}

/// What only several inputs together show.
pub fn judge_together(report: &mut Report, context: &Context) {
    let _ = (report, context);
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

//! What is judged: one file a rule, and the list of them.
//!
//! A rule's doc comment is the product's text: `leastwise explain`, the popup's "why", SARIF help and `docs/rules/` print
//! it. It has these headings, in this order: what it catches (no heading), `## Why it matters`, `## Bad`, `## Good`,
//! `## What to do`, `## References`. The examples are run by the tests: every bad one makes the rule fire, every good one
//! is clean under all rules.

use std::sync::OnceLock;

use crate::context::Context;
use crate::detect::Found;
use crate::input::credential_file::CredentialFile;
use crate::input::job_log::{self, JobLog, Refusal};
use crate::input::pipeline::Pipeline;
use crate::input::{Kind, Model, PAGES_ALONE};
use crate::inventory::{Inventory, TokenRow};
use crate::report::{Finding, Severity};
use crate::source::{Masks, Source};
use crate::text::Name;

pub(crate) mod advice;
mod allowlist;
pub(crate) mod call;
pub(crate) mod ci;
#[cfg(test)]
mod ci_examples;
pub mod doc;
pub mod explain;
pub mod ignore;
mod memo;
mod refused;
pub(crate) mod row;
mod runner;
#[cfg(test)]
pub(crate) mod sample;
mod settings;
mod stored;

pub use doc::references;
pub(crate) use memo::Memo;

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
    token_printed,
    environment_dumped,
    debug_trace_enabled,
    token_sent_to_foreign_host,
    token_in_url,
    token_on_command_line,
    tls_verification_off,
    personal_token_where_job_token_works,
    endpoint_refuses_job_token,
    token_in_dotenv_report,
    secret_file_in_artifacts,
    secret_file_in_cache,
    unpinned_remote_include,
    removed_ci_variable,
    registration_token_used,
    runner_privileged,
    runner_shell_executor,
    deploy_token_can_write,
    deploy_token_auto_injected,
    deploy_key_can_push,
    deploy_key_shared,
    job_token_open_to_all,
    allowlist_group_too_wide,
    allowlist_entry_unrestricted,
    allowlist_entry_empty,
    allowlist_entry_unused,
    allowlist_permission_deprecated,
    allowlist_near_limit,
    job_token_push_allowed,
    job_token_cross_project_push,
    variable_not_masked,
    variable_not_protected,
    variable_all_environments,
    variable_instance_wide,
    webhook_insecure,
    webhook_without_secret,
    application_not_confidential,
    runner_unprotected,
    runner_unlocked,
    registration_token_enabled,
    token_owner_gone,
    expiry_cliff,
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
    /// The documents under `## References`, once they were asked for.
    pub(crate) documents: OnceLock<Vec<&'static str>>,
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
    /// A CI/CD configuration.
    Pipeline(fn(&Judgement<'_>, &Pipeline, &mut Vec<Finding>)),
    /// A file of credentials.
    CredentialFile(fn(&Judgement<'_>, &CredentialFile, &mut Vec<Finding>)),
    /// An inventory as a whole.
    Inventory(fn(&Judgement<'_>, &Inventory, &mut Vec<Finding>)),
    /// A text of no kind of its own, a script may be.
    Text(fn(&Judgement<'_>, &mut Vec<Finding>)),
    /// Several of these.
    Several(&'static [Self]),
}

impl Check {
    /// What is left of it in a module that reads pages alone: a check that looks at nothing there is not linked.
    const fn linked(self) -> Self {
        match self {
            Self::Pipeline(_) | Self::CredentialFile(_) | Self::Text(_) | Self::Log(_) | Self::Refusal(_)
                if PAGES_ALONE =>
            {
                Self::Several(&[])
            }
            other => other,
        }
    }

    /// Each thing that it looks at, one by one.
    fn each(&self) -> &[Self] {
        match self {
            Self::Several(all) => all,
            one => std::slice::from_ref(one),
        }
    }
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
    /// What it says as a job's log, where it is one.
    pub log: Option<&'a JobLog>,
    /// All credentials in it.
    pub found: &'a [Found],
    /// What may be shown in place of each credential and password, made once for all findings.
    pub masks: &'a Masks<'a>,
    /// What was said of the row whose turn it is.
    pub(crate) memo: Memo,
}

impl<'a> Judgement<'a> {
    /// To judge rows of an inventory. `source` is an empty one where their text is not at hand.
    pub(crate) fn of_rows(source: &'a Source, input: usize, context: &'a Context, masks: &'a Masks<'a>) -> Self {
        let project = context.project.as_ref();
        let memo = Memo::default();
        Self { source, kind: Kind::Inventory, input, project, context, log: None, found: &[], masks, memo }
    }
}

/// Declares a rule: its doc comment becomes rustdoc and [`Rule::doc`].
macro_rules! rule {
    ($(#[doc = $doc:literal])* $id:literal, $summary:literal, $severity:ident, $check:expr $(,)?) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rules::Rule = $crate::rules::Rule {
            id: $id,
            summary: $summary,
            severity: $crate::report::Severity::$severity,
            doc: {
                const WHOLE: &str = concat!($($doc, "\n"),*);
                const LENGTH: usize = $crate::rules::doc::linked_length(WHOLE);
                const LINKED: &[u8] = &$crate::rules::doc::linked::<LENGTH>(WHOLE);
                $crate::rules::doc::text(LINKED)
            },
            check: $check.linked(),
            documents: std::sync::OnceLock::new(),
        };
    };
}
use rule;

/// After so many rows the words of their findings are put together with those before.
const SHARED_AT_ONCE: usize = 256;

/// Runs every rule over one input.
pub fn judge(judgement: &Judgement<'_>, model: &Model, findings: &mut Vec<Finding>) {
    if let Model::Inventory(inventory) = model
        && !PAGES_ALONE
    {
        judge_page(judgement, inventory, findings);
    }
    let mut shared = 0;
    let mut share = |findings: &mut Vec<Finding>| {
        let mut pool = judgement.memo.pool.borrow_mut();
        findings.iter_mut().skip(shared).for_each(|finding| finding.share_words(&mut pool));
        shared = findings.len();
    };
    for (rule, check) in ALL.iter().flat_map(|rule| rule.check.each().iter().map(move |check| (rule, check))) {
        share(findings);
        match (check, model) {
            (Check::Text(check), Model::Plain) => check(judgement, findings),
            (Check::Found(check), _) => check(judgement, findings),
            (_, Model::JobLog(log)) => judge_log(rule, check, judgement, log, findings),
            (Check::Pipeline(check), Model::Pipeline(pipeline)) => check(judgement, pipeline, findings),
            (Check::CredentialFile(check), Model::CredentialFile(file)) => check(judgement, file, findings),
            (Check::Inventory(check), Model::Inventory(inventory)) => check(judgement, inventory, findings),
            _ => {}
        }
    }
    if let Model::Inventory(inventory) = model {
        let rows = inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten());
        for (number, row) in rows.enumerate() {
            if number % SHARED_AT_ONCE == 0 {
                share(findings);
            }
            check_row(judgement, inventory, row, findings);
        }
    }
    share(findings);
    if let Model::CredentialFile(file) = model {
        runner::tie(file, findings);
    }
}

/// Runs the rules about CI/CD configuration over a pipeline that several files make.
pub(crate) fn judge_pipeline(judgement: &Judgement<'_>, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
    for check in ALL.iter().flat_map(|rule| rule.check.each()) {
        if let Check::Pipeline(check) = check {
            check(judgement, pipeline, findings);
        }
    }
}

/// Is it a rule about CI/CD configuration?
pub(crate) fn is_of_pipeline(rule: &Rule) -> bool {
    rule.check.each().iter().any(|check| matches!(check, Check::Pipeline(_)))
}

/// Judges the owners of an inventory's tokens by what another input says of `people`.
pub(crate) fn judge_owners(judgement: &Judgement<'_>, inventory: &Inventory, people: &Inventory) -> Vec<Finding> {
    token_owner_gone::judge(judgement, inventory, people)
}

/// Is it a rule that looks at each row by itself?
pub(crate) fn is_of_rows(rule: &Rule) -> bool {
    rule.check.each().iter().any(|check| matches!(check, Check::Row(_)))
}

/// Judges a row by itself, by the rules that do.
pub(crate) fn judge_row(judgement: &Judgement<'_>, inventory: &Inventory, row: &TokenRow) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_row(judgement, inventory, row, &mut findings);
    findings
}

/// A row after the other, not a rule after the other: what several rules say of one is put into words once.
fn check_row(judgement: &Judgement<'_>, inventory: &Inventory, row: &TokenRow, findings: &mut Vec<Finding>) {
    judgement.memo.turn(row, || {
        for check in ALL.iter().flat_map(|rule| rule.check.each()) {
            if let Check::Row(check) = check {
                check(judgement, inventory, row, findings);
            }
        }
    });
}

/// Is it a rule that compares the rows of a list with each other?
fn compares_rows(rule: &Rule) -> bool {
    [rotation_unfinished::RULE.id, expiry_cliff::RULE.id].contains(&rule.id)
}

/// What comparing the rows of a list needs, when the list is too long to be kept.
#[derive(Default)]
pub(crate) struct Across {
    pub(crate) days: expiry_cliff::Days,
    /// A number for the purpose of each live token, see [`rotation_unfinished::purpose_number`].
    pub(crate) purposes: Vec<u64>,
}

impl Across {
    /// Takes note of the live tokens among some rows.
    pub(crate) fn add(&mut self, judgement: &Judgement<'_>, inventory: &Inventory) {
        for row in inventory.tokens.iter().filter_map(|token| row::Row::alive(judgement, inventory, token)) {
            self.days.add(&row);
            self.purposes.extend(rotation_unfinished::purpose_number(&row));
        }
    }
}

/// The number that tokens for one purpose share; `None` for one that is over.
pub(crate) fn purpose_of(judgement: &Judgement<'_>, inventory: &Inventory, token: &TokenRow) -> Option<u64> {
    rotation_unfinished::purpose_number(&row::Row::alive(judgement, inventory, token)?)
}

/// Runs the rules over a part of a long list: all but those that compare its rows with each other.
pub(crate) fn judge_part(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    for (rule, check) in ALL.iter().flat_map(|rule| rule.check.each().iter().map(move |check| (rule, check))) {
        match check {
            Check::Found(check) => check(judgement, findings),
            Check::Inventory(check) if !compares_rows(rule) => check(judgement, inventory, findings),
            _ => {}
        }
    }
    inventory.tokens.iter().for_each(|row| check_row(judgement, inventory, row, findings));
}

/// Runs the rules that compare rows: over those for one purpose, which `inventory` has to hold, and over what was counted.
pub(crate) fn judge_across(
    judgement: &Judgement<'_>,
    inventory: &Inventory,
    across: &Across,
    findings: &mut Vec<Finding>,
) {
    if let Check::Inventory(check) = &rotation_unfinished::RULE.check {
        check(judgement, inventory, findings);
    }
    expiry_cliff::judge_days(judgement, inventory, &across.days, findings);
}

/// Runs a rule over a log.
fn judge_log(rule: &Rule, check: &Check, judgement: &Judgement<'_>, log: &JobLog, findings: &mut Vec<Finding>) {
    match check {
        Check::Refusal(check) => {
            for refusal in log.refusals.iter().filter(|refusal| refusal.message.rule == rule.id) {
                check(judgement, log, refusal, findings);
            }
        }
        Check::Log(check) => check(judgement, log, findings),
        _ => {}
    }
}

/// A job's page holds its log: what that shows is judged as in a log. The line numbers are the log's own, so the findings
/// have no place in the page.
fn judge_page(page: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let Some((source, log)) = job_log::of_page(inventory, page.context) else { return };
    let judgement = Judgement {
        source: &source,
        kind: Kind::JobLog,
        input: page.input,
        project: log.project.as_ref().or(page.project),
        context: page.context,
        log: Some(&log),
        found: &[],
        masks: &Masks::default(),
        memo: Memo::default(),
    };
    let mut shown = Vec::new();
    for (rule, check) in ALL.iter().flat_map(|rule| rule.check.each().iter().map(move |check| (rule, check))) {
        judge_log(rule, check, &judgement, &log, &mut shown);
    }
    findings.extend(shown.into_iter().map(|finding| Finding { place: None, ..finding }));
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use proptest::option::of;
    use proptest::prelude::*;

    use super::sample::{good, judged, project, today};
    use crate::catalog::{Role, Scope, TokenType};
    use crate::inventory::{Flags, TokenRow, TokenStatus};
    use crate::text::Name;
    use crate::time::Date;

    fn day() -> impl Strategy<Value = Date> {
        prop_oneof![
            (-500..500_i64).prop_map(|days| today().plus_days(days)),
            Just(Date::new(0, 1, 1).unwrap()),
            Just(Date::new(9999, 12, 31).unwrap()),
        ]
    }

    fn row() -> impl Strategy<Value = TokenRow> {
        let scope = prop_oneof![
            prop::sample::select(crate::catalog::scopes()).prop_map(|facts| Scope::new(facts.scope)),
            "[a-z_]{0,9}".prop_map(|name| Scope::new(&name)),
        ];
        let status = prop_oneof![
            Just(TokenStatus::Active),
            Just(TokenStatus::Expired),
            Just(TokenStatus::Revoked),
            Just(TokenStatus::Inactive),
            Just(TokenStatus::Other(Name::new("paused"))),
        ];
        let words =
            (of(any::<u64>()), of(any::<String>()), of(any::<String>()), of(prop::collection::vec(scope, 0..5)));
        let days = (of(day()), of(day()), of(day()), of(any::<bool>()), of(any::<bool>()));
        let state = (of(status), of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
        let kind = prop::sample::select(TokenType::ALL);
        (kind, words, days, state, of(0..70_u64), of(any::<bool>())).prop_map(
            |(
                kind,
                (id, name, description, scopes),
                (made, used, end, never_used, never_ends),
                state,
                role,
                granular,
            )| {
                TokenRow {
                    kind,
                    id,
                    name: name.as_deref().map(Name::new),
                    description: description.as_deref().map(Name::new),
                    scopes,
                    granular,
                    created_on: made,
                    last_used_at: None,
                    last_used_on: used,
                    never_used,
                    expires_on: end,
                    never_expires: never_ends,
                    role: role.map(Role::from_number),
                    status: state.0,
                    flags: Flags { active: state.1, revoked: state.2, expired: state.3 },
                    ..good()
                }
            },
        )
    }

    proptest! {
        /// That each finding has a next step, a document and only safe commands is asserted where they are judged.
        #[test]
        fn every_row_is_judged_without_a_fault_and_at_most_once_by_a_rule(row in row()) {
            let findings = judged(project(vec![row]));
            for (index, finding) in findings.iter().enumerate() {
                prop_assert!(!finding.title.is_empty() && !finding.message.is_empty());
                prop_assert!(findings.iter().skip(index + 1).all(|other| other.rule.id != finding.rule.id), "{:?}", finding.rule);
            }
        }
    }
}

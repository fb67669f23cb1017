//! Rows for the rules' tests.

use super::{Judgement, judge};
use crate::catalog::{Role, Scope, TokenType};
use crate::context::Context;
use crate::input::{Kind, Model};
use crate::inventory::{Inventory, Owner, OwnerKind, TokenRow, TokenStatus};
use crate::report::Finding;
use crate::source::{Masks, Source};
use crate::text::Name;
use crate::time::{Date, Timestamp};

/// The day of the tests.
pub(crate) fn today() -> Date {
    Date::parse("2026-11-20").unwrap()
}

/// A row that no rule complains about: project access token 501 `reader`, `read_repository`, Reporter, made 50 days ago,
/// used today, 40 days left.
pub(crate) fn good() -> TokenRow {
    TokenRow {
        kind: TokenType::ProjectAccessToken,
        id: Some(501),
        name: Some(Name::new("reader")),
        scopes: scopes("read_repository"),
        created_on: Some(today().plus_days(-50)),
        last_used_at: Timestamp::parse("2026-11-20T06:00:00.123Z"),
        never_used: Some(false),
        expires_on: Some(today().plus_days(40)),
        never_expires: Some(false),
        status: Some(TokenStatus::Active),
        role: Some(Role::from_id("reporter")),
        ..TokenRow::default()
    }
}

/// A personal one.
pub(crate) fn personal() -> TokenRow {
    TokenRow { kind: TokenType::PersonalAccessToken, role: None, ..good() }
}

pub(crate) fn scopes(names: &str) -> Option<Vec<Scope>> {
    Some(names.split_ascii_whitespace().map(Scope::new).collect())
}

/// The list of a project with path and number.
pub(crate) fn project(tokens: Vec<TokenRow>) -> Inventory {
    let owner =
        Owner { kind: OwnerKind::Project, path: Some(Name::new("acme/payments/api")), username: None, id: Some(318) };
    Inventory { owner: Some(owner), tokens, ..Inventory::default() }
}

/// The list of a person.
pub(crate) fn person(tokens: Vec<TokenRow>) -> Inventory {
    let owner = Owner { kind: OwnerKind::User, path: None, username: Some(Name::new("dana")), id: Some(7) };
    Inventory { owner: Some(owner), tokens, ..Inventory::default() }
}

/// All findings of all rules.
pub(crate) fn judged(inventory: Inventory) -> Vec<Finding> {
    judged_in(inventory, &Context::new(today()))
}

pub(crate) fn judged_in(inventory: Inventory, context: &Context) -> Vec<Finding> {
    let source = Source::new(Name::new("tokens.json"), String::new(), 0);
    let judgement = Judgement {
        source: &source,
        kind: Kind::Inventory,
        input: 0,
        project: None,
        context,
        log: None,
        found: &[],
        masks: &Masks::default(),
        memo: crate::rules::Memo::default(),
    };
    let mut findings = Vec::new();
    judge(&judgement, &Model::Inventory(Box::new(inventory)), &mut findings);
    for finding in &findings {
        assert!(!finding.advice.is_empty(), "{}: a finding without a next step", finding.rule.id);
        assert!(!finding.references.is_empty(), "{}: no document", finding.rule.id);
        for step in &finding.advice {
            let command = step.command.as_ref().map(ToString::to_string).unwrap_or_default();
            assert_safe(&command);
        }
    }
    findings
}

/// The findings of one rule on one row of the project.
pub(crate) fn of(rule: &str, row: TokenRow) -> Vec<Finding> {
    only(rule, judged(project(vec![row])))
}

pub(crate) fn only(rule: &str, findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|finding| finding.rule.id == rule).collect()
}

/// A command can do nothing but call curl: outside of the quoted arguments only plain words, inside no way out of the quotes
/// and no substitution but of upper-case placeholders.
pub(crate) fn assert_safe(command: &str) {
    if command.is_empty() {
        return;
    }
    assert!(command.starts_with("curl --request "), "{command}");
    for (index, part) in command.split('"').enumerate() {
        let quoted = index % 2 == 1;
        let allowed = |character: char| {
            character.is_ascii_alphanumeric()
                || if quoted { " :/.-_%$=~".contains(character) } else { " -".contains(character) }
        };
        assert!(part.chars().all(allowed), "{part:?} in {command}");
        for after in part.split('$').skip(1) {
            assert!(after.starts_with(|first: char| first.is_ascii_uppercase()), "{command}");
        }
    }
    assert_eq!(command.matches('"').count() % 2, 0, "{command}");
}

/// A finding as text, for snapshots.
pub(crate) fn letter(finding: &Finding) -> String {
    let mut out = format!("{} · {}\n{}\n", finding.severity, finding.title, finding.message);
    for (index, step) in finding.advice.iter().enumerate() {
        out.push_str(&format!("{}. {}{}\n", index + 1, if step.destructive { "Destructive: " } else { "" }, step.text));
        for more in step.place.iter().chain(&step.command) {
            out.push_str(&format!("   {more}\n"));
        }
    }
    out.push_str(&format!("= {}\n", finding.identity()));
    out
}

//! Which scopes meet which roles.

use std::collections::BTreeSet;

use super::figures::{Figures, Role, ScopeRow};
use super::svg::{Element, label, number, short, strength};
use super::{Chart, Table, WIDTH, tokens};
use crate::catalog::{AccessLevel, Role as CatalogRole};
use crate::say;
use crate::text::{Name, Text};

const LEFT: usize = 210;
const TOP: usize = 40;
const ROW: usize = 30;

fn role_name(role: Role) -> Text {
    match role {
        Role::Level(level) => match CatalogRole::from_number(u64::from(level.0)) {
            CatalogRole::Known(level) => say![AccessLevel::name(level)],
            CatalogRole::Other(_) => say!["level ", level.0],
        },
        Role::Other => say!["custom"],
        Role::None => say!["its owner's"],
        Role::Unknown => say!["not shown"],
    }
}

fn scope_name(scope: &ScopeRow) -> Text {
    say![Name::new(&scope.1)]
}

pub(super) fn chart(figures: &Figures) -> Chart {
    let roles: BTreeSet<Role> = figures.scopes.keys().map(|(_, role)| *role).collect();
    let scopes: BTreeSet<&ScopeRow> = figures.scopes.keys().map(|(scope, _)| scope).collect();
    let count = |scope: &ScopeRow, role: Role| figures.scopes.get(&(scope.clone(), role)).copied().unwrap_or_default();
    let most = figures.scopes.values().copied().max().unwrap_or(1);
    let step = (WIDTH - LEFT) / roles.len().max(1);
    let mut parts = Vec::new();
    for (index, role) in roles.iter().enumerate() {
        let room = step / 8;
        parts.push(label(LEFT + index * step + step / 2, TOP - 14, "middle", short(&role_name(*role), room.max(5))));
    }
    let mut rows = Vec::new();
    for (line, scope) in scopes.iter().enumerate() {
        let top = TOP + line * ROW;
        let name = scope_name(scope);
        parts.push(label(LEFT - 10, top + ROW / 2 + 5, "end", short(&name, 28)));
        let mut row = vec![name];
        for (index, role) in roles.iter().enumerate() {
            let amount = count(scope, *role);
            let left = LEFT + index * step;
            parts.push(
                Element::new("rect")
                    .with("class", "chart-cell")
                    .with("x", left + 2)
                    .with("y", top + 2)
                    .with("width", step.saturating_sub(4))
                    .with("height", ROW - 4)
                    .with("fill-opacity", strength(amount, most)),
            );
            if amount > 0 {
                parts.push(number(left + step / 2, top + ROW / 2 + 5, amount));
            }
            row.push(say![amount]);
        }
        rows.push(row);
    }
    // Of several, the first in the table.
    let top = figures.scopes.iter().rev().max_by_key(|(_, count)| **count);
    let mut description = say![
        "Which scopes the ",
        tokens(figures.tokens),
        " have, with which role; a token counts once for each of its scopes."
    ];
    if let Some(((scope, role), count)) = top {
        let what = match *role {
            Role::None => say!["its owner's role"],
            Role::Unknown => say!["a role that is not shown"],
            Role::Other => say!["a custom role"],
            Role::Level(_) => say!["the role ", role_name(*role)],
        };
        description
            .push(" Most often: ")
            .push(scope_name(scope))
            .push(" with ")
            .push(what)
            .push(", ")
            .push(*count)
            .push(".");
    }
    let mut head = vec![say!["Scope"]];
    head.extend(roles.iter().map(|role| role_name(*role)));
    let height = TOP + scopes.len() * ROW + 8;
    Chart::new("scopes", say!["Scopes and roles"], description, height, parts, Table { head, rows })
}

use proptest::prelude::*;

use super::*;
use crate::inventory::TokenRow;
use crate::rules::sample::{good, person, personal, project, scopes, today};
use crate::text::Name;

fn figures(rows: Vec<TokenRow>) -> Figures {
    let mut figures = Figures::new(today());
    rows.iter().for_each(|row| figures.add(row));
    figures
}

fn some() -> Figures {
    let never = TokenRow { never_expires: Some(true), expires_on: None, ..good() };
    let old =
        TokenRow { created_on: Some(today().plus_days(-800)), last_used_at: None, never_used: Some(true), ..good() };
    let api = TokenRow { scopes: scopes("api read_api"), expires_on: Some(today().plus_days(400)), ..personal() };
    let newer = TokenRow { scopes: scopes("read_dreams"), ..good() };
    figures(vec![
        good(),
        never,
        old,
        api,
        newer,
        TokenRow { scopes: None, role: None, expires_on: None, never_expires: None, ..good() },
    ])
}

#[test]
fn the_charts_read_well() {
    let charts = charts(&some());
    let text: Vec<String> = charts
        .iter()
        .map(|chart| {
            let line = |row: &[Text]| row.iter().map(Text::as_str).collect::<Vec<_>>().join(" | ");
            let rows = chart.table.rows.iter().map(|row| line(row)).collect::<Vec<_>>().join("\n");
            format!("# {}\n{}\n{}\n{rows}\n", chart.title, chart.description, line(&chart.table.head))
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
    insta::assert_snapshot!(charts[0].html());
}

#[test]
fn without_tokens_there_is_no_chart() {
    assert!(charts(&figures(Vec::new())).is_empty());
}

#[test]
fn a_token_in_two_lists_counts_once_and_a_dead_one_not() {
    let dead = TokenRow { id: Some(9), expires_on: Some(today()), ..good() };
    let report = |inventories| crate::Report {
        today: today(),
        inputs: Vec::new(),
        findings: Vec::new(),
        blind_spots: Vec::new(),
        inventories,
        mentions: Vec::new(),
        seen: Vec::new(),
        accepted_findings: Vec::new(),
        left_out: [0; 5],
        accepted: 0,
    };
    let figures =
        Figures::of(&report(vec![(0, project(vec![good(), dead])), (1, project(vec![good()])), (2, person(vec![]))]));
    assert_eq!(figures.tokens, 1);
}

/// Everything that the picture counts stands in the table, and nothing else.
fn sums(chart: &Chart) -> usize {
    chart.table.rows.iter().flat_map(|row| row.iter().skip(1)).map(|cell| cell.as_str().parse::<usize>().unwrap()).sum()
}

fn shown(element: &Element, class: &str, out: &mut usize) {
    if element.attributes.iter().any(|(name, value)| *name == "class" && value.as_str() == class) {
        for child in &element.children {
            if let Node::Text(text) = child {
                *out += text.as_str().parse::<usize>().unwrap();
            }
        }
    }
    for child in &element.children {
        if let Node::Element(child) = child {
            shown(child, class, out);
        }
    }
}

/// It turns the direction of what follows.
const HIDDEN: char = '\u{202e}';

proptest! {
    #[test]
    fn picture_and_table_have_the_same_numbers(rows in proptest::collection::vec((0..3_i64, -900..900_i64, -1200..1_i64, -900..1_i64, "[a-z<&\"\u{202e}]{1,40}", 0..9_u8), 0..40)) {
        let rows: Vec<TokenRow> = rows.into_iter().map(|(kind, end, made, used, scope, role)| TokenRow {
            scopes: if kind == 0 { None } else { Some(vec![crate::catalog::Scope::new(&scope), crate::catalog::Scope::new("api")]) },
            role: if role < 3 { None } else { Some(crate::catalog::Role::from_number(u64::from(role) * 10)) },
            expires_on: (kind != 1).then(|| today().plus_days(end)),
            never_expires: Some(kind == 1),
            created_on: (kind != 2).then(|| today().plus_days(made)),
            last_used_at: None,
            last_used_on: (kind == 2).then(|| today().plus_days(used)),
            never_used: (kind == 1).then_some(true),
            name: Some(Name::new(&scope)),
            ..good()
        }).collect();
        let figures = figures(rows);
        let json = serde_json::to_string(&figures.tokens).unwrap();
        prop_assert!(!json.is_empty());
        for chart in charts(&figures) {
            let mut numbers = 0;
            shown(&chart.svg, "chart-number", &mut numbers);
            prop_assert_eq!(numbers, sums(&chart));
            if chart.id != "scopes" {
                prop_assert_eq!(numbers, figures.tokens);
            }
            let html = chart.html();
            prop_assert!(!html.contains("style=") && !html.contains("<script") && !html.contains(HIDDEN));
            prop_assert_eq!(html.matches("<text").count(), html.matches("</text>").count());
        }
    }
}

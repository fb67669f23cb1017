//! Where a token may stand: the variables of other inputs, and the configuration that uses them, said where a finding asks who
//! uses it.

use std::collections::HashMap;

use crate::context::Context;
use crate::plan::rotation::{Estate, Holders, family, holder_in_words};
use crate::report::{Confidence, Finding, Report, SubjectId};
use crate::rules::Judgement;
use crate::rules::advice::ASK_CONSUMERS;
use crate::rules::row::Row;
use crate::say;
use crate::source::{Masks, Source};
use crate::text::{Name, Text};

/// Variables of one token that are named.
const SHOWN: usize = 2;

/// Could a variable be named where a finding asks who uses a token?
pub(crate) fn may_name_holders(report: &Report) -> bool {
    let variables = report.inventories.iter().any(|(_, inventory)| !inventory.variables.is_empty());
    let asks = |finding: &Finding| {
        finding.advice.iter().any(|step| step.text.as_str().starts_with(ASK_CONSUMERS)) && numbered(finding).is_some()
    };
    (variables || !report.mentions.is_empty()) && report.findings.iter().any(asks)
}

/// Family and number of the token that a finding is about.
fn numbered(finding: &Finding) -> Option<(u8, u64)> {
    let subject = finding.subject.as_ref()?;
    let Some(SubjectId::Number(id)) = subject.id else { return None };
    Some((family(crate::catalog::TokenType::parse(subject.kind)?)?, id))
}

pub(super) fn name_holders(report: &mut Report, context: &Context) {
    if !may_name_holders(report) {
        return;
    }
    let mut words: HashMap<(u8, u64), Text> = HashMap::new();
    {
        let nothing = Source::new(Name::default(), String::new(), 0);
        let masks = Masks::default();
        let judgement = Judgement::of_rows(&nothing, 0, context, &masks);
        let estate = Estate::new(report);
        let holders = Holders::new(report, &estate);
        let rows = estate.rows(context.today);
        let rows: Vec<Row<'_>> = rows.iter().map(|(inventory, token)| Row::new(&judgement, inventory, token)).collect();
        for (row, held) in rows.iter().zip(holders.of(&rows)) {
            let (Some(family), Some(id), Some(first)) = (family(row.token.kind), row.token.id, held.first()) else {
                continue;
            };
            let named: Vec<Text> = held.iter().take(SHOWN).map(holder_in_words).collect();
            let sure = first.confidence == Confidence::Likely;
            let how = if sure {
                " likely holds it, by its name: look there first."
            } else {
                " may hold it, by its name: look there first."
            };
            words.insert((family, id), say![" ", Text::list(&named, "or"), how]);
        }
    }
    for finding in &mut report.findings {
        let Some(found) = numbered(finding).and_then(|token| words.get(&token)) else { continue };
        if let Some(step) = finding.advice.iter_mut().find(|step| step.text.as_str().starts_with(ASK_CONSUMERS)) {
            step.text.push(found.clone());
        }
    }
}

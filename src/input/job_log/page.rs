//! The log on a job's page, read as a log of its own.

use super::{JobLog, read};
use crate::context::Context;
use crate::input::Model;
use crate::inventory::Inventory;
use crate::source::Source;

/// Lines of folded sections that are kept as empty ones, at most, so that the others keep their numbers.
const MOST_MISSING: u64 = 100_000;

/// The lines on the page as a text, each under the number it has there, and what they say. `None` where the page is no job's.
#[must_use]
pub fn of_page(inventory: &Inventory, context: &Context) -> Option<(Source, JobLog)> {
    let lines = inventory.lines.as_ref().filter(|lines| !lines.is_empty())?;
    let owner = inventory.owner.as_ref().and_then(|owner| owner.path.clone());
    let mut text = String::new();
    let (mut next, mut left) = (1_u64, MOST_MISSING);
    for line in lines {
        let missing = line.n.saturating_sub(next).min(left);
        left -= missing;
        text.extend((0..missing).map(|_| '\n'));
        text.push_str(line.text.as_str());
        text.push('\n');
        next = line.n.saturating_add(1);
    }
    let bytes = text.len();
    let source = Source::new(context.name("log"), text, bytes);
    let context = Context { project: owner.clone().or_else(|| context.project.clone()), ..context.clone() };
    let Model::JobLog(mut log) = read(&source, &context).model else { return None };
    log.job = inventory.job_id.or(log.job);
    log.project = owner.or(log.project);
    Some((source, *log))
}

#[cfg(test)]
mod tests {
    use crate::context::Context;
    use crate::input::{Kind, Model};
    use crate::inventory::{Inventory, JobLine, Owner, OwnerKind};
    use crate::rules::{Judgement, judge};
    use crate::source::{Masks, Source};
    use crate::text::Name;
    use crate::time::Date;

    #[test]
    fn a_refusal_on_a_jobs_page_is_judged_with_the_pages_own_project_and_line_numbers() {
        let said = [
            (12, "remote: Authentication by CI/CD job token not allowed from web to lib."),
            (
                13,
                "fatal: unable to access 'https://gitlab.example.com/team/lib.git/': The requested URL returned error: 403",
            ),
        ];
        let lines = said.map(|(n, text)| JobLine { n, text: Name::new(text) }).into();
        let owner =
            Owner { kind: OwnerKind::Project, path: Some(Name::new("shop/web")), username: None, id: Some(4711) };
        let inventory = Inventory { owner: Some(owner), lines: Some(lines), ..Inventory::default() };
        let (source, context) =
            (Source::new(Name::new("page"), String::new(), 0), Context::new(Date::new(2026, 11, 20).unwrap()));
        let judgement = Judgement {
            source: &source,
            kind: Kind::SettingsPage,
            input: 0,
            project: None,
            context: &context,
            log: None,
            found: &[],
            masks: &Masks::default(),
            memo: crate::rules::Memo::default(),
        };
        let mut findings = Vec::new();
        judge(&judgement, &Model::Inventory(Box::new(inventory)), &mut findings);
        let finding = findings.iter().find(|finding| finding.rule.id == "job-token-not-allowed").unwrap();
        let denial = finding.denial.clone().unwrap();
        assert_eq!((denial.caller.unwrap().as_str(), denial.callee.unwrap().as_str()), ("shop/web", "team/lib"));
        assert!(finding.message.as_str().starts_with("Lines 12–13:"), "{}", finding.message);
        assert_eq!((finding.place, finding.excerpt.as_ref().map(|excerpt| excerpt.line)), (None, Some(12)));
    }
}

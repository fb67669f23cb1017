//! What popup and page remember, and how it changes: pure, so that it is tested without a browser. Nothing of it is ever
//! stored or put into an address.

use std::collections::BTreeSet;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::input::{Input, Kind};
use crate::report::json::{FindingV1, ReportV1, SubjectIdV1};
use crate::report::{Confidence, Severity};
use crate::samples;
use crate::time::Date;
use crate::web::words;

/// How many findings are shown before somebody asks for more: 500 open at once, on a page of 200 tokens.
pub const STEP: usize = 100;

/// How a report is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What was typed into the search field.
    pub query: String,
    /// Severities that are not shown.
    pub hidden: BTreeSet<Severity>,
    /// Findings that are unfolded, by index.
    pub open: BTreeSet<usize>,
    /// How many findings are shown at most.
    pub limit: usize,
}

impl Default for View {
    fn default() -> Self {
        Self { query: String::new(), hidden: BTreeSet::new(), open: BTreeSet::new(), limit: STEP }
    }
}

/// What the user does with a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Types into the search field.
    Search(String),
    /// Shows or hides a severity.
    Toggle(Severity),
    /// Unfolds or folds a finding.
    Fold(usize),
    /// Asks for more of a long list.
    More,
    /// Shows everything again.
    Everything,
    /// Has a new report, whose first finding is unfolded.
    NewReport(Option<usize>),
}

impl View {
    /// The view after a step.
    #[must_use]
    pub fn after(&self, look: Look) -> Self {
        let mut next = self.clone();
        match look {
            Look::Search(query) => {
                next.query = query;
                next.limit = STEP;
            }
            Look::Toggle(severity) => flip(&mut next.hidden, severity),
            Look::Fold(index) => flip(&mut next.open, index),
            Look::More => next.limit += STEP,
            Look::Everything => {
                next.query.clear();
                next.hidden.clear();
            }
            Look::NewReport(first) => {
                next.open = first.into_iter().collect();
                next.limit = STEP;
            }
        }
        next
    }

    /// Is anything held back?
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.query.trim().is_empty() || !self.hidden.is_empty()
    }

    /// Indices of the findings that the view lets through: those to act on, and those to look at first (only possible).
    #[must_use]
    pub fn findings(&self, report: &ReportV1) -> (Vec<usize>, Vec<usize>) {
        let terms = terms(&self.query);
        let shown = report.findings.iter().enumerate().filter(|(_, finding)| {
            !self.hidden.contains(&finding.severity) && terms.iter().all(|term| finding_has(finding, term))
        });
        let (act, look): (Vec<_>, Vec<_>) = shown.partition(|(_, finding)| finding.confidence != Confidence::Possible);
        let numbers = |list: Vec<(usize, &FindingV1)>| list.into_iter().map(|(index, _)| index).collect();
        (numbers(act), numbers(look))
    }

    /// Does the search let a row through? `texts` are what the row shows.
    #[must_use]
    pub fn row_matches(&self, texts: &[&str]) -> bool {
        terms(&self.query).iter().all(|term| texts.iter().any(|text| contains(text, term)))
    }
}

fn flip<T: Ord>(set: &mut BTreeSet<T>, item: T) {
    if !set.remove(&item) {
        set.insert(item);
    }
}

fn terms(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_lowercase).collect()
}

fn contains(text: &str, term: &str) -> bool {
    text.to_lowercase().contains(term)
}

fn finding_has(finding: &FindingV1, term: &str) -> bool {
    let subject = finding.subject.as_ref();
    let key = match subject.and_then(|subject| subject.id.as_ref()) {
        Some(SubjectIdV1::Number(number)) => Some(number.to_string()),
        Some(SubjectIdV1::Key(key)) => Some(key.clone()),
        None => None,
    };
    let texts = [
        Some(finding.title.as_str()),
        Some(&finding.message),
        Some(&finding.rule),
        Some(&finding.input),
        Some(finding.severity.word()),
        key.as_deref(),
        subject.and_then(|subject| subject.name.as_deref()),
        subject.and_then(|subject| subject.owner.as_deref()),
        finding.token.as_ref().map(|token| token.kind.as_str()),
    ];
    texts.into_iter().flatten().any(|text| contains(text, term))
}

/// One file or sample on the page.
#[derive(Clone)]
pub struct Item {
    /// Never given to another item, so that lists keep their order.
    pub id: u32,
    /// File name.
    pub name: String,
    /// Its bytes; overwritten when the last copy goes.
    pub bytes: Rc<Zeroizing<Vec<u8>>>,
    /// What the user says it is.
    pub kind: Option<Kind>,
}

/// Everything that was given to the page.
#[derive(Clone, Default)]
pub struct Desk {
    /// The paste box.
    pub paste: Rc<Zeroizing<String>>,
    /// What the user says the pasted text is.
    pub paste_kind: Option<Kind>,
    /// Files, in the order they came.
    pub items: Vec<Item>,
    /// Only samples lie here: they are judged by their own day.
    pub sample: bool,
    /// Grows with every step, so that a change is seen without comparing texts.
    pub revision: u32,
    next: u32,
}

/// What the user does on the page.
pub enum Step {
    /// Types or pastes.
    Paste(String),
    /// Adds files.
    Files(Vec<(String, Vec<u8>)>),
    /// Asks for the sample.
    Sample,
    /// Takes a file away.
    Remove(u32),
    /// Says what an input is; `None` for the id is the paste box, for the kind: recognise it.
    Kind(Option<u32>, Option<Kind>),
    /// Takes everything away.
    Clear,
}

impl Desk {
    /// The desk after a step.
    #[must_use]
    pub fn after(&self, step: Step) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        match step {
            Step::Paste(text) => {
                if text.is_empty() {
                    next.paste_kind = None;
                }
                next.sample &= text.is_empty();
                next.paste = Rc::new(Zeroizing::new(text));
            }
            Step::Files(files) => {
                next.sample = false;
                for (name, bytes) in files {
                    next.add(name, bytes);
                }
            }
            Step::Sample => {
                next.sample = next.is_empty() || next.sample;
                for (name, text) in samples::texts() {
                    if !next.items.iter().any(|item| item.name == name) {
                        next.add(name.to_owned(), text.into_bytes());
                    }
                }
            }
            Step::Remove(id) => next.items.retain(|item| item.id != id),
            Step::Kind(None, kind) => next.paste_kind = kind,
            Step::Kind(Some(id), kind) => {
                for item in next.items.iter_mut().filter(|item| item.id == id) {
                    item.kind = kind;
                }
            }
            Step::Clear => next = Self { next: next.next, revision: next.revision, ..Self::default() },
        }
        next
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.items.push(Item { id: self.next, name, bytes: Rc::new(Zeroizing::new(bytes)), kind: None });
        self.next += 1;
    }

    /// Is there nothing to check?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.paste.is_empty()
    }

    /// The day to judge by.
    #[must_use]
    pub fn today(&self, clock: Date) -> Date {
        if self.sample { samples::today() } else { clock }
    }

    /// What is audited: the pasted text first, then the files. Their order is that of [`Desk::places`].
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let input = |name: &str, bytes: &[u8], kind| Input { kind, ..Input::new(name, bytes) };
        let paste = (!self.paste.is_empty()).then(|| input(words::PASTED, self.paste.as_bytes(), self.paste_kind));
        paste.into_iter().chain(self.items.iter().map(|item| input(&item.name, &item.bytes, item.kind))).collect()
    }

    /// Which item each input is; `None` for the paste box.
    #[must_use]
    pub fn places(&self) -> Vec<(Option<u32>, Option<Kind>)> {
        let paste = (!self.paste.is_empty()).then_some((None, self.paste_kind));
        paste.into_iter().chain(self.items.iter().map(|item| (Some(item.id), item.kind))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, audit, report::json};

    fn sample_report() -> ReportV1 {
        json::report(&audit(samples::inputs(), &Context::new(samples::today())), true)
    }

    fn with(severity: Severity, confidence: Confidence, title: &str) -> FindingV1 {
        FindingV1 {
            rule: "some-rule".into(),
            severity,
            confidence,
            title: title.into(),
            message: "It can push.".into(),
            input: "a.log".into(),
            line: None,
            column: None,
            end_line: None,
            end_column: None,
            token: None,
            subject: None,
            denial: None,
            advice: Vec::new(),
            references: Vec::new(),
            identity: String::new(),
            excerpt: None,
        }
    }

    fn report() -> ReportV1 {
        let findings = vec![
            with(Severity::Critical, Confidence::Certain, "Token in a log"),
            with(Severity::High, Confidence::Possible, "Perhaps a password"),
            with(Severity::Low, Confidence::Likely, "Unused deploy-prod"),
        ];
        ReportV1 { findings, ..sample_report() }
    }

    #[test]
    fn what_is_only_possible_stands_by_itself() {
        assert_eq!(View::default().findings(&report()), (vec![0, 2], vec![1]));
    }

    #[test]
    fn a_search_needs_every_word_in_any_place_and_any_case() {
        let view = |query: &str| View::default().after(Look::Search(query.into()));
        assert_eq!(view("TOKEN log").findings(&report()).0, [0]);
        assert_eq!(view("push unused").findings(&report()).0, [2]);
        assert_eq!(view("  ").findings(&report()).0, [0, 2]);
        assert_eq!(view("nothing like it").findings(&report()), (vec![], vec![]));
        assert!(view("Deploy").row_matches(&["deploy-prod", "api"]));
        assert!(!view("deploy read_api").row_matches(&["deploy-prod", "api"]));
    }

    #[test]
    fn a_severity_is_hidden_and_shown_again_and_everything_resets() {
        let hidden = View::default().after(Look::Toggle(Severity::Critical));
        assert_eq!(hidden.findings(&report()).0, [2]);
        assert!(hidden.is_filtered());
        assert_eq!(hidden.after(Look::Toggle(Severity::Critical)), View::default());
        let both = hidden.after(Look::Search("x".into())).after(Look::Everything);
        assert!(!both.is_filtered());
    }

    #[test]
    fn a_new_report_folds_all_but_its_first_finding() {
        let view = View::default().after(Look::Fold(7)).after(Look::More).after(Look::NewReport(Some(0)));
        assert_eq!(view.open, BTreeSet::from([0]));
        assert_eq!(view.limit, STEP);
        assert!(view.after(Look::Fold(0)).open.is_empty());
    }

    #[test]
    fn paste_and_files_are_audited_in_order_with_what_the_user_said_they_are() {
        let desk = Desk::default()
            .after(Step::Files(vec![("a.txt".into(), b"x".to_vec()), ("a.txt".into(), b"y".to_vec())]))
            .after(Step::Paste("text".into()))
            .after(Step::Kind(Some(1), Some(Kind::JobLog)))
            .after(Step::Kind(None, Some(Kind::Inventory)));
        let inputs: Vec<_> = desk.inputs().into_iter().map(|input| (input.name, input.bytes, input.kind)).collect();
        assert_eq!(
            inputs,
            [
                (words::PASTED.to_owned(), b"text".to_vec(), Some(Kind::Inventory)),
                ("a.txt".to_owned(), b"x".to_vec(), None),
                ("a.txt".to_owned(), b"y".to_vec(), Some(Kind::JobLog)),
            ]
        );
        assert_eq!(desk.places()[2], (Some(1), Some(Kind::JobLog)));
        assert_eq!(desk.after(Step::Remove(0)).places().len(), 2);
        assert!(desk.after(Step::Clear).is_empty());
    }

    #[test]
    fn an_emptied_paste_box_forgets_what_it_held() {
        let desk = Desk::default().after(Step::Paste("x".into())).after(Step::Kind(None, Some(Kind::JobLog)));
        assert_eq!(desk.after(Step::Paste(String::new())).paste_kind, None);
    }

    #[test]
    fn samples_are_judged_by_their_own_day_until_something_else_lies_beside_them() {
        let clock = Date::new(2030, 1, 1).unwrap();
        let desk = Desk::default().after(Step::Sample);
        assert_eq!(desk.today(clock), samples::today());
        assert_eq!(desk.after(Step::Sample).items.len(), desk.items.len(), "the same sample twice helps nobody");
        assert_eq!(desk.after(Step::Files(vec![("b".into(), vec![])])).today(clock), clock);
        assert_eq!(desk.after(Step::Paste("b".into())).today(clock), clock);
        assert_eq!(Desk::default().after(Step::Paste("b".into())).after(Step::Sample).today(clock), clock);
        assert_eq!(desk.after(Step::Clear).today(clock), clock);
    }

    #[test]
    fn cleared_items_never_share_a_number_with_new_ones() {
        let desk = Desk::default().after(Step::Sample).after(Step::Clear).after(Step::Sample);
        assert!(desk.items.iter().all(|item| item.id as usize >= samples::texts().len()));
    }
}

//! What popup and page remember, and how it changes: pure, so that it is tested without a browser. Nothing of it is ever
//! stored or put into an address.

use std::collections::{BTreeMap, BTreeSet};

use crate::accept::Draft;
use crate::input::Kind;
use crate::report::json::{FindingV1, ReportV1, SubjectIdV1};
use crate::report::{Confidence, Severity};
use crate::samples;
use crate::time::Date;
use crate::web::talk::{Filter, Given, Role, RowLook, SheetId};
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

/// The words of a search, in lower case.
pub(super) fn terms(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_lowercase).collect()
}

#[cfg(not(any(feature = "shows", feature = "core", feature = "background")))]
/// Does every term stand in one of the texts?
pub(super) fn has_terms<'a>(terms: &[String], texts: impl Iterator<Item = &'a str>) -> bool {
    let texts: Vec<String> = texts.map(str::to_lowercase).collect();
    terms.iter().all(|term| texts.iter().any(|text| text.contains(term.as_str())))
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

/// One input on the page. Its bytes stay with the browser, as a file, until the worker reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Never given to another item; a changed text is another item.
    pub id: u32,
    /// File name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// What the user says it is.
    pub kind: Option<Kind>,
    /// Index of a sample.
    pub sample: Option<usize>,
    /// The user stopped its check.
    pub stopped: bool,
}

/// Everything that was given to the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// The paste box, when there is something in it.
    pub paste: Option<Item>,
    /// Files, in the order they came.
    pub items: Vec<Item>,
    /// The earlier export to compare with.
    pub earlier: Option<Item>,
    /// Grows with every step that calls for a new check.
    pub revision: u32,
    next: u32,
}

/// What the user does on the page.
pub enum Step {
    /// Types or pastes so many bytes.
    Paste(u64),
    /// Adds files: name and size. Their numbers are [`Desk::next_id`] and those that follow.
    Files(Vec<(String, u64)>),
    /// Asks for the sample.
    Sample,
    /// Takes an input away.
    Remove(u32),
    /// Says what an input is; `None`: recognise it.
    Kind(u32, Option<Kind>),
    /// Compares with an earlier export, or with none.
    Earlier(Option<(String, u64)>),
    /// Stops the check of these inputs.
    Stop(Vec<u32>),
    /// Checks a stopped input after all.
    Again(u32),
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
            Step::Paste(0) => next.paste = None,
            Step::Paste(size) => {
                let kind = next.paste.take().and_then(|paste| paste.kind);
                let paste = next.item(words::PASTED.to_owned(), size);
                next.paste = Some(Item { kind, ..paste });
            }
            Step::Files(files) => {
                for (name, size) in files {
                    let item = next.item(name, size);
                    next.items.push(item);
                }
            }
            Step::Sample => {
                for (index, name) in samples::names().enumerate() {
                    if !next.items.iter().any(|item| item.sample == Some(index)) {
                        let item = next.item(name.to_owned(), 0);
                        next.items.push(Item { sample: Some(index), ..item });
                    }
                }
            }
            Step::Remove(id) => next.items.retain(|item| item.id != id),
            Step::Kind(id, kind) => next.change(&[id], |item| item.kind = kind),
            Step::Earlier(file) => next.earlier = file.map(|(name, size)| next.item(name, size)),
            Step::Stop(ids) => next.change(&ids, |item| item.stopped = true),
            Step::Again(id) => next.change(&[id], |item| item.stopped = false),
            Step::Clear => next = Self { next: next.next, revision: next.revision, ..Self::default() },
        }
        next
    }

    /// The number that the next input gets.
    #[must_use]
    pub const fn next_id(&self) -> u32 {
        self.next
    }

    fn item(&mut self, name: String, size: u64) -> Item {
        let id = self.next;
        self.next += 1;
        Item { id, name, size, kind: None, sample: None, stopped: false }
    }

    fn change(&mut self, ids: &[u32], change: impl Fn(&mut Item)) {
        let items = self.paste.iter_mut().chain(&mut self.items).chain(&mut self.earlier);
        items.filter(|item| ids.contains(&item.id)).for_each(change);
    }

    /// All inputs that are checked: the pasted text first, then the files.
    pub fn inputs(&self) -> impl Iterator<Item = &Item> {
        self.paste.iter().chain(&self.items)
    }

    /// Is there nothing to check?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.paste.is_none()
    }

    /// Do only samples lie here? They are judged by their own day.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        !self.is_empty() && self.inputs().all(|item| item.sample.is_some())
    }

    /// The day to judge by.
    #[must_use]
    pub fn today(&self, clock: Date) -> Date {
        if self.is_sample() { samples::today() } else { clock }
    }

    /// What the worker is to read.
    #[must_use]
    pub fn given(&self) -> Vec<Given> {
        let given = |item: &Item, role| Given {
            id: item.id,
            name: item.name.clone(),
            kind: item.kind,
            sample: item.sample,
            role: if item.stopped { Role::Stopped } else { role },
        };
        let earlier = self.earlier.iter().map(|item| given(item, Role::Earlier));
        self.inputs().map(|item| given(item, Role::Check)).chain(earlier).collect()
    }
}

/// How many findings the page shows at once.
pub const PAGE: usize = 50;

/// How the page looks at the report. Kept when another tab is shown, gone with the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looking {
    /// Which table is shown; `None` for the findings.
    pub tab: Option<SheetId>,
    /// Which findings.
    pub filter: Filter,
    /// How many of them are left out before the first that is shown.
    pub from: usize,
    /// Findings that are unfolded, by their number in the report.
    pub open: BTreeSet<usize>,
    /// Where the next and previous keys are, in the filtered list.
    pub hit: Option<usize>,
    /// Filter and order of each table.
    pub rows: BTreeMap<SheetId, RowLook>,
    /// Findings that the user accepted, by their identity and input: what a `leastwise.toml` is made of.
    pub accepted: BTreeMap<(String, String), (FindingV1, Draft)>,
}

/// What the user does with the report.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Shows a tab.
    Tab(Option<SheetId>),
    /// Filters findings.
    Filter(Filter),
    /// Shows the part of the list from here on.
    From(usize),
    /// Folds or unfolds a finding.
    Fold(usize),
    /// Goes to a finding, by its place in the filtered list and its number in the report.
    Hit(usize, Option<usize>),
    /// Accepts a finding, or takes that back.
    Accept(Box<FindingV1>, Option<Draft>),
    /// Filters or sorts a table.
    Rows(SheetId, RowLook),
    /// The report is another one; its first finding is unfolded.
    NewReport,
    /// Everything is taken away.
    Clear,
}

impl Looking {
    /// How it is looked at after that.
    #[must_use]
    pub fn after(&self, turn: Turn) -> Self {
        let mut next = self.clone();
        match turn {
            Turn::Tab(tab) => next.tab = tab,
            Turn::Filter(filter) => {
                next.filter = filter;
                next.from = 0;
                next.hit = None;
            }
            Turn::From(from) => next.from = from,
            Turn::Fold(index) => flip(&mut next.open, index),
            Turn::Hit(at, index) => {
                next.hit = Some(at);
                next.from = at - at % PAGE;
                next.open.extend(index);
            }
            Turn::Rows(sheet, look) => {
                next.rows.insert(sheet, look);
            }
            Turn::Accept(finding, draft) => {
                let key = (finding.identity.clone(), finding.input.clone());
                match draft {
                    Some(draft) => next.accepted.insert(key, (*finding, draft)),
                    None => next.accepted.remove(&key),
                };
            }
            Turn::NewReport => {
                next.open = BTreeSet::from([0]);
                next.hit = None;
                // What it was limited to may be another thing now.
                next.filter.input = None;
            }
            Turn::Clear => next = Self::default(),
        }
        next
    }

    /// Filter and order of a table.
    #[must_use]
    pub fn rows(&self, sheet: SheetId) -> RowLook {
        self.rows.get(&sheet).cloned().unwrap_or_default()
    }

    /// The place in the filtered list that is `by` further, within its `matched` findings.
    #[must_use]
    pub fn step(&self, forward: bool, matched: usize) -> Option<usize> {
        let last = matched.checked_sub(1)?;
        Some(match (self.hit, forward) {
            (None, true) => self.from.min(last),
            (None, false) => last,
            (Some(at), true) => {
                if at >= last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => {
                if at == 0 {
                    last
                } else {
                    (at - 1).min(last)
                }
            }
        })
    }
}

/// The click on a column: first up, then down, then the table's own order.
#[must_use]
pub fn sorted_by(look: &RowLook, column: usize) -> RowLook {
    let sort = match look.sort {
        Some((at, false)) if at == column => Some((column, true)),
        Some((at, true)) if at == column => None,
        _ => Some((column, false)),
    };
    RowLook { sort, ..look.clone() }
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
    fn paste_and_files_are_read_in_order_with_what_the_user_said_they_are() {
        let desk = Desk::default()
            .after(Step::Files(vec![("a.txt".into(), 1), ("a.txt".into(), 1)]))
            .after(Step::Paste(4))
            .after(Step::Kind(1, Some(Kind::JobLog)))
            .after(Step::Kind(2, Some(Kind::Inventory)));
        let given: Vec<_> = desk.given().into_iter().map(|given| (given.id, given.name, given.kind)).collect();
        assert_eq!(
            given,
            [
                (2, words::PASTED.to_owned(), Some(Kind::Inventory)),
                (0, "a.txt".to_owned(), None),
                (1, "a.txt".to_owned(), Some(Kind::JobLog)),
            ]
        );
        assert_eq!(desk.after(Step::Remove(0)).given().len(), 2);
        assert!(desk.after(Step::Clear).is_empty());
    }

    #[test]
    fn a_changed_paste_is_another_input_that_keeps_its_kind_until_it_is_emptied() {
        let first = Desk::default().after(Step::Paste(1));
        let id = first.paste.as_ref().unwrap().id;
        let desk = first.after(Step::Kind(id, Some(Kind::JobLog))).after(Step::Paste(2));
        let paste = desk.paste.as_ref().unwrap();
        assert_eq!((paste.id == id, paste.kind), (false, Some(Kind::JobLog)));
        assert_eq!(desk.after(Step::Paste(0)).after(Step::Paste(1)).paste.unwrap().kind, None);
    }

    #[test]
    fn samples_are_judged_by_their_own_day_until_something_else_lies_beside_them() {
        let clock = Date::new(2030, 1, 1).unwrap();
        let desk = Desk::default().after(Step::Sample);
        assert_eq!(desk.today(clock), samples::today());
        assert_eq!(desk.after(Step::Sample).items.len(), desk.items.len(), "the same sample twice helps nobody");
        assert_eq!(desk.after(Step::Files(vec![("b".into(), 0)])).today(clock), clock);
        assert_eq!(desk.after(Step::Paste(1)).today(clock), clock);
        assert_eq!(desk.after(Step::Clear).today(clock), clock);
    }

    #[test]
    fn a_stopped_input_is_named_and_not_read_until_it_is_asked_for_again() {
        let desk = Desk::default().after(Step::Files(vec![("big".into(), 9)])).after(Step::Stop(vec![0]));
        assert_eq!(desk.given()[0].role, Role::Stopped);
        assert_eq!(desk.after(Step::Again(0)).given()[0].role, Role::Check);
    }

    #[test]
    fn cleared_items_never_share_a_number_with_new_ones() {
        let desk = Desk::default().after(Step::Sample).after(Step::Clear).after(Step::Sample);
        assert!(desk.items.iter().all(|item| item.id as usize >= samples::names().count()));
    }

    #[test]
    fn the_next_hit_goes_round_and_turns_the_page() {
        let look = Looking::default();
        assert_eq!(look.step(true, 0), None);
        assert_eq!((look.step(true, 3), look.step(false, 3)), (Some(0), Some(2)));
        let at = |at| look.after(Turn::Hit(at, Some(7)));
        assert_eq!((at(2).step(true, 3), at(0).step(false, 3), at(1).step(false, 3)), (Some(0), Some(2), Some(0)));
        assert_eq!((at(PAGE).from, at(PAGE - 1).from), (PAGE, 0));
        assert!(at(0).open.contains(&7));
        assert_eq!(at(5).after(Turn::Filter(Filter::default())).hit, None);
    }

    #[test]
    fn an_acceptance_is_of_one_finding_in_one_input_and_can_be_taken_back() {
        let finding = |input: &str| {
            let finding = with(Severity::High, Confidence::Certain, "Token in a log");
            Box::new(FindingV1 { identity: "exposed-token:x".into(), input: input.into(), ..finding })
        };
        let draft = |owner: &str| Draft {
            reason: crate::accept::Reason::UsedInTests,
            comment: String::new(),
            owner: owner.into(),
            until: Date::new(2027, 1, 31).unwrap(),
        };
        let look = Looking::default()
            .after(Turn::Accept(finding("a.log"), Some(draft("dana"))))
            .after(Turn::Accept(finding("b.log"), Some(draft("dana"))))
            .after(Turn::Accept(finding("a.log"), Some(draft("kim"))));
        assert_eq!(look.accepted.len(), 2);
        let file = crate::accept::file(look.accepted.values().map(|(finding, draft)| (finding, draft)));
        let entries = crate::accept::config::parse(&file).map_err(|wrong| wrong.message).unwrap();
        assert_eq!(entries.len(), 2, "{file}");
        assert!(file.contains("kim") && file.contains("used_in_tests"));
        assert_eq!(look.after(Turn::Accept(finding("a.log"), None)).accepted.len(), 1);
        assert!(look.after(Turn::Clear).accepted.is_empty());
    }

    #[test]
    fn a_column_is_sorted_up_then_down_then_not() {
        let up = sorted_by(&RowLook::default(), 2);
        let down = sorted_by(&up, 2);
        assert_eq!((up.sort, down.sort, sorted_by(&down, 2).sort), (Some((2, false)), Some((2, true)), None));
        assert_eq!(sorted_by(&down, 1).sort, Some((1, false)));
    }
}

//! What crosses between the browser's contexts (background to popup) and what both doors show: the published report, and
//! the rows that were read. Plain data with the shapes of the published JSON, so that a browser can pass it on as a message.

use serde::{Deserialize, Deserializer, Serialize};

use crate::detect::Routing;
use crate::inventory::{Inventory, PageKind, TokenRow};
use crate::plan::choosing::{Aspect, Choosing, choosing};
use crate::report::json::{self, FindingV1, ReportV1, SubjectIdV1};
use crate::report::{Finding, Report, SubjectId};
use crate::text::Name;
use crate::time::Date;
use crate::web::show::{self, Fact};

/// What the background says to the popup.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The page was captured and read.
    Analysis(Box<Analysis>),
    /// It could not be captured.
    Refused(Refusal),
}

/// Why a page could not be captured. The words are in [`crate::web::words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A company's policy keeps extensions off this page.
    Policy,
    /// An extension store, which browsers keep extensions off.
    Store,
    /// One of the browser's own pages.
    BrowserPage,
    /// A local file.
    File,
    /// The page did not load.
    ErrorPage,
    /// The tab is gone.
    NoTab,
    /// The button was not clicked on this page.
    NoAccess,
    /// The page holds more text than a settings page can.
    TooLarge,
    /// The capture failed.
    Capture,
    /// Our own background failed.
    #[serde(other)]
    Broken,
}

/// What stands in the place of an analysis when there is none: `{"refused": "no_tab"}`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Refused {
    refused: Refusal,
}

impl Refused {
    /// Our own failure.
    pub const BROKEN: Self = Self { refused: Refusal::Broken };
}

/// A report with the rows it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The published report, with masked lines.
    pub report: ReportV1,
    /// The rows, one entry for each input that has any shape of an inventory.
    pub inventories: Vec<Listing>,
    /// Advice on the forms that are open on the page.
    pub about_to_create: Vec<Creating>,
}

/// Advice on a form that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creating {
    /// What would come of it.
    pub title: String,
    /// What there is to say.
    pub points: Vec<(Aspect, String)>,
}

impl Creating {
    fn new(choosing: &Choosing) -> Self {
        let shown = |text: &crate::text::Text| show::visible(text.as_str(), false);
        Self {
            title: shown(&choosing.title),
            points: choosing.points.iter().map(|point| (point.about, shown(&point.text))).collect(),
        }
    }
}

/// The rows of one input, ready to be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Index of the input in the report.
    pub input: usize,
    /// Which page they stand on, when they stand on one.
    pub page: Option<PageKind>,
    /// Whose they are: a path or a user name.
    pub owner: Option<String>,
    /// Tokens, active ones first.
    pub rows: Vec<Row>,
}

/// One token in words, with the findings about it. Words rather than the row itself: reading a whole inventory back costs
/// the module a tenth of its size, and the popup only shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its name; `None` where the source gives none.
    pub name: Option<String>,
    /// GitLab's number.
    pub id: Option<u64>,
    /// What its maker wrote.
    pub description: Option<String>,
    /// Whose it is, where one list mixes owners.
    pub owner: Option<String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The word for why there are none.
    pub no_scopes: Option<String>,
    /// The role, as the source writes it.
    pub role: Option<String>,
    /// When it was last used.
    pub used: Fact,
    /// When it ends.
    pub expires: Fact,
    /// Is it alive?
    pub status: String,
    /// Does it stand in the page's table of inactive tokens?
    pub inactive: bool,
    /// Indices of the report's findings about this row, worst first.
    pub findings: Vec<usize>,
}

impl Row {
    fn new(token: &TokenRow, inactive: bool, today: Date, findings: Vec<usize>) -> Self {
        let shown = |name: &Name| show::visible(name.as_str(), false);
        let (scopes, no_scopes) = show::scopes(token);
        let owner = token.owner.as_ref();
        Self {
            name: token.name.as_ref().map(shown),
            id: token.id.filter(|id| *id <= MAX_NUMBER),
            description: token.description.as_ref().map(shown),
            owner: owner
                .and_then(|owner| owner.path.as_ref().or(owner.username.as_ref()).or(owner.name.as_ref()))
                .map(shown),
            scopes,
            no_scopes: no_scopes.map(str::to_owned),
            role: show::role(token),
            used: show::last_use(token, today),
            expires: show::expiry(token, today),
            status: show::status(token, inactive),
            inactive,
            findings,
        }
    }
}

impl Analysis {
    /// What the doors show of a report.
    #[must_use]
    pub fn new(report: &Report) -> Self {
        let inventories = report
            .inventories
            .iter()
            .map(|(input, inventory)| Listing {
                input: *input,
                page: inventory.page.as_ref().map(|page| page.kind),
                owner: owner(inventory),
                rows: rows(report, *input, inventory),
            })
            .collect();
        let about_to_create =
            report.inventories.iter().flat_map(|(_, inventory)| choosing(inventory, report.today)).collect::<Vec<_>>();
        let about_to_create = about_to_create.iter().map(Creating::new).collect();
        let mut report = json::report(report, true);
        fit(&mut report);
        Self { report, inventories, about_to_create }
    }

    /// Which page was read, when the only input is a page.
    #[must_use]
    pub fn page_kind(&self) -> Option<PageKind> {
        match self.inventories.as_slice() {
            [listing] if self.report.inputs.len() == 1 => listing.page,
            _ => None,
        }
    }
}

fn owner(inventory: &Inventory) -> Option<String> {
    let owner = inventory.owner.as_ref()?;
    owner.path.as_ref().or(owner.username.as_ref()).map(|name| show::visible(name.as_str(), false))
}

impl Answer {
    /// Reads what the background said, as often as `said` is asked; anything else is a failure of ours.
    #[must_use]
    pub fn read<'de, D: Deserializer<'de>>(said: impl Fn() -> D) -> Self {
        if let Ok(Refused { refused }) = Refused::deserialize(said()) {
            return Self::Refused(refused);
        }
        Analysis::deserialize(said())
            .map_or(Self::Refused(Refusal::Broken), |analysis| Self::Analysis(Box::new(analysis)))
    }
}

/// The greatest whole number up to which JavaScript tells every number from the next one.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A greater number than JavaScript can tell apart would make the whole answer fail, and a page or a made-up token can hold
/// one. GitLab never gives such an id: it becomes text, and in what a token says of itself, unknown.
fn fit(report: &mut ReportV1) {
    report.findings.iter_mut().for_each(fit_finding);
}

/// The same for one finding.
pub(super) fn fit_finding(finding: &mut FindingV1) {
    if let Some(subject) = &mut finding.subject
        && let Some(SubjectIdV1::Number(number)) = subject.id
        && number > MAX_NUMBER
    {
        subject.id = Some(SubjectIdV1::Key(number.to_string()));
    }
    if let Some(routing) = finding.token.as_mut().and_then(|token| token.routing.as_mut()) {
        let Routing { organization, user, project, group, cell, runner_type } = routing;
        for number in [organization, user, project, group, cell, runner_type] {
            *number = number.filter(|number| *number <= MAX_NUMBER);
        }
    }
}

fn rows(report: &Report, input: usize, inventory: &Inventory) -> Vec<Row> {
    let mut index = Index::default();
    for (number, finding) in report.findings.iter().enumerate().filter(|(_, finding)| finding.input == input) {
        index.add(number, finding);
    }
    let active = inventory.tokens.iter().map(|token| (token, false));
    let inactive = inventory.inactive_tokens.iter().flatten().map(|token| (token, true));
    active.chain(inactive).map(|(token, inactive)| Row::new(token, inactive, report.today, index.of(token))).collect()
}

/// Findings by what names their row, so that 10,000 rows do not mean 10,000 walks through the findings.
#[derive(Default)]
pub(super) struct Index {
    by_id: std::collections::HashMap<u64, Vec<usize>>,
    by_row: std::collections::HashMap<(u32, Option<String>), Vec<usize>>,
}

impl Index {
    pub(super) fn add(&mut self, number: usize, finding: &Finding) {
        let Some(subject) = &finding.subject else { return };
        match (&subject.id, subject.row) {
            (Some(SubjectId::Number(id)), _) => self.by_id.entry(*id).or_default().push(number),
            (_, Some(row)) => {
                let name = subject.name.as_ref().map(ToString::to_string);
                self.by_row.entry((row, name)).or_default().push(number);
            }
            _ => {}
        }
    }

    pub(super) fn of(&self, token: &TokenRow) -> Vec<usize> {
        let by_id = token.id.and_then(|id| self.by_id.get(&id));
        let by_row = token.row.and_then(|row| self.by_row.get(&(row, token.name.as_ref().map(ToString::to_string))));
        let mut all: Vec<usize> = by_id.into_iter().chain(by_row).flatten().copied().collect();
        crate::order::sort(&mut all);
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Context, Input, audit};

    fn analysis(text: &str) -> Analysis {
        let context = Context::new(crate::samples::today());
        Analysis::new(&audit(vec![Input::new("list.json", text)], &context))
    }

    #[test]
    fn what_the_background_says_is_read_back_as_it_was() {
        let analysis = analysis("nothing here");
        let said = serde_json::to_value(&analysis).unwrap();
        assert_eq!(Answer::read(|| &said), Answer::Analysis(Box::new(analysis)));
    }

    #[test]
    fn a_refusal_has_a_reason_and_an_unknown_one_is_our_failure() {
        let read = |said: serde_json::Value| Answer::read(|| &said);
        assert_eq!(read(json!({"refused": "browser_page"})), Answer::Refused(Refusal::BrowserPage));
        assert_eq!(read(json!({"refused": "something new"})), Answer::Refused(Refusal::Broken));
        assert_eq!(read(json!(null)), Answer::Refused(Refusal::Broken));
        assert_eq!(serde_json::to_value(Refused::BROKEN).unwrap(), json!({"refused": "broken"}));
    }

    #[test]
    fn a_number_that_javascript_cannot_hold_does_not_break_the_answer() {
        let rows = json!([
            {"id": 9_007_199_254_740_993_u64, "name": "huge", "scopes": ["api"], "active": true, "revoked": false, "user_id": 7,
             "created_at": "2024-01-01T00:00:00Z", "last_used_at": null, "expires_at": null},
        ]);
        let said = serde_json::to_value(analysis(&rows.to_string())).unwrap();
        fn greatest(value: &serde_json::Value) -> u64 {
            match value {
                serde_json::Value::Number(number) => number.as_u64().unwrap(),
                serde_json::Value::Array(values) => values.iter().map(greatest).max().unwrap_or(0),
                serde_json::Value::Object(values) => values.values().map(greatest).max().unwrap_or(0),
                _ => 0,
            }
        }
        assert!(greatest(&said) <= MAX_NUMBER);
        assert!(said.to_string().contains("\"9007199254740993\""), "the number is said as text: {said}");
    }

    #[test]
    fn findings_stand_with_their_row_by_id_or_by_number_and_name() {
        let mut report = audit(Vec::new(), &Context::new(crate::samples::today()));
        let token = |id, name: &str, row| TokenRow { id, name: Some(Name::new(name)), row, ..TokenRow::default() };
        let inventory = Inventory {
            tokens: vec![token(Some(501), "a", Some(0)), token(None, "b", Some(1))],
            inactive_tokens: Some(vec![token(None, "c", Some(1))]),
            ..Inventory::default()
        };
        report.inventories.push((0, inventory));
        let about = |id, name: &str, row| {
            let subject = crate::report::Subject {
                kind: "project_access_token",
                id,
                name: Some(Name::new(name)),
                owner: None,
                row,
            };
            Finding {
                rule: crate::rules::ALL[0],
                severity: crate::report::Severity::High,
                confidence: crate::report::Confidence::Certain,
                title: crate::text::Text::new(),
                message: crate::text::Text::new(),
                input: 0,
                place: None,
                excerpt: None,
                token: None,
                occurrences: 1,
                subject: Some(subject),
                denial: None,
                advice: Vec::new(),
                references: Vec::new(),
                about: crate::report::About::default(),
            }
        };
        report.findings.push(about(None, "b", Some(1)));
        report.findings.push(about(Some(SubjectId::Number(501)), "a", Some(0)));
        let analysis = Analysis::new(&report);
        let of: Vec<(bool, Vec<usize>)> =
            analysis.inventories[0].rows.iter().map(|row| (row.inactive, row.findings.clone())).collect();
        assert_eq!(of, [(false, vec![1]), (false, vec![0]), (true, vec![])]);
    }
}

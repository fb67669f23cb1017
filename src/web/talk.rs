//! What the page and its worker say to each other. The worker reads, judges and keeps everything; the page asks for what
//! it shows just now: some findings, some rows, a file. So a report of 100,000 rows never crosses in one piece, and nothing
//! that is shown waits for it.
//!
//! All of it is plain data that a browser can pass on as a message. Credentials cross in one direction only: the page
//! hands over the user's files as they are, and what comes back is cut from the report.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::input::Kind;
use crate::plan::allowlist::graph::Graph;
use crate::report::chart::Figures;
use crate::report::json::{AdviceV1, BlindSpotV1, FindingV1, InputV1, SummaryV1};
use crate::report::{Confidence, Severity};
use crate::time::Date;
use crate::web::help::{Helped, Question};
use crate::web::show::Tone;

/// One input of a check. Its bytes come as a `Blob` beside the message; a sample has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The page's number for it.
    pub id: u32,
    /// File name, or what the page calls it.
    pub name: String,
    /// What the user says it is.
    pub kind: Option<Kind>,
    /// Index of a sample; its text is inside the module.
    pub sample: Option<usize>,
    /// What it is for.
    pub role: Role,
}

/// What an input is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To be checked.
    #[default]
    Check,
    /// An earlier export to compare with: it is no part of the report.
    Earlier,
    /// The user stopped its check: it is named, and not read.
    Stopped,
}

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Some of the findings that the filter lets through.
    Findings {
        /// Which.
        filter: Filter,
        /// How many to leave out.
        from: usize,
        /// How many at most.
        count: usize,
    },
    /// Some rows of a table.
    Rows {
        /// The table.
        sheet: SheetId,
        /// Filter and order.
        look: RowLook,
        /// How many to leave out.
        from: usize,
        /// How many at most.
        count: usize,
    },
    /// The numbers for the charts.
    Figures,
    /// What else is known of a row.
    Detail {
        /// The table.
        sheet: SheetId,
        /// The row's own number, as [`RowTold`] says it.
        row: u32,
    },
    /// The report, as far as the filter lets it through, as a file.
    Export {
        /// Which kind of file.
        format: Format,
        /// Which findings.
        filter: Filter,
        /// Which tokens, for a calendar.
        look: RowLook,
    },
    /// Who calls whom with the job token, drawn.
    Graph,
    /// Something that needs no input.
    Help(Question),
    /// The rows of a table, as far as the filter lets them through, as CSV.
    ExportRows {
        /// The table.
        sheet: SheetId,
        /// Filter and order.
        look: RowLook,
    },
    /// A whole plan, as the command writes it.
    ExportPlan {
        /// The plan's table.
        sheet: SheetId,
        /// In which form.
        format: PlanFormat,
    },
}

/// What the worker answers to an [`Ask`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// To [`Ask::Findings`].
    Findings {
        /// How many the filter lets through.
        matched: usize,
        /// How many of these are more than possible; they come first.
        certain: usize,
        /// How many were left out before the first.
        from: usize,
        /// Each with its number in the report.
        findings: Vec<(usize, FindingV1)>,
    },
    /// To [`Ask::Rows`].
    Rows(RowsTold),
    /// To [`Ask::Figures`].
    Figures(Figures),
    /// To [`Ask::Detail`].
    Detail(Detail),
    /// To [`Ask::Export`], [`Ask::ExportRows`] and [`Ask::ExportPlan`].
    File(FileTold),
    /// To [`Ask::Graph`].
    Graph(Graph),
    /// To [`Ask::Help`].
    Helped(Helped),
    /// There is nothing to answer with (any more).
    Nothing,
}

/// A file to copy or download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTold {
    /// File name.
    pub name: String,
    /// MIME type.
    pub mime: String,
    /// Its text, free of credentials like every report.
    pub text: String,
}

/// Kinds of files that a report can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Format {
    Markdown,
    Csv,
    Json,
    Sarif,
    Html,
    Ics,
}

impl Format {
    /// All, in the order of the menu.
    pub const ALL: [Self; 6] = [Self::Markdown, Self::Csv, Self::Json, Self::Sarif, Self::Html, Self::Ics];

    /// File name and MIME type.
    #[must_use]
    pub const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Markdown => ("leastwise-report.md", "text/markdown"),
            Self::Csv => ("leastwise-findings.csv", "text/csv"),
            Self::Json => ("leastwise-report.json", "application/json"),
            Self::Sarif => ("leastwise.sarif", "application/sarif+json"),
            Self::Html => ("leastwise-report.html", "text/html"),
            Self::Ics => ("leastwise-expiry.ics", "text/calendar"),
        }
    }
}

/// Forms of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum PlanFormat {
    Markdown,
    Json,
    Ics,
    Sh,
    Mermaid,
    Dot,
    Graphql,
    Terraform,
}

impl PlanFormat {
    /// The end of a file's name, and its MIME type.
    #[must_use]
    pub const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Markdown => ("md", "text/markdown"),
            Self::Json => ("json", "application/json"),
            Self::Ics => ("ics", "text/calendar"),
            Self::Sh => ("sh", "application/x-sh"),
            Self::Mermaid => ("mmd", "text/plain"),
            Self::Dot => ("dot", "text/vnd.graphviz"),
            Self::Graphql => ("graphql", "application/graphql"),
            Self::Terraform => ("tf", "text/plain"),
        }
    }
}

/// Which findings are looked at. The default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// What was typed into the search field.
    pub query: String,
    /// Severities that are not shown.
    pub hidden: BTreeSet<Severity>,
    /// Only this confidence.
    pub confidence: Option<Confidence>,
    /// Only credentials or rows of this kind.
    pub kind: Option<String>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only in the input with this index.
    pub input: Option<usize>,
}

impl Filter {
    /// Is anything held back?
    #[must_use]
    pub fn is_set(&self) -> bool {
        let Self { query, hidden, confidence, kind, rule, input } = self;
        !query.trim().is_empty()
            || !hidden.is_empty()
            || confidence.is_some()
            || kind.is_some()
            || rule.is_some()
            || input.is_some()
    }
}

/// Tables that the worker can show a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetId {
    /// The rows that were read.
    Tokens,
    /// Their ends, by day.
    Expiry,
    /// Scopes by role.
    HeatMap,
    /// What to replace, hand over or revoke.
    Rotation,
    /// What each token is seen to do, and what would be enough.
    Privilege,
    /// Who calls whom with the job token.
    Allowlist,
    /// What changed since an earlier export.
    Compare,
}

impl SheetId {
    /// All, in the order of the tabs.
    pub const ALL: [Self; 7] =
        [Self::Tokens, Self::Expiry, Self::HeatMap, Self::Rotation, Self::Privilege, Self::Allowlist, Self::Compare];

    /// The forms that its plan can have; none where it is no plan.
    #[must_use]
    pub const fn formats(self) -> &'static [PlanFormat] {
        use PlanFormat::{Dot, Graphql, Ics, Json, Markdown, Mermaid, Sh, Terraform};
        match self {
            Self::Rotation => &[Markdown, Sh, Ics, Json],
            Self::Privilege => &[Markdown, Json],
            Self::Allowlist => &[Markdown, Graphql, Terraform, Mermaid, Dot, Json],
            Self::Tokens | Self::Expiry | Self::HeatMap | Self::Compare => &[],
        }
    }
}

/// Filter and order of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowLook {
    /// Every word of it has to stand somewhere in the row.
    pub query: String,
    /// Column, and whether the greatest comes first; `None` is the table's own order.
    pub sort: Option<(usize, bool)>,
}

/// Rows of a table, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsTold {
    /// The table.
    pub sheet: SheetId,
    /// Titles of its columns.
    pub columns: Vec<String>,
    /// Rows in all.
    pub total: usize,
    /// Rows that the filter lets through.
    pub matched: usize,
    /// How many were left out before the first.
    pub from: usize,
    /// The rows asked for.
    pub rows: Vec<RowTold>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowTold {
    /// Its own number, whatever the order.
    pub row: u32,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// One cell: text that a screen may show as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// How it looks.
    #[serde(default)]
    pub tone: Tone,
    /// A severity to draw before it.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// What is typed or named so in GitLab: shown as code, one by one.
    #[serde(default)]
    pub codes: Vec<String>,
}

impl Cell {
    /// A cell of words.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What stands below a table about its current row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// What it is about.
    pub title: String,
    /// Facts: label and words.
    pub facts: Vec<(String, Cell)>,
    /// What to do, in order.
    pub steps: Vec<AdviceV1>,
    /// What to search for to see its findings.
    pub find: Option<String>,
}

/// How far a check is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which check.
    pub run: u32,
    /// The input that is read.
    pub id: u32,
    /// Bytes of all inputs together that are done.
    pub done: u64,
    /// Bytes of all inputs together.
    pub total: u64,
    /// Inputs that are not read yet, this one too.
    pub left: Vec<u32>,
}

/// What the page always knows about the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Which check.
    pub run: u32,
    /// Is it the last word, or is something still being read?
    pub finished: bool,
    /// The day of the audit.
    pub today: Date,
    /// Counts.
    pub counts: SummaryV1,
    /// What was given, with the page's number.
    pub inputs: Vec<(u32, InputV1)>,
    /// What could not be read: the first ones.
    pub blind_spots: Vec<BlindSpotV1>,
    /// How many things could not be read.
    pub blind: usize,
    /// What there is to filter by.
    pub facets: Facets,
    /// Rows of each table.
    pub sheets: Vec<(SheetId, usize)>,
    /// The earlier export: its name, or why it cannot be compared with.
    pub earlier: Option<Result<String, String>>,
}

/// What there is to filter by, each with how often it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// Confidences.
    pub confidences: Vec<(Confidence, usize)>,
    /// Kinds of credentials and rows.
    pub kinds: Vec<(String, usize)>,
    /// Rules.
    pub rules: Vec<(String, usize)>,
    /// Inputs, by index.
    pub inputs: Vec<(usize, usize)>,
}

/// How many blind spots are sent along with a report.
pub const BLIND_SPOTS: usize = 200;

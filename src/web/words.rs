//! Every word that popup and page say by themselves, in one place, so that a translation needs no other file. What
//! findings say comes from the rules.

use crate::input::{Kind, Status};
use crate::plan::choosing::Aspect;
use crate::report::Severity;
use crate::web::answer::Refusal;

/// The product.
pub const PRODUCT: &str = "Leastwise";
/// Name of the paste box as an input.
pub const PASTED: &str = "pasted text";
/// The source does not say.
pub const UNKNOWN: &str = "unknown";
/// Known to be none.
pub const NONE: &str = "none";
/// No end, or no use.
pub const NEVER: &str = "never";
/// Works.
pub const ACTIVE: &str = "active";
/// Works, not for long.
pub const ENDS_SOON: &str = "active, ends soon";
/// Its end has passed.
pub const EXPIRED: &str = "expired";
/// Somebody ended it.
pub const REVOKED: &str = "revoked";
/// Dead, the source does not say why.
pub const INACTIVE: &str = "inactive";
/// It has permissions instead of scopes.
pub const FINE_GRAINED: &str = "fine-grained permissions";
/// Before the answer is there.
pub const READING: &str = "Reading the page…";
/// Asks the page again.
pub const LOOK_AGAIN: &str = "Look again";
/// Label of the search field.
pub const SEARCH: &str = "Search findings and tokens";
/// How to get there.
pub const SEARCH_HINT: &str = "Press / to search";
/// Shows everything again.
pub const SHOW_EVERYTHING: &str = "Show everything";
/// The list of findings.
pub const FINDINGS: &str = "Findings";
/// Findings that are only possible.
pub const TO_REVIEW: &str = "Worth a look";
/// Why they stand by themselves.
pub const TO_REVIEW_WHY: &str = "These are possible, not certain: somebody who knows the project has to say.";
/// The list of tokens.
pub const TOKENS: &str = "Tokens";
/// The list of blind spots.
pub const BLIND_SPOTS: &str = "Not known";
/// What they are.
pub const BLIND_SPOTS_WHY: &str = "Said instead of guessed:";
/// Steps of a finding.
pub const WHAT_TO_DO: &str = "What to do";
/// Before the place in GitLab.
pub const WHERE: &str = "Where:";
/// A step that cannot be taken back.
pub const DESTRUCTIVE: &str = "Cannot be undone";
/// Copies a command.
pub const COPY: &str = "Copy";
/// It was copied.
pub const COPIED: &str = "Copied";
/// The browser did not allow it.
pub const NOT_COPIED: &str = "Select the command and copy it: the browser did not allow the button to";
/// Documents.
pub const READ_MORE: &str = "Read more:";
/// Rule and certainty of a finding.
pub const RULE: &str = "Rule";
/// Sends nothing.
pub const PROMISE: &str = "Works on your machine. Sends nothing anywhere.";
/// Whose product this is not.
pub const NOT_AFFILIATED: &str = "Not affiliated with GitLab.";

/// Column headings of the table of tokens.
pub const COLUMNS: [&str; 7] = ["Token", "Findings", "Scopes", "Role", "Last used", "Expires", "Status"];
/// A token whose name the source does not give.
pub const NO_NAME: &str = "no name given";
/// Column: the row's number.
pub const ID: &str = "id";

/// Label of the paste box.
pub const PASTE_LABEL: &str = "Paste a job log, an export, a configuration file or a token";
/// What it is for.
pub const PASTE_HINT: &str = "What you paste stays in this page. Close the tab when you are done.";
/// Drop zone.
pub const DROP: &str = "Drop files here, or";
/// Opens the file dialog.
pub const CHOOSE: &str = "Choose files";
/// Loads made-up inputs.
pub const SAMPLE: &str = "Load sample";
/// Takes everything away.
pub const CLEAR: &str = "Clear everything";
/// Said when the desk is empty.
pub const EMPTY: &str =
    "Nothing to check yet. Paste a text, drop files, or load the sample to see what a report looks like.";
/// Said after clearing.
pub const CLEARED: &str = "Everything is cleared. Text that you copied may still be in the clipboard.";
/// The list of inputs.
pub const INPUTS: &str = "Inputs";
/// Takes one input away.
pub const REMOVE: &str = "Remove";
/// A file could not be read.
pub const FILE_UNREADABLE: &str = "The browser could not read this file; nothing of it was checked:";
/// Label of the kind of an input.
pub const READ_AS: &str = "Read as";
/// Left side of the page.
pub const WHAT_TO_CHECK: &str = "What to check";
/// What the page is.
pub const PAGE_TITLE: &str = "Check GitLab tokens on your own machine";
/// Below the title.
pub const PAGE_INTRO: &str = "Finds tokens in logs and files, reads exports of tokens, and says what is wider than it needs to be and what to do about it. Nothing leaves this page: its policy lets it load its own files and nothing else.";

/// `1 finding`, `2 findings`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// When it ends, and in how many days.
#[must_use]
pub fn expires(day: &str, left: i64) -> String {
    match left {
        ..=0 => format!("{day}, ended"),
        1 => format!("{day}, in 1 day"),
        left => format!("{day}, in {left} days"),
    }
}

/// When it was used, and how many days ago.
#[must_use]
pub fn used(day: &str, ago: i64) -> String {
    match ago {
        ..=0 => format!("{day}, today"),
        1 => format!("{day}, yesterday"),
        ago => format!("{day}, {ago} days ago"),
    }
}

/// By which day a report was made.
#[must_use]
pub fn as_of(day: &str, sample: bool) -> String {
    if sample { format!("As of {day}, the day the sample is made for.") } else { format!("As of {day}.") }
}

/// Before what a form would create.
pub const ABOUT_TO_CREATE: &str = "You are about to create:";

/// The title of a part of the advice on a form, and whether it is folded at first.
#[must_use]
pub fn aspect(about: Aspect, points: usize) -> (String, bool) {
    match about {
        Aspect::Can => ("What it can do as chosen".into(), false),
        Aspect::Change => ("Before you create it".into(), false),
        Aspect::Enough => {
            (count(points, "common use, and what is enough for it", "common uses, and what is enough for each"), true)
        }
        Aspect::Instead => ("Is it the right kind?".into(), true),
    }
}

/// How many of the findings the filter lets through.
#[must_use]
pub fn shown_of(shown: usize, all: usize) -> String {
    format!("{shown} of {} shown", count(all, "finding", "findings"))
}

/// Asks for more of a long list.
#[must_use]
pub fn show_more(left: usize) -> String {
    format!("Show {left} more")
}

/// A count as a button that shows or hides a severity.
#[must_use]
pub fn toggle(severity: Severity, count: usize) -> String {
    format!("{count} {severity}")
}

/// Where in a text a finding is.
#[must_use]
pub fn place(input: &str, line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("{input}, line {line}, column {column}"),
        (Some(line), None) => format!("{input}, line {line}"),
        _ => input.to_owned(),
    }
}

/// How often the same credential stands there.
#[must_use]
pub fn occurrences(count: usize) -> Option<String> {
    (count > 1).then(|| format!("the same token stands {count} times in this input"))
}

/// How many tokens were read from where.
#[must_use]
pub fn rows_read(rows: usize, format: &str) -> String {
    format!("{} read: {format}", count(rows, "row", "rows"))
}

/// How many of the rows a search lets through.
#[must_use]
pub fn rows_shown(rows: usize) -> String {
    format!("{rows} shown")
}

/// How many findings a row has, and how bad the worst is.
#[must_use]
pub fn findings_of_row(findings: usize, worst: Severity) -> String {
    if findings == 1 { worst.word().to_owned() } else { format!("{worst}, {findings} findings") }
}

/// A kind of input, for the list to choose from.
#[must_use]
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::CiConfig => "CI/CD configuration",
        Kind::JobLog => "job log",
        Kind::SettingsPage => "saved GitLab page",
        Kind::Inventory => "export",
        Kind::CredentialFile => "credential file",
        Kind::Text => "text",
    }
}

/// The choice that lets the reader decide.
#[must_use]
pub fn recognised(kind_word: Option<Kind>) -> String {
    kind_word.map_or_else(|| "recognise it".into(), |word| format!("recognised: {}", kind(word)))
}

/// How much could be read, where it was not all.
#[must_use]
pub const fn status(status: Status) -> Option<&'static str> {
    match status {
        Status::Read => None,
        Status::Partly => Some("partly read"),
        Status::Unreadable => Some("not readable"),
    }
}

/// The page is not GitLab's: a title and what to do.
pub const NOT_GITLAB: (&str, &str) = (
    "This page is not GitLab",
    "Leastwise reads the access token pages of GitLab. Open one, for example Settings > Access tokens of a project, and click the button there. It has not kept anything of this page.",
);
/// A page of GitLab without tokens; the reader says which.
pub const NO_TOKENS_HERE: &str = "No tokens on this page";

/// Why the page could not be read: a title and what to do.
#[must_use]
pub const fn refusal(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Policy => (
            "Your organisation's browser policy keeps extensions off this page",
            "Nothing was read. Ask whoever manages your browser to allow Leastwise on your GitLab host, or save the page and check the file with the command: leastwise check saved.html.",
        ),
        Refusal::Store => (
            "Browsers keep extensions off this page",
            "This is an extension store, and no extension may read it. Open a GitLab page with access tokens and click the button there.",
        ),
        Refusal::BrowserPage => (
            "This is one of the browser's own pages",
            "No extension may read it. Open a GitLab page with access tokens and click the button there.",
        ),
        Refusal::File => (
            "This is a file on your disk",
            "The browser keeps extensions off files unless you allow it for Leastwise on its page of extensions. Without that, check the file with the command: leastwise check saved.html.",
        ),
        Refusal::ErrorPage => {
            ("This page did not load", "Load the page again, wait until the tokens are there, and click the button.")
        }
        Refusal::NoTab => ("The tab is gone", "Open a GitLab page with access tokens and click the button there."),
        Refusal::NoAccess => (
            "Leastwise has no access to this page",
            "It may read a page only after you click its button in the toolbar there. Close this, go to the GitLab page, and click the button.",
        ),
        Refusal::TooLarge => (
            "This page is too large",
            "It holds more than 16 million characters of what Leastwise reads. Use the filter or the paging of the page to show fewer rows, and click the button again.",
        ),
        Refusal::Capture => (
            "The page could not be read",
            "The browser stopped the reading without saying why. Load the page again and click the button.",
        ),
        Refusal::Broken => (
            "Leastwise failed while it read this page",
            "This is a fault of Leastwise. Nothing was changed on the page. Save the page without sharing it, and report which page it was and the version of GitLab.",
        ),
    }
}

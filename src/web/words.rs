//! Every word that popup and page say by themselves, in one place, so that a translation needs no other file. What
//! findings say comes from the rules.

use crate::accept::Reason;
use crate::input::{Kind, Status};
use crate::plan::choosing::Aspect;
use crate::plan::diff::Direction;
use crate::plan::{allowlist, privilege, rotation};
use crate::report::Severity;
use crate::web::answer::Refusal;
use crate::web::talk::{Format, PlanFormat, SheetId};

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

/// Columns of the page's table of tokens.
pub const TOKEN_COLUMNS: [&str; 9] =
    ["Token", "Kind", "Owner", "Findings", "Scopes", "Role", "Last used", "Expires", "Status"];
/// Columns of the expiry timeline.
pub const EXPIRY_COLUMNS: [&str; 5] = ["Ends", "In", "Token", "Kind", "Owner"];
/// Columns of the rotation plan.
pub const ROTATION_COLUMNS: [&str; 6] = ["Begin", "Token", "Owner", "Do", "Ends", "Why"];
/// Columns of the privilege plan.
pub const PRIVILEGE_COLUMNS: [&str; 5] = ["Do", "Token", "It can", "It is seen to", "Enough would be"];
/// What was not seen of a token.
pub const NOT_SEEN: &str = "Not seen";
/// The whole plan in another form.
pub const WHOLE_PLAN: &str = "Whole plan as";
/// Columns of the allowlist plan.
pub const ALLOWLIST_COLUMNS: [&str; 6] = ["Caller", "Callee", "Do", "Permissions", "By", "Why"];
/// Columns of the comparison.
pub const COMPARE_COLUMNS: [&str; 3] = ["Change", "What", "Difference"];
/// What a token's maker wrote.
pub const DESCRIPTION: &str = "Description";
/// When it was made.
pub const CREATED: &str = "Created";
/// Who made it.
pub const CREATED_BY: &str = "Created by";
/// Where it was read.
pub const INPUT: &str = "Input";
/// Column of the heat map for tokens without a role.
pub const NO_ROLE: &str = "no role given";
/// First column of the heat map.
pub const SCOPE: &str = "Scope";
/// Last column of the heat map.
pub const ALL_ROLES: &str = "All";
/// Who may do a step.
pub const WHO: &str = "Who may do it";
/// Where an edge was seen.
pub const SEEN_IN: &str = "Seen in";
/// The same as before.
pub const UNCHANGED: &str = "unchanged";
/// A token of a project or group, where the source does not tell which.
pub const RESOURCE_TOKEN: &str = "project or group access token";
/// An earlier file that is neither a report nor an export.
pub const NOT_COMPARABLE: &str =
    "neither a JSON report of Leastwise nor an export with tokens, so there is nothing to compare with";
/// The user stopped the check.
pub const STOPPED: &str = "You stopped the check: nothing of this file was looked at. Choose Check again to read it.";

/// Opens the form that accepts a finding.
pub const ACCEPT: &str = "Accept this risk";
/// What accepting does.
pub const ACCEPT_HINT: &str = "It stays in the list here. Download leastwise.toml and give it to leastwise check --config: there it counts as accepted until its day, then it is a finding again.";
/// Field: why.
pub const REASON: &str = "Reason";
/// Field: who answers for it.
pub const ACCEPTED_BY: &str = "Who answers for it";
/// Field: the last day.
pub const UNTIL: &str = "Until";
/// Field: own words.
pub const COMMENT: &str = "Comment (optional)";
/// Accepts it.
pub const ACCEPT_BUTTON: &str = "Accept";
/// Something was left out.
pub const ACCEPT_MISSING: &str = "Say who answers for it, and until which day from today on.";
/// Takes an acceptance back.
pub const TAKE_BACK: &str = "Take back";
/// Saves the accepted findings.
pub const DOWNLOAD_ACCEPTED: &str = "Download leastwise.toml";
/// Stops a check.
pub const CANCEL: &str = "Cancel";
/// Said after it.
pub const CANCELLED: &str = "Stopped. What was read before is below.";
/// Reads a stopped input after all.
pub const CHECK_AGAIN: &str = "Check again";
/// Something of ours went wrong.
pub const WORKER_FAILED: &str =
    "Leastwise failed while it read this input. This is a fault of Leastwise; the other inputs are checked without it:";
/// Before the first report.
pub const CHECKING: &str = "Checking…";
/// More is being read.
pub const SO_FAR: &str = "So far: something is still being read.";
/// Filters.
pub const CONFIDENCE: &str = "Confidence";
/// Filters.
pub const KIND: &str = "Kind";
/// The choice that holds nothing back.
pub const ALL: &str = "all";
/// The row of filters.
pub const FILTER: &str = "Filter";
/// Goes to the finding before.
pub const PREVIOUS: &str = "Previous";
/// Goes to the next finding.
pub const NEXT: &str = "Next";
/// What the keys do.
pub const KEYS: &str = "Keys: n next, p previous, / search";
/// Turns single keys off.
pub const KEYS_ON: &str = "Use single keys";
/// The part of the page with the report.
pub const REPORT: &str = "Report";
/// Label of a table's search field.
pub const SEARCH_ROWS: &str = "Search this table";
/// Takes a choice of a file.
pub const EXPORT: &str = "Export what is shown";
/// Saves the rows of a table.
pub const DOWNLOAD_ROWS: &str = "Download as CSV";
/// Saves a file.
pub const DOWNLOAD: &str = "Download";
/// Closes a row's details.
pub const CLOSE: &str = "Close";
/// Leads to the findings of a row.
pub const SHOW_FINDINGS: &str = "Show its findings";
/// Chooses an earlier export.
pub const CHOOSE_EARLIER: &str = "Choose an earlier export";
/// Forgets it.
pub const REMOVE_EARLIER: &str = "Stop comparing";
/// Before its name.
pub const COMPARED_WITH: &str = "Compared with";
/// Label of the search field for findings.
pub const SEARCH_FINDINGS: &str = "Search findings";
/// A file was handed to the browser.
pub const SAVED: &str = "Handed to your browser's downloads";
/// The parts of a long list.
pub const PARTS: &str = "Parts of the list";
/// The part before.
pub const PART_BEFORE: &str = "Earlier part";
/// The part behind.
pub const PART_BEHIND: &str = "Later part";
/// How a table is moved in.
pub const TABLE_KEYS: &str =
    "Arrow keys, Page Up, Page Down, Home and End move between rows; Enter shows a row in full.";
/// Nothing passes the filter.
pub const NOTHING_PASSES: &str = "Nothing passes the filter.";
/// A file of the page's own making did not come.
pub const PASTED_LARGE: &str = "The text was too large for the box and is listed below as an input.";

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
/// Label of the kind of an input.
pub const READ_AS: &str = "Read as";
/// Left side of the page.
pub const WHAT_TO_CHECK: &str = "What to check";
/// What the page is.
pub const PAGE_TITLE: &str = "Check GitLab tokens on your own machine";
/// Below the title.
pub const PAGE_INTRO: &str = "Finds tokens in logs and files, reads exports of tokens, and says what is wider than it needs to be and what to do about it. Nothing leaves this page: its policy lets it load its own files and nothing else.";

/// The drawing of who calls whom.
pub const GRAPH: &str = "Who calls whom";
/// How to walk it.
pub const GRAPH_HELP: &str = "Callers on the left, what they call on the right. Tab goes to the drawing; then the arrow keys walk along the lines, and Enter says why below. The table has the same edges.";
/// What the signs mean.
pub const LEGEND: &str = "What the signs on the lines mean";
/// Questions that need no input.
pub const TOOLS: &str = "Ask";
/// Opens the question about a call.
pub const PERMITS: &str = "May the job token make this call?";
/// What to type.
pub const PERMITS_HELP: &str =
    "A path of GitLab's API or a whole address. The answer is from the catalog in this page; nothing is called.";
/// Label.
pub const METHOD: &str = "Method";
/// Label.
pub const ADDRESS: &str = "Path or address";
/// Asks.
pub const ASK: &str = "Ask";
/// Opens the question about a use.
pub const CHOOSE_TOKEN: &str = "Which token for which use?";
/// What to do.
pub const CHOOSE_HELP: &str = "Say in a few words what you want to do, or choose below.";
/// Label.
pub const CHOOSE_WORDS: &str = "What do you want to do?";
/// Back to the list.
pub const CHOOSE_ANOTHER: &str = "Choose another";
/// The whole list stands below.
pub const CHOOSE_NONE: &str = "Nothing here is like that. All there is:";

/// How many uses there are to choose from.
#[must_use]
pub fn uses(number: usize) -> String {
    count(number, "use", "uses")
}

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

/// How much could be read.
#[must_use]
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Read => "read",
        Status::Partly => "partly read",
        Status::Unreadable => "not readable",
    }
}

/// A size in the largest unit that keeps it above one.
#[must_use]
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        ..1_000 => return count(usize::try_from(bytes).unwrap_or(usize::MAX), "byte", "bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = bytes / (unit / 10);
    if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", bytes / unit)
    }
}

/// A number with its thousands apart: `100,000`.
#[must_use]
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How a finding is accepted.
#[must_use]
pub fn accepted(reason: Reason, until: &str) -> String {
    format!("Accepted in the leastwise.toml to download: {}, until {until}.", reason.in_words())
}

/// How many findings are accepted.
#[must_use]
pub fn accepted_count(findings: usize) -> String {
    format!("{} accepted, kept nowhere until you download the file", count(findings, "finding", "findings"))
}

/// How far a check is.
#[must_use]
pub fn progress(name: &str, done: u64, total: u64) -> String {
    format!("Reading {name}: {} of {}", size(done), size(total))
}

/// Which part of a long list is shown.
#[must_use]
pub fn part_of(from: usize, shown: usize, all: usize) -> String {
    format!("{} to {} of {}", number(from + 1), number(from + shown), number(all))
}

/// How many rows a table has, and how many are shown.
#[must_use]
pub fn rows_of(matched: usize, total: usize) -> String {
    let all = format!("{} {}", number(total), if total == 1 { "row" } else { "rows" });
    if matched == total { all } else { format!("{} of {all}", number(matched)) }
}

/// Where the keyboard is in a table.
#[must_use]
pub fn row_at(at: usize, matched: usize) -> String {
    format!("Row {} of {}", number(at + 1), number(matched))
}

/// Where the next and previous buttons are.
#[must_use]
pub fn hit(at: Option<usize>, all: usize) -> String {
    match at {
        Some(at) => format!("Finding {} of {}", number(at + 1), number(all)),
        None => count(all, "finding", "findings"),
    }
}

/// A choice of a filter, with how often it occurs.
#[must_use]
pub fn choice(name: &str, count: usize) -> String {
    format!("{name} ({})", number(count))
}

/// A tab, with its number of rows.
#[must_use]
pub fn tab(title: &str, rows: Option<usize>) -> String {
    rows.map_or_else(|| title.to_owned(), |rows| choice(title, rows))
}

/// How many more blind spots there are than are shown.
#[must_use]
pub fn more_blind_spots(more: usize) -> String {
    format!("and {} more; an export has them all", number(more))
}

/// What to do with a token.
#[must_use]
pub const fn decision(decision: rotation::Decision) -> &'static str {
    match decision {
        rotation::Decision::Replace => "replace",
        rotation::Decision::HandOver => "hand over",
        rotation::Decision::Revoke => "revoke",
    }
}

/// What to do about a token's privileges.
#[must_use]
pub const fn narrowing(decision: privilege::Decision) -> &'static str {
    match decision {
        privilege::Decision::AskFirst => "ask first",
        other => other.word(),
    }
}

/// A form of a plan.
#[must_use]
pub const fn plan_format(format: PlanFormat) -> &'static str {
    match format {
        PlanFormat::Markdown => "Markdown",
        PlanFormat::Json => "JSON",
        PlanFormat::Ics => "Calendar (ICS)",
        PlanFormat::Sh => "Script that asks before each destructive step",
        PlanFormat::Mermaid => "Mermaid",
        PlanFormat::Dot => "DOT",
        PlanFormat::Graphql => "GraphQL",
        PlanFormat::Terraform => "Terraform",
    }
}

/// What to do about an edge.
#[must_use]
pub const fn edge(decision: allowlist::Decision) -> &'static str {
    match decision {
        allowlist::Decision::NotNeeded => "not needed",
        other => other.word(),
    }
}

/// In which direction something went.
#[must_use]
pub const fn direction(direction: Direction) -> &'static str {
    direction.word()
}

/// A table's part of a file name.
#[must_use]
pub const fn sheet_file(sheet: SheetId) -> &'static str {
    match sheet {
        SheetId::Tokens => "tokens",
        SheetId::Expiry => "expiry",
        SheetId::HeatMap => "scopes",
        SheetId::Rotation => "rotation",
        SheetId::Privilege => "privilege",
        SheetId::Allowlist => "allowlist",
        SheetId::Compare => "changes",
    }
}

/// A table's title and what it shows.
#[must_use]
pub const fn sheet(sheet: SheetId) -> (&'static str, &'static str) {
    match sheet {
        SheetId::Tokens => (TOKENS, "Every token that was read, with what the findings say of it."),
        SheetId::Expiry => ("Expiry timeline", "When live tokens end. A token is dead from 00:00 UTC of its day."),
        SheetId::HeatMap => ("Scope heat map", "How many live tokens have which scope with which role."),
        SheetId::Rotation => (
            "Rotation plan",
            "Which tokens to replace, hand over or revoke, in the order of the work. Choose a row for its steps.",
        ),
        SheetId::Privilege => (
            "Privilege plan",
            "What each live token can do, what it is seen to do in the inputs, and what would be enough for that. Choose a row for how.",
        ),
        SheetId::Allowlist => (
            "Allowlist plan",
            "Which project's jobs reach which project with the job token, and what the allowlist should say.",
        ),
        SheetId::Compare => ("Compare", "What is new, changed, gone or unchanged since an earlier export."),
    }
}

/// Said where a table has no rows.
#[must_use]
pub const fn sheet_empty(sheet: SheetId) -> &'static str {
    match sheet {
        SheetId::Tokens | SheetId::HeatMap => "No tokens were read. Give an export or a saved GitLab settings page.",
        SheetId::Expiry => "No live token with a known end was read.",
        SheetId::Rotation => "No token is due in the next 60 days, without an owner or unused, as far as was read.",
        SheetId::Privilege => {
            "No live token was read. Give an export, with pipelines, logs and files that use its tokens."
        }
        SheetId::Allowlist => {
            "No job token call was seen. Give pipelines, job logs, allowlists or authentication logs."
        }
        SheetId::Compare => {
            "Choose an earlier export: a JSON report of this page or of the command, or any export with tokens."
        }
    }
}

/// A kind of file.
#[must_use]
pub const fn format(format: Format) -> &'static str {
    match format {
        Format::Markdown => "Markdown",
        Format::Csv => "CSV",
        Format::Json => "JSON report",
        Format::Sarif => "SARIF",
        Format::Html => "HTML",
        Format::Ics => "Calendar of expiry (ICS)",
    }
}

/// Why an input was not read (further), as the browser says it.
#[must_use]
pub fn failure(why: &str) -> &'static str {
    match why {
        "memory" => {
            "The file is larger than the memory that the browser gives a page, and nothing of it was checked. The command reads files of any size: leastwise check."
        }
        "stopped" => STOPPED,
        _ => {
            "The browser could not read this file, and nothing of it was checked. It may have been moved or changed: choose it again."
        }
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

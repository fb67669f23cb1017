//! The arguments of each command. They are published: added to, never renamed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::TokenType;
use crate::context::{Context, Version};
use crate::input::Kind;
use crate::report::{Confidence, Severity};
use crate::rules::Rule;
use crate::time::Date;

/// Finds, classifies and judges GitLab credentials on your own machine. Sends nothing anywhere.
#[derive(Parser)]
#[command(name = "leastwise", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Findings in files, folders or standard input (`-`)
    Check(Check),
    /// The rows that were read from exports and saved settings pages, without values
    Inventory(Inventory),
    /// What is this string? Reads standard input, a line each, when no TEXT is given: that keeps it out of shell history
    Classify(Classify),
    /// Plans: what to do, in order
    #[command(subcommand)]
    Plan(Plan),
    /// Compare two exports, saved pages or JSON reports: what is new, gone, better, worse
    Diff(Diff),
    /// Which credential for which use case; asks when run in a terminal
    Choose(Choose),
    /// Can the job token make this call? With which permission, scope and role; else which token can
    Permits(Permits),
    /// A rule or a kind of token in full, or the list of both
    Explain(Explain),
    /// The page on 127.0.0.1, nothing else: for browsers that open no files from the disk
    Serve(Serve),
    /// Findings in made-up samples: a first look at what this does
    Demo(Demo),
    /// Completions for a shell, on standard output
    Completions(Completions),
    /// The manual page, on standard output, or a page for each command in a folder
    Man(Man),
}

/// What to read, and how.
#[derive(Args)]
pub(crate) struct Reading {
    /// Files and folders; `-` is standard input (the default when it is not a terminal)
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read every input as this kind, whatever it looks like
    #[arg(long = "as", value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<Kind>,
    /// Whose input this is (full path or number), when the input does not say
    #[arg(long, value_name = "PATH_OR_ID")]
    pub(crate) project: Option<String>,
    /// Host name of your GitLab instance; repeatable
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// Version of your GitLab instance, for example 18.9
    #[arg(long, value_name = "X.Y", value_parser = version)]
    pub(crate) gitlab_version: Option<Version>,
    /// Your instance's own token prefix (Admin > Settings > General > Account and limit); repeatable
    #[arg(long = "token-prefix", value_name = "PREFIX")]
    pub(crate) token_prefixes: Vec<String>,
    /// The day to judge by [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<Date>,
    /// The paths come from a list (a commit hook, `find`): files that are not GitLab's and binary files are passed over quietly
    #[arg(long)]
    pub(crate) listed: bool,
    /// Also read what .gitignore leaves out
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Files read side by side [default: one a core]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

impl Reading {
    /// What the core needs to know.
    pub(crate) fn context(&self) -> Context {
        let mut context = Context::new(self.today.unwrap_or_else(super::clock::today));
        context.hosts = self.hosts.iter().map(|host| bare_host(host)).collect();
        context.token_prefixes.clone_from(&self.token_prefixes);
        context.gitlab_version = self.gitlab_version;
        context.kind = self.kind;
        context.project = self.project.as_deref().map(|path| context.name(path));
        context
    }
}

/// `https://gitlab.example.com/` is accepted for `gitlab.example.com`.
pub(crate) fn bare_host(text: &str) -> String {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    text.trim_end_matches('/').to_ascii_lowercase()
}

/// Where the answer goes, and how it looks.
#[derive(Args)]
pub(crate) struct Writing {
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Colours: `NO_COLOR` is honoured too
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Exit with 1 when a finding is at least this severe: none, info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = fail_on)]
    pub(crate) fail_on: FailOn,
    /// A `leastwise.toml` with accepted findings: each with reason, owner and the day on which it comes back
    #[arg(long, value_name = "leastwise.toml")]
    pub(crate) config: Option<PathBuf>,
    /// An earlier report (`--format json`): what stands in it is counted as accepted and not reported again
    #[arg(long, value_name = "REPORT.json")]
    pub(crate) baseline: Option<PathBuf>,
    /// Leave out findings less sure than this: certain, likely, possible
    #[arg(long, value_name = "CONFIDENCE", value_parser = confidence)]
    pub(crate) min_confidence: Option<Confidence>,
    /// Exit with 2 when anything could not be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Say nothing on standard error but errors
    #[arg(long)]
    pub(crate) quiet: bool,
    /// No progress on standard error
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Standard input is NDJSON, `{"name": …, "text": …}` a line; standard output is a report a line
    #[arg(long, conflicts_with_all = ["paths", "format"])]
    pub(crate) records: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    Ndjson,
    Sarif,
    GitlabSecretDetection,
    GitlabCodeQuality,
    Markdown,
    Html,
    Csv,
}

#[derive(Args)]
pub(crate) struct Inventory {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: InventoryFormat,
    /// Exit with 2 when anything could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InventoryFormat {
    /// A table for people
    Text,
    /// One object for all inputs
    Json,
    /// A line a row, and a line for each input behind its rows
    Ndjson,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SimpleFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Plan {
    /// Who calls whom with the job token: which allowlist entries to add, keep, narrow, drop
    Allowlist(Allowlist),
    /// What to do now that a token of this kind leaked
    Incident(Incident),
    /// Ordered steps for the tokens in exports and saved pages, with the consumers found in configuration and variables
    Rotation(Rotation),
    /// What each token can do, what it is seen to be used for, and the narrowest token, scope, role or permission that is enough
    Privilege(Privilege),
}

#[derive(Args)]
pub(crate) struct Privilege {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the plan
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PrivilegeFormat,
    /// Exit with 2 when anything could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrivilegeFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Args)]
pub(crate) struct Rotation {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the plan: `ics` is a calendar, `sh` a script that asks before each step that cannot be taken back
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: RotationFormat,
    /// Plan for tokens that end within so many days
    #[arg(long, value_name = "DAYS", default_value_t = crate::plan::rotation::WITHIN_DAYS, value_parser = clap::value_parser!(i64).range(0..=3650))]
    pub(crate) within: i64,
    /// Exit with 2 when anything could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RotationFormat {
    Text,
    Json,
    Markdown,
    Ics,
    Sh,
}

#[derive(Args)]
pub(crate) struct Allowlist {
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the plan; `graphql` and `terraform` are ready to apply
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PlanFormat,
    /// Exit with 2 when anything could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    Text,
    Json,
    Markdown,
    Csv,
    Mermaid,
    Dot,
    /// A drawing of its own
    Svg,
    Graphql,
    Terraform,
}

#[derive(Args)]
pub(crate) struct Incident {
    /// The token type, for example `personal_access_token`; `leastwise explain` lists them
    #[arg(value_name = "KIND", value_parser = token_type, required_unless_present = "from")]
    pub(crate) kind: Option<TokenType>,
    /// Plan for the kinds of credential that stand in a report of `check --format json`
    #[arg(long, value_name = "REPORT.json", conflicts_with = "kind")]
    pub(crate) from: Option<PathBuf>,
    /// Number of the leaked token: tells its story from the files behind `--evidence`
    #[arg(long, value_name = "ID", requires = "evidence")]
    pub(crate) id: Option<u64>,
    /// Audit events, the server's api_json.log, the list with the token; repeatable
    #[arg(long, value_name = "PATH", requires = "id")]
    pub(crate) evidence: Vec<PathBuf>,
    /// The day to judge by [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<Date>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SimpleFormat,
}

#[derive(Args)]
pub(crate) struct Classify {
    /// Strings to classify, each as a line; better: leave it out and paste into standard input
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SimpleFormat,
    /// Your instance's own token prefix; repeatable
    #[arg(long = "token-prefix", value_name = "PREFIX")]
    pub(crate) token_prefixes: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Diff {
    /// The earlier export, saved page, or report of `check --format json`
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The later one
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SimpleFormat,
    /// The day to judge by [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<Date>,
}

#[derive(Args)]
pub(crate) struct Choose {
    /// A use case's id, or a few words for it; without it the use cases are listed
    #[arg(long = "for", value_name = "USE_CASE", num_args = 1..)]
    pub(crate) use_case: Vec<String>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SimpleFormat,
}

#[derive(Args)]
pub(crate) struct Permits {
    /// GET, POST, PUT, PATCH, DELETE or HEAD
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,
    /// A path (`/projects/42/packages`) or an address, with numbers, encoded paths or variables in it
    #[arg(value_name = "PATH|URL")]
    pub(crate) address: String,
    /// Host name of your GitLab instance; repeatable
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SimpleFormat,
}

#[derive(Args)]
pub(crate) struct Explain {
    /// A rule's id (`token-unused`) or a token type (`project_access_token`); the list of both when left out
    #[arg(value_name = "RULE|TOKEN_TYPE", value_parser = topic)]
    pub(crate) topic: Option<Topic>,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

/// What can be explained.
#[derive(Clone, Copy)]
pub(crate) enum Topic {
    Rule(&'static Rule),
    Token(TokenType),
}

fn topic(text: &str) -> Result<Topic, String> {
    let rule = crate::rules::find(&text.replace('_', "-").to_ascii_lowercase()).map(Topic::Rule);
    rule.or_else(|| token_type(text).ok().map(Topic::Token))
        .ok_or_else(|| "neither a rule nor a token type; `leastwise explain` lists them".into())
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Write the made-up samples into this folder instead, to try the other commands on them
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    pub(crate) files: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct Man {
    /// Write `leastwise.1` and a page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

/// From which severity on the exit code is 1; `None` for never.
#[derive(Clone, Copy)]
pub(crate) struct FailOn(pub(crate) Option<Severity>);

fn fail_on(text: &str) -> Result<FailOn, String> {
    if text == "none" {
        return Ok(FailOn(None));
    }
    Severity::ALL
        .into_iter()
        .find(|severity| severity.word() == text)
        .map(|severity| FailOn(Some(severity)))
        .ok_or_else(|| "use none, info, low, medium, high or critical".into())
}

fn confidence(text: &str) -> Result<Confidence, String> {
    [Confidence::Certain, Confidence::Likely, Confidence::Possible]
        .into_iter()
        .find(|confidence| confidence.word() == text)
        .ok_or_else(|| "use certain, likely or possible".into())
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("use {}", Kind::ALL.map(Kind::word).join(", ")))
}

fn token_type(text: &str) -> Result<TokenType, String> {
    let id = text.replace('-', "_").to_ascii_lowercase();
    TokenType::parse(&id).ok_or_else(|| {
        let ids: Vec<_> = TokenType::ALL.iter().map(|kind| kind.id()).collect();
        format!("use one of {}", ids.join(", "))
    })
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "use a version like 18.9".into())
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).filter(|_| text.len() == 10).ok_or_else(|| "use a date like 2026-11-20".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn hosts_are_taken_with_or_without_scheme() {
        assert_eq!(bare_host("https://GitLab.example.com/"), "gitlab.example.com");
        assert_eq!(bare_host("gitlab.example.com:8443"), "gitlab.example.com:8443");
    }
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Port to listen on; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = 8100)]
    pub(crate) port: u16,
    /// The page to serve, a leastwise.html [default: the one built into this command]
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
}

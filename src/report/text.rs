//! The report for a terminal: findings with code frames, then what could not be read, then the verdict.
//!
//! Colours are written as ANSI sequences; the command's output stream drops them where they are not wanted. Names from the
//! input cannot bring their own: every control or direction-changing character is shown as a sign.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Advice, Finding, Report, Severity};
use crate::source::{Excerpt, visible};

/// Columns to wrap sentences at when the terminal does not say.
pub const WIDTH: usize = 100;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GUTTER: Style = AnsiColor::Blue.on_default().bold();
const DESTRUCTIVE: Style = AnsiColor::Red.on_default().bold();

const fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::BrightRed.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::Cyan.on_default().bold(),
        Severity::Info => AnsiColor::BrightBlack.on_default().bold(),
    }
}

/// The whole report as text; `width` is the terminal's, in columns.
#[must_use]
pub fn render(report: &Report, width: usize) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(40, 140) };
    for finding in &report.findings {
        page.finding(report, finding);
    }
    page.accepted(report);
    page.blind_spots(report);
    page.verdict(report);
    page.out
}

/// Numbered steps as text, for a plan.
#[must_use]
pub fn render_steps(steps: &[Advice], width: usize) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(40, 140) };
    for (index, step) in steps.iter().enumerate() {
        page.advice(index + 1, step, "");
    }
    page.out
}

/// A paragraph of the program's own words behind a lead, wrapped.
#[must_use]
pub fn render_paragraph(lead: &str, text: &str, width: usize) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(40, 140) };
    page.paragraph(lead, text);
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A paragraph behind a lead, its further lines indented under the first.
    fn paragraph(&mut self, lead: &str, text: &str) {
        let text: String =
            text.chars().map(|character| if character == '\n' { '\n' } else { visible(character) }).collect();
        let indent = " ".repeat(textwrap::core::display_width(lead));
        let options = textwrap::Options::new(self.width)
            .initial_indent(lead)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&text, options) {
            self.line(&line);
        }
    }

    fn finding(&mut self, report: &Report, finding: &Finding) {
        let style = colour(finding.severity);
        let title = clean(finding.title.as_str());
        let _ = writeln!(self.out, "{style}{}[{}]{style:#}: {BOLD}{title}{BOLD:#}", finding.severity, finding.rule.id);
        let name = report.inputs.get(finding.input).map(|input| clean(input.name.as_str())).unwrap_or_default();
        let last = finding.excerpt.as_ref().and_then(|excerpt| excerpt.more.last()).map(|excerpt| excerpt.line);
        let number_width = finding.place.map_or(1, |place| place.line.max(last.unwrap_or(0)).to_string().len());
        let gutter = " ".repeat(number_width);
        match finding.place {
            Some(place) => {
                let _ = writeln!(self.out, "{gutter}{GUTTER}-->{GUTTER:#} {name}:{}:{}", place.line, place.column);
            }
            None => {
                let _ = writeln!(self.out, "{gutter}{GUTTER}-->{GUTTER:#} {name}");
            }
        }
        if let Some(excerpt) = &finding.excerpt {
            self.frame(excerpt, &gutter, style);
        }
        self.paragraph(&format!("{gutter} = "), finding.message.as_str());
        for (index, advice) in finding.advice.iter().enumerate() {
            self.advice(index + 1, advice, &gutter);
        }
        for reference in &finding.references {
            let _ = writeln!(self.out, "{gutter} {DIM}see {reference}{DIM:#}");
        }
        self.out.push('\n');
    }

    fn frame(&mut self, excerpt: &Excerpt, gutter: &str, style: Style) {
        let _ = writeln!(self.out, "{gutter} {GUTTER}|{GUTTER:#}");
        self.framed(excerpt, gutter, style);
        let mut last = excerpt.line;
        for more in &excerpt.more {
            if more.line > last + 1 {
                let _ = writeln!(self.out, "{GUTTER}...{GUTTER:#}");
            }
            self.framed(more, gutter, style);
            last = more.line;
        }
        let _ = writeln!(self.out, "{gutter} {GUTTER}|{GUTTER:#}");
    }

    /// A line with its number, and what it is about underlined.
    fn framed(&mut self, excerpt: &Excerpt, gutter: &str, style: Style) {
        let before: String = excerpt.text.chars().take(excerpt.underline_start).collect();
        let under: String = excerpt.text.chars().skip(excerpt.underline_start).take(excerpt.underline_length).collect();
        let shift = " ".repeat(textwrap::core::display_width(&before));
        let carets = "^".repeat(textwrap::core::display_width(&under).max(1));
        let width = gutter.len();
        let _ = writeln!(self.out, "{GUTTER}{:width$} |{GUTTER:#} {}", excerpt.line, excerpt.text);
        let _ = writeln!(self.out, "{gutter} {GUTTER}|{GUTTER:#} {shift}{style}{carets}{style:#}");
    }

    fn advice(&mut self, number: usize, advice: &Advice, gutter: &str) {
        let lead = format!("{gutter} {number}. ");
        let mark = if advice.destructive { "Destructive: " } else { "" };
        let start = self.out.len();
        self.paragraph(&lead, &format!("{mark}{}", advice.text));
        if advice.destructive {
            // Coloured after wrapping: escape sequences have no width.
            let coloured = format!("{DESTRUCTIVE}Destructive:{DESTRUCTIVE:#}");
            let rest = self.out.split_off(start);
            self.out.push_str(&rest.replacen("Destructive:", &coloured, 1));
        }
        let indent = " ".repeat(lead.len());
        if let Some(place) = &advice.place {
            self.paragraph(&format!("{indent}at "), place.as_str());
        }
        if let Some(command) = &advice.command {
            // A command is never wrapped: it is there to be copied.
            for line in command.as_str().lines() {
                let _ = writeln!(self.out, "{indent}{BOLD}{}{BOLD:#}", clean(line));
            }
        }
    }

    fn blind_spots(&mut self, report: &Report) {
        for spot in &report.blind_spots {
            let name = report.inputs.get(spot.input).map(|input| clean(input.name.as_str())).unwrap_or_default();
            let _ = write!(self.out, "{BOLD}not read{BOLD:#}: {name}");
            if let Some(line) = spot.line {
                let _ = write!(self.out, ":{line}");
                if let Some(column) = spot.column {
                    let _ = write!(self.out, ":{column}");
                }
            }
            self.out.push('\n');
            self.paragraph("  = ", spot.message.as_str());
            self.out.push('\n');
        }
    }

    fn accepted(&mut self, report: &Report) {
        for one in &report.accepted_findings {
            let input = report.inputs.get(one.finding.input).map(|input| input.name.as_str()).unwrap_or_default();
            let line = one.finding.place.map(|place| format!(":{}", place.line)).unwrap_or_default();
            let (severity, rule) = (one.finding.severity, one.finding.rule.id);
            let text = format!("{}, {input}{line} ({})", one.finding.title, crate::say![one.acceptance]);
            self.paragraph(&format!("accepted {severity}[{rule}]: "), &text);
        }
        if !report.accepted_findings.is_empty() {
            self.out.push('\n');
        }
    }

    fn verdict(&mut self, report: &Report) {
        let inputs = match report.inputs.as_slice() {
            [only] => format!("{}: ", clean(only.name.as_str())),
            several => format!("{} inputs: ", several.len()),
        };
        let _ = writeln!(self.out, "{inputs}{BOLD}{}{BOLD:#}", report.verdict());
        if report.accepted > 0 {
            let listed = report.accepted_findings.len();
            let _ = writeln!(self.out, "{}", super::accepted_in_words(report.accepted, listed));
        }
    }
}

/// One line without anything that could act in a terminal.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

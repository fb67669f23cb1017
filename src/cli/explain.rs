//! `leastwise explain`: a rule or a kind of token in full, or the list of them.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::Style;

use super::Outcome;
use super::args::{Explain, Topic};
use super::output::Output;
use crate::report::text::render_paragraph;
use crate::rules::explain;

pub(crate) fn run(arguments: &Explain) -> io::Result<Outcome> {
    let markdown = match arguments.topic {
        None => explain::list(),
        Some(Topic::Rule(rule)) => explain::rule(rule),
        Some(Topic::Token(kind)) => explain::token_type(kind),
    };
    let mut output = Output::open(&arguments.writing)?;
    let width = output.width;
    output.write_all(render(&markdown, width).as_bytes())?;
    output.finish()?;
    Ok(Outcome::Clean)
}

/// Our own Markdown for a terminal: headings bold, paragraphs and list items wrapped, examples as they are.
fn render(markdown: &str, width: usize) -> String {
    const BOLD: Style = Style::new().bold();
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut in_example = false;
    for line in markdown.lines() {
        let is_fence = line.starts_with("```");
        let item = line.strip_prefix("- ");
        let ends = is_fence || in_example || line.is_empty() || line.starts_with('#') || item.is_some();
        if ends && !paragraph.is_empty() {
            let (lead, text) = paragraph.strip_prefix("- ").map_or(("", paragraph.as_str()), |text| ("- ", text));
            out.push_str(&render_paragraph(lead, &plain(text), width));
            paragraph.clear();
        }
        if is_fence {
            in_example = !in_example;
        } else if in_example {
            let _ = writeln!(out, "    {line}");
        } else if line.is_empty() {
            // A fence leaves no line of its own.
            if !out.ends_with("\n\n") && !out.is_empty() {
                out.push('\n');
            }
        } else if line.starts_with('#') {
            let _ = writeln!(out, "{BOLD}{}{BOLD:#}", line.trim_start_matches('#').trim_start());
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    if !paragraph.is_empty() {
        let (lead, text) = paragraph.strip_prefix("- ").map_or(("", paragraph.as_str()), |text| ("- ", text));
        out.push_str(&render_paragraph(lead, &plain(text), width));
    }
    out
}

/// An address without its angle brackets.
fn plain(text: &str) -> String {
    match text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(address) => address.into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_sees() {
        let rule = crate::rules::find("token-unused").unwrap();
        insta::assert_snapshot!(anstream::adapter::strip_str(&render(&explain::rule(rule), 80)).to_string());
    }

    #[test]
    fn the_list_names_every_rule_and_kind() {
        let list = render(&explain::list(), 100);
        for rule in crate::rules::ALL {
            assert!(list.contains(rule.id), "{}", rule.id);
        }
        for kind in crate::catalog::TokenType::ALL {
            assert!(list.contains(kind.id()), "{}", kind.id());
        }
    }
}

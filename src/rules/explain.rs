//! What `leastwise explain` prints and `docs/rules/` holds: a rule or a kind of token in full, as Markdown.
//!
//! Made of the program's own text and catalog alone. Examples hold made-up tokens when they are run; here they are shown
//! as masks.

use std::fmt::Write as _;

use super::{ALL, Rule, doc};
use crate::catalog::{AccessLevel, Calls, TokenType, prefixes, scopes};

/// The first line of a generated file.
const GENERATED: &str = "<!-- Generated from src/rules: UPDATE_DOCS=1 cargo test documents_are_in_step -->";

/// What there is to explain: every rule and every kind of token, a line each.
#[must_use]
pub fn list() -> String {
    let mut out = String::from("# Rules\n\n");
    for rule in ALL {
        let _ = writeln!(out, "- `{}`: {} ({})", rule.id, rule.summary, rule.severity);
    }
    out.push_str("\n# Kinds of token\n\n");
    for kind in TokenType::ALL {
        let _ = writeln!(out, "- `{}`: {}", kind.id(), kind.facts().name);
    }
    out
}

/// A rule in full.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    let mut out = format!("# {}\n\n{}. Severity: {}.\n\n", rule.id, capital(rule.summary), rule.severity);
    for line in doc::lines(rule) {
        let _ = writeln!(out, "{}", masked(line));
    }
    out
}

/// A kind of token in full.
#[must_use]
pub fn token_type(kind: TokenType) -> String {
    let (facts, more) = (kind.facts(), kind.more());
    let mut out = format!("# {}\n\n`{}`. It belongs to {}.\n", capital(facts.name), kind.id(), more.owner);
    let marks: Vec<String> = prefixes()
        .iter()
        .filter(|prefix| prefix.kind == kind || shares_prefix(kind, prefix.kind))
        .map(|prefix| format!("`{}…`", prefix.prefix))
        .collect();
    if !marks.is_empty() {
        let _ = writeln!(out, "\nIt begins with {}.", marks.join(" or "));
    }
    if let Some(since) = more.since {
        let since = since.strip_prefix('~').map_or_else(|| since.into(), |version| format!("about {version}"));
        let _ = writeln!(out, "\nGitLab has it since {since}.");
    }
    if let Some(until) = more.until {
        let _ = writeln!(out, "\nGitLab has it until {until}.");
    }
    let mut section = |heading: &str, paragraphs: &[String]| {
        let paragraphs: Vec<_> = paragraphs.iter().filter(|text| !text.is_empty()).collect();
        if !paragraphs.is_empty() {
            let _ = write!(out, "\n## {heading}\n");
            for text in paragraphs {
                let _ = write!(out, "\n{text}\n");
            }
        }
    };
    section("What a holder can do", &[facts.can.into(), scopes_of(kind)]);
    let longest = more.max_lifetime.map(|longest| format!("At most: {longest}.")).unwrap_or_default();
    section("How long it lives", &[format!("{}.", capital(facts.default_lifetime)), longest]);
    section("Smaller, or instead", &[facts.least_privilege.into()]);
    section("Where to keep it", &[more.keep.into()]);
    section("How to make one", &[calls(&facts.create)]);
    let by_itself = facts.create.ui.is_some_and(|ui| ui.starts_with("made by GitLab"));
    let or = |ways: String, none: &str| if ways.is_empty() { none.to_owned() } else { ways };
    section("How to list them", &[or(calls(&facts.list), "There is no list of them.")]);
    let no_rotation = if by_itself {
        "There is nothing to replace: GitLab makes a new one each time."
    } else {
        "It cannot be rotated: make a second one with no more rights than it needs, move over what uses the first, see that the \
         first is used no more, and end it."
    };
    section("How to replace it", &[or(calls(&facts.rotate), no_rotation)]);
    section("How to end it", &[or(calls(&facts.revoke), "It cannot be ended before its time: it ends by itself.")]);
    section("When it leaked", &[format!("`leastwise plan incident {}` says what to do, in order.", kind.id())]);
    section("Good to know", &[more.notes.into()]);
    section("References", &[format!("- <{}>", facts.source)]);
    out
}

/// The kinds that share the prefix of a personal one are found under it.
fn shares_prefix(kind: TokenType, of_prefix: TokenType) -> bool {
    of_prefix == TokenType::PersonalAccessToken && TokenType::PERSONAL_FAMILY.contains(&kind)
}

fn scopes_of(kind: TokenType) -> String {
    let mut out = String::new();
    for facts in scopes().iter().filter(|facts| facts.available_for(kind)) {
        if out.is_empty() {
            out.push_str("Its scopes, most powerful first:\n\n");
        }
        let _ = write!(out, "- `{}`: it can {}", facts.scope, facts.grants);
        if let Some(role) = facts.least_role.map(AccessLevel::name).filter(|name| !name.is_empty()) {
            let _ = write!(out, " (role {role} is enough for its ordinary use)");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// Each way on a line: through the pages, by the API, and what that needs.
fn calls(calls: &Calls) -> String {
    let mut lines = Vec::new();
    lines.extend(calls.ui.into_iter().flat_map(|ui| ui.split(" ; ")).map(|way| format!("- {way}")));
    lines.extend(calls.api.into_iter().flat_map(|api| api.split(" ; ")).map(|call| format!("- `{call}`")));
    lines.extend(calls.needs.map(|needs| format!("- Needs: {needs}")));
    lines.join("\n")
}

/// The list of rules as a page.
#[must_use]
pub fn index() -> String {
    let mut out = format!(
        "{GENERATED}\n\n# Rules\n\nEach page says what the rule catches, why it matters, and what to do. Severity is what it is when \
         nothing in the row raises or lowers it.\n\n| Rule | Severity | Fires when |\n|---|---|---|\n"
    );
    for rule in ALL {
        let _ = writeln!(out, "| [`{0}`]({0}.md) | {1} | {2} |", rule.id, rule.severity, rule.summary);
    }
    out
}

/// A rule's page.
#[must_use]
pub fn page(of: &Rule) -> String {
    format!("{GENERATED}\n\n{}", rule(of))
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}

/// A line of an example with `{{deploy_token}}` as `gldt-…`.
fn masked(line: &'static str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        let made = tail.split_once("}}").and_then(|(inside, after)| Some((mask(inside)?, after)));
        match made {
            Some((prefix, after)) => {
                out.push_str(prefix);
                out.push('…');
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The public beginning of the token that [`crate::fake::expand`] would put there.
fn mask(inside: &'static str) -> Option<&'static str> {
    let (word, argument) = inside.split_once(' ').unwrap_or((inside, ""));
    let kind = match word {
        "job_jwt" => TokenType::CiJobToken,
        "routable" => return Some(argument),
        _ => TokenType::parse(word)?,
    };
    let of = |wanted: TokenType| prefixes().iter().find(|prefix| prefix.kind == wanted).map(|prefix| prefix.prefix);
    let shared = || of(TokenType::PersonalAccessToken).filter(|_| TokenType::PERSONAL_FAMILY.contains(&kind));
    Some(of(kind).or_else(shared).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn documents_are_in_step() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
        let mut pages = vec![(String::from("README.md"), index())];
        pages.extend(ALL.iter().map(|rule| (format!("{}.md", rule.id), page(rule))));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            for (name, text) in &pages {
                std::fs::write(folder.join(name), text).unwrap();
            }
        }
        for (name, text) in &pages {
            let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            let advice = "run UPDATE_DOCS=1 cargo test documents_are_in_step";
            assert!(written == *text, "docs/rules/{name} is not what src/rules says: {advice}");
        }
        for file in std::fs::read_dir(&folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(pages.iter().any(|(known, _)| *known == name), "docs/rules/{name} belongs to no rule: delete it");
        }
    }

    #[test]
    fn no_page_holds_a_whole_token_or_an_unfilled_brace() {
        for rule in ALL {
            let page = page(rule);
            assert!(!page.contains("{{"), "{}", rule.id);
            assert!(crate::detect::scan(&page, &[]).is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn every_kind_of_token_is_explained() {
        for kind in TokenType::ALL {
            let text = token_type(*kind);
            assert!(text.contains("## What a holder can do\n"), "{}", kind.id());
            assert!(text.contains("## How long it lives\n"), "{}", kind.id());
            assert!(!text.contains(".."), "{text}");
        }
        insta::assert_snapshot!(token_type(TokenType::ProjectAccessToken));
    }

    #[test]
    fn tokens_in_examples_are_shown_as_masks() {
        assert_eq!(masked("a={{deploy_token 7}} b={{project_access_token}} {{x}}"), "a=gldt-… b=glpat-… {{x}}");
    }
}

//! A rule's doc comment, taken apart: description, sections, examples, references.

use super::Rule;
use crate::input::{Kind, PAGES_ALONE};

/// The headings of every rule's text, in their order; the description stands before the first.
pub const HEADINGS: [&str; 5] = ["Why it matters", "Bad", "Good", "What to do", "References"];

/// An example in a rule's text: an input as a user could give it.
pub struct Example {
    /// Under `## Bad`: the rule has to fire. Else under `## Good`: no rule may.
    pub bad: bool,
    /// What the fence's info string says it is: `` ```json inventory project-access-tokens.json ``.
    pub kind: Kind,
    /// The input's name; the kind's word where the fence gives none.
    pub name: &'static str,
    /// The text, `{{…}}` not yet filled in ([`crate::fake::expand`]).
    pub text: String,
}

/// How much of a rule's text is linked: all of it, or its references alone where only findings are shown.
pub(super) const fn linked_length(text: &str) -> usize {
    const REFERENCES: &[u8] = b"## References";
    let bytes = text.as_bytes();
    let mut length = if PAGES_ALONE { REFERENCES.len() } else { bytes.len() };
    while length < bytes.len() {
        let (_, tail) = bytes.split_at(bytes.len() - length);
        if let Some((start, _)) = tail.split_at_checked(REFERENCES.len())
            && is(start, REFERENCES)
        {
            break;
        }
        length += 1;
    }
    length
}

const fn is(one: &[u8], other: &[u8]) -> bool {
    match (one.split_first(), other.split_first()) {
        (Some((a, one)), Some((b, other))) => *a == *b && is(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// The last `LENGTH` bytes of a rule's text, by themselves: a part of the whole would keep the whole in the module.
pub(super) const fn linked<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    match text.as_bytes().last_chunk() {
        Some(end) => *end,
        None => [0; LENGTH],
    }
}

/// As a text. Whether it is one is known when the program is built: [`linked_length`] cuts before a `#`.
pub(super) const fn text(linked: &'static [u8]) -> &'static str {
    match std::str::from_utf8(linked) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// The lines of a rule's text, Markdown. rustc keeps the blank behind `///`: it is cut off here.
pub fn lines(rule: &Rule) -> impl Iterator<Item = &'static str> {
    rule.doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line))
}

/// The documents under `## References`.
#[must_use]
pub fn references(rule: &Rule) -> Vec<&'static str> {
    let documents = || {
        lines(rule)
            .skip_while(|line| *line != "## References")
            .filter_map(|line| line.split_once('<')?.1.split_once('>').map(|(url, _)| url))
            .filter(|url| url.starts_with("https://"))
            .collect()
    };
    rule.documents.get_or_init(documents).clone()
}

/// The examples, in order.
#[must_use]
pub fn examples(rule: &Rule) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut heading = "";
    let mut open: Option<Example> = None;
    for line in lines(rule) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => examples.extend(open.take()),
            (None, Some(example)) => {
                example.text.push_str(line);
                example.text.push('\n');
            }
            (Some(info), None) => {
                let mut words = info.split_ascii_whitespace().skip(1);
                open = words.next().and_then(Kind::parse).map(|kind| Example {
                    bad: heading == "Bad",
                    kind,
                    name: words.next().unwrap_or(kind.word()),
                    text: String::new(),
                });
            }
            (None, None) => heading = line.strip_prefix("## ").unwrap_or(heading),
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::ALL;
    use crate::time::Date;
    use crate::{Context, Input, audit, fake};

    /// The day on which examples are judged.
    const TODAY: &str = "2026-11-20";

    #[test]
    fn every_rule_has_its_headings_in_order_and_a_document_of_gitlab() {
        for rule in ALL {
            let headings: Vec<_> = lines(rule).filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(headings, HEADINGS, "{}", rule.id);
            let first = lines(rule).next().unwrap_or_default();
            assert!(!first.is_empty() && !first.starts_with('#'), "{}: begin with a description", rule.id);
            assert!(references(rule).iter().any(|url| url.starts_with("https://docs.gitlab.com/")), "{}", rule.id);
            let bad = examples(rule).iter().filter(|example| example.bad).count();
            assert!(bad > 0 && examples(rule).len() > bad, "{}: a bad and a good example", rule.id);
            let fences = lines(rule).filter(|line| line.starts_with("```")).count();
            assert_eq!(fences, 2 * examples(rule).len(), "{}: a fence without kind", rule.id);
        }
    }

    #[test]
    fn ids_are_kebab_case_and_unique() {
        for (index, rule) in ALL.iter().enumerate() {
            assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
            assert!(ALL.iter().skip(index + 1).all(|other| other.id != rule.id), "{} twice", rule.id);
        }
    }

    #[test]
    fn every_bad_example_fires_its_rule_and_every_good_one_is_clean_under_all() {
        let mut wrong = Vec::new();
        for rule in ALL {
            for (index, example) in examples(rule).into_iter().enumerate() {
                let context = Context::new(Date::parse(TODAY).unwrap());
                let mut input = Input::new(example.name, fake::expand(&example.text));
                input.kind = Some(example.kind);
                let report = audit(vec![input], &context);
                let fired: Vec<_> = report.findings.iter().map(|finding| finding.rule.id).collect();
                let fine = if example.bad { fired.contains(&rule.id) } else { fired.is_empty() };
                // What an example includes from elsewhere is not there.
                let mut spots = report.blind_spots;
                spots.retain(|spot| !spot.message.as_str().contains("Nothing is fetched"));
                if !fine || !spots.is_empty() {
                    wrong.push(format!("{} example {index}: {fired:?} {spots:?}", rule.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

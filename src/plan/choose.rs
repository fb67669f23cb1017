//! `leastwise choose`: which credential for which use, where to make and keep it, and why not another.

use serde::Serialize;

use crate::catalog::{Calls, TokenType, UseCase, use_cases};

/// The answer for one use. Serialises as `choose --format json` publishes it.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The use's id.
    pub use_case: &'static str,
    /// What somebody wants to do.
    pub question: &'static str,
    /// The credential.
    pub token_type: TokenType,
    /// Its name in a sentence.
    pub name: &'static str,
    /// Its scopes; empty where it has none.
    pub scopes: Vec<&'static str>,
    /// The lowest role, where it has one.
    pub role: Option<&'static str>,
    /// The allowlist permission of a job token, or the fine-grained permissions of a personal one.
    pub permissions: Option<&'static str>,
    /// How long it should live.
    pub expiry: &'static str,
    /// How to do it.
    pub how: &'static str,
    /// Where it is made.
    pub create: &'static Calls,
    /// Where to keep it.
    pub keep: &'static str,
    /// How it is replaced: in words, where the kind's own way is not all of it.
    pub rotate: Option<&'static str>,
    /// The kind's own way to replace it.
    pub rotate_by: &'static Calls,
    /// Why not another kind.
    pub why_not: Vec<WhyNot>,
    /// GitLab's document.
    pub references: Vec<&'static str>,
}

/// Another kind, and why not.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WhyNot {
    /// The kind.
    pub token_type: TokenType,
    /// Its name in a sentence.
    pub name: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// What some words came to.
#[derive(Clone, Debug)]
pub enum Choice {
    /// This use is meant.
    One(Box<Answer>),
    /// Several fit as well; likeliest first, with those half as likely.
    Several(Vec<&'static UseCase>),
    /// Nothing is like it.
    None,
}

/// The use that an id or some words mean: `job-clone-other`, `clone on a server`.
#[must_use]
pub fn choose(words: &str) -> Choice {
    if let Some(case) = use_cases().iter().find(|case| case.id == words.trim()) {
        return Choice::One(Box::new(answer(case)));
    }
    let wanted = stems(words);
    let mut scored: Vec<(u32, &'static UseCase)> =
        use_cases().iter().map(|case| (score(&wanted, case), case)).filter(|(score, _)| *score > 0).collect();
    scored.sort_by(|(a, _), (b, _)| b.cmp(a));
    match scored.as_slice() {
        [] => Choice::None,
        [(_, only)] => Choice::One(Box::new(answer(only))),
        [(first, case), (second, _), ..] if first > second => Choice::One(Box::new(answer(case))),
        [(best, _), ..] => {
            Choice::Several(scored.iter().filter(|(score, _)| score * 2 >= *best).map(|(_, case)| *case).collect())
        }
    }
}

/// The answer for a use.
#[must_use]
pub fn answer(case: &'static UseCase) -> Answer {
    let facts = case.kind.facts();
    Answer {
        use_case: case.id,
        question: case.question,
        token_type: case.kind,
        name: facts.name,
        scopes: case.scopes.clone(),
        role: case.role,
        permissions: case.permissions,
        expiry: case.expiry,
        how: case.how,
        create: &facts.create,
        keep: case.keep,
        rotate: case.rotate,
        rotate_by: &facts.rotate,
        why_not: (case.why_not.iter())
            .map(|(kind, why)| WhyNot { token_type: *kind, name: kind.facts().name, why })
            .collect(),
        references: if case.source == facts.source { vec![case.source] } else { vec![case.source, facts.source] },
    }
}

/// The answer in words, the same at every door: label and text, a line each.
#[must_use]
pub fn facts(answer: &Answer) -> Vec<(&'static str, String)> {
    let mut out = vec![("use", answer.name.to_owned()), ("how", answer.how.to_owned())];
    if !answer.scopes.is_empty() {
        let scopes: Vec<String> = answer.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        out.push(("scopes", scopes.join(", ")));
    }
    for (label, text) in [("permissions", answer.permissions), ("role", answer.role), ("expiry", Some(answer.expiry))] {
        out.extend(text.map(|text| (label, text.to_owned())));
    }
    ways(&mut out, "create", answer.create);
    out.push(("keep", answer.keep.to_owned()));
    match answer.rotate {
        Some(text) => out.push(("rotate", text.to_owned())),
        None => ways(&mut out, "rotate", answer.rotate_by),
    }
    out.extend(answer.why_not.iter().map(|other| ("why not", format!("{}: {}", other.name, other.why))));
    out.extend(answer.references.iter().map(|reference| ("read", (*reference).to_owned())));
    out
}

/// A line a way: the page, the call, and what both need.
fn ways(out: &mut Vec<(&'static str, String)>, label: &'static str, calls: &Calls) {
    let all = calls.ui.iter().chain(&calls.api).flat_map(|ways| ways.split(" ; "));
    out.extend(all.map(|way| (label, way.to_owned())));
    out.extend(calls.needs.map(|needs| (label, format!("needs: {needs}"))));
}

/// How many of the wanted words a use has; one of its id or question counts twice.
fn score(wanted: &[String], case: &UseCase) -> u32 {
    let own = stems(&format!("{} {}", case.id, case.question));
    let further = stems(&case.words.join(" "));
    wanted.iter().map(|word| if own.contains(word) { 2 } else { u32::from(further.contains(word)) }).sum()
}

/// The words of a text without their endings: `cloning`, `clones` and `clone` are one.
fn stems(text: &str) -> Vec<String> {
    /// Words that say nothing about the use.
    const EMPTY: [&str; 31] = [
        "a", "an", "and", "another", "any", "as", "at", "by", "can", "do", "for", "from", "gitlab", "how", "i", "in",
        "into", "is", "it", "my", "need", "of", "on", "or", "the", "to", "token", "use", "want", "which", "with",
    ];
    let mut stems: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !EMPTY.contains(word))
        .map(|word| {
            let endings = ["ations", "ation", "ings", "ing", "ers", "er", "ies", "es", "ed", "e", "s", "y"];
            let stem = endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2));
            stem.unwrap_or(word).to_owned()
        })
        .collect();
    stems.sort();
    stems.dedup();
    stems
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(words: &str) -> Option<&'static str> {
        match choose(words) {
            Choice::One(answer) => Some(answer.use_case),
            Choice::Several(cases) => {
                println!("{words}: {:?}", cases.iter().map(|case| case.id).collect::<Vec<_>>());
                None
            }
            Choice::None => None,
        }
    }

    #[test]
    fn an_id_and_plain_words_find_the_use() {
        for case in use_cases() {
            assert_eq!(chosen(case.id), Some(case.id));
            assert_eq!(chosen(case.question), Some(case.id), "{}", case.question);
        }
        for (words, want) in [
            ("clone a repository on a server", "server-clone"),
            ("cloning another project in a CI job", "job-clone-other"),
            ("kubernetes image pull secret", "server-pull-image"),
            ("deploy to AWS from a pipeline", "job-cloud"),
            ("register a runner", "runner-register"),
            ("push docker images in CI", "job-push-image"),
            ("scim", "identity-provider"),
            ("renovate bot for one project", "automation-project"),
            ("start a pipeline from outside", "outside-start-pipeline"),
            ("terraform state", "job-terraform-state"),
            ("unleash", "feature-flags"),
        ] {
            assert_eq!(chosen(words), Some(want), "{words}");
        }
    }

    #[test]
    fn words_that_fit_several_uses_give_them_all_and_strange_words_give_none() {
        let Choice::Several(cases) = choose("bot") else { panic!("a bot works in a project, a group, or everywhere") };
        let mut ids: Vec<_> = cases.iter().map(|case| case.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["automation-group", "automation-project", "automation-wide"]);
        for words in ["", "the", "xyzzy", "🦀"] {
            assert!(matches!(choose(words), Choice::None), "{words}");
        }
    }

    #[test]
    fn every_answer_is_whole() {
        for case in use_cases() {
            let answer = answer(case);
            assert!(!answer.why_not.is_empty(), "{}: why not another", case.id);
            assert!(answer.create.ui.is_some() || answer.create.api.is_some(), "{}: where to make it", case.id);
            assert!(answer.rotate.is_some() || answer.rotate_by.ui.is_some() || answer.rotate_by.api.is_some());
            let json = serde_json::to_value(&answer).unwrap();
            assert_eq!(json["token_type"], case.kind.id());
            assert!(json["create"].is_object() && json["rotate_by"].is_object());
        }
        insta::assert_json_snapshot!(answer(&use_cases()[1]));
    }

    proptest! {
        #[test]
        fn no_words_make_it_fall(words in ".{0,80}") {
            let _ = choose(&words);
        }
    }
}

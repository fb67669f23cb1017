//! Where a text names a variable: `$MIRROR_TOKEN`, `${MIRROR_TOKEN}`, `$env:MIRROR_TOKEN`, and as programs ask for it:
//! `os.environ["MIRROR_TOKEN"]`, `process.env.MIRROR_TOKEN`, `getenv("…")`, `ENV.fetch("…")`. What a plan needs in order to find
//! what uses a token; values are not looked at.

use std::collections::BTreeMap;

use crate::catalog::predefined_variable;
use crate::context::Context;
use crate::source::Source;
use crate::text::Name;

/// A variable that an input names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// Index of the input in the report.
    pub input: usize,
    /// The variable.
    pub name: Name,
    /// The first line that names it, from 1.
    pub line: usize,
}

/// Names in one input at most; a file with more is a list of variables, not a consumer of them.
pub(crate) const MOST: usize = 2_000;

/// The variables that a text names and that GitLab does not set itself, each once, by name. Lines that begin with `#` are
/// comments in every language this is about.
#[must_use]
pub fn mentions(source: &Source, context: &Context) -> Vec<Mention> {
    let text = source.text();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let dollars =
        memchr::memchr_iter(b'$', text.as_bytes()).filter_map(|at| Some((at, name_behind(text.get(at + 1..)?)?)));
    let asked = ["env", "ENV"].into_iter().flat_map(|word| {
        memchr::memmem::find_iter(text.as_bytes(), word)
            .filter_map(|at| Some((at, name_asked_for(text.get(at + 3..)?)?)))
    });
    for (at, name) in dollars.chain(asked) {
        if found.get(name).is_some_and(|known| *known <= source.line_column(at).0) {
            continue;
        }
        if found.len() >= MOST || predefined_variable(name).is_some() {
            continue;
        }
        let (line, _) = source.line_column(at);
        let whole = source.line_range(line).and_then(|range| text.get(range)).unwrap_or_default();
        if !whole.trim_start().starts_with('#') {
            found.insert(name, line);
        }
    }
    found.into_iter().map(|(name, line)| Mention { input: 0, name: context.name(name), line }).collect()
}

/// A name begins so soon behind `env` or `$`.
const FAR: usize = 16;

/// The name that is asked for behind `env` or `ENV`: `iron["NAME"]`, `.NAME`, `("NAME")`, `.fetch('NAME')`, `::var("NAME")`.
fn name_asked_for(rest: &str) -> Option<&str> {
    let at = rest.bytes().take(FAR).position(|byte| byte.is_ascii_uppercase())?;
    let between = rest.get(..at)?;
    let asks = between.ends_with(['.', '"', '\'', '[', '`'])
        && between.bytes().all(|byte| byte.is_ascii_lowercase() || b".:([\"'`_".contains(&byte));
    name_behind(rest.get(at..)?).filter(|_| asks)
}

/// The variables that a part of a text names, each at its `$` or `env`, in lines that are no comments. As [`mentions`], on
/// bytes.
pub(crate) fn in_bytes(text: &[u8]) -> impl Iterator<Item = (&str, usize)> {
    // A name, and the character behind it: nothing else has to be read as characters, and where no capital is there is none.
    let characters = |at: usize| {
        let rest = text.get(at..)?;
        let rest = rest.get(..300).unwrap_or(rest);
        let name = rest.iter().take(FAR).position(u8::is_ascii_uppercase)?;
        let length = rest.iter().skip(name).take_while(|byte| is_in_name(byte)).count();
        let rest = rest.get(..name + length + 4).unwrap_or(rest);
        Some(rest.utf8_chunks().next()?.valid())
    };
    let dollars = memchr::memchr_iter(b'$', text)
        .filter(move |at| matches!(text.get(at + 1), Some(b'{' | b'e' | b'A'..=b'Z')))
        .filter_map(move |at| Some((name_behind(characters(at + 1)?)?, at)));
    let asked = ["env", "ENV"].into_iter().flat_map(move |word| {
        memchr::memmem::find_iter(text, word).filter_map(move |at| Some((name_asked_for(characters(at + 3)?)?, at)))
    });
    dollars.chain(asked).filter(|(name, at)| {
        let line = memchr::memrchr(b'\n', text.get(..*at).unwrap_or_default()).map_or(0, |end| end + 1);
        let comment = text.get(line..*at).unwrap_or_default().trim_ascii_start().starts_with(b"#");
        !comment && predefined_variable(name).is_none()
    })
}

/// Is it of the characters that CI/CD variables have?
const fn is_in_name(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_'
}

/// The name behind a `$`; one as CI/CD variables have it, in capitals.
fn name_behind(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix('{').or_else(|| rest.strip_prefix("env:")).unwrap_or(rest);
    let rest = rest.strip_prefix("env:").unwrap_or(rest);
    let length = rest.bytes().take_while(is_in_name).count();
    let name = rest.get(..length)?;
    let whole = !rest.get(length..)?.starts_with(|next: char| next.is_alphanumeric());
    (whole && (3..=255).contains(&length) && name.starts_with(|first: char| first.is_ascii_uppercase())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<(String, usize)> {
        let source = Source::new(Name::new("x"), text.into(), text.len());
        let context = Context::new(Date::new(2026, 11, 20).unwrap());
        mentions(&source, &context).into_iter().map(|mention| (mention.name.to_string(), mention.line)).collect()
    }

    #[test]
    fn variables_are_found_however_they_are_written() {
        let text = "curl -H \"PRIVATE-TOKEN: $MIRROR_TOKEN\"\necho ${NPM_TOKEN:-x} $NPM_TOKEN\n# $COMMENTED_OUT\n$env:WIN_TOKEN\n${env:PS_TOKEN}\n";
        let want = [("MIRROR_TOKEN", 1), ("NPM_TOKEN", 2), ("PS_TOKEN", 5), ("WIN_TOKEN", 4)];
        assert_eq!(names(text), want.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn programs_ask_for_variables_too() {
        let text = "os.environ[\"A_TOKEN\"]\nos.environ.get('B_TOKEN')\nprocess.env.C_TOKEN\nENV['D_TOKEN']\nENV.fetch(\"E_TOKEN\")\nos.Getenv(\"F_TOKEN\")\nstd::env::var(\"G_TOKEN\")\nenvironment: PRODUCTION\nenv:\n  NODE_ENV: X\n";
        let want = ["A", "B", "C", "D", "E", "F", "G"]
            .iter()
            .enumerate()
            .map(|(line, name)| (format!("{name}_TOKEN"), line + 1));
        assert_eq!(names(text), want.collect::<Vec<_>>());
    }

    #[test]
    fn what_gitlab_sets_and_what_is_no_variable_is_left_out() {
        assert!(names("$CI_JOB_TOKEN $1 $$ $AB $lower $MixedCase $ ${ } 5$").is_empty());
    }

    proptest! {
        #[test]
        fn bytes_name_what_characters_do(text in "([$]|[{]|env[:.\"\\[]?|ENV|[a-z.]{0,18}|[A-Z_1]{1,5}|[A-Z]{250,305}|é|🦀|\n|#| ){0,24}") {
            let mut there: Vec<String> = in_bytes(text.as_bytes()).map(|(name, _)| name.to_owned()).collect();
            there.sort();
            there.dedup();
            let known: Vec<String> = names(&text).into_iter().map(|(name, _)| name).collect();
            prop_assert_eq!(there, known);
        }

        #[test]
        fn no_text_makes_it_fall(text in "([$]|[{]|env:|[A-Z]{1,4}|é|\n|#| ){0,40}") {
            prop_assert!(names(&text).iter().all(|(name, line)| name.len() >= 3 && *line >= 1));
        }
    }
}

//! What a token's name says it is for, and which credential is enough for that.

use std::sync::OnceLock;

use super::{AccessLevel, Scope, table};

/// One use of tokens; a row of `uses.csv`.
#[derive(Debug)]
pub struct Use {
    /// Its id.
    pub id: &'static str,
    /// The words of a name that suggest it, lower case.
    pub words: Vec<&'static str>,
    /// Is it a machine that does this, rather than a person?
    pub machine: bool,
    /// Is `api` what an access token needs for it?
    pub justifies_api: bool,
    /// The scopes that are enough; empty where no smaller ones are known.
    pub scopes: Vec<Scope>,
    /// The role that is enough.
    pub role: AccessLevel,
    /// The use in a sentence: `cloning code`.
    pub phrase: &'static str,
    /// What to use in a pipeline.
    pub in_pipeline: &'static str,
    /// What to use elsewhere.
    pub elsewhere: &'static str,
    /// GitLab's document.
    pub source: &'static str,
}

impl Use {
    /// Does it say no more than that a machine is at work?
    #[must_use]
    pub fn is_general(&self) -> bool {
        self.id == "machine"
    }
}

/// Every use, the more telling ones first.
#[must_use]
pub fn uses() -> &'static [Use] {
    static TABLE: OnceLock<Vec<Use>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("uses.csv", include_str!("uses.csv"), |row| Use {
            id: row.cell("use"),
            words: row.words("words"),
            machine: row.cell("machine") == "yes",
            justifies_api: row.cell("justifies_api") == "yes",
            scopes: row.words("scopes").into_iter().map(Scope::new).collect(),
            role: AccessLevel::parse(row.cell("role")).unwrap_or(AccessLevel::DEVELOPER),
            phrase: row.cell("phrase"),
            in_pipeline: row.cell("in_pipeline"),
            elsewhere: row.cell("elsewhere"),
            source: row.cell("source"),
        })
    })
}

/// The uses that a name suggests, in the table's order, the general "a machine" last: those with a word of it.
/// `Deploy-Bot`, `deployBot` and `deploy_bot2` all have the words deploy and bot.
#[must_use]
pub fn suggested_by(name: &str) -> Vec<&'static Use> {
    let words = words(name);
    uses().iter().filter(|candidate| candidate.words.iter().any(|word| words.iter().any(|own| own == word))).collect()
}

/// The words of a name, lower case: letters in a row, cut where small letters end and a capital begins. Digits between
/// letters belong to a word (`k8s`), digits at its end do not.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for character in name.chars().chain([' ']) {
        let cut = !character.is_alphanumeric() || (was_lower && character.is_uppercase());
        if cut && !word.is_empty() {
            let end = word.trim_end_matches(|last: char| last.is_ascii_digit()).len();
            word.truncate(end);
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(name: &str) -> Vec<&'static str> {
        suggested_by(name).iter().map(|found| found.id).collect()
    }

    #[test]
    fn the_table_is_whole() {
        for (index, one) in uses().iter().enumerate() {
            assert!(one.scopes.iter().all(|scope| scope.facts().is_some()), "{}", one.id);
            assert!(one.source.starts_with("https://docs.gitlab.com/"), "{}", one.id);
            assert!(!one.phrase.is_empty() && !one.in_pipeline.is_empty() && !one.elsewhere.is_empty(), "{}", one.id);
            for word in &one.words {
                assert_eq!(words(word), [*word], "{word} can never be found");
                assert!(uses().iter().skip(index + 1).all(|other| !other.words.contains(word)), "{word} twice");
            }
        }
        let rows = include_str!("uses.csv").lines().skip(1).filter(|line| !line.is_empty()).count();
        assert_eq!(uses().len(), rows);
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!(ids("deploy-prod"), ["deploy"]);
        assert_eq!(ids("renovateBot"), ["updates", "machine"]);
        assert_eq!(ids("K8S_IMAGE_PULL2"), ["pull_images", "push_images", "machine"]);
        assert_eq!(ids("laptop git over https"), [""; 0]);
        assert_eq!(ids("Abbott's cidery"), [""; 0], "whole words only");
        assert_eq!(ids("ключ для бота"), [""; 0]);
        assert_eq!(ids(""), [""; 0]);
    }
}

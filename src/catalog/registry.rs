//! Package registries: which the permissions of the job token cover, and which commands publish to them.
//! <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>

use std::sync::LazyLock;

use super::table::rows;

/// A kind of package registry; a row of `registries.csv`.
#[derive(Debug)]
pub struct Registry {
    /// As it stands in its addresses behind `/packages/`.
    pub id: &'static str,
    /// Do GitLab's documents name a permission for it?
    pub documented: bool,
    /// Program and verb of the commands that publish.
    pub publish: Vec<(&'static str, &'static str)>,
}

static TABLE: LazyLock<Vec<Registry>> = LazyLock::new(|| {
    rows("registries.csv", include_str!("registries.csv"), |row| Registry {
        id: row.cell("id"),
        documented: row.some("documented").is_some(),
        publish: row
            .cell("publish")
            .split('|')
            .filter(|command| !command.is_empty())
            .map(|command| command.rsplit_once(' ').map_or((command, ""), |(program, verb)| (program, verb)))
            .map(|(program, verb)| (program.split(' ').next().unwrap_or(program), verb))
            .collect(),
    })
});

/// The registry with this name in its addresses.
#[must_use]
pub fn registry(id: &str) -> Option<&'static Registry> {
    TABLE.iter().find(|registry| registry.id == id)
}

/// The registries that a command with these words publishes to.
pub fn published_by<'a>(program: &'a str, words: &'a [String]) -> impl Iterator<Item = &'static str> + 'a {
    TABLE
        .iter()
        .filter(move |registry| {
            registry.publish.iter().any(|(known, verb)| {
                *known == program && (verb.is_empty() || words.iter().any(|word| word == verb || ends_so(word, verb)))
            })
        })
        .map(|registry| registry.id)
}

/// `:lib:publish` and `publishToMavenLocal` are Gradle's; only the first publishes to a registry.
fn ends_so(word: &str, verb: &str) -> bool {
    word.strip_suffix(verb).is_some_and(|before| before.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_publish_are_told_from_those_that_read() {
        let of = |program: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            published_by(program, &words).collect::<Vec<_>>()
        };
        assert_eq!(of("npm", &["publish", "--tag", "next"]), ["npm"]);
        assert_eq!(of("yarn", &["npm", "publish"]), ["npm"]);
        assert_eq!(of("gradle", &[":lib:publish"]), ["maven"]);
        assert!(of("npm", &["ci"]).is_empty());
        assert!(of("gradle", &["publishToMavenLocal"]).is_empty());
        assert!(registry("npm").is_some_and(|registry| registry.documented));
        assert!(registry("helm").is_some_and(|registry| !registry.documented));
    }
}

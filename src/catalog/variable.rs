//! CI/CD variables: which ones GitLab sets, which of them carry a credential, and what a name says about a variable
//! that somebody stored.

use std::sync::LazyLock;

use super::TokenType;
use super::table::{columns, rows};
use crate::context::Version;

/// What a predefined variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableIs {
    /// A credential, and nothing else.
    Credential,
    /// An address with a credential in it.
    UrlWithCredential,
    /// An address of the instance.
    InstanceUrl,
    /// The instance's host name.
    InstanceHost,
    /// The host of the instance's registry or dependency proxy, or an image path that begins with it.
    RegistryHost,
    /// Number or path of the project that runs the job.
    OwnProject,
    /// Something else.
    Value,
}

/// A predefined variable (<https://docs.gitlab.com/ci/variables/predefined_variables/>).
#[derive(Clone, Copy, Debug)]
pub struct PredefinedVariable {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub is: VariableIs,
    /// The kind of credential it holds.
    pub token: Option<TokenType>,
    /// The version that removed it.
    pub until: Option<Version>,
    /// What took its place: a variable, or `id_tokens`.
    pub instead: Option<&'static str>,
    /// GitLab's own document.
    pub source: &'static str,
}

/// Whose credential a stored variable is, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// GitLab's: `GITLAB_TOKEN`.
    GitLab,
    /// Another service's: `GITHUB_TOKEN`.
    Other,
    /// The name does not say: `API_TOKEN`.
    Unknown,
}

/// A file that usually holds credentials.
#[derive(Clone, Copy, Debug)]
pub struct SecretFile {
    /// The end of its path, `*` for any characters of a name.
    pub pattern: &'static str,
    /// What it holds, in words.
    pub holds: &'static str,
    /// Is the name alone a strong sign? A `.npmrc` is often without a token, a `.netrc` hardly.
    pub strong: bool,
    /// Are the credentials in it encoded, so that masking does not catch them in a log?
    pub encoded: bool,
}

/// A program that takes a password as an argument, though it has another way.
#[derive(Clone, Debug)]
pub struct PasswordFlag {
    /// `docker`.
    pub program: &'static str,
    /// The words that have to stand before, in order: `registry login`.
    pub verbs: Vec<&'static str>,
    /// Options whose value is the password.
    pub options: Vec<&'static str>,
    /// The other way, a sentence.
    pub instead: &'static str,
    /// The other way as a command.
    pub command: &'static str,
}

struct NameWord {
    words: &'static str,
    at: &'static str,
    whose: Whose,
}

static PREDEFINED: LazyLock<Vec<PredefinedVariable>> = LazyLock::new(|| {
    rows("variables.csv", include_str!("variables.csv"), |row| PredefinedVariable {
        name: row.cell("name"),
        is: match row.cell("is") {
            "credential" => VariableIs::Credential,
            "url_with_credential" => VariableIs::UrlWithCredential,
            "instance_url" => VariableIs::InstanceUrl,
            "instance_host" => VariableIs::InstanceHost,
            "registry_host" => VariableIs::RegistryHost,
            "own_project" => VariableIs::OwnProject,
            _ => VariableIs::Value,
        },
        token: row.some("token").and_then(TokenType::parse),
        until: row.some("until").and_then(Version::parse),
        instead: row.some("instead"),
        source: row.cell("source"),
    })
});

static NAMES: LazyLock<Vec<NameWord>> = LazyLock::new(|| {
    rows("variable_names.csv", columns!("variable_names.csv": "words" "at" "whose"), |row| NameWord {
        words: row.cell("words"),
        at: row.cell("at"),
        whose: match row.cell("whose") {
            "gitlab" => Whose::GitLab,
            "other" => Whose::Other,
            _ => Whose::Unknown,
        },
    })
});

static FILES: LazyLock<Vec<SecretFile>> = LazyLock::new(|| {
    rows("secret_files.csv", include_str!("secret_files.csv"), |row| SecretFile {
        pattern: row.cell("pattern"),
        holds: row.cell("holds"),
        strong: row.cell("name_alone") == "likely",
        encoded: row.cell("encoded") == "yes",
    })
});

static FLAGS: LazyLock<Vec<PasswordFlag>> = LazyLock::new(|| {
    rows("password_flags.csv", include_str!("password_flags.csv"), |row| PasswordFlag {
        program: row.cell("program"),
        verbs: row.words("verbs"),
        options: row.words("options"),
        instead: row.cell("instead"),
        command: row.cell("command"),
    })
});

/// Programs that take a password as an argument and have another way.
#[must_use]
pub fn password_flags() -> &'static [PasswordFlag] {
    &FLAGS
}

/// The predefined variable with this name.
#[must_use]
pub fn predefined_variable(name: &str) -> Option<&'static PredefinedVariable> {
    PREDEFINED.iter().find(|variable| variable.name == name)
}

/// Does a variable's name say that it holds a credential, and whose? `DEPLOY_TOKEN`, `npm_password`; not `TOKEN_URL`.
#[must_use]
pub fn credential_name(name: &str) -> Option<Whose> {
    let name = name.to_ascii_uppercase();
    let ends_with =
        |words: &str| name.strip_suffix(words).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    let mut secret = false;
    let mut whose = Whose::Unknown;
    for row in NAMES.iter() {
        match row.at {
            "whole" if name == row.words => return Some(row.whose),
            "end" => secret |= ends_with(row.words),
            "start" => secret |= name.starts_with(row.words),
            "any" if whose == Whose::Unknown && name.split('_').any(|word| word == row.words) => whose = row.whose,
            _ => {}
        }
    }
    secret.then_some(whose)
}

/// The kind of secret file that a path names. `path` may hold patterns and variables; its end counts.
#[must_use]
pub fn secret_file(path: &str) -> Option<&'static SecretFile> {
    let path = path.trim_end_matches("/**/*").trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    let named =
        |end: &str| path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['/', '}', '*']));
    FILES.iter().rev().find(|file| match file.pattern.strip_prefix('*') {
        Some(end) => path.ends_with(end),
        None => named(file.pattern),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::table::check_versions_and_source;

    #[test]
    fn tables_are_well_formed() {
        rows("variables.csv", include_str!("variables.csv"), |row| {
            check_versions_and_source(row, row.cell("name"));
            assert_eq!(row.some("token").is_some(), row.cell("is").contains("credential"), "{}", row.cell("name"));
            assert!(row.some("token").is_none_or(|token| TokenType::parse(token).is_some()), "{}", row.cell("name"));
        });
        rows("secret_files.csv", include_str!("secret_files.csv"), |row| {
            assert!(row.cell("source").starts_with("https://docs.gitlab.com/"), "{}", row.cell("pattern"));
        });
        rows("variable_names.csv", include_str!("variable_names.csv"), |row| {
            assert!(["end", "start", "whole", "any"].contains(&row.cell("at")), "{}", row.cell("words"));
        });
    }

    #[test]
    fn names_say_whose_credential_it_is() {
        for (name, want) in [
            ("GITLAB_TOKEN", Some(Whose::GitLab)),
            ("MY_GL_PAT", Some(Whose::GitLab)),
            ("github_token", Some(Whose::Other)),
            ("DEPLOY_TOKEN", Some(Whose::Unknown)),
            ("TOKEN", Some(Whose::Unknown)),
            ("SSH_PRIVATE_KEY", Some(Whose::Other)),
            ("TOKEN_URL", None),
            ("CACHE_KEY", None),
            ("COMPAT", None),
            ("PWD", None),
        ] {
            assert_eq!(credential_name(name), want, "{name}");
        }
    }

    #[test]
    fn paths_name_secret_files_by_their_end() {
        for (path, want) in [
            ("$HOME/.netrc", Some(".netrc")),
            ("infra/terraform.tfstate", Some("*.tfstate")),
            ("app/.env", Some(".env")),
            ("${CI_PROJECT_DIR}/.docker/", Some(".docker")),
            ("build.env", None),
            ("dist/**", None),
            ("my.npmrc.md", None),
        ] {
            assert_eq!(secret_file(path).map(|file| file.pattern), want, "{path}");
        }
    }
}

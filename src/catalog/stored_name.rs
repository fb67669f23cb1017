//! What the name of a stored CI/CD variable says, beyond [`credential_name`]: files that hold credentials, and names of
//! what is meant to be seen; a row of `stored_names.csv`.

use std::sync::LazyLock;

use super::{credential_name, table};

struct StoredName {
    words: &'static str,
    at: &'static str,
    secret: bool,
}

static ALL: LazyLock<Vec<StoredName>> = LazyLock::new(|| {
    table::rows("stored_names", table::columns!("stored_names.csv": "words" "at" "secret"), |row| StoredName {
        words: row.cell("words"),
        at: row.cell("at"),
        secret: row.cell("secret") == "yes",
    })
});

/// Does the name of a stored variable say that its value is to be kept secret? `NPM_TOKEN`, `KUBECONFIG`; not `DEBUG`,
/// `AWS_ACCESS_KEY_ID` or `NEXT_PUBLIC_API_KEY`. The first row that fits counts.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let fits = |row: &&StoredName| match row.at {
        "whole" => name == row.words,
        "any" => name.split('_').any(|word| word == row.words),
        _ => name.strip_suffix(row.words).is_some_and(|before| before.is_empty() || before.ends_with('_')),
    };
    ALL.iter().find(fits).map_or_else(|| credential_name(&name).is_some(), |row| row.secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_well_formed() {
        table::rows("stored_names", include_str!("stored_names.csv"), |row| {
            assert!(["end", "whole", "any"].contains(&row.cell("at")), "{}", row.cell("words"));
            assert!(["yes", "no"].contains(&row.cell("secret")), "{}", row.cell("words"));
        });
    }

    #[test]
    fn names_that_are_secret_and_names_that_are_not() {
        for name in
            ["NPM_TOKEN", "db_password", "KUBECONFIG", "STAGING_KUBECONFIG", "DB_PWD", "GOOGLE_APPLICATION_CREDENTIALS"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in
            ["DEBUG", "PWD", "AWS_ACCESS_KEY_ID", "NEXT_PUBLIC_API_KEY", "SSH_PUBLIC_KEY", "TOKEN_URL", "COMPASS", ""]
        {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}

//! Files of other tools that hold credentials: how each is known, and how it is written.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::table::rows;

/// How a kind of file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// YAML.
    Yaml,
    /// JSON; begins with a brace.
    Json,
    /// `[section]` and `key = value`, or without sections.
    Ini,
    /// The same with TOML's lists and tables.
    Toml,
    /// Terraform's language.
    Hcl,
    /// XML.
    Xml,
    /// `machine HOST login USER password PASSWORD`.
    Netrc,
    /// A value a line.
    Lines,
    /// A program's text with `key = "value"`, `key: 'value'`, `name['key'] = "value"`, `key "value"` in it.
    Pairs,
}

/// A kind of file. The same `file` may have several rows, each with other signs.
#[derive(Debug)]
pub struct CredentialFileKind {
    /// Its id in `credential_fields.csv`.
    pub file: &'static str,
    /// Its name in words.
    pub words: &'static str,
    /// How it is written.
    pub format: FileFormat,
    /// Its usual names, from the end; `.tf` is an ending.
    pub names: Vec<&'static str>,
    /// Texts of which it has every one; none where only the name tells.
    pub signs: Vec<Finder<'static>>,
}

static KINDS: LazyLock<Vec<CredentialFileKind>> = LazyLock::new(|| {
    rows("credential_files.csv", include_str!("credential_files.csv"), |row| {
        let list = |column: &str| row.cell(column).split('|').filter(|part| !part.is_empty());
        CredentialFileKind {
            file: row.cell("file"),
            words: row.cell("words"),
            format: match row.cell("format") {
                "yaml" => FileFormat::Yaml,
                "json" => FileFormat::Json,
                "toml" => FileFormat::Toml,
                "hcl" => FileFormat::Hcl,
                "xml" => FileFormat::Xml,
                "netrc" => FileFormat::Netrc,
                "lines" => FileFormat::Lines,
                "pairs" => FileFormat::Pairs,
                _ => FileFormat::Ini,
            },
            names: list("names").collect(),
            signs: list("signs").map(Finder::new).collect(),
        }
    })
});

/// Every kind that is known, those with the surest signs first.
#[must_use]
pub fn credential_files() -> &'static [CredentialFileKind] {
    &KINDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::credential_fields;

    #[test]
    fn every_kind_can_be_known_and_its_fields_are_of_a_kind() {
        rows("credential_files.csv", include_str!("credential_files.csv"), |row| {
            assert!(row.cell("source").starts_with("https://docs.gitlab.com/"), "{}", row.cell("file"));
            let format = row.cell("format");
            assert!(
                format == "ini" || credential_files().iter().any(|kind| kind.format != FileFormat::Ini),
                "{format}"
            );
        });
        for kind in credential_files() {
            assert!(!kind.names.is_empty() || !kind.signs.is_empty(), "{}", kind.file);
        }
        for field in credential_fields() {
            assert!(credential_files().iter().any(|kind| kind.file == field.file), "{}", field.file);
        }
    }
}

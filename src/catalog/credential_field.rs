//! Which fields of other tools' files hold a credential, and which of their neighbours say for what.

use std::sync::LazyLock;

use super::TokenType;
use super::table::rows;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldHolds {
    /// A token of this kind.
    Token(TokenType),
    /// A password, or a token of a kind that only its own shape tells.
    Password,
    /// The same in base64.
    PasswordBase64,
    /// `user:password` in base64.
    UserPassBase64,
    /// A private key.
    PrivateKey,
    /// A credential where the field's name says so.
    Secret,
    /// The same in base64.
    SecretBase64,
    /// `NAME=value`.
    Environment,
    /// A variable: a credential where its name says so.
    Named,
    /// The value of a header: a credential where the neighbour that names the user names one of GitLab's headers or cookies.
    Header,
    /// `Name: value`, a header.
    HeaderLine,
    /// `user:password`.
    UserPass,
    /// `user:password`, as it is or in base64.
    Ident,
    /// A command that prints `password=…`.
    Helper,
    /// A runner's `config.toml`.
    RunnerConfig,
    /// A reference, or what only another program can decrypt.
    Reference,
    /// Nothing of its own: an address with a password in it still counts.
    Address,
}

/// A row of the table.
#[derive(Debug)]
pub struct CredentialField {
    /// The kind of file.
    pub file: &'static str,
    /// The keys that lead to it; `*` for any, `**` at the beginning for any number of them.
    pub field: Vec<&'static str>,
    /// What it holds.
    pub holds: FieldHolds,
    /// The neighbour that says for which host; `@1` for what the star stands for.
    pub host: Option<&'static str>,
    /// The neighbour that says for which user.
    pub user: Option<&'static str>,
}

static FIELDS: LazyLock<Vec<CredentialField>> = LazyLock::new(|| {
    rows("credential_fields.csv", include_str!("credential_fields.csv"), |row| CredentialField {
        file: row.cell("file"),
        field: row.cell("field").split('.').collect(),
        holds: match row.cell("holds") {
            "password" => FieldHolds::Password,
            "password_base64" => FieldHolds::PasswordBase64,
            "userpass_base64" => FieldHolds::UserPassBase64,
            "private_key" => FieldHolds::PrivateKey,
            "secret" => FieldHolds::Secret,
            "secret_base64" => FieldHolds::SecretBase64,
            "environment" => FieldHolds::Environment,
            "named" => FieldHolds::Named,
            "header" => FieldHolds::Header,
            "header_line" => FieldHolds::HeaderLine,
            "userpass" => FieldHolds::UserPass,
            "ident" => FieldHolds::Ident,
            "helper" => FieldHolds::Helper,
            "reference" => FieldHolds::Reference,
            "runner_config" => FieldHolds::RunnerConfig,
            kind => TokenType::parse(kind).map_or(FieldHolds::Address, FieldHolds::Token),
        },
        host: row.some("host"),
        user: row.some("user"),
    })
});

/// Every field that is known.
#[must_use]
pub fn credential_fields() -> &'static [CredentialField] {
    &FIELDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_what_its_field_holds() {
        for field in credential_fields() {
            assert_ne!(field.holds, FieldHolds::Address, "{} {:?}", field.file, field.field);
        }
        rows("credential_fields.csv", include_str!("credential_fields.csv"), |row| {
            assert!(row.cell("source").starts_with("https://docs.gitlab.com/"), "{}", row.cell("field"));
        });
    }
}

//! What the plan of job token allowlists knows about GitLab's rules, and about the tools that carry a job token.

use std::sync::LazyLock;

use super::table::rows;
use crate::context::Version;

/// Versions and numbers of the allowlist; `job_token_rules.csv`.
#[derive(Clone, Copy, Debug)]
pub struct JobTokenRules {
    /// Permissions of entries are generally available from here on.
    pub permissions_since: Version,
    /// Groups can be on the list from here on.
    pub groups_since: Version,
    /// From here on the log holds every use, also of callers on the list.
    pub log_complete_since: Version,
    /// A job token can push to another project from here on.
    pub push_elsewhere_since: Version,
    /// Days that GitLab's page of the log speaks of.
    pub log_days: i64,
    /// The most entries of an allowlist, projects and groups together.
    pub entries: usize,
}

/// The rules.
///
/// # Panics
/// When the table lacks one: table and program are built together, and a test reads it.
#[must_use]
#[allow(clippy::panic)]
pub fn job_token_rules() -> &'static JobTokenRules {
    static RULES: LazyLock<JobTokenRules> = LazyLock::new(|| {
        let table = rows("job_token_rules.csv", include_str!("job_token_rules.csv"), |row| {
            (row.cell("rule"), row.cell("value"))
        });
        let value = |rule: &str| table.iter().find(|(name, _)| *name == rule).map_or("", |(_, value)| *value);
        let version = |rule: &str| {
            Version::parse(value(rule)).unwrap_or_else(|| panic!("job_token_rules.csv: {rule} is no version"))
        };
        let number = |rule: &str| value(rule).parse::<u32>().unwrap_or_else(|_| panic!("job_token_rules.csv: {rule}"));
        JobTokenRules {
            permissions_since: version("permissions-since"),
            groups_since: version("groups-since"),
            log_complete_since: version("log-complete-since"),
            push_elsewhere_since: version("push-elsewhere-since"),
            log_days: i64::from(number("log-days")),
            entries: usize::try_from(number("entries")).unwrap_or(usize::MAX),
        }
    });
    &RULES
}

/// A variable from which a tool reads a registry's or a state's address; a row of `address_variables.csv`.
#[derive(Clone, Copy, Debug)]
pub struct AddressVariable {
    /// What its name begins with.
    pub start: &'static str,
    /// Does the tool only publish?
    pub writes: bool,
}

/// The variable from which a tool reads an address, by its name.
#[must_use]
pub fn address_variable(name: &str) -> Option<&'static AddressVariable> {
    static TABLE: LazyLock<Vec<AddressVariable>> = LazyLock::new(|| {
        rows("address_variables.csv", include_str!("address_variables.csv"), |row| AddressVariable {
            start: row.cell("start"),
            writes: row.some("writes").is_some(),
        })
    });
    TABLE.iter().find(|variable| name.starts_with(variable.start))
}

/// Is this the name of a file in which a package tool keeps addresses of registries?
#[must_use]
pub fn is_tool_file(name: &str) -> bool {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| rows("tool_files.csv", include_str!("tool_files.csv"), |row| row.cell("name")));
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A program that pulls and pushes images; a row of `image_clients.csv`.
#[derive(Debug)]
pub struct ImageClient {
    /// Its name.
    pub program: &'static str,
    /// Its words that read images; `*`: always.
    pub pull: Vec<&'static str>,
    /// Its words that write them.
    pub push: Vec<&'static str>,
}

/// The program with this name, if it pulls or pushes images.
#[must_use]
pub fn image_client(program: &str) -> Option<&'static ImageClient> {
    static TABLE: LazyLock<Vec<ImageClient>> = LazyLock::new(|| {
        rows("image_clients.csv", include_str!("image_clients.csv"), |row| ImageClient {
            program: row.cell("program"),
            pull: row.words("pull"),
            push: row.words("push"),
        })
    });
    TABLE.iter().find(|client| client.program == program)
}

/// How something is named that uses the job token though no configuration says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobTokenUser {
    /// A program.
    Program,
    /// A variable that is set.
    Variable,
    /// A word in the name of an included template or component.
    Include,
}

/// Does this use the job token by itself?
#[must_use]
pub fn uses_job_token(kind: JobTokenUser, name: &str) -> bool {
    static TABLE: LazyLock<Vec<(JobTokenUser, &'static str)>> = LazyLock::new(|| {
        rows("job_token_users.csv", include_str!("job_token_users.csv"), |row| {
            let kind = match row.cell("kind") {
                "program" => JobTokenUser::Program,
                "variable" => JobTokenUser::Variable,
                _ => JobTokenUser::Include,
            };
            (kind, row.cell("name"))
        })
    });
    TABLE.iter().any(|(known, word)| {
        *known == kind && if kind == JobTokenUser::Include { name.to_lowercase().contains(word) } else { name == *word }
    })
}

/// A command of a client of the API, and the call that it makes; a row of `client_calls.csv`.
#[derive(Debug)]
pub struct ClientCall {
    /// `glab`, `python-gitlab`.
    pub client: &'static str,
    /// Its words: `release list`.
    pub command: Vec<&'static str>,
    /// `GET`.
    pub method: &'static str,
    /// Below `/api/v4`.
    pub path: &'static str,
}

/// The call that these words of a client make: `release list`.
pub fn client_call(client: &str, words: &[&str]) -> Option<&'static ClientCall> {
    static CALLS: LazyLock<Vec<ClientCall>> = LazyLock::new(|| {
        rows("client_calls.csv", include_str!("client_calls.csv"), |row| ClientCall {
            client: row.cell("client"),
            command: row.words("command"),
            method: row.cell("method"),
            path: row.cell("path"),
        })
    });
    CALLS.iter().find(|call| call.client == client && words.starts_with(&call.command))
}

#[cfg(test)]
mod tests {
    use super::super::table::{self, check_source};
    use super::*;
    use crate::plan::call::Call;

    #[test]
    fn every_row_has_a_source() {
        for (name, text, key) in [
            ("address_variables.csv", include_str!("address_variables.csv"), "start"),
            ("tool_files.csv", include_str!("tool_files.csv"), "name"),
            ("image_clients.csv", include_str!("image_clients.csv"), "program"),
            ("job_token_users.csv", include_str!("job_token_users.csv"), "name"),
            ("client_calls.csv", include_str!("client_calls.csv"), "command"),
            ("job_token_rules.csv", include_str!("job_token_rules.csv"), "rule"),
        ] {
            table::rows(name, text, |row| check_source(row, row.cell(key)));
        }
    }

    #[test]
    fn the_rules_are_read_from_the_table() {
        let rules = job_token_rules();
        assert_eq!((rules.permissions_since, rules.entries, rules.log_days), (Version::new(18, 3), 200, 30));
        assert!(rules.groups_since < rules.log_complete_since && rules.permissions_since < rules.push_elsewhere_since);
    }

    #[test]
    fn every_command_of_a_client_is_a_call_that_takes_a_job_token() {
        let calls = table::rows("client_calls.csv", include_str!("client_calls.csv"), |row| {
            (row.cell("command"), row.cell("method"), row.cell("path"))
        });
        for (command, method, path) in calls {
            let endpoint = Call::new(method, path, &[]).read().endpoint;
            let endpoint = endpoint.unwrap_or_else(|| panic!("{command}: {method} {path} is not in the catalog"));
            assert_eq!(endpoint.job_token, crate::catalog::Acceptance::Yes, "{command}");
        }
        assert_eq!(client_call("glab", &["release", "list", "-R"]).map(|call| call.method), Some("GET"));
        assert!(client_call("glab", &["release"]).is_none());
    }
}

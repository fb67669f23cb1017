//! The fine-grained permissions of a job token allowlist entry; a row of `job_token_permissions.csv`.

use std::sync::LazyLock;

use super::table;

/// One permission.
#[derive(Clone, Copy, Debug)]
pub struct JobTokenPermission {
    /// `READ_PACKAGES`, as GraphQL writes it.
    pub permission: &'static str,
    /// What it opens, in words; empty where nothing.
    pub opens: &'static str,
    /// The part of the project that it is about: `repository`, `jobs`, `packages`, `images`, `other`.
    pub feature: &'static str,
    /// Is what it opens open to every job anyway, where project and feature are public
    /// (<https://docs.gitlab.com/ci/jobs/ci_job_token/>)?
    pub public: bool,
    /// A permission that it includes.
    pub includes: Option<&'static str>,
    /// Does GitLab accept the name still, though it is of no use?
    pub deprecated: bool,
    /// Why, a sentence without its subject.
    pub note: &'static str,
}

static ALL: LazyLock<Vec<JobTokenPermission>> = LazyLock::new(|| {
    table::rows(
        "job_token_permissions",
        table::columns!("job_token_permissions.csv": "permission" "opens" "feature" "public" "includes" "deprecated" "note"),
        |row| JobTokenPermission {
            permission: row.cell("permission"),
            opens: row.cell("opens"),
            feature: row.cell("feature"),
            public: row.cell("public") == "yes",
            includes: row.some("includes"),
            deprecated: row.cell("deprecated") == "yes",
            note: row.cell("note"),
        },
    )
});

/// The permission with this action and resource, in any case: `read` and `packages`. `None` for one newer than the table.
#[must_use]
pub fn job_token_permission(action: &str, resource: &str) -> Option<&'static JobTokenPermission> {
    ALL.iter().find(|row| {
        row.permission
            .split_once('_')
            .is_some_and(|(first, rest)| first.eq_ignore_ascii_case(action) && rest.eq_ignore_ascii_case(resource))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::endpoints;

    #[test]
    fn every_row_says_what_it_opens_or_why_not() {
        table::rows("job_token_permissions", include_str!("job_token_permissions.csv"), |row| {
            table::check_source(row, row.cell("permission"));
        });
        for row in ALL.iter() {
            assert_eq!(row.deprecated, !row.note.is_empty(), "{}", row.permission);
            assert_eq!(row.deprecated, row.opens.is_empty(), "{}", row.permission);
            let included = row.includes.map(|name| name.split_once('_').unwrap());
            assert!(included.is_none_or(|(action, resource)| job_token_permission(action, resource).is_some()));
        }
    }

    #[test]
    fn what_an_endpoint_needs_is_known_and_not_deprecated() {
        for policy in endpoints().iter().flat_map(|endpoint| &endpoint.policies) {
            let (action, resource) = policy.split_once('_').unwrap();
            let row = job_token_permission(action, resource);
            assert!(row.is_some_and(|row| !row.deprecated), "{policy}");
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(job_token_permission("read", "terraform_state").unwrap().permission, "READ_TERRAFORM_STATE");
        assert!(job_token_permission("ADMIN", "CONTAINERS").unwrap().deprecated);
        assert!(job_token_permission("read", "moon").is_none());
    }
}

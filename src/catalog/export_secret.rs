//! Fields of GitLab's exports whose values are live credentials without a form of their own.

use std::sync::LazyLock;

use super::table::rows;

static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut fields = rows("export_secrets.csv", include_str!("export_secrets.csv"), |row| row.cell("field"));
    fields.sort_unstable();
    fields
});

/// The field of this name, if its value is a credential.
#[must_use]
pub fn export_secret(name: &str) -> Option<&'static str> {
    FIELDS.binary_search(&name).ok().and_then(|at| FIELDS.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        assert_eq!(export_secret("akismet_api_key"), Some("akismet_api_key"));
        assert_eq!(export_secret("akismet_api_key_id"), None);
        assert_eq!(export_secret("value"), None);
    }
}

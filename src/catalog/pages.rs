//! GitLab's own pages that hold credentials and their settings, by `body[data-page]`.

use std::sync::OnceLock;

use super::table;

/// One page; a row of `pages.csv`.
#[derive(Clone, Debug)]
pub struct PageFacts {
    /// The beginning of `body[data-page]`: controller path, and the action where it tells two pages apart.
    pub prefix: &'static str,
    /// The published word of the page's kind.
    pub kind: &'static str,
    /// What it lists, for sentences.
    pub title: &'static str,
    /// How to get there.
    pub place: &'static str,
    /// GitLab's document.
    pub source: &'static str,
}

/// Every page that can be read, those told apart by their action first.
#[must_use]
pub fn pages() -> &'static [PageFacts] {
    static TABLE: OnceLock<Vec<PageFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("pages.csv", include_str!("pages.csv"), |row| PageFacts {
            prefix: row.cell("prefix"),
            kind: row.cell("kind"),
            title: row.cell("title"),
            place: row.cell("place"),
            source: row.cell("source"),
        })
    })
}

/// The page with this `body[data-page]`. Only the beginning counts: after a form that GitLab refused, the action is
/// `create` or `update` instead of `index` or `show`.
#[must_use]
pub fn page(data_page: &str) -> Option<&'static PageFacts> {
    pages()
        .iter()
        .find(|page| data_page.strip_prefix(page.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_the_beginning_of_its_controller() {
        assert_eq!(page("projects:settings:access_tokens:create").unwrap().kind, "project_access_tokens");
        assert_eq!(page("user_settings:personal_access_tokens:granular_new").unwrap().kind, "user_access_token_form");
        assert!(page("projects:settings:access_tokens_of_others:index").is_none());
        assert!(page("projects:show").is_none());
    }

    #[test]
    fn every_row_is_reached_and_its_kind_exists() {
        for row in pages() {
            assert_eq!(page(row.prefix).unwrap().prefix, row.prefix);
            let kind: Result<crate::inventory::PageKind, _> = serde_json::from_value(row.kind.into());
            assert!(kind.is_ok(), "{}", row.kind);
        }
    }
}

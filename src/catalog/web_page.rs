//! Pages of GitLab's web interface that people take for calls of the API, and the calls that do the same.

use std::sync::LazyLock;

use super::{Endpoint, route, table};

static TABLE: LazyLock<Vec<(Vec<&'static str>, &'static str, &'static str)>> = LazyLock::new(|| {
    table::rows("web_pages.csv", include_str!("web_pages.csv"), |row| {
        (row.cell("page").split('/').collect(), row.cell("method"), row.cell("path"))
    })
});

/// The call that does what a page does, by the segments of its address: `group/project/-/raw/main/README.md`. `None` for what
/// is no page of a project.
pub fn web_page<'a>(segments: &'a [&'a str]) -> Option<impl Iterator<Item = &'static Endpoint> + 'a> {
    let at = segments.iter().position(|segment| *segment == "-").filter(|at| *at > 0)?;
    let behind = segments.get(at + 1..)?;
    let fits = move |page: &[&str]| {
        page.len() <= behind.len()
            && page.iter().zip(behind).all(|(known, given)| known.starts_with(':') || known == given)
    };
    Some(TABLE.iter().filter(move |(page, ..)| fits(page)).take(1).filter_map(|(_, method, path)| {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        route::find(method, &segments)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_call_and_a_source() {
        table::rows("web_pages.csv", include_str!("web_pages.csv"), |row| {
            table::check_source(row, row.cell("page"));
            let page: Vec<&str> = ["group", "project", "-"].into_iter().chain(row.cell("page").split('/')).collect();
            let found = web_page(&page).and_then(|mut found| found.next());
            assert!(found.is_some_and(|found| found.path.starts_with("/projects/:id/")), "{}", row.cell("page"));
        });
    }

    #[test]
    fn what_is_no_page_of_a_project_is_none() {
        assert!(web_page(&["group", "project"]).is_none());
        assert!(web_page(&["-", "kubernetes-agent", "k8s-proxy"]).is_none());
        assert_eq!(web_page(&["a", "b", "-", "settings"]).map(Iterator::count), Some(0));
    }
}

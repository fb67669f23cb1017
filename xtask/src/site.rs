//! `dist/site`: the documentation as a few static pages, from the same Markdown files that people read in the repository. No
//! script, no foreign address, one style sheet: it can lie on GitLab Pages or be opened from the disk.

use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::{Result, read, read_text, write};

/// The pages of the navigation, in its order: file and title. The rules' own pages hang below their list.
const PAGES: &[(&str, &str)] = &[
    ("README.md", "Leastwise"),
    ("docs/tours/extension.md", "Tour: settings pages"),
    ("docs/tours/page.md", "Tour: logs and configuration"),
    ("docs/tours/exports.md", "Tour: exports"),
    ("docs/rules/README.md", "Rules"),
    ("docs/ci.md", "In GitLab CI/CD"),
    ("docs/hooks.md", "Before the commit"),
    ("npm/README.md", "From JavaScript"),
    ("docs/python.md", "From Python"),
    ("docs/editors.md", "In an editor"),
    ("docs/engines.md", "Past one machine"),
    ("docs/performance.md", "Performance"),
    ("docs/trial.md", "The trial"),
    ("docs/verify.md", "How to verify"),
    ("CONTRIBUTING.md", "Contributing"),
    ("CHANGELOG.md", "Changes"),
];

/// Makes the site; gives back the number of its pages.
pub fn build(root: &Path) -> Result<usize> {
    let to = root.join("dist/site");
    if to.exists() {
        std::fs::remove_dir_all(&to).map_err(|error| format!("cannot empty {}: {error}", to.display()))?;
    }
    let mut sources: Vec<PathBuf> =
        PAGES.iter().map(|(file, _)| PathBuf::from(file)).filter(|file| root.join(file).exists()).collect();
    markdown(root, Path::new("docs"), &mut sources)?;
    for source in &sources {
        let text = read_text(&root.join(source))?;
        write(&to.join(target(source)), page(root, source, &sources, &text))?;
    }
    for image in files(&root.join("docs/images"))? {
        let name = image.file_name().unwrap_or_default();
        write(&to.join("docs/images").join(name), read(&image)?)?;
    }
    write(&to.join("site.css"), STYLE)?;
    Ok(sources.len())
}

/// Markdown files below a folder that are not in the list yet, in order.
fn markdown(root: &Path, folder: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    for path in files(&root.join(folder))? {
        let relative = folder.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            markdown(root, &relative, sources)?;
        } else if path.extension().is_some_and(|end| end == "md") && !sources.contains(&relative) {
            sources.push(relative);
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// `docs/rules/README.md` → `docs/rules/index.html`.
fn target(source: &Path) -> PathBuf {
    let name = if source.file_name().is_some_and(|name| name == "README.md") { "index" } else { "" };
    match name {
        "" => source.with_extension("html"),
        name => source.with_file_name(format!("{name}.html")),
    }
}

/// The way from one page to another, both from the root.
fn relative(from: &Path, to: &Path) -> String {
    let up = from.components().count() - 1;
    format!("{}{}", "../".repeat(up), to.display()).replace('\\', "/")
}

fn page(root: &Path, source: &Path, sources: &[PathBuf], text: &str) -> String {
    let from = target(source);
    let mut title = String::new();
    let mut in_title = false;
    let events: Vec<Event> = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
        .map(|event| {
            match &event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => in_title = title.is_empty(),
                Event::End(TagEnd::Heading(HeadingLevel::H1)) => in_title = false,
                Event::Text(text) | Event::Code(text) if in_title => title.push_str(text),
                _ => {}
            }
            match event {
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let dest_url = link(root, source, &from, sources, &dest_url);
                    Event::Start(Tag::Link { link_type, dest_url, title, id })
                }
                // Alignment would come as `style=`, which the pages' own policy refuses.
                Event::Start(Tag::Table(columns)) => Event::Start(Tag::Table(vec![Alignment::None; columns.len()])),
                // Markup in our own Markdown would be a mistake: it is shown, not obeyed.
                Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
                event => event,
            }
        })
        .collect();
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    // A wide table or block scrolls by itself, and can be reached by keyboard.
    let body = body
        .replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
        .replace("<pre>", "<pre tabindex=\"0\">");
    let mut navigation = String::new();
    for (file, name) in PAGES {
        let file = Path::new(file);
        if sources.iter().any(|source| source == file) {
            let current = if file == source { " aria-current=\"page\"" } else { "" };
            let to = relative(&from, &target(file));
            navigation.push_str(&format!("<li><a href=\"{to}\"{current}>{name}</a></li>\n"));
        }
    }
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let style = relative(&from, Path::new("site.css"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src 'self'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n</head>\n<body>\n\
         <nav aria-label=\"Pages\"><ul>\n{navigation}</ul></nav>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// A link of a page: to another page of the site as that, to a file of the repository by its name alone.
fn link<'a>(root: &Path, source: &Path, from: &Path, sources: &[PathBuf], to: &str) -> CowStr<'a> {
    if to.contains("://") || to.starts_with('#') {
        return to.to_owned().into();
    }
    let (file, anchor) = to.split_once('#').map_or((to, String::new()), |(file, anchor)| (file, format!("#{anchor}")));
    let mut path = source.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(part) => path.push(part),
            _ => {}
        }
    }
    if root.join(&path).is_dir() {
        path.push("README.md");
    }
    if sources.contains(&path) { format!("{}{anchor}", relative(from, &target(&path))).into() } else { "#".into() }
}

const STYLE: &str = include_str!("../site.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_pages_are_kept_and_the_ones_out_of_the_site_lead_nowhere() {
        let sources = [PathBuf::from("README.md"), PathBuf::from("docs/rules/README.md"), PathBuf::from("docs/ci.md")];
        let root = Path::new("/nonexistent");
        let from = |source: &str, to: &str| {
            link(root, Path::new(source), &target(Path::new(source)), &sources, to).to_string()
        };
        assert_eq!(from("README.md", "docs/ci.md#the-image"), "docs/ci.html#the-image");
        assert_eq!(from("docs/ci.md", "../README.md"), "../index.html");
        assert_eq!(from("docs/rules/README.md", "../ci.md"), "../../docs/ci.html");
        assert_eq!(from("README.md", "src/lib.rs"), "#");
        assert_eq!(from("README.md", "https://rustup.rs"), "https://rustup.rs");
    }

    #[test]
    fn markup_in_a_page_is_shown_and_not_obeyed() {
        let text = "# Title <b>x</b>\n\n<script>alert(1)</script>\n\n| a |\n| --- |\n| b |\n";
        let page = page(Path::new("/nonexistent"), Path::new("README.md"), &[], text);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("<div class=\"wide\" tabindex=\"0\"><table>"), "{page}");
    }
}

//! Charts as SVG, each with a table of the same numbers: when tokens end, which scopes meet which roles, how old tokens are and
//! when they were last used.
//!
//! [`Figures`] are the numbers: bounded in size whatever the number of rows, and plain data that crosses a worker's boundary.
//! [`charts`] turns them into [`Chart`]s: a title, a description, an SVG as a tree of [`Element`]s, and a table. No script, no
//! `style=`, no `innerHTML`: colours come from classes (`chart-…`), so they follow the theme and print. A report writes a chart
//! with [`Chart::html`]; the page mounts it as `<ChartView chart={chart} />` (`web::components::chart`).

mod age;
mod expiry;
mod figures;
mod heat;
mod svg;

pub use figures::{Figures, Month, Role};
pub use svg::{Element, Node};

use crate::say;
use crate::text::Text;

/// A chart and the table of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// `expiry`, `scopes`, `age`: the last part of the ids in the markup.
    pub id: &'static str,
    /// The heading.
    pub title: Text,
    /// What it shows, in a sentence: the SVG's `desc`.
    pub description: Text,
    /// The picture.
    pub svg: Element,
    /// The numbers.
    pub table: Table,
}

/// Numbers as a table: the first column names the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Headings of all columns.
    pub head: Vec<Text>,
    /// Rows with as many cells.
    pub rows: Vec<Vec<Text>>,
}

/// The charts of these numbers; none where there is no live token.
#[must_use]
pub fn charts(figures: &Figures) -> Vec<Chart> {
    if figures.tokens == 0 {
        return Vec::new();
    }
    vec![expiry::chart(figures), heat::chart(figures), age::chart(figures)]
}

/// `3 tokens`.
fn tokens(count: usize) -> Text {
    say![count, if count == 1 { " token" } else { " tokens" }]
}

/// Where the SVG's drawing begins: room for labels.
const WIDTH: usize = 720;

impl Chart {
    /// Puts the picture around its parts. `height` in the picture's units.
    fn new(id: &'static str, title: Text, description: Text, height: usize, parts: Vec<Element>, table: Table) -> Self {
        let mut svg = Element::new("svg")
            .with("class", say!["chart"])
            .with("role", say!["img"])
            .with("viewBox", say!["0 0 ", WIDTH, " ", height])
            .with("aria-labelledby", say!["chart-", id, "-title chart-", id, "-desc"])
            .child(Element::new("title").with("id", say!["chart-", id, "-title"]).text(title.clone()))
            .child(Element::new("desc").with("id", say!["chart-", id, "-desc"]).text(description.clone()));
        svg.children.extend(parts.into_iter().map(Node::Element));
        Self { id, title, description, svg, table }
    }

    /// The chart and its table as HTML; every text is escaped.
    #[must_use]
    pub fn html(&self) -> String {
        let mut table =
            Element::new("table").child(Element::new("caption").text(say!["The same numbers: ", self.title]));
        let heads = self.table.head.iter().map(|head| Element::new("th").with("scope", say!["col"]).text(head.clone()));
        table = table.child(Element::new("thead").child(Element::new("tr").children(heads)));
        let rows = self.table.rows.iter().map(|row| {
            let cells = row.iter().enumerate().map(|(index, cell)| match index {
                0 => Element::new("th").with("scope", say!["row"]).text(cell.clone()),
                _ => Element::new("td").text(cell.clone()),
            });
            Element::new("tr").children(cells)
        });
        table = table.child(Element::new("tbody").children(rows));
        let scroll = Element::new("div")
            .with("class", say!["chart-table"])
            // A table wider than the screen is scrolled, with the keys too.
            .with("role", say!["region"])
            .with("tabindex", say!["0"])
            .with("aria-label", say!["Numbers: ", self.title])
            .child(table);
        let figure = Element::new("figure").with("class", say!["chart-figure"]).child(self.svg.clone()).child(scroll);
        figure.html()
    }
}

#[cfg(test)]
mod tests;

//! Reading the catalog's CSV tables: once, at the first look-up.

use crate::report::Severity;

/// One row of a table, its cells by column name. The tables are part of the program, so their text is `'static`.
pub(super) struct Row<'a> {
    header: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    table: &'static str,
}

impl Row<'_> {
    /// A cell; `""` where the cell is empty.
    ///
    /// # Panics
    /// When the table has no such column: the table and this program are built together, and a test reads all.
    #[allow(clippy::panic)]
    pub(super) fn cell(&self, column: &str) -> &'static str {
        let Some(index) = self.header.iter().position(|name| name == column) else {
            panic!("catalog table {} has no column {column}", self.table);
        };
        // The tables live as long as the program does, a few kilobytes read once.
        Box::leak(self.record.get(index).unwrap_or_default().into())
    }

    /// A cell, or `None` where it is empty.
    pub(super) fn some(&self, column: &str) -> Option<&'static str> {
        Some(self.cell(column)).filter(|text| !text.is_empty())
    }

    /// The blank-separated words of a cell.
    pub(super) fn words(&self, column: &str) -> Vec<&'static str> {
        self.cell(column).split_ascii_whitespace().collect()
    }

    /// A number.
    ///
    /// # Panics
    /// When the cell holds none; a test reads all.
    #[allow(clippy::panic)]
    pub(super) fn number<T: std::str::FromStr>(&self, column: &str) -> T {
        let cell = self.cell(column);
        cell.parse().unwrap_or_else(|_| panic!("catalog table {}, column {column}: not a number", self.table))
    }

    /// A severity.
    ///
    /// # Panics
    /// When the cell holds none; a test reads all.
    #[allow(clippy::panic)]
    pub(super) fn severity(&self, column: &str) -> Severity {
        let cell = self.cell(column);
        match Severity::ALL.into_iter().find(|severity| severity.word() == cell) {
            Some(severity) => severity,
            None => panic!("catalog table {}, column {column}: not a severity", self.table),
        }
    }
}

/// Reads every row of `text` through `read`.
///
/// # Panics
/// When the table is not well-formed CSV; a test reads all.
pub(super) fn rows<T>(table: &'static str, text: &'static str, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    read_rows(table, text, false, read)
}

/// As [`rows`], where a row may leave out empty cells at its end.
///
/// # Panics
/// When the table is not well-formed CSV; a test reads all.
pub(super) fn short_rows<T>(table: &'static str, text: &'static str, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    read_rows(table, text, true, read)
}

#[allow(clippy::panic)]
fn read_rows<T>(table: &'static str, text: &'static str, short: bool, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new().flexible(short).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    reader
        .records()
        .map(|record| match record {
            Ok(record) => read(&Row { header: &header, record: &record, table }),
            Err(error) => panic!("catalog table {table}: {error}"),
        })
        .collect()
}

/// Holds for every table: versions are versions, a row with two has them in order, and the source is GitLab's own document.
#[cfg(test)]
pub(super) fn check_versions_and_source(row: &Row<'_>, name: &str) {
    let version = |column: &str| {
        row.some(column).map(|text| {
            let digits = text.strip_prefix('~').unwrap_or(text);
            let version = crate::context::Version::parse(digits);
            assert!(
                version.is_some_and(|version| version.to_string() == digits),
                "{}: {name}: {column} {text}",
                row.table
            );
            version
        })
    };
    if let (Some(since), Some(until)) = (version("since"), version("until")) {
        assert!(since < until, "{}: {name}: until comes after since", row.table);
    }
    check_source(row, name);
}

/// The source is a page of GitLab's documentation.
#[cfg(test)]
pub(super) fn check_source(row: &Row<'_>, name: &str) {
    let source = row.cell("source");
    let path = source.strip_prefix("https://docs.gitlab.com/").unwrap_or_default();
    assert!(!path.is_empty(), "{}: {name}: source {source}", row.table);
    let page = path.split_once('#').map_or(path, |(page, _)| page);
    assert!(page.ends_with('/') && !page.contains(".html") && !page.contains(".md"), "{}: {name}: {source}", row.table);
}

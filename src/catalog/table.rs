//! Reading the catalog's CSV tables: once, at the first look-up.

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
}

/// Reads every row of `text` through `read`.
///
/// # Panics
/// When the table is not well-formed CSV; a test reads all.
#[allow(clippy::panic)]
pub(super) fn rows<T>(table: &'static str, text: &'static str, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    reader
        .records()
        .map(|record| match record {
            Ok(record) => read(&Row { header: &header, record: &record, table }),
            Err(error) => panic!("catalog table {table}: {error}"),
        })
        .collect()
}

//! Reading the catalog's CSV tables: once, at the first look-up.

use crate::input::PAGES_ALONE;
use crate::report::Severity;

/// The text of a table of which some columns are read. A module that reads pages alone holds no others; whoever reads one of the
/// others there links the whole table with it, and never gets too little.
macro_rules! columns {
    ($file:literal: $($column:literal)*) => {{
        const WHOLE: &str = include_str!($file);
        const COLUMNS: &[&str] = &[$($column),*];
        #[allow(long_running_const_eval)]
        const LENGTH: usize = $crate::catalog::table::linked_length(WHOLE, COLUMNS);
        #[allow(long_running_const_eval)]
        const LINKED: &[u8] = &$crate::catalog::table::linked::<LENGTH>(WHOLE, COLUMNS);
        const TEXT: &str = if $crate::catalog::table::SOME { $crate::catalog::table::text(LINKED) } else { WHOLE };
        TEXT
    }};
}
pub(super) use columns;

/// Are columns left out? In tests too, so that they find a reader of one.
pub(super) const SOME: bool = PAGES_ALONE || cfg!(test);

/// Walks through the characters of a table, telling of each whether its column is one of some.
struct Walk {
    /// A bit for each column.
    wanted: u64,
    column: u32,
    quoted: bool,
}

impl Walk {
    const fn new(table: &str, columns: &[&str]) -> Self {
        let mut walk = Self { wanted: 0, column: 0, quoted: false };
        let mut header = table.as_bytes();
        while let Some(name) = cell(&mut header) {
            let mut columns = columns;
            while let Some((column, rest)) = columns.split_first() {
                if is(name, column.as_bytes()) {
                    walk.wanted |= 1 << walk.column;
                }
                columns = rest;
            }
            walk.column += 1;
        }
        walk.column = 0;
        walk
    }

    /// Is this byte kept? A comma stands before a cell, but for the first that is kept.
    const fn keeps(&mut self, byte: u8) -> bool {
        match byte {
            b'"' => self.quoted = !self.quoted,
            b'\n' if !self.quoted => {
                self.column = 0;
                return true;
            }
            b',' if !self.quoted => {
                self.column += 1;
                let before = self.wanted & ((1 << self.column) - 1);
                return before != 0 && self.wanted >> self.column & 1 == 1;
            }
            _ => {}
        }
        self.wanted >> self.column & 1 == 1
    }
}

/// Takes the next name of a header.
const fn cell<'a>(header: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = *header;
    let mut length = 0;
    while let Some((byte, rest)) = header.split_first() {
        *header = rest;
        if matches!(*byte, b',' | b'\n') {
            if *byte == b'\n' {
                *header = &[];
            }
            return Some(start.split_at(length).0);
        }
        length += 1;
    }
    None
}

const fn is(one: &[u8], other: &[u8]) -> bool {
    match (one.split_first(), other.split_first()) {
        (Some((a, one)), Some((b, other))) => *a == *b && is(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// How long a table is of which only some columns are left.
pub(super) const fn linked_length(table: &str, columns: &[&str]) -> usize {
    if !SOME {
        return 0;
    }
    let (mut walk, mut bytes, mut length) = (Walk::new(table, columns), table.as_bytes(), 0);
    while let Some((byte, rest)) = bytes.split_first() {
        length += walk.keeps(*byte) as usize;
        bytes = rest;
    }
    length
}

/// A table of which only some columns are left. Made when the program is built, where a panic is an error of the compiler.
#[allow(clippy::indexing_slicing)]
pub(super) const fn linked<const LENGTH: usize>(table: &str, columns: &[&str]) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    if !SOME {
        return out;
    }
    let (mut walk, mut bytes) = (Walk::new(table, columns), table.as_bytes());
    let mut length = 0;
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = rest;
        if walk.keeps(*byte) {
            out[length] = *byte;
            length += 1;
        }
    }
    out
}

/// As a text: whole characters are kept, so it is one.
pub(super) const fn text(linked: &'static [u8]) -> &'static str {
    match std::str::from_utf8(linked) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// One row of a table, its cells by column name. The tables are part of the program, so their text is `'static`.
pub(super) struct Row<'a> {
    header: &'a [&'static str],
    cells: &'a [&'static str],
    table: &'static str,
}

impl Row<'_> {
    /// A cell; `""` where the cell is empty.
    ///
    /// # Panics
    /// When the table has no such column: the table and this program are built together, and a test reads all.
    #[allow(clippy::panic)]
    pub(super) fn cell(&self, column: &str) -> &'static str {
        let Some(index) = self.header.iter().position(|name| *name == column) else {
            panic!("catalog table {} has no column {column}", self.table);
        };
        self.cells.get(index).copied().unwrap_or_default()
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
    let mut records = records(text).into_iter();
    let header = records.next().unwrap_or_default();
    records
        .enumerate()
        .map(|(index, cells)| {
            let fits = if short { cells.len() <= header.len() } else { cells.len() == header.len() };
            assert!(fits, "catalog table {table}: record {} has {} cells", index + 1, cells.len());
            read(&Row { header: &header, cells: &cells, table })
        })
        .collect()
}

/// The cells of each record. By `csv-core` itself: what `csv` does for input that can be wrong would be in every module of the
/// browser, and nothing of it is needed for a text that is a part of the program.
fn records(text: &'static str) -> Vec<Vec<&'static str>> {
    let mut reader = csv_core::Reader::new();
    let mut left = text.as_bytes();
    // The tables live as long as the program does, a few kilobytes read once; undone quotes take no more room than quoted ones.
    let mut room: &'static mut [u8] = Box::leak(vec![0; text.len()].into());
    let (mut records, mut record) = (Vec::new(), Vec::new());
    // What was read of a cell that the text's end may cut.
    let mut length = 0;
    loop {
        let (result, taken, written) = reader.read_field(left, room.get_mut(length..).unwrap_or_default());
        left = left.get(taken..).unwrap_or_default();
        length += written;
        match result {
            csv_core::ReadFieldResult::InputEmpty => {}
            csv_core::ReadFieldResult::Field { record_end } => {
                let (cell, rest) = std::mem::take(&mut room).split_at_mut(length);
                (room, length) = (rest, 0);
                record.push(std::str::from_utf8(cell).unwrap_or_default());
                if record_end {
                    records.push(std::mem::take(&mut record));
                }
            }
            csv_core::ReadFieldResult::OutputFull | csv_core::ReadFieldResult::End => return records,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::Walk;

    #[test]
    fn cells_are_read_as_csv_is() {
        let read = |text| super::records(text);
        assert_eq!(read("a,b\n1,\"x, \"\"y\"\"\nz\"\n,\n"), [["a", "b"], ["1", "x, \"y\"\nz"], ["", ""]]);
        assert_eq!(read("a,b\n1,ü"), [["a", "b"], ["1", "ü"]]);
        assert_eq!(read("a,b\n1\n"), [vec!["a", "b"], vec!["1"]]);
        assert!(read("").is_empty());
    }

    #[test]
    #[should_panic(expected = "catalog table x: record 1 has 1 cells")]
    fn a_record_of_other_length_than_the_header_is_refused() {
        super::rows("x", "a,b\n1\n", |row| row.cell("a"));
    }

    #[test]
    fn columns_are_taken_out_of_a_table_and_the_rest_reads_the_same() {
        let table = "id,what,why,source\na,\"x, \"\"y\"\"\nz\",,s\nb,,\"ü,\",t\n";
        let left = |columns: &[&str]| -> String {
            let mut walk = Walk::new(table, columns);
            String::from_utf8(table.bytes().filter(|byte| walk.keeps(*byte)).collect()).unwrap()
        };
        assert_eq!(left(&["id", "what", "why", "source"]), table);
        assert_eq!(left(&["id", "why"]), "id,why\na,\nb,\"ü,\"\n");
        assert_eq!(left(&["what", "source"]), "what,source\n\"x, \"\"y\"\"\nz\",s\n,t\n");
        assert_eq!(left(&["why"]), "why\n\n\"ü,\"\n");
    }
}

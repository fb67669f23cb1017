//! Which prefixes the runner masks in a log, and since when; a row of `masking.csv`.

use std::sync::OnceLock;

use super::table;
use crate::context::Version;

/// One prefix.
#[derive(Clone, Copy, Debug)]
pub struct MaskedPrefix {
    /// The prefix, which stays to be seen: `glpat-[MASKED]`.
    pub prefix: &'static str,
    /// The first runner that masks what follows it.
    pub since: Version,
    /// The document.
    pub source: &'static str,
}

/// Every prefix that a runner masks by itself.
#[must_use]
pub fn masked_prefixes() -> &'static [MaskedPrefix] {
    static TABLE: OnceLock<Vec<MaskedPrefix>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("masking", include_str!("masking.csv"), |row| MaskedPrefix {
            prefix: row.cell("prefix"),
            since: Version::parse(row.cell("since")).unwrap_or(Version::new(u16::MAX, 0)),
            source: row.cell("source"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_has_its_version() {
        for row in masked_prefixes() {
            assert!(row.since < super::super::GITLAB, "{}", row.prefix);
            assert!(row.source.starts_with("https://"), "{}", row.prefix);
        }
    }
}

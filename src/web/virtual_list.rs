//! Where the rows of a long table stand: rows of one height, in a box as high as all of them, or as high as browsers can
//! draw. Pure: pixels in, rows out.

/// The height of a row, pixels; `www/style.css` draws it so.
pub const ROW: f64 = 40.0;
/// Rows are asked for in blocks of so many, so that a small step asks nothing.
pub const BLOCK: usize = 10;
/// How many rows are asked for: a window of 640 pixels, a block before and two behind it.
pub const WINDOW: usize = 5 * BLOCK;
/// The highest box: Firefox draws none above 17.8 million pixels, Chromium none above 33.5 million.
const HIGHEST: f64 = 8_000_000.0;

/// How high the box of `rows` rows is, pixels.
#[must_use]
pub fn height(rows: usize) -> f64 {
    (rows as f64 * ROW).min(HIGHEST)
}

/// How far the rows would be scrolled if the box were as high as all of them.
fn true_scroll(scroll: f64, view: f64, rows: usize) -> f64 {
    let (all, drawn) = (rows as f64 * ROW, height(rows));
    if all <= drawn || drawn <= view { scroll } else { scroll * (all - view) / (drawn - view) }
}

/// Is the box lower than its rows? Then where they are drawn depends on how far it is scrolled.
#[must_use]
pub fn is_squeezed(rows: usize) -> bool {
    rows as f64 * ROW > HIGHEST
}

/// The first row in view, when the box is scrolled by `scroll` pixels in a window of `view` pixels.
#[must_use]
pub fn first(scroll: f64, view: f64, rows: usize) -> usize {
    let row = (true_scroll(scroll, view, rows) / ROW).max(0.0) as usize;
    row.min(rows.saturating_sub(1))
}

/// Where a row is drawn in the box, pixels from its top.
#[must_use]
pub fn top(row: usize, scroll: f64, view: f64, rows: usize) -> f64 {
    row as f64 * ROW - (true_scroll(scroll, view, rows) - scroll)
}

/// How far to scroll so that a row is in view, below the head of one row's height; as far as now where it is.
#[must_use]
pub fn seen(row: usize, scroll: f64, view: f64, rows: usize) -> f64 {
    let now = true_scroll(scroll, view, rows);
    let start = row as f64 * ROW;
    // The head covers one row at the top.
    let wanted = if start < now {
        start
    } else if start + 2.0 * ROW > now + view {
        start + 2.0 * ROW - view
    } else {
        return scroll;
    };
    let (all, drawn) = (rows as f64 * ROW, height(rows));
    let scaled = if all <= drawn || drawn <= view { wanted } else { wanted * (drawn - view) / (all - view) };
    scaled.max(0.0)
}

/// The row that a key moves to; `None` for other keys, and in an empty table.
#[must_use]
pub fn step(key: &str, at: Option<usize>, rows: usize, view: f64) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    let page = ((view / ROW) as usize).saturating_sub(2).max(1);
    Some(match (key, at) {
        ("Home", _) => 0,
        ("End", _) => last,
        ("ArrowDown" | "ArrowUp" | "PageDown" | "PageUp", None) => 0,
        ("ArrowDown", Some(at)) => (at + 1).min(last),
        ("ArrowUp", Some(at)) => at.saturating_sub(1),
        ("PageDown", Some(at)) => (at + page).min(last),
        ("PageUp", Some(at)) => at.saturating_sub(page),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_stand_where_they_are_scrolled_to() {
        assert_eq!((first(0.0, 400.0, 100_000), first(4_000.0, 400.0, 100_000)), (0, 100));
        assert_eq!(top(100, 4_000.0, 400.0, 100_000), 4_000.0);
        assert_eq!(first(0.0, 400.0, 0), 0);
    }

    #[test]
    fn more_rows_than_can_be_drawn_are_reached_to_the_last() {
        let (rows, view) = (5_000_000, 400.0);
        let end = height(rows) - view;
        assert!(first(end, view, rows) >= rows - 10, "{}", first(end, view, rows));
        // What is first in view is drawn in view.
        for scroll in [0.0, 1_000.0, end / 3.0, end] {
            let drawn = top(first(scroll, view, rows), scroll, view, rows);
            assert!((drawn - scroll).abs() <= ROW, "{scroll}: {drawn}");
        }
    }

    #[test]
    fn keys_move_within_the_table() {
        assert_eq!(step("ArrowDown", None, 3, 400.0), Some(0));
        assert_eq!((step("ArrowDown", Some(2), 3, 400.0), step("ArrowUp", Some(0), 3, 400.0)), (Some(2), Some(0)));
        assert_eq!((step("PageDown", Some(0), 100, 400.0), step("End", None, 100, 400.0)), (Some(8), Some(99)));
        assert_eq!((step("ArrowDown", None, 0, 400.0), step("x", Some(1), 3, 400.0)), (None, None));
    }

    proptest! {
        #[test]
        fn a_row_that_a_key_moves_to_is_in_view(rows in 1_usize..3_000_000, at in 0_usize..3_000_000, from in 0.0..1.0_f64) {
            let view = 400.0;
            let at = at.min(rows - 1);
            let scroll = from * (height(rows) - view).max(0.0);
            let scrolled = seen(at, scroll, view, rows);
            // Browsers keep it inside the box, whose head is one row more.
            let scrolled = scrolled.min((height(rows) + ROW - view).max(0.0));
            let place = top(at, scrolled, view, rows) - scrolled;
            prop_assert!(place > -1.0 && place + ROW <= view - ROW + 1.0, "row {at} of {rows}: at {place}");
        }
    }
}

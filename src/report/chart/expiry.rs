//! When tokens end: a bar a month.

use super::figures::{Figures, MONTHS, Month};
use super::svg::{Element, label, number};
use super::{Chart, Table, WIDTH, tokens};
use crate::say;
use crate::text::Text;

const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const TOP: usize = 24;
const FLOOR: usize = 224;
const HEIGHT: usize = 272;

/// The bars, in order.
fn all() -> impl Iterator<Item = Month> {
    let months = (0..MONTHS).filter_map(|month| u8::try_from(month).ok()).map(Month::In);
    months.chain([Month::Later, Month::Never, Month::Unknown])
}

/// Name and year of a month: the year for this one and for each January.
fn name(figures: &Figures, month: Month) -> (Text, Option<Text>) {
    let In { year, at } = match month {
        Month::In(months) => In::new(figures, months),
        Month::Later => return (say!["later"], None),
        Month::Never => return (say!["no end"], None),
        Month::Unknown => return (say!["unknown"], None),
    };
    let word = NAMES.get(at).copied().unwrap_or_default();
    (say![word], Some(say![year]))
}

struct In {
    year: i32,
    at: usize,
}

impl In {
    fn new(figures: &Figures, months: u8) -> Self {
        let (year, month, _) = figures.today.parts();
        let all = usize::from(month) - 1 + usize::from(months);
        Self { year: year + i32::try_from(all / 12).unwrap_or_default(), at: all % 12 }
    }
}

pub(super) fn chart(figures: &Figures) -> Chart {
    let count = |month: Month| figures.ends.get(&month).copied().unwrap_or_default();
    let most = all().map(count).max().unwrap_or_default().max(1);
    let bars = MONTHS + 3;
    // The last word is longer than its bar is wide.
    let step = (WIDTH - 16) / bars;
    let mut parts = vec![
        Element::new("line")
            .with("class", "chart-axis")
            .with("x1", 0_usize)
            .with("x2", WIDTH)
            .with("y1", FLOOR)
            .with("y2", FLOOR),
    ];
    let mut rows = Vec::new();
    for (index, month) in all().enumerate() {
        let amount = count(month);
        let left = index * step;
        let middle = left + step / 2;
        // A single token among thousands is still seen.
        let height = if amount == 0 { 0 } else { ((FLOOR - TOP) * amount / most).max(2) };
        let class = match month {
            Month::In(0 | 1) => "chart-bar chart-soon",
            Month::Never => "chart-bar chart-never",
            _ => "chart-bar",
        };
        let (word, year) = name(figures, month);
        if amount > 0 {
            parts.push(
                Element::new("rect")
                    .with("class", class)
                    .with("x", left + 4)
                    .with("y", FLOOR - height)
                    .with("width", step - 8)
                    .with("height", height),
            );
            parts.push(number(middle, FLOOR - height - 6, amount));
        }
        // The last three words are longer than a bar is wide: the middle one stands lower.
        let low = if month == Month::Never { 18 } else { 0 };
        parts.push(label(middle, FLOOR + 18 + low, "middle", word.clone()));
        let shown = year.clone().filter(|_| index == 0 || word.as_str() == "Jan");
        parts.extend(shown.map(|year| label(middle, FLOOR + 36, "middle", year)));
        let mut full = word;
        if let Some(year) = year {
            full.push(" ").push(year);
        }
        rows.push(vec![full, say![amount]]);
    }
    let soon = count(Month::In(0)) + count(Month::In(1));
    let mut description = say!["Of ", tokens(figures.tokens), ", ", soon, " end this month or next"];
    description
        .push(", ")
        .push(count(Month::Never))
        .push(if count(Month::Never) == 1 { " has" } else { " have" })
        .push(" no end date.");
    if count(Month::Unknown) > 0 {
        description.push(" For ").push(count(Month::Unknown)).push(" the source does not show when.");
    }
    let table = Table { head: vec![say!["Ends in"], say!["Tokens"]], rows };
    Chart::new("expiry", say!["When tokens end"], description, HEIGHT, parts, table)
}

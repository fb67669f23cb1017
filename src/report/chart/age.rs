//! How old tokens are, and when they were last used: a dot for each pair, the larger the more.

use super::figures::{AGES, Figures, USES};
use super::svg::{Element, label, number};
use super::{Chart, Table, WIDTH, tokens};
use crate::say;

const LEFT: usize = 160;
const TOP: usize = 44;
const ROW: usize = 52;
/// The largest dot's radius.
const RADIUS: usize = 22;

pub(super) fn chart(figures: &Figures) -> Chart {
    let count = |age: usize, used: usize| {
        let key = u8::try_from(age).ok().zip(u8::try_from(used).ok());
        key.and_then(|key| figures.ages.get(&key)).copied().unwrap_or_default()
    };
    let most = figures.ages.values().copied().max().unwrap_or(1);
    let step = (WIDTH - LEFT) / AGES.len();
    let mut parts = Vec::new();
    for (index, (_, word)) in AGES.iter().enumerate() {
        // Two lines, as the columns are narrow.
        let middle = LEFT + index * step + step / 2;
        let (first, second) = word.rsplit_once(' ').filter(|_| word.len() > 8).unwrap_or((word, ""));
        parts.push(label(middle, TOP - 26, "middle", say![first]));
        if !second.is_empty() {
            parts.push(label(middle, TOP - 10, "middle", say![second]));
        }
    }
    let mut rows = Vec::new();
    for (line, (_, word)) in USES.iter().enumerate() {
        let middle = TOP + line * ROW + ROW / 2;
        parts.push(label(LEFT - 10, middle + 5, "end", say![*word]));
        parts.push(
            Element::new("line")
                .with("class", "chart-grid")
                .with("x1", LEFT)
                .with("x2", WIDTH)
                .with("y1", TOP + (line + 1) * ROW)
                .with("y2", TOP + (line + 1) * ROW),
        );
        let mut row = vec![say![*word]];
        for age in 0..AGES.len() {
            let amount = count(age, line);
            if amount > 0 {
                let x = LEFT + age * step + step / 2;
                // By its area: four times as many, twice as wide.
                let radius = (amount * RADIUS * RADIUS / most.max(1)).isqrt().max(3);
                let stale = (3..=5).contains(&line);
                let class = if stale { "chart-dot chart-soon" } else { "chart-dot" };
                parts.push(
                    Element::new("circle").with("class", class).with("cx", x).with("cy", middle).with("r", radius),
                );
                parts.push(number(x, middle + 5, amount));
            }
            row.push(say![amount]);
        }
        rows.push(row);
    }
    let unused: usize =
        figures.ages.iter().filter(|((_, used), _)| (3..=5).contains(used)).map(|(_, count)| count).sum();
    let mut description = say!["Of ", tokens(figures.tokens), ", ", unused];
    description.push(if unused == 1 { " was" } else { " were" });
    description.push(" not used in the last 90 days, or never.");
    let mut head = vec![say!["Last used"]];
    head.extend(AGES.iter().map(|(_, word)| say!["made ", *word]));
    if let Some(last) = head.last_mut() {
        *last = say!["age unknown"];
    }
    if let Some(open) = head.get_mut(AGES.len() - 1) {
        *open = say!["made longer ago"];
    }
    let height = TOP + USES.len() * ROW + 8;
    Chart::new("age", say!["Age and last use"], description, height, parts, Table { head, rows })
}

//! Sorting, once for all.
//!
//! The library's sort is compiled anew for every type that is sorted: 17 to 85 KB of a module that a browser has to load before the
//! first page is judged. In a browser the places of the items are sorted instead, by one sort for all types, and the items
//! go where they belong. Natively, where size does not matter, it is the library's sort.

use std::cmp::Ordering;

/// Sorts as [`slice::sort_by`] does: what compares as equal keeps its order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl FnMut(&T, &T) -> Ordering) {
    if cfg!(any(target_arch = "wasm32", test)) {
        by_places(items, compare);
    } else {
        items.sort_by(compare);
    }
}

/// Sorts as [`slice::sort_by_key`] does.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts as [`slice::sort`] does.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// As [`sort_by`], everywhere by the items' places: of items that are large, none is copied.
pub(crate) fn by_places<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if items.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        return;
    }
    let mut places: Vec<usize> = (0..items.len()).collect();
    sort_places(&mut places, &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    put(items, &mut places);
}

/// The one sort of a module.
#[inline(never)]
fn sort_places(places: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    places.sort_by(|&a, &b| compare(a, b));
}

/// Puts each item where it belongs, round by round: to `place` goes what stands at `places[place]`. A place that is done says its
/// own number.
fn put<T>(items: &mut [T], places: &mut [usize]) {
    for start in 0..places.len() {
        let mut place = start;
        while let Some(from) = places.get_mut(place).map(|from| std::mem::replace(from, place))
            && from != start
            && from != place
        {
            items.swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(keys in proptest::collection::vec(0_u8..20, 0..200)) {
            // With their places, so that it shows whether equal ones keep their order.
            let items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            let mut sorted = items.clone();
            sort_by_key(&mut sorted, |(key, _)| std::cmp::Reverse(*key));
            prop_assert_eq!(&sorted, &wanted);
            sort(&mut sorted);
            wanted.sort();
            prop_assert_eq!(sorted, wanted);
        }
    }
}

//! Groups in the place of projects, for a list that would pass the limit.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grant, Party, limit};
use crate::inventory::Namespace;
use crate::text::Name;

/// Groups to put in the place of projects so that a list gets below the limit: those that let in fewest others first, then
/// those that save most. Group, projects it stands for, known projects it lets in besides.
pub(super) fn proposal(entries: &[(Party, Grant)], projects: &BTreeMap<Name, Namespace>) -> Vec<(Name, usize, usize)> {
    let mut left: BTreeSet<&str> = entries.iter().filter_map(|(party, _)| party.path()).map(Name::as_str).collect();
    let mut count = entries.len();
    let mut out = Vec::new();
    // One level up a round: nearest groups first, as paths are at most 20 levels deep.
    for depth in (1..=20).rev() {
        if count <= limit() {
            break;
        }
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in &left {
            let end = path.match_indices('/').nth(depth - 1).map(|(at, _)| at);
            if let Some(group) = end.and_then(|end| path.get(..end)) {
                groups.entry(group).or_default().push(path);
            }
        }
        let mut below: BTreeMap<&str, usize> = BTreeMap::new();
        for path in projects.keys() {
            let end = path.as_str().match_indices('/').nth(depth - 1).map(|(at, _)| at);
            if let Some(group) = end.and_then(|end| path.as_str().get(..end)) {
                *below.entry(group).or_default() += 1;
            }
        }
        let mut ranked: Vec<(usize, usize, &str)> = groups
            .iter()
            .filter(|(_, callers)| callers.len() > 1)
            .map(|(group, callers)| {
                let extra = below.get(group).copied().unwrap_or(0).saturating_sub(callers.len());
                (extra, usize::MAX - callers.len(), *group)
            })
            .collect();
        ranked.sort_unstable();
        for (extra, _, group) in ranked {
            if count <= limit() {
                break;
            }
            let Some(callers) = groups.get(group) else { continue };
            count -= callers.len() - 1;
            for path in callers {
                left.remove(path);
            }
            out.push((Name::new(group), callers.len(), extra));
        }
    }
    out
}

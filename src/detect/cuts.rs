//! Known prefixes that a line end cuts in two.

use std::sync::OnceLock;

use leastwise_candidates::Prefixes;

use super::bytes::{at, before, part, rest};
use super::grammar::known;
use super::jwt;

/// A known prefix in two pieces.
struct Cut {
    head: &'static [u8],
    tail: &'static [u8],
}

/// The known prefixes, and the head of a JWT, cut at each place.
struct Cuts {
    /// By the last byte of the head, all of ASCII: which bytes the tail may begin with, a bit each.
    follow: [u128; 128],
    all: Vec<Cut>,
    letters: Prefixes,
}

/// What is known of the letters of prefixes, for the candidate pass.
pub(super) fn prefixes() -> &'static Prefixes {
    &all_cuts().letters
}

fn all_cuts() -> &'static Cuts {
    static CUTS: OnceLock<Cuts> = OnceLock::new();
    CUTS.get_or_init(|| {
        let prefixes = || known().iter().map(|known| known.prefix).chain([jwt::HEAD]).map(str::as_bytes);
        let mut cuts = Cuts {
            follow: [0; 128],
            all: Vec::new(),
            letters: Prefixes::new(known().iter().map(|known| known.prefix).chain([jwt::HEAD])),
        };
        for prefix in prefixes() {
            for (head, tail) in (1..prefix.len()).filter_map(|cut| prefix.split_at_checked(cut)) {
                let (last, then) = (before(head, head.len()), at(tail, 0));
                if let Some(follow) = cuts.follow.get_mut(usize::from(last)) {
                    *follow |= 1_u128.checked_shl(then.into()).unwrap_or(0);
                }
                cuts.all.push(Cut { head, tail });
            }
        }
        cuts
    })
}

/// `glp` at the end of the word at `word_start`, and `at-` in the next line.
pub(super) fn parts_a_prefix(text: &[u8], word_start: usize, start: usize, next: usize) -> bool {
    let cuts = all_cuts();
    let (last, then) = (before(text, start), at(text, next));
    let follow = cuts.follow.get(usize::from(last)).copied().unwrap_or(0);
    if follow.checked_shr(then.into()).is_none_or(|bits| bits & 1 == 0) {
        return false;
    }
    let (head, tail) = (part(text, word_start, start), rest(text, next));
    let fits = |cut: &&Cut| before(cut.head, cut.head.len()) == last && at(cut.tail, 0) == then;
    cuts.all.iter().filter(fits).any(|cut| {
        // Two letters that follow each other do so in many words; a third one is seldom right as well.
        let third = if cut.tail.len() > 1 {
            at(cut.tail, 1) == at(tail, 1)
        } else {
            before(cut.head, cut.head.len() - 1) == before(head, head.len() - 1)
        };
        third && head.ends_with(cut.head) && tail.starts_with(cut.tail)
    })
}

//! The candidate pass passes nothing over that the rest of the scanner would look at.

use leastwise_candidates::{BLOCK, Large, REACH, Small, TELLS, Window};
use proptest::prelude::*;

use super::super::grammar::known;
use super::super::{cuts, jwt, runs, unhide};

/// The pass asks nothing else of a line end: a prefix that one cuts tells of itself in its first piece, or soon in its second.
#[test]
fn every_known_prefix_tells_of_itself() {
    for prefix in known().iter().map(|known| known.prefix).chain([jwt::HEAD]) {
        for cut in 1..=prefix.len() {
            let (head, tail) = prefix.as_bytes().split_at(cut);
            assert!(
                head.iter().chain(tail.iter().take(REACH)).any(|byte| TELLS.contains(byte)),
                "{prefix} cut at {cut}"
            );
        }
        let silent = prefix.bytes().take_while(|byte| !TELLS.contains(byte)).count();
        let digit = prefix.bytes().position(|byte| byte.is_ascii_digit());
        assert!(digit.is_none_or(|digit| digit + 1 >= silent), "{prefix}: a digit before what tells");
    }
}

/// Which bytes of a text are marks, as the pass says.
fn marked<W: Window>(text: &[u8]) -> Vec<bool> {
    let mut marked = vec![false; text.len()];
    let mut classes = W::default();
    for (index, window) in text.chunks(W::BYTES).enumerate() {
        classes.read(window, Some(cuts::prefixes()));
        for block in runs::blocks(&classes, classes.marked()) {
            for bit in (0..BLOCK).filter(|bit| block.mark >> bit & 1 == 1) {
                marked[index * W::BYTES + block.offset + bit] = true;
            }
        }
    }
    marked
}

/// Of what a token is made that a line end cuts.
const PIECES: [&str; 21] = [
    "gl",
    "p",
    "at-",
    "eyJ",
    "whs",
    "ec_",
    "t1",
    "_",
    "GR134",
    "8941",
    "a",
    "bc",
    "\n",
    "\n",
    "\r\n",
    "=",
    " ",
    "_gitlab_session=",
    "1",
    "&",
    "&#",
];

proptest! {
    #[test]
    fn whatever_may_hide_a_token_is_a_mark(
        text in prop_oneof![
            proptest::collection::vec(proptest::sample::select(b"ab1-_.=\r\n\"' [%>&#".to_vec()), 0..600),
            "([a-c-]{0,40}[ .\n])*".prop_map(String::into_bytes),
            proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..200).prop_map(|all| all.concat().into_bytes()),
        ],
        before in 4_000..4_100_usize,
    ) {
        let far = [vec![b' '; before], text.clone()].concat();
        for (text, marked) in [(&text, marked::<Small>(&text)), (&far, marked::<Large>(&far))] {
            for (place, (&byte, &marked)) in text.iter().zip(&marked).enumerate() {
                let is_joint = matches!(byte, b'\n' | b'"' | b'\'' | b'`' | b'%' | b'\\' | b'&' | b'[' | 0x1b);
                prop_assert!(marked || !is_joint || unhide::telling(text, place).is_none(), "{place}");
            }
        }
    }
}

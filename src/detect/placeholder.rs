//! What stands where a token would, and is none: `xxxxxxxxxxxxxxxxxxxx`, `your_access_token_12`, `12345678901234567890`.

use super::work;

/// Fewer different characters than this are no random body.
const FEWEST_DIFFERENT: u32 = 8;

/// So many neighbours in a row (`abcdefgh`, `87654321`) are typed, not drawn.
const LONGEST_SEQUENCE: usize = 8;

/// Is this body a placeholder?
pub(super) fn is_placeholder(body: &[u8]) -> bool {
    work::add(body.len());
    few_different(body) || has_sequence(body) || has_word(body)
}

fn few_different(body: &[u8]) -> bool {
    let seen = body.iter().fold(0u128, |seen, &byte| seen | 1 << (byte & 0x7f));
    seen.count_ones() < FEWEST_DIFFERENT
}

fn has_sequence(body: &[u8]) -> bool {
    let (mut up, mut down) = (1, 1);
    for pair in body.windows(2) {
        if let [first, second] = pair {
            up = if first.checked_add(1) == Some(*second) { up + 1 } else { 1 };
            down = if second.checked_add(1) == Some(*first) { down + 1 } else { 1 };
            if up >= LONGEST_SEQUENCE || down >= LONGEST_SEQUENCE {
                return true;
            }
        }
    }
    false
}

/// Is there a word in it that no generator makes and every author of a manual writes?
fn has_word(body: &[u8]) -> bool {
    body.iter().enumerate().any(|(start, first)| {
        // Most letters begin none of the words.
        let words: &[&[u8]] = match first | 0x20 {
            b'e' => &[b"example"],
            b'p' => &[b"placeholder"],
            b'y' => &[b"your"],
            b't' => &[b"token"],
            b's' => &[b"secret", b"sample"],
            b'c' => &[b"changeme"],
            b'r' => &[b"redacted"],
            b'd' => &[b"dummy"],
            b'x' => &[b"xxxx"],
            _ => return false,
        };
        let rest = body.get(start..).unwrap_or_default();
        words
            .iter()
            .any(|word| rest.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word) && is_typed(part)))
    })
}

/// Is it written as people write: small, capital, or with a capital first? Of letters drawn at random one body in twenty thousand spells
/// `yOuR` or `xXXx` somewhere, and is a token all the same.
fn is_typed(word: &[u8]) -> bool {
    let small = |letters: &[u8]| letters.iter().all(u8::is_ascii_lowercase);
    word.split_first().is_some_and(|(_, rest)| small(rest)) || word.iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&[u8]; 10] = [
        b"example",
        b"placeholder",
        b"your",
        b"token",
        b"secret",
        b"changeme",
        b"redacted",
        b"dummy",
        b"sample",
        b"xxxx",
    ];

    #[test]
    fn every_word_is_seen_wherever_it_stands() {
        for word in WORDS {
            for (before, behind) in [("", "Qz7Wk3RtYbNm5"), ("Qz7Wk3Rt", "YbNm5"), ("Qz7Wk3RtYbNm5", "")] {
                let upper = word.to_ascii_uppercase();
                assert!(has_word(&[before.as_bytes(), word, behind.as_bytes()].concat()));
                assert!(has_word(&[before.as_bytes(), &upper, behind.as_bytes()].concat()));
            }
        }
        assert!(!has_word(b"Qz7Wk3RtYbNm5epytscrdX"));
        assert!(!has_word(b"Qz7WkxXXX3RtYbNm5"));
        assert!(!has_word(b"Qz7WkyOuR3RtYbNm5"));
    }

    #[test]
    fn placeholders_and_real_looking_bodies_are_told_apart() {
        for body in [
            "xxxxxxxxxxxxxxxxxxxx",
            "XXXXabcdeQ29fkZmPq7R",
            "your_access_token_12",
            "MyExampleBody9Qz7Wk3",
            "12345678901234567890",
            "Qz12345678Wk3RtYbNm5",
            "Qz87654321Wk3RtYbNm5",
            "hgfedcbaQz7Wk3RtYbN5",
            "aaaaaaabbbbbbbcccccc",
            "1212121212121212abab",
            "REDACTEDREDACTEDREDA",
        ] {
            assert!(is_placeholder(body.as_bytes()), "{body}");
        }
        for body in ["Qz1234567Wk3RtYbNm5s", "yourQ".trim_start_matches("your"), "K7mPq2RtYbNm5sWk3zQx"] {
            assert_eq!(is_placeholder(body.as_bytes()), body.len() < 8, "{body}");
        }
    }
}

//! A log without what its way to us added: the runner's timestamps, continuations, colours, line numbers of a copy.

use crate::input::view::{Join, View};
use crate::source::Span;

/// Bytes of a timestamp with its stream and its mark, before the text of a physical line
/// (<https://docs.gitlab.com/runner/configuration/feature-flags/>, `FF_TIMESTAMPS`).
const STAMP: usize = 32;

/// A line that goes on after another stream's line is said again from its last this many bytes: more than the longest
/// token GitLab makes, a job token of 8192 bytes.
const AGAIN: usize = 8192 + 256;

/// What may be said again in all, for each byte read: streams that take turns at every word would repeat their lines
/// thousands of times. Past that, only the last [`NEAR`] bytes are said again.
const REPEATS: usize = 4;

/// More than any token but a job token has.
const NEAR: usize = 320;

/// Streams that are followed at once; a job has one for the runner, one for the script and one per service.
const STREAMS: usize = 64;

/// What the lines looked like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Lines that begin with the runner's timestamp.
    pub(super) timestamps: usize,
    /// Lines with a number in front, as a copy from the browser can have.
    pub(super) numbered: bool,
    /// Terminal escapes, real ones.
    pub(super) escapes: bool,
    /// Place in the source of the first and of the last timestamp.
    pub(super) first_stamp: Option<usize>,
    pub(super) last_stamp: Option<usize>,
}

/// A timestamp's stream (`01O`) and whether the line goes on from the one before.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    stream: [u8; 3],
    continues: bool,
    length: usize,
}

/// The last line of a stream, in the view.
struct Open {
    stream: [u8; 3],
    start: usize,
    end: usize,
}

/// Would the view of a text show the same characters? Sure where it is said so: then nothing has to be made to look at it.
pub(super) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let acts = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        matches!(bytes.get(at + 1), Some(b'0'..=b'9' | b';'))
            || bytes.get(at..at + 4) == Some(b"[m[K")
            || before.is_some_and(|byte| INTRODUCERS.iter().any(|one| one.last() == Some(byte)))
    };
    let marked = memchr::memchr2_iter(0x1b, b'[', bytes).any(|at| bytes.get(at) == Some(&0x1b) || acts(at));
    let stamped = || {
        let begins = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|at| at + 1));
        begins.into_iter().any(|at| bytes.get(at + 26) == Some(&b'Z'))
    };
    !marked && !stamped() && !is_numbered(text)
}

/// Makes the view of a whole log.
pub(super) fn unwrap(text: &str) -> (View, Shape) {
    let bytes = text.as_bytes();
    let mut view = View::with_capacity(text.len());
    let mut shape = Shape { numbered: is_numbered(text), ..Shape::default() };
    shape.escapes = memchr::memchr(0x1b, bytes).is_some();
    let crlf = has_crlf(bytes);
    let mut number = 0;
    let mut open: Vec<Open> = Vec::new();
    let mut last: Option<[u8; 3]> = None;
    let mut line_start = 0;
    let mut at = 0;
    let mut repeated = 0;
    while at < bytes.len() {
        let end =
            bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(bytes.len(), |length| at + length);
        let mut from = at;
        if shape.numbered {
            let (length, value) = line_number(bytes.get(from..end).unwrap_or_default(), number);
            from += length;
            number = value;
        }
        let mut new_line = view.text().len();
        if let Some(stamp) = stamp(bytes.get(from..end).unwrap_or_default()) {
            shape.timestamps += 1;
            shape.first_stamp.get_or_insert(from);
            shape.last_stamp = Some(from);
            from += stamp.length;
            if stamp.continues {
                if last == Some(stamp.stream) {
                    take_line_end(&mut view, crlf);
                    new_line = line_start;
                } else if let Some(line) = open.iter().find(|line| line.stream == stamp.stream) {
                    let most = if repeated + AGAIN <= AGAIN * 64 + at * REPEATS { AGAIN } else { NEAR };
                    let mut again = line.end.saturating_sub(most).max(line.start);
                    while !view.text().is_char_boundary(again) {
                        again += 1;
                    }
                    repeated += line.end - again;
                    view.repeat(again, line.end);
                }
            }
            last = Some(stamp.stream);
        } else {
            last = None;
            if bytes.get(from..end) == Some(b"\0") {
                open.clear(); // Lines were left out here: what goes on behind it does not go on what stands before it.
            }
        }
        line_start = new_line;
        clean(&mut view, text, from, end);
        if let Some(stream) = last {
            let (start, end) = (line_start, view.text().len());
            open.retain(|line| line.stream != stream);
            if open.len() < STREAMS {
                open.push(Open { stream, start, end });
            }
        }
        if let Some(line_end) = text.get(end..(end + 1).min(bytes.len())) {
            view.push(line_end, end, Join::Plain);
        }
        at = end + 1;
    }
    (view, shape)
}

/// Removes the line end before a continuation. A lone CR in a file of LF lines stays: the runner cuts behind one, and it
/// parts a redraw from the next.
fn take_line_end(view: &mut View, crlf: bool) {
    if crlf && view.text().ends_with("\r\n") {
        view.shorten(2);
    } else if view.text().ends_with('\n') {
        view.shorten(1);
    }
}

/// The runner's timestamp at the beginning of a physical line.
fn stamp(line: &[u8]) -> Option<Stamp> {
    let is = |at: usize, byte: u8| line.get(at) == Some(&byte);
    let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (26, b'Z'), (27, b' ')];
    if !punctuation.iter().all(|&(at, byte)| is(at, byte)) {
        return None;
    }
    let digits = line.get(..26)?.iter().enumerate();
    if !digits.into_iter().all(|(at, byte)| byte.is_ascii_digit() || matches!(at, 4 | 7 | 10 | 13 | 16 | 19)) {
        return None;
    }
    let &[high, low, kind] = line.get(28..31)? else { return None };
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !hex(high) || !hex(low) || !matches!(kind, b'O' | b'E') {
        return None;
    }
    // An editor takes the last blank of an empty line away.
    let (continues, length) = match line.get(31) {
        None | Some(b'\r') => (false, 31),
        Some(b' ') => (false, STAMP),
        Some(b'+') => (true, STAMP),
        Some(_) => return None,
    };
    Some(Stamp { stream: [high, low, kind], continues, length })
}

/// Are the line ends CRLF all through, as a copy made on Windows has them?
fn has_crlf(bytes: &[u8]) -> bool {
    let look = bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default();
    let (mut lines, mut crlf) = (0_usize, 0_usize);
    for end in memchr::memchr_iter(b'\n', look) {
        lines += 1;
        crlf += usize::from(end > 0 && look.get(end - 1) == Some(&b'\r'));
    }
    lines > 0 && crlf * 10 >= lines * 9
}

/// Do the lines carry numbers in front, as copied from the job's page? The numbers must rise.
pub(super) fn is_numbered(text: &str) -> bool {
    const MOST: usize = 200;
    let (mut lines, mut numbered, mut last) = (0_usize, 0_usize, 0);
    for line in crate::input::lines(text).filter(|line| !line.trim_start().is_empty()).take(MOST) {
        lines += 1;
        let (length, value) = line_number(line.as_bytes(), last);
        if length > 0 {
            numbered += 1;
            last = value;
        } else if (lines - numbered) * 10 > MOST {
            return false; // What may still come cannot make up for it.
        }
    }
    numbered >= 3 && numbered * 10 >= lines * 9
}

/// Bytes that the number in front of a line takes (0: none that goes on from `last`), and the number.
fn line_number(line: &[u8], last: u64) -> (usize, u64) {
    let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let digits = line.iter().skip(indent).take_while(|byte| byte.is_ascii_digit()).take(8).count();
    let byte = |length: usize| line.get(indent + length);
    let apart = |length: usize| matches!(byte(length), None | Some(b' ' | b'\t' | b'\r'));
    let mut value = 0;
    for length in 1..=digits {
        value = value * 10 + byte(length - 1).map_or(0, |byte| u64::from(byte - b'0'));
        // A copy may begin anywhere; later on a number goes on from the one before, even where the text touches it.
        let next = value == last + 1 && (last > 0 || !apart(digits));
        // Folded sections leave numbers out; then only a blank behind tells the number from the text.
        let later = apart(length) && length == digits && value > last && (last == 0 || value - last < 100_000);
        if next || later {
            let blank = usize::from(matches!(byte(length), Some(b' ' | b'\t')));
            return (indent + length + blank, value);
        }
    }
    (0, last)
}

/// A mark for a terminal: where it is, and how many bytes of it stay to keep its two sides apart.
struct Mark {
    start: usize,
    end: usize,
    keep: usize,
}

/// Appends a line's text without the marks that are meant for a terminal.
fn clean(view: &mut View, text: &str, from: usize, end: usize) {
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    let mut done = from;
    let mut join = Join::Plain;
    let mut at = from;
    while let Some(offset) = bytes.get(at..).and_then(|rest| memchr::memchr2(0x1b, b'[', rest)) {
        let place = at + offset;
        let mark = if bytes.get(place) == Some(&0x1b) {
            escape(bytes, place)
        } else {
            remnant(bytes, done, place, join == Join::Seam && done == place)
        };
        let Some(mark) = mark else {
            at = place + 1;
            continue;
        };
        if let Some(piece) = text.get(done..mark.start + mark.keep) {
            view.push(piece, done, join);
        }
        join = if mark.keep == 0 { Join::Seam } else { Join::Plain };
        done = mark.end;
        at = mark.end;
    }
    if let Some(piece) = text.get(done..end) {
        view.push(piece, done, join);
    }
}

/// A terminal escape that begins at `start`. Colours and "erase to the end of the line" have no width: the text before
/// and behind belongs together. What moves the cursor parts it: the ESC stays as a sign of that. Links and titles (OSC)
/// hold text of their own and stay as they are.
fn escape(bytes: &[u8], start: usize) -> Option<Mark> {
    match bytes.get(start + 1)? {
        b'[' => control(bytes, start, start + 1, 1, true),
        b'(' | b')' => match bytes.get(start + 2)? {
            b'A' | b'B' | b'0' | b'1' | b'2' => Some(Mark { start, end: start + 3, keep: 0 }),
            _ => None,
        },
        b'7' | b'8' | b'=' | b'>' | b'c' | b'D' | b'E' | b'H' | b'M' | b'Z' => {
            Some(Mark { start, end: start + 2, keep: 1 })
        }
        _ => None,
    }
}

/// A control sequence whose `[` is at `bracket`. A final letter that begins a token's prefix is not taken for one.
fn control(bytes: &[u8], start: usize, bracket: usize, keep: usize, sure: bool) -> Option<Mark> {
    let parameters = bytes.get(bracket + 1..)?;
    let length = parameters.iter().take(40).take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
    let end = bracket + 1 + length + 1;
    let plain = parameters.get(..length)?.iter().all(|byte| byte.is_ascii_digit() || *byte == b';');
    match parameters.get(length)? {
        b'm' if plain || sure => Some(Mark { start, end, keep: 0 }),
        b'K' if matches!(parameters.get(..length), Some([] | [b'0'])) => Some(Mark { start, end, keep: 0 }),
        b'A'..=b'H' | b'J' | b'K' | b'S' | b'T' | b'f' | b'h' | b'l' | b'n' | b's' | b'u' => {
            Some(Mark { start, end, keep })
        }
        _ => None,
    }
}

/// How the ESC byte is written where it is made visible.
const INTRODUCERS: [&[u8]; 10] =
    [b"^[", b"\\x1b", b"\\x1B", b"\\033", b"\\u001b", b"\\u001B", b"\\u{1b}", b"\\e", b"\\E", "␛".as_bytes()];

/// What is left of an escape where the ESC byte was lost or made visible: `[0K`, `[32;1m`, `^[[0m`, `\u001b[0m`; the
/// bracket is at `bracket`, nothing before `done` may be taken.
fn remnant(bytes: &[u8], done: usize, bracket: usize, behind_mark: bool) -> Option<Mark> {
    let before = bytes.get(done..bracket)?;
    if let Some(introducer) = INTRODUCERS.iter().find(|introducer| before.ends_with(introducer)) {
        let keep = if introducer.first().is_some_and(u8::is_ascii) { 1 } else { introducer.len() };
        return control(bytes, bracket - introducer.len(), bracket, keep, false);
    }
    let rest = bytes.get(bracket + 1..)?;
    let length = rest.iter().take(20).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    // `[m` and `[K` alone could be anything; together, or behind another remnant, they are grep's.
    let bare_counts = behind_mark || rest.starts_with(b"m[K");
    if length == 0 && !bare_counts || !matches!(rest.get(length), Some(b'm' | b'K')) {
        return None;
    }
    control(bytes, bracket, bracket, 1, false)
}

/// Is this the beginning of a line with the runner's timestamp?
pub(super) fn is_stamped(line: &[u8]) -> bool {
    stamp(line.get(..STAMP).unwrap_or(line)).is_some()
}

/// The parts of a log that a terminal shows otherwise than they stand here: lines with a mark inside a word, and lines that
/// go on in a later one, from the first to the last of their pieces. In order, none over another.
pub(super) fn regions(bytes: &[u8], continued: &[Span], own_prefixes: bool) -> Vec<Span> {
    let mut regions = marked(bytes, own_prefixes);
    regions.extend(continued);
    merge(&mut regions);
    regions
}

/// In order, and one where they touch.
pub(super) fn merge(regions: &mut Vec<Span>) {
    regions.sort_unstable();
    regions.dedup_by(|next, last| {
        let touch = next.start <= last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
}

/// Bytes of a long line that are looked at on each side of a mark.
const NEAR_MARK: usize = 4096;

/// So many characters behind a mark may be a credential that only what stands before the mark tells: a cookie's value, what
/// follows the name of a header.
const LONG_WORD: usize = 20;

/// Is what stands behind a mark a word as long as that, or a sign or two and such a word?
fn is_before_long_word(bytes: &[u8], end: usize) -> bool {
    let behind = bytes.get(end..).unwrap_or_default();
    let signs =
        behind.iter().take(4).take_while(|byte| matches!(byte, b':' | b'=' | b' ' | b'"' | b'\'' | b'\\')).count();
    let word = behind.get(signs..signs + LONG_WORD).unwrap_or_default();
    !word.is_empty()
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'%' | b'.'))
}

/// Lines with a mark between two characters that a token can be made of; or right before a token whose beginning cannot be
/// told from the mark's end without knowing the mark: a cookie, a signing token, one behind an instance's own prefix; or before
/// a long word that the text before the mark may speak of.
fn marked(bytes: &[u8], own_prefixes: bool) -> Vec<Span> {
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let mut found: Vec<Span> = Vec::new();
    // The end of the last mark, and whether a word ends before it and the marks it follows.
    let (mut done, mut behind_word) = (0, false);
    let mut at = 0;
    while let Some(offset) = bytes.get(at..).and_then(|rest| memchr::memchr2(0x1b, b'[', rest)) {
        let place = at + offset;
        at = place + 1;
        let follows = done == place && place > 0;
        let before = place.checked_sub(1).and_then(|before| bytes.get(before));
        let mark = if bytes.get(place) == Some(&0x1b) {
            escape(bytes, place)
        } else if follows
            || is_word(before)
            || before.is_some_and(|byte| INTRODUCERS.iter().any(|one| one.last() == Some(byte)))
        {
            remnant(bytes, done.max(place.saturating_sub(8)), place, follows)
        } else {
            None
        };
        let Some(mark) = mark else { continue };
        if mark.start != done {
            behind_word = mark.start.checked_sub(1).is_some_and(|before| is_word(bytes.get(before)));
        }
        (done, at) = (mark.end, mark.end);
        let alone = own_prefixes || matches!(bytes.get(mark.end), Some(b'_' | b'w'));
        if ((behind_word || alone) && is_word(bytes.get(mark.end))) || is_before_long_word(bytes, mark.end) {
            let least = mark.start.saturating_sub(NEAR_MARK);
            let start = memchr::memrchr(b'\n', bytes.get(least..mark.start).unwrap_or_default());
            let start = start.map_or(least, |end| least + end + 1);
            let rest = bytes.get(mark.end..).unwrap_or_default();
            let rest = rest.get(..NEAR_MARK).unwrap_or(rest);
            let end = memchr::memchr(b'\n', rest).map_or(mark.end + rest.len(), |end| mark.end + end + 1);
            found.push(Span::new(start, end));
        }
    }
    found
}

/// So far back the line is looked for that another one goes on.
const BACK: usize = 32 * 1024;

/// Lines that go on, from the line they go on from.
pub(super) fn continued(bytes: &[u8]) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for mark in [b"O+", b"E+"] {
        for place in memchr::memmem::find_iter(bytes, mark) {
            let Some(start) = place.checked_sub(STAMP - 2) else { continue };
            let begins = start == 0 || bytes.get(start - 1) == Some(&b'\n');
            let line = bytes.get(start..).unwrap_or_default();
            let Some(stamp) = stamp(line.get(..STAMP).unwrap_or(line)).filter(|stamp| begins && stamp.continues) else {
                continue;
            };
            let end = memchr::memchr(b'\n', line.get(..BACK).unwrap_or(line))
                .map_or(start + line.len().min(BACK), |end| start + end + 1);
            found.push(Span::new(before_it(bytes, start, stamp.stream), end));
        }
    }
    found
}

/// Where the last line of a stream before `start` begins; `start` where it is too far away.
fn before_it(bytes: &[u8], start: usize, stream: [u8; 3]) -> usize {
    let mut end = start;
    while end > 0 && start - end < BACK {
        let before = bytes.get(..end - 1).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let text = bytes.get(line..end).unwrap_or_default();
        if stamp(text.get(..STAMP).unwrap_or(text)).is_some_and(|stamp| stamp.stream == stream) {
            return line;
        }
        end = line;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (view, shape) = unwrap(text);
        let shown = view.text().to_owned();
        assert!(!is_plain(text) || shown == text && shape.timestamps == 0, "{text:?}");
        shown
    }

    #[test]
    fn a_text_without_marks_is_known_without_looking_through_it() {
        assert!(is_plain("image: ruby\nscript: [make, test]\n3 pears\n"));
        for text in ["\u{1b}[0m", "x\n[0Ky", "1 a\n2 b\n3 c\n", "2026-03-04T10:20:30.123456Z 00O x\n", "^[[H"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_said_to_be_plain_is(text in "(\\[|[0-3];?|m|K|H|\\^\\[|\\\\e|\u{1b}|␛|\n|[ab] ?|\n2026-03-04T10:20:30.123456Z 00[OE][ +]){0,24}") {
            shown(&text);
        }
    }

    #[test]
    fn timestamps_go_and_continuations_are_joined() {
        let log = "2026-03-04T10:20:30.123456Z 00O Running\n\
                   2026-03-04T10:20:30.123456Z 01O key=abc\n\
                   2026-03-04T10:20:30.123456Z 01O+def tail\n\
                   2026-03-04T10:20:30.123456Z 01E\n\
                   not stamped\n";
        let (view, shape) = unwrap(log);
        assert_eq!(view.text(), "Running\nkey=abcdef tail\n\nnot stamped\n");
        assert_eq!(shape.timestamps, 4);
        let at = view.text().find("abcdef").unwrap();
        let pieces = view.original(Span::new(at, at + 6));
        let texts: Vec<&str> = pieces.iter().filter_map(|piece| log.get(piece.range())).collect();
        assert_eq!(texts, ["abc", "def"]);
    }

    #[test]
    fn a_line_that_another_stream_interrupts_is_put_together() {
        let log = "2026-03-04T10:20:30.123456Z 01O key=abc\n\
                   2026-03-04T10:20:30.123456Z 0fO a service speaks\n\
                   2026-03-04T10:20:30.123456Z 01O+def\n\
                   2026-03-04T10:20:30.123456Z 01O+ghi\n";
        assert_eq!(shown(log), "key=abc\na service speaks\nkey=abcdefghi\n");
    }

    #[test]
    fn streams_that_take_turns_at_every_word_do_not_fill_the_memory() {
        let stamp = "2026-03-04T10:20:30.123456Z";
        let mut log = format!("{stamp} 01O a\n{stamp} 01E b\n");
        for _ in 0..20_000 {
            log.push_str(&format!("{stamp} 01O+word \n{stamp} 01E+other \n"));
        }
        log.push_str(&format!("{stamp} 01O+key=abc\n{stamp} 01E+x\n{stamp} 01O+def\n"));
        let view = shown(&log);
        assert!(view.len() < log.len() * 20, "{} from {}", view.len(), log.len());
        assert!(view.ends_with("key=abcdef\n"));
    }

    #[test]
    fn a_cr_before_a_continuation_parts_redraws_but_not_windows_lines() {
        let stamp = "2026-03-04T10:20:30.123456Z 00O";
        assert_eq!(
            shown(&format!("{stamp} section_start:1:a\r\n{stamp}+Header\n{stamp} x\n{stamp} y\n")),
            "section_start:1:a\rHeader\nx\ny\n"
        );
        assert_eq!(shown(&format!("{stamp} abc\r\n{stamp}+def\r\n")), "abcdef\r\n");
    }

    #[test]
    fn marks_without_width_go_and_those_that_move_part_the_text() {
        for (log, want) in [
            ("\u{1b}[32;1m$ echo\u{1b}[0;m", "$ echo"),
            ("gl\u{1b}[01;31m\u{1b}[Kpat-\u{1b}[m\u{1b}[Kabc", "glpat-abc"),
            ("section_start:1:a\r\u{1b}[0KHeader", "section_start:1:a\rHeader"),
            ("a\u{1b}[1Gb\u{1b}[2Kc\u{1b}7d", "a\u{1b}b\u{1b}c\u{1b}d"),
            ("a\u{1b}(B\u{1b}[mb", "ab"),
            ("a\u{1b}[38;2;1;2;3mb\u{1b}[38:5:9mc", "abc"),
            ("[32;1m$ ls[0;m", "$ ls"),
            ("[0Kab[01;31m[Kcd[m[Ke", "abcde"),
            ("a^[[0mb\\u001b[31mc␛[0md\\e[2Je", "abcd\\e"),
            ("list[0] [m] [K] x[12] [INFO] \u{1b}", "list[0] [m] [K] x[12] [INFO] \u{1b}"),
            ("\u{1b}[glpat-", "\u{1b}[glpat-"),
            ("\u{1b}]8;;https://x.example\u{7}link", "\u{1b}]8;;https://x.example\u{7}link"),
        ] {
            assert_eq!(shown(log), want, "{log:?}");
        }
    }

    #[test]
    fn line_numbers_of_a_copy_go() {
        assert_eq!(shown("1 Running\n2   on x\n3\n4 9 files\n"), "Running\n  on x\n\n9 files\n");
        assert_eq!(shown("1Running\n2  on x\n33 files\n4ok\n"), "Running\n on x\n3 files\nok\n");
        assert_eq!(shown("12 a\n13 b\n14 2 c\n"), "a\nb\n2 c\n");
        assert_eq!(shown("  8 a\n  9 b\n 14 c\n 15 d\n"), "a\nb\nc\nd\n");
        assert_eq!(shown("5 apples\n3 pears\n4 plums\n"), "5 apples\n3 pears\n4 plums\n", "not rising");
    }
}

//! Several words searched for at once.

use memchr::memmem::Finder;

/// Words made ready for searching, each of at least [`RARE`] bytes.
pub(crate) struct Words {
    #[cfg(not(target_arch = "wasm32"))]
    words: Vec<&'static str>,
    /// With vector instructions, where the processor has them: a rare part of each word, several in one pass. Made when the first
    /// text is searched.
    #[cfg(not(target_arch = "wasm32"))]
    groups: std::sync::OnceLock<Vec<Group>>,
    /// Each by itself.
    finders: Vec<Finder<'static>>,
}

/// Words that are searched for in one pass.
#[cfg(not(target_arch = "wasm32"))]
struct Group {
    searcher: aho_corasick::packed::Searcher,
    /// For each part that is searched for: the words that have it, and where in them it begins.
    words: Vec<Vec<(&'static str, usize)>>,
}

/// The vector search looks at so many bytes before it looks closer.
#[cfg(not(target_arch = "wasm32"))]
const RARE: usize = 4;

/// Words in a group. Measured: as many cost little more than half of them, if they are well spread over the [`BUCKETS`].
#[cfg(not(target_arch = "wasm32"))]
const TOGETHER: usize = 32;

/// The vector search tells parts from other text in so many lots, by the halves of their bytes, before it compares them.
#[cfg(not(target_arch = "wasm32"))]
const BUCKETS: usize = 8;

/// Which lot a part belongs in, and which part of a word is rare: for speed only, nothing is found or lost by it.
#[cfg(not(target_arch = "wasm32"))]
mod rarity {
    use super::{BUCKETS, RARE, TOGETHER};

    /// From frequent to rare; what is not here is rarer.
    const FREQUENT: &[u8] = b" etaoinsrldcumpghyfbwvk/.-_0123456789:\"'x=,jqz()[]";

    /// What logs say again and again: a part of it is not rare, whatever its letters are.
    const USUAL: &str = " the and for you was not with from this that have has been is are will should would could use used using \
        running runner repository project request response warning error module compiling following allowed moved success command \
        message option missing process completed access token authentication authorization credentials account count limit checking \
        uploading downloading installing building working installed failed build buffer user value valid status code cannot exist \
        https:// http:// ... --- === *** [INFO] [ERROR] ERROR: WARNING: DEBUG HTTP/1.1 200 404 The You This Error: Running ";

    /// How often a byte stands in a log, by its upper and lower half; in no unit.
    pub(super) struct Bytes([[u64; 16]; 16]);

    impl Bytes {
        pub(super) fn new() -> Self {
            let often = |byte: usize| FREQUENT.iter().position(|&other| usize::from(other) == byte);
            Self(std::array::from_fn(|high| {
                std::array::from_fn(|low| often(16 * high + low).map_or(6, |rank| 480 / (rank as u64 + 3)))
            }))
        }

        /// Of all bytes with one of these halves.
        fn of(&self, high: u16, low: u16) -> u64 {
            let rows = self.0.iter().enumerate().filter(|(half, _)| high >> half & 1 == 1);
            rows.flat_map(|(_, row)| row.iter().enumerate().filter(|(half, _)| low >> half & 1 == 1))
                .map(|(_, often)| often)
                .sum()
        }

        /// Of a part.
        pub(super) fn part(&self, part: &[u8]) -> u64 {
            let usual = if memchr::memmem::find(USUAL.as_bytes(), part).is_some() { 50 } else { 1 };
            part.iter().map(|byte| self.of(1 << (byte >> 4), 1 << (byte & 15))).product::<u64>() * usual
        }
    }

    /// What a lot lets pass at a place: bytes with one of these halves.
    #[derive(Clone, Copy, Default)]
    struct Place {
        high: u16,
        low: u16,
        often: u64,
    }

    #[derive(Clone, Default)]
    pub(super) struct Bucket {
        places: [Place; RARE],
        pub(super) parts: Vec<&'static [u8]>,
    }

    impl Bucket {
        pub(super) fn has(&self, part: &[u8]) -> bool {
            self.parts.contains(&part)
        }

        pub(super) const fn is_full(&self) -> bool {
            self.parts.len() >= TOGETHER / BUCKETS
        }

        fn with(&self, part: &[u8], bytes: &Bytes) -> [Place; RARE] {
            let mut places = self.places;
            for (place, byte) in places.iter_mut().zip(part) {
                let (high, low) = (place.high | 1 << (byte >> 4), place.low | 1 << (byte & 15));
                if (high, low) != (place.high, place.low) {
                    *place = Place { high, low, often: bytes.of(high, low) };
                }
            }
            places
        }

        /// How much more it would let pass with this part.
        pub(super) fn grows(&self, part: &[u8], bytes: &Bytes) -> u64 {
            let often = |places: &[Place; RARE]| places.iter().map(|place| place.often).product::<u64>();
            often(&self.with(part, bytes)) - often(&self.places)
        }

        pub(super) fn push(&mut self, part: &'static [u8], bytes: &Bytes) {
            self.places = self.with(part, bytes);
            self.parts.push(part);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn groups(words: &[&'static str]) -> Option<Vec<Group>> {
    let bytes = rarity::Bytes::new();
    let mut buckets = vec![rarity::Bucket::default(); words.len().div_ceil(TOGETHER) * BUCKETS];
    // Each word's part, and where in the word it is. Short words have the least choice.
    let mut chosen: Vec<(&'static str, usize, &'static [u8])> = Vec::new();
    let mut order = words.to_vec();
    order.sort_by_key(|word| word.len());
    for word in order {
        let mut parts: Vec<_> =
            word.as_bytes().windows(RARE).enumerate().map(|(at, part)| (bytes.part(part), at, part)).collect();
        parts.sort_unstable();
        let known = parts.iter().take(2).find(|(_, _, part)| buckets.iter().any(|bucket| bucket.has(part)));
        if let Some(&(_, at, part)) = known {
            chosen.push((word, at, part));
            continue;
        }
        let places = parts.iter().take(2).flat_map(|&(often, at, part)| {
            let free = buckets.iter().enumerate().filter(|(_, bucket)| !bucket.is_full());
            free.map(|(index, bucket)| (often + bucket.grows(part, &bytes), index, at, part)).collect::<Vec<_>>()
        });
        let (_, index, at, part) = places.min()?;
        buckets.get_mut(index)?.push(part, &bytes);
        chosen.push((word, at, part));
    }
    let group = |buckets: &[rarity::Bucket]| {
        // The search puts every eighth into the same lot. Where one has fewer than the others, the last of it stands twice.
        let some = buckets.iter().find_map(|bucket| bucket.parts.first())?;
        let rows = buckets.iter().map(|bucket| bucket.parts.len()).max()?;
        let parts: Vec<&[u8]> = (0..rows)
            .flat_map(|row| {
                buckets.iter().map(move |bucket| *bucket.parts.get(row).or(bucket.parts.last()).unwrap_or(some))
            })
            .collect();
        let having = |part: &&[u8]| {
            chosen.iter().filter(|(_, _, other)| other == part).map(|&(word, at, _)| (word, at)).collect()
        };
        Some(Group { words: parts.iter().map(having).collect(), searcher: aho_corasick::packed::Searcher::new(parts)? })
    };
    buckets.chunks(BUCKETS).map(group).collect()
}

impl Words {
    pub(crate) fn new(words: &[&'static str]) -> Self {
        Self {
            #[cfg(not(target_arch = "wasm32"))]
            words: words.to_vec(),
            #[cfg(not(target_arch = "wasm32"))]
            groups: std::sync::OnceLock::new(),
            finders: words.iter().map(|&word| Finder::new(word)).collect(),
        }
    }

    /// Calls `each` with the places of the words at or behind `from`, until none is left; it says from where on to look for the next of the same
    /// group: they come group by group. Of two words of a group that share a character one is enough.
    pub(crate) fn each(&self, text: &[u8], from: usize, mut each: impl FnMut(usize) -> usize) {
        #[cfg(not(target_arch = "wasm32"))]
        if let groups @ [_, ..] = self.groups.get_or_init(|| groups(&self.words).unwrap_or_default()).as_slice() {
            for group in groups {
                group.each(text, from, &mut each);
            }
            return;
        }
        for finder in &self.finders {
            let mut from = from;
            while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
                from = each(from + found).max(from + found + 1);
            }
        }
    }

    /// Is one of them there?
    pub(crate) fn any(&self, text: &[u8]) -> bool {
        self.finders.iter().any(|finder| finder.find(text).is_some())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Group {
    fn each(&self, text: &[u8], from: usize, each: &mut impl FnMut(usize) -> usize) {
        let (mut from, mut done) = (from, from);
        while let Some(part) = self.searcher.find_in(text, aho_corasick::Span { start: from, end: text.len() }) {
            from = part.start() + 1;
            // The rare part of one word may be that of another, too.
            let words = self.words.get(part.pattern().as_usize()).map(Vec::as_slice).unwrap_or_default();
            let has =
                |word: &str, start: usize| text.get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
            let starts = words.iter().filter_map(|(word, at)| Some((*word, part.start().checked_sub(*at)?)));
            let mut starts: Vec<usize> =
                starts.filter(|&(word, start)| start >= done && has(word, start)).map(|(_, start)| start).collect();
            starts.sort_unstable();
            for start in starts {
                if start >= done {
                    done = each(start).max(start + 1);
                    from = from.max(done).min(text.len());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rare_part_of_a_word_is_looked_for() {
        let part = |word: &'static str| groups(&[word]).map(|groups| groups[0].words[0].clone());
        assert_eq!(part("fatal: repository "), Some(vec![("fatal: repository ", 4)]));
        assert_eq!(part("[MASKED]"), Some(vec![("[MASKED]", 1)]));
        assert_eq!(part("éé"), Some(vec![("éé", 0)]));
        assert_eq!((part("ab"), part("")), (None, None), "too short for it");
    }

    #[test]
    fn words_with_one_part_in_common_are_all_found() {
        let words = Words::new(&["denied", "nied4"]);
        let mut found = Vec::new();
        words.each(b"denied4 nied4 denied", 0, |at| {
            found.push(at);
            at + 1
        });
        assert_eq!(found, [0, 2, 8, 14]);
        found.clear();
        words.each(b"denied4 nied4 denied", 3, |at| {
            found.push(at);
            at + 1
        });
        assert_eq!(found, [8, 14], "none that begins before");
    }

    proptest! {
        #[test]
        fn all_at_once_or_one_by_one_is_the_same(text in "(4014|4|01|denied|not allowed|nied|40| |é|\n|x|7 7 words| words){0,60}") {
            let mut words = vec!["denied", "not allowed", "4014", "é x", "nied4"];
            words.extend(["fill", "the", "second", "group", "with", "other", "words"].map(|word| [word, "...."].concat().leak() as &str));
            words.extend(["more", "of", "them", "so", "that", "there", "is", "one"].map(|word| [word, "----"].concat().leak() as &str));
            words.extend((0..30).map(|number| format!("{number} {number} words").leak() as &str));
            let alone = Words { groups: Vec::new().into(), ..Words::new(&words) };
            let (mut first, mut second) = (Vec::new(), Vec::new());
            Words::new(&words).each(text.as_bytes(), 0, |at| { first.push(at); at + 1 });
            alone.each(text.as_bytes(), 0, |at| { second.push(at); at + 1 });
            first.sort_unstable();
            second.sort_unstable();
            prop_assert_eq!(&first, &second);
            prop_assert_eq!(alone.any(text.as_bytes()), !first.is_empty());
        }
    }
}

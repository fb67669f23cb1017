//! Known prefixes that a line end cuts in two.

/// Which letters follow each other in the known prefixes: what a line end can cut.
pub struct Prefixes {
    /// What may stand behind a cut, of whose first piece nothing tells: for the low bits of the first letter, those of the second, a bit
    /// each.
    follow: [u64; 64],
    /// Of three letters, the first two before the cut, and of three, the last two behind it: a bit for the hash of each.
    around: [u64; 64],
}

impl Prefixes {
    /// Of these prefixes, each of three ASCII characters at least and with one of [`TELLS`](crate::TELLS).
    #[must_use]
    pub fn new<'a>(prefixes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self { follow: [0; 64], around: [0; 64] };
        for prefix in prefixes {
            let silent = prefix.bytes().take_while(|byte| !crate::TELLS.contains(byte)).count();
            for behind in prefix.as_bytes().get(1..).unwrap_or_default().iter().enumerate().take(silent) {
                let (index, then) = behind;
                if let Some(bits) = all.follow.get_mut(usize::from(then & 63)) {
                    // Behind the prefix anything may stand.
                    *bits |= prefix.as_bytes().get(index + 2).map_or(u64::MAX, |second| 1 << (second & 63));
                }
            }
            for (index, three) in prefix.as_bytes().windows(3).enumerate() {
                let &[one, two, three] = three else { continue };
                // Cut behind the first of the three; and behind the second, where no more follow.
                all.note(Self::hash(one, two, three));
                if index + 3 == prefix.len() {
                    all.note(Self::hash_last(one, two, three));
                }
            }
        }
        all
    }

    fn note(&mut self, hash: usize) {
        if let Some(bits) = self.around.get_mut(hash >> 6) {
            *bits |= 1 << (hash & 63);
        }
    }

    #[inline(always)]
    fn hash(one: u8, two: u8, three: u8) -> usize {
        let all = u32::from(one) << 16 | u32::from(two) << 8 | u32::from(three);
        (all.wrapping_mul(0x9e37_79b1) >> 20) as usize
    }

    #[inline(always)]
    fn hash_last(one: u8, two: u8, three: u8) -> usize {
        Self::hash(one, two, three) ^ 1
    }

    /// May a prefix be cut before `then`, of whose first piece nothing tells, when `second` stands behind that?
    #[inline(always)]
    pub(crate) fn goes_on(&self, then: u8, second: u8) -> bool {
        self.follow.get(usize::from(then & 63)).is_some_and(|bits| bits >> (second & 63) & 1 == 1)
    }

    /// May a prefix be cut between `last` and `then`?
    #[inline(always)]
    pub(crate) fn cut(&self, before: u8, last: u8, then: u8, behind: u8) -> bool {
        let noted = |hash: usize| self.around.get(hash >> 6).is_some_and(|bits| bits >> (hash & 63) & 1 == 1);
        noted(Self::hash(last, then, behind)) | noted(Self::hash_last(before, last, then))
    }
}

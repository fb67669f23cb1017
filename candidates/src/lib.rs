//! The candidate pass of Leastwise's scanner: which bytes of a text can be part of a token, which begin a mark that may hide one, and
//! where is there anything to look at?
//!
//! Sixty-four bytes become a few words of a bit each. With AVX-512 or AVX2 (found at run time) a byte's classes are looked up in
//! a table; elsewhere comparisons of sixteen bytes at once do the same (`wide`: SSE2, NEON), and the browser has a table of its own
//! (`simd128`). All say the same. What a byte's neighbours say of it is then arithmetic on these words, for all blocks of a window:
//! nothing is asked of a line or a word by itself unless it may hold something.
//!
//! A crate of its own for one reason: the browser's modules are made small, and this part of them fast. It knows bytes and nothing of
//! GitLab, and has no promise of stability: `leastwise` is what to depend on.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))]
mod halves;
mod prefixes;
mod rows;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

pub use prefixes::Prefixes;
use rows::Rows;

/// Bytes in a block.
pub const BLOCK: usize = 64;

/// A run of so many characters of `[0-9A-Za-z_-]` is long enough for a token.
pub const LONG: usize = 20;

/// Every prefix that is looked for has one of these, and none has a digit before the first of them, unless right before it.
pub const TELLS: &[u8] = b"-=_RJ";

/// A prefix that begins in one line and ends in the next, and has none of [`TELLS`] in its first piece, has one among so many bytes of
/// its second.
pub const REACH: usize = 7;

/// A block with something to look at; of its words the first byte's bit is the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first byte in the window.
    pub offset: usize,
    /// Where a run of [`LONG`] token characters or more begins, as far as it is seen in the window. What goes on from the window before
    /// does not begin.
    pub begins: u64,
    /// What may begin a mark: a percent sign, a backslash, an ampersand (not always one that is alone), the first byte of a space without width (or of another sign
    /// beyond ASCII); a quote, ESC or a bracket behind a part of a word; a line end between two that may cut a token.
    pub mark: u64,
    /// Underscores of `_g…` and `…c_`, and a few others.
    pub underscore: u64,
}

/// What is known of a text, window by window. Two sizes: the bits of a large window stay in the fastest cache, and a small one
/// costs less to clear before a short text. Nothing is allocated.
pub trait Window: Default {
    /// Bytes of a window.
    const BYTES: usize;

    /// Reads the text's next [`Window::BYTES`], or fewer at its end. With `prefixes` the line ends are among the marks that may cut one.
    fn read(&mut self, text: &[u8], prefixes: Option<&Prefixes>);

    /// The blocks of the window in which a run begins, a bit each.
    fn running(&self) -> u64;

    /// The blocks of the window in which there is a mark or an underscore to look at, a bit each.
    fn marked(&self) -> u64;

    /// The blocks of the window in which there is anything to look at, a bit each.
    fn busy(&self) -> u64 {
        self.running() | self.marked()
    }

    /// What is known of a block; `None` behind the last one.
    fn block(&self, index: usize) -> Option<Block>;

    /// Where the run of token characters ends that holds the byte at `offset` of the window, as an offset; `None` where it does not end
    /// in the window.
    fn run_end(&self, offset: usize) -> Option<usize>;

    /// Is one of [`TELLS`] among the bytes from one offset to another? Some other capitals are taken for one; and what does not end in
    /// the window may always hold one.
    fn tells(&self, from: usize, to: usize) -> bool;

    /// Do three signs of [`TELLS`] stand in a row, as before the label of a key? Of five across two blocks, three are in one of them.
    fn hyphens(&self) -> bool;
}

// Written out and not generic, so that it is compiled here and as this crate asks, not as the one that uses it.
macro_rules! window {
    ($(#[$doc:meta])* $name:ident, $words:literal) => {
        $(#[$doc])*
        pub struct $name(Rows<$words>);

        impl Default for $name {
            fn default() -> Self {
                Self(Rows::new())
            }
        }

        impl Window for $name {
            const BYTES: usize = Rows::<$words>::WINDOW;

            fn read(&mut self, text: &[u8], prefixes: Option<&Prefixes>) {
                self.0.read(text, prefixes);
            }

            #[inline]
            fn running(&self) -> u64 {
                self.0.running()
            }

            #[inline]
            fn marked(&self) -> u64 {
                self.0.marked()
            }

            #[inline]
            fn block(&self, index: usize) -> Option<Block> {
                self.0.block(index)
            }

            fn run_end(&self, offset: usize) -> Option<usize> {
                self.0.run_end(offset)
            }

            fn tells(&self, from: usize, to: usize) -> bool {
                self.0.tells(from, to)
            }

            #[inline]
            fn hyphens(&self) -> bool {
                self.0.hyphens
            }
        }
    };
}

window!(
    /// Sixty-four blocks, for texts of any length.
    Large,
    80
);
window!(
    /// Four blocks, for names and other short texts.
    Small,
    20
);

/// Is it one of `[0-9A-Za-z_-]`?
#[must_use]
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Where the run of token characters ends that holds the byte at `from`: an offset, block by block.
#[must_use]
pub fn run_end(text: &[u8], mut from: usize) -> usize {
    while let Some(block) = text.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let ones = rows::classify(block).body.trailing_ones() as usize;
        from += ones;
        if ones < BLOCK {
            return from;
        }
    }
    from + text.get(from..).unwrap_or_default().iter().take_while(|&&byte| is_token(byte)).count()
}

//! The words of a finding: made of the program's own words, numbers, dates, masked values and cleaned names.
//!
//! A [`Text`] cannot be made from a `String`. Each part has to implement [`Say`], and a `&str` does so only when it
//! is `'static`, that is, written in this program or its catalog. So a rule cannot put a piece of the input into a
//! message by accident:
//!
//! ```compile_fail
//! let line = String::from("whatever stood in the log");
//! let text = leastwise::say!["the job printed ", line];
//! ```
//! ```compile_fail
//! let line = String::from("whatever stood in the log");
//! let text = leastwise::say!["the job printed ", line.as_str()];
//! ```
//!
//! Names (of tokens, projects, people, variables) come in through [`Name`], which masks every credential in them.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::secret::Masked;
use foldhash::fast::RandomState;

/// Text that is safe to show: see the module. Build it with [`say!`](crate::say).
#[derive(Clone)]
pub struct Text(Form);

/// A text that is being written, words of this program's and nothing else, or one that several findings have in common.
#[derive(Clone)]
enum Form {
    Own(String),
    Words(&'static str),
    Shared(Arc<str>),
}

/// Room for what is likely to follow the first words of a text: most are written on once or twice.
const ROOM: usize = 160;

/// A text that so many share is worth keeping what was made of it.
const COMMON: usize = 4;

impl Text {
    /// An empty text to be extended with [`Text::push`].
    #[must_use]
    pub const fn new() -> Self {
        Self(Form::Words(""))
    }

    /// Adds a part.
    pub fn push(&mut self, part: impl Say) -> &mut Self {
        match part.words().filter(|_| self.is_empty()) {
            Some(words) => self.0 = Form::Words(words),
            None => {
                let mut text = self.take();
                part.say(&mut text);
                self.0 = Form::Own(text);
            }
        }
        self
    }

    /// The text, to be written on and given back.
    fn take(&mut self) -> String {
        let begin = |words: &str| {
            let mut text = String::with_capacity(words.len() + ROOM);
            text.push_str(words);
            text
        };
        match std::mem::replace(&mut self.0, Form::Words("")) {
            Form::Own(text) => text,
            Form::Words(words) => begin(words),
            Form::Shared(text) => begin(&text),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Own(text) => text,
            Form::Words(words) => words,
            Form::Shared(text) => text,
        }
    }

    /// Are these words of the program's own, or of many findings?
    pub(crate) fn is_common(&self) -> bool {
        match &self.0 {
            Form::Own(_) => false,
            Form::Words(_) => true,
            Form::Shared(text) => Arc::strong_count(text) >= COMMON,
        }
    }

    /// Is there nothing in it?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// `a`, `a and b`, `a, b and c`.
    #[must_use]
    pub fn list<T: Say + NotStr>(items: &[T], conjunction: &'static str) -> Self {
        let mut text = Self::new();
        let last = items.len().saturating_sub(1);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                if index == last {
                    text.push(" ").push(conjunction).push(" ");
                } else {
                    text.push(", ");
                }
            }
            text.push(item);
        }
        text
    }
}

/// Texts that were met before, each kept once: the same advice stands in thousands of findings.
#[derive(Default)]
pub(crate) struct Pool(HashSet<Arc<str>, RandomState>);

impl Pool {
    /// Lets a text share its characters with all others that say the same. One that is unlike all others takes no more room than
    /// it needs: a number is one, and is not looked up.
    pub(crate) fn share(&mut self, text: &mut Text) {
        match &mut text.0 {
            Form::Words(_) | Form::Shared(_) => return,
            Form::Own(own) if own.bytes().all(|byte| byte.is_ascii_digit()) => return own.shrink_to_fit(),
            Form::Own(_) => {}
        }
        let known = self.0.get(text.as_str()).cloned();
        let shared = known.unwrap_or_else(|| {
            let new: Arc<str> = text.as_str().into();
            self.0.insert(Arc::clone(&new));
            new
        });
        text.0 = Form::Shared(shared);
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&'static str> for Text {
    fn from(words: &'static str) -> Self {
        Self(Form::Words(words))
    }
}

/// What may stand in a [`Text`].
pub trait Say {
    /// Writes itself behind what is there.
    fn say(&self, out: &mut String);

    /// All that [`Say::say`] writes, where it is written in this program and need not be copied.
    fn words(&self) -> Option<&'static str> {
        None
    }
}

impl Say for &'static str {
    fn say(&self, out: &mut String) {
        out.push_str(self);
    }

    fn words(&self) -> Option<&'static str> {
        Some(self)
    }
}

impl Say for Text {
    fn say(&self, out: &mut String) {
        out.push_str(self.as_str());
    }

    fn words(&self) -> Option<&'static str> {
        match self.0 {
            Form::Words(words) => Some(words),
            _ => None,
        }
    }
}

impl Say for Masked {
    fn say(&self, out: &mut String) {
        let _ = write!(out, "{self}");
    }
}

impl<T: Say + ?Sized> Say for &T
where
    T: NotStr,
{
    fn say(&self, out: &mut String) {
        (**self).say(out);
    }

    fn words(&self) -> Option<&'static str> {
        (**self).words()
    }
}

/// Marks what may be said through a reference: everything but `str`, whose references have to be `'static`.
pub trait NotStr {}
impl NotStr for &'static str {}
impl<T: NotStr> NotStr for &T {}
impl<T: Say> NotStr for Option<T> {}
impl NotStr for Text {}
impl NotStr for Masked {}
impl NotStr for Name {}

impl<T: Say> Say for Option<T> {
    fn say(&self, out: &mut String) {
        match self {
            Some(value) => value.say(out),
            None => out.push_str("unknown"),
        }
    }
}

macro_rules! say_numbers {
    ($($number:ty),*) => {$(
        impl Say for $number {
            fn say(&self, out: &mut String) {
                let _ = write!(out, "{self}");
            }
        }
        impl NotStr for $number {}
    )*};
}
say_numbers!(u8, u16, u32, u64, usize, i32, i64);

/// Puts a [`Text`](crate::text::Text) together from parts that are safe to show: `say!["id ", 501, " of ", name]`.
#[macro_export]
macro_rules! say {
    [$($part:expr),* $(,)?] => {{
        #[allow(unused_mut)]
        let mut text = $crate::text::Text::new();
        $(text.push(&$part);)*
        text
    }};
}

/// A name from the input (of a token, project, user, variable, file): as it stands there, but with every credential
/// in it masked. People do paste tokens into names.
///
/// Names may be any Unicode, look like markup, and hold right-to-left marks: whoever renders one escapes it for the
/// place it goes to.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(Box<str>);

impl Name {
    /// Cleans `raw` with the standard prefixes. A reader that knows the instance's own prefixes uses
    /// [`Context::name`](crate::context::Context::name) instead.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        Self(crate::detect::mask_all(raw, &[]).into())
    }

    /// As [`Name::new`], knowing the instance's own token prefixes.
    #[must_use]
    pub fn with_prefixes(raw: &str, token_prefixes: &[String]) -> Self {
        Self(crate::detect::mask_all(raw, token_prefixes).into())
    }

    /// The cleaned text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A part of it: what may be shown whole may be shown in part. `None` where the bytes are not between characters.
    #[must_use]
    pub(crate) fn part(&self, bytes: Range<usize>) -> Option<Self> {
        self.0.get(bytes).map(|part| Self(part.into()))
    }
}

impl Say for Name {
    fn say(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Cleans again: what comes from outside is never trusted to be clean.
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|raw| Self::new(&raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_together_from_parts() {
        let name = Name::new("deploy-prod");
        let text = say!["`", name, "` (id ", 501_u64, ") is ", Masked::new("glpat-", Some(20))];
        assert_eq!(text.as_str(), "`deploy-prod` (id 501) is glpat-…(20)");
        assert_eq!(say![Option::<u64>::None].as_str(), "unknown");
    }

    #[test]
    fn a_shared_text_is_written_on_without_changing_the_others() {
        let (mut pool, mut one, mut two) = (Pool::default(), say!["ask first"], say!["ask first"]);
        pool.share(&mut one);
        pool.share(&mut two);
        assert!(std::ptr::eq(one.as_str(), two.as_str()));
        two.push(", then revoke");
        assert_eq!((one.as_str(), two.as_str()), ("ask first", "ask first, then revoke"));
        assert_eq!(one, say!["ask first"]);
    }

    #[test]
    fn lists_read_like_english() {
        assert_eq!(Text::list::<&'static str>(&[], "and").as_str(), "");
        assert_eq!(Text::list(&["a"], "and").as_str(), "a");
        assert_eq!(Text::list(&["a", "b", "c"], "or").as_str(), "a, b or c");
    }
}

//! From a candidate run to a credential: which verifier looks, in which order.

use std::cell::{Cell, OnceCell};

use leastwise_candidates::{Large, Small, Window};

use super::bytes::{before, is_word, part, rest};
use super::edges::{self, Escape};
use super::grammar::{Grammar, Known, is_friendly, known, known_at, runner_type};
use super::jwt::{self, Jwt};
use super::placeholder::is_placeholder;
use super::routable::{self, Verified};
use super::runs::Runs;
use super::wrapped::{Opened, Region};
use super::{Checksum, Encoding, Found, context_forms, cuts, loose, private_key, runs, unhide};
use crate::catalog::TokenType;
use crate::order;
use crate::report::{Confidence, CredentialType};
use crate::secret::Masked;
use crate::source::Span;
use crate::text::Name;

/// Layers of base64 that are opened: a Kubernetes Secret that holds a Docker configuration has two.
const LAYERS: u8 = 2;

/// What is shown of a private key.
const PRIVATE_KEY: &str = "-----BEGIN ";

/// One text being scanned.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    /// The instance's own prefixes, as the user gave them.
    told: &'a [String],
    /// Layers of base64 that may still be opened.
    layers: u8,
    /// Is the whole text `user:password`?
    userpass: bool,
    found: Vec<Found>,
    /// Where the last token ends: no other begins before it.
    floor: usize,
    /// Base64 before this has been looked into.
    opened: usize,
}

/// A run being examined, with what is read behind it at most once.
struct Run {
    start: usize,
    end: usize,
    /// May it hold a prefix, which [tells](runs::Run::tells)?
    tells: bool,
    jwt: OnceCell<Option<Jwt>>,
    /// Was a damaged routable body looked for? Once is enough: the first that could be one is the longest.
    damaged: Cell<bool>,
}

impl Run {
    fn jwt(&self, text: &[u8]) -> Option<&Jwt> {
        self.jwt.get_or_init(|| jwt::read(text, self.end)).as_ref()
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8], told: &'a [String]) -> Self {
        Self { text, told, layers: LAYERS, userpass: false, found: Vec::new(), floor: 0, opened: 0 }
    }

    /// Every credential, in order of their start, not overlapping.
    ///
    /// The text is gone through window by window, so that what one step looked at is still in the cache for the next.
    pub(super) fn scan(self) -> Vec<Found> {
        match self.text.len() {
            length if length < runs::SHORTEST => Vec::new(),
            length if length <= Small::BYTES => self.scan_with(Small::default()),
            _ => self.scan_with(Large::default()),
        }
    }

    fn scan_with<W: Window>(mut self, mut classes: W) -> Vec<Found> {
        let text = self.text;
        let mut runs = Runs::default();
        let mut words = unhide::Words::default();
        let mut keys = false;
        // What is not found in runs, by place in the text like the others, but not in order with them.
        let mut others = Vec::new();
        let mut hidden = Vec::new();
        for (index, window) in text.chunks(W::BYTES).enumerate() {
            let start = index * W::BYTES;
            classes.read(window, (self.layers > 0).then(cuts::prefixes));
            super::work::add(window.len() / 8);
            // One after the other, so that each step does the same again and again.
            runs.window(text, start, &classes, |run| self.run(run));
            for block in runs::blocks(&classes, classes.marked()) {
                let place = start + block.offset;
                loose::find(text, place, block.underscore, |loose| {
                    let masked = Masked::new(loose.known.prefix, Some(loose.end - loose.body));
                    let span = Span::new(loose.start, loose.end);
                    others.push(token(loose.known.kind, span, masked, loose.confidence));
                });
                if block.mark != 0 && self.layers > 0 {
                    words.block(text, place, block.mark, |plain| self.hidden(plain, &mut hidden));
                }
            }
            keys = keys || (classes.hyphens() && private_key::begins(text, start, start + window.len()));
        }
        if keys {
            private_key::find(text, |start, end, confidence| others.push(key(start, end, confidence)));
        }
        together(text, self.found, others, hidden)
    }

    /// The same a byte at a time, without blocks and windows: what [`Scanner::scan`] must find.
    #[cfg(test)]
    pub(super) fn scan_plainly(mut self) -> Vec<Found> {
        use super::bytes::{at, is_body};
        let text = self.text;
        let (mut start, mut at_byte) = (0, 0);
        while at_byte <= text.len() {
            if is_body(at(text, at_byte)) {
                at_byte += 1;
                continue;
            }
            if at_byte - start >= runs::SHORTEST {
                at_byte = self.run(runs::Run { start, end: at_byte, tells: true });
                start = at_byte;
            } else {
                at_byte += 1;
                start = at_byte;
            }
        }
        let mut others = Vec::new();
        let underscores = |place: &usize| at(text, *place) == b'_';
        (0..text.len()).filter(underscores).for_each(|place| {
            loose::find(text, place, 1, |loose| {
                let masked = Masked::new(loose.known.prefix, Some(loose.end - loose.body));
                others.push(token(loose.known.kind, Span::new(loose.start, loose.end), masked, loose.confidence));
            })
        });
        private_key::find(text, |start, end, confidence| others.push(key(start, end, confidence)));
        let mut hidden = Vec::new();
        if self.layers > 0 {
            let mut words = unhide::Words::default();
            for place in 0..text.len() {
                words.block(text, place, 1, |plain| self.hidden(plain, &mut hidden));
            }
        }
        together(text, self.found, others, hidden)
    }

    /// Looks at a run, and says from where on to look for the next.
    fn run(&mut self, runs::Run { start, end, tells }: runs::Run) -> usize {
        self.examine(&Run { start, end, tells, jwt: OnceCell::new(), damaged: Cell::new(false) });
        self.floor.max(end)
    }

    /// Scans a word once more without the marks that hid it.
    fn hidden(&self, plain: &unhide::Plain<'_>, found: &mut Vec<Found>) {
        let inner = Scanner { layers: self.layers - 1, ..Scanner::new(plain.bytes, self.told) };
        for mut one in inner.scan() {
            let (pieces, percent) = plain.origin(one.span);
            if let (Some(first), Some(last)) = (pieces.first(), pieces.last()) {
                one.span = Span::new(first.start, last.end);
                one.parts = if pieces.len() > 1 { pieces } else { Vec::new() };
                if percent {
                    one.encoding.insert(0, Encoding::Url);
                }
                found.push(one);
            }
        }
    }

    fn push(&mut self, found: Found) {
        self.floor = found.span.end;
        self.found.push(found);
    }

    fn examine(&mut self, run: &Run) {
        let had = self.found.len();
        let tail = routable::tail(self.text, run.end);
        let verified = tail.and_then(|tail| {
            let verified = routable::verify(self.text, self.floor, run.start, run.end, tail)?;
            Some((verified, tail.end))
        });
        if run.tells {
            self.prefixed(run, verified.as_ref().map(|(verified, _)| verified.start));
        }
        if let Some((verified, end)) = verified
            && verified.start >= self.floor
        {
            self.routable(&verified, end);
        }
        if self.found.len() == had {
            let escape = edges::escape(self.text, run.start);
            let _ = self.told_prefix(run)
                || self.in_context(run.start, run.end, None)
                || escape.is_some_and(|escape| self.in_context(escape.end, run.end, Some(escape)))
                || self.wrapped(run);
        }
    }

    /// Tokens with a standard prefix, a JWT among them, that begin in the run and end before `limit`, where another one
    /// is known to begin.
    fn prefixed(&mut self, run: &Run, limit: Option<usize>) {
        let escape = edges::escape(self.text, run.start);
        let starts = [Some(run.start), escape.map(|escape| escape.end)];
        let after_hyphens =
            memchr::memchr_iter(b'-', part(self.text, run.start, run.end)).map(|hyphen| run.start + hyphen + 1);
        super::work::add(run.end - run.start);
        for start in starts.into_iter().flatten().chain(after_hyphens) {
            if start < self.floor {
                continue;
            }
            let here = rest(self.text, start);
            let found = match known_at(here) {
                Some(known) => self.with_prefix(run, start, known),
                None if jwt::begins(here) => self.bare_jwt(run, start),
                None => None,
            };
            if let Some(mut found) = found
                && limit.is_none_or(|limit| found.span.end <= limit)
            {
                if escape.is_some_and(|escape| escape.percent && escape.end == start) {
                    found.encoding.push(Encoding::Url);
                }
                self.push(found);
            }
        }
    }

    /// The token with the prefix `known` that begins at `start`.
    fn with_prefix(&self, run: &Run, start: usize, known: &'static Known) -> Option<Found> {
        let body = start + known.prefix.len();
        for &grammar in &known.grammars {
            let found = match grammar {
                Grammar::Jwt => self.job_jwt(run, start, body, known),
                Grammar::Routable => self.damaged_routable(run, start, body, known),
                _ => grammar.end(self.text, body, run.end).and_then(|end| {
                    let characters = part(self.text, body, end);
                    // The runner's type is no part of what was drawn.
                    let infix = if grammar == Grammar::RunnerType { 3 } else { 0 };
                    let drawn = characters.get(infix..).unwrap_or_default();
                    if is_placeholder(drawn) {
                        return None;
                    }
                    let confidence = match grammar {
                        Grammar::Mixed => Confidence::Possible,
                        Grammar::Body(..) | Grammar::RunnerType | Grammar::Job if !is_friendly(drawn) => {
                            Confidence::Likely
                        }
                        _ => Confidence::Certain,
                    };
                    let masked = Masked::new(known.prefix, Some(end - body));
                    Some(token(known.kind, Span::new(start, end), masked, confidence))
                }),
            };
            if let Some(found) = found {
                return Some(self.with_instance_prefix(found, known));
            }
        }
        None
    }

    /// Takes a prefix of the instance that the user told us into the span.
    fn with_instance_prefix(&self, mut found: Found, known: &Known) -> Found {
        if !known.takes_instance_prefix {
            return found;
        }
        let start = found.span.start;
        let before_token = part(self.text, self.floor, start);
        for told in self.told.iter().filter(|told| !told.is_empty()) {
            let told = told.strip_suffix(known.prefix).unwrap_or(told).trim_end_matches('-');
            let taken = before_token
                .strip_suffix(b"-")
                .and_then(|before_token| before_token.strip_suffix(told.as_bytes()))
                .map(|before_token| self.floor + before_token.len())
                .filter(|&first| !told.is_empty() && !is_word(before(self.text, first)));
            if let Some(first) = taken {
                found.span.start = first;
                found.instance_prefix = Some(Name::new(told));
                return found;
            }
        }
        found
    }

    fn job_jwt(&self, run: &Run, start: usize, body: usize, known: &Known) -> Option<Found> {
        let here = rest(self.text, body);
        if !jwt::begins(here) {
            return None;
        }
        let jwt = run.jwt(self.text)?;
        let confidence = if jwt.is_job_token() { Confidence::Certain } else { Confidence::Likely };
        let masked = Masked::new(known.prefix, Some(jwt.end - body));
        let mut found = token(known.kind, Span::new(start, jwt.end), masked, confidence);
        found.jwt = Some(Box::new(jwt.facts(self.told)));
        Some(found)
    }

    /// A JWT without a prefix. A job's one without its prefix is still one: the prefix is public.
    fn bare_jwt(&self, run: &Run, start: usize) -> Option<Found> {
        let jwt = run.jwt(self.text)?;
        let kind = jwt.kind()?;
        let confidence = if kind == TokenType::CiJobToken { Confidence::Likely } else { Confidence::Certain };
        let mut found =
            token(kind, Span::new(start, jwt.end), Masked::new("eyJ", Some(jwt.end - start - 3)), confidence);
        found.jwt = Some(Box::new(jwt.facts(self.told)));
        Some(found)
    }

    fn routable(&mut self, verified: &Verified, end: usize) {
        let prefix = part(self.text, verified.start, verified.body);
        let standard = known().iter().filter(|known| known.prefix.ends_with(['-', '_'])).find_map(|known| {
            let without_type = |infix: usize| prefix.get(..prefix.len().checked_sub(infix)?);
            // `glrt-t2_`: the type of the runner stands between prefix and body in v0.
            let before_type = without_type(3).filter(|_| runner_type(rest(prefix, prefix.len() - 3)).is_some());
            let ends = |text: &[u8]| text.strip_suffix(known.prefix.as_bytes()).map(<[u8]>::len);
            let at = ends(prefix).or_else(|| before_type.and_then(ends).filter(|_| known.has(Grammar::RunnerType)))?;
            (at == 0 || before(prefix, at) == b'-').then_some((known, at))
        });
        let (kind, shown, own) = match standard {
            Some((known, at)) => {
                (known.kind, Masked::new(known.prefix, Some(end - verified.start - at - known.prefix.len())), at)
            }
            None => (TokenType::PersonalAccessToken, Masked::new("", Some(end - verified.body)), prefix.len()),
        };
        // A newer layout than this program knows: its checksum holds, more cannot be said.
        let confidence = if verified.routing.is_some() { Confidence::Certain } else { Confidence::Likely };
        let mut found = token(kind, Span::new(verified.start, end), shown, confidence);
        found.checksum = Checksum::Valid;
        found.routing = verified.routing.clone().map(Box::new);
        let own = prefix.get(..own).and_then(|own| std::str::from_utf8(own).ok()).unwrap_or_default();
        let own = if standard.is_some() { own.trim_end_matches('-') } else { own };
        found.instance_prefix = (!own.is_empty()).then(|| Name::new(own));
        self.push(found);
    }

    /// The shape of a routable token behind a known prefix, though its check fails.
    fn damaged_routable(&self, run: &Run, start: usize, body: usize, known: &Known) -> Option<Found> {
        let base64 = self.damaged_body(run, body)?;
        let masked = Masked::new(known.prefix, Some(base64 - body));
        let mut found = token(known.kind, Span::new(start, base64), masked, Confidence::Likely);
        found.checksum = Checksum::Invalid;
        Some(found)
    }

    /// Where a routable shape whose base64 part begins at `body` ends, although the check fails.
    fn damaged_body(&self, run: &Run, body: usize) -> Option<usize> {
        let base64 = body + runner_type(rest(self.text, body)).unwrap_or(0);
        let length = run.end.checked_sub(base64)?;
        if !(routable::SHORTEST..=routable::LONGEST).contains(&length) || run.damaged.replace(true) {
            return None;
        }
        let end = routable::tail(self.text, run.end)
            .map(|tail| tail.end)
            .or_else(|| routable::damaged_tail(self.text, run.end))?;
        (!is_placeholder(part(self.text, base64, run.end))).then_some(end)
    }

    /// A personal access token behind a prefix of the instance that the user told us.
    fn told_prefix(&mut self, run: &Run) -> bool {
        let told = self.told;
        for prefix in told.iter().filter(|prefix| !prefix.is_empty()) {
            let starts_before = |body: usize| {
                part(self.text, self.floor, body)
                    .strip_suffix(prefix.as_bytes())
                    .map(|text| self.floor + text.len())
                    .filter(|&start| !is_word(before(self.text, start)))
            };
            let short = run.end - runs::SHORTEST;
            if let Some(start) = starts_before(short)
                && !is_placeholder(part(self.text, short, run.end))
            {
                let masked = Masked::new("", Some(run.end - short));
                let mut found =
                    token(TokenType::PersonalAccessToken, Span::new(start, run.end), masked, Confidence::Likely);
                found.instance_prefix = Some(Name::new(prefix));
                self.push(found);
                return true;
            }
            // Behind the prefix at the run's start, or behind one that ends inside it.
            let first = run.start.max(run.end.saturating_sub(routable::LONGEST));
            let within = part(self.text, run.start.saturating_sub(prefix.len()).max(self.floor), run.end);
            let body = memchr::memmem::find(within, prefix.as_bytes())
                .map(|at| run.end - within.len() + at + prefix.len())
                .filter(|&body| body >= first);
            super::work::add(within.len());
            if let Some(body) = body
                && let Some(start) = starts_before(body)
                && let Some(end) = self.damaged_body(run, body)
            {
                let masked = Masked::new("", Some(end - body));
                let mut found =
                    token(TokenType::PersonalAccessToken, Span::new(start, end), masked, Confidence::Likely);
                found.checksum = Checksum::Invalid;
                found.instance_prefix = Some(Name::new(prefix));
                self.push(found);
                return true;
            }
        }
        false
    }

    fn in_context(&mut self, start: usize, end: usize, escape: Option<Escape>) -> bool {
        let Some(kind) = context_forms::kind(self.text, self.floor, start, end, self.userpass) else {
            return false;
        };
        let mut found = token(kind, Span::new(start, end), Masked::new("", Some(end - start)), Confidence::Likely);
        if escape.is_some_and(|escape| escape.percent) {
            found.encoding.push(Encoding::Url);
        }
        self.push(found);
        true
    }

    /// Tokens inside base64.
    fn wrapped(&mut self, run: &Run) -> bool {
        if self.layers == 0 || run.start < self.opened {
            return false;
        }
        let region = Region::around(self.text, self.floor.max(self.opened), run.start, run.end);
        self.opened = region.end;
        for opened in region.open(self.text) {
            self.opened = self.opened.max(opened.span().end);
            let found = self.inside(&opened);
            if !found.is_empty() {
                for found in found {
                    self.push(found);
                }
                return true;
            }
        }
        false
    }

    fn inside(&self, opened: &Opened) -> Vec<Found> {
        let decoded = opened.bytes.trim_ascii_end();
        let user = memchr::memchr(b':', decoded).and_then(|colon| decoded.get(..colon));
        let userpass = user.is_some_and(|user| {
            user.iter().all(|&byte| byte > b' ' && !matches!(byte, b'"' | b'\'' | b'{' | b'}' | b'=' | b'/'))
        });
        let inner = Scanner { layers: self.layers - 1, userpass, ..Scanner::new(decoded, self.told) };
        let mut found = inner.scan();
        let whole = opened.span();
        // One token is the whole run. Several share it, each from where it begins.
        let starts: Vec<usize> = found
            .iter()
            .enumerate()
            .map(|(index, one)| if index == 0 { whole.start } else { opened.origin(one.span.start) })
            .collect();
        let ends = starts.iter().copied().skip(1).chain([whole.end]);
        for ((one, &start), end) in found.iter_mut().zip(&starts).zip(ends) {
            let password = userpass && one.encoding.is_empty() && one.span.end == decoded.len();
            let password = password && user.is_some_and(|user| user.len() < one.span.start);
            one.encoding.insert(0, if password { Encoding::Base64Userpass } else { Encoding::Base64 });
            one.span = Span::new(start, end);
        }
        found
    }
}

/// A private key. How long it is tells its kind, and nothing else.
fn key(start: usize, end: usize, confidence: Confidence) -> Found {
    let key = token(TokenType::DeployKey, Span::new(start, end), Masked::new(PRIVATE_KEY, None), confidence);
    Found { kind: CredentialType::PrivateKey, ..key }
}

/// All that was found in a text: in runs, which are in order; by other forms; and behind what hid it.
fn together(text: &[u8], mut found: Vec<Found>, mut others: Vec<Found>, mut hidden: Vec<Found>) -> Vec<Found> {
    if !others.is_empty() {
        found.append(&mut others);
        found = without_overlaps(found);
    }
    hidden.retain(|one| one.checksum == Checksum::Valid || !grows_softly(text, &found, one.pieces()));
    if hidden.is_empty() {
        return found;
    }
    found.append(&mut hidden);
    without_overlaps(found)
}

/// Is what these pieces seem to be a token that is whole by itself and more behind it, in which a quote or a line end is all
/// that parts the two? Of kinds that have no fixed length anything could be a part.
fn grows_softly(text: &[u8], found: &[Found], pieces: &[Span]) -> bool {
    let [first, .., last] = pieces else { return false };
    let index = found.partition_point(|whole| whole.span.end <= first.start);
    let Some(whole) = found.get(index).filter(|whole| whole.span.start <= first.start && whole.span.end < last.end)
    else {
        return false;
    };
    let next = pieces.windows(2).find_map(|pair| match pair {
        [piece, next] if piece.end <= whole.span.end && whole.span.end <= next.start => Some(next.start),
        _ => None,
    });
    let is_soft = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    let is_whole = || whole.jwt.is_none() || jwt::is_whole(part(text, whole.span.start, whole.span.end));
    whole.checksum == Checksum::Valid
        || next.is_some_and(|next| part(text, whole.span.end, next).iter().all(is_soft) && is_whole())
}

/// A found token of the plain kind.
fn token(kind: TokenType, span: Span, masked: Masked, confidence: Confidence) -> Found {
    let could_be = match TokenType::PERSONAL_FAMILY.split_first() {
        Some((first, others)) if *first == kind => others,
        _ => &[],
    };
    Found {
        span,
        parts: Vec::new(),
        kind: CredentialType::Token(kind),
        could_be,
        masked,
        checksum: Checksum::Absent,
        routing: None,
        encoding: Vec::new(),
        instance_prefix: None,
        jwt: None,
        confidence,
    }
}

/// Sorts, and lets the first of several that share characters stand for all of them: no character of any is left out.
pub(super) fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    order::sort_by_key(&mut found, |one| (one.span.start, std::cmp::Reverse(one.span.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        match kept.last_mut() {
            Some(last) if last.span.overlaps(one.span) => {
                if one.span.end > last.span.end {
                    last.span.end = one.span.end;
                    last.parts.clear();
                }
            }
            _ => kept.push(one),
        }
    }
    kept
}

//! Which endpoint a concrete call goes to.
//!
//! GitLab's path patterns: `:x` is one segment, `*x` one or more, `(…)` may be left out, `\(` is a parenthesis. Where
//! several fit, at the first segment that differs a literal one beats `:x` beats `*x`; then the longer pattern wins.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::endpoint::{Endpoint, endpoints, web_endpoints};

/// A piece of a pattern, most specific first.
#[derive(Debug)]
enum Part {
    /// Exactly this.
    Literal(String),
    /// Wildcards within one segment, and what stands around them: `:version.zip` is `["", ".zip"]`.
    Mixed(Vec<String>),
    /// Any one segment.
    One,
    /// One or more segments.
    Many,
}

impl Part {
    const fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Mixed(_) => 1,
            Self::One => 2,
            Self::Many => 3,
        }
    }

    fn takes(&self, segment: &str) -> bool {
        match self {
            Self::Literal(text) => text == segment,
            Self::Mixed(pieces) => mixed(pieces, segment),
            Self::One | Self::Many => true,
        }
    }
}

/// Do the pieces stand in the segment in this order, the first at its start, the last at its end, with at least a
/// character between each two?
fn mixed(pieces: &[String], segment: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = segment.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    for piece in middle {
        let Some(at) = rest.find(piece.as_str()).filter(|at| *at > 0) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    !rest.is_empty()
}

/// One way to write an endpoint's path.
struct Pattern {
    parts: Vec<Part>,
    endpoint: &'static Endpoint,
}

impl Pattern {
    fn matches(&self, segments: &[&str]) -> bool {
        let (mut part, mut segment) = (0, 0);
        // Where the last `*x` could still take one more segment: the part after it, the segments taken so far.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.parts.get(part), segments.get(segment)) {
                (None, None) => return true,
                (Some(pattern), Some(text)) if pattern.takes(text) => {
                    part += 1;
                    segment += 1;
                    if matches!(pattern, Part::Many) {
                        retry = Some((part, segment));
                    }
                }
                _ => match retry {
                    Some((after, taken)) if taken < segments.len() => {
                        retry = Some((after, taken + 1));
                        (part, segment) = (after, taken + 1);
                    }
                    _ => return false,
                },
            }
        }
    }

    /// Less is more specific.
    fn specificity(&self, other: &Self) -> Ordering {
        let pairs = self.parts.iter().zip(&other.parts);
        let first_difference = pairs.map(|(a, b)| a.rank().cmp(&b.rank())).find(|order| order.is_ne());
        first_difference.unwrap_or_else(|| other.parts.len().cmp(&self.parts.len()))
    }
}

/// The patterns of a path: one, or several where parts may be left out.
fn patterns(endpoint: &'static Endpoint) -> Vec<Pattern> {
    let mut open = vec![endpoint.path.to_owned()];
    let mut done = Vec::new();
    while let Some(path) = open.pop() {
        match optional(&path) {
            Some((before, inside, after)) => {
                open.push(format!("{before}{after}"));
                open.push(format!("{before}{inside}{after}"));
            }
            None => {
                done.push(Pattern { parts: path.split('/').filter(|s| !s.is_empty()).map(part).collect(), endpoint })
            }
        }
    }
    done
}

/// The first `(…)` of a path, where its parentheses are not escaped.
fn optional(path: &str) -> Option<(&str, &str, &str)> {
    let bare = |at: &usize| !path.get(..*at).is_some_and(|before| before.ends_with('\\'));
    let open = path.match_indices('(').map(|(at, _)| at).find(bare)?;
    let close = path.match_indices(')').map(|(at, _)| at).filter(bare).find(|at| *at > open)?;
    Some((path.get(..open)?, path.get(open + 1..close)?, path.get(close + 1..)?))
}

fn part(segment: &str) -> Part {
    let mut pieces = vec![String::new()];
    let mut characters = segment.chars().peekable();
    let mut many = false;
    while let Some(character) = characters.next() {
        match character {
            ':' | '*' => {
                many = character == '*';
                while characters.next_if(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').is_some() {}
                pieces.push(String::new());
            }
            '\\' => {}
            _ => pieces.last_mut().into_iter().for_each(|piece| piece.push(character)),
        }
    }
    match pieces.as_slice() {
        [literal] => Part::Literal(literal.clone()),
        [before, after] if before.is_empty() && after.is_empty() => {
            if many {
                Part::Many
            } else {
                Part::One
            }
        }
        _ => Part::Mixed(pieces),
    }
}

/// The patterns by the literal segments that the REST paths are told apart by, the first and the third
/// (`projects/packages` for `/projects/:id/packages/…`); empty where that one is no literal.
type Index = BTreeMap<String, Vec<Pattern>>;

fn key(first: &str, third: &str) -> String {
    format!("{first}/{third}")
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::new();
        // The catch-all row (`*`, every path) says what GitLab answers to anything else; it is no endpoint.
        for pattern in endpoints().iter().filter(|endpoint| endpoint.method != "*").flat_map(patterns) {
            let key = match pattern.parts.as_slice() {
                [Part::Literal(first), second, Part::Literal(third), ..] if !matches!(second, Part::Many) => {
                    key(first, third)
                }
                [Part::Literal(first), ..] => key(first, ""),
                _ => key("", ""),
            };
            index.entry(key).or_default().push(pattern);
        }
        index
    })
}

/// The REST endpoint that a method and the segments of a path below `/api/v4` go to. HEAD goes where GET does.
///
/// The segments are as they stand in the address, not decoded: `group%2Fproject` is one. O(segments).
#[must_use]
pub fn find(method: &str, segments: &[&str]) -> Option<&'static Endpoint> {
    let first = segments.first().copied()?;
    let third = segments.get(2).map(|third| key(first, third));
    let keys = third.into_iter().chain([key(first, ""), key("", "")]);
    let candidates: Vec<&Vec<Pattern>> = keys.filter_map(|key| index().get(&key)).collect();
    best(method, segments, || candidates.iter().copied().flatten())
}

/// The endpoint beside the REST API that a method and all segments of an address behind the host go to, whatever the
/// instance's relative URL root.
#[must_use]
pub fn find_web(method: &str, segments: &[&str]) -> Option<&'static Endpoint> {
    static PATTERNS: OnceLock<Vec<Pattern>> = OnceLock::new();
    let all = PATTERNS.get_or_init(|| web_endpoints().iter().flat_map(patterns).collect());
    best(method, segments, || all.iter())
}

fn best<'a, I>(method: &str, segments: &[&str], candidates: impl Fn() -> I) -> Option<&'static Endpoint>
where
    I: Iterator<Item = &'a Pattern>,
{
    let by = |method: &str| {
        candidates()
            .filter(|pattern| pattern.endpoint.method == method && pattern.matches(segments))
            .min_by(|a, b| a.specificity(b))
            .map(|pattern| pattern.endpoint)
    };
    by(method).or_else(|| if method == "HEAD" { by("GET") } else { None })
}

/// The known endpoints most like a call that is not known, nearest first, at most `limit`; none where nothing is near.
#[must_use]
pub fn nearest(method: &str, segments: &[&str], limit: usize) -> Vec<&'static Endpoint> {
    // Longer paths are like nothing GitLab has; the cut keeps the work small.
    let segments: Vec<&str> = segments.iter().copied().take(24).collect();
    // Every path begins with a word; without a like one nothing behind it is alike.
    let alike = |pattern: &&Pattern| {
        pattern.parts.first().zip(segments.first()).is_some_and(|(part, segment)| difference(part, segment) < 60)
    };
    let mut scored: Vec<(u32, &'static Endpoint)> = index()
        .values()
        .flatten()
        .filter(alike)
        .map(|pattern| {
            let other_method = if pattern.endpoint.method == method { 0 } else { 40 };
            (distance(&pattern.parts, &segments) + other_method, pattern.endpoint)
        })
        .collect();
    scored.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.path.cmp(y.path)).then_with(|| x.method.cmp(y.method)));
    scored.dedup_by(|(_, a), (_, b)| std::ptr::eq(*a, *b));
    // Half of the segments may differ.
    let far = u32::try_from(segments.len()).unwrap_or(u32::MAX).saturating_mul(50).max(60);
    scored.into_iter().take_while(|(score, _)| *score < far).take(limit).map(|(_, endpoint)| endpoint).collect()
}

/// Edit distance between a pattern and a path, a whole segment counting 100.
fn distance(parts: &[Part], segments: &[&str]) -> u32 {
    let mut row: Vec<u32> =
        (0..=segments.len()).map(|n| u32::try_from(n).unwrap_or(u32::MAX).saturating_mul(100)).collect();
    for part in parts {
        let mut diagonal = row.first().copied().unwrap_or(0);
        let mut left = diagonal.saturating_add(100);
        if let Some(start) = row.first_mut() {
            *start = left;
        }
        for (cell, segment) in row.iter_mut().skip(1).zip(segments) {
            let substitute = diagonal.saturating_add(difference(part, segment));
            // A `*x` that goes on costs nothing.
            let insert = left.saturating_add(if matches!(part, Part::Many) { 0 } else { 100 });
            diagonal = *cell;
            *cell = substitute.min(insert).min(diagonal.saturating_add(100));
            left = *cell;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// How unlike a segment is to what the pattern wants, 0 to 100.
fn difference(part: &Part, segment: &str) -> u32 {
    match part {
        // A word that looks like one of GitLab's is rather a wrong word than somebody's name.
        Part::One | Part::Many => {
            if segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                15
            } else {
                5
            }
        }
        Part::Mixed(pieces) => {
            if mixed(pieces, segment) {
                0
            } else {
                80
            }
        }
        Part::Literal(literal) if literal == segment => 0,
        Part::Literal(literal) if literal.eq_ignore_ascii_case(segment) => 5,
        Part::Literal(literal) => {
            let (a, b) = (literal.as_bytes(), segment.as_bytes());
            // Shared letters at both ends; enough for plurals, hyphens and slips.
            let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
            let most = a.len().min(b.len()) - front;
            let back = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
            let longest = a.len().max(b.len()).max(1);
            let same = (front + back) * 100 / longest;
            100 - u32::try_from(same).unwrap_or(0).min(100)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find_path(method: &str, path: &str) -> Option<&'static str> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        find(method, &segments).map(|endpoint| endpoint.path)
    }

    /// A call as somebody would make it: numbers or encoded paths for ids, several segments where those may stand.
    fn filled(pattern: &Pattern, one: &str, many: &str) -> Vec<String> {
        pattern
            .parts
            .iter()
            .flat_map(|part| match part {
                Part::Literal(text) => vec![text.clone()],
                Part::Mixed(pieces) => vec![pieces.join("1.0")],
                Part::One => vec![one.into()],
                Part::Many => many.split('/').map(str::to_owned).collect(),
            })
            .collect()
    }

    #[test]
    fn every_endpoint_is_found_under_its_own_path_with_ids_filled_in() {
        let mut tried = 0;
        for endpoint in endpoints().iter().filter(|endpoint| endpoint.method != "*") {
            for pattern in patterns(endpoint) {
                for (one, many) in [("42", "a"), ("group%2Fproject", "Mod/v2"), ("$CI_PROJECT_ID", "x/y/z")] {
                    let segments = filled(&pattern, one, many);
                    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
                    let found = find(endpoint.method, &segments).expect(endpoint.path);
                    // `*package_name` takes in what a neighbour says more exactly; never the other way round.
                    let as_good = std::ptr::eq(found, endpoint)
                        || patterns(found)
                            .iter()
                            .any(|other| other.matches(&segments) && other.specificity(&pattern) == Ordering::Less);
                    assert!(as_good, "{} {} went to {}", endpoint.method, endpoint.path, found.path);
                    if many == "a" && one == "42" {
                        assert!(
                            std::ptr::eq(found, endpoint),
                            "{} {} went to {}",
                            endpoint.method,
                            endpoint.path,
                            found.path
                        );
                    }
                    tried += 1;
                }
            }
        }
        assert!(tried > 3 * 2134, "{tried}");
    }

    #[test]
    fn the_more_specific_pattern_wins() {
        for (method, path, want) in [
            ("GET", "/projects/1/pipelines/latest", "/projects/:id/pipelines/latest"),
            ("GET", "/projects/1/pipelines/77", "/projects/:id/pipelines/:pipeline_id"),
            ("GET", "/personal_access_tokens/self", "/personal_access_tokens/self"),
            ("DELETE", "/personal_access_tokens/9", "/personal_access_tokens/:id"),
            ("POST", "/projects/1/trigger/pipeline", "/projects/:id/(ref/:ref/)trigger/pipeline"),
            ("POST", "/projects/1/ref/main/trigger/pipeline", "/projects/:id/(ref/:ref/)trigger/pipeline"),
            ("GET", "/groups/1/-/search", "/groups/:id/(-/)search"),
            ("GET", "/groups/1/search", "/groups/:id/(-/)search"),
            (
                "PUT",
                "/projects/1/packages/generic/tool/1.0/linux/amd64/tool.bin",
                "/projects/:id/packages/generic/:package_name/*package_version/(*path/):file_name",
            ),
            (
                "GET",
                "/projects/1/packages/go/example.com/lib/@v/v1.0.0.zip",
                "/projects/:id/packages/go/*module_name/@v/:module_version.zip",
            ),
            ("GET", "/projects/1/packages/npm/@scope%2Fname", "/projects/:id/packages/npm/*package_name"),
            ("GET", "/projects/1/releases/permalink/latest", "/projects/:id/releases/permalink/latest(/*suffix_path)"),
            (
                "GET",
                "/projects/1/releases/permalink/latest/downloads/bin/x",
                "/projects/:id/releases/permalink/latest(/*suffix_path)",
            ),
            (
                "GET",
                "/projects/1/packages/nuget/v2/Packages()",
                "/projects/:project_id/packages/nuget/v2/Packages\\(\\)",
            ),
            ("HEAD", "/projects/1/repository/tags", "/projects/:id/repository/tags"),
            ("HEAD", "/projects/1/repository/files/a%2Fb", "/projects/:id/repository/files/:file_path"),
        ] {
            assert_eq!(find_path(method, path), Some(want), "{method} {path}");
        }
    }

    #[test]
    fn what_gitlab_does_not_have_is_not_found() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/projects/group/project/issues/5/extra"),
            ("PATCH", "/projects/1"),
            ("GET", "/nothing/at/all"),
            ("*", "/nothing"),
            ("GET", "/Projects/1"),
            ("get", "/projects/1"),
        ] {
            assert_eq!(find_path(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn the_nearest_endpoints_are_named() {
        let near = |method: &str, path: &str| {
            let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
            nearest(method, &segments, 3).into_iter().map(|e| format!("{} {}", e.method, e.path)).collect::<Vec<_>>()
        };
        for (method, path, want) in [
            ("GET", "/projects/1/variable", "GET /projects/:id/variables"),
            ("GET", "/project/1/issues", "GET /projects/:id/issues"),
            ("PATCH", "/projects/1/variables/KEY", "PUT /projects/:id/variables/:key"),
            ("GET", "/projects/1/merge-requests/3", "GET /projects/:id/merge_requests/:merge_request_iid"),
            ("GET", "/Projects/1/Jobs", "GET /projects/:id/jobs"),
        ] {
            let found = near(method, path);
            assert!(found.contains(&want.to_owned()), "{method} {path}: {found:?}");
        }
        assert!(near("GET", "/a/b/c/d/e/f/g/h/i").is_empty(), "{:?}", near("GET", "/a/b/c/d/e/f/g/h/i"));
    }

    #[test]
    fn a_long_path_takes_no_longer_than_its_length() {
        let segments: Vec<&str> =
            ["projects", "1", "packages", "npm"].into_iter().chain(std::iter::repeat_n("-", 50_000)).collect();
        assert!(find("GET", &segments).is_some());
        assert!(find("DELETE", &segments).is_none());
        assert!(nearest("GET", &segments, 3).len() <= 3);
    }

    proptest! {
        #[test]
        fn no_path_makes_it_fall(method in "[A-Z]{0,6}|GET", segments in proptest::collection::vec(".{0,12}|projects|-|packages", 0..12)) {
            let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
            let _ = find(&method, &segments);
            let _ = find_web(&method, &segments);
            prop_assert!(nearest(&method, &segments, 3).len() <= 3);
        }

        #[test]
        fn no_pattern_makes_it_fall(path in "[/:*()\\\\a-z._-]{0,40}") {
            // As for a row of the table: leaked, a few bytes a case.
            let mut endpoint = endpoints()[0].clone();
            endpoint.path = String::leak(path);
            let endpoint: &'static Endpoint = Box::leak(Box::new(endpoint));
            for pattern in patterns(endpoint) {
                let _ = pattern.matches(&["a", "b", "c"]);
            }
        }
    }
}

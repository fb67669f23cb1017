//! Text made ready for the screen: what a name can hold must not act there, and a row's facts get words.

use serde::{Deserialize, Serialize};

use crate::catalog::Role;
use crate::inventory::{Inventory, Owner, RowOwner, TokenRow, TokenStatus};
use crate::report::json::ExcerptV1;
use crate::source;
use crate::time::Date;
use crate::web::words;

/// Text with control and direction-changing characters made visible; line ends too, unless `lines` keeps them.
#[must_use]
pub fn visible(text: &str, lines: bool) -> String {
    text.chars().map(|character| if lines && character == '\n' { '\n' } else { source::visible(character) }).collect()
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Plain(String),
    /// What stood between backticks: a name, a scope, a command.
    Code(String),
    /// What stood between asterisks: words that GitLab's page shows, `*Add new token*`.
    Label(String),
}

/// A sentence cut at its backticks, and at the asterisks around GitLab's own words. One without a partner stays as it is.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let text = visible(text, false);
    let parts: Vec<&str> = text.split('`').collect();
    let paired = if parts.len() % 2 == 1 { parts.len() } else { parts.len() - 1 };
    let mut pieces = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index >= paired {
            pieces.push(Piece::Plain(format!("`{part}")));
        } else if index % 2 == 1 {
            pieces.push(Piece::Code((*part).to_owned()));
        } else {
            labels(part, &mut pieces);
        }
    }
    pieces
}

/// Cuts plain words at `*Some words*`: a capital behind the first asterisk, no blank before the last, both on word borders.
fn labels(text: &str, pieces: &mut Vec<Piece>) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('*') {
        plain.push_str(before);
        let opens = !plain.ends_with(char::is_alphanumeric) && behind.starts_with(char::is_uppercase);
        let label = behind.split_once('*').filter(|(label, after)| {
            opens && !label.ends_with(char::is_whitespace) && !after.starts_with(char::is_alphanumeric)
        });
        if let Some((label, after)) = label {
            if !plain.is_empty() {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Label(label.to_owned()));
            rest = after;
        } else {
            plain.push('*');
            rest = behind;
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
}

/// A masked line in three parts: before, what the finding is about, after.
#[must_use]
pub fn frame(excerpt: &ExcerptV1) -> (String, String, String) {
    let mut characters = excerpt.text.chars();
    let before = characters.by_ref().take(excerpt.underline_start).collect();
    let marked = characters.by_ref().take(excerpt.underline_length).collect();
    (before, marked, characters.collect())
}

/// A fact in words, and how it should look.
pub type Fact = (String, Tone);

/// How a fact should look: its word says it, colour only repeats it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Not known, or not there.
    Subtle,
    /// Near its end.
    Warning,
    /// Without an end, or dead.
    Danger,
}

/// When a token ends.
#[must_use]
pub fn expiry(token: &TokenRow, today: Date) -> Fact {
    match (token.expires_on, token.never_expires) {
        (Some(day), _) => {
            let left = day.days_since(today);
            let tone = match left {
                ..=0 => Tone::Subtle,
                1..=14 => Tone::Warning,
                _ => Tone::Plain,
            };
            (words::expires(&day.in_words(), left), tone)
        }
        (None, Some(true)) => (words::NEVER.into(), Tone::Danger),
        _ if token.status == Some(TokenStatus::Expired) => (words::EXPIRED.into(), Tone::Subtle),
        _ => (words::UNKNOWN.into(), Tone::Subtle),
    }
}

/// When a token was last used.
#[must_use]
pub fn last_use(token: &TokenRow, today: Date) -> Fact {
    match (token.last_used_day(), token.never_used) {
        (Some(day), _) => (words::used(&day.in_words(), today.days_since(day)), Tone::Plain),
        (None, Some(true)) => (words::NEVER.into(), Tone::Warning),
        _ => (words::UNKNOWN.into(), Tone::Subtle),
    }
}

/// What a token may do: its scopes, or the word for why none can be named.
#[must_use]
pub fn scopes(token: &TokenRow) -> (Vec<String>, Option<&'static str>) {
    match (&token.scopes, &token.granular_scopes) {
        (Some(scopes), _) if !scopes.is_empty() => {
            (scopes.iter().map(|scope| visible(scope.as_str(), false)).collect(), None)
        }
        (_, Some(_)) => (Vec::new(), Some(words::FINE_GRAINED)),
        (_, None) if token.granular == Some(true) => (Vec::new(), Some(words::FINE_GRAINED)),
        (Some(_), _) => (Vec::new(), Some(words::NONE)),
        (None, _) => (Vec::new(), Some(words::UNKNOWN)),
    }
}

/// The role, in the page's own words where it has some, else by the name that GitLab's pages show.
#[must_use]
pub fn role(token: &TokenRow) -> Option<String> {
    let text = token.role_text.as_ref().map(|text| text.as_str().to_owned());
    let named = || match token.role.as_ref()? {
        Role::Known(level) => Some(level.name().to_owned()),
        Role::Other(name) => Some(name.as_str().to_owned()),
    };
    text.or_else(named).map(|text| visible(&text, false))
}

/// What kind of token it is, by its name.
#[must_use]
pub fn kind(token: &TokenRow) -> &'static str {
    if token.project_or_group { words::RESOURCE_TOKEN } else { token.kind.facts().name }
}

/// Whose it is, as far as the row or its list says: a path or a user name.
#[must_use]
pub fn owner(token: &TokenRow, inventory: &Inventory) -> Option<String> {
    let of_row = |owner: &RowOwner| owner.path.as_ref().or(owner.username.as_ref()).or(owner.name.as_ref()).cloned();
    let of_list = |owner: &Owner| owner.path.as_ref().or(owner.username.as_ref()).cloned();
    let own = token.owner.as_ref().and_then(of_row).or_else(|| token.resource.as_ref().and_then(of_row));
    own.or_else(|| inventory.owner.as_ref().and_then(of_list)).map(|name| visible(name.as_str(), false))
}

/// Is it alive?
#[must_use]
pub fn status(token: &TokenRow, inactive: bool) -> String {
    match &token.status {
        Some(TokenStatus::Active) if token.expiring_soon == Some(true) => words::ENDS_SOON.into(),
        Some(TokenStatus::Active) => words::ACTIVE.into(),
        Some(TokenStatus::Expired) => words::EXPIRED.into(),
        Some(TokenStatus::Revoked) => words::REVOKED.into(),
        Some(TokenStatus::Inactive) => words::INACTIVE.into(),
        Some(TokenStatus::Other(name)) => visible(name.as_str(), false),
        None if inactive => words::INACTIVE.into(),
        None => words::UNKNOWN.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn what_acts_on_a_screen_is_made_visible() {
        assert_eq!(visible("a\u{202e}b\u{7}\nc", false), "a\u{fffd}b\u{2407}\u{240a}c");
        assert_eq!(visible("one\ntwo", true), "one\ntwo");
    }

    #[test]
    fn backticks_become_code_and_a_lone_one_stays() {
        let code = |text: &str| Piece::Code(text.into());
        let plain = |text: &str| Piece::Plain(text.into());
        assert_eq!(pieces("`a` has `b c`."), [code("a"), plain(" has "), code("b c"), plain(".")]);
        assert_eq!(pieces("it`s"), [plain("it"), plain("`s")]);
        assert_eq!(pieces("`a` it`s"), [code("a"), plain(" it"), plain("`s")]);
        assert_eq!(pieces("<b>`<i>`"), [plain("<b>"), code("<i>")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn gitlabs_own_words_stand_between_asterisks() {
        let label = |text: &str| Piece::Label(text.into());
        let plain = |text: &str| Piece::Plain(text.into());
        assert_eq!(
            pieces("Expand *Job token permissions*, and look."),
            [plain("Expand "), label("Job token permissions"), plain(", and look.")]
        );
        assert_eq!(pieces("*Edit* of *Each*"), [label("Edit"), plain(" of "), label("Each")]);
        for other in ["review/* and *", "a * b * c", "2*X*3", "*lower case*", "*Open", "**", "* *"] {
            assert_eq!(pieces(other), [plain(other)], "{other}");
        }
        assert_eq!(pieces("`*Code*`"), [Piece::Code("*Code*".into())]);
    }

    #[test]
    fn a_frame_is_cut_by_characters() {
        let excerpt = ExcerptV1 {
            line: 1,
            text: "äö glpat-…(20) x".into(),
            underline_start: 3,
            underline_length: 11,
            more: Vec::new(),
        };
        assert_eq!(frame(&excerpt), ("äö ".into(), "glpat-…(20)".into(), " x".into()));
        let beyond = ExcerptV1 { underline_start: 99, ..excerpt };
        assert_eq!(frame(&beyond).1, "");
    }

    #[test]
    fn what_the_source_does_not_say_is_unknown() {
        let row = TokenRow::default();
        let today = day("2026-11-20");
        assert_eq!(expiry(&row, today), (words::UNKNOWN.into(), Tone::Subtle));
        assert_eq!(last_use(&row, today), (words::UNKNOWN.into(), Tone::Subtle));
        assert_eq!(scopes(&row), (vec![], Some(words::UNKNOWN)));
        assert_eq!(scopes(&TokenRow { scopes: Some(vec![]), ..row.clone() }), (vec![], Some(words::NONE)));
        assert_eq!(status(&row, false), words::UNKNOWN);
    }

    #[test]
    fn days_are_counted_in_words() {
        let today = day("2026-11-20");
        let ends = |on: &str| expiry(&TokenRow { expires_on: Some(day(on)), ..TokenRow::default() }, today);
        assert_eq!(ends("2026-11-21"), ("21 November 2026, in 1 day".into(), Tone::Warning));
        assert_eq!(ends("2027-11-20"), ("20 November 2027, in 365 days".into(), Tone::Plain));
        assert_eq!(ends("2026-11-20"), ("20 November 2026, ended".into(), Tone::Subtle));
        let used = |on: &str| last_use(&TokenRow { last_used_on: Some(day(on)), ..TokenRow::default() }, today).0;
        assert_eq!(used("2026-11-20"), "20 November 2026, today");
        assert_eq!(used("2026-05-01"), "1 May 2026, 203 days ago");
    }
}

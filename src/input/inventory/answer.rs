//! Answers that are no list: errors saved by mistake, and the headers of HTTP answers.

use super::fields::{Cell, Fields};
use crate::inventory::Pagination;
use crate::say;
use crate::text::{Name, Text};

/// An error body: `{"message": "401 Unauthorized"}`, `{"error": "insufficient_scope", …}`, GraphQL's `errors`.
pub(super) struct ErrorAnswer {
    /// What GitLab said.
    said: Option<Name>,
    /// The HTTP status, where the message has it.
    status: Option<u16>,
    /// `scope`: what would be enough.
    enough: Option<Name>,
}

impl ErrorAnswer {
    /// Reads an object as an error answer. `None` for an object with data in it.
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        if fields.has("id") || matches!(fields.cell("data"), Cell::Node(_)) || fields.entries().len() > 8 {
            return None;
        }
        let first = fields.children("errors").and_then(|errors| errors.into_iter().next());
        let message = fields
            .word("message")
            .or_else(|| fields.word("error"))
            .or_else(|| first.as_ref().and_then(|error| error.word("message")))
            .or_else(|| fields.word("error_description"));
        if message.is_none() && !matches!(fields.cell("message"), Cell::Node(_)) {
            return None;
        }
        // A row of another sort may well have a message: an error answer has little else.
        if !fields.has_any(&["error", "errors"]) && fields.entries().len() > 3 {
            return None;
        }
        let message = message.unwrap_or_default();
        let number =
            message.get(..3).and_then(|digits| digits.parse().ok()).filter(|status| (400..600).contains(status));
        let status = number.or(match message.as_ref() {
            "insufficient_scope" => Some(403),
            "invalid_token" => Some(401),
            _ => None,
        });
        let said = fields.context().name(&message);
        Some(Self { said: Some(said).filter(|said| !said.as_str().is_empty()), status, enough: fields.name("scope") })
    }

    /// What to tell the user; `among_data`: GraphQL gives errors beside what it could answer.
    pub(super) fn message(&self, among_data: bool) -> Text {
        let mut text = match among_data {
            true => say!["GitLab could not answer a part of this query"],
            false => say!["This is an error answer, saved instead of a list"],
        };
        if let Some(said) = &self.said {
            text.push(": “").push(said).push("”");
        }
        text.push(". ");
        if among_data {
            text.push(
                "What it did answer was read. Nothing is known of the rest: ask with a token that may see it, and with \
                 fields that your version of GitLab has.",
            );
            return text;
        }
        text.push(match self.status {
            Some(401) => {
                "The request had no token, or one that is wrong, expired or revoked. Ask again with a valid one in the \
                 PRIVATE-TOKEN header, and save that answer."
            }
            Some(403) => {
                "The token that asked may not see this list: its scope or its owner's role is not enough. Ask again with one \
                 that may, and save that answer."
            }
            Some(404) => {
                "GitLab answers so when the project, group or user is not there and also when the token that asked may not \
                 see it. Check the path and the role, and save the new answer."
            }
            Some(429) => "Too many requests came from this address. Wait a minute, ask again, and save that answer.",
            Some(500..) => "GitLab itself failed. Ask again later, and save that answer.",
            _ => "Nothing is known of the credentials behind it. Ask again, and save the answer that has the rows.",
        });
        if let Some(enough) = &self.enough {
            text.push(" By its own words one of these scopes would be enough: ").push(enough).push(".");
        }
        text
    }
}

/// How much of a list the headers of its (last) answer say is there.
pub(super) fn pagination(headers: &str) -> Option<Pagination> {
    let field = |name: &str| -> Option<&str> {
        headers.lines().rev().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let number = |name: &str| field(name).and_then(|value| value.parse().ok());
    let (page, total) = (number("x-page"), number("x-total"));
    let link = field("link");
    if page.is_none() && link.is_none() {
        return None;
    }
    let following = link.is_some_and(|link| link.contains("rel=\"next\"")) || number("x-next-page").is_some();
    let earlier = page.map(|page| page > 1).or_else(|| link.map(|link| link.contains("rel=\"prev\"")));
    Some(Pagination {
        present: true,
        kind: Some(Name::new(if page.is_some() { "numbered" } else { "keyset" })),
        shown: 0,
        total,
        page,
        has_next: Some(following),
        has_previous: earlier,
    })
}

/// An HTML page under the name of an export.
pub(super) fn html_message(text: &str) -> Text {
    let sign_in =
        ["sessions:new", "/users/sign_in", "user_login", "/users/auth/"].iter().any(|mark| text.contains(mark));
    if sign_in {
        say![
            "This is GitLab's sign-in page, saved instead of an export: the request was not signed in, so nothing is known of \
             the credentials behind it. Ask the API with a valid token in the PRIVATE-TOKEN header, and save that answer."
        ]
    } else {
        say![
            "This is an HTML page, not an export: nothing was read. If it is one of GitLab's settings pages, check it again as \
             settings-page; if a list was meant, ask the API (/api/v4/…) and save that answer."
        ]
    }
}

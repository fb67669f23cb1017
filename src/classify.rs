//! What is this string? One line of text in, the credentials in it out, with what the catalog knows of each kind.

use serde::Serialize;

use crate::catalog::{Calls, TokenType};
use crate::detect::{self, Checksum, Encoding, Found, Routing};
use crate::report::Confidence;
#[cfg(not(target_arch = "wasm32"))]
use crate::report::text::render_paragraph;
use crate::secret::Masked;
use crate::text::{Name, Text};
use crate::time::Date;

/// The answer for one line, as `classify --format json` writes it.
#[derive(Clone, Debug, Serialize)]
pub struct ClassifiedLine {
    /// Number of the line, from 1.
    pub line: usize,
    /// The credentials in it, in order; none for a line without one.
    pub tokens: Vec<ClassifiedToken>,
}

/// One credential and what is known of its kind.
#[derive(Clone, Debug, Serialize)]
pub struct ClassifiedToken {
    /// The kind's id. `None` for a routable token whose checksum fails: GitLab made no such token, so it is of no kind.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    /// The kind's name in a sentence.
    pub name: &'static str,
    /// The ids of the other kinds that nothing in the text tells from it.
    pub could_be: Vec<&'static str>,
    /// What may be shown of it.
    pub masked: Masked,
    /// Does it carry a checksum, and does it hold?
    pub checksum: Checksum,
    /// The numbers that a routable token says in clear.
    pub routing: Option<Routing>,
    /// The instance's own prefix, where it is told or proven.
    pub instance_prefix: Option<Name>,
    /// What it is wrapped in, outermost first.
    pub encoding: Vec<Encoding>,
    /// How sure.
    pub confidence: Confidence,
    /// The day a JWT expires, as it says itself.
    pub expires: Option<Date>,
    /// The kind of the credential that a dependency proxy's token carries in clear.
    pub embedded: Option<&'static str>,
    /// Column of its first character, from 1, in characters.
    pub column: usize,
    /// How long one lives when nobody chooses.
    pub lifetime: &'static str,
    /// What a holder can do with it.
    pub can: &'static str,
    /// How it is ended.
    pub revoke: Way,
    /// How it is replaced.
    pub rotate: Way,
    /// What to use instead, or how to keep it small.
    pub least_privilege: &'static str,
}

/// How something is done: in GitLab's pages, by its API, and what one needs for it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // As in `Calls`.
pub struct Way {
    pub ui: Option<&'static str>,
    pub api: Option<&'static str>,
    pub needs: Option<&'static str>,
}

impl From<&'static Calls> for Way {
    fn from(calls: &'static Calls) -> Self {
        Self { ui: calls.ui, api: calls.api, needs: calls.needs }
    }
}

/// The name of a routable token whose check fails.
const DAMAGED: &str = "damaged or made-up routable token";

/// Classifies the credentials in one line of text; `token_prefixes` are the instance's own.
#[must_use]
pub fn classify(line: usize, text: &str, token_prefixes: &[String]) -> ClassifiedLine {
    let tokens = detect::scan(text, token_prefixes)
        .into_iter()
        .filter_map(|found| {
            let before = text.get(..found.span.start).unwrap_or_default();
            classified(found, before.chars().count() + 1)
        })
        .collect();
    ClassifiedLine { line, tokens }
}

fn classified(found: Found, column: usize) -> Option<ClassifiedToken> {
    let kind = found.kind.token()?;
    let facts = kind.facts();
    let damaged = found.checksum == Checksum::Invalid;
    let itself = damaged.then_some(kind);
    let jwt = found.jwt.unwrap_or_default();
    Some(ClassifiedToken {
        kind: (!damaged).then_some(kind.id()),
        name: if damaged { DAMAGED } else { facts.name },
        could_be: itself.iter().chain(found.could_be).map(|kind| kind.id()).collect(),
        masked: found.masked,
        checksum: found.checksum,
        routing: found.routing.map(|routing| *routing),
        instance_prefix: found.instance_prefix,
        encoding: found.encoding,
        confidence: found.confidence,
        expires: jwt.expires.map(|expires| expires.date()),
        embedded: jwt.embedded.map(TokenType::id),
        column,
        lifetime: facts.default_lifetime,
        can: if damaged {
            "Nothing as it stands: its checksum fails, so GitLab did not make it like this. If it is a copy of a live \
             token with a mistake in it, that token is known to whoever can guess the mistake."
        } else {
            facts.can
        },
        revoke: (&facts.revoke).into(),
        rotate: (&facts.rotate).into(),
        least_privilege: facts.least_privilege,
    })
}

#[cfg(not(target_arch = "wasm32"))]
/// The answer for a terminal of `width` columns.
#[must_use]
pub fn render(classified: &ClassifiedLine, width: usize) -> String {
    let place = |column: usize| format!("{}:{column}: ", classified.line);
    if classified.tokens.is_empty() {
        let none = "no GitLab credential is recognised. Some have no mark to know them by: OAuth access tokens, and most \
                    tokens from before their kind had a prefix.";
        return render_paragraph(&place(1), none, width);
    }
    let mut out = String::new();
    for token in &classified.tokens {
        out.push_str(&render_paragraph(&place(token.column), token.headline().as_str(), width));
        let mut field = |lead: &str, text: &str| {
            if !text.is_empty() {
                out.push_str(&render_paragraph(&format!("    {lead:<16}"), text, width));
            }
        };
        let others: Vec<&'static str> =
            token.could_be.iter().filter_map(|id| TokenType::parse(id)).map(|kind| kind.facts().name).collect();
        field("could also be", Text::list(&others, "or").as_str());
        field("says", token.says().as_str());
        field("can", token.can);
        field("lives", token.lifetime);
        for (lead, way) in [("revoke", &token.revoke), ("rotate", &token.rotate)] {
            let parts: Vec<&'static str> = [way.ui, way.api].into_iter().flatten().collect();
            field(lead, &parts.join("\n").replace(" ; ", "\n"));
            field("", &way.needs.map(|needs| format!("needs {needs}")).unwrap_or_default());
        }
        field("smaller", token.least_privilege);
    }
    out
}

impl ClassifiedToken {
    /// A line: its name, what may be shown of it, how sure, and what it is wrapped in.
    #[must_use]
    pub fn headline(&self) -> Text {
        let mut text = crate::say![self.name, ", ", self.masked];
        if self.confidence != Confidence::Certain {
            text.push(", ").push(self.confidence.word());
        }
        match self.checksum {
            Checksum::Valid => text.push(", its checksum holds"),
            Checksum::Invalid => text.push(", its checksum fails"),
            Checksum::Absent => text.push(""),
        };
        for layer in &self.encoding {
            text.push(match layer {
                Encoding::Base64 => ", in base64",
                Encoding::Url => ", percent-encoded",
                Encoding::Base64Userpass => ", as the password in base64 of user:password",
            });
        }
        text
    }

    /// What the token itself says in clear; empty for most.
    #[must_use]
    pub fn says(&self) -> Text {
        let mut parts: Vec<Text> = Vec::new();
        if let Some(prefix) = &self.instance_prefix {
            parts.push(crate::say!["the instance's own prefix is ", prefix]);
        }
        if let Some(routing) = &self.routing {
            for (name, number) in [
                ("organization ", routing.organization),
                ("user ", routing.user),
                ("project ", routing.project),
                ("group ", routing.group),
                ("cell ", routing.cell),
                ("runner type ", routing.runner_type),
            ] {
                parts.extend(number.map(|number| crate::say![name, number]));
            }
        }
        if let Some(expires) = self.expires {
            parts.push(crate::say!["expires on ", expires]);
        }
        if let Some(kind) = self.embedded.and_then(TokenType::parse) {
            parts.push(crate::say!["carries a ", kind, " in clear, which outlives it: revoke that one"]);
        }
        Text::list(&parts, "and")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;

    fn json(text: &str) -> serde_json::Value {
        serde_json::to_value(classify(1, &fake::expand(text), &[])).unwrap()
    }

    #[test]
    fn a_line_without_a_credential_has_an_empty_list() {
        assert_eq!(json("nothing here"), serde_json::json!({"line": 1, "tokens": []}));
        let text = render(&classify(3, "nothing here", &[]), 200);
        assert!(text.starts_with("3:1: no GitLab credential is recognised."), "{text}");
    }

    #[test]
    fn the_fields_are_those_of_the_contract() {
        let answer = json("ä token: {{personal_access_token}}");
        let token = &answer["tokens"][0];
        for field in [
            "type",
            "name",
            "could_be",
            "masked",
            "checksum",
            "routing",
            "instance_prefix",
            "column",
            "lifetime",
            "can",
            "revoke",
            "rotate",
            "least_privilege",
        ] {
            assert!(token.get(field).is_some(), "{field}");
        }
        assert_eq!(token["type"], "personal_access_token");
        assert_eq!(token["masked"], "glpat-…(20)");
        assert_eq!(token["column"], 10, "characters, not bytes");
        assert_eq!(token["could_be"].as_array().unwrap().len(), 5);
        assert_eq!(token["checksum"], "absent");
        assert!(token["revoke"]["api"].as_str().unwrap().starts_with("DELETE"));
    }

    #[test]
    fn every_kind_has_an_answer_in_words_that_names_it_and_shows_nothing_of_it() {
        for kind in TokenType::ALL {
            let token = fake::token(*kind, 4);
            let classified = classify(1, &token, &[]);
            let text = render(&classified, 100) + &serde_json::to_string(&classified).unwrap();
            let body = token.split_at(token.len() - 16).1;
            for start in 0..=8 {
                let part: String = body.chars().skip(start).take(8).collect();
                assert!(!text.contains(&part), "{}", kind.id());
            }
            if let [one] = classified.tokens.as_slice() {
                assert!(text.contains(one.name));
            }
        }
    }

    #[test]
    fn a_failing_checksum_has_no_type_and_says_so() {
        let good = fake::routable("glpat-", "o:1\nu:16", 1);
        let bad = good.replace(".01.", ".01.1");
        let bad = bad.get(..good.len()).unwrap();
        let token = &serde_json::to_value(classify(1, bad, &[])).unwrap()["tokens"][0];
        assert_eq!((&token["type"], &token["checksum"]), (&serde_json::Value::Null, &serde_json::json!("invalid")));
        assert_eq!(token["could_be"][0], "personal_access_token");
        assert_eq!(token["name"], DAMAGED);
    }

    #[test]
    fn the_answer_for_a_terminal_reads_well() {
        let routable = render(&classify(1, &fake::expand("x={{routable acme-glpat-}}"), &[]), 100);
        insta::assert_snapshot!("routable", routable);
        let jwt = render(&classify(2, &fake::expand("{{dependency_proxy_jwt}}"), &[]), 100);
        insta::assert_snapshot!("jwt", jwt);
    }
}

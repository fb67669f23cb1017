//! `permits` and `choose` in page and popup: what they ask, and what they are told. Plain data that a browser can pass on as a
//! message; what answers is in the worker and the background, what shows the answer knows nothing of the catalog.

use serde::{Deserialize, Serialize};

#[cfg(not(feature = "shows"))]
use crate::plan::choose::{self, Choice};
#[cfg(not(feature = "shows"))]
use crate::plan::permits;
#[cfg(not(feature = "shows"))]
use crate::web::show::visible;

/// What somebody wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// May the job token make this call?
    Permits {
        /// `GET`.
        method: String,
        /// Path or address.
        address: String,
    },
    /// Which credential for this use? Words, an id, or nothing for the list.
    Choose {
        /// What was typed.
        words: String,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Helped {
    /// One answer.
    Facts {
        /// What it is about.
        title: String,
        /// Label and words. Code stands in backticks.
        facts: Vec<(String, String)>,
    },
    /// Uses to choose from.
    Cases {
        /// Is it the whole list, as nothing was asked or nothing is like it?
        all: bool,
        /// Id and question.
        cases: Vec<(String, String)>,
    },
}

/// Answers a question.
#[cfg(not(feature = "shows"))]
#[must_use]
pub fn help(question: &Question, hosts: &[String]) -> Helped {
    let shown = |facts: Vec<(&'static str, String)>| {
        facts.into_iter().map(|(label, text)| (label.to_owned(), visible(&text, false))).collect()
    };
    let cases = |all, list: &[&crate::catalog::UseCase]| Helped::Cases {
        all,
        cases: list.iter().map(|case| (case.id.to_owned(), case.question.to_owned())).collect(),
    };
    match question {
        Question::Permits { method, address } => {
            let answer = permits::permits(method, address, hosts);
            let title = visible(&format!("{} {}", answer.method, answer.path), false);
            Helped::Facts { title, facts: shown(permits::facts(&answer)) }
        }
        Question::Choose { words } => match choose::choose(words) {
            Choice::One(answer) => {
                Helped::Facts { title: answer.question.to_owned(), facts: shown(choose::facts(&answer)) }
            }
            Choice::Several(list) => cases(false, &list),
            Choice::None => cases(true, &crate::catalog::use_cases().iter().collect::<Vec<_>>()),
        },
    }
}

#[cfg(all(test, not(feature = "shows")))]
mod tests {
    use super::*;

    #[test]
    fn answers_are_the_same_as_the_commands() {
        let ask = |method: &str, address: &str| {
            help(&Question::Permits { method: method.into(), address: address.into() }, &[])
        };
        let Helped::Facts { title, facts } = ask("get", "/projects/42/packages?x=1") else { panic!("facts") };
        assert_eq!(title, "GET /projects/42/packages");
        assert!(facts.iter().any(|(label, text)| label == "job token" && text.contains("READ_PACKAGES")), "{facts:?}");
        let token = crate::fake::expand("{{personal_access_token}}");
        let said = format!("{:?}", ask("GET", &format!("https://x:{token}@gitlab.example.com/projects/{token}")));
        let body = token.get(8..18).unwrap();
        assert!(!said.contains(body), "{said}");
    }

    #[test]
    fn a_choice_narrows_down_to_an_answer() {
        let ask = |words: &str| help(&Question::Choose { words: words.into() }, &[]);
        let Helped::Cases { all: true, cases } = ask("") else { panic!("the list") };
        assert_eq!(cases.len(), crate::catalog::use_cases().len());
        assert!(matches!(ask("bot"), Helped::Cases { all: false, .. }));
        for (id, question) in cases {
            let Helped::Facts { title, facts } = ask(&id) else { panic!("{id}") };
            assert_eq!(title, question);
            for label in ["use", "how", "expiry", "keep", "why not"] {
                assert!(facts.iter().any(|(known, text)| known == label && !text.is_empty()), "{id}: {label}");
            }
        }
    }

    #[test]
    fn questions_and_answers_cross_as_messages() {
        let question = Question::Choose { words: "bot".into() };
        let json = serde_json::to_string(&question).unwrap();
        assert_eq!(json, r#"{"question":"choose","words":"bot"}"#);
        assert_eq!(serde_json::from_str::<Question>(&json).unwrap(), question);
        let helped = help(&question, &[]);
        assert_eq!(serde_json::from_str::<Helped>(&serde_json::to_string(&helped).unwrap()).unwrap(), helped);
    }
}

//! Sentences that the renderings share.

use super::{About, Decision, Item, Privilege, Use};
use crate::report::Confidence;
use crate::say;
use crate::text::{Name, Text};

/// `5 live tokens: 1 can be narrower …`.
pub(super) fn summary(plan: &Privilege) -> Text {
    let tokens = || plan.items.iter().filter(|item| matches!(item.about, About::Token { .. }));
    let count = |decision| tokens().filter(|item| item.decision == decision).count();
    let mut text = say![
        "Privilege plan of ",
        plan.today,
        ": ",
        plan.live,
        if plan.live == 1 { " live token. " } else { " live tokens. " },
        count(Decision::Narrow),
        " with more than is seen to be needed, ",
        count(Decision::AskFirst),
        " where a question comes first, ",
        count(Decision::Keep),
        " no wider than seen to be needed, ",
        count(Decision::Unknown),
        " without a trace of what for."
    ];
    let rest = plan.items.len() - plan.live;
    if rest > 0 {
        text.push(" ").push(rest).push(if rest == 1 {
            " more credential is used and stands in no export that was given."
        } else {
            " more credentials are used and stand in no export that was given."
        });
    }
    text
}

/// `` `release-bot` (project access token 501 of acme/payments/api) ``.
pub(super) fn heading(item: &Item) -> Text {
    match &item.about {
        About::Token { kind, id, name, owner } => {
            let mut inner = say![kind];
            if let Some(id) = id {
                inner.push(" ").push(*id);
            }
            if let Some(owner) = owner {
                inner.push(" of ").push(owner);
            }
            match name {
                Some(name) => say!["`", name, "` (", inner, ")"],
                None => inner,
            }
        }
        About::Variable(name) => say!["`", name, "`, in no export that was given"],
        About::Value(kind, Some(user)) => say!["a ", kind, " of `", user, "` that stands in a file"],
        About::Value(kind, None) => say!["a ", kind, " that stands in a file"],
    }
}

/// What is decided, as a heading.
pub(super) const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Narrow => "Narrow it",
        Decision::AskFirst => "Ask first",
        Decision::Keep => "Keep it",
        Decision::Unknown => "Find out",
    }
}

/// `` call `POST …` (.gitlab-ci.yml:12 and release.sh:3, through `RELEASE_TOKEN`, likely) ``.
pub(super) fn use_in_words(one: &Use) -> Text {
    let mut remarks = places(&one.places);
    if one.count > one.places.len() {
        remarks.push(", ").push(one.count).push(" times");
    }
    if let Some(last) = one.last {
        remarks.push(", last on ").push(last.date());
    }
    if let Some(through) = &one.through {
        remarks.push(", through `").push(through).push("`, ").push(match one.confidence {
            Confidence::Certain => "certain",
            Confidence::Likely => "likely this token",
            Confidence::Possible => "possibly this token",
        });
    }
    say![one.does, " (", remarks, ")"]
}

fn places(places: &[(Name, usize, super::Origin)]) -> Text {
    let shown: Vec<Text> = places.iter().take(3).map(|(input, line, _)| say![input, ":", *line]).collect();
    if places.len() > shown.len() {
        return say![Text::list(&shown, ","), " and ", places.len() - shown.len(), " more places"];
    }
    Text::list(&shown, "and")
}

//! What the runner masked, and what it does not mask.

use super::JobLog;
use crate::catalog::{masked_prefixes, prefixes};
use crate::context::Context;
use crate::detect::Found;
use crate::input::view::View;
use crate::say;
use crate::source::Span;
use crate::text::Text;

/// Prints of one kind that masking caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedPrint {
    /// What was left to be seen: `glpat-`, `private_token=`.
    pub mark: Text,
    /// How often.
    pub count: usize,
    /// The first one, its prefix included.
    pub first: Span,
}

const MASK: &str = "[MASKED]";

/// Parameters of an address whose value the runner masks and which carry a credential of GitLab
/// (<https://docs.gitlab.com/api/rest/authentication/>).
const PARAMETERS: [&str; 2] = ["private_token=", "rss_token="];

/// Finds what was masked by its prefix or its parameter's name. A `[MASKED]` by itself was a masked variable, which need
/// not be a token.
pub(super) fn prints(view: &View, context: &Context) -> Vec<MaskedPrint> {
    let text = view.text();
    let mut prints: Vec<MaskedPrint> = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), MASK) {
        let before = text.get(..at).unwrap_or_default();
        let standard = prefixes().iter().map(|row| row.prefix).chain(masked_prefixes().iter().map(|row| row.prefix));
        // `whsec_` is masked by nobody; a mark that stands alone ("t1_") says too little.
        let standard = standard.filter(|prefix| prefix.ends_with('-') || prefix.ends_with('='));
        let parameters = PARAMETERS.into_iter().filter(|_| before.len() > 1);
        let mut mark = None;
        for known in standard.chain(parameters).filter(|known| before.ends_with(known)) {
            // The longest one: `glrtr-` and not `r-`.
            if mark.as_ref().is_none_or(|(length, _)| *length < known.len()) {
                mark = Some((known.len(), say![known]));
            }
        }
        for own in context.token_prefixes.iter().filter(|own| !own.is_empty() && before.ends_with(own.as_str())) {
            if mark.as_ref().is_none_or(|(length, _)| *length < own.len()) {
                mark = Some((own.len(), say![context.name(own)]));
            }
        }
        let Some((length, mark)) = mark else { continue };
        match prints.iter_mut().find(|print| print.mark == mark) {
            Some(print) => print.count += 1,
            None => {
                let first = view.hull(Span::new(at - length, at + MASK.len()));
                prints.push(MaskedPrint { mark, count: 1, first });
            }
        }
    }
    prints
}

/// Why the runner did not mask a token that stands in its log: one or two sentences.
#[must_use]
pub fn masking_note(log: &JobLog, found: &Found) -> Text {
    if !found.encoding.is_empty() {
        return say!["A runner masks the exact characters only, so an encoded token passes."];
    }
    let kind = found.kind.token();
    let own = prefixes().iter().filter(|row| Some(row.kind) == kind);
    let masked = own.filter_map(|row| masked_prefixes().iter().find(|masked| masked.prefix == row.prefix));
    let Some(masked) = masked.min_by_key(|masked| masked.since) else {
        return say![
            "No runner masks this kind by its shape: only a masked CI/CD variable with exactly this value would have been \
             hidden."
        ];
    };
    if found.instance_prefix.is_some() {
        return say![
            "A runner masks what follows an instance's own prefix only where GitLab sends that prefix along with the job."
        ];
    }
    let Some(version) = log.runner.version else {
        return say![
            "Runners mask what follows `",
            masked.prefix,
            "` since ",
            masked.since,
            "; the log does not say which version wrote it."
        ];
    };
    if version < masked.since {
        return say![
            "It was written by runner ",
            version,
            ", which does not mask what follows `",
            masked.prefix,
            "`: runners do \
             since ",
            masked.since,
            "."
        ];
    }
    say![
        "Runner ",
        version,
        " masks what follows `",
        masked.prefix,
        "`, and this one was not masked: the log is not as the \
         runner wrote it, or the feature flag `FF_MASK_ALL_DEFAULT_TOKENS` is off."
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::view::Join;
    use crate::time::Date;

    #[test]
    fn protected_prints_are_counted_by_their_prefix() {
        let text = "a glpat-[MASKED] b=[MASKED] https://h/?private_token=[MASKED] glrtr-[MASKED]xx glpat-[MASKED] acme-[MASKED]";
        let mut view = View::default();
        view.push(text, 0, Join::Plain);
        let mut context = Context::new(Date::new(2026, 11, 20).unwrap());
        context.token_prefixes.push("acme-".into());
        let seen: Vec<_> =
            prints(&view, &context).into_iter().map(|print| (print.mark.to_string(), print.count)).collect();
        let want = [("glpat-", 2), ("private_token=", 1), ("glrtr-", 1), ("acme-", 1)];
        assert_eq!(seen, want.map(|(mark, count)| (mark.to_owned(), count)));
    }

    #[test]
    fn every_masked_prefix_of_a_known_kind_is_in_both_tables() {
        for masked in masked_prefixes().iter().filter(|masked| masked.prefix != "gltok-") {
            assert!(prefixes().iter().any(|row| row.prefix == masked.prefix), "{}", masked.prefix);
        }
    }
}

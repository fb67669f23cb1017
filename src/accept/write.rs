//! Entries of a `leastwise.toml`, written: for the page, which offers the file for download and keeps nothing.

use super::Reason;
use crate::report::json::FindingV1;
use crate::time::Date;

/// What somebody says about a finding on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Why.
    pub reason: Reason,
    /// In own words; may be empty.
    pub comment: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    pub until: Date,
}

/// A whole `leastwise.toml` for these findings, to be given to `--config`. Titles stand beside the entries as comments.
#[must_use]
pub fn file<'a>(accepted: impl IntoIterator<Item = (&'a FindingV1, &'a Draft)>) -> String {
    let mut out = String::from(
        "# Findings that were accepted: leastwise check --config leastwise.toml\n# Each comes back as a finding after its day.\n",
    );
    for (finding, draft) in accepted {
        out.push_str("\n# ");
        // A comment ends with its line, and TOML allows no control characters in it.
        out.extend(finding.title.chars().map(|character| if character.is_control() { ' ' } else { character }));
        out.push_str("\n[[accepted]]\n");
        line(&mut out, "identity", &finding.identity);
        line(&mut out, "input", &finding.input);
        line(&mut out, "reason", draft.reason.word());
        if !draft.comment.trim().is_empty() {
            line(&mut out, "comment", draft.comment.trim());
        }
        line(&mut out, "owner", draft.owner.trim());
        out.push_str("until = ");
        out.push_str(&draft.until.to_string());
        out.push('\n');
    }
    out
}

/// `key = "value"`, a basic string of TOML (<https://toml.io/en/v1.0.0#string>).
fn line(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push_str(" = \"");
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push_str("\"\n");
}

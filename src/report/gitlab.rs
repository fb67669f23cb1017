//! The report files that GitLab reads from a job: secret detection and code quality.

use serde_json::{Value, json};

use super::Severity;
use super::json::{FindingV1, ReportV1};

/// The secret detection report (`artifacts:reports:secret_detection`), schema 15.2.1
/// (<https://docs.gitlab.com/development/integrations/secure/#report>). It holds the findings that are a credential in a file;
/// the others have no place in this form.
#[must_use]
pub fn secret_detection(report: &ReportV1) -> Value {
    let time = format!("{}T00:00:00", report.today);
    let analyzer = json!({
        "id": "leastwise",
        "name": "Leastwise",
        "vendor": {"name": "Leastwise"},
        "version": report.tool.version,
    });
    // The form has no place for what was accepted; a message of the scan says it.
    let messages: Vec<Value> = (report.accepted.iter().filter(|one| one.finding.token.is_some()))
        .map(|one| json!({"level": "info", "value": format!("Accepted: {}, {} ({})", one.finding.title, one.finding.input, one.in_words())}))
        .collect();
    let vulnerabilities: Vec<Value> =
        report.findings.iter().filter(|finding| finding.token.is_some()).map(vulnerability).collect();
    json!({
        "version": "15.2.1",
        "scan": {
            "analyzer": analyzer,
            "scanner": analyzer,
            "type": "secret_detection",
            "messages": messages,
            "start_time": time,
            "end_time": time,
            "status": "success",
        },
        "vulnerabilities": vulnerabilities,
    })
}

fn vulnerability(finding: &FindingV1) -> Value {
    let kind = finding.token.as_ref().map(|token| token.kind.as_str()).unwrap_or_default();
    let mut word = String::from(finding.severity.word());
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    json!({
        "id": uuid(&format!("{}#{}", finding.input, finding.identity)),
        "category": "secret_detection",
        "name": cut(&finding.title, 255),
        "description": cut(&finding.message, 1_048_576),
        "severity": word,
        "solution": cut(&steps(finding), 7000),
        "location": {
            "file": path(&finding.input),
            "start_line": finding.line.unwrap_or(1),
            "end_line": finding.end_line.unwrap_or(1),
            // The whole of the given text is judged, not a commit: GitLab's own analyzer writes this for "no commit".
            "commit": {"sha": "0000000"},
        },
        "identifiers": [{"type": "leastwise_rule_id", "name": format!("Leastwise rule {}: {kind}", finding.rule), "value": kind}],
    })
}

/// The code quality report (`artifacts:reports:codequality`)
/// (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>): every finding with a place in a file.
#[must_use]
pub fn code_quality(report: &ReportV1) -> Value {
    let issues = report.findings.iter().map(|finding| {
        json!({
            "description": format!("{}. {}", finding.title, finding.message),
            "check_name": finding.rule,
            "fingerprint": uuid(&format!("{}#{}#{}", finding.input, finding.identity, finding.line.unwrap_or(0))).replace('-', ""),
            "severity": match finding.severity {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            },
            "location": {"path": path(&finding.input), "lines": {"begin": finding.line.unwrap_or(1)}},
        })
    });
    Value::Array(issues.collect())
}

fn steps(finding: &FindingV1) -> String {
    let steps = finding.advice.iter().enumerate().map(|(index, advice)| {
        let mark = if advice.destructive { "Destructive: " } else { "" };
        format!("{}. {mark}{}", index + 1, advice.text)
    });
    steps.collect::<Vec<_>>().join("\n")
}

/// A path as GitLab has it, from the root of the repository: `./a` is `a` there.
fn path(input: &str) -> &str {
    let mut rest = input;
    while let Some(less) = rest.strip_prefix("./") {
        rest = less.trim_start_matches('/');
    }
    if rest.is_empty() { input } else { rest }
}

/// A text of so many characters at most, the schema's limit; `…` where something was left out.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A stable id in the form of a UUID, from what a finding is about (never from a credential): two FNV-1a hashes
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>), which need to differ, not to resist anybody.
fn uuid(identity: &str) -> String {
    let hash = |seed: u64| {
        identity.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
    };
    let (high, low) = (hash(0xCBF2_9CE4_8422_2325), hash(0x8422_2325_CBF2_9CE4));
    // Version 8 (a form of one's own) and the usual variant, RFC 9562.
    let high = (high & 0xFFFF_FFFF_FFFF_0FFF) | 0x8000;
    let low = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_paths_keep_to_the_form() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(path(".//./a/b"), "a/b");
        assert_eq!((path("./x"), path(".env"), path("../x")), ("x", ".env", "../x"));
    }

    #[test]
    fn ids_have_the_form_of_a_uuid_and_tell_findings_apart() {
        let id = uuid("a#exposed-token");
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
        assert_ne!(id, uuid("b#exposed-token"));
        assert_eq!(id, uuid("a#exposed-token"));
    }
}

//! The report as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), for code scanning and editors.

use serde_json::{Value, json};

use super::Severity;
use super::json::{AcceptedV1, FindingV1, ReportV1};
use crate::accept::By;
use crate::rules;

/// The report as a SARIF log with one run.
#[must_use]
pub fn render(report: &ReportV1) -> Value {
    let rules: Vec<Value> = rules::ALL.iter().map(|rule| descriptor(rule)).collect();
    let accepted = report.accepted.iter().map(suppressed);
    let results: Vec<Value> = report.findings.iter().map(result).chain(accepted).collect();
    let notifications: Vec<Value> = report
        .blind_spots
        .iter()
        .map(|spot| {
            let region = spot.line.map(|line| json!({"startLine": line}));
            json!({"level": "warning", "message": {"text": spot.message}, "locations": [location(&spot.input, region)]})
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "semanticVersion": report.tool.version,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
            "results": results,
        }],
    })
}

fn descriptor(rule: &rules::Rule) -> Value {
    let doc = rules::doc::lines(rule).collect::<Vec<_>>().join("\n");
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": first_paragraph(&doc)},
        "help": {"text": doc, "markdown": doc},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"security-severity": score(rule.severity), "tags": ["security", "gitlab", "least-privilege"]},
    })
}

fn first_paragraph(doc: &str) -> String {
    doc.trim().split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn result(finding: &FindingV1) -> Value {
    let region = match (finding.line, finding.column, finding.end_line, finding.end_column) {
        (Some(line), Some(column), Some(end_line), Some(end_column)) => {
            Some(json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}))
        }
        _ => None,
    };
    let steps: Vec<String> = finding
        .advice
        .iter()
        .enumerate()
        .map(|(index, advice)| {
            let mark = if advice.destructive { "Destructive: " } else { "" };
            let command = advice.command.as_ref().map(|command| format!("\n   {command}")).unwrap_or_default();
            format!("{}. {mark}{}{command}", index + 1, advice.text)
        })
        .collect();
    let text = format!("{}\n\n{}\n\n{}", finding.title, finding.message, steps.join("\n"));
    json!({
        "ruleId": finding.rule,
        "ruleIndex": rules::ALL.iter().position(|rule| rule.id == finding.rule),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location(&finding.input, region)],
        "partialFingerprints": {"leastwiseIdentity/v1": format!("{}#{}", finding.input, finding.identity)},
        "properties": {
            "severity": finding.severity.word(),
            "confidence": finding.confidence.word(),
            "security-severity": score(finding.severity),
        },
    })
}

/// An accepted finding: a result with a suppression, which code scanning shows as closed.
fn suppressed(one: &AcceptedV1) -> Value {
    let mut result = result(&one.finding);
    let kind = match one.by {
        By::Config | By::Baseline => "external",
        By::Comment => "inSource",
    };
    if let Some(fields) = result.as_object_mut() {
        let suppression = json!({"kind": kind, "status": "accepted", "justification": one.in_words()});
        fields.insert("suppressions".into(), json!([suppression]));
    }
    result
}

fn location(input: &str, region: Option<Value>) -> Value {
    let artifact = json!({"uri": uri(input)});
    match region {
        Some(region) => json!({"physicalLocation": {"artifactLocation": artifact, "region": region}}),
        None => json!({"physicalLocation": {"artifactLocation": artifact}}),
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The number that code scanning sorts by, 0 to 10.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// A path as a relative URI: what is not allowed in one is percent-encoded (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b',' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ä#?.log"), "a%20b/%C3%A4%23%3F.log");
        assert_eq!(uri("-"), "-");
    }
}

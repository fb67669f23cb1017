//! Which kind of text is it? Content first, name second.

use super::{Kind, inventory, job_log};

/// Characters looked at: a kind shows itself at the beginning, or not at all.
const LOOK: usize = 64 * 1024;

/// Recognises the kind of a text. Each kind has its own look; the surest come first.
#[must_use]
pub fn sniff(name: &str, text: &str) -> Kind {
    let mut end = LOOK.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let look = text.get(..end).unwrap_or_default().trim_start_matches('\u{feff}').trim_start();
    if is_html(look) {
        // A sign-in page saved by a script under the name of the export it asked for: the export's reader says so.
        return if has_data_name(name) { Kind::Inventory } else { Kind::SettingsPage };
    }
    if job_log::looks_like_job_log(name, look) {
        return Kind::JobLog;
    }
    if inventory::is_shell_export(look) {
        return Kind::Inventory;
    }
    // Its scripts may write files of credentials: what stands in them does not make it one.
    if !is_json(look) && super::pipeline::looks_like(name, look) {
        return Kind::CiConfig;
    }
    if super::credential_file::looks_like(name, look) {
        return Kind::CredentialFile;
    }
    if is_json(look) || is_json_behind_other_lines(look) {
        return Kind::Inventory;
    }
    if inventory::is_table_or_report(look, has_data_name(name)) {
        return Kind::Inventory;
    }
    Kind::Text
}

/// Is the name that of an export?
fn has_data_name(name: &str) -> bool {
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "json" | "ndjson" | "jsonl" | "csv" | "tsv" | "tfstate")
}

fn is_html(look: &str) -> bool {
    let mut look = look;
    while let Some(rest) = look.strip_prefix("<!--") {
        look = rest.find("-->").and_then(|at| rest.get(at + 3..)).unwrap_or_default().trim_start();
    }
    let start: String = look.chars().take(15).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|mark| start.starts_with(mark))
}

fn is_json(look: &str) -> bool {
    let mut characters = look.chars().filter(|character| !character.is_whitespace());
    match (characters.next(), characters.next()) {
        (Some('['), Some('{' | ']')) | (Some('{'), Some('"' | '\'' | '}')) => true,
        // Lists in a list, as `jq --slurp` leaves pages.
        (Some('['), Some('[')) => characters.next().is_some_and(|third| matches!(third, '{' | ']')),
        _ => look.trim_end() == "null",
    }
}

/// JSON behind the headers of an HTTP answer, in a Markdown fence, or behind what a tool wrote first. Logs and notes hold
/// JSON too: what counts is a list that begins a line within the first few, or an object that is the rest of the text.
fn is_json_behind_other_lines(look: &str) -> bool {
    if look.starts_with("HTTP/") {
        let body = look.split_once("\r\n\r\n").or_else(|| look.split_once("\n\n")).map(|(_, body)| body.trim_start());
        return body.is_some_and(|body| body.starts_with("HTTP/") || is_json(body));
    }
    let mut at = 0;
    for line in look.split_inclusive('\n').take(6) {
        let rest = look.get(at..).unwrap_or_default();
        if at > 0 && line.starts_with(['[', '{']) {
            let end = rest.trim_end().trim_end_matches('`').trim_end();
            return is_json(rest) && (line.starts_with('[') || end.ends_with('}'));
        }
        at += line.len();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_show_themselves() {
        for (text, want) in [
            ("<!-- saved --><!DOCTYPE html><html>", Kind::SettingsPage),
            ("\n <HTML lang=de>", Kind::SettingsPage),
            ("[{\"id\": 1}]", Kind::Inventory),
            ("{\n \"id\": 1}", Kind::Inventory),
            ("[section]\nkey = value", Kind::Text),
            ("", Kind::Text),
            ("null\n", Kind::Inventory),
            ("[[{\"id\": 1}]]", Kind::Inventory),
            ("[[section]]\nkey = 1", Kind::Text),
            ("Exporting variables from the web project:\n[{\"key\": 1}]", Kind::Inventory),
            ("```json\n[{\"key\": 1}]\n```", Kind::Inventory),
            ("HTTP/2 200\r\nx: 1\r\n\r\n[]", Kind::Inventory),
            ("HTTP/2 200 is what I saw\nand more", Kind::Text),
            ("line\nline\n{\"id\": 1}\nline\nline of a log\nline\nline\n", Kind::Text),
        ] {
            assert_eq!(sniff("x", text), want, "{text}");
        }
        assert_eq!(sniff("x.csv", "Owner;Scopes;Expires\n"), Kind::Inventory);
        assert_eq!(sniff("-", "Origin Project Path,Last Authorized At (UTC)\n"), Kind::Inventory);
        assert_eq!(sniff("README.md", "# Tokens\n\n| Name | Scopes |\n|---|---|\n| a | api |\n"), Kind::Text);
        assert_eq!(sniff("-", "42 Personal access tokens will expire at 2024-06-27\n"), Kind::Inventory);
        assert_eq!(sniff("tokens.json", "<!DOCTYPE html>"), Kind::Inventory);
        assert_eq!(sniff("page.html", "<!DOCTYPE html>"), Kind::SettingsPage);
    }
}

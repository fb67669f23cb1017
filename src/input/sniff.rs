//! Which kind of text is it? Content first, name second.

use super::Kind;

/// Characters looked at: a kind shows itself at the beginning, or not at all.
const LOOK: usize = 64 * 1024;

/// Recognises the kind of a text.
#[must_use]
pub fn sniff(name: &str, text: &str) -> Kind {
    let mut end = LOOK.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let look = text.get(..end).unwrap_or_default().trim_start();
    if is_html(look) {
        return Kind::SettingsPage;
    }
    if looks_like_json(look) {
        return Kind::Inventory;
    }
    let _ = name;
    Kind::Text
}

fn is_html(look: &str) -> bool {
    let mut look = look;
    while let Some(rest) = look.strip_prefix("<!--") {
        look = rest.find("-->").and_then(|at| rest.get(at + 3..)).unwrap_or_default().trim_start();
    }
    let start: String = look.chars().take(15).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|mark| start.starts_with(mark))
}

fn looks_like_json(look: &str) -> bool {
    let mut characters = look.chars().filter(|character| !character.is_whitespace());
    matches!((characters.next(), characters.next()), (Some('['), Some('{' | ']')) | (Some('{'), Some('"' | '}')))
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
        ] {
            assert_eq!(sniff("x", text), want, "{text}");
        }
    }
}

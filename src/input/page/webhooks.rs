//! Webhooks: the list, and the form of one.

use super::lists::shows_state;
use super::reader::{Reader, id_before, plural};
use crate::input::html::{Attribute, Element};
use crate::inventory::{Inventory, Webhook};
use crate::say;
use crate::text::Name;

/// The list of a project, a group or the instance.
pub(super) fn list(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let rows: Vec<Element<'_>> = reader
        .document
        .elements()
        .filter(|list| list.is("ul") && list.has_class("content-list"))
        .flat_map(Element::children)
        .filter(|item| item.is("li"))
        .collect();
    let mut unsaid = 0;
    for (row, number) in rows.iter().zip(0_u32..) {
        let webhook = row_of_list(reader, *row, number);
        unsaid += usize::from(webhook.ssl_verification.is_none() || webhook.state.is_none());
        inventory.webhooks.push(webhook);
    }
    inventory.empty_state = Some(inventory.webhooks.is_empty());
    if unsaid > 0 {
        let message = say![
            unsaid,
            plural(unsaid, " webhook says", " webhooks say"),
            " in words that are not known here whether the certificate is checked, or whether the webhook is disabled: both count as unknown."
        ];
        reader.missing(None, message);
    }
    if inventory.webhooks.is_empty() {
        reader.not_shown(say!["No webhook is in the list of this page."]);
    } else {
        reader.missing(
            None,
            say!["The list does not show whether a secret token is set: open *Edit* of each webhook and look there."],
        );
    }
}

fn row_of_list(reader: &mut Reader<'_>, row: Element<'_>, number: u32) -> Webhook {
    let lines: Vec<Element<'_>> = row.descendants().filter(|inner| inner.is("p")).collect();
    let address = |line: &Element<'_>| {
        let text = line.text_without(|inner| inner.has_class("gl-badge"));
        text.contains("://").then_some(text)
    };
    // The address is the last line that is one; a name may stand above it, and may look like an address too.
    let at = lines.iter().rposition(|line| address(line).is_some());
    let url = at.and_then(|at| address(lines.get(at)?));
    let name = at.filter(|at| *at > 0).and_then(|_| lines.first()).map(|line| plain_name(line.text()));
    let in_address = |badge: &Element<'_>| at.and_then(|at| lines.get(at)).is_some_and(|line| line.contains(*badge));
    let badges: Vec<Element<'_>> = row.descendants().filter(|inner| inner.has_class("gl-badge")).collect();
    let state = match badges
        .iter()
        .find(|badge| in_address(badge) || badge.has_class("badge-danger") || badge.has_class("badge-warning"))
    {
        None => Some("enabled"),
        Some(badge) if badge.has_class("badge-danger") => Some("disabled"),
        Some(badge) if badge.has_class("badge-warning") => Some("temporarily_disabled"),
        Some(badge) => {
            let word = badge.text();
            [("hook_state_disabled", "disabled"), ("hook_state_temporary", "temporarily_disabled")]
                .into_iter()
                .find(|(key, _)| reader.is_word(&word, key))
                .map(|(_, state)| state)
        }
    };
    let verification =
        badges.last().filter(|badge| !in_address(badge)).and_then(|badge| verification(reader, &badge.text()));
    let id = row
        .descendants()
        .filter(|inner| inner.is("a"))
        .find_map(|link| id_before(link.attribute(Attribute::Href)?, "/edit"));
    Webhook {
        id,
        name: name.and_then(|name| reader.some_name(&name)),
        url: url.map(|url| reader.name(&without_secrets(&url))),
        ssl_verification: verification,
        state: state.map(Name::new),
        secret_token_set: None,
        custom_headers: None,
        triggers: None,
        span: row.span(),
        row: Some(number),
    }
}

/// `SSL Verification: enabled`, the last badge, in the page's language.
fn verification(reader: &Reader<'_>, badge: &str) -> Option<bool> {
    let ends = |key: &'static str| {
        crate::catalog::words::shown(key, reader.lang()).any(|word| {
            badge
                .strip_suffix(word)
                .is_some_and(|before| before.is_empty() || before.ends_with([' ', ':', '：', '\u{a0}']))
        })
    };
    match (ends("hook_enabled"), ends("hook_disabled")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        // One word may end with the other: the longer decides.
        (true, true) => {
            let length = |key| crate::catalog::words::shown(key, reader.lang()).map(str::len).max();
            Some(length("hook_enabled") > length("hook_disabled"))
        }
        (false, false) => None,
    }
}

/// The form of one webhook.
pub(super) fn edit(reader: &mut Reader<'_>, inventory: &mut Inventory) {
    let input = |test_id: &str, name: &str| {
        reader.document.first(|element| {
            element.is("input") && (element.is_test_id(test_id) || element.attribute(Attribute::Name) == Some(name))
        })
    };
    let url = input("webhook-url", "hook[url]");
    let secret = input("webhook-secret-token", "hook[token]");
    let sent = reader.document.first(|element| element.has_class("js-vue-webhook-form"));
    let Some(form) = url.or(secret).or(sent) else {
        reader.missing(
            None,
            say!["The form of the webhook is not on this page: wait until it is there, then look again."],
        );
        return;
    };
    let state = shows_state(reader);
    let secret_token_set = match (secret, sent) {
        (Some(secret), _) if secret.is_filled(Attribute::Value) => Some(true),
        // An empty field is "none" only where the page's state was mirrored into it.
        (Some(_), _) if state => Some(false),
        (None, Some(sent)) => Some(sent.is_filled(Attribute::SecretToken)),
        _ => None,
    };
    let headers: Vec<Name> = reader
        .document
        .elements()
        .filter(|element| element.attribute(Attribute::Name) == Some("hook[custom_headers][][key]"))
        .filter_map(|element| value(Some(element)).map(|name| reader.name(name)))
        .collect();
    let certificate = reader.document.first(|element| element.id() == Some("hook_enable_ssl_verification"));
    let webhook = Webhook {
        id: reader.gitlab.body.and_then(|body| body.number(Attribute::DataPageTypeId)),
        name: value(input("webhook-name", "hook[name]")).map(|name| reader.name(&plain_name(name.to_owned()))),
        url: value(url).map(|url| reader.name(&without_secrets(url))),
        // Rendered by the server, so its attribute is the truth.
        ssl_verification: certificate.map(|box_| box_.has(Attribute::Checked)),
        state: None,
        secret_token_set,
        custom_headers: state.then_some(headers),
        triggers: state.then(|| triggers(reader)),
        span: form.span(),
        row: Some(0),
    };
    if secret_token_set.is_none() || webhook.url.is_none() || !state {
        reader.missing(
            None,
            say!["What the form holds is not in this file: a saved page does not keep the state of its fields. Use the extension on the open page."],
        );
    }
    inventory.webhook = Some(webhook);
}

/// What an input holds, where its value is kept at all.
fn value(element: Option<Element<'_>>) -> Option<&str> {
    element?.attribute(Attribute::Value).filter(|value| !value.is_empty())
}

/// Each event has a hidden field `hook[x_events]` right behind its checkbox; the checkbox tells the state.
fn triggers(reader: &Reader<'_>) -> Vec<Name> {
    let mut on: Vec<String> = Vec::new();
    let mut checkbox: Option<Element<'_>> = None;
    for element in reader.document.elements().filter(|element| element.is("input")) {
        match element.attribute(Attribute::Type) {
            Some("checkbox") => checkbox = Some(element),
            Some("hidden") => {
                let event = element
                    .attribute(Attribute::Name)
                    .and_then(|name| name.strip_prefix("hook[")?.strip_suffix(']'))
                    .filter(|event| event.ends_with("_events"));
                if let Some(event) = event
                    && checkbox.take().is_some_and(|checkbox| checkbox.has(Attribute::Checked))
                {
                    on.push(event.to_owned());
                }
            }
            _ => {}
        }
    }
    crate::order::sort(&mut on);
    on.dedup();
    on.iter().map(|event| reader.name(event)).collect()
}

/// A name that is an address, as people give them, is stripped as the address is.
fn plain_name(name: String) -> String {
    if name.contains("://") { without_secrets(&name) } else { name }
}

/// Hosts whose webhook addresses are credentials themselves: who knows the path may post.
const SECRET_PATHS: [&str; 9] = [
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "webhook.office.com",
    "outlook.office.com",
    "chat.googleapis.com",
    "hooks.zapier.com",
    "maker.ifttt.com",
    "api.telegram.org",
];

/// An address without user and password, with the values of its query and the parts of its path that look made by a
/// machine left out. GitLab's own masks (`{token}`) stay.
pub(super) fn without_secrets(address: &str) -> String {
    let address = address.trim();
    let Some((scheme, rest)) = address.split_once("://") else {
        return if looks_secret(address) { "…".to_owned() } else { address.to_owned() };
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let secret_host = SECRET_PATHS
        .iter()
        .any(|known| name == *known || name.strip_suffix(known).is_some_and(|before| before.ends_with('.')));
    let mut out = format!("{scheme}://{host}");
    for (number, part) in path.split('/').enumerate().skip(1) {
        out.push('/');
        out.push_str(if looks_secret(part) || (secret_host && number > 1 && !part.is_empty()) { "…" } else { part });
    }
    if let Some(query) = query {
        for (number, pair) in query.split('&').enumerate() {
            out.push(if number == 0 { '?' } else { '&' });
            match pair.split_once('=') {
                Some((key, value)) => {
                    out.push_str(if looks_secret(key) { "…" } else { key });
                    out.push('=');
                    out.push_str(if is_mask(value) || value.is_empty() { value } else { "…" });
                }
                None => out.push_str(if is_mask(pair) { pair } else { "…" }),
            }
        }
    }
    out
}

fn is_mask(text: &str) -> bool {
    text.len() > 2
        && text.starts_with('{')
        && text.ends_with('}')
        && text.bytes().filter(|byte| matches!(byte, b'{' | b'}')).count() == 2
        && text.len() <= 40
}

/// Eight characters or more with digits among letters, or with capitals inside: words of a path are seldom so.
fn looks_secret(part: &str) -> bool {
    if part.len() < 8 || is_mask(part) {
        return false;
    }
    let digit = part.bytes().any(|byte| byte.is_ascii_digit());
    let letter = part.bytes().any(|byte| byte.is_ascii_alphabetic());
    let inner_capital = part.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
        && part.bytes().any(|byte| byte.is_ascii_lowercase());
    (digit && letter) || inner_capital || part.len() >= 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_where_it_goes_and_loses_what_lets_in() {
        for (address, want) in [
            ("https://chat.example.net/hooks/abc", "https://chat.example.net/hooks/abc"),
            ("https://old.example.org/x?token={token}", "https://old.example.org/x?token={token}"),
            ("https://dana:pass@ci.example:8443/notify#x", "https://ci.example:8443/notify"),
            ("https://a@b@host.example/x", "https://host.example/x"),
            ("https://x.example/hook?token=abc&b", "https://x.example/hook?token=…&…"),
            ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/…/…/…"),
            ("https://corp.webhook.office.com/webhookb2/abc", "https://corp.webhook.office.com/…/…"),
            ("https://x.example/api/1a2b3c4d5e6f/notify", "https://x.example/api/…/notify"),
            ("https://notslack.com/hooks/deployments", "https://notslack.com/hooks/deployments"),
        ] {
            assert_eq!(without_secrets(address), want, "{address}");
        }
    }
}

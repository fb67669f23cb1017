use super::settings::{OwnerCalls, Settings, Thing, named, step};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, Webhook};
use crate::report::{Advice, Finding, Severity, SubjectId};
use crate::say;
use crate::text::{Name, Text};

rule! {
    /// A webhook sends over `http://`, or does not check the receiver's certificate.
    ///
    /// Medium; high where what it sends carries a secret: a secret token or headers of its own, over `http://`. Low for a webhook
    /// that GitLab has disabled.
    ///
    /// ## Why it matters
    ///
    /// What a webhook sends (commit messages, branch names, comments of confidential issues, its secret token) can then be read
    /// on the way, or taken by whoever answers in the receiver's place.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-hooks.json
    /// [{"id": 22, "url": "http://ci.example.com/notify", "push_events": true, "enable_ssl_verification": true}]
    /// ```
    ///
    /// ```json inventory project-318-hooks.json
    /// [{"id": 23, "url": "https://ci.example.com/notify", "push_events": true, "enable_ssl_verification": false}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-hooks.json
    /// [{"id": 24, "url": "https://ci.example.com/notify", "push_events": true, "enable_ssl_verification": true}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Give the receiver a certificate that the GitLab server trusts, change the address to `https://`, and switch SSL
    /// verification on. Test it from the webhook's page. If a secret token was sent in the open, make a new one.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/integrations/webhooks/>
    /// - <https://docs.gitlab.com/api/project_webhooks/#edit-a-project-webhook>
    "webhook-insecure", "a webhook sends without a secure connection", Medium, Check::Inventory(check),
}

/// The webhook as a finding's row.
pub(super) fn thing(hook: &Webhook) -> Thing<'_> {
    Thing {
        kind: "webhook",
        id: hook.id.map(SubjectId::Number).or_else(|| hook.url.clone().map(SubjectId::Key)),
        name: hook.name.as_ref(),
        span: hook.span,
        row: hook.row,
    }
}

/// `` `Chat notifier` (id 21) in acme/payments/api``, with the receiver: ` to chat.example.net`.
pub(super) fn opening(settings: &Settings<'_>, hook: &Webhook) -> Text {
    let mut text = named("webhook", hook.name.as_ref(), hook.id);
    text.push(settings.inside());
    if let Some(host) = host(hook) {
        text.push(" to ").push(host);
    }
    text
}

/// The receiver's host, without the path: that is a password for some receivers.
fn host(hook: &Webhook) -> Option<Name> {
    let (_, rest) = hook.url.as_ref()?.as_str().split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(Name::new(host.rsplit('@').next().unwrap_or(host))).filter(|host| !host.as_str().is_empty())
}

/// Has GitLab stopped sending?
fn is_disabled(hook: &Webhook) -> bool {
    hook.state.as_ref().is_some_and(|state| state.as_str() == "disabled")
}

pub(super) const EDIT: OwnerCalls = OwnerCalls {
    project: "PUT /projects/:project_id/hooks/:hook_id",
    group: "PUT /groups/:group_id/hooks/:hook_id",
    instance: "",
};

/// `acme/payments/api > Settings > Webhooks > the webhook > Edit`.
pub(super) fn place(settings: &Settings<'_>) -> Text {
    match settings.kind() {
        crate::inventory::OwnerKind::Instance => settings.at(say!["System hooks > the webhook > Edit"]),
        _ => settings.at(say!["Settings > Webhooks > the webhook > Edit"]),
    }
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    for hook in inventory.all_webhooks() {
        let plain = hook.url.as_ref().is_some_and(|url| {
            url.as_str().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
        });
        if plain || hook.ssl_verification == Some(false) {
            findings.push(finding(&settings, hook, plain));
        }
    }
}

fn finding(settings: &Settings<'_>, hook: &Webhook, plain: bool) -> Finding {
    let carries = hook.secret_token_set == Some(true) || hook.custom_headers.as_ref().is_some_and(|headers| !headers.is_empty());
    let mut message = opening(settings, hook);
    message.push(match (plain, carries) {
        (true, true) => " sends over `http://`: what it says can be read on the way, and so can its secret token or headers.",
        (true, false) => " sends over `http://`: what it says can be read and changed on the way.",
        (false, _) => " does not check the receiver's certificate: whoever answers in the receiver's place gets what it sends.",
    });
    if plain && hook.ssl_verification == Some(false) {
        message.push(" SSL verification is off too, and would be missing after a change to `https://`.");
    }
    if is_disabled(hook) {
        message.push(" GitLab has disabled it after failures: nothing is sent at the moment, and a successful test starts it again.");
    }
    let row = hook.id.map(|id| say![id]);
    // The call asks for the address again, which is not shown whole: its path can be a password.
    let command = settings.command(EDIT, row.as_ref(), Some(say!["url=$WEBHOOK_URL\" --data \"enable_ssl_verification=true"]));
    let needs = settings.needs();
    let mut advice = Vec::new();
    if plain {
        advice.push(step(say!["Let the receiver answer on `https://` with a certificate that the GitLab server trusts, and change the address."], place(settings), None));
    } else {
        advice.push(Advice::step(say!["Look why it was switched off: usually the receiver has a certificate of its own making. Give it one that the GitLab server trusts, or have the server trust its authority."]));
    }
    advice.push(step(say!["Switch “Enable SSL verification” on, and test it on the same page. It fails while the certificate is not trusted. Needs: ", needs, ", `api`."], place(settings), command));
    if carries {
        advice.push(step(say!["Make a new secret token, or a signing token (19.1 and newer), after that: the old one went over the open line."], place(settings), None));
    }
    let severity = match (is_disabled(hook), plain && carries) {
        (true, _) => Severity::Low,
        (false, true) => Severity::High,
        (false, false) => RULE.severity,
    };
    let title = if plain { say!["Webhook over http"] } else { say!["Webhook that does not check certificates"] };
    settings.finding(&RULE, thing(hook), title, message, advice).severity(severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, project};

    fn of(hook: Webhook) -> Vec<Finding> {
        only("webhook-insecure", judged(Inventory { webhooks: vec![hook], ..project(Vec::new()) }))
    }

    fn hook(url: &str, verified: bool) -> Webhook {
        Webhook { id: Some(22), url: Some(Name::new(url)), ssl_verification: Some(verified), ..Webhook::default() }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(hook("http://ci.internal.example/notify", false))[0]));
        insta::assert_snapshot!(letter(&of(hook("https://ci.internal.example/notify", false))[0]));
    }

    #[test]
    fn one_webhook_is_one_finding_and_the_receivers_path_is_not_shown() {
        let found = of(hook("HTTP://user@ci.example.com/hooks/T00/B00", false));
        assert_eq!(found.len(), 1);
        assert!(found[0].message.as_str().contains(" to ci.example.com "), "{}", found[0].message);
        assert!(!found[0].message.as_str().contains("T00"));
    }

    #[test]
    fn what_it_carries_and_whether_it_sends_decide_how_bad_it_is() {
        let secret = Webhook { secret_token_set: Some(true), ..hook("http://a.example.com", true) };
        assert_eq!(of(secret.clone())[0].severity, Severity::High);
        assert_eq!(of(Webhook { state: Some(Name::new("disabled")), ..secret })[0].severity, Severity::Low);
        assert_eq!(of(hook("http://a.example.com", true))[0].severity, Severity::Medium);
    }

    #[test]
    fn secure_and_unknown_ones_are_fine() {
        assert!(of(hook("https://a.example.com", true)).is_empty());
        assert!(of(Webhook { ssl_verification: None, ..hook("https://a.example.com", true) }).is_empty());
        assert!(of(Webhook { url: None, ..hook("", true) }).is_empty());
        assert!(of(hook("http", true)).is_empty());
    }
}

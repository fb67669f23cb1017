use super::settings::{Settings, step};
use super::webhook_insecure::{opening, place, thing};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, Webhook};
use crate::report::{Advice, Confidence, Finding};
use crate::say;

rule! {
    /// A webhook has no secret token, so its receiver cannot tell GitLab from anybody else.
    ///
    /// Possible where it has headers of its own, which may do the same. A list that does not show whether a token is set yields
    /// nothing.
    ///
    /// ## Why it matters
    ///
    /// Whoever learns the receiver's address can send it made-up events: a deployment, a merged request, a release.
    ///
    /// ## Bad
    ///
    /// ```json inventory project-318-hooks.json
    /// [{"id": 24, "url": "https://ci.example.com/notify", "push_events": true, "enable_ssl_verification": true,
    ///   "token_present": false}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project-318-hooks.json
    /// [{"id": 24, "url": "https://ci.example.com/notify", "push_events": true, "enable_ssl_verification": true,
    ///   "token_present": true}]
    /// ```
    ///
    /// ## What to do
    ///
    /// From 19.1 on, generate a signing token and let the receiver check signature and time. Before, set a secret token and let
    /// the receiver compare the header `X-Gitlab-Token`. Let the receiver refuse what does not fit only after both are in place.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/user/project/integrations/webhooks/>
    "webhook-without-secret", "a webhook has no secret token", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    for hook in inventory.all_webhooks().filter(|hook| hook.secret_token_set == Some(false)) {
        findings.push(finding(&settings, hook));
    }
}

fn finding(settings: &Settings<'_>, hook: &Webhook) -> Finding {
    let mut message = opening(settings, hook);
    message.push(" has no secret token: its receiver cannot tell an event of GitLab from one that somebody made up. A signing token is not shown here.");
    let headers = hook.custom_headers.as_ref().is_some_and(|headers| !headers.is_empty());
    if headers {
        message.push(" It sends headers of its own; one of them may serve as a password.");
    }
    let advice = vec![
        Advice::step(say!["Ask whoever runs the receiver whether it checks anything, and what it starts."]),
        step(say!["Generate a signing token (19.1 and newer), or set a secret token that nothing else uses. The receiver goes on working until it checks. Needs: ", settings.needs(), "."], place(settings), None),
        Advice::step(say!["Then let the receiver check: the signature and its time, or `X-Gitlab-Token`."]),
    ];
    let confidence = if headers { Confidence::Possible } else { Confidence::Likely };
    settings.finding(&RULE, thing(hook), say!["Webhook without a secret token"], message, advice).confidence(confidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, project};
    use crate::text::Name;

    fn of(secret: Option<bool>, headers: &[&str]) -> Vec<Finding> {
        let hook = Webhook {
            id: Some(24),
            url: Some(Name::new("https://ci.example.com/notify")),
            secret_token_set: secret,
            custom_headers: Some(headers.iter().map(|name| Name::new(name)).collect()),
            ..Webhook::default()
        };
        only("webhook-without-secret", judged(Inventory { webhook: Some(hook), ..project(Vec::new()) }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(Some(false), &[])[0]));
    }

    #[test]
    fn only_a_token_known_to_be_missing_counts() {
        assert!(of(None, &[]).is_empty());
        assert!(of(Some(true), &[]).is_empty());
        assert_eq!(of(Some(false), &["X-Team"])[0].confidence, Confidence::Possible);
    }
}

use super::settings::{Settings, Thing, named, step};
use super::{Check, Judgement, rule};
use crate::inventory::{Application, Inventory, OwnerKind};
use crate::report::{Advice, Confidence, Finding, Severity, SubjectId};
use crate::say;
use crate::text::Text;

rule! {
    /// An OAuth application is not confidential, and sends people back to an `https://` address.
    ///
    /// Medium; high when it is trusted, so that nobody is asked. Possible: a page that runs in the browser alone has to be public.
    /// An application whose callback is the user's own device (`myapp://`, `http://localhost`) is left out: it cannot keep a
    /// secret.
    ///
    /// ## Why it matters
    ///
    /// GitLab does not ask a public application for its secret. Whoever catches a code on its way back can turn it into a token
    /// of the person who signed in, unless the application uses PKCE.
    ///
    /// ## Bad
    ///
    /// ```json inventory applications.json
    /// [{"id": 4, "application_id": "made-up-by-us", "application_name": "dashboard",
    ///   "callback_url": "https://dashboard.example.com/callback", "confidential": false}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory applications.json
    /// [{"id": 4, "application_id": "made-up-by-us", "application_name": "dashboard",
    ///   "callback_url": "https://dashboard.example.com/callback", "confidential": true},
    ///  {"id": 5, "application_id": "made-up-by-us", "application_name": "desktop", "callback_url": "http://127.0.0.1:7171/",
    ///   "confidential": false}]
    /// ```
    ///
    /// ## What to do
    ///
    /// If the application has a server, make it confidential, and have the server send the secret. If it runs in the browser
    /// alone, leave it public, and see that it uses PKCE.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/integration/oauth_provider/>
    /// - <https://docs.gitlab.com/api/oauth2/#authorization-code-with-proof-key-for-code-exchange-pkce>
    "application-not-confidential", "an OAuth application that GitLab asks for no secret", Medium, Check::Inventory(check),
}

/// Does it send people back to a server, not to their own device? The address may be several, one a line.
fn is_on_a_server(application: &Application) -> bool {
    application.callback_url.as_ref().is_some_and(|url| {
        url.as_str().split_ascii_whitespace().any(|url| {
            let Some((scheme, rest)) = url.split_once("://") else { return false };
            let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
            let own_device = rest.starts_with("[::1]") || host == "127.0.0.1" || host.eq_ignore_ascii_case("localhost");
            !own_device && !host.is_empty() && (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        })
    })
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    let public = |application: &&Application| application.confidential == Some(false) && is_on_a_server(application);
    findings.extend(inventory.applications.iter().filter(public).map(|application| finding(&settings, application)));
}

fn place(settings: &Settings<'_>) -> Text {
    match settings.kind() {
        OwnerKind::Group => settings.at(say!["Settings > Applications"]),
        OwnerKind::User => say!["Avatar > Edit profile > Access > Applications"],
        _ => say!["Admin > Applications"],
    }
}

fn finding(settings: &Settings<'_>, application: &Application) -> Finding {
    let trusted = application.trusted == Some(true);
    let mut message = say![
        named("application", application.name.as_ref(), application.id), settings.inside(),
        " is not confidential, and sends people back to ", &application.callback_url,
        ": GitLab asks it for no secret when it turns a code into a token."
    ];
    if let Some(scopes) = application.scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
        message.push(" It may ask for ").push(Text::list(scopes, "and")).push(".");
    }
    if trusted {
        message.push(" It is trusted: nobody is asked before it gets access.");
    }
    message.push(" That is right for a page that runs in the browser alone and uses PKCE; which one it is does not show here.");
    let advice = vec![
        Advice::step(say!["Ask whoever runs it: does a server of its own fetch the token, or the page in the browser?"]),
        step(say!["If a server does, choose “Confidential”, and see that the server sends the secret: sign-ins fail until it does."], place(settings), None),
        Advice::step(say!["If the page does, see that it uses PKCE (`code_challenge`), and that its callback addresses are only those it needs."]),
    ];
    let severity = if trusted { Severity::High } else { RULE.severity };
    let thing = Thing {
        kind: "application",
        id: application.id.map(SubjectId::Number),
        name: application.name.as_ref(),
        span: application.span,
        row: application.row,
    };
    settings.finding(&RULE, thing, say!["OAuth application that needs no secret"], message, advice).severity(severity).confidence(Confidence::Possible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only};
    use crate::text::Name;

    fn of(url: &str, confidential: Option<bool>, trusted: bool) -> Vec<Finding> {
        let application = Application {
            id: Some(4),
            name: Some(Name::new("dashboard")),
            callback_url: Some(Name::new(url)),
            confidential,
            trusted: Some(trusted),
            ..Application::default()
        };
        only("application-not-confidential", judged(Inventory { applications: vec![application], ..Inventory::default() }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of("https://dashboard.example.com/callback", Some(false), false)[0]));
    }

    #[test]
    fn what_runs_on_a_device_cannot_keep_a_secret() {
        for url in ["myapp://callback", "http://localhost:8080/cb", "http://127.0.0.1", "http://[::1]:9/x", "urn:ietf:wg:oauth:2.0:oob", ""] {
            assert!(of(url, Some(false), false).is_empty(), "{url}");
        }
        assert_eq!(of("http://localhost/cb https://a.example.com/cb", Some(false), true)[0].severity, Severity::High);
        assert!(of("https://a.example.com", Some(true), false).is_empty());
        assert!(of("https://a.example.com", None, false).is_empty());
    }
}

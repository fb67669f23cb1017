//! Commands to copy: a call of the catalog (`DELETE /projects/:id/access_tokens/:token_id`) with what is known filled in.
//!
//! A command may hold numbers, dates, the words of this program, and two things from the input: a host name, which has
//! to consist of letters, digits, dots and hyphens, and a full path, percent-encoded. So no name, however hostile, can
//! leave the double quotes it stands in. What is not known is a placeholder, `$PROJECT_ID`.

use std::fmt::Write as _;

use super::Judgement;
use crate::inventory::Inventory;
use crate::say;
use crate::text::{Name, NotStr, Say, Text};
use crate::time::Date;

/// A call of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    method: &'static str,
    path: &'static str,
}

impl Call {
    /// The calls of a cell: `METHOD /path` and perhaps a remark in brackets, several joined with ` ; `.
    pub(crate) fn all(cell: &'static str) -> impl Iterator<Item = Self> {
        cell.split(';').filter_map(|part| {
            let mut words = part.split_ascii_whitespace();
            let method = words.next().filter(|word| matches!(*word, "GET" | "POST" | "PUT" | "DELETE" | "PATCH"))?;
            let path = words.next().filter(|word| word.starts_with('/') && word.bytes().all(is_template))?;
            Some(Self { method, path })
        })
    }

    /// Its parameters, `:token_id`.
    pub(super) fn parameters(self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter(|segment| segment.starts_with(':'))
    }

    /// Is it about the token that it is made with?
    pub(super) fn is_about_itself(self) -> bool {
        self.path.split('/').any(|segment| segment == "self")
    }

    /// The command. `known` gives what stands for a parameter; `token` names the shell variable with the credential for
    /// the call.
    pub(crate) fn curl(
        self,
        base: &Text,
        token: &'static str,
        known: impl Fn(&'static str) -> Option<Text>,
        data: Option<Text>,
    ) -> Text {
        let mut text = say!["curl --request ", self.method, " --header \"PRIVATE-TOKEN: $", token, "\""];
        if let Some(data) = data {
            text.push(" --data \"").push(data).push("\"");
        }
        text.push(" \"").push(base);
        for segment in self.path.split('/').skip(1) {
            text.push("/");
            match segment.strip_prefix(':') {
                Some(parameter) => match known(segment) {
                    Some(value) => text.push(value),
                    None => text.push(Placeholder(parameter)),
                },
                None => text.push(segment),
            };
        }
        text.push("\"");
        text
    }
}

/// May stand in a path template.
const fn is_template(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b':' | b'_' | b'-' | b'.')
}

/// `$PROJECT_ID`, for what is not known.
struct Placeholder(&'static str);

impl Say for Placeholder {
    fn say(&self, out: &mut String) {
        out.push('$');
        out.push_str(&self.0.to_ascii_uppercase());
    }
}
impl NotStr for Placeholder {}

/// `https://gitlab.example.com/api/v4`, with the page's host and relative URL root where there is a page; else the one
/// host that the user named; else `$GITLAB_HOST`.
///
/// A page that is not from one of the hosts that the user named does not get to name the host: the command sends a token there.
pub(crate) fn api_base(judgement: &Judgement<'_>, inventory: Option<&Inventory>) -> Text {
    let hosts = &judgement.context.hosts;
    let page = inventory.and_then(|inventory| inventory.page.as_ref()).filter(|page| page.is_gitlab);
    let of_page = page.and_then(|page| page.url.as_ref()).and_then(Host::of_url);
    if let (Some(host), Some(page)) = (of_page, page)
        && (hosts.is_empty() || hosts.iter().any(|known| known.eq_ignore_ascii_case(host.name.as_str())))
    {
        let root = UrlRoot(page.relative_url_root.as_ref());
        return say![if host.plain { "http://" } else { "https://" }, host.name, root, "/api/v4"];
    }
    match hosts.as_slice() {
        [host] if is_host(host) => say!["https://", Name::new(host), "/api/v4"],
        _ => say!["https://$GITLAB_HOST/api/v4"],
    }
}

struct Host {
    name: Name,
    plain: bool,
}

impl Host {
    fn of_url(url: &Name) -> Option<Self> {
        let (scheme, rest) = url.as_str().split_once("://")?;
        let plain = match scheme {
            "https" => false,
            "http" => true,
            _ => return None,
        };
        let host = rest.split(['/', '?', '#']).next().filter(|host| is_host(host))?;
        let start = scheme.len() + "://".len();
        Some(Self { name: url.part(start..start + host.len())?, plain })
    }
}

/// A host name, perhaps with a port: nothing that means something to a shell or splits a URL.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// A full path as one segment of a URL: `acme%2Fpayments%2Fapi`. Only letters, digits, `-._~` and `%XX` come out.
pub(crate) struct Encoded<'a>(pub(crate) &'a Name);

impl Say for Encoded<'_> {
    fn say(&self, out: &mut String) {
        percent_encode(self.0.as_str(), b"", out);
    }
}
impl NotStr for Encoded<'_> {}

/// A relative URL root: nothing, or `/gitlab`.
struct UrlRoot<'a>(Option<&'a Name>);

impl Say for UrlRoot<'_> {
    fn say(&self, out: &mut String) {
        let path = self.0.map_or("", |name| name.as_str().trim_matches('/'));
        if !path.is_empty() {
            out.push('/');
            percent_encode(path, b"/", out);
        }
    }
}
impl NotStr for UrlRoot<'_> {}

pub(crate) fn percent_encode(text: &str, also: &[u8], out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A day as data: `2027-02-18`.
pub(crate) struct Iso(pub(crate) Date);

impl Say for Iso {
    fn say(&self, out: &mut String) {
        out.push_str(&self.0.to_string());
    }
}
impl NotStr for Iso {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TokenType;
    use crate::inventory::{Page, PageKind};
    use crate::rules::sample::{assert_safe, good, judged, judged_in, person, personal, project, today};
    use crate::{Context, inventory::TokenRow};
    use proptest::prelude::*;

    fn endless(row: TokenRow) -> TokenRow {
        TokenRow { never_expires: Some(true), expires_on: None, ..row }
    }

    fn commands(inventory: Inventory, context: &Context) -> Vec<String> {
        let findings = judged_in(inventory, context);
        let steps = findings.into_iter().flat_map(|finding| finding.advice);
        steps.filter_map(|step| step.command).map(|command| command.to_string()).collect()
    }

    fn page(url: &str, root: &str) -> Option<Page> {
        Some(Page {
            kind: PageKind::ProjectAccessTokens,
            is_gitlab: true,
            data_page: None,
            url: Some(Name::new(url)),
            path: None,
            relative_url_root: Some(Name::new(root)),
            lang: None,
            gitlab_version: None,
        })
    }

    #[test]
    fn every_call_of_the_catalog_is_understood() {
        for kind in TokenType::ALL {
            let facts = kind.facts();
            for calls in [&facts.create, &facts.list, &facts.revoke, &facts.rotate] {
                let cell = calls.api.unwrap_or_default();
                let written = cell.split(" ; ").filter(|part| !part.is_empty()).count();
                assert_eq!(Call::all(calls.api.unwrap_or_default()).count(), written, "{}: {cell}", kind.id());
            }
        }
    }

    #[test]
    fn the_page_names_host_and_url_root() {
        let mut list = project(vec![endless(good())]);
        list.page = page("https://git.example.com:8443/gitlab/acme/payments/api/-/settings/access_tokens", "/gitlab");
        let commands = commands(list, &Context::new(today()));
        let base = "https://git.example.com:8443/gitlab/api/v4/projects/318/access_tokens/501";
        assert!(commands.iter().all(|command| command.contains(base)), "{commands:?}");
    }

    #[test]
    fn a_page_from_elsewhere_cannot_draw_the_token_to_its_host() {
        let mut context = Context::new(today());
        context.hosts = vec!["gitlab.example.com".into()];
        let mut list = project(vec![endless(good())]);
        list.page = page("https://evil.example.net/acme", "");
        let commands = commands(list, &context);
        assert!(!commands.is_empty());
        assert!(
            commands.iter().all(|command| command.contains("\"https://gitlab.example.com/api/v4/")),
            "{commands:?}"
        );
    }

    #[test]
    fn of_several_hosts_none_is_guessed() {
        let mut context = Context::new(today());
        context.hosts = vec!["a.example.com".into(), "b.example.com".into()];
        let commands = commands(project(vec![endless(good())]), &context);
        assert!(commands.iter().all(|command| command.contains("https://$GITLAB_HOST/api/v4/")), "{commands:?}");
    }

    #[test]
    fn a_path_is_encoded_where_the_number_is_not_known() {
        let mut list = project(vec![endless(good())]);
        list.owner.as_mut().unwrap().id = None;
        let commands = commands(list, &Context::new(today()));
        let part = "/projects/acme%2Fpayments%2Fapi/access_tokens/501";
        assert!(commands.iter().all(|command| command.contains(part)), "{commands:?}");
    }

    #[test]
    fn no_call_acts_on_the_token_that_makes_it() {
        let row = TokenRow { id: None, ..endless(personal()) };
        for command in commands(person(vec![row]), &Context::new(today())) {
            assert!(!command.contains("/self") && !command.contains("/admin/token"), "{command}");
            assert!(command.contains("/personal_access_tokens/$TOKEN_ID"), "{command}");
        }
    }

    #[test]
    fn unknown_numbers_are_placeholders() {
        let row = TokenRow { id: None, ..endless(good()) };
        let list = Inventory { tokens: vec![row], ..Inventory::default() };
        let commands = commands(list, &Context::new(today()));
        assert!(commands[0].contains("/projects/$PROJECT_ID/access_tokens/$TOKEN_ID\""), "{commands:?}");
    }

    proptest! {
        /// The checks are in `judged`: every command of every finding.
        #[test]
        fn no_name_leaves_its_quotes(name in "\\PC{0,40}", path in any::<String>(), url in any::<String>(), root in any::<String>()) {
            let mut list = project(vec![endless(TokenRow { name: Some(Name::new(&name)), ..good() })]);
            list.owner.as_mut().unwrap().id = None;
            list.owner.as_mut().unwrap().path = Some(Name::new(&path));
            list.page = page(&url, &root);
            prop_assert!(!judged(list).is_empty());
        }

        #[test]
        fn hostile_hosts_are_not_used(host in "[a-z]{0,3}[\"'`$();|& \\\\/@#?%{}<>!\n]{1,4}[a-z.]{0,5}") {
            let mut context = Context::new(today());
            context.hosts = vec![host];
            for command in commands(project(vec![endless(good())]), &context) {
                assert_safe(&command);
                prop_assert!(command.contains("https://$GITLAB_HOST/"));
            }
        }
    }
}

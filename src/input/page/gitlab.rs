//! Is it GitLab's page, and what does it say of itself: which page, whose, for whom, which version.
//!
//! Never from the address alone: other programs copy addresses. Both GitLab's `og:site_name` and its inline `gon` script
//! have to be there.

use serde::Deserialize as _;
use serde::de::IntoDeserializer;
use serde_json::Value;

use crate::catalog::pages::{self, PageFacts};
use crate::input::html::{Attribute, Document, Element};
use crate::inventory::PageKind;

/// The parts of `gon` that are read; nothing else of it is kept.
#[derive(Default)]
pub(super) struct Gon {
    /// `""` or `/gitlab`.
    pub(super) relative_url_root: Option<String>,
    /// Full base of the instance.
    pub(super) gitlab_url: Option<String>,
    /// What a personal access token of this instance begins with.
    pub(super) pat_prefix: Option<String>,
    pub(super) version: Option<String>,
    pub(super) user_id: Option<u64>,
    pub(super) username: Option<String>,
}

/// Values that cannot be read before the rest is given up: each try may look at all that follows.
const MAX_FAILURES: usize = 16;

impl Gon {
    /// Finds the inline script that begins with `window.gon={};gon.api_version=`.
    fn find(document: &Document) -> Option<Self> {
        document.elements().filter(|element| element.is("script")).find_map(|script| Self::parse(&script.raw_text()))
    }

    /// `gon.name=<JSON>;`, over and over. `<\/` for `</` is valid JSON.
    fn parse(script: &str) -> Option<Self> {
        let (_, rest) = script.split_once("window.gon")?;
        let (_, mut rest) = rest.split_once(';')?;
        if !rest.trim_start().starts_with("gon.api_version") {
            return None;
        }
        let mut gon = Self::default();
        let mut failures = 0;
        loop {
            rest = rest.trim_start().trim_start_matches(';').trim_start();
            let Some(assignment) = rest.strip_prefix("gon.") else { break };
            let Some((key, value)) = assignment.split_once('=') else { break };
            let wanted = matches!(
                key.trim(),
                "relative_url_root" | "gitlab_url" | "pat_prefix" | "version" | "current_user_id" | "current_username"
            );
            let (read, length) = first_value(value, wanted);
            if let Some(length) = length {
                gon.set(key.trim(), read);
                rest = value.get(length..).unwrap_or_default();
            } else {
                failures += 1;
                let next = if failures > MAX_FAILURES { None } else { value.find(";gon.") };
                let Some(next) = next else { break };
                rest = value.get(next..).unwrap_or_default();
            }
        }
        Some(gon)
    }

    fn set(&mut self, key: &str, value: Option<Value>) {
        let number = value.as_ref().and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        let text = value.as_ref().and_then(Value::as_str).map(str::to_owned);
        match key {
            "relative_url_root" => self.relative_url_root = text,
            "gitlab_url" => self.gitlab_url = text,
            "pat_prefix" => self.pat_prefix = text,
            "version" => self.version = text,
            "current_user_id" => self.user_id = number,
            "current_username" => self.username = text,
            _ => {}
        }
    }
}

/// The JSON value that `text` begins with, and how many bytes it takes; `None` when there is none.
fn first_value(text: &str, wanted: bool) -> (Option<Value>, Option<usize>) {
    if !text.trim_start().starts_with(['"', '{', '[']) {
        // Numbers, `true`, `null`: they end at the semicolon.
        let Some(length) = text.find(';') else { return (None, None) };
        let value = text.get(..length).and_then(|text| serde_json::from_str(text.trim()).ok());
        let length = value.is_some().then_some(length);
        return (value, length);
    }
    if wanted {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = stream.next().and_then(Result::ok);
        let length = value.is_some().then(|| stream.byte_offset());
        (value, length)
    } else {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        let read = stream.next().is_some_and(|result| result.is_ok());
        (None, read.then(|| stream.byte_offset()))
    }
}

/// Where the page is.
pub(super) struct Location {
    /// The whole address, without user, fragment and what its query holds beside the choice of rows.
    pub(super) url: String,
    /// The path, with that query.
    pub(super) path: String,
    /// Names of the query's parts that choose rows: the list is filtered.
    pub(super) filters: Vec<&'static str>,
}

/// The parts of a query that choose which rows are shown. Everything else in a query may be a credential.
const QUERY: [&str; 6] = ["filter", "page", "sort", "tab", "cursor", "per_page"];
const FILTERS: [&str; 11] = [
    "state",
    "revoked",
    "search",
    "expires_before",
    "expires_after",
    "created_before",
    "created_after",
    "last_used_before",
    "last_used_after",
    "owner_type",
    "user_id",
];

impl Location {
    /// `root` is the relative URL root; `owner` the project's or group's path, where the body tells it.
    pub(super) fn parse(address: &str, root: &str, owner: &str) -> Option<Self> {
        let (scheme, rest) = address.trim().split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let rest = rest.split('#').next()?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "/"));
        let host = authority.rsplit('@').next()?;
        let mut kept = String::new();
        let mut filters = Vec::new();
        for pair in query.split('&') {
            let name = pair.split('=').next().unwrap_or_default();
            let filter = FILTERS.iter().find(|known| **known == name);
            filters.extend(filter);
            // What somebody searched for is free text: that there is a search counts, not its words.
            if QUERY.contains(&name) || (filter.is_some() && name != "search") {
                kept.push(if kept.is_empty() { '?' } else { '&' });
                kept.push_str(pair);
            }
        }
        let url = format!("{scheme}://{host}{path}{kept}");
        // Behind some proxies the relative URL root stands twice in the page's own address; a namespace of the same name is
        // no second root.
        let doubled = !root.is_empty()
            && path.strip_prefix(root).is_some_and(|once| {
                once.strip_prefix(root).is_some_and(|twice| twice.starts_with('/'))
                    && (owner.is_empty() || !once.get(1..).unwrap_or_default().starts_with(owner))
            });
        let path = if doubled { path.strip_prefix(root).unwrap_or(path) } else { path };
        Some(Self { url, path: format!("{path}{kept}"), filters })
    }

    /// The path below the instance's base, without query.
    pub(super) fn below<'p>(&'p self, root: &str) -> &'p str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.strip_prefix(root).unwrap_or(path)
    }
}

/// What a GitLab page says of itself.
pub(super) struct Gitlab<'d> {
    pub(super) gon: Gon,
    pub(super) lang: &'d str,
    pub(super) body: Option<Element<'d>>,
    pub(super) data_page: Option<&'d str>,
    pub(super) location: Option<Location>,
    pub(super) facts: Option<&'static PageFacts>,
}

/// Why a document does not count as GitLab's.
pub(super) enum Foreign {
    /// Neither mark is there.
    Unmarked,
    /// The `og:site_name` is there without the `gon` script, as when a page was saved or copied in part.
    ScriptMissing,
    /// The script is there without the mark in the head.
    SiteNameMissing,
}

/// `html[lang]`.
pub(super) fn lang(document: &Document) -> Option<&str> {
    document
        .first(|element| element.is("html"))
        .and_then(|html| html.attribute(Attribute::Lang))
        .filter(|lang| !lang.is_empty())
}

/// Is it GitLab's page?
pub(super) fn recognise(document: &Document) -> Result<Gitlab<'_>, Foreign> {
    let property = |name: &str| {
        document
            .first(|element| element.is("meta") && element.attribute(Attribute::Property) == Some(name))
            .and_then(|meta| meta.attribute(Attribute::Content))
    };
    let site = property("og:site_name") == Some("GitLab");
    let gon = match (site, Gon::find(document)) {
        (true, Some(gon)) => gon,
        (true, None) => return Err(Foreign::ScriptMissing),
        (false, Some(_)) => return Err(Foreign::SiteNameMissing),
        (false, None) => return Err(Foreign::Unmarked),
    };
    let root = gon.relative_url_root.as_deref().unwrap_or_default();
    let body = document.first(|element| element.is("body"));
    let owner = [Attribute::DataProjectFullPath, Attribute::DataGroupFullPath]
        .into_iter()
        .find_map(|name| body?.attribute(name).filter(|path| !path.is_empty()))
        .unwrap_or_default();
    let sent = property("og:url").and_then(|address| Location::parse(address, root, owner));
    // The address in the head is the one that was loaded; the browser's own note is newer when the page paged or
    // navigated by itself since.
    let host = |location: &Location| location.url.split('/').nth(2).map(str::to_owned);
    let saved = document.saved_from().and_then(|address| Location::parse(address, root, owner));
    let location = match (saved, sent) {
        (Some(saved), Some(sent)) if host(&saved) == host(&sent) => Some(saved),
        (_, Some(sent)) => Some(sent),
        (saved, None) => saved,
    };
    let data_page = body.and_then(|body| body.attribute(Attribute::DataPage));
    let facts = data_page.and_then(pages::page);
    Ok(Gitlab { gon, lang: lang(document).unwrap_or("en"), body, data_page, location, facts })
}

impl Gitlab<'_> {
    /// The page's kind; service accounts and the tokens of one share their `data-page`.
    pub(super) fn kind(&self, document: &Document) -> PageKind {
        let Some(facts) = self.facts else { return PageKind::OtherGitlabPage };
        let kind = PageKind::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(facts.kind))
            .unwrap_or(PageKind::OtherGitlabPage);
        if kind == PageKind::ServiceAccounts
            && (self.service_account_id().is_some()
                || document.elements().any(|element| {
                    matches!(element.test_id(), Some("access-token-table" | "created-access-token-field"))
                }))
        {
            return PageKind::ServiceAccountTokens;
        }
        kind
    }

    pub(super) fn root(&self) -> &str {
        self.gon.relative_url_root.as_deref().unwrap_or_default()
    }

    fn path(&self) -> Option<&str> {
        Some(self.location.as_ref()?.below(self.root()))
    }

    /// `…/service_accounts/<number>/access_tokens`.
    pub(super) fn service_account_id(&self) -> Option<u64> {
        let (_, rest) = self.path()?.split_once("/service_accounts/")?;
        let (id, rest) = rest.split_once('/')?;
        rest.starts_with("access_tokens").then(|| id.parse().ok())?
    }

    /// `/admin/users/<name>/impersonation_tokens`.
    pub(super) fn impersonated(&self) -> Option<&str> {
        let rest = self.path()?.strip_prefix("/admin/users/")?;
        rest.split_once("/impersonation_tokens").map(|(name, _)| name).filter(|name| !name.contains('/'))
    }

    /// Full path of the project: from the body, or (before 16) from the address when its end agrees with the body.
    pub(super) fn project_path(&self) -> Option<&str> {
        let body = self.body?;
        if let Some(path) = body.attribute(Attribute::DataProjectFullPath).filter(|path| !path.is_empty()) {
            return Some(path);
        }
        let last = body.attribute(Attribute::DataProject).filter(|last| !last.is_empty())?;
        let path = self.path()?.split("/-/").next()?.trim_matches('/');
        (path == last || path.ends_with(&format!("/{last}"))).then_some(path)
    }

    /// Full path of the group.
    pub(super) fn group_path(&self) -> Option<&str> {
        let body = self.body?;
        if let Some(path) = body.attribute(Attribute::DataGroupFullPath).filter(|path| !path.is_empty()) {
            return Some(path);
        }
        let last = body.attribute(Attribute::DataGroup).filter(|last| !last.is_empty())?;
        let path = self.path()?.strip_prefix("/groups/")?.split("/-/").next()?.trim_matches('/');
        (path == last || path.ends_with(&format!("/{last}"))).then_some(path)
    }

    /// The instance's own token prefix, when it is not GitLab's standard one. A page could claim a prefix that masks every
    /// word: it has to look like one.
    pub(super) fn token_prefix(&self) -> Option<&str> {
        let prefix = self.gon.pat_prefix.as_deref()?;
        let plausible = (3..=30).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
            && prefix.bytes().any(|byte| !byte.is_ascii_alphanumeric());
        (plausible && prefix != "glpat-").then_some(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gon_is_read_through_strings_objects_and_damage() {
        let gon = Gon::parse(
            r#"//<![CDATA[
window.gon={};gon.api_version="v4";gon.relative_url_root="\/gitlab";gon.note="x;gon.version=\"1.0\";<\/script>";gon.features={"a":{"b":[1,";gon."]}};gon.broken=undefined;gon.max=100;gon.host=null;gon.version="18.9.0-pre";
gon.current_user_id=7;gon.current_username="dana";gon.pat_prefix="acme-pat-";
//]]>"#,
        )
        .unwrap();
        assert_eq!(gon.relative_url_root.as_deref(), Some("/gitlab"));
        assert_eq!(gon.version.as_deref(), Some("18.9.0-pre"));
        assert_eq!((gon.user_id, gon.username.as_deref()), (Some(7), Some("dana")));
        assert_eq!(gon.pat_prefix.as_deref(), Some("acme-pat-"));
        assert!(Gon::parse("window.gon = {}; gon.api_version = \"v4\"; gon.version=\"17.0\"").is_some());
        assert!(Gon::parse("window.gone={};x").is_none());
        assert!(Gon::parse("gon.api_version=1").is_none());
    }

    #[test]
    fn an_address_loses_what_may_be_a_credential() {
        let location = Location::parse(
            "https://dana:pass@gitlab.example.com:8443/a/b?private_token=abc&filter=ssh_keys&search=x&state=inactive#frag",
            "",
            "",
        )
        .unwrap();
        assert_eq!(location.url, "https://gitlab.example.com:8443/a/b?filter=ssh_keys&state=inactive");
        assert_eq!(location.path, "/a/b?filter=ssh_keys&state=inactive");
        assert_eq!(location.filters, ["search", "state"]);
        assert!(Location::parse("javascript://x", "", "").is_none());
    }

    #[test]
    fn a_relative_root_written_twice_counts_once() {
        for (address, owner, want) in [
            ("https://x.example/gitlab/gitlab/groups/a", "a", "/gitlab/groups/a"),
            ("https://x.example/gitlab/gitlabber", "", "/gitlab/gitlabber"),
            ("https://x.example/gitlab/gitlab/web/-/jobs/1", "gitlab/web", "/gitlab/gitlab/web/-/jobs/1"),
            ("https://x.example/gitlab/a/b", "a/b", "/gitlab/a/b"),
        ] {
            assert_eq!(Location::parse(address, "/gitlab", owner).unwrap().path, want, "{address}");
        }
    }
}

//! What a word or a variable's value comes to: variables replaced by what the file says of them, credentials known.

use crate::catalog::{TokenType, VariableIs, Whose, credential_name, predefined_variable};

/// A variable that carries a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The variable that it comes from in the end; the masked form of a token that stands there itself.
    pub name: Box<str>,
    /// Which credential.
    pub family: Family,
    /// Was it changed on the way (base64, cut, escaped), so that masking by its value does not catch it?
    pub changed: bool,
    /// Is more than the credential in it: an address, a header?
    pub wrapped: bool,
}

/// Which credential a variable carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The job token, in whichever of its variables.
    JobToken,
    /// The deploy token that GitLab hands to every job by itself.
    DeployToken,
    /// An ID token.
    IdToken,
    /// Fetched by `secrets`.
    Secret,
    /// A variable stored in the settings, GitLab's or not as far as its name says.
    Stored(Whose),
    /// A GitLab token that stands in the file itself, in the script or as a variable's value.
    Written(TokenType),
}

impl Family {
    /// Is it surely, or by its name, a credential of the GitLab instance?
    #[must_use]
    pub const fn is_gitlab(self) -> bool {
        matches!(self, Self::JobToken | Self::DeployToken | Self::Stored(Whose::GitLab) | Self::Written(_))
    }

    /// Does it outlive the job, in the settings or in the file?
    #[must_use]
    pub const fn is_stored(self) -> bool {
        matches!(self, Self::DeployToken | Self::Stored(_) | Self::Written(_))
    }
}

/// The credential that a variable which the file does not define carries, by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<Credential> {
    let credential = |family, wrapped| Some(Credential { name: name.into(), family, changed: false, wrapped });
    if let Some(variable) = predefined_variable(name) {
        let wrapped = variable.is == VariableIs::UrlWithCredential;
        return match variable.token? {
            TokenType::CiJobToken => credential(Family::JobToken, wrapped),
            TokenType::DeployToken => credential(Family::DeployToken, wrapped),
            _ => credential(Family::IdToken, wrapped),
        };
    }
    credential(Family::Stored(credential_name(name)?), false)
}

/// A text with variables replaced where the file defines them. What it does not define stands as `${NAME}`.
#[derive(Clone, Debug, Default)]
pub struct Expanded {
    pub(crate) text: String,
    /// The credentials in it, in order.
    pub credentials: Vec<Credential>,
    /// Variables looked up for it: what bounds values that name values that name values.
    pub(super) lookups: usize,
}

/// Where an address leads.
#[derive(Clone, PartialEq, Eq)]
pub enum Host {
    /// The instance that runs the pipeline.
    Instance,
    /// A host by name, in lower case, with its port.
    Named(Box<str>),
    /// A variable that the file does not define.
    Unknown(Box<str>),
}

/// An address in parts.
pub struct Url<'a> {
    /// Where to.
    pub host: Host,
    /// Between `//` and `@`.
    pub userinfo: Option<&'a str>,
    /// From the first `/` on, without query.
    pub path: &'a str,
    /// Behind `?`.
    pub query: &'a str,
}

/// Takes an expanded address apart; `None` when it is none.
#[must_use]
pub fn url(text: &str) -> Option<Url<'_>> {
    let (before, query) = text.split_once('?').unwrap_or((text, ""));
    if let Some(rest) = before.strip_prefix("${") {
        let (name, path) = rest.split_once('}')?;
        let is = predefined_variable(name).map(|variable| variable.is);
        return match is {
            Some(VariableIs::InstanceUrl) => Some(Url { host: Host::Instance, userinfo: None, path, query }),
            Some(VariableIs::UrlWithCredential) => {
                Some(Url { host: Host::Instance, userinfo: Some(before), path, query })
            }
            _ => (path.starts_with('/') && !path.starts_with("//")).then(|| Url {
                host: if matches!(is, Some(VariableIs::InstanceHost | VariableIs::RegistryHost)) {
                    Host::Instance
                } else {
                    Host::Unknown(name.into())
                },
                userinfo: None,
                path,
                query,
            }),
        };
    }
    let (scheme, rest) = before.split_once("://")?;
    let known = scheme.len() < 32
        && (scheme.starts_with("${")
            || scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) && !scheme.is_empty());
    if !known {
        return None;
    }
    let end = authority_end(rest);
    let (authority, path) = rest.split_at_checked(end)?;
    let (userinfo, place) = match authority.rsplit_once('@') {
        Some((userinfo, place)) => (Some(userinfo), place),
        None => (None, authority),
    };
    Some(Url { host: host(place)?, userinfo, path, query })
}

/// Where user and host of an address end. What stands in `${…}` is one name, whatever its characters.
fn authority_end(rest: &str) -> usize {
    let mut in_name = false;
    let end = rest.char_indices().find(|&(at, c)| {
        in_name = in_name && c != '}' || rest.get(at..).is_some_and(|rest| rest.starts_with("${"));
        !in_name && matches!(c, '/' | '#' | ' ' | '"' | '\'' | ')')
    });
    end.map_or(rest.len(), |(at, _)| at)
}

/// A host by itself, as `docker login` takes it: `registry.example.com`, `${CI_REGISTRY}`.
#[must_use]
pub fn host(text: &str) -> Option<Host> {
    let text = text.trim_start_matches("https://").trim_start_matches("http://");
    if let Some(at) = text.find("${") {
        let (name, after) = text.get(at + 2..)?.split_once('}')?;
        let is = predefined_variable(name).map(|variable| variable.is);
        let instance =
            matches!(is, Some(VariableIs::InstanceHost | VariableIs::RegistryHost | VariableIs::InstanceUrl));
        // `registry.${CI_SERVER_HOST}` is still ours; `${NAME}.example.com` is a name we do not know.
        return Some(if instance && (after.is_empty() || after.starts_with([':', '/'])) {
            Host::Instance
        } else {
            Host::Unknown(name.into())
        });
    }
    let name = text.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let plausible =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_' | '[' | ']'));
    plausible.then(|| Host::Named(name.into()))
}

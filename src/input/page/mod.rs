//! GitLab's settings pages, read from HTML: one file a page kind.
//!
//! A page is read as a browser holds it after its scripts have run: tables, not the JSON that the server sent for them.
//! What is collapsed, on another page, filtered away or behind a drawer is said as a blind spot with what to click; a
//! layout that is not known says so. Which page it is comes from `body[data-page]`, never from a look-alike's address.

mod cicd;
mod credentials;
mod dates;
mod forms;
mod gitlab;
mod job_log;
mod job_token;
mod lists;
mod reader;
mod repository;
mod resource_tokens;
mod sent;
mod user_tokens;
mod webhooks;

use super::html::{Attribute, Document, Element};
use super::{Model, Reading, Status, Unread};
use crate::catalog::TokenType;
use crate::catalog::pages::{self, PageFacts};
use crate::context::{Context, Version};
use crate::inventory::{Inventory, Owner, OwnerKind, Page, PageKind, ServiceAccount, VariableLevel, Viewer};
use crate::say;
use crate::source::Source;
use crate::text::{Name, Text};
use gitlab::{Foreign, Gitlab};
use reader::Reader;

/// Reads a page.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Reading {
    let document = Document::parse(source.text());
    match gitlab::recognise(&document) {
        Ok(gitlab) => read_gitlab(&document, &gitlab, context),
        Err(foreign) => not_gitlab(&document, &foreign, context),
    }
}

fn not_gitlab(document: &Document, foreign: &Foreign, context: &Context) -> Reading {
    let why = match foreign {
        Foreign::Unmarked => "it has neither GitLab's mark in its head nor GitLab's script",
        Foreign::ScriptMissing => "it has GitLab's mark in its head, and not the script that every GitLab page has",
        Foreign::SiteNameMissing => "it has GitLab's script, and not the mark that every GitLab page has in its head",
    };
    let message = say![
        "This page is not recognised as GitLab's: ",
        why,
        ". No row was read from it. If it is one, open it signed in and save it \
         whole (“Web page, complete”)."
    ];
    let page = Page {
        kind: PageKind::NotGitlab,
        is_gitlab: false,
        data_page: None,
        url: None,
        path: None,
        relative_url_root: None,
        lang: gitlab::lang(document).map(|lang| context.name(lang)),
        gitlab_version: None,
    };
    Reading {
        format: say!["HTML page, not GitLab's"],
        status: Status::Unreadable,
        model: Model::Inventory(Box::new(Inventory { page: Some(page), ..Inventory::default() })),
        unread: vec![Unread { at: None, message }],
        foreign: true,
        ..Reading::default()
    }
}

fn read_gitlab(document: &Document, gitlab: &Gitlab<'_>, context: &Context) -> Reading {
    let token_prefixes: Vec<String> = gitlab.token_prefix().map(str::to_owned).into_iter().collect();
    let prefixes = context.token_prefixes.iter().chain(&token_prefixes).cloned().collect();
    let mut reader = Reader::new(document, gitlab, context.today, prefixes);
    let kind = gitlab.kind(document);
    let mut inventory = frame(&reader, kind);
    forms::read(&reader, kind, &mut inventory);
    let mut format = say!["GitLab page: ", title(gitlab.facts, kind)];
    if let Some(version) = inventory.gitlab_version {
        format.push(", GitLab ").push(version);
    }
    match kind {
        PageKind::UserAccessTokens => user_tokens::read(&mut reader, TokenType::PersonalAccessToken, &mut inventory),
        PageKind::ServiceAccountTokens => {
            inventory.service_account = Some(service_account(&reader));
            user_tokens::read(&mut reader, TokenType::PersonalAccessToken, &mut inventory);
        }
        PageKind::ProjectAccessTokens => {
            resource_tokens::read(&mut reader, TokenType::ProjectAccessToken, &mut inventory)
        }
        PageKind::GroupAccessTokens => resource_tokens::read(&mut reader, TokenType::GroupAccessToken, &mut inventory),
        PageKind::ImpersonationTokens => {
            resource_tokens::read(&mut reader, TokenType::ImpersonationToken, &mut inventory)
        }
        PageKind::ServiceAccounts => lists::service_accounts(&mut reader, &mut inventory),
        PageKind::Applications => {
            let is_admin = inventory.owner.as_ref().is_some_and(|owner| owner.kind == OwnerKind::Instance);
            lists::applications(&mut reader, is_admin, &mut inventory);
        }
        PageKind::ProjectRepositorySettings => repository::read(&mut reader, true, &mut inventory),
        PageKind::GroupRepositorySettings => repository::read(&mut reader, false, &mut inventory),
        PageKind::ProjectCicdSettings => {
            cicd::variables(&mut reader, VariableLevel::Project, &mut inventory);
            cicd::triggers(&mut reader, &mut inventory);
            cicd::runners(&mut reader, true, &mut inventory);
            job_token::read(&mut reader, &mut inventory);
        }
        PageKind::GroupCicdSettings => {
            cicd::variables(&mut reader, VariableLevel::Group, &mut inventory);
            cicd::runners(&mut reader, false, &mut inventory);
        }
        PageKind::AdminCicdSettings => {
            cicd::variables(&mut reader, VariableLevel::Instance, &mut inventory);
            cicd::runners(&mut reader, false, &mut inventory);
        }
        PageKind::Runners => cicd::runners(&mut reader, true, &mut inventory),
        PageKind::CredentialsInventory => credentials::read(&mut reader, &mut inventory),
        PageKind::ProjectWebhooks | PageKind::GroupWebhooks | PageKind::AdminWebhooks => {
            webhooks::list(&mut reader, &mut inventory);
        }
        PageKind::ProjectWebhookEdit | PageKind::GroupWebhookEdit | PageKind::AdminWebhookEdit => {
            webhooks::edit(&mut reader, &mut inventory);
        }
        PageKind::JobLog => job_log::read(&mut reader, &mut inventory),
        PageKind::UserAccessTokenForm | PageKind::OtherGitlabPage | PageKind::NotGitlab => {
            if kind == PageKind::UserAccessTokenForm {
                inventory.new_token_displayed = Some(shows_new_token(document));
            }
            other_page(&mut reader);
            return Reading {
                format,
                status: Status::Unreadable,
                model: Model::Inventory(Box::new(inventory)),
                unread: reader.unread,
                token_prefixes,
                foreign: false,
                found: Vec::new(),
            };
        }
    }
    if matches!(
        kind,
        PageKind::UserAccessTokens
            | PageKind::ServiceAccountTokens
            | PageKind::ProjectAccessTokens
            | PageKind::GroupAccessTokens
            | PageKind::ImpersonationTokens
    ) {
        inventory.new_token_displayed = Some(shows_new_token(document));
    }
    reader.say_filtered();
    reader.say_unknown();
    Reading {
        format,
        status: if reader.partly { Status::Partly } else { Status::Read },
        model: Model::Inventory(Box::new(inventory)),
        unread: reader.unread,
        token_prefixes,
        foreign: false,
        found: Vec::new(),
    }
}

/// What every GitLab page says of itself.
fn frame(reader: &Reader<'_>, kind: PageKind) -> Inventory {
    let gitlab = reader.gitlab;
    let name = |text: &str| reader.name(text);
    let page = Page {
        kind,
        is_gitlab: true,
        data_page: gitlab.data_page.map(name),
        url: gitlab.location.as_ref().map(|location| name(&location.url)),
        path: gitlab.location.as_ref().map(|location| name(&location.path)),
        relative_url_root: gitlab.gon.relative_url_root.as_deref().map(name),
        lang: gitlab::lang(reader.document).map(name),
        gitlab_version: gitlab.gon.version.as_deref().map(name),
    };
    let viewer = gitlab
        .gon
        .username
        .as_deref()
        .map(|username| Viewer { username: Some(name(username)), id: gitlab.gon.user_id });
    Inventory {
        page: Some(page),
        viewer,
        owner: owner(reader, kind),
        gitlab_version: gitlab.gon.version.as_deref().and_then(Version::parse),
        ..Inventory::default()
    }
}

/// Whose page it is: the first part of `data-page` tells what, the body and the address tell who.
fn owner(reader: &Reader<'_>, kind: PageKind) -> Option<Owner> {
    let gitlab = reader.gitlab;
    if kind == PageKind::OtherGitlabPage {
        return None;
    }
    let project_id = gitlab.body.and_then(|body| body.number(Attribute::DataProjectId));
    let mut owner = match gitlab.data_page?.split(':').next()? {
        "projects" => Owner {
            kind: OwnerKind::Project,
            path: gitlab.project_path().map(|path| reader.name(path)),
            id: project_id,
            ..Owner::default()
        },
        "groups" => Owner {
            kind: OwnerKind::Group,
            path: gitlab.group_path().map(|path| reader.name(path)),
            ..Owner::default()
        },
        "admin" if kind == PageKind::ImpersonationTokens => Owner {
            kind: OwnerKind::User,
            username: gitlab.impersonated().map(|username| reader.name(username)),
            ..Owner::default()
        },
        "admin" => Owner { kind: OwnerKind::Instance, ..Owner::default() },
        _ => Owner {
            kind: OwnerKind::User,
            username: gitlab.gon.username.as_deref().map(|username| reader.name(username)),
            id: gitlab.gon.user_id,
            ..Owner::default()
        },
    };
    if kind == PageKind::ServiceAccountTokens {
        owner.kind = OwnerKind::ServiceAccount;
        owner.id = gitlab.service_account_id();
    }
    Some(owner)
}

/// The account's name stands beside its picture, above the tokens.
fn service_account(reader: &Reader<'_>) -> ServiceAccount {
    let label = reader.document.first(|element| element.has_class("gl-avatar-labeled-label")).map(Element::text);
    let below = reader.document.first(|element| element.has_class("gl-avatar-labeled-sublabel")).map(Element::text);
    ServiceAccount {
        id: reader.gitlab.service_account_id(),
        username: below.and_then(|text| reader.some_name(text.trim_start_matches('@'))),
        name: label.and_then(|text| reader.some_name(&text)),
    }
}

/// Is the value of a newly made token on the page? Its element is enough to tell; the value is never read.
fn shows_new_token(document: &Document) -> bool {
    document.elements().any(|element| {
        let marked =
            matches!(element.test_id(), Some("created-access-token-field" | "created-personal-access-token-field"))
                || matches!(element.id(), Some("new-access-token" | "created-personal-access-token"));
        // Before 18 the copy button holds it; feed and mail tokens, which are always there, have sections of their own.
        let copied = element.is_test_id("clipboard-button")
            && element.is_filled(Attribute::CopyText)
            && element
                .closest(|outer| {
                    outer.is_test_id("access-token-section")
                        || outer.has_class("created-personal-access-token-container")
                })
                .is_some();
        marked || copied
    })
}

fn title(facts: Option<&'static PageFacts>, kind: PageKind) -> Text {
    match (facts, kind) {
        (_, PageKind::ServiceAccountTokens) => say!["tokens of a service account"],
        (Some(facts), _) => say![facts.title],
        (None, _) => say!["a page without credentials"],
    }
}

/// A page of GitLab that holds no list of credentials.
fn other_page(reader: &mut Reader<'_>) {
    let mut readable: Vec<&'static str> = Vec::new();
    for page in pages::pages() {
        if page.kind != "user_access_token_form" && !readable.contains(&page.title) {
            readable.push(page.title);
        }
    }
    let data_page: Name = reader.name(reader.gitlab.data_page.unwrap_or("no name"));
    let message = if let Some(facts) = reader.gitlab.facts {
        say![
            "This page is the ",
            facts.title,
            ": it holds no list of tokens, so no row was read from it. The list is at ",
            facts.place,
            "."
        ]
    } else {
        say![
            "This page of GitLab (",
            data_page,
            ") holds no list of credentials: nothing was read from it. Pages that can be read: ",
            Text::list(&readable, "and"),
            "."
        ]
    };
    reader.not_shown(message);
}

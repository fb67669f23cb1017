//! The attributes that are kept, and which of their values may be.

macro_rules! attributes {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// The attributes that are kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Attribute { $($name),* }

        impl Attribute {
            pub(super) fn parse(name: &[u8]) -> Option<Self> {
                static NAMES: &[(&[u8], Attribute)] = &[$(($text.as_bytes(), Attribute::$name)),*];
                // Most have another length or another end, and need no closer look.
                let near = |known: &[u8]| known.len() == name.len() && known.last() == name.last();
                NAMES.iter().find(|(known, _)| near(known) && *known == name).map(|(_, attribute)| *attribute)
            }
        }
    };
}

attributes! {
    AriaBusy = "aria-busy",
    AriaChecked = "aria-checked",
    AriaColcount = "aria-colcount",
    AriaColindex = "aria-colindex",
    AriaCurrent = "aria-current",
    AriaDisabled = "aria-disabled",
    AriaExpanded = "aria-expanded",
    AriaSelected = "aria-selected",
    Checked = "checked",
    Class = "class",
    Content = "content",
    DataGroup = "data-group",
    DataGroupFullPath = "data-group-full-path",
    DataPage = "data-page",
    DataPageTypeId = "data-page-type-id",
    DataPath = "data-path",
    DataProject = "data-project",
    DataProjectFullPath = "data-project-full-path",
    DataProjectId = "data-project-id",
    DataUserId = "data-user-id",
    Datetime = "datetime",
    Disabled = "disabled",
    Href = "href",
    Id = "id",
    Lang = "lang",
    Name = "name",
    Property = "property",
    QaStatus = "data-qa-status",
    RevokePath = "data-revoke-path",
    Selected = "selected",
    SentTokens = "data-initial-active-access-tokens",
    SentTriggers = "data-triggers",
    TestId = "data-testid",
    Title = "title",
    Type = "type",
    Value = "value",
    XlinkHref = "xlink:href",
    // Only "there and not empty" is kept of these.
    CopyText = "data-clipboard-text",
    RegistrationToken = "data-registration-token",
    SecretToken = "data-secret-token",
}

impl Attribute {
    /// May its text be a credential, so that only its presence is kept?
    pub(super) const fn sealed(self) -> bool {
        matches!(self, Self::CopyText | Self::RegistrationToken | Self::SecretToken)
    }
}

/// Inputs whose value is what the page is about: name, address and names of headers of a webhook (an address may hold a
/// credential; its reader takes that out). Values of radio
/// buttons and checkboxes are choices. The value of every other input is sealed.
pub(super) const OPEN_INPUTS: [&str; 3] = ["hook[name]", "hook[url]", "hook[custom_headers][][key]"];

/// The one name that a form's text field is read for: with it, a deploy token goes to every job
/// (<https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>).
pub(crate) const GIVEN_TO_JOBS: &str = "gitlab-deploy-token";

/// Is it a day as date fields hold it (`2026-11-20`), or that one name? Neither can be a credential.
pub(super) fn is_plain_value(value: &str) -> bool {
    let is_day = value.len() == 10
        && value
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    is_day || value == GIVEN_TO_JOBS
}

/// The text kept of a sealed attribute that is not empty.
pub(super) const SEALED: &str = "sealed";

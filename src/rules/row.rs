//! A token's row as the rules look at it: whose it is, how far it reaches, how it is named in a sentence.

use super::{Judgement, Rule};
use crate::catalog::{AccessLevel, Scope, ScopeFacts, TokenType, Use, Verb, suggested_by};
use crate::inventory::{Inventory, OwnerKind, TokenRow, bot_of};
use crate::report::{About, Advice, Confidence, Finding, Severity, Subject, SubjectId};
use crate::say;
use crate::text::{Name, NotStr, Say, Text};
use crate::time::Date;

/// A row and what it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) inventory: &'a Inventory,
    pub(crate) token: &'a TokenRow,
}

impl<'a> Row<'a> {
    pub(crate) const fn new(judgement: &'a Judgement<'a>, inventory: &'a Inventory, token: &'a TokenRow) -> Self {
        Self { judgement, inventory, token }
    }

    /// The row, if the token could be used today. What is over is not judged: nothing can be made better there.
    pub(crate) fn alive(judgement: &'a Judgement<'a>, inventory: &'a Inventory, token: &'a TokenRow) -> Option<Self> {
        token.is_alive(judgement.context.today).then(|| Self::new(judgement, inventory, token))
    }

    pub(crate) const fn today(&self) -> Date {
        self.judgement.context.today
    }

    /// The kind as its owner shows it: an administrator's list calls every token a personal one, and a service account's
    /// tokens have its page.
    pub(crate) fn kind(&self) -> TokenType {
        match self.token.kind {
            TokenType::PersonalAccessToken | TokenType::FineGrainedPersonalAccessToken => {
                let account = self.username().and_then(|name| account_of(name.as_str()));
                match account
                    .or((self.owner_kind() == OwnerKind::ServiceAccount).then_some(TokenType::ServiceAccountToken))
                {
                    Some(kind) => kind,
                    None if self.token.granular == Some(true) => TokenType::FineGrainedPersonalAccessToken,
                    None => self.token.kind,
                }
            }
            other => other,
        }
    }

    /// Does a person's name stand behind it, with all that the person may do?
    pub(crate) fn is_personal(&self) -> bool {
        matches!(
            self.kind(),
            TokenType::PersonalAccessToken | TokenType::FineGrainedPersonalAccessToken | TokenType::ImpersonationToken
        )
    }

    pub(crate) fn owner_kind(&self) -> OwnerKind {
        let of_row = self.token.owner.as_ref().map(|owner| owner.kind).filter(|kind| *kind != OwnerKind::Unknown);
        of_row.or(self.inventory.owner.as_ref().map(|owner| owner.kind)).unwrap_or_default()
    }

    /// Full path of the project or group that owns it (of a service account: the group it belongs to).
    pub(crate) fn path(&self) -> Option<&'a Name> {
        if let Some(owner) = &self.token.owner
            && owner.kind != OwnerKind::Unknown
        {
            return owner.path.as_ref();
        }
        self.inventory.owner.as_ref().and_then(|owner| owner.path.as_ref()).or_else(|| {
            let in_project = self.token.kind == TokenType::ProjectAccessToken;
            self.judgement.project.filter(|path| in_project && !is_number(path.as_str()))
        })
    }

    /// GitLab's number of the owner, whatever it is.
    pub(crate) fn owner_id(&self) -> Option<u64> {
        if let Some(owner) = &self.token.owner
            && owner.kind != OwnerKind::Unknown
        {
            return owner.id;
        }
        self.inventory.owner.as_ref().and_then(|owner| owner.id).or_else(|| {
            let in_project = self.token.kind == TokenType::ProjectAccessToken;
            self.judgement.project.filter(|_| in_project).and_then(|path| path.as_str().parse().ok())
        })
    }

    pub(crate) fn username(&self) -> Option<&'a Name> {
        let of_row = self.token.owner.as_ref().and_then(|owner| owner.username.as_ref());
        let of_list = || self.inventory.owner.as_ref().and_then(|owner| owner.username.as_ref());
        let of_account = || self.inventory.service_account.as_ref().and_then(|account| account.username.as_ref());
        of_row.or_else(of_list).or_else(of_account)
    }

    /// Number of the user that the token belongs to, for personal, impersonation and service-account tokens.
    pub(crate) fn user_id(&self) -> Option<u64> {
        let of_owner =
            matches!(self.owner_kind(), OwnerKind::User | OwnerKind::ServiceAccount).then(|| self.owner_id());
        of_owner.flatten().or(self.token.user_id)
    }

    /// Who owns it, for a report's `owner`.
    pub(crate) fn owner(&self) -> Option<&'a Name> {
        match self.owner_kind() {
            OwnerKind::User | OwnerKind::ServiceAccount => self.username().or_else(|| self.path()),
            _ => self.path().or_else(|| self.username()),
        }
    }

    /// `` `deploy-prod` (id 501) ``.
    pub(crate) fn name(&self) -> Text {
        match (&self.token.name, self.token.id) {
            (Some(name), Some(id)) => say!["`", name, "` (id ", id, ")"],
            (Some(name), None) => say!["`", name, "`"],
            (None, Some(id)) => say!["The ", self.kind(), " with id ", id],
            (None, None) => say!["This ", self.kind()],
        }
    }

    /// `` `deploy-prod` (id 501) in acme/payments/api ``, to begin a sentence with.
    pub(crate) fn opening(&self) -> Text {
        self.once(|words| &mut words.opening, || self.opened())
    }

    fn opened(&self) -> Text {
        let mut text = self.name();
        match (self.owner_kind(), self.owner(), self.owner_id()) {
            (OwnerKind::User, Some(name), _) => text.push(" of ").push(name),
            (OwnerKind::ServiceAccount, Some(name), _) => text.push(" of the service account ").push(name),
            (OwnerKind::ServiceAccount, None, Some(id)) => text.push(" of the service account with id ").push(id),
            (OwnerKind::Project, None, Some(id)) => text.push(" in project ").push(id),
            (OwnerKind::Group, None, Some(id)) => text.push(" in group ").push(id),
            (_, Some(name), _) => text.push(" in ").push(name),
            (_, None, _) => match self.token.user_id.filter(|_| self.is_personal()) {
                Some(id) => text.push(" of the user with id ").push(id),
                None => &mut text,
            },
        };
        text
    }

    /// The scopes, when the source shows them and they say something: `None` for a fine-grained token, whose permissions
    /// stand elsewhere.
    pub(crate) fn scopes(&self) -> Option<&'a [Scope]> {
        if self.token.granular == Some(true) {
            return None;
        }
        self.token.scopes.as_deref().filter(|scopes| !scopes.iter().any(|scope| scope.is("granular")))
    }

    /// What is known of its scopes, when all of them are known.
    pub(crate) fn scope_facts(&self) -> Option<Vec<&'static ScopeFacts>> {
        self.scopes().filter(|scopes| !scopes.is_empty())?.iter().map(Scope::facts).collect()
    }

    /// Is reading all it can do? `false` where that is not known.
    pub(crate) fn only_reads(&self) -> bool {
        self.scope_facts().is_some_and(|facts| facts.iter().all(|scope| scope.verbs == [Verb::Read]))
    }

    /// `the scopes `a` and `b``; `None` where the source does not show them.
    pub(crate) fn scopes_in_words(&self) -> Option<Text> {
        let scopes = self.scopes().filter(|scopes| !scopes.is_empty())?;
        Some(say![if scopes.len() == 1 { "the scope " } else { "the scopes " }, Text::list(scopes, "and")])
    }

    pub(crate) fn role(&self) -> Option<AccessLevel> {
        self.token.role.as_ref().and_then(crate::catalog::Role::level)
    }

    /// What name and description say it is for; the general "a machine" only where they say nothing closer.
    pub(crate) fn suggested_uses(&self) -> Vec<&'static Use> {
        let mut text = String::new();
        for name in [&self.token.name, &self.token.description].into_iter().flatten() {
            text.push_str(name.as_str());
            text.push(' ');
        }
        let mut uses = suggested_by(&text);
        if uses.len() > 1 {
            uses.retain(|one| !one.is_general());
        }
        uses
    }

    pub(crate) fn never_expires(&self) -> bool {
        self.token.never_expires == Some(true)
    }

    /// Days until 00:00 UTC of the day it ends.
    pub(crate) fn days_left(&self) -> Option<i64> {
        self.token.expires_on.map(|day| day.days_since(self.today()))
    }

    /// How long it has not been used: days since the last use, or since it was made when it never was; `None` where the
    /// source does not tell.
    pub(crate) fn days_unused(&self) -> Option<i64> {
        let since = match (self.token.last_used_day(), self.token.never_used) {
            (Some(day), _) => day,
            (None, Some(true)) => self.token.created_on?,
            (None, _) => return None,
        };
        Some(self.today().days_since(since))
    }

    /// Has it gone unused for longer than the look-back?
    pub(crate) fn is_unused(&self) -> bool {
        self.days_unused().is_some_and(|days| days > self.judgement.context.thresholds.unused_days)
    }

    /// Was it used within so many days?
    pub(crate) fn used_within(&self, days: i64) -> bool {
        self.token.last_used_day().is_some_and(|day| self.today().days_since(day) <= days)
    }

    /// Does the source show days in somebody's local time?
    pub(crate) const fn is_local_time(&self) -> bool {
        self.inventory.page.is_some()
    }

    /// ` It was last used on 1 May 2026.`, to follow another sentence; empty where the source does not tell.
    pub(crate) fn use_in_words(&self) -> Text {
        match (self.token.last_used_day(), self.token.never_used) {
            (Some(day), _) if day == self.today() => say![" It was used today."],
            (Some(day), _) => say![" It was last used on ", day, "."],
            (None, Some(true)) => say![" It has never been used, as far as GitLab recorded."],
            (None, _) => Text::new(),
        }
    }

    /// What the finding is about: kind, owner, number (or name and day of making, where the source has no number).
    pub(crate) fn about(&self) -> About {
        self.once(|words| &mut words.about, || self.named())
    }

    fn named(&self) -> About {
        let about = About::default().and(self.token.kind.id());
        let about = match (self.owner(), self.owner_id()) {
            (Some(name), _) => about.and(name),
            (None, Some(id)) => about.and(id),
            (None, None) => about.and(self.token.user_id),
        };
        match self.token.id {
            Some(id) => about.and(id),
            None => match self.token.created_on {
                Some(day) => about.and(&self.token.name).and(super::call::Iso(day)),
                None => about.and(&self.token.name).and("unknown"),
            },
        }
    }

    /// A finding of `rule` about this row, with the rule's severity, certain, and the row's place.
    pub(crate) fn finding(&self, rule: &'static Rule, title: Text, message: Text, advice: Vec<Advice>) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::Certain,
            title,
            message,
            input: self.judgement.input,
            place: self
                .once(|words| &mut words.place, || self.token.span.map(|span| self.judgement.source.place(span))),
            excerpt: None,
            token: None,
            occurrences: 1,
            subject: Some(Subject {
                kind: self.token.kind.id(),
                id: self.token.id.map(SubjectId::Number),
                name: self.token.name.clone(),
                owner: self.owner().cloned(),
                row: self.token.row,
            }),
            denial: None,
            advice,
            references: super::references(rule),
            about: self.about(),
        }
    }
}

impl Finding {
    /// With another severity.
    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With another confidence.
    pub(crate) const fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The kind that a machine's user name gives away: `project_318_bot_…`, `group_42_bot_…`, `service_account_…`
/// (<https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects>,
/// <https://docs.gitlab.com/user/profile/service_accounts/>).
fn account_of(username: &str) -> Option<TokenType> {
    match bot_of(username) {
        Some((OwnerKind::Group, _)) => Some(TokenType::GroupAccessToken),
        Some(_) => Some(TokenType::ProjectAccessToken),
        None => username.starts_with("service_account_").then_some(TokenType::ServiceAccountToken),
    }
}

/// A kind's name at the beginning of a sentence.
pub(crate) struct Capital(pub(crate) &'static str);

impl Say for Capital {
    fn say(&self, out: &mut String) {
        let mut characters = self.0.chars();
        out.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(characters.as_str());
    }
}
impl NotStr for Capital {}

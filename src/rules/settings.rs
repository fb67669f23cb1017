//! What is set beside the tokens, as the rules look at it: whose settings they are, where they stand in GitLab's pages,
//! and by which call they change.

use super::call::{Call, Encoded, api_base};
use super::{Judgement, Rule};
use crate::inventory::{Inventory, OwnerKind};
use crate::report::{About, Advice, Confidence, Finding, Subject, SubjectId};
use crate::say;
use crate::source::Span;
use crate::text::{Name, Text};

/// An inventory's settings, and whose they are.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) judgement: &'a Judgement<'a>,
    pub(super) inventory: &'a Inventory,
    /// Rows may belong to somebody else than the page: a variable inherited from a group.
    of: Option<(OwnerKind, Option<&'a Name>)>,
}

/// A row that a finding is about.
pub(super) struct Thing<'a> {
    /// As [`Subject::kind`].
    pub(super) kind: &'static str,
    pub(super) id: Option<SubjectId>,
    pub(super) name: Option<&'a Name>,
    pub(super) span: Option<Span>,
    pub(super) row: Option<u32>,
}

/// One call for each kind of owner, `METHOD /path`; `""` where there is none.
#[derive(Clone, Copy)]
pub(super) struct OwnerCalls {
    pub(super) project: &'static str,
    pub(super) group: &'static str,
    pub(super) instance: &'static str,
}

impl OwnerCalls {
    pub(super) const fn of_project(project: &'static str) -> Self {
        Self { project, group: "", instance: "" }
    }
}

impl<'a> Settings<'a> {
    pub(super) const fn new(judgement: &'a Judgement<'a>, inventory: &'a Inventory) -> Self {
        Self { judgement, inventory, of: None }
    }

    /// The same, for a row that is a group's.
    pub(super) const fn of_group(self, path: Option<&'a Name>) -> Self {
        Self { of: Some((OwnerKind::Group, path)), ..self }
    }

    /// The same, for a row that is the whole instance's.
    pub(super) const fn of_instance(self) -> Self {
        Self { of: Some((OwnerKind::Instance, None)), ..self }
    }

    /// What has these settings. Where the source does not say and the user named a project, a project.
    pub(super) fn kind(&self) -> OwnerKind {
        match (&self.of, &self.inventory.owner) {
            (Some((kind, _)), _) => *kind,
            (None, Some(owner)) => owner.kind,
            (None, None) if self.judgement.project.is_some() => OwnerKind::Project,
            (None, None) => OwnerKind::Unknown,
        }
    }

    /// Its full path.
    pub(super) fn path(&self) -> Option<&'a Name> {
        match (self.of, &self.inventory.owner) {
            (Some((_, path)), _) => path,
            (None, Some(owner)) => owner.path.as_ref(),
            (None, None) => self.judgement.project.filter(|name| name.as_str().parse::<u64>().is_err()),
        }
    }

    /// Its number.
    pub(super) fn id(&self) -> Option<u64> {
        match (&self.of, &self.inventory.owner) {
            (Some(_), _) => None,
            (None, Some(owner)) => owner.id,
            (None, None) => self.judgement.project.and_then(|name| name.as_str().parse().ok()),
        }
    }

    /// `acme/payments/api`, `project 318`, `this project`.
    pub(super) fn whose(&self) -> Text {
        let username = self.inventory.owner.as_ref().and_then(|owner| owner.username.as_ref());
        match (self.kind(), self.path(), self.id()) {
            (OwnerKind::Instance, ..) => say!["the instance"],
            (_, Some(path), _) => say![path],
            (OwnerKind::Project | OwnerKind::Unknown, None, Some(id)) => say!["project ", id],
            (OwnerKind::Group, None, Some(id)) => say!["group ", id],
            (OwnerKind::Group, None, None) => say!["this group"],
            (OwnerKind::User | OwnerKind::ServiceAccount, None, id) => match (username, id) {
                (Some(name), _) => say![name],
                (None, Some(id)) => say!["user ", id],
                (None, None) => say!["this user"],
            },
            (OwnerKind::Project, None, None) => say!["this project"],
            (OwnerKind::Unknown, None, None) => Text::new(),
        }
    }

    /// ` in acme/payments/api`; empty where it is not known whose it is.
    pub(super) fn inside(&self) -> Text {
        let whose = self.whose();
        match self.kind() {
            _ if whose.is_empty() => whose,
            OwnerKind::Instance | OwnerKind::User | OwnerKind::ServiceAccount => say![" of ", whose],
            _ => say![" in ", whose],
        }
    }

    /// Who may change them.
    pub(super) fn needs(&self) -> &'static str {
        match self.kind() {
            OwnerKind::Project => "Maintainer",
            OwnerKind::Group => "Owner of the group",
            OwnerKind::Instance => "an administrator",
            OwnerKind::User | OwnerKind::ServiceAccount => "the owner",
            OwnerKind::Unknown => "Maintainer of the project, Owner of the group",
        }
    }

    /// A path through GitLab's pages: `acme/payments/api > Settings > Webhooks`. `rest` follows the owner.
    pub(super) fn at(&self, rest: Text) -> Text {
        match (self.path(), self.kind()) {
            (_, OwnerKind::Instance) => say!["Admin > ", rest],
            (Some(path), _) => say![path, " > ", rest],
            (None, OwnerKind::Group) => say!["Group > ", rest],
            (None, OwnerKind::User | OwnerKind::ServiceAccount) => rest,
            (None, _) => say!["Project > ", rest],
        }
    }

    /// What stands for the owner in a call: its number, else its percent-encoded path.
    fn owner_parameter(&self) -> Option<Text> {
        // `..` would change the call, and nothing would shorten it.
        let path =
            || self.path().filter(|path| path.as_str().contains(char::is_alphanumeric)).map(|path| say![Encoded(path)]);
        self.id().map(|id| say![id]).or_else(path)
    }

    /// The call that fits the owner, as a command. `row` stands for the row's own parameter.
    pub(super) fn command(&self, calls: OwnerCalls, row: Option<&Text>, data: Option<Text>) -> Option<Text> {
        let cell = match self.kind() {
            OwnerKind::Project | OwnerKind::Unknown => calls.project,
            OwnerKind::Group => calls.group,
            OwnerKind::Instance => calls.instance,
            OwnerKind::User | OwnerKind::ServiceAccount => "",
        };
        let call = Call::all(cell).next()?;
        let base = api_base(self.judgement, Some(self.inventory));
        let known = |parameter: &str| match parameter {
            ":project_id" | ":group_id" => self.owner_parameter(),
            _ => row.cloned(),
        };
        Some(call.curl(&base, "TOKEN", known, data))
    }

    /// A finding of `rule`, with the rule's severity, certain.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        thing: Thing<'_>,
        title: Text,
        message: Text,
        advice: Vec<Advice>,
    ) -> Finding {
        let about = About::default().and(thing.kind);
        let about = match (self.path(), self.id()) {
            (Some(path), _) => about.and(path),
            (None, Some(id)) => about.and(id),
            (None, None) => about.and(self.whose()),
        };
        let about = match (&thing.id, thing.name) {
            (Some(SubjectId::Number(id)), _) => about.and(*id),
            (Some(SubjectId::Key(key)), _) => about.and(key),
            (None, Some(name)) => about.and(name),
            (None, None) => about,
        };
        let username = self.inventory.owner.as_ref().and_then(|owner| owner.username.as_ref());
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::Certain,
            title,
            message,
            input: self.judgement.input,
            place: thing.span.map(|span| self.judgement.source.place(span)),
            excerpt: None,
            token: None,
            occurrences: 1,
            subject: Some(Subject {
                kind: thing.kind,
                id: thing.id,
                name: thing.name.cloned(),
                owner: self.path().or(username).cloned(),
                row: thing.row,
            }),
            denial: None,
            advice,
            references: super::references(rule),
            about,
        }
    }
}

/// Advice with a place and, where there is one, a command.
pub(super) fn step(text: Text, place: Text, command: Option<Text>) -> Advice {
    Advice { command, ..Advice::step(text).at(place) }
}

/// [`step`], for what cannot be taken back.
pub(super) fn last_step(text: Text, place: Text, command: Option<Text>) -> Advice {
    Advice { command, ..Advice::destructive(text).at(place) }
}

/// `` `readonly mirror` (id 12)``, or `The deploy key with id 12`, to begin a sentence with.
pub(super) fn named(what: &'static str, name: Option<&Name>, id: Option<u64>) -> Text {
    match (name.filter(|name| !name.as_str().trim().is_empty()), id) {
        (Some(name), Some(id)) => say!["`", name, "` (id ", id, ")"],
        (Some(name), None) => say!["`", name, "`"],
        (None, Some(id)) => say!["The ", what, " with id ", id],
        (None, None) => say!["This ", what],
    }
}

/// `1 project`, `4 projects`.
pub(super) fn count(number: usize, one: &'static str, many: &'static str) -> Text {
    say![number, " ", if number == 1 { one } else { many }]
}

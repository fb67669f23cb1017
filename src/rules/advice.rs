//! Advice that several rules give: the settings path and the API call for a row, and how to replace or end a token
//! without breaking what uses it.

use super::call::{Call, Encoded, Iso};
use super::row::Row;
use crate::catalog::{Calls, TokenType, Use};
use crate::inventory::OwnerKind;
use crate::report::Advice;
use crate::say;
use crate::text::Text;
use crate::time::Date;

/// The life we suggest for a new token: long enough for a planned change a quarter.
pub(crate) const NEW_LIFE_DAYS: i64 = 90;

/// The credential that is enough for each use; empty where there is none.
pub(crate) fn instead(uses: &[&Use]) -> Text {
    let mut text = Text::new();
    for one in uses {
        text.push(if text.is_empty() { "Enough would be, for " } else { " For " });
        text.push(one.phrase).push(", in a pipeline ").push(one.in_pipeline);
        text.push("; elsewhere ").push(one.elsewhere).push(".");
    }
    text
}

/// How [`Row::ask_consumers`] begins.
pub(crate) const ASK_CONSUMERS: &str = "Tell the consumers first:";

impl Row<'_> {
    /// The day a new token should end.
    pub(crate) fn new_end(&self) -> Date {
        self.today().plus_days(NEW_LIFE_DAYS)
    }

    /// A path through GitLab's pages as the catalog writes it, with this row's owner and name in it:
    /// ``acme/payments/api > Settings > Access tokens > `deploy-prod` > Revoke``.
    fn fill(&self, ui: &'static str) -> Text {
        let mut ways = ui.split(" ; ");
        let of_group = self.owner_kind() == OwnerKind::Group;
        let first = ways.next().unwrap_or(ui);
        let way = ways.find(|way| of_group && way.starts_with("Group > ")).unwrap_or(first);
        let mut text = Text::new();
        for (index, segment) in way.split(" > ").enumerate() {
            if index > 0 {
                text.push(" > ");
            }
            let owner = self.path().filter(|_| index == 0 && matches!(segment, "Project" | "Group"));
            match (owner, segment.strip_prefix("the token"), segment, &self.token.name, self.username()) {
                (Some(path), ..) => text.push(path),
                (_, Some(rest), _, Some(name), _) => text.push("`").push(name).push("`").push(rest),
                (.., "the account" | "the user", _, Some(username)) => text.push(username),
                _ => text.push(segment),
            };
        }
        text
    }

    /// What stands for a parameter of a call: numbers where known, else the percent-encoded path.
    fn parameter(&self, parameter: &str) -> Option<Text> {
        // `..` would change the call, and nothing would shorten it.
        let path =
            || self.path().filter(|path| path.as_str().contains(char::is_alphanumeric)).map(|path| say![Encoded(path)]);
        let number = |id: Option<u64>| id.map(|id| say![id]);
        match (parameter, self.owner_kind()) {
            (":project_id", OwnerKind::Project) | (":group_id", OwnerKind::Group) => {
                number(self.owner_id()).or_else(path)
            }
            (":group_id", OwnerKind::ServiceAccount) => path(),
            // A list that does not name its owner, and a user who did (`--project`).
            (":project_id", OwnerKind::Unknown) => path().or_else(|| number(self.owner_id())),
            (":user_id", _) => number(self.user_id()),
            (":token_id", _) => number(self.token.id),
            _ => None,
        }
    }

    /// Adds to a step how the catalog does it: in GitLab's pages, by a call with this row's numbers, and what that needs.
    ///
    /// Of several calls, the one with the fewest unknowns; only those that name the token: one about `self` would act on the
    /// token that it is made with.
    fn with(&self, mut step: Advice, calls: &Calls, data: Option<Text>) -> Advice {
        let names_the_token = |call: &Call| call.parameters().any(|name| name == ":token_id");
        let unknowns = |call: &Call| call.parameters().filter(|name| self.parameter(name).is_none()).count();
        let all: Vec<Call> = calls.api.into_iter().flat_map(Call::all).filter(names_the_token).collect();
        let call = match all.as_slice() {
            [one] => Some(*one),
            several => several.iter().copied().min_by_key(unknowns),
        };
        if let Some(needs) = calls.needs {
            // The first clause is about the first call.
            let first = needs.split_once("; ").map_or(needs, |(clause, _)| clause);
            let needs = if call.as_ref() == all.first() { first } else { needs };
            step.text.push(" Needs: ").push(needs).push(".");
        }
        step.place = calls.ui.map(|ui| self.fill(ui));
        step.command = call.map(|call| self.curl(call, data));
        step
    }

    /// A call as a command, with this row's numbers.
    fn curl(&self, call: Call, data: Option<Text>) -> Text {
        call.curl(&self.api_base(), "TOKEN", |name| self.parameter(name), data)
    }

    /// Look at the list again.
    pub(crate) fn look_again(&self) -> Advice {
        let list = &self.kind().facts().list;
        let mut step = Advice::step(say!["Ask GitLab again, and compare."]);
        step.place = list.ui.map(|ui| self.fill(ui));
        step.command = list
            .api
            .and_then(|api| Call::all(api).find(|call| !call.is_about_itself()))
            .map(|call| self.curl(call, None));
        step
    }

    /// Who uses it? The first step before anything is taken away.
    pub(crate) fn ask_consumers(&self) -> Advice {
        self.once(|words| &mut words.ask_consumers, || self.asking())
    }

    fn asking(&self) -> Advice {
        let mut text = say![
            "Tell the consumers first: ask whoever made it, and search the CI/CD variables, scripts and schedulers that \
             could hold it. GitLab keeps no list of what uses a token."
        ];
        match self.token.last_used_ips.as_deref() {
            Some([]) | None => {}
            Some([address]) => {
                text.push(" It was last used from ").push(address).push(": find out which machine that is.");
            }
            Some(addresses) => {
                let shown = addresses.get(..5).unwrap_or(addresses);
                text.push(" It was last used from ")
                    .push(Text::list(shown, "and"))
                    .push(": find out which machines those are.");
            }
        }
        let step = Advice::step(text);
        match (self.owner_kind(), self.path()) {
            (OwnerKind::Project | OwnerKind::Group, Some(path)) => {
                step.at(say![path, " > Settings > CI/CD > Variables"])
            }
            _ => step,
        }
    }

    /// Make a token; `what` follows "Make": `the narrower one beside it: role Reporter, …`.
    pub(crate) fn make(&self, what: Text) -> Advice {
        let made_at = || {
            let facts = self.kind().facts();
            facts.create.ui.or(facts.list.ui).map(|ui| self.fill(ui))
        };
        Advice { place: self.once(|words| &mut words.made_at, made_at), ..Advice::step(say!["Make ", what]) }
    }

    /// Make a token of any kind, where a call of the catalog can: `data` is the call's, percent-encoded. A person's own token is
    /// made by the person, in GitLab's pages.
    pub(crate) fn make_kind(&self, kind: TokenType, what: Text, data: Text) -> Advice {
        let facts = kind.facts();
        let mut step = Advice::step(say!["Make ", what]);
        step.place = facts.create.ui.map(|ui| self.fill(ui));
        let personal = matches!(
            kind,
            TokenType::PersonalAccessToken
                | TokenType::FineGrainedPersonalAccessToken
                | TokenType::ImpersonationToken
                | TokenType::OauthAccessToken
        );
        let unknowns = |call: &Call| call.parameters().filter(|name| self.parameter(name).is_none()).count();
        let call = facts.create.api.into_iter().flat_map(Call::all).filter(|_| !personal).min_by_key(unknowns);
        step.command = call.map(|call| self.curl(call, Some(data)));
        step
    }

    /// Move over from the old token to the new one.
    pub(crate) fn switch(&self) -> Advice {
        Advice::step(match self.kind() {
            TokenType::DeployToken => say![
                "Put the new value into each place that holds the old one, and run each once. A deploy token shows no last use."
            ],
            _ => say![
                "Put the new value into each place that holds the old one, and watch Last used of both for a week: the old \
                 one's has to stand still. GitLab writes that time at most every ten minutes."
            ],
        })
    }

    /// End it. The last step.
    pub(crate) fn revoke(&self) -> Advice {
        let make = || {
            let step =
                Advice::destructive(say!["Revoke it. Whatever still uses it stops at once, and there is no way back."]);
            self.with(step, &self.kind().facts().revoke, None)
        };
        self.once(|words| &mut words.revoke, make)
    }

    /// [`Row::revoke`] when another token took its place.
    pub(crate) fn revoke_replaced(&self) -> Advice {
        let make = || {
            let mut step = self.revoke();
            if self.can_rotate() {
                step.text.push(
                    " Do not call its rotate endpoint after that: a rotate call with a dead token makes GitLab end the live \
                     token that came from it too.",
                );
            }
            step
        };
        self.once(|words| &mut words.revoke_replaced, make)
    }

    /// Is there a call that replaces it in place?
    pub(crate) fn can_rotate(&self) -> bool {
        self.kind().facts().rotate.api.is_some_and(|api| api.contains("/rotate"))
    }

    /// Rotate in place, with an end date; `None` for kinds without such a call.
    pub(crate) fn rotate(&self) -> Option<Advice> {
        self.once(|words| &mut words.rotate, || self.rotating())
    }

    fn rotating(&self) -> Option<Advice> {
        if !self.can_rotate() {
            return None;
        }
        let step = Advice::destructive(say![
            "Or, if one place alone holds it and you can change it at once: rotate it. GitLab makes a new value with the same \
             name, scopes and role, and the old value stops at that moment. Give the end date, or the call sets seven days."
        ]);
        Some(self.with(step, &self.kind().facts().rotate, Some(say!["expires_at=", Iso(self.new_end())])))
    }

    /// All steps from this token to a better one: ask, make, switch, revoke. `what` as for [`Row::make`].
    pub(crate) fn replace(&self, what: Text) -> Vec<Advice> {
        vec![self.ask_consumers(), self.make(what), self.switch(), self.revoke_replaced()]
    }
}

//! The words of a plan: what to make, where to put it, how to see that it works, when to end the old one.

use std::collections::BTreeSet;

use super::estate::Person;
use super::holders::{Holder, Level};
use super::schedule::{Ends, WATCH_DAYS, working_day};
use super::{Decision, Item, Judged, NewToken, sh};
use crate::catalog::{AccessLevel, Scope, TokenType};
use crate::inventory::OwnerKind;
use crate::report::{Advice, Confidence, Report};
use crate::rules::row::Row;
use crate::say;
use crate::text::{Name, NotStr, Say, Text};
use crate::time::Date;

/// One token's part of the plan; `None` where nothing was decided.
pub(super) fn item(judged: &Judged<'_>, begin: Date, calendar: &mut Ends) -> Option<Item> {
    let (row, decision) = (judged.row, judged.decision?);
    let new = (decision != Decision::Revoke).then(|| new_token(&row, decision, begin));
    let new_end = new.as_ref().map(|_| calendar.next(begin));
    let revoke_from = match decision {
        Decision::Revoke => begin,
        _ => working_day(begin.plus_days(WATCH_DAYS)),
    };
    let facts = row.kind().facts();
    let needs = match decision {
        Decision::Revoke => facts.revoke.needs,
        Decision::HandOver => TokenType::ProjectAccessToken.facts().create.needs,
        // Nobody else can make a token that acts as this person, but an administrator by the API.
        Decision::Replace if row.is_personal() && row.kind() != TokenType::ImpersonationToken => {
            Some("its owner, in the own settings")
        }
        Decision::Replace => facts.create.needs,
    };
    let steps = Steps { row, judged, begin, revoke_from };
    let steps = match (&new, new_end) {
        (Some(new), Some(end)) if decision == Decision::Replace => steps.replace(new, end),
        (Some(new), Some(end)) => steps.hand_over(new, end),
        _ => steps.revoke_only(),
    };
    let swap = sh::Swap::new(&row, decision, new.as_ref(), new_end, &judged.holders);
    Some(Item {
        kind: row.kind(),
        id: row.token.id,
        name: row.token.name.clone(),
        owner: owner(&row),
        decision,
        reasons: judged.reasons.clone(),
        ends: row.token.expires_on,
        last_used: row.token.last_used_day(),
        begin,
        revoke_from,
        new_end,
        new,
        who: needs.map(|needs| needs.split_once("; ").map_or(needs, |(first, _)| first)),
        holders: judged.holders.clone(),
        steps,
        key: judged.key.clone(),
        swap,
    })
}

/// What was said of a person's first token is not said again of each further one.
pub(super) fn shorten(items: &mut [Item]) {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for item in items.iter_mut().filter(|item| item.decision == Decision::HandOver) {
        let Some(owner) = item.owner.as_ref().map(ToString::to_string) else { continue };
        if told.insert(owner) {
            continue;
        }
        if let (Some(first), Some(owner)) = (item.steps.first_mut(), &item.owner) {
            let mut text = say![
                "As with the tokens of ",
                owner,
                " above, what uses it fails or has stopped: ask the same person."
            ];
            if let Some(day) = item.last_used {
                text.push(" It was last used on ").push(day).push(".");
            }
            first.text = text;
        }
    }
}

/// Whose a token is, in words.
pub(in crate::plan) fn owner(row: &Row<'_>) -> Option<Text> {
    if let Some(owner) = row.owner() {
        return Some(say![owner]);
    }
    match (row.owner_kind(), row.owner_id()) {
        (OwnerKind::Project, Some(id)) => Some(say!["project ", id]),
        (OwnerKind::Group, Some(id)) => Some(say!["group ", id]),
        _ => row.token.user_id.filter(|_| row.is_personal()).map(|id| say!["user ", id]),
    }
}

/// The new token's name, role and scopes: no more than the old one's, and less where the rules are sure.
fn new_token(row: &Row<'_>, decision: Decision, begin: Date) -> NewToken {
    let all = row.scopes().unwrap_or_default();
    let scopes: Vec<Scope> = all
        .iter()
        .filter(|scope| !all.iter().any(|other| other.includes(scope)))
        .filter(|scope| decision != Decision::HandOver || !only_of_a_person(scope))
        .cloned()
        .collect();
    NewToken { name: new_name(row, begin), scopes, role: lower_role(row).or_else(|| row.role()) }
}

/// A scope that no project's, group's or service account's token can have.
fn only_of_a_person(scope: &Scope) -> bool {
    scope.facts().is_some_and(|facts| !facts.available_for(TokenType::ProjectAccessToken))
}

/// The role that all its scopes work with, where that is less than it has.
fn lower_role(row: &Row<'_>) -> Option<AccessLevel> {
    let needs = row.scope_facts()?.iter().map(|scope| scope.least_role).collect::<Option<Vec<_>>>()?;
    let needed = needs.into_iter().max()?;
    row.role().filter(|role| needed < *role && *role >= AccessLevel::MAINTAINER).map(|_| needed)
}

fn pushes(row: &Row<'_>) -> bool {
    let push = Scope::new("write_repository");
    row.scopes().unwrap_or_default().iter().any(|scope| scope.is("write_repository") || scope.includes(&push))
}

/// The deploy token of this name goes to every job by itself
/// (<https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>).
const INJECTED: &str = "gitlab-deploy-token";

fn is_injected(row: &Row<'_>) -> bool {
    row.kind() == TokenType::DeployToken && row.token.name.as_ref().is_some_and(|name| name.as_str() == INJECTED)
}

/// `mirror-push-2026-11`: the old name without earlier marks, and the month, so that two in a list can be told apart.
pub(in crate::plan) fn new_name(row: &Row<'_>, begin: Date) -> Text {
    let old = row.token.name.as_ref().map_or("token", Name::as_str);
    if is_injected(row) {
        return say![INJECTED];
    }
    let base = Name::new(without_marks(old));
    let (year, month, _) = begin.parts();
    let month = say![if month < 10 { "0" } else { "" }, month];
    let name = say![base, "-", year, "-", month];
    if name.as_str() == old { say![name, "b"] } else { name }
}

/// A name without the mark of an earlier rotation at its end: `-2026-03`, `-2026b`, `-new`, `-v2`, ` (2)`.
pub(super) fn without_marks(name: &str) -> &str {
    let mut rest = name;
    loop {
        let trimmed = rest.trim_end_matches(['-', '_', ' ', '.']);
        let start = trimmed.rfind(['-', '_', ' ', '.']).map_or(0, |at| at + 1);
        let (before, last) = trimmed.split_at_checked(start).unwrap_or(("", trimmed));
        if before.is_empty() || !is_mark(last, before) {
            return trimmed;
        }
        rest = before;
    }
}

fn is_mark(word: &str, before: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |word: &str| {
        let year = word.trim_end_matches(|last: char| last.is_ascii_lowercase());
        word.len() - year.len() <= 1 && year.len() == 4 && year.starts_with("20") && digits(year)
    };
    let bare = before.trim_end_matches(['-', '_', ' ', '.']);
    let behind_year = bare.rsplit(['-', '_', ' ', '.']).take(2).any(is_year);
    let lower = word.to_ascii_lowercase();
    let month = lower.trim_end_matches('b');
    ["new", "old", "next", "rotated"].contains(&lower.as_str())
        || lower.strip_prefix('v').is_some_and(digits)
        || lower.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).is_some_and(digits)
        || is_year(&lower)
        || (month.len() <= 2 && digits(month) && behind_year)
}

/// `Tue 24 Nov 2026`.
pub(super) struct Day(pub(super) Date);

impl Say for Day {
    fn say(&self, out: &mut String) {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let weekday = usize::from(self.0.weekday()).saturating_sub(1);
        let words = self.0.in_words();
        let mut parts = words.split(' ');
        out.push_str(DAYS.get(weekday).copied().unwrap_or_default());
        for part in parts.by_ref().take(2) {
            out.push(' ');
            out.push_str(part.get(..3).unwrap_or(part));
        }
        out.push(' ');
        out.push_str(parts.next().unwrap_or_default());
    }
}
impl NotStr for Day {}

/// What a holder is called in a sentence: `` `MIRROR_TOKEN` of acme/ops (masked, protected; used in .gitlab-ci.yml:41) ``.
pub(super) fn holder_in_words(holder: &Holder) -> Text {
    let mut text = say!["`", holder.key, "`"];
    let mut remarks = Text::new();
    match &holder.place {
        Some(place) => {
            match (place.level, &place.path, place.id) {
                (Level::Instance, ..) => text.push(" of the instance"),
                (_, Some(path), _) => text.push(" of ").push(path),
                (Level::Group, None, Some(id)) => text.push(" of group ").push(id),
                (_, None, Some(id)) => text.push(" of project ").push(id),
                _ => text.push(" (the list does not say of which project)"),
            };
            if let Some(scope) = place.scope.as_ref().filter(|scope| scope.as_str() != "*") {
                remarks.push("environment ").push(scope).push(", ");
            }
            match (place.masked, place.protected) {
                (Some(true), Some(true)) => remarks.push("masked, protected"),
                (Some(true), Some(false)) => remarks.push("masked, not protected"),
                (Some(true), None) => remarks.push("masked"),
                (Some(false), Some(true)) => remarks.push("protected, not masked: mask it while you are there"),
                (Some(false), _) => remarks.push("not masked: mask it while you are there"),
                (None, _) => &mut remarks,
            };
        }
        None => {
            text.push(" (in no list of variables you gave)");
        }
    }
    let shown = holder.used.get(..3).unwrap_or(&holder.used);
    let places: Vec<Text> = shown.iter().map(|(input, line)| say![input, ":", *line]).collect();
    if !places.is_empty() {
        remarks.push(if remarks.is_empty() { "used in " } else { "; used in " }).push(Text::list(&places, "and"));
        if holder.used.len() > shown.len() {
            remarks.push(" and ").push(holder.used.len() - shown.len()).push(" more");
        }
    }
    if holder.claims > 1 {
        remarks.push(if remarks.is_empty() { "" } else { "; " });
        remarks.push("by its name it may be any of ").push(holder.claims).push(" tokens: find out which first");
    }
    if !remarks.is_empty() {
        text.push(" (").push(remarks).push(")");
    }
    text
}

struct Steps<'a, 'b> {
    row: Row<'a>,
    judged: &'b Judged<'a>,
    begin: Date,
    revoke_from: Date,
}

impl Steps<'_, '_> {
    fn replace(&self, new: &NewToken, end: Date) -> Vec<Advice> {
        if self.row.kind() == TokenType::DeployKey {
            return self.replace_key(new, end);
        }
        let mut steps = Vec::new();
        if is_injected(&self.row) {
            steps.push(Advice::step(say![
                "GitLab gives the deploy token of exactly this name to every job as CI_DEPLOY_USER and CI_DEPLOY_PASSWORD, with no \
                 variable of yours. Search the jobs for these two names. Where CI_JOB_TOKEN can do the same, change the jobs and \
                 revoke this one without a successor. Else the successor needs the same name, and while both live GitLab \
                 does not say which of them a job gets: keep that time short, and run a job after the old one is gone."
            ]));
        }
        if self.judged.holders.is_empty() {
            steps.push(self.find());
        }
        let mut what = say!["`", new.name, "` beside it: ", self.extent(new), "ending on ", end, "."];
        if !self.row.can_rotate() {
            what.push(" A ").push(self.row.kind()).push(" cannot be rotated.");
        }
        if let Some(note) = self.narrower() {
            what.push(note);
        }
        steps.push(self.row.make(what));
        steps.push(self.put());
        steps.push(self.verify());
        steps.push(self.revoke());
        steps
    }

    /// A deploy key is a pair: the private half stays where it is used, and only the public one is given to GitLab.
    fn replace_key(&self, new: &NewToken, end: Date) -> Vec<Advice> {
        let mut steps = vec![Advice::step(say![
            "Find the machine that holds the private half: GitLab knows only the public one, and the time of the last use. One key \
             may let into several projects (Settings > Repository > Deploy keys shows them)."
        ])];
        steps.push(self.row.make(say![
            "a new pair on that machine (`ssh-keygen -t ed25519`), and add its public half as `",
            new.name,
            "` to the same projects, ending on ",
            end,
            "; with write access only where it pushes. The private half does not leave the machine."
        ]));
        steps.push(Advice::step(say!["Switch the machine to the new key, fetch (and push, where it pushes) once, and see that Last used of the new one changes."]));
        steps.push(self.revoke());
        steps
    }

    fn hand_over(&self, new: &NewToken, end: Date) -> Vec<Advice> {
        let mut steps = Vec::new();
        if let Some(Person { name, state, .. }) = self.judged.person {
            let mut text = say![
                "GitLab refuses the tokens of a user who is ",
                state,
                ": what still uses this one fails, or has stopped. Find who \
                 takes over the work of ",
                name,
                "."
            ];
            if let Some(day) = self.row.token.last_used_day() {
                text.push(" It was last used on ").push(day).push(": something needed it then.");
            }
            steps.push(Advice::step(text));
        }
        steps.push(Advice::step(say![
            "Make `",
            new.name,
            "` as a project or group access token where the work is done, or for a service account, not for \
             another person: ",
            self.extent(new),
            "ending on ",
            end,
            ".",
            self.left_behind(),
        ]));
        steps.push(self.put());
        steps.push(self.verify());
        steps.push(self.revoke());
        steps
    }

    /// What the person's token could do and its successor cannot.
    fn left_behind(&self) -> Text {
        let scopes: Vec<&Scope> =
            self.row.scopes().unwrap_or_default().iter().filter(|scope| only_of_a_person(scope)).collect();
        if scopes.is_empty() {
            return Text::new();
        }
        say![
            " It had ",
            Text::list(&scopes, "and"),
            " too, which only a person's token can have: what needs that is for an administrator to do, not for a script."
        ]
    }

    fn revoke_only(&self) -> Vec<Advice> {
        let mut ask = self.find();
        if !self.judged.holders.is_empty() {
            let holders: Vec<Text> = self.judged.holders.iter().map(holder_in_words).collect();
            ask = Advice::step(say![
                "Look first into ",
                Text::list(&holders, "and"),
                ": by its name it may hold this token. If something needs it, \
                 replace the token instead."
            ]);
        }
        let mut end = self.revoke();
        if self.row.token.expires_on.is_some_and(|day| day.days_since(self.begin) <= WATCH_DAYS) {
            end.text.push(" Letting it end is enough where nobody can tell.");
        }
        vec![ask, end]
    }

    /// `role Developer (was Maintainer…), scope `write_repository`, `.
    fn extent(&self, new: &NewToken) -> Text {
        let mut text = Text::new();
        if let Some(role) = new.role {
            text.push("role ").push(role);
            if let Some(old) = self.row.role().filter(|old| *old != role) {
                text.push(" (was ").push(old).push(if pushes(&self.row) {
                    ": not needed to push unless the branch is protected), "
                } else {
                    ": its scopes need no more), "
                });
            } else {
                text.push(", ");
            }
        }
        if !new.scopes.is_empty() {
            text.push(if new.scopes.len() == 1 { "scope " } else { "scopes " });
            text.push(Text::list(&new.scopes, "and"));
            let before = self.row.scopes().map_or(0, <[Scope]>::len);
            if before > new.scopes.len() {
                text.push(" (the others are included)");
            }
            text.push(", ");
        } else if self.row.token.granular == Some(true) {
            text.push("the same permissions or fewer, ");
        }
        text
    }

    /// Smaller scopes that its name suggests: to be tried, since the old one still works until it is ended.
    fn narrower(&self) -> Option<Text> {
        let uses = self.row.suggested_uses();
        let wide = self.row.scopes()?.iter().any(|scope| scope.is("api"));
        let [only] = uses.as_slice() else { return None };
        if !wide || only.justifies_api || only.scopes.is_empty() {
            return None;
        }
        let role = if self.row.role().is_some() { say![" with the role ", only.role] } else { Text::new() };
        Some(say![
            " By its name it is for ",
            only.phrase,
            "; ",
            Text::list(&only.scopes, "and"),
            role,
            " would do. Try that first: the old \
             one still works."
        ])
    }

    /// Who uses it? The place to look is that of [`Row::ask_consumers`]; its general words stand in the plan's notes.
    fn find(&self) -> Advice {
        let mut text = say!["Find what uses it: nothing in the files you gave points to it."];
        match self.row.token.last_used_ips.as_deref().unwrap_or_default() {
            [] => {}
            addresses => {
                let shown = addresses.get(..5).unwrap_or(addresses);
                text.push(" It was last used from ").push(Text::list(shown, "and")).push(".");
            }
        }
        Advice { text, ..self.row.ask_consumers() }
    }

    fn put(&self) -> Advice {
        let listed: Vec<&Holder> = self.judged.holders.iter().collect();
        if listed.is_empty() {
            return Advice::step(say!["Put the new value into each place that holds the old one."]);
        }
        let words: Vec<Text> = listed.iter().map(|holder| holder_in_words(holder)).collect();
        let sure = listed.iter().all(|holder| holder.confidence == Confidence::Likely);
        let mut text =
            say!["Put it into ", Text::list(&words, "and"), if sure { ", likely" } else { ", possibly" }, " by "];
        text.push(if words.len() == 1 { "its name" } else { "their names" });
        if listed.iter().all(|holder| holder.fits) {
            text.push(" and by what the value looks like");
        }
        text.push("; nothing else in the files you gave points to it.");
        Advice::step(text)
    }

    fn verify(&self) -> Advice {
        let files: BTreeSet<&Name> =
            self.judged.holders.iter().flat_map(|holder| &holder.used).map(|(input, _)| input).collect();
        let mut text = say!["Run what uses it"];
        if let [one] = files.iter().collect::<Vec<_>>().as_slice() {
            text.push(" (").push(**one).push(")");
        }
        text.push(match self.row.kind() {
            TokenType::DeployToken => {
                ". A deploy token shows no last use: only the job's success tells that the new one is in place."
            }
            _ => "; Last used of the new one has to change, and the old one's to stand still.",
        });
        Advice::step(text)
    }

    fn revoke(&self) -> Advice {
        let mut step = self.row.revoke();
        let dead = self.row.token.expires_on.filter(|end| *end <= self.revoke_from);
        step.text = match (dead, self.judged.decision) {
            (Some(end), Some(Decision::Replace | Decision::HandOver)) => say![
                "Revoke ",
                self.short(),
                " once the new one is seen in use; else it ends by itself at 00:00 UTC of ",
                Day(end),
                "."
            ],
            _ => say!["Revoke ", self.short(), " on ", Day(self.revoke_from), " or later; there is no way back."],
        };
        step
    }

    fn short(&self) -> Text {
        self.row.token.id.map_or_else(|| say!["the old one"], |id| say![id])
    }
}

/// What holds for all, and what the plan could not tell.
pub(super) fn notes(report: &Report, judged: &[Judged<'_>], items: &[Item]) -> Vec<Text> {
    let mut notes = Vec::new();
    let variables = report.inventories.iter().any(|(_, inventory)| !inventory.variables.is_empty());
    if !items.is_empty() && !variables && report.mentions.is_empty() {
        notes.push(say![
            "No list of CI/CD variables, no configuration and no script was given, so no consumer could be found. Give them \
             beside the export: .gitlab-ci.yml, the variables of the projects (GET /projects/:id/variables), scripts."
        ]);
    }
    if items.iter().any(|item| item.holders.is_empty()) {
        notes.push(say![
            "GitLab keeps no list of what uses a token. Where nothing was found, ask whoever made it, and search the CI/CD variables, \
             scripts and schedulers that could hold it, before anything is ended. What was found is a guess from names."
        ]);
    }
    let people: BTreeSet<&Name> = judged
        .iter()
        .filter_map(|judged| judged.person.filter(|person| person.gone).map(|person| person.name))
        .collect();
    if !people.is_empty() {
        let names: Vec<&Name> = people.iter().take(10).copied().collect();
        notes.push(say![
            people.len(),
            if people.len() == 1 { " owner is" } else { " owners are" },
            " gone and left live tokens: ",
            Text::list(&names, "and"),
            if people.len() > names.len() { " and others" } else { "" },
            ". GitLab refuses their tokens while they are blocked, and takes them again when somebody unblocks them."
        ]);
    }
    let unknown = judged
        .iter()
        .filter(|judged| judged.row.token.expires_on.is_none() && judged.row.token.never_expires.is_none());
    match unknown.count() {
        0 => {}
        1 => notes.push(say!["1 token's source does not show when it ends: it is planned for other reasons only."]),
        count => notes
            .push(say![count, " tokens' sources do not show when they end: they are planned for other reasons only."]),
    }
    if items.iter().any(|item| item.new.is_some()) {
        notes.push(say![
            "A token is dead from 00:00 UTC of its end date. New ones end about 90 days later, from Tuesday to Friday, and few on \
             one day, so that they do not all end together. GitLab mails 60, 30 and 7 days before; a rotate call without \
             expires_at would have set seven days."
        ]);
        notes.push(say![
            "No step rotates in place: that ends the old value at once, and only where one consumer changes in the same instant is \
             that right. Do not call the rotate endpoint with a token that is already ended: GitLab takes it for a stolen one and \
             ends the live token that was rotated from it too."
        ]);
        notes.push(say![
            "Last used is written at most every ten minutes, and a monthly job does not show in a week: who knows of one waits for it."
        ]);
    }
    notes
}

//! Whose tokens the rows of an administrator's list are: that list calls the token of every bot and service account a personal one,
//! and only a list of users tells them apart.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Known;
use crate::catalog::TokenType;
use crate::context::Context;
use crate::input::inventory::says_whose;
use crate::inventory::{Inventory, Owner, OwnerKind, RowOwner, TokenRow, bot_of};
use crate::plan::rotation::family;
use crate::report::{Confidence, Finding, Report};
use crate::rules::{self, Judgement};
use crate::say;
use crate::source::{Masks, Place, Source};
use crate::text::{Name, Text};

/// Before any other.
const FIRST: Place = Place { line: 0, column: 0, end_line: 0, end_column: 0 };

/// What lists of users and service accounts say of one user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Account<'a> {
    username: &'a Name,
    /// It stands in a list of service accounts.
    service: bool,
    bot: Option<bool>,
    /// The input that says so.
    input: usize,
}

/// Judges the rows again whose owner another list tells, as the kind they are.
pub(super) fn judge_again(report: &mut Report, context: &Context) {
    let accounts = accounts(report);
    if accounts.is_empty() {
        return;
    }
    let told: HashSet<usize> = report
        .inventories
        .iter()
        .filter(|(_, inventory)| {
            inventory.tokens.iter().filter_map(|row| row.user_id).all(|id| accounts.contains_key(&id))
        })
        .map(|(index, _)| *index)
        .collect();
    let known = Known::new(report);
    let mut again: BTreeMap<(usize, Place), (TokenRow, Text, bool)> = BTreeMap::new();
    for (index, inventory) in &report.inventories {
        for token in inventory.tokens.iter().chain(inventory.inactive_tokens.iter().flatten()) {
            let account = token.user_id.and_then(|id| accounts.get(&id));
            let (Some(place), Some(account)) = (token.place, account) else { continue };
            let Some((row, says)) = whole(inventory, token, account, &known) else { continue };
            again.insert((*index, place), (row, says, account.input == *index));
        }
    }
    if again.is_empty() {
        return;
    }
    let mut old: HashMap<(usize, Place), Vec<Finding>> = HashMap::new();
    for finding in std::mem::take(&mut report.findings) {
        match finding.place.map(|place| (finding.input, place)).filter(|key| again.contains_key(key)) {
            Some(key) if rules::is_of_rows(finding.rule) => old.entry(key).or_default().push(finding),
            _ => report.findings.push(finding),
        }
    }
    // A token that its own list shows too was judged there, by a row that says more: it is not told of twice.
    let own: HashSet<(u64, Option<u64>)> = {
        let rows = report.inventories.iter().flat_map(|(_, inventory)| &inventory.tokens);
        let own = rows.filter(|row| family(row.kind) == Some(0) && !is_personal(row));
        own.filter_map(|row| Some((row.id?, row.user_id))).collect()
    };
    let nothing = Source::new(Name::default(), String::new(), 0);
    let masks = Masks::default();
    for (index, inventory) in &report.inventories {
        let judgement = Judgement::of_rows(&nothing, *index, context, &masks);
        // The list's owner is not known, or the row would not be here.
        let shell = Inventory { page: inventory.page.clone(), owner: inventory.owner.clone(), ..Inventory::default() };
        for ((_, place), (row, says, same)) in again.range((*index, FIRST)..).take_while(|((of, _), _)| of == index) {
            let before = old.remove(&(*index, *place)).unwrap_or_default();
            if row.id.is_some_and(|id| own.contains(&(id, row.user_id))) {
                continue;
            }
            for mut finding in rules::judge_row(&judgement, &shell, row) {
                finding.place = Some(*place);
                let was = before.iter().find(|other| other.rule.id == finding.rule.id).map(|other| other.confidence);
                finding.message.push(says.clone());
                // Surer than the row by itself is only what both files tell, and numbers are of one instance only.
                if was.is_none_or(|was| finding.confidence < was) && !same {
                    finding.confidence = finding.confidence.max(Confidence::Likely);
                }
                report.findings.push(finding);
            }
        }
    }
    report.blind_spots.retain(|spot| !told.contains(&spot.input) || !says_whose(&spot.message));
    for (index, inventory) in &mut report.inventories {
        for token in inventory.tokens.iter_mut().chain(inventory.inactive_tokens.iter_mut().flatten()) {
            let row = token.place.and_then(|place| again.remove(&(*index, place)));
            if let Some((row, ..)) = row {
                *token = row;
            }
        }
    }
}

fn is_personal(row: &TokenRow) -> bool {
    matches!(row.kind, TokenType::PersonalAccessToken | TokenType::FineGrainedPersonalAccessToken)
}

/// Users by number. Where two lists speak of one, the one that says more; then the first in order of the names.
fn accounts<'a>(report: &'a Report) -> HashMap<u64, Account<'a>> {
    let mut accounts: HashMap<u64, Account<'a>> = HashMap::new();
    let mut put = |id: Option<u64>, username: &'a Option<Name>, service: bool, bot: Option<bool>, input: usize| {
        let (Some(id), Some(username)) = (id, username) else { return };
        let new = Account { username, service, bot, input };
        let known = accounts.entry(id).or_insert(new);
        if (new.service, new.bot, known.username) > (known.service, known.bot, new.username) {
            *known = new;
        }
    };
    for (index, inventory) in &report.inventories {
        for user in &inventory.users {
            put(user.id, &user.username, false, user.bot, *index);
        }
        for account in inventory.service_accounts.iter().flatten() {
            put(account.id, &account.username, true, Some(true), *index);
        }
    }
    accounts
}

/// The row with its owner, and how it is known; `None` where nothing is learnt.
fn whole(
    inventory: &Inventory,
    token: &TokenRow,
    account: &Account<'_>,
    known: &Known<'_>,
) -> Option<(TokenRow, Text)> {
    let told = |kind: OwnerKind| kind != OwnerKind::Unknown;
    let list = inventory.owner.as_ref().is_some_and(|owner: &Owner| told(owner.kind));
    if !is_personal(token) || list || token.owner.as_ref().is_some_and(|owner| told(owner.kind)) {
        return None;
    }
    let mut row = token.clone();
    let username = account.username;
    let (kind, owner, says) = match bot_of(username.as_str()) {
        Some((of, id)) => {
            let (kind, path, word) = match of {
                OwnerKind::Group => (TokenType::GroupAccessToken, known.groups.get(&id), "group "),
                _ => (TokenType::ProjectAccessToken, known.projects.get(&id), "project "),
            };
            let owner =
                RowOwner { kind: of, id: Some(id), path: path.map(|path| (*path).clone()), ..RowOwner::default() };
            (kind, owner, say![" By the list of users its owner `", username, "` is the bot of ", word, id, "."])
        }
        None if account.service || username.as_str().starts_with("service_account_") || account.bot == Some(true) => {
            let owner = RowOwner {
                kind: OwnerKind::ServiceAccount,
                id: token.user_id,
                username: Some(username.clone()),
                ..RowOwner::default()
            };
            let says = say![" By the list of users its owner `", username, "` is no person but a service account."];
            (TokenType::ServiceAccountToken, owner, says)
        }
        // Older lists do not say who is a bot, and a service account can have any name.
        None if account.bot == Some(false) => {
            let kind = OwnerKind::User;
            let owner = RowOwner { kind, id: token.user_id, username: Some(username.clone()), ..RowOwner::default() };
            (token.kind, owner, Text::new())
        }
        None => return None,
    };
    row.kind = kind;
    row.owner = Some(owner);
    Some((row, says))
}

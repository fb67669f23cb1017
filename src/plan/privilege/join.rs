//! Which uses belong to which token. A variable's name is the bridge most of the time, and a guess: said with its confidence.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::seen::Key;
use super::{About, Seen, Use};
use crate::catalog::TokenType;
use crate::plan::rotation::{Holder, HolderPlace, Level, family};
use crate::report::{Confidence, Report};
use crate::rules::row::Row;
use crate::text::{Name, Text};

/// All uses, by what they are known by.
pub(super) struct Joined<'a> {
    report: &'a Report,
    by_key: HashMap<&'a Key, Vec<&'a Seen>>,
    matched: BTreeSet<&'a Key>,
}

/// What is seen of one token, and what stands in the way of knowing more.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) uses: Vec<Use>,
    /// A variable is named there, and what is done with it is not understood: variable, input, line.
    pub(super) named: Vec<(Name, Name, usize)>,
}

/// What no token could be matched with.
pub(super) struct Rest {
    pub(super) about: About,
    pub(super) traces: Traces,
}

/// The password of the deploy token that GitLab hands to every job
/// (<https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token>).
const DEPLOY_PASSWORD: &str = "CI_DEPLOY_PASSWORD";
const DEPLOY_NAME: &str = "gitlab-deploy-token";

impl<'a> Joined<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let mut by_key: HashMap<&Key, Vec<&Seen>> = HashMap::new();
        for one in &report.seen {
            by_key.entry(&one.by).or_default().push(one);
        }
        Self { report, by_key, matched: BTreeSet::new() }
    }

    /// The uses of a token through the variables that may hold it, by its number, and by its user name.
    pub(super) fn of(&mut self, row: &Row<'_>, holders: &[Holder]) -> Traces {
        let mut gathered = Gathered::default();
        let mut named = BTreeSet::new();
        // One key can be a variable of several places.
        let mut taken: HashSet<*const Seen> = HashSet::new();
        for holder in holders {
            let mut seen_in: BTreeSet<&Name> = BTreeSet::new();
            let key = Key::Variable(holder.key.clone());
            if let Some((key, all)) = self.by_key.get_key_value(&key) {
                self.matched.insert(key);
                for one in all {
                    let input = self.report.inputs.get(one.input);
                    if !reaches(holder.place.as_ref(), input.and_then(|input| input.project.as_ref())) {
                        continue;
                    }
                    seen_in.extend(input.map(|input| &input.name));
                    if !taken.insert(std::ptr::from_ref(*one)) {
                        continue;
                    }
                    gathered.add(self.report, one, Some(&holder.key), holder.confidence);
                }
            }
            let rest = holder.used.iter().filter(|(input, _)| !seen_in.contains(input));
            named.extend(rest.map(|(input, line)| (holder.key.clone(), input.clone(), *line)));
        }
        let surely = [
            (family(row.token.kind) == Some(0)).then(|| row.token.id.map(Key::Id)).flatten(),
            row.token.username.as_ref().map(|user| Key::Value(TokenType::DeployToken, Some(user.clone()))),
            row.token
                .name
                .as_ref()
                .filter(|name| row.kind() == TokenType::DeployToken && name.as_str() == DEPLOY_NAME)
                .map(|_| Key::Variable(Name::new(DEPLOY_PASSWORD))),
        ];
        for key in surely.into_iter().flatten() {
            let Some((known, all)) = self.by_key.get_key_value(&key) else { continue };
            self.matched.insert(known);
            let (through, confidence) = match &key {
                Key::Id(_) => (None, Confidence::Certain),
                Key::Value(..) => (None, Confidence::Likely),
                Key::Variable(name) => (Some(name), Confidence::Likely),
            };
            for one in all {
                gathered.add(self.report, one, through, confidence);
            }
        }
        Traces { uses: gathered.uses(), named: named.into_iter().collect() }
    }

    /// What is used and belongs to no token that was given.
    pub(super) fn rest(self) -> Vec<Rest> {
        let mut rest: Vec<(&Key, Vec<&Seen>)> =
            self.by_key.into_iter().filter(|(key, _)| !self.matched.contains(key)).collect();
        rest.sort_by_key(|(key, _)| *key);
        let all = rest.into_iter().filter_map(|(key, all)| {
            let about = match key {
                // A tool's own variable that no input names may not be there at all.
                Key::Variable(name) => {
                    if all.iter().all(|one| one.implied) {
                        return None;
                    }
                    About::Variable(name.clone())
                }
                Key::Id(_) => return None,
                Key::Value(kind, user) => About::Value(*kind, user.clone()),
            };
            let mut gathered = Gathered::default();
            for one in all {
                gathered.add(self.report, one, None, Confidence::Certain);
            }
            Some(Rest { about, traces: Traces { uses: gathered.uses(), named: Vec::new() } })
        });
        all.collect()
    }
}

/// Does a variable of this place reach the jobs of this project? Yes where either is not known.
fn reaches(place: Option<&HolderPlace>, project: Option<&Name>) -> bool {
    let (Some(place), Some(project)) = (place, project) else { return true };
    let project = project.as_str();
    if let Ok(number) = project.parse::<u64>() {
        return place.level != Level::Project || place.id.is_none_or(|id| id == number);
    }
    let Some(path) = place.path.as_ref().map(Name::as_str) else { return true };
    match place.level {
        Level::Project => path == project,
        Level::Group => project.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')),
        Level::Instance | Level::Schedule | Level::Unknown => true,
    }
}

/// Uses by what is done, and through what.
#[derive(Default)]
struct Gathered(BTreeMap<(Text, Option<Name>), Use>);

impl Gathered {
    fn add(&mut self, report: &Report, one: &Seen, through: Option<&Name>, confidence: Confidence) {
        let Some(input) = report.inputs.get(one.input) else { return };
        let place = (input.name.clone(), one.line, one.place);
        let known = self.0.entry((one.does.clone(), through.cloned())).or_insert_with(|| Use {
            does: one.does.clone(),
            through: through.cloned(),
            confidence,
            known: one.deed.is_some(),
            places: Vec::new(),
            count: 0,
            last: None,
            own: one.own,
            deed: one.deed,
        });
        known.places.push(place);
        known.count += one.count;
        known.last = known.last.max(one.at);
        // For other projects too, or for who knows which.
        if known.own != one.own {
            known.own = match (known.own, one.own) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                _ => None,
            };
        }
    }

    fn uses(self) -> Vec<Use> {
        let mut uses: Vec<Use> = self.0.into_values().collect();
        for one in &mut uses {
            one.places.sort();
            one.places.dedup();
        }
        uses
    }
}

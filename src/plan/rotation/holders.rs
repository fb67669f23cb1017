//! Which variables seem to hold a token: GitLab keeps no list of it, so this is a guess from names, owners and what a value
//! looks like, said with its confidence.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Estate, sureness};
use crate::catalog::{TokenType, predefined_variable};
use crate::inventory::{Inventory, OwnerKind, Variable, VariableLevel};
use crate::order;
use crate::report::{Confidence, Report};
use crate::rules::row::Row;
use crate::text::Name;

/// A variable that may hold the token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its key.
    pub key: Name,
    /// Where it is defined; `None` where no list of variables has it, only a file that uses it.
    pub place: Option<HolderPlace>,
    /// The project whose files use it, where no list of variables has it and the files' project is known.
    pub seen_in: Option<Name>,
    /// Where it is used: name of the input and line; a file of another project is not meant.
    pub used: Vec<(Name, usize)>,
    /// `likely` or `possible`; never `certain`, since names are all there is.
    pub confidence: Confidence,
    /// What the value looks like fits this kind of token.
    pub fits: bool,
    /// How many tokens it may hold by its name: it holds one of them at most.
    pub claims: usize,
}

/// Where a variable is defined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HolderPlace {
    /// Project, group or instance.
    pub level: Level,
    /// Full path.
    pub path: Option<Name>,
    /// Number.
    pub id: Option<u64>,
    /// Masked in job logs.
    pub masked: Option<bool>,
    /// Only for protected branches and tags.
    pub protected: Option<bool>,
    /// Its environments; `None` or `*` for all.
    pub scope: Option<Name>,
}

/// Whose variable it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Project,
    Group,
    Instance,
    Schedule,
    Unknown,
}

/// Words that say "a credential of GitLab" and so tell tokens of one place not apart.
const NOISE: [&str; 16] = [
    "token", "tokens", "tok", "key", "access", "secret", "pat", "gitlab", "gl", "ci", "project", "group", "password",
    "pass", "the", "auth",
];

/// A word in more variables than this tells nothing.
const COMMON: usize = 200;

/// A file's project, its name and the line.
type Used<'a> = (Option<&'a Name>, &'a Name, usize);

struct Known {
    holder: Holder,
    words: BTreeSet<String>,
    value: Option<Name>,
}

/// All variables that were read, by the words of their keys.
pub(crate) struct Holders {
    known: Vec<Known>,
    by_word: HashMap<String, Vec<usize>>,
}

/// How near a variable and a token are: smaller is nearer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    SamePlace,
    Above,
    Elsewhere,
}

impl Holders {
    pub(crate) fn new(report: &Report, estate: &Estate<'_>) -> Self {
        let of: Vec<Option<Name>> = report.inputs.iter().map(|input| estate.project_of(input)).collect();
        let mut mentions: BTreeMap<&Name, Vec<Used<'_>>> = BTreeMap::new();
        for mention in &report.mentions {
            let Some(input) = report.inputs.get(mention.input) else { continue };
            let project = of.get(mention.input).and_then(Option::as_ref);
            mentions.entry(&mention.name).or_default().push((project, &input.name, mention.line));
        }
        for places in mentions.values_mut() {
            order::sort(places);
            places.dedup();
        }
        let mut all: BTreeMap<(Name, Option<HolderPlace>, Option<Name>), Option<Name>> = BTreeMap::new();
        for (index, inventory) in &report.inventories {
            let project = report.inputs.get(*index).and_then(|input| input.project.as_ref());
            for variable in &inventory.variables {
                let Some(key) = &variable.key else { continue };
                if predefined_variable(key.as_str()).is_none() {
                    let mut place = place(inventory, variable, project);
                    if place.path.is_none() {
                        place.path = place.id.and_then(|id| estate.path_of(place.level, id)).cloned();
                    }
                    let value = all.entry((key.clone(), Some(place), None)).or_default();
                    *value = value.take().max(variable.value_kind.clone());
                }
            }
        }
        let mut unlisted = Vec::new();
        for (name, uses) in &mentions {
            let listed = || all.range(((*name).clone(), None, None)..).take_while(|((key, ..), _)| key == *name);
            let mut projects = BTreeSet::new();
            projects.extend(uses.iter().map(|(project, ..)| *project));
            for project in projects {
                if !listed().any(|((_, place, _), _)| place.as_ref().is_some_and(|place| reaches(place, project))) {
                    unlisted.push(((*name).clone(), None, project.cloned()));
                }
            }
        }
        all.extend(unlisted.into_iter().map(|key| (key, None)));
        let mut holders = Self { known: Vec::new(), by_word: HashMap::new() };
        for ((key, place, seen_in), value) in all {
            let words = words(key.as_str());
            for word in &words {
                holders.by_word.entry(word.clone()).or_default().push(holders.known.len());
            }
            let uses = mentions.get(&key).map(Vec::as_slice).unwrap_or_default().iter();
            let here = uses.filter(|(project, ..)| match &place {
                Some(place) => reaches(place, *project),
                None => *project == seen_in.as_ref(),
            });
            let used = here.map(|(_, input, line)| ((*input).clone(), *line)).collect();
            let holder = Holder { key, place, seen_in, used, confidence: Confidence::Possible, fits: false, claims: 1 };
            holders.known.push(Known { holder, words, value });
        }
        holders
    }

    /// The variables of each token, the surest first. A variable that fits a token of its own project by name is not offered to
    /// one of another project.
    pub(crate) fn of(&self, rows: &[Row<'_>]) -> Vec<Vec<Holder>> {
        let matches: Vec<Vec<(usize, Nearness, bool)>> = rows.iter().map(|row| self.near(row)).collect();
        let mut nearest: HashMap<usize, (Nearness, bool)> = HashMap::new();
        for (variable, nearness, whole) in matches.iter().flatten() {
            let rank = (*nearness, !*whole);
            let known = nearest.entry(*variable).or_insert(rank);
            *known = (*known).min(rank);
        }
        let mut kept = matches;
        for matched in &mut kept {
            let best = matched.iter().map(|(_, nearness, whole)| (*nearness, !*whole)).min();
            matched.retain(|(variable, nearness, whole)| {
                let rank = (*nearness, !*whole);
                // Another token is nearer to it, or another variable to the token.
                nearest.get(variable).is_none_or(|nearest| rank <= *nearest)
                    && best.is_none_or(|best| rank.0 == best.0 && (rank.1 == best.1 || rank.0 == Nearness::SamePlace))
            });
        }
        let mut claims: HashMap<usize, usize> = HashMap::new();
        for (variable, ..) in kept.iter().flatten() {
            *claims.entry(*variable).or_default() += 1;
        }
        let holder = |row: &Row<'_>, variable: usize, nearness: Nearness, whole: bool| {
            let known = self.known.get(variable)?;
            let claims = claims.get(&variable).copied().unwrap_or(1);
            // A name that many projects use tells nothing about a variable of yet another one.
            let placed = known.holder.place.is_some() || known.holder.seen_in.is_some();
            if claims > 1 && nearness == Nearness::Elsewhere && placed {
                return None;
            }
            let fits = fits(known.value.as_ref(), row.kind()) == Some(true);
            let near = nearness <= Nearness::Above || fits;
            let likely = whole && near && known.holder.place.is_some() && claims == 1;
            let confidence = if likely { Confidence::Likely } else { Confidence::Possible };
            Some(Holder { confidence, fits, claims, ..known.holder.clone() })
        };
        let rows = rows.iter().zip(kept);
        rows.map(|(row, matched)| {
            let mut holders: Vec<Holder> =
                matched.into_iter().filter_map(|(variable, near, whole)| holder(row, variable, near, whole)).collect();
            order::sort_by(&mut holders, |a, b| (sureness(a.confidence), a).cmp(&(sureness(b.confidence), b)));
            holders.truncate(5);
            holders
        })
        .collect()
    }

    /// Variables whose names share all their telling words with the token's, or the other way round.
    fn near(&self, row: &Row<'_>) -> Vec<(usize, Nearness, bool)> {
        let name = row.token.name.as_ref().map_or("", Name::as_str);
        let wanted = words(name);
        let named = wanted.iter().filter_map(|word| self.by_word.get(word)).filter(|list| list.len() <= COMMON);
        let mut candidates = BTreeSet::new();
        candidates.extend(named.flatten().copied());
        let mut near = Vec::new();
        for index in candidates {
            let Some(known) = self.known.get(index) else { continue };
            let fitting = fits(known.value.as_ref(), row.kind());
            if fitting == Some(false) {
                continue;
            }
            let nearness = nearness(row, &known.holder);
            let whole = known.words == wanted;
            let part = known.words.is_subset(&wanted) || wanted.is_subset(&known.words);
            // Far away, half a name says nothing unless the value looks right.
            let enough = whole || part && (nearness <= Nearness::Above || fitting == Some(true));
            if enough {
                near.push((index, nearness, whole));
            }
        }
        near
    }
}

fn place(inventory: &Inventory, variable: &Variable, project: Option<&Name>) -> HolderPlace {
    let owner = inventory.owner.as_ref();
    let level = match (variable.level, owner.map(|owner| owner.kind)) {
        (Some(VariableLevel::Instance), _) => Level::Instance,
        (Some(VariableLevel::PipelineSchedule), _) => Level::Schedule,
        (Some(VariableLevel::Group), _) | (None, Some(OwnerKind::Group)) => Level::Group,
        (Some(VariableLevel::Project), _) | (None, Some(OwnerKind::Project)) => Level::Project,
        (None, _) if project.is_some() => Level::Project,
        (None, _) => Level::Unknown,
    };
    // A group's variable on a project's page is the group's.
    let own = variable.inherited_from.is_none();
    let number = |name: &&Name| name.as_str().bytes().all(|byte| byte.is_ascii_digit());
    let told = project.filter(|_| level == Level::Project);
    let path = match &variable.inherited_from {
        Some(group) => Some(group.clone()),
        None => owner.and_then(|owner| owner.path.clone()).or_else(|| told.filter(|name| !number(name)).cloned()),
    };
    let id =
        owner.and_then(|owner| owner.id).or_else(|| told.filter(number).and_then(|name| name.as_str().parse().ok()));
    HolderPlace {
        level: if own { level } else { Level::Group },
        path: path.filter(|_| level != Level::Instance),
        id: id.filter(|_| own && level != Level::Instance),
        masked: variable.masked,
        protected: variable.protected,
        scope: variable.environment_scope.clone(),
    }
}

/// Do jobs of this project get the variable? A file whose project is not known may be of any.
fn reaches(place: &HolderPlace, project: Option<&Name>) -> bool {
    let (Some(project), Some(path)) = (project, &place.path) else { return true };
    match place.level {
        Level::Project | Level::Schedule => path == project,
        Level::Group => is_below(project.as_str(), path.as_str()),
        Level::Instance | Level::Unknown => true,
    }
}

fn is_below(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn nearness(row: &Row<'_>, holder: &Holder) -> Nearness {
    let Some(place) = &holder.place else {
        let (Some(theirs), Some(ours)) = (&holder.seen_in, row.path()) else { return Nearness::Elsewhere };
        return match row.owner_kind() {
            OwnerKind::Project if theirs == ours => Nearness::SamePlace,
            OwnerKind::Group if is_below(theirs.as_str(), ours.as_str()) => Nearness::Above,
            _ => Nearness::Elsewhere,
        };
    };
    let same_kind = matches!(
        (row.owner_kind(), place.level),
        (OwnerKind::Project, Level::Project) | (OwnerKind::Group, Level::Group)
    );
    if same_kind && place.id.is_some() && place.id == row.owner_id() {
        return Nearness::SamePlace;
    }
    let (Some(theirs), Some(ours)) = (&place.path, row.path()) else { return Nearness::Elsewhere };
    let (theirs, ours) = (theirs.as_str(), ours.as_str());
    if theirs == ours {
        Nearness::SamePlace
    } else if place.level == Level::Group && is_below(ours, theirs)
        || row.owner_kind() == OwnerKind::Group && is_below(theirs, ours)
    {
        Nearness::Above
    } else {
        Nearness::Elsewhere
    }
}

/// Does what the value looks like fit the kind? `None` where the source does not show it.
fn fits(value: Option<&Name>, kind: TokenType) -> Option<bool> {
    let value = TokenType::parse(value?.as_str());
    let family = |kind: TokenType| TokenType::PERSONAL_FAMILY.contains(&kind);
    Some(value.is_some_and(|value| value == kind || family(value) && family(kind)))
}

/// The telling words of a name: `MIRROR_PUSH_TOKEN`, `mirrorPush` and `mirror-push-2026b` are `mirror`, `push`.
fn words(name: &str) -> BTreeSet<String> {
    let name = super::names::without_marks(name);
    let mut words = BTreeSet::new();
    let mut word = String::new();
    let mut lower = false;
    for character in name.chars().take(255).chain([' ']) {
        let new = !character.is_alphanumeric() || (lower && character.is_uppercase());
        if new && !word.is_empty() {
            let done = std::mem::take(&mut word);
            if !NOISE.contains(&done.as_str()) {
                words.insert(done);
            }
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        lower = character.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tokens_and_variables_come_to_the_same_words() {
        for name in
            ["MIRROR_PUSH_TOKEN", "mirrorPush", "mirror-push-2026b", "Mirror push (2)", "GITLAB_PUSH_MIRROR_PAT"]
        {
            assert_eq!(words(name).into_iter().collect::<Vec<_>>(), ["mirror", "push"], "{name}");
        }
        assert!(words("GITLAB_TOKEN").is_empty());
        assert!(words("").is_empty());
    }
}

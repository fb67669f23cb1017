//! Configuration files that include each other: found among the inputs, read as one pipeline, judged once, with every finding
//! in the file where it stands.
//!
//! A file by itself is judged when it is examined. Which others it is read with is known only when all are there, so its
//! text is kept until then. The files of a pipeline are put one behind the other and read as one text
//! ([`pipeline::join`]); places are taken apart again at the end.

mod said;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Examined, Whole, judge, masks};
use crate::context::Context;
use crate::detect::Found;
use crate::input::pipeline::include::Paths;
use crate::input::pipeline::{self, Included, Pipeline};
use crate::input::{Kind, Model};
use crate::plan::allowlist::Evidence;
use crate::plan::privilege::Seen;
use crate::report::Finding;
use crate::rules::{self, Judgement};
use crate::source::{Masks, Place, Source, Span};

/// A YAML file that is not seen to be CI/CD configuration is kept up to this size, bytes: an included file of variables is
/// small, and a folder may hold many others.
const SMALL: usize = 64 * 1024;

/// How much text is joined over all pipelines, in relation to the text that there is: files that many others include are read
/// again with each.
const AGAIN: usize = 64;

/// One file until the others are known.
pub(super) struct Config {
    text: String,
    bytes: usize,
    incidental: bool,
    /// Is it configuration by its own look?
    recognised: bool,
    includes: Vec<Includes>,
    /// `!reference`s to what is not in the file: line and column.
    missing: Vec<(usize, usize)>,
    masks: Vec<(Span, String)>,
}

/// One `include` of a file.
struct Includes {
    /// The path of a local file; `None` for what is none.
    local: Option<String>,
    /// Where it comes from, in words.
    from: &'static str,
    place: (usize, usize),
}

impl Config {
    /// What to keep of an input, if it may be a part of a pipeline.
    pub(super) fn of(source: &Source, whole: &Whole<'_>, kind: Kind, model: &Model, found: &[Found]) -> Option<Self> {
        let name = source.name().as_str();
        let none = Pipeline::default();
        let pipeline = match model {
            Model::Pipeline(pipeline) => pipeline,
            // A file of variables alone shows itself only by being included.
            _ if whole.kind.is_none()
                && matches!(kind, Kind::Text | Kind::CredentialFile)
                && (name.ends_with(".yml") || name.ends_with(".yaml"))
                && source.text().len() <= SMALL =>
            {
                &none
            }
            _ => return None,
        };
        let includes = pipeline.includes.iter().map(|include| {
            let (local, from) = match &include.what {
                Included::Local(path) => (Some(path.text().to_owned()), "a file"),
                Included::Project(_) => (None, "another project"),
                Included::Remote(_) => (None, "an address"),
                Included::Component(_) => (None, "a component"),
                Included::Template(_) => (None, "a template of GitLab's"),
            };
            Includes { local, from, place: source.line_column(include.what.place().span().start) }
        });
        Some(Self {
            text: source.text().to_owned(),
            bytes: source.bytes(),
            incidental: whole.incidental,
            recognised: matches!(model, Model::Pipeline(_)),
            includes: includes.collect(),
            missing: pipeline.missing.iter().map(|span| source.line_column(span.start)).collect(),
            masks: masks(found),
        })
    }
}

/// The inputs that each include of each input leads to.
type Leads = Vec<Vec<Vec<usize>>>;

/// Places that were told of already: input, rule, place.
type Told = HashSet<(usize, &'static str, Option<Place>)>;

/// See [`super::link`].
pub(super) fn link(mut parts: Vec<Examined>, context: &Context) -> Vec<Examined> {
    if !parts.iter().any(is_config) {
        parts.iter_mut().for_each(|part| part.config = None);
        return parts;
    }
    let paths = Paths::new(parts.iter().map(|part| part.summary.name.as_str()));
    let leads_to = resolve(&mut parts, &paths, context);
    let mut included = vec![false; parts.len()];
    for &target in leads_to.iter().flatten().flatten() {
        mark(&mut included, target);
    }
    let length = |part: &Examined| part.config.as_ref().map_or(0, |config| config.text.len());
    let mut left = AGAIN * parts.iter().map(length).sum::<usize>();
    let mut joined = vec![false; parts.len()];
    let mut told = Told::new();
    // Files that nothing includes first. What is left then goes round in circles.
    for circles in [false, true] {
        for root in 0..parts.len() {
            let leads = leads_to.get(root).is_some_and(|list| list.iter().any(|targets| !targets.is_empty()));
            if !leads || is(if circles { &joined } else { &included }, root) {
                continue;
            }
            let files = closure(root, &leads_to);
            let size = files.iter().filter_map(|&file| parts.get(file)).map(length).sum();
            let Some(rest) = left.checked_sub(size) else {
                said::too_much(&mut parts, root);
                continue;
            };
            left = rest;
            for &file in &files {
                if let Some(part) = parts.get_mut(file)
                    && mark(&mut joined, file)
                {
                    forget(part);
                }
            }
            join(&mut parts, &files, &leads_to, context, &mut told);
        }
    }
    for (index, part) in parts.iter_mut().enumerate() {
        if let Some(config) = part.config.take().filter(|config| config.recognised) {
            let known = leads_to.get(index).map(Vec::as_slice).unwrap_or_default();
            said::not_read(part, &config, known, is(&joined, index), context);
        }
    }
    parts
}

fn is_config(part: &Examined) -> bool {
    part.config.as_ref().is_some_and(|config| config.recognised)
}

fn is(list: &[bool], index: usize) -> bool {
    list.get(index).copied().unwrap_or_default()
}

/// Sets it. Was it not set before?
fn mark(list: &mut [bool], index: usize) -> bool {
    list.get_mut(index).is_some_and(|is| !std::mem::replace(is, true))
}

/// One that was not known to be configuration is read again as such.
fn resolve(parts: &mut [Examined], paths: &Paths, context: &Context) -> Leads {
    let mut out: Leads = vec![Vec::new(); parts.len()];
    let mut open: Vec<usize> = (0..parts.len()).filter(|&index| parts.get(index).is_some_and(is_config)).collect();
    while let Some(index) = open.pop() {
        let this = parts.get(index).and_then(|part| Some((part.summary.name.clone(), part.config.clone()?)));
        let (Some((name, config)), Some(lists)) = (this, out.get_mut(index)) else { continue };
        for include in &config.includes {
            let mut targets = include.local.as_deref().map(|path| paths.find(name.as_str(), path)).unwrap_or_default();
            targets.retain(|&target| {
                let Some(part) = parts.get_mut(target) else { return false };
                let Some(config) = part.config.clone() else { return false };
                if !config.recognised {
                    *part = read_again(part, &config, context);
                    open.push(target);
                }
                true
            });
            lists.push(targets);
        }
    }
    out
}

/// The input as the configuration that it turned out to be.
fn read_again(part: &Examined, config: &Config, context: &Context) -> Examined {
    let name = part.summary.name.clone();
    let told = part.summary.project.clone().map(|project| Context { project: Some(project), ..context.clone() });
    let raw = name.as_str().to_owned();
    let source = Source::new(name, config.text.clone(), config.bytes);
    let kind = Some(Kind::CiConfig);
    let whole = Whole { name: &raw, kind, incidental: config.incidental, encoding: "UTF-8", replaced: 0 };
    judge(&source, &whole, told.as_ref().unwrap_or(context))
}

/// A file and all that it includes, over others too, itself first.
fn closure(root: usize, leads_to: &Leads) -> Vec<usize> {
    let mut out = vec![root];
    let mut seen = HashSet::from([root]);
    let mut next = 0;
    while let Some(&file) = out.get(next) {
        next += 1;
        let targets = leads_to.get(file).into_iter().flatten().flatten();
        out.extend(targets.copied().filter(|&target| seen.insert(target)));
    }
    out
}

/// Takes back what was said of a file by itself and depends on the files around it.
fn forget(part: &mut Examined) {
    part.findings.retain(|finding| !rules::is_of_pipeline(finding.rule));
    part.accepted.retain(|accepted| !rules::is_of_pipeline(accepted.finding.rule));
    part.evidence.needs.clear();
    part.evidence.spots.clear();
    part.seen.clear();
}

/// The files of one pipeline as one text, and the way back.
struct Lines {
    /// For each file: its first line in the whole text, and its number among the inputs.
    firsts: Vec<(usize, usize)>,
}

impl Lines {
    /// The input that a line of the whole text is from, and its number there.
    fn home(&self, line: usize) -> (usize, usize) {
        let index = self.firsts.partition_point(|&(first, _)| first <= line).saturating_sub(1);
        let (first, file) = self.firsts.get(index).copied().unwrap_or((1, 0));
        (file, line + 1 - first)
    }

    /// The same of what may be about no line: then it is about the first file.
    fn home_of(&self, line: Option<usize>) -> (usize, Option<usize>) {
        match line.map(|line| self.home(line)) {
            Some((file, line)) => (file, Some(line)),
            None => (self.firsts.first().map_or(0, |&(_, file)| file), None),
        }
    }

    /// Puts a finding where it belongs. Gives back the input that it is in.
    fn place(&self, finding: &mut Finding) -> usize {
        let Some(place) = &mut finding.place else { return self.home_of(None).0 };
        let (file, line) = self.home(place.line);
        place.end_line = line + (place.end_line - place.line);
        place.line = line;
        if let Some(excerpt) = &mut finding.excerpt {
            excerpt.line = self.home(excerpt.line).1;
            for more in &mut excerpt.more {
                more.line = self.home(more.line).1;
            }
        }
        file
    }
}

/// Reads and judges the pipeline of the first of `files`.
fn join(parts: &mut [Examined], files: &[usize], leads_to: &Leads, context: &Context, told: &mut Told) {
    let configs: Vec<(usize, Arc<Config>)> =
        files.iter().filter_map(|&file| Some((file, parts.get(file)?.config.clone()?))).collect();
    let (mut text, mut starts, mut hidden) = (String::new(), Vec::new(), Vec::new());
    for (file, config) in &configs {
        let base = text.len();
        starts.push((base, parts.get(*file).map(|part| part.summary.name.clone()).unwrap_or_default()));
        let moved = |(span, mask): &(Span, String)| (Span::new(span.start + base, span.end + base), mask.clone());
        hidden.extend(config.masks.iter().map(moved));
        text.push_str(&config.text);
        // The next file begins a line of its own.
        text.push('\n');
    }
    let number_of = |file: &usize| configs.iter().position(|(other, _)| other == file);
    let members = configs.iter().zip(&starts).map(|((file, config), (base, _))| {
        let leads_to = leads_to.get(*file).into_iter().flatten();
        let leads_to = leads_to.map(|targets| targets.iter().filter_map(number_of).collect()).collect();
        pipeline::join::File { text: &config.text, base: *base, leads_to }
    });
    let members: Vec<_> = members.collect();
    let source = Source::joined(text, starts);
    let first_line = |member: &pipeline::join::File<'_>| source.line_column(member.base).0;
    let lines = Lines { firsts: members.iter().map(first_line).zip(configs.iter().map(|(file, _)| *file)).collect() };
    let mut joined = pipeline::join::join(source.text(), &members);
    hidden.extend(joined.pipeline.literal_secrets.iter().map(|&secret| (secret, "…".to_string())));
    let masks = Masks::new(hidden, &context.token_prefixes, None);
    let (root, _) = lines.home_of(None);
    let project = parts.get(root).and_then(|root| root.summary.project.clone());
    let judgement = Judgement {
        source: &source,
        kind: Kind::CiConfig,
        input: 0,
        project: project.as_ref(),
        context,
        log: None,
        found: &[],
        masks: &masks,
        memo: crate::rules::Memo::default(),
    };
    let mut findings = Vec::new();
    rules::judge_pipeline(&judgement, &joined.pipeline, &mut findings);
    hand_out(parts, findings, &configs, &lines, context, told);
    said::of_pipeline(parts, &joined, &source, &lines, &configs.iter().map(|(file, _)| *file).collect::<Vec<_>>());

    // What runs in no pipeline needs nothing.
    joined.pipeline.without_overridden();
    let model = Model::Pipeline(Box::new(joined.pipeline));
    hand_out_needs(parts, Evidence::of(&source, &model, project.as_ref(), context), &lines);
    let seen = context.seen.map(|gather| gather(&source, &model, &[], context)).unwrap_or_default();
    for one in seen {
        let (file, line) = lines.home(one.line);
        if let Some(part) = parts.get_mut(file) {
            part.seen.push(Seen { line, ..one });
        }
    }
}

/// Gives each file its findings, without those that a comment in it accepts. A file that two pipelines include is told of
/// once.
fn hand_out(
    parts: &mut [Examined],
    findings: Vec<Finding>,
    configs: &[(usize, Arc<Config>)],
    lines: &Lines,
    context: &Context,
    told: &mut Told,
) {
    let mut by_file: Vec<Vec<Finding>> = configs.iter().map(|_| Vec::new()).collect();
    let (mut new, mut here) = (Vec::new(), HashSet::new());
    for mut finding in findings {
        let file = lines.place(&mut finding);
        let key = (file, finding.rule.id, finding.place);
        // A file can be in one pipeline several times, too.
        if told.contains(&key) || !here.insert((finding.place, finding.identity())) {
            continue;
        }
        new.push(key);
        let number = configs.iter().position(|(other, _)| *other == file);
        if let Some(list) = number.and_then(|number| by_file.get_mut(number)) {
            list.push(finding);
        }
    }
    told.extend(new);
    for (mut findings, (file, config)) in by_file.into_iter().zip(configs) {
        let Some(part) = parts.get_mut(*file).filter(|_| !findings.is_empty()) else { continue };
        let source = Source::new(part.summary.name.clone(), config.text.clone(), config.bytes);
        // What is wrong with a comment was said when the file was examined.
        let accepted = rules::ignore::accept(&source, Kind::CiConfig, context, &mut findings, &mut Vec::new());
        part.accepted.extend(accepted);
        part.findings.extend(findings);
    }
}

fn hand_out_needs(parts: &mut [Examined], evidence: Evidence, lines: &Lines) {
    // A file that two pipelines include needs the same twice.
    let mut known: HashMap<usize, HashSet<String>> = HashMap::new();
    for mut need in evidence.needs {
        let (file, line) = lines.home_of(need.line);
        need.line = line;
        let Some(part) = parts.get_mut(file) else { continue };
        let known =
            known.entry(file).or_insert_with(|| part.evidence.needs.iter().map(|need| format!("{need:?}")).collect());
        if known.insert(format!("{need:?}")) {
            part.evidence.needs.push(need);
        }
    }
    for (line, message) in evidence.spots {
        let (file, line) = lines.home_of(line);
        let Some(part) = parts.get_mut(file) else { continue };
        if !part.evidence.spots.iter().any(|spot| spot.0 == line && spot.1 == message) {
            part.evidence.spots.push((line, message));
        }
    }
    if let Some(root) = parts.get_mut(lines.home_of(None).0) {
        root.evidence.forces_https |= evidence.forces_https;
    }
}

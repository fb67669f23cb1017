//! What is said of includes that were not followed.

use super::{Config, Includes, Lines};
use crate::audit::Examined;
use crate::context::Context;
use crate::input::pipeline::join::Joined;
use crate::report::BlindSpot;
use crate::say;
use crate::source::Source;
use crate::text::Text;

/// How many files a sentence names.
const NAMED: usize = 3;

pub(super) fn spot(place: Option<(usize, usize)>, message: Text) -> BlindSpot {
    let (line, column) = place.unzip();
    BlindSpot { input: 0, line, column, message }
}

/// Says it once.
fn say_in(part: Option<&mut Examined>, spot: BlindSpot) {
    if let Some(part) = part
        && !part.blind_spots.contains(&spot)
    {
        part.blind_spots.push(spot);
    }
}

/// What is to be said of a pipeline of several files; `files` are their numbers among the inputs.
pub(super) fn of_pipeline(parts: &mut [Examined], joined: &Joined, source: &Source, lines: &Lines, files: &[usize]) {
    let (root, _) = lines.home_of(None);
    if let Some(root) = parts.get_mut(root) {
        let others = files.len() - 1;
        let files = if others == 1 { " included file" } else { " included files" };
        root.summary.format.push(say![", with ", others, files]);
    }
    for unread in &joined.unread {
        say_in(parts.get_mut(root), spot(None, unread.message.clone()));
    }
    if joined.too_many {
        let message = say![
            "GitLab takes 150 includes in one pipeline. This one has more; what came after them was not read with it."
        ];
        say_in(parts.get_mut(root), spot(None, message));
    }
    for file in joined.circles.iter().filter_map(|&file| files.get(file)) {
        let message = say!["This file includes itself, over other files maybe. GitLab refuses that; it was read once."];
        say_in(parts.get_mut(*file), spot(None, message));
    }
    let mut missing: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
    for span in &joined.pipeline.missing {
        let (line, column) = source.line_column(span.start);
        let (file, line) = lines.home(line);
        match missing.iter_mut().find(|(other, _)| *other == file) {
            Some((_, places)) => places.push((line, column)),
            None => missing.push((file, vec![(line, column)])),
        }
    }
    for (file, places) in missing {
        references(parts.get_mut(file), &places);
    }
}

/// `!reference`s in a file that lead out of all that was read.
fn references(part: Option<&mut Examined>, places: &[(usize, usize)]) {
    let Some(&first) = places.first() else { return };
    let message = say![
        places.len(),
        if places.len() == 1 { " part of a script comes" } else { " parts of scripts come" },
        " from another file by `!reference`, the first here. Give the included files too, and they are read as well."
    ];
    say_in(part, spot(Some(first), message));
}

/// What a configuration includes that was not read. `known` are the inputs that each include leads to.
pub(super) fn not_read(part: &mut Examined, config: &Config, known: &[Vec<usize>], joined: bool, context: &Context) {
    if !joined {
        references(Some(&mut *part), &config.missing);
    }
    let absent = config
        .includes
        .iter()
        .enumerate()
        .filter(|(number, include)| include.local.is_some() && known.get(*number).is_none_or(Vec::is_empty));
    let absent: Vec<&Includes> = absent.map(|(_, include)| include).collect();
    if let Some(first) = absent.first() {
        let mut message = say![
            absent.len(),
            if absent.len() == 1 { " included file is" } else { " included files are" },
            " not among the inputs: "
        ];
        for (number, include) in absent.iter().take(NAMED).enumerate() {
            let name = context.name(include.local.as_deref().unwrap_or_default());
            message.push(if number == 0 { "`" } else { ", `" }).push(name).push("`");
        }
        message.push(if absent.len() > NAMED { ", …" } else { "" });
        message.push(
            ". What the jobs here get from there is not known. Give the project's whole folder, and its files are read as one \
             pipeline.",
        );
        say_in(Some(&mut *part), spot(Some(first.place), message));
    }
    let elsewhere: Vec<&Includes> = config.includes.iter().filter(|include| include.local.is_none()).collect();
    if let Some(first) = elsewhere.first() {
        let message = say![
            elsewhere.len(),
            if elsewhere.len() == 1 {
                " include comes from "
            } else {
                " includes come from elsewhere, the first from "
            },
            first.from,
            ". Nothing is fetched, so what jobs and variables it brings is not known. GitLab shows the whole under Build > \
             Pipeline editor > Full configuration: save that and check it."
        ];
        say_in(Some(part), spot(Some(first.place), message));
    }
}

/// There are so many pipelines of so many files that this one is not joined.
pub(super) fn too_much(parts: &mut [Examined], root: usize) {
    let message = say![
        "So many pipelines share so many files here that this one was judged file by file. Check its folder by itself."
    ];
    say_in(parts.get_mut(root), spot(None, message));
}

//! From paths to inputs: walks folders, respects `.gitignore`, reads standard input, and counts what it leaves out.

use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::args::Reading;
use super::long;
use super::output::complain;
use crate::audit::{Examined, binary, examine};
use crate::context::Context;
use crate::input::decode::is_binary;
use crate::input::{Input, Kind};
use crate::long::Long;
use crate::say;
use crate::stream::{self, Seen, Stream};
use crate::text::Text;

/// One thing to read.
enum Found {
    /// Standard input.
    Stdin,
    /// A file; `named` when the user named it, not a folder around it and not a list.
    File { path: PathBuf, named: bool },
    /// A path that cannot be read at all, and why.
    Bad { path: PathBuf, message: Text },
}

/// What was read, and what was passed over.
pub(crate) struct Gathered {
    /// In a fixed order, whatever the number of jobs.
    pub(crate) parts: Vec<Examined>,
    /// Binary files below a named folder or of a list: nobody's mistake, so counted, not reported one by one.
    pub(crate) binary: usize,
    /// Exports that are too long to be kept; only for those who asked for them.
    pub(crate) long: Vec<Long<'static>>,
}

/// Reads and examines everything the arguments name. `None` when there is nothing to read: said already.
pub(crate) fn examine_all(reading: &Reading, context: &Context) -> Option<Gathered> {
    let found = find(reading)?;
    Some(examine_found(found, reading, context))
}

/// As [`examine_all`], but exports that are too long to be kept are only opened.
pub(crate) fn examine_short(reading: &Reading, context: &Context) -> Option<Gathered> {
    let (mut long, mut files, mut from_stdin) = (Vec::new(), Vec::new(), None);
    for found in find(reading)? {
        match found {
            Found::Stdin => match stretches(io::stdin().lock(), 0, "-", false, context) {
                Ok(Stretches::Read(part)) => from_stdin = Some(*part),
                Ok(Stretches::Whole(bytes)) => match long::bytes("-", bytes, context) {
                    Ok(export) => long.push(export),
                    Err(bytes) => from_stdin = Some(examine(Input::new("-", bytes), context)),
                },
                Err(error) => from_stdin = Some(bad(Path::new("-"), why(&error), context)),
            },
            file => files.push(file),
        }
    }
    // Only a file that is open says how long it is without being asked for it once more.
    let mut read = side_by_side_with(reading, files, |found| look(found, long::LONG, context));
    let mut whole = Vec::new();
    for one in &mut read {
        if let Looked::Large { path, named } = one {
            match long::file(path, &display_name(path), context) {
                Some(export) => {
                    long.push(export);
                    *one = Looked::Long;
                }
                None => whole.push(Found::File { path: path.clone(), named: *named }),
            }
        }
    }
    let mut whole = side_by_side_with(reading, whole, |found| look(found, u64::MAX, context)).into_iter();
    let read = read.into_iter().filter_map(|one| match one {
        Looked::Large { .. } => whole.next(),
        one => Some(one),
    });
    let read: Vec<Looked> = from_stdin.into_iter().map(|part| Looked::Part(Box::new(part))).chain(read).collect();
    Some(Gathered { long, ..gather(read) })
}

fn examine_found(found: Vec<Found>, reading: &Reading, context: &Context) -> Gathered {
    gather(side_by_side_with(reading, found, |found| look(found, u64::MAX, context)))
}

/// What came of one thing to read.
enum Looked {
    Part(Box<Examined>),
    /// Nobody's mistake: see [`Gathered::binary`].
    Binary,
    /// It is too long to be kept, if it is an export: not read.
    Large {
        path: PathBuf,
        named: bool,
    },
    /// It is such an export.
    Long,
}

/// Does the same with each, as many at once as the user says. What comes out is in the order of what went in.
fn side_by_side_with<T: Send, R: Send>(reading: &Reading, all: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    if all.is_empty() {
        return Vec::new();
    }
    let all = || all.into_par_iter().map(work).collect();
    match reading.jobs.map(|jobs| rayon::ThreadPoolBuilder::new().num_threads(jobs).build()) {
        Some(Ok(pool)) => pool.install(all),
        _ => all(),
    }
}

fn look(found: Found, long: u64, context: &Context) -> Looked {
    let (part, named) = match found {
        Found::Stdin => (read_stdin(context), true),
        Found::File { path, named } => match read_file(&path, named, long, context) {
            Some(part) => (part, named),
            None => return Looked::Large { path, named },
        },
        Found::Bad { path, message } => (bad(&path, message, context), true),
    };
    if named || !part.is_binary() { Looked::Part(Box::new(part)) } else { Looked::Binary }
}

fn gather(looked: Vec<Looked>) -> Gathered {
    let (mut parts, mut binary) = (Vec::with_capacity(looked.len()), 0);
    for one in looked {
        match one {
            Looked::Part(part) => parts.push(*part),
            Looked::Binary => binary += 1,
            Looked::Large { .. } | Looked::Long => {}
        }
    }
    Gathered { parts, binary, long: Vec::new() }
}

fn find(reading: &Reading) -> Option<Vec<Found>> {
    if reading.paths.is_empty() {
        if io::stdin().is_terminal() {
            complain("nothing to read: name files or folders, or pipe text in (`-` reads what you paste, to Ctrl-D)");
            return None;
        }
        return Some(vec![Found::Stdin]);
    }
    let mut found = Vec::new();
    for path in &reading.paths {
        if path.as_os_str() == "-" {
            found.push(Found::Stdin);
            continue;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, reading.no_ignore, &mut found),
            Ok(_) => found.push(Found::File { path: path.clone(), named: !reading.listed }),
            Err(error) => found.push(Found::Bad { path: path.clone(), message: why(&error) }),
        }
    }
    Some(found)
}

/// Files below a folder, sorted by path so that reports repeat. Links are not followed: they may lead out of it.
fn walk(folder: &Path, no_ignore: bool, found: &mut Vec<Found>) {
    let mut walk = WalkBuilder::new(folder);
    walk.require_git(false)
        .standard_filters(!no_ignore)
        .ignore(false) // Git's own lists say what is no part of a repository; a file `.ignore` may be anybody's.
        .hidden(false) // .env, .npmrc and .gitlab-ci.yml are what this is about.
        .follow_links(false)
        .sort_by_file_path(std::cmp::Ord::cmp)
        .filter_entry(|entry| {
            // Of git's own folder only the configuration: clone addresses with credentials stand there.
            let inside_git = entry.path().parent().and_then(Path::file_name).is_some_and(|name| name == ".git");
            !inside_git || entry.file_name() == "config"
        });
    for entry in walk.build() {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_some_and(|kind| kind.is_file()) {
                    found.push(Found::File { path: entry.into_path(), named: false });
                }
            }
            Err(error) => {
                let message = error.io_error().map_or_else(|| say!["Something in this folder could not be read."], why);
                found.push(Found::Bad { path: folder.to_path_buf(), message });
            }
        }
    }
}

/// Reads and examines a file; `None` for one of at least `long` bytes.
fn read_file(path: &Path, named: bool, long: u64, context: &Context) -> Option<Examined> {
    let read = || {
        let mut file = fs::File::open(path)?;
        let metadata = file.metadata();
        if metadata.as_ref().is_ok_and(|metadata| metadata.is_file() && metadata.len() >= long) {
            return Ok(None);
        }
        let is_file = metadata.as_ref().is_ok_and(fs::Metadata::is_file);
        let size = metadata.map_or(0, |metadata| size(&metadata));
        let name = display_name(path);
        if is_file && (1..LOOK).contains(&size) {
            // One byte more than it says it has, and that is what comes: all of it, and nobody asks again.
            let mut bytes = vec![0; size + 1];
            let length = file.read(&mut bytes).unwrap_or(0);
            if length == size {
                bytes.truncate(size);
                return Ok(Some(examine(Input { incidental: !named, ..Input::new(name, bytes) }, context)));
            }
            file.seek(io::SeekFrom::Start(0))?;
        }
        read(file, size, &name, !named, context).map(Some)
    };
    read().unwrap_or_else(|error| Some(bad(path, why(&error), context)))
}

/// How much there is to read, 0 where that is not known. A device (`/dev/urandom`) has no end.
fn size(metadata: &fs::Metadata) -> usize {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = metadata.file_type();
        if kind.is_char_device() || kind.is_block_device() {
            return usize::MAX;
        }
    }
    usize::try_from(metadata.len()).unwrap_or(usize::MAX)
}

fn read_stdin(context: &Context) -> Examined {
    read(io::stdin().lock(), 0, "-", false, context).unwrap_or_else(|error| bad(Path::new("-"), why(&error), context))
}

/// Bytes that tell text from binary data.
const LOOK: usize = 64 * 1024;

/// Bytes of a large text that are read and looked at together, in parts side by side: few enough to be in a cache still when they
/// are looked at.
const BATCH: usize = 2 * 1024 * 1024;

/// Room for that, and for what it is looked at with. Made once: memory that grows is copied, and what is given back is cleared.
const ROOM: usize = stream::CARRY + BATCH + 32;

/// Reads and examines something of `size` bytes, 0 where that is not known.
fn read(from: impl io::Read, size: usize, name: &str, incidental: bool, context: &Context) -> io::Result<Examined> {
    Ok(match stretches(from, size, name, incidental, context)? {
        Stretches::Read(part) => *part,
        Stretches::Whole(bytes) => examine(Input { incidental, ..Input::new(name, bytes) }, context),
    })
}

/// What comes of reading something in stretches.
enum Stretches {
    /// It was read so.
    Read(Box<Examined>),
    /// It has to be examined as a whole: here it is.
    Whole(Vec<u8>),
}

/// Reads something of `size` bytes, 0 where that is not known. Binary data is read no further than the look that finds out,
/// and a large text or log is never held whole.
fn stretches(
    mut from: impl io::Read,
    size: usize,
    name: &str,
    incidental: bool,
    context: &Context,
) -> io::Result<Stretches> {
    let mut bytes = Vec::with_capacity(size.saturating_add(1).min(ROOM));
    if fill(&mut from, &mut bytes, LOOK)? {
        return Ok(Stretches::Whole(bytes));
    }
    if size >= LOOK && is_binary(&bytes) {
        let known = if size == usize::MAX { bytes.len() } else { size };
        return Ok(Stretches::Read(Box::new(binary(context.name(name), known))));
    }
    if fill(&mut from, &mut bytes, stream::LARGE)? {
        return Ok(Stretches::Whole(bytes));
    }
    let Some(mut stream) = Stream::open(name, &bytes, context.kind, incidental, Cow::Borrowed(context)) else {
        from.read_to_end(&mut bytes)?;
        return Ok(Stretches::Whole(bytes));
    };
    bytes.reserve_exact(ROOM.saturating_sub(bytes.len()));
    let (mut fresh, mut read) = (0, 0);
    loop {
        let full = fresh + BATCH;
        fill(&mut from, &mut bytes, full)?;
        read += bytes.len() - fresh;
        let last = bytes.len() < full;
        let again = stream.feed(&bytes, fresh, last, &side_by_side);
        if last {
            return Ok(Stretches::Read(Box::new(stream.finish(read))));
        }
        // What comes next is looked at with what is before it.
        let kept = bytes.len() - (stream::CARRY + again).min(bytes.len());
        bytes.drain(..kept);
        fresh = bytes.len();
        (fresh, read) = (fresh - again, read - again);
    }
}

/// Reads until there are `length` bytes, or no more come: is this the end? Of a small file nobody asks again.
fn fill(from: &mut impl io::Read, bytes: &mut Vec<u8>, length: usize) -> io::Result<bool> {
    let missing = length.saturating_sub(bytes.len());
    Ok(from.take(missing as u64).read_to_end(bytes)? < missing)
}

fn side_by_side(count: usize, job: &(dyn Fn(usize) -> Seen + Sync)) -> Vec<Seen> {
    (0..count).into_par_iter().map(job).collect()
}

fn bad(path: &Path, message: Text, context: &Context) -> Examined {
    Examined::unreadable(context.name(&display_name(path)), Kind::Text, say!["not opened"], 0, message)
}

/// A path as people write it: with `/`, without a leading `./`.
fn display_name(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(ToOwned::to_owned).unwrap_or(text)
}

fn why(error: &io::Error) -> Text {
    match error.kind() {
        io::ErrorKind::NotFound => say!["There is no such file or folder. Check the path."],
        io::ErrorKind::PermissionDenied => say!["You may not read this. Run as a user who may, or leave it out."],
        _ => say!["The system could not read this; nothing in it was checked."],
    }
}

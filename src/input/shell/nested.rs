//! Scripts inside a word: `bash -c '…'`, `ssh host "…"`, `eval "…"`, and here-documents that a shell reads.

use std::ops::Range;

use super::{Command, Part, PartKind, RedirectKind, Word, base_name};

/// Programs that read a script behind `-c`, and from their input.
const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh", "ksh", "su"];

/// Words of a command that are scripts themselves: index of each, and the place of the script without its quotes.
///
/// What stands in double quotes has its variables filled in by the job's own shell. In single quotes it is another shell
/// that fills them in: the job's variables are meant only where that shell runs on the same machine.
pub(super) fn scripts(command: &Command, text: &str) -> Vec<(usize, Range<usize>)> {
    let Some((program, _)) = command.program() else { return Vec::new() };
    let here = SHELLS.contains(&program.as_str());
    let mut out = Vec::new();
    let mut add = |index: usize| {
        // Substitutions are commands already: read again, they would be judged twice.
        let word = command.words.get(index).filter(|word| word.substitutions().next().is_none());
        let script = word.and_then(|word| quoted(word, text));
        if let Some((quote, range)) = script
            && (quote == b'"' || here || program == "eval")
        {
            out.push((index, range));
        }
    };
    match program.as_str() {
        "eval" => add(1),
        // The first word of several that is in quotes and holds a blank: options come before, and have none.
        "ssh" => {
            let is_script = |word: &Word| word.range.len() > 2 && has_blank(word, text);
            if let Some(index) = command.words.iter().skip(1).position(is_script) {
                add(index + 1);
            }
        }
        _ => {
            for (index, pair) in command.words.windows(2).enumerate() {
                let [shell, option] = pair else { continue };
                let start = option.start();
                let is_c =
                    start.len() < 6 && start.starts_with('-') && !start.starts_with("--") && start.ends_with('c');
                let runs = |word: &Word| SHELLS.contains(&base_name(word.start()).as_str());
                // `su - user -c "…"`
                if is_c && (runs(shell) || program == "su") {
                    add(index + 2);
                    break;
                }
            }
        }
    }
    out
}

/// Does the program run what it reads as a script of the job's variables? `variables` says whether this shell has filled
/// them in.
pub(super) fn reads_script(command: &Command, filled_in: bool) -> bool {
    let Some((program, _)) = command.program() else { return false };
    let shell = SHELLS.contains(&program.as_str());
    (program == "ssh" && filled_in || shell) && !command.words.iter().any(|word| word.start() == "-c")
}

/// Does the output of a script inside it go anywhere but to the log?
pub(super) fn is_muted(command: &Command, pipe: bool) -> bool {
    pipe || command.captured || command.redirects.iter().any(|redirect| redirect.kind == RedirectKind::Write)
}

/// Does a script inside it run where the job's environment and files are not?
pub(super) fn is_elsewhere(command: &Command) -> bool {
    let here = |program: &str| SHELLS.contains(&program) || program == "eval";
    command.elsewhere || command.program().is_some_and(|(program, _)| !here(&program))
}

/// What is left of the word where its script is read as commands of their own: a place without variables.
pub(super) fn without_script(word: &mut Word) {
    word.parts = vec![Part { range: word.range.clone(), kind: PartKind::Input }];
}

/// A word that is one pair of quotes: which, and what is between them.
fn quoted(word: &Word, text: &str) -> Option<(u8, Range<usize>)> {
    let bytes = text.as_bytes().get(word.range.clone())?;
    let (&quote, rest) = bytes.split_first()?;
    let (&last, inside) = rest.split_last()?;
    let mut before = 0;
    let whole = matches!(quote, b'"' | b'\'')
        && quote == last
        && !inside.iter().any(|&byte| {
            let ends = byte == quote && before != b'\\';
            before = byte;
            ends
        });
    whole.then(|| (quote, word.range.start + 1..word.range.end - 1))
}

fn has_blank(word: &Word, text: &str) -> bool {
    quoted(word, text).and_then(|(_, range)| text.get(range)).is_some_and(|inside| inside.trim().contains([' ', '\n']))
}

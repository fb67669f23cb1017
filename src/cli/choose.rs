//! `leastwise choose`: which credential for which use case.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use super::Outcome;
use super::args::{Choose, SimpleFormat};
use super::output::{Output, complain, labelled};
use crate::catalog::{UseCase, use_cases};
use crate::plan::choose::{Answer, Choice, answer, choose, facts};

pub(crate) fn run(arguments: &Choose) -> io::Result<Outcome> {
    let words = arguments.use_case.join(" ");
    if !words.is_empty() {
        return match choose(&words) {
            Choice::One(answer) => show(&answer, arguments),
            Choice::Several(cases) => {
                complain("several use cases fit; say more, or give one of these:");
                for case in cases {
                    complain(&format!("  {:<26}{}", case.id, case.question));
                }
                Ok(Outcome::Failed)
            }
            Choice::None => {
                complain("no use case is like that; `leastwise choose` without --for lists them");
                Ok(Outcome::Failed)
            }
        };
    }
    if arguments.format == SimpleFormat::Text && io::stdin().is_terminal() && io::stderr().is_terminal() {
        return match ask(&mut io::stdin().lock(), &mut anstream::stderr())? {
            Some(case) => show(&answer(case), arguments),
            None => Ok(Outcome::Clean),
        };
    }
    list(arguments)
}

/// The dialogue: on standard error, so that standard output has the answer alone. `None` when the user leaves.
fn ask(input: &mut impl io::BufRead, screen: &mut impl io::Write) -> io::Result<Option<&'static UseCase>> {
    let mut shown: Vec<&'static UseCase> = use_cases().iter().collect();
    loop {
        writeln!(screen, "What do you want to do?")?;
        for (index, case) in shown.iter().enumerate() {
            writeln!(screen, "{:4}  {}", index + 1, case.question)?;
        }
        write!(screen, "Number, or a few words (Enter leaves): ")?;
        screen.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(None);
        }
        if let Some(case) = line.trim().parse::<usize>().ok().and_then(|n| shown.get(n.checked_sub(1)?)) {
            return Ok(Some(case));
        }
        shown = match choose(&line) {
            Choice::One(answer) => return Ok(use_cases().iter().find(|case| case.id == answer.use_case)),
            Choice::Several(cases) => cases,
            Choice::None => {
                writeln!(screen, "Nothing here is like that.")?;
                use_cases().iter().collect()
            }
        };
    }
}

fn list(arguments: &Choose) -> io::Result<Outcome> {
    #[derive(Serialize)]
    struct Listed {
        id: &'static str,
        question: &'static str,
    }
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => {
            let cases: Vec<_> =
                use_cases().iter().map(|case| Listed { id: case.id, question: case.question }).collect();
            serde_json::to_writer_pretty(&mut output, &serde_json::json!({"version": 1, "use_cases": cases}))?;
            output.write_all(b"\n")?;
        }
        SimpleFormat::Text => {
            for case in use_cases() {
                writeln!(output, "{:<26}{}", case.id, case.question)?;
            }
        }
    }
    output.finish()?;
    Ok(Outcome::Clean)
}

fn show(answer: &Answer, arguments: &Choose) -> io::Result<Outcome> {
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => {
            serde_json::to_writer_pretty(&mut output, answer)?;
            output.write_all(b"\n")?;
        }
        SimpleFormat::Text => output.write_all(render(answer, output.width).as_bytes())?,
    }
    output.finish()?;
    Ok(Outcome::Clean)
}

/// A paragraph a fact; a label that repeats is not written again.
fn render(answer: &Answer, width: usize) -> String {
    let mut out = format!("{}\n", answer.question);
    let mut before = "";
    for (label, text) in facts(answer) {
        let again = label == before && matches!(label, "create" | "rotate");
        out.push_str(&labelled(if again { "" } else { label }, &text, width));
        before = label;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_read_well() {
        let text = ["job-cloud", "job-clone-other", "server-clone", "automation-project"]
            .map(|id| match choose(id) {
                Choice::One(answer) => render(&answer, 100),
                Choice::Several(_) | Choice::None => panic!("{id}"),
            })
            .join("\n");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_dialogue_takes_a_number_or_words_and_asks_again() {
        let asked = |input: &str| ask(&mut input.as_bytes(), &mut io::sink()).unwrap().map(|case| case.id);
        assert_eq!(asked("1\n"), Some("job-own-api"));
        assert_eq!(asked("terraform state\n"), Some("job-terraform-state"));
        assert_eq!(asked("0\n999\nxyzzy\nscim\n"), Some("identity-provider"));
        let narrowed = asked("bot\n1\n");
        assert!(narrowed.is_some_and(|id| id.starts_with("automation-")), "{narrowed:?}");
        assert_eq!(asked("\n"), None);
        assert_eq!(asked(""), None);
    }
}

//! A text read in stretches gives the same report as the same text read whole.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;

use super::*;
use crate::audit::{Examined, assemble, examine};
use crate::catalog::TokenType;
use crate::input::Input;
use crate::plan::privilege::gathering;
use crate::report::json;
use crate::time::Date;
use crate::{Context, fake};

fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

fn report(part: Examined, context: &Context) -> String {
    let report = assemble([part], context);
    serde_json::to_string_pretty(&json::report(&report, true)).unwrap() + &format!("\n{:#?}", report.seen)
}

/// Reads in stretches of `window` bytes, fed `step` bytes at a time, with little of the ends.
fn in_stretches(
    name: &str,
    text: &[u8],
    window: usize,
    step: usize,
    ends: usize,
    context: &Context,
) -> Option<Examined> {
    let mut stream = Stream::open(name, text, None, false, Cow::Borrowed(context))?;
    (stream.window, stream.ends, stream.held) = (window, ends, 96 * 1024);
    let mut buffer: Vec<u8> = Vec::new();
    let mut fresh = 0;
    let mut rest = text;
    loop {
        let (new, behind) = rest.split_at(step.min(rest.len()));
        rest = behind;
        buffer.extend_from_slice(new);
        let again = stream.feed(&buffer, fresh, rest.is_empty(), &in_turn);
        if rest.is_empty() {
            return Some(stream.finish(text.len()));
        }
        let keep = buffer.len().min(CARRY + again);
        buffer.drain(..buffer.len() - keep);
        fresh = buffer.len() - again;
    }
}

fn check(name: &str, text: &str, window: usize, step: usize) {
    check_in(name, text, window, step, &context());
    // A plan of privileges sees the same uses too.
    check_in(name, text, window, step, &gathering(context()));
}

fn check_in(name: &str, text: &str, window: usize, step: usize, context: &Context) {
    let ends = 300;
    let Some(part) = in_stretches(name, text.as_bytes(), window, step, ends, context) else {
        panic!("{name} was not streamed");
    };
    let whole = report(examine(Input::new(name, text), context), context);
    let streamed = report(part, context);
    if whole != streamed {
        let differs = whole.lines().zip(streamed.lines()).find(|(a, b)| a != b);
        panic!("{differs:#?}\nwhole {} bytes, streamed {}", whole.len(), streamed.len());
    }
}

/// Lines of a log: what matters, and what does not.
fn line() -> impl Strategy<Value = String> {
    let token = (proptest::sample::select(TokenType::ALL), 0..500_u64).prop_map(|(kind, seed)| fake::token(kind, seed));
    // A line that goes on does so soon: more than that is what the module says it cannot see.
    let stamp = "2026-03-04T10:20:3[0-9]\\.123456Z 0[01][OE] ";
    let text = prop_oneof![
        8 => "[a-z ]{0,60}",
        2 => "[ -~äß漢]{0,60}",
        2 => "sha256:[0-9a-f]{64}",
        2 => "\u{1b}\\[32;1m\\$ [a-z]{1,9} [a-z -]{0,20}\u{1b}\\[0;m",
        1 => "[a-z]{1,9}\u{1b}\\[[0-9]{0,2}m[a-z]{0,25}|[a-z]{1,4}\\[0K[a-z]{0,9}",
        1 => Just("remote: You are not allowed to download code from this project.".to_owned()),
        1 => Just("fatal: unable to access 'https://gitlab.example.com/shop/lib.git/': The requested URL returned error: 403".to_owned()),
        1 => Just("{\"message\":\"401 Unauthorized\"}".to_owned()),
        1 => Just("glpat-[MASKED] and private_token=[MASKED]".to_owned()),
        1 => Just("Initialized empty Git repository in /builds/shop/web/.git/".to_owned()),
        1 => Just("$ git clone https://gitlab-ci-token:[MASKED]@gitlab.example.com/team/tools.git".to_owned()),
        1 => "\u{1b}\\[32;1m\\$ curl --header \"PRIVATE-TOKEN: \\$T[0-9]\" https://gitlab\\.example\\.com/api/v4/projects/[0-9]/releases\u{1b}\\[0;m",
        1 => "CI_(JOB|PROJECT)_ID=[0-9]{1,4}",
        1 => Just("Job succeeded".to_owned()),
        1 => "section_(start|end):17[0-9]{8}:[a-z]{1,5}\r\u{1b}\\[0K",
        1 => "[a-z ]{3000,9000}",
        1 => token.clone().prop_map(|token| format!("token is {token} here")),
        1 => (token.clone(), 0..30_usize).prop_map(|(token, at)| {
            let (head, tail) = token.split_at(at.min(token.len()));
            format!("key={head}\u{1b}[1m{tail}")
        }),
        1 => (token.clone(), 0..30_usize).prop_map(|(token, at)| {
            let (head, tail) = token.split_at(at.min(token.len()));
            let stamp = "2026-03-04T10:20:30.123456Z";
            let others = format!("{stamp} 00E other\n{stamp} 02O+more\n").repeat(at % 4);
            format!("{stamp} 01O x={head}\n{others}{stamp} 01O+{tail}\n{stamp} 01O+ and so on")
        }),
        1 => token.prop_map(|token| BASE64_STANDARD.encode(format!("user:{token}\nand more of it").as_bytes())),
    ];
    prop_oneof![3 => text.clone(), 1 => (stamp, text).prop_map(|(stamp, text)| if text.contains('\n') { text } else { format!("{stamp}{text}") })]
}

fn log() -> impl Strategy<Value = String> {
    (proptest::collection::vec((line(), 0..40_usize), 1..40)).prop_map(|lines| {
        let mut text =
            String::from("Running with gitlab-runner 18.7.0 (abc)\n  on shared-1 t1abcdefg, system ID: s_1\n");
        for (line, boring) in lines {
            text.push_str(&line);
            text.push('\n');
            for _ in 0..boring * 5 {
                text.push_str("compiling something that says nothing at all\n");
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_log_in_stretches_gives_the_same_report(text in log(), window in 200..40_000_usize, step in 100..60_000_usize) {
        check("job.log", &text, window, step);
    }

    #[test]
    fn a_text_in_stretches_gives_the_same_report(text in log(), window in 200..40_000_usize, step in 100..60_000_usize) {
        let text = format!("Notes of a day, with $DEPLOY_TOKEN in them. # leastwise: ignore[exposed-token] until=2027-01-01 known\n{}", text.replace("gitlab-runner", "nobody").replace("2026-", "at ").replace("section_", "part "));
        let context = context();
        prop_assume!(Stream::open("notes.txt", text.as_bytes(), None, false, Cow::Borrowed(&context)).is_some());
        check("notes.txt", &text, window, step);
    }
}

/// A colour between what a credential is known by and the credential, far from the ends of a long log.
#[test]
fn a_colour_beside_a_credential_without_a_prefix_of_its_own_hides_it_from_nobody() {
    let boring = "compiling something that says nothing at all\n".repeat(2_000);
    let behind = |kind: TokenType, prefix: &str| fake::token(kind, 9).strip_prefix(prefix).unwrap().to_owned();
    let cookie = behind(TokenType::GitlabSessionCookie, "_gitlab_session=");
    let plain = behind(TokenType::PersonalAccessToken, "glpat-");
    for (what, line) in [
        ("its value", format!("Cookie: _gitlab_session=\u{1b}[1m{cookie}")),
        ("its value, to the end of the colour", format!("Cookie: _gitlab_session=\u{1b}[1m{cookie}\u{1b}[0m; x")),
        ("its value, behind a colour without its escape", format!("Cookie: _gitlab_session=[0K{cookie}")),
        ("its value in JSON", format!("{{\"_gitlab_session\": \"\u{1b}[32m{cookie}\"}}")),
        ("the name", format!("\u{1b}[1mPRIVATE-TOKEN\u{1b}[0m: {plain}")),
        ("name and value", format!("\u{1b}[1mPRIVATE-TOKEN\u{1b}[0m: \u{1b}[32m{plain}")),
        ("the value", format!("PRIVATE-TOKEN: \u{1b}[32m{plain}")),
        ("the user", format!("https://\u{1b}[1mgitlab-ci-token\u{1b}[0m:{plain}@gitlab.example.com/a.git")),
        ("the password", format!("https://gitlab-ci-token:{plain}\u{1b}[0m@gitlab.example.com/a.git")),
    ] {
        // The first escape of a log is kept for itself.
        let text = format!("\u{1b}[0KRunning with gitlab-runner 18.7.0 (abc)\n{boring}{line}\n{boring}");
        let found = assemble([examine(Input::new("job.log", text.as_str()), &context())], &context()).findings.len();
        assert_eq!(found, 1, "{what}: found when it is read whole");
        check("job.log", &text, 10_000, 30_000);
    }
}

#[test]
fn what_was_read_so_far_is_judged_before_the_end() {
    let context = gathering(context());
    let token = fake::token(TokenType::PersonalAccessToken, 3);
    let text = format!(
        "Running with gitlab-runner 18.7.0 (abc)\n$ curl --header \"PRIVATE-TOKEN: $BOT\" https://gitlab.example.com/api/v4/projects\n\
         token is {token}\n{}",
        "nothing at all\n".repeat(40_000)
    );
    let mut stream = Stream::open("job.log", text.as_bytes(), None, false, Cow::Owned(context.clone())).unwrap();
    stream.feed(text.as_bytes(), 0, false, &in_turn);
    let part = assemble([stream.so_far()], &context);
    assert_eq!(part.findings.len(), 1);
    assert_eq!(part.seen.len(), 1, "the command was kept: {:?}", part.seen);
    // It is no end: what comes later is read as if nobody had asked.
    assert_eq!(stream.feed(text.as_bytes(), text.len(), true, &in_turn), 0);
    assert_eq!(
        report(stream.finish(text.len()), &context),
        report(examine(Input::new("job.log", text), &context), &context)
    );
}

/// Bytes that are kept of a text.
fn kept(name: &str, text: &str) -> usize {
    let mut stream = Stream::open(name, text.as_bytes(), None, false, Cow::Owned(context())).expect(name);
    stream.feed(text.as_bytes(), 0, true, &in_turn);
    stream.keeper.length()
}

#[test]
fn what_says_nothing_is_not_kept_however_long_it_is() {
    let many = |line: &str| line.repeat(2 * LARGE / line.len());
    let numbered =
        |line: &str| (0..2 * LARGE / 30).map(|index| line.replace('N', &index.to_string())).collect::<String>();
    for (what, text) in [
        ("addresses with passwords in one line", numbered("https://user:pass@host-N.example/")),
        ("blank lines", many("\n")),
        ("blanks", many(" \t")),
        ("references to variables", numbered("curl https://user:$VARIABLE_N@host.example/\n")),
    ] {
        let kept = kept("-", &text);
        assert!(kept <= 2 * ENDS + 512 * 1024, "{what}: {kept} bytes kept of {}", text.len());
        assert!(self::kept("-", &text.repeat(2)) < kept + 1024, "{what}: no more of twice as much");
    }
}

#[test]
fn blanks_before_a_large_text_change_nothing() {
    let token = fake::token(TokenType::PersonalAccessToken, 3);
    for blanks in ["\n".repeat(200_000), " \t\n".repeat(50_000), "\u{a0}\r\n".repeat(70_000)] {
        for rest in [format!("token is {token} here\n{}$DEPLOY_TOKEN", "nothing\n".repeat(9_000)), String::new()] {
            check("notes", &format!("{blanks}{rest}"), 30_000, 60_000);
        }
    }
}

#[test]
fn passwords_beside_a_finding_in_a_line_of_megabytes_are_not_shown() {
    let token = fake::token(TokenType::PersonalAccessToken, 3);
    let password = "Kd83hfQ0xVb";
    let many = |count: usize| {
        (0..count).map(|index| format!("https://user:{password}@host-{index}.example/")).collect::<String>()
    };
    let text = format!("{}{token} {}", many(15_000), many(15_000));
    assert!(text.len() > LARGE);
    let context = context();
    check("-", &text, 40_000, 60_000);
    let report = assemble([examine(Input::new("-", text), &context)], &context);
    assert_eq!(report.findings.len(), 1);
    let shown = report.findings[0].excerpt.as_ref().unwrap().text.as_str();
    assert!(shown.contains("@host-") && !shown.contains(password), "{shown}");
}

#[test]
fn a_comment_behind_lines_that_say_nothing_accepts_the_same() {
    let filler = "nothing to see in this line\n".repeat(10_000);
    let ignore = "# leastwise: ignore[exposed-token] until=2027-01-31 made up for a test";
    let tokens = [1, 2, 3].map(|seed| fake::token(TokenType::PersonalAccessToken, seed));
    let [one, two, three] = &tokens;
    let text =
        format!("{filler}{ignore}\ntoken: {one}\n{filler}token: {two} {ignore}\n{filler}token: {three}\n{filler}");
    check("notes.txt", &text, 64 * 1024, 48 * 1024);
    let part = in_stretches("notes.txt", text.as_bytes(), 64 * 1024, 48 * 1024, 300, &context()).unwrap();
    let report = assemble([part], &context());
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.accepted_findings.len(), 2);
}

//! What the tests of the command share: running it, and looking for pieces of a credential.

#![allow(dead_code, unreachable_pub)] // Each test binary uses its part of this.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a run of the command gave.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the command with nothing on standard input.
pub fn leastwise(arguments: &[&str]) -> Answer {
    leastwise_with_stdin(arguments, b"")
}

/// Every command that `--help` lists.
pub fn commands() -> Vec<String> {
    let help = leastwise(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).expect("a list").split("\n\n").next().expect("its end");
    list.lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

/// Runs the command with this on standard input.
pub fn leastwise_with_stdin(arguments: &[&str], stdin: &[u8]) -> Answer {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command was built for this test");
    let mut pipe = child.stdin.take().expect("piped");
    let input = stdin.to_vec();
    // From a thread: the command may answer before it has read all.
    let writer = std::thread::spawn(move || {
        let _ = pipe.write_all(&input);
    });
    let output = child.wait_with_output().expect("the command ends");
    let _ = writer.join();
    Answer {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// The part of a made-up token behind its public prefix.
pub fn body(token: &str) -> &str {
    ["_gitlab_session=", "GR1348941", "whsec_", "glet_"]
        .iter()
        .find_map(|prefix| token.strip_prefix(prefix))
        .or_else(|| token.split_once('-').filter(|(prefix, _)| prefix.len() <= 10).map(|(_, body)| body))
        .unwrap_or(token)
}

/// Fails when eight consecutive characters of the token's body stand in the output.
pub fn assert_no_piece_of(token: &str, output: &str) {
    assert_no_piece_of_body(body(token), output);
}

/// Fails when eight consecutive characters of `body` stand in the output.
pub fn assert_no_piece_of_body(body: &str, output: &str) {
    let body: Vec<char> = body.chars().collect();
    for piece in body.windows(8) {
        let piece: String = piece.iter().collect();
        assert!(!output.contains(&piece), "a piece of a credential is in the output:\n{output}");
    }
}

//! `leastwise permits`: can the job token make this call, and what else can?

use std::io::{self, Write as _};

use super::Outcome;
use super::args::{Permits as Arguments, SimpleFormat, bare_host};
use super::output::{Output, labelled};
use crate::plan::permits::{Permits, facts, permits};
use crate::report::text::clean;

pub(crate) fn run(arguments: &Arguments) -> io::Result<Outcome> {
    let hosts: Vec<String> = arguments.hosts.iter().map(|host| bare_host(host)).collect();
    let answer = permits(&arguments.method, &arguments.address, &hosts);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        SimpleFormat::Json => {
            serde_json::to_writer_pretty(&mut output, &answer)?;
            output.write_all(b"\n")?;
        }
        SimpleFormat::Text => output.write_all(render(&answer, output.width).as_bytes())?,
    }
    output.finish()?;
    Ok(Outcome::Clean)
}

/// A paragraph a fact.
fn render(answer: &Permits, width: usize) -> String {
    let mut out = format!("{} {}\n", clean(answer.method.as_str()), clean(answer.path.as_str()));
    for (label, text) in facts(answer) {
        out.push_str(&labelled(label, &text, width));
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::TokenType;

    #[test]
    fn each_kind_of_answer_reads_well() {
        let text = [
            ("GET", "/projects/42/packages"),
            ("POST", "/projects/42/deployments"),
            ("GET", "https://gitlab.example.com/api/v4/projects/group%2Fproject/variables"),
            ("GET", "/groups/7/-/packages/npm/left-pad"),
            ("POST", "/projects/42/trigger/pipeline"),
            ("PUT", "/jobs/9"),
            ("GET", "/projects/42/registry/repositories"),
            ("PUT", "/runners/7"),
            ("POST", "/runners"),
            ("GET", "/application/settings"),
            ("GET", "/version"),
            ("DELETE", "/personal_access_tokens/self"),
            ("POST", "/internal/allowed"),
            ("POST", "https://gitlab.example.com/api/graphql"),
            ("POST", "https://gitlab.example.com/group/project.git/git-receive-pack"),
            ("GET", "/projects/group/project/issues"),
            ("GET", "/projects/42/variable"),
            ("GET", "https://gitlab.example.com/group/project"),
        ]
        .map(|(method, address)| render(&permits(method, address, &[]), 100))
        .join("\n");
        insta::assert_snapshot!(text);
    }

    proptest! {
        #[test]
        fn no_credential_in_an_address_comes_out(seed in 0_u64..1000, kind in 0..TokenType::ALL.len(), place in 0..5) {
            let token = crate::fake::token(TokenType::ALL[kind], seed);
            let known = crate::detect::mask_all(&token, &[]) != token;
            let address = match place {
                0 => format!("https://h/api/v4/projects/1?private_token={token}"),
                1 => format!("https://oauth2:{token}@h/api/v4/projects/1"),
                2 => format!("/projects/1#{token}"),
                3 => format!("https://{token}@h/nothing"),
                // What has no mark of its own cannot be told from a name.
                _ if !known => return Ok(()),
                _ => format!("/projects/{token}/nothing"),
            };
            let answer = permits("GET", &address, &[]);
            let shown = render(&answer, 100) + &serde_json::to_string(&answer).unwrap();
            for piece in token.as_bytes()[token.len().saturating_sub(16)..].windows(8) {
                let piece = std::str::from_utf8(piece).unwrap();
                prop_assert!(!shown.contains(piece), "{address}: {shown}");
            }
        }

        #[test]
        fn nothing_in_an_address_acts_in_a_terminal(address in "[/a-z\\x00-\\x1f\\x7f\u{202e}\u{9b}]{0,40}") {
            let shown = render(&permits("GET\u{1b}[2J", &address, &[]), 100);
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}

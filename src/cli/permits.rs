//! `leastwise permits`: can the job token make this call, and what else can?

use std::io::{self, Write as _};

use super::Outcome;
use super::args::{Permits as Arguments, SimpleFormat, bare_host};
use super::output::{Output, labelled};
use crate::catalog::{AccessLevel, Boundary};
use crate::plan::permits::{Permits, permits};
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
    let mut line = |what: &str, text: &str| out.push_str(&labelled(what, text, width));
    if let Some(endpoint) = answer.endpoint {
        line("endpoint", endpoint);
    }
    line("job token", answer.job_token.text.as_str());
    if answer.known {
        line("scope", &scopes(answer));
    }
    if let Some(scope) = answer.deploy_token_scope {
        line("deploy token", &format!("`{scope}`"));
    }
    for entry in &answer.fine_grained {
        let also = entry.also.as_ref().map_or_else(String::new, |also| format!(" and {also}"));
        line("fine-grained", &format!("{}{also} ({})", entry.permission, entry.boundary.word()));
    }
    if let Some(roles) = roles(answer) {
        line("role", &roles);
    }
    if let Some(instead) = &answer.instead {
        line("instead", instead.text.as_str());
    }
    for note in &answer.notes {
        line("note", note.as_str());
    }
    for near in &answer.nearest {
        line("like it", &format!("{} {}", near.method, near.path));
    }
    out
}

fn scopes(answer: &Permits) -> String {
    let quoted = |scopes: &[&str]| scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
    let narrowest = match answer.scopes.as_slice() {
        [] if !answer.fine_grained.is_empty() => "any".to_owned(),
        [] => "an access token is not needed, or of no use".to_owned(),
        scopes => quoted(scopes),
    };
    match answer.other_scopes.as_slice() {
        [] => narrowest,
        also => format!("{narrowest} (or {})", quoted(also)),
    }
}

fn roles(answer: &Permits) -> Option<String> {
    let roles: Vec<String> = (answer.fine_grained.iter())
        .filter_map(|entry| Some((entry.role.and_then(AccessLevel::parse)?, entry.boundary)))
        .map(|(role, boundary)| format!("{} in the {}", role.name(), boundary.word()))
        .collect();
    if roles.is_empty() {
        // A role is held in a project or a group; for a user's own things there is none to know.
        let held = |boundary| matches!(boundary, Boundary::Project | Boundary::Group);
        return answer.fine_grained.iter().any(|entry| held(entry.boundary)).then(|| "not in the catalog".to_owned());
    }
    let public = if answer.public { "; less where it is public" } else { "" };
    Some(roles.join(", ") + public)
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

//! Python scripts that call the API with python-gitlab and the job token
//! (<https://docs.gitlab.com/api/rest/third_party_clients/>).

use super::evidence::{Evidence, EvidenceKind, Need, Target};
use super::needs::What;
use super::target::path_target;
use crate::catalog::client_call;
use crate::context::Context;
use crate::say;

/// A project that a script takes.
pub(super) struct Project {
    /// Byte in the text.
    pub(super) at: usize,
    /// What stands in the brackets: a path, a number, or `${NAME}`.
    project: String,
    /// What is called: `releases list`; empty where it is not seen.
    calls: Vec<(String, String)>,
    /// Is the project itself asked for first?
    eager: bool,
}

/// Every project that python-gitlab takes in a text that signs in with a job token.
pub(super) fn read(text: &str) -> Vec<Project> {
    const GET: &str = "projects.get(";
    if !(text.contains("Gitlab(") && text.contains("job_token")) {
        return Vec::new();
    }
    let found = text.match_indices(GET).filter_map(|(at, _)| {
        let rest = text.get(at + GET.len()..)?;
        let end = closing(rest)?;
        let inside = rest.get(..end)?;
        let project = argument(inside.split(',').next().unwrap_or_default().trim(), text)?;
        let before = text.get(..at)?;
        let line = before.rsplit(['\n', ';']).next().unwrap_or_default();
        let mut calls = chain(rest.get(end + 1..).unwrap_or_default()).into_iter().collect::<Vec<_>>();
        // `p = gl.projects.get(…)`, then `p.releases.list()`.
        if let Some((name, _)) = line.split_once('=').filter(|(name, _)| is_word(name.trim())) {
            let dotted = format!("{}.", name.trim());
            for (place, _) in text.match_indices(&dotted) {
                let free = !text
                    .get(..place)
                    .is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'));
                if free && place > at {
                    calls.extend(chain(text.get(place + dotted.len() - 1..).unwrap_or_default()));
                }
            }
        }
        calls.sort();
        calls.dedup();
        Some(Project { at, project, calls, eager: !inside.replace(' ', "").contains("lazy=True") })
    });
    found.collect()
}

/// Writes down what was found.
pub(super) fn tell(found: &Project, line: usize, context: &Context, out: &mut Evidence) {
    let target = match found.project.parse() {
        Ok(id) => Target::Id(id),
        Err(_) => path_target(&found.project, context, false),
    };
    if found.eager && target != Target::Own {
        let message = say![
            "python-gitlab asks for the project itself first (`GET /projects/:id`), and GitLab refuses every job token there: write \
             `projects.get(…, lazy=True)`."
        ];
        out.spots.push((Some(line), message));
    }
    let known: Vec<What> = (found.calls.iter())
        .filter_map(|(manager, verb)| {
            let words: Vec<&str> =
                [manager.as_str(), verb.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
            let call = client_call("python-gitlab", &words)?;
            What::of_call(call.method, call.path, "api")
        })
        .collect();
    let known = if known.len() < found.calls.len() || known.is_empty() { vec![What::unseen()] } else { known };
    for What { access, feature, permissions, coverage } in known {
        let (kind, line, target) = (EvidenceKind::Config, Some(line), target.clone());
        let via = "python-gitlab";
        out.needs.push(Need {
            caller: None,
            target,
            via,
            access,
            feature,
            permissions,
            coverage,
            kind,
            by: None,
            line,
        });
    }
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().take(400) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// `"shop/lib"`, `42`, `os.environ["LIB_ID"]`, `os.getenv('LIB_ID')`, or a name that the text gives a value.
fn argument(text: &str, all: &str) -> Option<String> {
    let quoted = |text: &str| {
        let text = text.trim_start_matches('\\');
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inside = text.get(1..)?.split(quote).next()?.trim_end_matches('\\');
        Some(inside.to_owned())
    };
    if let Some(path) = quoted(text) {
        return Some(path);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        return Some(text.to_owned());
    }
    if text.contains("environ") || text.contains("getenv") {
        let at = text.find(['"', '\''])?;
        return Some(format!("${{{}}}", quoted(text.get(at..)?)?));
    }
    if text.starts_with('$') {
        return Some(format!("${{{}}}", text.trim_matches(['$', '{', '}'])));
    }
    if !is_word(text) {
        return Some("${}".to_owned());
    }
    let given = all.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == text).then(|| value.trim())
    });
    match given.filter(|value| !is_word(value) || value.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(value) => argument(value, ""),
        None => Some(format!("${{{text}}}")),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `.releases.list(…)`: manager and verb; `.trigger_pipeline(…)`: a verb alone.
fn chain(text: &str) -> Option<(String, String)> {
    let rest = text.strip_prefix('.')?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (first, behind) = rest.split_at_checked(end)?;
    if behind.starts_with('(') {
        return Some((first.to_owned(), String::new()));
    }
    let behind = behind.strip_prefix('.')?;
    let end = behind.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    Some((first.to_owned(), behind.get(..end)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projects(text: &str) -> Vec<(String, Vec<String>, bool)> {
        let text = format!("gl = gitlab.Gitlab(url, job_token=t)\n{text}");
        let calls = |found: &Project| found.calls.iter().map(|(a, b)| format!("{a} {b}").trim().to_owned()).collect();
        read(&text).iter().map(|found| (found.project.clone(), calls(found), found.eager)).collect()
    }

    #[test]
    fn a_project_is_read_however_it_is_named() {
        let one = |text: &str| projects(text).into_iter().next().map(|found| found.0);
        assert_eq!(one("p = gl.projects.get('shop/lib')").as_deref(), Some("shop/lib"));
        assert_eq!(one("gl.projects.get(42, lazy=True).tags.list()").as_deref(), Some("42"));
        assert_eq!(one("gl.projects.get(os.environ[\"LIB\"])").as_deref(), Some("${LIB}"));
        assert_eq!(one("gl.projects.get(os.getenv('LIB'))").as_deref(), Some("${LIB}"));
        assert_eq!(one("LIB = 'shop/lib'\ngl.projects.get(LIB)").as_deref(), Some("shop/lib"));
        assert_eq!(one("gl.projects.get(find(x))").as_deref(), Some("${}"));
        assert_eq!(one("gl.projects.get("), None);
        assert!(read("gitlab.Gitlab(url, private_token=t).projects.get(1)").is_empty(), "another token");
    }

    #[test]
    fn what_is_called_is_read_from_the_chain_or_the_variable() {
        let found = projects(
            "p = gl.projects.get(1, lazy=True)\np.releases.list()\nsp.tags.list()\np.trigger_pipeline('main')",
        );
        assert_eq!(found, [("1".to_owned(), vec!["releases list".to_owned(), "trigger_pipeline".to_owned()], false)]);
        let found = projects("gl.projects.get(1).packages.list(all=True)");
        assert_eq!(found, [("1".to_owned(), vec!["packages list".to_owned()], true)]);
    }
}

//! The answer in words, the same at every door: label and text, a line each.

use super::Permits;
use crate::catalog::{AccessLevel, Boundary};

/// Labels and texts, in order.
#[must_use]
pub fn facts(answer: &Permits) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    if let Some(endpoint) = answer.endpoint {
        out.push(("endpoint", endpoint.to_owned()));
    }
    out.push(("job token", answer.job_token.text.to_string()));
    if answer.known {
        out.push(("scope", scopes(answer)));
    }
    if let Some(scope) = answer.deploy_token_scope {
        out.push(("deploy token", format!("`{scope}`")));
    }
    for entry in &answer.fine_grained {
        let also = entry.also.as_ref().map_or_else(String::new, |also| format!(" and {also}"));
        out.push(("fine-grained", format!("{}{also} ({})", entry.permission, entry.boundary.word())));
    }
    if let Some(roles) = roles(answer) {
        out.push(("role", roles));
    }
    if let Some(instead) = &answer.instead {
        out.push(("instead", instead.text.to_string()));
    }
    out.extend(answer.notes.iter().map(|note| ("note", note.to_string())));
    out.extend(answer.nearest.iter().map(|near| ("like it", format!("{} {}", near.method, near.path))));
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

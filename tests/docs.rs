//! The documentation is true: every command in it runs and does not fail, and every link leads somewhere.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What readers have that the samples do not bring: name and text, with placeholders for tokens.
const THEIRS: &[(&str, &str)] = &[
    ("build.log", "Running with gitlab-runner 18.9.0 (0a1b2c3d)\n$ deploy --token {{deploy_token}}\n"),
    ("last-month.json", r#"[{"id": 1, "name": "deploy", "scopes": ["api"], "active": true, "expires_at": null}]"#),
    (
        "today.json",
        r#"[{"id": 1, "name": "deploy", "scopes": ["read_api"], "active": true, "expires_at": "2026-12-20"}]"#,
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README, CONTRIBUTING and everything below `docs`.
fn pages() -> Vec<PathBuf> {
    fn below(folder: &Path, pages: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, pages);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md"), root().join("npm/README.md")];
    below(&root().join("docs"), &mut pages);
    pages.sort();
    pages
}

/// The commands of a page: the lines with `$ ` in blocks of kind `console`.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            inside = kind == "console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            commands.push(command.to_owned());
        }
    }
    commands
}

#[test]
#[cfg(unix)]
fn every_command_in_the_documentation_runs() {
    use std::os::unix::fs::PermissionsExt as _;

    let binaries = Path::new(env!("CARGO_BIN_EXE_leastwise")).parent().unwrap();
    let mut ran = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let commands = commands(&text);
        if commands.is_empty() {
            continue;
        }
        // A folder of its own, as a reader has it: the samples, their own files, and `glab` that knows one answer.
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_leastwise")).args(["demo", "--files"]).arg(folder.path()).status();
        assert!(made.unwrap().success());
        for (name, text) in THEIRS {
            std::fs::write(folder.path().join(name), leastwise::fake::expand(text)).unwrap();
        }
        let saved = root().join("tests/fixtures/pages/german-project-tokens-paged.html");
        std::fs::copy(saved, folder.path().join("saved-page.html")).unwrap();
        let tools = folder.path().join("tools");
        std::fs::create_dir(&tools).unwrap();
        let glab = tools.join("glab");
        std::fs::write(&glab, "#!/bin/sh\nexec cat \"$SAMPLES/project-access-tokens.json\"\n").unwrap();
        std::fs::set_permissions(&glab, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}:{}", tools.display(), binaries.display(), std::env::var("PATH").unwrap_or_default());
        // It goes on until it is ended; tests/serve.rs runs it.
        for command in commands.into_iter().filter(|command| !command.starts_with("leastwise serve")) {
            let answer = Command::new("sh")
                .args(["-c", &command])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("SAMPLES", folder.path())
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&answer.stderr);
            // 1 is "there is something to look at".
            assert!(matches!(answer.status.code(), Some(0 | 1)), "{}: {command}\n{said}", page.display());
            ran += 1;
        }
    }
    assert!(ran > 20, "only {ran} commands were found: does the documentation still write them as it did?");
}

#[test]
fn every_command_of_the_tool_is_documented() {
    let all: String = pages().iter().map(|page| std::fs::read_to_string(page).unwrap()).collect();
    for name in support::commands() {
        assert!(all.contains(&format!("leastwise {name}")), "no page shows `leastwise {name}`");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with('#') || link.contains(char::is_whitespace) {
                continue;
            }
            let file = link.split('#').next().unwrap();
            assert!(page.parent().unwrap().join(file).exists(), "{}: {link}", page.display());
        }
    }
}

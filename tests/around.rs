//! What people put around the command: shells, manual pages, commit hooks.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use leastwise::catalog::TokenType;
use support::{commands, leastwise};

#[test]
fn completions_know_every_command_in_every_shell() {
    let commands = commands();
    assert!(commands.len() > 8, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let answer = leastwise(&["completions", shell]);
        assert_eq!(answer.code, 0, "{shell}");
        for command in &commands {
            assert!(answer.stdout.contains(command.as_str()), "{shell} does not know {command}");
        }
    }
}

#[test]
fn bash_takes_the_completions() {
    let answer = leastwise(&["completions", "bash"]);
    let script = format!(
        "{}\nCOMP_WORDS=(leastwise expl); COMP_CWORD=1; _leastwise leastwise expl leastwise; echo \"${{COMPREPLY[*]}}\"",
        answer.stdout
    );
    let bash = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), "explain", "{}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    assert_eq!(leastwise(&["man", "--folder", to]).code, 0);
    let whole = leastwise(&["man"]).stdout;
    assert!(whole.starts_with(".ie") && whole.contains(".TH leastwise 1"), "{whole}");
    for command in commands() {
        let page = std::fs::read_to_string(folder.path().join(format!("leastwise-{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

/// Runs git in a folder, away from the settings of whoever runs the test.
fn git(folder: &Path, arguments: &[&str]) -> Output {
    let path = std::env::var("PATH").unwrap_or_default();
    let binaries = Path::new(env!("CARGO_BIN_EXE_leastwise")).parent().unwrap().display().to_string();
    Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.com"])
        .args(arguments)
        .env("PATH", format!("{binaries}:{path}"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap()
}

/// The hook that the documentation tells people to use.
fn hook() -> String {
    let page = include_str!("../docs/hooks.md");
    let (_, rest) = page.split_once("```sh\n#!/bin/sh").unwrap();
    format!("#!/bin/sh{}", rest.split("```").next().unwrap())
}

#[test]
#[cfg(unix)]
fn the_git_hook_judges_what_is_staged_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(git(at, &["init", "--quiet"]).status.success());
    let file = at.join(".git/hooks/pre-commit");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, hook()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let token = leastwise::fake::token(TokenType::PersonalAccessToken, 9);
    let commit = |what: &str| git(at, &["commit", "--quiet", "-m", what]);
    let write = |name: &str, text: &str| std::fs::write(at.join(name), text).unwrap();

    // Clean, with files that are nobody's concern, and a name that needs care.
    write("package.json", "{\"name\": \"x\"}");
    std::fs::write(at.join("picture.png"), [0x89, b'P', b'N', b'G', 0, 1, 2, 3]).unwrap();
    write("with space\tand tab.txt", "hello");
    git(at, &["add", "."]);
    let answer = commit("clean");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));

    // In the folder, not staged.
    write("notes.txt", &format!("token {token}\n"));
    write("with space\tand tab.txt", "hello again");
    git(at, &["add", "with space\tand tab.txt"]);
    assert!(commit("not staged").status.success());

    // Staged, then taken out of the file again: what would be committed counts.
    git(at, &["add", "notes.txt"]);
    write("notes.txt", "nothing\n");
    let answer = commit("staged");
    let said = String::from_utf8_lossy(&answer.stdout).into_owned() + &String::from_utf8_lossy(&answer.stderr);
    assert!(!answer.status.success(), "{said}");
    assert!(said.contains("notes.txt:1:7") && !said.contains(&token[10..]), "{said}");

    // A file that git ignores, added by force.
    write(".gitignore", "*.env\n");
    write("prod.env", &format!("GITLAB_TOKEN={token}\n"));
    git(at, &["reset", "--quiet"]);
    git(at, &["add", ".gitignore"]);
    git(at, &["add", "--force", "prod.env"]);
    assert!(!commit("forced").status.success());
}

#[test]
fn a_list_of_files_is_quiet_about_what_is_not_gitlabs() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<String> = [("package.json", "{\"name\": \"x\"}".as_bytes()), ("a.png", b"\x89PNG\0\x01\x02")]
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let arguments = |flags: &[&'static str]| -> Vec<String> {
        ["check"].iter().chain(flags).map(ToString::to_string).chain(paths.clone()).collect()
    };
    let run = |flags: &[&'static str]| leastwise(&arguments(flags).iter().map(String::as_str).collect::<Vec<_>>());
    let named = run(&["--strict"]);
    assert_eq!(named.code, 2, "{named:?}");
    let listed = run(&["--strict", "--listed", "--quiet"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{listed:?}");
}

//! The recipes of `docs/python.md` run as they stand there.

#![cfg(unix)]
// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Command;

const USE: &str = r#"
import sys
token = sys.argv[1]
report = audit(f"password is {token}\n", today="2026-11-20")
assert [f["rule"] for f in report["findings"]] == ["exposed-token"], report
answers = list(reports(({"name": f"{n}.log", "text": f"{n} {token}" if n % 2 else "größe\u2028"} for n in range(50)), today="2026-11-20"))
assert [a["name"] for a in answers] == [f"{n}.log" for n in range(50)]
assert [len(a["report"]["findings"]) for a in answers] == [n % 2 for n in range(50)]
assert token[-10:] not in json.dumps([report, answers])
try:
    audit("x", today="2026-11-20", arguments=["/nonexistent"])
    raise SystemExit("trouble was not told")
except subprocess.CalledProcessError as error:
    assert error.returncode == 2
print("well")
"#;

#[test]
fn the_recipes_for_python_work() {
    if Command::new("python3").arg("--version").output().is_err() {
        // A bare machine has no Python; the recipes are for those who do.
        return;
    }
    let page = include_str!("../docs/python.md");
    let recipes: String = page.split("```python\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let binaries = Path::new(env!("CARGO_BIN_EXE_leastwise")).parent().unwrap();
    let token = leastwise::fake::token(leastwise::catalog::TokenType::PersonalAccessToken, 5);
    let answer = Command::new("python3")
        .args(["-c", &format!("{recipes}{USE}"), &token])
        .env("PATH", format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default()))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "well", "{}", String::from_utf8_lossy(&answer.stderr));
}

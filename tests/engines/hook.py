"""The hook under the pre-commit framework, installed from this repository's last commit as its users install it.

    python tests/engines/hook.py FOLDER HOOK_ID...
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments, cwd):
    return subprocess.run(arguments, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main():
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True)
    for command in (["git", "init", "--quiet"], ["git", "config", "user.name", "Dana"], ["git", "config", "user.email", "dana@example.com"]):
        run(*command, cwd=folder)
    (folder / "package.json").write_text('{"name": "x"}\n')
    (folder / "notes.txt").write_text("hello\n")
    # Of the right shape; `l0OI` never stands in a genuine one.
    token = "-".join(["glpat", "Zq7Xk2" "l0OI" "Wv9Rt4Yp8M"])
    for hook in sys.argv[2:]:
        for text, wanted in (("hello\n", 0), (f"token {token}\n", 1)):
            (folder / "notes.txt").write_text(text)
            run("git", "add", ".", cwd=folder)
            answer = run(str(Path(sys.executable).parent / "pre-commit"), "try-repo", str(ROOT), hook, "--ref", "HEAD", "--verbose", cwd=folder)
            if answer.returncode != wanted or (wanted and "notes.txt:1:7" not in answer.stdout) or token[-10:] in answer.stdout:
                sys.exit(f"{hook}: exit code {answer.returncode}, wanted {wanted}\n{answer.stdout}")
        print(f"pre-commit, {hook}: a clean commit passes, a staged credential is refused and named")


if __name__ == "__main__":
    main()

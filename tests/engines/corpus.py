"""Made-up job logs as records, the way an engine hands them out: one JSON object a line."""

import json
import random
import string
import sys

PREFIXES = ["glpat-", "gldt-", "glrt-"]
LETTERS = string.ascii_letters + string.digits
LINES = [
    "Running with gitlab-runner 18.9.0 (0a1b2c3d)",
    "Fetching changes with git depth set to 20...",
    "Created fresh repository.",
    "$ npm ci --no-audit",
    "added 812 packages in 14s",
    "PASS src/cart/total.test.js (5.2 s)",
    "Uploading artifacts as \"archive\" to coordinator... 201 Created",
]


def token(dice):
    """Of the right shape; `l0OI` never stands in a genuine one."""
    body = "".join(dice.choices(LETTERS, k=16))
    return dice.choice(PREFIXES) + body[:6] + "l0OI" + body[6:]


def records(count, seed=20261121, lines=40):
    """Every third log holds a credential, every hundredth line is no record, and one name in fifty is not ASCII."""
    dice = random.Random(seed)
    for number in range(count):
        if number % 100 == 99:
            yield "this is no record"
            continue
        text = [dice.choice(LINES) for _ in range(lines)]
        if number % 3 == 0:
            text.insert(dice.randrange(lines), f"fatal: token {token(dice)} was refused")
        name = f"logs/2026/{'größe' if number % 50 == 7 else 'job'}-{number}.log"
        yield json.dumps({"name": name, "text": "\n".join(text), "kind": "job-log"}, ensure_ascii=False)


if __name__ == "__main__":
    for line in records(int(sys.argv[1])):
        print(line)

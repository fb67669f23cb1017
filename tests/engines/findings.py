"""The queries of docs/engines.md on the findings that spark.py left in FOLDER: DuckDB and Polars have to agree with a plain
count.

    python tests/engines/findings.py FOLDER
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import duckdb
import polars

RECIPES = Path(__file__).resolve().parents[2] / "docs/engines.md"


def recipe(language):
    """The code block of this language in the documentation: what users copy is what runs here."""
    blocks = re.findall(rf"```{language}\n(.*?)```", RECIPES.read_text(encoding="utf-8"), re.DOTALL)
    if len(blocks) != 1:
        sys.exit(f"{RECIPES.name}: {len(blocks)} blocks of {language}, wanted one")
    return blocks[0].replace("findings/", f"{sys.argv[1]}/killed/")


def main():
    expected = Counter()
    for part in Path(sys.argv[1], "killed").glob("part-*"):
        for line in part.read_text(encoding="utf-8").splitlines():
            for finding in json.loads(line).get("report", {}).get("findings", []):
                expected[finding["rule"], finding["severity"]] += 1
    if not expected:
        sys.exit("there is nothing to count: run spark.py first")
    by_duckdb = {(rule, severity): count for rule, severity, count in duckdb.sql(recipe("sql")).fetchall()}
    names = {"polars": polars}
    exec(recipe("python"), names)  # noqa: S102 the documentation's own code
    by_polars = {(row["rule"], row["severity"]): row["findings"] for row in names["table"].to_dicts()}
    for engine, counted in {"DuckDB": by_duckdb, "Polars": by_polars}.items():
        if counted != dict(expected):
            sys.exit(f"{engine}: {counted}, wanted {dict(expected)}")
    print(f"DuckDB and Polars count the same {sum(expected.values())} findings of {len(expected)} kinds")


if __name__ == "__main__":
    main()

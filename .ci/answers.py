"""Ask the questions of docs/analyst.md again, and write the answers below them.

`python .ci/answers.py [leadflow.duckdb]`; without a file the sandbox's of `make run`. `--check` writes nothing and
ends with 1 where a statement no longer runs or gives other columns than the page shows.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "analyst.md"
DATABASE = ROOT / "data" / "sandbox" / "default" / "leadflow.duckdb"
QUESTION = re.compile(
    r"(### (?P<title>[^\n]+)\n\n```sql\n(?P<sql>.*?)\n```\n)(?P<answer>\n(?:\|[^\n]*\n)+)?", re.DOTALL
)

Answer = tuple[list[str], list[tuple[object, ...]]]


def questions(text: str) -> list[tuple[str, str, list[str]]]:
    """Return (title, statement, columns that the page shows) of each question; no columns where none is answered."""
    return [(found["title"], found["sql"], shown(found["answer"] or "")) for found in QUESTION.finditer(text)]


def shown(answer: str) -> list[str]:
    """Return the columns of an answer as the page shows it."""
    head = answer.strip().partition("\n")[0]
    return [cell.strip() for cell in head.strip("|").split("|")] if head else []


def ask(connection: duckdb.DuckDBPyConnection, statement: str) -> Answer:
    """Return the columns and rows of a statement."""
    result = connection.execute(statement)
    return [column[0] for column in result.description or []], result.fetchall()


def answered(text: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the page with the answers of a database."""
    return QUESTION.sub(lambda found: f"{found[1]}\n{as_table(ask(connection, found['sql']))}", text)


def as_table(answer: Answer) -> str:
    """Return an answer as a table in markdown."""
    columns, rows = answer
    lines = [columns, ["---"] * len(columns), *[[cell(value) for value in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(value: object) -> str:
    """Return a value as the page shows it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value.isoformat() if isinstance(value, date) else value)


def main(words: list[str]) -> int:
    """Ask, and write or compare."""
    is_check = "--check" in words
    files = [Path(word) for word in words if word != "--check"]
    text = PAGE.read_text(encoding="utf-8")
    with duckdb.connect(str(files[0] if files else DATABASE), read_only=True) as connection:
        if not is_check:
            PAGE.write_text(answered(text, connection), encoding="utf-8")
            return 0
        changed = [title for title, statement, columns in questions(text) if ask(connection, statement)[0] != columns]
    sys.stdout.writelines(f"gives other columns than the page shows: {title}\n" for title in changed)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

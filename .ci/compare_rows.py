"""Compare the rows of each table with the committed minimum; name every table that falls short."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb


def main(database: str, expected: str) -> int:
    """Return 1 when a table has fewer rows than the file says, or is missing."""
    minimum: dict[str, int] = json.loads(Path(expected).read_text(encoding="utf-8"))
    short = 0
    with duckdb.connect(database, read_only=True) as connection:
        for table, least in minimum.items():
            schema, name = table.split(".")
            rows = connection.execute(f'SELECT count(*) FROM "{schema}".{name}').fetchall()[0][0]
            if rows < least:
                short += 1
                sys.stdout.write(f"{table}: {rows} rows, at least {least} expected\n")
    sys.stdout.write(f"{len(minimum) - short} of {len(minimum)} tables hold what they must\n")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

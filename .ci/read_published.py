"""Read the published database with whatever DuckDB is installed: every table opens, and columns are described."""

from __future__ import annotations

import sys

import duckdb


def main(database: str) -> int:
    """Return 1 when a table cannot be read or a column has no comment."""
    with duckdb.connect(database, read_only=True) as connection:
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        for schema, table in tables:
            rows = connection.execute(f'SELECT count(*) FROM "{schema}"."{table}"').fetchall()[0][0]
            sys.stdout.write(f"{schema}.{table}: {rows}\n")
        silent = connection.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        ).fetchall()[0][0]
    sys.stdout.write(f"DuckDB {duckdb.__version__} read {len(tables)} tables; {silent} columns without a comment\n")
    return 0 if tables and not silent else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

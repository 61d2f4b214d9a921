"""One use of the open warehouse: tables filled in one go or not at all, rows in and out a part at a time."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from pipeline import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SCHEMAS: dict[str, pa.Schema] = {}
"""Table of the catalogue → its columns as Arrow has them."""


def quoted(name: str) -> str:
    """Return `layer.table` with its schema quoted: `qualify` is a reserved word of DuckDB's grammar."""
    schema, table = name.split(".")
    return f'"{schema}".{table}'


class Session:
    """An open warehouse. Values are bound as parameters; names come from the catalogue only.

    `rooms`: how much memory DuckDB may take, the usual bound first; a table that does not fit is tried with the next.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, rooms: Sequence[str | None] = (None,)) -> None:
        self._connection = connection
        self._rooms = rooms
        self._views: set[str] = set()
        self._defined: set[str] = set()

    def replace(self, name: str, select: str, params: Sequence[object] | Mapping[str, object] | None = None) -> int:
        """Replace a table by the rows of a SELECT (matched by column name) in one transaction; return rows.

        Raises:
            duckdb.Error: the SELECT failed or gave a column that the catalogue does not know; the old table stays.
                That it does not fit in memory is raised when half of the machine's memory was not enough.
        """
        return self._refill(name, select, [params])

    def replace_in_parts(self, name: str, select: str, *, parts: int) -> int:
        """Replace a table by a SELECT that gives share `$part` of `$parts`, one share after the other, as above."""
        return self._refill(name, select, [{"part": part, "parts": parts} for part in range(parts)])

    def insert(self, name: str, rows: pa.Table | Sequence[Mapping[str, Any]]) -> int:
        """Append rows (matched by column name) to a table; return how many. Lists and dicts become JSON."""
        incoming = rows if isinstance(rows, pa.Table) else self.frame(name, rows)
        if incoming.num_rows:
            # DuckDB finds the table under the name of this variable. A registered view would keep it, and those of
            # all batches before, in memory until the transaction ends.
            self._connection.execute(f"INSERT INTO {quoted(name)} BY NAME SELECT * FROM incoming")
        return int(incoming.num_rows)

    def frame(self, name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Return rows as an Arrow table with the columns of a catalogue table; absent values are null."""
        if name not in _SCHEMAS:
            # Asked once per process: asking costs as much as writing hundreds of rows.
            columns = (f'NULL::{column.type} AS "{column.name}"' for column in catalogue.table(name).columns)
            _SCHEMAS[name] = self._connection.sql(f"SELECT {', '.join(columns)} LIMIT 0").to_arrow_table().schema
        found = [row if isinstance(row, dict) else dict(row) for row in rows]
        return pa.Table.from_pylist(found, schema=_SCHEMAS[name])

    def register(self, view: str, frame: pa.Table) -> None:
        """Make an Arrow table readable as `view` for the life of this session."""
        self._connection.register(view, frame)
        self._views.add(view)

    def define(self, view: str, select: str) -> None:
        """Make a SELECT readable as `view` for the life of this session."""
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {select}")
        self._defined.add(view)

    def forget_views(self) -> None:
        """Let go of every Arrow table that was registered, and of every view that was defined."""
        for view in self._views:
            self._connection.unregister(view)
        for view in self._defined:
            self._connection.execute(f"DROP VIEW IF EXISTS {view}")
        self._views.clear()
        self._defined.clear()

    def interrupt(self) -> None:
        """End what another thread does with this session: it fails there."""
        self._connection.interrupt()

    def execute(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> None:
        """Run a statement whose result nobody wants."""
        self._connection.execute(sql, params)

    def rows(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        result = self._connection.execute(sql, params)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def batches(
        self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None, *, size: int
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a query as dictionaries, at most `size` at a time; other queries may run in between."""
        # A connection of its own: the result of one is gone as soon as it is asked something else.
        with self._connection.cursor() as cursor:
            result = cursor.execute(sql, params)
            names = [column[0] for column in result.description or []]
            while rows := result.fetchmany(size):
                yield [dict(zip(names, row, strict=True)) for row in rows]

    @contextmanager
    def beside(self) -> Iterator[Session]:
        """Use a connection of its own to the warehouse, for another thread; it sees what is committed."""
        with self._connection.cursor() as cursor:
            yield Session(cursor)

    def arrow(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> pa.Table:
        """Return all rows of a query as an Arrow table."""
        return self._connection.sql(sql, params=params).to_arrow_table()

    def through(self, select: str, incoming: pa.Table) -> pa.Table:  # noqa: ARG002 - DuckDB finds it by its name
        """Return the rows of a query about `incoming`, as an Arrow table; see `insert` for why it is no view."""
        return self._connection.sql(select).to_arrow_table()

    def value(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> Any:
        """Return the single value of a query, None when it has no row."""
        found = self._connection.execute(sql, params).fetchall()
        return found[0][0] if found else None

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        return int(self.value(f"SELECT count(*) FROM {quoted(name)}"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside, or nothing."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def ensure_tables(self) -> None:
        """Create every catalogue table that is missing, and add columns that it has learned since."""
        existing: dict[str, set[str]] = {}
        for row in self.rows("SELECT schema_name || '.' || table_name AS t, column_name AS c FROM duckdb_columns()"):
            existing.setdefault(row["t"], set()).add(row["c"])
        for layer in catalogue.LAYERS:
            self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
        for name, table in catalogue.tables().items():
            if name not in existing:
                self._create(name, name)
                continue
            for column in table.columns:
                if column.name not in existing[name]:
                    self._connection.execute(f'ALTER TABLE {quoted(name)} ADD COLUMN "{column.name}" {column.type}')

    def _refill(self, name: str, select: str, shares: Sequence[Sequence[object] | Mapping[str, object] | None]) -> int:
        fresh = f"{name}__fresh"
        for room, more in pairwise((*self._rooms, None)):
            try:
                with self._allowed(room), self.transaction():
                    self._create(fresh, name)
                    for params in shares:
                        self._connection.execute(f"INSERT INTO {quoted(fresh)} BY NAME {select}", params)
                    # Swapped only when filled: a SELECT may read the table that it replaces.
                    self._connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
                    self._connection.execute(f"ALTER TABLE {quoted(fresh)} RENAME TO {name.split('.')[1]}")
                break
            except duckdb.OutOfMemoryException:
                if more is None:
                    raise
        return self.count(name)

    @contextmanager
    def _allowed(self, room: str | None) -> Iterator[None]:
        """Let DuckDB take so much memory meanwhile; the usual bound needs no word."""
        if room in {None, *self._rooms[:1]}:
            yield
            return
        self._connection.execute(f"SET memory_limit = '{room}'")
        try:
            yield
        finally:
            self._connection.execute(f"SET memory_limit = '{self._rooms[0]}'")

    def _create(self, physical: str, declared: str) -> None:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in catalogue.table(declared).columns)
        self._connection.execute(f"CREATE OR REPLACE TABLE {quoted(physical)} ({columns})")

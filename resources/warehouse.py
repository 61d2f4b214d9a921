"""The warehouse: one DuckDB file, opened late and closed early, by one process at a time.

DuckDB locks a file across processes and an open reader blocks a writer, so every use takes a file lock with a
bounded wait first. Opening costs ten milliseconds, so between uses the file stays open until `release`, which
the workspace calls before a vendor is asked: it is never held meanwhile. Tables are declared in
`pipeline/tables/*.yaml`; nothing else creates them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from pipeline import catalogue
from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LOCK_WAIT_SECONDS = 120.0
THREADS = 2
MEMORY = "512MB"
"""DuckDB spills to disk beyond this: a laptop with other work on it is the machine to plan for."""

_SCHEMAS: dict[str, pa.Schema] = {}
"""Table of the catalogue → its columns as Arrow has them."""


def quoted(name: str) -> str:
    """Return `layer.table` with its schema quoted: `qualify` is a reserved word of DuckDB's grammar."""
    schema, table = name.split(".")
    return f'"{schema}".{table}'


class WarehouseBusy(LeadflowError):
    """Another process kept the warehouse longer than we may wait."""

    retryable = True


class Session:
    """An open warehouse. Values are bound as parameters; names come from the catalogue only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._views: set[str] = set()

    def replace(self, name: str, select: str, params: Sequence[object] | Mapping[str, object] | None = None) -> int:
        """Replace a table by the rows of a SELECT (matched by column name) in one transaction; return rows.

        Raises:
            duckdb.Error: the SELECT failed or gave a column that the catalogue does not know; the old table stays.
        """
        with self.transaction():
            fresh = f"{name}__fresh"
            self._create(fresh, name)
            self._connection.execute(f"INSERT INTO {quoted(fresh)} BY NAME {select}", params)
            # Swapped only when filled: a SELECT may read the table that it replaces.
            self._connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
            self._connection.execute(f"ALTER TABLE {quoted(fresh)} RENAME TO {name.split('.')[1]}")
        return self.count(name)

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

    def forget_views(self) -> None:
        """Let go of every Arrow table that was registered."""
        for view in self._views:
            self._connection.unregister(view)
        self._views.clear()

    def execute(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> None:
        """Run a statement whose result nobody wants."""
        self._connection.execute(sql, params)

    def rows(self, sql: str, params: Sequence[object] | Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        result = self._connection.execute(sql, params)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def batches(self, sql: str, *, size: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a query as dictionaries, at most `size` at a time; other queries may run in between."""
        # A connection of its own: the result of one is gone as soon as it is asked something else.
        with self._connection.cursor() as cursor:
            result = cursor.execute(sql)
            names = [column[0] for column in result.description or []]
            while rows := result.fetchmany(size):
                yield [dict(zip(names, row, strict=True)) for row in rows]

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

    def _create(self, physical: str, declared: str) -> None:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in catalogue.table(declared).columns)
        self._connection.execute(f"CREATE OR REPLACE TABLE {quoted(physical)} ({columns})")


class Warehouse:
    """The warehouse file of a workspace."""

    def __init__(self, path: Path, *, lock_wait: float = LOCK_WAIT_SECONDS, memory: str = MEMORY) -> None:
        self.path, self.memory = path, memory
        self._lock = FileLock(f"{path}.lock", timeout=lock_wait)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._in_use = 0
        self._is_ready = False

    @contextmanager
    def open(self) -> Iterator[Session]:
        """Use the warehouse; no other process can until `release`.

        Raises:
            WarehouseBusy: another process holds it for longer than the bounded wait.
        """
        session = Session(self._connect())
        self._in_use += 1
        try:
            yield session
        finally:
            self._in_use -= 1
            session.forget_views()

    def release(self) -> None:
        """Close the file and let other processes have it; the next use opens it again.

        Raises:
            LeadflowError: it is in use right now: a vendor must not be asked inside `open`.
        """
        if self._in_use:
            raise LeadflowError("the warehouse is held while a vendor is asked: close it first")
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._lock.release()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._connection is not None:
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            waited = f"{self._lock.timeout:.0f} s"
            raise WarehouseBusy(
                f"the warehouse {self.path.name} has been in use by another run for {waited}; try again"
            ) from error
        is_new = not self.path.exists()
        try:
            connection = duckdb.connect(str(self.path), config={"threads": THREADS, "memory_limit": self.memory})
            connection.execute("SET TimeZone = 'UTC'")
            if is_new or not self._is_ready:
                # Looked at once per process: nobody takes tables away from a file that is there.
                Session(connection).ensure_tables()
                self._is_ready = True
        except BaseException:
            self._lock.release()
            raise
        self._connection = connection
        return connection

"""The database behind the ledger: how it is opened, brought up to date, backed up, and written.

SQLite: write-ahead log, `synchronous=FULL` (a committed intent survives a power cut), and a writer takes its
lock at BEGIN, so that two writers wait for each other instead of failing halfway.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from itertools import islice
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, Insert, Table, Update, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite

from resources.ledger import revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from pipeline.models import Json

T = TypeVar("T")

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

BUSY_SECONDS = 60.0
CACHE_KIB = 48 * 1024
"""Pages kept in memory: names are hashes, so that every index is written all over."""

CHUNK = 400
"""Names per IN list: below the parameter limit of every SQLite that Python ships with."""


class Store:
    """An open database. `read` and `write` give a connection inside one transaction."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self.clock = clock
        self.run_id: str | None = None

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime]) -> Store:
        """Open the database at `url`, creating or migrating it (after a backup) where needed."""
        parsed = make_url(url)
        place = parsed.database if parsed.get_backend_name() == "sqlite" else None
        if place and place != ":memory:":
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        if parsed.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare)
            event.listen(engine, "begin", _begin)
        store = cls(engine, clock=clock)
        store._migrate(Path(place) if place and place != ":memory:" else None)
        return store

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading: one consistent view."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose work is committed, durably, at the end of the block, or not at all."""
        options = self.engine.connect().execution_options(leadflow_writes=True)
        with options as connection, connection.begin():
            yield connection

    def backup(self, target: Path) -> None:
        """Copy a SQLite ledger to `target` while it is in use; complete or absent."""
        source = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not source:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".part")
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(aside)) as copy:
            live.backup(copy)
        aside.replace(target)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _migrate(self, place: Path | None) -> None:
        head = revisions.newest()
        with self.read() as connection:
            current = revisions.current(connection)
        if current == head:
            return
        if place is not None and current is not None:
            self.backup(place.with_name(f"{place.stem}-before-{head}.db"))
        with self.write() as connection:
            # Looked at again under the write lock: another process may have migrated meanwhile.
            revisions.upgrade(connection)


def _prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    del record
    # SQLAlchemy's own BEGIN is replaced by `_begin`; the driver must not open transactions behind our back.
    connection.isolation_level = None
    cursor = connection.cursor()
    wait = f"busy_timeout={int(BUSY_SECONDS * 1000)}"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", wait, f"cache_size={-CACHE_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("leadflow_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def dumps(value: Json) -> str:
    """Return a JSON value as canonical text: sorted keys, no spaces, no escapes."""
    if value is None:
        return "null"
    # Most values are plain text; the encoder's own way to them costs three times as much.
    return encode_basestring(value) if type(value) is str else _ENCODER.encode(value)


def loads(text: str | None) -> Json:
    """Return the JSON value of a text; None for none."""
    return None if text is None else json.loads(text)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items, taking no more at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def many(connection: Connection, statement: Insert | Update, rows: Sequence[dict[str, Any]]) -> None:
    """Execute a statement for many rows that have the same names.

    SQLAlchemy prepares each row anew, which took most of the time of a large plan; where the driver takes rows
    by position, they are handed over as they are.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = compiled.positiontup
    if names is None:
        connection.execute(statement, rows)
        return
    processors = [
        compiled.binds[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in names
    ]
    fixed = {name: value for name, value in compiled.params.items() if name not in rows[0]}
    varying = [
        (place, name, process)
        for place, (name, process) in enumerate(zip(names, processors, strict=True))
        if name not in fixed
    ]
    base = [
        process(fixed[name]) if process and name in fixed else fixed.get(name)
        for name, process in zip(names, processors, strict=True)
    ]

    def positional(row: dict[str, Any]) -> tuple[Any, ...]:
        values = base.copy()
        for place, name, process in varying:
            values[place] = process(row[name]) if process else row[name]
        return tuple(values)

    connection.exec_driver_sql(str(compiled), [positional(row) for row in rows])


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows or overwrite those that have the same primary key."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    many(connection, statement.on_conflict_do_update(index_elements=key, set_=changed), rows)

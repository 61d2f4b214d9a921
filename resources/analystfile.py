"""The analysts' database as a file: built anew, or the last one copied and what changed in it replaced.

Readers and BI drivers of DuckDB 1.x open it, so it has the storage format of DuckDB 1.0. The file that lies there is
never changed: a copy of it is, which then takes its place. It is copied only while it is, to the byte, the one that
was published last; one that somebody wrote into, or of which nothing is known, is built anew.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import TYPE_CHECKING, Any, Self

from pipeline import catalogue
from pipeline.dictionary import PUBLISHED_LAYERS
from resources.differences import forget, note_moved, put_in, take_out
from resources.fingerprints import Fingerprint, as_json, from_json, meanings, select
from resources.session import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from resources.session import Session

STORAGE_VERSION = "v1.0.0"
AGE = timedelta(days=7)
"""What was deleted may stay in unused blocks of a copied file: it is built anew at least this often."""
GROWTH = 2.0
"""A copied file that takes this many times the bytes per row that it took when built is built anew."""
MOST_MOVED = 0.5
"""Rows that came and went, as a share of a table's, from which on the whole table is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the file that was published last.

    `stamp`: inode, bytes and time of change of the file as it was left.
    `built_on`: day on which it was built and not copied; None: not told.
    `row_bytes`: bytes per row when it was built.
    """

    stamp: tuple[int, int, int]
    built_on: date | None
    row_bytes: float
    tables: Mapping[str, Fingerprint]


class Stale(Exception):
    """The copied file does not hold what is known of it."""


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever somebody writes into a file; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read_known(path: Path) -> Known | None:
    """Return what was kept of the last publication; None when nothing that can be used was."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        inode, size, changed = (int(number) for number in told["stamp"])
        return Known(
            stamp=(inode, size, changed),
            built_on=None if told["built_on"] is None else date.fromisoformat(told["built_on"]),
            row_bytes=float(told["row_bytes"]),
            tables=from_json(told["tables"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def known_text(known: Known) -> str:
    """Return what is known of a file as text to keep."""
    told: dict[str, Any] = {"stamp": known.stamp, "row_bytes": known.row_bytes, "tables": as_json(known.tables)}
    return json.dumps(told | {"built_on": None if known.built_on is None else known.built_on.isoformat()})


def may_copy(known: Known | None, database: Path, day: date | None) -> bool:
    """Tell whether the published file may be copied and brought up to date on a day."""
    if known is None or stamp_of(database) != known.stamp:
        return False
    rows = sum(each.rows for each in known.tables.values())
    has_swollen = known.stamp[1] > GROWTH * known.row_bytes * max(rows, 1)
    is_young = day is None or (known.built_on is not None and timedelta() <= day - known.built_on < AGE)
    return is_young and not has_swollen


def build(session: Session, aside: Path, wanted: Mapping[str, Fingerprint]) -> dict[str, int]:
    """Write all tables to a new file; return their rows."""
    with _Attached(session, aside, f" (STORAGE_VERSION '{STORAGE_VERSION}')") as file:
        # One commit: each of its own would be a journal entry per table and per comment, synced one by one.
        with session.transaction():
            for layer in PUBLISHED_LAYERS:
                session.execute(f'CREATE SCHEMA published."{layer}"')
            for name in wanted:
                file.create(name)
        return file.counts(wanted)


def renew(
    session: Session, aside: Path, wanted: Mapping[str, Fingerprint], *, database: Path, known: Known
) -> dict[str, int]:
    """Copy the published file and replace in the copy what changed; return the rows of its tables.

    Raises:
        Stale: the copy does not hold what is known of it.
        duckdb.Error: it could not be opened or written.
    """
    shutil.copyfile(database, aside)
    if stamp_of(database) != known.stamp:
        raise Stale(database.name)
    before = known.tables
    with _Attached(session, aside, "") as file:
        try:
            moved = {name: _moved(session, name, told, before.get(name)) for name, told in wanted.items()}
            whole = [name for name, told in wanted.items() if moved[name] > MOST_MOVED * told.rows]
            some = [name for name, count in moved.items() if count and name not in whole]
            # What goes is taken out first: what comes is written where it lay.
            with session.transaction():
                for name in before:
                    if name not in wanted or name in whole:
                        session.execute(f"DROP TABLE published.{quoted(name)}")
                for name in some:
                    take_out(session, name)
            session.execute("CHECKPOINT published")
            with session.transaction():
                for name in whole:
                    file.create(name)
                for name in some:
                    put_in(session, name)
            found = file.counts(wanted)
        finally:
            forget(session, wanted)
    if found != {name: told.rows for name, told in wanted.items()}:
        raise Stale(database.name)
    return found


def _moved(session: Session, name: str, told: Fingerprint, before: Fingerprint | None) -> float:
    """Note which rows of the file or the warehouse the other does not have; return how many, infinity for all."""
    if before is None or told.layout != before.layout:
        return inf
    if told.parts and before.parts and told.parts.keys().isdisjoint(before.parts):  # Another plan took its place.
        return inf
    parts = told.moved_since(before)
    return note_moved(session, name, parts) if parts else 0


class _Attached:
    """A database file attached as `published` for the length of a block; detaching checkpoints it."""

    def __init__(self, session: Session, path: Path, options: str) -> None:
        self._session, self._path, self._options = session, path, options

    def __enter__(self) -> Self:
        self._session.execute(f"ATTACH {text(self._path.as_posix())} AS published{self._options}")
        return self

    def __exit__(self, *_: object) -> None:
        # After it the file is whole and needs no .wal.
        self._session.execute("DETACH published")

    def create(self, name: str) -> None:
        """Write one table with what it and its columns mean."""
        target = f"published.{quoted(name)}"
        self._session.execute(f"CREATE TABLE {target} AS {select(name)}")
        of_table, *of_columns = meanings(name)
        self._session.execute(f"COMMENT ON TABLE {target} IS {text(of_table)}")
        for column, told in zip(catalogue.table(name).columns, of_columns, strict=True):
            self._session.execute(f'COMMENT ON COLUMN {target}."{column.name}" IS {text(told)}')

    def counts(self, names: Mapping[str, object]) -> dict[str, int]:
        """Return the rows of the file's tables."""
        return {name: int(self._session.value(f"SELECT count(*) FROM published.{quoted(name)}")) for name in names}


def text(value: str) -> str:
    """Return a value as a text of SQL, for ATTACH, COMMENT and COPY, which take no bound values.

    These are file names and meanings of the catalogue.
    """
    return "'" + value.replace("'", "''") + "'"

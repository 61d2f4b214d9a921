"""The published files: `leadflow.duckdb` for analysts, the same tables as Parquet, and the morning page.

Each is written aside and then takes the place of the old one atomically: readers keep the snapshot they opened, and
a process that is killed leaves the old file whole. A warehouse file is never copied: rows committed to a `.wal`
beside it would be missing, and `raw` and `staging` would be in its unused blocks.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipeline.dictionary import published_tables
from pipeline.page.markup import Rows
from resources.analystfile import Known, Stale, build, known_text, may_copy, read_known, renew, stamp_of
from resources.fingerprints import Fingerprint, fingerprint
from resources.parquetfiles import place, write_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from resources.session import Session

MEMO = ".published.json"
"""Beside the Parquet files: what is known of the database that was published last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where the files are and how many rows they hold, by table."""

    database: Path
    folder: Path
    rows: dict[str, int]


def publish(session: Session, *, database: Path, folder: Path) -> Published:
    """Write the published tables of an open warehouse to a database file and a folder of Parquet files.

    Only one process publishes at a time: the one that has the warehouse open.

    Args:
        session: the open warehouse; every published table must be up to date in it.
        database: file to replace; the folder it lies in must be writable.
        folder: where `<layer>.<table>.parquet` go; files of tables that no longer exist are removed.

    Raises:
        duckdb.Error, OSError: a table could not be written; the old files stay.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    aside = database.with_name(f".{database.name}.new")
    _remove_leftovers(database)
    _remove_leftovers(folder / MEMO)
    # Whoever reads these files says in which order; writing them in the order of the warehouse costs a third more.
    session.execute("SET preserve_insertion_order = false")
    # Trying this form for each column takes a quarter of the time, and the file is no smaller for it.
    session.execute("SET disabled_compression_methods = 'fsst'")
    try:
        wanted = {name: fingerprint(session, name) for name in published_tables()}
        # Most tables are too small to be written by two threads: two are written at a time.
        with session.beside() as other, ThreadPoolExecutor(1) as pool:
            files = pool.submit(write_parquet, other, folder, wanted)
            try:
                rows, built_on, row_bytes = _written(session, aside, wanted, database=database, memo=folder / MEMO)
                sync(aside)
            except BaseException:
                other.interrupt()
                raise
            moved = files.result()
        # A client that wrote into the old file and died left its .wal: it does not belong to the new one.
        database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
        aside.replace(database)
        stamp = stamp_of(database)
        if stamp is not None:
            known = Known(stamp=stamp, built_on=built_on, row_bytes=row_bytes, tables=wanted)
            write_atomically(folder / MEMO, known_text(known))
        place(folder, moved, wanted)
    finally:
        session.execute("RESET disabled_compression_methods")
        session.execute("SET preserve_insertion_order = true")
        _remove_leftovers(database)
    return Published(database=database, folder=folder, rows=rows)


def _written(
    session: Session, aside: Path, wanted: Mapping[str, Fingerprint], *, database: Path, memo: Path
) -> tuple[dict[str, int], date | None, float]:
    """Write the database aside; return rows by table, the day it was built on, and its bytes per row then."""
    day = session.value("SELECT max(built_at)::DATE FROM reports.publication")
    known = read_known(memo)
    if known is not None and may_copy(known, database, day):
        try:
            return renew(session, aside, wanted, database=database, known=known), known.built_on, known.row_bytes
        except (Stale, duckdb.Error):
            _remove_leftovers(database)
    rows = build(session, aside, wanted)
    return rows, day, aside.stat().st_size / max(sum(rows.values()), 1)


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file at once: a reader sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    sync(aside)
    aside.replace(path)


def answers(database: Path, statements: Mapping[str, str], values: Mapping[str, object]) -> dict[str, Rows]:
    """Return the rows of SELECTs on a published file; each is given those of `values` that it names."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {}
        for name, select in statements.items():
            result = connection.execute(select, {key: value for key, value in values.items() if f"${key}" in select})
            columns = [column[0] for column in result.description or []]
            found[name] = Rows(columns, (dict(zip(columns, row, strict=True)) for row in result.fetchall()))
    return found


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove_leftovers(database: Path) -> None:
    """Remove what this or a killed process wrote aside."""
    for left in database.parent.glob(f".{database.name}.*"):
        left.unlink(missing_ok=True)

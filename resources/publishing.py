"""The published files: `leadflow.duckdb` for analysts, the same tables as Parquet, and the morning page.

The database is built as a new file in the storage format of DuckDB 1.0, which BI drivers can open, and then
replaces the old one atomically: readers keep the snapshot they opened. A warehouse file is never copied: rows
committed to a `.wal` beside it would be missing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import md5
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline import catalogue
from pipeline.dictionary import MOMENT, PUBLISHED_LAYERS, meaning_of, published_tables
from resources.warehouse import Session, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STORAGE_VERSION = "v1.0.0"
ROW_GROUP_ROWS = 100_000
"""One big row group would be read by one thread."""
FINGERPRINT = "leadflow_fingerprint"
"""Key in a Parquet file under which it says which rows it holds: a file that says the same is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where the files are and how many rows they hold, by table."""

    database: Path
    folder: Path
    rows: dict[str, int]


def publish(session: Session, *, database: Path, folder: Path) -> Published:
    """Write the published tables of an open warehouse to a database file and a folder of Parquet files.

    Args:
        session: the open warehouse; every published table must be up to date in it.
        database: file to replace; the folder it lies in must be writable.
        folder: where `<layer>.<table>.parquet` go; files of tables that no longer exist are removed.

    Raises:
        duckdb.Error: a table could not be written; the old files stay.
    """
    names = published_tables()
    database.parent.mkdir(parents=True, exist_ok=True)
    aside = database.with_name(f".{database.name}.{os.getpid()}")
    _remove(aside)
    # Whoever reads these files says in which order; writing them in the order of the warehouse costs a third more.
    session.execute("SET preserve_insertion_order = false")
    try:
        rows = _write_database(session, aside, names)
        _sync(aside)
        # A client that wrote into the old file and died left its .wal: it does not belong to the new one.
        database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
        aside.replace(database)
        _write_parquet(session, folder, names)
    finally:
        session.execute("SET preserve_insertion_order = true")
        _remove(aside)
    return Published(database=database, folder=folder, rows=rows)


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file at once: a reader sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    _sync(aside)
    aside.replace(path)


def answers(
    database: Path, statements: Mapping[str, str], values: Mapping[str, object]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of SELECTs on a published file; each is given those of `values` that it names."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {}
        for name, select in statements.items():
            result = connection.execute(select, {key: value for key, value in values.items() if f"${key}" in select})
            columns = [column[0] for column in result.description or []]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    return found


def _write_database(session: Session, path: Path, names: Sequence[str]) -> dict[str, int]:
    session.execute(f"ATTACH {_text(path.as_posix())} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        # One commit: each of its own would be a journal entry per table and per comment, synced one by one.
        with session.transaction():
            for layer in PUBLISHED_LAYERS:
                session.execute(f'CREATE SCHEMA published."{layer}"')
            for name in names:
                _write_table(session, name)
        rows = {name: int(session.value(f"SELECT count(*) FROM published.{quoted(name)}")) for name in names}
    finally:
        # Detaching checkpoints: after it the file is whole and needs no .wal.
        session.execute("DETACH published")
    return rows


def _write_table(session: Session, name: str) -> None:
    table = catalogue.table(name)
    target = f"published.{quoted(name)}"
    session.execute(f"CREATE TABLE {target} AS {_select(name)}")
    session.execute(f"COMMENT ON TABLE {target} IS {_text(f'One row per {table.row}.')}")
    for column in table.columns:
        told = _text(meaning_of(name, column.name))
        session.execute(f'COMMENT ON COLUMN {target}."{column.name}" IS {told}')


def _write_parquet(session: Session, folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = folder / f"{name}.parquet"
        aside = folder / f".{name}.{os.getpid()}"
        fingerprint = _fingerprint(session, name)
        if target.exists() and _fingerprint_of_file(session, target) == fingerprint:
            continue
        session.execute(
            f"COPY ({_select(name)}) TO {_text(aside.as_posix())} (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, KV_METADATA {{{FINGERPRINT}: {_text(fingerprint)}}})"
        )
        aside.replace(target)
    for stale in folder.glob("*.parquet"):
        if stale.stem not in names:
            stale.unlink()


def _fingerprint(session: Session, name: str) -> str:
    """Return what tells the rows and columns of a table from others; looking costs a twentieth of writing."""
    select = _select(name)
    (row,) = session.rows(f"SELECT count(*) AS rows, sum(hash(r)::HUGEINT) AS sum FROM ({select}) AS r")
    return f"{duckdb.__version__} {md5(select.encode(), usedforsecurity=False).hexdigest()} {row['rows']} {row['sum']}"


def _fingerprint_of_file(session: Session, path: Path) -> str | None:
    """Return the fingerprint that a Parquet file was written with, None where it has none or is no such file."""
    query = "SELECT decode(value) AS told FROM parquet_kv_metadata(?) WHERE decode(key) = ?"
    try:
        found = session.rows(query, [path.as_posix(), FINGERPRINT])
    except duckdb.Error:
        return None
    return str(found[0]["told"]) if found else None


def _select(name: str) -> str:
    columns = (
        f'"{column.name}" AT TIME ZONE \'UTC\' AS "{column.name}"' if column.type == MOMENT else f'"{column.name}"'
        for column in catalogue.table(name).columns
    )
    return f"SELECT {', '.join(columns)} FROM {quoted(name)}"


def _text(value: str) -> str:
    # ATTACH, COMMENT and COPY take no bound values; these texts are file names and catalogue meanings.
    return "'" + value.replace("'", "''") + "'"


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)

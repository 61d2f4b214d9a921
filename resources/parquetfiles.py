"""The published tables as Parquet files: each replaced at once, and only when its rows or columns moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from resources.analystfile import text
from resources.fingerprints import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from resources.fingerprints import Fingerprint
    from resources.session import Session

ROW_GROUP_ROWS = 100_000
"""One big row group would be read by one thread."""
ASIDE = ".part"
"""Ends the name under which a file is written before it takes its place."""
KEY = "leadflow_fingerprint"
"""Key in a Parquet file under which it says which rows it holds: a file that says the same is left as it is."""


def write_parquet(session: Session, folder: Path, wanted: Mapping[str, Fingerprint]) -> list[str]:
    """Write a file aside for every table that moved; return the names of these tables, for `place`.

    Raises:
        duckdb.Error, OSError: a table could not be written; the old files stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    moved = []
    for name, told in wanted.items():
        target = folder / f"{name}.parquet"
        if target.exists() and _held(session, target) == told.text:
            continue
        session.execute(
            f"COPY ({select(name)}) TO {text(_aside(target).as_posix())} (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, KV_METADATA {{{KEY}: {text(told.text)}}})"
        )
        moved.append(name)
    return moved


def place(folder: Path, moved: Sequence[str], wanted: Mapping[str, Fingerprint]) -> None:
    """Let the files written aside take their places; files of tables that no longer exist go."""
    for name in moved:
        target = folder / f"{name}.parquet"
        _aside(target).replace(target)
    _remove_leftovers(folder)
    for stale in folder.glob("*.parquet"):
        if stale.stem not in wanted:
            stale.unlink()


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.stem}{ASIDE}")


def _remove_leftovers(folder: Path) -> None:
    """Remove what this or a killed process wrote aside."""
    for left in folder.glob(f".*{ASIDE}"):
        left.unlink()


def _held(session: Session, path: Path) -> str | None:
    """Return the fingerprint that a Parquet file was written with, None where it has none or is no such file."""
    query = "SELECT decode(value) AS told FROM parquet_kv_metadata(?) WHERE decode(key) = ?"
    try:
        found = session.rows(query, [path.as_posix(), KEY])
    except duckdb.Error:
        return None
    return str(found[0]["told"]) if found else None

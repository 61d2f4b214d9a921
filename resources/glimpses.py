"""Looking into the warehouse without touching it: read only, under its lock, and never for long.

A command that only looks must not wait for a run, make a file or change a table; a run lets the warehouse go
whenever it asks a vendor, so that a short wait is often enough.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
from filelock import FileLock, Timeout

from pipeline import sql
from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_SECONDS = 5.0


class NothingToSee(LeadflowError):
    """The warehouse is held by a run, does not exist yet, or is of another version; the message says which."""


class Glimpse:
    """An open warehouse that can only be read."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def ask(self, name: str, **values: object) -> list[dict[str, Any]]:
        """Return the rows of `pipeline/sql/<name>.sql`; it is given every value.

        Raises:
            NothingToSee: a table or column is not there.
        """
        try:
            result = self._connection.execute(sql.statement(name), values)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            told = str(error).splitlines()[0]
            raise NothingToSee(
                f"the warehouse is of another version of leadflow ({told}): `leadflow run` brings it up to date"
            ) from error
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@contextmanager
def glimpse(path: Path, *, wait: float = WAIT_SECONDS) -> Iterator[Glimpse]:
    """Open the warehouse at `path` for reading, for the length of a block.

    Args:
        path: the warehouse file.
        wait: seconds to wait for a run that holds it.

    Raises:
        NothingToSee: there is no warehouse yet, or a run held it for the whole wait.
    """
    if not path.exists():
        raise NothingToSee(f"nothing is known yet: there is no {path.name} in {path.parent}; `leadflow run` fills it")
    held = f"a run is using {path.name} (waited {wait:.0f} s): it lets go while it asks a vendor, so try again shortly"
    lock = FileLock(f"{path}.lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout as error:
        raise NothingToSee(held) from error
    try:
        try:
            connection = duckdb.connect(str(path), read_only=True, config={"threads": 1})
        except duckdb.IOException as error:
            raise NothingToSee(held) from error
        with connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield Glimpse(connection)
    finally:
        lock.release()

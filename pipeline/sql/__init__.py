"""SELECT files: one per table in the folder of its layer, first line `-- One row per ...`; and checks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Return the text of `pipeline/sql/<name>.sql`, for example `statement("staging/leads")`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return (files("pipeline") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def names(folder: str) -> tuple[str, ...]:
    """Return the names (without folder and suffix) of the statements in a folder, sorted; empty if absent."""
    place = files("pipeline") / "sql" / folder
    if not place.is_dir():
        return ()
    return tuple(sorted(entry.name[:-4] for entry in place.iterdir() if entry.name.endswith(".sql")))

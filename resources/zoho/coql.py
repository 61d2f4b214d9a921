"""COQL queries within the limits that every version shares (Zoho fact sheet §5).

At most 50 columns, 50 IN values and 200 rows a query; pages by key (`id > last`), never by offset; more than
one condition nested in brackets. Values are quoted here; names must be API names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 200
COLUMNS = 50
VALUES = 50
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_.]{0,99}$")


def quoted(value: str) -> str:
    """Return a text value as COQL writes it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(text: str) -> str:
    """Return an API name unchanged; ValueError for anything else, so that no value can pose as a name."""
    if not _NAME.match(text):
        raise ValueError(f"{text!r} is not an API name of Zoho")
    return text


def select_all(module: str, fields: Sequence[str], *, after: str | None = None, rows: int = ROWS) -> str:
    """Return the query for the records of a module behind the id `after`, by id."""
    where = "id is not null" if after is None else f"id > {quoted(after)}"
    columns = ", ".join(name(field) for field in fields)
    return f"select {columns} from {name(module)} where {where} order by id asc limit {rows}"


def select_modified(module: str, mark: str, *, since: str, after: str | None = None) -> str:
    """Return the query for records modified since then of which a boolean field is true, behind `after`, by id."""
    where = f"(Modified_Time >= {quoted(since)} and {name(mark)} = 'true')"
    if after is not None:
        where = f"({where} and id > {quoted(after)})"
    return f"select {name(mark)} from {name(module)} where {where} order by id asc limit {ROWS}"


def select_in(module: str, fields: Sequence[str], key: str, values: Sequence[str], *, after: str | None = None) -> str:
    """Return the query for records whose `key` is one of ≤ 50 values, behind the id `after`, by id."""
    if not 0 < len(values) <= VALUES:
        raise ValueError(f"a COQL query takes 1 to {VALUES} values, not {len(values)}")
    where = f"{name(key)} in ({', '.join(quoted(value) for value in values)})"
    if after is not None:
        where = f"(id > {quoted(after)} and {where})"
    columns = ", ".join(name(field) for field in fields)
    return f"select {columns} from {name(module)} where {where} order by id asc limit {ROWS}"

"""COQL's GROUP BY and aggregates (from v3 and v4); result keys are literal: `COUNT(id)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import CallError, Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.zoho.columns import Columns
    from resources.sandbox.zoho.coql import Query
    from resources.sandbox.zoho.store import Record

FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "SUM": sum,
    "MAX": lambda values: max(values, default=None),
    "MIN": lambda values: min(values, default=None),
    "AVG": lambda values: sum(values) / len(values) if values else None,
}


def grouped(asked: Query, columns: Columns, records: list[Record]) -> list[Json]:
    """Give one row per group (one in all without GROUP BY); a bare column outside the groups is refused."""
    for column in asked.columns:
        if not column.aggregate and column.name not in asked.groups:
            details = {"column_name": column.name}
            raise CallError(400, "INVALID_QUERY", "Invalid query formed", details)
    getters = [columns.getter(name) for name in asked.groups]
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(tuple(get(record) for get in getters), []).append(record)
    rows: list[Json] = []
    for key in sorted(groups, key=str):
        named = dict(zip(asked.groups, key, strict=True))
        row: Json = {}
        for column in asked.columns:
            if not column.aggregate:
                row[column.text] = named[column.name]
                continue
            get = columns.getter(column.name)
            values = [value for value in map(get, groups[key]) if value is not None]
            row[column.text] = FUNCTIONS[column.aggregate](values)
        rows.append(row)
    return rows

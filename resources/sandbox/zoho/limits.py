"""Limits of one COQL call (Zoho fact sheet §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.coql import Condition, Query, conditions
from resources.sandbox.zoho.problems import CallError

if TYPE_CHECKING:
    from resources.sandbox.zoho.dialect import Dialect

MOST_COLUMNS, MOST_CRITERIA, MOST_JOINS, DEFAULT_ROWS = 50, 25, 2, 200


def within_limits(dialect: Dialect, asked: Query) -> int:
    """Refuse a query past the version's limits; give its LIMIT."""
    limit = asked.limit if asked.limit is not None else DEFAULT_ROWS
    if limit == 0:
        raise CallError(400, "INVALID_QUERY", "limit given seems to be invalid", {"limit": "0"})
    if limit > dialect.query_rows:
        raise _exceeded("limit exceeded", limit=dialect.query_rows)
    if asked.offset + limit > dialect.query_reach:
        raise _exceeded("limit exceeded", offset=dialect.query_reach)
    compared = conditions(asked.criteria)
    _check_columns(asked)
    _check_criteria(dialect, compared)
    dotted = [*(column.name for column in asked.columns), *(one.column for one in compared)]
    if len({name.partition(".")[0] for name in dotted if "." in name}) > MOST_JOINS:
        raise _exceeded("join limit exceeded", limit=MOST_JOINS)
    has_aggregate = any(column.aggregate for column in asked.columns)
    if (asked.groups and not dialect.has_groups) or (has_aggregate and not dialect.has_aggregates):
        raise CallError(400, "SYNTAX_ERROR", "given coql query not supported")
    return limit


def _check_columns(asked: Query) -> None:
    if len(asked.columns) > MOST_COLUMNS:
        raise _exceeded("select columns limit exceeded", limit=MOST_COLUMNS)
    names = [column.text for column in asked.columns]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise CallError(400, "DUPLICATE_DATA", "duplicate select column", {"column_name": doubled})


def _check_criteria(dialect: Dialect, compared: list[Condition]) -> None:
    if len(compared) > MOST_CRITERIA:
        raise _exceeded("criteria limit exceeded", limit=MOST_CRITERIA)
    for one in compared:
        if one.operator in {"in", "not in"} and len(one.values) > dialect.in_values:
            raise _exceeded("limit exceeded", column_name=one.column, limit=dialect.in_values)


def _exceeded(message: str, **details: Any) -> CallError:
    return CallError(400, "LIMIT_EXCEEDED", message, details)

"""Rule expressions: one boolean SQL expression over known columns, nothing else.

Rules are written by people and become part of a SELECT. So an expression is parsed first, only node types
of an allow-list pass (no subquery, no cast, no function that is not named here), and what goes into the
SELECT is the parser's own rendering, never the text of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Lower: "lower",
    exp.Upper: "upper",
    exp.Trim: "trim",
    exp.Length: "length",
    exp.Coalesce: "coalesce",
    exp.Abs: "abs",
    exp.RegexpLike: "regexp_matches",
    exp.Contains: "contains",
    exp.StartsWith: "starts_with",
    exp.EndsWith: "ends_with",
}
"""Functions that an expression may call, with the name people write."""

_BOOLEAN_FUNCTIONS = (exp.RegexpLike, exp.Contains, exp.StartsWith, exp.EndsWith)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_COMPARISONS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.In, exp.Between, exp.Is, exp.Like, exp.ILike),
)
_LOGIC = (exp.And, exp.Or, exp.Not)
_LEAVES = (exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren)
_ALLOWED: tuple[type[exp.Expr], ...] = (*_ARITHMETIC, *_COMPARISONS, *_LOGIC, *_LEAVES, *FUNCTIONS)


def boolean(text: str, *, columns: Collection[str], booleans: Collection[str], where: str) -> str:
    """Return a rule expression in canonical DuckDB SQL.

    Args:
        text: the expression as written.
        columns: names that it may use.
        booleans: those of the names that hold true or false.
        where: file and rule, for the message.

    Raises:
        ConfigurationError: it is not exactly one boolean expression over these columns and `FUNCTIONS`.
    """
    root = _parse(text, where)
    for node in root.walk():
        _judge(node, text, columns, where)
    if not _is_boolean(root, booleans):
        raise ConfigurationError(f"{where}: {text!r} is neither true nor false; write a comparison")
    return root.sql(dialect="duckdb", comments=False)


def _parse(text: str, where: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(f"SELECT {text}", read="duckdb")
    except SqlglotError as error:
        raise ConfigurationError(f"{where}: {text!r} is not a SQL expression") from error
    found = statements[0] if len(statements) == 1 else None
    # Only the list of projections may be filled: a FROM, WHERE or UNION smuggled in fills another part.
    if not isinstance(found, exp.Select) or len(found.expressions) != 1 or _has_more(found):
        raise ConfigurationError(f"{where}: {text!r} must be exactly one expression")
    root = found.expressions[0]
    if not isinstance(root, exp.Expr) or isinstance(root, exp.Alias):
        raise ConfigurationError(f"{where}: {text!r} must be exactly one expression without a name")
    return root


def _has_more(found: exp.Select) -> bool:
    return any(value for part, value in found.args.items() if part != "expressions")


def _judge(node: exp.Expr, text: str, columns: Collection[str], where: str) -> None:
    if isinstance(node, exp.Column):
        if node.table or node.name not in columns:
            known = ", ".join(sorted(columns))
            raise ConfigurationError(f"{where}: {text!r} uses {node.sql()!r}; known columns: {known}")
    elif not isinstance(node, _ALLOWED) or type(node) is exp.Anonymous:
        allowed = ", ".join(sorted(FUNCTIONS.values()))
        raise ConfigurationError(f"{where}: {node.sql()!r} is not allowed here; allowed functions: {allowed}")


def _is_boolean(root: exp.Expr, booleans: Collection[str]) -> bool:
    if isinstance(root, exp.Paren):
        return _is_boolean(root.this, booleans)
    if isinstance(root, exp.Not):
        return _is_boolean(root.this, booleans)
    if isinstance(root, exp.And | exp.Or):
        return _is_boolean(root.left, booleans) and _is_boolean(root.right, booleans)
    if isinstance(root, exp.Column):
        return root.name in booleans
    return isinstance(root, (*_COMPARISONS, *_BOOLEAN_FUNCTIONS, exp.Boolean))

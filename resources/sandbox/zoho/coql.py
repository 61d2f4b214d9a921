"""COQL: tokens and grammar (Zoho fact sheet §5). Gives a tree; knows nothing of modules and fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from resources.sandbox.zoho.problems import CallError

TOKEN = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<string>'(?:\\.|[^'\\])*')"
    r"|(?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)"
    r"|(?P<sign>!=|>=|<=|[=<>(),])"
)
SIGNS = frozenset({"=", "!=", ">", "<", ">=", "<="})
CLAUSES = frozenset({"from", "where", "group", "order", "limit", "offset"})
AGGREGATES = frozenset({"COUNT", "SUM", "MAX", "MIN", "AVG"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign or literal; `value` is the literal's meaning."""

    kind: str
    text: str
    value: Any
    column: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column as written: `Account_Name.Account_Name`, or an aggregate over one."""

    name: str
    aggregate: str = ""

    @property
    def text(self) -> str:
        """The key under which results carry it."""
        return f"{self.aggregate}({self.name})" if self.aggregate else self.name


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `values` holds none, one, two (between) or many (in)."""

    column: str
    operator: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Two criteria under `and` or `or`."""

    word: str
    left: Condition | Joined
    right: Condition | Joined


Criteria = Condition | Joined


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed SELECT; `limit` is None when not written."""

    columns: tuple[Column, ...]
    module: str
    criteria: Criteria
    groups: tuple[str, ...]
    order: tuple[tuple[Column, bool], ...]
    offset: int
    limit: int | None


def syntax(token: Token | None, text: str) -> CallError:
    """Say where the query stops making sense."""
    column = token.column if token else len(text) + 1
    details = {"line": 1, "column": column, "near": token.text if token else ""}
    return CallError(400, "SYNTAX_ERROR", "error occured while parsing the query", details)


def missing_clause(name: str) -> CallError:
    """Say which clause is not there."""
    return CallError(400, "SYNTAX_ERROR", "missing clause", {"clause": name})


def tokens(text: str) -> list[Token]:
    """Cut a query into tokens."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise syntax(Token("?", text[place : place + 10], None, place + 1), text)
        kind = str(match.lastgroup)
        written = match.group()
        if kind != "blank":
            found.append(Token(kind, written, _meaning(kind, written), place + 1))
        place = match.end()
    return found


def _meaning(kind: str, written: str) -> Any:
    if kind == "string":
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    if kind == "number":
        return float(written) if "." in written else int(written)
    return written


def conditions(criteria: Criteria) -> list[Condition]:
    """Give all comparisons of a tree, left to right."""
    if isinstance(criteria, Condition):
        return [criteria]
    return [*conditions(criteria.left), *conditions(criteria.right)]

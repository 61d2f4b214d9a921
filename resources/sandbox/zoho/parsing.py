"""COQL: from tokens to a query, by recursive descent."""

from __future__ import annotations

from typing import Any

from resources.sandbox.zoho.coql import (
    AGGREGATES,
    CLAUSES,
    SIGNS,
    Column,
    Condition,
    Criteria,
    Joined,
    Query,
    missing_clause,
)
from resources.sandbox.zoho.cursor import Cursor
from resources.sandbox.zoho.problems import CallError


def parse(text: str, *, is_strict: bool) -> Query:
    """Parse one SELECT; `is_strict` refuses three conditions side by side without brackets."""
    return _Parser(text, is_strict=is_strict).query()


class _Parser(Cursor):
    def __init__(self, text: str, *, is_strict: bool) -> None:
        super().__init__(text)
        self._is_strict = is_strict

    def query(self) -> Query:
        if not self._take_word("select"):
            raise CallError(400, "SYNTAX_ERROR", "given coql query not supported")
        columns = self._columns()
        if not self._take_word("from"):
            raise missing_clause("from") if self._next() is None else self._error()
        module = self._name()
        if not self._take_word("where"):
            is_clause = self._next() is None or self._peek() in CLAUSES
            raise missing_clause("where") if is_clause else self._error()
        criteria = self._criteria()
        groups = self._groups()
        order = self._order()
        offset, limit = self._limits()
        if self._next() is not None:
            raise self._error()
        return Query(columns, module, criteria, groups, order, offset, limit)

    def _columns(self) -> tuple[Column, ...]:
        found = [self._column()]
        while self._take_sign(","):
            found.append(self._column())
        return tuple(found)

    def _column(self) -> Column:
        name = self._name()
        if name in AGGREGATES and self._take_sign("("):
            inner = self._name()
            self._expect(")")
            return Column(inner, name)
        return Column(name)

    def _criteria(self) -> Criteria:
        left = self._either() if not self._is_strict else self._operand()
        if self._is_strict and self._peek() in {"and", "or"}:
            word = self._advance().text.lower()
            left = Joined(word, left, self._operand())
            if self._peek() in {"and", "or"}:
                raise self._error()
        return left

    def _either(self) -> Criteria:
        left = self._both()
        while self._take_word("or"):
            left = Joined("or", left, self._both())
        return left

    def _both(self) -> Criteria:
        left = self._operand()
        while self._take_word("and"):
            left = Joined("and", left, self._operand())
        return left

    def _operand(self) -> Criteria:
        if self._take_sign("("):
            inner = self._criteria()
            self._expect(")")
            return inner
        return self._condition()

    def _condition(self) -> Condition:
        column = self._name()
        token = self._next()
        if token is not None and token.text in SIGNS:
            self._advance()
            return Condition(column, token.text, (self._literal(),))
        if self._take_word("is"):
            negated = self._take_word("not")
            self._demand("null")
            return Condition(column, "is not null" if negated else "is null", ())
        negated = self._take_word("not")
        if self._take_word("in"):
            return Condition(column, "not in" if negated else "in", self._list())
        if self._take_word("like"):
            return Condition(column, "not like" if negated else "like", (self._literal(),))
        if not negated and self._take_word("between"):
            low = self._literal()
            self._demand("and")
            return Condition(column, "between", (low, self._literal()))
        raise self._error()

    def _list(self) -> tuple[Any, ...]:
        self._expect("(")
        found = [self._literal()]
        while self._take_sign(","):
            found.append(self._literal())
        self._expect(")")
        return tuple(found)

    def _literal(self) -> Any:
        token = self._next()
        if token is None or token.kind not in {"string", "number", "moment", "word"}:
            raise self._error()
        if token.kind == "word" and token.text.lower() not in {"true", "false"}:
            raise self._error()
        self._advance()
        return token.text.lower() if token.kind == "word" else token.value

    def _groups(self) -> tuple[str, ...]:
        if not self._take_word("group"):
            return ()
        self._demand("by")
        found = [self._name()]
        while self._take_sign(","):
            found.append(self._name())
        return tuple(found)

    def _order(self) -> tuple[tuple[Column, bool], ...]:
        if not self._take_word("order"):
            return ()
        self._demand("by")
        found: list[tuple[Column, bool]] = []
        while True:
            column = self._column()
            is_descending = self._take_word("desc")
            if not is_descending:
                self._take_word("asc")
            found.append((column, is_descending))
            if not self._take_sign(","):
                return tuple(found)

    def _limits(self) -> tuple[int, int | None]:
        if not self._take_word("limit"):
            return (self._whole("offset") if self._take_word("offset") else 0), None
        first = self._whole("limit")
        if self._take_sign(","):
            return first, self._whole("limit")
        return (self._whole("offset") if self._take_word("offset") else 0), first

    def _whole(self, clause: str) -> int:
        token = self._next()
        if token is None:
            raise self._error()
        self._advance()
        if not isinstance(token.value, int) or token.value < 0:
            raise CallError(400, "INVALID_QUERY", f"{clause} given seems to be invalid", {clause: token.text})
        return token.value

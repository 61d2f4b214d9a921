"""A place in a COQL text: looking at tokens, taking them, and saying where it went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.zoho.coql import CLAUSES, Token, syntax, tokens

if TYPE_CHECKING:
    from resources.sandbox.zoho.problems import CallError


class Cursor:
    """The tokens of one query and how far they were read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._place = 0

    def _next(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _peek(self) -> str:
        token = self._next()
        return token.text.lower() if token is not None and token.kind == "word" else ""

    def _advance(self) -> Token:
        token = self._next()
        if token is None:
            raise self._error()
        self._place += 1
        return token

    def _name(self) -> str:
        token = self._next()
        if token is None or token.kind != "word" or token.text.lower() in CLAUSES:
            raise self._error()
        return self._advance().text

    def _take_word(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._place += 1
        return True

    def _take_sign(self, sign: str) -> bool:
        token = self._next()
        if token is None or token.kind != "sign" or token.text != sign:
            return False
        self._place += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._error()

    def _demand(self, word: str) -> None:
        if not self._take_word(word):
            raise self._error()

    def _error(self) -> CallError:
        return syntax(self._next(), self._text)

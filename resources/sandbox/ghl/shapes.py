"""Shapes: which keys a body may carry and of which type; the rest is 422 (GHL fact sheet §0.3, §3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.refusals import unprocessable

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT, FLAG, NUMBER, ARRAY, OBJECT, ANY = "text", "flag", "number", "array", "object", "any"

_SENTENCES = {
    TEXT: "must be a string",
    FLAG: "must be a boolean value",
    NUMBER: "must be a number conforming to the specified constraints",
    ARRAY: "must be an array",
    OBJECT: "must be an object",
}


def _fits(kind: str, value: object) -> bool:
    if kind == TEXT:
        return isinstance(value, str)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == ARRAY:
        return isinstance(value, list)
    return kind == ANY or isinstance(value, dict)


@dataclass(frozen=True)
class Shape:
    """One DTO: its keys with their kinds, the required ones, and the allowed words of some."""

    fields: Mapping[str, str]
    required: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def problems(self, body: Mapping[str, Any], prefix: str = "") -> list[str]:
        """List what is wrong with a body, in the vendor's sentences; null passes for optional keys."""
        found = [f"{prefix}property {key} should not exist" for key in body if key not in self.fields]
        for key, kind in self.fields.items():
            value = body.get(key)
            if value is None:
                if key in self.required:
                    found.append(f"{prefix}{key} should not be empty")
            elif not _fits(kind, value):
                found.append(f"{prefix}{key} {_SENTENCES[kind]}")
            elif key in self.words and value not in self.words[key]:
                words = ", ".join(sorted(self.words[key]))
                found.append(f"{prefix}{key} must be one of the following values: {words}")
        return found

    def check(self, body: Mapping[str, Any]) -> None:
        """Raise 422 naming every problem at once."""
        found = self.problems(body)
        if found:
            raise unprocessable(*found)


def shape(kinds: Mapping[str, str], *required: str, **words: frozenset[str]) -> Shape:
    """Make a shape from keys with kinds, required names and allowed words."""
    return Shape(dict(kinds), frozenset(required), words)


def texts(names: str) -> dict[str, str]:
    """Kinds for space-separated names that are all text."""
    return dict.fromkeys(names.split(), TEXT)


def text_items(values: list[Any], name: str) -> list[str]:
    """Give the values when each is text, else refuse."""
    if not all(isinstance(value, str) for value in values):
        raise unprocessable(f"each value in {name} must be a string")
    return values

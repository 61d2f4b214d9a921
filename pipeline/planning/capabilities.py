"""What a vendor can take, from its live field metadata: the pre-flight of every plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import form, is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFact:
    """One live field. `choices` None = not a picklist; `max_length` None = not told."""

    name: str
    max_length: int | None = None
    choices: frozenset[str] | None = None
    is_read_only: bool = False
    is_unique: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Live fields by object and name. Of an object that is absent nothing is known, and nothing left out."""

    fields: Mapping[str, Mapping[str, FieldFact]] = field(default_factory=dict)

    def fact(self, kind: str, name: str) -> FieldFact | None:
        """Return the live field, None when the vendor does not have it or was not asked."""
        return self.fields.get(kind, {}).get(name)

    def takes(self, kind: str, name: str) -> bool:
        """Return whether a field can be written."""
        if kind not in self.fields:
            return True
        fact = self.fact(kind, name)
        return fact is not None and not fact.is_read_only

    def without(self, kind: str, name: str) -> Capabilities:
        """Return the same without one field: it is there, but not as what it is needed for."""
        if kind not in self.fields:
            return self
        kept = {field: fact for field, fact in self.fields[kind].items() if field != name}
        return Capabilities({**self.fields, kind: kept})

    def fitted(self, kind: str, name: str, value_kind: str, value: Json) -> Json:
        """Return a value in the form that the live field takes, None when it takes none of it.

        Text is cut to length, a picklist value is spelled as the vendor spells it; an address or number that
        is too long is dropped, since half of it would be another one.
        """
        fact = self.fact(kind, name)
        if value_kind == "picklist":
            choices = (fact.choices if fact else None) or frozenset()
            return _spelled(choices).get(None if is_blank(value) else form("picklist", value))
        if fact is None or fact.max_length is None or not isinstance(value, str) or len(value) <= fact.max_length:
            return value
        return value[: fact.max_length].rstrip() if value_kind == "text" else None


@lru_cache(maxsize=256)
def _spelled(choices: frozenset[str]) -> Mapping[object, str]:
    """Return the vendor's spelling of each choice, the first of those that mean the same; None: of a blank one."""
    found: dict[object, str] = {}
    for choice in sorted(choices):
        found.setdefault(None if is_blank(choice) else form("picklist", choice), choice)
    return found

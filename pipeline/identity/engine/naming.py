"""Names written to features: those of whole texts, those that came apart, those that an address completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.identity.engine import text
from pipeline.identity.engine.encoded import AT_ONCE
from pipeline.identity.engine.names import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pipeline.identity.engine.callings import Callings
    from pipeline.identity.engine.columns import Columns
    from pipeline.identity.engine.names import Names
    from pipeline.identity.engine.text import Cells, Hashes

IS_MALE, IS_FEMALE = 1, 16
"""Flags beside those of `features`."""
HASHED_NAMES = ("given", "given_exact", "surname", "surname_as_given", "extra")
NAMES = ("given_text", "surname_text", "initial", "formal_initial", "last_initial", "middle", "suffix")
AS_GIVEN = ("given", "given_exact", "given_text", "initial", "formal_initial")
AS_SURNAME = {"surname": "given_exact", "surname_as_given": "given", "surname_text": "given_text"}
"""Of a surname by itself, where what it is as a given name stands."""


def put(out: Columns, at: NDArray[np.int64], found: Mapping[str, Hashes]) -> None:
    """Write hashes to some records, in place and as wide as their fields are."""
    for name, values in found.items():
        field = out.fields[name]
        field[at] = values if field.dtype == values.dtype else text.short(values)


def put_called(out: Columns, said: Callings, full: Cells) -> None:
    """Write names that came apart, in place: two plain words from what each is by itself, all others whole."""
    first, last = said.first, said.last
    for name in AS_GIVEN:
        out[name] = _field(first.read, name).take(first.places)
    for name, field in AS_SURNAME.items():
        out[name] = _field(last.read, field).take(last.places)
    out["flags"] = _sexes(first.read).take(first.places)
    rest = np.flatnonzero(~said.is_plain)
    for start in range(0, len(rest), AT_ONCE):
        part = rest[start : start + AT_ONCE]
        put_names(out, names(said.whole(part, full)), part)


def put_names(out: Columns, person: Names, at: slice | NDArray[np.int64] = slice(None)) -> None:
    """Write names of some records, in place."""
    for name in (*HASHED_NAMES, *NAMES):
        out.fields[name][at] = _field(person, name)
    out.fields["flags"][at] = _sexes(person)


def _field(person: Names, name: str) -> NDArray[Any]:
    values: NDArray[Any] = getattr(person, name)
    return text.short(values) if name in HASHED_NAMES else values


def _sexes(person: Names) -> NDArray[np.uint8]:
    return (person.is_male * IS_MALE + person.is_female * IS_FEMALE).astype(np.uint8)


def complete(out: Columns, at: NDArray[np.int64], known: Hashes, spelled: Cells) -> None:
    """Complete names by "john.smith@" or "/in/john-smith": a missing name, a missing surname, or an initial.

    `known` and `spelled`: of the records `at`.
    """
    lacking = np.flatnonzero(((out["given"] == 0) | (out["surname"] == 0)).take(at) & (known != 0))
    local = spelled.narrowed(spelled.starts[lacking], spelled.ends[lacking])
    lacking = at.take(lacking)
    said = names(local.kept((local.data < 48) | (local.data > 57)))
    told = {name: text.short(getattr(said, name)) for name in HASHED_NAMES}
    given, surname, initial = (out[name][lacking] for name in ("given", "surname", "initial"))
    nameless = (given == 0) & (surname == 0) & (initial == 0)
    whole = (told["given"] != 0) & (told["surname"] != 0) & (told["extra"] == 0)
    same_given = (given == told["given"]) & (surname == 0)
    same_surname = (surname == told["surname"]) & (given == 0)
    same_surname &= (initial == 0) | (initial == said.initial)
    taken = np.flatnonzero(whole & (nameless | same_given | same_surname))
    for name in HASHED_NAMES[:4]:
        out[name][lacking[taken]] = told[name][taken]
    for name in ("initial", "formal_initial", "given_text", "surname_text"):
        out[name][lacking[taken]] = getattr(said, name)[taken]

"""Names the usual way round: given name first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.features import IS_TURNED
from pipeline.identity.engine.keying import bucket
from pipeline.identity.engine.spelling import letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.reference import Counts

TURNED = 16.0
"""How much likelier a name must be the other way round."""
LONE = 4.0
"""The same where only one word is known, or one word and an initial."""
_SWAPS = (("given", "surname_as_given"), ("given_exact", "surname"), ("given_text", "surname_text"))

TURNED_FIELDS = (*(name for pair in _SWAPS for name in pair), "initial", "last_initial", "flags")


def turn(rows: Features, given: Counts, surname: Counts) -> None:
    """Put given name and surname in the usual order, in place: "Stiberov Steven" is Steven Stiberov.

    Told by how often each word is a given name and how often a surname among all records (`given`, `surname`: counts
    by bucket). Rows that were turned
    before are judged anew, so that the result depends on the frequency table alone.
    """
    before = (rows["flags"] & IS_TURNED) != 0
    given_places, surname_places = bucket(rows["given"], len(given)), bucket(rows["given_exact"], len(surname))
    left = given[given_places], surname[surname_places]
    given_places, surname_places = bucket(rows["surname_as_given"], len(given)), bucket(rows["surname"], len(surname))
    right = given[given_places], surname[surname_places]
    # Each record was counted once as it stood: that says nothing about how it should stand.
    first = _share(np.where(before, right[0], left[0]), np.where(before, right[1], left[1]), 1, 0)
    second = _share(np.where(before, left[0], right[0]), np.where(before, left[1], right[1]), 0, 1)
    has_given = np.where(before, rows["surname"], rows["given_exact"]) != 0
    has_surname = np.where(before, rows["given_exact"], rows["surname"]) != 0
    wrong = has_given & has_surname & (second > TURNED * first) & (second > 1)
    wrong |= has_given & ~has_surname & (first < 1 / LONE)
    wrong |= ~has_given & has_surname & (second > LONE)
    swap(rows, np.flatnonzero(wrong != before))


def _share(as_given: Counts, as_surname: Counts, own_given: int, own_surname: int) -> NDArray[np.float32]:
    """Return how often a word is a given name over how often a surname, its own record left out."""
    others_given = np.maximum(as_given.astype(np.float32) - own_given, 0)
    others_surname = np.maximum(as_surname.astype(np.float32) - own_surname, 0)
    return np.asarray((others_given + 0.5) / (others_surname + 0.5), dtype=np.float32)


def swap(rows: Features, places: NDArray[np.int64]) -> None:
    """Exchange given name and surname of some rows, in place; twice is as before."""
    part = {name: rows[name][places] for name in TURNED_FIELDS}
    turned = dict(part)
    for one, other in _SWAPS:
        turned[one], turned[other] = part[other], part[one]
    for letter, other, text, name in (
        ("initial", "last_initial", "given_text", "given_exact"),
        ("last_initial", "initial", "surname_text", "surname"),
    ):
        heads = letters(turned[text])[:, 0]
        lone = np.where(turned[name] == 0, part[other], 0)
        turned[letter] = np.where((turned[name] != 0) & (letter == "initial"), heads, lone)
    turned["flags"] = part["flags"] ^ np.uint8(IS_TURNED)
    for name, values in turned.items():
        rows[name][places] = values

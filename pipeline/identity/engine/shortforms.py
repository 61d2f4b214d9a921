"""Short forms of given names that belong to several names: "Rick" is Richard, Frederick, Eric or Patrick.

A nickname that stands for one name is replaced by it when it is read (`nicknames`); these are looked up pair by pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import text
from pipeline.identity.engine.keying import among, distinct, pair_key
from pipeline.identity.engine.lists import listed
from pipeline.identity.engine.names import names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Bools, Hashes

KIND = 42
_DOOR = np.uint32(16)


@dataclass(frozen=True, slots=True)
class _ShortForms:
    """Keys of all pairs, ascending; `doors` tells which first 16 bits of a name's hash occur at all."""

    keys: Hashes
    doors: Bools


def are_forms(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> Bools:
    """Return where one given name is a short form of the other; both as `given_exact` of the features."""
    known = _known()
    found: Bools = known.doors.take(one >> _DOOR) & known.doors.take(two >> _DOOR)
    maybe = np.flatnonzero(found)
    one, two = one[maybe], two[maybe]
    found[maybe] = among(pair_key(np.minimum(one, two), np.maximum(one, two), KIND), known.keys)
    return found


@cache
def _known() -> _ShortForms:
    pairs = [
        (name, short)
        for name, shorts in (entry.split(":") for entry in listed("short_forms"))
        for short in shorts.split(",")
    ]
    one, two = (text.short(names(text.of([pair[side] for pair in pairs])).given_exact) for side in (0, 1))
    found = pair_key(np.minimum(one, two), np.maximum(one, two), KIND)
    doors = np.zeros(1 << 16, dtype=np.bool_)
    doors[one >> _DOOR] = doors[two >> _DOOR] = True
    return _ShortForms(distinct(found[found != 0]), doors)

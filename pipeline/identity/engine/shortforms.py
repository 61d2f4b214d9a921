"""Short forms of given names that belong to several names: "Rick" is Richard, Frederick, Eric or Patrick.

A nickname that stands for one name is replaced by it when it is read (`nicknames`); these are looked up pair by pair.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import text
from pipeline.identity.engine.keying import among, pair_key
from pipeline.identity.engine.lists import listed
from pipeline.identity.engine.names import names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Bools, Hashes

KIND = 42


def are_forms(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> Bools:
    """Return where one given name is a short form of the other; both as `given_exact` of the features."""
    return among(pair_key(np.minimum(one, two), np.maximum(one, two), KIND), _known())


@cache
def _known() -> Hashes:
    """Return the keys of all pairs, ascending."""
    pairs = [
        (name, short)
        for name, shorts in (entry.split(":") for entry in listed("short_forms"))
        for short in shorts.split(",")
    ]
    one, two = (text.short(names(text.of([pair[side] for pair in pairs])).given_exact) for side in (0, 1))
    found = pair_key(np.minimum(one, two), np.maximum(one, two), KIND)
    return np.unique(found[found != 0])

"""The order in which records lie in memory: those likely to be compared near each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.columns import columns
from pipeline.identity.engine.keying import surname_beginnings

if TYPE_CHECKING:
    from pipeline.identity.engine.columns import Columns, Spread
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.text import Hashes, Ints


def arranged(rows: Features, strong: Hashes, spread: Spread = map) -> tuple[Columns, Hashes]:
    """Return records ordered by name, so that those likely to be compared lie near each other in memory.

    The order changes no result; it saves half of the time of weighing a million records. Columns change place one by
    one, and the ones handed in with them: memory never holds all of them twice.
    """
    order = _order(rows)
    found = columns(rows)

    def put(name: str) -> None:
        found.fields[name] = found.fields[name].take(order)

    for _ in spread(put, tuple(found.fields)):
        pass
    return found, strong.take(order, axis=0)


def _order(rows: Features) -> Ints:
    """Return an order by the first letters of the surname and by given name, told by two numbers of 16 bits.

    Such numbers are put in order by their digits: twice as quickly as larger ones.
    """
    letters = surname_beginnings(rows)
    heads = (letters & 31) | (letters >> 3 & 0x3E0) | (letters >> 6 & 0x7C00)
    order = np.argsort((rows["given"] >> 16).astype(np.uint16), kind="stable")
    return order.take(np.argsort(heads.astype(np.uint16).take(order), kind="stable"))

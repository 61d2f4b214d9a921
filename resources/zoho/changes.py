"""What was modified in a module lately, complete, for the fewest credits.

A sorted list costs three credits per 200 records, an unsorted one a single credit, and comes in the order of the ids
all the same as far as Zoho documents it (Zoho fact sheet §3.3, §8). Only in that order are pages complete while people
work: a record that is modified stays where it is, and a new one comes last. So the cheap list is believed as long as
its ids rise; otherwise, or where Zoho refuses it, the sorted one is read.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.errors import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from resources.zoho.lists import Pages
    from resources.zoho.reader import ZohoReader
    from resources.zoho.rows import Row

LOG = logging.getLogger("leadflow.zoho")
LISTS_END = frozenset({"PAGINATION_LIMIT_EXCEEDED", "DISCRETE_PAGINATION_LIMIT_EXCEEDED"})
"""Codes of a list that holds more than Zoho lists."""


class _DisorderedError(Exception):
    """A list is not in the order of its ids."""


class _Order:
    """Watches page by page that ids rise."""

    def __init__(self) -> None:
        self.last = (0, "")

    def __call__(self, rows: Sequence[Row]) -> None:
        ranks = [self.last, *map(_rank, rows)]
        if not all(before < after for before, after in pairwise(ranks)):
            raise _DisorderedError
        self.last = ranks[-1]


def changes(reader: ZohoReader, module: str, *, since: datetime) -> Pages:
    """Yield (rows, bytes) of what was modified since then, leads converted or not; some may come twice.

    Raises:
        As `Door.call`; RequestRefused with one of `LISTS_END`: there are more than lists reach.
    """
    order = _Order()
    try:
        yield from reader.records(module, modified_since=since, watch=order)
    except _DisorderedError:
        LOG.info("Zoho lists %s in an order of its own: sorted by id instead", module)
    except RequestRefused as error:
        if error.code in LISTS_END or order.last != (0, ""):
            raise
        LOG.info("Zoho refuses the unsorted list of %s: %s", module, error)
    else:
        return
    yield from reader.records(module, modified_since=since)


def _rank(row: Row) -> tuple[int, str]:
    """Return where an id stands among others: decimal digits, of more than 64 bits perhaps."""
    name = str(row["id"])
    return len(name), name

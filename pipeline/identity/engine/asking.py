"""Which doubts are worth a person's time: those that nothing but a person can settle, and whose answer joins people.

A doubtful pair stands for the two people that its records belong to. Where ids of theirs exclude each other (two
profiles, two members, numbered mailboxes) the answer is known: on labelled lists one such pair in twenty-five was one
person. It is asked only where another id says the contrary. What was decided is not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import evidence
from pipeline.identity.engine.crossing import between, crossed
from pipeline.identity.engine.keying import among, distinct
from pipeline.identity.engine.scoring import AT_ONCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.scoring import Records, Scored
    from pipeline.identity.engine.text import Bools, Hashes, Ints

IDS = ("email", "slug", "member", "phone")


def asked(found: Records, labels: Ints, doubts: Scored, different: NDArray[np.int64]) -> Scored:
    """Return the doubtful pairs to be asked about.

    Args:
        found: the records.
        labels: for each record the number of a record that stands for its cluster.
        doubts: pairs of records of different clusters.
        different: pairs of records that people decided to be different people.
    """
    if not len(doubts.left):
        return doubts
    known = np.sort(between(labels, different[:, 0], different[:, 1]))
    doubts = doubts.where(~among(between(labels, doubts.left, doubts.right), known))
    places = between(labels, doubts.left, doubts.right)
    excluded = among(places, _excluded(found, labels, distinct(places)))
    return doubts.where(~excluded | _shares_id(found, doubts))


def _shares_id(found: Records, doubts: Scored) -> Bools:
    """Return the pairs with an id in common that is not known to be several people's."""
    shares = np.zeros(len(doubts.left), dtype=np.bool_)
    for name in IDS:
        values = np.where(found.rare[f"is_{name}_shared"] != 0, 0, found.rows[name])
        shares |= (values[doubts.left] == values[doubts.right]) & (values[doubts.left] != 0)
    return shares


def _excluded(found: Records, labels: Ints, pairs: Hashes) -> Hashes:
    """Return, ascending, the pairs of clusters (packed, ascending) of which two records have ids that exclude."""
    left, right, owner = crossed(labels, pairs)
    apart = np.zeros(len(pairs), dtype=np.bool_)
    for start in range(0, len(left), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        apart[owner[part][evidence.contradictions(found.pairs(left[part], right[part]))]] = True
    return pairs[apart]

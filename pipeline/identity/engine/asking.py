"""Which doubts are worth a person's time: those that nothing but a person can settle, and whose answer joins people.

A doubtful pair stands for the two people that its records belong to. Where ids of theirs exclude each other (two
profiles, two members, numbered mailboxes) the answer is known: on labelled lists one such pair in twenty-five was one
person. It is asked only where another id says the contrary. What was decided is not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import evidence
from pipeline.identity.engine.blocking import packed, unpacked
from pipeline.identity.engine.exclusions import grouped
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
    known = np.sort(_between(labels, different[:, 0], different[:, 1]))
    doubts = doubts.where(~among(_between(labels, doubts.left, doubts.right), known))
    between = _between(labels, doubts.left, doubts.right)
    excluded = among(between, _excluded(found, labels, distinct(between)))
    return doubts.where(~excluded | _shares_id(found, doubts))


def _between(labels: Ints, left: Ints, right: Ints) -> Hashes:
    """Return the two clusters of each pair as one number, whatever their order."""
    one, two = labels[left], labels[right]
    return packed(np.minimum(one, two), np.maximum(one, two))


def _shares_id(found: Records, doubts: Scored) -> Bools:
    """Return the pairs with an id in common that is not known to be several people's."""
    shares = np.zeros(len(doubts.left), dtype=np.bool_)
    for name in IDS:
        values = np.where(found.rare[f"is_{name}_shared"] != 0, 0, found.rows[name])
        shares |= (values[doubts.left] == values[doubts.right]) & (values[doubts.left] != 0)
    return shares


def _excluded(found: Records, labels: Ints, between: Hashes) -> Hashes:
    """Return, ascending, the pairs of clusters (packed, ascending) of which two records have ids that exclude."""
    left, right, owner = _crossed(labels, between)
    apart = np.zeros(len(between), dtype=np.bool_)
    for start in range(0, len(left), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        apart[owner[part][evidence.contradictions(found.pairs(left[part], right[part]))]] = True
    return between[apart]


def _crossed(labels: Ints, between: Hashes) -> tuple[Ints, Ints, Ints]:
    """Return every record of one cluster beside every record of the other, and the place of the two in `between`."""
    groups = grouped(labels, fewest=1)
    place = np.empty(len(labels), dtype=np.int64)
    place[labels[groups.members[groups.starts]]] = np.arange(len(groups.starts))
    one, two = (place[side] for side in unpacked(between))
    sizes, others = groups.sizes[one], groups.sizes[two]
    many = sizes * others
    owner = np.repeat(np.arange(len(between)), many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    left = groups.members[groups.starts[one][owner] + within // others[owner]]
    right = groups.members[groups.starts[two][owner] + within % others[owner]]
    return left, right, owner

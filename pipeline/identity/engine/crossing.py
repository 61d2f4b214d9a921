"""Two clusters side by side: every record of the one with every record of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.blocks import packed, unpacked
from pipeline.identity.engine.exclusions import Groups
from pipeline.identity.engine.keying import firsts

if TYPE_CHECKING:
    from pipeline.identity.engine.text import Hashes, Ints


def between(labels: Ints, left: Ints, right: Ints) -> Hashes:
    """Return the two clusters of each pair as one number, whatever their order."""
    one, two = labels[left], labels[right]
    return packed(np.minimum(one, two), np.maximum(one, two))


def of_clusters(labels: Ints, chosen: Ints) -> Groups:
    """Return the records of some clusters, given by their labels, cluster by cluster in the order of the labels."""
    wanted = np.zeros(len(labels), dtype=np.bool_)
    wanted[chosen] = True
    members = np.flatnonzero(wanted[labels])
    owner = labels[members]
    order = np.argsort(owner, kind="stable")
    members, owner = members[order], owner[order]
    starts = np.flatnonzero(firsts(owner))
    return Groups(members, starts, np.diff(np.append(starts, len(members))))


def crossed(labels: Ints, pairs: Hashes) -> tuple[Ints, Ints, Ints]:
    """Return every record of one cluster beside every record of the other, and the place of the two in `pairs`.

    `pairs`: of clusters, see `between`. The places ascend.
    """
    if not len(pairs):
        none = np.empty(0, dtype=np.int64)
        return none, none, none
    sides = unpacked(pairs)
    groups = of_clusters(labels, np.concatenate(sides))
    place = np.empty(len(labels), dtype=np.int64)
    place[labels[groups.members[groups.starts]]] = np.arange(len(groups.starts))
    one, two = (place[side] for side in sides)
    sizes, others = groups.sizes[one], groups.sizes[two]
    many = sizes * others
    owner = np.repeat(np.arange(len(pairs)), many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    left = groups.members[groups.starts[one][owner] + within // others[owner]]
    right = groups.members[groups.starts[two][owner] + within % others[owner]]
    return left, right, owner

"""Records that must not be together: their ids or names exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import evidence
from pipeline.identity.engine.likeness import name_bits
from pipeline.identity.engine.scoring import AT_ONCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Bools, Hashes, Ints


@dataclass(frozen=True, slots=True)
class Groups:
    """Records group by group, and where each group starts and how many it has."""

    members: Ints
    starts: Ints
    sizes: Ints

    def where(self, chosen: Bools) -> Groups:
        """Return some of the groups."""
        return Groups(self.members, self.starts[chosen], self.sizes[chosen])


@dataclass(frozen=True, slots=True)
class Exclusions:
    """`pairs` of records that exclude each other; `holds`: where no strong id of both says they are one."""

    pairs: NDArray[np.int64]
    holds: Bools

    @property
    def apart(self) -> NDArray[np.int64]:
        """The pairs that must not be together."""
        return self.pairs[self.holds]


def exclusions(found: Records, groups: Groups) -> Exclusions:
    """Return the pairs inside these components that exclude each other."""
    lefts, rights = [], []
    step = 1
    order, pending, length = groups.members, groups.starts, groups.sizes
    while len(pending):
        many = length - step
        offset = np.cumsum(many) - many
        left = np.arange(many.sum()) + np.repeat(pending - offset, many)
        lefts.append(order[left])
        rights.append(order[left + step])
        step += 1
        more = length > step
        pending, length = pending[more], length[more]
    none = np.empty(0, dtype=np.int64)
    left, right = (np.concatenate([none, *side]) for side in (lefts, rights))
    excluded, holds = np.zeros((2, len(left)), dtype=np.bool_)
    for start in range(0, len(left), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        excluded[part], holds[part] = _exclude(found, left[part], right[part])
    return Exclusions(np.stack([left[excluded], right[excluded]], axis=1), holds[excluded])


def _exclude(found: Records, left: Ints, right: Ints) -> tuple[Bools, Bools]:
    pairs = found.pairs(left, right)
    strong = ((pairs.left_strong == pairs.right_strong) & (pairs.left_strong != 0)).any(axis=1)
    names = name_bits(pairs)
    ties = pairs.same("email") | pairs.same("phone")
    one_page = pairs.same("slug") | pairs.same("member")
    # Who marries keeps mailbox, phone or profile; without them another surname is another person.
    bits = names.bits + np.where(names.is_other_surname & ~ties, evidence.OTHER_NAME, 0)
    return evidence.contradictions(pairs) | (bits < evidence.OTHER_NAME) & ~one_page, ~strong


def grouped(labels: Ints) -> Groups:
    """Return the clusters of two and more."""
    shared = np.bincount(labels, minlength=len(labels)) > 1
    members = np.flatnonzero(shared[labels])
    owner = labels[members]
    order = np.argsort(owner, kind="stable")
    members, owner = members[order], owner[order]
    starts = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if len(owner) else members
    return Groups(members, starts, np.diff(np.append(starts, len(members))))


def contradicted(found: Records, labels: Ints) -> Hashes:
    """Return, packed, the pairs inside clusters that exclude each other: none, unless a decision asked for it."""
    wrong = exclusions(found, grouped(labels)).apart
    packed: Hashes = (wrong.min(axis=1).astype(np.uint64) << np.uint64(32)) | wrong.max(axis=1).astype(np.uint64)
    return packed

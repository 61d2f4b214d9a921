"""Records that must not be together: their ids or names exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocks, evidence
from pipeline.identity.engine.features import IS_FREE
from pipeline.identity.engine.likeness import name_bits
from pipeline.identity.engine.scoring import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Bools, Hashes, Ints

Foes = dict[int, set[int]]
IDS = ("slug", "member")
TOGETHER = 1 << 20
"""Pairs that wait to be compared, about."""
NOBODY: frozenset[int] = frozenset()


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
    """`pairs` of records of which ids or names say that they are two people.

    `holds`: nothing outweighs it; `by_name`: only the names say so; `is_alias`: an id says nevertheless that they are
    one, who has two names.
    """

    pairs: NDArray[np.int64]
    holds: Bools
    by_name: Bools
    is_alias: Bools

    @property
    def apart(self) -> NDArray[np.int64]:
        """The pairs that must not be together."""
        return self.pairs[self.holds]

    def where(self, chosen: Bools) -> Exclusions:
        """Return some of the pairs."""
        return Exclusions(self.pairs[chosen], self.holds[chosen], self.by_name[chosen], self.is_alias[chosen])


def exclusions(found: Records, groups: Groups, spread: Spread = map) -> Exclusions:
    """Return the pairs inside these components that exclude each other."""
    none = np.empty(0, dtype=np.int64)
    told, waiting = [_excluding(found, none, none, spread)], [(none, none)]
    step = 1
    order, pending, length = groups.members, groups.starts, groups.sizes
    while len(pending):
        many = length - step
        offset = np.cumsum(many) - many
        left = np.arange(many.sum()) + np.repeat(pending - offset, many)
        waiting.append((order[left], order[left + step]))
        step += 1
        more = length > step
        pending, length = pending[more], length[more]
        # Most pairs do not exclude each other: they are let go of before there are too many.
        if not len(pending) or sum(len(one) for one, _ in waiting) >= TOGETHER:
            left, right = (np.concatenate([pair[side] for pair in waiting]) for side in (0, 1))
            told.append(_excluding(found, left, right, spread))
            waiting = []
    parts = [(one.pairs, one.holds, one.by_name, one.is_alias) for one in told]
    return Exclusions(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _excluding(found: Records, left: Ints, right: Ints, spread: Spread) -> Exclusions:
    """Return which of the pairs exclude each other."""
    told = np.zeros((4, len(left)), dtype=np.bool_)

    def tell(start: int) -> None:
        part = slice(start, start + AT_ONCE)
        told[:, part] = _told(found, left[part], right[part])

    list(spread(tell, range(0, len(left), AT_ONCE)))
    excluded, holds, by_name, is_alias = told
    return Exclusions(np.stack([left, right], axis=1), holds, by_name, is_alias).where(excluded)


def _told(found: Records, left: Ints, right: Ints) -> Bools:
    """Return as rows where pairs exclude each other, and then what `Exclusions` tells of them."""
    pairs = found.pairs(left, right)
    strong = pairs.share_strong
    page = [pairs.same(id_) for id_ in IDS]
    # Of one person alone, not of several people.
    own = np.zeros(len(left), dtype=np.bool_)
    for id_ in IDS:
        asked = np.flatnonzero(pairs.same(id_))
        own[asked] |= ~pairs.are_shared(id_, asked)
    # A firm gives a mailbox to one person: two given names there are one's name and what colleagues say. At home
    # husband and wife may share one.
    desk = pairs.same("email") & pairs.same("surname")
    asked = np.flatnonzero(desk)
    desk[asked] = ~pairs.have_flag(IS_FREE, asked)[0]
    by_id, by_name = evidence.contradictions(pairs), np.zeros(len(left), dtype=np.bool_)
    # Names are weighed only where something hangs on it: the same ones exclude nobody.
    namesake = pairs.same("given_exact") & pairs.same("surname")
    asked = np.flatnonzero(~by_id & ~(namesake & ~pairs.differ("middle") & ~pairs.differ("extra")))
    by_name[asked] = _by_name(pairs.of(asked))
    holds = (by_id | by_name & ~page[0] & ~page[1] & ~desk) & ~strong
    one = strong | desk | own
    return np.stack([by_id | by_name, holds, by_name & ~by_id, by_name & ~by_id & one])


def _by_name(pairs: Pairs) -> Bools:
    """Return where the names exclude each other."""
    names = name_bits(pairs)
    ties = pairs.same("email") | pairs.same("phone")
    # Who marries keeps mailbox, phone or profile; without them another surname is another person.
    bits = names.bits + np.where(names.is_other_surname & ~ties, evidence.OTHER_NAME, 0)
    found: Bools = bits < evidence.OTHER_NAME
    return found


def grouped(labels: Ints, fewest: int = 2) -> Groups:
    """Return the clusters of `fewest` records and more."""
    shared = np.bincount(labels, minlength=len(labels)) >= fewest
    members = np.flatnonzero(shared[labels])
    owner = labels[members]
    order = np.argsort(owner, kind="stable")
    members, owner = members[order], owner[order]
    starts = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if len(owner) else members
    return Groups(members, starts, np.diff(np.append(starts, len(members))))


def contradicted(found: Records, labels: Ints) -> Hashes:
    """Return, packed, the pairs inside clusters that exclude each other: none, unless a decision asked for it.

    A name does not exclude the other name of somebody who has two.
    """
    groups = grouped(labels)
    told = exclusions(found, groups)
    writings = Writings(told, foes_of(told.pairs), has_whole_name(found))
    last = groups.starts + groups.sizes
    cluster = {
        int(labels[groups.members[start]]): groups.members[start:end].tolist()
        for start, end in zip(groups.starts, last, strict=True)
    }
    pairs = told.apart
    wrong = [not writings.agree(one, two, cluster[int(labels[one])]) for one, two in pairs.tolist()]
    pairs = pairs[np.array(wrong, dtype=np.bool_)]
    return blocks.packed(pairs.min(axis=1), pairs.max(axis=1))


def has_whole_name(found: Records) -> Bools:
    """Return the records with given name and surname in full."""
    result: Bools = (found.rows["given"] != 0) & (found.rows["surname"] != 0)
    return result


def foes_of(pairs: NDArray[np.int64]) -> Foes:
    """Return for each record those it is paired with."""
    foes: Foes = {}
    for one, two in pairs.tolist():
        foes.setdefault(one, set()).add(two)
        foes.setdefault(two, set()).add(one)
    return foes


class Writings:
    """Who has two names, and which names are two writings of one."""

    def __init__(self, excluded: Exclusions, foes: Foes, is_full: Bools) -> None:
        """Take all pairs that exclude each other as `foes`, and the records with a whole name as `is_full`."""
        self._foes, self._is_full = foes, is_full
        self._named = foes_of(excluded.pairs[excluded.holds & excluded.by_name])
        self._aliases = foes_of(excluded.pairs[excluded.is_alias])

    def agree(self, one: int, two: int, cluster: Sequence[int]) -> bool:
        """Return whether only the names of two records differ, and these are names of one person of the cluster.

        They are if one record agrees with either, or two records do that are one under two names.
        """
        if two not in self._named.get(one, NOBODY):
            return False
        mine, other = self._foes.get(one, NOBODY), self._foes.get(two, NOBODY)
        near = [record for record in cluster if record not in other]
        return any(record not in mine and self._is_full[record] for record in near) or any(
            not self._aliases.get(record, NOBODY).isdisjoint(near) for record in cluster if record not in mine
        )

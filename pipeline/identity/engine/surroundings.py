"""What an increment solves again: touched components, what is next to them, and whatever ties connect with these.

A tie between two clusters depends on the records of the two alone (`joint`). So the ties of a cluster are known once
it and the components next to it are: those that share a doubtful pair with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import clusters, evidence, joint, scoring
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.keying import among, distinct, placed
from pipeline.identity.engine.scoring import Scored
from pipeline.identity.engine.segments import links, neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.segments import Links
    from pipeline.identity.engine.text import Ints

Part = tuple["Ints", Scored]
"""Records (ascending) and every candidate pair that starts at one of them."""


class Web:
    """Candidate pairs of all records, looked up from any of them; which records are gone, and what was decided."""

    def __init__(self, parts: Sequence[Links], gone: Ints, decisions: Decisions) -> None:
        """Take the pairs of every increment so far and of this one."""
        self.gone, self.decisions = gone, decisions
        decided = clusters.linked(scoring.joined([]), Decisions(same=decisions.same))
        self._parts = [*parts, links(decided)] if len(decided.left) else parts

    def component(self, seeds: Ints) -> Part:
        """Return all records that links tie to the seeds, themselves among them."""
        touched = open_ = distinct(seeds)
        found = []
        while len(open_):
            near = neighbours(self._parts, open_)
            found.append(near)
            far = near.right[near.score >= evidence.LINK]
            open_ = distinct(far[~among(far, touched)])
            touched = np.sort(np.concatenate([touched, open_]))
        pairs = scoring.joined(found)
        return touched, pairs.where(pairs.score < clusters.CERTAIN)

    def around(self, part: Part) -> Part:
        """Return the components next to some that are whole, with these."""
        records, pairs = part
        ring, more = self.component(pairs.right[~among(pairs.right, records)])
        return np.sort(np.concatenate([records, ring])), scoring.joined([pairs, more])

    def living(self, records: Ints) -> Ints:
        """Return the records that no newer ones replaced."""
        return records[~among(records, self.gone)]

    def within(self, records: Ints) -> Decisions:
        """Return what was decided among some records, by their places."""
        return Decisions(_within(self.decisions.same, records), _within(self.decisions.different, records))


def solved_again(load: Callable[[Ints], Records], web: Web, seeds: Ints) -> tuple[Ints, Ints]:
    """Return the living records whose clusters the seeds may change, and the record that stands for each one's cluster.

    Who is next to a touched component may have been tied to it: that is solved again in any case. `load` returns
    records by number (ascending).
    """
    inner, labels = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    found = [scoring.joined([])]
    part = web.around(web.component(seeds))
    while True:
        records, alone, ties = _ties(load, web, part)
        inner, labels = np.concatenate([inner, records]), np.concatenate([labels, alone])
        order = np.argsort(inner)
        inner, labels = inner[order], labels[order]
        found.append(ties)
        ends = np.concatenate([ties.left, ties.right])
        outer = ends[~among(ends, inner)]
        if not len(outer):
            break
        part = web.component(outer)
    return inner, _joined(load, web, (inner, labels), _once(scoring.joined(found)))


def _ties(load: Callable[[Ints], Records], web: Web, part: Part) -> tuple[Ints, Ints, Scored]:
    """Return the living records of components, who stands for the cluster of each by links alone, and the ties."""
    whole, pairs = web.around(part)
    whole, records = web.living(whole), web.living(part[0])
    pairs = pairs.where((pairs.left < pairs.right) & among(pairs.left, whole) & among(pairs.right, whole))
    found, decided, local = load(whole), web.within(whole), _placed(pairs, whole)
    labels = clusters.clusters(found, clusters.linked(local, decided), decided)
    own = among(whole, records)
    ties = joint.ties(found, labels, local.where(own[local.left] | own[local.right]))
    return records, whole[labels[own]], Scored(whole[ties.left], whole[ties.right], ties.score)


def _joined(load: Callable[[Ints], Records], web: Web, alone: tuple[Ints, Ints], ties: Scored) -> Ints:
    records, labels = alone
    if not len(ties.left):
        return labels
    tied = distinct(labels[np.searchsorted(records, np.concatenate([ties.left, ties.right]))])
    places = np.flatnonzero(among(labels, tied))
    some = records[places]
    local = np.searchsorted(some, labels[places])
    out = labels.copy()
    out[places] = some[joint.joined(load(some), local, _placed(ties, some), web.within(some))]
    return out


def _placed(pairs: Scored, records: Ints) -> Scored:
    return Scored(placed(pairs.left, records), placed(pairs.right, records), pairs.score)


def _once(pairs: Scored) -> Scored:
    """Return each pair once: two parts that are tied both know the tie."""
    _, places = np.unique(np.stack([pairs.left, pairs.right], axis=1), axis=0, return_index=True)
    return Scored(pairs.left[places], pairs.right[places], pairs.score[places])


def _within(pairs: NDArray[np.int64], records: Ints) -> NDArray[np.int64]:
    inside = np.isin(pairs, records).all(axis=1) if len(pairs) else np.empty(0, dtype=np.bool_)
    return np.searchsorted(records, pairs[inside]).reshape(-1, 2)

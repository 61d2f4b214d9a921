"""Clusters: records that evidence holds together and nothing keeps apart.

A component without a contradiction is a cluster. In one with a contradiction the pairs are joined again, the
heaviest first, and none that would bring two records together that exclude each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray  # noqa: TC002 - a default of Decisions needs it at run time

from pipeline.identity.engine import evidence
from pipeline.identity.engine.components import components
from pipeline.identity.engine.exclusions import exclusions, grouped, has_whole_name
from pipeline.identity.engine.joining import LARGEST, Joining
from pipeline.identity.engine.keying import distinct
from pipeline.identity.engine.overruling import Overruled
from pipeline.identity.engine.scoring import Scored

if TYPE_CHECKING:
    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.exclusions import Exclusions, Groups
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Bools, Ints

CERTAIN = np.float32(1000)
"""The score of a pair that a person decided to be the same."""


STEPS = (4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, float(CERTAIN))
"""Bits that the links of a component that is too large must have, step by step until it is not."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided, by record number: pairs that are the same person, pairs that are different ones.

    Where the two contradict each other, `different` wins.
    """

    same: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    different: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))


def linked(candidates: Scored, decisions: Decisions) -> Scored:
    """Return the pairs that hold records together: heavy enough, or decided."""
    heavy = candidates.where(candidates.score >= evidence.LINK)
    if not len(decisions.same):
        return heavy
    one, two = decisions.same.min(axis=1), decisions.same.max(axis=1)
    return Scored(
        np.concatenate([heavy.left, one]),
        np.concatenate([heavy.right, two]),
        np.concatenate([heavy.score, np.full(len(one), CERTAIN, dtype=np.float32)]),
    )


def clusters(found: Records, links: Scored, decisions: Decisions, spread: Spread = map) -> Ints:
    """Return for each record the number of a record that stands for its cluster."""
    labels, links = _bounded(len(found.rows), links)
    groups = grouped(labels)
    if not len(groups.starts):
        return labels
    doubted = groups.where(suspects(found, groups, labels, decisions))
    return _resolved(links, decisions, labels, exclusions(found, doubted, spread), found)


def _bounded(size: int, links: Scored) -> tuple[Ints, Scored]:
    """Return components and the links that make them; one beyond `LARGEST` keeps its heavier links only.

    Comparing all members of a component with each other takes the square of its size: a chain through thousands of
    records must come apart first. What it comes apart into depends on its own links alone.
    """
    labels = components(size, links.left, links.right)
    for weight in STEPS:
        big = np.bincount(labels, minlength=size) > LARGEST
        inside = big[labels[links.left]]
        if not inside.any():
            break
        links = links.where(~inside | (links.score >= weight))
        labels = components(size, links.left, links.right)
    return labels, links


def suspects(found: Records, groups: Groups, labels: Ints, decisions: Decisions) -> Bools:
    """Return the components that may hold a contradiction: two values of one id, two given names, a decision."""
    members, starts = groups.members, groups.starts
    several = groups.sizes > LARGEST
    for name in ("slug", "member", "suffix", "given", "initial", "surname", "digits"):
        values = found.rows[name][members]
        known = values if name == "digits" else np.where(values == 0, np.iinfo(values.dtype).max, values)
        several |= np.minimum.reduceat(known, starts) < np.maximum.reduceat(values, starts)
    if len(decisions.different):
        inside = labels[decisions.different[:, 0]] == labels[decisions.different[:, 1]]
        several |= np.isin(labels[members[starts]], labels[decisions.different[inside, 0]])
    result: Bools = several
    return result


def _resolved(links: Scored, decisions: Decisions, labels: Ints, excluded: Exclusions, found: Records) -> Ints:
    decided = decisions.different[labels[decisions.different[:, 0]] == labels[decisions.different[:, 1]]]
    guilty = distinct(np.concatenate([labels[excluded.apart[:, 0]], labels[decided[:, 0]]]))
    if not len(guilty):
        return labels
    told = np.zeros(len(labels), dtype=np.bool_)
    told[guilty] = True
    held = links.where(told[labels[links.left]])
    ids = found.rows["record_id"]
    one, two = ids[held.left], ids[held.right]
    rank = np.lexsort((np.maximum(one, two), np.minimum(one, two), -held.score))
    inside = np.flatnonzero(told[labels])
    labels[inside] = inside
    joining = Joining(len(labels))
    sure = rank[held.score[rank] >= CERTAIN]
    rest = rank[held.score[rank] < CERTAIN]
    # What people decided comes first, and only what people decided stands against it.
    joining.keep_apart(decided)
    joining.join(held.left[sure], held.right[sure])
    ruled = Overruled(excluded, joining)
    joining.keep_apart(ruled.standing())
    joining.join(held.left[rest], held.right[rest])
    ruled.admit(held.left[rest], held.right[rest], decided, has_whole_name(found))
    labels[inside] = joining.tops[inside]
    return labels


def cluster_ids(ids: NDArray[np.int64], labels: NDArray[np.integer]) -> Ints:
    """Return for each record the smallest record id of its cluster: a name that no order of the records changes."""
    smallest = np.full(len(ids), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(smallest, labels, ids)
    result: Ints = smallest[labels]
    return result

"""The whole way from features to clusters: a rebuild, with the frequency table measured or held fixed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocking, clusters, evidence, scoring
from pipeline.identity.engine.reference import Reference, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.scoring import Records, Scored
    from pipeline.identity.engine.text import Hashes, Ints


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found. `candidates`: pairs in doubt or better; `labels`: for each record the one that stands for it."""

    records: Records
    reference: Reference
    candidates: Scored
    labels: Ints

    @property
    def cluster_ids(self) -> Ints:
        """For each record the smallest record id of its cluster."""
        return clusters.cluster_ids(self.records.rows["record_id"].astype(np.int64), self.labels)


def solve(
    rows: Features,
    strong: Hashes,
    decisions: Decisions,
    *,
    reference: Reference | None = None,
    told: Callable[[str], None] = lambda _: None,
    spread: Callable[..., Iterable[tuple[Scored, Hashes]]] = map,
) -> Solution:
    """Match records. Without `reference` the frequency table is measured first; `told` hears of each finished step."""
    known = measure(rows) if reference is None else reference
    found = scoring.records(rows, strong, known)
    told("reference")
    packed, crowded = blocking.pairs(
        blocking.keys(found.rows, found.rare, strong), None if reference is None else known.crowded
    )
    told("blocking")
    weighed = list(spread(lambda piece: scoring.scored(found, piece, known), scoring.pieces(packed)))
    candidates = scoring.joined([part for part, _ in weighed])
    if reference is None:
        known = replace(
            known,
            crowded=crowded,
            namesakes=np.unique(np.concatenate([np.empty(0, np.uint64), *(names for _, names in weighed)])),
        )
        found, candidates = scoring.warned(found, candidates, known)
    told("evidence")
    labels = clusters.clusters(found, clusters.linked(candidates, decisions), decisions)
    told("clusters")
    return Solution(found, known, candidates, labels)


def doubtful(solution: Solution) -> Scored:
    """Return the pairs of records in different clusters that only a person can decide."""
    pairs = solution.candidates
    apart = solution.labels[pairs.left] != solution.labels[pairs.right]
    return pairs.where(apart & (pairs.score > evidence.DOUBT))

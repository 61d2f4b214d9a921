"""The whole way from features to clusters: a rebuild, with the frequency table measured or held fixed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocking, calibration, clusters, evidence, joint, scoring
from pipeline.identity.engine.columns import columns
from pipeline.identity.engine.reference import Reference, measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.scoring import Records, Scored
    from pipeline.identity.engine.text import Hashes, Ints


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found. `candidates`: pairs in doubt or better; `labels`: for each record the one that stands for it.

    `alone`: the same by links alone, before `ties` joined clusters (`joint`).
    """

    records: Records
    reference: Reference
    candidates: Scored
    alone: Ints
    ties: Scored
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
    spread: Spread = map,
) -> Solution:
    """Match records. Without `reference` the frequency table is measured first; `told` hears of each finished step."""
    rows = columns(rows)
    known, firms = measured(rows, spread) if reference is None else (reference, None)
    found = scoring.records(rows, strong, known, firms, spread)
    told("reference")
    tables = blocking.keys(found.rows, found.rare, strong)
    packed, met, crowded = blocking.pairs(tables, len(rows), None if reference is None else known.crowded, spread)
    told("blocking")
    if reference is None:
        found, known = calibration.taught(found, packed, met, replace(known, crowded=crowded), spread)
        told("calibration")
    candidates = scoring.joined(list(spread(lambda piece: scoring.scored(found, piece), scoring.pieces(packed))))
    told("evidence")
    alone = clusters.clusters(found, clusters.linked(candidates, decisions), decisions, spread)
    told("clusters")
    ties = joint.ties(found, alone, candidates, spread)
    labels = joint.joined(found, alone, ties, decisions)
    told("ties")
    return Solution(found, known, candidates, alone, ties, labels)


def doubtful(solution: Solution) -> Scored:
    """Return the pairs of records in different clusters of which the evidence says neither yes nor no."""
    pairs = solution.candidates
    apart = solution.labels[pairs.left] != solution.labels[pairs.right]
    return pairs.where(apart & (pairs.score > evidence.DOUBT))

"""How well clusters agree with the truth: precision, recall and F1 over pairs and over records (B-cubed).

Both come from the table of counts (cluster, person), so a million records take a fraction of a second and no pair is
ever listed. Tests hold them against counting all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Labels = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and their harmonic mean, each 0 to 1; nothing to find or nothing claimed counts as 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean; 0 when both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pair_scores(clusters: Labels, people: Labels) -> Agreement:
    """Return the agreement over unordered pairs of records: claimed same person against truly the same person."""
    found, claimed, true = _counts(clusters, people)
    together = _pairs(found.cells)
    return Agreement(precision=_share(together, _pairs(claimed)), recall=_share(together, _pairs(true)))


def record_scores(clusters: Labels, people: Labels) -> Agreement:
    """Return the B-cubed agreement: the mean over records of the share of its cluster, or of its person, in both."""
    found, claimed, true = _counts(clusters, people)
    squares = found.cells.astype(np.float64) ** 2
    size = max(len(clusters), 1)
    precision = float((squares / claimed[found.cluster]).sum()) / size if len(clusters) else 1.0
    recall = float((squares / true[found.person]).sum()) / size if len(clusters) else 1.0
    return Agreement(precision=precision, recall=recall)


@dataclass(frozen=True, slots=True)
class _Table:
    """One row per (cluster, person) that share records: how many."""

    cluster: Labels
    person: Labels
    cells: Labels


def _counts(clusters: Labels, people: Labels) -> tuple[_Table, Labels, Labels]:
    """Return the table of counts, the size of each cluster and of each person."""
    if len(clusters) != len(people):
        raise ValueError(f"{len(clusters)} cluster labels for {len(people)} records")
    rows = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    columns = np.unique(people, return_inverse=True)[1].astype(np.int64)
    width = int(columns.max(initial=0)) + 1
    keys, cells = np.unique(rows * width + columns, return_counts=True)
    table = _Table(cluster=keys // width, person=keys % width, cells=cells.astype(np.int64))
    return table, np.bincount(rows).astype(np.int64), np.bincount(columns).astype(np.int64)


def _pairs(sizes: Labels) -> int:
    """Return how many pairs groups of these sizes hold."""
    return int((sizes * (sizes - 1) // 2).sum())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0

"""Connected components of evidence: which records are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.keys import Record


def components(size: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of `size` records the smallest record number of its component.

    `left[i]` and `right[i]` are record numbers (0-based) held together. Each round hooks every edge to its
    smaller label and then halves all paths, so the rounds grow with the logarithm of the longest chain.
    """
    labels = np.arange(size, dtype=np.int64)
    while True:
        smaller = np.minimum(labels[left], labels[right])
        fresh = labels.copy()
        np.minimum.at(fresh, labels[left], smaller)
        np.minimum.at(fresh, labels[right], smaller)
        while not np.array_equal(halved := fresh[fresh], fresh):
            fresh = halved
        if np.array_equal(fresh, labels):
            return labels
        labels = fresh


def clusters(records: Sequence[Record], labels: NDArray[np.int64]) -> list[list[Record]]:
    """Return the records of each component, in the order in which the records were given (founders first)."""
    found: dict[int, list[Record]] = {}
    for record, label in zip(records, labels.tolist(), strict=True):
        found.setdefault(label, []).append(record)
    return list(found.values())

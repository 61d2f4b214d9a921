"""Connected components of pairs, by hooking and pointer jumping in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.identity.engine.text import Ints


def components(size: int, left: Ints, right: Ints) -> Ints:
    """Return for each of `size` records the smallest record number of its component.

    Each round hooks the larger root of every open pair to the smaller one, halves all paths, and drops the pairs
    that are together: rounds and work shrink geometrically.
    """
    labels = np.arange(size, dtype=np.int64)
    while len(left):
        one, two = labels[left], labels[right]
        apart = one != two
        left, right, one, two = left[apart], right[apart], one[apart], two[apart]
        np.minimum.at(labels, np.maximum(one, two), np.minimum(one, two))
        while True:
            jumped = labels[labels]
            if np.array_equal(jumped, labels):
                break
            labels = jumped
    return labels

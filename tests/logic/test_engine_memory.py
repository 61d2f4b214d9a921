"""Memory of arrays that stays with the process."""

from __future__ import annotations

import resource
import sys

import numpy as np
import pytest

from pipeline.identity.engine import memory


def fresh_pages(size: int) -> int:
    """Return how many pages the system hands out for an array that is written once and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(size, dtype=np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux")
@pytest.mark.parametrize("size", [1 << 20, 1 << 23, (1 << 25) - (1 << 16)])
def test_an_array_is_made_of_the_memory_of_the_one_before(size: int) -> None:
    if not memory.keep():
        pytest.skip("another C library than glibc")
    fresh_pages(size)
    pages = size // resource.getpagesize()
    assert fresh_pages(size) < pages // 10


def test_memory_is_told_about_once() -> None:
    assert memory.keep() is memory.keep()

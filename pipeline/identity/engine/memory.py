"""Memory of arrays: what was freed stays with the process for the next ones.

A system hands out memory page by page, each emptied first, and that costs as much as a pass over it: arrays of a
million values that come and go spent a tenth of the time of a rebuild there. Told is glibc; any other C library keeps
its own ways.
"""

from __future__ import annotations

import ctypes
from functools import cache

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, ARENA_MAX = -1, -2, -3, -8
"""Parameters of `mallopt`, see mallopt(3)."""
KEPT = {
    # Threads share what was freed: each with memory of its own takes a tenth more.
    ARENA_MAX: 1,
    # The largest that glibc allows: arrays below this are made from what was freed.
    MMAP_THRESHOLD: 1 << 25,
    TOP_PAD: 1 << 25,
    TRIM_THRESHOLD: 1 << 27,
}


@cache
def keep() -> bool:
    """Have the C library keep the memory of arrays, up to 128 MiB; return whether it will.

    Once per process, and best before there are threads: those that have memory of their own already keep it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # a C library without it; Windows, which has no such library
        return False
    return all(mallopt(parameter, value) == 1 for parameter, value in KEPT.items())

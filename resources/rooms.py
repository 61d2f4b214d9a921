"""How much memory DuckDB may take: little as a rule, more for what does not fit."""

from __future__ import annotations

import os

SHARE = 0.5
"""Part of the machine's memory that is never exceeded."""
_UNITS = {"MB": 10**6, "GB": 10**9}


def rooms(usual: str, *, physical: int | None = None) -> tuple[str, ...]:
    """Return `usual` ("512MB") and its doublings up to half of the machine's memory (bytes), as DuckDB reads them.

    The usual bound leaves room for other work; a run must not fail by it on a machine that has more.

    Raises:
        ValueError: the bound is no whole number of MB or GB.
    """
    digits, unit = usual[:-2], usual[-2:]
    if not digits.isdecimal() or unit not in _UNITS:
        raise ValueError(f"memory {usual!r} is no bound; write a whole number of MB or GB, as 512MB")
    size, most = int(digits) * _UNITS[unit], SHARE * (physical or _physical())
    found = [usual]
    while (size := 2 * size) <= most:
        found.append(f"{size // 10**6}MB")
    return tuple(found)


def _physical() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

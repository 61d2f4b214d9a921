"""Phone numbers: the national number, however it was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import spans, text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Cells, Hashes

KEPT = 9
"""Last digits that are compared: a trunk zero or a lost area digit makes no difference."""
FEWEST = 7
_CODES = re.compile(r"1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
_CODE_SIZES = np.array([len(_CODES.match(f"{n:03}").group()) for n in range(1000)])  # type: ignore[union-attr]
"""Length of the calling code that begins with these three digits (ITU-T E.164)."""


def _kinds() -> NDArray[np.uint8]:
    """1 digit, 2 plus sign, 3 what begins an extension or another number, 0 the rest."""
    table = np.zeros(256, dtype=np.uint8)
    table[48:58] = 1
    table[43] = 2
    table[65:91] = table[97:123] = 3
    for mark in "#;,|/\n":
        table[ord(mark)] = 3
    return table


_KINDS = _kinds()


def phones(column: Cells) -> Hashes:
    """Return a hash of each national number, 0 for none: too short, or one digit repeated."""
    kinds = _KINDS.take(column.data)
    is_digit = kinds == 1
    before = np.concatenate([[0], np.cumsum(is_digit, dtype=np.int32)])
    # "ext. 12" and a second number are cut off, "tel: " and "M " in front are not: they come before any digit.
    first_digit = spans.first_of(np.flatnonzero(is_digit), column.starts, column.ends, column.ends)
    cut = spans.first_of_few(np.flatnonzero(kinds == 3), first_digit, column.ends, column.ends)
    cut = np.where(before[cut] - before[column.starts] >= FEWEST, cut, column.ends)
    plus = spans.first_of(np.flatnonzero(kinds == 2), column.starts, first_digit + 1, column.ends) < first_digit
    decimal = (column.sizes > 8) & _ends_with(column, b".0")
    cut = np.where(decimal, np.minimum(cut, column.ends - 2), cut)
    numbers = column.narrowed(column.starts, cut)
    numbers = numbers.kept((numbers.data >= 48) & (numbers.data <= 57))
    starts, ends = numbers.starts.copy(), numbers.ends
    digits = np.append(numbers.data, np.full(3, 48, dtype=np.uint8)).astype(np.int64) - 48
    doubled = ~plus & (ends - starts > 9) & (digits[np.minimum(starts, len(digits) - 2)] == 0)
    doubled &= digits[np.minimum(starts + 1, len(digits) - 1)] == 0
    starts = np.where(doubled, starts + 2, starts)
    foreign = plus | doubled
    spot = np.minimum(starts, len(digits) - 3)
    code = digits[spot] * 100 + digits[spot + 1] * 10 + digits[spot + 2]
    starts = np.where(foreign & (ends - starts > FEWEST), starts + _CODE_SIZES[code], starts)
    american = ~foreign & (ends - starts == 11) & (digits[np.minimum(starts, len(digits) - 1)] == 1)
    starts = np.where(american, starts + 1, starts)
    spot = np.minimum(starts, len(digits) - 3)
    starts = np.where((digits[spot] == 0) & (ends > starts), starts + 1, starts)
    starts = np.maximum(starts, ends - KEPT)
    enough = ends - starts >= FEWEST
    spot = np.minimum(starts, len(digits) - 3)
    flat = np.zeros(len(column), dtype=np.bool_)
    changes = (
        np.concatenate([[0], np.cumsum(numbers.data[1:] != numbers.data[:-1]), [0]])
        if len(numbers.data)
        else np.zeros(2, dtype=np.int64)
    )
    flat[enough] = changes[ends[enough] - 1] == changes[starts[enough]]
    starts = np.where(enough & ~flat, starts, ends)
    return text.Hasher(numbers.data)(starts, ends)


def _ends_with(column: Cells, piece: bytes) -> text.Bools:
    out = column.sizes >= len(piece)
    for offset, letter in enumerate(reversed(piece), start=1):
        out[out] = column.data[column.ends[out] - offset] == letter
    return out

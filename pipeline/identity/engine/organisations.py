"""Company names: the core without legal form, with its usual short words, and its initials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.lists import word_map, word_set
from pipeline.identity.engine.text import Cells, Hashes

BRACKET = 40


@dataclass(frozen=True, slots=True)
class Organisations:
    """One entry per row, 0 for none.

    `core`: the words that name the firm, whatever their spelling; `squashed`: the same letters without spaces, as
    they stand in a domain; `initials`: of three words or more ("IBM").
    """

    core: Hashes
    squashed: Hashes
    initials: Hashes


def organisations(column: Cells) -> Organisations:
    """Read company names."""
    plain = letters_of(column)
    plain = Cells(
        np.where((plain.data >= BRACKET) & (plain.data <= 44), text.SPACE, plain.data).astype(np.uint8),
        plain.starts,
        plain.ends,
    )
    starts, ends, rows = spans.tokens(plain)
    count = len(plain)
    row = np.repeat(np.arange(count), np.diff(rows))
    hashed = text.Hasher(plain.data)(starts, ends)
    legal = word_set("legal_forms").has(hashed)
    left = np.bincount(row[~legal], minlength=count)
    core = ~legal | (left[row] == 0)
    meaning = word_map("short_words", folded=False).of(hashed, hashed)

    kept = np.flatnonzero(core)
    owner = row[kept]
    size = np.bincount(owner, minlength=count)
    first = np.cumsum(size) - size
    # Each word is weighed by its place, so that "Blue River" is not "River Blue".
    weighed = meaning[kept] * (2 * (np.arange(len(kept)) - first[owner]) + 1).astype(np.uint64)
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(weighed)])
    hashed_core = text.mixed(sums[first + size] - sums[first])

    letters = np.zeros(len(plain.data) + 1, dtype=np.int8)
    letters[starts[kept]] += 1
    np.add.at(letters, ends[kept], -1)
    squashed = plain.kept(np.cumsum(letters[:-1], dtype=np.int8) > 0)
    heads = Cells(plain.data[starts[kept]], first, first + size)
    initials = text.hashes(heads)
    initials[size < 3] = 0
    return Organisations(core=hashed_core, squashed=text.hashes(squashed), initials=initials)

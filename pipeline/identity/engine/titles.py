"""Job titles: the same title, or at least the same kind of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.lists import word_map, word_set

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Hashes, Ints


def titles(distinct: pa.Array, places: Ints) -> tuple[NDArray[np.uint32], Hashes]:
    """Return for each row a hash of its title and the set of its words for a field of work, as bits (0 for none).

    `distinct`: the titles; `places`: for each row its place among them, -1 for none. Words for a rank ("senior",
    "head") tell no field. "VP" and "Vice President" are one title.
    """
    plain = letters_of(text.cells(distinct))
    starts, ends, rows = spans.tokens(plain)
    row = np.repeat(np.arange(len(plain)), np.diff(rows))
    words = text.Hasher(plain.data)(starts, ends)
    words = word_map("title_words", folded=False).of(words, words)
    ranks, small = word_set("rank_words").has(words), word_set("small_words").has(words)
    whole = np.zeros(len(plain) + 1, dtype=np.uint64)
    np.add.at(whole, row[~small], words[~small])
    told = ~ranks & ~small
    fields = np.zeros(len(plain) + 1, dtype=np.uint64)
    np.bitwise_or.at(fields, row[told], np.uint64(1) << (words[told] >> np.uint64(58)))
    return text.short(text.mixed(whole))[places], fields[places]

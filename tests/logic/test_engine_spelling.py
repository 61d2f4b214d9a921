"""Names compared a word at a time agree with names compared letter by letter."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.engine.keying import among, distinct, placed
from pipeline.identity.engine.names import SHOWN
from pipeline.identity.engine.spelling import Spellings

words = st.text(alphabet="abcé", max_size=16).map(lambda word: word.encode()[:SHOWN])


def turned(word: bytes) -> set[bytes]:
    """Return a word with two neighbours exchanged."""
    return {word[:at] + word[at : at + 2][::-1] + word[at + 2 :] for at in range(len(word) - 1)}


def cut(word: bytes) -> set[bytes]:
    """Return a word with one letter left out; what follows the last letter known may be any."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def is_close(one: bytes, two: bytes) -> bool:
    if min(len(one), len(two)) < 4:
        return False
    unlike = sum(a != b for a, b in zip(one.ljust(SHOWN, b"\0"), two.ljust(SHOWN, b"\0"), strict=True))
    begun = {word[: SHOWN - 1] for word in cut(one)}, {word[: SHOWN - 1] for word in cut(two)}
    more = two[: SHOWN - 1] in begun[0] or one[: SHOWN - 1] in begun[1]
    return unlike <= 1 or more or one in turned(two)


def is_akin(one: bytes, two: bytes) -> bool:
    short, long = sorted((one, two), key=len)
    begins = short[:3] == long[:3] and 3 <= len(short) <= 5 and len(short) != len(long)
    return begins or (len(short) >= 4 and long.endswith(short))


@given(st.lists(st.tuples(words, words), min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_spellings_agree_with_a_comparison_letter_by_letter(pairs: list[tuple[bytes, bytes]]) -> None:
    one, two = (np.array([pair[side] for pair in pairs], dtype=f"S{SHOWN}") for side in (0, 1))
    found = Spellings(one, two)
    assert found.are_close().tolist() == [is_close(a, b) for a, b in pairs]
    assert found.are_akin().tolist() == [is_akin(a, b) for a, b in pairs]
    begins = [min(len(a), len(b)) >= 3 and (a.startswith(b) or b.startswith(a)) for a, b in pairs]
    assert found.are_beginnings().tolist() == begins


numbers = st.lists(
    st.sampled_from([0, 1, 2, 1 << 62, (1 << 62) + 1, 1 << 63, (1 << 64) - 1]) | st.integers(0, 2**64 - 1)
)


@given(numbers, numbers)
@settings(max_examples=200, deadline=None)
def test_hashes_are_found_where_they_are_and_nowhere_else(values: list[int], known: list[int]) -> None:
    ordered = distinct(np.array(known, dtype=np.uint64))
    assert ordered.tolist() == sorted(set(known))
    asked = np.array([*values, *known] * 3, dtype=np.uint64)
    places = placed(asked, ordered)
    assert all(ordered[place] == value for place, value in zip(places, asked, strict=True) if place >= 0)
    assert among(asked, ordered).tolist() == [value in set(known) for value in asked.tolist()]

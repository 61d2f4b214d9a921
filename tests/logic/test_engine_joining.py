"""Joining pairs in rounds gives what joining them one after the other gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.engine import joining as joinings
from pipeline.identity.engine.joining import LARGEST, Joining
from pipeline.identity.engine.keying import among

PAIR = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1])


def pairs(told):
    return np.array(told, dtype=np.int64).reshape(-1, 2)


def one_after_the_other(size, links, apart):
    """Join pairs in order, the slow way: groups as sets."""
    group = [{record} for record in range(size)]
    for one, two in links:
        first, other = group[one], group[two]
        barred = any({a, b} == {x, y} for a, b in apart for x in first for y in other)
        if first is not other and not barred and len(first) + len(other) <= LARGEST:
            first |= other
            for record in other:
                group[record] = first
    return [sorted(found) for found in group]


@given(st.lists(PAIR, max_size=40), st.lists(PAIR, max_size=25))
def test_joining_in_rounds_is_joining_one_after_the_other(links, apart):
    found = Joining(12)
    found.keep_apart(pairs(apart))
    found.join(pairs(links)[:, 0], pairs(links)[:, 1])
    assert [sorted(found.group(record)) for record in range(12)] == one_after_the_other(12, links, apart)
    assert all(found.tops[record] in found.group(record) for record in range(12))


def test_a_group_never_grows_beyond_the_largest_size():
    size = 3 * LARGEST
    places = np.arange(size - 1)
    found = Joining(size)
    found.join(places, places + 1)
    assert np.bincount(found.tops).max() == LARGEST
    assert {frozenset(found.group(record)) for record in range(size)} == {
        frozenset(range(start, start + LARGEST)) for start in range(0, size, LARGEST)
    }


def test_groups_that_must_stay_apart_do_so_through_others():
    found = Joining(4)
    found.keep_apart(pairs([(0, 3)]))
    found.join(np.array([0, 2, 1]), np.array([1, 3, 2]))
    assert found.groups() == [[0, 1], [2, 3]]
    found.join_anyway(1, 2)
    assert sorted(found.group(3)) == [0, 1, 2, 3]


@given(st.lists(st.integers(0, 60)), st.lists(st.integers(0, 60), unique=True))
def test_numbers_are_found_among_others_however_near_they_lie(values, known):
    asked, listed = np.array(values, dtype=np.uint64), np.array(sorted(known), dtype=np.uint64)
    assert among(asked, listed).tolist() == [value in known for value in values]
    assert joinings._listed(asked, listed).tolist() == [value in known for value in values]

"""Places kept with a long list are those that a search by halves finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.engine.directories import by_beginning, by_number, first_places, number_places
from pipeline.identity.engine.keying import placed

hashes = st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**63, 2**64 - 1]), max_size=60)
numbers = st.lists(st.integers(0, 40), max_size=60)


def unsigned(values, kind=np.uint64):
    return np.array(values, dtype=kind)


@given(hashes, hashes)
def test_hashes_are_found_where_a_search_by_halves_finds_them(keys, others):
    keys, wanted = np.sort(unsigned(keys)), unsigned(keys + others)
    found = first_places(keys, by_beginning(keys), wanted)
    assert found.tolist() == np.searchsorted(keys, wanted).tolist()


@pytest.mark.parametrize("size", [1, 7, 8, 9, 500])
def test_many_hashes_of_one_beginning_are_found_too(size):
    # What begins alike is passed one by one only so far.
    keys = np.sort(unsigned([*range(1, 2 * size, 2), 2**64 - 1]))
    wanted = np.arange(2 * size + 2, dtype=np.uint64)
    assert first_places(keys, by_beginning(keys), wanted).tolist() == np.searchsorted(keys, wanted).tolist()


@given(numbers, st.lists(st.integers(0, 60)))
def test_numbers_are_found_with_all_that_have_them(listed, wanted):
    ordered, wanted = np.sort(unsigned(listed, np.uint32)), np.array(wanted, dtype=np.int64)
    starts, ends = number_places(ordered, by_number(unsigned(listed, np.uint32)), wanted)
    expected = [[place for place, number in enumerate(ordered.tolist()) if number == one] for one in wanted.tolist()]
    assert [list(range(*pair)) for pair in zip(starts.tolist(), ends.tolist(), strict=True)] == expected


def test_far_between_numbers_are_searched_and_not_tabled():
    listed = unsigned([3, 1_000_000, 1_000_000], np.uint32)
    assert not len(by_number(listed))
    starts, ends = number_places(listed, by_number(listed), np.array([3, 4, 1_000_000]))
    assert (starts.tolist(), ends.tolist()) == ([0, 1, 1], [1, 1, 3])


@given(
    st.sets(st.integers(-50, 50) | st.integers(-(2**62), 2**62), max_size=30),
    st.lists(st.integers(-60, 60) | st.integers(-(2**62), 2**62), max_size=60),
)
def test_a_number_has_its_place_among_the_known_ones_or_none(known, values):
    known = np.array(sorted(known), dtype=np.int64)
    found = placed(np.array(values, dtype=np.int64), known)
    order = known.tolist()
    assert found.tolist() == [order.index(value) if value in order else -1 for value in values]

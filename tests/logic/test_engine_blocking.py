"""Blocking some keys and pairs at a time gives what blocking all at once gives."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.engine import blocking
from pipeline.identity.engine.blocks import meeting

VALUES = st.lists(st.integers(0, 9), min_size=1, max_size=40)


def tables(names, firms, ids):
    """Return three tables of keys, spread over all 64 bits, as the engine yields them."""
    spread = [np.array(values, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) for values in (names, firms, ids)]
    kinds = ((5, blocking.NAME), (6, blocking.NAMED), (7, blocking.ID))
    return [partial(blocking._known, key, most, kind) for key, (most, kind) in zip(spread, kinds, strict=True)]


@given(names=VALUES, data=st.data(), together=st.integers(1, 40))
@settings(max_examples=150)
def test_how_many_are_worked_on_at_a_time_changes_nothing(names, data, together):
    size = len(names)
    others = st.lists(st.integers(0, 9), min_size=size, max_size=size)
    drawn = tables(names, data.draw(others), data.draw(others))
    whole = blocking.pairs(drawn, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocking, "TOGETHER", together)
        parts = blocking.pairs(drawn, size)
    assert [ordered(*found) for found in (parts, whole)] == [ordered(*whole)] * 2
    assert len(set(whole[0].tolist())) == len(whole[0])


def ordered(packed, met, crowded):
    """Return what blocking found with its pairs in ascending order."""
    return sorted(zip(packed.tolist(), met.tolist(), strict=True)), crowded.tolist()


@given(names=VALUES, data=st.data(), most=st.sampled_from([None, 1, 3]))
@settings(max_examples=150)
def test_what_is_put_in_order_holds_every_block_of_two_names_and_every_crowd(names, data, most):
    keys = data.draw(st.lists(st.integers(0, 9), min_size=len(names), max_size=len(names)))
    spread = np.array(keys, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    kept = set(meeting(spread, np.array(names, dtype=np.uint32), most).tolist())
    for key in set(keys):
        inside = [place for place, one in enumerate(keys) if one == key]
        is_wanted = len({names[place] for place in inside}) > 1 or (most is not None and len(inside) > most)
        assert kept.issuperset(inside) if is_wanted else kept.isdisjoint(inside)

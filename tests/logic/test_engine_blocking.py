"""Blocking some keys and pairs at a time gives what blocking all at once gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.engine import blocking

VALUES = st.lists(st.integers(0, 9), min_size=1, max_size=40)


def tables(names, firms, ids):
    """Return three tables of keys, spread over all 64 bits, as the engine yields them."""
    spread = [np.array(values, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) for values in (names, firms, ids)]
    kinds = ((5, blocking.NAME), (6, blocking.NAMED), (7, blocking.ID))
    return [blocking._known(key, most, kind) for key, (most, kind) in zip(spread, kinds, strict=True)]


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
    assert [found.tolist() for found in parts] == [found.tolist() for found in whole]
    assert whole[0].tolist() == sorted(set(whole[0].tolist()))

"""Which doubts reach a person: no answer known by ids or decisions is asked for, everything else is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.engine.asking import asked
from pipeline.identity.engine.blocks import packed
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.crossing import crossed
from pipeline.identity.engine.features import features, strong_ids
from pipeline.identity.engine.scoring import Scored
from pipeline.identity.engine.solve import solve

COLUMNS = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country")
JOHN = {"name": "John Smithers", "company": "Acme Robotics", "website": "acme.com"}
PAGE = {"linkedin_url": "linkedin.com/in/john-smithers-1a2b3c4d"}
OTHER = {"linkedin_url": "linkedin.com/in/john-smithers-9f8e7d6c"}
MAIL = {"email": "john.smithers@acme.com"}


def numbers(*pairs):
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def questions(records, clusters, pairs, different=()):
    columns = {name: pa.array([row.get(name) for row in records], type=pa.string()) for name in COLUMNS}
    leads = pa.table({"record_id": pa.array(range(len(records)), type=pa.int64()), **columns})
    found = solve(features(leads), strong_ids(leads, []), Decisions()).records
    doubts = Scored(*(numbers(*pairs)[:, side] for side in (0, 1)), np.zeros(len(pairs), dtype=np.float32))
    left = asked(found, np.array(clusters, dtype=np.int64), doubts, numbers(*different))
    return list(zip(left.left.tolist(), left.right.tolist(), strict=True))


@pytest.mark.parametrize(
    ("records", "is_asked"),
    [
        ([JOHN, JOHN, JOHN, JOHN], True),
        ([JOHN, {**JOHN, **PAGE}, JOHN, JOHN], True),
        ([JOHN, {**JOHN, **PAGE}, JOHN, {**JOHN, **OTHER}], False),
        ([{**JOHN, **MAIL}, {**JOHN, **PAGE}, {**JOHN, **MAIL}, {**JOHN, **OTHER}], True),
        ([JOHN, {**JOHN, "email": "john2@acme.com"}, JOHN, {**JOHN, "email": "john@acme.com"}], False),
        ([JOHN, {"name": "John Smithers Jr"}, JOHN, {"name": "John Smithers Sr"}], False),
    ],
)
def test_a_doubt_is_asked_about_unless_other_records_of_the_two_settle_it(records, is_asked):
    assert questions(records, [0, 0, 2, 2], [(0, 2)]) == ([(0, 2)] if is_asked else [])


def test_what_was_decided_about_two_people_is_not_asked_of_other_records_of_theirs():
    assert questions([JOHN] * 4, [0, 0, 2, 2], [(0, 2), (1, 3)], different=[(1, 2)]) == []
    assert questions([JOHN] * 4, [0, 0, 2, 3], [(0, 2), (1, 3)], different=[(3, 2)]) == [(0, 2), (1, 3)]


def test_nothing_in_doubt_asks_nothing():
    assert questions([JOHN, JOHN], [0, 1], []) == []


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9))
def test_all_records_of_both_clusters_are_held_against_each_other(owners):
    first = {owner: owners.index(owner) for owner in owners}
    labels = np.array([first[owner] for owner in owners], dtype=np.int64)
    tops = sorted(set(labels.tolist()))
    pairs = [(one, two) for one in tops for two in tops if one < two]
    between = packed(*(numbers(*pairs)[:, side] for side in (0, 1)))
    left, right, owner = crossed(labels, between)
    found = sorted(zip(owner.tolist(), left.tolist(), right.tolist(), strict=True))
    assert found == sorted(
        (place, one, two)
        for place, (top, other) in enumerate(pairs)
        for one in np.flatnonzero(labels == top).tolist()
        for two in np.flatnonzero(labels == other).tolist()
    )

"""What a build decides stands in the next one on the same records, whatever was so before and whoever decided what."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.clusters import components
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.solve import solve
from pipeline.identity.matching import STRONG, weighed
from pipeline.identity.standing import standing

TEXT = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country")
JOHN, JANE = "https://www.linkedin.com/in/john-smith-1a2b3c4d", "https://www.linkedin.com/in/jane-9z8y7x"
VALUES = {
    "name": ["john\x1fsmith", "jane\x1fsmith", "nina\x1fpetrova", "j.\x1fsmith", None],
    "email": ["john@acme.com", "john2@acme.com", "nina@zenith.de", None],
    "phone": ["+14155551234", None],
    "linkedin_url": [JOHN, JANE, None],
    "company": ["acme robotics", "zenith", None],
    "our_key": [None, None, None, "a", "b"],
    "apollo_id": [None, None, None, "1", "2"],
}
NOBODY = Decisions()


def leads(*records: dict[str, str | None]) -> pa.Table:
    columns = {name: pa.array([row.get(name) for row in records], pa.string()) for name in (*TEXT, *STRONG)}
    return pa.table(columns | {"record_id": pa.array(range(len(records)), pa.int64())})


def people(records: pa.Table, known: list[str | None], decisions: Decisions = NOBODY) -> list[int]:
    """Return for each record the first one of its person."""
    found = weighed(records, known, decisions)
    links = found.filter(found.column("is_link"))
    sides = (np.array(links.column(side).to_pylist(), dtype=np.int64) for side in ("left_no", "right_no"))
    return components(records.num_rows, *sides).tolist()


def test_whom_a_tie_joined_does_not_tie_others_the_next_day():
    # The two with one profile are joined by what both say. Taken for one record, they would say enough of the third,
    # who has the name of the one, and mailbox and phone of the other.
    found = leads(
        {"name": "jane\x1fsmith", "linkedin_url": JOHN},
        {"linkedin_url": JOHN, "email": "nina@zenith.de", "phone": "+14155551234"},
        {"name": "jane\x1fsmith", "email": "nina@zenith.de", "phone": "+14155551234"},
        {"name": "nina\x1fpetrova", "phone": "+14155551234"},
    )
    first = people(found, [None] * 4)
    assert first == [0, 0, 2, 3]
    assert people(found, [str(person) for person in first]) == first


pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=2)


@given(
    st.lists(st.fixed_dictionaries({k: st.sampled_from(v) for k, v in VALUES.items()}), min_size=2, max_size=7),
    st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=7, max_size=7),
    pairs,
    pairs,
)
@settings(max_examples=150, deadline=None)
def test_the_next_build_on_the_same_records_decides_the_same(records, known, same, different):
    size = len(records)
    told = [[pair for pair in part if max(pair) < size and pair[0] != pair[1]] for part in (same, different)]
    decisions = Decisions(*(np.array(part, dtype=np.int64).reshape(-1, 2) for part in told))
    found = leads(*records)
    first = people(found, known[:size], decisions)
    assert people(found, [str(person) for person in first], decisions) == first


@pytest.mark.parametrize("start", [[-1, -1], [0, 0], [0, 1]])
def test_of_two_answers_that_lead_to_each_other_the_one_with_more_people_stands(start):
    # Somebody says that the two are one for as long as they are two.
    def ruled(held):
        return NOBODY if held[0] == held[1] >= 0 else Decisions(same=np.array([[0, 1]]))

    found = leads({"name": "ada\x1fbyron"}, {"name": "grace\x1fhopper"})
    before = np.array(start)
    solution = solve(columned(found), strong_ids(found, STRONG), ruled(before))
    assert standing(solution, ruled, before).people.tolist() == [0, 1]

"""A `same` is said of all records of both people; a value written for somebody else does not come back."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import rules
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.sides import whole
from pipeline.identity.strays import strays, table
from pipeline.mapping import load

ZOHO = load("zoho", rules.packaged())


def numbers(*pairs):
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def people(*numbers):
    return np.array(numbers, dtype=np.int64)


def leads(**columns):
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def groups(decisions):
    return {tuple(pair) for pair in decisions.same.tolist()}


def test_records_that_were_one_person_with_a_side_come_along():
    found = whole(Decisions(same=numbers((0, 3))), people(0, 0, -1, 1, 1), leads(id=[None] * 5))
    assert groups(found) == {(0, 3), (0, 1), (0, 4)}


def test_records_with_the_same_strong_id_come_along_however_many_steps_away():
    found = whole(
        Decisions(same=numbers((0, 1))),
        people(*[-1] * 5),
        leads(id=[None, "x", "x", None, "z"], other=[None, None, "y", "y", "q"]),
    )
    assert groups(found) == {(0, 1), (0, 2), (0, 3)}


def test_what_was_decided_to_be_different_stays_out_with_all_behind_it():
    found = whole(
        Decisions(same=numbers((0, 1)), different=numbers((2, 1))),
        people(0, 0, 0, -1),
        leads(id=[None, None, "x", "x"]),
    )
    assert groups(found) == {(0, 1)}


def test_without_a_same_nothing_is_added():
    decisions = Decisions(different=numbers((0, 1)))
    assert whole(decisions, people(0, 0), leads(id=["x", "x"])) is decisions


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5),
    st.lists(st.sampled_from([0, 1, -1]), min_size=8, max_size=8),
)
@settings(max_examples=80, deadline=None)
def test_every_record_of_a_side_comes_along_and_nobody_kept_apart(same, different, known):
    asked = Decisions(same=numbers(*same), different=numbers(*different))
    found = whole(asked, people(*known), leads(id=[None] * 8))
    assert groups(asked) <= groups(found)
    added = groups(found) - groups(asked)
    decided = {record for pair in same for record in pair}
    apart = {frozenset(pair) for pair in different}
    for one, other in added:
        assert one in decided
        assert frozenset((one, other)) not in apart
    if not different:
        for record, key in enumerate(known):
            sides = [one for one in decided if known[one] == key]
            assert key < 0 or not sides or record in decided | {other for _, other in added}


def record(key, other, source, **values):
    vendor, _, kind = source.partition(":")
    names = "first_name last_name full_name title email phone company_name company_domain employees industry"
    fields = dict.fromkeys(f"{names} annual_revenue_usd city state country payload".split())
    told = {"person_key": key, "other_keys": [other], "source": source, "source_id": "1"}
    return fields | told | {"vendor": vendor if kind else None, "object": kind or None} | values


def lead(**stored):
    return record("lf_a", "lf_b", "zoho:Leads", payload=json.dumps(stored))


GRACE = record("lf_b", "lf_a", "salesnav", email="g@x.co", phone="+14155552671", city="Rome", last_name="Hopper")


def found(stored, sent, others=(GRACE,)):
    bases = {("Leads", "1"): {name: (value, value) for name, value in sent.items()}}
    return strays([lead(**stored), *others], bases, ZOHO).get(("Leads", "1"), frozenset())


def test_what_we_wrote_of_the_other_is_a_stray():
    stored = {"Email": "g@x.co", "Phone": "(415) 555-2671", "City": "Rome", "State": "Lazio"}
    sent = {"Email": "G@x.co", "Phone": "+14155552671", "City": "Rome", "State": "Lazio"}
    bases = {("Leads", "1"): {name: (value, stored[name]) for name, value in sent.items()}}
    told = strays([lead(**stored), GRACE], bases, ZOHO)
    assert told == {("Leads", "1"): frozenset({"Email", "Phone", "City"})}
    assert {tuple(row.values()) for row in table([(ZOHO, told)]).to_pylist()} == {
        ("zoho:Leads", "1", name) for name in ("email", "phone", "city")
    }


def test_what_a_person_typed_or_changed_there_is_none():
    assert found({"Email": "g@x.co"}, {}) == frozenset()
    assert found({"Email": "other@x.co"}, {"Email": "g@x.co"}) == frozenset()


def test_what_the_other_does_not_have_is_none():
    assert found({"City": "Oslo"}, {"City": "Oslo"}) == frozenset()
    assert found({"Email": "g@x.co"}, {"Email": "g@x.co"}, others=()) == frozenset()
    assert found({"Email": None}, {"Email": None}) == frozenset()


def test_a_name_brings_along_what_is_made_of_it():
    told = {("Leads", "1"): found({"Last_Name": "Hopper"}, {"Last_Name": "Hopper"})}
    assert set(table([(ZOHO, told)]).column("field").to_pylist()) == {"last_name", "full_name"}

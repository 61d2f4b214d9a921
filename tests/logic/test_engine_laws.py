from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.engine import evidence, segments
from pipeline.identity.engine.arranging import arranged
from pipeline.identity.engine.clusters import Decisions, cluster_ids
from pipeline.identity.engine.components import components
from pipeline.identity.engine.exclusions import contradicted
from pipeline.identity.engine.explain import table as bits_of
from pipeline.identity.engine.features import features, strong_ids
from pipeline.identity.engine.increment import Known, absorb
from pipeline.identity.engine.solve import solve

COLUMNS = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country", "source_id")
FEW = {
    "name": [
        "John Smith",
        "Smith, John",
        "J. Smith",
        "Jon Smith",
        "Jane Smith",
        "John Smith Jr.",
        "Nina Petrova",
        None,
    ],
    "email": ["j.smith@acme.com", "j.smith2@acme.com", "info@acme.com", "js@gmail.com", "nina@zenith.de", None],
    "phone": ["+1 415 555 1234", "415 555 1234", "+49 30 1234567", None],
    "linkedin_url": [
        "linkedin.com/in/john-smith-1a2b3c4d",
        "linkedin.com/in/johnsmith",
        "linkedin.com/in/jane-9z8y7x",
        None,
    ],
    "company": ["Acme Robotics", "Acme Robotics Inc", "Zenith", None],
    "website": ["acme.com", "zenith.de", None],
    "title": ["VP Sales", "Engineer", None],
    "city": ["Boston", "Berlin", None],
    "country": ["US", "Germany", None],
    "source_id": ["lf_1", "lf_2", None, None, None, None],
}
leads = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FEW.items()}), min_size=2, max_size=24
)


sureness = st.sampled_from([0, 4, 8, 10, 13])
"""Bits that a pair needs more than usual: the more, the more is decided between clusters."""


def read(rows, ids=None):
    columns = {name: pa.array([row[name] for row in rows], type=pa.string()) for name in COLUMNS}
    numbers = pa.array(range(len(rows)) if ids is None else ids, type=pa.int64())
    found = pa.table({"record_id": numbers, **columns})
    return features(found), strong_ids(found, ["source_id"])


def strict(rows, strong, more):
    """Return the frequency table of some records by which every pair needs `more` bits."""
    reference = solve(rows.copy(), strong, Decisions()).reference
    learned = reference.learned.copy()
    learned[-1] -= more
    return replace(reference, learned=learned)


def by_id(solution):
    return dict(zip(solution.records.rows["record_id"].tolist(), solution.cluster_ids.tolist(), strict=True))


def union_find(size, edges):
    top = list(range(size))

    def find(node):
        while top[node] != node:
            node = top[node]
        return node

    for one, two in edges:
        low, high = sorted((find(one), find(two)))
        top[high] = low
    return [find(node) for node in range(size)]


graphs = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=60)
    )
)


@given(graphs)
def test_components_equal_union_find(graph):
    size, edges = graph
    left, right = (np.array([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    assert components(size, left, right).tolist() == union_find(size, edges)


def test_a_long_chain_is_one_component():
    order = np.random.default_rng(7).permutation(100_000)
    assert not components(100_000, order[:-1], order[1:]).any()


@given(leads)
@settings(max_examples=60, deadline=None)
def test_evidence_is_symmetric(rows):
    found = solve(*read(rows), Decisions())
    left, right = np.triu_indices(len(rows), 1)
    there = bits_of(found.records, left, right)
    back = bits_of(found.records, right, left)
    assert np.array_equal(there, back)


@given(leads, st.randoms(use_true_random=False), sureness)
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_is_no_matter(rows, random, more):
    ids = list(range(len(rows)))
    expected = by_id(solve(*read(rows), Decisions()))
    reference = strict(*read(rows), more)
    strictly = by_id(solve(*read(rows), Decisions(), reference=reference))
    random.shuffle(ids)
    shuffled = read([rows[number] for number in ids], ids)
    assert by_id(solve(*shuffled, Decisions())) == expected
    assert by_id(solve(*shuffled, Decisions(), reference=reference)) == strictly
    assert by_id(solve(*arranged(*shuffled), Decisions())) == expected


def grown(known, labels, rows, strong, decisions):
    """Take in an increment, as a store of the state would."""
    growth = absorb(known, rows, strong, decisions)
    labels = np.concatenate([labels, np.zeros(len(rows), dtype=np.int64)])
    labels[growth.changed] = growth.labels
    return Known(
        rows=np.concatenate([known.rows, rows]),
        strong=np.concatenate([known.strong, strong]),
        gone=growth.gone,
        indexes=[*known.indexes, growth.index],
        links=[*known.links, growth.links],
        reference=known.reference,
        decisions=decisions,
    ), labels


def started(rows, strong, more=0):
    first = solve(rows, strong, Decisions(), reference=strict(rows, strong, more) if more else None)
    known = Known(
        rows=first.records.rows.packed(),
        strong=strong,
        gone=np.empty(0, dtype=np.int64),
        indexes=[segments.index(first.records)],
        links=[segments.links(first.candidates)],
        reference=first.reference,
        decisions=Decisions(),
    )
    return known, first.labels


@given(leads, st.lists(st.integers(1, 23), max_size=3), sureness)
@settings(max_examples=120, deadline=None)
def test_with_the_frequency_table_held_fixed_increments_equal_a_rebuild(rows, cuts, more):
    rows_read, strong = read(rows)
    places = sorted({1, *(cut for cut in cuts if cut < len(rows)), len(rows)})
    known, labels = started(rows_read[: places[0]].copy(), strong[: places[0]], more)
    for start, end in pairwise(places):
        known, labels = grown(known, labels, rows_read[start:end].copy(), strong[start:end], Decisions())
    whole = solve(rows_read.copy(), strong, Decisions(), reference=known.reference)
    assert cluster_ids(rows_read["record_id"].astype(np.int64), labels).tolist() == whole.cluster_ids.tolist()


@given(leads, sureness)
@settings(max_examples=80, deadline=None)
def test_a_newer_record_replaces_the_one_with_its_id(rows, more):
    size = len(rows)
    old, strong = read(rows)
    half = size // 2
    fresh, fresh_strong = read(list(reversed(rows))[:half], range(half))
    known, labels = started(old.copy(), strong, more)
    known, labels = grown(known, labels, fresh.copy(), fresh_strong, Decisions())
    living = np.setdiff1d(np.arange(size + half), known.gone)
    assert living.tolist() == list(range(half, size + half))
    ids = known.rows["record_id"].astype(np.int64)
    ids[known.gone] = np.iinfo(np.int64).max
    found = dict(zip(ids[living].tolist(), cluster_ids(ids, labels)[living].tolist(), strict=True))
    whole = solve(
        np.concatenate([old[half:], fresh]),
        np.concatenate([strong[half:], fresh_strong]),
        Decisions(),
        reference=known.reference,
    )
    assert found == by_id(whole)


wished = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23), st.booleans()), max_size=6)


def decided(wishes, size):
    asked = [(a, b, same) for a, b, same in wishes if a != b and max(a, b) < size]
    same, different = (
        np.array([(a, b) for a, b, wish in asked if wish is kind], dtype=np.int64).reshape(-1, 2)
        for kind in (True, False)
    )
    return same, different


@given(leads, wished, wished, sureness)
@settings(max_examples=80, deadline=None)
def test_decisions_that_come_and_go_equal_a_rebuild_with_those_that_are_left(rows, wishes, others, more):
    rows_read, strong = read(rows)
    known, labels = started(rows_read.copy(), strong, more)
    for wish in (wishes, others):
        same, different = decided(wish, len(rows))
        ruled = Decisions(same=same, different=different)
        known, labels = grown(known, labels, rows_read[:0].copy(), strong[:0], ruled)
        whole = solve(rows_read.copy(), strong, ruled, reference=known.reference)
        assert cluster_ids(rows_read["record_id"].astype(np.int64), labels).tolist() == whole.cluster_ids.tolist()


@given(leads, wished, sureness)
@settings(max_examples=80, deadline=None)
def test_nothing_that_excludes_each_other_is_ever_together(rows, wishes, more):
    rows_read, strong = read(rows)
    same, different = decided(wishes, len(rows))
    reference = strict(rows_read, strong, more) if more else None
    found = solve(rows_read.copy(), strong, Decisions(different=different), reference=reference)
    assert not len(contradicted(found.records, found.labels))
    found = solve(rows_read, strong, Decisions(same=same, different=different), reference=reference)
    assert (found.labels[different[:, 0]] != found.labels[different[:, 1]]).all()


@given(leads, st.integers(0, 23), st.integers(0, 23), sureness)
@settings(max_examples=60, deadline=None)
def test_a_merge_that_is_taken_back_restores_both_sides(rows, one, two, more):
    one, two = one % len(rows), two % len(rows)
    rows_read, strong = read(rows)
    known, before = started(rows_read.copy(), strong, more)
    if before[one] == before[two]:
        return
    pair = np.array([[one, two]], dtype=np.int64)
    nothing = (rows_read[:0].copy(), strong[:0])
    known, merged = grown(known, before, *nothing, Decisions(same=pair))
    known, parted = grown(known, merged, *nothing, Decisions(different=pair))
    ids = rows_read["record_id"].astype(np.int64)
    assert cluster_ids(ids, parted).tolist() == cluster_ids(ids, before).tolist()


def test_every_kind_of_evidence_has_its_words():
    from pipeline.identity.engine.explain import KINDS, TOGETHER, WORDS

    assert set(WORDS) == set(KINDS) == {*evidence.KINDS, TOGETHER}


def test_a_chain_through_thousands_comes_apart_instead_of_being_compared_by_the_square():
    from pipeline.identity.engine.clusters import _bounded
    from pipeline.identity.engine.joining import LARGEST
    from pipeline.identity.engine.scoring import Scored

    size = 50_000
    places = np.arange(size - 1)
    weights = np.where(places % 2 == 0, 30.0, 3.0).astype(np.float32)
    labels, links = _bounded(size, Scored(places, places + 1, weights))
    assert np.bincount(labels).max() == 2 <= LARGEST
    assert len(links.left) == size // 2

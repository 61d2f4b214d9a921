"""Two people stay two people while the evidence for one is hardly enough, also when what we wrote comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.identity.engine import clusters, evidence
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.solve import solve
from pipeline.identity.matching import STRONG, weighed
from pipeline.identity.standing import STEADY
from pipeline.sql import statement
from resources import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO = "lf_one", "lf_two"


def numbered(table: pa.Table) -> pa.Table:
    """Return leads with numbers from 0."""
    place = table.column_names.index("record_id")
    return table.set_column(place, "record_id", pa.array(range(table.num_rows), pa.int64()))


def hardly(leads: pa.Table) -> Iterator[tuple[int, int, list[int]]]:
    """Yield pairs that hardly enough evidence holds together, and the other records that are with them."""
    found = solve(columned(leads), strong_ids(leads, STRONG), Decisions())
    links = clusters.linked(found.candidates, Decisions())
    light = links.where(
        (links.score < evidence.LINK + STEADY) & (found.labels[links.left] == found.labels[links.right])
    )
    for one, two in zip(light.left.tolist(), light.right.tolist(), strict=True):
        yield one, two, [n for n in np.flatnonzero(found.labels == found.labels[one]).tolist() if n not in {one, two}]


@pytest.fixture(scope="module")
def sample() -> pa.Table:
    """The labelled sample as the engine reads it, nobody known."""
    with duckdb.connect() as opened:
        opened.register("leads", pq.read_table(labelled.FOLDER / labelled.LEADS))
        table = opened.sql(statement("engine/leads")).to_arrow_table()
    for name in STRONG:
        table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
    return numbered(table)


@pytest.fixture(scope="module")
def found(sample: pa.Table) -> tuple[pa.Table, tuple[int, int]]:
    """Leads of which two, alone with each other, are held together by hardly enough evidence."""
    for one, two, others in hardly(sample):
        kept = [number for number in range(sample.num_rows) if number not in others]
        less, pair = numbered(sample.take(kept)), (kept.index(one), kept.index(two))
        if any((left, right, rest) == (*pair, []) for left, right, rest in hardly(less)):
            return less, pair
    raise AssertionError("no such pair in the sample")


@pytest.fixture
def leads(found: tuple[pa.Table, tuple[int, int]]) -> pa.Table:
    return found[0]


@pytest.fixture
def pair(found: tuple[pa.Table, tuple[int, int]]) -> tuple[int, int]:
    return found[1]


def held(leads: pa.Table, known: dict[int, str], keys: dict[int, str] | None = None) -> set[tuple[int, int]]:
    """Return the pairs that hold records together, given whose some records were, and keys that they carry."""
    keys = keys or {}
    carried = pa.array([keys.get(number) for number in range(leads.num_rows)], pa.string())
    leads = leads.set_column(leads.column_names.index("our_key"), "our_key", carried)
    found = weighed(leads, [known.get(number) for number in range(leads.num_rows)], Decisions())
    rows = found.filter(found.column("is_link"))
    return set(zip(rows.column("left_no").to_pylist(), rows.column("right_no").to_pylist(), strict=True))


def test_new_records_are_joined_by_evidence_that_is_just_enough(leads: pa.Table, pair: tuple[int, int]) -> None:
    assert pair in held(leads, {})
    assert pair in held(leads, {pair[0]: ONE})
    assert pair in held(leads, {pair[0]: ONE, pair[1]: ONE})


def test_who_were_two_people_stay_two(leads: pa.Table, pair: tuple[int, int]) -> None:
    assert pair not in held(leads, {pair[0]: ONE, pair[1]: TWO})


def test_a_record_that_we_wrote_belongs_to_whose_key_it_carries(leads: pa.Table, pair: tuple[int, int]) -> None:
    assert pair not in held(leads, {pair[0]: ONE}, {pair[1]: TWO})


def test_who_were_two_stay_two_when_a_record_we_wrote_tells_nothing_of_what_speaks_against_it(sample: pa.Table) -> None:
    # Their titles spoke against it by two bits, and what we wrote to a vendor came back without a title.
    found = solve(columned(sample), strong_ids(sample, STRONG), Decisions())
    links = clusters.linked(found.candidates, Decisions())
    light = links.where((links.score >= evidence.LINK + 2.0) & (links.score < evidence.LINK + 2.5))
    alone = np.bincount(found.labels)[found.labels[light.left]] == 2
    light = light.where(alone & (found.labels[light.left] == found.labels[light.right]))
    pairs = list(zip(light.left.tolist(), light.right.tolist(), strict=True))
    assert pairs
    known = {
        number: key for pair in pairs for number, key in zip(pair, (f"{ONE}{pair[0]}", f"{TWO}{pair[0]}"), strict=True)
    }
    assert not held(sample, known) & set(pairs)


def test_more_than_hardly_enough_joins_who_were_two(leads: pa.Table) -> None:
    found = solve(columned(leads), strong_ids(leads, STRONG), Decisions())
    clear = found.candidates.where(found.candidates.score >= evidence.LINK + STEADY + 4)
    labels = found.labels.tolist()
    pairs = zip(clear.left.tolist(), clear.right.tolist(), strict=True)
    one, two = next((one, two) for one, two in pairs if labels[one] == labels[two])
    assert (one, two) in held(leads, {one: ONE, two: TWO})

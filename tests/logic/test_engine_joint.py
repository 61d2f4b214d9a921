"""What all records of two clusters say together, where no two of them say enough."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.identity import standing
from pipeline.identity.engine import evidence, explain, joint
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.columns import Columns
from pipeline.identity.engine.exclusions import contradicted
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.joining import LARGEST
from pipeline.identity.engine.scoring import Scored
from pipeline.identity.engine.solve import Solution, solve
from pipeline.identity.matching import STRONG, weighed
from pipeline.identity.standing import STEADY
from pipeline.sql import statement
from resources import labelled


@pytest.fixture(scope="module")
def leads() -> pa.Table:
    """The labelled sample as the engine reads it, nobody known."""
    with duckdb.connect() as opened:
        opened.register("leads", pq.read_table(labelled.FOLDER / labelled.LEADS))
        table = opened.sql(statement("engine/leads")).to_arrow_table()
    for name in STRONG:
        table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
    place = table.column_names.index("record_id")
    return table.set_column(place, "record_id", pa.array(range(table.num_rows), pa.int64()))


@pytest.fixture(scope="module")
def found(leads: pa.Table) -> Solution:
    return solved(leads)


def solved(leads: pa.Table, decisions: Decisions | None = None) -> Solution:
    return solve(columned(leads), strong_ids(leads, STRONG), decisions or Decisions())


def tie(found: Solution) -> tuple[int, int]:
    """Return two records that tie two clusters, the lightest tie."""
    place = int(np.argmin(found.ties.score))
    return int(found.ties.left[place]), int(found.ties.right[place])


def test_clusters_are_joined_of_which_no_two_records_say_enough(found: Solution) -> None:
    ties = found.ties
    assert len(ties.left)
    assert (found.alone[ties.left] != found.alone[ties.right]).all()
    assert (found.labels[ties.left] == found.labels[ties.right]).all()
    pairs = found.candidates
    between = found.labels[pairs.left] == found.labels[pairs.right]
    between &= found.alone[pairs.left] != found.alone[pairs.right]
    assert (pairs.score[between] < evidence.LINK).all()
    assert not len(contradicted(found.records, found.labels))


def test_who_are_decided_to_be_different_are_not_joined(leads: pa.Table, found: Solution) -> None:
    one, two = tie(found)
    parted = solved(leads, Decisions(different=np.array([[one, two]])))
    assert parted.labels[one] != parted.labels[two]


def test_ids_that_exclude_each_other_keep_clusters_apart(leads: pa.Table, found: Solution) -> None:
    one, two = tie(found)
    rows = columned(leads)
    for number, member in ((one, 11), (two, 12)):
        rows["slug"][rows["slug"] == rows["slug"][number]] = 0
        rows["member"][number] = member
    parted = solve(rows, strong_ids(leads, STRONG), Decisions(), reference=found.reference)
    assert parted.labels[one] != parted.labels[two]
    assert (one, two) not in set(zip(parted.ties.left.tolist(), parted.ties.right.tolist(), strict=True))


def test_a_third_cluster_is_not_joined_with_who_excludes_one_of_the_two(found: Solution) -> None:
    # 0 and 2 bear two profiles; 1 is tied to both, to 2 more heavily.
    rows = Columns({name: values.copy() for name, values in found.records.rows.fields.items()})
    for values in rows.fields.values():
        values[:3] = 0
    rows["slug"][:3] = (7, 0, 9)
    rows["stem"][:3] = (7, 0, 9)
    records = replace(found.records, rows=rows)
    tied = Scored(np.array([0, 1]), np.array([1, 2]), np.array([4.0, 5.0], dtype=np.float32))
    alone = np.arange(len(rows))
    labels = joint.joined(records, alone, tied, Decisions())
    assert labels[1] == labels[2] != labels[0]
    assert np.array_equal(labels[3:], alone[3:])


def test_nobody_has_more_records_than_the_most(found: Solution) -> None:
    size = LARGEST + 1
    chain = np.arange(size - 1)
    tied = Scored(chain, chain + 1, np.full(size - 1, 9, dtype=np.float32))
    alone = np.arange(len(found.labels))
    assert np.array_equal(joint.joined(found.records, alone, tied, Decisions()), alone)


def test_without_doubts_there_are_no_ties(found: Solution) -> None:
    sure = found.candidates.where(found.candidates.score >= evidence.LINK)
    assert not len(joint.ties(found.records, found.alone, sure).left)
    assert not len(joint.ties(found.records, found.alone, sure.where(sure.score > np.inf)).left)


def told(leads: pa.Table, known: dict[int, str]) -> dict[tuple[int, int], dict[str, float]]:
    """Return the pairs that hold records together with all that is said of them."""
    rows = weighed(leads, [known.get(number) for number in range(leads.num_rows)], Decisions())
    return {(row["left_no"], row["right_no"]): row for row in rows.to_pylist() if row["is_link"]}


def test_what_a_tie_adds_is_told_and_the_bits_sum_to_what_decided(leads: pa.Table, found: Solution) -> None:
    links = told(leads, {})
    row = links[tie(found)]
    assert row["together"] > 0
    assert row["bits"] == pytest.approx(sum(row[kind] for kind in explain.KINDS), abs=1e-3)
    assert row["bits"] >= found.reference.weights.need + evidence.LINK
    others = [row for pair, row in links.items() if row["bits"] >= 40]
    assert others
    assert not any(row["together"] for row in others)


def test_who_were_two_people_stay_two_while_a_tie_is_hardly_enough(leads: pa.Table, found: Solution) -> None:
    pair = tie(found)
    assert found.ties.score.min() < evidence.LINK + STEADY
    one, two = ([int(n) for n in np.flatnonzero(found.alone == found.alone[number])] for number in pair)
    assert pair not in told(leads, dict.fromkeys(one, "lf_one") | dict.fromkeys(two, "lf_two"))
    assert pair in told(leads, dict.fromkeys(one, "lf_one"))
    assert pair in told(leads, dict.fromkeys([*one, *two], "lf_one"))


def test_who_were_two_people_are_joined_by_a_tie_that_is_clear(
    leads: pa.Table, found: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = int(np.argmax(found.ties.score))
    pair = int(found.ties.left[place]), int(found.ties.right[place])
    clear = float(found.ties.score[place]) - evidence.LINK
    for bits, joins in ((clear, True), (clear + 0.01, False)):
        monkeypatch.setattr(standing, "STEADY", bits)
        assert (pair in told(leads, {pair[0]: "lf_one", pair[1]: "lf_two"})) == joins

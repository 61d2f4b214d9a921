"""Batches: rows go into and come out of the warehouse a part at a time, and no part stays in memory."""

from __future__ import annotations

import pyarrow as pa
import pytest

from resources.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path):
    made = Warehouse(tmp_path / "warehouse.duckdb")
    yield made
    made.release()


def cursors(first, count):
    return [{"feed": f"feed {first + number:06d}", "cursor": "x" * 200} for number in range(count)]


def test_batches_of_one_transaction_do_not_stay_in_memory_until_it_ends(warehouse):
    with warehouse.open() as session, session.transaction():
        held = []
        for first in range(0, 20_000, 2_000):
            session.insert("raw.cursors", cursors(first, 2_000))
            held.append(pa.total_allocated_bytes())
        assert session.count("raw.cursors") == 20_000
    assert max(held) - min(held) < 2_000 * 200


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_500])
def test_every_row_comes_once_in_its_order_while_other_questions_are_asked(warehouse, count):
    with warehouse.open() as session:
        session.insert("raw.cursors", cursors(0, count))
        seen = []
        for part in session.batches("SELECT feed FROM raw.cursors ORDER BY feed", size=1_000):
            assert 0 < len(part) <= 1_000
            assert session.count("raw.cursors") == count
            seen += [row["feed"] for row in part]
    assert seen == [f"feed {number:06d}" for number in range(count)]

"""`kill -9` at every k-th point of a run: the next run ends where an undisturbed one would have.

`python -m tests.faults.chaos` takes all points.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import BY_JOBS
from tests.faults.kills import kill, sample

if TYPE_CHECKING:
    from tests.faults.conftest import Town

EVERY = 160
OFFSET = 17
"""Moved on from time to time, so that in the end every point had its turn here as well."""
KINDS = {"request", "response", "ledger", "warehouse", "file"}


@pytest.mark.parametrize("day", [1, 2, BY_JOBS])
def test_a_run_after_a_kill_at_any_point_ends_as_if_nothing_had_happened(town: Town, day: int) -> None:
    traced = town.history(day).points
    points = sample(traced, every=EVERY, offset=OFFSET + day)

    with ThreadPoolExecutor(2) as workers:
        killed = list(workers.map(lambda point: kill(town, day, point), points))

    assert {kind for kind, _, _ in traced} == KINDS
    assert [found.point for found in killed if found.is_met] == points
    assert [(found.point, found.wrong) for found in killed if found.wrong] == []
    print(f"day {day}: {len(traced)} points traced, {len(killed)} killed")  # noqa: T201 - `pytest -s` shows the figures


def test_points_of_bulk_jobs_are_among_those_that_are_killed(town: Town) -> None:
    labels = {label for kind, label, _ in town.history(BY_JOBS).points if kind == "request"}
    assert any(label.endswith("/upload") for label in labels)
    assert any(label.endswith("POST /crm/bulk/v8/write") for label in labels)
    assert any("GET /crm/bulk/v8/write/" in label for label in labels)

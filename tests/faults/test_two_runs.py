"""Two runs at once on one workspace: both end, and nothing is doubled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.conftest import Town


@pytest.mark.parametrize("day", [1, 2])
def test_two_runs_at_once_both_end_and_double_nothing(town: Town, day: int) -> None:
    place = town.at_day(day)
    both = [place.process(), place.process()]
    told = [process.communicate(timeout=240) for process in both]

    assert all(said for said, _ in told), told
    ends = [json.loads(said.splitlines()[-1]) for said, _ in told]
    assert {end["status"] for end in ends} <= {"done", "stopped", "failed"}, ends
    if any(end["status"] != "done" for end in ends):
        last = place.run()
        assert (last.exit_code, last.messages) == (0, [])
    town.as_undisturbed(place, day=day)

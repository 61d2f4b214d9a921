"""Bulk jobs that go wrong in any way: the runs after that end as if nothing had happened, or say who is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from resources.sandbox.zoho.bulkmishaps import Mishaps
from tests.faults.conftest import BY_JOBS, variants

if TYPE_CHECKING:
    from tests.faults.conftest import Place, Town

QUICK = {"LEADFLOW_TIME_SCALE": "4000"}
"""So that the in-flight horizon of a job, two hours, is over before a run comes to write."""

SLOW = {"LEADFLOW_TIME_SCALE": "60"}
"""So that the horizon of a job, then two minutes, is not over before two runs have ended."""

WAITING = re.compile(
    r"zoho: bulk job \d+ failed: (\d+) inserts into Leads are asked about after \d\d:\d\d UTC; "
    r"the next run goes on with it"
)

LOST = {
    "upload": ("POST", ".*/upload$"),
    "creation": ("POST", r"/crm/bulk/v\d/write$"),
    "poll": ("GET", r"/crm/bulk/v\d/write/\w+$"),
}


def mishaps(place: Place) -> Any:
    return place.running.sandbox.vendors["zoho"].bulk.mishaps


def mended(town: Town, place: Place, **settings: str) -> list[str]:
    """Run twice more and return what is still wrong."""
    place.run(**settings)
    last = place.run(**settings)
    assert (last.exit_code, last.messages) == (0, [])
    # Zoho lets workflows run on what a job writes, and not on our ordinary calls: who came by which, mishaps decide.
    wrong = town.wrong(place, day=BY_JOBS, is_ledger_alike=False)
    return [told for told in wrong if not told.startswith("/zoho/automations")]


@pytest.mark.parametrize("step", variants(["creation"], ["upload", "poll"]))
def test_a_lost_answer_of_each_step_of_a_job_changes_nothing_in_the_end(town: Town, step: str) -> None:
    place = town.at_day(BY_JOBS)
    method, path = LOST[step]
    place.spoil({"vendor": "zoho", "method": method, "path": path, "action": "drop_after", "times": 1})

    place.run(**QUICK)

    assert [line for line in place.requests() if line["outcome"] == "executed, answer lost"]
    assert mended(town, place, **QUICK) == []


@pytest.mark.parametrize(
    "mishap",
    variants(
        [{"untold_every": 3}, {"failed_jobs": 1, "failed_rows": 5}],
        [{"lost_every": 3}, {"failed_jobs": 1}, {"stops_after": 4}],
    ),
    ids=str,
)
def test_rows_that_a_job_loses_or_does_not_tell_of_arrive_all_the_same(town: Town, mishap: dict[str, int]) -> None:
    place = town.at_day(BY_JOBS)
    for name, number in mishap.items():
        setattr(mishaps(place), name, number)

    place.run(**QUICK)
    for name in mishap:
        setattr(mishaps(place), name, getattr(Mishaps(), name))

    assert mended(town, place, **QUICK) == []


def test_rows_that_a_job_skipped_are_refused_and_nobody_else_is_missing(town: Town) -> None:
    place = town.at_day(BY_JOBS)
    mishaps(place).skipped_every = 4

    report = place.run()

    refused = [told for told, states in place.facts().intents.items() if "rejected" in states and " insert " in told]
    assert report.signal is None
    assert refused
    assert report.exit_code == 1
    assert any(told.startswith(f"zoho refused {len(refused)} write") for told in report.messages), report.messages
    assert place.in_doubt() == {}
    assert town.only_less(place, day=BY_JOBS, fewer=len(refused)) == []


def test_no_run_is_green_while_rows_of_a_failed_job_have_no_outcome(town: Town) -> None:
    place = town.at_day(BY_JOBS)
    mishaps(place).failed_jobs, mishaps(place).failed_rows = 1, 5

    saw_it = place.run(**SLOW)
    came_later = place.run(**SLOW)

    doubted = len(place.in_doubt()["zoho"])
    assert doubted > 0
    for report in (saw_it, came_later):
        (message,) = report.messages
        told = WAITING.fullmatch(message)
        assert report.exit_code == 1
        assert told is not None, message
        assert int(told[1]) == doubted
    assert mended(town, place, **QUICK) == []


def test_a_stuck_job_is_gone_on_with_when_it_moves_again(town: Town) -> None:
    place = town.at_day(BY_JOBS)
    mishaps(place).stuck_jobs = 1

    first = place.run()
    place.running.sandbox.vendors["zoho"].bulk.release()

    assert first.exit_code == 1
    assert any("bulk job" in told for told in first.messages), first.messages
    assert mended(town, place) == []


def test_a_job_that_is_created_after_we_were_told_that_the_gateway_gave_up_doubles_nobody(town: Town) -> None:
    place = town.at_day(BY_JOBS)
    place.running.sandbox.vendors["zoho"].late.expect("POST /crm/bulk/v8/write", seconds=0.5)

    place.run(**QUICK)

    assert mended(town, place, **QUICK) == []

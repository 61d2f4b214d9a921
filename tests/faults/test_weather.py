"""Bad weather during a whole run: a tenth of all answers spoiled, storms of 429, tokens revoked, late execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resources.sandbox.faults import Faults
from tests.faults.conftest import BY_JOBS, Ambush, variants

if TYPE_CHECKING:
    from tests.faults.conftest import Place, Town

UPSERT = "POST /crm/v2/Leads/upsert"
TENTH: list[dict[str, Any]] = [
    {"kind": kind, "rate": 0.02, "action": action}
    for kind in ("read", "write")
    for action in ("status:503", "drop_before", "drop_after", "truncate", "html")
]
"""A tenth of reads and writes. Not of purchases: what a lost answer of those leaves is a test of its own."""


def until_done(place: Place, *, most: int = 4) -> int:
    """Run until a run is done; return how many it took."""
    for number in range(1, most + 1):
        if place.run().exit_code == 0:
            return number
        place.spoil()
    raise AssertionError(f"not done after {most} runs")


@pytest.mark.parametrize("day", variants([2], [BY_JOBS]))
def test_a_tenth_of_all_answers_spoiled_changes_nothing_in_the_end(town: Town, day: int) -> None:
    place = town.at_day(day)
    place.spoil(*TENTH)

    until_done(place)

    assert [line for line in place.requests() if line["outcome"] != "answered"]
    assert town.wrong(place, day=day, is_ledger_alike=False) == []


def test_a_storm_of_429_is_waited_out(town: Town) -> None:
    place = town.at_day(2)
    place.spoil(
        {"vendor": "zoho", "rate": 0.3, "action": "status:429"}, {"vendor": "ghl", "rate": 0.3, "action": "status:429"}
    )

    until_done(place)

    assert len([line for line in place.requests() if line["status"] == 429]) > 10
    assert town.wrong(place, day=2, is_ledger_alike=False) == []


@pytest.mark.parametrize("share", variants([0.6], [0.2, 0.9]))
def test_a_token_revoked_in_mid_run_is_renewed(town: Town, share: float) -> None:
    place = town.at_day(2)
    expire = place.running.sandbox.vendors["zoho"].accounts.expire
    place.running.sandbox.faults = Ambush(town.moment(2, share), expire)

    report = place.run()

    place.running.sandbox.faults = Faults()
    assert (report.exit_code, report.messages) == (0, [])
    assert town.wrong(place, day=2) == []


@pytest.mark.parametrize("call", variants([UPSERT], ["POST /crm/v2/Leads/actions/add_tags"]))
def test_a_call_that_is_executed_after_we_asked_about_it_doubles_nothing(town: Town, call: str) -> None:
    place = town.at_day(1)
    place.running.sandbox.vendors["zoho"].late.expect(call, seconds=0.3)

    until_done(place)

    assert town.wrong(place, day=1, is_ledger_alike=False) == []

"""Credits that run out in mid-day: incomplete with the time at which it continues, and no storm of refusals."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from resources.sandbox.faults import Faults
from resources.sandbox.zoho.meter import Meter
from resources.usage import BUCKETS, Usage
from tests.faults.conftest import TIME_SCALE, Ambush, variants

if TYPE_CHECKING:
    from tests.faults.conftest import Place, Town

DAY = 86_400.0
PROMISED = 3
"""Calls that may already be under way when the first refusal comes."""


def is_listing(vendor: str, path: str) -> bool:
    """Return whether a request reads records for the mirror: after the account was verified."""
    return vendor == "zoho" and re.search(r"/(Leads|Contacts|Accounts|Deals|coql|read)(/|$)", path) is not None


def set_credits(place: Place, left: int) -> None:
    """Let the organisation have so many credits, with nothing used."""
    zoho = place.running.sandbox.vendors["zoho"]
    switches = replace(zoho.switches, credits=left)
    zoho.meter = Meter(switches=switches, time_scale=TIME_SCALE, moment=zoho.organisation.moment)


def a_day_passes(place: Place) -> None:
    """Give Zoho's credits back, and forget what we counted ourselves."""
    set_credits(place, 60_000)
    for file in (place.folder / "data" / "state").glob("limits.db*"):
        file.unlink()


def refused(place: Place, since: int) -> list[dict[str, object]]:
    return [line for line in place.requests(since=since) if line["vendor"] == "zoho" and line["status"] == 429]


@pytest.mark.parametrize(("day", "third"), variants([(2, 1), (2, 2), (2, 3)], [(1, 2)]))
def test_credits_that_run_out_leave_the_run_incomplete_and_the_next_one_completes_it(
    town: Town, day: int, third: int
) -> None:
    place = town.at_day(day)
    before = len(place.requests())
    share = {1: 0.1, 2: 1 / 3, 3: 2 / 3}[third]
    place.running.sandbox.faults = Ambush(town.moment(day, share), lambda: set_credits(place, 0))

    report = place.run()

    place.running.sandbox.faults = Faults()
    if report.exit_code == 0:
        # Whatever came after that moment did not need Zoho.
        assert refused(place, before) == []
    else:
        assert (report.exit_code, report.status) == (75, "incomplete")
        assert report.resumes_at is not None
        assert any("continues at" in message for message in report.messages)
        assert 1 <= len(refused(place, before)) <= PROMISED

    a_day_passes(place)
    again = place.run()
    assert (again.exit_code, again.messages) == (0, [])
    town.as_undisturbed(place, day=day)


def test_a_vendor_whose_credits_end_while_it_is_written_to_does_not_stop_the_other(town: Town) -> None:
    place = town.at_day(1)
    place.running.sandbox.faults = Ambush(
        1, lambda: set_credits(place, 0), fits=lambda vendor, path: vendor == "zoho" and path.endswith("/upsert")
    )

    report = place.run()

    assert report.exit_code == 75
    assert "outreach/ghl__writes" in report.assets
    assert "crm/zoho__readback" not in report.assets
    assert [line for line in place.requests("write") if line["vendor"] == "ghl"]
    assert 1 <= len(refused(place, 0)) <= PROMISED


def test_a_vendor_that_could_not_be_read_leaves_only_opt_outs_to_be_sent_anywhere(town: Town) -> None:
    place = town.at_day(2)
    begun = len(place.requests())
    place.running.sandbox.faults = Ambush(1, lambda: set_credits(place, 0), fits=is_listing)

    report = place.run()

    sent = place.requests("write", since=begun)
    assert report.exit_code == 75
    assert "outreach/ghl__plan" in report.assets
    assert [line for line in sent if line["vendor"] == "zoho" and line["status"] != 429] == []
    others = [line for line in sent if line["vendor"] == "ghl" and line["kind"] == "write"]
    assert all("dndSettings" in str(line["body"]) or line["method"] == "DELETE" for line in others)


def test_opt_outs_pass_within_the_reserve_when_everything_else_has_to_wait(town: Town) -> None:
    place = town.at_day(2)
    begun = len(place.requests())

    def use_up_the_everyday_share() -> None:
        limits = place.folder / "data" / "state" / "limits.db"
        with closing(Usage(limits, scope_in(place))) as usage, usage.exclusive():
            width = DAY / TIME_SCALE / BUCKETS
            usage.spend("credits", int(datetime.now(UTC).timestamp() / width), 0.92 * 51_000)

    place.running.sandbox.faults = Ambush(1, use_up_the_everyday_share, fits=is_listing)

    report = place.run()

    written = [line for line in place.requests("write", since=begun) if line["vendor"] == "zoho"]
    assert report.exit_code == 75
    assert written
    assert all("Email_Opt_Out" in str(line["body"]) or "remove_tags" in str(line["path"]) for line in written)
    assert refused(place, begun) == [], "nothing was asked that would have been refused"

    place.running.sandbox.faults = Faults()
    a_day_passes(place)
    assert place.run().exit_code == 0
    town.as_undisturbed(place, day=2)


def scope_in(place: Place) -> str:
    """Return the scope under which the calls to Zoho are counted."""
    import sqlite3

    with closing(sqlite3.connect(place.folder / "data" / "state" / "limits.db")) as file:
        return str(
            file.execute("SELECT scope FROM usage WHERE scope LIKE 'zoho %' ORDER BY bucket DESC").fetchall()[0][0]
        )


def test_a_run_started_again_too_early_asks_nothing_and_tells_the_same_moment(town: Town) -> None:
    place = town.at_day(2)
    place.running.sandbox.faults = Ambush(1, lambda: set_credits(place, 0), fits=is_listing)
    first = place.run()
    place.running.sandbox.faults = Faults()
    limits = place.folder / "data" / "state" / "limits.db"
    with closing(Usage(limits, scope_in(place))) as usage, usage.exclusive():
        usage.hold(datetime.now(UTC).timestamp() + 900)
    before = len(place.requests())

    second = place.run()

    assert (first.exit_code, second.exit_code) == (75, 75)
    asked = [line for line in place.requests(since=before) if line["vendor"] == "zoho" and line["kind"] != "auth"]
    assert [(line["method"], line["path"], line["status"]) for line in asked] == []


def test_opt_outs_reach_the_other_vendor_when_zoho_has_to_be_left_alone_from_the_start(town: Town) -> None:
    place = town.at_day(2)
    set_credits(place, 0)
    begun = len(place.requests())

    report = place.run()

    sent = [line for line in place.requests("write", since=begun) if line["status"] < 300]
    assert (report.exit_code, report.status) == (75, "incomplete")
    assert report.resumes_at is not None
    assert len(refused(place, begun)) == 1, "Zoho is asked once, and then left alone"
    assert {line["vendor"] for line in sent} == {"ghl"}
    assert any("lf-" in str(line["body"]) for line in sent), "tags of people who said no are taken away"
    assert all("dndSettings" in str(line["body"]) or line["method"] == "DELETE" for line in sent)

    a_day_passes(place)
    assert place.run().exit_code == 0
    town.as_undisturbed(place, day=2)

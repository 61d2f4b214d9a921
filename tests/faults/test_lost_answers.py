"""Answers lost after the vendor executed the write: asked about, never sent again blindly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.conftest import variants

if TYPE_CHECKING:
    from tests.faults.conftest import Place, Town

WRITES: dict[int, dict[str, tuple[str, str, str]]] = {
    1: {
        "zoho upsert": ("zoho", "POST", r"/crm/v\d/Leads/upsert"),
        "zoho update": ("zoho", "PUT", r"/crm/v\d/Contacts"),
        "zoho add tags": ("zoho", "POST", r"/crm/v\d/\w+/actions/add_tags"),
        "ghl upsert": ("ghl", "POST", "/contacts/upsert"),
        "ghl add tags": ("ghl", "POST", r"/contacts/\w+/tags"),
    },
    2: {
        "zoho update": ("zoho", "PUT", r"/crm/v\d/Leads"),
        "zoho add tags": ("zoho", "POST", r"/crm/v\d/\w+/actions/add_tags"),
        "zoho remove tags": ("zoho", "POST", r"/crm/v\d/\w+/actions/remove_tags"),
        "zoho convert": ("zoho", "POST", r"/crm/v\d/Leads/\w+/actions/convert"),
        "zoho add note": ("zoho", "POST", r"/crm/v\d/Notes"),
        "zoho add task": ("zoho", "POST", r"/crm/v\d/Tasks"),
        "ghl update": ("ghl", "PUT", r"/contacts/\w+"),
        "ghl remove tags": ("ghl", "DELETE", r"/contacts/\w+/tags"),
    },
}


PURCHASE = "apollo POST /people/bulk_match"


def lost(day: int) -> list[dict[str, Any]]:
    """Return the rules under which the first call of each write endpoint of a day loses its answer."""
    return [
        {"vendor": vendor, "method": method, "path": f"{path}$", "action": "drop_after", "times": 1}
        for vendor, method, path in WRITES[day].values()
    ]


@pytest.mark.parametrize("day", [1, 2])
def test_a_lost_answer_of_each_write_endpoint_changes_nothing_in_the_end(town: Town, day: int) -> None:
    place = town.at_day(day)
    place.spoil(*lost(day))

    first = place.run()
    place.spoil()
    second = place.run()

    dropped = [line for line in place.requests() if line["outcome"] == "executed, answer lost"]
    assert len(dropped) == len(WRITES[day])
    assert first.exit_code in {0, 1}
    assert (second.exit_code, second.messages) == (0, [])
    town.as_undisturbed(place, day=day)


@pytest.mark.parametrize(("day", "action"), variants([(2, "drop_after")], [(1, "truncate")]))
def test_a_run_whose_every_write_loses_its_answer_still_ends_right(town: Town, day: int, action: str) -> None:
    place = town.at_day(day)
    place.spoil({"kind": "write", "action": action})

    place.run()
    place.spoil()
    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    town.as_undisturbed(place, day=day)


def test_people_whose_charge_moved_without_an_answer_are_not_bought_again_and_status_says_so(town: Town) -> None:
    place = town.at_day(1)
    place.spoil({"vendor": "apollo", "path": "/people/bulk_match", "nth": 2, "action": "drop_after"})

    first = place.run()
    place.spoil()
    second = place.run()

    assert first.exit_code == 1
    assert "apollo may have executed POST /people/bulk_match" in first.messages[0]
    assert (second.exit_code, second.messages) == (0, [])
    doubted = place.in_doubt()
    assert list(doubted) == ["apollo"]
    assert len(place.bought()) == len(set(place.bought()))
    assert set(doubted["apollo"]) == lost_call(place)
    assert status(place)["apollo_in_doubt"] == len(doubted["apollo"])
    assert town.only_less(place, day=1, fewer=len(doubted["apollo"])) == []


def test_people_of_a_call_that_was_not_charged_are_bought_by_the_next_run(town: Town) -> None:
    place = town.at_day(1)
    place.killed_at(("request", PURCHASE, 1))

    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    town.as_undisturbed(place, day=1)


def test_a_kill_inside_a_call_that_was_charged_leaves_its_people_in_doubt(town: Town) -> None:
    place = town.at_day(1)
    place.killed_at(("response", PURCHASE, 1))

    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    doubted = place.in_doubt()
    assert list(doubted) == ["apollo"]
    assert len(place.bought()) == len(set(place.bought()))
    assert set(doubted["apollo"]) == lost_call(place)
    assert town.only_less(place, day=1, fewer=10) == []


def lost_call(place: Place) -> set[str]:
    """Return the Apollo ids of the paid call whose answer did not arrive: the spoiled one, or that of the kill."""
    calls = place.requests("spend")
    lost = next((line for line in calls if line["outcome"] == "executed, answer lost"), calls[0])
    return {item["id"] for item in lost["body"]["details"]}


def status(place: Place) -> dict[str, Any]:
    """Return what `leadflow status --json` says."""
    said, _ = place.process("status", "--json").communicate(timeout=60)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found

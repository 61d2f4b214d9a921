"""Runs while writing to a vendor is paused: opt-outs pass, everybody else waits, and the run after that sends all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from assets.planview import saved
from tests.runs.conftest import houses
from tests.runs.test_watermarks import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assets.runs import RunReport
    from tests.runs.conftest import House

REASON = "new sender domain"
PLANNED = "SELECT DISTINCT lane, action FROM outreach.ghl__plan"
IN_BOTH = """
SELECT p.person_key, p.zoho_module, p.zoho_id
FROM identity.people AS p
INNER JOIN outreach.ghl__writes AS w ON w.person_key = p.person_key AND w.operation = 'insert' AND w.state = 'confirmed'
WHERE p.zoho_id IS NOT NULL
ORDER BY p.person_key
LIMIT 1
"""
OPTOUTS = "SELECT state FROM outreach.ghl__writes WHERE person_key = ? AND operation = 'set_optout'"
Actions = set[tuple[str, str]]


@dataclass(frozen=True)
class Tale:
    """A paused first run, one after it was resumed, and a paused one after somebody opted out in the CRM."""

    paused: RunReport
    left_out: int
    first: Actions
    writes: list[dict[str, Any]]
    resumed: RunReport
    second: Actions
    third: Actions
    optouts: list[str]


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    with houses(tmp_path_factory.mktemp("pause")) as build:
        house = build(people=40, samples=False)
        with house.workspace() as workspace:
            workspace.ledger.pause("ghl", REASON)
        line = house.last_request()
        paused, first = house.run(), actions(house)
        writes = [told for told in house.requests("write", since=line) if told["vendor"] == "ghl"]
        with house.workspace() as workspace:
            left_out = saved(workspace.ledger.latest_plan("ghl")).left_out
            workspace.ledger.resume("ghl")
        resumed, second = house.run(), actions(house)
        with house.workspace() as workspace:
            workspace.ledger.pause("ghl", REASON)
        (known,) = house.rows(IN_BOTH)
        Desk(house).edit(known["zoho_module"], known["zoho_id"], Email_Opt_Out=True)
        assert house.run().exit_code == 4
        yield Tale(
            paused=paused,
            left_out=left_out,
            first=first,
            writes=writes,
            resumed=resumed,
            second=second,
            third=actions(house),
            optouts=[row["state"] for row in house.rows(OPTOUTS, known["person_key"])],
        )


def actions(house: House) -> Actions:
    """Return (lane, action) of the plan that stands."""
    return {(row["lane"], row["action"]) for row in house.rows(PLANNED)}


def sendable(found: Actions) -> set[str]:
    """Return the actions of the normal lane that would be sent."""
    return {action for lane, action in found if lane == "normal"} - {"hold", "skip"}


def test_nobody_but_those_who_are_held_back_is_compared_while_writing_is_paused(tale: Tale) -> None:
    assert tale.left_out > 0
    assert sendable(tale.first) == sendable(tale.third) == set()
    assert tale.writes == []


def test_an_opt_out_passes_a_pause(tale: Tale) -> None:
    assert ("optout", "set_optout") in tale.third
    assert tale.optouts == ["confirmed"]


def test_the_run_says_that_and_how_many_wait(tale: Tale) -> None:
    assert tale.paused.exit_code == 4
    (told,) = [message for message in tale.paused.messages if "paused" in message]
    assert told.startswith(f"writing to ghl is paused: {REASON}; {tale.left_out:,} people")


def test_the_first_run_after_a_pause_plans_and_sends_everything(tale: Tale) -> None:
    assert tale.resumed.exit_code == 0
    assert "insert" in sendable(tale.second)

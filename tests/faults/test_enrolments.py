"""Enrolments in whole runs: an answer lost, a process killed, two runs at once, a no on the way. At most once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resources.sandbox.faults import Faults
from tests.faults.conftest import Ambush, variants
from tests.faults.test_at_once import ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from tests.faults.conftest import Place, Town

RULES = """
starts:
  - {segment: priority, workflow: Outbound sequence}
  - {segment: core, workflow: outbound sequence}
"""
CALL = "ghl POST /contacts/*/workflow/*"
IS_ENROLMENT = {"vendor": "ghl", "method": "POST", "path": r"/contacts/\w+/workflow/[\w-]+$"}


def enrolling(place: Place) -> Place:
    """Let the rules of a place start a workflow."""
    folder = place.folder / "rules"
    folder.mkdir()
    (folder / "enrolments.yaml").write_text(RULES, encoding="utf-8")
    place.settings = {**place.settings, "LEADFLOW_RULES": str(folder)}
    return place


@pytest.fixture
def place(town: Town) -> Iterator[Place]:
    """A place on its first day, whose rules start a workflow."""
    block: AbstractContextManager[Place] = town.place(1)
    with block as found:
        yield enrolling(found)


def times(place: Place) -> dict[str, int]:
    """Return contact → how often it entered the workflow, as the sandbox saw it."""
    contacts: dict[str, Any] = place.state()["ghl"]["contacts"]
    return {key: sum(count for _, count in one["enrolments"]) for key, one in contacts.items() if "enrolments" in one}


def asked(place: Place) -> list[str]:
    """Return the path of every enrolment call that reached the sandbox."""
    return [
        line["path"] for line in place.requests("write") if "/workflow/" in line["path"] and line["method"] == "POST"
    ]


def told(place: Place) -> Sequence[str]:
    """Return the lines of `leadflow status` about enrolments."""
    process = place.process("status")
    said, _ = process.communicate(timeout=120)
    return [line for line in said.splitlines() if "enrolment" in line]


def test_everybody_of_the_segments_enters_once_and_the_second_run_calls_nobody(place: Place) -> None:
    first = place.run()
    entered, calls = times(place), asked(place)
    second = place.run()

    assert [(run.exit_code, run.messages) for run in (first, second)] == [(0, []), (0, [])]
    assert entered
    assert set(entered.values()) == {1}
    assert len(calls) == len(entered)
    assert asked(place) == calls
    assert told(place) == []


@pytest.mark.parametrize("action", variants(["drop_after"], ["drop_before", "truncate", "status:503"]))
def test_an_answer_that_is_lost_is_never_asked_for_again_and_status_says_where_to_look(
    place: Place, action: str
) -> None:
    place.spoil({**IS_ENROLMENT, "nth": 1, "action": action})
    first = place.run()
    place.spoil()
    second = place.run()

    assert (first.exit_code, second.exit_code, second.messages) == (0, 0, [])
    assert first.messages == ["enrolments whose answer was lost: 1, not repeated; `leadflow status` says where to look"]
    assert len(asked(place)) == len(set(asked(place)))
    assert set(times(place).values()) == {1}
    (line,) = told(place)
    contact = asked(place)[0].split("/")[-3]
    assert line == f"GoHighLevel: enrolment in 'Outbound sequence' unknown, not repeated; look in GHL at {contact}"


@pytest.mark.parametrize("kind", ["request", "response"])
def test_whoever_is_under_way_when_the_process_is_killed_is_unknown_and_the_others_enter_once(
    place: Place, kind: str
) -> None:
    place.killed_at((kind, CALL, 2))
    second = place.run()
    third = place.run()

    assert (second.exit_code, third.exit_code) == (0, 0), second.messages
    assert set(times(place).values()) == {1}
    assert len(asked(place)) == len(set(asked(place)))
    assert 1 <= len(told(place)) <= 4


def test_two_runs_at_once_enrol_nobody_twice(place: Place) -> None:
    both = ends(place.process(), place.process())
    assert {end["status"] for end in both} <= {"done", "stopped", "failed"}, both
    last = place.run()

    assert (last.exit_code, last.messages) == (0, [])
    assert times(place)
    assert set(times(place).values()) == {1}


def test_whoever_says_no_between_plan_and_send_is_not_enrolled(place: Place) -> None:
    waiting = place.run(LEADFLOW_APPLY="review")
    assert waiting.exit_code == 4
    account = place.running.sandbox.vendors["ghl"].account

    def refuse() -> None:
        for contact in account.contacts:
            account.contacts.rows[contact["id"]]["dndSettings"] = {"Email": {"status": "active"}}

    place.running.sandbox.faults = Ambush(
        1, refuse, fits=lambda vendor, path: vendor == "ghl" and "/workflow/" in path, is_executed=False
    )
    done = place.run()
    place.running.sandbox.faults = Faults()

    assert done.exit_code in {0, 1}
    assert len(times(place)) <= 4
    assert len(asked(place)) <= 4


def test_a_workflow_that_is_not_there_is_named_with_those_that_are(place: Place) -> None:
    folder = place.folder / "rules"
    (folder / "enrolments.yaml").write_text("starts: [{segment: core, workflow: Nurture}]", encoding="utf-8")
    ended = place.run()

    assert ended.exit_code == 1
    (problem,) = [message for message in ended.messages if "'Nurture'" in message]
    assert "workflow 'Nurture' of segment 'core' is not in GoHighLevel" in problem
    assert problem.endswith("published there: 'Outbound sequence', 'Reply follow-up'")
    assert times(place) == {}


def test_whoever_says_no_in_the_crm_afterwards_leaves_the_workflow_and_stays_out(place: Place) -> None:
    place.run()
    key = min(key for key in times(place) if key.startswith("lf_"))
    organisation = place.running.sandbox.vendors["zoho"].organisation  # type: ignore[attr-defined]
    (record,) = [
        record
        for module in ("Leads", "Contacts")
        for record in organisation.table(module).ordered()
        if record.values.get("Leadflow_ID") == key
    ]
    module = "Leads" if organisation.table("Leads").living(record.id) else "Contacts"
    organisation.table(module).change(record, {"Email_Opt_Out": True}, at=organisation.moment(), by=record.owner)
    entered = len(times(place))

    second, third = place.run(), place.run()

    assert [(run.exit_code, run.messages) for run in (second, third)] == [(0, []), (0, [])]
    contact = place.state()["ghl"]["contacts"][key]
    assert contact["dndSettings"]["Email"]["status"] == "active"
    assert "enrolments" not in contact
    assert len(times(place)) == entered - 1
    left = [line for line in place.requests("write") if "/workflow/" in line["path"] and line["method"] == "DELETE"]
    assert len(left) == 1


def test_taking_back_a_run_takes_everybody_out_again_when_a_person_approves_it(place: Place) -> None:
    place.run()
    assert times(place)
    told, _ = place.process("undo", "last", "--output", "json").communicate(timeout=120)
    plan = json.loads(told.splitlines()[-1])["plans"]["ghl"]
    ends(place.process("apply", plan, "--approved-by", "Ada", "--json"))

    assert times(place) == {}
    again = place.run()
    assert (again.exit_code, again.messages) == (0, [])
    assert times(place) == {}

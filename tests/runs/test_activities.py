"""Tasks and notes through the ledger: one per event, whatever answers are lost and processes die."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.mapping import load
from pipeline.models import Outcome, Sighting
from pipeline.planning.activities import Event, Feedback, activity_rows
from pipeline.planning.desired import Desired
from pipeline.rules import packaged
from tests.runs.test_applier import House, Vendor, row

ZOHO = load("zoho", packaged())


class Desk(Vendor):
    """A vendor on which a task created twice is two tasks, found again by its reference only."""

    def execute(self, intent):
        if intent.operation not in {"add_task", "add_note"}:
            return super().execute(intent)
        record = self.records.get(intent.record_id)
        if record is None or record["object"] != intent.object:
            return Outcome(status="rejected", code="INVALID_DATA", message="the related id given seems to be invalid")
        made = {"at": intent.record_id, "kind": intent.operation, **intent.payload["fields"]}
        self.state.setdefault("made", []).append(made)
        return Outcome(status="confirmed", record_id=f"m{len(self.state['made'])}")

    @property
    def made(self):
        return self.state.get("made", [])

    def sight(self, intent):
        if intent.operation not in {"add_task", "add_note"}:
            return super().sight(intent)
        for number, made in enumerate(self.made, start=1):
            known = intent.payload.get("id")
            is_it = known == f"m{number}" if known else intent.payload["reference"] in str(made)
            if is_it and made["kind"] == intent.operation:
                return Sighting(found=True, record_id=f"m{number}", values=made)
        return Sighting(found=False)

    def look_up(self, intents):
        return [self.sight(intent) for intent in intents]

    read_back = look_up


def event(number=1, **changes):
    told = {"kind": "reply", "channel": "email", "occurred_at": datetime(2026, 11, 21, tzinfo=UTC), "grade": "A"}
    return Event(**{**told, "engagement_id": f"{number:016x}", "person_key": "k9", **changes})


def planned(house, *events, rules=None, home=None):
    home = home or Desired(person_key="k9", object="Leads", record_id="9")
    theirs = {(one["object"], name): one["values"] for name, one in house.vendor.records.items()}
    return activity_rows(
        events or [event()],
        rules or Feedback(),
        ZOHO,
        desired=[home],
        theirs=theirs,
        created=("k9",) if home.record_id is None else (),
        begun=house.ledger.begun_activities("zoho"),
    )


def build(folder, *, path=None, **changes):
    folder.mkdir(exist_ok=True)
    house = House(folder, vendor=Desk(path), **changes)
    house.vendor.records.setdefault("9", {"object": "Leads", "values": {"Last_Name": "Berg"}})
    return house


@pytest.fixture
def house(tmp_path):
    built = build(tmp_path / "house")
    yield built
    built.ledger.close()


def day(house, *events, **changes):
    """One run: settle, plan, apply, read back."""
    house.applier.settle()
    applied = house.apply(planned(house, *events, **changes))
    house.applier.read_back()
    return applied


def kinds(house):
    return sorted(made["kind"] for made in house.vendor.made)


def test_a_reply_makes_one_task_and_one_note_and_the_next_run_is_silent(house):
    assert day(house).confirmed == 2
    calls = len(house.vendor.calls)
    assert planned(house) == []
    assert day(house).planned == 0
    assert len(house.vendor.calls) == calls
    assert kinds(house) == ["add_note", "add_task"]
    told = house.ledger.activities("zoho")
    assert {(one["kind"], one["state"], one["landed"], one["record_id"]) for one in told} == {
        ("note", "confirmed", "stored", "9"),
        ("task", "confirmed", "stored", "9"),
    }
    assert {one["activity_id"] for one in told} == {"m1", "m2"}


@pytest.mark.parametrize("fault", ["drop after", "drop before", "not sent"])
@pytest.mark.parametrize("call", [0, 1])
def test_a_lost_answer_is_settled_by_looking_for_the_reference(house, call, fault):
    house.vendor.plan = {call: fault}
    day(house)
    day(house)
    assert kinds(house) == ["add_note", "add_task"]
    assert house.ledger.in_doubt("zoho") == []


def test_a_task_of_which_nobody_knows_is_not_asked_for_again(tmp_path):
    house = build(tmp_path / "blind", patience_seconds=0)
    house.vendor.plan = {1: "drop after"}
    house.vendor.look_up = lambda intents: [Sighting(found=None) for _ in intents]
    for _ in range(3):
        day(house)
        house.clock.sleep(86_400)
    assert kinds(house) == ["add_note", "add_task"]
    assert [item.operation for item, _ in house.ledger.in_doubt("zoho")] == ["add_task"]
    house.ledger.close()


@pytest.mark.parametrize("fault", ["kill before", "kill after"])
@pytest.mark.parametrize("call", [0, 1])
def test_a_process_killed_between_sending_and_committing_doubles_no_task(tmp_path, call, fault):
    path, folder = tmp_path / "vendor.json", tmp_path / "house"
    child = os.fork()
    if child == 0:
        try:
            first = build(folder, path=path)
            first.vendor.plan = {call: fault}
            day(first, event(1), event(2))
        finally:
            os._exit(1)  # it should have been killed before
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    second = build(folder, path=path)
    second.clock.sleep(1)
    day(second, event(1), event(2))
    assert kinds(second) == ["add_note", "add_note", "add_task", "add_task"]
    assert planned(second, event(1), event(2)) == []
    second.ledger.close()


def test_a_plan_made_before_another_was_sent_makes_nothing_twice(house):
    rows = planned(house)
    day(house)
    house.apply([*rows, row("k9", "update", "City", value="Ulm", record_id="9")])
    assert kinds(house) == ["add_note", "add_task"]


def test_a_merge_or_another_text_does_not_make_the_same_event_a_second_task(house):
    day(house)
    other = Desired(person_key="k10", object="Leads", record_id="9")
    rows = planned(house, event(person_key="k10", grade="B"), home=other)
    assert rows == []


def test_a_task_hangs_at_the_contact_that_the_same_plan_makes_of_the_lead(house):
    house.apply([row("k9", "convert", None, value={}, record_id="9"), *planned(house)])
    house.applier.read_back()
    assert {made["at"] for made in house.vendor.made} == {"c9"}
    assert house.ledger.id_map("zoho")["k9"] == ("Contacts", "c9")


def test_a_task_hangs_at_the_record_that_the_same_plan_makes(house):
    home = Desired(person_key="k9")
    house.apply([row("k9"), row("k9", field="Leadflow_ID", value="k9"), *planned(house, home=home)])
    (made,) = {made["at"] for made in house.vendor.made}
    assert house.ledger.id_map("zoho")["k9"] == ("Leads", made)


def test_a_task_never_becomes_the_record_of_its_person_and_counts_as_no_change_of_it(house):
    day(house)
    assert "k9" not in house.ledger.id_map("zoho")
    assert house.ledger.bases("zoho") == {}


def test_whoever_was_suppressed_since_the_plan_gets_nothing(tmp_path):
    house = build(tmp_path / "held", guard=lambda _intent: "opted out of e-mail")
    assert day(house).held == 2
    assert house.vendor.calls == []
    house.ledger.close()


def test_a_refused_task_goes_again_only_when_something_about_it_changed(house):
    house.vendor.plan = {1: "refuse"}
    assert day(house).rejected == 1
    day(house)
    assert kinds(house) == ["add_note"]
    day(house, event(grade="B"))
    assert kinds(house) == ["add_note", "add_task"]


def test_a_task_that_waited_goes_as_the_latest_plan_has_it(tmp_path):
    house = build(tmp_path / "waiting", needs_approval=True)
    first = planned(house)
    plan_hash = house.save(first)
    house.ledger.link_plan(plan_hash)
    house.vendor.records["c9"] = {"object": "Contacts", "values": {}}
    home = Desired(person_key="k9", object="Contacts", record_id="c9")
    later = house.save(planned(house, event(grade="C"), home=home))
    house.ledger.approve(later, "ann")
    assert house.applier.apply(later).confirmed == 2
    assert {made["at"] for made in house.vendor.made} == {"c9"}
    assert "grade C" in str(house.vendor.made[0])
    house.ledger.close()


def test_pruning_masks_what_was_written_and_the_event_stays_known(house):
    day(house)
    house.clock.sleep(400 * 86_400)
    house.apply([row("k1")])
    house.ledger.prune(house.clock() - timedelta(days=30))
    assert "Replied" not in str([one["payload"] for one in house.ledger.intents("zoho")][:2])
    assert planned(house) == []


def test_a_task_that_is_gone_at_the_read_back_is_missing_and_is_not_made_again(house):
    house.applier.settle()
    house.apply(planned(house))
    house.vendor.state["made"] = []
    house.applier.read_back()
    assert {one["landed"] for one in house.ledger.activities("zoho")} == {"missing"}
    assert planned(house) == []


def test_each_event_is_a_task_of_its_own_also_for_one_person(house):
    assert day(house, *(event(number) for number in range(3))).confirmed == 6
    references = {made["Subject"] for made in house.vendor.made if made["kind"] == "add_task"}
    assert len(references) == 3
    assert replace(event(), person_key="x").reference == event().reference

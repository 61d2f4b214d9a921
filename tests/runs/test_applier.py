from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.sending import untold
from pipeline.errors import (
    AnswerLost,
    ApprovalNeeded,
    CredentialsRejected,
    GateClosed,
    QuotaExhausted,
    UnexpectedAnswer,
)
from pipeline.mapping import desired_values, load
from pipeline.models import Outcome, PlanRow, Sighting
from pipeline.planning.desired import Desired
from pipeline.planning.diff import plan_people
from pipeline.rules import packaged
from resources.applier import Applier, ApplierBusy
from resources.ledger import Ledger

DAY = date(2026, 11, 22)
CHECKS = ("gate__suppression",)
KEY = "Leadflow_ID"
ZOHO = load("zoho", packaged())


class Clock:
    def __init__(self):
        self.at = datetime(2026, 11, 22, 7, tzinfo=UTC)

    def __call__(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


class Vendor:
    """A vendor in memory (or in a file): creating twice makes two records, nothing is idempotent."""

    vendor = "zoho"

    def __init__(self, path=None, *, batch=100):
        self.path = path
        self.batch = batch
        self.calls = []
        self.plan = {}
        self.never = set()
        self.mute = set()
        self.asked_about = Counter()
        self.silent = set()
        self.takes = 0.0
        self.clock = None
        self.carries_key = True
        self.state = {"records": {}, "next": 1}
        if path is not None and path.exists():
            self.state = json.loads(path.read_text())

    @property
    def records(self):
        return self.state["records"]

    def batch_size(self, operation):
        return 1 if operation == "convert" else self.batch

    def send(self, intents):
        assert len({(item.object, item.operation) for item in intents}) == 1
        assert len(intents) <= self.batch_size(intents[0].operation)
        fault = self.met(intents)
        if isinstance(fault, Exception) and not isinstance(fault, AnswerLost):
            raise fault
        if fault == "kill before":
            os._exit(9)
        if fault == "refuse":
            return [Outcome(status="rejected", code="INVALID_DATA", message="no") for _ in intents]
        if fault == "not sent":
            return [Outcome(status="not_sent", message="connection refused") for _ in intents]
        if fault == "not all":
            return [Outcome(status="not_sent", message="try again"), *map(self.execute, intents[1:])]
        outcomes = (
            [] if fault == "drop before" else [self.taken(item) for item in intents if item.person_key not in self.mute]
        )
        if self.path is not None:
            self.path.write_text(json.dumps(self.state))
        if fault == "kill after":
            os._exit(9)
        if isinstance(fault, AnswerLost):
            raise fault
        if fault in {"drop after", "drop before"}:
            return [Outcome(status="in_doubt") for _ in intents]
        return outcomes

    def met(self, intents):
        if self.clock is not None:
            self.clock.sleep(self.takes)
        number = len(self.calls)
        self.calls.append([(item.operation, item.person_key) for item in intents])
        is_silent = any(item.person_key in self.silent for item in intents)
        return "drop before" if is_silent else self.plan.get(number)

    def taken(self, intent):
        if intent.person_key in self.never:
            return Outcome(status="not_sent", code="TOO_MANY_REQUESTS", message="too many requests")
        return self.execute(intent)

    def execute(self, intent):
        if intent.operation == "insert":
            found = str(self.state["next"])
            self.state["next"] += 1
            self.records[found] = {"object": intent.object, "values": dict(intent.payload)}
            return Outcome(status="confirmed", record_id=found)
        record = self.records.get(intent.record_id)
        if record is None:
            return Outcome(status="rejected", code="INVALID_DATA", message="the id given seems to be invalid")
        values = record["values"]
        if intent.operation in {"add_tags", "remove_tags"}:
            there = {tag["name"] for tag in values.get("Tag", [])}
            tags = set(intent.payload["tags"])
            kept = there | tags if intent.operation == "add_tags" else there - tags
            values["Tag"] = [{"name": tag} for tag in sorted(kept)]
        elif intent.operation == "convert":
            record["object"] = "Converted"
            contact = f"c{intent.record_id}"
            carried = dict(values) if self.carries_key else {k: v for k, v in values.items() if k != KEY}
            self.records[contact] = {"object": "Contacts", "values": carried, "lead": intent.record_id}
            return Outcome(status="confirmed", record_id=contact, related={"Accounts": "a1"})
        else:
            values.update(intent.payload)
        return Outcome(status="confirmed", record_id=intent.record_id)

    def sight(self, intent):
        for found, record in self.records.items():
            by_id = found == intent.record_id or record.get("lead") == intent.record_id
            by_key = intent.record_id is None and record["values"].get(KEY) == intent.person_key
            if record["object"] != "Converted" and (by_id if intent.record_id else by_key):
                return Sighting(found=True, object=record["object"], record_id=found, values=record["values"])
        return Sighting(found=False)

    def look_up(self, intents):
        self.asked_about.update(intent.person_key for intent in intents)
        return self.read_back(intents)

    def read_back(self, intents):
        return [self.sight(intent) for intent in intents]

    def canonical(self):
        people = [(r["object"], json.dumps(r["values"], sort_keys=True)) for r in self.records.values()]
        return sorted(people)


class House:
    """A ledger, a vendor and an applier over one folder."""

    def __init__(self, folder, *, vendor=None, **changes):
        self.folder = folder
        self.clock = Clock()
        self.vendor = vendor or Vendor()
        self.ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}", clock=self.clock)
        self.applier = Applier(
            **{
                "ledger": self.ledger,
                "writer": self.vendor,
                "run_id": "run",
                "clock": self.clock,
                "lock_path": folder / "zoho.lock",
                "horizon_seconds": lambda _operation: 120.0,
                "required_checks": CHECKS,
                "key_field": KEY,
                "kind_of": ZOHO.kind,
                "pause": self.clock.sleep,
                "lock_wait": 0.1,
                **changes,
            }
        )

    def save(self, rows, *, passed=True):
        plan_hash = self.ledger.save_plan("zoho", rows, as_of=DAY, rules_version="r")
        if passed is not None:
            self.ledger.record_verdict(plan_hash, CHECKS[0], passed, "")
        return plan_hash

    def apply(self, rows, **changes):
        return self.applier.apply(self.save(rows), **changes)

    def run(self, desired):
        """Plan against what the vendor has, apply, read back: one whole run."""
        self.applier.settle()
        places = self.ledger.id_map("zoho")
        wanted = []
        for item in desired:
            kind, record_id = places.get(item.person_key, (item.object, item.record_id))
            values = desired_values(person(item.person_key), ZOHO, kind=kind or "Leads")
            convert = None if kind == "Contacts" else item.convert
            wanted.append(replace(item, object=kind, record_id=record_id, values=values, convert=convert))
        theirs = {(r["object"], found): r["values"] for found, r in self.vendor.records.items()}
        rows = plan_people(wanted, theirs, self.ledger.bases("zoho"), ZOHO, locked=self.ledger.locked("zoho"))
        applied = self.apply(rows)
        self.applier.read_back()
        return applied


@pytest.fixture
def house(tmp_path):
    built = House(tmp_path)
    yield built
    built.ledger.close()


def person(key):
    return {"person_key": key, "last_name": f"Name {key}", "company_name": "Acme", "engagement": 5}


def row(key="k1", action="insert", field="Last_Name", value="Berg", **changes):
    told = {"vendor": "zoho", "object": "Leads", "record_id": None, "reason": "x"}
    return PlanRow(**{**told, "person_key": key, "action": action, "field": field, "new_value": value, **changes})


def new(key="k1", tags=("lf-hot",)):
    rows = [row(key), row(key, field=KEY, value=key)]
    return rows + ([row(key, "add_tags", "Tag", list(tags))] if tags else [])


def lead(house, record_id="9", **values):
    house.vendor.records[record_id] = {"object": "Leads", "values": {"Last_Name": "Berg", **values}}


def optout(record_id="9", key="k9"):
    return row(key, "set_optout", "Email_Opt_Out", value=True, record_id=record_id, lane="optout")


def test_a_plan_is_sent_once_however_often_it_is_applied(house):
    plan_hash = house.save(new("k1") + new("k2"))
    first = house.applier.apply(plan_hash)
    again = house.applier.apply(plan_hash)
    assert (first.planned, first.confirmed, first.in_doubt, first.held) == (4, 4, 0, 0)
    assert again.confirmed == 4
    assert [operation for call in house.vendor.calls for operation, _ in call] == ["insert"] * 2 + ["add_tags"] * 2
    assert [tag["name"] for tag in house.vendor.records["1"]["values"]["Tag"]] == ["lf-hot"]


def test_without_a_passed_verdict_for_this_hash_nothing_but_opt_outs_goes(house):
    lead(house)
    plan_hash = house.save([*new(), optout()], passed=None)
    with pytest.raises(GateClosed, match="not judged: gate__suppression"):
        house.applier.apply(plan_hash)
    house.ledger.record_verdict(plan_hash, CHECKS[0], False, "one suppressed person")
    with pytest.raises(GateClosed, match="failed: gate__suppression"):
        house.applier.apply(plan_hash)
    assert house.vendor.calls == [[("set_optout", "k9")]]
    assert house.vendor.records["9"]["values"]["Email_Opt_Out"] is True


def test_a_verdict_of_another_plan_does_not_count(house):
    house.save(new("k1"))
    with pytest.raises(GateClosed):
        house.applier.apply(house.save(new("k2"), passed=None))


def test_the_opt_out_lane_can_go_alone(house):
    lead(house)
    applied = house.applier.apply(house.save([*new(), optout()], passed=None), lanes=("optout",))
    assert (applied.planned, applied.confirmed) == (1, 1)
    assert house.vendor.calls == [[("set_optout", "k9")]]


def test_an_unapproved_plan_waits_for_a_person(tmp_path):
    house = House(tmp_path, needs_approval=True)
    plan_hash = house.save(new())
    with pytest.raises(ApprovalNeeded) as caught:
        house.applier.apply(plan_hash)
    assert caught.value.plan_hash == plan_hash
    house.ledger.approve(plan_hash, "ann")
    assert house.applier.apply(plan_hash[:8]).confirmed == 2


def test_an_outdated_plan_is_refused_and_the_newer_one_still_goes(house):
    old = house.save(new("k1"))
    newer = house.save(new("k2"))
    house.ledger.plan_intents(newer)
    with pytest.raises(GateClosed, match="outdated"):
        house.applier.apply(old)
    assert house.applier.apply(newer).confirmed == 2


def test_an_approved_plan_stays_good_while_its_normal_lane_is_the_same(tmp_path):
    house = House(tmp_path, needs_approval=True)
    lead(house)
    first = house.save(new())
    house.ledger.approve(first, "ann")
    house.save([*new(), optout()])
    assert house.applier.apply(first).confirmed == 3


def test_a_pause_holds_everything_but_opt_outs(house):
    lead(house)
    house.ledger.pause("zoho", "audit")
    applied = house.apply([*new(), optout()])
    assert (applied.confirmed, applied.held, applied.stopped) == (1, 2, "paused: audit")
    house.ledger.resume("zoho")
    assert house.apply([*new(), optout()]).confirmed == 3


def test_a_suppression_is_judged_again_when_claimed(tmp_path):
    house = House(tmp_path, guard=lambda intent: "opted out" if intent.person_key == "k2" else None)
    applied = house.apply(new("k1") + new("k2"))
    assert (applied.confirmed, applied.held) == (2, 2)
    assert all(key != "k2" for call in house.vendor.calls for _, key in call)


def test_records_that_moved_are_planned_again_and_too_many_refuse_the_plan(tmp_path):
    moved = {}
    house = House(tmp_path, freshness=lambda intents: moved, moved_share=0.5)
    plan_hash = house.save([row(f"k{n}", "update", "Phone", "1", record_id=str(n)) for n in range(4)])
    for number in range(4):
        lead(house, str(number))
    planned = house.ledger.plan_intents(plan_hash)
    moved.update({intent.intent_id: "edited by a rep at 07:01" for intent in planned[:3]})
    with pytest.raises(GateClosed, match="3 of 4"):
        house.applier.apply(plan_hash)
    moved.pop(planned[0].intent_id)
    assert house.applier.apply(plan_hash).confirmed == 2


def test_tags_of_a_refused_insert_are_set_aside(house):
    house.vendor.plan[0] = "refuse"
    applied = house.apply(new())
    assert (applied.rejected, applied.held, len(house.vendor.calls)) == (1, 1, 1)


@pytest.mark.parametrize("fault", ["drop before", "drop after"])
def test_a_lost_answer_is_settled_by_asking_and_nobody_is_created_twice(house, fault):
    house.vendor.plan[0] = fault
    applied = house.apply(new("k1") + new("k2"))
    assert (applied.confirmed, applied.in_doubt) == (4, 0)
    assert sorted(record["values"][KEY] for record in house.vendor.records.values()) == ["k1", "k2"]


def test_a_lost_answer_is_asked_about_at_once_and_when_absence_can_be_believed(tmp_path):
    # Two waves a while apart, an answer of each is lost: one is due when the other cannot be decided yet.
    house = House(tmp_path, vendor=Vendor(batch=1))
    house.vendor.clock, house.vendor.takes = house.clock, 1.0
    house.vendor.plan = dict.fromkeys((0, 55), "drop before")
    applied = house.apply([each for number in range(60) for each in new(f"k{number:02}", tags=())])
    assert (applied.confirmed, applied.in_doubt) == (60, 0)
    assert sorted(house.vendor.asked_about.values()) == [3, 3], "after the phase, after the round, when it is due"
    house.ledger.close()


@pytest.mark.parametrize(("batch", "people"), [(100, 2000), (1, 60)])
def test_a_vendor_that_answers_nothing_is_not_asked_for_everything(tmp_path, batch, people):
    house = House(tmp_path, vendor=Vendor(batch=batch))
    house.vendor.plan = dict.fromkeys(range(1000), "drop before")
    rows = [each for number in range(people) for each in new(f"k{number:04}", tags=())]

    applied = house.apply(rows)

    assert (applied.confirmed, applied.in_doubt) == (0, 0)
    assert applied.waiting.startswith(f"{people:,} of its writes did not get through")
    assert len(house.vendor.calls) == 9, "three calls that were not tried before, in each of three rounds"
    house.vendor.plan = {}
    again = house.apply(rows)
    assert (again.confirmed, len(house.vendor.records)) == (people, people)
    house.ledger.close()


def test_a_vendor_whose_every_answer_is_lost_gets_everything_in_one_apply(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=100))
    house.vendor.plan = dict.fromkeys(range(1000), "drop after")
    rows = [each for number in range(2000) for each in new(f"k{number:04}", tags=())]

    applied = house.apply(rows)

    assert (applied.confirmed, applied.in_doubt, applied.waiting) == (2000, 0, None)
    assert len(house.vendor.records) == 2000
    assert len(house.vendor.calls) == 20
    house.ledger.close()


def test_records_that_never_get_an_answer_stop_nobody_else(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    house.vendor.silent = {"k01", "k02", "k03", "k04"}
    rows = [each for number in range(20) for each in new(f"k{number:02}", tags=())]

    applied = house.apply(rows)

    assert applied.confirmed == 16
    assert applied.waiting.startswith("4 of its writes did not get through")
    house.ledger.close()


def test_opt_outs_are_tried_whatever_got_no_answer(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    for number in range(100, 130):
        lead(house, str(number))
    house.vendor.plan = dict.fromkeys(range(1000), "drop before")
    house.applier.apply(house.save([optout(str(number), f"k{number}") for number in range(100, 130)]))
    assert {key for call in house.vendor.calls for _, key in call} == {f"k{number}" for number in range(100, 130)}
    house.ledger.close()


def test_opt_outs_are_tried_whatever_was_not_taken_before_them(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    people = [str(number) for number in range(100, 130)]
    for number in people:
        lead(house, number)
    rows = [optout(number, f"k{number}") for number in people]
    plan_hash = house.save(rows)
    house.ledger.link_plan(plan_hash)
    last = house.ledger.planned_intents(plan_hash)[-1].person_key
    house.vendor.never = {f"k{number}" for number in people} - {last}
    house.applier.apply(plan_hash)
    assert house.vendor.records[last.removeprefix("k")]["values"]["Email_Opt_Out"] is True
    house.ledger.close()


@pytest.mark.parametrize("batch", [1, 2])
def test_records_that_are_never_taken_go_behind_those_that_were_not_tried(tmp_path, batch):
    house = House(tmp_path, vendor=Vendor(batch=batch))
    rows = [each for number in range(40) for each in new(f"k{number:02}", tags=())]
    plan_hash = house.save(rows)
    house.ledger.link_plan(plan_hash)
    in_order = [intent.person_key for intent in house.ledger.planned_intents(plan_hash)]
    house.vendor.never, good = set(in_order[:6]), set(in_order[6:])

    house.apply(rows)
    assert not house.vendor.records
    for _ in range(3):
        house.apply(rows)

    assert {record["values"][KEY] for record in house.vendor.records.values()} == good
    house.ledger.close()


def test_records_that_never_get_an_answer_go_behind_those_that_were_not_tried(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    rows = [each for number in range(40) for each in new(f"k{number:02}", tags=())]
    plan_hash = house.save(rows)
    house.ledger.link_plan(plan_hash)
    in_order = [intent.person_key for intent in house.ledger.planned_intents(plan_hash)]
    house.vendor.silent, good = set(in_order[:30]), set(in_order[30:])

    for _ in range(4):
        house.apply(rows)

    assert {record["values"][KEY] for record in house.vendor.records.values()} == good
    assert len(good) == 10
    house.ledger.close()


def test_what_the_vendor_leaves_out_of_a_batch_goes_in_the_next_round_with_its_tags(house):
    house.vendor.plan[0] = "not all"
    applied = house.apply(new("k1") + new("k2"))
    assert (applied.confirmed, applied.held, applied.waiting) == (4, 0, None)
    assert [operation for call in house.vendor.calls for operation, _ in call].count("insert") == 3
    assert all(record["values"]["Tag"] for record in house.vendor.records.values())


def test_a_record_that_the_vendor_never_takes_stops_nobody_else(house):
    for number in "789":
        lead(house, number)
    house.vendor.never = {"k7"}
    # The update of k7 fills a call of its own; everything after it is for others.
    rows = [
        row("k7", "update", "Phone", "1", record_id="7"),
        *new("k1"),
        row("k8", "add_tags", "Tag", ["lf-hot"], record_id="8"),
        row("k9", "convert", "Contacts", {}, record_id="9"),
    ]
    applied = house.apply(rows)
    assert (applied.confirmed, applied.stopped) == (4, None)
    assert applied.waiting == "1 of its writes did not get through: too many requests"
    assert house.ledger.plan(house.ledger.latest_plan("zoho").plan_hash).applied_at is not None
    house.vendor.never = set()
    assert house.apply(rows[:1]).confirmed == 1


@pytest.mark.parametrize("action", ["insert", "update"])
def test_a_record_that_every_answer_lacks_stops_nobody_else(house, action):
    for number in "6789":
        lead(house, number)
    house.vendor.mute = {"k7"}
    lacking = new("k7") if action == "insert" else [row("k7", "update", "Phone", "1", record_id="7")]
    rows = [
        *lacking,
        *new("k1"),
        row("k6", "update", "Phone", "1", record_id="6"),
        row("k8", "add_tags", "Tag", ["lf-hot"], record_id="8"),
        row("k9", "convert", "Contacts", {}, record_id="9"),
    ]
    applied = house.apply(rows)
    assert (applied.confirmed, applied.in_doubt, applied.stopped) == (5, 0, None)
    assert applied.waiting.startswith("1 of its writes did not get through")
    assert house.vendor.records["6"]["values"]["Phone"] == "1"


def test_an_opt_out_that_the_vendor_never_takes_holds_up_nobody_but_that_person(house):
    lead(house)
    house.vendor.never = {"k9"}
    applied = house.apply([*new(), optout()])
    assert (applied.confirmed, applied.stopped) == (2, None)
    assert applied.waiting == "1 of its writes did not get through: too many requests"
    assert house.vendor.calls[0] == [("set_optout", "k9")]


def test_an_opt_out_that_was_not_taken_is_told_when_it_goes_alone_and_when_the_rest_waits_for_a_person(tmp_path):
    house = House(tmp_path, needs_approval=True)
    lead(house, "8")
    lead(house, "9")
    house.vendor.never = {"k9"}
    plan_hash = house.save([*new(), optout("8", "k8"), optout()])
    alone = house.applier.apply(plan_hash, lanes=("optout",))
    assert (alone.confirmed, alone.stopped) == (1, None)
    assert alone.waiting == "1 of its writes did not get through: too many requests"
    with pytest.raises(ApprovalNeeded):
        house.applier.apply(plan_hash)
    told = untold(SimpleNamespace(ledger=house.ledger), plan_hash)
    assert told == {"problems": "1 opt-out did not get through; the next run goes on with it"}
    house.vendor.never = set()
    house.applier.apply(plan_hash, lanes=("optout",))
    assert untold(SimpleNamespace(ledger=house.ledger), plan_hash) == {}


def test_what_depends_on_a_record_that_is_never_taken_waits_and_the_tags_of_others_go(house):
    house.vendor.never = {"k1"}
    applied = house.apply(new("k1") + new("k2"))
    assert (applied.confirmed, applied.held, applied.stopped) == (2, 2, None)
    assert applied.waiting == "1 of its writes did not get through: too many requests; 1 more waits for them"
    tags = {key for call in house.vendor.calls for operation, key in call if operation == "add_tags"}
    assert tags == {"k2"}


def test_two_calls_in_a_row_that_are_not_taken_stop_nobody_either(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    house.vendor.never = {"k1", "k2"}
    applied = house.apply([line for number in range(5) for line in new(f"k{number}", tags=())])
    assert (applied.confirmed, applied.stopped) == (3, None)
    assert applied.waiting == "2 of its writes did not get through: too many requests"


def test_a_vendor_that_takes_nothing_is_left_alone_after_a_few_calls(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    house.vendor.never = {f"k{number}" for number in range(9)}
    applied = house.apply([line for number in range(9) for line in new(f"k{number}")])
    assert (applied.confirmed, applied.stopped, len(house.vendor.calls)) == (0, "too many requests", 3)


def test_a_plan_of_one_write_that_is_not_taken_stays_to_be_sent(house):
    house.vendor.never = {"k1"}
    plan_hash = house.save(new(tags=()))
    assert house.applier.apply(plan_hash).stopped == "too many requests"
    assert len(house.vendor.calls) == 1
    house.vendor.never = set()
    assert house.applier.apply(plan_hash).confirmed == 1


@pytest.mark.parametrize("change", [("update", "Phone", "+4930123"), ("add_tags", "Tag", ["lf-hot"])])
def test_a_lead_is_not_converted_before_the_vendor_took_what_else_is_written_to_it(house, change):
    for number in "89":
        lead(house, number)
    action, field, value = change
    wanted = [row(f"k{number}", action, field, value, record_id=number) for number in "89"]
    house.vendor.plan[0] = "not all"
    conversions = [row(f"k{number}", "convert", "Contacts", {}, record_id=number) for number in "89"]
    applied = house.apply([*wanted, *conversions])
    assert (applied.confirmed, applied.rejected, applied.waiting) == (4, 0, None)
    left_out = house.vendor.calls[0][0][1]
    assert [name for call in house.vendor.calls for name, key in call if key == left_out] == [action, action, "convert"]


@pytest.mark.parametrize("dropped", [(0, 1, 2), (0, 2, 3)])
def test_a_write_that_did_not_get_through_is_told_and_goes_with_the_next_plan(house, dropped):
    for call in dropped:
        house.vendor.plan[call] = "drop before"
    rows = new("k1", tags=("lf-hot",) if 3 in dropped else ())
    applied = house.apply(rows)
    assert applied.waiting == "1 of its writes did not get through: the vendor gave no answer"
    again = house.apply(rows[2:] or rows)
    assert (again.planned, again.waiting, again.held) == (again.confirmed, None, 0)


def test_absence_is_not_believed_before_the_horizon(tmp_path):
    house = House(tmp_path, patience_seconds=0)
    house.vendor.plan[0] = "drop before"
    applied = house.apply(new())
    assert (applied.in_doubt, applied.held) == (1, 1)
    assert applied.unanswered == "1 insert into Leads got no answer: asked about after 07:02 UTC"
    assert house.applier.settle().waiting == 1
    house.clock.sleep(121)
    assert house.apply(new()).confirmed == 2
    assert len(house.vendor.records) == 1


def test_a_quota_that_ends_midway_loses_nothing(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=2))
    house.vendor.plan[1] = QuotaExhausted("gone", resumes_at=datetime(2026, 11, 23, tzinfo=UTC))
    rows = [item for number in range(6) for item in new(f"k{number}", tags=())]
    with pytest.raises(QuotaExhausted):
        house.apply(rows)
    assert house.ledger.in_doubt("zoho") == []
    assert house.apply(rows).confirmed == 4
    assert len(house.vendor.records) == 6


def test_refused_credentials_leave_everything_planned(house):
    house.vendor.plan[0] = CredentialsRejected("no", vendor="zoho", status=401)
    with pytest.raises(CredentialsRejected):
        house.apply(new())
    assert house.ledger.writes("zoho")["planned"] == 2


@pytest.mark.parametrize(
    "fault", [AnswerLost("lost", vendor="zoho"), UnexpectedAnswer("html", vendor="zoho", status=502)]
)
def test_an_unreadable_answer_leaves_the_batch_in_doubt_until_asked(house, fault):
    house.vendor.plan[0] = fault
    with pytest.raises(type(fault)):
        house.apply(new())
    assert len(house.ledger.in_doubt("zoho")) == 1
    assert house.apply(new()).confirmed == 2
    assert len(house.vendor.records) == 1


def test_a_vendor_that_is_down_stops_the_sending_and_opt_outs_fail_closed(house):
    lead(house)
    house.vendor.plan = dict.fromkeys(range(9), "not sent")
    applied = house.apply([*new(), optout()])
    assert (applied.stopped, applied.confirmed) == ("connection refused", 0)
    assert house.vendor.calls == [[("set_optout", "k9")], [("insert", "k1")]]
    house.vendor.plan = {}
    assert house.apply([*new(), optout()]).confirmed == 3


def test_appliers_exclude_each_other(house, tmp_path):
    other = House(tmp_path)
    with house.applier._locked(), pytest.raises(ApplierBusy):
        other.apply(new())
    assert other.vendor.calls == []


def test_what_was_written_is_read_back_and_becomes_the_base(house):
    house.apply([*new(), row("k1", field="Phone", value="+1 888 555 0100")])
    house.vendor.records["1"]["values"]["Phone"] = "(888) 555-0100"
    assert house.applier.read_back().counts == {"stored": 3, "normalised": 1}
    assert house.ledger.bases("zoho")["Leads", "1"]["Phone"] == ("+1 888 555 0100", "(888) 555-0100")
    assert house.applier.read_back().counts == {}


def test_a_value_cut_by_the_vendor_is_amiss(house):
    house.apply(new())
    house.vendor.records["1"]["values"]["Last_Name"] = "Be"
    found = house.applier.read_back()
    assert (found.counts["truncated"], found.amiss) == (1, 1)


def test_what_somebody_changed_in_between_stays_an_edit(house):
    house.apply(new())
    house.vendor.records["1"]["values"]["Last_Name"] = "Bergmann"
    house.applier.read_back()
    assert house.ledger.bases("zoho")["Leads", "1"]["Last_Name"] == ("Berg", "Berg")


def test_a_record_that_vanished_is_missing(house):
    house.apply(new(tags=()))
    house.vendor.records.clear()
    assert house.applier.read_back().counts == {"missing": 2}


def test_a_score_that_people_overwrite_three_times_is_left_to_them(house):
    people = [Desired(person_key="k1")]
    house.run(people)
    for _ in range(3):
        house.vendor.records["1"]["values"]["Engagement"] = 99
        house.run(people)
        assert house.vendor.records["1"]["values"]["Engagement"] == 5
    house.vendor.records["1"]["values"]["Engagement"] = 99
    house.run(people)
    assert house.vendor.records["1"]["values"]["Engagement"] == 99


def test_a_second_run_on_unchanged_input_sends_nothing(house):
    people = [Desired(person_key=f"k{n}", tags=frozenset({"lf-hot"})) for n in range(5)]
    house.run(people)
    calls = len(house.vendor.calls)
    house.run(people)
    assert len(house.vendor.calls) == calls


def test_a_conversion_carries_the_key_by_itself_or_by_a_follow_up(house):
    people = [Desired(person_key="k1", convert={"overwrite": False})]
    house.run([Desired(person_key="k1")])
    house.vendor.carries_key = False
    house.run(people)
    assert house.vendor.records["c1"]["values"][KEY] == "k1"
    (conversion,) = house.ledger.conversions("zoho")
    assert conversion["is_key_carried"]
    assert {row["landed"] for row in house.ledger.readback("zoho")} <= {"stored", "normalised"}
    assert house.ledger.id_map("zoho")["k1"] == ("Contacts", "c1")
    house.run(people)
    assert [call for call in house.vendor.calls if call[0][0] == "convert"] == [[("convert", "k1")]]


def test_a_conversion_whose_answer_was_lost_is_not_made_twice(house):
    house.run([Desired(person_key="k1")])
    house.vendor.plan[len(house.vendor.calls)] = "drop after"
    applied = house.run([Desired(person_key="k1", convert={})])
    assert (applied.confirmed, applied.in_doubt) == (1, 0)
    assert house.ledger.id_map("zoho")["k1"] == ("Contacts", "c1")


FAULTS = st.sampled_from(["drop before", "drop after", "not sent", "lost", "quota"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.dictionaries(st.integers(0, 12), FAULTS, max_size=6))
def test_any_mixture_of_faults_ends_in_the_same_vendor(tmp_path_factory, faults):
    people = [Desired(person_key=f"k{n}", tags=frozenset({"lf-hot"})) for n in range(6)]
    calm = House(tmp_path_factory.mktemp("calm"))
    calm.run(people)
    stormy = House(tmp_path_factory.mktemp("stormy"), vendor=Vendor(batch=2))
    errors = {
        "lost": AnswerLost("lost", vendor="zoho"),
        "quota": QuotaExhausted("gone", resumes_at=datetime(2026, 11, 23, tzinfo=UTC)),
    }
    stormy.vendor.plan = {number: errors.get(fault, fault) for number, fault in faults.items()}
    for _ in range(len(faults) + 2):
        try:
            stormy.run(people)
        except (AnswerLost, QuotaExhausted):
            continue
    assert stormy.vendor.canonical() == calm.vendor.canonical()
    assert stormy.ledger.in_doubt("zoho") == []
    calm.ledger.close()
    stormy.ledger.close()


@pytest.mark.parametrize("fault", ["kill before", "kill after"])
@pytest.mark.parametrize("call", range(5))
def test_a_killed_process_leaves_nothing_lost_and_nothing_doubled(tmp_path, call, fault):
    people = [Desired(person_key=f"k{n}", tags=frozenset({"lf-hot"})) for n in range(6)]
    path = tmp_path / "vendor.json"
    child = os.fork()
    if child == 0:
        try:
            vendor = Vendor(path, batch=2)
            vendor.plan = {call: fault}
            House(tmp_path, vendor=vendor).run(people)
        finally:
            os._exit(1)  # it should have been killed before
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    second = House(tmp_path, vendor=Vendor(path, batch=2))
    second.clock.sleep(1)
    second.run(people)
    calm_folder = tmp_path / "calm"
    calm_folder.mkdir()
    calm = House(calm_folder)
    calm.run(people)
    assert second.vendor.canonical() == calm.vendor.canonical()
    second.ledger.close()
    calm.ledger.close()


def test_a_plan_that_is_too_old_is_not_sent_and_its_opt_outs_are(tmp_path):
    house = House(tmp_path, max_age=timedelta(hours=24))
    lead(house)
    plan_hash = house.save([*new(), optout()])
    house.clock.sleep(24 * 3600 + 1800)
    with pytest.raises(GateClosed, match=r"24 h 30 min old, and 24 h 0 min is the limit; plan again"):
        house.applier.apply(plan_hash)
    assert house.vendor.calls == [[("set_optout", "k9")]]
    assert house.apply([*new(), optout()]).confirmed == 3


def test_a_plan_that_was_carried_out_is_never_carried_out_again(house):
    house.vendor.plan[0] = "refuse"
    rows = new(tags=())
    plan_hash = house.save(rows)
    house.ledger.approve(plan_hash, "ann")
    house.applier.apply(plan_hash)
    house.ledger.forget_record("zoho", "k1")
    again = house.save(rows)
    assert house.applier.apply(plan_hash).rejected == 1
    assert (house.ledger.plan(again).approved_by, house.ledger.plan(again).applied_at) == (None, None)
    assert len(house.vendor.calls) == 1


def test_an_interrupted_apply_goes_on_under_the_same_hash(tmp_path):
    house = House(tmp_path, vendor=Vendor(batch=1))
    house.vendor.plan[1] = CredentialsRejected("no", vendor="zoho", status=401)
    plan_hash = house.save(new("k1", ()) + new("k2", ()))
    with pytest.raises(CredentialsRejected):
        house.applier.apply(plan_hash)
    assert house.applier.apply(plan_hash).confirmed == 2
    assert house.ledger.plan(plan_hash).applied_at is not None


def test_a_mixed_batch_is_walked_item_by_item(house):
    lead(house, "1")
    rows = [row(f"k{n}", "update", "Phone", "1", record_id=str(n)) for n in (1, 2, 3)]
    lead(house, "3")
    applied = house.apply(rows)
    assert (applied.confirmed, applied.rejected, len(house.vendor.calls)) == (2, 1, 1)
    (reject,) = house.ledger.rejects("zoho")
    assert (reject["person_key"], reject["vendor_code"]) == ("k2", "INVALID_DATA")


class Deduplicating(Vendor):
    """A vendor that refuses a second record with the same e-mail address, and names the first."""

    def execute(self, intent):
        for found, record in self.records.items():
            if intent.operation == "insert" and record["values"].get("Email") == "a@x.io":
                return Outcome(status="rejected", code="DUPLICATE_DATA", record_id=found, message="duplicate data")
        return super().execute(intent)


def test_a_refused_duplicate_is_updated_by_the_next_run_and_never_inserted_again(tmp_path):
    house = House(tmp_path, vendor=Deduplicating())
    lead(house, Email="a@x.io")
    first = house.run([Desired(person_key="k1")])
    assert (first.rejected, first.recognised, house.ledger.id_map("zoho")) == (1, 1, {"k1": ("Leads", "9")})
    second = house.run([Desired(person_key="k1")])
    assert (second.confirmed, second.rejected) == (1, 0)
    assert [call[0][0] for call in house.vendor.calls] == ["insert", "update"]
    assert (list(house.vendor.records), house.vendor.records["9"]["values"][KEY]) == (["9"], "k1")


def test_a_refused_record_goes_again_only_when_its_payload_changed(house):
    house.vendor.plan[0] = "refuse"
    house.run([Desired(person_key="k1")])
    house.run([Desired(person_key="k1")])
    assert len(house.vendor.calls) == 1
    assert house.apply([row("k1", value="Bergmann")]).confirmed == 1


def test_fields_that_a_conversion_leaves_behind_are_written_with_the_key(tmp_path):
    wanted = {"Engagement": 5, "Last_Name": "Other", "Phone": ""}
    house = House(tmp_path, carried_fields=lambda _key: wanted)
    house.run([Desired(person_key="k1")])
    house.vendor.carries_key = False
    convert = house.vendor.execute

    def convert_and_drop(intent):
        outcome = convert(intent)
        if intent.operation == "convert":
            house.vendor.records["c1"]["values"].pop("Engagement")
        return outcome

    house.vendor.execute = convert_and_drop
    house.run([Desired(person_key="k1", convert={})])
    values = house.vendor.records["c1"]["values"]
    assert (values["Engagement"], values[KEY], values["Last_Name"]) == (5, "k1", "Name k1")
    assert house.ledger.bases("zoho")["Contacts", "c1"].keys() == {"Engagement", KEY}
    calls = len(house.vendor.calls)
    house.run([Desired(person_key="k1", convert={})])
    assert len(house.vendor.calls) == calls


def test_a_conversion_that_carried_everything_is_not_written_to_again(tmp_path):
    house = House(tmp_path, carried_fields=lambda _key: {"Engagement": 7})
    house.run([Desired(person_key="k1")])
    house.run([Desired(person_key="k1", convert={})])
    assert [call[0][0] for call in house.vendor.calls] == ["insert", "convert"]

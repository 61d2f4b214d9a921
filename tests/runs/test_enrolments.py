"""Enrolments through the ledger: at most once, whatever answers are lost and processes die."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from assets.outreach import evidenced
from assets.statusview import lines as status_lines
from pipeline.errors import QuotaExhausted
from pipeline.mapping import load
from pipeline.models import Outcome
from pipeline.planning.desired import Desired
from pipeline.planning.enrolments import Enrolling
from pipeline.planning.states import IllegalTransition
from pipeline.planning.workflows import Bound, Start, Workflow
from pipeline.rules import packaged
from resources.warehouse import Warehouse
from tests.runs.test_applier import CHECKS, DAY, House, Vendor

GHL = load("ghl", packaged())
OUTBOUND = Bound(Start(segment="core", workflow="w1"), Workflow("w1", "Outbound", "published"))
MOMENT = datetime(2026, 11, 22, 7, tzinfo=UTC)
TAGS = frozenset({"lf-core"})


class Location(Vendor):
    """A vendor on which entering a workflow twice is two journeys, and that tells nobody who is in one."""

    vendor = "ghl"

    def batch_size(self, operation):
        return 1 if operation == "enrol" else 20

    def execute(self, intent):
        journeys = self.state.setdefault("journeys", {})
        key = f"{intent.record_id}/{intent.payload['workflow']}"
        journeys[key] = journeys.get(key, 0) + 1 if intent.operation == "enrol" else 0
        return Outcome(status="confirmed", record_id=intent.record_id)

    @property
    def journeys(self):
        return self.state.get("journeys", {})

    def look_up(self, intents):
        raise AssertionError(f"nobody can be asked about {[intent.operation for intent in intents]}")

    read_back = look_up


class Office(House):
    """A house that writes to GoHighLevel."""

    def save(self, rows, *, passed=True):
        plan_hash = self.ledger.save_plan("ghl", rows, as_of=DAY, rules_version="r", metadata_version=self.version)
        self.ledger.record_verdict(plan_hash, CHECKS[0], passed, "")
        return plan_hash

    version = "v1"

    def planned(self, *people, hold=None):
        homes = [
            Desired(person_key=key, object="contact", record_id=key.replace("k", "c"), tags=TAGS, hold=hold)
            for key in people or ("k1",)
        ]
        plan = Enrolling(
            bounds=[OUTBOUND], past=self.ledger.enrolments("ghl"), mapping=GHL, as_of=DAY, per_day=200,
            metadata_version=self.version,
        )  # fmt: skip
        rows = plan.add([], homes, {("contact", str(home.record_id)): {} for home in homes})
        return [*rows, *plan.rest()[0]]

    def day(self, *people, **changes):
        """One run: settle, plan, apply, read back."""
        self.applier.settle()
        applied = self.apply(self.planned(*people, **changes))
        self.applier.read_back()
        return applied


def build(folder, *, path=None, **changes):
    folder.mkdir(exist_ok=True)
    return Office(folder, vendor=Location(path), **changes)


@pytest.fixture
def office(tmp_path):
    built = build(tmp_path / "office")
    yield built
    built.ledger.close()


def test_a_contact_enters_once_and_the_next_run_is_silent(office):
    assert office.day("k1", "k2").confirmed == 2
    assert office.planned("k1", "k2") == []
    assert office.day("k1", "k2").planned == 0
    assert office.vendor.journeys == {"c1/w1": 1, "c2/w1": 1}
    told = office.ledger.enrolment_rows("ghl")
    assert {(row["contact_id"], row["standing"], row["landed"]) for row in told} == {
        ("c1", "enrolled", "unverifiable"),
        ("c2", "enrolled", "unverifiable"),
    }
    assert office.ledger.unread_count("ghl") == 0
    assert {row["landed"] for row in office.ledger.changes()} == {"unverifiable"}


@pytest.mark.parametrize(("fault", "times"), [("drop after", 1), ("drop before", 0)])
def test_a_lost_answer_is_never_sent_again_and_says_where_to_look(office, fault, times):
    office.vendor.plan = {0: fault}
    applied = office.day()
    assert (applied.unknown, applied.in_doubt, applied.confirmed) == (1, 0, 0)
    office.clock.sleep(86_400)
    assert office.day().planned == 0
    assert office.vendor.journeys.get("c1/w1", 0) == times
    assert len(office.vendor.calls) == 1
    (told,) = office.ledger.enrolment_rows("ghl")
    assert told["standing"] == "unknown, not repeated; look in GHL at c1"
    assert office.ledger.unknown_enrolments("ghl") == [("c1", "Outbound")]
    assert {row["state"] for row in office.ledger.changes()} == {"unknown"}


def test_what_was_lost_does_not_keep_other_writes_from_the_person(office):
    office.vendor.plan = {0: "drop after"}
    office.day()
    assert office.ledger.people_under_way("ghl") == set()


def test_a_call_that_was_never_made_is_made_by_the_next_run(office):
    office.vendor.plan = {0: QuotaExhausted("no calls are left today", resumes_at=office.clock())}
    with pytest.raises(QuotaExhausted):
        office.day()
    assert office.day().confirmed == 1
    assert office.vendor.journeys == {"c1/w1": 1}


def test_a_refusal_is_kept_and_asked_for_again_when_the_workflow_changed(office):
    office.vendor.plan = {0: "refuse"}
    assert office.day().rejected == 1
    assert [row.action for row in office.planned()] == ["skip"]
    assert office.day().planned == 0
    office.version = "v2"
    assert office.day().confirmed == 1
    assert office.vendor.journeys == {"c1/w1": 1}
    (told,) = office.ledger.enrolment_rows("ghl")
    assert (told["standing"], told["vendor_code"]) == ("enrolled", None)


def test_a_no_between_plan_and_send_keeps_the_person_out(tmp_path):
    office = build(tmp_path / "guarded", guard=lambda _intent: "opted out of e-mail since the plan was made")
    assert office.day().held == 1
    assert office.vendor.calls == []


def test_whoever_says_no_later_is_taken_out_once_in_the_lane_that_passes_every_gate(office):
    office.day()
    rows = office.planned(hold="opted out of e-mail")
    plan_hash = office.save(rows, passed=False)
    done = office.applier.apply(plan_hash, lanes=("optout",))
    assert (done.confirmed, office.vendor.journeys) == (1, {"c1/w1": 0})
    assert office.planned(hold="opted out of e-mail") == []
    assert [row["standing"] for row in office.ledger.enrolment_rows("ghl")] == ["enrolled", "taken out"]


def test_leaving_whose_answer_was_lost_is_sent_again(office):
    office.day()
    office.vendor.plan = {1: "drop before"}
    assert office.day(hold="opted out of e-mail").confirmed == 1
    assert office.vendor.journeys == {"c1/w1": 0}
    assert [len(call) for call in office.vendor.calls] == [1, 1, 1]


@pytest.mark.parametrize("moment", ["kill before", "kill after"])
def test_whose_process_is_killed_in_the_call_is_unknown_and_everybody_else_enters_once(tmp_path, moment):
    folder, path = tmp_path / "office", tmp_path / "vendor.json"
    build(folder, path=path).ledger.close()
    child = os.fork()
    if child == 0:
        office = build(folder, path=path)
        office.vendor.plan = {1: moment}
        office.day("k1", "k2", "k3")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    office = build(folder, path=path)
    office.clock.sleep(3600)
    office.day("k1", "k2", "k3")
    office.day("k1", "k2", "k3")
    ((contact, _),) = office.ledger.unknown_enrolments("ghl")
    others = {f"c{number}/w1": 1 for number in (1, 2, 3) if f"c{number}" != contact}
    assert office.vendor.journeys == others | ({f"{contact}/w1": 1} if moment == "kill after" else {})
    office.ledger.close()


def test_an_intent_claimed_by_a_dead_process_before_its_call_is_free_again(office):
    plan_hash = office.save(office.planned())
    office.ledger.claim(office.ledger.plan_intents(plan_hash), owner="a dead process")
    assert office.day().confirmed == 1
    assert office.vendor.journeys == {"c1/w1": 1}


def test_what_is_lost_stays_lost(office):
    office.vendor.plan = {0: "drop after"}
    office.day()
    (old,) = office.ledger.intents_named([row["intent_id"] for row in office.ledger.enrolment_rows("ghl")]).values()
    with pytest.raises(IllegalTransition, match="an intent that is lost cannot claim"):
        office.ledger.claim([old], owner="anybody")


def test_an_enrolment_is_remembered_when_values_of_its_age_are_pruned(office):
    office.day()
    office.clock.sleep(86_400 * 400)
    office.ledger.prune(office.clock())
    assert office.planned() == []


@pytest.mark.parametrize(("number", "lines"), [(0, 0), (10, 10), (12, 11)])
def test_status_names_ten_contacts_and_counts_the_others(number, lines):
    unknown = [{"contact": f"c{n}", "workflow": "Outbound"} for n in range(number)]
    told = {"vendors": {}, "apollo_in_doubt": 0, "enrolments_unknown": unknown}
    told |= {key: [] for key in ("pauses", "quotas", "tokens", "alerts_waiting", "runs")} | {"spent": {}}
    found = list(status_lines(told))
    assert found[:1] == ["GoHighLevel: enrolment in 'Outbound' unknown, not repeated; look in GHL at c0"][:number]
    assert len(found) == lines
    assert (number <= 10) or found[-1] == "GoHighLevel: 2 more like this: see outreach.ghl__enrolments"


def test_the_first_message_of_a_workflow_afterwards_is_evidence(tmp_path):
    sent = {"vendor": "ghl", "direction": "out", "sent_by": "workflow", "record_id": "c1"}
    messages = [
        {**sent, "engagement_id": "before", "occurred_at": MOMENT - timedelta(hours=1)},
        {**sent, "engagement_id": "other", "occurred_at": MOMENT + timedelta(hours=1), "workflow_id": "w2"},
        {**sent, "engagement_id": "first", "occurred_at": MOMENT + timedelta(hours=2)},
        {**sent, "engagement_id": "typed", "occurred_at": MOMENT + timedelta(minutes=1), "sent_by": "app"},
    ]
    row = {"contact_id": "c1", "workflow_id": "w1", "sent_at": MOMENT, "action": "enrol"}
    with Warehouse(tmp_path / "warehouse.duckdb").open() as session:
        session.insert("staging.engagements", messages)
        rows = evidenced(session, [row, {**row, "contact_id": "c2"}, {**row, "sent_at": None}])
    assert [row["first_message_at"] for row in rows] == [MOMENT + timedelta(hours=2), None, None]

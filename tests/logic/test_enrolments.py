"""Who starts which workflow: once and for all, never against a no, and never more of them than a day takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.blast import BlastRadius, problems
from pipeline.planning.capabilities import Capabilities
from pipeline.planning.desired import Desired
from pipeline.planning.enrolments import COUNTED, Enrolling, Enrolment
from pipeline.planning.gates import Gates
from pipeline.planning.plans import group
from pipeline.planning.states import STATES
from pipeline.planning.undo import reversed_rows
from pipeline.planning.workflows import Bound, Start, Workflow, bound, starts_of
from pipeline.planning.written import Present, Written
from pipeline.rules import packaged, parse

GHL = load("ghl", packaged())
DAY = date(2026, 11, 22)
OUTBOUND = Workflow("w1", "Outbound email", "published", "3")
START = Start(segment="core", workflow="w1")
ADA = Desired(person_key="k1", object="contact", record_id="c1", tags=frozenset({"lf-core"}))
MIRROR: dict[tuple[str, str], dict[str, Any]] = {("contact", "c1"): {"id": "c1"}}


def with_rules(text: str) -> dict[str, str]:
    return {**packaged(), "enrolments": text}


def past(state: Any = "confirmed", **changes: Any) -> Enrolment:
    told = {"reference": "w1/k1", "workflow_id": "w1", "workflow_name": "Outbound email", "person_key": "k1"}
    return Enrolment(**{**told, "record_id": "c1", "state": state, "as_of": DAY, "channels": ("email",), **changes})


def enrolling(*before: Enrolment, start: Start = START, per_day: int = 200, **changes: Any) -> Enrolling:
    bounds = [Bound(start, OUTBOUND)]
    return Enrolling(**{"bounds": bounds, "past": before, "mapping": GHL, "as_of": DAY, "per_day": per_day, **changes})


def entered(
    *before: Enrolment,
    home: Desired = ADA,
    mirror: dict[tuple[str, str], dict[str, Any]] | None = None,
    rows: tuple[PlanRow, ...] = (),
    **changes: Any,
) -> list[PlanRow]:
    found = enrolling(*before, **changes)
    told = found.add(rows, [home], MIRROR if mirror is None else mirror)
    return [*told, *found.rest()[0]]


def test_nobody_is_enrolled_as_shipped() -> None:
    assert starts_of(packaged()) == ()


def test_a_person_of_the_segment_starts_the_workflow_with_a_write_of_its_own() -> None:
    (row,) = entered()
    assert (row.action, row.lane, row.record_id, row.field) == ("enrol", "normal", "c1", "w1/k1")
    assert row.reason == "in segment core: starts workflow 'Outbound email'"
    (grouped,) = group([row], [0], "p")
    assert grouped.intent.operation == "enrol"
    assert grouped.intent.payload["workflow"] == "w1"


@pytest.mark.parametrize("state", COUNTED)
def test_whoever_is_or_may_be_in_a_workflow_does_not_start_it_again(state: Any) -> None:
    assert entered(past(state)) == []


@pytest.mark.parametrize("state", sorted(set(STATES) - {*COUNTED}))
def test_what_never_reached_the_vendor_counts_for_nothing(state: Any) -> None:
    assert [row.action for row in entered(past(state, payload={"an": "older one"}))] == ["enrol"]


def test_the_contact_counts_as_much_as_the_person() -> None:
    assert entered(past(person_key="somebody merged", reference="w1/k0")) == []
    assert entered(past(person_key="k0", record_id="c0", reference="w1/k0"), heirs={"k0": "k1"}) == []


@pytest.mark.parametrize(("days", "actions"), [(29, []), (30, ["enrol"])])
def test_a_rule_may_let_a_person_in_again_after_some_days(days: int, actions: list[str]) -> None:
    again = Start(segment="core", workflow="w1", again_after_days=30)
    found = entered(past(as_of=date.fromordinal(DAY.toordinal() - days)), start=again)
    assert [row.action for row in found] == actions
    assert [row.field for row in found] == ["w1/k1/2"] * len(actions)


@pytest.mark.parametrize(
    ("home", "mirror"),
    [
        (replace(ADA, hold="a customer"), MIRROR),
        (replace(ADA, is_gone=True), MIRROR),
        (replace(ADA, duplicate_of=("contact", "c2")), MIRROR),
        (replace(ADA, opted_out_channels=frozenset({"sms"})), MIRROR),
        (ADA, {}),
        (ADA, {("contact", "c1"): {"dnd": True}}),
        (ADA, {("contact", "c1"): {"dndSettings": {"Email": {"status": "permanent"}}}}),
        (Desired(person_key="k1", tags=ADA.tags), MIRROR),
        (Desired(person_key="k1", object="contact", record_id="c1", tags=frozenset({"lf-nurture"})), MIRROR),
    ],
    ids=[
        *("held back", "gone", "second record", "said no to SMS", "not mirrored", "not to be disturbed"),
        *("no e-mail", "no record", "another segment"),
    ],
)  # fmt: skip
def test_nobody_is_enrolled_who_said_no_is_held_or_cannot_be_seen(home: Desired, mirror: Any) -> None:
    assert [row.action for row in entered(home=home, mirror=mirror)] == []


def test_a_no_to_a_channel_that_the_workflow_does_not_use_is_no_obstacle() -> None:
    mail = Start(segment="core", workflow="w1", channels=("email",))
    mute = {("contact", "c1"): {"dndSettings": {"Call": {"status": "active"}}}}
    assert [row.action for row in entered(start=mail, mirror=mute)] == ["enrol"]


def test_a_person_whose_contact_this_plan_makes_starts_in_the_same_plan() -> None:
    home = Desired(person_key="k1", tags=ADA.tags)
    made = PlanRow(vendor="ghl", object="contact", record_id=None, person_key="k1", action="insert", reason="new")
    (row,) = entered(home=home, rows=(made,))
    assert (row.action, row.record_id) == ("enrol", None)


@given(people=st.integers(0, 30), per_day=st.integers(0, 30), before=st.integers(0, 30))
def test_a_day_takes_so_many_and_the_others_wait(people: int, per_day: int, before: int) -> None:
    there = [past(person_key=f"b{n}", record_id=f"b{n}", reference=f"w1/b{n}") for n in range(before)]
    found = enrolling(*there, per_day=per_day)
    homes = [Desired(person_key=f"k{n}", object="contact", record_id=f"c{n}", tags=ADA.tags) for n in range(people)]
    for home in homes:
        found.add([], [home], {("contact", str(home.record_id)): {}})
    rows, waiting = found.rest()
    assert len(rows) == min(people, max(per_day - before, 0))
    assert len(rows) + waiting == people


def test_the_gate_refuses_what_is_more_than_a_day_takes() -> None:
    limits = parse(Gates, "gates", packaged()).blast_radius
    rows = [
        PlanRow(
            vendor="ghl", object="contact", record_id=f"c{n}", person_key=f"k{n}", action="enrol", field=f"w1/k{n}",
            new_value={"workflow": "w1", "name": "Outbound email"}, reason="",
        )
        for n in range(3)
    ]  # fmt: skip
    few = BlastRadius(**{**limits.model_dump(), "max_enrolments": 2})
    assert problems(rows, few, records=10, sources={}) == [
        "3 people would enter workflow 'Outbound email', the limit is 2"
    ]
    assert problems(rows, limits, records=10, sources={}) == []


def test_a_refusal_stands_until_the_workflow_or_its_rule_changes() -> None:
    (first,) = entered(metadata_version="v1")
    refused = past("rejected", payload=first.new_value, metadata_version="v1", code="400")
    (row,) = entered(refused, metadata_version="v1")
    assert (row.action, row.reason) == (
        "skip",
        "refused before (400): asked again when the workflow or its rule changes",
    )
    assert [row.action for row in entered(refused, metadata_version="v2")] == ["enrol"]


def test_whoever_took_back_a_no_that_was_found_right_before_sending_may_start() -> None:
    (first,) = entered()
    (row,) = entered(past("rejected", payload=first.new_value, code="opted_out"))
    assert (row.action, row.field) == ("enrol", "w1/k1/2")


@pytest.mark.parametrize("state", ["confirmed", "lost"])
def test_whoever_says_no_later_is_taken_out_before_anything_else_is_sent(state: Any) -> None:
    held = Desired(person_key="k1", object="contact", record_id="c1", hold="opted out of e-mail")
    (row,) = entered(past(state), home=held)
    assert (row.lane, row.action, row.record_id, row.field) == ("optout", "unenrol", "c1", "leave/w1/k1")
    assert row.new_value == {"reference": "leave/w1/k1", "workflow": "w1", "name": "Outbound email"}
    assert entered(past(state, is_left=True), home=held) == []


@pytest.mark.parametrize("state", ["planned", "superseded", "rejected"])
def test_nobody_is_taken_out_who_never_entered(state: Any) -> None:
    held = Desired(person_key="k1", object="contact", record_id="c1", hold="opted out of e-mail")
    assert entered(past(state), home=held) == []


def test_taking_back_a_run_takes_people_out_and_says_what_stays() -> None:
    told = {"vendor": "ghl", "object": "contact", "record_id": "c1", "person_key": "k1", "lane": "normal"}
    (planned,) = entered()
    enrolled = Written(
        **told, operation="enrol", field="w1/k1", old=None, sent=planned.new_value, stored=planned.new_value
    )  # type: ignore[arg-type]  # keywords in common
    present = Present(theirs={("contact", "c1"): {}}, became={}, ours_since={}, held={})
    (row,) = reversed_rows([enrolled], present, GHL, Capabilities(), run_id="run")
    assert (row.action, row.field) == ("unenrol", "leave/w1/k1")
    assert "what it has sent by now stays sent" in row.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("starts: [{segment: vip, workflow: w}]", "starts.0.segment = 'vip'.*in-dialogue, priority, core, nurture"),
        ("starts: [{segment: core, workflow: ''}]", "starts.0.workflow = ''"),
        ("starts: [{segment: core}]", "starts.0.workflow"),
        ("starts: [{segment: core, workflow: w, again_after_days: 0}]", "again_after_days = 0"),
        ("starts: [{segment: core, workflow: w, channels: [fax]}]", "'fax'.*'email', 'sms' or 'call'"),
        ("starts: [{segment: core, workflow: w}, {segment: core, workflow: w}]", "starts workflow 'w' twice"),
        ("begins: []", "begins"),
    ],
)
def test_a_wrong_rule_names_the_key_the_value_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=f"rules/enrolments.yaml.*{told}"):
        starts_of(with_rules(text))


@pytest.mark.parametrize(
    ("workflow", "told"),
    [
        ("outbound EMAIL", None),
        ("w1", None),
        ("Inbound", "is not in GoHighLevel; published there: 'Outbound email', 'Twin', 'Twin'"),
        ("Sketch", "is a draft: publish it first"),
        ("Twin", "is the name of 2 workflows: give one of the ids t1, t2"),
    ],
)
def test_a_workflow_is_meant_by_name_or_id_and_has_to_be_published(workflow: str, told: str | None) -> None:
    there = [
        OUTBOUND,
        Workflow("d1", "Sketch", "draft"),
        Workflow("t1", "Twin", "published"),
        Workflow("t2", "Twin", "published"),
    ]
    found, amiss = bound([Start(segment="core", workflow=workflow)], there)
    assert [one.workflow for one in found] == ([OUTBOUND] if told is None else [])
    assert [problem.endswith(told or "") for problem in amiss] == ([] if told is None else [True])

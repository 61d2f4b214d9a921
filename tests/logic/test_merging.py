"""What a plan does with second records of one person, and what no rule makes it do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.mapping import load
from pipeline.models import Intent, PlanRow, Sighting
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.desired import Desired
from pipeline.planning.gates import Gates, judge
from pipeline.planning.merging import MARK, Duplicates, Merging
from pipeline.planning.settle import decide
from pipeline.planning.undo import FROM_DELETED, reversed_rows
from pipeline.planning.written import Present, Written
from pipeline.rules import packaged, parse

ZOHO = load("zoho", packaged())
FIRST, SECOND = ("Leads", "1"), ("Leads", "2")
SOURCES = frozenset({"Trade Show", "Partner"})
FACTS = (
    *(FieldFact(name=name) for name in ("Leadflow_ID", "Last_Name", "Phone", "Mobile", "Description", "Account_Fit")),
    FieldFact(name="Lead_Source", choices=SOURCES),
    FieldFact(name="Passport", is_unique=True),
    FieldFact(name="Modified_Time", is_read_only=True),
)
LIVE = Capabilities({"Leads": {fact.name: fact for fact in FACTS}})
DELETE = Duplicates(action="delete")
STAMP = "2026-11-20T09:00:00+05:30"
HERE = {"Last_Name": "Berg", "Mobile": "+49151", "Modified_Time": STAMP, "Leadflow_ID": "lf_old", "Account_Fit": 9}


def second(**changes: Any) -> Desired:
    told = {"person_key": "lf_1", "object": "Leads", "record_id": "2", "duplicate_of": FIRST}
    return Desired(**{**told, **changes})


def skipped(one: Desired) -> PlanRow:
    return PlanRow(
        vendor="zoho",
        object=one.object or "",
        record_id=one.record_id,
        person_key=one.person_key,
        action="skip",
        reason="duplicate of Leads/1",
    )


def merge(
    here: dict[str, Any] | None = None,
    there: dict[str, Any] | None = None,
    *,
    rule: Duplicates = DELETE,
    rows: tuple[PlanRow, ...] = (),
    one: Desired | None = None,
    **how: Any,
) -> list[PlanRow]:
    one = one or second()
    theirs = {FIRST: there or {"Last_Name": "Berg"}, SECOND: HERE | (here or {})}
    merging = Merging(rule=rule, theirs=theirs, mapping=ZOHO, capabilities=LIVE, **how)
    return merging.merged([*rows, skipped(one)], [one])


def shown(rows: list[PlanRow]) -> list[tuple[str, str | None, str | None]]:
    return [(row.action, row.record_id, row.field) for row in rows]


def update(name: str, value: Any) -> PlanRow:
    return replace(skipped(second()), record_id="1", action="update", field=name, new_value=value)


def test_second_records_are_only_shown_unless_a_rule_says_more() -> None:
    assert parse(Gates, "gates", packaged()).duplicates.action == "show"
    assert merge(rule=Duplicates()) == [skipped(second())]


def test_what_only_the_second_record_has_goes_to_the_first_and_then_it_goes() -> None:
    rows = merge()
    assert shown(rows) == [("update", "1", "Mobile"), ("delete", "2", "id")]
    moved, gone = rows
    assert (moved.old_value, moved.new_value, moved.policy) == (None, "+49151", "merged")
    assert gone.new_value == {"duplicate_of": {"object": "Leads", "id": "1"}, "modified_at": STAMP}
    assert gone.old_value["Mobile"] == "+49151"
    assert gone.reason == "duplicate of Leads/1, which has what it has"


def test_what_differs_stays_as_the_first_record_has_it_and_is_named() -> None:
    rows = merge({"Description": "old"}, {"Last_Name": "Berg", "Mobile": "0", "Description": "new"})
    assert shown(rows) == [("delete", "2", "id")]
    assert rows[0].reason.endswith("which keeps its own Description, Mobile")


def test_what_the_plan_writes_to_the_first_record_anyway_is_not_written_twice() -> None:
    rows = merge(rows=(update("Mobile", "+49 151"),))
    assert [row for row in rows if row.action == "update"] == [update("Mobile", "+49 151")]


def test_tags_of_people_move_and_ours_do_not() -> None:
    rows = merge({"Tag": [{"name": "VIP"}, {"name": "lf-core"}, {"name": "fair"}]}, {"Tag": [{"name": "Fair"}]})
    (tagged,) = [row for row in rows if row.action == "add_tags"]
    assert (tagged.record_id, tagged.new_value) == ("1", ["VIP"])


def test_marking_tags_the_second_record_once_and_deletes_nothing() -> None:
    mark = Duplicates(action="mark")
    rows = merge(rule=mark)
    assert shown(rows) == [("update", "1", "Mobile"), ("add_tags", "2", "Tag")]
    assert rows[1].new_value == [MARK]
    again = merge({"Tag": [{"name": MARK}]}, {"Last_Name": "Berg", "Mobile": "+49151"}, rule=mark)
    assert shown(again) == [("skip", "2", None)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"one": second(duplicate_of=("Contacts", "9"))}, "the first one is among the Contacts"),
        ({"one": second(record_id="404")}, "one of the two is not in the mirror"),
        ({"rows": (replace(skipped(second()), record_id="1", action="hold"),)}, "the person is held back"),
        ({"rows": (replace(skipped(second()), record_id="1", action="convert"),)}, "the person is held back, or conv"),
        ({"left": {"lf_1"}}, "the person is held back"),
        ({"busy": {SECOND}}, "a deal belongs to it"),
        ({"here": {"Passport": "P1"}}, "what it has in Passport cannot be moved"),
        ({"here": {"Lead_Source": "Fax"}}, "what it has in Lead_Source cannot be moved"),
        ({"here": {"Description": [{"row": 1}]}}, "what it has in Description cannot be moved"),
        ({"rule": Duplicates(action="delete", most=0)}, "one plan takes 0 at most"),
        (
            {"here": {"Tag": [{"name": "VIP"}]}, "there": {"Tag": [{"name": f"t{n}"} for n in range(10)]}},
            "the first one has no room for its tags",
        ),
    ],
)
def test_a_second_record_stays_when(changes: dict[str, Any], why: str) -> None:
    rows = merge(**changes)
    assert not [row for row in rows if row.action in {"delete", "update", "add_tags"}]
    assert f"not merged: {why}" in rows[-1].reason


def test_of_two_second_records_the_later_gives_only_what_the_earlier_did_not() -> None:
    both = [second(), second(record_id="3")]
    theirs = {FIRST: {}, SECOND: HERE, ("Leads", "3"): HERE | {"Mobile": "+1", "Phone": "+2"}}
    merging = Merging(rule=DELETE, theirs=theirs, mapping=ZOHO, capabilities=LIVE)
    rows = merging.merged([skipped(one) for one in both], both)
    moved = {row.field: row.new_value for row in rows if row.action == "update"}
    assert moved == {"Last_Name": "Berg", "Mobile": "+49151", "Phone": "+2"}
    assert rows[-1].reason.endswith("which keeps its own Mobile")


def test_a_plan_that_deletes_more_than_the_rule_allows_is_stopped() -> None:
    gates = parse(Gates, "gates", packaged())
    row = replace(skipped(second()), action="delete", field="id", new_value={})

    def told(rule: Duplicates) -> bool:
        limits = gates.model_copy(update={"duplicates": rule})
        forecast = Forecast()
        verdicts = judge(
            [row],
            limits,
            suppressed={},
            records=10,
            forecast=forecast,  # type: ignore[arg-type]
            units_left=None,
            mapping=ZOHO,
            capabilities=LIVE,
        )
        return next(item.is_passed for item in verdicts if item.check == "gate__blast_radius")

    assert told(DELETE)
    assert not told(Duplicates(action="delete", most=0))
    assert not told(Duplicates(action="mark"))


class Forecast:
    unit, units = "zoho_credit", 1.0


GONE = Intent(
    intent_id="i",
    vendor="zoho",
    object="Leads",
    person_key="lf_1",
    record_id="2",
    operation="delete",
    payload={"duplicate_of": {"object": "Leads", "id": "1"}},
)


def test_a_deletion_without_an_answer_happened_when_the_record_is_gone_and_is_repeated_late_when_it_is_there() -> None:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert decide(GONE, Sighting(found=False), minute, hour) == "confirmed"
    assert decide(GONE, Sighting(found=True), minute, hour) == "wait"
    assert decide(GONE, Sighting(found=True), hour, hour) == "retry"
    assert decide(GONE, Sighting(found=None), hour, hour) == "wait"


def written(**changes: Any) -> Written:
    told = {"vendor": "zoho", "object": "Leads", "record_id": "1", "person_key": "lf_1", "lane": "normal"}
    told |= {"operation": "update", "field": "Mobile", "old": None, "sent": "+49151", "stored": "+49151"}
    return Written(**{**told, "policy": "merged", **changes})


def test_an_undo_keeps_what_came_from_a_deleted_record_and_says_that_only_a_person_can_restore_it() -> None:
    present = Present(theirs={FIRST: {"Mobile": "+49151"}}, became={}, ours_since={}, held={})
    kept = [written(), written(record_id="2", operation="delete", field="id", policy=None)]
    rows = reversed_rows(kept, present, ZOHO, LIVE, run_id="run-one")
    assert [row.action for row in rows] == ["skip", "skip"]
    assert {row.reason for row in rows} >= {FROM_DELETED}
    assert any("60 days" in row.reason for row in rows)
    (emptied,) = reversed_rows([written()], present, ZOHO, LIVE, run_id="run-one")
    assert (emptied.action, emptied.new_value) == ("update", None)

"""Taking back: restored only where nobody wrote since, never beyond what is ours, and not written again at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.undo import is_worth_sending, reversed_rows
from pipeline.planning.undone import Taken, respected
from pipeline.planning.written import Present, Written
from pipeline.rules import packaged

ZOHO = load("zoho", packaged())
PLACE = ("Leads", "1")
RUN = "8f2c1111-2222"


def written(**changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": "1",
        "person_key": "lf_1",
        "operation": "update",
        "lane": "normal",
        "field": "City",
        "old": "Bonn",
        "sent": "Ulm",
        "stored": "Ulm",
        "landed": "stored",
        "policy": "merge",
    }
    return Written(**{**told, **changes})


def undo(*items, theirs=None, capabilities=None, **present):
    known = {"theirs": {} if theirs is None else {PLACE: theirs}, "became": {}, "ours_since": {}, "held": {}}
    return reversed_rows(items, Present(**{**known, **present}), ZOHO, capabilities or Capabilities(), run_id=RUN)


def only(rows):
    assert len(rows) == 1, rows
    return rows[0]


def test_a_value_that_nobody_touched_is_restored_from_its_before_image():
    row = only(undo(written(), theirs={"City": "Ulm"}))
    assert (row.action, row.field, row.old_value, row.new_value) == ("update", "City", "Ulm", "Bonn")
    assert row.reason == "takes back run 8f2c1111"
    assert row.policy == "merge"


@pytest.mark.parametrize(
    ("item", "theirs", "reason"),
    [
        (written(), {"City": "Kiel"}, "edited by a person since: stays"),
        (written(), {"City": None}, "edited by a person since: stays"),
        (written(), {"City": "Bonn"}, "stands as before already"),
        (written(landed="overwritten", stored="Kiel"), {"City": "Kiel"}, "edited by a person since: stays"),
        (written(landed="ignored", stored="Bonn"), {"City": "Bonn"}, "stands as before already"),
        (
            written(field="Leadflow_ID", old=None, sent="lf_1", stored="lf_1"),
            {"Leadflow_ID": "lf_1"},
            "our key stays: without it the record would be taken for a stranger",
        ),
        (
            written(field="Company", old=None, sent="Ulm AG", stored="Ulm AG"),
            {"Company": "Ulm AG"},
            "was blank, and the vendor requires a value",
        ),
        (written(old="B***"), {"City": "Ulm"}, "too long ago: the ledger no longer keeps the values"),
        (written(operation="insert", field="Last_Name"), {}, "created by this run: the record stays"),
        (written(operation="convert", field=None), {}, "converted by this run: no vendor takes a conversion back"),
        (written(operation="set_optout", lane="optout"), {}, "an opt-out is never taken back"),
        (
            written(operation="remove_tags", lane="optout", field="Tag", sent=["lf-core"]),
            {"Tag": []},
            "taken from somebody who is not to be contacted: stays",
        ),
    ],
)
def test_what_stays_is_named_with_the_reason(item, theirs, reason):
    row = only(undo(item, theirs=theirs))
    assert row.action == "skip"
    assert row.reason.startswith(reason)
    assert not is_worth_sending([row])


def test_a_vendor_s_own_form_of_our_value_is_not_an_edit():
    item = written(field="Phone", old=None, sent="030 1234567", stored="+49 30 1234567", landed="normalised")
    row = only(undo(item, theirs={"Phone": "+49301234567"}))
    assert (row.action, row.new_value) == ("update", None)


def test_what_a_later_run_wrote_is_taken_back_by_taking_back_that_run():
    later = {PLACE: {"City": ("Kiel", "Kiel")}}
    row = only(undo(written(), theirs={"City": "Kiel"}, ours_since=later))
    assert row.reason == "written again by a later run: take that one back first"


def test_a_field_written_twice_goes_back_to_what_was_there_before_the_first():
    rows = undo(written(), written(old="Ulm", sent="Kiel", stored="Kiel"), theirs={"City": "Kiel"})
    assert only(rows).new_value == "Bonn"


def test_a_lookup_is_restored_by_its_id():
    owner = {"id": "7", "name": "Ada"}
    item = written(field="Owner", old=owner, sent={"id": "9"}, stored={"id": "9", "name": "Bob"})
    row = only(undo(item, theirs={"Owner": {"id": "9", "name": "Bob"}}))
    assert row.new_value == {"id": "7"}


def test_a_person_who_is_held_back_now_is_left_alone():
    row = only(undo(written(), theirs={"City": "Ulm"}, held={"lf_1": "opted out of email"}))
    assert (row.action, row.reason) == ("hold", "opted out of email")


def test_a_record_that_was_converted_or_is_gone_is_named_once():
    items = [written(), written(field="State")]
    assert only(undo(*items, became={PLACE: ("Contacts", "2")})).reason == "has become Contacts/2 since: stays"
    assert only(undo(*items)).reason == "the record is not there any more"


def test_a_field_that_the_vendor_no_longer_has_is_left_out():
    live = Capabilities({"Leads": {"State": FieldFact(name="State")}})
    assert only(undo(written(), theirs={"City": "Ulm"}, capabilities=live)).reason == (
        "the vendor no longer takes this field"
    )


def tagged(operation, sent, old):
    return written(operation=operation, field="Tag", sent=sent, old=old, stored=None, landed=None)


def test_tags_that_were_added_are_removed_and_only_ours():
    item = tagged("add_tags", ["lf-core", "lf-new", "vip"], ["lf-new"])
    rows = undo(item, theirs={"Tag": [{"name": "lf-core"}, {"name": "lf-new"}, {"name": "vip"}]})
    assert [(row.action, row.new_value) for row in rows] == [("remove_tags", ["lf-core"]), ("skip", ["lf-new"])]


def test_tags_that_were_removed_come_back_unless_there_is_no_room():
    item = tagged("remove_tags", ["lf-a", "lf-b"], ["lf-a", "lf-b"])
    assert only(undo(item, theirs={"Tag": []})).new_value == ["lf-a", "lf-b"]
    full = {"Tag": [{"name": f"t{number}"} for number in range(9)]}
    assert [(row.action, row.new_value) for row in undo(item, theirs=full)] == [
        ("add_tags", ["lf-a"]),
        ("skip", ["lf-b"]),
    ]


def planned(action="update", **changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": "1",
        "person_key": "lf_1",
        "action": action,
        "field": "City",
        "old_value": "Bonn",
        "new_value": "Ulm",
        "policy": "merge",
        "reason": "our value changed; nobody touched it",
    }
    return PlanRow(**{**told, **changes})


def taken(action="update", values=("Ulm",)):
    return Taken(undone=RUN, settled_at=datetime(2026, 11, 23, tzinfo=UTC), action=action, values=values)


CITY = ("Leads", "1", "City", "")


def test_what_was_taken_back_is_not_written_again():
    row = only(respected([planned()], {CITY: taken()}, ZOHO))
    assert (row.action, row.new_value) == ("skip", "Ulm")
    assert row.reason == ("run 8f2c1111 was taken back on 2026-11-23: left until our value changes or it is released")


def test_another_value_another_record_and_an_opt_out_are_written():
    rows = [planned(new_value="Kiel"), planned(record_id="2"), planned("set_optout", lane="optout", new_value="Ulm")]
    assert respected(rows, {CITY: taken()}, ZOHO) == rows


def test_a_key_that_rides_along_does_not_become_the_only_reason_to_write():
    key = planned(field="Leadflow_ID", new_value="lf_1")
    assert [row.action for row in respected([planned(), key], {CITY: taken()}, ZOHO)] == ["skip"]
    state = planned(field="State")
    kept = respected([planned(), state, key], {CITY: taken()}, ZOHO)
    assert [(row.action, row.field) for row in kept] == [
        ("skip", "City"),
        ("update", "State"),
        ("update", "Leadflow_ID"),
    ]


@pytest.mark.parametrize(("action", "undone_by"), [("add_tags", "remove_tags"), ("remove_tags", "add_tags")])
def test_a_tag_that_was_taken_back_waits_for_a_release_and_others_do_not(action, undone_by):
    row = planned(action, field="Tag", new_value=["lf-core", "LF-New"])
    memory = {("Leads", "1", "Tag", "lf-new"): taken(undone_by, ("lf-new",))}
    found = respected([row], memory, ZOHO)
    assert [(each.action, each.new_value) for each in found] == [(action, ["lf-core"]), ("skip", ["LF-New"])]
    assert found[1].reason.endswith("left until it is released")
    same_way = {("Leads", "1", "Tag", "lf-new"): taken(action, ("lf-new",))}
    assert respected([row], same_way, ZOHO) == [row]

"""Tasks and notes for people who answered: who gets one, what it says, and that it is asked for once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pipeline.errors import ConfigurationError
from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.activities import Event, Feedback, FeedbackRules, activity_rows, refused
from pipeline.planning.desired import Desired
from pipeline.planning.plans import by_record, group
from pipeline.planning.undo import reversed_rows
from pipeline.planning.written import Present, Written
from pipeline.rules import packaged, parse

ZOHO = load("zoho", packaged())
RULES = Feedback(negative=("not interested", "no thanks"))
EVENT = Event(
    engagement_id="0123456789abcdef0123456789abcdef",
    person_key="k1",
    kind="reply",
    channel="email",
    occurred_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
    grade="A",
    text="Sounds good, let us talk",
)
REFERENCE = "lf-0123456789abcdef"
LEAD = {("Leads", "9"): {"Last_Name": "Berg", "Owner": {"name": "Ann", "id": "77"}}}


def rows(*events, rules=RULES, home=None, **changes):
    told = {"theirs": LEAD, "created": (), "begun": (), "users": ("77",)}
    homes = [home or Desired(person_key="k1", object="Leads", record_id="9")]
    return activity_rows(events or [EVENT], rules, ZOHO, desired=homes, **{**told, **changes})


def by_action(found):
    return {row.action: row.new_value["fields"] for row in found}


def test_a_reply_is_a_note_and_a_task_for_the_owner_of_the_record():
    found = rows()
    assert [(row.action, row.object, row.record_id, row.field) for row in found] == [
        ("add_note", "Leads", "9", REFERENCE),
        ("add_task", "Leads", "9", REFERENCE),
    ]
    fields = by_action(found)
    assert fields["add_task"]["Subject"] == f"Answer the reply by e-mail ({REFERENCE})"
    assert fields["add_task"]["Owner"] == {"id": "77"}
    assert fields["add_task"]["Due_Date"] == "2026-11-21"
    assert fields["add_note"]["Note_Title"] == f"Replied by e-mail ({REFERENCE})"


def test_what_the_person_wrote_stays_out_unless_a_rule_says_so():
    assert "Sounds good" not in str(rows())
    quoted = rows(rules=RULES.model_copy(update={"quote": True, "quote_length": 6}))
    assert by_action(quoted)["add_note"]["Note_Content"].endswith("\n\nSounds")
    assert "Sounds" not in by_action(quoted)["add_task"]["Description"]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("No thanks, we are fine", "no thanks"),
        ("I am NOT\ninterested.", "not interested"),
        ("We are not interesting to you", None),
        ("", None),
        (None, None),
    ],
)
def test_a_reply_with_a_phrase_of_the_rules_is_a_no_and_one_without_text_is_none(text, phrase):
    assert refused(text, RULES.negative) == phrase
    assert ("add_task" in by_action(rows(replace(EVENT, text=text)))) == (phrase is None)


def test_a_no_is_told_in_its_note_and_in_the_plan():
    found = rows(replace(EVENT, text="not interested"))
    assert [row.action for row in found] == ["add_note"]
    assert "Reads like a no: not interested" in by_action(found)["add_note"]["Note_Content"]
    assert "no task" in found[0].reason


@pytest.mark.parametrize(
    "home",
    [
        Desired(person_key="k1", object="Leads", record_id="9", hold="opted out of e-mail"),
        Desired(person_key="k1", object="Leads", record_id="9", is_gone=True),
        Desired(person_key="k1", object="Leads", record_id="9", duplicate_of=("Contacts", "3")),
        Desired(person_key="k1", object="Leads", record_id="10"),
        Desired(person_key="k1"),
        Desired(person_key="k2", object="Leads", record_id="9"),
    ],
    ids=["held back", "deleted there", "second record", "not mirrored", "no record", "somebody else"],
)
def test_whoever_is_held_back_or_has_no_record_gets_nothing(home):
    assert rows(home=home) == []


def test_a_record_that_this_plan_makes_gets_its_task_and_the_owner_it_is_made_with():
    found = rows(home=Desired(person_key="k1", values={"Owner": {"id": "77"}}), created={"k1"})
    assert {(row.object, row.record_id) for row in found} == {("Leads", None)}
    assert by_action(found)["add_task"]["Owner"] == {"id": "77"}


def test_a_task_is_nobodys_when_the_owner_left():
    assert "Owner" not in by_action(rows(users=("78",)))["add_task"]
    assert by_action(rows(users=()))["add_task"]["Owner"] == {"id": "77"}


def test_what_was_made_or_may_have_been_is_not_asked_for_again():
    begun = {("add_task", REFERENCE)}
    assert [row.action for row in rows(begun=begun)] == ["add_note"]
    assert rows(begun=begun | {("add_note", REFERENCE)}) == []


def test_tasks_and_notes_can_be_turned_off_and_only_zoho_has_words_for_them():
    assert [row.action for row in rows(rules=RULES.model_copy(update={"task": False}))] == ["add_note"]
    assert [row.action for row in rows(rules=RULES.model_copy(update={"note": False}))] == ["add_task"]
    ghl = load("ghl", packaged())
    assert activity_rows([EVENT], RULES, ghl, desired=[], theirs={}, created=(), begun=()) == []


def test_two_replies_of_one_person_are_two_tasks_and_each_keeps_its_name_whatever_else_changes():
    other = replace(EVENT, engagement_id="f" * 32)
    found = rows(EVENT, other)
    assert len(by_record(found)) == 4
    names = {item.intent.intent_id for item in group(found, [0] * 4, "p")}
    assert len(names) == 4
    moved = [replace(row, object="Contacts", record_id="5", person_key="k7", reason="other") for row in found]
    assert {item.intent.intent_id for item in group(moved, [3] * 4, "q")} == names


def test_an_undo_says_that_a_task_stays():
    written = Written(
        vendor="zoho",
        object="Leads",
        record_id="9",
        person_key="k1",
        operation="add_task",
        lane="normal",
        field=REFERENCE,
        old=None,
        sent={},
        stored={},
        landed="stored",
        policy=None,
    )
    present = Present(theirs=LEAD, became={}, held={}, ours_since={})
    (row,) = reversed_rows([written], present, ZOHO, None, run_id="r" * 8)
    assert isinstance(row, PlanRow)
    assert (row.action, "stays" in row.reason) == ("skip", True)


def test_only_events_of_the_last_days_count():
    assert Feedback(max_age_days=14).since(date(2026, 11, 22)) == date(2026, 11, 8)


def test_a_wrong_rule_is_named_with_what_is_allowed():
    with pytest.raises(ConfigurationError, match=r"feedback.yaml: zoho.kinds.0 = 'opens'.*'reply', 'booked' or 'call'"):
        parse(FeedbackRules, "feedback", {"feedback": "zoho: {kinds: [opens]}"})
    assert parse(FeedbackRules, "feedback", packaged()).zoho.task

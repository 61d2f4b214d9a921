"""What is decided about bulk jobs without asking anybody: transitions, terms, and result rows one to one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Intent, JobRow
from pipeline.planning.jobs import BULK_ATTEMPTS, match, may_go, sound
from pipeline.planning.settle import NEVER, Terms, terms
from pipeline.planning.states import (
    JOB_EVENTS,
    JOB_STATES,
    JOB_TRANSITIONS,
    UNDER_WAY,
    IllegalTransition,
    job_after,
)

SENT = datetime(2026, 11, 22, 7, tzinfo=UTC)
SINGLE, BULK = timedelta(minutes=2), timedelta(hours=2)


def intent(key="k1", operation="insert", **changes):
    told = {"intent_id": f"i-{key}", "vendor": "zoho", "object": "Leads", "record_id": None, "payload": {}}
    return Intent(**{**told, "person_key": key, "operation": operation, **changes})


@pytest.mark.parametrize("state", JOB_STATES)
@pytest.mark.parametrize("event", JOB_EVENTS)
def test_a_job_moves_only_along_the_table(state, event):
    if (state, event) in JOB_TRANSITIONS:
        assert job_after(state, event) in JOB_STATES
    else:
        with pytest.raises(IllegalTransition, match=f"{state} cannot {event}"):
            job_after(state, event)


def test_a_job_is_under_way_until_nothing_can_happen_to_it():
    assert {state for state, _ in JOB_TRANSITIONS} == set(UNDER_WAY)


def test_a_submitted_job_can_never_be_given_up_as_if_nothing_had_been_sent():
    givers = {state for state, event in JOB_TRANSITIONS if event == "abandon"}
    assert givers == {"prepared", "uploaded", "submitting"}


@pytest.mark.parametrize("job", ["prepared", "uploaded", "completed"])
def test_rows_are_not_asked_about_while_their_job_can_be(job):
    assert terms(SENT, single=SINGLE, bulk=BULK, job=job) is None


@pytest.mark.parametrize("job", ["submitting", "failed", "resolved"])
def test_a_job_without_an_answer_may_write_until_its_horizon(job):
    assert terms(SENT, single=SINGLE, bulk=BULK, job=job) == Terms(since=SENT, horizon=BULK, due_at=SENT + BULK)


def test_a_stuck_job_is_looked_into_once_per_horizon_and_absence_proves_nothing():
    told = terms(SENT, single=SINGLE, bulk=BULK, job="submitted")
    again = terms(SENT, single=SINGLE, bulk=BULK, job="submitted", asked_at=SENT + 2 * BULK)
    assert (told.horizon, told.due_at, again.due_at) == (NEVER, SENT + BULK, SENT + 3 * BULK)


def test_a_row_that_a_result_lacks_is_asked_about_as_if_called_when_the_job_ended():
    ended = SENT + timedelta(hours=1)
    told = terms(SENT, single=SINGLE, bulk=BULK, job="applied", ended_at=ended)
    assert told == Terms(since=ended, horizon=SINGLE, due_at=ended)
    assert terms(SENT, single=SINGLE).horizon == SINGLE


def test_inserts_may_go_and_updates_only_of_what_is_ours_on_a_known_record():
    def ours(item):
        return "Phone" not in item.payload

    assert may_go(intent(), is_ours=ours)
    assert may_go(intent(operation="update", record_id="1", payload={"Engagement": 1}), is_ours=ours)
    assert not may_go(intent(operation="update", record_id="1", payload={"Phone": "1"}), is_ours=ours)
    assert not may_go(intent(operation="update", payload={"Engagement": 1}), is_ours=ours)
    assert not may_go(intent(operation="add_tags", record_id="1"), is_ours=ours)
    assert not may_go(intent(lane="optout"), is_ours=ours)
    assert not may_go(intent(attempt=BULK_ATTEMPTS + 1), is_ours=ours)


KEYS = st.sampled_from([f"k{number}" for number in range(6)])
ROWS = st.builds(
    JobRow,
    key=KEYS,
    status=st.sampled_from(["added", "updated", "skipped", "unprocessed"]),
    record_id=st.sampled_from([None, "1", "2"]),
    code=st.sampled_from([None, "DUPLICATE_DATA", "INVALID_DATA"]),
)


@given(people=st.sets(KEYS), rows=st.lists(ROWS, max_size=10))
def test_every_intent_gets_at_most_one_word_and_every_row_is_used_or_shown(people, rows):
    members = [intent(key) for key in sorted(people)]
    found = match(members, rows, lambda item: item.person_key)
    told = [item.person_key for item, _ in found.results] + [item.person_key for item in (*found.again, *found.singly)]
    assert len(told) == len(set(told))
    assert len(told) + len(found.oddities) == len(rows)
    once = {key for key in people if [row.key for row in rows].count(key) == 1}
    assert set(told) <= once
    assert all(outcome.record_id for _, outcome in found.results if outcome.status == "confirmed")
    assert found.is_complete(members) == (set(told) == people)


@given(lists=st.lists(st.lists(st.tuples(KEYS, st.sampled_from(["Leads", "Contacts"])), max_size=5), max_size=4))
def test_sound_jobs_hold_each_person_once_and_lose_nobody(lists):
    wanted = [
        [replace(intent(key), intent_id=f"{place}-{number}", object=kind) for number, (key, kind) in enumerate(part)]
        for place, part in enumerate(lists)
    ]
    jobs, rest = sound(wanted, lambda item: item.person_key)
    assert sorted(i.intent_id for job in [*jobs, rest] for i in job) == sorted(i.intent_id for p in wanted for i in p)
    for job in jobs:
        assert len({item.person_key for item in job}) == len(job) > 0
        assert len({item.object for item in job}) == 1

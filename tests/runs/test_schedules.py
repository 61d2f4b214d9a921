"""Schedules and the 15-minute job: what they ask for, what they call, and what they leave alone."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import schedules
from assets.approving import approve, compared_at
from assets.definitions import defs
from assets.jobs import WATCHED
from assets.processes import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.conftest import House

NO_PROCESS = 4_194_305
"""Above the highest number that Linux gives a process."""

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as opened:
        yield opened


def tick(schedule: dg.ScheduleDefinition, instance: dg.DagsterInstance) -> Any:
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=NOON, repository_def=defs.get_repository_def()
    )
    return schedule.evaluate_tick(context)


def test_the_morning_asks_for_the_day_that_begins(instance: dg.DagsterInstance) -> None:
    (request,) = tick(schedules.every_morning, instance).run_requests
    assert (request.run_key, request.partition_key) == ("2026-11-24", "2026-11-24")


def test_nothing_that_calls_a_vendor_starts_by_itself() -> None:
    assert {schedule.default_status for schedule in schedules.SCHEDULES} == {dg.DefaultScheduleStatus.STOPPED}


def test_two_looks_are_never_more_than_15_minutes_apart() -> None:
    assert schedules.every_15_minutes.cron_schedule == "*/15 * * * *"


@pytest.mark.parametrize("job", ["daily", "morning", "apply_zoho", "watch"])
def test_a_look_is_left_out_while_a_whole_run_or_the_last_look_is_under_way(
    instance: dg.DagsterInstance, job: str
) -> None:
    instance.create_run_for_job(defs.resolve_job_def(job), status=dg.DagsterRunStatus.STARTED)
    ticked = tick(schedules.every_15_minutes, instance)
    assert not ticked.run_requests
    assert "under way" in ticked.skip_message or "not over" in ticked.skip_message


def test_a_layer_that_is_rebuilt_does_not_keep_opt_outs_waiting(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(defs.resolve_job_def("reports"), status=dg.DagsterRunStatus.STARTED)
    assert len(tick(schedules.every_15_minutes, instance).run_requests) == 1


def test_a_run_whose_process_is_gone_does_not_keep_opt_outs_waiting(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(
        defs.resolve_job_def("morning"),
        status=dg.DagsterRunStatus.STARTED,
        tags={MARK: f"{socket.gethostname()}:{NO_PROCESS}/0"},
    )
    assert len(tick(schedules.every_15_minutes, instance).run_requests) == 1
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE


def outcome(house: House, vendor: str) -> list[dict[str, Any]]:
    return house.rows(f"SELECT * FROM {'crm' if vendor == 'zoho' else 'outreach'}.{vendor}__writes")


def unaware(house: House) -> list[dict[str, Any]]:
    """Return the living records of people who said no by e-mail, at either vendor, that do not show it."""
    return house.rows(
        """
        SELECT r.vendor, r.object, r.record_id
        FROM "qualify".holds AS h
        INNER JOIN identity.people AS p USING (person_key)
        INNER JOIN staging.crm_people AS r ON r.email_norm = p.email_norm
        WHERE h.is_optout AND h.channel IN ('email', 'all') AND NOT r.is_opted_out_email
            AND NOT coalesce(r.is_converted, FALSE) AND NOT coalesce(r.is_deleted, FALSE)
        """
    )


def days_until_somebody_says_no(house: House) -> None:
    for _ in range(10):
        events = house.ask("advance", {"days": 1})["events"]
        if any("opt" in event["kind"] or "unsub" in event["kind"] for event in events):
            return
    pytest.fail("nobody of the sandbox said no")


def test_a_look_tells_both_vendors_of_opt_outs_in_few_calls_and_writes_nothing_else(house: House) -> None:
    assert house.run().exit_code == 0
    days_until_somebody_says_no(house)
    before = house.last_request()

    report = house.run(select="watch")

    assert (report.exit_code, report.messages) == (0, [])
    assert {name.replace("/", ".") for name in report.assets} == set(WATCHED)
    lines = house.requests(since=before)
    assert len(lines) < 100
    writes = [line for line in lines if line["kind"] in {"write", "spend"}]
    assert writes
    operations = {
        (row["vendor"], row["operation"])
        for vendor in ("zoho", "ghl")
        for row in outcome(house, vendor)
        if row["run_id"] == report.run_id
    }
    assert {operation for _, operation in operations} <= {"set_optout", "remove_tags"}
    assert ("zoho", "set_optout") in operations
    house.run(select="watch")
    assert unaware(house) == []
    third = house.last_request()
    house.run(select="watch")
    assert [line for line in house.requests(since=third) if line["kind"] in {"write", "spend"}] == []


@pytest.mark.parametrize(
    ("action", "words"),
    [("status:400", "1 refused"), ("status:429", "1 not sent")],
)
def test_an_opt_out_that_a_vendor_does_not_take_is_told_by_the_look_and_by_the_day(
    house: House, action: str, words: str
) -> None:
    assert house.run().exit_code == 0
    days_until_somebody_says_no(house)
    house.ask("faults", {"rules": [{"vendor": "zoho", "kind": "write", "action": action}]})

    look, day = house.run(select="watch"), house.run()

    (told,) = look.messages
    assert (look.exit_code, look.status) == (1, "failed")
    assert told.startswith(f"Zoho did not take the opt-outs of 1 person: {words}")
    assert "@" not in told
    assert "crm/zoho__writes" in look.assets, "what did land is read back all the same"
    assert day.exit_code == 1
    assert any(told.startswith("Zoho did not take") or "sending to zoho stopped" in told for told in day.messages)

    house.ask("faults", {"rules": []})
    again = house.run(select="watch")

    if action == "status:400":
        # Refused as it is: nothing sends it again by itself, so every look says so until somebody set it there.
        assert again.exit_code == 1
        assert again.messages[0].startswith("Zoho did not take the opt-outs of 1 person")
    else:
        assert (again.exit_code, again.messages) == (0, [])


def test_a_look_leaves_the_plan_that_waits_for_a_person_as_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.run().exit_code == 0
    days_until_somebody_says_no(house)
    monkeypatch.setenv("LEADFLOW_APPLY", "review")
    assert house.run().exit_code == 4
    with house.workspace() as workspace:
        waits = workspace.ledger.latest_plan("zoho")
    days_until_somebody_says_no(house)

    report = house.run(select="watch")

    assert (report.exit_code, report.messages) == (0, [])
    with house.workspace() as workspace:
        latest = workspace.ledger.latest_plan("zoho")
        assert latest.applied_at is None
        people = {row.person_key for row in latest.rows if row.lane == "normal"}
        assert people == {row.person_key for row in waits.rows if row.lane == "normal"}
        states = workspace.ledger.plan_states(latest.plan_hash)
        assert {state for lane, state in states if lane == "normal"} <= {"planned"}
        approved = approve(workspace, waits.plan_hash, by="Ada", max_age=24)
        assert approved.approved_by == "Ada"
        assert approved.plan_hash == latest.plan_hash
        assert compared_at(latest) == waits.saved_at
    assert house.run(select="apply_zoho").exit_code == 0
    with house.workspace() as workspace:
        assert workspace.ledger.plan(latest.plan_hash).applied_at is not None

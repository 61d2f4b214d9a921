"""Backfills of raw days: what was kept is replayed, no vendor is paid, and history never becomes today's truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets.definitions import defs
from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

    from tests.runs.conftest import House

TODAY = datetime.now(UTC).date()
LONG_AGO = TODAY - timedelta(days=40)
FREE = ("/conversations/messages/export", "/calendars/")
WRITTEN_ON = "(payload ->> 'dateAdded')::TIMESTAMPTZ::DATE"
HANDSHAKE = ("/oauth/v2/token", "/org", "/settings/fields", "/locations/")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses(tmp_path_factory.mktemp("backfills")) as build:
        one = build(people=30)
        assert one.run().exit_code == 0
        yield one


def replay(house: House, day: str, *, job: str = "raw") -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        instance=house.instance, partition_key=day, raise_on_error=False
    )


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    return {
        "/".join(event.asset_key.path): {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


def asked(house: House, since: int) -> Counter[str]:
    lines = house.requests(since=since)
    known = [*FREE, *HANDSHAKE]
    return Counter(next((mark for mark in known if mark in line["path"]), line["path"]) for line in lines)


def rows(house: House, table: str) -> list[dict[str, Any]]:
    return house.rows(f"SELECT * FROM {table} ORDER BY ALL")


def test_all_raw_days_are_backfilled_by_a_job_that_has_nothing_else_in_it() -> None:
    job = defs.resolve_job_def("raw")
    assert job.partitions_def is not None
    assert TODAY.isoformat() in job.partitions_def.get_partition_keys()
    assert {key.path[0] for key in job.asset_layer.executable_asset_keys} == {"raw"}


def test_a_day_without_landing_is_told_by_the_free_feeds_alone_and_once(house: House) -> None:
    day = (TODAY - timedelta(days=3)).isoformat()
    before = house.last_request()
    result = replay(house, day)
    assert result.success
    assert set(asked(house, before)) <= {*FREE, *HANDSHAKE}
    assert asked(house, before)["/conversations/messages/export"] >= 2, "e-mail by name, and everything else"
    told = metadata(result)
    assert told["raw/zoho__leads"]["landed"] == 0
    assert told["raw/apollo__people"]["landed"] == 0

    again = house.last_request()
    assert replay(house, day).success
    assert asked(house, again) == {}


def test_messages_of_a_past_day_are_that_days_and_move_no_cursor(house: House) -> None:
    written = house.rows(f"SELECT DISTINCT {WRITTEN_ON} AS day FROM raw.ghl__messages")
    day = max(row["day"] for row in written if row["day"] < TODAY)
    cursors = rows(house, "raw.cursors")
    engagements = house.rows("SELECT count(*) AS n FROM staging.engagements")
    result = replay(house, day.isoformat())
    assert result.success
    found = house.rows(f"SELECT DISTINCT {WRITTEN_ON} AS day FROM raw.ghl__messages WHERE landed_on = ?", day)
    assert found == [{"day": day}]
    assert rows(house, "raw.cursors") == cursors
    assert defs.resolve_job_def("staging").execute_in_process(instance=house.instance).success
    assert house.rows("SELECT count(*) AS n FROM staging.engagements") == engagements, "each event once"


def test_a_day_that_was_kept_is_rebuilt_without_a_call(house: House) -> None:
    tables = ("raw.zoho__leads", "raw.ghl__contacts", "raw.apollo__people", "raw.salesnav__people")
    kept = {table: rows(house, table) for table in tables}
    moved = house.folder / "landing"
    yesterday = TODAY - timedelta(days=1)
    for folder in list(moved.glob(f"*/*/{TODAY.isoformat()}")):
        folder.rename(folder.with_name(yesterday.isoformat()))
    with house.workspace() as workspace, workspace.warehouse.open() as session:
        for table in tables:
            session.execute(f"DELETE FROM {table}")
    before = house.last_request()

    assert replay(house, yesterday.isoformat()).success

    assert asked(house, before) == {}
    names = {
        table: [
            {**row, "landed_on": TODAY, "landing_ref": row["landing_ref"].replace(str(yesterday), str(TODAY))}
            for row in rows(house, table)
        ]
        for table in tables
    }
    assert names == kept
    for folder in list(moved.glob(f"*/*/{yesterday.isoformat()}")):
        folder.rename(folder.with_name(TODAY.isoformat()))
    assert replay(house, yesterday.isoformat()).success
    with house.workspace() as workspace, workspace.warehouse.open() as session:
        for table, found in kept.items():
            session.insert(table, found)


@pytest.mark.parametrize("job", ["daily", "watch"])
def test_nothing_but_raw_runs_for_a_day_that_is_over(house: House, job: str) -> None:
    plans = {vendor: house_plan(house, vendor) for vendor in ("zoho", "ghl")}
    before = house.last_request()
    result = replay(house, LONG_AGO.isoformat(), job=job)
    assert not result.success
    refused = [
        event.step_failure_data.user_failure_data.description
        for event in result.all_events
        if event.event_type_value == "STEP_FAILURE" and event.step_failure_data.user_failure_data
    ]
    assert refused
    assert all(f"{LONG_AGO} is over" in (told or "") for told in refused)
    assert {key.split("/")[0] for key in metadata(result)} <= {"raw"}
    assert [line for line in house.requests(since=before) if line["kind"] in {"write", "spend"}] == []
    assert {vendor: house_plan(house, vendor) for vendor in ("zoho", "ghl")} == plans


def test_the_day_of_a_partition_is_never_the_business_day(house: House) -> None:
    replay(house, (TODAY - timedelta(days=5)).isoformat())
    with house.workspace() as workspace:
        (latest, *_) = workspace.ledger.runs()
        assert latest["as_of"] >= TODAY


def house_plan(house: House, vendor: str) -> str:
    with house.workspace() as workspace:
        return str(workspace.ledger.latest_plan(vendor).plan_hash)

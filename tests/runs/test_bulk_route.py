"""Whole runs by bulk jobs: prices that make a job cheaper than calls, and what becomes of people then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline import rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.conftest import House

PRICES = rules.packaged()["prices"]
CHEAP_JOBS = PRICES.replace("units_per_job: 500", "units_per_job: 0").replace("polls: 10", "polls: 1")


@pytest.fixture(params=["v2", "v8"])
def house(request: pytest.FixtureRequest, house_of: Callable[..., House], tmp_path: Path) -> House:
    overrides = tmp_path / "rules"
    overrides.mkdir()
    (overrides / "prices.yaml").write_text(CHEAP_JOBS, encoding="utf-8")
    built: House = house_of(LEADFLOW_RULES=str(overrides), ZOHO_API_VERSION=request.param)
    return built


def test_new_leads_go_by_bulk_job_and_land_as_if_they_had_gone_by_calls(house: House) -> None:
    report = house.run()
    assert (report.exit_code, report.messages) == (0, [])
    writes = [line for line in house.requests("write") if line["vendor"] == "zoho"]
    jobs = [line for line in writes if line["path"].endswith("/write")]
    singly = [line for line in writes if line["path"].endswith("/Leads/upsert")]
    assert len(jobs) == 1
    assert not singly
    (told,) = house.rows(
        "SELECT count(*) FILTER (operation = 'insert' AND state = 'confirmed') AS created, "
        "count(*) FILTER (state <> 'confirmed') AS others FROM crm.zoho__writes"
    )
    assert told["created"] > 30
    assert told["others"] == 0
    landed = house.rows("SELECT landed, count(*) AS fields FROM crm.zoho__readback GROUP BY landed")
    assert {row["landed"] for row in landed} <= {"stored", "normalised"}


def test_a_second_run_after_a_job_sends_nothing(house: House) -> None:
    house.run()
    before = house.last_request()
    assert house.run().exit_code == 0
    assert house.requests("write", "spend", since=before) == []

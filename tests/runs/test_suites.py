"""The Great Expectations suites at the two boundaries where rows leave."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from assets import jobs, suites
from assets.definitions import defs
from assets.verdicts import cell, offending
from pipeline import contracts
from pipeline.contracts import Expectation
from pipeline.mapping import load
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.rules import packaged
from resources.expectations import SuiteFailed, judge
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from tests.runs.conftest import House

GOOD = {
    "person_key": "lf_0001",
    "email": "ann@acme.example",
    "phone": "+4930123456",
    "grade": "A",
    "account_fit": 80,
    "persona_influence": 0,
    "engagement": 100,
    "score": 55,
    "optouts": [],
    "tags": ["lf-a"],
}
ZOHO = load("zoho", packaged())
GHL = load("ghl", packaged())


def person(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def broken(*rows: dict[str, Any]) -> list[tuple[str, int, tuple[str, ...]]]:
    found = judge(contracts.people_rows(rows), contracts.people(), named_by="person_key")
    return [(one.meaning, one.rows, one.names) for one in found]


def test_people_as_they_should_be_break_nothing() -> None:
    assert broken(person(), person(person_key="lf_0002", email=None, phone=None, grade=None, score=None)) == []


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"person_key": "x 1"}, "a key looks like a key"),
        ({"email": "ann at acme"}, "an address looks like one"),
        ({"email": "email_not_unlocked@domain.com"}, "no placeholder is an address"),
        ({"phone": "030 123"}, "a telephone number is international"),
        ({"grade": "E"}, "a grade is A, B, C or D"),
        ({"score": 101}, "score is from 0 to 100"),
        ({"engagement": -1}, "engagement is from 0 to 100"),
        ({"optouts": ["email"]}, "who said no has no segment"),
    ],
)
def test_each_expectation_of_people_can_fail_and_names_the_person_by_key(changes: dict[str, Any], meaning: str) -> None:
    wrong = person(person_key="lf_0002") | changes
    assert (meaning, 1, (wrong["person_key"],)) in broken(person(), wrong)


def test_a_person_who_is_there_twice_is_found() -> None:
    assert [(one[0], one[1]) for one in broken(person(), person())] == [("everybody is there once", 2)]


def plan_row(field: str | None, value: Any, **changes: Any) -> dict[str, Any]:
    told = {"object": "Leads", "lane": "normal", "action": "insert", "record_id": None, "person_key": "lf_1"}
    return {**told, "field": field, "new_value": json.dumps(value), **changes}


PAYLOAD = {"Leadflow_ID": "lf_1", "Last_Name": "Doe", "Company": "Acme", "Email": "a@acme.example", "Engagement": 5}
LIVE = Capabilities(fields={"Leads": {"Industry": FieldFact(name="Industry", choices=frozenset({"Steel"}))}})


def refused(changes: dict[str, Any], **told: Any) -> list[str]:
    rows = [plan_row(name, value, **told) for name, value in {**PAYLOAD, **changes}.items() if value is not ...]
    found = judge(
        contracts.payload_rows(rows, "Leads", ZOHO), contracts.payloads("Leads", ZOHO, LIVE), named_by="person_key"
    )
    assert all(one.names == ("lf_1",) for one in found)
    return [one.meaning for one in found]


def test_a_payload_as_it_should_be_breaks_nothing() -> None:
    assert refused({}) == []
    assert refused({"Last_Name": ..., "Company": ..., "Leadflow_ID": ...}, action="update", record_id="7") == []


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"Leadflow_ID": ...}, "a new Leads carries our key"),
        ({"Leadflow_ID": "lf_2"}, "a new Leads carries our key"),
        ({"Last_Name": ...}, "a new Leads has all that is required"),
        ({"Company": ""}, "a new Leads has all that is required"),
        ({"Email": "nobody"}, "Leads.Email is an address"),
        ({"Last_Name": "x" * 81}, "Leads.Last_Name has at most 80 characters"),
        ({"Engagement": -5}, "Leads.Engagement is not negative"),
        ({"Industry": "Cheese"}, "Leads.Industry is one of the vendor's choices"),
    ],
)
def test_each_expectation_of_payloads_can_fail(changes: dict[str, Any], meaning: str) -> None:
    assert meaning in refused(changes)


def test_opt_outs_and_what_is_not_written_are_no_payloads() -> None:
    rows = [plan_row("Email_Opt_Out", True, lane="optout", action="set_optout"), plan_row(None, None, action="hold")]
    assert contracts.payload_rows(rows, "Leads", ZOHO) == []


def test_an_error_of_the_engine_is_told_as_one_and_not_as_bad_data() -> None:
    suite = [Expectation(kind="ExpectColumnValuesToBeBetween", meaning="n", options={"column": "n", "max_value": 1})]
    with pytest.raises(SuiteFailed, match="could not be judged"):
        judge([{"k": "1", "n": "text"}], suite, named_by="k")


def test_offending_rows_are_a_table_without_personal_data() -> None:
    table = offending([{"person_key": "lf_1", "who": "ann@acme.example", "phone": "+49 30 1234567", "rows": 2}]).value
    (record,) = table.records
    assert record.data["rows"] == 2
    assert "ann@" not in str(record.data)
    assert "1234567" not in str(record.data)
    assert [(column.name, column.type) for column in table.schema.columns][-1] == ("rows", "int")
    assert cell(datetime(2026, 11, 24, tzinfo=UTC)) == "2026-11-24 00:00:00+00:00"


def test_the_suites_block_the_scheduled_day_and_are_no_part_of_a_run_at_the_terminal() -> None:
    names = {key.name for check in suites.SUITES for key in check.check_keys}
    assert names == {"people", "zoho_payloads", "ghl_payloads"}
    assert all(spec.blocking for check in suites.SUITES for spec in check.check_specs)
    for job in jobs.JOBS:
        steps = {node.name for node in defs.resolve_job_def(job.name).nodes}
        assert any("payloads" in step for step in steps) == (job.name == "morning"), job.name


def test_loading_the_definitions_does_not_import_great_expectations() -> None:
    code = "import sys, assets.definitions; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_scheduled_day_whose_payloads_break_their_contract_sends_nothing_and_the_plan_stays_refused(
    house: House,
) -> None:
    assert house.run(select="raw").exit_code == 0
    before = house.last_request()
    with pytest.MonkeyPatch.context() as environment:
        # A rule of the user's own that lets through what Zoho would refuse.
        rules = house.folder / "rules"
        (rules / "mappings").mkdir(parents=True)
        text = packaged()["mappings/zoho"]
        spoiled = text.replace(
            "Engagement: {from: engagement, type: integer, policy: ours}",
            "Engagement: {from: title, type: email, policy: ours}",
            1,
        )
        assert spoiled != text
        (rules / "mappings" / "zoho.yaml").write_text(spoiled, encoding="utf-8")
        environment.setenv("LEADFLOW_RULES", str(rules))
        report = house.run(select="morning")
        assert report.exit_code == 3
        assert report.failed == ["crm.zoho__plan__zoho_payloads"]
        assert "crm/zoho__writes" not in report.assets
        assert "outreach/ghl__writes" in report.assets, "the other branch goes on"
        writes = [line for line in house.requests("write", since=before) if line["vendor"] == "zoho"]
        assert writes == []
        with closing(Workspace.open(load_settings())) as workspace:
            plan = workspace.ledger.latest_plan("zoho")
            assert workspace.ledger.verdicts(plan.plan_hash)["suite__zoho_payloads"] is False
        refused_again = house.run(select="apply_zoho")
        assert refused_again.exit_code == 3
        assert "suite__zoho_payloads" in " ".join(refused_again.messages)
        assert [line for line in house.requests("write", since=before) if line["vendor"] == "zoho"] == []


def keyed(*keys: str) -> list[dict[str, Any]]:
    return [{"person_key": key, "place": place} for place, key in enumerate(keys)]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_rows_of_one_person_are_judged_together_however_the_rows_come(size: int) -> None:
    rows = keyed("a", "a", "a", "b", "c", "c")
    parts = list(suites.whole(rows[start : start + size] for start in range(0, len(rows), size)))
    assert [row for part in parts for row in part] == rows
    held = [{row["person_key"] for row in part} for part in parts]
    assert sum(map(len, held)) == 3
    assert list(suites.whole([])) == []


def test_what_several_parts_broke_is_told_once_with_all_of_them_counted() -> None:
    parts = [[person(person_key=f"lf_{n}", score=101), person(person_key=f"lf_{n}x", grade="E")] for n in range(3)]
    found = suites.joined(
        one for part in parts for one in judge(contracts.people_rows(part), contracts.people(), named_by="person_key")
    )
    told = {one.meaning: (one.rows, len(one.names)) for one in found}
    assert told == {"score is from 0 to 100": (3, 3), "a grade is A, B, C or D": (3, 3)}

"""What the mirror gives of a vendor: its living records, or those of them that are asked for."""

from __future__ import annotations

import json
from datetime import date
from logging import getLogger
from types import SimpleNamespace

import pytest

from assets.mirror import mirror
from assets.stage import Stage
from resources.warehouse import Warehouse

ZOHO = SimpleNamespace(vendor="zoho")
EVERYBODY = {
    ("Leads", "1"): {"Last_Name": "Doe"},
    ("Contacts", "2"): {"Last_Name": "Byron"},
    ("Accounts", "3"): {"Account_Name": "Acme"},
}


@pytest.fixture
def stage(tmp_path):
    """A mirror of three living records of Zoho, a deleted one, and one of GoHighLevel under the id of another."""
    opened = SimpleNamespace(warehouse=Warehouse(tmp_path / "warehouse.duckdb"))
    day = date(2026, 1, 5)
    people = [
        {"vendor": "zoho", "object": kind, "record_id": record_id, "payload": json.dumps(fields)}
        for (kind, record_id), fields in EVERYBODY.items()
    ]
    gone = {"vendor": "zoho", "object": "Leads", "record_id": "4", "is_deleted": True, "payload": "{}"}
    other = {"vendor": "ghl", "object": "contact", "record_id": "1", "payload": "{}"}
    with opened.warehouse.open() as session:
        session.insert("staging.crm_people", [*people[:2], gone, other])
        session.insert("staging.crm_companies", people[2:])
    yield Stage(run_id="r", as_of=day, day=day, log=getLogger(), opened=opened)
    opened.warehouse.release()


def test_all_living_records_of_a_vendor(stage):
    assert mirror(stage, ZOHO) == EVERYBODY


@pytest.mark.parametrize("asked", [[], ["1"], ["3", "1", "1"], ["4", "5"], ["1", "2", "3", "4"]])
def test_those_that_are_asked_for_and_no_other(stage, asked):
    assert mirror(stage, ZOHO, asked) == {place: told for place, told in EVERYBODY.items() if place[1] in asked}

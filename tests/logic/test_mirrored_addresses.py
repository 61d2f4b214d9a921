"""Who has an address already: looked for in the mirror, in whatever way it is spelled there."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from assets.mirror import holding
from pipeline import rules
from pipeline.mapping import load
from pipeline.planning.wishes import sought
from resources.warehouse import Warehouse

GHL = load("ghl", rules.packaged())
TARGET = SimpleNamespace(vendor="ghl")


@pytest.fixture
def found(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")

    def mirrored(*records):
        told = {"vendor": "ghl", "object": "contact", "is_deleted": False}
        with warehouse.open() as session:
            session.ensure_tables()
            rows = [
                told | {"record_id": str(number), "payload": json.dumps(record)}
                for number, record in enumerate(records)
            ]
            session.insert("staging.crm_people", rows)
        return lambda kind, *values: {
            record_id
            for _, record_id in holding(
                SimpleNamespace(warehouse=warehouse), TARGET, GHL, {kind: [sought(kind, value) for value in values]}
            )
        }

    return mirrored


@pytest.mark.parametrize("phone", ["+49 30 123", "004930123", "030 123", "(030) 123", "+49 30 1234567", "0301234567"])
def test_a_contact_is_found_by_each_spelling_of_its_phone(found, phone):
    spellings = ["+49 30 123", "+49(0)30/123", "0049 30 123", "030-123"]
    others = ["+49 30 124", "+1 415 555 2671", "", None]
    if phone.endswith("4567"):
        spellings = [f"{spelling}4567" for spelling in spellings]
    standing = found(*({"phone": value} for value in [*spellings, *others]))
    assert standing("phone", phone) == {"0", "1", "2", "3"}


def test_a_long_number_brings_no_contact_that_ends_alike_by_chance(found):
    standing = found({"phone": "+14155552671"}, {"phone": "+13125652671"}, {"phone": "52671"})
    assert standing("phone", "+1 415 555 2671") == {"0"}


def test_a_contact_is_found_by_its_mailbox_alone(found):
    standing = found({"email": "A@x.co ", "phone": "+14155552671"}, {"email": "b@x.co"})
    assert (standing("email", "a@x.co"), standing("email", "c@x.co")) == ({"0"}, set())

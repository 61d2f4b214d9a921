"""Whom Zoho would take for somebody else when it converts a lead, as the plan's statement sees it."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.sql import statement
from resources.session import Session


class House:
    """A lead who answered, and contacts of other people beside it."""

    def __init__(self) -> None:
        self.session = Session(duckdb.connect())
        self.session.ensure_tables()
        self.number = 0

    def record(self, person: str, module: str, record_id: str, *, account: str | None = None, **known: str) -> None:
        self.number += 1
        place = {"source": f"zoho:{module}", "source_id": record_id, "record_no": self.number}
        self.session.insert("identity.features", [place | {"is_gone": False} | known])
        self.session.insert("identity.members", [place | {"person_key": person}])
        row = {"vendor": "zoho", "object": module, "record_id": record_id, "company_record_id": account}
        self.session.insert("staging.crm_people", [row | {"is_deleted": False}])

    def answered(self, person: str, module: str = "Leads") -> None:
        row = {"person_key": person, "company_key": "C", "zoho_module": module, "zoho_id": "1", "has_lead_source": True}
        self.session.insert("identity.people", [row])
        self.session.insert("qualify.scores", [{"person_key": person, "has_human_signal": True}])

    def namesake(self) -> str | None:
        (row,) = self.session.rows(statement("crm/zoho__plan"))
        found: str | None = row["namesake_id"]
        return found


@pytest.fixture
def house() -> House:
    house = House()
    house.session.insert("identity.account_matches", [{"person_key": "P", "account_id": "A", "is_winner": True}])
    house.record("P", "Leads", "1", email_norm="j@acme.com", name_norm="jane doe", company_ref="acme.com")
    house.answered("P")
    return house


def test_a_contact_of_the_same_name_at_the_same_company_is_a_namesake(house: House) -> None:
    house.record("Q", "Contacts", "7", email_norm="jane@acme.com", name_norm="jane doe", company_ref="acme.com")
    assert house.namesake() == "7"


def test_so_is_one_of_the_same_name_in_the_account_that_is_passed_along(house: House) -> None:
    house.record("Q", "Contacts", "7", account="A", name_norm="jane doe", company_ref="acme")
    assert house.namesake() == "7"


def test_and_one_of_the_same_address(house: House) -> None:
    house.record("Q", "Contacts", "7", email_norm="j@acme.com", name_norm="jim doe", company_ref="other.com")
    assert house.namesake() == "7"


def test_the_persons_own_contact_is_none(house: House) -> None:
    house.record("P", "Contacts", "7", email_norm="j@acme.com", name_norm="jane doe", company_ref="acme.com")
    assert house.namesake() is None


def test_nor_is_somebody_of_the_same_name_elsewhere(house: House) -> None:
    house.record("Q", "Contacts", "7", account="B", name_norm="jane doe", company_ref="other.com")
    assert house.namesake() is None

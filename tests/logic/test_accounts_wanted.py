"""Which companies have an account that is planned, and what the plan does to it."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from assets.accounts import keyed
from pipeline.mapping import desired_values, load
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.desired import Desired
from pipeline.planning.diff import plan_people
from pipeline.planning.gates import missing_fields
from pipeline.rules import packaged
from pipeline.sql import statement
from resources.session import Session

ZOHO = load("zoho", packaged())
KEY, COMPANY = "Leadflow_ID", {"company_key": "lc_1", "name": "Acme", "domain": "acme.com", "phone": "+4930901820"}


class House:
    """One company with one person whom we found."""

    def __init__(self) -> None:
        self.session = Session(duckdb.connect())
        self.session.ensure_tables()
        self.person("lf_1", grade="A")

    def company(self, **known: Any) -> None:
        row = {"company_key": "lc_1", "company_ref": "acme.com", "name": "Acme Inc", "name_norm": "acme", **known}
        self.session.insert("identity.companies", [row])

    def person(self, key: str, *, grade: str = "D", fit: int = 50, **known: Any) -> None:
        row = {"person_key": key, "company_key": "lc_1", "has_lead_source": True, "zoho_module": "Leads"}
        self.session.insert("identity.people", [row | known])
        self.session.insert("qualify.scores", [{"person_key": key, "account_fit": fit, "grade": grade}])

    def account(self, record_id: str = "7", **known: Any) -> None:
        row = {"vendor": "zoho", "object": "Accounts", "record_id": record_id, "is_deleted": False, **known}
        self.session.insert("staging.crm_companies", [row])

    def rows(self) -> list[dict[str, Any]]:
        return self.session.rows(statement("crm/zoho__accounts"))


@pytest.fixture
def house() -> House:
    return House()


def test_an_account_that_exists_is_wanted_with_the_best_fit_of_its_people(house: House) -> None:
    house.company(zoho_account_id="7")
    house.person("lf_2", fit=80)
    (row,) = house.rows()
    assert (row["zoho_account_id"], row["account_fit"], row["was_deleted"]) == ("7", 80, False)


def test_a_company_of_which_nobody_may_be_written_to_is_left_alone(house: House) -> None:
    house.company(zoho_account_id="7")
    house.session.insert("qualify.holds", [{"person_key": "lf_1", "is_optout": False, "is_crm_held": True}])
    assert house.rows() == []


def test_a_company_without_an_account_is_told_only_where_a_person_is_qualified_or_is_converted(house: House) -> None:
    house.company()
    assert [row["is_qualified"] for row in house.rows()] == [True]
    house.session.execute("UPDATE \"qualify\".scores SET grade = 'C'")
    assert house.rows() == []
    house.session.execute('UPDATE "qualify".scores SET has_human_signal = TRUE')
    assert [row["is_converting"] for row in house.rows()] == [True]
    house.session.execute("UPDATE identity.people SET zoho_module = 'Contacts'")
    assert house.rows() == []


@pytest.mark.parametrize("known", [{"leadflow_id": "lc_1"}, {"domain": "acme.com"}])
def test_an_account_that_people_deleted_is_known_by_our_key_or_by_its_company(
    house: House, known: dict[str, str]
) -> None:
    house.company()
    house.account(is_deleted=True, **known)
    assert [row["was_deleted"] for row in house.rows()] == [True]


@pytest.mark.parametrize("known", [{"name_norm": "acme"}, {"name": " ACME inc"}])
def test_an_account_of_the_same_name_is_a_namesake(house: House, known: dict[str, str]) -> None:
    house.company()
    house.account(domain="acme.de", **known)
    assert [row["namesake_id"] for row in house.rows()] == ["7"]


def planned(
    theirs: dict[str, Any], *, base: dict[str, Any] | None = None, **changes: Any
) -> dict[str, tuple[Any, str]]:
    values = desired_values({**COMPANY, "person_key": "lc_1", **changes}, ZOHO, kind="Accounts")
    wanted = Desired(person_key="lc_1", object="Accounts", record_id="7", values=values)
    place = ("Accounts", "7")
    rows = plan_people([wanted], {place: theirs}, {place: base} if base else {}, ZOHO)
    return {row.field or "": (row.new_value, row.action) for row in rows}


def test_blank_fields_of_an_account_are_filled_and_our_key_rides_along() -> None:
    found = planned({"Account_Name": "ACME Incorporated"})
    assert found["Website"] == ("https://acme.com", "update")
    assert found["Phone"] == ("+4930901820", "update")
    assert found[KEY] == ("lc_1", "update")
    assert "Account_Name" not in found


def test_an_account_with_nothing_to_change_is_not_planned_for_its_key_alone() -> None:
    assert planned({"Account_Name": "A", "Website": "acme.com", "Phone": "+49 30 901820"}) == {}


def test_what_a_person_changed_since_in_an_account_stays() -> None:
    theirs = {"Account_Name": "Acme", "Website": "https://acme.com", "Phone": "+4930901820", "Employees": 70}
    base = {"Employees": (50, 50)}
    assert planned(theirs, base=base, employees=60)["Employees"] == (60, "skip")
    assert planned({**theirs, "Employees": 50}, base=base, employees=60)["Employees"] == (60, "update")


def test_a_key_field_that_is_not_unique_on_accounts_is_left_out_and_the_plan_says_so() -> None:
    facts = {name: FieldFact(name=name, is_unique=False) for name in ZOHO.objects["Accounts"].fields}
    known = Capabilities({"Accounts": facts})
    assert ("Accounts", KEY) in missing_fields(ZOHO, keyed(known, "Accounts", KEY))
    unique = Capabilities({"Accounts": {**facts, KEY: FieldFact(name=KEY, is_unique=True)}})
    assert missing_fields(ZOHO, keyed(unique, "Accounts", KEY)) == []
    assert keyed(Capabilities(), "Accounts", KEY) == Capabilities()

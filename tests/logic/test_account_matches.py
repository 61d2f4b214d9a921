"""Which Zoho account a person belongs to: every candidate, its evidence, and what decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline.sql import statement
from resources.session import Session

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class House:
    """One person of Acme, and accounts."""

    def __init__(self) -> None:
        self.session = Session(duckdb.connect())
        self.session.ensure_tables()

    def person(self, key="k", *, name=None, **values):
        self.session.insert("identity.people", [{"person_key": key, "company_key": f"c{key}", **values}])
        if name:
            self.session.insert("identity.companies", [{"company_key": f"c{key}", "name_norm": name}])

    def account(self, account_id, *, days=0, **values):
        told = {"vendor": "zoho", "object": "Accounts", "record_id": account_id, "is_deleted": False}
        self.session.insert("staging.crm_companies", [told | {"created_at": NOW + timedelta(days)} | values])

    def contact(self, key, record_id, account_id):
        place = {"source": "zoho:Contacts", "source_id": record_id}
        self.session.insert("identity.members", [place | {"person_key": key}])
        told = {"vendor": "zoho", "object": "Contacts", "record_id": record_id, "is_deleted": False}
        self.session.insert("staging.crm_people", [told | {"company_record_id": account_id}])

    def found(self, key="k"):
        self.session.replace("identity.account_matches", statement("identity/account_matches"))
        rows = self.session.rows("SELECT * FROM identity.account_matches WHERE person_key = ? ORDER BY place", [key])
        return [
            (row["account_id"], row["points"], row["is_winner"], row["evidence"], row["tie_breaker"]) for row in rows
        ]


@pytest.fixture
def house():
    return House()


def test_an_account_of_the_same_domain_is_the_employer_even_under_another_name(house):
    house.person(company_domain="acme.com", name="acme", country="France")
    house.account("1", domain="acme.com", name_norm="old acme", country="France")
    house.account("2", domain="zenith.com", name_norm="zenith")
    assert house.found() == [("1", 5, True, "the same domain acme.com; the same country", "the only candidate")]


def test_an_account_without_a_web_site_is_found_by_its_name(house):
    house.person(company_domain="acme.com", name="acme")
    house.account("1", name_norm="acme")
    assert [row[:3] for row in house.found()] == [("1", 2, True)]


def test_a_name_does_not_suffice_against_another_domain(house):
    house.person(company_domain="delta.com", name="delta")
    house.account("1", domain="deltafaucet.com", name_norm="delta")
    assert house.found() == [("1", 0, False, "the same name; another domain deltafaucet.com", "not enough evidence")]


def test_a_mailbox_tells_the_employer_where_the_web_site_does_not(house):
    house.person(email_norm="j@acme.co.uk", company_domain="acme.com", name="acme")
    house.account("1", domain="acme.co.uk", name_norm="acme")
    (row,) = house.found()
    assert row[:3] == ("1", 5, True)


def test_whoever_is_a_contact_already_stays_in_the_account(house):
    house.person(company_domain="acme.com", name="acme", country="France")
    house.account("1", domain="acme.com", name_norm="acme", country="France")
    house.account("2", domain="holding.com", name_norm="holding")
    house.contact("k", "7", "2")
    assert [(row[0], row[1], row[2]) for row in house.found()] == [("2", 10, True), ("1", 7, False)]


@pytest.mark.parametrize(
    ("first", "second", "told", "lost"),
    [
        (
            {"country": "France"},
            {},
            "more evidence than account 2: 7 against 6",
            "less evidence than account 1: 6 against 7",
        ),
        ({"days": 0}, {"days": 1}, "equal to account 2, and older", "equal to account 1, and younger"),
        ({}, {}, "equal to account 2, and its id comes first", "equal to account 1, and its id comes later"),
    ],
)
def test_the_tie_breaker_is_told_of_the_winner_and_of_the_loser(house, first, second, told, lost):
    house.person(company_domain="acme.com", name="acme", country="France")
    house.account("1", domain="acme.com", name_norm="acme", **first)
    house.account("2", domain="acme.com", name_norm="acme", **second)
    assert [(row[0], row[2], row[4]) for row in house.found()] == [("1", True, told), ("2", False, lost)]


def test_of_equals_the_account_with_more_contacts_wins(house):
    house.person(company_domain="acme.com")
    house.account("1", domain="acme.com")
    house.account("2", domain="acme.com", days=1)
    house.contact("other", "7", "2")
    assert [(row[0], row[4]) for row in house.found()] == [
        ("2", "as much evidence as account 1, and more contacts: 1 against 0"),
        ("1", "as much evidence as account 2, and fewer contacts: 0 against 1"),
    ]


def test_deleted_accounts_are_no_candidates_and_nobody_is_no_error(house):
    assert house.found() == []
    house.person(company_domain="acme.com")
    house.account("1", domain="acme.com", is_deleted=True)
    house.contact("k", "7", "1")
    assert house.found() == []

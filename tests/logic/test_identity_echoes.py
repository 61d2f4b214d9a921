"""What we write to a platform's record makes the record newer, but not what the record told before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.logic.test_identity_tables import JANE, NOW, House

SAME = {**JANE, "linkedin_slug": "jane-doe", "company_domain": "acme.com"}
OLD, NEW = NOW - timedelta(60), NOW - timedelta(30)


def two_leads(house: House, *, first_at=OLD, first="j@acme.com", again=NEW) -> None:
    """Mirror two leads of one person, each with its own address."""
    house.forget("staging.crm_people")
    house.platform("zoho", "Leads", "1", **SAME, email=first, email_norm=first, created_at=OLD, modified_at=first_at)
    house.platform(
        "zoho", "Leads", "2", **SAME, email="j@new.com", email_norm="j@new.com", created_at=NEW, modified_at=again
    )
    house.build()


def address(house: House) -> tuple[str, object]:
    (row,) = house.session.rows("SELECT value, seen_at FROM identity.provenance WHERE field = 'email'")
    return row["value"], row["seen_at"]


@pytest.fixture
def house() -> House:
    return House()


def test_our_own_write_to_an_older_record_does_not_make_its_address_the_newest(house):
    two_leads(house)
    assert address(house) == ("j@new.com", NEW)
    for day in (1, 2):
        two_leads(house, first_at=NOW + timedelta(day))
        assert address(house) == ("j@new.com", NEW)


def test_our_own_write_to_the_record_that_won_does_not_make_its_address_newer(house):
    two_leads(house)
    two_leads(house, again=NOW)
    assert address(house) == ("j@new.com", NEW)


def test_an_address_that_a_person_changed_is_the_newest(house):
    two_leads(house)
    two_leads(house, first="jane@acme.com", first_at=NOW)
    assert address(house) == ("jane@acme.com", NOW)


def test_an_address_that_a_person_put_back_is_as_new_as_that(house):
    two_leads(house, first_at=NEW + timedelta(1))
    two_leads(house, first="jane@acme.com", first_at=NEW + timedelta(2), again=NEW + timedelta(3))
    two_leads(house, first_at=NOW)
    assert address(house) == ("j@acme.com", NOW)


def test_a_contact_tells_what_its_lead_told_for_as_long_as_the_lead_did(house):
    two_leads(house)
    house.session.execute(
        "UPDATE staging.crm_people SET modified_at = ?, converted_contact_id = '3', is_converted = TRUE "
        "WHERE record_id = '1'",
        [NOW],
    )
    mine = {"email": "j@acme.com", "email_norm": "j@acme.com", "created_at": NOW, "modified_at": NOW}
    house.platform("zoho", "Contacts", "3", **SAME, **mine)
    house.build()
    assert address(house) == ("j@new.com", NEW)


def test_a_source_that_says_the_same_again_is_newer_than_what_another_said_before(house):
    house.lead("apollo", "1", **SAME, city="Oslo", seen_at=OLD)
    house.lead("apollo_export", "2", **SAME, city="Bergen", seen_at=NEW)
    house.build()
    house.forget("staging.leads")
    house.lead("apollo", "1", **SAME, city="Oslo", seen_at=NOW)
    house.lead("apollo_export", "2", **SAME, city="Bergen", seen_at=NEW)
    house.build()
    assert house.people()[0]["city"] == "Oslo"


def accounts(house: House, *, modified_at) -> dict[str, object]:
    """Mirror two accounts of one company, the older one written to by us; return what is known of the company."""
    house.forget("staging.crm_companies")
    for number, (phone, created) in enumerate((("+4711111111", OLD), ("+4722222222", NEW))):
        row = {"vendor": "zoho", "object": "Accounts", "record_id": str(number), "name": "Acme", "name_norm": "acme"}
        row |= {"domain": "acme.com", "phone": phone, "created_at": created, "is_deleted": False, "fetched_at": NOW}
        key = house.companies.members and next(iter(house.companies.born))
        row |= {"modified_at": modified_at[number], "leadflow_id": key if number == 0 and key else None}
        house.session.insert("staging.crm_companies", [row])
    house.build()
    (row,) = house.session.rows("SELECT * FROM identity.companies")
    return row


def test_our_own_write_to_one_of_two_accounts_does_not_change_the_company(house):
    house.lead("apollo", "1", **SAME)
    before = accounts(house, modified_at=(OLD, NEW))
    after = accounts(house, modified_at=(NOW, NEW))
    assert after == before
    (told,) = house.session.rows("SELECT value FROM identity.company_provenance WHERE field = 'phone'")
    assert told["value"] == before["phone"]

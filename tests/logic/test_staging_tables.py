from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from assets import sighted
from assets.spellings import register_spellings
from pipeline import quality
from pipeline.sql import statement
from resources.session import Session

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
JANE = {
    "id": "a1",
    "first_name": "Jane",
    "last_name": "Doe",
    "title": "VP Sales",
    "seniority": "vp",
    "email": "Jane@Acme.com",
    "email_status": "verified",
    "linkedin_url": "http://www.linkedin.com/in/Jane-Doe",
    "phone_numbers": [{"raw_number": "415 555 2671", "sanitized_number": "+14155552671"}],
    "departments": ["sales", "c_suite"],
    "organization": {"id": "o1", "name": "Acme, Inc.", "primary_domain": "acme.com", "primary_phone": {}},
    "country": "United States",
    "a_field_nobody_documented": {"x": 1},
}
MESSAGE = {
    "id": "m1",
    "contactId": "g1",
    "messageType": "TYPE_EMAIL",
    "dateAdded": "2026-01-02T00:00:00.000Z",
}


class House:
    """A staging layer over hand-written raw rows."""

    def __init__(self) -> None:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        self.session = Session(connection)
        self.session.ensure_tables()
        self.position = 0

    def said(self, table: str, payload: dict[str, object], *, hours: float = 0, **context: str) -> None:
        moment = NOW + timedelta(hours=hours)
        row = {"landed_on": moment.date(), "landing_ref": f"{moment:%d%H}.gz", "position": self.position}
        row |= {"record_id": payload.get("id"), "fetched_at": moment}
        self.session.insert(table, [{**row, "context": json.dumps(context), "payload": json.dumps(payload)}])
        self.position += 1

    def build(self) -> None:
        """Run the layer as its assets do."""
        run = self.session
        sighted.refill(run, version="1", now=NOW)
        run.replace("staging.records", statement("staging/records"), {"external_key": "Leadflow_ID"})
        for table in ("leads", "companies", "crm_people", "crm_companies"):
            register_spellings(run, f"staging.{table}")
            run.replace(f"staging.{table}", statement(f"staging/{table}"))
        run.replace("staging.engagements", statement("staging/engagements"))
        run.replace("staging.rejects", statement("staging/rejects"))
        for check in quality.checks():
            if check.table.startswith("staging."):
                assert run.rows(check.select) == [], check.name

    def only(self, table: str) -> dict[str, object]:
        (row,) = self.session.rows(f"SELECT * FROM {table}")
        return row

    def kinds(self) -> list[str]:
        return [row["kind"] for row in self.session.rows("SELECT kind FROM staging.engagements ORDER BY kind")]


@pytest.fixture
def house() -> House:
    return House()


def test_an_apollo_person_becomes_a_typed_lead_and_company(house):
    house.said("raw.apollo__people", JANE, search="vps")
    house.said("raw.apollo__companies", JANE["organization"])
    house.session.execute("UPDATE raw.apollo__companies SET position = 0")
    house.build()
    lead = house.only("staging.leads")
    expected = {
        "source": "apollo",
        "source_id": "a1",
        "search": "vps",
        "email": "Jane@Acme.com",
        "email_norm": "jane@acme.com",
        "email_status": "verified",
        "phone": "+14155552671",
        "linkedin_slug": "jane-doe",
        "seniority": "vp",
        "departments": "sales, c_suite",
        "company_name": "Acme, Inc.",
        "company_norm": "acme",
        "company_domain": "acme.com",
        "country": "United States",
        "name_norm": "jane doe",
    }
    assert {name: lead[name] for name in expected} == expected
    company = house.only("staging.companies")
    assert (company["source_id"], company["domain"], company["name_norm"]) == ("o1", "acme.com", "acme")


def test_the_locked_address_of_apollo_is_no_address(house):
    house.said("raw.apollo__people", {**JANE, "email": "email_not_unlocked@domain.com", "email_status": "verified"})
    house.build()
    lead = house.only("staging.leads")
    assert (lead["email"], lead["email_norm"], lead["email_status"]) == (None, None, None)


def test_the_latest_sighting_counts_and_the_first_is_remembered(house):
    house.said("raw.apollo__people", JANE, search="first")
    house.said("raw.apollo__people", {**JANE, "title": "CEO", "seniority": None}, hours=24, search="second")
    house.build()
    lead = house.only("staging.leads")
    assert (lead["title"], lead["seniority"], lead["search"]) == ("CEO", "c_suite", "first")
    assert lead["seen_at"] - lead["first_seen_at"] == timedelta(hours=24)


def test_a_record_that_names_nobody_is_a_reject_with_its_reason_and_payload(house):
    house.said("raw.apollo__people", {"id": "a9", "title": "CEO"})
    house.build()
    reject = house.only("staging.rejects")
    assert reject["reason"] == "no name, e-mail address or LinkedIn profile: nobody can be told from it"
    assert json.loads(reject["payload"]) == {"id": "a9", "title": "CEO"}
    assert house.session.count("staging.leads") == 0


def test_a_csv_line_becomes_a_lead_under_the_id_of_its_row(house):
    cells = {
        "First Name": "Jane",
        "Last Name": "Doe",
        "Email": "jane@acme.com",
        "Title": "CEO",
        "Company": "Acme",
    }
    house.said("raw.salesnav__people", cells, format="generic", file="list.csv")
    house.build()
    lead = house.only("staging.leads")
    assert (lead["source"], lead["source_id"], lead["search"]) == (
        "salesnav",
        "email:jane@acme.com",
        "list.csv",
    )


def test_an_apollo_export_is_a_source_of_its_own_under_apollos_id(house):
    cells = {"First Name": "Jane", "Last Name": "Doe", "Company Name": "Acme", "Apollo Contact Id": "a1"}
    house.said("raw.salesnav__people", {**cells, "# Employees": "50"}, format="apollo_export", file="x.csv")
    house.build()
    lead = house.only("staging.leads")
    assert (lead["source"], lead["source_id"], lead["employees"]) == ("apollo_export", "a1", 50)


@pytest.mark.parametrize(
    ("cells", "form", "words"),
    [
        ({"Full Name": "LinkedIn Member", "Title": "CEO"}, "generic", "LinkedIn Member"),
        ({"reject": "3 cells more than headers"}, "generic", "3 cells"),
        ({"First Name": "Jane"}, "martian", "not known"),
    ],
)
def test_a_csv_line_nobody_can_be_made_of_is_a_reject(house, cells, form, words):
    house.said("raw.salesnav__people", cells, format=form, file="x.csv")
    house.build()
    assert words in str(house.only("staging.rejects")["reason"])


LEAD = {
    "id": "z1",
    "First_Name": "Jane",
    "Last_Name": "Doe",
    "Email": "jane@acme.com",
    "Company": "Acme",
    "Leadflow_ID": "lf_1",
    "Owner": {"id": "u1", "name": "Olga"},
    "Tag": [{"name": "VIP", "id": "5"}],
    "Email_Opt_Out": True,
    "$converted": False,
    "Created_Time": "2026-01-01T10:00:00+05:30",
    "Modified_Time": "2026-01-01T10:00:00+05:30",
}


def test_a_zoho_lead_is_mirrored_with_key_owner_tags_and_opt_out(house):
    house.said("raw.zoho__leads", LEAD)
    house.said("raw.zoho__metadata", {"id": "u1", "email": "olga@us.com"}, kind="user")
    house.build()
    person = house.only("staging.crm_people")
    assert (person["leadflow_id"], person["owner_email"], person["tags"]) == ("lf_1", "olga@us.com", ["VIP"])
    assert person["is_opted_out_email"]
    assert json.loads(person["payload"]) == LEAD


def test_only_the_latest_version_of_a_platform_record_counts(house):
    house.said("raw.zoho__leads", LEAD)
    house.said("raw.zoho__leads", {**LEAD, "Phone": "+1 415 555 2671", "Email_Opt_Out": False}, hours=5)
    house.build()
    person = house.only("staging.crm_people")
    assert (person["phone"], person["is_opted_out_email"]) == ("+14155552671", False)


def test_a_converted_lead_names_its_contact(house):
    house.said("raw.zoho__leads", {**LEAD, "$converted": True, "$converted_detail": {"contact": "77"}})
    house.build()
    person = house.only("staging.crm_people")
    assert (person["is_converted"], person["converted_contact_id"]) == (True, "77")


def test_a_deleted_record_is_kept_and_marked_also_when_it_was_never_read(house):
    house.said("raw.zoho__leads", LEAD)
    for record in ("z1", "z2"):
        gone = {"id": record, "display_name": "Jane Doe", "deleted_time": "2026-01-04T00:00:00+00:00"}
        house.said("raw.zoho__deleted", gone, module="Leads")
    house.build()
    rows = house.session.rows("SELECT record_id, is_deleted FROM staging.crm_people ORDER BY record_id")
    assert rows == [{"record_id": "z1", "is_deleted": True}, {"record_id": "z2", "is_deleted": True}]


def test_a_record_changed_after_its_deletion_was_restored(house):
    house.said("raw.zoho__deleted", {"id": "z1", "deleted_time": "2025-12-01T00:00:00+00:00"}, module="Leads")
    house.said("raw.zoho__leads", LEAD)
    house.build()
    assert not house.only("staging.crm_people")["is_deleted"]


@pytest.mark.parametrize("name", ["Unknown", "acme.com"])
def test_what_we_write_in_place_of_a_company_name_does_not_come_back_as_a_name(house, name):
    house.said("raw.zoho__leads", {**LEAD, "Company": name})
    house.build()
    person = house.only("staging.crm_people")
    assert (person["company_name"], person["company_domain"]) == (None, "acme.com")


def test_a_contact_has_its_account_and_an_account_is_a_company(house):
    house.said("raw.zoho__contacts", {**LEAD, "Company": None, "Account_Name": {"name": "Acme", "id": "7"}})
    house.said("raw.zoho__accounts", {"id": "7", "Account_Name": "Acme", "Website": "www.acme.com"})
    house.build()
    person, account = house.only("staging.crm_people"), house.only("staging.crm_companies")
    assert (person["company_name"], person["company_record_id"]) == ("Acme", "7")
    assert (account["name"], account["domain"]) == ("Acme", "acme.com")


CONTACT = {"id": "g1", "firstName": "Jane", "lastName": "Doe", "email": "jane@acme.com", "country": "US"}


def test_custom_fields_of_gohighlevel_are_read_by_their_keys(house):
    house.said("raw.ghl__metadata", {"id": "cf1", "fieldKey": "contact.leadflow_id"}, kind="custom_field")
    house.said("raw.ghl__metadata", {"id": "cf2", "fieldKey": "contact.lead_score"}, kind="custom_field")
    custom = [{"id": "cf1", "value": "lf_1"}, {"id": "cf2", "value": 70}]
    house.said("raw.ghl__contacts", {**CONTACT, "customFields": custom, "tags": ["lf-hot"]})
    house.build()
    person = house.only("staging.crm_people")
    assert (person["leadflow_id"], person["tags"], person["country"]) == ("lf_1", ["lf-hot"], "United States")
    mirror = json.loads(person["payload"])
    assert (mirror["customFields.leadflow_id"], mirror["customFields.lead_score"]) == ("lf_1", 70)
    assert "customFields" not in mirror


@pytest.mark.parametrize(
    ("settings", "email", "sms"),
    [
        ({}, False, False),
        ({"dndSettings": {"Email": {"status": "active"}}}, True, False),
        ({"dndSettings": {"SMS": {"status": "permanent"}}}, False, True),
        ({"dndSettings": {"email": {"status": "active"}}}, True, False),
        ({"dnd": True}, True, True),
        ({"dnd": True, "dndSettings": {"Email": {"status": "inactive"}}}, False, True),
        ({"inboundDndSettings": {"all": {"status": "active"}}}, False, False),
    ],
)
def test_do_not_disturb_is_an_opt_out_of_its_channel_but_inbound_is_none(house, settings, email, sms):
    house.said("raw.ghl__contacts", {**CONTACT, **settings})
    house.build()
    person = house.only("staging.crm_people")
    assert (person["is_opted_out_email"], person["is_opted_out_sms"]) == (email, sms)


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ({"direction": "outbound", "status": "scheduled"}, []),
        ({"direction": "outbound", "status": "sent"}, ["sent"]),
        ({"direction": "outbound", "status": "opened"}, ["delivered", "open", "sent"]),
        ({"direction": "outbound", "status": "failed"}, ["bounce", "sent"]),
        ({"direction": "inbound", "body": "Sounds good, let us talk"}, ["reply"]),
        ({"direction": "inbound", "subject": "Automatic reply: hello", "body": "I am away"}, ["auto_reply"]),
        ({"direction": "inbound", "body": "<p>I am out of the office</p>"}, ["auto_reply"]),
        ({"direction": "inbound", "body": "STOP"}, ["optout"]),
        ({"direction": "inbound", "body": "Please unsubscribe me."}, ["optout"]),
        ({"direction": "inbound", "messageType": "TYPE_CALL", "meta": {"callDuration": 60}}, ["call"]),
    ],
)
def test_a_message_says_what_happened(house, message, kinds):
    house.said("raw.ghl__messages", {**MESSAGE, **message})
    house.build()
    assert house.kinds() == kinds


def test_an_event_fetched_twice_happened_once_and_keeps_its_first_reception(house):
    house.said("raw.ghl__messages", {**MESSAGE, "direction": "outbound", "status": "delivered"})
    house.said("raw.ghl__messages", {**MESSAGE, "direction": "outbound", "status": "opened"}, hours=24)
    house.build()
    rows = house.session.rows("SELECT kind, received_at FROM staging.engagements ORDER BY kind")
    assert [(row["kind"], row["received_at"] - NOW) for row in rows] == [
        ("delivered", timedelta(0)),
        ("open", timedelta(hours=24)),
        ("sent", timedelta(0)),
    ]


@pytest.mark.parametrize(("updated", "human"), [("2026-01-02T00:00:30Z", False), ("2026-01-02T00:10:00Z", True)])
def test_a_click_within_a_minute_is_a_machine(house, updated, human):
    house.said("raw.ghl__messages", {**MESSAGE, "direction": "outbound", "status": "clicked", "dateUpdated": updated})
    house.build()
    (click,) = house.session.rows("SELECT is_human FROM staging.engagements WHERE kind = 'click'")
    assert click["is_human"] is human


def test_meetings_deals_and_opt_outs_are_events_of_their_person(house):
    booked = {
        "id": "ap",
        "contactId": "g1",
        "appointmentStatus": "showed",
        "dateAdded": "2026-01-02T01:00:00Z",
    }
    house.said("raw.ghl__appointments", {**booked, "startTime": "2026-01-03 10:00:00"})
    deal = {
        "id": "op",
        "contactId": "g1",
        "status": "won",
        "monetaryValue": 5,
        "updatedAt": "2026-01-02T01:00:00Z",
    }
    house.said("raw.ghl__opportunities", deal)
    house.said(
        "raw.ghl__contacts",
        {**CONTACT, "dndSettings": {"Email": {"status": "active"}}, "dateUpdated": "2026-01-02"},
    )
    stage = {
        "id": "d1",
        "Modified_Time": "2026-01-02T01:00:00+00:00",
        "Contact_Name": {"id": "c1"},
        "Amount": 9,
    }
    house.said("raw.zoho__deals", {**stage, "Stage": "Qualification"})
    house.said("raw.zoho__deals", {**stage, "Stage": "Closed Lost"}, hours=24)
    house.said("raw.zoho__deals", {"id": "d2", "Stage": "Qualification"})
    house.build()
    rows = house.session.rows("SELECT kind, object, record_id FROM staging.engagements ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == [
        ("booked", "contact", "g1"),
        ("deal_stage", "Contacts", "c1"),
        ("lost", "Contacts", "c1"),
        ("optout", "contact", "g1"),
        ("showed", "contact", "g1"),
        ("won", "contact", "g1"),
    ]
    assert house.only("staging.rejects")["reason"] == "the deal has no id, stage or time"

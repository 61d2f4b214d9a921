from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline import catalogue, quality, rules
from pipeline.identity import members
from pipeline.identity.anchoring import anchored
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.features import id_map, living_keys, merged
from pipeline.identity.keys import KnownKeys, key_of
from pipeline.identity.matching import meanings
from pipeline.identity.strays import table as strays
from pipeline.identity.survivorship import trust
from pipeline.sql import statement
from resources.session import Session

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


class House:
    """An identity layer over hand-written staging rows; `known` and `written` stand for the ledger."""

    def __init__(self) -> None:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        self.session = Session(connection)
        self.session.ensure_tables()
        self.known = KnownKeys()
        self.companies = KnownKeys()
        self.written: dict[str, dict[str, tuple[str, str]]] = {}

    def lead(self, source: str, source_id: str, **values: object) -> None:
        row = {
            "source": source,
            "source_id": source_id,
            "seen_at": NOW,
            "first_seen_at": NOW,
            "is_role_email": False,
        }
        row |= {"landing_ref": "x.gz", "position": 0, **values}
        self.session.insert("staging.leads", [row])

    def platform(self, vendor: str, kind: str, record_id: str, **values: object) -> None:
        row = {
            "vendor": vendor,
            "object": kind,
            "record_id": record_id,
            "fetched_at": NOW,
            "is_role_email": False,
        }
        row |= {"is_converted": False, "is_deleted": False, "created_at": NOW, "modified_at": NOW}
        row |= {
            "landing_ref": "z.gz",
            "position": 0,
            "is_opted_out_email": False,
            "is_opted_out_sms": False,
            **values,
        }
        self.session.insert("staging.crm_people", [row])

    def forget(self, table: str) -> None:
        self.session.execute(f"DELETE FROM {table}")

    def build(self) -> dict[tuple[str, str], str]:
        """Run the layer as its assets do; return the person of each record."""
        run = self.session
        run.register("id_map", id_map(self.written))
        run.register("living_keys", living_keys(self.known))
        run.replace("identity.features", statement("identity/features"))
        leads = run.arrow(statement("identity/leads"))
        founders = run.rows(statement("identity/founders"))
        run.register("weighed", anchored(leads, founders, self.known, Decisions()))
        run.register("meanings", meanings())
        run.replace("identity.edges", statement("identity/evidence"))
        decision = members.people(
            founders, run.arrow("SELECT left_no, right_no FROM identity.edges WHERE is_link"), self.known
        )
        rows = members.member_rows(founders, decision, self.known)
        run.register("assigned", run.frame("identity.members", rows))
        run.replace("identity.members", statement("identity/whose"))
        self.known = KnownKeys(
            members={**self.known.members, **decision.assigned},
            born={**dict.fromkeys(decision.born, NOW), **self.known.born},
            redirects={**self.known.redirects, **decision.redirects},
        )
        run.register("merged", merged(self.known, dict.fromkeys(self.known.redirects, NOW)))
        run.replace("identity.redirects", statement("identity/redirects"))
        run.register("trust", trust(rules.packaged()))
        run.register("strays", strays(()))
        run.replace_in_parts("identity.provenance", statement("identity/provenance"), parts=3)
        run.register("known_companies", members.company_refs(self.companies))
        firms = members.companies(run.rows(statement("identity/company_records")), self.companies)
        self.companies = KnownKeys(members=firms.assigned, born=dict.fromkeys(firms.born, NOW))
        run.register("company_keys", members.company_keys(firms))
        run.replace("identity.companies", statement("identity/companies"))
        run.register("known_companies", members.company_refs(self.companies))
        run.replace("identity.company_provenance", statement("identity/company_provenance"))
        run.replace_in_parts("identity.people", statement("identity/people"), parts=3)
        run.replace("identity.reviews", statement("identity/reviews"))
        self.holds()
        return dict(decision.assigned)

    def holds(self) -> None:
        for check in quality.checks():
            if check.table.startswith("identity."):
                bound = quality.values(check, as_of=NOW.date(), texts=rules.packaged())
                assert self.session.rows(check.select, bound) == [], check.name

    def people(self) -> list[dict[str, object]]:
        return self.session.rows("SELECT * FROM identity.people ORDER BY person_key")


@pytest.fixture
def house() -> House:
    return House()


JANE = {"name_norm": "jane doe", "first_name": "Jane", "last_name": "Doe", "full_name": "Jane Doe"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"email": "j@acme.com", "email_norm": "j@acme.com"},
            {"email": "j@acme.com", "email_norm": "j@acme.com"},
        ),
        ({"linkedin_slug": "jane"}, {"linkedin_slug": "jane"}),
        ({"linkedin_member_id": "ACwAA1"}, {"linkedin_member_id": "ACwAA1"}),
        ({"phone": "+14155552671"}, {"phone": "+14155552671"}),
        ({"company_domain": "acme.com"}, {"company_domain": "acme.com"}),
        ({"company_norm": "acme"}, {"company_norm": "acme"}),
    ],
)
def test_each_key_joins_two_records_of_a_person(house, one, other):
    house.lead("apollo", "1", **JANE, **one)
    house.lead("salesnav", "2", **JANE, **other)
    assert len(set(house.build().values())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"linkedin_slug": "jane-1"}, {"linkedin_slug": "jane-2"}),
        (
            {"email": "j.doe@acme.com", "email_norm": "j.doe@acme.com"},
            {"email": "j.doe2@acme.com", "email_norm": "j.doe2@acme.com"},
        ),
    ],
)
def test_two_people_of_one_name_at_one_company_stay_two_and_are_reviewed(house, one, other):
    house.lead("apollo", "1", **JANE, company_domain="acme.com", **one)
    house.lead("apollo", "2", **JANE, company_domain="acme.com", **other)
    assert len(set(house.build().values())) == 2
    assert house.session.count("identity.reviews") == 1


def test_a_mailbox_of_a_role_joins_nobody(house):
    box = {"email": "info@acme.com", "email_norm": "info@acme.com", "is_role_email": True}
    house.lead("apollo", "1", full_name="A B", name_norm="a b", **box)
    house.lead("apollo", "2", full_name="C D", name_norm="c d", **box)
    assert len(set(house.build().values())) == 2


def test_a_mailbox_shared_by_many_surnames_joins_nobody(house):
    for number, norm in enumerate(["ann bell", "carl dorn", "eva fitz"]):
        house.lead("apollo", str(number), full_name=norm, name_norm=norm, email="x@y.co", email_norm="x@y.co")
    assert len(set(house.build().values())) == 3


def test_a_company_known_by_name_has_the_domain_most_of_that_name_have(house):
    for number in range(3):
        house.lead("apollo", str(number), company_norm="acme", company_domain="acme.com")
    house.lead("salesnav", "s", **JANE, company_norm="acme")
    house.build()
    refs = house.session.rows("SELECT company_ref FROM identity.features WHERE source = 'salesnav'")
    assert refs == [{"company_ref": "acme.com"}]


def test_a_lead_that_is_already_a_contact_is_recognised_and_the_contact_survives(house):
    house.lead("apollo", "1", **JANE, email="j@acme.com", email_norm="j@acme.com")
    house.platform("zoho", "Leads", "10", **JANE, email_norm="j@acme.com", owner_email="o@x.y")
    house.platform("zoho", "Contacts", "20", **JANE, email_norm="j@acme.com", created_at=NOW + timedelta(1))
    house.platform("ghl", "contact", "g", **JANE, email_norm="j@acme.com")
    house.build()
    (person,) = house.people()
    assert (person["zoho_module"], person["zoho_id"], person["ghl_contact_id"]) == ("Contacts", "20", "g")
    assert person["has_lead_source"]
    assert person["records"] == 4


def test_a_converted_lead_leads_to_its_contact_even_before_that_is_mirrored(house):
    house.platform("zoho", "Leads", "10", **JANE, is_converted=True, converted_contact_id="20")
    house.build()
    (person,) = house.people()
    assert (person["zoho_module"], person["zoho_id"], person["is_converted_in_zoho"]) == (
        "Contacts",
        "20",
        True,
    )
    house.platform("zoho", "Contacts", "20", full_name="Janet Roe", name_norm="janet roe")
    assert len(set(house.build().values())) == 1


def test_a_record_we_wrote_is_recognised_by_its_key_whatever_people_did_to_its_fields(house):
    house.lead("apollo", "1", **JANE, email="j@acme.com", email_norm="j@acme.com")
    key = house.build()["apollo", "1"]
    house.platform("zoho", "Leads", "10", leadflow_id=key, full_name="New Name", name_norm="new name")
    assert set(house.build().values()) == {key}


@pytest.mark.parametrize("vendor", [("zoho", "Leads"), ("ghl", "contact")])
@pytest.mark.parametrize(("original", "copy"), [("10", "11"), ("11", "10")])
def test_a_key_that_was_copied_with_a_record_ties_nobody(house, vendor, original, copy):
    john = {"name_norm": "john roe", "full_name": "John Roe", "linkedin_slug": "john-roe"}
    house.lead("apollo", "1", **JANE, email="j@acme.com", email_norm="j@acme.com")
    key = house.build()["apollo", "1"]
    house.platform(*vendor, original, leadflow_id=key, full_name="New Name", name_norm="new name")
    house.platform(*vendor, copy, leadflow_id=key, **john, created_at=NOW + timedelta(1))
    source = f"{vendor[0]}:{vendor[1]}"
    first = house.build()
    assert first["apollo", "1"] == first[source, original] == key
    assert first[source, copy] != key
    keys = house.session.rows(
        "SELECT source_id, leadflow_id, copied_key FROM identity.features WHERE source = ?", [source]
    )
    assert {row["source_id"]: (row["leadflow_id"], row["copied_key"]) for row in keys} == {
        original: (key, None),
        copy: (None, key),
    }
    assert house.build() == first


def test_a_copied_key_stays_with_the_record_we_wrote_though_another_one_is_older(house):
    house.lead("apollo", "1", **JANE, email="j@acme.com", email_norm="j@acme.com")
    key = house.build()["apollo", "1"]
    house.platform("ghl", "contact", "a", leadflow_id=key, full_name="John Roe", name_norm="john roe")
    house.platform("ghl", "contact", "b", leadflow_id=key, is_deleted=True, created_at=NOW + timedelta(1))
    house.written = {"ghl": {key: ("contact", "b")}}
    found = house.build()
    assert found["ghl:contact", "b"] == found["apollo", "1"] == key
    assert found["ghl:contact", "a"] != key
    assert house.build() == found


def test_a_copy_that_says_what_its_original_says_is_the_same_person(house):
    jane = JANE | {"email": "j@acme.com", "email_norm": "j@acme.com", "phone": "+14155552671"}
    house.lead("apollo", "1", **jane)
    key = house.build()["apollo", "1"]
    for number in ("10", "11"):
        house.platform("zoho", "Leads", number, leadflow_id=key, **jane)
    assert set(house.build().values()) == {key}


def test_a_converted_lead_and_its_contact_claim_their_key_together(house):
    house.lead("apollo", "1", **JANE, email="j@acme.com", email_norm="j@acme.com")
    key = house.build()["apollo", "1"]
    house.written = {"zoho": {key: ("Leads", "10")}}
    lead = {"leadflow_id": key, "full_name": "A B", "name_norm": "a b"}
    house.platform("zoho", "Leads", "10", is_converted=True, converted_contact_id="20", **lead)
    house.platform("zoho", "Contacts", "20", leadflow_id=key, full_name="C D", name_norm="c d")
    assert set(house.build().values()) == {key}
    assert house.session.value("SELECT count(copied_key) FROM identity.features") == 0


def test_a_key_that_was_merged_is_not_a_copy_of_the_one_that_stands_for_it(house):
    house.known = KnownKeys(born={"lf_a": NOW, "lf_b": NOW}, redirects={"lf_b": "lf_a"})
    house.platform("zoho", "Leads", "10", leadflow_id="lf_a", full_name="A B", name_norm="a b")
    house.platform("zoho", "Leads", "11", leadflow_id="lf_b", full_name="C D", name_norm="c d")
    assert set(house.build().values()) == {"lf_a"}


def test_a_record_deleted_before_it_was_ever_read_is_known_to_be_gone(house):
    house.lead("apollo", "1", **JANE)
    key = house.build()["apollo", "1"]
    house.written = {"zoho": {key: ("Leads", "10")}}
    house.platform("zoho", "Leads", "10", is_deleted=True, full_name="Jane Doe", created_at=None)
    assert set(house.build().values()) == {key}
    (person,) = house.people()
    assert (person["zoho_id"], person["was_deleted_in_zoho"]) == (None, True)


def test_a_living_record_beside_a_deleted_one_is_the_person(house):
    house.platform("zoho", "Leads", "10", **JANE, email_norm="j@acme.com", is_deleted=True)
    house.platform("zoho", "Leads", "11", **JANE, email_norm="j@acme.com")
    house.build()
    (person,) = house.people()
    assert (person["zoho_id"], person["was_deleted_in_zoho"]) == ("11", False)


def test_people_who_turn_out_to_be_one_leave_a_redirect(house):
    house.lead("apollo", "1", **JANE, linkedin_slug="jane")
    house.lead("salesnav", "2", full_name="J. Doe", email="j@acme.com", email_norm="j@acme.com")
    before = house.build()
    assert len(set(before.values())) == 2
    house.lead("apollo_export", "3", **JANE, linkedin_slug="jane", email="j@acme.com", email_norm="j@acme.com")
    now = house.build()
    assert len(set(now.values())) == 1
    redirects = house.session.rows("SELECT old_key, new_key FROM identity.redirects")
    assert redirects == [{"old_key": (set(before.values()) - set(now.values())).pop(), "new_key": now["apollo", "1"]}]


def test_a_rebuild_of_the_same_records_changes_nothing(house):
    house.lead("apollo", "1", **JANE, company_domain="acme.com", company_name="Acme")
    house.platform("zoho", "Leads", "10", **JANE, email_norm="j@x.io", company_domain="acme.com")
    first, people = house.build(), house.people()
    assert (house.build(), house.people()) == (first, people)


def test_a_second_build_on_the_same_records_writes_the_same_rows(house):
    house.lead("apollo", "1", **JANE, linkedin_slug="jane", company_domain="acme.com", company_name="Acme")
    house.lead("salesnav", "2", **JANE, linkedin_slug="jane", title="CEO")
    house.lead("apollo", "3", full_name="John Roe", name_norm="john roe", email="r@x.io", email_norm="r@x.io")
    house.platform("zoho", "Leads", "10", **JANE, email_norm="j@x.io", company_domain="acme.com")
    tables = [name for name in catalogue.tables() if name.startswith("identity.")]

    def rows() -> dict[str, list[str]]:
        house.build()
        return {name: sorted(map(str, house.session.rows(f"SELECT * FROM {name}"))) for name in tables}

    first = rows()
    assert len(first["identity.members"]) == 4
    assert first["identity.edges"]
    assert rows() == first


def test_a_record_that_came_to_another_person_says_whose_it_was(house):
    house.lead("apollo", "1", **JANE, linkedin_slug="jane")
    house.lead("salesnav", "2", full_name="J. Doe", email="j@acme.com", email_norm="j@acme.com")
    before = house.build()
    house.lead("apollo_export", "3", **JANE, linkedin_slug="jane", email="j@acme.com", email_norm="j@acme.com")
    now = house.build()
    told = house.session.rows("SELECT source, source_id, previous_key FROM identity.members")
    moved = {(row["source"], row["source_id"]): row["previous_key"] for row in told if row["previous_key"]}
    assert moved == {record: key for record, key in before.items() if key != now[record]}
    assert len(moved) == 1


def test_values_survive_by_trust_then_freshness_and_say_where_they_came_from(house):
    house.lead("salesnav", "s", **JANE, linkedin_slug="jane", title="CEO", city="Paris", seen_at=NOW + timedelta(1))
    house.lead("apollo", "a", **JANE, linkedin_slug="jane", title="Director", city="Berlin", landing_ref="a.gz")
    house.platform("ghl", "contact", "g", **JANE, linkedin_slug="jane", city="Rome", phone="+14155552671")
    house.build()
    (person,) = house.people()
    assert (person["title"], person["city"], person["phone"]) == ("CEO", "Berlin", "+14155552671")
    rows = house.session.rows("SELECT * FROM identity.provenance WHERE field = 'city'")
    (row,) = rows
    assert (row["source"], row["source_id"], row["landing_ref"]) == ("apollo", "a", "a.gz")
    told = [(item["value"], item["source"], item["source_id"], item["reason"]) for item in row["losing_values"]]
    assert told == [
        ("Paris", "salesnav", "s", "trust tier 2, not 1"),
        ("Rome", "ghl:contact", "g", "trust tier 4, not 1"),
    ]
    assert row["losing_values"][0]["seen_at"] == (NOW + timedelta(1)).replace(tzinfo=None)


def test_every_value_that_lost_is_told_once_with_why(house):
    house.lead("apollo", "a", **JANE, linkedin_slug="jane", city="Berlin", seen_at=NOW + timedelta(2))
    house.lead("apollo", "b", **JANE, linkedin_slug="jane", city="Bonn", seen_at=NOW + timedelta(1))
    house.lead("apollo", "c", **JANE, linkedin_slug="jane", city="Bonn", seen_at=NOW)
    house.platform("zoho", "Leads", "l", **JANE, linkedin_slug="jane", city="Ulm", is_deleted=True)
    house.build()
    (row,) = house.session.rows("SELECT * FROM identity.provenance WHERE field = 'city'")
    assert [(item["value"], item["source_id"], item["reason"]) for item in row["losing_values"]] == [
        ("Bonn", "b", "older"),
        ("Ulm", "l", "its record is deleted there"),
    ]
    (row,) = house.session.rows("SELECT * FROM identity.provenance WHERE field = 'last_name'")
    assert row["losing_values"] == []


def test_an_address_that_lost_tells_its_status(house):
    told = {"verified": "v@a.co", "guessed": "g@a.co", "bounced": "b@a.co"}
    for status, address in told.items():
        house.lead(
            "apollo", status, **JANE, linkedin_slug="jane", email=address, email_norm=address, email_status=status
        )
    house.build()
    (row,) = house.session.rows("SELECT * FROM identity.provenance WHERE field = 'email'")
    assert row["value"] == "v@a.co"
    assert {item["value"]: item["reason"] for item in row["losing_values"]} == {
        "g@a.co": "not a verified address",
        "b@a.co": "not a verified address",
    }


def test_a_verified_address_beats_a_guessed_one_and_brings_its_own_status(house):
    house.lead(
        "apollo",
        "a",
        **JANE,
        linkedin_slug="jane",
        email="g@a.co",
        email_norm="g@a.co",
        email_status="guessed",
    )
    house.lead(
        "salesnav",
        "s",
        **JANE,
        linkedin_slug="jane",
        email="v@a.co",
        email_norm="v@a.co",
        email_status="verified",
    )
    house.build()
    (person,) = house.people()
    assert (person["email"], person["email_norm"], person["email_status"]) == ("v@a.co", "v@a.co", "verified")


def test_companies_keep_their_key_and_know_their_people_and_account(house):
    house.lead("apollo", "1", **JANE, company_domain="acme.com", company_name="Acme")
    house.session.insert(
        "staging.crm_companies",
        [
            {
                "vendor": "zoho",
                "object": "Accounts",
                "record_id": "7",
                "domain": "acme.com",
                "is_deleted": False,
            }
        ],
    )
    house.build()
    before = house.session.rows("SELECT * FROM identity.companies")
    house.build()
    assert house.session.rows("SELECT * FROM identity.companies") == before
    (company,) = before
    assert (company["zoho_account_id"], company["people"], company["name"]) == ("7", 1, "Acme")
    assert (
        company["company_key"] == key_of(("company_ref", "acme.com"), prefix="lc_") == house.people()[0]["company_key"]
    )


def told_of_company(house, name):
    (row,) = house.session.rows("SELECT * FROM identity.company_provenance WHERE field = ?", [name])
    return row


def test_every_value_of_a_company_says_where_it_came_from_and_what_lost(house):
    firm = {"source": "apollo", "domain": "acme.com", "name_norm": "acme", "landing_ref": "a.gz", "position": 3}
    house.session.insert(
        "staging.companies",
        [
            firm | {"source_id": "1", "name": "Acme", "employees": 40, "seen_at": NOW},
            firm | {"source_id": "2", "name": "Acme Inc", "employees": 50, "seen_at": NOW + timedelta(1)},
        ],
    )
    account = {"vendor": "zoho", "object": "Accounts", "record_id": "7", "domain": "acme.com", "is_deleted": False}
    account |= {"name": "ACME", "phone": "+14155552671", "modified_at": NOW + timedelta(9)}
    house.session.insert("staging.crm_companies", [account])
    house.build()
    row = told_of_company(house, "name")
    assert (row["value"], row["source"], row["source_id"], row["position"]) == ("Acme Inc", "apollo", "2", 3)
    assert row["rule"] == "newest value of trust tier 1"
    told = [(item["value"], item["source"], item["source_id"], item["reason"]) for item in row["losing_values"]]
    assert told == [("Acme", "apollo", "1", "older"), ("ACME", "zoho:Accounts", "7", "trust tier 4, not 1")]
    phone = told_of_company(house, "phone")
    assert (phone["source"], phone["source_id"], phone["rule"], phone["losing_values"]) == (
        "zoho:Accounts",
        "7",
        "only value",
        [],
    )


def test_a_company_that_only_its_people_know_is_told_by_them(house):
    house.lead("apollo", "1", **JANE, company_domain="acme.com", company_name="Acme")
    house.build()
    for name, *told in (
        ("name", "Acme", "what its people say"),
        ("domain", "acme.com", "what people and records are joined on"),
    ):
        row = told_of_company(house, name)
        assert [row["value"], row["rule"]] == told
        assert (row["source"], row["source_id"]) == ("apollo", "1")


def test_a_company_whose_name_looks_like_an_address_goes_by_it(house):
    firm = {"source": "salesnav", "source_id": "1", "name": "Acme.io", "name_norm": "acme.io", "seen_at": NOW}
    house.session.insert("staging.companies", [firm])
    house.build()
    assert told_of_company(house, "domain")["value"] == "acme.io"


def test_an_account_that_holds_our_key_stays_with_its_company_whatever_people_make_of_it(house):
    house.lead("apollo", "1", **JANE, company_domain="acme.com", company_name="Acme")
    account = {"vendor": "zoho", "object": "Accounts", "record_id": "7", "created_at": NOW, "is_deleted": False}
    house.session.insert("staging.crm_companies", [account | {"domain": "acme.com"}])
    house.build()
    ((key,),) = [(row["company_key"],) for row in house.session.rows("SELECT * FROM identity.companies")]
    house.forget("staging.crm_companies")
    renamed = {"leadflow_id": key, "domain": "other.com", "name": "Other", "name_norm": "other"}
    house.session.insert("staging.crm_companies", [account | renamed])
    older = {"record_id": "6", "domain": "acme.com", "created_at": NOW - timedelta(days=9)}
    house.session.insert("staging.crm_companies", [account | older])
    house.build()
    (company,) = house.session.rows("SELECT * FROM identity.companies")
    assert (company["company_key"], company["zoho_account_id"], company["domain"]) == (key, "7", "acme.com")


def test_a_company_known_by_name_learns_its_website_from_its_account(house):
    account = {"vendor": "zoho", "object": "Accounts", "record_id": "7", "created_at": NOW, "is_deleted": False}
    house.session.insert("staging.crm_companies", [account | {"name": "Acme", "name_norm": "acme"}])
    house.build()
    ((key,),) = [(row["company_key"],) for row in house.session.rows("SELECT * FROM identity.companies")]
    house.forget("staging.crm_companies")
    house.session.insert("staging.crm_companies", [account | {"leadflow_id": key, "domain": "acme.com"}])
    house.build()
    (company,) = house.session.rows("SELECT * FROM identity.companies")
    assert (company["company_key"], company["company_ref"]) == (key, "acme.com")

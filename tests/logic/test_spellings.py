"""Normal forms: of what a SELECT looks up alone, each value once, and none of values that are gone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.spellings import ROWS, joined, register_spellings
from pipeline.spelling import SPELLINGS
from pipeline.sql import statement
from resources.session import Session

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
KEPT = "SELECT target, spelling, value FROM staging.spellings"
LEADS = "SELECT * FROM staging.leads ORDER BY source_id"
COMPANIES = "SELECT * FROM staging.companies ORDER BY source_id"


def warehouse() -> Session:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    session = Session(connection)
    session.ensure_tables()
    return session


def sighting(number: int, **told: object) -> dict[str, object]:
    common = {"source": "salesnav", "source_id": f"s{number}", "landing_ref": "one.gz", "position": number}
    return {**common, "seen_at": NOW, "name_parts": "Jane\x1fDoe\x1f", "seniority_parts": "\x1fCEO", **told}


def sighted(session: Session, rows: list[dict[str, object]]) -> None:
    session.execute("DELETE FROM staging.sightings")
    session.insert("staging.sightings", rows)


def build(session: Session, *, version: str = "1") -> int:
    """Fill both tables of sightings; return how many values were read."""
    read = 0
    for table in ("leads", "companies"):
        read += register_spellings(session, f"staging.{table}", version=version)
        session.replace(f"staging.{table}", statement(f"staging/{table}"))
    session.forget_views()
    return read


@pytest.mark.parametrize("target", sorted(ROWS))
def test_every_view_that_a_select_mentions_is_one_of_its_joins(target):
    mentioned = set(re.findall(r"\bspelled_[a-z]+\b", statement(target.replace(".", "/"))))
    assert mentioned == set(joined(target)) <= set(SPELLINGS)


def test_only_what_a_select_looks_up_is_read():
    session = warehouse()
    told = {"email": "jane@acme.example", "company_name": "Acme", "country": "Spain", "company_country": "Chile"}
    sighted(session, [sighting(1, **told), sighting(2, email="no@one.example", reject_reason="nobody")])
    build(session)
    kept = {(row["target"], row["spelling"], row["value"]) for row in session.rows(KEPT)}
    assert kept == {
        ("staging.leads", "spelled_names", "Jane\x1fDoe\x1f"),
        ("staging.leads", "spelled_levels", "\x1fCEO"),
        ("staging.leads", "spelled_emails", "jane@acme.example"),
        ("staging.leads", "spelled_companies", "Acme"),
        ("staging.leads", "spelled_countries", "Spain"),
        ("staging.companies", "spelled_companies", "Acme"),
        ("staging.companies", "spelled_countries", "Chile"),
    }


def test_a_value_is_read_once_by_one_version_of_the_code():
    session = warehouse()
    sighted(session, [sighting(1, email="jane@acme.example")])
    assert build(session) == 3
    sighted(session, [sighting(1, email="jane@acme.example"), sighting(2, email="ada@acme.example")])
    assert build(session) == 1
    assert build(session) == 0
    assert build(session, version="2") == 4


def test_nothing_is_kept_of_a_value_that_is_gone():
    session = warehouse()
    sighted(session, [sighting(1, email="jane@acme.example")])
    build(session)
    sighted(session, [sighting(1)])
    build(session)
    assert "jane@acme.example" not in {row["value"] for row in session.rows(KEPT)}


PARTS = {
    "name_parts": ["Jane\x1fDoe\x1f", "\x1f\x1fÉmile Zola", "\x1f\x1f"],
    "seniority_parts": ["vp\x1f", "\x1fCEO"],
    "email": ["Jane+x@Acme.example", "info@acme.example", "email_not_unlocked@domain.com", ""],
    "email_status": ["verified", "Unavailable", ""],
    "phone_parts": ["415 555 2671\x1fUnited States", "12\x1f"],
    "profile": ["https://www.linkedin.com/in/jane", "https://www.linkedin.com/sales/lead/ACwAA1,x"],
    "company_name": ["Acme, Inc.", "  ", "Société Générale"],
    "website": ["http://www.acme.example", "linkedin.com"],
    "page": ["https://www.linkedin.com/company/acme/", "nonsense"],
    "company_phone_parts": ["+34 915 555 555\x1f"],
    "country": ["Espagne", "us", ""],
    "company_country": ["DE"],
}
TOLD = st.fixed_dictionaries({}, optional={name: st.none() | st.sampled_from(values) for name, values in PARTS.items()})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(TOLD, max_size=4), st.booleans()), min_size=1, max_size=4))
def test_tables_of_kept_normal_forms_are_those_that_reading_every_value_gives(days):
    session, version = warehouse(), 0
    for people, is_newer in days:
        version += is_newer
        for one in (session, other := warehouse()):
            sighted(one, [sighting(number, **told) for number, told in enumerate(people)])
        build(session, version=str(version))
        build(other)
        assert session.rows(LEADS) == other.rows(LEADS)
        assert session.rows(COMPANIES) == other.rows(COMPANIES)

"""Where planned values came from, told once and kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from assets import definitions
from assets.origins import sourced
from pipeline.rules import packaged
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resources.session import Session

TARGETS_ARE_KNOWN = definitions.ASSETS
SPOTS = (
    ("insert", "Last_Name"),
    ("insert", "Company"),
    ("insert", "Account_Fit"),
    ("insert", "Owner"),
    ("insert", "City"),
    ("add_tags", "Tag"),
    ("set_optout", "Email_Opt_Out"),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "w.duckdb").open() as opened:
        yield opened


def stage() -> Any:
    settings = SimpleNamespace(external_key="Leadflow_ID")
    return cast("Any", SimpleNamespace(rules=dict(packaged()), opened=SimpleNamespace(settings=settings)))


def planned(session: Session, plan: str = "p1") -> None:
    rows = [
        {"plan_hash": plan, "vendor": "zoho", "object": "Leads", "person_key": "k", "action": action, "field": field}
        for action, field in SPOTS
    ]
    session.execute("DELETE FROM crm.zoho__plan")
    session.insert("crm.zoho__plan", rows)


def changes(session: Session, plan: str = "p1") -> list[dict[str, Any]]:
    names = ("plan_hash", "vendor", "object", "person_key", "action", "field")
    return session.rows(f"SELECT {', '.join(names)} FROM crm.zoho__plan WHERE plan_hash = ?", [plan])


def came_from(session: Session, *, reference: str, position: int | None = 4) -> None:
    session.execute("DELETE FROM identity.provenance")
    place = {"person_key": "k", "landing_ref": reference, "position": position}
    session.insert("identity.provenance", [place | {"field": "full_name", "value": "x"}])


def replaced(session: Session, batches: Iterable[Sequence[dict[str, Any]]]) -> None:
    parts = sourced(stage(), session, None, batches)
    session.execute("DELETE FROM reports.changes")
    for part in parts:
        session.insert("reports.changes", part)


def followed(session: Session, *plans: str) -> dict[str, str | None]:
    standing = "SELECT * FROM reports.changes WHERE plan_hash = ?"
    batches = [changes(session, plan) or session.rows(standing, [plan]) for plan in plans]
    fresh = sourced(stage(), session, list(plans), [[row | {"value_source": None} for row in rows] for rows in batches])
    session.execute("DELETE FROM reports.changes WHERE plan_hash IN (SELECT unnest(?))", [list(plans)])
    for part in fresh:
        session.insert("reports.changes", part)
    told = session.rows("SELECT field, value_source FROM reports.changes WHERE plan_hash = ?", [plans[0]])
    return {row["field"]: row["value_source"] for row in told}


def test_a_planned_value_names_the_file_line_or_rule_that_it_came_from(session: Session) -> None:
    planned(session)
    came_from(session, reference="salesnav/people/x.gz")
    session.insert("qualify.scores", [{"person_key": "k", "rules_version": "r7"}])
    held = {"person_key": "k", "channel": "email", "is_optout": True, "source": "ghl:contact/g1"}
    session.insert("qualify.holds", [held])
    assert followed(session, "p1") == {
        "Last_Name": "salesnav/people/x.gz#4",
        "Company": "rules/mappings/zoho.yaml",
        "Account_Fit": "rules/scoring.yaml r7",
        "Owner": "rules/owners.yaml",
        "City": None,
        "Tag": "rules/segments.yaml",
        "Email_Opt_Out": "ghl:contact/g1",
    }


def test_what_an_earlier_plan_was_made_of_stays_when_records_move_on(session: Session) -> None:
    planned(session)
    came_from(session, reference="old.gz")
    followed(session, "p1")
    planned(session, "p2")
    came_from(session, reference="new.gz")
    assert followed(session, "p1", "p2")["Last_Name"] == "old.gz#4"
    found = session.rows("SELECT plan_hash, value_source FROM reports.changes WHERE field = 'Last_Name' ORDER BY 1")
    assert [row["value_source"] for row in found] == ["old.gz#4", "new.gz#4"]


def test_two_records_of_one_person_keep_a_row_each(session: Session) -> None:
    planned(session)
    came_from(session, reference="x.gz")
    rows = [row | {"record_id": record} for row in changes(session) for record in ("1", "2")]
    for _ in range(2):
        with session.transaction():
            replaced(session, [rows])
        found = session.rows("SELECT record_id, value_source FROM reports.changes WHERE field = 'Last_Name' ORDER BY 1")
        assert found == [{"record_id": name, "value_source": "x.gz#4"} for name in ("1", "2")]


def test_the_rows_of_other_plans_stay_as_they_are(session: Session) -> None:
    planned(session)
    came_from(session, reference="x.gz")
    followed(session, "p1")
    planned(session, "p2")
    followed(session, "p2")
    assert session.rows("SELECT plan_hash, count(*) AS n FROM reports.changes GROUP BY 1 ORDER BY 1") == [
        {"plan_hash": plan, "n": len(SPOTS)} for plan in ("p1", "p2")
    ]


def test_a_plan_that_does_not_fit_in_memory_is_told_all_the_same(tmp_path: Path) -> None:
    people, fields = 20_000, ("Last_Name", "Company", "City", "Designation", "Phone")
    with Warehouse(tmp_path / "w.duckdb", memory="64MB").open() as session:
        session.execute(
            """
            INSERT INTO crm.zoho__plan BY NAME
            SELECT 'p1' AS plan_hash, 'zoho' AS vendor, 'Leads' AS object, 'a-key-of-some-length-' || n AS person_key,
                'insert' AS action, unnest(?::VARCHAR[]) AS field
            FROM range(?) AS numbers (n)
            """,
            [list(fields), people],
        )
        session.execute(
            """
            INSERT INTO identity.provenance BY NAME
            SELECT person_key, name AS field, 'a/landing/file/of/length/' || person_key AS landing_ref, 1 AS position
            FROM (SELECT DISTINCT person_key FROM crm.zoho__plan),
                unnest(['full_name', 'city', 'title', 'phone']) AS names (name)
            """
        )
        with session.transaction():
            batches = session.batches(
                "SELECT plan_hash, vendor, object, person_key, action, field FROM crm.zoho__plan", size=5000
            )
            replaced(session, batches)
        told = session.rows("SELECT count(*) AS n, count(DISTINCT value_source) AS sources FROM reports.changes")
    assert told == [{"n": people * len(fields), "sources": people + 1}]

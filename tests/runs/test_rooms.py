"""Memory: DuckDB takes little, more for a table that does not fit, and people are put together part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline.sql import statement
from resources.rooms import rooms
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from resources.session import Session

GIB = 2**30
PEOPLE, FIELDS = 20_000, ("first_name", "last_name", "title", "city", "company_name", "email", "phone")
LARGE = (
    "SELECT 'all' AS feed, string_agg('a cursor of some length ' || n) AS cursor FROM range(1_000_000) AS numbers (n)"
)


@pytest.mark.parametrize(
    ("usual", "physical", "found"),
    [
        ("512MB", 8 * GIB, ("512MB", "1024MB", "2048MB", "4096MB")),
        ("512MB", 1 * GIB, ("512MB",)),
        ("512MB", 1, ("512MB",)),
        ("3GB", 16 * GIB, ("3GB", "6000MB")),
    ],
)
def test_the_usual_bound_comes_first_and_half_of_the_machine_is_the_last(usual, physical, found):
    assert rooms(usual, physical=physical) == found


@pytest.mark.parametrize("wrong", ["", "512", "half", "1.5GB", "-1GB"])
def test_a_bound_that_is_none_is_named(wrong):
    with pytest.raises(ValueError, match="write a whole number of MB or GB"):
        rooms(wrong)


def bound(session: Session) -> str:
    return str(session.value("SELECT current_setting('memory_limit')"))


def test_a_table_that_does_not_fit_gets_more_memory_and_the_bound_is_the_usual_one_again(tmp_path: Path) -> None:
    with Warehouse(tmp_path / "w.duckdb", memory="24MB").open() as session:
        before = bound(session)
        assert session.replace("raw.cursors", LARGE) == 1
        assert bound(session) == before


def test_where_the_machine_has_no_more_it_is_told_and_the_old_rows_stay(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb", memory="24MB")
    warehouse.rooms = ("24MB",)
    with warehouse.open() as session:
        session.insert("raw.cursors", [{"feed": "a", "cursor": "1"}])
        with pytest.raises(duckdb.OutOfMemoryException):
            session.replace("raw.cursors", LARGE)
        assert session.rows("SELECT feed, cursor FROM raw.cursors") == [{"feed": "a", "cursor": "1"}]


def people_in(session: Session, parts: int) -> list[dict[str, object]]:
    session.replace_in_parts("identity.people", statement("identity/people"), parts=parts)
    return session.rows("SELECT * FROM identity.people ORDER BY person_key")


def filled(session: Session) -> None:
    """Fill in people with a record each and the values that it gave them."""
    session.execute(
        """
        INSERT INTO identity.members BY NAME
        SELECT n AS record_no, 'a-key-of-some-length-' || n AS person_key, 'apollo' AS source, 'id' || n AS source_id
        FROM range(?) AS numbers (n)
        """,
        [PEOPLE],
    )
    session.execute(
        "INSERT INTO identity.features BY NAME SELECT record_no, now() AS first_seen_at FROM identity.members"
    )
    session.execute(
        """
        INSERT INTO identity.provenance BY NAME
        SELECT person_key, name AS field, name || ' of ' || person_key || ', a value of some length' AS value
        FROM identity.members, unnest(?::VARCHAR[]) AS names (name)
        """,
        [list(FIELDS)],
    )


def test_people_are_the_same_in_one_part_and_in_many(tmp_path: Path) -> None:
    with Warehouse(tmp_path / "w.duckdb").open() as session:
        filled(session)
        whole = people_in(session, 1)
        assert len(whole) == PEOPLE
        assert people_in(session, 7) == whole


def test_people_who_do_not_fit_in_memory_together_fit_in_parts(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb", memory="40MB")
    warehouse.rooms = ("40MB",)
    with warehouse.open() as session:
        filled(session)
        with pytest.raises(duckdb.OutOfMemoryException):
            people_in(session, 1)
        assert len(people_in(session, 16)) == PEOPLE

"""Second records of people in Zoho: which there are, and what hangs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.desired import Desired

if TYPE_CHECKING:
    from assets.boundary import Stage


def second_records(stage: Stage) -> list[Desired]:
    """Return the second records of people, so that the plan says why they are left alone."""
    with stage.warehouse.open() as session:
        rows = session.rows("SELECT * FROM crm.zoho__duplicates")
    return [
        Desired(
            person_key=row["person_key"],
            object=row["object"],
            record_id=row["record_id"],
            duplicate_of=(row["survivor_object"], row["survivor_id"]),
        )
        for row in rows
    ]


def untouchable(stage: Stage) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the contacts that a deal belongs to, and the people who are held back: nobody merges these for people."""
    with stage.warehouse.open() as session:
        deals = session.rows("SELECT DISTINCT payload ->> '$.Contact_Name.id' AS record_id FROM raw.zoho__deals")
        held = session.rows('SELECT DISTINCT person_key FROM "qualify".holds WHERE is_optout OR is_crm_held')
    return {("Contacts", row["record_id"]) for row in deals if row["record_id"]}, {row["person_key"] for row in held}

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


def with_deals(stage: Stage) -> set[tuple[str, str]]:
    """Return the contacts that a deal belongs to: a second record with a deal is nobody's to delete."""
    with stage.warehouse.open() as session:
        rows = session.rows("SELECT DISTINCT payload ->> '$.Contact_Name.id' AS record_id FROM raw.zoho__deals")
    return {("Contacts", row["record_id"]) for row in rows if row["record_id"]}

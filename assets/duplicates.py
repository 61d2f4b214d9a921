"""Second records of people: which there are, who of them said no, and what hangs on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.planning.desired import Desired
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assets.boundary import Stage
    from assets.targets import Target

CHANNELS = frozenset({"email", "sms", "call"})


def channels(optouts: Iterable[str]) -> frozenset[str]:
    """Return the channels that a person said no to, each by its name."""
    told = frozenset(optouts)
    return CHANNELS if "all" in told else told


def second_records(stage: Stage, target: Target) -> list[Desired]:
    """Return the second records of people in Zoho: the plan says why they are left alone, and tells them opt-outs."""
    said_no = {(one.object, one.record_id): one.opted_out_channels for one in refusing_records(stage, target)}
    with stage.warehouse.open() as session:
        rows = session.rows("SELECT * FROM crm.zoho__duplicates")
    found = [
        Desired(
            person_key=row["person_key"],
            object=row["object"],
            record_id=row["record_id"],
            duplicate_of=(row["survivor_object"], row["survivor_id"]),
        )
        for row in rows
    ]
    return [replace(one, opted_out_channels=said_no.get((one.object, one.record_id), frozenset())) for one in found]


def refusing_records(stage: Stage, target: Target) -> list[Desired]:
    """Return the second records at a vendor of people who said no: mail can go to them from there, too."""
    with stage.warehouse.open() as session:
        rows = session.rows(statement("qualify/second_records"), {"vendor": target.vendor})
    found = []
    for row in rows:
        kind, record_id = target.place(row)
        if kind is not None and record_id is not None and (kind, record_id) != (row["object"], row["record_id"]):
            found.append(
                Desired(
                    person_key=row["person_key"],
                    object=row["object"],
                    record_id=row["record_id"],
                    opted_out_channels=channels(row["optouts"]),
                    duplicate_of=(kind, record_id),
                )
            )
    return found


def untouchable(stage: Stage) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the contacts that a deal belongs to, and the people who are held back: nobody merges these for people."""
    with stage.warehouse.open() as session:
        deals = session.rows("SELECT DISTINCT payload ->> '$.Contact_Name.id' AS record_id FROM raw.zoho__deals")
        held = session.rows('SELECT DISTINCT person_key FROM "qualify".holds WHERE is_optout OR is_crm_held')
    return {("Contacts", row["record_id"]) for row in deals if row["record_id"]}, {row["person_key"] for row in held}

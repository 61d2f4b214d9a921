"""What the ledger refuses by itself: names that are used up, and second inserts of one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pipeline.planning.plans import named
from pipeline.planning.states import UNSETTLED
from resources.ledger.moves import read
from resources.ledger.records import with_record
from resources.ledger.store import chunks
from resources.ledger.writes import intents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Intent


def unused(connection: Connection, wanted: Sequence[Intent]) -> list[Intent]:
    """Return intents under names that were not set aside: superseded is final, the next attempt is another."""
    known = read(connection, [intent.intent_id for intent in wanted])
    found = []
    for intent in wanted:
        free, row = intent, known.get(intent.intent_id)
        while row is not None and row.state == "superseded":
            free = named(free, attempt=free.attempt + 1)
            row = read(connection, [free.intent_id]).get(free.intent_id)
        found.append(free)
    return found


def refused_inserts(connection: Connection, inserts: Sequence[Intent]) -> dict[str, str]:
    """Return id → why, of inserts that could create somebody a second time."""
    refused: dict[str, str] = {}
    for part in chunks(inserts):
        people = {intent.person_key for intent in part}
        vendor = part[0].vendor
        names = {intent.intent_id for intent in part}
        # By person only: while a bulk job runs, tens of thousands of others are under way as well.
        told = select(intents.c.intent_id, intents.c.person_key, intents.c.operation, intents.c.state)
        query = told.where(intents.c.vendor == vendor, intents.c.person_key.in_(people))
        doubted = {
            row.person_key
            for row in connection.execute(query)
            if row.operation == "insert" and row.state in UNSETTLED and row.intent_id not in names
        }
        existing = with_record(connection, vendor, sorted(people))
        for intent in part:
            if intent.person_key in existing:
                refused[intent.intent_id] = "has a record there by now: to be planned as an update"
            elif intent.person_key in doubted:
                refused[intent.intent_id] = "sent before, answer lost: asking the vendor first"
            doubted.add(intent.person_key)
    return refused

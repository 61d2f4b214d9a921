"""The id map: which record of a vendor is whom, as confirmed by the vendor."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, delete, select

from pipeline.identity.keys import follow
from resources.ledger.part import Part
from resources.ledger.rows import BATCH
from resources.ledger.schema import redirects
from resources.ledger.store import chunks, upsert
from resources.ledger.writes import intents, records, revisions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Records(Part):
    """Person or company key → the vendor's record."""

    def id_map(self, vendor: str) -> dict[str, tuple[str, str]]:
        """Return key → (object, record id), under living keys: a merged key's record passes to its heir."""
        with self.store.read() as connection:
            merged = select(redirects.c.old_key, redirects.c.new_key)
            moved = {row.old_key: row.new_key for row in connection.execute(merged)}
            told = select(records.c.person_key, records.c.object, records.c.record_id).where(records.c.vendor == vendor)
            found: dict[str, tuple[str, str]] = {}
            inherited: list[tuple[str, tuple[str, str]]] = []
            for key, kind, record_id in connection.execute(told, execution_options={"yield_per": BATCH}):
                place = (intern(kind), record_id)
                if key in moved:
                    inherited.append((follow(key, moved), place))
                else:
                    found[key] = place
        for key, place in inherited:
            found.setdefault(key, place)
        return found

    def made_by(self, plan_hash: str) -> dict[tuple[str, str], str]:
        """Return (object, record id) → key, for records that a plan made so far."""
        mine = and_(intents.c.plan_hash == plan_hash, intents.c.operation == "insert", intents.c.state == "confirmed")
        told = select(intents.c.landed_object, intents.c.landed_id, intents.c.person_key)
        with self.store.read() as connection:
            rows = connection.execute(told.where(mine, intents.c.landed_id.is_not(None)))
            return {(row.landed_object, row.landed_id): row.person_key for row in rows}

    def revisions_of(self, vendor: str, people: Sequence[str]) -> dict[tuple[str, str], int]:
        """Return (object, key) → how many writes of some people's records were confirmed; absent where none was."""
        found: dict[tuple[str, str], int] = {}
        with self.store.read() as connection:
            for part in chunks(people):
                mine = (revisions.c.vendor == vendor) & revisions.c.person_key.in_(part)
                rows = connection.execute(select(revisions).where(mine))
                found.update({(row.object, row.person_key): row.revision for row in rows})
        return found

    def rebuild_id_map(self, vendor: str, entries: Mapping[str, tuple[str, str]]) -> None:
        """Replace the id map of a vendor by what the external key in its records says."""
        with self.store.write() as connection:
            connection.execute(delete(records).where(records.c.vendor == vendor))
            note(connection, self, vendor, entries)

    def recognise(self, vendor: str, person_key: str, kind: str, record_id: str) -> bool:
        """Note that a record is a person's, unless it is known as somebody else's or the person has one.

        Returns whether it was noted.
        """
        with self.store.write() as connection:
            taken = holders(connection, vendor, {kind}, [record_id])
            if (kind, record_id) in taken or with_record(connection, vendor, [person_key]):
                return False
            note(connection, self, vendor, {person_key: (kind, record_id)})
        return True

    def forget_record(self, vendor: str, person_key: str) -> None:
        """Drop a person's record from the id map: a person in charge released a deleted record."""
        mine = and_(records.c.vendor == vendor, records.c.person_key == person_key)
        with self.store.write() as connection:
            connection.execute(delete(records).where(mine))


def note(connection: Connection, part: Part, vendor: str, found: Mapping[str, tuple[str, str]]) -> None:
    """Write entries of the id map, key → (object, record id), inside an open transaction."""
    now = part.now()
    rows = [
        {"vendor": vendor, "person_key": key, "object": kind, "record_id": record, "known_at": now}
        for key, (kind, record) in found.items()
    ]
    upsert(connection, records, rows)


def with_record(connection: Connection, vendor: str, people: Sequence[str]) -> set[str]:
    """Return those of some keys that have a record."""
    found: set[str] = set()
    for part in chunks(sorted(set(people))):
        mine = (records.c.vendor == vendor) & records.c.person_key.in_(part)
        found.update(connection.execute(select(records.c.person_key).where(mine)).scalars())
    return found


def holders(
    connection: Connection, vendor: str, kinds: Collection[str], record_ids: Sequence[str]
) -> set[tuple[str, str]]:
    """Return those of some records, as (object, record id), that are known as somebody's."""
    found: set[tuple[str, str]] = set()
    for part in chunks(sorted(set(record_ids))):
        mine = (records.c.vendor == vendor) & records.c.object.in_(kinds) & records.c.record_id.in_(part)
        rows = connection.execute(select(records.c.object, records.c.record_id).where(mine))
        found.update((row.object, row.record_id) for row in rows)
    return found

"""Base values: per field, what we sent last and what the vendor stored of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from resources.ledger.part import Part
from resources.ledger.store import chunks, dumps, loads, upsert
from resources.ledger.writes import bases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Json

LOCKED_AFTER = 3
"""A field of ours that people overwrote in so many successive runs is left to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """One field of one record as written; `times_overwritten` by people, in successive runs."""

    object: str
    record_id: str
    field: str
    sent: Json
    stored: Json
    times_overwritten: int = 0


class Bases(Part):
    """The common ancestor of the three-way merge."""

    def bases(self, vendor: str) -> dict[tuple[str, str], dict[str, tuple[Json, Json]]]:
        """Return (object, record id) → field → (sent, stored)."""
        found: dict[tuple[str, str], dict[str, tuple[Json, Json]]] = {}
        with self.store.read() as connection:
            for row in connection.execute(select(bases).where(bases.c.vendor == vendor)):
                pair = (loads(row.sent_value), loads(row.stored_value))
                found.setdefault((row.object, row.record_id), {})[row.field] = pair
        return found

    def base_fields(self, vendor: str, record_ids: Sequence[str]) -> dict[tuple[str, str, str], Base]:
        """Return the base of every field of some records: (object, record id, field) → base."""
        found: dict[tuple[str, str, str], Base] = {}
        with self.store.read() as connection:
            for part in chunks(sorted(set(record_ids))):
                query = select(bases).where(bases.c.vendor == vendor, bases.c.record_id.in_(part))
                for row in connection.execute(query):
                    found[row.object, row.record_id, row.field] = Base(
                        object=row.object,
                        record_id=row.record_id,
                        field=row.field,
                        sent=loads(row.sent_value),
                        stored=loads(row.stored_value),
                        times_overwritten=row.times_overwritten,
                    )
        return found

    def locked(self, vendor: str) -> frozenset[tuple[str, str, str]]:
        """Return (object, record id, field) of what people overwrote in three successive runs."""
        worn = (bases.c.vendor == vendor) & (bases.c.times_overwritten >= LOCKED_AFTER)
        with self.store.read() as connection:
            rows = connection.execute(select(bases.c.object, bases.c.record_id, bases.c.field).where(worn))
            return frozenset((row.object, row.record_id, row.field) for row in rows)

    def record_base(
        self,
        vendor: str,
        kind: str,
        record_id: str,
        field: str,
        *,
        sent: Json,
        stored: Json,
        times_overwritten: int = 0,
    ) -> None:
        """Record the base pair of one field."""
        base = Base(
            object=kind,
            record_id=record_id,
            field=field,
            sent=sent,
            stored=stored,
            times_overwritten=times_overwritten,
        )
        self.record_bases(vendor, [base])

    def record_bases(self, vendor: str, found: Sequence[Base]) -> None:
        """Record base pairs in one transaction."""
        with self.store.write() as connection:
            keep(connection, vendor, found, self)


def keep(connection: Connection, vendor: str, found: Sequence[Base], part: Part) -> None:
    """Write base pairs inside an open transaction."""
    now = part.now()
    rows = [
        {
            "vendor": vendor,
            "object": base.object,
            "record_id": base.record_id,
            "field": base.field,
            "sent_value": dumps(base.sent),
            "stored_value": dumps(base.stored),
            "times_overwritten": base.times_overwritten,
            "recorded_at": now,
        }
        for base in found
    ]
    upsert(connection, bases, rows)

"""Base values: per field, what we sent last and what the vendor stored of it."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from resources.ledger.part import Part
from resources.ledger.store import chunks, dumps, loads, upsert
from resources.ledger.writes import record_bases

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

    def bases(
        self, vendor: str, record_ids: Sequence[str] | None = None
    ) -> dict[tuple[str, str], dict[str, tuple[Json, Json]]]:
        """Return (object, record id) → field → (sent, stored), of every record or of some."""
        mine = record_bases.c.vendor == vendor
        some = [mine] if record_ids is None else [mine & record_bases.c.record_id.in_(p) for p in chunks(record_ids)]
        found: dict[tuple[str, str], dict[str, tuple[Json, Json]]] = {}
        # Only what is used: a moment that nobody asks for takes as long to read as all else of its row.
        wanted = select(record_bases.c.object, record_bases.c.record_id, record_bases.c.fields)
        with self.store.read() as connection:
            for kind, record_id, fields in (row for where in some for row in connection.execute(wanted.where(where))):
                told = loads(fields).items()
                found[kind, record_id] = {
                    intern(name): (sent, sent if sent == stored else stored) for name, (sent, stored, _) in told
                }
        return found

    def base_fields(self, vendor: str, record_ids: Sequence[str]) -> dict[tuple[str, str, str], Base]:
        """Return the base of every field of some records: (object, record id, field) → base."""
        found: dict[tuple[str, str, str], Base] = {}
        with self.store.read() as connection:
            for part in chunks(sorted(set(record_ids))):
                query = select(record_bases).where(record_bases.c.vendor == vendor, record_bases.c.record_id.in_(part))
                for row in connection.execute(query):
                    for name, (sent, stored, times) in loads(row.fields).items():
                        found[row.object, row.record_id, name] = Base(
                            object=row.object,
                            record_id=row.record_id,
                            field=name,
                            sent=sent,
                            stored=stored,
                            times_overwritten=times,
                        )
        return found

    def locked(self, vendor: str) -> frozenset[tuple[str, str, str]]:
        """Return (object, record id, field) of what people overwrote in three successive runs."""
        worn = (record_bases.c.vendor == vendor) & (record_bases.c.most_overwritten >= LOCKED_AFTER)
        with self.store.read() as connection:
            rows = connection.execute(select(record_bases).where(worn)).all()
        return frozenset(
            (row.object, row.record_id, name)
            for row in rows
            for name, (_, _, times) in loads(row.fields).items()
            if times >= LOCKED_AFTER
        )

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
    """Write base pairs inside an open transaction; fields that are not among them stay as they are."""
    known = _known(connection, vendor, sorted({base.record_id for base in found}))
    for base in found:
        fields = known.setdefault((base.object, base.record_id), {})
        fields[base.field] = [base.sent, base.stored, base.times_overwritten]
    now = part.now()
    touched = {(base.object, base.record_id) for base in found}
    rows = [
        {
            "vendor": vendor,
            "object": kind,
            "record_id": record_id,
            "fields": dumps(known[kind, record_id]),
            "most_overwritten": max(times for _, _, times in known[kind, record_id].values()),
            "recorded_at": now,
        }
        for kind, record_id in sorted(touched)
    ]
    upsert(connection, record_bases, rows)


def _known(
    connection: Connection, vendor: str, record_ids: Sequence[str]
) -> dict[tuple[str, str], dict[str, list[Json]]]:
    found: dict[tuple[str, str], dict[str, list[Json]]] = {}
    for part in chunks(record_ids):
        query = select(record_bases).where(record_bases.c.vendor == vendor, record_bases.c.record_id.in_(part))
        found.update({(row.object, row.record_id): loads(row.fields) for row in connection.execute(query)})
    return found

"""What was taken back of runs: the plans that did it, what must not be written again, and by which run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from pipeline.planning.undone import Taken
from resources.ledger.history import written_in
from resources.ledger.part import Part
from resources.ledger.rows import fields_of
from resources.ledger.store import chunks, loads
from resources.ledger.writes import intents, plan_records, plans, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from pipeline.models import Json
    from pipeline.planning.undone import TakenSpot
    from resources.ledger.rows import StoredField

RELEASED = "undo__released"
"""Verdict on an undo plan: what it took back may be written again."""

UNDOES = '%"undoes":%'
"""How the summary of an undo plan is told from others (canonical JSON has no spaces)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """A plan that takes back the run `undoes`."""

    plan_hash: str
    vendor: str
    undoes: str
    saved_at: datetime
    is_released: bool


class Undoings(Part):
    """Taking back, as the ledger remembers it."""

    def undo_plans(self, vendor: str | None = None) -> list[UndoPlan]:
        """Return the plans that took, or would take, back a run, oldest first."""
        with self.store.read() as connection:
            return _undo_plans(connection, vendor)

    def taken_back(self, vendor: str) -> dict[TakenSpot, Taken]:
        """Return (object, record id, field, tag or "") → what the latest confirmed undo took away there.

        Left out are what a person released, and fields that were written with another value since.
        """
        found: dict[TakenSpot, Taken] = {}
        with self.store.read() as connection:
            for plan in _undo_plans(connection, vendor):
                sent: dict[TakenSpot, list[Json]] = {}
                for item in written_in(connection, plan.undoes, vendor):
                    if item.operation == "update" and item.record_id is not None and item.field is not None:
                        sent.setdefault((item.object, item.record_id, item.field, ""), []).append(item.sent)
                for row, field in _confirmed(connection, plan.plan_hash):
                    for spot, taken in _taken(row, field, sent, plan).items():
                        found.pop(spot, None)
                        if not plan.is_released:
                            found[spot] = taken
            for spot in _rewritten(connection, vendor, found):
                del found[spot]
        return found

    def undone_by(self) -> dict[tuple[str, str, str, str, str | None, str], str]:
        """Return (run, vendor, object, record id, field, action) of what was written → run that took it back."""
        reverse = {"update": "update", "remove_tags": "add_tags", "add_tags": "remove_tags"}
        found: dict[tuple[str, str, str, str, str | None, str], str] = {}
        with self.store.read() as connection:
            for plan in _undo_plans(connection, None):
                for row, field in _confirmed(connection, plan.plan_hash):
                    if row.action in reverse:
                        spot = (plan.undoes, plan.vendor, row.object, row.record_id, field.field, reverse[row.action])
                        found[spot] = row.sent_by
        return found


def _undo_plans(connection: Connection, vendor: str | None) -> list[UndoPlan]:
    query = select(plans).where(plans.c.summary.like(UNDOES)).order_by(plans.c.saved_no)
    rows = connection.execute(query.where(plans.c.vendor == vendor) if vendor else query).all()
    released = set(connection.execute(select(verdicts.c.plan_hash).where(verdicts.c.check_name == RELEASED)).scalars())
    return [
        UndoPlan(
            plan_hash=row.plan_hash,
            vendor=row.vendor,
            undoes=loads(row.summary)["undoes"],
            saved_at=row.saved_at,
            is_released=row.plan_hash in released,
        )
        for row in rows
    ]


def _confirmed(connection: Connection, plan_hash: str) -> Iterator[tuple[Row[Any], StoredField]]:
    """Yield (record with `sent_by` and `settled_at`, field) of what a plan wrote and the vendor confirmed."""
    told = select(plan_records, intents.c.run_id.label("sent_by"), intents.c.settled_at)
    told = told.join(intents, intents.c.intent_id == plan_records.c.intent_id)
    mine = told.where(plan_records.c.plan_hash == plan_hash, intents.c.state == "confirmed")
    for row in connection.execute(mine.order_by(plan_records.c.record_no)):
        for field in fields_of(row.fields):
            if field.field is not None:
                yield row, field


def _taken(
    row: Row[Any], field: StoredField, sent: Mapping[TakenSpot, list[Json]], plan: UndoPlan
) -> dict[TakenSpot, Taken]:
    place = (row.object, row.record_id, field.field or "")
    told = {"undone": plan.undoes, "settled_at": row.settled_at, "action": row.action}
    if row.action in {"add_tags", "remove_tags"}:
        return {(*place, str(tag).casefold()): Taken(**told, values=(tag,)) for tag in field.new_value or ()}
    return {(*place, ""): Taken(**told, values=(field.old_value, *sent.get((*place, ""), ())))}


def _rewritten(connection: Connection, vendor: str, found: Mapping[TakenSpot, Taken]) -> list[TakenSpot]:
    """Return the fields that a later plan wrote: our value changed, so the lock has done its work."""
    spots = {spot[:3]: spot for spot in found if found[spot].action == "update"}
    gone: dict[TakenSpot, None] = {}
    for part in chunks(sorted({record_id for _, record_id, _ in spots})):
        query = (
            select(plan_records.c.object, plan_records.c.record_id, plan_records.c.fields, intents.c.settled_at)
            .join(intents, intents.c.intent_id == plan_records.c.intent_id)
            .where(plan_records.c.vendor == vendor, plan_records.c.record_id.in_(part))
            .where(intents.c.state == "confirmed", intents.c.operation == "update")
        )
        for row in connection.execute(query):
            for field in fields_of(row.fields):
                spot = spots.get((row.object, row.record_id, field.field or ""))
                if spot is not None and row.settled_at > found[spot].settled_at:
                    gone[spot] = None
    return list(gone)

"""What runs wrote, and what sources had when we wrote last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from pipeline.errors import LeadflowError
from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.written import Written
from resources.ledger.part import Part
from resources.ledger.rows import fields_of
from resources.ledger.schema import runs
from resources.ledger.store import loads
from resources.ledger.writes import intents, plan_records, plans, readings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pipeline.planning.written import Place


class UnknownRun(LeadflowError):
    """No run has this id."""

    exit_code = 2


class History(Part):
    """Reading back what happened, for `leadflow undo` and the gates."""

    def run_named(self, run_id: str) -> str:
        """Return the id of the run that starts with these (at least four) characters; `last` is the latest.

        Raises:
            UnknownRun: there is none, or several start like this.
        """
        wrote = select(runs.c.run_id).where(runs.c.run_id.in_(select(intents.c.run_id)))
        if run_id == "last":
            query = wrote.order_by(runs.c.started_at.desc()).limit(1)
        else:
            query = select(runs.c.run_id).where(runs.c.run_id.startswith(run_id, autoescape=True)).limit(2)
        with self.store.read() as connection:
            found = list(connection.execute(query).scalars()) if len(run_id) >= 4 else []
        if len(found) != 1:
            what = "several runs start with" if found else "no run has the id"
            raise UnknownRun(f"{what} {run_id!r}; `leadflow status` lists the runs")
        return str(found[0])

    def written(self, run_id: str, vendor: str) -> list[Written]:
        """Return every write of a run that the vendor confirmed, one per field, in the order they were settled."""
        with self.store.read() as connection:
            return written_in(connection, run_id, vendor)

    def became(self, vendor: str) -> dict[Place, Place]:
        """Return (object, record id) → where it lives now, for records that we converted."""
        mine = and_(intents.c.vendor == vendor, intents.c.operation == "convert", intents.c.state == "confirmed")
        with self.store.read() as connection:
            rows = connection.execute(select(intents).where(mine, intents.c.landed_id.is_not(None)))
            return {(row.object, row.record_id): (row.landed_object, row.landed_id) for row in rows}

    def sources_before(self, vendor: str) -> dict[str, int]:
        """Return source → records it had when a plan toward a vendor was carried out last; empty before the first."""
        told = select(plans.c.summary).where(plans.c.vendor == vendor, plans.c.applied_at.is_not(None))
        query = told.where(plans.c.summary.like('%"sources":%')).order_by(plans.c.saved_no.desc()).limit(1)
        with self.store.read() as connection:
            summary = loads(connection.execute(query).scalar())
        return {name: int(count) for name, count in summary["sources"].items()} if summary else {}


def written_in(connection: Connection, run_id: str, vendor: str) -> list[Written]:
    """Return the confirmed writes of a run inside an open transaction."""
    told = (
        select(plan_records.c.fields, intents, readings.c.fields.label("read"))
        .join(intents, intents.c.intent_id == plan_records.c.intent_id)
        .outerjoin(readings, readings.c.intent_id == plan_records.c.intent_id)
        .where(intents.c.run_id == run_id, intents.c.vendor == vendor, intents.c.state == "confirmed")
        .order_by(intents.c.settled_at, intents.c.intent_id)
    )
    found: dict[tuple[str, str | None], Written] = {}
    for row in connection.execute(told):
        is_moved = row.operation not in {"convert", *ACTIVITIES} and row.landed_id is not None
        read = loads(row.read) or {}
        for field in fields_of(row.fields):
            # Not read back yet, or not by field: taken as sent.
            _, stored, landed = read.get(field.field) or (None, field.new_value, None)
            found[row.intent_id, field.field] = Written(
                vendor=row.vendor,
                object=row.landed_object if is_moved else row.object,
                record_id=row.landed_id if is_moved else row.record_id,
                person_key=row.person_key,
                operation=row.operation,
                lane=row.lane,
                field=field.field,
                old=field.old_value,
                sent=field.new_value,
                stored=stored,
                landed=landed,
                policy=field.policy,
            )
    return list(found.values())

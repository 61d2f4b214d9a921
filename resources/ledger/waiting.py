"""Intents that wait: to be sent, or for an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import func, literal, select

from pipeline.planning.plans import order
from pipeline.planning.states import UNSETTLED
from resources.ledger.moves import as_intent
from resources.ledger.part import Part
from resources.ledger.writes import intents, plan_records

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from pipeline.models import Intent, Lane, Operation, State

NO_PAYLOAD = literal("{}").label("payload")


class Waiting(Part):
    """What is still to be sent, and what is in doubt."""

    def plan_states(self, plan_hash: str) -> dict[tuple[str, str], int]:
        """Return (lane, state) → number of the intents of a plan."""
        told = select(intents.c.lane, intents.c.state, func.count())
        linked = select(plan_records.c.intent_id).where(plan_records.c.plan_hash == plan_hash)
        query = told.where(intents.c.intent_id.in_(linked)).group_by(intents.c.lane, intents.c.state)
        with self.store.read() as connection:
            return {(lane, state): count for lane, state, count in connection.execute(query)}

    def unsent(self, plan_hash: str) -> set[str]:
        """Return those intents of a plan that are still to be sent."""
        linked = select(plan_records.c.intent_id).where(plan_records.c.plan_hash == plan_hash)
        query = select(intents.c.intent_id).where(intents.c.intent_id.in_(linked), intents.c.state == "planned")
        with self.store.read() as connection:
            return set(connection.execute(query).scalars())

    def untaken_optouts(self, plan_hash: str) -> list[tuple[str, State, str]]:
        """Return (person key, state, the vendor's word) of what a plan's opt-out lane asks for and the vendor lacks."""
        linked = select(plan_records.c.intent_id).where(plan_records.c.plan_hash == plan_hash)
        told = select(intents.c.person_key, intents.c.state, intents.c.vendor_code, intents.c.vendor_message)
        query = told.where(intents.c.intent_id.in_(linked), intents.c.lane == "optout")
        query = query.where(intents.c.state.not_in(("confirmed", "superseded"))).order_by(intents.c.intent_id)
        with self.store.read() as connection:
            rows = connection.execute(query).all()
        return [(row.person_key, row.state, " ".join(filter(None, row[2:]))) for row in rows]

    def planned_intents(
        self,
        plan_hash: str,
        *,
        lane: Lane | None = None,
        operation: Operation | None = None,
        has_payload: bool = True,
    ) -> list[Intent]:
        """Return the intents of a plan that wait to be sent, in the order of writing.

        Without their payloads, which are left empty, all of a large plan fit in memory.
        """
        query = select(intents) if has_payload else select(*(c for c in intents.c if c.name != "payload"), NO_PAYLOAD)
        query = query.where(intents.c.plan_hash == plan_hash, intents.c.state == "planned")
        query = query.where(intents.c.lane == lane) if lane is not None else query
        query = query.where(intents.c.operation == operation) if operation is not None else query
        with self.store.read() as connection:
            found = [as_intent(row) for row in connection.execute(query)]
        return sorted(found, key=lambda intent: (*order(intent), intent.intent_id))

    def in_doubt(self, vendor: str) -> list[tuple[Intent, datetime]]:
        """Return intents without an outcome and since when, oldest first; under the applier's lock only."""
        return self._doubts(intents.c.vendor == vendor)

    def unanswered_calls(self, vendor: str) -> list[tuple[Intent, datetime]]:
        """Return what `in_doubt` returns, without the intents that a bulk job carries."""
        return self._doubts((intents.c.vendor == vendor) & intents.c.job_no.is_(None))

    def people_to_create(self, vendor: str) -> set[str]:
        """Return the keys of everybody whose record is still to be created."""
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "insert") & (intents.c.state == "planned")
        with self.store.read() as connection:
            return set(connection.execute(select(intents.c.person_key).where(mine)).scalars())

    def people_under_way(self, vendor: str) -> set[str]:
        """Return the keys of everybody of whom a write has no outcome."""
        mine = (intents.c.vendor == vendor) & intents.c.state.in_(UNSETTLED)
        with self.store.read() as connection:
            return set(connection.execute(select(intents.c.person_key).where(mine)).scalars())

    def _doubts(self, where: ColumnElement[bool]) -> list[tuple[Intent, datetime]]:
        with self.store.read() as connection:
            rows = connection.execute(select(intents).where(where, intents.c.state.in_(UNSETTLED))).all()
        found = [(as_intent(row), cast("datetime", row.sent_at or row.claimed_at)) for row in rows]
        return sorted(found, key=lambda pair: (pair[1], pair[0].intent_id))

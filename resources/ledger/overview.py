"""Where everything stands, counted by the database: for `leadflow status`, which works offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from pipeline.planning.states import UNSETTLED
from resources.ledger.part import Part
from resources.ledger.schema import charges, exact, pauses
from resources.ledger.store import CHUNK, loads
from resources.ledger.writes import intents, plan_records, plans, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping


LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanState:
    """The plan of a vendor that was saved last. `refused`: failed check → why, in words."""

    plan_hash: str
    vendor: str
    saved_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    applied_at: datetime | None
    summary: Mapping[str, Any]
    refused: Mapping[str, str]


class Overview(Part):
    """Counts and moments; nothing about people."""

    def intent_counts(self, vendor: str) -> dict[str, dict[str, int]]:
        """Return state → operation → how many; look-ups that are paid for included."""
        told = select(intents.c.state, intents.c.operation, func.count()).where(intents.c.vendor == vendor)
        found: dict[str, dict[str, int]] = {}
        with self.store.read() as connection:
            for state, operation, count in connection.execute(told.group_by(intents.c.state, intents.c.operation)):
                found.setdefault(state, {})[operation] = count
        return found

    def oldest_unanswered(self, vendor: str) -> datetime | None:
        """Return since when the longest open question is open; None when there is none."""
        mine = (intents.c.vendor == vendor) & intents.c.state.in_(UNSETTLED)
        with self.store.read() as connection:
            query = select(
                func.min(func.coalesce(intents.c.sent_at, intents.c.claimed_at, type_=intents.c.sent_at.type))
            )
            found: datetime | None = connection.execute(query.where(mine)).scalar()
        return found

    def plan_state(self, vendor: str) -> PlanState | None:
        """Return the latest plan of a vendor without its rows, None before the first."""
        query = select(plans).where(plans.c.vendor == vendor).order_by(plans.c.saved_no.desc()).limit(1)
        with self.store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        told = {
            name: getattr(row, name)
            for name in ("plan_hash", "vendor", "saved_at", "approved_by", "approved_at", "applied_at")
        }
        return PlanState(**told, summary=loads(row.summary) or {}, refused=self.refusals(row.plan_hash))

    def refusals(self, plan_hash: str) -> dict[str, str]:
        """Return failed check → why, of one plan."""
        query = select(verdicts).where(verdicts.c.plan_hash == plan_hash, verdicts.c.is_passed.is_(False))
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(verdicts.c.check_name)).all()
        return {row.check_name: row.detail or "" for row in rows}

    def open_optouts(self, vendor: str) -> dict[str, datetime]:
        """Return person key → since when a vendor should know of an opt-out, for those it does not know of yet.

        These are open in the latest plan (waiting or refused), or their answer was lost. The time counts from the
        first plan that asked for it: later plans ask for the same write again.
        """
        plan = self.plan_state(vendor)
        told = (plan_records.c.vendor == vendor) & (plan_records.c.action == "set_optout")
        asked = select(plan_records.c.person_key).outerjoin(intents, intents.c.intent_id == plan_records.c.intent_id)
        state = intents.c.state
        of_plan = asked.where(
            plan_records.c.plan_hash == (plan.plan_hash if plan else ""),
            told,
            or_(state.is_(None), state.in_(("planned", "rejected", *UNSETTLED))),
        )
        lost = select(intents.c.person_key).where(
            intents.c.vendor == vendor, intents.c.operation == "set_optout", state.in_(UNSETTLED)
        )
        with self.store.read() as connection:
            people = sorted({*connection.execute(of_plan).scalars(), *connection.execute(lost).scalars()})
            found: dict[str, datetime] = {}
            for start in range(0, len(people), CHUNK):
                part = plan_records.c.person_key.in_(people[start : start + CHUNK])
                query = (
                    select(plan_records.c.person_key, plans.c.created_at, state, intents.c.settled_at)
                    .join(plans, plans.c.plan_hash == plan_records.c.plan_hash)
                    .outerjoin(intents, intents.c.intent_id == plan_records.c.intent_id)
                    .where(told, part)
                    .order_by(plans.c.created_at)
                )
                rows = connection.execute(query).all()
                done = {row.person_key: row.settled_at for row in rows if row.state == "confirmed"}
                for row in rows:
                    if row.state != "confirmed" and row.created_at > done.get(row.person_key, LONG_AGO):
                        found.setdefault(row.person_key, row.created_at)
        return found

    def pauses(self) -> list[dict[str, Any]]:
        """Return every pause: scope, reason, since when."""
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(select(pauses).order_by(pauses.c.scope)).mappings()]

    def spent_since(self, since: datetime | None = None) -> dict[str, dict[str, float]]:
        """Return unit → `{"quantity", "usd"}` of everything booked (since a moment)."""
        told = select(charges.c.unit, func.sum(charges.c.quantity), func.sum(charges.c.usd)).group_by(charges.c.unit)
        query = told if since is None else told.where(charges.c.spent_at >= since)
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(charges.c.unit)).all()
        return {unit: {"quantity": exact(quantity), "usd": exact(usd)} for unit, quantity, usd in rows}

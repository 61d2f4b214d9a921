"""What people ask about a plan: what each gate said of it, and how much of a vendor's day is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from resources.ledger.part import Part
from resources.ledger.schema import charges, exact
from resources.ledger.writes import verdicts

if TYPE_CHECKING:
    from datetime import datetime


class Questions(Part):
    """Answers for `leadflow plan`."""

    def judgements(self, plan_hash: str) -> list[tuple[str, bool, str]]:
        """Return (check, passed, detail) of everything that judged a plan, by name."""
        query = select(verdicts).where(verdicts.c.plan_hash == plan_hash).order_by(verdicts.c.check_name)
        with self.store.read() as connection:
            return [(row.check_name, row.is_passed, row.detail or "") for row in connection.execute(query)]

    def charged(self, unit: str, since: datetime | None = None) -> tuple[float, float]:
        """Return (units, US dollars) that we recorded for a unit, since a moment or ever."""
        query = select(func.sum(charges.c.quantity), func.sum(charges.c.usd)).where(charges.c.unit == unit)
        if since is not None:
            query = query.where(charges.c.spent_at > since)
        with self.store.read() as connection:
            units, usd = connection.execute(query).one()
        return exact(units), exact(usd)

"""Vendors' own counters beside ours, so that a lost answer can be told from a charge that never was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from resources.ledger import settling
from resources.ledger.part import Part
from resources.ledger.schema import charges, meters
from resources.ledger.store import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pipeline.models import Intent, Outcome


@dataclass(frozen=True, slots=True)
class Meter:
    """A vendor's counter as it was read last, and what we recorded ourselves since then, in units."""

    told: float
    recorded_since: float


class Meters(Part):
    """What vendors say was used."""

    def note_meter(self, unit: str, told: float) -> None:
        """Note a vendor's counter and our own sum at the same moment."""
        with self.store.write() as connection:
            ours = connection.execute(select(func.sum(charges.c.quantity)).where(charges.c.unit == unit)).scalar()
            row = {"unit": unit, "told": told, "recorded": float(ours or 0.0), "read_at": self.now()}
            upsert(connection, meters, [row])

    def meter(self, unit: str) -> Meter | None:
        """Return the last reading of a counter; None before the first."""
        with self.store.read() as connection:
            row = connection.execute(select(meters).where(meters.c.unit == unit)).first()
            ours = connection.execute(select(func.sum(charges.c.quantity)).where(charges.c.unit == unit)).scalar()
        return None if row is None else Meter(row.told, float(ours or 0.0) - row.recorded)

    def settle_purchase(self, results: Sequence[tuple[Intent, Outcome]], costs: Sequence[Mapping[str, Any]]) -> None:
        """Record outcomes of paid look-ups and their charges in one transaction: never one without the other.

        `costs` are rows of the charges table without `spent_at`.
        """
        with self.store.write() as connection:
            settling.settle(connection, results, "", self)
            if costs:
                connection.execute(charges.insert(), [{**row, "spent_at": self.now()} for row in costs])

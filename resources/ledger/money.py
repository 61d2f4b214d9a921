"""Money: every charge and metered group of calls, with what had been forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from resources.ledger.part import Part
from resources.ledger.schema import charges

if TYPE_CHECKING:
    from datetime import date


class Money(Part):
    """What was spent."""

    def record_spend(
        self,
        run_id: str | None,
        vendor: str,
        unit: str,
        quantity: float,
        *,
        usd: float | None = None,
        purpose: str = "",
        search: str | None = None,
        person_key: str | None = None,
        outcome: str | None = None,
        unit_price_usd: float | None = None,
        price_as_of: date | None = None,
        forecast_quantity: float | None = None,
        cycle_ends_on: date | None = None,
        left_after: float | None = None,
    ) -> None:
        """Record one charge. `unit`: apollo_credit, zoho_credit or ghl_call; `outcome`: hit, miss, ..."""
        row = {
            "spent_at": self.now(),
            "run_id": run_id,
            "vendor": vendor,
            "unit": unit,
            "quantity": quantity,
            "unit_price_usd": unit_price_usd,
            "usd": quantity * unit_price_usd if usd is None and unit_price_usd is not None else usd,
            "price_as_of": price_as_of,
            "purpose": purpose,
            "search": search,
            "person_key": person_key,
            "outcome": outcome,
            "forecast_quantity": forecast_quantity,
            "cycle_ends_on": cycle_ends_on,
            "left_after": left_after,
        }
        with self.store.write() as connection:
            connection.execute(charges.insert().values(**row))

    def spend(self, *, workspace: str | None = None) -> list[dict[str, Any]]:
        """Return every charge as a row of `reports.spend`, oldest first."""
        with self.store.read() as connection:
            rows = [dict(row) for row in connection.execute(select(charges).order_by(charges.c.charge_no)).mappings()]
        for row in rows:
            del row["charge_no"]
            row["workspace"] = workspace
            row["spent_day"] = row["spent_at"].date()
        return rows

    def spent(self, run_id: str) -> dict[str, float]:
        """Return what a run spent: unit → quantity."""
        query = select(charges.c.unit, func.sum(charges.c.quantity)).where(charges.c.run_id == run_id)
        with self.store.read() as connection:
            return {unit: float(quantity) for unit, quantity in connection.execute(query.group_by(charges.c.unit))}

"""Verdicts: what gates and checks said about a plan."""

from __future__ import annotations

from sqlalchemy import select

from resources.ledger.part import Part
from resources.ledger.store import upsert
from resources.ledger.writes import verdicts


class Verdicts(Part):
    """The verdicts on the plans of every vendor."""

    def record_verdict(self, plan_hash: str, check: str, passed: bool, detail: str = "") -> None:
        """Record what a gate or check said about a plan; the latest word counts."""
        row = {"plan_hash": plan_hash, "check_name": check, "is_passed": passed, "detail": detail}
        with self.store.write() as connection:
            upsert(connection, verdicts, [row | {"judged_at": self.now()}])

    def verdicts(self, plan_hash: str) -> dict[str, bool]:
        """Return check → passed, for the checks that judged this plan."""
        query = select(verdicts).where(verdicts.c.plan_hash == plan_hash)
        with self.store.read() as connection:
            return {row.check_name: row.is_passed for row in connection.execute(query)}

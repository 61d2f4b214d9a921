"""Pauses: a flag that every writer reads before each call. Opt-outs still pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from resources.ledger.part import Part
from resources.ledger.schema import pauses
from resources.ledger.store import upsert

if TYPE_CHECKING:
    from typing import Literal

    Scope = Literal["zoho", "ghl", "all"]


class Pauses(Part):
    """Writing to a vendor, or to all, held by a person."""

    def pause(self, scope: Scope, reason: str) -> None:
        """Hold every write to a vendor (or `all`) until resumed."""
        with self.store.write() as connection:
            upsert(connection, pauses, [{"scope": scope, "reason": reason, "since": self.now()}])

    def resume(self, scope: Scope) -> None:
        """Let writes pass again; `all` lifts every pause."""
        lift = delete(pauses)
        with self.store.write() as connection:
            connection.execute(lift if scope == "all" else lift.where(pauses.c.scope == scope))

    def paused(self, vendor: str) -> str | None:
        """Return why writing to a vendor is paused, None when it is not."""
        query = select(pauses.c.reason).where(pauses.c.scope.in_(("all", vendor))).order_by(pauses.c.scope)
        with self.store.read() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

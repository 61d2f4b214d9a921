"""Paid look-ups as intents: a person is bought at most once, also across runs and crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.models import Intent
from resources.ledger.part import Part
from resources.ledger.writes import intents

if TYPE_CHECKING:
    from collections.abc import Sequence

MISS = "miss"
"""Vendor code of a look-up that found nobody."""


class Enrichments(Part):
    """Intents of the operation `enrich`, one per record of the vendor."""

    def purchased(self, vendor: str, record_ids: Sequence[str] | None = None) -> dict[str, str]:
        """Return record id → `hit`, `miss`, `refused`, or `in_doubt` (answer lost: never bought blindly).

        Of all that was ever bought, or of the records named.
        """
        mine = (intents.c.vendor == vendor) & (intents.c.operation == "enrich") & intents.c.record_id.is_not(None)
        if record_ids is not None:
            mine &= intents.c.record_id.in_(record_ids)
        query = select(intents.c.record_id, intents.c.state, intents.c.vendor_code).where(mine)
        with self.store.read() as connection:
            rows = connection.execute(query).all()
        found: dict[str, str] = {}
        for row in rows:
            if row.state == "confirmed":
                found[row.record_id] = "hit"
            elif row.state == "rejected":
                found[row.record_id] = MISS if row.vendor_code == MISS else "refused"
            elif row.state in {"claimed", "sent"}:
                found[row.record_id] = "in_doubt"
        return found

    def begin_enrichment(self, vendor: str, record_ids: Sequence[str], *, owner: str) -> list[Intent]:
        """Commit that these records are being bought now; return their intents, to be settled later.

        Settle a match as `confirmed`, nobody found as `rejected` with code `miss`, a call that certainly was
        not executed as `not_sent`. Records that were bought, or are in doubt, are left out.
        """
        known = self.purchased(vendor, record_ids)
        wanted = [
            Intent(
                intent_id="",
                vendor=vendor,
                object="people",
                person_key="",
                record_id=record_id,
                operation="enrich",
                payload={"id": record_id},
            )
            for record_id in dict.fromkeys(record_ids)
            if record_id not in known
        ]
        planned = self.add_intents(wanted)  # type: ignore[attr-defined]  # a part of the same ledger
        ready = [intent for intent in planned if intent.state == "planned"]
        claimed = self.claim(ready, owner=owner).intents  # type: ignore[attr-defined]
        sent: list[Intent] = self.mark_sent(claimed)  # type: ignore[attr-defined]
        return sent

"""Enrolments in workflows, as the ledger remembers them: nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from pipeline.planning.enrolments import Enrolment, left
from pipeline.planning.plans import ENROLMENTS
from pipeline.planning.states import UNSETTLED
from resources.ledger.part import Part
from resources.ledger.store import loads
from resources.ledger.writes import intents, plans

if TYPE_CHECKING:
    from sqlalchemy import Row

GIVEN_UP = frozenset({"planned", "superseded"})
"""States in which taking somebody out was not asked of the vendor; a refusal is not repeated."""

WORDS = {
    "planned": "waits to be sent",
    "claimed": "being sent",
    "sent": "being sent",
    "rejected": "refused",
    "superseded": "set aside",
}


class Enrolled(Part):
    """What was asked of workflows. An intent counts by the business day of the plan that it was sent under."""

    def enrolments(self, vendor: str) -> list[Enrolment]:
        """Return every enrolment toward a vendor, planned ones and refusals included, oldest first."""
        rows = self._asked(vendor)
        gone = {_told(row)["reference"] for row in rows if row.operation == "unenrol" and row.state not in GIVEN_UP}
        found = []
        for row in rows:
            told = _told(row)
            if row.operation == "enrol":
                found.append(
                    Enrolment(
                        reference=told["reference"],
                        workflow_id=told["workflow"],
                        workflow_name=told.get("name") or told["workflow"],
                        person_key=row.person_key,
                        record_id=row.landed_id or row.record_id,
                        state=row.state,
                        as_of=row.as_of,
                        channels=tuple(told.get("channels") or ()),
                        payload=told,
                        metadata_version=row.metadata_version,
                        code=row.vendor_code,
                        is_left=left(told["reference"]) in gone,
                    )
                )
        return found

    def enrolment_rows(self, vendor: str) -> list[dict[str, Any]]:
        """Return enrolments, and people taken out again, as rows of `outreach.ghl__enrolments`, oldest first."""
        return [_shown(row) for row in self._asked(vendor)]

    def unknown_enrolments(self, vendor: str) -> list[tuple[str, str]]:
        """Return (contact, workflow) of enrolments whose answer was lost: perhaps made, never repeated."""
        rows = (row for row in self._asked(vendor) if row.state == "lost")
        return [(row.record_id or "", _told(row).get("name") or _told(row)["workflow"]) for row in rows]

    def _asked(self, vendor: str) -> list[Row[Any]]:
        told = select(intents, plans.c.as_of).outerjoin(plans, plans.c.plan_hash == intents.c.plan_hash)
        mine = (intents.c.vendor == vendor) & intents.c.operation.in_(ENROLMENTS)
        with self.store.read() as connection:
            return list(connection.execute(told.where(mine).order_by(intents.c.planned_at, intents.c.intent_id)).all())


def _told(row: Row[Any]) -> dict[str, Any]:
    found: dict[str, Any] = loads(row.payload)
    return found


def _shown(row: Row[Any]) -> dict[str, Any]:
    told, contact = _told(row), row.landed_id or row.record_id
    names = ("intent_id", "run_id", "plan_hash", "person_key", "state", "as_of", "sent_at", "settled_at")
    return {name: getattr(row, name) for name in (*names, "vendor_code", "vendor_message")} | {
        "action": row.operation,
        "reference": told["reference"],
        "contact_id": contact,
        "workflow_id": told["workflow"],
        "workflow_name": told.get("name"),
        "segment": told.get("segment"),
        "is_in_doubt": row.state in UNSETTLED,
        "landed": "unverifiable" if row.state in {"confirmed", "lost"} else None,
        "standing": _standing(row.operation, row.state, contact),
    }


def _standing(operation: str, state: str, contact: str | None) -> str:
    if state == "lost":
        return f"unknown, not repeated; look in GHL at {contact}"
    if state == "confirmed":
        return "enrolled" if operation == "enrol" else "taken out"
    return WORDS[state]

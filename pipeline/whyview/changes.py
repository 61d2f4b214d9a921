"""What was planned, sent and found afterwards for one person: one list, the latest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

STATES = {
    "planned": "waits to be sent",
    "claimed": "sent, answer lost: asking {vendor}",
    "sent": "sent, answer lost: asking {vendor}",
    "confirmed": "confirmed",
    "rejected": "refused",
    "lost": "unknown, not repeated: look in {vendor}",
    "superseded": "set aside for a newer plan",
    "unlinked": "planned, waits for approval",
}
"""State of a write → in words."""

LANDED = {
    "stored": "stored",
    "normalised": "stored in the vendor's form",
    "truncated": "cut short by the vendor",
    "ignored": "not taken by the vendor",
    "overwritten": "overwritten since",
    "missing": "the record was not found",
    "unverifiable": "the vendor does not tell",
}
"""How a field landed → in words."""

HELD = ("hold", "skip")


def changes(writes: Sequence[Row], planned: Sequence[Row], moments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every write of a person, sent or not, the latest first.

    Args:
        writes: the ledger's writes (`resources.ledger.stories`).
        planned: rows of the latest plans, values as JSON text; those that became writes are left out.
        moments: plan hash → when the plan was made.
    """
    told = [dict(row) for row in writes]
    known = {(row["plan_hash"], row["vendor"], row["object"], row["operation"]) for row in told}
    known |= {_content(row) for row in told if row["state"] == "planned"}
    waiting: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in planned:
        place = (row["plan_hash"], row["vendor"], row["object"], row["action"], row["record_id"])
        if row["action"] not in HELD and place[:4] not in known:
            change = waiting.setdefault(place, _waiting(row, moments))
            new, old = _value(row["new_value"]), _value(row["old_value"])
            told_so = {"old": old, "new": new, "policy": row["policy"], "reason": row["reason"]}
            change["fields"].append({"field": row["field"], **told_so, "stored": None, "landed": None})
    told += [change for change in waiting.values() if _content(change) not in known]
    return sorted(
        told, key=lambda row: (row["settled_at"] or row["sent_at"] or row["planned_at"]).timestamp(), reverse=True
    )


def kept(planned: Sequence[Row], held: Sequence[Row], moments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what plans left alone and why, the latest first; `plans` says how many plans did.

    Args:
        planned: rows of the latest plans.
        held: rows of older plans (`sql/why/held.sql`); the latest may be among them.
        moments: plan hash → when the plan was made.
    """
    found = {_place(row): dict(row) for row in held}
    for row in planned:
        if row["action"] in HELD:
            at = moments.get(row["plan_hash"])
            place = {name: row[name] for name in _PLACE}
            fresh = place | {"first_at": at, "last_at": at, "plans": 1}
            known = found.setdefault(_place(row), fresh)
            if at is not None and (known["last_at"] is None or at > known["last_at"]):
                known.update(last_at=at, plans=known["plans"] + 1)
    return sorted(found.values(), key=lambda row: row["last_at"].timestamp() if row["last_at"] else 0.0, reverse=True)


def state(change: Row, vendors: Mapping[str, str]) -> str:
    """Return in words where a write stands, with the vendor's own words when it refused."""
    vendor = vendors.get(change["vendor"], change["vendor"])
    said = STATES.get(change["state"], str(change["state"])).format(vendor=vendor)
    if change["state"] == "rejected":
        told = " ".join(str(change[name]) for name in ("vendor_code", "vendor_message") if change[name])
        return f"{said} by {vendor}: {told}" if told else f"{said} by {vendor}"
    if change["state"] == "confirmed":
        return f"{said}, {'read back' if change['read_at'] else 'not read back yet'}"
    return said


_PLACE = ("vendor", "object", "record_id", "action", "field", "reason")


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PLACE)


def _waiting(row: Row, moments: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("vendor", "object", "record_id", "lane", "plan_hash")}
    empty = dict.fromkeys(("intent_id", "run_id", "sent_at", "settled_at", "read_at", "approved_by"))
    told = {"operation": row["action"], "state": "unlinked", "attempt": 0, "planned_at": moments[row["plan_hash"]]}
    return named | empty | told | {"vendor_code": None, "vendor_message": None, "fields": []}


def _content(change: Row) -> tuple[Any, ...]:
    fields = tuple(sorted((str(item["field"]), json.dumps(item["new"], sort_keys=True)) for item in change["fields"]))
    return (change["vendor"], change["object"], change["operation"], fields)


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)

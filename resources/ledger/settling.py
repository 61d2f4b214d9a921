"""What an outcome changes in the ledger: the state, the id map and the record's revision, together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select, update

from resources.ledger.moves import move
from resources.ledger.records import holder, note, with_record
from resources.ledger.store import chunks, dumps, upsert
from resources.ledger.writes import intents, revisions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Intent, Outcome
    from pipeline.planning.states import Event
    from resources.ledger.part import Part

EVENTS: Mapping[str, Event] = {"confirmed": "confirm", "rejected": "reject", "not_sent": "release"}


def settle(connection: Connection, results: Sequence[tuple[Intent, Outcome]], converts_to: str, part: Part) -> int:
    """Record outcomes inside an open transaction; return how many refused inserts were recognised."""
    for status, event in EVENTS.items():
        names = [intent.intent_id for intent, outcome in results if outcome.status == status]
        move(connection, names, event)
    decided = [pair for pair in results if pair[1].status in {"confirmed", "rejected"}]
    if decided:
        details = [_details(intent, outcome, converts_to) for intent, outcome in decided]
        told: dict[str, Any] = {name: bindparam(f"_{name}") for name in details[0] if name != "name"}
        rows = [{key if key == "name" else f"_{key}": value for key, value in row.items()} for row in details]
        change = update(intents).where(intents.c.intent_id == bindparam("name"))
        connection.execute(change.values(settled_at=part.now(), **told), rows)
    confirmed = [pair for pair in results if pair[1].status == "confirmed" and pair[0].operation != "enrich"]
    _bump(connection, [intent for intent, _ in confirmed])
    _map(connection, confirmed, converts_to, part)
    return sum(_recognise(connection, intent, outcome, part) for intent, outcome in results)


def _details(intent: Intent, outcome: Outcome, converts_to: str) -> dict[str, Any]:
    converted = intent.operation == "convert" and outcome.status == "confirmed"
    return {
        "name": intent.intent_id,
        "vendor_code": outcome.code,
        "vendor_message": outcome.message,
        "answer": dumps(outcome.answer) if outcome.answer is not None and outcome.status == "rejected" else None,
        "related": dumps(dict(outcome.related)) if outcome.related else None,
        "landed_object": (converts_to if converted else intent.object) if outcome.record_id else None,
        "landed_id": outcome.record_id,
    }


def _bump(connection: Connection, confirmed: Sequence[Intent]) -> None:
    # A conversion also counts for the record it makes: revisions are per object and person.
    counts = Counter((intent.vendor, intent.object, intent.person_key) for intent in confirmed)
    for part in chunks(sorted(counts)):
        people = {person for _, _, person in part}
        query = select(revisions).where(revisions.c.person_key.in_(people))
        known = {(row.vendor, row.object, row.person_key): row.revision for row in connection.execute(query)}
        rows = [
            {
                "vendor": key[0],
                "object": key[1],
                "person_key": key[2],
                "revision": known.get(key, 0) + counts[key],
            }
            for key in part
        ]
        upsert(connection, revisions, rows)


def _map(connection: Connection, confirmed: Sequence[tuple[Intent, Outcome]], converts_to: str, part: Part) -> None:
    # Opt-outs are left out: they may have been written to a person's second record.
    placed = [(intent, outcome) for intent, outcome in confirmed if intent.lane == "normal"]
    if not placed:
        return
    vendor = placed[0][0].vendor
    mapped = with_record(connection, vendor, [intent.person_key for intent, _ in placed])
    found: dict[str, tuple[str, str]] = {}
    for intent, outcome in placed:
        record_id = outcome.record_id or intent.record_id
        if record_id is None or (intent.operation == "convert" and outcome.record_id is None):
            continue
        if intent.operation == "convert":
            found[intent.person_key] = (converts_to, record_id)
        elif intent.operation == "insert" or intent.person_key not in mapped:
            found[intent.person_key] = (intent.object, record_id)
    note(connection, part, vendor, found)


def _recognise(connection: Connection, intent: Intent, outcome: Outcome, part: Part) -> bool:
    """Take a refusal that names an existing record as a recognition: the next plan updates that record."""
    if outcome.status != "rejected" or intent.operation != "insert" or outcome.record_id is None:
        return False
    if holder(connection, intent.vendor, intent.object, outcome.record_id):
        return False
    if with_record(connection, intent.vendor, [intent.person_key]):
        return False
    note(connection, part, intent.vendor, {intent.person_key: (intent.object, outcome.record_id)})
    return True

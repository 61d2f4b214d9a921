"""What an outcome changes in the ledger: the state, the id map and the record's revision, together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select, update

from pipeline.planning.merging import MARK
from pipeline.planning.plans import ACTIVITIES, REFERENCED
from resources.ledger.moves import move, moves
from resources.ledger.records import holders, note, with_record
from resources.ledger.store import chunks, dumps, many, upsert
from resources.ledger.writes import intents, revisions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Intent, Outcome, State
    from pipeline.planning.states import Event
    from resources.ledger.part import Part

_BESIDE = REFERENCED | {"enrich"}
"""Operations that leave the person's record as it was."""

EVENTS: Mapping[str, Event] = {"confirmed": "confirm", "rejected": "reject", "not_sent": "release"}


def settle(connection: Connection, results: Sequence[tuple[Intent, Outcome]], converts_to: str, part: Part) -> int:
    """Record outcomes inside an open transaction; return how many refused inserts were recognised."""
    states: dict[str, tuple[State, State]] = {}
    for status, event in EVENTS.items():
        names = [intent.intent_id for intent, outcome in results if outcome.status == status]
        if event == "release":
            # What the vendor did not take stands behind what was not tried the next time: it stops nobody for ever.
            tried = {intent.intent_id for intent, outcome in results if outcome.message is not None}
            move(connection, [name for name in names if name not in tried], event)
            move(connection, [name for name in names if name in tried], event, attempt=intents.c.attempt + 1)
        else:
            states |= moves(connection, names, event)
    decided = [pair for pair in results if pair[1].status in {"confirmed", "rejected"}]
    if decided:
        details = [_details(intent, outcome, converts_to) for intent, outcome in decided]
        told: dict[str, Any] = {name: bindparam(f"_{name}") for name in details[0] if name != "name"}
        rows = [
            {f"_{key}": value for key, value in row.items()}
            | {"_was": states[row["name"]][0], "_state": states[row["name"]][1]}
            for row in details
        ]
        here = (intents.c.intent_id == bindparam("_name")) & (intents.c.state == bindparam("_was"))
        change = update(intents).where(here).values(settled_at=part.now(), state=bindparam("_state"), **told)
        many(connection, change, rows)
        _narrow(connection, decided)
    confirmed = [pair for pair in results if pair[1].status == "confirmed" and pair[0].operation not in _BESIDE]
    _bump(connection, [intent for intent, _ in confirmed])
    _map(connection, confirmed, converts_to, part)
    return _recognise(connection, results, part)


def _narrow(connection: Connection, decided: Sequence[tuple[Intent, Outcome]]) -> None:
    """Keep of a payload what was sent: nothing else is read back, told or taken back."""
    rows = [
        {
            "_name": intent.intent_id,
            "_payload": dumps({key: value for key, value in intent.payload.items() if key not in outcome.left_out}),
            "_left_out": dumps(list(outcome.left_out)),
        }
        for intent, outcome in decided
        if outcome.left_out
    ]
    if rows:
        here = update(intents).where(intents.c.intent_id == bindparam("_name"))
        many(connection, here.values(payload=bindparam("_payload"), left_out=bindparam("_left_out")), rows)


def _details(intent: Intent, outcome: Outcome, converts_to: str) -> dict[str, Any]:
    converted = intent.operation == "convert" and outcome.status == "confirmed"
    landed = converts_to if converted else intent.object
    if intent.operation in ACTIVITIES:
        landed = intent.operation.removeprefix("add_")
    return {
        "name": intent.intent_id,
        "vendor_code": outcome.code,
        "vendor_message": outcome.message,
        "answer": dumps(outcome.answer) if outcome.answer is not None and outcome.status == "rejected" else None,
        "related": dumps(dict(outcome.related)) if outcome.related else None,
        "landed_object": landed if outcome.record_id else None,
        "landed_id": outcome.record_id,
    }


def _bump(connection: Connection, confirmed: Sequence[Intent]) -> None:
    # A conversion also counts for the record it makes: revisions are per object and person.
    counts = Counter((intent.vendor, intent.object, intent.person_key) for intent in confirmed)
    for part in chunks(sorted(counts)):
        vendors, kinds, people = ({key[place] for key in part} for place in range(3))
        mine = revisions.c.vendor.in_(vendors) & revisions.c.object.in_(kinds) & revisions.c.person_key.in_(people)
        query = select(revisions).where(mine)
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
    # Opt-outs and marks are left out: they may have been written to a person's second record.
    placed = [
        (intent, outcome)
        for intent, outcome in confirmed
        if intent.lane == "normal" and intent.payload.get("tags") != [MARK]
    ]
    if not placed:
        return
    vendor = placed[0][0].vendor
    mapped = with_record(connection, vendor, [intent.person_key for intent, _ in placed])
    found: dict[str, tuple[str, str]] = {}
    for intent, outcome in placed:
        record_id = outcome.record_id or intent.record_id
        if record_id is None or (intent.operation == "convert" and outcome.record_id is None):
            continue
        if intent.operation == "delete":
            stays = intent.payload["duplicate_of"]
            found[intent.person_key] = (stays["object"], stays["id"])
        elif intent.operation == "convert":
            found[intent.person_key] = (converts_to, record_id)
        elif intent.operation == "insert" or intent.person_key not in mapped:
            found[intent.person_key] = (intent.object, record_id)
    note(connection, part, vendor, found)


def _recognise(connection: Connection, results: Sequence[tuple[Intent, Outcome]], part: Part) -> int:
    """Take refusals that name an existing record as recognitions: the next plan updates that record."""
    named = [
        (intent, outcome.record_id)
        for intent, outcome in results
        if outcome.status == "rejected" and intent.operation == "insert" and outcome.record_id is not None
    ]
    if not named:
        return 0
    vendor = named[0][0].vendor
    taken = holders(connection, vendor, {intent.object for intent, _ in named}, [record_id for _, record_id in named])
    placed = with_record(connection, vendor, [intent.person_key for intent, _ in named])
    found: dict[str, tuple[str, str]] = {}
    for intent, record_id in named:
        place = (intent.object, record_id)
        if place not in taken and intent.person_key not in placed:
            found[intent.person_key] = place
            taken.add(place)
            placed.add(intent.person_key)
    note(connection, part, vendor, found)
    return len(found)

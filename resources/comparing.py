"""Comparing what was written with what the vendor shows: one reading per field, and the base that it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent
from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.readback import classify, classify_activity
from pipeline.planning.settle import TAG_FIELDS, has_landed
from resources.ledger.bases import Base
from resources.ledger.readbacks import Reading
from resources.lookups import TAG_WRITES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Intent, Json, Landed, Sighting

KindOf = Callable[[str, str], str]
"""(object, field) → field type, from the vendor's mapping."""


def readings(
    intent: Intent,
    sighting: Sighting,
    before: Mapping[str, Json],
    last: Mapping[tuple[str, str, str], str],
    kind_of: KindOf,
) -> list[Reading]:
    """Return how each field that an intent wrote is seen now.

    `before`: field → value before the write; `last`: (object, record id, field) → the intent that wrote it last:
    what a later write of ours replaced is not read.
    """
    if intent.operation in TAG_WRITES:
        name = (list(before) or [name for name in TAG_FIELDS if name in sighting.values] or ["tags"])[0]
        landed: Landed = "stored" if has_landed(intent, sighting) else "ignored"
        stored = next((sighting.values[known] for known in TAG_FIELDS if known in sighting.values), None)
        fields = {name: (intent.payload["tags"], stored, landed if sighting.found else "missing")}
    elif intent.operation in ACTIVITIES:
        sent = intent.payload["fields"]
        landed = classify_activity(sent, sighting.values) if sighting.found else "missing"
        fields = {intent.payload["reference"]: (sent, dict(sighting.values), landed)}
    elif intent.operation == "delete":
        fields = {"id": (None, sighting.record_id, "ignored" if sighting.found else "stored")}
    else:
        fields = {
            name: (
                value,
                sighting.values.get(name),
                _landed(sighting, name, value, before.get(name), kind_of(intent.object, name)),
            )
            for name, value in intent.payload.items()
            if last.get((intent.object, intent.record_id or "", name), intent.intent_id) == intent.intent_id
            # A lead that became a contact since shows only the fields that both have.
            and (sighting.object in {None, intent.object} or name in sighting.values)
        }
    return [
        Reading(
            intent_id=intent.intent_id,
            object=sighting.object or intent.object,
            record_id=sighting.record_id or intent.record_id,
            field=name,
            sent=sent,
            stored=stored,
            landed=landed,
        )
        for name, (sent, stored, landed) in fields.items()
    ]


def new_bases(
    reading: Reading,
    before: Mapping[str, Mapping[str, Json]],
    bases: Mapping[tuple[str, str, str], Base],
    kind_of: KindOf,
) -> list[Base]:
    """Return what a reading leaves as the base of later merges: nothing where the record is gone.

    `before`: intent id → field → value before the write; `bases`: (object, record id, field) → the base known so far.
    """
    if reading.landed == "missing" or reading.record_id is None:
        return []
    known = bases.get((reading.object, reading.record_id, reading.field))
    was_overwritten = False
    if known is not None:
        kind = kind_of(reading.object, reading.field)
        old = before.get(reading.intent_id, {}).get(reading.field)
        was_overwritten = not equivalent(kind, old, known.stored)
    return [
        Base(
            object=reading.object,
            record_id=reading.record_id,
            field=reading.field,
            sent=reading.sent,
            # What somebody put there in between is not what the vendor made of ours: it stays an edit.
            stored=reading.sent if reading.landed == "overwritten" else reading.stored,
            times_overwritten=known.times_overwritten + 1 if known is not None and was_overwritten else 0,
        )
    ]


def _landed(sighting: Sighting, name: str, value: Json, old: Json, kind: str) -> Landed:
    if not sighting.found:
        return "missing"
    stored = sighting.values.get(name)
    return "stored" if value == stored else classify(kind, value, stored, old)

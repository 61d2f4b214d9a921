"""What a vendor is asked when writes are read back, and what of its answer decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.readback import SAFE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.models import Intent, Json, Sighting
    from resources.ledger.readbacks import Reading

BATCH = 100
"""Records that a vendor is asked for at a time."""
TAG_WRITES = frozenset({"add_tags", "remove_tags"})


def as_question(intent: Intent, carried_over: Mapping[str, Mapping[str, Json]]) -> Intent:
    """Return an intent as a question that also asks for what a conversion should have carried over."""
    if intent.intent_id not in carried_over:
        return intent
    return replace(intent, payload={**carried_over[intent.intent_id], **intent.payload})


def by_record(pairs: Sequence[tuple[Intent, Intent]]) -> Iterator[list[tuple[Intent, Intent]]]:
    """Yield what was written to a hundred records at a time."""
    batch: list[tuple[Intent, Intent]] = []
    seen: set[tuple[str, str | None]] = set()
    for pair in pairs:
        place = (pair[0].object, pair[0].record_id)
        if place not in seen and len(seen) == BATCH:
            yield batch
            batch, seen = [], set()
        batch.append(pair)
        seen.add(place)
    if batch:
        yield batch


def last_written(placed: Sequence[Intent]) -> dict[tuple[str, str, str], str]:
    """Return (object, record id, field) → last intent that wrote it, of records written more than once.

    A field that was written twice shows the later write only.
    """
    fielded = [intent for intent in placed if intent.operation not in {*TAG_WRITES, *ACTIVITIES}]
    written = Counter((intent.object, intent.record_id) for intent in fielded)
    twice = [intent for intent in fielded if written[intent.object, intent.record_id] > 1]
    return {spot: intent.intent_id for intent in twice for spot in _spots(intent)}


def is_proven(intent: Intent, sighting: Sighting, found: Sequence[Reading]) -> bool:
    """Return whether a survey shows the record with every written field, each as intended."""
    if intent.operation not in TAG_WRITES and not intent.payload.keys() <= sighting.values.keys():
        return False
    return all(reading.landed in SAFE for reading in found)


def _spots(intent: Intent) -> list[tuple[str, str, str]]:
    return [(intent.object, intent.record_id or "", name) for name in intent.payload]


def carries(intent: Intent, original: Intent, key_field: str, converts_to: str) -> bool:
    """Return whether a read-back tells if a converted record holds our key."""
    return original.operation == "convert" or (intent.object == converts_to and key_field in intent.payload)

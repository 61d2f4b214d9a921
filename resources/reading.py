"""Reading back what was written, comparing it field by field, and keeping it as the base of later merges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import equivalent, is_blank
from pipeline.planning.readback import SAFE, classify
from pipeline.planning.settle import TAG_FIELDS, has_landed
from resources.ledger.bases import Base
from resources.ledger.readbacks import Reading

if TYPE_CHECKING:
    from pipeline.models import Intent, Json, Landed, Sighting, Writer
    from resources.ledger import Ledger

BATCH = 100
FIELD_WRITES = frozenset({"insert", "update"})
TAG_WRITES = frozenset({"add_tags", "remove_tags"})

KindOf = Callable[[str, str], str]
"""(object, field) → field type, from the vendor's mapping."""

CarriedFields = Callable[[str], "Mapping[str, Json]"]
"""Person key → the fields that a converted record of the person should have, as the vendor writes them."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How many written fields landed in which way; `uncarried`: the writes of what conversions dropped."""

    counts: Mapping[str, int] = field(default_factory=dict)
    uncarried: tuple[Intent, ...] = ()

    @property
    def amiss(self) -> int:
        """Return how many fields did not land as intended."""
        return sum(count for landed, count in self.counts.items() if landed not in SAFE)


class Reader:
    """Reads back for one vendor. Use it under the applier's lock only."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        writer: Writer,
        kind_of: KindOf,
        key_field: str | None,
        converts_to: str,
        carried_fields: CarriedFields = lambda _person_key: {},
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.kind_of = kind_of
        self.key_field = key_field
        self.converts_to = converts_to
        self.carried_fields = carried_fields

    def read(self, people: Collection[str] | None = None) -> ReadBack:
        """Read back every confirmed intent that was not read yet (of these people only)."""
        unread = [
            intent for intent in self.ledger.unread(self.writer.vendor) if people is None or intent.person_key in people
        ]
        counts: Counter[str] = Counter()
        uncarried: list[Intent] = []
        # A field that was written twice shows the later write only.
        places = self.ledger.landed_in([intent.intent_id for intent in unread])
        placed = [self._placed(intent, places) for intent in unread]
        written = Counter((intent.object, intent.record_id) for intent in placed)
        twice = [intent for intent in placed if written[intent.object, intent.record_id] > 1]
        last = {spot: intent.intent_id for intent in twice for spot in _spots(intent)}
        # What was written to one record is read back together: the vendor is asked for it once.
        pairs = sorted(zip(placed, unread, strict=True), key=lambda pair: (pair[0].object, pair[0].record_id or ""))
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            uncarried += self._read_batch([pair[0] for pair in batch], [pair[1] for pair in batch], last, counts)
        return ReadBack(dict(counts), tuple(uncarried))

    def _placed(self, intent: Intent, places: Mapping[str, tuple[str, str]]) -> Intent:
        """Return an intent as a question about the record it landed in."""
        kind, record_id = places.get(intent.intent_id, (intent.object, intent.record_id))
        if intent.operation == "convert":
            payload = {self.key_field: intent.person_key} if self.key_field else {}
            return replace(intent, object=kind, record_id=record_id, operation="update", payload=payload)
        return replace(intent, object=kind, record_id=record_id or intent.record_id)

    def _read_batch(
        self,
        placed: Sequence[Intent],
        written: Sequence[Intent],
        last: Mapping[tuple[str, str, str], str],
        counts: Counter[str],
    ) -> list[Intent]:
        carried_over = {
            original.intent_id: self.carried_fields(original.person_key)
            for original in written
            if original.operation == "convert"
        }
        sightings = self.writer.read_back(
            [
                replace(asked, payload={**carried_over[asked.intent_id], **asked.payload})
                if asked.intent_id in carried_over
                else asked
                for asked in placed
            ]
        )
        names = [intent.intent_id for intent in placed]
        before = self.ledger.old_values(names)
        bases = self.ledger.base_fields(self.writer.vendor, [intent.record_id or "" for intent in placed])
        read: list[Intent] = []
        readings: list[Reading] = []
        based: list[Base] = []
        carried: list[str] = []
        dropped: list[str] = []
        uncarried: list[Intent] = []
        for intent, original, sighting in zip(placed, written, sightings, strict=True):
            if sighting.found is None:
                continue
            read.append(original)
            found = self._readings(intent, sighting, before, last)
            if original.operation in FIELD_WRITES:
                based += [base for reading in found for base in self._base(reading, before, bases)]
            if self.key_field is not None and _carries(intent, original, self.key_field, self.converts_to):
                landed = [reading.landed for reading in found if reading.field == self.key_field]
                is_carried = bool(landed) and landed[0] in SAFE
                carried += [intent.person_key] if is_carried else []
                if original.operation == "convert" and sighting.found and not is_carried:
                    # Our key is written to the contact next, and the reading of that write tells whether it landed.
                    dropped.append(original.person_key)
                    found = []
            if original.operation == "convert" and sighting.found:
                uncarried += self._dropped(intent, sighting, carried_over[original.intent_id], is_keyless=not found)
            readings += found
        self.ledger.record_readbacks(read, readings, based)
        self.ledger.mark_carried(self.writer.vendor, carried, True)
        self.ledger.mark_carried(self.writer.vendor, dropped, False)
        counts.update(reading.landed for reading in readings)
        return uncarried

    def _dropped(
        self, intent: Intent, sighting: Sighting, wanted: Mapping[str, Json], *, is_keyless: bool
    ) -> list[Intent]:
        """Return the write of what a conversion did not carry over: our key, and mapped fields left blank."""
        blank = {
            name: value
            for name, value in wanted.items()
            if not is_blank(value) and is_blank(sighting.values.get(name)) and name != self.key_field
        }
        key = {self.key_field: intent.person_key} if self.key_field and (is_keyless or blank) else {}
        payload = {**key, **blank}
        return [replace(intent, payload=payload)] if payload else []

    def _readings(
        self,
        intent: Intent,
        sighting: Sighting,
        before: Mapping[tuple[str, str], Json],
        last: Mapping[tuple[str, str, str], str],
    ) -> list[Reading]:
        if intent.operation in TAG_WRITES:
            told = [name for owner, name in before if owner == intent.intent_id]
            name = (told or [name for name in TAG_FIELDS if name in sighting.values] or ["tags"])[0]
            landed: Landed = "stored" if has_landed(intent, sighting) else "ignored"
            stored = next((sighting.values[known] for known in TAG_FIELDS if known in sighting.values), None)
            fields = {name: (intent.payload["tags"], stored, landed if sighting.found else "missing")}
        else:
            fields = {
                name: (value, sighting.values.get(name), self._landed(intent, sighting, name, value, before))
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

    def _landed(
        self,
        intent: Intent,
        sighting: Sighting,
        name: str,
        value: Json,
        before: Mapping[tuple[str, str], Json],
    ) -> Landed:
        if not sighting.found:
            return "missing"
        kind = self.kind_of(intent.object, name)
        return classify(kind, value, sighting.values.get(name), before.get((intent.intent_id, name)))

    def _base(
        self,
        reading: Reading,
        before: Mapping[tuple[str, str], Json],
        bases: Mapping[tuple[str, str, str], Base],
    ) -> list[Base]:
        if reading.landed == "missing" or reading.record_id is None:
            return []
        known = bases.get((reading.object, reading.record_id, reading.field))
        kind = self.kind_of(reading.object, reading.field)
        old = before.get((reading.intent_id, reading.field))
        was_overwritten = known is not None and not equivalent(kind, old, known.stored)
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


def _spots(intent: Intent) -> list[tuple[str, str, str]]:
    if intent.operation in TAG_WRITES:
        return []
    return [(intent.object, intent.record_id or "", name) for name in intent.payload]


def _carries(intent: Intent, original: Intent, key_field: str, converts_to: str) -> bool:
    """Return whether a read-back tells if a converted record holds our key."""
    return original.operation == "convert" or (intent.object == converts_to and key_field in intent.payload)

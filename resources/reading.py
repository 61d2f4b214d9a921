"""Reading back what was written, comparing it field by field, and keeping it as the base of later merges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import is_blank
from pipeline.planning.plans import ACTIVITIES, ENROLMENTS
from pipeline.planning.readback import SAFE
from resources.comparing import new_bases, readings
from resources.ledger.store import batched
from resources.lookups import as_question, by_record, carries, is_proven, last_written

if TYPE_CHECKING:
    from pipeline.models import Intent, Json, Operation, Sighting, Surveyor, Writer
    from resources.comparing import KindOf
    from resources.ledger import Ledger
    from resources.ledger.bases import Base
    from resources.ledger.readbacks import Reading

SURVEYED = 2_000
"""Records of a survey that are compared at a time."""
CLOCKS_APART = timedelta(hours=1)
"""How far a vendor's clock may be behind ours; what is missed is asked for record by record."""
PROVABLE: tuple[Operation, ...] = ("insert", "update", "set_optout", "add_tags")
"""What a survey can prove; that a tag is gone it cannot, because it may show no tags at all."""
FIELD_WRITES = frozenset({"insert", "update"})

CarriedFields = Callable[[str], "Mapping[str, Json]"]
"""Person key → the fields that a converted record of the person should have, as the vendor writes them."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How many fields landed in which way, the writes of what conversions dropped, and in words what is unanswered."""

    counts: Mapping[str, int] = field(default_factory=dict)
    uncarried: tuple[Intent, ...] = ()
    unanswered: str | None = None

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
        surveyor: Surveyor | None = None,
        between: Callable[[], object] = lambda: None,
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.kind_of = kind_of
        self.key_field = key_field
        self.converts_to = converts_to
        self.carried_fields = carried_fields
        self.surveyor = surveyor
        self.between = between

    def read(self, people: Collection[str] | None = None) -> ReadBack:
        """Read back every confirmed intent that was not read yet (of these people only).

        Many records of one object are looked at together where that is cheaper; whatever that does not prove is
        then asked for record by record.
        """
        counts: Counter[str] = Counter()
        if people is None and self.surveyor is not None:
            self._survey(self.surveyor, counts)
        unread = [
            intent for intent in self.ledger.unread(self.writer.vendor) if people is None or intent.person_key in people
        ]
        # Nobody can be asked who is in a workflow: what was confirmed is all that will ever be known.
        untold = [intent for intent in unread if intent.operation in ENROLMENTS]
        self.ledger.record_readbacks(untold, [], [])
        unread = [intent for intent in unread if intent.operation not in ENROLMENTS]
        uncarried: list[Intent] = []
        places = self.ledger.landed_in([intent.intent_id for intent in unread])
        placed = [self._placed(intent, places) for intent in unread]
        last = last_written(placed)
        # What was written to one record is read back together: the vendor is asked for it once.
        pairs = sorted(zip(placed, unread, strict=True), key=lambda pair: (pair[0].object, pair[0].record_id or ""))
        for batch in by_record(pairs):
            self.between()
            asked, written = [pair[0] for pair in batch], [pair[1] for pair in batch]
            carried_over = self._carried_over(written)
            sightings = self.writer.read_back([as_question(intent, carried_over) for intent in asked])
            uncarried += self._compare(asked, written, sightings, last, counts, carried_over=carried_over)
        return ReadBack(dict(counts), tuple(uncarried))

    def _survey(self, surveyor: Surveyor, counts: Counter[str]) -> None:
        for kind, unread in self.ledger.unread_records(self.writer.vendor, PROVABLE).items():
            if not surveyor.pays(len(unread.records)):
                continue
            size, since = len(unread.records), unread.since - CLOCKS_APART
            fields = sorted(unread.fields)
            seen = surveyor.survey(kind, fields, since=since, records=size, has_tags=unread.has_tags)
            ours = (sighting for sighting in seen if sighting.record_id in unread.records)
            for part in batched(ours, SURVEYED):
                self._prove(kind, part, unread.records, counts)

    def _prove(
        self, kind: str, seen: Sequence[Sighting], records: Mapping[str, tuple[str, ...]], counts: Counter[str]
    ) -> None:
        """Read back the writes of which every field is seen as intended; the others stay unread."""
        names = [(name, sighting) for sighting in seen for name in records[sighting.record_id or ""]]
        known = self.ledger.intents_named([name for name, _ in names])
        found = [(known[name], sighting) for name, sighting in names if name in known]
        placed = [replace(one, object=kind, record_id=sighting.record_id) for one, sighting in found]
        written, sightings = [one for one, _ in found], [sighting for _, sighting in found]
        self._compare(placed, written, sightings, last_written(placed), counts, carried_over={}, is_proof=True)

    def _placed(self, intent: Intent, places: Mapping[str, tuple[str, str]]) -> Intent:
        """Return an intent as a question about the record it landed in."""
        kind, record_id = places.get(intent.intent_id, (intent.object, intent.record_id))
        if intent.operation == "convert":
            payload = {self.key_field: intent.person_key} if self.key_field else {}
            return replace(intent, object=kind, record_id=record_id, operation="update", payload=payload)
        if intent.operation in ACTIVITIES:
            # Asked for by its own id, at the record it hangs at.
            return replace(intent, payload={**intent.payload, "id": record_id if intent.intent_id in places else None})
        return replace(intent, object=kind, record_id=record_id or intent.record_id)

    def _carried_over(self, written: Sequence[Intent]) -> dict[str, Mapping[str, Json]]:
        return {one.intent_id: self.carried_fields(one.person_key) for one in written if one.operation == "convert"}

    def _compare(
        self,
        placed: Sequence[Intent],
        written: Sequence[Intent],
        sightings: Sequence[Sighting],
        last: Mapping[tuple[str, str, str], str],
        counts: Counter[str],
        *,
        carried_over: Mapping[str, Mapping[str, Json]],
        is_proof: bool = False,
    ) -> list[Intent]:
        """Compare what was written with what is seen, and keep it; with `is_proof` only what is all as intended."""
        # Of what an insert found there, nothing has to be known: there was nothing.
        before = self.ledger.old_values([intent.intent_id for intent in placed if intent.operation != "insert"])
        bases = self.ledger.base_fields(self.writer.vendor, [intent.record_id or "" for intent in placed])
        read: list[Intent] = []
        kept: list[Reading] = []
        based: list[Base] = []
        carried: list[str] = []
        dropped: list[str] = []
        uncarried: list[Intent] = []
        for intent, original, sighting in zip(placed, written, sightings, strict=True):
            if sighting.found is None:
                continue
            found = readings(intent, sighting, before.get(intent.intent_id, {}), last, self.kind_of)
            if is_proof and not is_proven(intent, sighting, found):
                continue
            read.append(original)
            if original.operation in FIELD_WRITES:
                based += [base for item in found for base in new_bases(item, before, bases, self.kind_of)]
            if self.key_field is not None and carries(intent, original, self.key_field, self.converts_to):
                landed = [reading.landed for reading in found if reading.field == self.key_field]
                is_carried = bool(landed) and landed[0] in SAFE
                carried += [intent.person_key] if is_carried else []
                if original.operation == "convert" and sighting.found and not is_carried:
                    # Our key is written to the contact next, and the reading of that write tells whether it landed.
                    dropped.append(original.person_key)
                    found = []
            if original.operation == "convert" and sighting.found:
                uncarried += self._dropped(intent, sighting, carried_over[original.intent_id], is_keyless=not found)
            kept += found
        self.ledger.record_readbacks(read, kept, based)
        self.ledger.mark_carried(self.writer.vendor, carried, True)
        self.ledger.mark_carried(self.writer.vendor, dropped, False)
        counts.update(reading.landed for reading in kept)
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

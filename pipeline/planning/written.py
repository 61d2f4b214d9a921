"""What a run wrote, and what stands there now: what taking it back is decided from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.merging import MERGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json, Lane, Operation

Place = tuple[str, str]
"""(object, record id)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One confirmed write: a field, a set of tags, a record or a conversion.

    `old` is the value there when it was planned, `stored` what the vendor made of `sent` (from the read-back).
    """

    vendor: str
    object: str
    record_id: str | None
    person_key: str
    operation: Operation
    lane: Lane
    field: str | None
    old: Json
    sent: Json
    stored: Json
    landed: str | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What stands at a vendor now, and what is known about it.

    Attributes:
        theirs: (object, record id) → fields.
        became: converted record → what it became.
        ours_since: (object, record id) → field → (sent, stored) of our last write.
        held: person key → why nothing may be written to the person.
    """

    theirs: Mapping[Place, Mapping[str, Json]]
    became: Mapping[Place, Place]
    ours_since: Mapping[Place, Mapping[str, tuple[Json, Json]]]
    held: Mapping[str, str]


def saved(written: Sequence[Written]) -> list[Written]:
    """Return the values that came from a second record which the same run deleted: they are nowhere else."""
    deleted = {item.person_key for item in written if item.operation == "delete"}
    return [
        item for item in written if item.operation == "update" and item.policy == MERGED and item.person_key in deleted
    ]

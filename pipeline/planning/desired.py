"""What we want one vendor record to be, and what the vendor's mirror says it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """One person (or company) toward one vendor.

    Attributes:
        person_key: our key (company key for companies).
        object: the vendor's object; the mapping's object for people when None.
        record_id: the vendor's record, None when there is none yet.
        values: vendor field → value we want, from `mapping.desired_values`.
        tags: our tags (with our prefix) the record should have.
        theirs_tags: the tags it has; read from the mirror's record when None.
        opted_out_channels: channels the vendor must be told about.
        hold: reason in words; then nothing but opt-outs and the removal of our tags is planned.
        convert: request of the vendor's convert call, when a human signal calls for it.
        unconvertible: why the conversion must wait for a person, in words; then `convert` is not planned.
        duplicate_of: (object, record id) of the survivor, when this is a second record of the person.
        is_gone: the record was deleted by a person, and nobody released it.
        strays: the vendor's fields that hold a value which we wrote when somebody else was taken for this person.
    """

    person_key: str
    object: str | None = None
    record_id: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    theirs_tags: frozenset[str] | None = None
    opted_out_channels: frozenset[str] = frozenset()
    hold: str | None = None
    convert: Mapping[str, Json] | None = None
    unconvertible: str | None = None
    duplicate_of: tuple[str, str] | None = None
    is_gone: bool = False
    strays: frozenset[str] = frozenset()

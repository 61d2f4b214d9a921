"""Writes that follow from a conversion: a record that the vendor made beside the person's lacks what only we know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import is_blank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Intent, Writer

FOLLOW_UP = "the conversion made this record without it"
"""Why, in words, of a write that follows from a conversion."""


def lacking(writer: Writer, wanted: Sequence[Intent]) -> list[Intent]:
    """Return the updates with only those fields that the records lack now; what is there stays."""
    found = []
    for intent, sighting in zip(wanted, writer.read_back(wanted) if wanted else [], strict=True):
        blank = {name: value for name, value in intent.payload.items() if is_blank(sighting.values.get(name))}
        if sighting.found and blank:
            found.append(replace(intent, payload=blank))
    return found

"""Landed = intended: what became of one written field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.equivalence import contains, equivalent, is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Json, Landed

SAFE: tuple[Landed, ...] = ("stored", "normalised")
"""The classes that are as intended; any other is a row to look at."""


def classify(kind: str, sent: Json, stored: Json, theirs_before: Json = None) -> Landed:
    """Return how a value landed, from what was sent, what is stored now and what was there before.

    `missing`, a record that is not there at all, is the caller's to say.
    """
    if sent == stored or (is_blank(sent) and is_blank(stored)):
        return "stored"
    if isinstance(sent, dict) and "id" not in sent and contains(stored, sent):
        return "stored"
    if equivalent("lookup" if isinstance(sent, dict) and "id" in sent else kind, sent, stored):
        return "normalised"
    if isinstance(sent, str) and isinstance(stored, str) and not is_blank(stored) and _is_cut(sent, stored):
        return "truncated"
    if equivalent(kind, stored, theirs_before):
        return "ignored"
    return "overwritten"


def classify_activity(fields: Mapping[str, Json], stored: Mapping[str, Json]) -> Landed:
    """Return how a task or note landed as a whole: the worst of its fields. A due date is compared as a date."""
    found: list[Landed] = [classify("text", sent, stored.get(name)) for name, sent in fields.items()]
    amiss = [landed for landed in found if landed not in SAFE]
    return (amiss or [landed for landed in found if landed != "stored"] or ["stored"])[0]


def _is_cut(sent: str, stored: str) -> bool:
    whole, part = sent.strip(), stored.strip()
    return len(part) < len(whole) and whole.startswith(part)

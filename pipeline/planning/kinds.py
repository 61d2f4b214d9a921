"""Kinds of writes in words: "3 inserts into Leads", "1 update of contact"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Operation

KINDS: Mapping[Operation, tuple[str, str]] = {
    "insert": ("insert into", "inserts into"),
    "update": ("update of", "updates of"),
    "add_tags": ("tagging of", "taggings of"),
    "remove_tags": ("untagging of", "untaggings of"),
    "set_optout": ("opt-out of", "opt-outs of"),
    "convert": ("conversion of", "conversions of"),
    "delete": ("deletion of", "deletions of"),
    "enrich": ("look-up of", "look-ups of"),
    "add_task": ("task at", "tasks at"),
    "add_note": ("note at", "notes at"),
    "enrol": ("enrolment of", "enrolments of"),
    "unenrol": ("workflow exit of", "workflow exits of"),
}


def counted(number: int, operation: Operation, kind: str) -> str:
    """Return so many writes of one operation to one object, in words."""
    one, several = KINDS[operation]
    return f"{number:,} {one if number == 1 else several} {kind}"

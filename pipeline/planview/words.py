"""Words and numbers of a plan as people read them; nothing in them can move a cursor or open a link."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import Json

VENDORS = {"zoho": "Zoho", "ghl": "GoHighLevel", "apollo": "Apollo"}
DONE = {
    "insert": "new",
    "update": "changed",
    "convert": "converted",
    "delete": "deleted",
    "add_tags": "tagged",
    "remove_tags": "untagged",
    "set_optout": "opted out",
    "add_task": "given a task",
    "add_note": "given a note",
    "enrol": "enrolled",
    "unenrol": "taken out of a workflow",
    "hold": "held back",
    "skip": "left alone",
    "keep": "kept",
}
SIGNS = {
    "insert": "+",
    "update": "~",
    "convert": ">",
    "delete": "-",
    "add_tags": "#",
    "remove_tags": "#",
    "set_optout": "!",
    "add_task": "*",
    "add_note": "*",
    "enrol": "»",
    "unenrol": "«",
}
PURPOSES = {
    "records": "records",
    "tags": "tags",
    "conversions": "conversions",
    "opt_outs": "opt-outs",
    "activities": "tasks and notes",
    "enrolments": "enrolments",
    "read_back": "reading back",
}
WIDEST = 60


def value(found: Json) -> str:
    """Return a value on one line, at most 60 characters, without control characters."""
    if found is None or found in ("", [], {}):
        return "nothing"
    if isinstance(found, str):
        text = f'"{found}"'
    elif isinstance(found, list) and all(isinstance(item, str) for item in found):
        text = ", ".join(found)
    elif isinstance(found, dict) and set(found) <= {"id", "name"} and "id" in found:
        text = f"id {found['id']}"
    else:
        text = json.dumps(found, ensure_ascii=False, sort_keys=True)
    shown = printable(text)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"


def printable(text: str) -> str:
    """Return text on one line; what a terminal would obey is a space."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def change(told: Mapping[str, Any]) -> str:
    """Return old → new of one planned field."""
    action, old, new = told["action"], value(told["old"]), value(told["new"])
    if action in {"insert", "add_task", "add_note", "convert"}:
        return new
    if action in {"add_tags", "remove_tags"}:
        return f"{'+' if action == 'add_tags' else '-'} {new}"
    if action in {"enrol", "unenrol"}:
        return f"workflow {value((told['new'] or {}).get('name'))}"
    if action == "delete":
        return f"{len(told['old'] or ())} values → the record is deleted"
    if action == "keep":
        return f"{old} stays (ours: {new})"
    return f"{old} → {'emptied' if told['new'] is None else new}"


def done(record: Mapping[str, Any]) -> str:
    """Return what happens to a record: `new, tagged`."""
    return ", ".join(DONE[action] for action in record["actions"] or ["keep"])


def duration(seconds: float) -> str:
    """Return seconds as a person says them."""
    if seconds < 1:
        return "under a second" if seconds else "no time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def number(amount: float) -> str:
    """Return a number with separators, without an empty fraction."""
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"


def units(amount: float, unit: str) -> str:
    """Return so many of a vendor's units: `61 Zoho credits`."""
    vendor, _, noun = unit.partition("_")
    return f"{number(amount)} {VENDORS.get(vendor, vendor)} {noun}{'' if amount == 1 else 's'}"


def share(part: float | None) -> str:
    """Return a share as a percentage that is never rounded to nothing."""
    if part is None:
        return "not known"
    return "0 %" if not part else "under 1 %" if part < 0.01 else f"{part:.0%}".replace("%", " %")


def counts(by_object: Mapping[str, int], done: str) -> str:
    """Return `312 new Leads, 3 new Contacts`."""
    return ", ".join(f"{count:,} {done} {kind}" for kind, count in by_object.items())

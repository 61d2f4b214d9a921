"""Taking back a run: the reverse of what it wrote, from before-images, as an ordinary plan. Pure.

Three-way, like every merge: a value is restored only where what stands there now is still what we stored. What a
person, or a later run, wrote since stays, and is named in the plan as a skip. A created record is never deleted, a
conversion, a message and a bought person cannot be taken back, and an opt-out never is.

What was taken back is not written again by the next plan: see `pipeline.planning.undone`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pipeline.models import PlanRow
from pipeline.planning.enrolments import left
from pipeline.planning.equivalence import equivalent, is_blank, tag_set
from pipeline.planning.settle import tags_in
from pipeline.planning.written import saved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Action, Json
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.written import Present, Written

STAYS: Mapping[str, str] = {
    "insert": "created by this run: the record stays, leadflow deletes nothing",
    "convert": "converted by this run: no vendor takes a conversion back",
    "set_optout": "an opt-out is never taken back",
    "add_task": "a task made by this run: somebody may be at work on it; it stays",
    "add_note": "a note made by this run: people may have read and answered it; it stays",
    "unenrol": "taken out of a workflow by this run: who enters one is for `rules/enrolments.yaml` to say",
    "delete": "a second record deleted by this run: for 60 days a person can restore it from the recycle bin",
}
FROM_DELETED = "came from a second record, which was deleted: stays"
REVERSE: Mapping[str, Action] = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
PRUNED = re.compile(r".\*\*\*")
"""What the ledger keeps of a text whose time is over."""


def reversed_rows(
    written: Sequence[Written],
    present: Present,
    mapping: VendorMapping,
    capabilities: Capabilities,
    *,
    run_id: str,
) -> list[PlanRow]:
    """Return the plan that takes back a run: rows to send, and skips and holds that say what stays and why."""
    kept = saved(written)
    rest = [item for item in written if item not in kept]
    rows = [row for item in _joined(rest) for row in _reverse(item, present, mapping, capabilities, run_id)]
    rows += [_row(item, "skip", FROM_DELETED, item.field) for item in kept]
    seen: set[tuple[object, ...]] = set()
    once = []
    for row in rows:
        named = (row.object, row.record_id, row.person_key, row.action, row.field, row.reason)
        if row.field is not None or named not in seen:
            once.append(row)
        seen.add(named)
    return once


def is_worth_sending(rows: Sequence[PlanRow]) -> bool:
    """Return whether there is anything left to take back."""
    return any(row.action not in {"skip", "hold"} for row in rows)


def same(kind: str, left: Json, right: Json) -> bool:
    """Return whether two values of a field mean the same; a lookup is its id, in whatever form."""
    is_lookup = any(isinstance(value, dict) and "id" in value for value in (left, right))
    return equivalent("lookup" if is_lookup else kind, left, right)


def _joined(written: Sequence[Written]) -> list[Written]:
    """Return one entry per field: what was there before the first write, and what the last one left."""
    found: dict[tuple[object, ...], Written] = {}
    for number, item in enumerate(written):
        # Tags are sets of their own: each call is taken back by itself.
        apart = number if item.operation in REVERSE else None
        spot = (item.object, item.record_id, item.person_key, item.operation, item.field, apart)
        found[spot] = replace(item, old=found[spot].old) if spot in found else item
    return list(found.values())


def _reverse(
    item: Written, present: Present, mapping: VendorMapping, capabilities: Capabilities, run_id: str
) -> list[PlanRow]:
    if item.operation == "enrol" and item.record_id is not None and item.person_key not in present.held:
        # Whatever the record shows: who is in a workflow it does not. Who is held leaves with the next plan.
        return [_out_again(item, run_id)]
    if (reason := _stays(item, present)) is not None:
        return [_row(item, "skip", reason)]
    if item.person_key in present.held:
        return [_row(item, "hold", present.held[item.person_key])]
    theirs = present.theirs[item.object, item.record_id or ""]
    if item.operation in REVERSE:
        return _tags(item, theirs, mapping, run_id)
    reason = _why_not(item, theirs, present, mapping) or _why_refused(item, mapping, capabilities)
    name, now = item.field or "", theirs.get(item.field or "")
    if reason is not None:
        return [_row(item, "skip", reason, name, now, item.old)]
    restored = _sendable(mapping.kind(item.object, name), item.old)
    return [_row(item, "update", f"takes back run {run_id[:8]}", name, now, restored)]


def _stays(item: Written, present: Present) -> str | None:
    """Return why nothing of a write can be taken back, None when something can."""
    if item.operation in STAYS or item.record_id is None:
        return STAYS.get(item.operation, "no record is known")
    if item.lane == "optout":
        return "taken from somebody who is not to be contacted: stays"
    place = (item.object, item.record_id)
    if place in present.theirs:
        return None
    now = present.became.get(place)
    return f"has become {'/'.join(now)} since: stays" if now else "the record is not there any more"


def _why_not(item: Written, theirs: Mapping[str, Json], present: Present, mapping: VendorMapping) -> str | None:
    """Return why what stands in a field now is to stay, None when it is still what we stored."""
    name, kind = item.field or "", mapping.kind(item.object, item.field or "")
    now = theirs.get(name)
    # What somebody put there before we read it back is not what the vendor made of ours: it stays an edit.
    stored = item.sent if item.landed == "overwritten" else item.stored
    if _is_pruned(item.old) or _is_pruned(item.sent):
        return "too long ago: the ledger no longer keeps the values"
    if same(kind, now, item.old):
        return "stands as before already"
    if same(kind, now, stored) or same(kind, now, item.sent):
        return None
    ours = present.ours_since.get((item.object, item.record_id or ""), {}).get(name)
    if ours is not None and same(kind, now, ours[1]) and not same(kind, ours[0], item.sent):
        return "written again by a later run: take that one back first"
    return "edited by a person since: stays"


def _why_refused(item: Written, mapping: VendorMapping, capabilities: Capabilities) -> str | None:
    """Return why a field cannot be given its old value, None when it can."""
    name = item.field or ""
    target = mapping.objects.get(item.object)
    rule = target.fields.get(name) if target is not None else None
    if name == mapping.key_field:
        return "our key stays: without it the record would be taken for a stranger"
    if not capabilities.takes(item.object, name):
        return "the vendor no longer takes this field"
    if rule is not None and rule.required and is_blank(item.old):
        return "was blank, and the vendor requires a value"
    return None


def _tags(item: Written, theirs: Mapping[str, Json], mapping: VendorMapping, run_id: str) -> list[PlanRow]:
    target = mapping.objects.get(item.object)
    rule = target.tags if target is not None else None
    if rule is None:
        return [_row(item, "skip", "tags are no longer mapped", item.field)]
    there, before = tags_in(theirs), tag_set(item.old or [])
    ours = sorted(tag for tag in tag_set(item.sent or []) if tag.startswith(rule.prefix))
    if item.operation == "add_tags":
        wanted = [tag for tag in ours if tag in there and tag not in before]
    else:
        room = len(ours) if rule.per_record is None else max(rule.per_record - len(there), 0)
        wanted = [tag for tag in ours if tag not in there][:room]
    rest = [tag for tag in ours if tag not in wanted]
    rows = []
    if wanted:
        action = REVERSE[item.operation]
        rows.append(_row(item, action, f"takes back run {run_id[:8]}", rule.field, sorted(there), wanted))
    if rest:
        rows.append(_row(item, "skip", "stands as before, or has no room", rule.field, sorted(there), rest))
    return rows


def _out_again(item: Written, run_id: str) -> PlanRow:
    """Return what takes somebody out of a workflow; what it has sent by then stays sent."""
    told = item.sent if isinstance(item.sent, dict) else {}
    if not told.get("workflow") or _is_pruned(told):
        return _row(item, "skip", "too long ago: the ledger no longer keeps the values", item.field)
    payload = {"reference": left(told["reference"]), "workflow": told["workflow"], "name": told.get("name")}
    reason = f"takes back run {run_id[:8]}: out of the workflow; what it has sent by now stays sent"
    return _row(item, "unenrol", reason, payload["reference"], None, payload)


def _row(
    item: Written,
    action: str,
    reason: str,
    name: str | None = None,
    *values: Json,
) -> PlanRow:
    old, new = values or (None, None)
    return PlanRow(
        vendor=item.vendor,
        object=item.object,
        record_id=item.record_id,
        person_key=item.person_key,
        action=cast("Action", action),
        field=name,
        old_value=old,
        new_value=new,
        policy=item.policy,
        reason=reason,
    )


def _sendable(kind: str, value: Json) -> Json:
    """Return a stored value in the form that a write takes: a lookup is sent by its id."""
    if is_blank(value):
        return None
    return {"id": value["id"]} if isinstance(value, dict) and "id" in value and kind != "json" else value


def _is_pruned(value: Json) -> bool:
    if isinstance(value, dict | list):
        return any(_is_pruned(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and PRUNED.fullmatch(value) is not None

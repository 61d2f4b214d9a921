"""The three-way merge of one field: what we last wrote, what is there now, what we want.

Base is a pair (what we sent, what was stored of it). Ours is compared with *sent* and theirs with *stored*,
so that a value which the vendor rewrites is not mistaken for a person's edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from pipeline.planning.equivalence import equivalent, is_blank

if TYPE_CHECKING:
    from pipeline.models import Json

Policy = Literal["ours", "theirs", "fill_blank", "merge", "newest", "union", "locked"]
POLICIES: tuple[str, ...] = get_args(Policy)
NullPolicy = Literal["keep", "clear"]
Pair = tuple["Json", "Json"]


class Decision(NamedTuple):
    """What becomes of a field: `value` is written, or it stays; a conflict is a person's edit we kept."""

    is_write: bool
    value: Json
    reason: str
    is_conflict: bool = False


def merge_field(
    policy: str,
    base: Pair | None,
    theirs: Json,
    ours: Json,
    null_policy: str = "keep",
    *,
    kind: str = "text",
    is_ours_newer: bool | None = None,
) -> Decision:
    """Decide one field of an existing record.

    Args:
        policy: `ours` (always ours), `theirs` (never written again), `fill_blank` (only where blank), `merge`
            (ours unless a person edited since), `newest` (the later of the two), `union` (add, never remove),
            `locked` (set at creation, then left alone).
        base: (sent, stored) of our last write, None when we never wrote this field of this record.
        theirs: the value there now.
        ours: the value we want.
        null_policy: `clear` empties a value that we wrote when we no longer have one; `keep` leaves it.
        kind: field type, for comparing.
        is_ours_newer: for `newest`: whether our value is younger; None when nobody knows.
    """
    if is_blank(ours):
        return _without_ours(policy, base, theirs, null_policy, kind)
    if policy == "union":
        return _union(theirs, ours, kind)
    if equivalent(kind, ours, theirs):
        return _keep(theirs, "already there")
    if policy in {"theirs", "locked"} or (policy == "newest" and is_ours_newer is False):
        return _keep(theirs, "left to people" if policy != "newest" else "the record's value is newer")
    if policy == "ours" or (policy == "newest" and is_ours_newer):
        return _ours(base, theirs, ours, kind)
    return _three_way(policy, base, theirs, ours, kind)


def _ours(base: Pair | None, theirs: Json, ours: Json, kind: str) -> Decision:
    if base is None:
        return Decision(True, ours, "kept by leadflow")
    sent, stored = base
    if not equivalent(kind, theirs, stored):
        return Decision(True, ours, "kept by leadflow: was changed by someone else since")
    if equivalent(kind, ours, sent):
        return _keep(theirs, "stored in the vendor's form")
    return Decision(True, ours, "our value changed")


def _three_way(policy: str, base: Pair | None, theirs: Json, ours: Json, kind: str) -> Decision:
    if base is None:
        return _fill(theirs, ours)
    sent, stored = base
    if not equivalent(kind, theirs, stored):
        return Decision(False, theirs, "edited by a person since: kept", is_conflict=True)
    if equivalent(kind, ours, sent):
        return _keep(theirs, "stored in the vendor's form")
    if policy == "fill_blank" and not is_blank(theirs):
        return _keep(theirs, "not blank")
    return Decision(True, ours, "our value changed; nobody touched it")


def _fill(theirs: Json, ours: Json) -> Decision:
    if is_blank(theirs):
        return Decision(True, ours, "was blank")
    return _keep(theirs, "first contact with this record: its value stays")


def _union(theirs: Json, ours: Json, kind: str) -> Decision:
    present, wanted = _items(theirs), _items(ours)
    folded = {item.casefold() for item in present}
    added = [item for item in wanted if item.casefold() not in folded]
    if not added:
        return _keep(theirs, "already there")
    joined = [*present, *added]
    value = joined if isinstance(theirs, list) or isinstance(ours, list) or kind == "tags" else ";".join(joined)
    return Decision(True, value, "added to what is there")


def _without_ours(policy: str, base: Pair | None, theirs: Json, null_policy: str, kind: str) -> Decision:
    if null_policy != "clear" or base is None or is_blank(theirs) or policy in {"theirs", "locked", "union"}:
        return _keep(theirs, "we have no value")
    if is_blank(base[0]):
        return _keep(theirs, "was to be emptied: the vendor or a person keeps it")
    if policy != "ours" and not equivalent(kind, theirs, base[1]):
        return Decision(False, theirs, "edited by a person since: kept", is_conflict=True)
    return Decision(True, None, "we wrote it and no longer have it")


def _items(value: Json) -> list[str]:
    items = value if isinstance(value, list) else str(value or "").split(";")
    return [str(item).strip() for item in items if not is_blank(item)]


def _keep(theirs: Json, reason: str) -> Decision:
    return Decision(False, theirs, reason)

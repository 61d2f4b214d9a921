"""What a vendor refused in a run, in words: it is not there, and no later run sends it again unchanged."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.planning.kinds import counted
from pipeline.planview.masks import mask_reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.models import Operation
    from resources.ledger.listings import Refusal

MOST = 3
"""Kinds of refusals that are told with the vendor's words; `reports.changes` has all of them."""
LONGEST = 160
ELSEWHERE = frozenset({"delete", "set_optout"})
"""A second record that is not deleted stays as it is, by our own rule; opt-outs have a sentence of their own."""
EXPECTED = frozenset({"gone", "not_found", "opted_out"})
"""Codes for what people did meanwhile: a record that they deleted, a no that they said. There is nothing to mend."""


def rejections(stage: Stage, target: Target) -> str | None:
    """Return what a vendor refused since this run began; None when it took everything."""
    kinds: dict[tuple[Operation, str, str | None], list[Refusal]] = defaultdict(list)
    for each in stage.ledger.refusals(target.vendor, since=stage.ledger.began(stage.run_id)):
        if each.operation not in ELSEWHERE and each.code not in EXPECTED:
            kinds[each.operation, each.object, each.code].append(each)
    if not kinds:
        return None
    total = sum(map(len, kinds.values()))
    told = f"{target.vendor} refused {total:,} {'write' if total == 1 else 'writes'}: {_words(kinds)}"
    return f"{told}; not sent again as they are, see reports.changes"


def _words(kinds: Mapping[tuple[Operation, str, str | None], list[Refusal]]) -> str:
    most = sorted(kinds.items(), key=lambda item: (-len(item[1]), str(item[0])))
    told = [
        f"{counted(len(found), operation, kind)} ({_reason(code, found[0].message)})"
        for (operation, kind, code), found in most[:MOST]
    ]
    return ", ".join([*told, *(["and others"] if len(most) > MOST else [])])


def _reason(code: str | None, message: str | None) -> str:
    words = mask_reason(" ".join(filter(None, (code, message)))) or "no reason was told"
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"

"""People who said no, and what a vendor does not show of it yet: rows of the opt-out lane."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from assets.enrolling import Offer, enrolling
from assets.mirror import mirror
from assets.wanted import wanted
from pipeline.alerts.facts import TARGETS as NAMES
from pipeline.planning.diff import plan_people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.models import Json, PlanRow
    from pipeline.planning.desired import Desired

WORDS = {"rejected": "refused", "planned": "not sent"}
"""State of a write → what became of it; whatever else is not answered."""
LONGEST_REASON = 160


def refusing(stage: Stage, target: Target) -> list[Desired]:
    """Return the records of people who must not be contacted on some channel, second ones too, as a plan wants them."""
    found = chain(wanted(stage, target, target.mapping(stage)), target.seconds(stage, target))
    return [one for one in found if one.hold is not None or one.opted_out_channels]


def missing(
    stage: Stage,
    target: Target,
    concerned: Sequence[Desired],
    *,
    seen: Mapping[tuple[str, str], Mapping[str, Json]] | None = None,
) -> list[PlanRow]:
    """Return the rows of the opt-out lane: what the vendor does not show yet, and workflows to be left.

    `seen`: (object, record id) → fields of records that were read after the mirror.
    """
    mapping = target.mapping(stage)
    ids = sorted({one.record_id for one in concerned if one.record_id is not None})
    rows = plan_people(
        concerned,
        {**mirror(stage, target, ids), **(seen or {})},
        stage.ledger.bases(target.vendor, ids),
        mapping,
        target.capabilities(stage),
    )
    told = [row for row in rows if row.lane == "optout"]
    return [*told, *enrolling(stage, target, mapping, Offer(), heirs={}).leaving(concerned)]


def untaken(stage: Stage, target: Target, plan_hash: str, *, stopped: str | None = None) -> str | None:
    """Return whose opt-outs a vendor did not take after a plan was sent, in words; None where it took all.

    `stopped`: why the sending ended early.
    """
    left = stage.ledger.untaken_optouts(plan_hash)
    if not left:
        return None
    people = len({person for person, _, _ in left})
    states = Counter(WORDS.get(state, "not answered") for _, state, _ in left)
    reasons = [f"{number} {word}" for word, number in sorted(states.items())]
    said = next((word for _, state, word in left if state == "rejected" and word), stopped)
    because = f" ({said[:LONGEST_REASON]})" if said else ""
    return (
        f"{NAMES[target.vendor]} did not take the opt-outs of {people:,} {'person' if people == 1 else 'people'}: "
        f"{', '.join(reasons)}{because}; set them there by hand until it does, `leadflow status` says where they stand"
    )

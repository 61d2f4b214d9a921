"""People who said no, and what a vendor does not show of it yet: rows of the opt-out lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets import planning
from assets.enrolling import Offer, enrolling
from assets.mirror import mirror
from pipeline.planning.diff import plan_people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.models import Json, PlanRow
    from pipeline.planning.desired import Desired


def refusing(stage: Stage, target: Target) -> list[Desired]:
    """Return the people of a vendor who must not be contacted on some channel, as a plan wants them."""
    found = planning.wanted(stage, target, target.mapping(stage))
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

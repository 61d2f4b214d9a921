"""Enrolments in a plan: what the rules start, the workflows there are, and who was in one before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning import gates
from pipeline.planning.enrolments import Enrolling
from pipeline.planning.workflows import Bound, Workflow, bound, starts_of
from pipeline.rules import parse
from pipeline.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.mapping import VendorMapping

WORKFLOWS = """
SELECT payload
FROM raw.ghl__metadata
WHERE context ->> 'kind' = 'workflow'
QUALIFY rank() OVER (ORDER BY landing_ref DESC) = 1
"""


def workflows(stage: Stage) -> list[Workflow]:
    """Return the workflows of the location as fetched last (GoHighLevel fact sheet §6)."""
    with stage.warehouse.open() as session:
        rows = [json.loads(row["payload"]) for row in session.rows(WORKFLOWS)]
    return [
        Workflow(
            workflow_id=str(row["id"]),
            name=str(row.get("name") or row["id"]),
            status=str(row.get("status") or "unknown"),
            version=str(row.get("version") or row.get("updatedAt") or ""),
        )
        for row in rows
        if row.get("id")
    ]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the rules ask for and the platform has; `problems`: what it lacks, in words."""

    bounds: Sequence[Bound] = ()
    problems: Sequence[str] = ()

    @classmethod
    def read(cls, stage: Stage, target: Target) -> Offer:
        """Read rules and workflows; nothing for a platform without workflows, or when nothing is configured."""
        starts = starts_of(stage.rules) if target.workflows is not None else ()
        if not starts or target.workflows is None:
            return cls()
        return cls(*bound(starts, target.workflows(stage)))

    @property
    def versions(self) -> list[list[str]]:
        """Return what a change of the workflows themselves changes: then a refused enrolment is asked for again."""
        return sorted([one.workflow.workflow_id, one.workflow.version] for one in self.bounds)


def enrolling(
    stage: Stage, target: Target, mapping: VendorMapping, offer: Offer, *, heirs: Mapping[str, str], version: str = ""
) -> Enrolling:
    """Return what plans the enrolments of a vendor; `version` is the plan's metadata version."""
    return Enrolling(
        bounds=offer.bounds,
        past=stage.ledger.enrolments(target.vendor) if target.workflows is not None else (),
        mapping=mapping,
        as_of=stage.as_of,
        per_day=parse(gates.Gates, "gates", stage.rules).blast_radius.max_enrolments,
        prefix=parse(Segments, "segments", stage.rules).prefix,
        metadata_version=version,
        heirs=heirs,
    )

"""Second records of people in a plan made part by part: who has one waits until all about them is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.mirror import mirror
from pipeline.planning import gates
from pipeline.planning.merging import Merging
from pipeline.rules import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.mapping import VendorMapping
    from pipeline.models import PlanRow
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.desired import Desired


class Seconds:
    """Sets aside the rows of people with second records, where the rule does more than show them."""

    def __init__(self, stage: Stage, target: Target, seconds: Sequence[Desired]) -> None:
        self._stage, self._target = stage, target
        self._rule = parse(gates.Gates, "gates", stage.rules).duplicates
        self._untouchable = target.untouchable
        self._seconds = seconds if self._rule.action != "show" and self._untouchable is not None else ()
        self._people = {one.person_key for one in self._seconds}
        self._aside: list[PlanRow] = []

    def admitted(self, rows: Sequence[PlanRow]) -> list[PlanRow]:
        """Return the rows of a part that need not wait."""
        if not self._people:
            return list(rows)
        self._aside += [row for row in rows if row.person_key in self._people]
        return [row for row in rows if row.person_key not in self._people]

    def rest(self, mapping: VendorMapping, capabilities: Capabilities) -> list[PlanRow]:
        """Return the rows that waited, with what the rule says about second records."""
        if not self._seconds or self._untouchable is None:
            return []
        places = [(one.object, one.record_id) for one in self._seconds] + [one.duplicate_of for one in self._seconds]
        ids = [place[1] for place in places if place is not None and place[1] is not None]
        busy, left = self._untouchable(self._stage)
        merging = Merging(
            rule=self._rule,
            theirs=mirror(self._stage, self._target, ids),
            mapping=mapping,
            capabilities=capabilities,
            busy=busy,
            left=left,
        )
        return merging.merged(self._aside, self._seconds)

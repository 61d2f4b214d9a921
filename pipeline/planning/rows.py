"""Collecting the plan rows of one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pipeline.models import PlanRow

if TYPE_CHECKING:
    from pipeline.models import Action, Json, Lane
    from pipeline.planning.desired import Desired


@dataclass(slots=True)
class Rows:
    """The rows of one record, in the order they were decided."""

    vendor: str
    kind: str
    wanted: Desired
    all: list[PlanRow] = field(default_factory=list)

    def add(
        self,
        action: str,
        name: str | None,
        old: Json,
        new: Json,
        reason: str,
        *,
        policy: str | None = None,
        lane: str = "normal",
    ) -> None:
        """Add one row: of a field, or of the whole record."""
        self.all.append(
            PlanRow(
                lane=cast("Lane", lane),
                vendor=self.vendor,
                object=self.kind,
                record_id=self.wanted.record_id,
                person_key=self.wanted.person_key,
                action=cast("Action", action),
                field=name,
                old_value=old,
                new_value=new,
                policy=policy,
                reason=reason,
            )
        )

    def skip(self, reason: str) -> None:
        """Add one row that says why the record is left alone."""
        self.add("skip", None, None, None, reason)

    def hold(self, reason: str) -> None:
        """Add one row that says why the person is held back."""
        self.add("hold", None, None, None, reason)

    def has(self, action: str) -> bool:
        """Return whether a row of this action was added."""
        return any(row.action == action for row in self.all)

"""What taking back a run came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """What taking back a run came to.

    Attributes:
        run_id: the run that is taken back.
        plans: vendor → hash of the plan that waits for a person; vendors without anything to take back are absent.
        changes: vendor → (action, object, field) → how many.
        stays: vendor → reason → how many writes are left as they are.
        refused: vendor → failed check → why.
        spent: unit → quantity that the run spent and nobody gives back.
    """

    run_id: str
    plans: Mapping[str, str]
    changes: Mapping[str, Mapping[tuple[str, str, str], int]]
    stays: Mapping[str, Mapping[str, int]]
    refused: Mapping[str, Mapping[str, str]]
    spent: Mapping[str, float]

    @property
    def exit_code(self) -> int:
        """Return 4 when a plan waits for a person, 3 when a gate would stop it, 0 when there is nothing to do."""
        if any(self.refused.values()):
            return 3
        return 4 if self.plans else 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "status": {0: "done", 3: "stopped", 4: "waiting"}[self.exit_code],
            "undoes": self.run_id,
            "plans": dict(self.plans),
            "changes": {
                vendor: [
                    {"action": action, "object": kind, "field": name, "records": count}
                    for (action, kind, name), count in sorted(counts.items())
                ]
                for vendor, counts in self.changes.items()
            },
            "stays": {vendor: dict(counts) for vendor, counts in self.stays.items()},
            "refused": {vendor: dict(told) for vendor, told in self.refused.items()},
            "not_given_back": dict(self.spent),
        }

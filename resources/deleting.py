"""Whether second records may be deleted now: a person approved it, and what only they had is in the first record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ApprovalNeeded
from pipeline.planning.readback import SAFE
from resources.ledger.readbacks import landed_by_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Intent
    from resources.ledger import Ledger, Plan


def deletable(ledger: Ledger, plan: Plan, planned: Sequence[Intent]) -> list[Intent]:
    """Return the deletions that may be sent; those of which a value did not land are set aside.

    Whatever the mode, a deletion is never sent unless a person approved the plan by its hash.

    Raises:
        ApprovalNeeded: nobody did; everything else of the plan was sent.
    """
    if plan.approved_at is None:
        number, name = len(planned), plan.plan_hash[:8]
        raise ApprovalNeeded(
            f"plan {name} deletes {number} second record{'s' if number != 1 else ''}, which is never done without a "
            f"person; everything else of it was sent: leadflow apply {name}",
            plan_hash=plan.plan_hash,
        )
    people = sorted({intent.person_key for intent in planned})
    landed = landed_by_person(ledger.store, plan.plan_hash, people)
    amiss = {person for person, words in landed.items() if not words <= set(SAFE)}
    unsafe = [intent for intent in planned if intent.person_key in amiss]
    ledger.supersede(unsafe, "not deleted: not everything it has is in the first record yet")
    return [intent for intent in planned if intent.person_key not in amiss]

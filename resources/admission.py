"""Whether a plan may be sent: judged inside apply, so that no way of starting it can walk past a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ApprovalNeeded, GateClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from pipeline.models import Intent
    from resources.ledger import Ledger, Plan


class Admission:
    """The conditions of the normal lane of one vendor."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        vendor: str,
        required_checks: Sequence[str],
        freshness: Callable[[Sequence[Intent]], Mapping[str, str]] | None,
        moved_share: float,
        needs_approval: bool,
        clock: Callable[[], datetime],
        max_age: timedelta | None,
    ) -> None:
        self.ledger = ledger
        self.vendor = vendor
        self.required_checks = tuple(required_checks)
        self.freshness = freshness
        self.moved_share = moved_share
        self.needs_approval = needs_approval
        self.clock = clock
        self.max_age = max_age

    def current(self, plan: Plan) -> Plan:
        """Return the plan to carry out: the latest, when its normal lane is what this one's is.

        One that was carried out stays what it is: its approval does not pass to a later plan.
        """
        if plan.applied_at is not None:
            return plan
        latest = self.ledger.latest_plan(self.vendor)
        if latest is None or latest.plan_hash == plan.plan_hash:
            return plan
        if latest.content_hash != plan.content_hash:
            made = f"{latest.plan_hash[:8]} was made since"
            raise GateClosed(f"plan {plan.plan_hash[:8]} is outdated, nothing was sent: {made}; apply that one")
        if plan.approved_by is not None and latest.approved_by is None:
            self.ledger.approve(latest.plan_hash, plan.approved_by)
        return self.ledger.plan(latest.plan_hash)

    def verify(self, plan: Plan) -> None:
        """Pass only a plan whose every required verdict was given for its own hash, and approved where needed.

        Raises:
            GateClosed: a verdict is missing or failed, or the plan is too old.
            ApprovalNeeded: nobody approved it yet.
        """
        verdicts = self.ledger.verdicts(plan.plan_hash)
        missing = [check for check in self.required_checks if check not in verdicts]
        failed = sorted(check for check, is_passed in verdicts.items() if not is_passed)
        if missing or failed:
            told = [f"failed: {', '.join(failed)}"] if failed else []
            told += [f"not judged: {', '.join(missing)}"] if missing else []
            raise GateClosed(f"plan {plan.plan_hash[:8]} was not sent; {'; '.join(told)}")
        age = self.clock() - plan.saved_at
        if self.max_age is not None and age > self.max_age:
            too_old = f"it is {_words(age)} old, and {_words(self.max_age)} is the limit"
            raise GateClosed(f"plan {plan.plan_hash[:8]} was not sent: {too_old}; plan again")
        if self.needs_approval and plan.approved_at is None:
            message = f"plan {plan.plan_hash[:8]} waits for a person: leadflow apply {plan.plan_hash[:8]}"
            raise ApprovalNeeded(message, plan_hash=plan.plan_hash)

    def drop_moved(self, plan: Plan) -> None:
        """Set aside intents whose record moved since the plan was made; payloads are not looked at.

        Raises:
            GateClosed: too many did; nothing was set aside.
        """
        planned = self.ledger.planned_intents(plan.plan_hash, lane="normal", has_payload=False)
        if self.freshness is None or not planned:
            return
        moved = self.freshness(planned)
        stale = [intent for intent in planned if intent.intent_id in moved]
        if len(stale) > self.moved_share * len(planned):
            moved_away = f"{len(stale)} of {len(planned)} records"
            raise GateClosed(f"{moved_away} of plan {plan.plan_hash[:8]} changed since it was made: plan again")
        set_aside(self.ledger, {intent.intent_id: moved[intent.intent_id] for intent in stale}, stale)


def admitted(
    ledger: Ledger, guard: Callable[[Intent], str | None] | None, wanted: Sequence[Intent], held: dict[str, str]
) -> list[Intent]:
    """Judge suppressions again, at the last moment; opt-outs always pass. What is held back is set aside."""
    if guard is None:
        return list(wanted)
    reasons = {intent.intent_id: guard(intent) for intent in wanted if intent.lane == "normal"}
    refused = {name: f"held back: {reason}" for name, reason in reasons.items() if reason is not None}
    held.update({name: reason for name, reason in reasons.items() if reason is not None})
    set_aside(ledger, refused, wanted)
    return [intent for intent in wanted if intent.intent_id not in refused]


def set_aside(ledger: Ledger, reasons: Mapping[str, str], wanted: Sequence[Intent]) -> None:
    """Set intents aside, each for its reason; those with the same reason together."""
    alike: dict[str, list[Intent]] = {}
    for intent in wanted:
        if intent.intent_id in reasons:
            alike.setdefault(reasons[intent.intent_id], []).append(intent)
    for reason, members in alike.items():
        ledger.supersede(members, reason)


def _words(span: timedelta) -> str:
    hours, seconds = divmod(int(span.total_seconds()), 3600)
    return f"{hours} h {seconds // 60} min" if hours else f"{seconds // 60} min {seconds % 60} s"

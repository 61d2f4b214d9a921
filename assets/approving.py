"""Approving a plan: by its hash alone, while it is the latest, not carried out and not too old.

The command line and the apply jobs of the Dagster UI ask here, so that both refuse the same things.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError, GateClosed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.ledger import Plan
    from resources.workspace import Workspace

CARRIES = "carries"
"""In the summary of a plan: the plan whose waiting rows it carries along, without those of people who said no since."""

COMPARED_AT = "compared_at"
"""In the summary of a plan: when the rows that wait in it were compared with the vendor's records, if earlier."""

USERS = ("user", "dagster/user")
"""Run tags under which deployments of Dagster tell who launched a run."""


def who(tags: Mapping[str, str]) -> str:
    """Return who launched a run, as the ledger keeps it."""
    user = next((tags[name] for name in USERS if tags.get(name)), None)
    return f"{user} (dagster)" if user else "dagster"


def approve(workspace: Workspace, plan_hash: str, *, by: str, max_age: float, vendor: str | None = None) -> Plan:
    """Approve a plan and return it as it is to be sent: the latest one, which does what is left of the named one.

    Args:
        workspace: whose plan it is.
        plan_hash: its hash, or its first (at least four) characters.
        by: who approves.
        max_age: hours after which a plan is refused; 0 takes any.
        vendor: whose plan is expected, None for any.

    Raises:
        UnknownPlan: no plan has this hash.
        ConfigurationError: it is another vendor's plan.
        GateClosed: it was carried out, a newer plan does something else, or it is too old; nothing was approved.
    """
    plan = workspace.ledger.plan(plan_hash)
    named = f"plan {plan.plan_hash[:8]}"
    if vendor is not None and plan.vendor != vendor:
        raise ConfigurationError(f"{named} is toward {plan.vendor}: launch the job apply_{plan.vendor} with it")
    latest = workspace.ledger.latest_plan(plan.vendor) or plan
    if plan.applied_at is not None:
        raise GateClosed(f"{named} was applied on {plan.applied_at:%Y-%m-%d %H:%M} UTC; nothing was sent")
    if latest.content_hash != plan.content_hash and origin(latest) != origin(plan):
        raise GateClosed(f"{named} is outdated: {latest.plan_hash[:8]} was made since; nothing was sent")
    refuse_old(plan, now=workspace.now(), max_age=max_age)
    workspace.ledger.approve(latest.plan_hash, by)
    return workspace.ledger.plan(latest.plan_hash)


def origin(plan: Plan) -> str:
    """Return the hash of the plan that first had what waits in this one."""
    return str(plan.summary.get(CARRIES, plan.plan_hash))


def refuse_old(plan: Plan, *, now: datetime, max_age: float) -> None:
    """Raise GateClosed when a plan was compared with the vendor's records more than `max_age` hours ago."""
    hours = (now - compared_at(plan)).total_seconds() / 3600
    if max_age and hours > max_age:
        raise GateClosed(
            f"plan {plan.plan_hash[:8]} is {hours:,.1f} h old, at most {max_age:g} h are allowed (--max-age); "
            "nothing was sent: `leadflow run` makes it anew"
        )


def compared_at(plan: Plan) -> datetime:
    """Return when what waits in a plan was compared with the vendor's records."""
    told = plan.summary.get(COMPARED_AT)
    return datetime.fromisoformat(told) if told else plan.saved_at

"""What the morning page tells beside the published tables: forecasts of waiting plans, and what was set aside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline import sql

if TYPE_CHECKING:
    from assets.boundary import Stage
    from resources.session import Session

VENDORS = ("zoho", "ghl")


def set_aside(session: Session) -> list[dict[str, Any]]:
    """Return the most frequent reasons why records were set aside."""
    return session.rows(sql.statement("beside/rejects"))


def forecasts(stage: Stage) -> list[dict[str, Any]]:
    """Return what the latest plan of each vendor would cost, and until when it may be sent."""
    from assets.planview import MAX_AGE_HOURS
    from resources.ledger.overview import Overview

    overview = Overview(stage.ledger.store)
    plans = [plan for vendor in VENDORS if (plan := overview.plan_state(vendor)) is not None]
    return [
        {
            "vendor": plan.vendor,
            "plan_hash": plan.plan_hash,
            "unit": plan.summary["unit"],
            "units": plan.summary["units"],
            "usd": plan.summary["usd"],
            "seconds": plan.summary["seconds"],
            "expires_at": plan.saved_at + timedelta(hours=MAX_AGE_HOURS),
        }
        for plan in plans
        if "unit" in plan.summary
    ]

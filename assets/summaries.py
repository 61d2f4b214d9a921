"""Summaries over the five tables for people to read: funnel, campaigns, costs and quality; and the merged keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.boundary import Counts, Stage, table_asset
from pipeline import sql

if TYPE_CHECKING:
    from resources.session import Session

TIME_ZONE = """
SELECT m.payload ->> 'timezone'
FROM raw.ghl__metadata AS m
INNER JOIN pg_timezone_names() AS z ON z.name = m.payload ->> 'timezone'
WHERE m.context ->> 'kind' = 'location'
ORDER BY m.fetched_at DESC
LIMIT 1
"""
UTC_ZONE = "UTC"


def time_zone(session: Session) -> str:
    """Return the time zone of the workspace: that of its GoHighLevel location, UTC where none is told."""
    return str(session.value(TIME_ZONE) or UTC_ZONE)


@table_asset("reports.redirects", deps=["identity.redirects", "identity.people"])  # its check looks at both
def redirects(stage: Stage) -> Counts:
    """The keys that history may still hold, and the living ones they stand for."""
    return _filled(stage, "redirects")


@table_asset(
    "reports.funnel_daily",
    deps=["reports.people", "reports.touches", "reports.score_history", "reports.redirects", "raw.ghl__metadata"],
)
def funnel_daily(stage: Stage) -> Counts:
    """How many people reached which step for the first time, day by day."""
    return _filled(stage, "funnel_daily", is_zoned=True)


@table_asset("reports.campaigns", deps=["reports.touches"])
def campaigns(stage: Stage) -> Counts:
    """What was sent in each campaign and what came of it; opens are left out, about half are machines."""
    return _filled(stage, "campaigns")


@table_asset("reports.costs", deps=["reports.spend", "reports.touches", "reports.redirects"])
def costs(stage: Stage) -> Counts:
    """What was spent for what, and how far the people it was spent on have come."""
    return _filled(stage, "costs")


@table_asset(
    "reports.quality",
    deps=["reports.people", "reports.touches", "reports.changes", "reports.spend", "raw.ghl__metadata"],
)
def quality(stage: Stage) -> Counts:
    """Shares that should be high: found, verified, accepted, landed as intended, recognised, not bounced."""
    return _filled(stage, "quality", is_zoned=True)


def _filled(stage: Stage, table: str, *, is_zoned: bool = False) -> Counts:
    with stage.warehouse.open() as session:
        values = {"workspace": stage.workspace} | ({"time_zone": time_zone(session)} if is_zoned else {})
        session.replace(f"reports.{table}", sql.statement(f"reports/{table}"), values)
    return {}

"""Everything Dagster knows: assets of each layer, checks, jobs, schedules, sensors. Loading it does no I/O."""

from __future__ import annotations

import dagster as dg

from assets import accuracy, crm, identity, optouts, outreach, qualify, reports, staging, summaries
from assets.boundary import WorkspaceResource
from assets.jobs import JOBS
from assets.raw import apollo, ghl, salesnav, zoho
from assets.schedules import SCHEDULES
from assets.sensors import SENSORS
from assets.suites import SUITES

__all__ = ["ASSETS", "JOBS", "defs", "optouts"]

ASSETS = dg.load_assets_from_modules(
    [apollo, salesnav, zoho, ghl, staging, accuracy, identity, qualify, crm, outreach, reports, summaries]
)

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=SUITES,
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=SENSORS,
    resources={"workspace": WorkspaceResource()},
    executor=dg.in_process_executor,
)

"""Everything Dagster knows: assets of each layer, their checks, jobs. Loading it does no I/O."""

from __future__ import annotations

import dagster as dg

from assets import crm, identity, outreach, qualify, reports, staging
from assets.boundary import WorkspaceResource
from assets.raw import apollo, ghl, salesnav, zoho
from pipeline.catalogue import LAYERS

ASSETS = dg.load_assets_from_modules([apollo, salesnav, zoho, ghl, staging, identity, qualify, crm, outreach, reports])

daily = dg.define_asset_job("daily", selection=dg.AssetSelection.all(), description="The whole day, first to last.")
LAYER_JOBS = [
    dg.define_asset_job(layer, selection=dg.AssetSelection.groups(layer), description=f"The layer {layer} alone.")
    for layer in LAYERS
]
APPLY_JOBS = [
    dg.define_asset_job(
        f"apply_{vendor}",
        selection=dg.AssetSelection.assets(*keys) | dg.AssetSelection.groups("reports"),
        description=f"Send the latest plan toward {vendor}, if it was approved, and read back what landed.",
    )
    for vendor, keys in {
        "zoho": [["crm", f"zoho__{what}"] for what in ("writes", "readback", "rejects", "conversions")],
        "ghl": [["outreach", f"ghl__{what}"] for what in ("writes", "readback")],
    }.items()
]
JOBS = [daily, *LAYER_JOBS, *APPLY_JOBS]

defs = dg.Definitions(
    assets=ASSETS,
    jobs=JOBS,
    resources={"workspace": WorkspaceResource()},
    executor=dg.in_process_executor,
)

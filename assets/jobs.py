"""The jobs: the whole day, each layer, the apply jobs, dropped files, and what is looked at every 15 minutes."""

from __future__ import annotations

import dagster as dg

from assets.boundary import key_of
from assets.stage import WATCH
from assets.suites import SUITES
from pipeline.catalogue import LAYERS

WATCHED = (
    *("raw.ghl__contacts", "raw.ghl__messages", "raw.ghl__appointments", "raw.zoho__leads", "raw.zoho__contacts"),
    *("staging.records", "staging.crm_people", "staging.engagements"),
    *("qualify.suppressions", "qualify.holds"),
    *("crm.zoho__writes", "crm.zoho__readback", "outreach.ghl__writes", "outreach.ghl__readback"),
    "outreach.ghl__enrolments",
)
"""What replies, bookings and opt-outs pass through. The day's plans are not among them: they wait as they are."""

FILES = ("raw.salesnav__files", "raw.salesnav__people")

APPLIED = {
    "zoho": [f"crm.zoho__{what}" for what in ("writes", "readback", "rejects", "conversions", "activities")],
    "ghl": [f"outreach.ghl__{what}" for what in ("writes", "readback", "enrolments")],
}

EVERYTHING = dg.AssetSelection.all()
QUICK = EVERYTHING - dg.AssetSelection.checks(*SUITES)
"""Without the Great Expectations suites: importing them alone takes longer than a small day."""


def tables(*names: str) -> dg.AssetSelection:
    """Return the assets of these tables."""
    return dg.AssetSelection.assets(*(key_of(name) for name in names))


daily = dg.define_asset_job(
    "daily",
    selection=QUICK,
    description="The whole day, first to last, as `leadflow run` runs it.",
)
morning = dg.define_asset_job(
    "morning",
    selection=EVERYTHING,
    description="The whole day as the schedule runs it: with the Great Expectations suites at the two boundaries "
    "where rows leave, which stop it like every other check.",
)
watch = dg.define_asset_job(
    "watch",
    selection=tables(*WATCHED),
    description="Replies, bookings and opt-outs since the last look, in fewer than 100 calls. Opt-outs are told to "
    "both vendors at once; nothing else is written, and a plan that waits for a person stays as it is.",
    tags={WATCH: "yes"},
)
files = dg.define_asset_job(
    "files", selection=tables(*FILES), description="CSV files of the inbox, imported into the day of their arrival."
)
LAYER_JOBS = [
    dg.define_asset_job(
        layer,
        selection=dg.AssetSelection.groups(layer) - dg.AssetSelection.checks(*SUITES),
        description=f"The layer {layer} alone."
        + (" A past day is rebuilt from what was kept; no vendor is paid for it." if layer == "raw" else ""),
    )
    for layer in LAYERS
]
APPLY_JOBS = [
    dg.define_asset_job(
        f"apply_{vendor}",
        selection=(tables(*names) | dg.AssetSelection.groups("reports")) - dg.AssetSelection.checks(*SUITES),
        description=f"Send a plan toward {vendor} and read back what landed. Name the plan in the Launchpad "
        "(`resources: workspace: config: plan_hash`): launching is the approval, and anything but the latest plan is "
        "refused. Without a hash the latest plan is sent if it was approved.",
    )
    for vendor, names in APPLIED.items()
]
JOBS = [daily, morning, watch, files, *LAYER_JOBS, *APPLY_JOBS]

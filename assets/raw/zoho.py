"""Raw Zoho: leads, contacts, accounts, deals, deleted records and metadata."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assets.raw.feeds import Fetch, Page, items, raw_asset
from pipeline.feeds import FEEDS, Record, split
from resources.zoho.bulkmirror import rows_of_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

    from assets.boundary import Stage
    from resources.landing import Landed

FIRST = 100
"""Metadata before data: a wrong account is found out before anything is paid for."""
MODULES = ("Leads", "Contacts", "Accounts")
LISTS = FEEDS["raw.zoho__leads"]
"""All modules have lists of one shape."""
LONGEST_MEMORY = timedelta(days=120)
"""Zoho forgets deleted records after this (Zoho fact sheet 3.3)."""


def zoho_records(module: str) -> Fetch:
    """Return the fetch of a Zoho module: everything at first, later what was modified since."""

    def fetch(stage: Stage, since: datetime | None) -> Iterator[Page]:
        for page in stage.vendors.zoho_mirror.pages(module, since=since):
            yield Page(page.content, {"module": module, "since": since.isoformat() if since else None, **page.context})

    return fetch


def zoho_page(landed: Landed) -> Iterator[Record]:
    """Return the records of a landed page, whichever way it was read."""
    rows = rows_of_page(landed.content, landed.context)
    if rows is None:
        yield from split(LISTS, landed.content, place=landed.ref)
    else:
        yield from (Record(position, str(row["id"]), row) for position, row in enumerate(rows))


def zoho_deleted(stage: Stage, since: datetime | None) -> Iterator[Page]:
    """Fetch the deleted lists."""
    for module in (*MODULES, "Deals"):
        for _, content in stage.vendors.zoho.deleted(module, since=since or stage.now() - LONGEST_MEMORY):
            yield Page(content, {"module": module})


def zoho_metadata(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch the organisation, its users and the fields of the modules we write."""
    zoho = stage.vendors.zoho
    yield items("organisation", [zoho.organisation()])
    yield items("user", zoho.users())
    for module in MODULES:
        yield items("field", zoho.fields(module), module=module)


def module_asset(module: str, *, meaning: str) -> dg.AssetsDefinition:
    """Make the asset that mirrors a module."""
    return raw_asset(
        f"raw.zoho__{module.lower()}",
        zoho_records(module),
        meaning=meaning,
        moved_by="Modified_Time",
        records=zoho_page,
        is_prompt=True,
    )


zoho__metadata = raw_asset(
    "raw.zoho__metadata", zoho_metadata, meaning="Organisation, users and fields.", priority=FIRST
)
zoho__leads = module_asset("Leads", meaning="The mirror of Leads.")
zoho__contacts = module_asset("Contacts", meaning="The mirror of Contacts.")
zoho__accounts = module_asset("Accounts", meaning="The mirror of Accounts.")
zoho__deals = module_asset("Deals", meaning="Deals and their stages.")
zoho__deleted = raw_asset(
    "raw.zoho__deleted",
    zoho_deleted,
    meaning="Deleted leads, contacts, accounts and deals.",
    moved_by="deleted_time",
)

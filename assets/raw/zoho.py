"""Raw Zoho: leads, contacts, accounts, deals, deleted records and metadata."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assets.raw.feeds import Fetch, Page, items, raw_asset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assets.boundary import Stage

FIRST = 100
"""Metadata before data: a wrong account is found out before anything is paid for."""
MODULES = ("Leads", "Contacts", "Accounts")
LONGEST_MEMORY = timedelta(days=120)
"""Zoho forgets deleted records after this (Zoho fact sheet 3.3)."""


def zoho_records(module: str) -> Fetch:
    """Return the fetch of a Zoho module: everything at first, later what was modified since."""

    def fetch(stage: Stage, since: datetime | None) -> Iterator[Page]:
        for _, content in stage.vendors.zoho.records(module, modified_since=since):
            yield Page(content, {"module": module, "since": since.isoformat() if since else None})

    return fetch


def zoho_deleted(stage: Stage, since: datetime | None) -> Iterator[Page]:
    """Fetch the deleted lists."""
    for module in MODULES:
        for _, content in stage.vendors.zoho.deleted(module, since=since or stage.now() - LONGEST_MEMORY):
            yield Page(content, {"module": module})


def zoho_metadata(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch the organisation, its users and the fields of the modules we write."""
    zoho = stage.vendors.zoho
    yield items("organisation", [zoho.organisation()])
    yield items("user", zoho.users())
    for module in MODULES:
        yield items("field", zoho.fields(module), module=module)


zoho__metadata = raw_asset(
    "raw.zoho__metadata", zoho_metadata, meaning="Organisation, users and fields.", priority=FIRST
)
zoho__leads = raw_asset(
    "raw.zoho__leads", zoho_records("Leads"), meaning="The mirror of Leads.", moved_by="Modified_Time"
)
zoho__contacts = raw_asset(
    "raw.zoho__contacts",
    zoho_records("Contacts"),
    meaning="The mirror of Contacts.",
    moved_by="Modified_Time",
)
zoho__accounts = raw_asset(
    "raw.zoho__accounts",
    zoho_records("Accounts"),
    meaning="The mirror of Accounts.",
    moved_by="Modified_Time",
)
zoho__deals = raw_asset(
    "raw.zoho__deals", zoho_records("Deals"), meaning="Deals and their stages.", moved_by="Modified_Time"
)
zoho__deleted = raw_asset(
    "raw.zoho__deleted",
    zoho_deleted,
    meaning="Deleted leads, contacts and accounts.",
    moved_by="deleted_time",
)

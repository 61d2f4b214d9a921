"""Whose vendors answer: those that a data folder belongs to, or the run stops before anything is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import AWAY
from resources.parked import without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.errors import Away
    from resources.ledger import Ledger
    from resources.vendors import Vendors

MARKS = {"zoho": "zoho_organisation", "ghl": "ghl_location"}
"""Vendor → what of it ties a folder to it."""


def identified(vendors: Vendors, ledger: Ledger, ours: Mapping[str, str]) -> tuple[Vendors, dict[str, Away]]:
    """Ask each vendor whose it is and stamp the folder; return the vendors, and why some of them were left out.

    A known folder goes on without a vendor that cannot be asked, so that opt-outs reach the other one. `ours`: what
    else the folder is tied to.

    Raises:
        QuotaExhausted, VendorError: none of them can be asked, or the folder belongs to nobody yet.
        WorkspaceMismatch: the folder belongs to another organisation, location or sandbox.
        ConfigurationError: our key field is absent or not unique.
    """
    known = ledger.fingerprint()
    found = dict(ours)
    away: dict[str, Away] = {}
    asked: Mapping[str, Callable[[], dict[str, str]]] = {"zoho": vendors.identify_zoho, "ghl": vendors.identify_ghl}
    for vendor, ask in asked.items():
        try:
            found |= ask()
        except AWAY as error:
            if MARKS[vendor] not in known or len(away) == len(MARKS) - 1:
                raise
            away[vendor] = error
    ledger.stamp(found)
    if "zoho" not in away:
        try:
            vendors.require_key_field()
        except AWAY as error:
            if away or not known:
                raise
            away["zoho"] = error
    return without(vendors, away), away

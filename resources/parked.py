"""A vendor that must be left alone for now: whoever asks it for anything is told why, and others go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.errors import Away
    from resources.vendors import Vendors

PARTS = {
    "zoho": ("zoho", "zoho_writer", "zoho_bulk", "zoho_mirror", "zoho_surveyor"),
    "ghl": ("ghl", "ghl_writer"),
}
"""Vendor → what asks it."""


class Parked:
    """Stands where a client or writer of a vendor stands; every use of it raises the reason."""

    def __init__(self, vendor: str, reason: Away) -> None:
        self.vendor = vendor
        self._reason = reason

    def __getattr__(self, name: str) -> NoReturn:
        """Raise the reason.

        Raises:
            QuotaExhausted, VendorError: always.
        """
        raise self._reason


def without(vendors: Vendors, reasons: Mapping[str, Away]) -> Vendors:
    """Return the vendors with some parked: nobody verified whose account would answer, so nobody writes to it."""
    parked: dict[str, Any] = {part: Parked(name, reason) for name, reason in reasons.items() for part in PARTS[name]}
    return replace(vendors, **parked)

"""A vendor that must be left alone for now: whoever asks it for anything is told why, and others go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pipeline.errors import QuotaExhausted
    from resources.vendors import Vendors


class Parked:
    """Stands where a client or writer of a vendor stands; every use of it raises the reason."""

    def __init__(self, vendor: str, reason: QuotaExhausted) -> None:
        self.vendor = vendor
        self._reason = reason

    def __getattr__(self, name: str) -> NoReturn:
        """Raise the reason.

        Raises:
            QuotaExhausted: always.
        """
        raise self._reason


def without_zoho(vendors: Vendors, reason: QuotaExhausted) -> Vendors:
    """Return the vendors with Zoho parked: nobody verified whose organisation would answer, so nobody writes to it."""
    parked = Parked("zoho", reason)
    return replace(vendors, zoho=parked, zoho_writer=parked, zoho_bulk=parked, zoho_mirror=parked)  # type: ignore[arg-type]  # it stands for each of them

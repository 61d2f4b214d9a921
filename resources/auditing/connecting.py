"""Connecting whichever vendor is configured, for reading only: no writer is made."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from resources import ghl as ghl_vendor
from resources.addresses import is_loopback
from resources.limits import Limiter, shares_keeping
from resources.settings import GHL_URL
from resources.zoho.bulkmirror import ZohoMirror
from resources.zoho.bulkreader import ZohoBulkReader
from resources.zoho.connecting import connect as connect_zoho
from resources.zoho.datacenters import data_center
from resources.zoho.grant import Grant

if TYPE_CHECKING:
    from pipeline.limits import Limits
    from resources.attempts import CallRecord
    from resources.ghl import GhlClient
    from resources.settings import Settings
    from resources.zoho.client import ZohoClient

CREDENTIALS = {
    "zoho": ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"),
    "ghl": ("GHL_TOKEN", "GHL_LOCATION_ID"),
}
ADDRESSES = {"zoho": ("ZOHO_ACCOUNTS_URL", "ZOHO_API_URL"), "ghl": ("GHL_BASE_URL",)}
"""What the sandbox needs besides: there it never falls back to a vendor's own address."""


@dataclass(slots=True)
class Calls:
    """How many calls were made, by vendor, and what they cost in the vendor's units."""

    made: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def note(self, call: CallRecord) -> None:
        """Count one attempt."""
        self.made[call.vendor] += 1
        self.units[call.vendor] += int(call.units)


def configured(settings: Settings) -> list[str]:
    """Return the vendors that can be asked: zoho, ghl, or both.

    Raises:
        ConfigurationError: none can, or one is half configured; the message names the variables.
    """
    known = {**settings.credentials, **settings.base_urls}
    found = []
    for vendor, names in CREDENTIALS.items():
        needed = (*names, *(ADDRESSES[vendor] if settings.env == "sandbox" else ()))
        missing = [name for name in needed if not known.get(name)]
        if not missing:
            found.append(vendor)
        elif any(known.get(name) for name in names):
            raise ConfigurationError(f"{', '.join(missing)} not set, but {vendor} is configured in part")
    if not found:
        raise ConfigurationError(
            f"nothing to audit: set {', '.join(CREDENTIALS['zoho'])} for Zoho, or {' and '.join(CREDENTIALS['ghl'])} "
            "for GoHighLevel (.env.example); read-only scopes are enough"
        )
    if settings.env == "sandbox":
        outside = [f"{name} is {url}" for name, url in settings.base_urls.items() if not is_loopback(url)]
        if outside:
            raise ConfigurationError(
                f"{outside[0]}, but LEADFLOW_ENV is sandbox: only loopback addresses are allowed; "
                "for a real account set LEADFLOW_ENV=live"
            )
    return found


class Readers:
    """The reading ends of the configured vendors; limits and tokens are shared with the pipeline."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.settings, self._limits = settings, limits
        self.calls = Calls()
        self._parts = ExitStack()
        self._state = settings.data_dir / "state"

    def zoho(self) -> tuple[ZohoClient, ZohoMirror]:
        """Return Zoho's client, of which only the reading half is used here, and its mirror."""
        settings, known, allowed = self.settings, self.settings.credentials, self._limits.vendors["zoho"]
        client = connect_zoho(
            credentials=Grant(
                client_id=known["ZOHO_CLIENT_ID"] or "",
                client_secret=known["ZOHO_CLIENT_SECRET"] or "",
                refresh_token=known["ZOHO_REFRESH_TOKEN"] or "",
            ),
            state_dir=self._state,
            centre=settings.zoho_data_center,
            version=settings.zoho_api_version,
            accounts_url=settings.zoho_accounts_url,
            api_url=settings.zoho_api_url,
            upload_url=settings.zoho_upload_url,
            external_key=settings.external_key,
            credits_per_day=allowed.units_per_day,
            concurrent_calls=allowed.concurrency or 10,
            reserved_share=allowed.reserved_share,
            time_scale=settings.time_scale,
            on_call=self.calls.note,
            closing=self._parts.callback,
        )
        return client, ZohoMirror(client=client, reader=ZohoBulkReader(client=client, time_scale=settings.time_scale))

    def ghl(self) -> GhlClient:
        """Return GoHighLevel's client."""
        settings, known = self.settings, self.settings.credentials
        location = known["GHL_LOCATION_ID"] or ""
        limiter = Limiter(
            path=self._state / "limits.db",
            scope=f"ghl {location}",
            windows=ghl_vendor.WINDOWS,
            read_headers=ghl_vendor.read_headers,
            shares=shares_keeping(self._limits.vendors["ghl"].reserved_share),
            time_scale=settings.time_scale,
        )
        self._parts.callback(limiter.close)
        door = ghl_vendor.ghl_door(
            token=known["GHL_TOKEN"] or "",
            base_url=settings.ghl_base_url or GHL_URL,
            time_scale=settings.time_scale,
            limiter=limiter,
            on_call=self.calls.note,
        )
        self._parts.callback(door.close)
        return ghl_vendor.GhlClient(door=door, location_id=location)

    def zoho_pages(self, organisation: str | None) -> str:
        """Return where a person looks at records of Zoho, up to the module [assumed: no sheet names it]."""
        host = data_center(self.settings.zoho_data_center).accounts.replace("//accounts.", "//crm.")
        return f"{host}/crm/org{organisation}/tab/" if organisation else f"{host}/crm/tab/"

    def ghl_pages(self) -> str:
        """Return where a person looks at contacts of GoHighLevel [assumed: agencies have hosts of their own]."""
        return f"https://app.gohighlevel.com/v2/location/{self.settings.ghl_location_id or ''}/contacts/detail/"

    def close(self) -> None:
        """Close every connection."""
        self._parts.close()

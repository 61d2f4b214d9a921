"""The vendors of a workspace, connected.

Sandbox and live differ in addresses and credentials only: the one switch is `LEADFLOW_ENV`, read in
`resources.settings`.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from resources import apollo as apollo_vendor
from resources import ghl as ghl_vendor
from resources.limits import Limiter, shares_keeping
from resources.settings import APOLLO_URL, GHL_URL, Settings, require_vendors
from resources.zoho.bulkmirror import ZohoMirror
from resources.zoho.bulkreader import ZohoBulkReader
from resources.zoho.bulkwriter import ZohoBulkWriter
from resources.zoho.capabilities import is_unique
from resources.zoho.connecting import connect as connect_zoho
from resources.zoho.grant import Grant
from resources.zoho.surveys import ZohoSurveyor
from resources.zoho.writer import ZohoWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resources.apollo import ApolloClient
    from resources.attempts import CallRecord
    from resources.ghl import GhlClient, GhlWriter
    from resources.zoho.client import ZohoClient

UNITS = {"zoho": "zoho_credit", "ghl": "ghl_call"}
KEYED_MODULES = ("Leads", "Contacts")
RESERVED = 0.1


@dataclass(slots=True)
class Meter:
    """What the calls of this process cost so far: (vendor, purpose) → units. Apollo is metered per person."""

    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, call: CallRecord) -> None:
        """Count one attempt; every attempt that was answered or may have been costs."""
        if call.vendor not in UNITS:
            return
        with self.lock:
            self.used[call.vendor, call.purpose] += call.units if call.vendor == "zoho" else 1  # type: ignore[assignment]

    def take(self) -> list[tuple[str, str, float]]:
        """Return (vendor, purpose, units) since the last call of this method, and begin anew."""
        with self.lock:
            taken = [(vendor, purpose, float(units)) for (vendor, purpose), units in self.used.items()]
            self.used.clear()
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Clients and writers of one workspace."""

    settings: Settings
    apollo: ApolloClient
    zoho: ZohoClient
    ghl: GhlClient
    zoho_writer: ZohoWriter
    zoho_bulk: ZohoBulkWriter
    zoho_mirror: ZohoMirror
    zoho_surveyor: ZohoSurveyor
    ghl_writer: GhlWriter
    meter: Meter
    parts: ExitStack

    def identify_zoho(self) -> dict[str, str]:
        """Ask Zoho whose organisation it is; return what ties a data folder to it."""
        return {"zoho_organisation": str(self.zoho.organisation()["zgid"])}

    def identify_ghl(self) -> dict[str, str]:
        """Ask GoHighLevel which location it is; return what ties a data folder to it."""
        return {"ghl_location": str(self.ghl.location()["id"])}

    def require_key_field(self) -> None:
        """Check that our key is a unique text field of Leads and Contacts.

        Raises:
            ConfigurationError: the field is absent or not unique; the message says what to create where.
        """
        name = self.settings.external_key
        for module in KEYED_MODULES:
            fact = next((row for row in self.zoho.fields(module) if row.get("api_name") == name), None)
            if fact is None:
                raise ConfigurationError(
                    f"Zoho {module} has no field {name} (LEADFLOW_EXTERNAL_KEY): create a single-line text field with "
                    f"that API name, marked 'do not allow duplicate values', on {' and '.join(KEYED_MODULES)}"
                )
            if not is_unique(fact):
                raise ConfigurationError(
                    f"Zoho {module}.{name} (LEADFLOW_EXTERNAL_KEY) is not unique: "
                    "mark it 'do not allow duplicate values'"
                )

    def close(self) -> None:
        """Close every connection and the limits' files."""
        self.parts.close()


def connect(
    settings: Settings,
    *,
    credits_per_day: float,
    concurrent_calls: int,
    reserved: Mapping[str, float] | None = None,
) -> Vendors:
    """Return the vendors that the settings name; nothing is called, except for a Zoho token in live.

    `reserved`: vendor → share of its limits that stays for people and other apps.

    Raises:
        ConfigurationError: a credential or address is missing; the message names the variables.
    """
    require_vendors(settings)
    meter = Meter()
    known = settings.credentials
    state = settings.data_dir / "state"
    apollo_url = settings.apollo_base_url or APOLLO_URL
    ghl_url = settings.ghl_base_url or GHL_URL

    parts = ExitStack()
    kept = reserved or {}

    def limiter(scope: str, windows: object, read_headers: Callable[..., object], **more: Any) -> Limiter:
        made = Limiter(
            path=state / "limits.db",
            scope=scope,
            windows=windows,  # type: ignore[arg-type]
            read_headers=read_headers,  # type: ignore[arg-type]
            shares=shares_keeping(kept.get(scope.partition(" ")[0], RESERVED)),
            time_scale=settings.time_scale,
            **more,
        )
        parts.callback(made.close)
        return made

    apollo_door = apollo_vendor.apollo_door(
        api_key=known["APOLLO_API_KEY"] or "",
        base_url=apollo_url,
        time_scale=settings.time_scale,
        limiter=limiter("apollo", apollo_vendor.WINDOWS, apollo_vendor.read_headers, part_of=apollo_vendor.endpoint_of),
        on_call=meter.note,
    )
    location = known["GHL_LOCATION_ID"] or ""
    ghl_door = ghl_vendor.ghl_door(
        token=known["GHL_TOKEN"] or "",
        base_url=ghl_url,
        time_scale=settings.time_scale,
        limiter=limiter(f"ghl {location}", ghl_vendor.WINDOWS, ghl_vendor.read_headers),
        on_call=meter.note,
    )
    zoho = connect_zoho(
        credentials=Grant(
            client_id=known["ZOHO_CLIENT_ID"] or "",
            client_secret=known["ZOHO_CLIENT_SECRET"] or "",
            refresh_token=known["ZOHO_REFRESH_TOKEN"] or "",
        ),
        state_dir=state,
        centre=settings.zoho_data_center,
        version=settings.zoho_api_version,
        accounts_url=settings.zoho_accounts_url,
        api_url=settings.zoho_api_url,
        upload_url=settings.zoho_upload_url,
        external_key=settings.external_key,
        credits_per_day=credits_per_day,
        concurrent_calls=concurrent_calls,
        reserved_share=kept.get("zoho", RESERVED),
        time_scale=settings.time_scale,
        on_call=meter.note,
        closing=parts.callback,
    )
    for door in (apollo_door, ghl_door):
        parts.callback(door.close)
    ghl = ghl_vendor.GhlClient(door=ghl_door, location_id=location)
    reader = ZohoBulkReader(client=zoho, time_scale=settings.time_scale)
    return Vendors(
        settings=settings,
        apollo=apollo_vendor.ApolloClient(door=apollo_door),
        zoho=zoho,
        ghl=ghl,
        zoho_writer=ZohoWriter(client=zoho),
        zoho_bulk=ZohoBulkWriter(client=zoho),
        zoho_mirror=ZohoMirror(client=zoho, reader=reader),
        zoho_surveyor=ZohoSurveyor(client=zoho, reader=reader),
        ghl_writer=ghl_vendor.GhlWriter(client=ghl),
        meter=meter,
        parts=parts,
    )

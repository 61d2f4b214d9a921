"""Which vendors the sandbox holds, where each is mounted and which settings reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.apollo import ApolloSandbox
from resources.sandbox.ghl import GhlSandbox
from resources.sandbox.zoho import ZohoSandbox

if TYPE_CHECKING:
    from resources.sandbox.calls import Vendor
    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World

# mount -> (vendor, sub-host of that vendor)
MOUNTS: dict[str, tuple[str, str]] = {
    "/apollo/api/v1": ("apollo", ""),
    "/zoho/accounts": ("zoho", "accounts"),
    "/zoho/api": ("zoho", "api"),
    "/zoho/upload": ("zoho", "upload"),
    "/ghl": ("ghl", ""),
}
URL_SETTINGS: dict[str, str] = {
    "APOLLO_BASE_URL": "/apollo/api/v1",
    "ZOHO_ACCOUNTS_URL": "/zoho/accounts",
    "ZOHO_API_URL": "/zoho/api",
    "ZOHO_UPLOAD_URL": "/zoho/upload",
    "GHL_BASE_URL": "/ghl",
}


def build_vendors(world: World, clock: Clock, time_scale: float) -> dict[str, Vendor]:
    """Make the three vendors of a world, by name."""
    made: tuple[Vendor, ...] = (
        ApolloSandbox(world, clock, time_scale=time_scale),
        ZohoSandbox(world, clock, time_scale=time_scale),
        GhlSandbox(world, clock, time_scale=time_scale),
    )
    return {vendor.name: vendor for vendor in made}

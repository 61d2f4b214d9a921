"""Addresses of vendors: TLS always, plain text only to this machine."""

from __future__ import annotations

from pipeline.errors import ConfigurationError
from resources.settings import is_loopback


def check_address(vendor: str, base_url: str) -> bool:
    """Return whether a base URL stays on this machine.

    Raises:
        ConfigurationError: it is neither https nor http to a loopback host.
    """
    local = is_loopback(base_url)
    if not base_url.startswith("https://") and not (local and base_url.startswith("http://")):
        raise ConfigurationError(
            f"the base URL of {vendor} is {base_url!r}: expected https:// (http:// is for loopback only)"
        )
    return local

"""Addresses of vendors: TLS always, plain text only to this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import ConfigurationError


def is_loopback(url: str) -> bool:
    """Tell whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


def check_setting(name: str, url: str) -> None:
    """Check an address given by a variable.

    Raises:
        ConfigurationError: it is no address, holds a password, or is plain text outside this machine.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ConfigurationError(f"{name} holds a user name or password: put credentials into their own variables")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _has_usable_port(parts):
        raise ConfigurationError(f"{name} is {url!r}: expected https://host[:port][/path]")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigurationError(f"{name} is {url!r}: http:// is accepted for loopback hosts only, use https://")


def _has_usable_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False

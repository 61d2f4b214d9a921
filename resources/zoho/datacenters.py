"""Zoho's hosts per data centre (Zoho fact sheet §0.1). The upload host does not follow from the API host."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class DataCenter:
    """Roots of the three hosts, without a path."""

    accounts: str
    api: str
    upload: str

    @property
    def domains(self) -> frozenset[str]:
        """Return the domains of this data centre: `zoho.eu` and `zohoapis.eu` for the EU."""
        return frozenset(
            (urlsplit(root).hostname or "").partition(".")[2] for root in (self.accounts, self.api, self.upload)
        )

    @property
    def download(self) -> str:
        """Return the root of the host that serves the results of bulk writes (Zoho fact sheet §4.3)."""
        return f"https://download-accl.{(urlsplit(self.accounts).hostname or '').partition('.')[2]}"


DATA_CENTERS = {
    "us": DataCenter("https://accounts.zoho.com", "https://www.zohoapis.com", "https://content.zohoapis.com"),
    "eu": DataCenter("https://accounts.zoho.eu", "https://www.zohoapis.eu", "https://content.zohoapis.eu"),
    "in": DataCenter("https://accounts.zoho.in", "https://www.zohoapis.in", "https://content.zohoapis.in"),
    "au": DataCenter("https://accounts.zoho.com.au", "https://www.zohoapis.com.au", "https://content.zohoapis.com.au"),
    "jp": DataCenter("https://accounts.zoho.jp", "https://www.zohoapis.jp", "https://content.zohoapis.jp"),
    "cn": DataCenter("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn", "https://content.zohoapis.com.cn"),
    "ca": DataCenter("https://accounts.zohocloud.ca", "https://www.zohoapis.ca", "https://upload.zohocloud.ca"),
    "sa": DataCenter("https://accounts.zoho.sa", "https://www.zohoapis.sa", "https://files.zoho.sa"),
    "uk": DataCenter("https://accounts.zoho.uk", "https://www.zohoapis.uk", "https://content.zohoapis.uk"),
}


def data_center(name: str) -> DataCenter:
    """Return the hosts of a data centre.

    Raises:
        ConfigurationError: there is no such data centre.
    """
    try:
        return DATA_CENTERS[name]
    except KeyError:
        raise ConfigurationError(f"ZOHO_DATA_CENTER is {name!r}: expected one of {', '.join(DATA_CENTERS)}") from None


def data_center_of(url: str) -> DataCenter | None:
    """Return the data centre that an API address belongs to, None for a host that is not Zoho's."""
    host = urlsplit(url).hostname or ""
    return next((one for one in DATA_CENTERS.values() if host.endswith(tuple(f".{d}" for d in one.domains))), None)


def is_zoho_api(url: str) -> bool:
    """Tell whether an address that a token answer names is a Zoho API host (or its sandbox), over TLS."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    domains = (urlsplit(center.api).hostname or "" for center in DATA_CENTERS.values())
    return parts.scheme == "https" and any(
        host == known or host.endswith(known.removeprefix("www")) for known in domains
    )

"""Downloads of bulk jobs: only from Zoho's own hosts, every redirect checked, the token never sent elsewhere.

The address is absolute in v2 and relative later; a relative one belongs to the API host or to the download host
(Zoho fact sheet §4.3), so both are tried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pipeline.errors import CredentialsRejected, RequestRefused, UnexpectedAnswer
from resources.addresses import is_loopback
from resources.zoho.datacenters import data_center_of

if TYPE_CHECKING:
    from resources.http import Door, Reply

MOST_REDIRECTS = 5
LARGEST_DOWNLOAD = 256 * 1024 * 1024
_HOST = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)*$|^[0-9a-f:]+$")


class Downloads:
    """Fetches the files that one organisation's answers point to.

    `upload` is the door of the upload host, where there is one.
    """

    def __init__(self, *, api: Door, upload: Door | None = None) -> None:
        self._api = api
        self._roots = [api.base_url]
        self._own = frozenset(urlsplit(door.base_url).hostname or "" for door in (api, upload) if door is not None)
        self._suffixes: frozenset[str] = frozenset()
        centre = None if is_loopback(api.base_url) else data_center_of(api.base_url)
        if centre is not None:
            self._suffixes = centre.domains
            self._roots.append(centre.download)

    def allows(self, url: str) -> bool:
        """Tell whether an address is one of Zoho's data centre, or of a host that was configured."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in {"http", "https"} or parts.username or parts.password or not _HOST.match(host):
            return False
        if parts.scheme == "http" and not is_loopback(url):
            return False
        return host in self._own or any(host == known or host.endswith(f".{known}") for known in self._suffixes)

    def fetch(self, url: str, *, purpose: str) -> bytes:
        """Return the bytes behind an address of an answer, absolute or relative.

        Raises:
            UnexpectedAnswer: it leads to a host that is not Zoho's, redirects without end, or is no zip.
            RequestRefused: the link is not valid (any more); `code` is LINK_NOT_VALID or Zoho's own.
            VendorUnavailable, RateLimited, CredentialsRejected, QuotaExhausted: as `Door.call`.
        """
        *others, last = self._places(url)
        for place in others:
            try:
                return self._followed(place, purpose=purpose)
            except RequestRefused:
                continue  # not there; the next place may have it
        return self._followed(last, purpose=purpose)

    def _places(self, url: str) -> list[str]:
        """Return where an address may lie; a base URL may have a path of its own."""
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            return [url if parts.scheme else f"https:{url}"]
        below = f"/{url.lstrip('/')}"
        places = [place for root in self._roots for place in (root + below, urljoin(root, below))]
        return list(dict.fromkeys(places))

    def _followed(self, url: str, *, purpose: str) -> bytes:
        for _ in range(MOST_REDIRECTS):
            reply = self._once(url, purpose=purpose)
            if reply.location is None:
                return _zip(reply)
            url = urljoin(url, reply.location)
        raise UnexpectedAnswer("Zoho's download link redirects without end: not followed", vendor="zoho")

    def _once(self, url: str, *, purpose: str) -> Reply:
        if not self.allows(url):
            raise UnexpectedAnswer(
                f"Zoho's answer leads to {urlsplit(url).scheme}://{urlsplit(url).netloc}, which is no host of this "
                f"data centre: not followed",
                vendor="zoho",
            )
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return self._api.at(root).call(
                "GET",
                path,
                repeatable=True,
                expects="bytes",
                redirects=True,
                largest=LARGEST_DOWNLOAD,
                purpose=purpose,
            )
        except CredentialsRejected as error:
            if error.status == 403 and isinstance(error.answer, dict) and "info" in error.answer:
                raise _invalid(str(error.answer.get("x-info") or error.answer["info"]), error.status) from error
            raise


def _zip(reply: Reply) -> bytes:
    if reply.content[:2] == b"PK":
        return reply.content
    body = reply.json_or_none()
    if isinstance(body, dict) and ("info" in body or "ERROR_CODE" in body):
        raise _invalid(str(body.get("x-info") or body.get("ERROR_MESSAGE") or body.get("info")), reply.status)
    raise UnexpectedAnswer(
        f"Zoho answered {reply.request} with {len(reply.content)} bytes that are no zip: not used",
        vendor="zoho",
        status=reply.status,
    )


def _invalid(told: str, status: int | None) -> RequestRefused:
    return RequestRefused(
        f"Zoho's download link is not valid ({told}); results are kept about a week, files of a bulk read a day",
        vendor="zoho",
        status=status,
        code="LINK_NOT_VALID",
    )

"""Company domains out of whatever a source calls a web site."""

from __future__ import annotations

import re

from pipeline.normalize.text import clean, words

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@\s]*@)?([^/:?#\s]+)", re.IGNORECASE)
_LABEL = re.compile(r"^[a-z0-9\u0080-\uffff](?:[a-z0-9\u0080-\uffff-]*[a-z0-9\u0080-\uffff])?$")


def host(value: str | None) -> str | None:
    """Return the host name of an address, web address or bare domain, lower case, without `www.`."""
    text = clean(value)
    found = _HOST.match(text) if text else None
    if found is None:
        return None
    name = found.group(1).casefold().rstrip(".").removeprefix("www.")
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.match(label) for label in labels):
        return None
    return name


def registrable(value: str | None) -> str | None:
    """Return the domain a firm registered; None for none, free mail, and hosts that many firms share."""
    name = host(value)
    if name is None:
        return None
    labels = name.split(".")
    size = 3 if len(labels) > 2 and labels[-2] in words("second_level") and len(labels[-1]) == 2 else 2
    domain = ".".join(labels[-size:])
    return None if domain in words("free_mail") or domain in words("shared_hosts") else domain

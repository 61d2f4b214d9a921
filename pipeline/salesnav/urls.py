"""LinkedIn and web addresses as they appear in lead files, reduced to what identifies.

LinkedIn has two id spaces for people: the public slug of `/in/<slug>` and the opaque member id
(`ACwAA...`) of `/sales/lead/<id>,...` or `/in/<id>`. They never equal each other, so both are kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from pipeline.salesnav.cells import REMEMBERED

MEMBER_ID = re.compile(r"AC[A-Za-z]AA[A-Za-z0-9_-]+")

_BLOCKED = re.compile(
    r"(.+\.)?(linkedin\.com|lnkd\.in|facebook\.com|fb\.com|instagram\.com|twitter\.com|x\.com|youtube\.com"
    r"|linktr\.ee|bit\.ly|sites\.google\.com|wixsite\.com|wordpress\.com|blogspot\.com|github\.com|medium\.com)"
    r"|(gmail|googlemail|icloud|aol|protonmail|proton|mail|fastmail)\.(com|me)"
    r"|(yahoo|ymail|hotmail|outlook|live|msn|gmx|web|yandex)\.(com|de|fr|it|es|net|ru|ca|at|ch|co\.[a-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one address of a person says: slug or member id, and if it is a Sales Navigator page."""

    slug: str | None = None
    member_id: str | None = None
    is_salesnav: bool = False


def profile(text: str | None) -> Profile | None:
    """Return what identifies the person at a LinkedIn address, None when it is no address of a person."""
    path = _linkedin_path(text)
    if path is None:
        return None
    if path[:2] in (["sales", "lead"], ["sales", "people"]) and len(path) > 2:
        member = path[2].split(",", 1)[0]
        return Profile(member_id=member, is_salesnav=True) if member else None
    if path[:1] == ["in"] and len(path) > 1:
        name = unicodedata.normalize("NFC", path[1]).strip()
        return Profile(member_id=name) if MEMBER_ID.fullmatch(name) else Profile(slug=name.casefold() or None)
    return None


@lru_cache(maxsize=REMEMBERED)
def company_page(text: str | None) -> str | None:
    """Return `https://linkedin.com/company/<number or slug>`, None when the address is no company's page."""
    path = _linkedin_path(text)
    if path is None:
        return None
    if path[:1] == ["sales"]:
        path = path[1:]
    if len(path) > 1 and path[0] in {"company", "school", "showcase"}:
        return f"https://linkedin.com/company/{path[1].split(',', 1)[0].casefold()}"
    return None


@lru_cache(maxsize=REMEMBERED)
def web_host(text: str | None) -> str | None:
    """Return the lower-case host of a website without `www.`; None for social, link and mail hosts."""
    parts = _split(text)
    host = parts[0] if parts else ""
    if "." not in host or " " in host or _BLOCKED.fullmatch(host):
        return None
    return host


def _linkedin_path(text: str | None) -> list[str] | None:
    parts = _split(text)
    if parts is None:
        return None
    host, path = parts
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return None
    pieces = [unquote(piece) for piece in path.split("/") if piece]
    return [pieces[0].casefold(), *pieces[1:]] if pieces else None


def _split(text: str | None) -> tuple[str, str] | None:
    """Return (host, path) of an address with or without a scheme; None when there is none."""
    bare = (text or "").strip().strip("<>\"'")
    if not bare or "@" in bare:
        return None
    if bare.lower().startswith(("/in/", "/sales/", "in/", "company/")):
        bare = "linkedin.com/" + bare.lstrip("/")
    try:
        parts = urlsplit(bare if "://" in bare else f"https://{bare.lstrip('/')}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    return host.removeprefix("www."), parts.path

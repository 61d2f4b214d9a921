"""Identifiers and times in the forms GoHighLevel uses (GHL fact sheet §1)."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import UTC, datetime


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def short_id(text: str) -> str:
    """20 characters of the kind Firebase gives: contacts, users, locations, custom fields."""
    return base64.b64encode(_digest(text), altchars=b"Zz").decode()[:20]


def hex_id(text: str) -> str:
    """24 hexadecimal characters: businesses, campaigns."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def uuid_id(text: str) -> str:
    """A UUID: workflows, pipeline stages, trace ids."""
    return str(uuid.UUID(bytes=_digest(text)[:16], version=4))


class Ids:
    """New identifiers from a salt and a counter, so that a saved sandbox goes on where it stopped."""

    def __init__(self, *, salt: str, used: int = 0) -> None:
        self._salt = salt
        self.used = used

    def _next(self) -> str:
        self.used += 1
        return f"{self._salt}:{self.used}"

    def short(self) -> str:
        """Give a new 20-character id."""
        return short_id(self._next())

    def hex(self) -> str:
        """Give a new 24-hex id."""
        return hex_id(self._next())

    def uuid(self) -> str:
        """Give a new UUID."""
        return uuid_id(self._next())


def milliseconds(moment: datetime) -> int:
    """Epoch milliseconds of an aware moment."""
    return int(moment.timestamp() * 1000)


def iso(ms: int) -> str:
    """Epoch milliseconds as `2021-07-02T05:18:26.704Z`."""
    return moment_of(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spaced(ms: int) -> str:
    """Epoch milliseconds as `2021-07-16 11:00:00`, the form of a contact's appointments."""
    return moment_of(ms).strftime("%Y-%m-%d %H:%M:%S")


def moment_of(ms: int) -> datetime:
    """Epoch milliseconds as an aware moment."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def parse_time(value: object) -> int | None:
    """Read epoch milliseconds (number or digits) or an ISO moment; anything else is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    if not isinstance(value, str):
        return None
    if value.isdigit():
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

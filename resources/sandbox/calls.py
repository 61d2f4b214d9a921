"""What the server hands to a simulated vendor, and what it takes back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request below a vendor's mount.

    `host` is the vendor's sub-host ("" when it has one only), `path` starts with "/" and excludes the
    mount, header names are lower case.
    """

    host: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def param(self, name: str, default: str | None = None) -> str | None:
        """Give the last query value called `name`, or `default`."""
        found = default
        for key, value in self.query:
            if key == name:
                found = value
        return found

    def params(self, name: str) -> list[str]:
        """Give every query value called `name`, in the order sent."""
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """Parse the body; an empty or malformed one raises ValueError."""
        return json.loads(self.body)


@dataclass(slots=True)
class Answer:
    """One HTTP answer: dict and list become JSON, str text/plain, bytes octets, None an empty body."""

    status: int = 200
    body: dict[str, Any] | list[Any] | str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Vendor(Protocol):
    """A simulated vendor: a state, and a function from calls to answers."""

    name: str

    def answer(self, call: Call) -> Answer:
        """Do what the call asks and answer as the vendor would."""
        ...

    def kind(self, call: Call) -> str:
        """Say what the call is for the journal: read, write, auth or spend."""
        ...

    def credentials(self) -> dict[str, str]:
        """Give the settings, besides the URLs, with which a client may call: {"GHL_TOKEN": ...}."""
        ...

    def dump(self) -> dict[str, Any]:
        """Give the whole state as JSON values."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Take back a state that `dump` gave."""
        ...

    def canonical(self) -> dict[str, Any]:
        """Give the end state by business keys, without volatile ids or times."""
        ...

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        """Let day number `day` (from 1) happen and list its events."""
        ...

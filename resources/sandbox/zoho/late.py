"""Requests that Zoho goes on executing after the caller has given up."""

from __future__ import annotations

import base64
import re
from typing import Any

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.problems import item

SECRET = frozenset({"authorization"})


class LateCalls:
    """The next `times` calls whose `METHOD path` matches `pattern` answer 504 at once and take effect later.

    `seconds` are counted from the call; they are not divided by the time scale.
    """

    def __init__(self) -> None:
        self.times = 0
        self.pattern = ""
        self.seconds = 0.0
        self.waiting: list[tuple[float, Call]] = []

    def expect(self, pattern: str, *, seconds: float, times: int = 1) -> None:
        """Make the next calls late."""
        self.pattern, self.seconds, self.times = pattern, seconds, times

    def takes(self, call: Call) -> bool:
        """Say whether this call is one that goes on executing."""
        return self.times > 0 and re.match(self.pattern, f"{call.method} {call.path}") is not None

    def take(self, call: Call, *, now: float) -> Answer:
        """Keep a call for later; the caller hears that the gateway gave up."""
        self.times -= 1
        headers = {name: value for name, value in call.headers.items() if name not in SECRET}
        kept = Call(call.host, call.method, call.path, call.query, headers, call.body)
        self.waiting.append((now + self.seconds, kept))
        self.waiting.sort(key=lambda entry: entry[0])
        return Answer(status=504, body=item("INTERNAL_ERROR", "Gateway Timeout"))

    def due(self, until: float) -> tuple[float, Call] | None:
        """Give, once, the first call whose time has come."""
        if not self.waiting or self.waiting[0][0] > until:
            return None
        return self.waiting.pop(0)

    def dump(self) -> list[Any]:
        """Give the waiting calls as JSON values."""
        return [
            [
                at,
                call.host,
                call.method,
                call.path,
                call.query,
                dict(call.headers),
                base64.b64encode(call.body).decode(),
            ]
            for at, call in self.waiting
        ]

    def load(self, state: list[Any]) -> None:
        """Take back what `dump` gave."""
        self.waiting = [
            (at, Call(host, method, path, tuple((k, v) for k, v in query), headers, base64.b64decode(body)))
            for at, host, method, path, query, headers, body in state
        ]

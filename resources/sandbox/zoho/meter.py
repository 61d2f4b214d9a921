"""Credits of a rolling day and concurrent calls (Zoho fact sheet §8)."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resources.sandbox.zoho.request import Request
    from resources.sandbox.zoho.settings import Switches

LIMIT = re.compile(r"\blimit\s+(\d+)(?:\s*,\s*(\d+))?", re.IGNORECASE)
WRITES = re.compile(r"/(?:Leads|Contacts|Accounts|Deals|Tasks|Events|Calls|Notes)(?:/upsert)?")

BULK_PRICES = {"bulk:/write": 500, "bulk:/read": 50}


class Meter:
    """What the organisation has used; `occupied` calls of other apps stand in the same queue."""

    def __init__(self, *, switches: Switches, time_scale: float, moment: Callable[[], float]) -> None:
        self._switches = switches
        self._window = switches.credit_window_seconds / time_scale
        self._moment = moment
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0
        self.occupied = 0

    @property
    def used(self) -> int:
        """Credits used within the window."""
        oldest = self._moment() - self._window
        while self._spent and self._spent[0][0] <= oldest:
            self._total -= self._spent.popleft()[1]
        return self._total

    def charge(self, credits_asked: int, *, is_heavy: bool) -> None:
        """Take credits for a call; refuse it with 429 when there are none or too many calls run."""
        limit = self._switches.heavy_calls if is_heavy else self._switches.concurrent_calls
        if self.occupied >= limit:
            raise CallError(429, "TOO_MANY_REQUESTS", "Many requests fired in concurrent than the allowed limit")
        if self.used + credits_asked > self._switches.credits:
            raise CallError(429, "TOO_MANY_REQUESTS", "You have crossed the API credits limit of the organisation")
        self._spent.append((self._moment(), credits_asked))
        self._total += credits_asked

    def give_back(self, credits_asked: int) -> None:
        """Take back the charge for a call that was refused, except the one credit of any call."""
        if credits_asked > 1:
            self._spent.append((self._moment(), 1 - credits_asked))
            self._total += 1 - credits_asked

    def headers(self) -> dict[str, str]:
        """Give the remaining credits once half of them are used; before that Zoho says nothing."""
        used = self.used
        if used * 2 < self._switches.credits:
            return {}
        return {"X-API-CREDITS-REMAINING": str(self._switches.credits - used)}

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        return {"spent": [list(entry) for entry in self._spent]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._spent = deque((entry[0], entry[1]) for entry in state["spent"])
        self._total = sum(amount for _, amount in self._spent)


def price(request: Request, path: str) -> tuple[int, bool]:
    """Give a call's credits and whether it belongs to the small pool of heavy calls."""
    call = request.call
    if call.method == "POST" and path in BULK_PRICES:
        return BULK_PRICES[path], False
    if path == "/coql":
        found = LIMIT.search(str(request.payload.get("select_query", "")))
        rows = int(found.group(2) or found.group(1)) if found else 200
        return (1 if rows <= 200 else 2 if rows <= 1000 else 3), True
    if path.endswith(("/actions/convert", "/search")):
        return (5 if path.endswith("convert") else 1), True
    if call.method == "GET":
        is_sorted = call.param("cvid") is not None or call.param("sort_by") is not None
        return (3 if is_sorted else 1), is_sorted
    if call.method in {"POST", "PUT"} and WRITES.fullmatch(path):
        data = request.payload.get("data")
        rows = len(data) if isinstance(data, list) else 1
        return max(1, -(-rows // 10)), rows > 10
    return 1, False

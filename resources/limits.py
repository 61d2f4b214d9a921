"""Limits shared by every process of a workspace: sliding windows, rolling credits, calls at the same time.

A window is kept as 60 buckets; a bucket leaves when its newest call may leave, so our window is at most 1/60
longer than the vendor's and never shorter.
"""

from __future__ import annotations

import re
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import QuotaExhausted
from resources.usage import BUCKETS, Usage
from resources.windows import Places, Told, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from resources.replies import Reply

__all__ = ["SHARES", "Limiter", "Places", "Told", "Window", "shares_keeping"]


def shares_keeping(reserved: float) -> Mapping[str, float]:
    """Return the part of each window that a priority may fill when a share is kept for people and other apps.

    Opt-outs alone may use the reserve; replies half of it; scores stop first, another such share earlier.
    """
    return {
        "optout": 1.0,
        "reply": 1.0 - reserved / 2,
        "normal": 1.0 - reserved,
        "scores": max(0.0, 1.0 - 2 * reserved),
    }


SHARES = shares_keeping(0.1)
"""Part of each window that a priority may fill: opt-outs always find room, people and other apps mostly."""
POLL_SECONDS = 0.02


class Limiter:
    """Lets calls of one vendor account (`scope`) pass when its limits allow, waits briefly, else stops.

    `read_headers` translates a reply's headers, which win over the configured limits. `read_pause` returns for
    how many seconds (before time scaling) a refusal asks us to stay away: nothing is sent until then, by any
    process, so that a vendor that says no is asked once and not by every stage; where its limits are those of an
    endpoint, `part_of` names the one a call is for, and only that one pauses. `longest_wait` is in
    seconds (a minute's window is waited for); a longer wait is QuotaExhausted, so that a run ends incomplete
    instead of hanging. Where vendor time is scaled, its pauses are judged by their length before scaling.
    """

    def __init__(
        self,
        *,
        path: Path,
        scope: str,
        windows: Sequence[Window] = (),
        places: Sequence[Places] = (),
        read_headers: Callable[[Reply], Sequence[Told]] | None = None,
        read_pause: Callable[[Reply], float | None] | None = None,
        part_of: Callable[[str], str] = lambda _name: "",
        shares: Mapping[str, float] = SHARES,
        time_scale: float = 1.0,
        longest_wait: float = 65.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.scope, self.windows, self.places = scope, tuple(windows), tuple(places)
        self._read_headers, self._read_pause = read_headers, read_pause
        self._part_of, self._shares, self._time_scale = part_of, shares, time_scale
        self._longest_wait, self._clock, self._sleep = longest_wait, clock, sleep
        self._limits = {window.name: window.limit for window in windows}
        self._usage = Usage(path, scope)
        with self._usage.exclusive():
            for window in self.windows:
                everyday = self._shares.get("normal", 1.0)
                self._usage.describe(window.name, window.limit, window.seconds / time_scale, everyday)

    @contextmanager
    def slot(self, name: str, units: float, priority: str, ends_at: float) -> Iterator[None]:
        """Wait for room for the call `name` ("POST /x"), hold it while the call lasts.

        `ends_at` is a POSIX time after which there is no point in waiting.

        Raises:
            QuotaExhausted: there is no room within the wait allowed; nothing was sent.
            ValueError: the priority is unknown.
        """
        if priority not in self._shares:
            raise ValueError(f"priority {priority!r} is unknown; known are {', '.join(self._shares)}")
        holder = uuid.uuid4().hex
        places = [place for place in self.places if re.search(place.only, name)]
        latest = min(ends_at, self._now() + self._longest_wait)
        while (wait := self._enter(name, places, units, self._shares[priority], holder)) is not None:
            seconds, reason = wait
            if self._now() + seconds > latest or seconds * self._time_scale > self._longest_wait:
                resumes_at = datetime.fromtimestamp(self._now() + seconds, UTC)
                # The account behind the vendor's name is a hash: it says nothing to people.
                raise QuotaExhausted(
                    f"{self.scope.split()[0]}: {reason}; it continues at {resumes_at:%Y-%m-%d %H:%M:%S} UTC",
                    resumes_at=resumes_at,
                )
            self._sleep(seconds)
        try:
            yield
        finally:
            if places:
                with self._usage.exclusive():
                    self._usage.free(holder)

    def observe(self, reply: Reply) -> None:
        """Learn from a reply: windows from its headers, and a pause from a 429 that names one."""
        asked = reply.retry_after(self._clock()) if reply.status == 429 else None
        if asked is None and self._read_pause is not None and (pause := self._read_pause(reply)) is not None:
            asked = pause / self._time_scale
        told = self._read_headers(reply) if self._read_headers else ()
        if asked is None and not told:
            return
        with self._usage.exclusive():
            if asked is not None:
                self._usage.hold(self._now() + asked, self._part_of(reply.request))
            for item in told:
                window = self._window(item.window)
                if item.limit is not None:
                    self._limits[window.name] = item.limit
                    self._usage.tell(window.name, item.limit, self._now())
                missing = self._limits[window.name] - item.remaining - _total(self._kept(window))
                if missing > 0:
                    self._usage.spend(window.name, self._bucket(window), missing)

    def used(self, window: str) -> float:
        """Return how much of a window is in use now, in calls or units."""
        with self._usage.exclusive():
            return _total(self._kept(self._window(window)))

    def close(self) -> None:
        """Close the file."""
        self._usage.close()

    def _enter(
        self, name: str, places: Sequence[Places], units: float, share: float, holder: str
    ) -> tuple[float, str] | None:
        """Take room for one call and return None, or return the seconds to wait and why."""
        windows = [window for window in self.windows if re.search(window.only, name)]
        part = self._part_of(name)
        with self._usage.exclusive():
            now = self._now()
            if (held := self._usage.held_until(part)) > now:
                return held - now, f"the vendor asked for a pause{f' of {part}' if part else ''}"
            for window in windows:
                if (wait := self._wait(window, window.cost(units), share)) > 0:
                    return wait, f"the limit of {self._limits[window.name]:g} ({window.name}) is used up"
            for place in places:
                if self._usage.taken(place.name, now) >= place.limit:
                    return POLL_SECONDS, f"all {place.limit} places of {place.name} are taken by other calls"
            for window in windows:
                self._usage.spend(window.name, self._bucket(window), window.cost(units))
            for place in places:
                self._usage.take(place.name, holder, now)
        return None

    def _wait(self, window: Window, cost: float, share: float) -> float:
        cap = self._limits[window.name] * share
        kept = self._kept(window)
        used, last = _total(kept), None
        for bucket, amount in kept:
            if used + cost <= cap:
                break
            used, last = used - amount, bucket
        # What costs more than the whole window still passes when the window is empty.
        if last is None:
            return 0.0
        return max(POLL_SECONDS, (last + 1 + BUCKETS) * self._width(window) - self._now())

    def _kept(self, window: Window) -> list[tuple[int, float]]:
        return self._usage.buckets(window.name, self._bucket(window) - BUCKETS)

    def _window(self, name: str) -> Window:
        return next(window for window in self.windows if window.name == name)

    def _bucket(self, window: Window) -> int:
        return int(self._now() / self._width(window))

    def _width(self, window: Window) -> float:
        return window.seconds / self._time_scale / BUCKETS

    def _now(self) -> float:
        return self._clock().timestamp()


def _total(kept: Sequence[tuple[int, float]]) -> float:
    return sum(amount for _, amount in kept)

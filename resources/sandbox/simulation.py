"""The sandbox itself: one world, one clock, its vendors, and the state file that lets them be met again."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING, Any

from resources.sandbox.clock import Clock, real_now
from resources.sandbox.faults import Faults
from resources.sandbox.journal import Journal
from resources.sandbox.vendors import build_vendors
from resources.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from resources.sandbox.calls import Vendor

_FORMAT = 1


class Sandbox:
    """Vendors over a seeded world.

    `time_scale` divides the vendors' limit windows and token lives. With `state_path` the state is loaded
    when the file holds the same seed and size; another seed or size is a new world and organisation.
    Raises ValueError for a state file that cannot be read and for an unknown fault set.
    """

    def __init__(
        self,
        *,
        people: int = 2000,
        seed: int = 7,
        state_path: Path | None = None,
        time_scale: float = 60.0,
        faults: str | Sequence[Mapping[str, Any]] = (),
        build: Callable[[World, Clock, float], dict[str, Vendor]] = build_vendors,
        source: Callable[[], datetime] = real_now,
    ) -> None:
        if time_scale <= 0:
            raise ValueError(f"time scale must be above 0, not {time_scale}")
        self._build = build
        self._source = source
        self.state_path = state_path
        self.time_scale = time_scale
        self.faults = Faults(faults, seed=seed)
        self._begin(people=people, seed=seed)
        self._load()

    def _begin(self, *, people: int, seed: int) -> None:
        self.world = World(seed, people)
        self.clock = Clock(source=self._source)
        self.journal = Journal()
        self.vendors = self._build(self.world, self.clock, self.time_scale)

    def reset(self, *, people: int | None = None, seed: int | None = None) -> None:
        """Begin again, as if nobody had ever called; keep the fault rules."""
        size = len(self.world.people) if people is None else people
        self._begin(people=size, seed=self.world.seed if seed is None else seed)

    def set_faults(self, rules: str | Sequence[Mapping[str, Any]]) -> None:
        """Put fault rules in force instead of the present ones."""
        self.faults = Faults(rules, seed=self.world.seed)

    def advance(self, days: int = 1) -> list[dict[str, Any]]:
        """Let days pass at every vendor; give the events, each with its vendor and day."""
        if days < 1:
            raise ValueError(f"at least one day must pass, not {days}")
        events: list[dict[str, Any]] = []
        for _ in range(days):
            self.clock.advance(1)
            for vendor in self.vendors.values():
                happened = vendor.pass_day(self.clock.days)
                events += [{"vendor": vendor.name, "day": self.clock.days, **event} for event in happened]
        return events

    def times(self) -> dict[str, Any]:
        """Give the sandbox's moment, its business day and how many days were let pass."""
        now = self.clock.now()
        return {"now": now.isoformat(), "as_of": now.date().isoformat(), "days": self.clock.days}

    def canonical(self) -> dict[str, Any]:
        """Give the end state of all vendors by business keys, with the clock."""
        return {
            "clock": self.times(),
            "seed": self.world.seed,
            "people": len(self.world.people),
            "vendors": {name: vendor.canonical() for name, vendor in self.vendors.items()},
        }

    def save(self) -> None:
        """Write the state file, atomically; nothing happens without a path."""
        if self.state_path is None:
            return
        state = {
            "format": _FORMAT,
            "seed": self.world.seed,
            "people": len(self.world.people),
            "days": self.clock.days,
            "vendors": {name: vendor.dump() for name, vendor in self.vendors.items()},
        }
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.state_path.with_name(f"{self.state_path.name}.{os.getpid()}.part")
        with gzip.open(draft, "wt", encoding="utf-8", compresslevel=1) as file:
            json.dump(state, file, ensure_ascii=False, separators=(",", ":"))
        draft.replace(self.state_path)

    def _load(self) -> None:
        if self.state_path is None or not self.state_path.exists():
            return
        try:
            with gzip.open(self.state_path, "rt", encoding="utf-8") as file:
                state = json.load(file)
        except (OSError, EOFError, ValueError) as error:
            raise ValueError(
                f"the sandbox state {self.state_path} cannot be read ({error}); delete it to begin anew"
            ) from error
        if (state.get("format"), state.get("seed"), state.get("people")) != (
            _FORMAT,
            self.world.seed,
            len(self.world.people),
        ):
            return
        self.clock.advance(int(state["days"]))
        for name, vendor in self.vendors.items():
            vendor.load(state["vendors"][name])

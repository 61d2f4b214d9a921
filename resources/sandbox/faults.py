"""Faults on demand: which request goes wrong, and how.

A rule is a mapping; every key but `action` may be left out:
  vendor, kind     exact words ("zoho"; "read", "write", "auth", "spend")
  method, path     regular expressions, matched from the start (the path below the mount)
  nth              only the nth request that matches, counted from 1
  rate             this share of the requests that match, by seed
  times            at most so often
  action           status:NNN       an error answer, nothing executed
                   drop_before      the connection closes, nothing executed
                   drop_after       executed, then the connection closes: the answer is lost
                   truncate         executed, half of the body arrives
                   html             502 with a proxy's page, nothing executed
                   delay:SECONDS    executed, the answer comes late
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMED: dict[str, tuple[dict[str, Any], ...]] = {
    "none": (),
    "flaky": (
        {"rate": 0.04, "action": "status:503"},
        {"rate": 0.02, "action": "status:500"},
        {"rate": 0.02, "action": "html"},
        {"rate": 0.02, "action": "drop_before"},
    ),
    "lossy": ({"kind": "write", "rate": 0.1, "action": "drop_after"},),
}
_ACTION = re.compile(r"status:[1-5]\d\d|delay:\d+(\.\d+)?|drop_before|drop_after|truncate|html")
_KEYS = frozenset({"vendor", "kind", "method", "path", "nth", "rate", "times", "action"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fault rule; the module's docstring says what each part means."""

    action: str
    vendor: str | None = None
    kind: str | None = None
    method: str = ""
    path: str = ""
    nth: int | None = None
    rate: float | None = None
    times: int | None = None

    @classmethod
    def read(cls, mapping: Mapping[str, Any]) -> Rule:
        """Check a mapping and make a rule of it; raises ValueError naming what is wrong."""
        unknown = set(mapping) - _KEYS
        if unknown:
            raise ValueError(f"fault rule: unknown key {sorted(unknown)}, known are {sorted(_KEYS)}")
        action = str(mapping.get("action", ""))
        if not _ACTION.fullmatch(action):
            raise ValueError(f"fault rule: unknown action {action!r}")
        return cls(**mapping)

    def fits(self, *, vendor: str, kind: str, method: str, path: str) -> bool:
        """Say whether a request is one that this rule is about."""
        return (
            self.vendor in {None, vendor}
            and self.kind in {None, kind}
            and re.match(self.method, method) is not None
            and re.match(self.path, path) is not None
        )


class Faults:
    """The rules in force, with the count of what each has met."""

    def __init__(self, rules: str | Sequence[Mapping[str, Any]] = (), *, seed: int = 0) -> None:
        if isinstance(rules, str):
            if rules not in NAMED:
                raise ValueError(f"no fault set is called {rules!r}; there are {', '.join(NAMED)}")
            rules = NAMED[rules]
        self.rules = [Rule.read(rule) for rule in rules]
        self._seed = seed
        self._met = [0] * len(self.rules)
        self._struck = [0] * len(self.rules)

    def action(self, *, vendor: str, kind: str, method: str, path: str) -> str | None:
        """Give the action of the first rule that strikes this request, or None."""
        for place, rule in enumerate(self.rules):
            if not rule.fits(vendor=vendor, kind=kind, method=method, path=path):
                continue
            self._met[place] += 1
            if self._strikes(place, rule):
                self._struck[place] += 1
                return rule.action
        return None

    def _strikes(self, place: int, rule: Rule) -> bool:
        if rule.times is not None and self._struck[place] >= rule.times:
            return False
        if rule.nth is not None and self._met[place] != rule.nth:
            return False
        if rule.rate is None:
            return True
        return random.Random(f"{self._seed}:{place}:{self._met[place]}").random() < rule.rate

"""Sequences of the team with their running totals (Apollo fact sheet §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.parameters import Page, parameters
from resources.sandbox.entities import hex24

if TYPE_CHECKING:
    from resources.sandbox.calls import Call
    from resources.sandbox.world import World

_NAMES = ("Cold outreach, founders", "Event follow-up", "Renewals 2024")
_COUNTERS = (
    ("scheduled", 60),
    ("delivered", 48),
    ("opened", 20),
    ("clicked", 4),
    ("replied", 3),
    ("bounced", 2),
    ("hard_bounced", 1),
    ("spam_blocked", 0),
    ("demoed", 1),
    ("unsubscribed", 1),
)
"""What a running sequence counts, and how much of it comes in a day."""


class Sequences:
    """The sequences; their totals only ever grow, by day. The last one is archived and stands still."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.day = 1

    def search(self, call: Call) -> dict[str, Any]:
        """POST /emailer_campaigns/search: q_name, page, per_page."""
        wanted = parameters(call)
        page = Page.read(wanted)
        words = str(wanted.get("q_name") or "").lower()
        rows = [self._shown(place, name) for place, name in enumerate(_NAMES) if words in name.lower()]
        shown = rows[page.start : page.start + page.size]
        return {"pagination": page.summary(len(rows)), "breadcrumbs": [], "emailer_campaigns": shown}

    def _shown(self, place: int, name: str) -> dict[str, Any]:
        is_over = place == len(_NAMES) - 1
        days = 30 if is_over else self.day
        totals = {f"unique_{counter}": days * (a_day + place) for counter, a_day in _COUNTERS}
        delivered = totals["unique_delivered"] or 1
        return {
            "id": hex24("sequence", self._world.seed, place),
            "name": name,
            "active": not is_over,
            "archived": is_over,
            "created_at": "2025-09-01T08:00:00.423Z",
            "num_steps": 4 + place,
            **totals,
            "open_rate": round(totals["unique_opened"] / delivered, 4),
            "reply_rate": round(totals["unique_replied"] / delivered, 4),
            "label_ids": [],
            "user_id": hex24("user", self._world.seed),
            "permissions": "team_can_use",
        }

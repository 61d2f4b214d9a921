"""What belongs to the paying team: credits, reveals, saved contacts, awaited telephone numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.directory import company_name
from resources.sandbox.apollo.refusals import no_credits
from resources.sandbox.entities import hex24

if TYPE_CHECKING:
    from resources.sandbox.apollo.directory import Directory, Entry
    from resources.sandbox.world import World

_SAVED = datetime(2025, 9, 1, 8, 0, 0, 423_000, tzinfo=UTC)
_SORTS = {
    "contact_last_activity_date": "last_activity_date",
    "contact_created_at": "created_at",
    "contact_updated_at": "updated_at",
    "contact_email_last_opened_at": "email_last_opened_at",
    "contact_email_last_clicked_at": "email_last_clicked_at",
}


class Team:
    """One Apollo team. Credits count up; `limit` is what a cycle allows."""

    def __init__(self, world: World, directory: Directory, *, credits_limit: int) -> None:
        self.limit = credits_limit
        self.id = hex24("team", world.seed, len(world.people))
        self.consumed: float = 0.0
        self.mobile_consumed: float = 0.0
        self.revealed: set[str] = set()
        self.awaited: dict[str, dict[str, Any]] = {}
        self.contacts = [
            _contact(entry, world, self.id)
            for entry in directory.entries()
            if world.rng("apollo_contact", entry.person.index).random() < 0.02
        ]
        self.saved = {contact["person_id"]: contact for contact in self.contacts}

    @property
    def left(self) -> float:
        """Credits that this cycle still allows."""
        return max(0.0, self.limit - self.consumed - self.mobile_consumed)

    def pay(self, amount: float, *, mobile: bool = False) -> None:
        """Take credits; raises Refusal when there are not enough."""
        if amount > self.left:
            raise no_credits()
        if mobile:
            self.mobile_consumed += amount
        else:
            self.consumed += amount

    def sorted_contacts(self, field: str | None, *, ascending: bool) -> list[dict[str, Any]] | None:
        """Give all contacts in the order asked for; None for an unknown criterion."""
        if field is None:
            return self.contacts
        if field not in _SORTS:
            return None
        name = _SORTS[field]
        return sorted(self.contacts, key=lambda c: (c.get(name) or "", c["id"]), reverse=not ascending)

    def credit_stats(self, now: datetime) -> dict[str, Any]:
        """Give `credit_usage_stats` with the cycle of the month."""
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        end = (start + timedelta(days=32)).replace(day=1)
        stats = {
            "lead_credit": _used(self.limit, self.consumed),
            "direct_dial_credit": _used(self.limit, self.mobile_consumed),
            "export_credit": _used(5000, 0),
            "ai_credit": _used(2000, 0),
        }
        cycle = {"start_date": milliseconds(start), "end_date": milliseconds(end)}
        return {"credit_usage_stats": stats, "current_credit_cycle": cycle}

    def dump(self) -> dict[str, Any]:
        """Give what the team did: credits, reveals, promised numbers."""
        return {
            "consumed": self.consumed,
            "mobile_consumed": self.mobile_consumed,
            "revealed": sorted(self.revealed),
            "awaited": self.awaited,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.consumed = float(state["consumed"])
        self.mobile_consumed = float(state["mobile_consumed"])
        self.revealed = set(state["revealed"])
        self.awaited = dict(state["awaited"])


def milliseconds(moment: datetime) -> str:
    """Write a moment as Apollo's own records do: 2024-09-12T22:59:53.423Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole(amount: float) -> float | int:
    """Write a decimal without a needless .0."""
    return int(amount) if amount == int(amount) else amount


def _used(limit: int, consumed: float) -> dict[str, float]:
    return {"limit": limit, "consumed": whole(consumed), "left_over": whole(max(0.0, limit - consumed))}


def _contact(entry: Entry, world: World, team: str) -> dict[str, Any]:
    who = entry.person
    rng = world.rng("apollo_contact_times", who.index)
    created = _SAVED + timedelta(minutes=rng.randrange(60_000))
    updated = created + timedelta(minutes=rng.randrange(20_000))
    return {
        "id": hex24("contact", world.seed, who.index),
        "person_id": who.id24,
        "team_id": team,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "name": who.name,
        "title": f"{entry.title} 💪⛰️" if entry.title and rng.random() < 0.1 else entry.title,
        "headline": None,
        "linkedin_url": f"http://www.linkedin.com/in/{who.linkedin_slug}",
        "linkedin_uid": None,
        "email": entry.email,
        "email_status": entry.status,
        "email_true_status": "Verified" if entry.status == "verified" else "User Managed",
        "email_unsubscribed": None,
        "contact_emails": [],
        "phone_numbers": [],
        "sanitized_phone": None,
        "organization_name": company_name(who.company),
        "organization_id": who.company.id24,
        "account_id": hex24("account", world.seed, who.company.index),
        "owner_id": hex24("owner", world.seed),
        "contact_stage_id": hex24("stage", world.seed),
        "label_ids": [],
        "emailer_campaign_ids": [],
        "contact_campaign_statuses": [],
        "source": "api",
        "original_source": "api",
        "source_display_name": "Created from API",
        "existence_level": "full",
        "present_raw_address": f"{who.city}, {who.state}, {who.country}",
        "city": who.city,
        "state": who.state,
        "country": who.country,
        "typed_custom_fields": {},
        "custom_field_errors": {},
        "contact_roles": [],
        "last_activity_date": None,
        "created_at": milliseconds(created),
        "updated_at": milliseconds(updated),
    }

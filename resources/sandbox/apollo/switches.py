"""Switches: settings of the simulated team and key, and what nobody has confirmed about Apollo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.sandbox.apollo.windows import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How this team and its key behave; every default is the fact sheet's word or its stated assumption."""

    api_key: str = "apollo-sandbox-key"
    allowed: frozenset[str] | None = None
    """Endpoints of the key, as `api/v1/people/bulk_match`; None is a master key."""
    plan: str = "professional"
    limits: dict[str, Limits] | None = None
    """Per group (default, enrichment, bulk, search): (minute, hour, day); None takes the plan's."""
    credits: int | None = None
    """Credits of a cycle; None is enough for everybody twice."""
    charges_once: bool = False
    """Whether a person already revealed is free; the careful assumption is that each answer is paid."""
    pads_missing: bool = True
    """Whether bulk_match puts null in the place of the missing."""
    legacy_search: bool = True
    daily_headers: bool = False
    """Whether the day's headers have their older names (x-rate-limit-daily, ...)."""

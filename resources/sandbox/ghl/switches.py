"""Switches: vendor behaviour that is a setting of the location, or that nobody has confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Switches:
    """How this simulated location behaves where the GHL fact sheet leaves a choice.

    Seconds and windows are the vendor's; the sandbox divides them by its time scale.
    """

    allow_duplicates: bool = False
    """Location setting "Allow Duplicate Contact"."""
    match_priority: tuple[str, ...] = ("email", "phone")
    """Order in which upsert and duplicate lookup compare (location setting)."""
    index_lag_seconds: float = 2.0
    """How long a change stays invisible to contacts/search (0 to 5 s live)."""
    search_omits_dnd_settings: bool = False
    """Search rows without `dndSettings`, as some live answers are."""
    upsert_created_status: int = 200
    """200 by the specification; 201 has been seen live."""
    ghost_422_every: int = 0
    """Every n-th create is stored and still answered 422 (known bug); 0 switches it off."""
    refused_values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Values, by key, that contact calls refuse although no document says so: live validators know more."""
    strict_country: bool = True
    """Refuse a `country` that is not an ISO-3166 alpha-2 code."""
    scopes: frozenset[str] | None = None
    """Scopes of the token; None means every scope."""
    burst_limit: int = 100
    burst_seconds: float = 10.0
    daily_limit: int = 200_000
    messages_nested: bool = False
    """Answer `messages.messages` for one conversation, as live servers are said to do."""
    export_dates_follow_sort: bool = True
    """startDate and endDate of messages/export apply to the field of `sortBy`, else to createdAt."""

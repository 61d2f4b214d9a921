"""Switches of the simulated organisation: what Zoho leaves open, and states it can be in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """One organisation's peculiarities; every default is the fact sheet's word or its stated assumption."""

    external_key: str = "Leadflow_ID"
    key_is_unique: bool = True
    email_is_unique: bool = False
    without_fields: frozenset[str] = frozenset()
    """`Module.Field` entries the organisation does not have (a renamed or missing field)."""
    unfilterable: frozenset[str] = frozenset()
    """`Module.Field` entries that COQL refuses in criteria (seen on live organisations)."""
    picklist_strict: bool = True
    layout_always: bool = False
    """Whether layout-mandatory fields (Company) are demanded without `Layout` in the row."""
    batch_statuses: bool = True
    """False: every batch answers 200 (201 on insert), as sandboxes of Zoho did."""
    strict_coql: bool = True
    """Whether more than two conditions must be nested in brackets."""
    search_lag_seconds: float = 15.0
    carry_key_on_convert: bool = True
    guard_converted: bool = False
    """Whether a lead equal to a converted one is DUPLICATE_DATA (duplicate-check preference)."""
    throttle_status: int = 200
    token_seconds: float = 3600.0
    tokens_per_window: int = 10
    token_window_seconds: float = 600.0
    live_tokens: int = 15
    legacy_expiry: bool = False
    """Whether the token answer has `expires_in` in milliseconds and `expires_in_sec`."""
    missing_scopes: frozenset[str] = frozenset()
    credits: int = 60_000
    credit_window_seconds: float = 86_400.0
    concurrent_calls: int = 20
    heavy_calls: int = 10
    tags_per_module: int = 100
    tags_per_record: int = 10
    api_mount: str = "/zoho/api"
    time_zone: str = "Asia/Kolkata"
    """The users' zone; its offset is `zone_minutes`, fixed so that no zone database is needed."""
    zone_minutes: int = 330

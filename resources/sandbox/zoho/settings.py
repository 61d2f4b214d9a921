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
    upload_mount: str = "/zoho/upload"
    bulk_queue_seconds: float = 10.0
    """How long a bulk job is ADDED; this and the next two are divided by the time scale."""
    bulk_run_seconds: float = 20.0
    bulk_seconds_per_row: float = 0.004
    bulk_polls: int = 0
    """The poll that finds a job done though its seconds have not passed; 0 = only time counts."""
    bulk_in_progress: str = "INPROGRESS"
    """The word for a running job: "INPROGRESS" or "IN PROGRESS" (Zoho's pages have both)."""
    bulk_urls: str = "auto"
    """Form of the result's address: "absolute", "relative", or "auto" (relative from v7)."""
    bulk_lower_case: bool = False
    """Whether the result file writes `added` instead of `ADDED`."""
    bulk_shuffled: bool = True
    """Whether the rows of the result file come in another order than the upload's."""
    bulk_api_headers: bool = False
    """Whether the result file and its ERRORS name columns by API name instead of by the upload's header."""
    bulk_find_by_strict: bool = True
    """False: a `find_by` that is not unique is taken, and every row is new."""
    bulk_automations: bool = True
    """Whether rows of a bulk write set off workflows (there is no key to forbid it)."""
    bulk_jobs: int = 10
    """How many bulk jobs may be unfinished at once; one more is 429."""
    bulk_needs_file_names: bool = False
    bulk_unknown_status: int = 404
    """Status of a poll for an unknown job; a published file says 400."""
    upload_refusals_ok: bool = False
    """Whether refused uploads answer 200, as Zoho's sample collection shows."""
    bulk_read_rows: int = 200_000
    bulk_read_views: bool = False
    """Whether `cvid` is taken, and ignored; else it is refused."""
    bulk_read_tags: bool = False
    """Whether bulk read knows the field `Tag`."""
    bulk_downloads: int = 10
    """Bulk read downloads per minute."""
    time_zone: str = "Asia/Kolkata"
    """The users' zone; its offset is `zone_minutes`, fixed so that no zone database is needed."""
    zone_minutes: int = 330

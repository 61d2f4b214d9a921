"""Outreach: what GoHighLevel should hold. It stands apart from the CRM: a stop there does not stop this."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assets import planning, sending
from assets.boundary import Counts, Stage, table_asset
from assets.enrolling import workflows
from assets.targets import Target, registered
from assets.watermarks import since

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pipeline.planning.capabilities import Capabilities
    from resources.freshness import Delta
    from resources.session import Session

CUSTOM_FIELDS = """
SELECT payload
FROM raw.ghl__metadata
WHERE context ->> 'kind' = 'custom_field'
QUALIFY rank() OVER (ORDER BY landing_ref DESC) = 1
"""

MESSAGES = """
SELECT record_id, workflow_id, occurred_at
FROM staging.engagements
WHERE vendor = 'ghl' AND direction = 'out' AND sent_by = 'workflow' AND record_id IS NOT NULL
"""


def custom_fields(stage: Stage) -> list[dict[str, Any]]:
    """Return the custom fields fetched last."""
    with stage.warehouse.open() as session:
        return [json.loads(row["payload"]) for row in session.rows(CUSTOM_FIELDS)]


def live_fields(stage: Stage) -> Capabilities:
    """Return the fields that contacts of the location have."""
    from resources.ghl.capabilities import capabilities

    return capabilities(custom_fields(stage))


def delta(stage: Stage, watermarks: Mapping[str, str]) -> Delta:
    """Return what changed in GoHighLevel since its mirror was read, up to these watermarks."""
    from resources.freshness import collect
    from resources.ghl.contacts import flatten, keys_of

    keys = keys_of(custom_fields(stage))
    with stage.warehouse.open() as session:
        begin = since(session, "raw.ghl__contacts", watermarks)

    def pages() -> Iterator[tuple[str, list[dict[str, Any]]]]:
        if begin is not None:
            for rows, _ in stage.vendors.ghl.contacts(updated_since=begin):
                yield "contact", rows

    return collect(
        pages(), lambda row: flatten(row, keys), moved_by="dateUpdated", feeds={"contact": "raw.ghl__contacts"}
    )


def place(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return where a person lives in GoHighLevel."""
    return "contact", row["ghl_contact_id"]


GHL = registered(
    Target(
        vendor="ghl",
        layer="outreach",
        writer=lambda stage: stage.vendors.ghl_writer,
        capabilities=live_fields,
        users=lambda _stage: {},
        place=place,
        told=lambda _row: {},
        delta=delta,
        workflows=workflows,
    )
)


@table_asset(
    "outreach.ghl__plan",
    deps=[
        "raw.ghl__metadata",
        "staging.crm_people",
        "identity.people",
        "identity.members",
        "identity.redirects",
        "identity.decisions",
        "qualify.scores",
        "qualify.tags",
        "qualify.holds",
    ],
    kinds=("ghl", "duckdb"),
)
def ghl__plan(stage: Stage) -> Counts:
    """People in a segment who may be contacted; opt-outs from anywhere go first."""
    return planning.make_plan(stage, GHL)


@table_asset("outreach.ghl__writes", deps=["outreach.ghl__plan", "qualify.holds"], kinds=("ghl", "duckdb"))
def ghl__writes(stage: Stage) -> Counts:
    """One call per contact; tags are added, never overwritten."""
    return sending.send(stage, GHL)


@table_asset("outreach.ghl__readback", deps=["outreach.ghl__writes"], kinds=("ghl", "duckdb"))
def ghl__readback(stage: Stage) -> Counts:
    """Read by id: the search index lags."""
    return sending.read_back(stage, GHL)


@table_asset(
    "outreach.ghl__enrolments", deps=["outreach.ghl__readback", "staging.engagements"], kinds=("ghl", "duckdb")
)
def ghl__enrolments(stage: Stage) -> Counts:
    """At most once: an answer that was lost is shown, and never sent again. No vendor tells who is in a workflow."""
    rows = stage.ledger.enrolment_rows("ghl")
    with stage.warehouse.open() as session, session.transaction():
        session.execute("DELETE FROM outreach.ghl__enrolments")
        session.insert("outreach.ghl__enrolments", evidenced(session, rows))
    lost = sum(row["state"] == "lost" for row in rows)
    return {"unknown": lost} if lost else {}


def evidenced(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return enrolments with the first message that a workflow, theirs where it is named, sent afterwards."""
    if not rows:
        return []
    seen: dict[str, list[tuple[str | None, datetime]]] = {}
    for message in session.rows(MESSAGES):
        seen.setdefault(message["record_id"], []).append((message["workflow_id"], message["occurred_at"]))
    for row in rows:
        sent, ours = row["sent_at"], {None, row["workflow_id"]}
        found = seen.get(row["contact_id"], ()) if sent is not None and row["action"] == "enrol" else ()
        row["first_message_at"] = min((at for name, at in found if name in ours and at >= sent), default=None)
    return rows

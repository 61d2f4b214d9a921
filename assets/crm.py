"""CRM: what Zoho should hold, planned, sent, read back and converted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assets import accounts, duplicates, planning, sending
from assets.boundary import Counts, Stage, table_asset
from assets.rereading import MirroringSurveyor
from assets.targets import Target, registered
from assets.watermarks import since
from pipeline.errors import RequestRefused
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.planning.capabilities import Capabilities
    from resources.freshness import Delta

FIRST = 10
"""Zoho before GoHighLevel: a lead that becomes a contact is known when outreach is planned."""
MODULES = ("Leads", "Contacts")
COMPANIES = "Accounts"
LATEST_METADATA = """
SELECT context ->> 'module' AS module, payload
FROM raw.zoho__metadata
WHERE context ->> 'kind' = ?
QUALIFY rank() OVER (PARTITION BY context ->> 'module' ORDER BY landing_ref DESC) = 1
"""


def metadata(stage: Stage, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (module, record) of the metadata fetched last."""
    with stage.warehouse.open() as session:
        rows = session.rows(LATEST_METADATA, [kind])
    return [(row["module"], json.loads(row["payload"])) for row in rows]


def live_fields(stage: Stage) -> Capabilities:
    """Return the live fields of the modules we write."""
    from resources.zoho.capabilities import capabilities

    found = capabilities(metadata(stage, "field"))
    return accounts.keyed(found, COMPANIES, stage.opened.settings.external_key)


def users(stage: Stage) -> Mapping[str, str]:
    """Return e-mail address → id of active users."""
    return {
        str(user["email"]).casefold(): str(user["id"])
        for _, user in metadata(stage, "user")
        if user.get("email") and user.get("status") == "active"
    }


def place(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return where a person lives in Zoho."""
    return row["zoho_module"], row["zoho_id"]


def fate(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether a person is gone, or is to be converted: a lead, also a new one, of whom a human signal came."""
    namesake = row["namesake_id"]
    is_lead = row["zoho_module"] == "Leads" or row["zoho_id"] is None
    request: dict[str, Any] = {
        # What is new gets everything from the lead; an account that is there keeps what people wrote in it.
        "overwrite": False,
        "notify_lead_owner": False,
        "notify_new_entity_owner": False,
    }
    if row["account_id"]:
        request["Accounts"] = row["account_id"]
    if row["tags"]:
        # Otherwise they would stay behind on the lead, and be added to the contact a run later.
        request["carry_over_tags"] = {"Contacts": list(row["tags"])}
    return {
        "is_gone": bool(row["was_deleted_in_zoho"]) and row["zoho_id"] is None,
        "convert": request if is_lead and row["has_human_signal"] else None,
        "unconvertible": namesake and f"Zoho would make one of it and contact {namesake}, who may be somebody else",
    }


def delta(stage: Stage, watermarks: Mapping[str, str], modules: Sequence[str] = MODULES) -> Delta:
    """Return what changed in modules of Zoho since its mirror was read, up to these watermarks."""
    from resources.freshness import collect
    from resources.zoho.changes import changes

    begin = read_until(stage, watermarks, modules)

    def pages() -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for module, moment in begin.items():
            for rows, _ in changes(stage.vendors.zoho, module, since=moment):
                yield module, rows

    return collect(
        pages(), dict, moved_by="Modified_Time", feeds={kind: f"raw.zoho__{kind.lower()}" for kind in modules}
    )


def read_until(stage: Stage, watermarks: Mapping[str, str], modules: Sequence[str] = MODULES) -> dict[str, datetime]:
    """Return module → from when to ask what changed, of modules that were ever read."""
    with stage.warehouse.open() as session:
        told = {module: since(session, f"raw.zoho__{module.lower()}", watermarks) for module in modules}
    return {module: moment for module, moment in told.items() if moment is not None}


def refused(stage: Stage, watermarks: Mapping[str, str]) -> Delta:
    """Return the records that say no by now, of those that changed since the mirror was read.

    Asked for by their mark: whoever was just written to has changed as well, and may be a hundred thousand.
    """
    from resources.freshness import collect

    rules = {module: ZOHO.mapping(stage).objects[module].optout.get("email") for module in MODULES}
    marks = {module: dict(rule.shown_by) if rule is not None else {} for module, rule in rules.items()}
    if any(values != (True,) for shown in marks.values() for values in shown.values()):
        return delta(stage, watermarks)

    begin = read_until(stage, watermarks)

    def pages() -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for module, moment in begin.items():
            for mark in marks[module]:
                yield module, stage.vendors.zoho.marked(module, mark, since=moment)

    try:
        return collect(pages(), dict)
    except RequestRefused as error:
        stage.log.info("opt-outs are looked for among all changes: %s", error)
        return delta(stage, watermarks)


ZOHO = registered(
    Target(
        vendor="zoho",
        layer="crm",
        writer=lambda stage: stage.vendors.zoho_writer,
        capabilities=live_fields,
        users=users,
        place=place,
        told=fate,
        delta=delta,
        refused=refused,
        seconds=duplicates.second_records,
        untouchable=duplicates.untouchable,
        companies=accounts.companies,
        follow_ups=accounts.made_by_conversions,
        companies_delta=lambda stage, watermarks: delta(stage, watermarks, [COMPANIES]),
        bulk=lambda stage: stage.vendors.zoho_bulk,
        surveyor=lambda stage: MirroringSurveyor(stage=stage, plain=stage.vendors.zoho_surveyor),
        converts_to="Contacts",
        key_field=lambda stage: stage.opened.settings.external_key,
    )
)


@table_asset("crm.zoho__duplicates", deps=["staging.crm_people", "identity.members", "identity.people"], priority=FIRST)
def zoho__duplicates(stage: Stage) -> Counts:
    """Shown, never merged on our own."""
    with stage.warehouse.open() as session:
        session.replace("crm.zoho__duplicates", statement("crm/zoho__duplicates"))
    return {}


@table_asset(
    "crm.zoho__plan",
    deps=[
        "raw.zoho__metadata",
        "raw.zoho__deals",
        "staging.crm_people",
        "staging.crm_companies",
        "staging.engagements",
        "identity.features",
        "identity.people",
        "identity.members",
        "identity.redirects",
        "identity.decisions",
        "identity.account_matches",
        "qualify.scores",
        "qualify.tags",
        "qualify.holds",
        "crm.zoho__duplicates",
    ],
    kinds=("zoho", "duckdb"),
    priority=FIRST,
)
def zoho__plan(stage: Stage) -> Counts:
    """Old value, new value, policy and reason of every field that would be written; nothing is sent here."""
    return planning.make_plan(stage, ZOHO)


@table_asset("crm.zoho__writes", deps=["crm.zoho__plan", "qualify.holds"], kinds=("zoho", "duckdb"), priority=FIRST)
def zoho__writes(stage: Stage) -> Counts:
    """Committed to the ledger before each call; an answer that is lost is settled by asking."""
    return sending.send(stage, ZOHO)


@table_asset("crm.zoho__readback", deps=["crm.zoho__writes"], kinds=("zoho", "duckdb"), priority=FIRST)
def zoho__readback(stage: Stage) -> Counts:
    """Landed = intended, or it is a row to look at."""
    return sending.read_back(stage, ZOHO)


@table_asset("crm.zoho__rejects", deps=["crm.zoho__writes"], priority=FIRST)
def zoho__rejects(stage: Stage) -> Counts:
    """Planned again when the payload or the metadata changes, not before."""
    sending.refresh(stage, ZOHO, "rejects", stage.ledger.rejects("zoho"))
    return {}


@table_asset("crm.zoho__activities", deps=["crm.zoho__readback"], priority=FIRST)
def zoho__activities(stage: Stage) -> Counts:
    """One task and one note per event; where they hang, and whether they are there."""
    sending.refresh(stage, ZOHO, "activities", stage.ledger.activities("zoho"))
    return {}


@table_asset("crm.zoho__conversions", deps=["crm.zoho__readback"], priority=FIRST)
def zoho__conversions(stage: Stage) -> Counts:
    """One intent per lead; our key is carried to the contact."""
    sending.refresh(stage, ZOHO, "conversions", stage.ledger.conversions("zoho"))
    return {}

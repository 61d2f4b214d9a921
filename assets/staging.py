"""Staging: source and platform records, typed and normalised; what cannot be typed is a row of `rejects`.

Fields are picked out in SQL, single values are normalised in Python over their distinct spellings, and joined
back in SQL.
"""

from __future__ import annotations

from assets import sighted, watermarks
from assets.boundary import Counts, Stage, table_asset
from assets.spellings import register_spellings
from pipeline.sql import statement

ZOHO_RECORDS = ("raw.zoho__leads", "raw.zoho__contacts", "raw.zoho__accounts", "raw.zoho__deleted")


@table_asset("staging.sightings", deps=["raw.apollo__people", "raw.salesnav__people"])
def sightings(stage: Stage) -> Counts:
    """Every raw record of a source; those that name nobody carry the reason."""
    with stage.warehouse.open() as session:
        lines = sighted.refill(session, version=sighted.code(), now=stage.now())
        rejected = session.value("SELECT count(*) FROM staging.sightings WHERE reject_reason IS NOT NULL")
    return {"rejected": int(rejected), "lines_read": lines}


@table_asset("staging.leads", deps=["staging.sightings"])
def leads(stage: Stage) -> Counts:
    """The latest sighting of each source record."""
    with stage.warehouse.open() as session:
        register_spellings(session, "staging.leads")
        rows = session.replace("staging.leads", statement("staging/leads"))
        typed = session.value("SELECT count(*) FROM staging.sightings WHERE reject_reason IS NULL")
    return {"superseded": int(typed) - rows}


@table_asset("staging.companies", deps=["staging.sightings"])
def companies(stage: Stage) -> Counts:
    """The latest sighting of each company record."""
    with stage.warehouse.open() as session:
        register_spellings(session, "staging.companies")
        session.replace("staging.companies", statement("staging/companies"))
    return {}


@table_asset("staging.records", deps=[*ZOHO_RECORDS, "raw.zoho__metadata", "raw.ghl__contacts", "raw.ghl__metadata"])
def records(stage: Stage) -> Counts:
    """The latest version of each platform record; deleted ones are kept and marked."""
    with stage.warehouse.open() as session:
        key = {"external_key": stage.opened.settings.external_key}
        session.replace("staging.records", statement("staging/records"), key)
        watermarks.note(session, "staging.records")
        deleted = session.value("SELECT count(*) FROM staging.records WHERE is_deleted")
    return {"deleted": int(deleted)}


@table_asset("staging.crm_people", deps=["staging.records"])
def crm_people(stage: Stage) -> Counts:
    """Leads and contacts of the CRM, contacts of the outreach platform."""
    with stage.warehouse.open() as session:
        register_spellings(session, "staging.crm_people")
        session.replace("staging.crm_people", statement("staging/crm_people"))
        watermarks.note(session, "staging.crm_people", built_from="staging.records")
    return {}


@table_asset("staging.crm_companies", deps=["staging.records"])
def crm_companies(stage: Stage) -> Counts:
    """Accounts of the CRM."""
    with stage.warehouse.open() as session:
        register_spellings(session, "staging.crm_companies")
        session.replace("staging.crm_companies", statement("staging/crm_companies"))
    return {}


@table_asset(
    "staging.engagements",
    deps=[
        "raw.ghl__messages",
        "raw.ghl__appointments",
        "raw.ghl__opportunities",
        "raw.ghl__contacts",
        "raw.zoho__deals",
        "raw.zoho__deleted",
        "raw.zoho__metadata",
    ],
)
def engagements(stage: Stage) -> Counts:
    """What people did, from messages, meetings, deals and do-not-disturb settings, each event once."""
    with stage.warehouse.open() as session:
        session.replace("staging.engagements", statement("staging/engagements"))
        human = session.value("SELECT count(*) FROM staging.engagements WHERE is_human")
    return {"human": int(human)}


@table_asset("staging.campaign_stats", deps=["raw.ghl__email_stats", "raw.apollo__sequences"])
def campaign_stats(stage: Stage) -> Counts:
    """Vendors tell totals only: each day's reading is kept, and its difference to the one before."""
    with stage.warehouse.open() as session:
        session.replace("staging.campaign_stats", statement("staging/campaign_stats"))
    return {}


@table_asset(
    "staging.rejects",
    deps=[
        "staging.sightings",
        "staging.engagements",
        "raw.apollo__companies",
        "raw.zoho__leads",
        "raw.zoho__contacts",
        "raw.zoho__accounts",
        "raw.zoho__deals",
        "raw.ghl__contacts",
        "raw.ghl__messages",
        "raw.ghl__appointments",
        "raw.ghl__opportunities",
    ],
)
def rejects(stage: Stage) -> Counts:
    """What could not be typed, and why."""
    with stage.warehouse.open() as session:
        session.replace("staging.rejects", statement("staging/rejects"))
    return {}

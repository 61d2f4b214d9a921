"""Identity: which records are one person or company, under which key, and whose values survive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.accuracy import keep_rate
from assets.boundary import Counts, Stage, table_asset
from pipeline.identity.features import id_map, living_keys, merged
from pipeline.identity.members import companies as company_decision
from pipeline.identity.members import company_keys, company_refs, counts, member_rows
from pipeline.identity.members import people as people_keys
from pipeline.identity.strays import table as strays_table
from pipeline.identity.survivorship import trust
from pipeline.sql import statement

if TYPE_CHECKING:
    from resources.session import Session

VENDORS = ("zoho", "ghl")
MEMBERS_AT_ONCE = 60_000
"""Records whose values are put together at a time: more need more memory than we take, and wait for the disk."""
RIVALS_AT_ONCE = 20_000
"""Records whose values are held against each other at a time: each value is a row of its own."""


def parts_of(session: Session, at_once: int) -> int:
    """Return in how many shares people are put together."""
    return 1 + session.count("identity.members") // at_once


@table_asset("identity.features", deps=["staging.leads", "staging.crm_people", "staging.crm_companies"])
def features(stage: Stage) -> Counts:
    """What identifies a person in each record; a record we wrote has its key even before it is mirrored."""
    written = id_map({vendor: stage.ledger.id_map(vendor) for vendor in VENDORS})
    living = living_keys(stage.ledger.redirected("people"))
    with stage.warehouse.open() as session:
        session.register("id_map", written)
        session.register("living_keys", living)
        session.replace("identity.features", statement("identity/features"))
    return {}


@table_asset(
    "identity.edges",
    deps=[
        "staging.leads",
        "staging.crm_people",
        "staging.crm_companies",
        "identity.features",
        "identity.decisions",
        "identity.accuracy",
    ],
)
def edges(stage: Stage) -> Counts:
    """The evidence that holds records together, and the doubts; what people decided comes first."""
    from pipeline.identity.anchoring import anchored
    from pipeline.identity.decisions import numbered
    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.matching import meanings
    from resources.ledger import decisions as ruled

    known = stage.ledger.known_keys("people")
    decided = ruled.Decisions(stage.ledger.store).pairs()
    with stage.warehouse.open() as session:
        leads = session.arrow(statement("identity/leads"))
        founders = session.rows(statement("identity/founders"))
    numbers = {(row["source"], row["source_id"]): row["record_no"] for row in founders}
    found = anchored(leads, founders, known, Decisions(*numbered(decided, numbers)))
    with stage.warehouse.open() as session:
        session.register("weighed", found)
        session.register("meanings", meanings())
        session.replace("identity.edges", statement("identity/evidence"))
        rules = session.rows(
            "SELECT rule, count(*) AS pairs FROM identity.edges WHERE is_link GROUP BY rule ORDER BY rule"
        )
        doubts = session.value("SELECT count(*) FROM identity.edges WHERE NOT is_link")
    return {**{row["rule"]: int(row["pairs"]) for row in rules}, "in_doubt": int(doubts), "decisions": len(decided)}


@table_asset("identity.members", deps=["identity.features", "identity.edges"])
def members(stage: Stage) -> Counts:
    """The person of each record; keys are matched to those given out before and recorded in the ledger."""
    known = stage.ledger.known_keys("people")
    with stage.warehouse.open() as session:
        founders = session.rows(statement("identity/founders"))
        evidence = session.arrow("SELECT left_no, right_no FROM identity.edges WHERE is_link")
    decision = people_keys(founders, evidence, known)
    stage.ledger.record_keys("people", decision, known=known)
    with stage.warehouse.open() as session:
        session.register("assigned", session.frame("identity.members", member_rows(founders, decision, known)))
        session.replace("identity.members", statement("identity/whose"))
        keep_rate(stage, session)
    return counts(decision)


@table_asset("identity.redirects", deps=["identity.members"])
def redirects(stage: Stage) -> Counts:
    """Merged keys: whoever kept an old key finds the person."""
    found = merged(stage.ledger.redirected("people"), stage.ledger.redirected_at("people"))
    with stage.warehouse.open() as session:
        session.register("merged", found)
        session.replace("identity.redirects", statement("identity/redirects"))
    return {}


@table_asset(
    "identity.provenance",
    deps=["staging.leads", "staging.crm_people", "identity.members", "identity.features", "identity.decisions"],
)
def provenance(stage: Stage) -> Counts:
    """Which source record each surviving value came from, and what lost; not what we wrote for somebody else."""
    from assets import apart

    elsewhere = strays_table(apart.found(stage, VENDORS))
    with stage.warehouse.open() as session:
        session.register("trust", trust(stage.rules))
        session.register("strays", elsewhere)
        parts = parts_of(session, RIVALS_AT_ONCE)
        session.replace_in_parts("identity.provenance", statement("identity/provenance"), parts=parts)
    return {"values_of_somebody_else": elsewhere.num_rows}


@table_asset(
    "identity.companies",
    deps=["staging.companies", "staging.crm_companies", "identity.provenance"],
)
def companies(stage: Stage) -> Counts:
    """Companies by domain, else by core name, under keys of their own."""
    known = stage.ledger.known_keys("companies")
    with stage.warehouse.open() as session:
        session.register("known_companies", company_refs(known))
        records = session.rows(statement("identity/company_records"))
    decision = company_decision(records, known)
    stage.ledger.record_keys("companies", decision, known=known)
    with stage.warehouse.open() as session:
        session.register("known_companies", company_refs(known))
        session.register("company_keys", company_keys(decision))
        session.replace("identity.companies", statement("identity/companies"))
    return counts(decision)


@table_asset(
    "identity.company_provenance",
    deps=["staging.companies", "staging.crm_companies", "identity.provenance", "identity.companies"],
)
def company_provenance(stage: Stage) -> Counts:
    """Which source record each surviving value of a company came from, and what lost."""
    known = stage.ledger.known_keys("companies")
    with stage.warehouse.open() as session:
        session.register("known_companies", company_refs(known))
        session.replace("identity.company_provenance", statement("identity/company_provenance"))
    return {}


@table_asset(
    "identity.people",
    deps=[
        "staging.leads",
        "staging.crm_people",
        "identity.features",
        "identity.members",
        "identity.provenance",
        "identity.companies",
    ],
)
def people(stage: Stage) -> Counts:
    """The people themselves, with the living record of each platform."""
    with stage.warehouse.open() as session:
        parts = parts_of(session, MEMBERS_AT_ONCE)
        session.replace_in_parts("identity.people", statement("identity/people"), parts=parts)
        found = session.value("SELECT count(*) FROM identity.people WHERE has_lead_source")
    return {"with_lead_source": int(found)}


@table_asset(
    "identity.account_matches",
    deps=["staging.crm_people", "staging.crm_companies", "identity.members", "identity.people", "identity.companies"],
)
def account_matches(stage: Stage) -> Counts:
    """Every candidate is kept, with what decided between the first and the second."""
    with stage.warehouse.open() as session:
        session.replace("identity.account_matches", statement("identity/account_matches"))
        found = session.value("SELECT count(*) FROM identity.account_matches WHERE is_winner")
    return {"winners": int(found)}


@table_asset("identity.reviews", deps=["identity.features", "identity.members", "identity.edges"])
def reviews(stage: Stage) -> Counts:
    """Pairs that only a person can decide."""
    with stage.warehouse.open() as session:
        session.replace("identity.reviews", statement("identity/reviews"))
    return {}


@table_asset("identity.decisions", deps=[])
def decisions(stage: Stage) -> Counts:
    """What people decided about who is who, from the ledger and the CSV files of the folder `decisions`."""
    from resources.decisionfiles import FOLDER, take_in
    from resources.ledger.decisions import Decisions

    decided = Decisions(stage.ledger.store)
    taken, problems = take_in(stage.data_dir / FOLDER, decided, now=stage.now())
    for problem in problems:
        stage.log.warning("not taken in: %s", problem)
    with stage.warehouse.open() as session:
        session.register("decided", session.frame("identity.decisions", decided.rows()))
        session.replace("identity.decisions", statement("identity/decisions"))
    return {"taken_in": taken, "not_taken_in": len(problems)}

"""Qualify: who may be contacted, how good a lead is and why, and the segments that follow."""

from __future__ import annotations

from datetime import datetime, timedelta

from assets import watermarks
from assets.boundary import Counts, Stage, table_asset
from pipeline import scoring, segments, sql, suppression


@table_asset(
    "qualify.suppressions",
    deps=[
        "staging.crm_people",
        "staging.engagements",
        "identity.members",
        "identity.people",
        "identity.redirects",
    ],
)
def suppressions(stage: Stage) -> Counts:
    """Opt-outs, complaints and bounces only ever grow; policy kinds end with their cause."""
    values = suppression.suppressions_values(stage.rules, as_of=stage.as_of)
    with stage.warehouse.open() as session:
        session.replace("qualify.suppressions", sql.statement("qualify/suppressions"), values)
        watermarks.note(session, "qualify.suppressions", built_from="staging.crm_people")
        kinds = session.rows('SELECT kind, count(*) AS n FROM "qualify".suppressions GROUP BY kind ORDER BY kind')
    return {f"kind_{row['kind']}": row["n"] for row in kinds}


@table_asset(
    "qualify.holds", deps=["qualify.suppressions", "identity.people", "identity.members", "staging.crm_people"]
)
def holds(stage: Stage) -> Counts:
    """What the suppressions mean for each person today, in words; every writer is gated by it."""
    values = suppression.holds_values(stage.rules, as_of=stage.as_of)
    with stage.warehouse.open() as session:
        session.replace("qualify.holds", sql.statement("qualify/holds"), values)
        watermarks.note(session, "qualify.holds", built_from="qualify.suppressions")
        people = session.value('SELECT count(DISTINCT person_key) FROM "qualify".holds')
    return {"people": people}


@table_asset(
    "qualify.scores",
    deps=["identity.people", "identity.companies", "identity.members", "staging.engagements"],
)
def scores(stage: Stage) -> Counts:
    """Account fit, persona influence and engagement, each with reasons that sum to it."""
    compiled = scoring.compiled(stage.rules, as_of=stage.as_of)
    with stage.warehouse.open() as session:
        session.replace("qualify.scores", compiled.select, compiled.values)
        grades = session.rows('SELECT grade, count(*) AS n FROM "qualify".scores GROUP BY grade ORDER BY grade')
    return {"rules_version": compiled.version, **{f"grade_{row['grade']}": row["n"] for row in grades}}


@table_asset("qualify.score_history", deps=["qualify.scores"])
def score_history(stage: Stage) -> Counts:
    """A period ends and another begins when a score, grade or reason moved; nothing else is written."""
    now = business_moment(stage)
    with stage.warehouse.open() as session, session.transaction():
        fresh = session.arrow(sql.statement("qualify/score_history"), {"now": now})
        session.register("fresh", fresh)
        session.execute(scoring.CLOSE_PERIODS, {"now": now})
        begun = session.insert("qualify.score_history", fresh)
    return {"periods_begun": begun}


@table_asset(
    "qualify.tags",
    deps=["identity.people", "qualify.scores", "qualify.holds", "staging.leads"],
)
def tags(stage: Stage) -> Counts:
    """Segments of people who may be contacted, in the order of rules/segments.yaml."""
    compiled = segments.compiled(stage.rules)
    with stage.warehouse.open() as session:
        session.replace("qualify.tags", compiled.select, compiled.values)
        found = session.rows('SELECT segment, count(*) AS n FROM "qualify".tags GROUP BY segment ORDER BY segment')
    return {f"segment_{row['segment']}": row["n"] for row in found}


@table_asset("qualify.segment_history", deps=["qualify.tags"])
def segment_history(stage: Stage) -> Counts:
    """A period ends and another begins when a person's first segment moved; reports say what it was then."""
    now = business_moment(stage)
    with stage.warehouse.open() as session, session.transaction():
        fresh = session.arrow(sql.statement("qualify/segment_history"), {"now": now})
        session.execute(segments.CLOSE_PERIODS, {"now": now})
        begun = session.insert("qualify.segment_history", fresh)
    return {"periods_begun": begun}


def business_moment(stage: Stage) -> datetime:
    """Return the present moved to the business day, where that day is ahead of the clock of this machine."""
    now = stage.now()
    return now + max(timedelta(days=(stage.as_of - now.date()).days), timedelta())

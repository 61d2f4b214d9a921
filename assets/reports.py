"""Reports: what people look at, published for analysts and as the morning page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from assets.boundary import Counts, Stage, table_asset
from assets.housekeeping import keep_house
from assets.morning import forecasts, set_aside
from assets.origins import sourced
from assets.qualify import business_moment
from assets.standing import figures, standing
from assets.summaries import time_zone
from assets.tracking import following, last_followed
from pipeline import rules, sql
from pipeline.dictionary import PUBLISHED_LAYERS, published_columns, published_tables
from pipeline.page import Heading, render, statements

UNDONE = ("run_id", "vendor", "object", "record_id", "field", "action")
"""What names a change that was taken back."""
TAKEN_BACK = f"""
UPDATE reports.changes SET undone_by_run = taken_back.undone_by_run
FROM taken_back
WHERE {" AND ".join(f"changes.{name} IS NOT DISTINCT FROM taken_back.{name}" for name in UNDONE)}
"""
DATABASE, PARQUET, PAGE = "leadflow.duckdb", "published", "leadflow.html"

LAST_PUBLICATION = "SELECT max(built_at) FROM reports.publication"


@table_asset(
    "reports.spend",
    deps=["raw.apollo__people", "raw.ghl__metadata", "identity.members", "crm.zoho__writes", "outreach.ghl__writes"],
)
def spend(stage: Stage) -> Counts:
    """Every charge and metered call group in the ledger."""
    rows = stage.ledger.spend(workspace=stage.workspace)
    with stage.warehouse.open() as session:
        session.register("ledger_spend", session.frame("reports.spend", rows))
        values = {"workspace": stage.workspace, "time_zone": time_zone(session)}
        session.replace("reports.spend", sql.statement("reports/spend"), values)
        usd = session.value("SELECT coalesce(fsum(usd), 0) FROM reports.spend")
    return {"usd": float(usd)}


@table_asset(
    "reports.changes",
    deps=[
        "crm.zoho__plan",
        "crm.zoho__writes",
        "crm.zoho__readback",
        "outreach.ghl__plan",
        "outreach.ghl__writes",
        "outreach.ghl__readback",
        *("identity.provenance", "identity.company_provenance", "qualify.scores", "qualify.holds"),
    ],
)
def changes(stage: Stage) -> Counts:
    """Every planned field write of every plan, where it came from and what became of it; values are masked."""
    from resources.ledger.told import NO_PLAN
    from resources.ledger.undoings import Undoings

    name = "reports.changes"
    began, since = stage.now(), last_followed(stage, name)
    moved = None if since is None else stage.ledger.changed_plans(since)
    batches = stage.ledger.change_batches(workspace=stage.workspace, of=moved)
    undone = Undoings(stage.ledger.store).undone_by()
    taken = [dict(zip(UNDONE, spot, strict=True)) | {"undone_by_run": run} for spot, run in undone.items()]
    with following(stage, name, since=since, began=began) as table:
        if NO_PLAN in (moved or ()):
            table.session.execute("DELETE FROM reports.changes WHERE plan_hash IS NULL")
        table.replace("plan_hash", moved or [], sourced(stage, table.session, moved, batches))
        if taken:
            table.session.register("taken_back", table.session.frame(name, taken))
            table.session.execute(TAKEN_BACK)
        states = table.session.rows("SELECT state, count(*) AS n FROM reports.changes GROUP BY state ORDER BY state")
    return {**{f"state_{row['state']}": row["n"] for row in states}, **figures(standing(stage.opened))}


@table_asset(
    "reports.touches",
    deps=[
        "staging.engagements",
        "identity.members",
        "identity.people",
        "identity.redirects",
        "qualify.tags",
        "qualify.score_history",
        "qualify.segment_history",
        "outreach.ghl__writes",
        "raw.ghl__metadata",
    ],
)
def touches(stage: Stage) -> Counts:
    """Everything that happened between people and us, with the grade and segment they had then."""
    with stage.warehouse.open() as session:
        values = {"workspace": stage.workspace, "time_zone": time_zone(session)}
        session.replace("reports.touches", sql.statement("reports/touches"), values)
        kinds = session.rows("SELECT kind, count(*) AS n FROM reports.touches GROUP BY kind ORDER BY kind")
    return {f"kind_{row['kind']}": row["n"] for row in kinds}


@table_asset(
    "reports.people",
    deps=[
        "identity.people",
        "identity.provenance",
        "identity.redirects",
        "qualify.scores",
        "qualify.tags",
        "qualify.holds",
        "reports.touches",
        "reports.spend",
    ],
)
def people(stage: Stage) -> Counts:
    """Everybody today: scores, segment, whether they may be contacted, how far they came, what they cost."""
    with stage.warehouse.open() as session:
        session.replace("reports.people", sql.statement("reports/people"), {"workspace": stage.workspace})
        found = session.rows(
            "SELECT lifecycle, count(*) AS n FROM reports.people GROUP BY lifecycle ORDER BY lifecycle"
        )
    return {f"lifecycle_{row['lifecycle']}": row["n"] for row in found}


@table_asset("reports.score_history", deps=["qualify.score_history"])
def score_history(stage: Stage) -> Counts:
    """The periods of the three scores, for analysts."""
    values = {"workspace": stage.workspace}
    with stage.warehouse.open() as session:
        session.replace("reports.score_history", sql.statement("reports/score_history"), values)
    return {}


@table_asset("reports.dictionary", deps=[])
def dictionary(stage: Stage) -> Counts:
    """What every published column means, from the catalogue of tables."""
    with stage.warehouse.open() as session:
        session.register("published_columns", session.frame("reports.dictionary", published_columns()))
        session.replace("reports.dictionary", sql.statement("reports/dictionary"))
    return {"layers": len(PUBLISHED_LAYERS)}


@table_asset(
    "reports.publication",
    deps=[*(name for name in published_tables() if name != "reports.publication"), "staging.rejects"],
    kinds=("duckdb", "html"),
)
def publication(stage: Stage) -> Counts:
    """The analyst database, the Parquet files and the morning page, each replaced at once."""
    from resources.publishing import answers, publish, write_atomically

    with stage.warehouse.open() as session:
        since = session.value(LAST_PUBLICATION) or stage.now() - timedelta(days=1)
        values = _values(stage) | {"time_zone": time_zone(session)}
        session.replace("reports.publication", sql.statement("reports/publication"), values)
        rejects = set_aside(session)
        is_complete = session.value("SELECT is_complete FROM reports.publication")
        published = publish(session, database=stage.data_dir / DATABASE, folder=stage.data_dir / PARQUET)
    moments = {"now": _utc(business_moment(stage)), "since": _utc(since)}
    facts = answers(published.database, statements(), {"as_of": stage.as_of, **moments})
    heading = Heading(
        workspace=stage.workspace,
        built_at=stage.now(),
        as_of=stage.as_of,
        run_id=stage.run_id,
        rules_version=rules.fingerprint(stage.rules),
        is_complete=bool(is_complete),
        time_zone=str(values["time_zone"]),
    )
    write_atomically(
        stage.data_dir / PAGE, render(heading, {**facts, "rejects": rejects, "forecasts": forecasts(stage)})
    )
    told: Counts = {"database": DATABASE, "page": PAGE, "published_rows": sum(published.rows.values())}
    return {**told, **keep_house(stage)}


def _values(stage: Stage) -> dict[str, object]:
    return {
        "workspace": stage.workspace,
        "built_at": stage.now(),
        "run_id": stage.run_id,
        "as_of": stage.as_of,
        "leadflow_version": version("leadflow"),
        "rules_version": rules.fingerprint(stage.rules),
    }


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)

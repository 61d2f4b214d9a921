"""Identity, judged: the engine on a sample whose truth is known, and how far known people moved in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.boundary import Counts, Stage, table_asset
from pipeline.sql import statement

if TYPE_CHECKING:
    from resources.session import Session


@table_asset("identity.accuracy", deps=[])
def accuracy(stage: Stage) -> Counts:
    """Judged again when the engine or the sample changes, before anybody is matched; kept for comparison."""
    from pipeline.identity.accuracy import measured, version
    from resources import labelled

    current = version(labelled.fingerprint())
    with stage.warehouse.open() as session, session.transaction():
        is_known = session.value("SELECT count(*) FROM identity.accuracy WHERE version = ?", [current])
        if not is_known:
            session.register("leads", session.arrow(READ, [str(labelled.FOLDER / labelled.LEADS)]))
            leads = session.arrow(statement("engine/leads"))
            found = measured(leads, session.arrow(READ, [str(labelled.FOLDER / labelled.TRUTH)]))
            session.insert("identity.accuracy", [{"version": current, "measured_at": stage.now(), **found}])
        session.execute("UPDATE identity.accuracy SET is_current = (version = ?)", [current])
        (row,) = session.rows("SELECT pair_precision, pair_recall FROM identity.accuracy WHERE is_current")
    return {"version": current, "measured": int(not is_known), **row}


@table_asset("identity.match_rates", deps=["identity.members"])
def match_rates(stage: Stage) -> Counts:
    """Kept from run to run, while people are matched; the first has nothing to be compared with."""
    with stage.warehouse.open() as session:
        rows = session.rows("SELECT * FROM identity.match_rates WHERE run_id = ?", [stage.run_id])
    if not rows:
        return {"compared_with": "nobody was matched in this run"}
    (row,) = rows
    compared = (
        f"{row['known_records']:,} known records" if row["known_records"] else "no earlier run: nothing to compare"
    )
    return {"match_rate": row["match_rate"] or 0.0, "drift": row["drift"] or 0.0, "compared_with": compared}


def keep_rate(stage: Stage, session: Session) -> None:
    """Keep the match rate of this run from `assigned`: which records are new is no part of a row that stays."""
    told = {"run_id": stage.run_id, "as_of": stage.as_of, "now": stage.now()}
    with session.transaction():
        fresh = session.arrow(statement("identity/match_rates"), told)
        session.execute("DELETE FROM identity.match_rates WHERE run_id = ?", [stage.run_id])
        session.insert("identity.match_rates", fresh)


READ = "SELECT * FROM read_parquet(?)"

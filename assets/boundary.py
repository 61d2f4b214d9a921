"""The border between Dagster and leadflow: what a stage is given, and how its table becomes an asset.

An asset body opens a resource, calls one pure function or one SELECT, writes one table and returns counts.
Group, key, description, column schema and row count come from the catalogue; errors of ours become Dagster
failures that carry their exit code, and are never retried by Dagster.
"""

# No postponed annotations here: Dagster reads those of an asset's context as they are.
import logging
import time
from collections.abc import Callable, Sequence

import dagster as dg

from assets.cards import CODE_VERSION, DAILY, DAYS, KEPT_FRESH, checks_of, column_schema, described, key_of
from assets.counting import counted
from assets.opening import WorkspaceResource, failures
from assets.stage import Counts, Stage
from assets.verdicts import verdict
from pipeline import catalogue

__all__ = ["CODE_VERSION", "Counts", "Stage", "WorkspaceResource", "failures", "key_of", "table_asset"]

PROGRESS = logging.getLogger("leadflow.progress")
"""A line per finished asset, for whoever watches a run."""

IN_WATCH: dict[str, Callable[[Stage], Counts]] = {}
"""Table → what fills it in a watch run (see `Stage.is_watch`), where that is not what fills it in a day."""


def table_asset(
    name: str,
    *,
    deps: Sequence[str],
    kinds: Sequence[str] = ("duckdb",),
    priority: int = 0,
    is_partitioned: bool = False,
) -> Callable[[Callable[[Stage], Counts]], dg.AssetsDefinition]:
    """Make the asset that fills catalogue table `name` from the tables in `deps` (full names).

    The decorated function writes the table and returns counts for the metadata; the table's checks are judged
    right after it, and what depends on it waits for them. Steps that are ready at the
    same time start in descending `priority`.
    """
    table = catalogue.table(name)
    checks = checks_of(name)

    def wrap(body: Callable[[Stage], Counts]) -> dg.AssetsDefinition:
        @dg.asset(
            key=key_of(name),
            deps=[key_of(dep) for dep in deps],
            group_name=table.layer,
            kinds=set(kinds),
            owners=["team:leadflow"],
            description=described(name, body.__doc__),
            metadata={"dagster/column_schema": column_schema(name)},
            code_version=CODE_VERSION,
            op_tags={"dagster/priority": str(priority)},
            partitions_def=DAYS if is_partitioned else None,
            freshness_policy=DAILY if name in KEPT_FRESH else None,
            check_specs=[
                dg.AssetCheckSpec(name=check.what, asset=key_of(name), blocking=True, description=check.meaning)
                for check in checks
            ],
        )
        def build(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
            started = time.monotonic()
            with failures():
                stage = workspace.stage(context)
                fill = IN_WATCH.get(name, body) if stage.is_watch else body
                try:
                    counts = fill(stage)
                finally:
                    stage.opened.book_calls(stage.run_id)
                with stage.warehouse.open() as session:
                    rows = session.count(name)
                    counts = {**counts, **counted(session, name)}
                verdicts = [verdict(stage, check) for check in checks]
            PROGRESS.info("%-28s %9s rows %7.2f s", name, f"{rows:,}", time.monotonic() - started)
            return dg.MaterializeResult(metadata={"dagster/row_count": rows, **counts}, check_results=verdicts)

        return build

    return wrap

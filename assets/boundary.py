"""The border between Dagster and leadflow: what a stage is given, and how its table becomes an asset.

An asset body opens a resource, calls one pure function or one SELECT, writes one table and returns counts.
Group, key, description, column schema and row count come from the catalogue; errors of ours become Dagster
failures that carry their exit code, and are never retried by Dagster.
"""

# No postponed annotations here: Dagster reads those of an asset's context as they are.
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

from pipeline import catalogue, quality, rules, sql
from pipeline.dictionary import meaning_of
from pipeline.errors import LeadflowError, QuotaExhausted

if TYPE_CHECKING:
    from resources.landing import Landing
    from resources.ledger import Ledger
    from resources.vendors import Vendors
    from resources.warehouse import Warehouse
    from resources.workspace import Workspace

Counts = Mapping[str, int | float | str]

PROGRESS = logging.getLogger("leadflow.progress")
"""A line per finished asset, for whoever watches a run."""

DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01", timezone="UTC", end_offset=1)
"""Ingest days: the only partition definition, used by `raw.*` alone."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the body of an asset may use."""

    run_id: str
    as_of: date
    day: date
    log: Any
    opened: "Workspace"

    @property
    def warehouse(self) -> "Warehouse":
        """Return the warehouse; open it late and close it before a vendor is asked."""
        return self.opened.warehouse

    @property
    def ledger(self) -> "Ledger":
        """Return the ledger of intents, plans, keys and money."""
        return self.opened.ledger

    @property
    def landing(self) -> "Landing":
        """Return the landing folder."""
        return self.opened.landing

    @property
    def vendors(self) -> "Vendors":
        """Return the vendor clients, verified to be those of this workspace."""
        return self.opened.vendors

    @property
    def rules(self) -> Mapping[str, str]:
        """Return the rule texts in force."""
        return self.opened.rules

    @property
    def workspace(self) -> str:
        """Return the name of the workspace."""
        return self.opened.settings.workspace

    @property
    def data_dir(self) -> Path:
        """Return the folder of the workspace."""
        return self.opened.settings.data_dir

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        return self.opened.now()


class WorkspaceResource(dg.ConfigurableResource[Any]):
    """The workspace named by the environment, opened when the first stage of a run asks for it."""

    as_of: str = ""
    """Business day `YYYY-MM-DD`; empty: today, or the latest day that was ever run (days never go back)."""

    _opened: "Workspace | None" = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - Dagster's signature
        """Open the workspace once for a run."""
        from resources.workspace import Workspace

        with failures():
            self._opened = Workspace.open()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - Dagster's signature
        """Close what the run opened."""
        if self._opened is not None:
            self._opened.close()

    def stage(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Stage:
        """Return the stage of one step."""
        if self._opened is None:
            raise LeadflowError("the workspace was used before it was opened")
        opened = self._opened
        day = opened.now().date()
        if isinstance(context, dg.AssetExecutionContext) and context.has_partition_key:
            day = date.fromisoformat(context.partition_key)
        as_of = date.fromisoformat(self.as_of) if self.as_of else opened.default_as_of()
        opened.ledger.begin_run(context.run.run_id, as_of=as_of, kind="run")
        return Stage(run_id=context.run.run_id, as_of=as_of, day=day, log=context.log, opened=opened)


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
    checks = [check for check in quality.checks() if check.table == name]

    def wrap(body: Callable[[Stage], Counts]) -> dg.AssetsDefinition:
        @dg.asset(
            key=key_of(name),
            deps=[key_of(dep) for dep in deps],
            group_name=table.layer,
            kinds=set(kinds),
            owners=["team:leadflow"],
            description=f"One row per {table.row}.\n\n{(body.__doc__ or '').strip()}",
            metadata={"dagster/column_schema": column_schema(name)},
            code_version=CODE_VERSION,
            op_tags={"dagster/priority": str(priority)},
            partitions_def=DAYS if is_partitioned else None,
            check_specs=[
                dg.AssetCheckSpec(name=check.what, asset=key_of(name), blocking=True, description=check.meaning)
                for check in checks
            ],
        )
        def build(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
            stage = workspace.stage(context)
            started = time.monotonic()
            with failures():
                try:
                    counts = body(stage)
                finally:
                    stage.opened.book_calls(stage.run_id)
                with stage.warehouse.open() as session:
                    rows = session.count(name)
                verdicts = [verdict(stage, check) for check in checks]
            PROGRESS.info("%-28s %9s rows %7.2f s", name, f"{rows:,}", time.monotonic() - started)
            return dg.MaterializeResult(metadata={"dagster/row_count": rows, **counts}, check_results=verdicts)

        return build

    return wrap


def verdict(stage: Stage, check: quality.Check) -> dg.AssetCheckResult:
    """Judge one check file in the step that filled its table; a plan's verdict is kept for its hash.

    A step of its own per check would double the events of a run, and Dagster's bookkeeping is its slowest part.
    """
    found = stage.opened.judge(check, as_of=stage.as_of)
    return dg.AssetCheckResult(
        check_name=check.what,
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "offending_rows": len(found),
            "first_rows": dg.MetadataValue.md(markdown_table(found[:20])),
        },
    )


def key_of(name: str) -> dg.AssetKey:
    """Return the asset key of a catalogue table: `layer/table`."""
    return dg.AssetKey(name.split("."))


def column_schema(name: str) -> dg.TableSchema:
    """Return the columns of a catalogue table in Dagster's terms."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=column.name, type=column.type, description=meaning_of(name, column.name))
            for column in catalogue.table(name).columns
        ]
    )


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a markdown table."""
    if not rows:
        return "none"
    names = list(rows[0])
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(str(row[name]) for name in names) for row in rows]
    return "\n".join(lines)


@contextmanager
def failures() -> Iterator[None]:
    """Turn our errors into Dagster failures that say what to do, and are not retried."""
    try:
        yield
    except LeadflowError as error:
        metadata: dict[str, Any] = {"error": type(error).__name__, "exit_code": error.exit_code}
        if isinstance(error, QuotaExhausted):
            metadata["resumes_at"] = error.resumes_at.astimezone(UTC).isoformat()
        raise dg.Failure(description=str(error), metadata=metadata, allow_retries=False) from error


def _code_version() -> str:
    texts = dict(rules.packaged())
    for layer in (*catalogue.LAYERS, "checks"):
        texts |= {f"sql/{layer}/{name}": sql.statement(f"{layer}/{name}") for name in sql.names(layer)}
    return rules.fingerprint(texts)


CODE_VERSION = _code_version()

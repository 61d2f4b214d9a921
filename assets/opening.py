"""The workspace as a Dagster resource: opened once for a run, closed with it; our errors as Dagster failures."""

# No postponed annotations here: Dagster reads those of a resource as they are.
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field, PrivateAttr

from assets.processes import mark_run
from assets.stage import Stage
from pipeline.errors import ConfigurationError, CredentialsRejected, LeadflowError, QuotaExhausted

if TYPE_CHECKING:
    from resources.workspace import Workspace


class HistoryStays(LeadflowError):
    """Something other than raw was asked to run for a day that is over: history never becomes today's truth."""

    exit_code = 2


class WorkspaceResource(dg.ConfigurableResource[Any]):
    """The workspace named by the environment, opened when the first stage of a run asks for it."""

    as_of: str = Field(
        default="",
        description="Business day, YYYY-MM-DD. Empty: today, or the latest day that was ever run (days never go back).",
    )
    plan_hash: str = Field(
        default="",
        description="For the jobs apply_zoho and apply_ghl: the hash of the plan to send, or its first characters. "
        "Launching the job with it is the approval. Empty: the latest plan is sent if it was approved already.",
    )
    max_age_hours: float = Field(
        default=24.0, ge=0, description="A plan older than this is refused; 0 takes any. Read with `plan_hash` only."
    )

    _opened: "Workspace | None" = PrivateAttr(default=None)
    _day: date | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Open the workspace once for a run; with `plan_hash`, approve that plan or refuse the run."""
        from resources.workspace import Workspace

        run = context.run
        if run is not None and context.instance is not None:
            mark_run(context.instance, run)
        with failures():
            self._day = parse_day(self.as_of)
            self._opened = Workspace.open()
            if self.plan_hash:
                approved_for = self._approved(run)
                self._day = self._day or approved_for

    def _approved(self, run: dg.DagsterRun | None) -> date:
        """Approve the plan of the run's configuration; return the business day it was made for."""
        from assets.approving import approve, who

        if self._opened is None or run is None or not run.job_name.startswith("apply_"):
            raise ConfigurationError("plan_hash is for the jobs apply_zoho and apply_ghl: nothing was sent")
        self._opened.require_rules()
        return approve(
            self._opened,
            self.plan_hash,
            by=who(run.tags),
            max_age=self.max_age_hours,
            vendor=run.job_name.removeprefix("apply_"),
        ).as_of

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - Dagster's signature
        """Close what the run opened."""
        if self._opened is not None:
            self._opened.close()

    def stage(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Stage:
        """Return the stage of one step."""
        if self._opened is None:
            raise LeadflowError("the workspace was used before it was opened")
        opened = self._opened
        opened.require_rules()
        today = day = opened.now().date()
        if isinstance(context, dg.AssetExecutionContext) and context.has_partition_key:
            day = date.fromisoformat(context.partition_key)
            if day < today - timedelta(days=1) and context.asset_key.path[0] != "raw":
                raise HistoryStays(
                    f"{day} is over: its raw tables were rebuilt from what was kept, and nothing else runs for it. "
                    "Launch the job of this layer without a day to use them"
                )
        as_of = self._day or opened.default_as_of()
        opened.ledger.begin_run(context.run.run_id, as_of=as_of, kind="run")
        tags = dict(context.run.tags)
        return Stage(run_id=context.run.run_id, as_of=as_of, day=day, log=context.log, opened=opened, tags=tags)


def parse_day(text: str) -> date | None:
    """Return a business day given as text, None for an empty one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"as_of is {text!r}: expected a day such as 2026-11-24") from error


@contextmanager
def failures() -> Iterator[None]:
    """Turn our errors into Dagster failures that say what to do, and are not retried."""
    try:
        yield
    except LeadflowError as error:
        metadata: dict[str, Any] = {"error": type(error).__name__, "exit_code": error.exit_code}
        if isinstance(error, QuotaExhausted):
            metadata["resumes_at"] = error.resumes_at.astimezone(UTC).isoformat()
        if isinstance(error, CredentialsRejected):
            metadata["refused_by"] = error.vendor
        raise dg.Failure(description=str(error), metadata=metadata, allow_retries=False) from error
    except Exception as error:
        from resources.disk import as_full_disk

        full = as_full_disk(error)
        if full is None:
            raise
        raise dg.Failure(
            description=str(full),
            metadata={"error": type(full).__name__, "exit_code": full.exit_code},
            allow_retries=False,
        ) from error

"""A run: one in-process execution of a Dagster job. What it came to: see `assets.runreport`."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from assets.bookkeeping import kept_open
from assets.definitions import JOBS, defs
from assets.history import open_history
from assets.processes import MARK, end_dead_runs, process_mark
from assets.runreport import RunReport, as_json, read_events
from pipeline.errors import ConfigurationError
from resources.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import dagster as dg

__all__ = ["RunReport", "as_json", "dagster_home", "execute", "open_instance", "read_events", "select_job"]

PROGRESS = logging.getLogger("leadflow.progress")


def dagster_home() -> Path:
    """Return where Dagster keeps its files: DAGSTER_HOME, else `data/dagster` of the checkout; make it ready."""
    home = Path(os.environ.get("DAGSTER_HOME") or PROJECT / "data" / "dagster").absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(PROJECT / "dagster.yaml", home / "dagster.yaml")
    return home


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance of `dagster_home`; processes that open a new one at once take turns."""
    home = Path(os.environ.get("DAGSTER_HOME") or PROJECT / "data" / "dagster").absolute()
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "opening.lock", timeout=60):
        os.environ["DAGSTER_HOME"] = str(dagster_home())
        opened = open_history(home)
    with kept_open(home), opened as instance:
        yield instance


def select_job(select: str | None) -> dg.JobDefinition:
    """Return the job of a layer or the whole day.

    Raises:
        ConfigurationError: no such job; the message names the allowed ones.
    """
    names = [job.name for job in JOBS]
    wanted = select or "daily"
    if wanted not in names:
        raise ConfigurationError(f"--select is {wanted!r}; allowed: {', '.join(sorted(names))}")
    return defs.resolve_job_def(wanted)


def execute(*, as_of: date, select: str | None, instance: dg.DagsterInstance) -> RunReport:
    """Run a job to its end in this process; never raises for what happened inside it."""
    job = select_job(select)
    end_dead_runs(instance)
    is_partitioned = job.partitions_def is not None
    result = job.execute_in_process(
        instance=instance,
        raise_on_error=False,
        partition_key=datetime.now(UTC).date().isoformat() if is_partitioned else None,
        tags={MARK: process_mark(os.getpid())},
        run_config={
            "resources": {"workspace": {"config": {"as_of": as_of.isoformat()}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    )
    return read_events(result.all_events, run_id=result.run_id, as_of=as_of, is_success=result.success)

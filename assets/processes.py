"""Runs whose process is gone: they are ended, so that nothing waits for them, however they were started.

A run carries the mark of the process that works on it: machine, process id and start time. The command line gives
it at once, a run of the Dagster UI or daemon when its workspace is opened. What has no mark for as long as no run
takes to open its workspace has no process either.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "leadflow/process"
UNMARKED_FOR = timedelta(minutes=5)
"""A run that was launched this long ago and has no mark never came to work."""

UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
GONE = "The process of this run is gone; its writes are settled by the next run."


def process_mark(pid: int) -> str:
    """Return what tells a process from a later one with the same number: machine, pid and start time."""
    try:
        started = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        started = "?"
    return f"{socket.gethostname()}:{pid}/{started}"


def is_alive(mark: str) -> bool:
    """Tell whether the process of a mark still runs; one of another machine is taken to."""
    machine, _, rest = mark.rpartition(":")
    if machine and machine != socket.gethostname():
        return True
    pid = int(rest.partition("/")[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process_mark(pid).rpartition(":")[2] == rest


def mark_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Give a run the mark of this process, unless it has one."""
    if MARK not in run.tags:
        instance.add_run_tags(run.run_id, {MARK: process_mark(os.getpid())})


def end_dead_runs(instance: dg.DagsterInstance, *, now: datetime | None = None) -> int:
    """Mark runs whose process is gone as failed, so that nothing waits for them; return how many."""
    moment = now or datetime.now(UTC)
    ended = 0
    for record in instance.get_run_records(filters=dg.RunsFilter(statuses=UNDER_WAY)):
        run = record.dagster_run
        moved_at = record.update_timestamp.replace(tzinfo=UTC)
        if _is_dead(run.tags, age=moment - moved_at):
            instance.report_run_failed(run, message=GONE)
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended += 1
    return ended


def _is_dead(tags: Mapping[str, str], *, age: timedelta) -> bool:
    mark = tags.get(MARK)
    return age > UNMARKED_FOR if mark is None else not is_alive(mark)

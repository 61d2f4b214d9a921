"""What is noticed by itself: a file in the inbox, and how a run ended that nobody was waiting for.

All of them only look at this machine: no vendor is called, nothing is bought or written there.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import dagster as dg

from assets.jobs import files
from assets.processes import end_dead_runs
from assets.raw.salesnav import CONTENT, imported, whole

SECONDS = 30
"""Between two looks at the inbox: a file must stay as it is for that long before it is read."""

AT_ONCE = 20
"""Runs that one look asks for, at most; the other files are next."""


@dg.sensor(
    job=files,
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A CSV file in the inbox that stayed as it is between two looks is imported into today. "
    "The same content is imported once, whatever its name.",
)
def dropped_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compare the inbox with the last look; read what stands still, ask for a run of what is new.

    Cursor: file name → [size, time of change in ns, whether it was dealt with].
    """
    from resources.landing import Landing
    from resources.salesnav import Inbox
    from resources.settings import load_settings

    settings = load_settings()
    last: dict[str, list[int]] = json.loads(context.cursor or "{}")
    seen: dict[str, list[int]] = {}
    requests: dict[str, dg.RunRequest] = {}
    known: set[str] | None = None
    day = datetime.now(UTC).date().isoformat()
    for path in Inbox().files(settings.inbox):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        mark = [stat.st_size, stat.st_mtime_ns]
        before = last.get(path.name, [])
        is_done = before == [*mark, 1]
        if not is_done and before[:2] == mark and len(requests) < AT_ONCE and (content := whole(path)) is not None:
            digest = hashlib.sha256(content).hexdigest()
            known = imported(Landing(settings.data_dir / "landing")) if known is None else known
            if digest not in known:
                requests[digest] = dg.RunRequest(run_key=digest, partition_key=day, tags={CONTENT: digest})
            is_done = True
        seen[path.name] = [*mark, int(is_done)]
    moving = sorted(name for name, mark in seen.items() if not mark[2])
    cursor = json.dumps(seen, sort_keys=True)
    if requests:
        return dg.SensorResult(run_requests=list(requests.values()), cursor=cursor)
    told = f"{len(moving)} new or still changing: read at the next look" if moving else "nothing new"
    return dg.SensorResult(skip_reason=told, cursor=cursor)


@dg.run_failure_sensor(
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A run that failed is told in one line of `logs/failures.log` and in the ledger.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Write how a run failed, once, in one bounded line."""
    from assets.endings import conclude, tell_failure

    report = conclude(context.instance, context.dagster_run)
    context.log.error(tell_failure(context.dagster_run, report))


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="How a run of the UI or a schedule ended is kept in the ledger, where `leadflow status` shows it; one "
    "whose every step ran, but that did not end well, is a line of `logs/failures.log` too.",
)
def finished_runs(context: dg.RunStatusSensorContext) -> None:
    """Keep how a run ended."""
    from assets.endings import conclude, tell_failure

    report = conclude(context.instance, context.dagster_run)
    if report.status in {"failed", "stopped"}:
        # Every step ran, but a vendor was out of reach: green in the UI, and not well.
        context.log.error(tell_failure(context.dagster_run, report))


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs whose process is gone (killed, machine restarted) are ended, so that nothing waits for them.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """End them; never ask for a run."""
    ended = end_dead_runs(context.instance)
    return dg.SkipReason(f"{ended} ended" if ended else "none")


SENSORS = [dropped_files, failed_runs, finished_runs, dead_runs]

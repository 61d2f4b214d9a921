"""When things run by themselves. Both schedules are off until somebody turns them on in the Dagster UI.

A schedule that started itself would call vendors, and buy, from the first `dagster dev` on, before a person had seen
a plan. Once on, the day comes at 05:00 UTC, and every 15 minutes somebody looks for opt-outs: with the few minutes
that takes, both vendors know of each within 30.
"""

from __future__ import annotations

import dagster as dg

from assets.jobs import APPLY_JOBS, daily, morning, watch
from assets.processes import UNDER_WAY, end_dead_runs

WHOLE = frozenset({daily.name, morning.name, *(job.name for job in APPLY_JOBS)})
"""Jobs that tell opt-outs first themselves, and must not find their tables changed under them."""


@dg.schedule(
    cron_schedule="0 5 * * *",
    job=morning,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="The whole day, at 05:00 UTC. Off until you turn it on.",
)
def every_morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for the day that begins."""
    end_dead_runs(context.instance)
    day = context.scheduled_execution_time.date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)


@dg.schedule(
    cron_schedule="*/15 * * * *",
    job=watch,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Replies, bookings and opt-outs, every 15 minutes. Off until you turn it on.",
)
def every_15_minutes(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Look, unless a whole run is under way, or the last look is not over."""
    end_dead_runs(context.instance)
    for run in context.instance.get_runs(filters=dg.RunsFilter(statuses=UNDER_WAY)):
        if run.job_name in WHOLE:
            return dg.SkipReason(
                f"{run.job_name} is under way: it tells opt-outs first, and looks for more while it sends"
            )
        if run.job_name == watch.name:
            return dg.SkipReason("the last look is not over yet")
    moment = context.scheduled_execution_time
    return dg.RunRequest(run_key=moment.isoformat(), partition_key=moment.date().isoformat())


SCHEDULES = [every_morning, every_15_minutes]

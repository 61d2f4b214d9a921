"""Which points of a run to kill it at, and what has to hold afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.conftest import Town
    from tests.faults.zygotes import Point

ATTEMPTS = 3
CREATION = ("/write", "jobs.accept_job")
"""The call that creates a bulk job, and the commit that keeps what it answered."""
UNANSWERED = re.compile(r"zoho: bulk job \d+ got no answer: [\d,]+ (inserts?|updates?) \w+ \w+ are asked about after")
PAST_HORIZON = "4000"
"""Time scale at which the hours of a bulk job's horizon have passed when a run was killed and another has ended."""
PURCHASE, PURCHASED = "apollo POST /people/bulk_match", "landing/apollo/people/"
_BY_CLOCK = ("oauth", "zoho_token", "/write/", "get_job")


def is_certain(point: Point) -> bool:
    """Return whether every run passes a point: how often a token is renewed or a job asked about, the clock says."""
    _, label, occurrence = point
    return occurrence == 1 or not any(part in label for part in _BY_CLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One kill: whether the run died at the very point, what is different afterwards, and the CPU seconds of both."""

    day: int
    point: Point
    is_met: bool
    wrong: Sequence[str]
    seconds: float


def kill(town: Town, day: int, point: Point) -> Killed:
    """Kill a run at a point, run again, and compare with the undisturbed day."""
    seconds = 0.0
    for _ in range(ATTEMPTS):
        with town.place(day) as place:
            first = place.zygote.run(place, kill=point)
            seconds += first.seconds
            if first.signal is None:
                # The clock had this run pass fewer of them.
                continue
            last = first.points[-1] if first.points else None
            if first.signal != 9 or last != point:
                wrong = [f"died of signal {first.signal} at {last}"]
                return Killed(day=day, point=point, is_met=False, wrong=wrong, seconds=seconds)
            second = place.run()
            seconds += second.seconds
            if second.exit_code == 1 and point[1].endswith(CREATION) and _is_unanswered(second.messages):
                # Whether a job was created nobody can know before its horizon has passed: it waits, and says so.
                second = place.run(LEADFLOW_TIME_SCALE=PAST_HORIZON)
                seconds += second.seconds
            wrong = [f"exit {second.exit_code}: {second.messages}"] if (second.exit_code or second.messages) else []
            doubted = place.in_doubt()
            if list(doubted) == ["apollo"] and _is_paid_for(point):
                # No vendor call says what became of it: these people are held, and nobody is bought twice.
                bought = place.bought()
                wrong += [f"bought twice: {name}" for name in sorted(set(bought)) if bought.count(name) > 1]
                wrong += town.only_less(place, day=day, fewer=len(doubted["apollo"]))
            else:
                wrong += town.wrong(place, day=day)
            return Killed(day=day, point=point, is_met=True, wrong=wrong, seconds=seconds)
    return Killed(day=day, point=point, is_met=False, wrong=["was not passed"], seconds=seconds)


def _is_unanswered(messages: Sequence[str]) -> bool:
    """Return whether a run ended for one reason only: the creation of one bulk job has no answer yet."""
    return len(messages) == 1 and UNANSWERED.match(messages[0]) is not None and messages[0].count(";") == 1


def _is_paid_for(point: Point) -> bool:
    """Return whether a run died between a paid call and the landing of its answer, which is not there yet."""
    kind, label, _ = point
    return (kind == "response" and label == PURCHASE) or (kind == "file" and label.startswith(PURCHASED))


def sample(points: Sequence[Point], *, every: int, offset: int) -> list[Point]:
    """Return every k-th of the points that each run passes."""
    return [point for point in points if is_certain(point)][offset % every :: every]

"""`python -m tests.faults.chaos`: kill a run at all of its points, for several worlds; prints one JSON line each.

How each kill ended goes to the standard error as it ends.
Takes hours for several seeds: each point is a world of its own, a run that is killed and a run that mends it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.conftest import BY_JOBS, SEED, Town
from tests.faults.kills import Killed, kill, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.zygotes import Point


def told_kill(town: Town, day: int, point: Point) -> Killed:
    """Kill a run at a point, and say at once how that ended."""
    found = kill(town, day, point)
    ending = "as undisturbed" if not found.wrong else "; ".join(found.wrong[:5])
    sys.stderr.write(f"day {day}, {' '.join(map(str, point))}: {ending}\n")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 when nothing was lost, doubled or left in doubt after any kill, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED, SEED + 1, SEED + 2], help="worlds")
    parser.add_argument("--days", type=int, nargs="+", default=[1, 2, BY_JOBS], help=f"{BY_JOBS}: day 1 by bulk jobs")
    parser.add_argument("--every", type=int, default=1, help="take every k-th point (default: all)")
    parser.add_argument("--offset", type=int, default=0, help="of the first point taken")
    parser.add_argument("--kinds", nargs="+", help="only points of these kinds")
    parser.add_argument("--match", help="only points whose label holds these letters")
    parser.add_argument("--workers", type=int, default=2, help="kills at once")
    wanted = parser.parse_args(words)
    is_bad = False
    for seed in wanted.seeds:
        with ExitStack() as stack:
            town = Town(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "town", stack, seed=seed)
            for day in wanted.days:
                traced = town.history(day).points
                points = [
                    point
                    for point in sample(traced, every=1, offset=0)
                    if (not wanted.kinds or point[0] in wanted.kinds) and (wanted.match or "") in point[1]
                ][wanted.offset :: wanted.every]
                with ThreadPoolExecutor(wanted.workers) as workers:
                    done = list(workers.map(lambda point: told_kill(town, day, point), points))  # noqa: B023 - awaited
                wrong = [found for found in done if found.wrong]
                is_bad |= bool(wrong)
                told = {
                    "seed": seed,
                    "day": day,
                    "traced": len(traced),
                    "by_the_clock": len(traced) - len(sample(traced, every=1, offset=0)),
                    "chosen": len(points),
                    "killed": sum(found.is_met for found in done),
                    "wrong": [[found.point, found.wrong[:5]] for found in wrong],
                    "cpu_seconds": round(sum(found.seconds for found in done), 1),
                }
                sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()
    return int(is_bad)


if __name__ == "__main__":
    raise SystemExit(main())

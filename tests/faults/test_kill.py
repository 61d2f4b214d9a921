"""`kill -9` of a real run, anywhere: the next run ends where an undisturbed one would have."""

from __future__ import annotations

import random
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.conftest import Place, Town

Moment = tuple[int, float, bool]

_DICE = random.Random(2026)  # noqa: S311 - moments, not secrets
MOMENTS: list[Moment] = [(1 + number % 2, _DICE.random(), _DICE.random() < 0.7) for number in range(10)]
"""(day, share of its requests after which the process dies, whether the vendor still executes the request)"""


@pytest.fixture(scope="module")
def wrecks(town: Town) -> Iterator[Mapping[Moment, Future[Place]]]:
    """Places whose run was killed, two at a time, while those killed before are being mended."""

    def wreck(moment: Moment) -> Place:
        day, share, is_executed = moment
        place = town.at_day(day)
        place.killed_at(town.moment(day, share), is_executed=is_executed)
        return place

    with ThreadPoolExecutor(2) as workers:
        yield {moment: workers.submit(wreck, moment) for moment in MOMENTS}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"day{moment[0]}-{moment[1]:.0%}-{moment[2]}")
def test_a_run_after_a_kill_ends_as_if_nothing_had_happened(
    moment: Moment, wrecks: Mapping[Moment, Future[Place]], town: Town
) -> None:
    place = wrecks[moment].result()

    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    town.as_undisturbed(place, day=moment[0])

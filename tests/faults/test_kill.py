"""`kill -9` of `leadflow run` itself, with Dagster's history on disk: the next one ends as if nothing had happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resources.sandbox.faults import Faults
from tests.faults.conftest import Ambush

if TYPE_CHECKING:
    import subprocess

    from tests.faults.conftest import Town


def test_the_command_killed_while_the_vendor_executes_its_write_is_mended_by_the_next_one(town: Town) -> None:
    place = town.at_day(2)
    begun: list[subprocess.Popen[str]] = []
    place.running.sandbox.faults = Ambush(
        1, lambda: [process.kill() for process in begun], fits=lambda _vendor, path: path.endswith("/actions/convert")
    )
    begun.append(place.process())
    begun[0].communicate(timeout=300)
    place.running.sandbox.faults = Faults()
    second = place.process()
    said, told = second.communicate(timeout=300)

    assert begun[0].returncode == -9
    assert second.returncode == 0, (said, told)
    assert json.loads(said.splitlines()[-1])["status"] == "done"
    assert town.wrong(place, day=2) == []

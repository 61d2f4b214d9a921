"""Several processes at once on one workspace: all end, and nothing is doubled."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.faults.conftest import PROJECT, variants

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Place, Town

REFRESHER = """
import pathlib, sys
from datetime import UTC, datetime, timedelta
from resources.tokens import Token, TokenStore

folder = pathlib.Path(sys.argv[1])

def fetch():
    with (folder / "fetched").open("a") as file:
        file.write("x")
    return Token(access="fresh", renew_at=datetime.now(UTC) + timedelta(hours=1))

store = TokenStore(vendor="zoho", path=folder / "token.json", owner="somebody", fetch=fetch)
print("ready", flush=True)
sys.stdin.readline()
print(store.get().access)
"""


def ends(*processes: subprocess.Popen[str]) -> list[dict[str, object]]:
    """Return what processes said at their end."""
    told = [process.communicate(timeout=300) for process in processes]
    assert all(said for said, _ in told), told
    return [json.loads(said.splitlines()[-1]) for said, _ in told]


def latest_plan(place: Place, vendor: str) -> str:
    """Return the hash of the latest plan toward a vendor."""
    with closing(sqlite3.connect(place.folder / "data" / "ledger.db")) as file:
        query = "SELECT plan_hash FROM plans WHERE vendor = ? ORDER BY saved_no DESC"
        return str(file.execute(query, [vendor]).fetchone()[0])


@pytest.mark.parametrize("day", variants([2], [1]))
def test_two_runs_at_once_both_end_and_double_nothing(town: Town, day: int) -> None:
    place = town.at_day(day)

    both = ends(place.process(), place.process())

    assert {end["status"] for end in both} <= {"done", "stopped", "failed"}, both
    # What one of them saw half done of the other (an account that its conversion just made) the next run completes.
    last = place.run()
    assert (last.exit_code, last.messages) == (0, [])
    assert town.wrong(place, day=day, is_ledger_alike=False) == []


def test_a_run_and_an_apply_at_once_both_end_and_double_nothing(town: Town) -> None:
    place = town.at_day(2)
    waiting = place.run(LEADFLOW_APPLY="review")
    assert waiting.exit_code == 4

    apply = place.process("apply", latest_plan(place, "zoho"), "--approved-by", "Ada", "--json")
    ends(place.process(), apply)

    # Which of them came first is the clock's: the other had nothing to send, or says that a newer plan exists.
    last = place.run()
    assert (last.exit_code, last.messages) == (0, [])
    assert town.wrong(place, day=2, is_ledger_alike=False) == []


def test_two_processes_that_need_a_token_at_once_fetch_one(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", REFRESHER, str(tmp_path)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in both]

    assert said == ["fresh\n", "fresh\n"]
    assert (tmp_path / "fetched").read_text() == "x"

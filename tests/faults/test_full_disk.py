"""A disk that takes nothing more, from any moment on: clear words, nothing torn, and the next run continues."""

from __future__ import annotations

import errno
import sqlite3
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
from sqlalchemy.exc import OperationalError

from resources.disk import as_full_disk
from tests.faults.conftest import variants

if TYPE_CHECKING:
    from tests.faults.conftest import Town
    from tests.faults.zygotes import Point

OUTCOME = "ledger, before an outcome"
SMALL_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
os.execv(sys.argv[1], sys.argv[1:])
"""
ALWAYS = ["landing", "warehouse", OUTCOME]
MOMENTS: dict[str, Point] = {
    "landing": ("file", "landing/zoho/accounts/*-*-*/*-*.gz", 1),
    "warehouse": ("warehouse", "identity.people", 1),
    "ledger, before a claim": ("ledger", "intents.claim", 2),
    OUTCOME: ("ledger", "intents.settle", 2),
    "ledger, before what was read back": ("ledger", "readbacks.record_readbacks", 1),
    "published files": ("file", "leadflow.duckdb", 1),
}


@pytest.mark.parametrize("what", variants(ALWAYS, sorted({*MOMENTS} - {*ALWAYS})))
def test_a_full_disk_is_told_in_one_sentence_and_the_next_run_continues(town: Town, what: str) -> None:
    place = town.at_day(2)

    full = place.full_from(MOMENTS[what])
    report = place.run()

    assert full.exit_code == 1
    assert full.messages == [str(as_full_disk(OSError(errno.ENOSPC, "No space left on device")))]
    assert (report.exit_code, report.messages) == (0, [])
    assert town.wrong(place, day=2) == []


def test_the_command_says_the_same_when_not_even_the_history_of_runs_can_be_written(town: Town) -> None:
    place = town.at_day(1)

    process = place.process(before=[sys.executable, "-c", SMALL_FILES])
    _, told = process.communicate(timeout=300)

    assert process.returncode == 1
    assert told.splitlines()[-1] == f"leadflow: {as_full_disk(OSError(errno.ENOSPC, 'No space left on device'))}"
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
        OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error")),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
    ],
    ids=repr,
)
def test_every_way_of_saying_that_the_disk_is_full_is_understood(error: Exception) -> None:
    outer = RuntimeError("a step failed")
    outer.__cause__ = error
    told = as_full_disk(outer)
    assert told is not None
    assert "make room" in str(told)


def test_other_errors_are_no_full_disk() -> None:
    assert as_full_disk(FileNotFoundError(errno.ENOENT, "No such file")) is None
    assert as_full_disk(duckdb.BinderException("no such column")) is None

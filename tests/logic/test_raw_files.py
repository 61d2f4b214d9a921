"""Landed files are taken apart once, and the rows of a day are those that taking all of them apart gives."""

from __future__ import annotations

import ast
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.raw.feeds import rebuild
from assets.raw.files import CODE, rebuild_files
from assets.raw.salesnav import FILES, PEOPLE, described, imported, lines
from assets.stage import Stage
from resources.landing import Landing
from resources.sources import ROOT
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
HEADER = "First Name,Last Name,Email,Company\n"
EVERYTHING = "SELECT * FROM {table} ORDER BY landing_ref, position"


@dataclass
class Opened:
    """What of a workspace these assets use."""

    warehouse: Warehouse
    landing: Landing
    now: Callable[[], datetime] = lambda: NOW


def stage_of(folder: Path, landing: Landing) -> Stage:
    opened = Opened(Warehouse(folder / "warehouse.duckdb"), landing)
    return Stage(run_id="r", as_of=DAY, day=DAY, log=logging.getLogger(__name__), opened=opened)


def land(landing: Landing, text: str, *, minute: int = 0, day: date = DAY) -> str:
    moment = NOW + timedelta(minutes=minute)
    context = {"file": "list.csv", "sha256": f"{minute}"}
    return landing.keep("salesnav", "csv", day=day, name="x", content=text.encode(), fetched_at=moment, context=context)


def rows(stage: Stage, table: str) -> list[dict[str, object]]:
    with stage.warehouse.open() as session:
        return session.rows(EVERYTHING.format(table=table))


@pytest.fixture
def stage(tmp_path):
    """A day with two landed files of two lines and one, taken apart."""
    stage = stage_of(tmp_path, Landing(tmp_path / "landing"))
    land(stage.landing, HEADER + "Jane,Doe,jane@acme.example,Acme\nAda,Byron,,\n", minute=1)
    land(stage.landing, HEADER + "Alan,Turing,,\n", minute=2)
    assert rebuild_files(stage, PEOPLE, records=lines, version="1") == {"landed": 2, "rows_of_day": 3, "files_read": 2}
    yield stage
    stage.warehouse.release()


def test_a_file_is_taken_apart_once(stage):
    assert rebuild_files(stage, PEOPLE, records=lines, version="1")["files_read"] == 0
    land(stage.landing, HEADER + "Grace,Hopper,,\n", minute=3)
    assert rebuild_files(stage, PEOPLE, records=lines, version="1") == {"landed": 3, "rows_of_day": 4, "files_read": 1}


def test_newer_code_takes_every_file_apart_again(stage):
    assert rebuild_files(stage, PEOPLE, records=lines, version="2")["files_read"] == 2


def test_rows_of_a_file_that_left_the_landing_folder_go_with_their_note(stage):
    gone = rows(stage, PEOPLE.table)[0]["landing_ref"]
    (stage.landing.root / gone).unlink()
    assert rebuild_files(stage, PEOPLE, records=lines, version="1") == {"landed": 1, "rows_of_day": 1, "files_read": 0}
    assert gone not in str(rows(stage, PEOPLE.table))
    with stage.warehouse.open() as session:
        assert gone not in str(session.rows("SELECT feed FROM raw.cursors"))


def test_rows_that_the_warehouse_lost_are_made_again(stage):
    with stage.warehouse.open() as session:
        session.execute(f"DELETE FROM {PEOPLE.table}")
    assert rebuild_files(stage, PEOPLE, records=lines, version="1") == {"landed": 2, "rows_of_day": 3, "files_read": 2}


def test_a_death_while_a_file_is_taken_apart_leaves_rows_and_notes_as_they_were(stage):
    def dies(landed):
        yield from lines(landed)
        raise RuntimeError("the process died")

    before = rows(stage, PEOPLE.table), rows_of_notes(stage)
    with pytest.raises(RuntimeError):
        rebuild_files(stage, PEOPLE, records=dies, version="2")
    assert (rows(stage, PEOPLE.table), rows_of_notes(stage)) == before


def rows_of_notes(stage):
    with stage.warehouse.open() as session:
        return session.rows("SELECT * FROM raw.cursors ORDER BY feed")


def test_both_tables_of_a_file_stand_by_themselves(stage):
    assert rebuild_files(stage, FILES, records=described, version="1")["files_read"] == 2
    assert rebuild_files(stage, FILES, records=described, version="1")["files_read"] == 0
    assert rebuild_files(stage, PEOPLE, records=lines, version="1")["files_read"] == 0


def test_what_was_imported_is_told_without_unpacking_any_file(stage):
    land(stage.landing, HEADER, minute=9, day=DAY - timedelta(days=3))
    assert imported(stage.landing) == {"1", "2", "9"}


def test_the_version_covers_every_module_that_takes_a_file_apart():
    missing, seen = ["resources/salesnav.py"], set()
    while missing:
        path = missing.pop()
        seen.add(path)
        nodes = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        names = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
        missing += sorted({f"{name.replace('.', '/')}.py" for name in names if name.startswith("resources.")} - seen)
    assert seen <= set(CODE)


TEXT = st.lists(st.sampled_from(["Jane,Doe,j@a.example,Acme\n", '"Ada,Byron,,\n', "a,b,c,d,e,f\n", "\n"]), max_size=4)
FILE = st.sampled_from([HEADER, "bread,milk\n"]).flatmap(lambda head: TEXT.map(lambda found: head + "".join(found)))
STEP = st.tuples(st.lists(FILE, max_size=2), st.booleans(), st.booleans())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=1, max_size=4))
def test_the_rows_of_a_day_are_those_that_taking_everything_apart_gives(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("days")
    stage = stage_of(folder, Landing(folder / "landing"))
    other = stage_of(folder / "other", stage.landing)
    version, minute = 0, 0
    for texts, loses_one, is_newer in steps:
        for text in texts:
            minute += 1
            land(stage.landing, text, minute=minute)
        found = list(stage.landing.digests("salesnav", "csv", DAY))
        if loses_one and found:
            (stage.landing.root / found[0]).unlink()
        version += is_newer
        for feed, records in ((PEOPLE, lines), (FILES, described)):
            told = rebuild_files(stage, feed, records=records, version=str(version))
            in_full = rebuild(other, feed, records=records)
            assert rows(stage, feed.table) == rows(other, feed.table)
            assert {**told, "files_read": 0} == {**in_full, "files_read": 0}
    stage.warehouse.release()
    other.warehouse.release()

"""Sensors: dropped files, failed runs, and runs whose process is gone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import endings, processes, sensors
from assets.definitions import defs
from assets.raw.apollo import without
from assets.raw.salesnav import CONTENT
from assets.runs import RunReport
from pipeline.errors import CredentialsRejected
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "samples" / "salesnav" / "evaboot_search.csv"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LEADFLOW_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "inbox").mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as opened:
        yield opened


class Looking:
    """A sensor that remembers between two looks."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance, self.cursor = instance, None

    def look(self) -> Any:
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, repository_def=defs.get_repository_def()
        )
        ticked = sensors.dropped_files.evaluate_tick(context)
        self.cursor = ticked.cursor
        return ticked


def drop(folder: Path, name: str = "search.csv", content: bytes | None = None) -> Path:
    path = folder / "inbox" / name
    path.write_bytes(SAMPLE.read_bytes() if content is None else content)
    return path


def import_file(request: dg.RunRequest, *, partition: str | None = None) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as fresh:
        return defs.resolve_job_def("files").execute_in_process(
            instance=fresh, partition_key=partition or request.partition_key, tags=dict(request.tags)
        )


def landed(folder: Path) -> dict[str, list[str]]:
    days = sorted((folder / "landing" / "salesnav" / "csv").glob("*"))
    return {day.name: sorted(path.name.split("-", 1)[1] for path in day.glob("*.gz")) for day in days}


def test_a_file_is_read_at_the_second_look_at_which_it_is_as_it_was(folder: Path, instance: dg.DagsterInstance) -> None:
    looking = Looking(instance)
    path = drop(folder, content=b"First Name,Last")
    assert not looking.look().run_requests
    path.write_bytes(SAMPLE.read_bytes())
    assert not looking.look().run_requests, "it grew since the last look"
    (request,) = looking.look().run_requests
    assert request.partition_key == TODAY.isoformat()
    assert not looking.look().run_requests, "it was asked for"


def test_the_run_key_is_the_content_so_that_a_copy_is_no_second_import(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    looking = Looking(instance)
    drop(folder, "one.csv")
    drop(folder, "copy of one.csv")
    looking.look()
    (request,) = looking.look().run_requests
    assert import_file(request).success
    assert landed(folder) == {TODAY.isoformat(): [landed(folder)[TODAY.isoformat()][0]]}
    drop(folder, "again.csv")
    looking.look()
    ticked = looking.look()
    assert not ticked.run_requests
    assert ticked.skip_message == "nothing new"


def test_a_run_that_a_file_asked_for_imports_that_file_alone(folder: Path, instance: dg.DagsterInstance) -> None:
    looking = Looking(instance)
    drop(folder)
    looking.look()
    (request,) = looking.look().run_requests
    drop(folder, "still being copied.csv", b"First Name,Last Name\nA")
    assert request.tags[CONTENT] == request.run_key
    assert import_file(request).success
    assert landed(folder) == {TODAY.isoformat(): ["search.gz"]}


def test_a_file_that_arrived_before_midnight_belongs_to_that_day(folder: Path, instance: dg.DagsterInstance) -> None:
    looking = Looking(instance)
    drop(folder)
    looking.look()
    (request,) = looking.look().run_requests
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert import_file(request, partition=yesterday).success
    assert landed(folder) == {yesterday: ["search.gz"]}


def test_a_file_that_disappears_between_two_looks_is_no_error(folder: Path, instance: dg.DagsterInstance) -> None:
    looking = Looking(instance)
    path = drop(folder)
    looking.look()
    path.unlink()
    assert looking.look().skip_message == "nothing new"


def test_no_inbox_is_no_error(folder: Path, instance: dg.DagsterInstance) -> None:
    shutil.rmtree(folder / "inbox")
    assert Looking(instance).look().skip_message == "nothing new"


def test_one_look_asks_for_a_bounded_number_of_runs_and_the_next_for_the_rest(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    looking = Looking(instance)
    for number in range(sensors.AT_ONCE + 3):
        drop(folder, f"{number:03}.csv", f"First Name,Last Name\nA,{number}\n".encode())
    looking.look()
    first, second = looking.look().run_requests, looking.look().run_requests
    assert (len(first), len(second)) == (sensors.AT_ONCE, 3)
    assert len({request.run_key for request in [*first, *second]}) == sensors.AT_ONCE + 3


def test_a_failed_run_is_told_in_one_bounded_line_without_personal_data(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    run = instance.create_run_for_job(defs.resolve_job_def("raw"))
    report = RunReport(run_id=run.run_id, as_of=date(2026, 11, 24))
    report.note(1, "jane.doe@acme.example could not be\nread " + "and so on " * 100)
    line = endings.tell_failure(run, report)
    assert len(line) <= endings.LONGEST_LINE
    assert "\n" not in line
    assert "jane.doe" not in line
    for _ in range(endings.MOST_LINES // 100):
        endings.tell_failure(run, report)
    kept = (folder / "logs" / "failures.log").read_text(encoding="utf-8").splitlines()
    assert len(kept) == endings.MOST_LINES // 100 + 1
    (folder / "logs" / "failures.log").write_text("old\n" * endings.MOST_LINES, encoding="utf-8")
    endings.tell_failure(run, report)
    kept = (folder / "logs" / "failures.log").read_text(encoding="utf-8").splitlines()
    assert len(kept) == endings.MOST_LINES
    assert kept[-1] != "old"


def test_how_a_run_of_the_ui_ended_is_kept_in_the_ledger(folder: Path, instance: dg.DagsterInstance) -> None:
    with closing(Workspace.open(load_settings())) as workspace:
        workspace.landing.keep(
            "salesnav", "csv", day=TODAY, name="x", content=b"", fetched_at=workspace.now(), context={}
        )
    result = defs.resolve_job_def("files").execute_in_process(
        instance=instance, partition_key=TODAY.isoformat(), raise_on_error=False
    )
    assert not result.success
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    report = endings.conclude(instance, run)
    assert report.status == "failed"
    with closing(Workspace.open(load_settings())) as workspace:
        (row,) = workspace.ledger.runs()
    assert (row["run_id"], row["status"]) == (result.run_id, "failed")


def test_a_run_whose_every_step_ran_without_apollo_is_a_failure_of_the_ledger_and_the_log(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    @dg.asset
    def people() -> dg.MaterializeResult:  # type: ignore[type-arg]
        refusal = CredentialsRejected("the key was refused", vendor="apollo", status=401)
        return dg.MaterializeResult(metadata=dict(without(refusal)))

    result = dg.materialize([people], instance=instance)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.is_success
    with closing(Workspace.open(load_settings())) as workspace:
        workspace.ledger.begin_run(run.run_id, as_of=TODAY, kind="run")
    event = next(event for event in result.all_events if event.event_type is dg.DagsterEventType.RUN_SUCCESS)
    context = dg.build_run_status_sensor_context("finished_runs", event, instance, run)
    sensors.finished_runs(context)
    (line,) = (folder / "logs" / "failures.log").read_text(encoding="utf-8").splitlines()
    assert "the day went on with those who are known: the key was refused" in line
    with closing(Workspace.open(load_settings())) as workspace:
        (row,) = workspace.ledger.runs()
    assert (row["run_id"], row["status"]) == (result.run_id, "failed")
    report = endings.read_events(result.all_events, run_id=run.run_id, as_of=TODAY, is_success=True)
    assert (report.exit_code, report.refused) == (2, ["apollo"])


KILLED = """
import os, signal
import dagster as dg
from assets.definitions import defs
from assets.raw.apollo import without
from assets.raw import salesnav
salesnav.rebuild_files = lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)
with dg.DagsterInstance.get() as instance:
    defs.resolve_job_def("files").execute_in_process(instance=instance, partition_key=os.environ["DAY"])
"""


def test_a_run_of_the_ui_that_was_killed_is_ended_and_blocks_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("DAY", TODAY.isoformat())
    drop(folder)
    ended = subprocess.run([sys.executable, "-c", KILLED], check=False, capture_output=True, cwd=tmp_path)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2000:]
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED
        assert processes.MARK in run.tags, "marked when its workspace was opened"
        ticked = sensors.dead_runs.evaluate_tick(dg.build_sensor_context(instance=instance))
        assert ticked.skip_message == "1 ended"
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        again = defs.resolve_job_def("files").execute_in_process(instance=instance, partition_key=TODAY.isoformat())
        assert again.success
    assert landed(folder) == {TODAY.isoformat(): ["search.gz"]}


def test_a_run_that_never_came_to_work_is_ended_after_some_minutes_and_not_before(
    instance: dg.DagsterInstance,
) -> None:
    instance.create_run_for_job(defs.resolve_job_def("raw"), status=dg.DagsterRunStatus.STARTING)
    now = datetime.now(UTC)
    assert processes.end_dead_runs(instance, now=now + timedelta(minutes=4)) == 0
    assert processes.end_dead_runs(instance, now=now + timedelta(minutes=6)) == 1


def test_a_run_of_another_machine_is_left_to_it(instance: dg.DagsterInstance) -> None:
    tags = {processes.MARK: f"elsewhere-{socket.gethostname()}:1/0"}
    instance.create_run_for_job(defs.resolve_job_def("raw"), status=dg.DagsterRunStatus.STARTED, tags=tags)
    assert processes.end_dead_runs(instance) == 0


def test_a_run_of_a_living_process_is_left_alone(instance: dg.DagsterInstance) -> None:
    tags = {processes.MARK: processes.process_mark(os.getpid())}
    instance.create_run_for_job(defs.resolve_job_def("raw"), status=dg.DagsterRunStatus.STARTED, tags=tags)
    assert processes.end_dead_runs(instance, now=datetime.now(UTC) + timedelta(hours=5)) == 0

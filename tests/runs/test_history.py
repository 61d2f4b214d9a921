"""Dagster's history opened once per process: the same files and answers as Dagster's own way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from assets.history import Engines, Events, Runs, open_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="counted")])
def counted() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={"dagster/row_count": 3}, check_results=[dg.AssetCheckResult(passed=True, check_name="fine")]
    )


@dg.asset(deps=[counted])
def after() -> None: ...


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return tmp_path


@contextmanager
def connections() -> Iterator[list[str]]:
    """Count how often a file is opened."""
    opened: list[str] = []

    def connected(_connection: object, record: object) -> None:
        opened.append(str(record))

    event.listen(Engine, "connect", connected)
    try:
        yield opened
    finally:
        event.remove(Engine, "connect", connected)


def run(instance: dg.DagsterInstance) -> str:
    done = dg.materialize([counted, after], instance=instance)
    assert done.success
    return done.run_id


def test_dagster_itself_reads_what_was_kept(home: Path) -> None:
    with open_history(home) as instance:
        assert isinstance(instance.event_log_storage, Events)
        assert isinstance(instance.run_storage, Runs)
        run_id = run(instance)
        told = [entry.message for entry in instance.all_logs(run_id)]
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home))) as plain:
        assert not isinstance(plain.event_log_storage, Events)
        assert [record.dagster_run.run_id for record in plain.get_run_records()] == [run_id]
        assert [entry.message for entry in plain.all_logs(run_id)] == told
        latest = plain.get_latest_materialization_event(counted.key)
        assert latest is not None
        assert latest.run_id == run_id


def test_what_dagster_kept_before_is_there_and_goes_on(home: Path) -> None:
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home))) as plain:
        first = run(plain)
    with open_history(home) as instance:
        second = run(instance)
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == {first, second}
        assert instance.all_logs(first)


def test_a_file_is_opened_a_few_times_and_not_once_per_event(home: Path) -> None:
    with open_history(home) as instance:
        run(instance)
        with connections() as opened:
            events = len(instance.all_logs(run(instance)))
    assert events > 15
    assert len(opened) < events


def test_a_history_that_dagster_yaml_keeps_elsewhere_stays_there(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (home / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {elsewhere}}}}}\n")
    with open_history(home) as instance:
        assert not isinstance(instance.event_log_storage, Events)
        run_id = run(instance)
    assert (elsewhere / "history" / "runs" / f"{run_id}.db").exists()


def test_an_empty_dagster_yaml_is_as_good_as_none(home: Path) -> None:
    (home / "dagster.yaml").write_text("")
    with open_history(home) as instance:
        assert isinstance(instance.run_storage, Runs)


def write_and_fail(engines: Engines, address: str) -> None:
    with engines.connection(address) as connection:
        connection.execute(text("INSERT INTO numbers VALUES (1)"))
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))


def test_nothing_of_a_transaction_stays_that_fails(tmp_path: Path) -> None:
    engines = Engines()
    address = f"sqlite:///{tmp_path}/some.db"
    with engines.connection(address) as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER)"))
    with pytest.raises(OperationalError):
        write_and_fail(engines, address)
    with engines.connection(address) as connection:
        assert connection.execute(text("SELECT count(*) FROM numbers")).scalar() == 0
    engines.dispose()
    assert address not in engines

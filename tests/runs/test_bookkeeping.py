"""Dagster's files during a run: kept open, in the folder of Dagster only, and let go afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, text

from assets.bookkeeping import kept_open

if TYPE_CHECKING:
    from pathlib import Path


def write(file: Path) -> str:
    """Write as Dagster does, with a connection for this once; return how long its commits wait for the disk."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("PRAGMA journal_mode = WAL"))
        level = str(connection.execute(text("PRAGMA synchronous")).scalar())
    with engine.connect() as connection, connection.begin():
        connection.execute(text("CREATE TABLE IF NOT EXISTS events (number INTEGER)"))
        connection.execute(text("INSERT INTO events VALUES (1)"))
    return level


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def test_the_log_of_a_file_of_dagster_is_not_copied_back_after_each_event(tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    with kept_open(home):
        assert write(home / "events.db") == "1"
        assert log_of(home / "events.db").stat().st_size > 0
    assert not log_of(home / "events.db").exists()


def test_any_other_file_waits_for_the_disk_as_before(tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    with kept_open(home):
        assert write(tmp_path / "ledger.db") == "2"
        assert not log_of(tmp_path / "ledger.db").exists()


def test_after_the_run_nothing_is_kept(tmp_path: Path) -> None:
    with kept_open(tmp_path):
        pass
    assert write(tmp_path / "events.db") == "2"
    assert not log_of(tmp_path / "events.db").exists()

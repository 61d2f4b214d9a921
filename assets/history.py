"""Dagster's own history in SQLite, opened once per process instead of once per event.

Dagster makes a new engine for each thing that it keeps or looks up, some 1,700 in a run: each opens the file and
compiles its statements anew, which is a tenth of a small run. Here one engine per file is kept, with the connections
and the compiled statements it has. Files and tables are Dagster's; the web server and the daemon use them as ever.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from sqlalchemy import create_engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster._serdes import ConfigurableClassData
    from sqlalchemy import Connection, Engine

INDEX = "index"
"""What Dagster calls the file of events that concern more than one run."""
BUSY_SECONDS = 20
STORAGES = frozenset({"storage", "run_storage", "event_log_storage", "schedule_storage"})


class Engines:
    """One engine per file, until `dispose`."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def __contains__(self, address: str) -> bool:
        return address in self._engines

    @contextmanager
    def connection(self, address: str) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end of the block."""
        engine = self._engines.get(address)
        if engine is None:
            engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
            # What that may cost, and why it is no loss: see `assets.bookkeeping`.
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))
            self._engines[address] = engine
        with engine.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close every file."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


class Events(SqliteEventLogStorage):
    """The events of runs, a file for each, and the index."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines = Engines()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Make it from its configuration: `base_dir`."""
        return cls(config_value["base_dir"], inst_data)

    @contextmanager
    def run_connection(self, run_id: str | None = None) -> Iterator[Connection]:
        """Give a connection to the events of a run."""
        name = str(run_id)
        address = self.conn_string_for_shard(name)
        if address not in self._engines:
            # Dagster makes the file and its tables when it is asked for the first time.
            with super().run_connection(name):
                pass
        with self._engines.connection(address) as connection:
            yield connection

    def index_connection(self) -> Any:
        """Give a connection to the index."""
        return self.run_connection(INDEX)

    def dispose(self) -> None:
        """Close every file."""
        self._engines.dispose()
        super().dispose()


class Runs(SqliteRunStorage):
    """The runs: what each was asked to do and how it ended."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines = Engines()
        super().__init__(conn_string, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Make it from its configuration: `base_dir`."""
        return cls.from_local(config_value["base_dir"], inst_data)

    def connect(self) -> Any:
        """Give a connection to the runs."""
        return self._engines.connection(self._conn_string)

    def dispose(self) -> None:
        """Close the file."""
        self._engines.dispose()
        super().dispose()


def open_history(home: Path) -> dg.DagsterInstance:
    """Open the Dagster instance of a folder, with its SQLite files as above unless its dagster.yaml names others."""
    asked = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8")) or {}
    if STORAGES & set(asked):
        return dg.DagsterInstance.get()
    places = {"run_storage": (Runs, home / "history"), "event_log_storage": (Events, home / "history" / "runs")}
    overrides = {
        name: {"module": kind.__module__, "class": kind.__name__, "config": {"base_dir": str(place)}}
        for name, (kind, place) in places.items()
    }
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))

"""A house for whole runs: a sandbox on loopback, an empty workspace, and runs in this process."""

from __future__ import annotations

import os
import shutil
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import runs
from resources.sandbox.server import Running, serving
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assets.runs import RunReport

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples" / "salesnav"


@dataclass
class House:
    """One workspace against one sandbox."""

    folder: Path
    running: Running
    instance: dg.DagsterInstance
    days: list[str] = field(default_factory=list)

    def run(self, *, select: str | None = None, as_of: date | None = None) -> RunReport:
        """Run a job of the pipeline in this process, on the sandbox's day."""
        day = as_of or date.fromisoformat(self.ask("clock")["now"][:10])
        report = runs.execute(as_of=day, select=select, instance=self.instance)
        with self.workspace() as workspace:
            workspace.ledger.begin_run(report.run_id, as_of=day, kind="test")
            workspace.ledger.end_run(report.run_id, report.status, {})
        return report

    def ask(self, what: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the sandbox's control interface."""
        data = None if body is None else dumps(body).encode()
        request = urllib.request.Request(f"{self.running.url}/_sandbox/{what}", data=data)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return loads(answer.read())

    def requests(self, *kinds: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the sandbox's journal, of some kinds, after a line number."""
        lines = self.ask(f"requests?since={since}")
        return [line for line in lines if not kinds or line["kind"] in kinds]

    def last_request(self) -> int:
        """Return the number of the latest journal line."""
        return max((line["n"] for line in self.requests()), default=0)

    def rows(self, query: str, *params: object) -> list[dict[str, Any]]:
        """Return rows of the warehouse."""
        with self.workspace() as workspace, workspace.warehouse.open() as session:
            return session.rows(query, list(params))

    def workspace(self) -> Any:
        """Open the workspace for a block."""
        return closing(Workspace.open(load_settings()))


@contextmanager
def houses(folder: Path) -> Iterator[Callable[..., House]]:
    """Give a builder of houses on one folder; every second one is another sandbox behind it."""
    home = Path.cwd()
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        for name in list(os.environ):
            if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
                environment.delenv(name)
        environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
        environment.setenv("LEADFLOW_DATA_DIR", str(folder / "data"))
        environment.chdir(folder)
        # In memory: what Dagster keeps of a run is not what these tests are about.
        instance = stack.enter_context(dg.DagsterInstance.ephemeral())

        def build(*, people: int = 60, seed: int = 11, samples: bool = True, **given: str) -> House:
            running = stack.enter_context(serving(people=people, seed=seed))
            for name, value in {**running.environment(), **given}.items():
                environment.setenv(name, value)
            inbox = folder / "data" / "inbox"
            inbox.mkdir(parents=True, exist_ok=True)
            for sample in SAMPLES.glob("*.csv") if samples else ():
                shutil.copyfile(sample, inbox / sample.name)
            return House(folder / "data", running, instance)

        yield build
    os.chdir(home)


@pytest.fixture
def house_of(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Build houses: `house_of(people=60, seed=11)`; a second call is another sandbox on the same folder."""
    with houses(tmp_path) as build:
        yield build


@pytest.fixture
def house(house_of: Callable[..., House]) -> House:
    """A small house with the sample files in its inbox."""
    return house_of()

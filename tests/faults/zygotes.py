"""A warm process that forks one process per run: what a kill costs is the run, not the imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.conftest import Place

PROJECT = Path(__file__).resolve().parents[2]

Point = tuple[str, str, int]
"""(kind, label, occurrence): which of the points of a run that are called alike, counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: the signal that killed it, or what it reported; the points it passed, its CPU seconds."""

    signal: int | None
    exit_code: int | None
    status: str | None
    resumes_at: str | None
    messages: list[str]
    assets: list[str]
    points: list[Point]
    seconds: float


class Zygote:
    """Starts runs in processes of their own; several threads may ask at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def run(
        self,
        place: Place,
        *,
        kill: Point | None = None,
        is_traced: bool = False,
        full_from: Point | None = None,
        **settings: str,
    ) -> Ended:
        """Run the day of a place to its end, or to the point at which it is killed."""
        with tempfile.TemporaryDirectory(dir=place.folder) as folder:
            answer, trace = Path(folder) / "answer", Path(folder) / "trace"
            os.mkfifo(answer)
            order = {
                "environment": place.environment(**settings),
                "folder": str(place.folder),
                "as_of": place.running.sandbox.clock.now().date().isoformat(),
                "trace": str(trace) if is_traced or kill or full_from else None,
                "kill": kill,
                "full_from": full_from,
                "answer": str(answer),
            }
            with self._turn:
                orders = self._orders()
                orders.write(json.dumps(order) + "\n")
                orders.flush()
            told = json.loads(answer.read_text(encoding="utf-8"))
            lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
        return Ended(
            signal=told["signal"],
            exit_code=told.get("exit_code"),
            status=told.get("status"),
            resumes_at=told.get("resumes_at"),
            messages=told.get("messages", []),
            assets=told.get("assets", []),
            points=[(kind, label, int(number)) for kind, label, number in map(json.loads, lines)],
            seconds=told["seconds"],
        )

    def close(self) -> None:
        """End it: nobody asks any more, and every run was waited for."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _orders(self) -> IO[str]:
        """Return where it reads orders from; it warms up when it is first needed."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.faults.driver"],
                stdin=subprocess.PIPE,
                cwd=PROJECT,
                text=True,
                env={**os.environ, "DAGSTER_DISABLE_TELEMETRY": "yes"},
            )
        assert self._process.stdin is not None
        return self._process.stdin

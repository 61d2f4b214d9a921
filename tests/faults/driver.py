"""Runs of the pipeline in processes that were forked from a warm one, each point of them counted, some of them killed.

`python -m tests.faults.driver` imports everything once and then reads orders, one JSON line each, from its
standard input: {"environment", "folder", "as_of", "trace", "kill": [kind, label, occurrence] or null,
"full_from": a point or null, "answer": path of a FIFO}. Every order is
carried out by a process of its own; how it ended is written to the FIFO.

Points, each reached just before what it names, except for a response, which has arrived:
    request, response   at the door: vendor, method, path without ids
    ledger              a commit: who writes
    warehouse           a commit: who writes
    file                a file replaced: its name without moments and ids
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import signal
import sys
import tempfile
import threading
import traceback
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import Engine, event

from assets import lookout, runs
from resources import warehouse
from resources.http import Door
from resources.sandbox.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from resources.attempts import Call
    from resources.replies import Reply

_NAMELESS = (__file__, "contextlib.py", "store.py", "warehouse.py", "resources/session.py", "/sqlalchemy/")
_WRITES = re.compile(r"\s*(CREATE|INSERT|UPDATE|DELETE|DROP|ALTER|DETACH)\b", re.IGNORECASE)
_ID = re.compile(r"^(?=.*\d)[\w-]{9,}$|^[A-Za-z0-9]{17,}$")


class Trace:
    """Writes each point to a file and dies at the one that it was told."""

    def __init__(self, path: str, *, kill: Sequence[Any] | None, full_from: Sequence[Any] | None, within: str) -> None:
        self.file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.kill = tuple(kill) if kill is not None else None
        self.full_from = tuple(full_from) if full_from is not None else None
        self.within = within
        self.met: Counter[tuple[str, str]] = Counter()
        self.turn = threading.RLock()

    def point(self, kind: str, label: str) -> None:
        """Pass a point; nothing of this process passes another one when it is the last."""
        with self.turn:
            self.met[kind, label] += 1
            here = (kind, label, self.met[kind, label])
            if self.file is not None:
                os.write(self.file, f"{json.dumps(here)}\n".encode())
            if here == self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            if here == self.full_from:
                self.file = None
                fill_the_disk()

    def install(self) -> None:
        """Count the points of this process."""
        self._wrap()
        self._listen()

    def _wrap(self) -> None:
        """Stand around our own classes: the door and the warehouse's session."""
        trace = self
        send = Door._send

        def traced_send(self: Door, call: Call, headers: Any) -> Reply:
            label = f"{self.vendor} {call.method} {nameless(call.path)}"
            trace.point("request", label)
            reply = send(self, call, headers)
            trace.point("response", label)
            return reply

        class TracedSession(warehouse.Session):
            _is_inside = False

            @contextmanager
            def transaction(self) -> Iterator[None]:
                with super().transaction():
                    self._is_inside = True
                    try:
                        yield
                    finally:
                        self._is_inside = False
                    trace.point("warehouse", writer())

            def execute(self, sql: str, params: Any = None) -> None:
                if _WRITES.match(sql) and not self._is_inside:
                    trace.point("warehouse", writer())
                super().execute(sql, params)

            def insert(self, name: str, rows: Any) -> int:
                if not self._is_inside:
                    trace.point("warehouse", f"{writer()} {name}")
                return super().insert(name, rows)

        # How often a look is repeated, the clock says: a slow machine's run would pass points that others do not.
        lookout.GLANCE = timedelta(days=1)
        Door._send = traced_send  # type: ignore[method-assign]
        warehouse.Session = TracedSession  # type: ignore[misc]

    def _listen(self) -> None:
        """Hear of the ledger's commits and of files replaced."""
        trace = self

        def commits(connection: Connection) -> None:
            if connection.get_execution_options().get("leadflow_writes"):
                trace.point("ledger", writer())

        def renames(name: str, given: tuple[Any, ...]) -> None:
            if name == "os.rename" and str(given[1]).startswith(trace.within):
                parts = str(given[1]).removeprefix(trace.within).strip("/").split("/")
                trace.point("file", "/".join(re.sub(r"[0-9]+(T[0-9]+)?", "*", part) for part in parts))

        event.listen(Engine, "commit", commits)
        sys.addaudithook(renames)


def fill_the_disk() -> None:
    """Let every file of this process be as large as it may become: a write past that fails like on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def nameless(path: str) -> str:
    """Return a path without the ids in it."""
    return "/".join("*" if _ID.match(part) else part for part in path.partition("?")[0].split("/"))


def writer() -> str:
    """Return who writes: the nearest function that is not about writing as such."""
    frame = sys._getframe(1)
    while frame.f_back is not None and any(part in frame.f_code.co_filename for part in _NAMELESS):
        frame = frame.f_back
    module = frame.f_code.co_filename.rpartition("/")[2].removesuffix(".py")
    return f"{module}.{frame.f_code.co_name}"


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Run the day, or a command, in this process and tell how it ended."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    if order["trace"]:
        within = order["environment"]["LEADFLOW_DATA_DIR"]
        Trace(order["trace"], kill=order["kill"], full_from=order["full_from"], within=within).install()
    with dg.DagsterInstance.ephemeral() as instance:
        report = runs.execute(as_of=date.fromisoformat(order["as_of"]), select=None, instance=instance)
    return {
        "exit_code": report.exit_code,
        "status": report.status,
        "resumes_at": report.resumes_at,
        "messages": report.messages,
        "assets": sorted(report.assets),
    }


def attend(order: dict[str, Any]) -> None:
    """Start the process of an order, wait for it, and answer."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            told = carry_out(order)
        except BaseException:  # noqa: BLE001 - whatever it is, whoever asked wants to read it
            told = {"exit_code": None, "messages": [traceback.format_exc()]}
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(pid, 0)
    died_of = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    # Whoever asked may have been killed: nobody waits for ever to tell a dead one.
    signal.alarm(60)
    with open(order["answer"], "w", encoding="utf-8") as answer:  # noqa: PTH123 - a FIFO
        seconds = used.ru_utime + used.ru_stime
        answer.write(json.dumps({"signal": died_of, "seconds": seconds, **(json.loads(said) if said else {})}))


def warm_up() -> None:
    """Run a day once, so that what is imported and remembered on the way is there before the forks.

    Afterwards this process has one thread again: what is forked from it is whole.
    """
    with tempfile.TemporaryDirectory() as folder, serving(people=3, time_scale=1000.0) as running:
        environment = {**os.environ, **running.environment(), "LEADFLOW_DATA_DIR": f"{folder}/data"}
        as_of = running.sandbox.clock.now().date().isoformat()
        told = carry_out(
            {
                "environment": environment,
                "folder": folder,
                "as_of": as_of,
                "trace": None,
                "kill": None,
                "full_from": None,
            }
        )
        os.chdir("/")
    if told["exit_code"] != 0 or threading.active_count() != 1:
        raise SystemExit(f"not warm: {told}, {threading.enumerate()}")


def main() -> None:
    """Fork for every order until the input ends."""
    warm_up()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            attend(json.loads(line))
            os._exit(0)
    # Nothing is to be cleaned up, and DuckDB would only complain about what was frozen.
    os._exit(0)


if __name__ == "__main__":
    main()

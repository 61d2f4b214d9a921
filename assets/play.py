"""The sandbox as a process beside a command, and the demonstration: run, a day passes, run again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, LeadflowError
from resources.settings import PROJECT, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

DEFAULT_WORLD = (2000, 7)
SAMPLES = PROJECT / "data" / "samples" / "salesnav"


@contextlib.contextmanager
def beside(
    *, people: int | None, seed: int | None, port: int = 0, faults: str = "none", state: Path | None = None
) -> Iterator[dict[str, str]]:
    """Run the sandbox in a process of its own; yield the environment that points at it.

    It stops, and saves its state, when the block ends or this process dies. Without `people` and `seed` it is
    the world that was saved here last, else the default one.
    """
    settings = load_settings()
    if settings.env != "sandbox":
        raise ConfigurationError(
            "LEADFLOW_ENV is 'live': the sandbox runs only with LEADFLOW_ENV=sandbox (the default)"
        )
    size, number = latest_world(settings.data_dir)
    size, number = (size if people is None else people), (number if seed is None else seed)
    # One file per world: another seed or size is another organisation and must not replace this one.
    file = state or settings.data_dir / f"sandbox-{size}-{number}.json.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    words = ["--people", size, "--seed", number, "--port", port, "--state", file, "--faults", faults]
    words += ["--time-scale", settings.time_scale, "--until-stdin-closes"]
    process = subprocess.Popen(
        [sys.executable, "-m", "resources.sandbox", *(str(word) for word in words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the command: the sandbox stops when its standard input closes.
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise LeadflowError("the sandbox has no standard input or output")
    try:
        line = process.stdout.readline()
        if not line.startswith("{"):
            raise LeadflowError("the sandbox did not start; run `python -m resources.sandbox` to see why")
        told = json.loads(line)
        yield {**told["environment"], "LEADFLOW_SANDBOX_URL": told["url"]}
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


def latest_world(folder: Path) -> tuple[int, int]:
    """Return (people, seed) of the world that was saved last in a workspace, else the default one."""
    saved = sorted(folder.glob("sandbox-*-*.json.gz"), key=lambda path: path.stat().st_mtime)
    if not saved:
        return DEFAULT_WORLD
    _, people, seed = saved[-1].name.removesuffix(".json.gz").split("-", 2)
    return int(people), int(seed)


def sandbox(command: Sequence[str], *, people: int, seed: int, port: int, faults: str, state: Path | None) -> int:
    """Serve the local vendors, alone until interrupted or beside a command; return its exit code."""
    with beside(people=people, seed=seed, port=port, faults=faults, state=state) as environment:
        if command:
            return subprocess.call(list(command), env={**os.environ, **environment})
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in environment.items()))
        sys.stdout.write("# the sandbox is running; Ctrl-C stops it\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read() if not sys.stdin.isatty() else _wait_for_interrupt()
    return 0


def play(*, people: int, seed: int, days: int) -> int:
    """Run, let a day pass in the sandbox, run again; return the first exit code that is not 0."""
    settings = load_settings()
    settings.inbox.mkdir(parents=True, exist_ok=True)
    for sample in sorted(SAMPLES.glob("*.csv")):
        if not (settings.inbox / sample.name).exists():
            shutil.copyfile(sample, settings.inbox / sample.name)
    with beside(people=people, seed=seed) as environment:
        url = environment["LEADFLOW_SANDBOX_URL"]
        day = ask(f"{url}/_sandbox/clock")["now"][:10]
        for number in range(1, days + 1):
            if number > 1:
                passed = ask(f"{url}/_sandbox/advance", {"days": 1})
                day = passed["as_of"]
                say(f"\nA day passes in the sandbox: {describe(passed['events'])}")
            say(f"\n--- day {number} of {days}: {day} ---")
            code = subprocess.call(
                [sys.executable, "-m", "assets", "run", "--as-of", day], env={**os.environ, **environment}
            )
            if code:
                return code
    return 0


def ask(url: str, body: Mapping[str, Any] | None = None) -> Any:
    """Ask the sandbox's own control interface on loopback; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def describe(events: Sequence[Mapping[str, Any]]) -> str:
    """Return what happened, counted by kind."""
    counts: dict[str, int] = {}
    for event in events:
        name = f"{event.get('vendor', '')} {event['kind']}".strip().replace("_", " ")
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"


def say(text: str) -> None:
    """Write a line to standard output at once, so that it stays in order with what child processes write."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _wait_for_interrupt() -> None:
    import signal

    signal.pause()

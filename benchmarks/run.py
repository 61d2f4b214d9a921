"""Whole runs at a size: first day, unchanged second run; wall, CPU, peak memory, seconds by asset; one JSON line.

`--people N` sets the size of the world (default 5,000). The sandbox runs in a process of its own and is not part of
the figures. `--ui` also starts the Dagster web server on the same home and times, in headless Chromium, how long the
asset graph takes to be drawn once the server answers, for the first time and again; `browser_s` of it is what the
browser itself takes to start, show nothing and end (needs `chromium`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from assets.play import SAMPLES, ask, beside

SLOWEST = 15
PUBLICATION = "reports/publication"
"""Page and published tables together."""
SERVER_SECONDS = 120.0
POLL_SECONDS = 0.2


def run(environment: dict[str, str], as_of: str) -> dict[str, Any]:
    """Run the pipeline once in a process of its own; return what it took."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "assets", "run", "--as-of", as_of, "--json"]
    child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    output = child.stdout.read() if child.stdout else ""
    _, status, used = os.wait4(child.pid, 0)
    lines = output.splitlines()
    if status or not lines:
        raise SystemExit(f"the run ended with {os.waitstatus_to_exitcode(status)}: {output[-2000:]}")
    told = json.loads(lines[-1])
    seconds = {name: asset["seconds"] for name, asset in told["assets"].items()}
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:SLOWEST]
    return {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
        "status": told["status"],
        "writes": told["writes"],
        "people": told["assets"].get("identity/people", {}).get("rows"),
        "publication_s": seconds.get(PUBLICATION),
        "slowest_s": dict(slowest),
    }


def graph_seconds() -> dict[str, float]:
    """Start the web server, wait until it answers, and return the seconds until the asset graph is drawn."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster", "dev", "-m", "assets.definitions", "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        page = f"http://127.0.0.1:{port}"
        _await(f"{page}/server_info", time.monotonic() + SERVER_SECONDS)
        with tempfile.TemporaryDirectory() as profile:
            nothing = min(_looked("about:blank", profile, budget=1)[1] for _ in range(3))
            seconds = [_drawn(f"{page}/asset-groups", profile) for _ in range(2)]
        return {"browser_s": round(nothing, 1), "ui_graph_s": seconds[0], "ui_graph_again_s": seconds[1]}
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await(url: str, until: float) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise SystemExit(f"the web server did not answer in {SERVER_SECONDS:g} s") from None
            time.sleep(POLL_SECONDS)
        else:
            return


def _drawn(url: str, profile: str) -> float:
    """Let Chromium's clock run until the page holds the names of our groups; return its wall seconds."""
    for budget in (1500, 2500, 4000, 8000, 16000):
        page, seconds = _looked(url, profile, budget=budget)
        if all(f">{name}<" in page for name in ("raw", "identity", "reports")):
            return round(seconds, 1)
    raise SystemExit("the asset graph was not drawn")


def _looked(url: str, profile: str, *, budget: int) -> tuple[str, float]:
    """Return what a page holds after so many milliseconds of Chromium's clock, and the wall seconds of the look."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += [f"--virtual-time-budget={budget}", "--dump-dom", "--window-size=1600,1000", url]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, time.perf_counter() - began


def main() -> None:
    """Run twice and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--ui", action="store_true")
    parser.add_argument("--folder", type=Path, default=None, help="where to work; default: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        os.environ["LEADFLOW_DATA_DIR"] = str(folder / "data")
        os.environ["DAGSTER_HOME"] = str(folder / "dagster")
        (folder / "dagster").mkdir(parents=True)
        inbox = folder / "data" / "inbox"
        inbox.mkdir(parents=True)
        for sample in SAMPLES.glob("*.csv"):
            shutil.copy(sample, inbox)
        told: dict[str, Any] = {"benchmark": "run", "world": asked.people}
        with beside(people=asked.people, seed=7) as environment:
            url = environment["LEADFLOW_SANDBOX_URL"]
            as_of = ask(f"{url}/_sandbox/clock")["now"][:10]
            told["first"] = run(environment, as_of)
            line = max(row["n"] for row in ask(f"{url}/_sandbox/requests"))
            told["unchanged"] = run(environment, as_of)
            after = ask(f"{url}/_sandbox/requests?since={line}")
            told["unchanged"]["requests"] = len(after)
            told["unchanged"]["write_or_spend_requests"] = sum(row["kind"] in {"write", "spend"} for row in after)
        if asked.ui:
            told |= graph_seconds()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()

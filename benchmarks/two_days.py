"""The warm two days of `make run`: wall time of each day, peak memory of the pipeline, rows; one JSON line.

`--people N` sets the size of the world (default 2,000). The sandbox runs in a process of its own and is not
part of the memory; its CPU time is, as on any machine where both run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assets.play import SAMPLES, ask, beside


def day(environment: dict[str, str], as_of: str) -> tuple[float, dict[str, object]]:
    """Run one day in a process of its own; return its wall seconds and its report."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "assets", "run", "--as-of", as_of, "--json"],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Play two days and an unchanged third run, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LEADFLOW_DATA_DIR"] = str(Path(folder) / "data")
        os.environ["DAGSTER_HOME"] = str(Path(folder) / "dagster")
        inbox = Path(folder) / "data" / "inbox"
        inbox.mkdir(parents=True)
        for sample in SAMPLES.glob("*.csv"):
            shutil.copy(sample, inbox)
        with beside(people=people, seed=7) as environment:
            url = environment["LEADFLOW_SANDBOX_URL"]
            first_s, first = day(environment, ask(f"{url}/_sandbox/clock")["now"][:10])
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            passed = ask(f"{url}/_sandbox/advance", {"days": 1})
            second_s, second = day(environment, passed["as_of"])
            before = max(line["n"] for line in ask(f"{url}/_sandbox/requests"))
            unchanged_s, _ = day(environment, passed["as_of"])
            after = ask(f"{url}/_sandbox/requests?since={before}")
    told = {
        "benchmark": "two_days",
        "people": people,
        "first_day_s": round(first_s, 1),
        "second_day_s": round(second_s, 1),
        "unchanged_s": round(unchanged_s, 1),
        "unchanged_writes": sum(line["kind"] in {"write", "spend"} for line in after),
        "unchanged_requests": len(after),
        "pipeline_peak_mb": round(peak / 1024),
        "statuses": [first["status"], second["status"]],
        "writes": [first["writes"], second["writes"]],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()

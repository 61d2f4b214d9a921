"""How long the command line and the definitions take to start: medians of five, one JSON line.

`import_over_dagster_s` is what our definitions add to `import dagster`, both measured in alternating processes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5


def seconds(*words: str) -> float:
    """Return the wall time of a process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    helped, alone, ours = [], [], []
    for _ in range(REPEATS):
        helped.append(seconds("-m", "assets", "--help"))
        alone.append(seconds("-c", "import dagster"))
        ours.append(seconds("-c", "import assets.definitions"))
    median = statistics.median
    told = {
        "benchmark": "startup",
        "help_s": round(median(helped), 3),
        "import_dagster_s": round(median(alone), 3),
        "import_definitions_s": round(median(ours), 3),
        "import_over_dagster_s": round(median(ours) - median(alone), 3),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()

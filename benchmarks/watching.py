"""What one run of the pipeline takes, asset by asset: CPU seconds and the most memory it held (Linux: /proc).

The run tells on stderr when an asset is done; whatever the process used since the line before is that asset's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DONE = re.compile(r"^(\S+)\s+[\d,]+ rows\s+[\d.]+ s$")
EVERY_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Watched:
    """A process at its end: what it printed, its exit code, and what each asset took."""

    output: str = ""
    exit_code: int = 0
    cpu_s: float = 0.0
    peak_mb: int = 0
    assets: dict[str, dict[str, float]] = field(default_factory=dict)


def watched(command: Sequence[str], environment: Mapping[str, str]) -> Watched:
    """Run a command to its end, passing on its stderr."""
    found = Watched()
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(command, env=dict(environment), stdout=output, stderr=subprocess.PIPE, text=True) as child,
    ):
        sampler = _Sampler(child.pid)
        watcher = threading.Thread(target=sampler.run, daemon=True)
        watcher.start()
        for line in child.stderr or ():
            sys.stderr.write(line)
            matched = DONE.match(line.strip())
            if matched:
                found.assets[matched[1]] = sampler.take()
        sampler.is_done.set()
        watcher.join()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        found.output = output.read()
    found.exit_code = os.waitstatus_to_exitcode(status)
    found.cpu_s = round(used.ru_utime + used.ru_stime, 1)
    found.peak_mb = round(used.ru_maxrss / 1024)
    return found


class _Sampler:
    """Looks at the memory of a process again and again."""

    def __init__(self, pid: int) -> None:
        self.place = Path(f"/proc/{pid}")
        self.is_done = threading.Event()
        self._most, self._cpu = 0, 0.0

    def run(self) -> None:
        """Sample until `is_done`."""
        while not self.is_done.wait(EVERY_SECONDS):
            self._most = max(self._most, self._memory())

    def take(self) -> dict[str, float]:
        """Return what was used since it was taken last."""
        most, cpu = max(self._most, self._memory()), self._used()
        told = {"cpu_s": round(cpu - self._cpu, 1), "peak_mb": most}
        self._most, self._cpu = 0, cpu
        return told

    def _memory(self) -> int:
        try:
            pages = int((self.place / "statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGESIZE") // 2**20

    def _used(self) -> float:
        try:
            parts = (self.place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return self._cpu
        return (int(parts[11]) + int(parts[12])) / TICKS

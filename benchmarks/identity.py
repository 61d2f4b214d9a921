"""The identity engine alone: leads in, clusters out, one JSON line with what it cost.

    python -m benchmarks.identity --input leads.parquet --output clusters.parquet [--state DIR] [--delta new.parquet]

Without `--state` nothing is kept. With `--state` features, index and clusters are kept in the folder; the next
call with the same input solves again from the kept features. With `--delta` the new leads are matched with the kept
ones (the frequency table stays as it is) and the clusters of all are written; the folder is filled from `--input`
first if it holds nothing for it.

`wall_s` and `cpu_s` (all threads) begin after the imports, whose own time is `imports_s`; `peak_mb` is the largest
resident size of the process, imports included.
"""

from __future__ import annotations

import time

BEFORE_IMPORTS = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
from collections import deque  # noqa: E402
from concurrent.futures import Future, ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from benchmarks.identity_leads import Leads  # noqa: E402
from benchmarks.identity_state import State  # noqa: E402
from pipeline.identity.engine import memory  # noqa: E402
from pipeline.identity.engine.arranging import arranged  # noqa: E402
from pipeline.identity.engine.clusters import Decisions  # noqa: E402
from pipeline.identity.engine.features import read_own, read_shared, strong_ids, unread  # noqa: E402
from pipeline.identity.engine.increment import absorb  # noqa: E402
from pipeline.identity.engine.solve import solve  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.callings import Callings
    from pipeline.identity.engine.columns import Columns
    from pipeline.identity.engine.text import Hashes

IMPORTS = time.perf_counter() - BEFORE_IMPORTS
THREADS = 2
AHEAD = 2
"""Batches in work: more would only wait in memory."""
STRONG = ("source_id",)


class Steps:
    """What each step took."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, float]] = {}
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self.began = (self._wall, self._cpu)

    def __call__(self, name: str) -> None:
        """Note that a step has ended."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.taken[name] = {"wall_s": round(wall - self._wall, 3), "cpu_s": round(cpu - self._cpu, 3)}
        self._wall, self._cpu = wall, cpu


def read(path: Path) -> tuple[Columns, Hashes]:
    """Return the features and strong ids of a file of leads."""
    leads = Leads(path)
    rows, strong = unread(len(leads)), np.zeros((len(leads), len(STRONG)), dtype=np.uint64)
    with ThreadPoolExecutor(THREADS) as pool:
        pending: deque[Future[None]] = deque([pool.submit(lambda: read_shared(rows, leads.shared()))])
        said, done = leads.called(), 0
        for batch in leads.own():
            part = slice(done, done + len(batch))
            pending.append(pool.submit(featured, rows.part(part), strong[part], batch, said.part(part)))
            done += len(batch)
            if len(pending) > AHEAD:
                pending.popleft().result()
        for last in pending:
            last.result()
    pa.default_memory_pool().release_unused()
    return rows, strong


def featured(rows: Columns, strong: Hashes, batch: pa.RecordBatch, said: Callings) -> None:
    """Read one batch, in place."""
    read_own(rows, batch, said)
    strong[:] = strong_ids(batch, STRONG)


def write(path: Path, ids: NDArray[np.int64], clusters: NDArray[np.int64]) -> None:
    """Write `record_id` and `cluster_id`."""
    columns = [np.ascontiguousarray(values, dtype=np.int64) for values in (ids, clusters)]
    # Straight from memory: handing numpy arrays to Arrow would import pandas.
    arrays = [pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)]) for values in columns]
    table = pa.table(dict(zip(("record_id", "cluster_id"), arrays, strict=True)))
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)


def fingerprint(path: Path) -> str:
    """Return what tells a file from its next version."""
    found = path.stat()
    return f"{path.resolve()}|{found.st_size}|{found.st_mtime_ns}"


def build(told: argparse.Namespace, state: State | None, steps: Steps) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Solve the input, from kept features if there are any."""
    source = fingerprint(told.input)
    kept = state is not None and state.facts.get("source") == source and not state.facts["patches"]
    rows, strong = state.features() if kept and state is not None else read(told.input)
    steps("kept features" if kept else "features")
    with ThreadPoolExecutor(THREADS) as pool:
        if not kept:
            rows, strong = arranged(rows, strong, pool.map)
            steps("arrange")
        solution = solve(rows, strong, Decisions(), told=steps, spread=pool.map)
    if state is not None and not kept:
        state.build(solution, rows, strong, source)
        steps("state")
    return rows["record_id"], solution.cluster_ids


def extend(told: argparse.Namespace, state: State, steps: Steps) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match new leads with the kept ones."""
    if state.facts.get("source") != fingerprint(told.input):
        build(told, state, steps)
        steps.began = (time.perf_counter(), time.process_time())
        steps.taken = {f"base: {name}": taken for name, taken in steps.taken.items()}
    known = state.known()
    steps("open state")
    rows, strong = read(told.delta)
    steps("features")
    growth = absorb(known, rows, strong, Decisions())
    steps("match")
    state.grow(growth, rows, strong)
    steps("state")
    return state.clusters()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--delta", type=Path)
    told = parser.parse_args()
    if told.delta and not told.state:
        parser.error("--delta needs --state")
    memory.keep()
    state = State(told.state) if told.state else None
    steps = Steps()
    ids, clusters = extend(told, state, steps) if told.delta and state else build(told, state, steps)
    write(told.output, ids, clusters)
    steps("write")
    wall, cpu = time.perf_counter() - steps.began[0], time.process_time() - steps.began[1]
    said = {
        "benchmark": "identity",
        "records": len(ids),
        "clusters": len(np.unique(clusters)),
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "imports_s": round(IMPORTS, 3),
        "steps": steps.taken,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()

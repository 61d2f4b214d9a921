"""Our identity engine and Splink on the same leads, in alternating runs; one JSON line with both and their ratios.

    python benchmarks/identity_vs_splink.py --n 1000000 --seed 3 --world a --splink-python /path/to/python

Splink is for this comparison only and not a dependency: give an interpreter that has `splink` and `duckdb`, or install
them beside ours; without either, our engine is run and judged alone. Every run is a process of its own; imports are not
on the clock, reading the Parquet file and writing the clusters is. Splink gets the threshold that is best on the truth
of this very run, and a second run with its model stored (no training). Both get the same threads. The leads are made by
a process of their own too: the system counts a parent's memory into the peak of its children.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from pipeline.identity.scores import pair_scores, record_scores

ROOT = Path(__file__).resolve().parents[1]
ABSENT = "Splink is not importable here: give --splink-python PATH of an interpreter with splink and duckdb installed."
Line = dict[str, Any]


def run(*words: str) -> Line:
    """Run a program and return the JSON object on its last line."""
    ended = subprocess.run(
        words, cwd=ROOT, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    if ended.returncode:
        sys.exit(f"{' '.join(words[:3])} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    told: Line = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def judged(clusters: Path, truth: Path) -> Line:
    """Return the scores of a file of clusters; a lead that is missing or doubled is an error, not a score."""
    with duckdb.connect() as connection:
        read = "SELECT * FROM read_parquet(?) ORDER BY record_id"
        found, true = (connection.execute(read, [str(path)]).fetchnumpy() for path in (clusters, truth))
    if not np.array_equal(found["record_id"], true["record_id"]):
        sys.exit(f"{clusters.name}: the records are not those of the input, each once")
    labels = np.unique(found["cluster_id"], return_inverse=True)[1]
    pairs, records = (score(labels, true["person_id"]) for score in (pair_scores, record_scores))
    return {
        "pair_p": round(pairs.precision, 4),
        "pair_r": round(pairs.recall, 4),
        "pair_f1": round(pairs.f1, 4),
        "b3_f1": round(records.f1, 4),
        "clusters": int(labels.max()) + 1,
    }


def middle(lines: list[Line]) -> Line:
    """Return the median of what several runs took."""
    return {key: round(statistics.median(line[key] for line in lines), 3) for key in ("wall_s", "cpu_s", "peak_mb")}


def ratios(ours: Line, splink: Line, stored: Line) -> Line:
    """Return how many times less CPU we need, and our share of Splink's pair error."""
    error = max(1 - splink["pair_f1"], 1e-9)
    return {
        "cpu_with_training": round(splink["cpu_s"] / ours["cpu_s"], 2),
        "cpu_stored_model": round(stored["cpu_s"] / ours["cpu_s"], 2),
        "wall_with_training": round(splink["wall_s"] / ours["wall_s"], 2),
        "pair_error": round((1 - ours["pair_f1"]) / error, 3),
    }


def compare(folder: Path, *, rounds: int, threads: int, rival: str | None, engine: list[str]) -> Line:
    """Run ours, Splink with training, ours again, Splink with its stored model, for each round."""
    leads, truth, model = folder / "leads.parquet", folder / "truth.parquet", folder / "model.json"
    ours, trained, stored = folder / "ours.parquet", folder / "splink.parquet", folder / "stored.parquet"
    lines: dict[str, list[Line]] = {"ours": [], "splink": [], "splink_stored": []}
    splink = [rival or "", str(ROOT / "benchmarks/leads/splink_rival.py"), f"--threads={threads}"]
    splink += [f"--input={leads}", f"--truth={truth}", f"--model={model}"]
    for _ in range(rounds):
        for name, extra in (("splink", [f"--output={trained}"]), ("splink_stored", [f"--output={stored}", "--stored"])):
            lines["ours"].append(run(*engine, f"--input={leads}", f"--output={ours}"))
            if rival:
                lines[name].append(run(*splink, *extra))
    told: Line = {"ours": middle(lines["ours"]) | judged(ours, truth)}
    if rival:
        details = {key: lines["splink"][-1][key] for key in ("version", "steps", "pairs", "threshold", "tried")}
        told["splink"] = middle(lines["splink"]) | judged(trained, truth) | details
        told["splink_stored"] = middle(lines["splink_stored"]) | judged(stored, truth)
        told["ratios"] = ratios(told["ours"], told["splink"], told["splink_stored"])
    return told


def main() -> None:
    """Generate, run both, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", default="a", help="a to f: see benchmarks/leads/judge/worlds.yaml")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for Splink's database")
    parser.add_argument("--splink-python", help="interpreter with splink; default: this one, if it has splink")
    parser.add_argument("--engine", default=str(ROOT / "benchmarks/identity.py"), help="program to judge")
    parser.add_argument("--keep", type=Path, help="keep leads, truth and clusters in this folder")
    asked = parser.parse_args()
    rival = asked.splink_python or (sys.executable if importlib.util.find_spec("splink") else None)
    if not rival:
        sys.stderr.write(f"{ABSENT}\n")
    with tempfile.TemporaryDirectory() as place:
        folder = asked.keep or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        made = [f"--n={asked.n}", f"--seed={asked.seed}", f"--world={asked.world}"]
        made += [f"--output={folder / 'leads.parquet'}", f"--truth={folder / 'truth.parquet'}"]
        world = run(sys.executable, str(ROOT / "benchmarks/leads/judging.py"), *made)
        told: Line = {"benchmark": "identity_vs_splink"}
        told |= {key: world[key] for key in ("n", "seed", "world", "people", "email_f1")}
        engine = [sys.executable, asked.engine]
        told |= {"splink": ABSENT} | compare(
            folder, rounds=asked.rounds, threads=asked.threads, rival=rival, engine=engine
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main()

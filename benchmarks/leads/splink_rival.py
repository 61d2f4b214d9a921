"""Splink on the same leads, in a process (and an interpreter) of its own; started by `identity_vs_splink.py`.

Prepared the way its documentation advises: columns standardised in SQL, nine comparisons with term frequencies,
u from random pairs, m by expectation maximisation, several blocking rules. The threshold is the best one for pair F1
on the truth itself, which favours Splink; looking for it is not on its clock. One JSON line.

    python splink_rival.py --input leads.parquet --truth truth.parquet --output out.parquet --model model [--stored]
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import splink
from splink import DuckDBAPI, Linker, block_on

from benchmarks.leads.splink_model import PREPARED, settings
from pipeline.identity.scores import pair_scores


def trained(linker: Linker, *, seed: int) -> None:
    """Estimate the prior, u and m."""
    sure = [block_on("email"), block_on("profile"), block_on("member"), block_on("first", "last", "company")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.75)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=seed)
    for rule in (block_on("email"), block_on("first", "last", "company"), block_on("profile")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=1e6)


def components(size: int, left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the lowest member of each record's component (for choosing the threshold only)."""
    label = np.arange(size)
    while True:
        low = np.minimum(label[left], label[right])
        fresh = label.copy()
        np.minimum.at(fresh, label[left], low)
        np.minimum.at(fresh, label[right], low)
        fresh = fresh[fresh]
        if np.array_equal(fresh, label):
            return label
        label = fresh


def best_threshold(
    predicted: duckdb.DuckDBPyRelation, ids: np.ndarray[Any, Any], person: np.ndarray[Any, Any]
) -> tuple[float, dict[str, float]]:
    """Return the match weight at which the pair F1 on the truth is highest, and the F1 at each weight tried."""
    found = predicted.project("match_weight, unique_id_l, unique_id_r").fetchnumpy()
    order = np.argsort(ids)
    left, right = (order[np.searchsorted(ids, found[f"unique_id_{side}"], sorter=order)] for side in "lr")
    tried: dict[float, float] = {}
    for step in (4.0, 1.0):
        middle = max(tried, key=tried.__getitem__) if tried else 14.0
        for weight in np.arange(middle - 4 * step, middle + 4 * step + 0.1, step):
            if weight not in tried:
                kept = found["match_weight"] >= weight
                tried[float(weight)] = pair_scores(components(len(ids), left[kept], right[kept]), person).f1
    best = max(tried, key=tried.__getitem__)
    return best, {str(weight): round(tried[weight], 4) for weight in sorted(tried)}


def clock() -> tuple[float, float]:
    """Return wall and CPU seconds so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def resident_peak() -> float:
    """Return the largest resident size of this program so far, MB (unlike ru_maxrss without its parent's)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Prepare, train (or load the model), predict, cluster; print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("input", "truth", "output", "model"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--stored", action="store_true", help="load the model instead of training it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    marks = [clock()]
    connection = duckdb.connect(config={"threads": asked.threads})
    connection.execute(PREPARED, [str(asked.input)])
    marks.append(clock())
    table = DuckDBAPI(connection).register("prepared")
    threshold = json.loads(asked.model.with_suffix(".threshold").read_text()) if asked.stored else None
    linker = Linker(table, str(asked.model) if asked.stored else settings())
    if not asked.stored:
        trained(linker, seed=asked.seed)
        linker.misc.save_model_to_json(str(asked.model), overwrite=True)
    marks.append(clock())
    predicted = linker.inference.predict(threshold_match_weight=-2 if threshold is None else threshold)
    marks.append(clock())
    peak = resident_peak()
    tried: dict[str, float] = {}
    if threshold is None:
        read = "SELECT record_id, person_id FROM read_parquet(?)"
        truth = connection.execute(read, [str(asked.truth)]).fetchnumpy()
        threshold, tried = best_threshold(predicted.as_duckdbpyrelation(), truth["record_id"], truth["person_id"])
        asked.model.with_suffix(".threshold").write_text(json.dumps(threshold))
    paused = clock()
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=threshold)
    out = clustered.as_duckdbpyrelation().project(
        "unique_id AS record_id, dense_rank() OVER (ORDER BY cluster_id) AS cluster_id"
    )
    out.write_parquet(str(asked.output))
    ended = clock()
    names = ("prepare", "train", "predict")
    steps = {name: [round(marks[n + 1][k] - marks[n][k], 2) for k in (0, 1)] for n, name in enumerate(names)}
    steps["cluster"] = [round(ended[k] - paused[k], 2) for k in (0, 1)]
    print(
        json.dumps(
            {
                "version": splink.__version__,
                "wall_s": round(sum(step[0] for step in steps.values()), 2),
                "cpu_s": round(sum(step[1] for step in steps.values()), 2),
                "peak_mb": round(peak),
                "steps": steps,
                "pairs": predicted.as_duckdbpyrelation().aggregate("count(*)").fetchall()[0][0],
                "threshold": threshold,
                "tried": tried,
            },
        ),
    )


if __name__ == "__main__":
    main()

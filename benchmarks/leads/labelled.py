"""The labelled sample in `data/samples/labelled/`: about two thousand leads, who is who, and which traps they hold.

    python benchmarks/leads/labelled.py

writes it again, the same each time. Made by the generator of `judging.py` in a world of its own (`labelled` in
`judge/worlds.yaml`) where traps are several times as frequent; nobody in it exists.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.leads.judge.records import TRAPS
from benchmarks.leads.judging import World, generate, refuse_if_easy

FOLDER = Path(__file__).resolve().parents[2] / "data/samples/labelled"
SIZE, SEED, WORLD, LEAST = 2_400, 20, "labelled", 4


def sample() -> World:
    """Return the sample; a trap that occurs too rarely to count is an error."""
    world = generate(SIZE, SEED, WORLD)
    counts = {name: int((world.traps >> bit & 1).sum()) for bit, name in enumerate(TRAPS)}
    rare = {name: count for name, count in counts.items() if count < LEAST}
    if rare:
        raise SystemExit(f"the sample needs each trap at least {LEAST} times, but has {rare}")
    return world


def main() -> None:
    """Write leads.parquet and truth.parquet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    world = sample()
    refuse_if_easy(world)
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.leads, folder / "leads.parquet", compression="zstd")
    pq.write_table(world.truth, folder / "truth.parquet", compression="zstd")
    people = len(np.unique(world.person))
    print(json.dumps({"leads": SIZE, "people": people, "email_f1": round(world.email_f1, 4)}))


if __name__ == "__main__":
    main()

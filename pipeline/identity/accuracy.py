"""How well the engine does on the labelled sample, and which version of it that was."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.solve import solve
from pipeline.identity.scores import pair_scores, record_scores
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    import pyarrow as pa

PACKAGES = ("identity", "normalize")
STRONG = ("source_id",)


@cache
def version(sample: str) -> str:
    """Return twelve hex digits that change with the engine's code, what it reads a lead by, or the sample.

    `sample`: fingerprint of the sample's files.
    """
    digest = hashlib.sha256(f"{sample}\0{statement('engine/leads')}".encode())
    for package in PACKAGES:
        for name, text in _sources(files("pipeline") / package, package):
            digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:12]


def measured(leads: pa.Table, truth: pa.Table) -> dict[str, float]:
    """Return how the clusters of some leads agree with the truth.

    Args:
        leads: the columns of `sql/engine/leads.sql`.
        truth: `record_id` and `person_id` (who it truly is) of the same records.
    """
    found = solve(columned(leads), strong_ids(leads, STRONG), Decisions())
    person = dict(zip(truth.column("record_id").to_pylist(), truth.column("person_id").to_pylist(), strict=True))
    ids = found.records.rows["record_id"].tolist()
    people = np.unique(np.array([str(person[record]) for record in ids]), return_inverse=True)[1].astype(np.int64)
    clusters = found.labels.astype(np.int64)
    pairs, records = pair_scores(clusters, people), record_scores(clusters, people)
    return {
        "records": len(ids),
        "pair_precision": pairs.precision,
        "pair_recall": pairs.recall,
        "pair_f1": pairs.f1,
        "record_f1": records.f1,
    }


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir() and not entry.name.startswith("__"):
            yield from _sources(entry, f"{prefix}/{entry.name}")
        elif entry.name.endswith((".py", ".yaml", ".txt", ".csv", ".json")):
            yield f"{prefix}/{entry.name}", entry.read_text(encoding="utf-8")

"""Which records are one person: the engine over the records of a build, with what people decided and what was so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.identity.engine import explain
from pipeline.identity.engine.asking import asked
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.solve import doubtful, solve
from pipeline.identity.sides import whole
from pipeline.identity.standing import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.scoring import Records, Scored
    from pipeline.identity.standing import Standing

STRONG = ("our_key", "apollo_id", "member_id", "contact_id")
"""Ids that each belong to one person: two records with the same one are the same person."""


def weighed(leads: pa.Table, known: Sequence[str | None], decisions: Decisions) -> pa.Table:
    """Return the pairs that hold records together (`is_link`) and those to be asked about, with the bits of evidence.

    Args:
        leads: the columns of `sql/identity/leads.sql`, `record_id` dense from 0 and ascending.
        known: for each record the key of the person it belonged to so far, None when it is new.
        decisions: what people decided, by record number.

    The pairs with `is_link` connect exactly the records of one person. Records that were one person stay together
    while the evidence is in doubt, and those that were two stay two while it is hardly enough: what is enough
    depends on how many records there are, and grows with them. A pair that ties two clusters has the bits of what all
    their records say together as a kind of its own (`explain.TOGETHER`).
    """
    if not leads.num_rows:
        return _table(np.empty((0, 2), np.int64), np.empty(0, np.bool_), np.empty((len(explain.KINDS), 0)))
    strong = leads.select(STRONG)

    def ruled(held: NDArray[np.int64]) -> Decisions:
        return whole(decisions, held, strong)

    # What we wrote comes back as a record that is new, and tells whose it is.
    held = _numbered([old or own for old, own in zip(known, leads.column("our_key").to_pylist(), strict=True)])
    solution = solve(columned(leads), strong_ids(leads, STRONG), ruled(held))
    found = standing(solution, ruled, held)
    doubts = doubtful(replace(solution, labels=found.labels))
    doubts = asked(solution.records, found.labels, doubts, decisions.different)
    return _told(solution.records, found, doubts)


def _told(found: Records, standing: Standing, doubts: Scored) -> pa.Table:
    """Return pairs each once: rather as a link than as what ties two clusters, rather as either than as what was so."""
    told = (standing.links, standing.ties, standing.kept, doubts)
    pairs = np.concatenate([np.stack([part.left, part.right], axis=1) for part in told])
    score = np.full(len(pairs), np.nan, dtype=np.float32)
    before = len(standing.links.left)
    score[before : before + len(standing.ties.left)] = standing.ties.score
    pairs, places = np.unique(pairs, axis=0, return_index=True)
    bits = explain.table(found, pairs[:, 0], pairs[:, 1])
    is_link = places < len(score) - len(doubts.left)
    return _table(pairs, is_link, explain.with_ties(found, bits, score[places]))


def meanings() -> pa.Table:
    """Return what each kind of evidence means: `kind`, `for_one` person, `against` it, `excluded`."""
    rows = [
        {"kind": kind, "for_one": said[0] or kind, "against": said[1] or said[0], "excluded": explain.CONTRADICTED}
        for kind, said in explain.WORDS.items()
    ]
    return pa.Table.from_pylist(rows)


def _numbered(known: Sequence[str | None]) -> NDArray[np.int64]:
    """Return the person of each record as a number, -1 for a new record."""
    codes = {key: number for number, key in enumerate(dict.fromkeys(key for key in known if key is not None))}
    return np.fromiter((codes.get(key, -1) if key is not None else -1 for key in known), np.int64, len(known))


def _table(pairs: NDArray[np.int64], is_link: NDArray[np.bool_], bits: NDArray[np.floating]) -> pa.Table:
    columns = {
        "left_no": pa.array(pairs[:, 0].tolist(), pa.int64()),
        "right_no": pa.array(pairs[:, 1].tolist(), pa.int64()),
        "is_link": pa.array(is_link.tolist(), pa.bool_()),
        "bits": pa.array(bits.sum(axis=0).astype(float).tolist(), pa.float64()),
    }
    kinds = {
        kind: pa.array(row.astype(float).tolist(), pa.float64()) for kind, row in zip(explain.KINDS, bits, strict=True)
    }
    return pa.table(columns | kinds)

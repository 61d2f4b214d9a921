"""Which records are one person: the engine over the records of a build, with what people decided and what was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.identity.engine import clusters, evidence, explain, joint
from pipeline.identity.engine.asking import asked
from pipeline.identity.engine.features import columned, strong_ids
from pipeline.identity.engine.solve import doubtful, solve
from pipeline.identity.sides import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.scoring import Records, Scored

STRONG = ("our_key", "apollo_id", "member_id", "contact_id")
"""Ids that each belong to one person: two records with the same one are the same person."""
STEADY = 3.0
"""Bits beyond `evidence.LINK` that join records which were two people so far: what we write to a vendor comes back as
records that shift what names are worth (up to a bit), and that tell less than we know, such as no title which would
have spoken against it (two bits). An unchanged day must not move anybody."""


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
    decisions = whole(decisions, known, leads, STRONG)
    # What we wrote comes back as a record that is new, and tells whose it is.
    held = _numbered([old or own for old, own in zip(known, leads.column("our_key").to_pylist(), strict=True)])
    solution = solve(columned(leads), strong_ids(leads, STRONG), decisions)
    found, candidates, ties = solution.records, solution.candidates, solution.ties
    doubts = doubtful(solution)
    apart = solution.alone[candidates.left] != solution.alone[candidates.right]
    kept = candidates.where(apart & (held[candidates.left] == held[candidates.right]) & (held[candidates.left] >= 0))
    links = clusters.linked(candidates, decisions)
    hardly = (links.score < evidence.LINK + STEADY) & (held[links.left] != held[links.right])
    hardly &= (held[links.left] >= 0) & (held[links.right] >= 0)
    labels = solution.labels
    if len(kept.left) or hardly.any() or ((held >= 0).any() and len(ties.left)):
        doubts = _joined(doubts, links.where(hardly))
        links = _joined(links.where(~hardly), kept)
        alone = clusters.clusters(found, links, decisions)
        ties = _steady(joint.ties(found, alone, candidates), alone, held)
        labels = joint.joined(found, alone, ties, decisions)
    links, ties = (pairs.where(labels[pairs.left] == labels[pairs.right]) for pairs in (links, ties))
    doubts = doubts.where(labels[doubts.left] != labels[doubts.right])
    doubts = asked(found, labels, doubts, decisions.different)
    return _told(found, links, ties, doubts)


def _steady(ties: Scored, labels: NDArray[np.int64], held: NDArray[np.int64]) -> Scored:
    """Return the ties without those that are hardly enough and between clusters of people who were two so far."""
    known = np.flatnonzero(held >= 0)
    most, least = np.full(len(labels), -1), np.full(len(labels), len(labels))
    np.maximum.at(most, labels[known], held[known])
    np.minimum.at(least, labels[known], held[known])
    one, two = labels[ties.left], labels[ties.right]
    two_so_far = (most[one] >= 0) & (most[two] >= 0) & ((most[one] != most[two]) | (least[one] != least[two]))
    return ties.where(~two_so_far | (ties.score >= evidence.LINK + STEADY))


def _told(found: Records, links: Scored, ties: Scored, doubts: Scored) -> pa.Table:
    """Return pairs each once: as what ties two clusters rather than as a doubt, as a link rather than as either."""
    told = (links, ties, doubts)
    pairs = np.concatenate([np.stack([part.left, part.right], axis=1) for part in told])
    score = np.full(len(pairs), np.nan, dtype=np.float32)
    score[len(links.left) : len(links.left) + len(ties.left)] = ties.score
    pairs, places = np.unique(pairs, axis=0, return_index=True)
    bits = explain.table(found, pairs[:, 0], pairs[:, 1])
    is_link = places < len(links.left) + len(ties.left)
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


def _joined(links: Scored, kept: Scored) -> Scored:
    return type(links)(
        np.concatenate([links.left, kept.left]),
        np.concatenate([links.right, kept.right]),
        np.concatenate([links.score, kept.score]),
    )


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

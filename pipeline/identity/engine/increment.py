"""New records among known ones: only pairs with a new record are weighed, only touched components solved again.

With the frequency table held fixed, the evidence between two records depends on these two alone. So old pairs keep
their bits, and the clusters are exactly those of a rebuild; the work grows with the new records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocking, clusters, evidence, scoring
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.columns import columns, joined, picked
from pipeline.identity.engine.keying import among, distinct, firsts
from pipeline.identity.engine.scoring import Scored
from pipeline.identity.engine.segments import Index, Links, id_keys, index, links, lookup, neighbours, ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Columns
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.reference import Reference
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Hashes, Ints


@dataclass(frozen=True, slots=True)
class Known:
    """What was solved before; the arrays may be memory maps, of which only the touched parts are read.

    `rows` and `strong`: every record ever taken in; `gone`: numbers of records that newer ones replaced (ascending).
    `indexes`, `links`: one per increment.
    """

    rows: Features
    strong: Hashes
    gone: Ints
    indexes: Sequence[Index]
    links: Sequence[Links]
    reference: Reference
    decisions: Decisions


@dataclass(frozen=True, slots=True)
class Growth:
    """What an increment adds: to be appended to what is known.

    `changed` and `labels`: records whose cluster was solved again, by number (new records follow the known ones).
    """

    index: Index
    links: Links
    gone: Ints
    changed: Ints
    labels: Ints


def absorb(known: Known, rows: Features, strong: Hashes, decisions: Decisions) -> Growth:
    """Match new records with each other and with the known ones.

    A new record with the id of a known one replaces it. `decisions` hold numbers of records, new ones following
    the known ones.
    """
    start = len(known.rows)
    rows = columns(rows)
    fresh = scoring.records(rows, strong, known.reference)
    own = index(fresh, start)
    _, replaced = lookup(known.indexes, np.sort(id_keys(rows["record_id"])))
    gone = distinct(np.concatenate([known.gone, replaced]))
    inside, _, _ = blocking.pairs(blocking.keys(fresh.rows, fresh.rare, strong), len(rows), known.reference.crowded)
    owner, old = _with_known(known, own, gone)
    local = distinct(old)
    found = _gathered(known, local, rows, strong)
    across = distinct(blocking.packed(np.searchsorted(local, old), owner - start + len(local)))
    left, right = blocking.unpacked(inside)
    moved = blocking.packed(left + len(local), right + len(local))
    numbers = np.concatenate([local, np.arange(start, start + len(rows))])
    parts = [scoring.scored(found, piece) for piece in scoring.pieces(np.concatenate([across, moved]))]
    scored = scoring.joined(parts)
    added = links(Scored(numbers[scored.left], numbers[scored.right], scored.score))
    seeds = np.concatenate([np.arange(start, start + len(rows)), replaced, _decided(known.decisions, decisions)])
    touched, held = _component(known, added, seeds, gone, decisions)
    labels = _solved(known, (rows, strong), touched, held, decisions)
    return Growth(own, added, gone, touched, labels)


def _with_known(known: Known, own: Index, gone: Ints) -> tuple[Ints, Ints]:
    """Return (new record, known record) for every shared key, crowded keys and replaced records left out."""
    starts = np.flatnonzero(firsts(own.keys))
    ends = np.append(starts[1:], len(own.keys))
    use = ~among(own.keys[starts], known.reference.crowded)
    starts, ends = starts[use], ends[use]
    place, old = lookup(known.indexes, own.keys[starts])
    alive = ~among(old, gone)
    place, old = place[alive], old[alive]
    pair, places = ranges(starts[place], ends[place])
    return own.records[places].astype(np.int64), old[pair]


def _gathered(known: Known, numbers: Ints, rows: Features, strong: Hashes) -> Records:
    """Return known records by number, followed by the new ones."""
    return scoring.records(
        joined(known.rows, numbers, rows),
        np.concatenate([known.strong[numbers], strong]),
        known.reference,
    )


def _decided(before: Decisions, after: Decisions) -> Ints:
    """Return the records about which people decided something new, or took something back."""
    changed: set[tuple[int, ...]] = set()
    for old, new in ((before.same, after.same), (before.different, after.different)):
        changed |= {tuple(pair) for pair in old.tolist()} ^ {tuple(pair) for pair in new.tolist()}
    return np.array(sorted({record for pair in changed for record in pair}), dtype=np.int64)


def _component(known: Known, added: Links, seeds: Ints, gone: Ints, decisions: Decisions) -> tuple[Ints, Scored]:
    """Return all records that links tie to the seeds, and these links."""
    touched = distinct(seeds)
    segments = [*known.links, added]
    decided = links(clusters.linked(scoring.joined([]), Decisions(same=decisions.same)))
    if len(decisions.same):
        segments.append(decided)
    open_, found = touched, []
    while len(open_):
        near = neighbours(segments, open_)
        near = near.where(near.score >= evidence.LINK)
        found.append(near)
        open_ = distinct(near.right[~among(near.right, touched)])
        touched = np.sort(np.concatenate([touched, open_]))
    held = scoring.joined(found)
    held = held.where((held.left < held.right) & (held.score < clusters.CERTAIN))
    alive = ~among(held.left, gone) & ~among(held.right, gone)
    return touched[~among(touched, gone)], held.where(alive)


def _solved(known: Known, new: tuple[Columns, Hashes], touched: Ints, held: Scored, decisions: Decisions) -> Ints:
    start = len(known.rows)
    old = touched[touched < start]
    fresh = touched[touched >= start] - start
    found = _gathered(known, old, picked(new[0], tuple(new[0].fields), fresh), new[1][fresh])
    local = Scored(np.searchsorted(touched, held.left), np.searchsorted(touched, held.right), held.score)
    own = Decisions(_within(decisions.same, touched), _within(decisions.different, touched))
    return touched[clusters.clusters(found, clusters.linked(local, own), own)]


def _within(pairs: NDArray[np.int64], touched: Ints) -> NDArray[np.int64]:
    inside = np.isin(pairs, touched).all(axis=1) if len(pairs) else np.empty(0, dtype=np.bool_)
    return np.searchsorted(touched, pairs[inside]).reshape(-1, 2)

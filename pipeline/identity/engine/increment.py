"""New records among known ones: only pairs with a new record are weighed, only touched clusters solved again.

With the frequency table held fixed, the evidence between two records depends on these two alone. So old pairs keep
their bits, and the clusters are exactly those of a rebuild; the work grows with the new records. Solved again are the
components of records that are new, replaced or newly decided about; those next to them, to which they may be or may
have been tied; and whatever ties connect with these (`joint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocking, blocks, scoring
from pipeline.identity.engine.columns import columns, joined, picked
from pipeline.identity.engine.keying import among, distinct, firsts, placed
from pipeline.identity.engine.scoring import Scored
from pipeline.identity.engine.segments import Index, Links, id_keys, index, links, lookup, ranges
from pipeline.identity.engine.surroundings import Web, solved_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.identity.engine.clusters import Decisions
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
    numbers = np.concatenate([local, np.arange(start, start + len(rows))])
    gathering = _Gathering(known, rows, strong, numbers)
    found = gathering.held
    across = distinct(blocks.packed(placed(old, local), owner - start + len(local)))
    left, right = blocks.unpacked(inside)
    moved = blocks.packed(left + len(local), right + len(local))
    parts = [scoring.scored(found, piece) for piece in scoring.pieces(np.concatenate([across, moved]))]
    scored = scoring.joined(parts)
    added = links(Scored(numbers[scored.left], numbers[scored.right], scored.score))
    seeds = np.concatenate([np.arange(start, start + len(rows)), replaced, _decided(known.decisions, decisions)])
    web = Web([*known.links, added], gone, decisions)
    touched, labels = solved_again(gathering.of, web, seeds)
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


class _Gathering:
    """Records by number, those that were weighed kept: whoever shares a pair with a new one is solved again, too."""

    def __init__(self, known: Known, rows: Columns, strong: Hashes, numbers: Ints) -> None:
        self._known, self._rows, self._strong, self._numbers = known, rows, strong, numbers
        self.held = _gathered(known, numbers, rows, strong)

    def of(self, numbers: Ints) -> Records:
        """Return known and new records by number (ascending)."""
        places = placed(numbers, self._numbers)
        missing = places < 0
        found = scoring.chosen(self.held, places[~missing])
        if not missing.any():
            return found
        others = _gathered(self._known, numbers[missing], self._rows, self._strong)
        order = np.argsort(np.concatenate([numbers[~missing], numbers[missing]]))
        return scoring.chosen(scoring.together(found, others), order)


def _gathered(known: Known, numbers: Ints, rows: Columns, strong: Hashes) -> Records:
    """Return known and new records by number (ascending), the new ones following the known ones."""
    start = len(known.rows)
    old, fresh = numbers[numbers < start], numbers[numbers >= start] - start
    return scoring.records(
        joined(known.rows, old, picked(rows, tuple(rows.fields), fresh)),
        np.concatenate([known.strong[old], strong[fresh]]),
        known.reference,
    )


def _decided(before: Decisions, after: Decisions) -> Ints:
    """Return the records about which people decided something new, or took something back."""
    changed: set[tuple[int, ...]] = set()
    for old, new in ((before.same, after.same), (before.different, after.different)):
        changed |= {tuple(pair) for pair in old.tolist()} ^ {tuple(pair) for pair in new.tolist()}
    return np.array(sorted({record for pair in changed for record in pair}), dtype=np.int64)
